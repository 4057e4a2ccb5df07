/* SPDX-License-Identifier: MIT
 * Information between tokens at a distance, and transfer entropy: pairs and histories are shifted views. */
#include <string.h>

#include "sample/documents.h"

/* ---- Distance ---- */

/* One distance: pairs of one document. */
static info_status at_distance(info_ctx *ctx, const info_series *tokens, const info_i_packing *one,
                               const int64_t *starts, int64_t start_count, int64_t distance, info_i_measure *m,
                               info_sample_estimate *out)
{
    info_series pair[] = {info_i_series_part(tokens, 0, distance), info_i_series_part(tokens, distance, 0)};
    info_i_packing packing[3];
    info_i_source sources[3];
    info_i_source windows = {NULL, pair, NULL, 0, 0};
    info_status status = info_i_windows(ctx, starts, start_count, tokens->length, distance + 1, &windows);
    if (status != INFO_OK)
        return status;
    if (windows.samples == 0)
        return info_i_fail(&ctx->error, INFO_ERROR_SIZE, "distances: no document has tokens %lld apart",
                           (long long)distance);
    packing[0] = (info_i_packing){.width = 2, .field = {one->field[0], one->field[0]}};
    info_i_packing_pack(&packing[0]);
    packing[1] = packing[2] = *one;
    for (int k = 0; status == INFO_OK && k < 3; k++) { /* both, the first, the second */
        sources[k] = windows;
        sources[k].layout = &packing[k];
        sources[k].series = pair + (k == 2);
        status = info_i_profile_of_source(ctx, &sources[k], &m->term[k].profile);
    }
    if (status != INFO_OK)
        return status;
    const double x = (double)m->term[1].profile.distinct, y = (double)m->term[2].profile.distinct;
    m->term[0].alphabet = x * y;
    m->term[1].alphabet = x;
    m->term[2].alphabet = y;
    info_i_measure_report(m, out);
    return INFO_OK;
}

static info_status distance_information(info_ctx *ctx, const info_series *tokens, const int64_t *starts,
                                        int64_t starts_len, const int64_t *distances, int64_t count,
                                        const info_estimator_options *options, info_sample_estimate *out,
                                        int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_i_measure m;
    info_i_packing one;
    info_i_check_series(error, "tokens", tokens);
    info_i_check_starts(error, starts, starts_len, tokens);
    info_i_check_pointer(error, "distances", distances);
    info_i_check_output(error, "out", out, out_len, count);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, count, sizeof *out), {0}},
                       (info_i_span[]){info_i_series_span("tokens", tokens),
                                       info_i_array_span("starts", starts, starts_len, sizeof *starts),
                                       info_i_array_span("distances", distances, count, sizeof *distances),
                                       {0}});
    info_i_measure_open(error, 1, 2, 0, true, 2, options, &m);
    info_i_check_option(error, "options.uncertainty", m.options.uncertainty, INFO_UNCERTAINTY_NONE,
                        INFO_UNCERTAINTY_NONE);
    if (error->status != INFO_OK)
        return error->status;
    if (count < 1)
        return info_i_fail(error, INFO_ERROR_SIZE, "count: %lld; at least 1 is needed", (long long)count);
    for (int64_t i = 0; i < count; i++)
        if (distances[i] < 1 || distances[i] >= tokens->length)
            return info_i_fail(error, INFO_ERROR_SIZE, "distances: element %lld is %lld; 1 to %lld are allowed",
                               (long long)i, (long long)distances[i], (long long)tokens->length - 1);
    info_sample_estimate *made = info_i_scratch(ctx, count, sizeof *made);
    if (!made)
        return error->status;
    info_status status = info_i_packing_of_series(ctx, tokens, NULL, 1, &one);
    for (int64_t i = 0; status == INFO_OK && i < count; i++) {
        const info_i_mark mark = info_i_scratch_mark(ctx);
        info_i_phase(ctx, (double)i / (double)count, (double)(i + 1) / (double)count);
        status = at_distance(ctx, tokens, &one, starts, starts_len, distances[i], &m, &made[i]);
        info_i_scratch_release(ctx, mark);
        if (status == INFO_OK)
            status = info_i_progress(ctx, 1);
    }
    if (status == INFO_OK)
        memcpy(out, made, (size_t)count * sizeof *out);
    return status;
}

info_status info_distance_information(info_ctx *ctx, const info_series *tokens, const int64_t *starts,
                                      int64_t starts_len, const int64_t *distances, int64_t count,
                                      const info_estimator_options *options, info_sample_estimate *out, int64_t out_len)
{
    return INFO_I_CALL(ctx,
                       distance_information(ctx, tokens, starts, starts_len, distances, count, options, out, out_len));
}

/* ---- Transfer entropy ---- */

