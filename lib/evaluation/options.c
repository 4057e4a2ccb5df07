/* SPDX-License-Identifier: MIT */
#include "evaluation/options.h"

#include <math.h>
#include <string.h>

#include "evaluation/state.h"
#include "spectral/states.h"

/* Widest hidden state: its products then take 64 GiB. */
#define MOST_WIDTH 65536

static info_status check_names(info_i_error *error, const info_evaluation_options *o)
{
    const struct {
        const char *name, *text;
    } names[] = {{"model", o->model},
                 {"reference", o->reference},
                 {"tokenizer", o->tokenizer},
                 {"data", o->data},
                 {"settings", o->settings}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].text && strnlen(names[i].text, INFO_I_NAME_BYTES + 1) > INFO_I_NAME_BYTES)
            return info_i_fail(error, INFO_ERROR_SIZE, "options.%s: has more than %d bytes", names[i].name,
                               INFO_I_NAME_BYTES);
    return INFO_OK;
}

static info_status check_shards(info_i_error *error, const info_evaluation_options *o)
{
    const int64_t shards = o->shards == 0 ? 1 : o->shards;
    if (shards < 1)
        return info_i_fail(error, INFO_ERROR_OPTION, "options.shards: %lld; at least 1, or 0 for 1", (long long)shards);
    if (o->shard < 0 || o->shard >= shards)
        return info_i_fail(error, INFO_ERROR_OPTION, "options.shard: %lld is not allowed; 0 to %lld are",
                           (long long)o->shard, (long long)(shards - 1));
    return INFO_OK;
}

static info_status check_edges_len(info_i_error *error, const char *name, const void *edges, int64_t count)
{
    if (!edges && count != 0)
        return info_i_fail(error, INFO_ERROR_NULL, "options.%s: is NULL; it has %lld elements", name, (long long)count);
    if (edges && (count < 2 || count > INFO_I_MOST_EDGES))
        return info_i_fail(error, INFO_ERROR_SIZE, "options.%s: has %lld elements; 2 to %d are allowed", name,
                           (long long)count, INFO_I_MOST_EDGES);
    return INFO_OK;
}

static info_status check_edges(info_i_error *error, const info_evaluation_options *o)
{
    info_status status = check_edges_len(error, "position_edges", o->position_edges, o->position_edges_len);
    if (status == INFO_OK)
        status = check_edges_len(error, "confidence_edges", o->confidence_edges, o->confidence_edges_len);
    const bool tokens = o->kind == INFO_EVALUATION_LIKELIHOOD || o->kind == INFO_EVALUATION_PAIR;
    if (status == INFO_OK && !tokens && (o->position_edges || o->confidence_edges))
        status = info_i_fail(error, INFO_ERROR_OPTION, "options.%s: only likelihoods and pairs of models have bins",
                             o->position_edges ? "position_edges" : "confidence_edges");
    if (status != INFO_OK)
        return status;
    for (int64_t i = 1; i < o->position_edges_len; i++)
        if (!(o->position_edges[i] > o->position_edges[i - 1]))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "options.position_edges: does not ascend at %lld",
                               (long long)i);
    for (int64_t i = 0; i < o->confidence_edges_len; i++)
        if (!(o->confidence_edges[i] >= 0 && o->confidence_edges[i] <= 1) ||
            (i > 0 && !(o->confidence_edges[i] > o->confidence_edges[i - 1])))
            return info_i_fail(error, INFO_ERROR_DOMAIN,
                               "options.confidence_edges: %s at %lld; they ascend within [0, 1]",
                               info_i_number_text(o->confidence_edges[i]).text, (long long)i);
    return INFO_OK;
}

static info_status check_columns(info_i_error *error, const info_evaluation_options *o)
{
    const bool wide = o->kind == INFO_EVALUATION_RANKS || o->kind == INFO_EVALUATION_STATES;
    const int64_t most = wide ? MOST_WIDTH : INFO_I_MOST_COLUMNS;
    if (!wide && o->kind != INFO_EVALUATION_VALUES)
        return o->columns == 0 ? INFO_OK
                               : info_i_fail(error, INFO_ERROR_OPTION, "options.columns: %lld; this kind has its own",
                                             (long long)o->columns);
    if (o->columns < 1 || o->columns > most)
        return info_i_fail(error, INFO_ERROR_SIZE, "options.columns: %lld; 1 to %lld are allowed",
                           (long long)o->columns, (long long)most);
    return INFO_OK;
}

