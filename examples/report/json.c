/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <math.h>

/* JSON has no NaN and no infinity: they become null. */
static void add_number(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

static cJSON *number_array(const double *values, int64_t count)
{
    cJSON *array = cJSON_CreateArray();
    for (int64_t i = 0; i < count; i++)
        cJSON_AddItemToArray(array, isfinite(values[i]) ? cJSON_CreateNumber(values[i]) : cJSON_CreateNull());
    return array;
}

static cJSON *text_object(const struct report *report)
{
    cJSON *text = cJSON_CreateObject();
    cJSON_AddStringToObject(text, "title", report->source->title);
    add_number(text, "tokens", (double)report->tokens);
    add_number(text, "scored", (double)report->scored);
    add_number(text, "bytes", report->bytes > 0 ? (double)report->bytes : NAN);
    add_number(text, "windows", (double)report->source->windows);
    return text;
}

static void add_states(cJSON *object, const struct model_numbers *numbers)
{
    if (numbers->states == 0)
        return;
    cJSON *names = cJSON_AddArrayToObject(object, "states");
    cJSON *ranks = cJSON_AddArrayToObject(object, "effective_rank");
    for (int64_t state = 0; state < numbers->states; state++) {
        char name[32];
        state_name(name, sizeof name, state, numbers->states);
        cJSON_AddItemToArray(names, cJSON_CreateString(name));
        const double rank = exp(numbers->rank_entropy[state]);
        cJSON_AddItemToArray(ranks, isfinite(rank) ? cJSON_CreateNumber(rank) : cJSON_CreateNull());
    }
    cJSON_AddItemToObject(object, "effective_rank_mean", number_array(numbers->rank, numbers->states));
    add_number(object, "effective_rank_uncentered", numbers->rank_uncentered);
    cJSON_AddItemToObject(object, "spectrum", number_array(numbers->spectrum, numbers->spectrum_len));
}

static void add_attention(cJSON *object, const struct model_numbers *numbers)
{
    if (numbers->layers == 0)
        return;
    cJSON *layers = cJSON_AddArrayToObject(object, "attention_entropy");
    for (int64_t layer = 0; layer < numbers->layers; layer++)
        cJSON_AddItemToArray(layers, number_array(numbers->attention + layer * numbers->heads, numbers->heads));
}

static cJSON *model_object(const struct report *report, enum role role)
{
    const struct model_numbers *numbers = &report->models[role];
    cJSON *model = cJSON_CreateObject();
    cJSON_AddStringToObject(model, "name", report->source->names[role]);
    add_number(model, "nll", numbers->nll);
    add_number(model, "perplexity", numbers->perplexity);
    add_number(model, "bits_per_byte", numbers->bits_per_byte);
    add_number(model, "top1_accuracy", numbers->top1_accuracy);
    add_number(model, "entropy", numbers->mean_entropy);
    add_number(model, "varentropy", numbers->mean_varentropy);
    add_states(model, numbers);
    add_attention(model, numbers);
    return model;
}

static cJSON *comparison_object(const struct comparison *comparison)
{
    cJSON *object = cJSON_CreateObject();
    add_number(object, "kl", comparison->mean_kl);
    add_number(object, "kl_reversed", comparison->mean_kl_reverse);
    add_number(object, "js", comparison->mean_js);
    add_number(object, "same_top1", comparison->same_top1);
    return object;
}

static cJSON *tokens_object(const struct report *report, int64_t count)
{
    const struct model_numbers *model = &report->models[ROLE_MODEL];
    cJSON *tokens = cJSON_CreateObject();
    if (report->texts != NULL) {
        cJSON *texts = cJSON_AddArrayToObject(tokens, "text");
        const cJSON *text = report->texts->child;
        for (int64_t t = 0; t < count && text != NULL; t++, text = text->next)
            cJSON_AddItemToArray(texts, cJSON_CreateString(text->valuestring));
    }
    cJSON_AddItemToObject(tokens, "surprisal", number_array(model->surprisal, count));
    cJSON_AddItemToObject(tokens, "entropy", number_array(model->entropy, count));
    cJSON_AddItemToObject(tokens, "varentropy", number_array(model->varentropy, count));
    if (report_has(report, ROLE_SECOND))
        cJSON_AddItemToObject(tokens, "kl_second", number_array(report->comparisons[ROLE_SECOND].kl, count));
    return tokens;
}

cJSON *report_json(const struct report *report, int64_t limit)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "libinfo", info_version_string());
    if (report->source->seed_used)
        add_number(json, "seed", (double)report->source->seed);
    cJSON_AddItemToObject(json, "text", text_object(report));
    cJSON *models = cJSON_AddObjectToObject(json, "models");
    cJSON *comparisons = cJSON_AddObjectToObject(json, "comparisons");
    for (int r = 0; r < ROLES; r++) {
        enum role role = (enum role)r;
        if (!report_has(report, role))
            continue;
        cJSON_AddItemToObject(models, role_name(role), model_object(report, role));
        if (role != ROLE_MODEL)
            cJSON_AddItemToObject(comparisons, role_name(role), comparison_object(&report->comparisons[role]));
    }
    if (isfinite(report_diff_erank(report))) {
        cJSON *difference = cJSON_AddObjectToObject(json, "diff_effective_rank");
        add_number(difference, "of_mean_entropy", report_diff_erank(report));
        add_number(difference, "of_mean_rank", report_diff_erank_of_means(report));
    }
    cJSON_AddItemToObject(json, "tokens", tokens_object(report, report->tokens < limit ? report->tokens : limit));
    return json;
}
