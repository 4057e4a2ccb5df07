/* SPDX-License-Identifier: MIT
 * Power laws over models of different sizes, from their dumped hidden states.
 *
 * The list is JSON: [{"parameters": 125e6, "hidden": "small/hidden.npy"}, ...], paths
 * relative to where the program runs. A dump is [T, d], or [S, T, d] of which the last
 * state counts. */
#include <stdlib.h>
#include <string.h>

#include "../io/npy.h"
#include "study.h"

#define LEAST_MODELS 3

struct family {
    int count;
    double *parameters, *entropy, *rank;
};

static bool measure(info_ctx *ctx, const char *path, double *entropy, double *rank, struct failure *failure)
{
    struct file file;
    struct tensor hidden = {0};
    if (!file_open(&file, path, failure))
        return false;
    bool read = npy_view(&hidden, &file, path, failure);
    if (read && (hidden.axes < 2 || hidden.axes > 3 || !element_is_float(hidden.type)))
        read = fail(failure, "%s: hidden states are [T, d] or [S, T, d] of floats", path);
    if (read) {
        const info_matrix z = tensor_matrix(&hidden, hidden.axes == 3 ? hidden.shape[0] - 1 : 0);
        info_coding_rate rate;
        if (info_representation_entropy(ctx, &z, NULL, &rate) < 0 ||
            info_effective_rank(ctx, &z, 1, NULL, rank, NULL, 1) < 0)
            read = fail(failure, "%s: %s", path, info_ctx_message(ctx));
        *entropy = rate.normalized;
    }
    tensor_free(&hidden);
    file_close(&file);
    return read;
}

static cJSON *read_list(const char *path, struct failure *failure)
{
    struct file file;
    if (!file_open(&file, path, failure))
        return NULL;
    cJSON *list = cJSON_ParseWithLength((const char *)file.data, file.size);
    file_close(&file);
    if (!cJSON_IsArray(list)) {
        fail(failure, "%s: not a JSON list of models", path);
        cJSON_Delete(list);
        return NULL;
    }
    return list;
}

static bool measure_all(info_ctx *ctx, const cJSON *list, const char *path, struct family *f, struct failure *failure)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
    {
        const cJSON *parameters = cJSON_GetObjectItem(entry, "parameters"),
                    *hidden = cJSON_GetObjectItem(entry, "hidden");
        if (!cJSON_IsNumber(parameters) || !cJSON_IsString(hidden))
            return fail(failure, "%s: model %d lacks \"parameters\" (a number) or \"hidden\" (a path)", path,
                        f->count + 1);
        f->parameters[f->count] = parameters->valuedouble;
        if (!measure(ctx, hidden->valuestring, &f->entropy[f->count], &f->rank[f->count], failure))
            return false;
        f->count++;
    }
    return true;
}

static void add_estimate(cJSON *json, const char *name, const info_estimate *e)
{
    const double numbers[] = {e->value, e->low, e->high};
    cJSON_AddItemToObject(json, name, cJSON_CreateDoubleArray(numbers, 3));
}

/* A fit, or null with the reason where there is none. */
static cJSON *fit(info_ctx *ctx, const struct family *f, const double *values, info_power_law_form form)
{
    const info_power_law_options options = {.struct_size = sizeof options, .form = form};
    info_power_law law;
    cJSON *json = cJSON_CreateObject();
    const info_status status = info_power_law_fit(ctx, f->parameters, values, f->count, &options, &law);
    if (status != INFO_OK)
        cJSON_AddStringToObject(json, "problem", info_ctx_message(ctx));
    if (status < 0)
        return json;
    add_estimate(json, "exponent", &law.exponent);
    add_estimate(json, "factor", &law.factor);
    if (form == INFO_POWER_LAW_OFFSET)
        add_estimate(json, "offset", &law.offset);
    cJSON_AddNumberToObject(json, "r_squared", law.r_squared);
    return json;
}

cJSON *study_family(info_ctx *ctx, const char *path, struct failure *failure)
{
    cJSON *list = read_list(path, failure), *json = NULL;
    if (list == NULL)
        return NULL;
    if (cJSON_GetArraySize(list) < LEAST_MODELS) {
        fail(failure, "%s: %d models; a power law and its intervals take %d", path, cJSON_GetArraySize(list),
             LEAST_MODELS);
        cJSON_Delete(list);
        return NULL;
    }
    const size_t size = (size_t)cJSON_GetArraySize(list) + 1;
    struct family f = {0, calloc(size, sizeof(double)), calloc(size, sizeof(double)), calloc(size, sizeof(double))};
    if (f.parameters == NULL || f.entropy == NULL || f.rank == NULL)
        fail(failure, "no memory");
    else if (measure_all(ctx, list, path, &f, failure)) {
        json = cJSON_CreateObject();
        cJSON_AddItemToObject(json, "parameters", cJSON_CreateDoubleArray(f.parameters, f.count));
        cJSON_AddItemToObject(json, "entropy", cJSON_CreateDoubleArray(f.entropy, f.count));
        cJSON_AddItemToObject(json, "rank", cJSON_CreateDoubleArray(f.rank, f.count));
        cJSON_AddItemToObject(json, "entropy_law", fit(ctx, &f, f.entropy, INFO_POWER_LAW_LOG_LOG));
        cJSON_AddItemToObject(json, "entropy_law_offset", fit(ctx, &f, f.entropy, INFO_POWER_LAW_OFFSET));
        cJSON_AddItemToObject(json, "rank_law", fit(ctx, &f, f.rank, INFO_POWER_LAW_LOG_LOG));
    }
    cJSON_Delete(list);
    free(f.parameters);
    free(f.entropy);
    free(f.rank);
    return json;
}