static info_status check_caps(info_i_error *error, const info_evaluation_options *o)
{
    const double caps[] = {o->cap, o->sequence_cap};
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "cap" : "sequence_cap";
        if (!(caps[i] >= 0 && caps[i] < INFINITY))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "options.%s: %s; a positive number, or 0 for none", name,
                               info_i_number_text(caps[i]).text);
        if (caps[i] > 0 && o->kind != INFO_EVALUATION_OFF_POLICY)
            return info_i_fail(error, INFO_ERROR_OPTION, "options.%s: only off-policy samples have weights", name);
    }
    return INFO_OK;
}

static info_status check_spectral(info_i_error *error, const info_evaluation_options *o, info_spectral_options *own)
{
    if (o->kind != INFO_EVALUATION_STATES && (o->spectral || o->mean || o->mean_len != 0))
        return info_i_fail(error, INFO_ERROR_OPTION, "options.%s: only sums over hidden states have it",
                           o->spectral ? "spectral" : "mean");
    info_i_spectral opened;
    const info_status status = info_i_spectral_open(error, o->spectral, &opened);
    if (status != INFO_OK)
        return status;
    if (opened.gram || opened.singular_values || opened.smoothing != 0)
        return info_i_fail(error, INFO_ERROR_OPTION, "options.spectral: sums are of states, on the covariance scale");
    if (o->mean && !opened.center)
        return info_i_fail(error, INFO_ERROR_OPTION, "options.mean: given, and rows are not to be centered");
    *own = (info_spectral_options){.struct_size = sizeof *own,
                                   .convention = INFO_CONVENTION_DIFF_ERANK,
                                   .center = opened.center ? INFO_CHOICE_YES : INFO_CHOICE_NO,
                                   .normalize_rows = opened.unit_rows ? INFO_CHOICE_YES : INFO_CHOICE_NO,
                                   .zero_rows = opened.zero_rows_fail ? INFO_ZERO_ROWS_ERROR : INFO_ZERO_ROWS_DROP,
                                   .skip = opened.skip};
    if (!o->mean && o->mean_len != 0)
        return info_i_fail(error, INFO_ERROR_NULL, "options.mean: is NULL; it has %lld elements",
                           (long long)o->mean_len);
    if (o->mean && o->mean_len != o->columns)
        return info_i_fail(error, INFO_ERROR_SIZE, "options.mean: has %lld elements; columns is %lld",
                           (long long)o->mean_len, (long long)o->columns);
    for (int64_t i = 0; i < o->mean_len; i++)
        if (!isfinite(o->mean[i]))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "options.mean: %s at %lld; it must be finite",
                               info_i_number_text(o->mean[i]).text, (long long)i);
    return INFO_OK;
}

info_status info_i_evaluation_options(info_i_error *error, const info_evaluation_options *given,
                                      info_evaluation_options *own, info_spectral_options *spectral)
{
    info_status status = info_i_required(error, info_evaluation_options, "options", own, given);
    if (status != INFO_OK)
        return status;
    const info_i_allowed allowed[] = {
        {"options.kind", own->kind, INFO_EVALUATION_LIKELIHOOD, INFO_EVALUATION_STATES},
        {"options.documents", own->documents, 0, INFO_DOCUMENTS_WHOLE},
        {"options.percentiles", own->percentiles, 0, INFO_PERCENTILES_NONE},
        {"options.cap_rule", own->cap_rule, 0, INFO_WEIGHT_MASK},
        {"options.reserved", own->reserved, 0, 0},
        {NULL, 0, 0, 0},
    };
    status = info_i_check_options(error, allowed);
    if (status == INFO_OK)
        status = check_names(error, own);
    if (status == INFO_OK)
        status = check_shards(error, own);
    if (status == INFO_OK)
        status = check_edges(error, own);
    if (status == INFO_OK)
        status = check_columns(error, own);
    if (status == INFO_OK)
        status = check_caps(error, own);
    return status == INFO_OK ? check_spectral(error, own, spectral) : status;
}