static info_status open_options(info_i_error *error, const info_transfer_options *given, info_transfer_options *o)
{
    info_i_options(error, info_transfer_options, "options", o, given);
    const info_i_allowed allowed[] = {{"options.source_history", o->source_history, 0, INFO_MAX_SERIES},
                                      {"options.target_history", o->target_history, 0, INFO_MAX_SERIES},
                                      {"options.condition_history", o->condition_history, 0, INFO_MAX_SERIES},
                                      {"options.delay", o->delay, 0, INT32_MAX},
                                      {"options.reserved", o->reserved, 0, 0},
                                      {0}};
    info_i_check_options(error, allowed);
    o->source_history = o->source_history ? o->source_history : 1;
    o->target_history = o->target_history ? o->target_history : 1;
    o->condition_history = o->condition_history ? o->condition_history : 1;
    o->delay = o->delay ? o->delay : 1;
    return error->status;
}

static info_status check_conditions(info_i_error *error, const info_series *source, const info_series *target,
                                    const info_series *conditions, int32_t count)
{
    info_i_check_series(error, "source", source);
    info_i_check_series(error, "target", target);
    if (error->status == INFO_OK && (count < 0 || count > INFO_MAX_SERIES || (count > 0 && !conditions)))
        return info_i_fail(error, count > 0 && !conditions ? INFO_ERROR_NULL : INFO_ERROR_SIZE,
                           "conditions: %d of them; 0 to %d are allowed", (int)count, INFO_MAX_SERIES);
    for (int32_t k = 0; k < count && error->status == INFO_OK; k++)
        info_i_check_series(error, "conditions", &conditions[k]);
    for (int32_t k = -1; k < count && error->status == INFO_OK; k++) {
        const info_series *s = k < 0 ? source : &conditions[k];
        if (s->length != target->length)
            info_i_fail(error, INFO_ERROR_SIZE, "%s: has %lld samples, target has %lld; lengths must agree",
                        k < 0 ? "source" : "conditions", (long long)s->length, (long long)target->length);
    }
    return error->status;
}

static info_status transfer_entropy(info_ctx *ctx, const info_series *source, const info_series *target,
                                    const info_series *conditions, int32_t condition_count,
                                    const info_transfer_options *given, const info_estimator_options *estimation,
                                    info_sample_estimate *out)
{
    info_i_error *error = &ctx->error;
    info_transfer_options o;
    info_series list[INFO_MAX_SERIES];
    open_options(error, given, &o);
    check_conditions(error, source, target, conditions, condition_count);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(
        error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
        (info_i_span[]){info_i_series_span("source", source), info_i_series_span("target", target), {0}});
    for (int32_t k = 0; k < condition_count; k++)
        info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                           (info_i_span[]){info_i_series_span("conditions", &conditions[k]), {0}});
    if (error->status != INFO_OK)
        return error->status;
    const int64_t symbols = 1 + o.source_history + o.target_history + (int64_t)condition_count * o.condition_history;
    if (symbols > INFO_MAX_SERIES)
        return info_i_fail(error, INFO_ERROR_SIZE,
                           "options.source_history: with the others %lld symbols; %d are allowed", (long long)symbols,
                           INFO_MAX_SERIES);
    /* The present begins where every past is whole. */
    int64_t present = (int64_t)o.delay + o.source_history - 1;
    present = o.target_history > present ? o.target_history : present;
    present = condition_count && o.condition_history > present ? o.condition_history : present;
    if (present >= target->length)
        return info_i_fail(error, INFO_ERROR_SIZE, "options: delay and histories take %lld samples; target has %lld",
                           (long long)present, (long long)target->length);
    int32_t width = 0;
    list[width++] = info_i_series_part(target, present, 0);
    for (int32_t k = 0; k < o.source_history; k++)
        list[width++] = info_i_series_part(source, present - o.delay - k, o.delay + k);
    const uint64_t past = ((UINT64_C(1) << o.source_history) - 1) << 1;
    for (int32_t k = 1; k <= o.target_history; k++)
        list[width++] = info_i_series_part(target, present - k, k);
    for (int32_t c = 0; c < condition_count; c++)
        for (int32_t k = 1; k <= o.condition_history; k++)
            list[width++] = info_i_series_part(&conditions[c], present - k, k);
    const uint64_t all = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
    return info_i_sample_information(ctx, list, NULL, width, past, 1, all & ~past & ~UINT64_C(1), estimation, out);
}

info_status info_transfer_entropy(info_ctx *ctx, const info_series *source, const info_series *target,
                                  const info_series *conditions, int32_t condition_count,
                                  const info_transfer_options *options, const info_estimator_options *estimation,
                                  info_sample_estimate *out)
{
    return INFO_I_CALL(ctx,
                       transfer_entropy(ctx, source, target, conditions, condition_count, options, estimation, out));
}
