/* SPDX-License-Identifier: MIT
 *
 * The k most probable tokens of rows. Candidates that exceed the k-th of those seen so far are gathered; when there is no room
 * for more, the k best of them are kept. What has no candidate is passed over a stretch at a time by the kernel that finds maxima. */
#include <math.h>
#include <string.h>

#include "info/token.h"
#include "kernels/softmax_f32.h"
#include "numeric/sort.h"
#include "lm/row.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

#define BLOCK 1024
#define STRETCH 256

/* Room for this many times k candidates. */
#define ROOM 4

typedef struct picks {
    info_i_ranked *items;
    int64_t count, k, room;
    double threshold; /* the k-th value seen; NaN: fewer than k were */
} picks;

static void keep_the_best(picks *p)
{
    if (p->count < p->k)
        return;
    info_i_ranked_select(p->items, p->count, p->k);
    p->count = p->k;
    p->threshold = INFINITY;
    for (int64_t i = 0; i < p->k; i++)
        p->threshold = p->items[i].value < p->threshold ? p->items[i].value : p->threshold;
}

/* Tokens come in ascending order: of equal ones those that are in stay. */
static void offer(picks *p, double y, int64_t token)
{
    if (y <= p->threshold)
        return;
    p->items[p->count++] = (info_i_ranked){y, token};
    if (p->count == p->room)
        keep_the_best(p);
}

typedef struct job {
    const info_matrix *logits;
    int64_t k, room;
    info_i_lm lm;
    int64_t *tokens;
    double *log_p;
    atomic_llong invalid;
} job;

/* z in f64, for logits of that type and those with a bias or a softcap. */
static void collect_f64(const job *j, int64_t row, int64_t length, picks *p)
{
    double z[BLOCK];
    for (int64_t begin = 0; info_i_lm_reads_on(&j->lm, begin, length); begin += BLOCK) {
        const int64_t count = length - begin < BLOCK ? length - begin : BLOCK;
        info_i_lm_load_logits(&j->lm, j->logits, row, begin, count, z);
        for (int64_t i = 0; i < count; i++)
            offer(p, z[i], begin + i);
    }
}

/* x itself, whose order is that of x / T. */
static void collect_f32(const job *j, int64_t row, int64_t length, picks *p)
{
    const info_i_softmax_kernels *kernels = j->lm.kernels->softmax;
    const bool contiguous = j->logits->col_stride == 1;
    float x[STRETCH];
    for (int64_t begin = 0; info_i_lm_reads_on(&j->lm, begin, length); begin += STRETCH) {
        const int64_t count = length - begin < STRETCH ? length - begin : STRETCH;
        if (!contiguous)
            info_i_get_row_f32(j->logits, row, begin, count, x);
        if (!isnan(p->threshold)) {
            const void *place = contiguous ? info_i_element(j->logits, row, begin) : x;
            const info_dtype dtype = contiguous ? j->logits->dtype : INFO_F32;
            if (!((double)kernels->maximum(place, dtype, count) > p->threshold))
                continue;
        }
        if (contiguous)
            info_i_get_row_f32(j->logits, row, begin, count, x);
        for (int64_t i = 0; i < count; i++)
            offer(p, (double)x[i], begin + i);
    }
}

static info_status list_row(job *j, int64_t row, void *scratch, info_i_error *error)
{
    const int64_t length = info_i_lm_length(&j->lm, j->logits, row);
    const info_i_row r = info_i_row_measure(&j->lm, j->logits, row, INFO_I_DETAIL_SUM, INFINITY);
    const bool in_f32 = info_i_lm_in_f32(&j->lm, j->logits);
    picks p = {.items = scratch, .k = j->k < length ? j->k : length, .room = j->room, .threshold = NAN};
    if (r.valid && in_f32)
        collect_f32(j, row, length, &p);
    else if (r.valid)
        collect_f64(j, row, length, &p);
    keep_the_best(&p);
    info_i_ranked_sort(p.items, p.count);
    for (int64_t i = 0; i < j->k; i++) {
        const bool listed = i < p.count;
        const double log_p = listed    ? info_i_row_log_probability(&j->lm, &r, p.items[i].value)
                             : r.valid ? -INFINITY
                                       : NAN;
        if (j->tokens)
            j->tokens[row * j->k + i] = listed ? p.items[i].index : -1;
        if (j->log_p)
            j->log_p[row * j->k + i] = info_i_from_nats(log_p, j->lm.given.unit);
    }
    return r.valid ? INFO_OK : info_i_lm_invalid_row(&j->lm, error, &j->invalid, "logits", j->logits, row);
}

static info_status list_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++)
        status = list_row(user, row, scratch, error);
    return status;
}

static info_status top_k(info_ctx *ctx, const info_matrix *logits, int64_t k, const info_lm_options *options,
                         int64_t *tokens, double *log_p, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    job j = {.logits = logits, .k = k};
    int64_t count = 0;
    if (info_i_check_matrix(error, "logits", logits) != INFO_OK)
        return error->status;
    info_i_lm_options(ctx, options, logits->rows, logits->cols, &j.lm);
    info_i_check(error, k >= 1 && k <= logits->cols, INFO_ERROR_SIZE, "k: %lld; 1 to %lld are allowed", (long long)k,
                 (long long)logits->cols);
    info_i_check(error, info_i_multiply(logits->rows, k, &count), INFO_ERROR_OVERFLOW,
                 "k: %lld times %lld rows cannot be addressed", (long long)k, (long long)logits->rows);
    info_i_check(error, tokens || log_p, INFO_ERROR_NULL, "tokens, log_p: both are NULL");
    if (log_p)
        info_i_check_output(error, "log_p", log_p, out_len, count);
    if (tokens)
        info_i_check_output(error, "tokens", tokens, out_len, count);
    info_i_check_spans(
        error,
        (info_i_span[]){info_i_array_span("log_p", log_p, count, sizeof *log_p),
                        info_i_array_span("tokens", tokens, count, sizeof *tokens),
                        {0}},
        (info_i_span[]){
            info_i_matrix_span("logits", logits), info_i_lm_bias_span(&j.lm), info_i_lm_lengths_span(&j.lm), {0}});
    if (error->status != INFO_OK)
        return error->status;
    j.tokens = tokens ? info_i_scratch(ctx, count, sizeof *tokens) : NULL;
    j.log_p = log_p ? info_i_scratch(ctx, count, sizeof *log_p) : NULL;
    if ((tokens && !j.tokens) || (log_p && !j.log_p))
        return ctx->error.status;
    j.room = k < logits->cols / ROOM ? ROOM * k : logits->cols;
    const info_status status = info_i_parallel(ctx, logits->rows, info_i_lm_grain(logits->cols),
                                               (size_t)j.room * sizeof(info_i_ranked), list_rows, &j);
    if (status != INFO_OK)
        return status;
    if (tokens)
        memcpy(tokens, j.tokens, (size_t)count * sizeof *tokens);
    if (log_p)
        memcpy(log_p, j.log_p, (size_t)count * sizeof *log_p);
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

info_status info_logits_top_k(info_ctx *ctx, const info_matrix *logits, int64_t k, const info_lm_options *options,
                              int64_t *tokens, double *log_p, int64_t out_len)
{
    return INFO_I_CALL(ctx, top_k(ctx, logits, k, options, tokens, log_p, out_len));
}
