/* SPDX-License-Identifier: MIT
 *
 * The k most probable tokens of rows: a heap of the best so far, the worst of them on top. What does
 * not beat that one is passed over a stretch at a time by the kernel that finds maxima. */
#include <math.h>
#include <string.h>

#include "info/token.h"
#include "kernels/softmax_f32.h"
#include "lm/row.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

#define BLOCK 1024
#define STRETCH 256

typedef struct entry {
    double y;
    int64_t token;
} entry;

typedef struct heap {
    entry *entries;
    int64_t count, k;
} heap;

/* Whether a comes after b in the list. */
static bool is_worse(entry a, entry b)
{
    return a.y < b.y || (a.y == b.y && a.token > b.token);
}

static void sift_down(entry *e, int64_t count)
{
    const entry moved = e[0];
    int64_t hole = 0;
    for (int64_t child = 1; child < count; child = 2 * hole + 1) {
        if (child + 1 < count && is_worse(e[child + 1], e[child]))
            child++;
        if (!is_worse(e[child], moved))
            break;
        e[hole] = e[child];
        hole = child;
    }
    e[hole] = moved;
}

static void sift_up(entry *e, int64_t hole)
{
    const entry moved = e[hole];
    while (hole > 0 && is_worse(moved, e[(hole - 1) / 2])) {
        e[hole] = e[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    e[hole] = moved;
}

/* Tokens come in ascending order: of equal ones those that are in stay. */
static void offer(heap *h, double y, int64_t token)
{
    if (h->count < h->k) {
        h->entries[h->count] = (entry){y, token};
        sift_up(h->entries, h->count++);
    } else if (y > h->entries[0].y) {
        h->entries[0] = (entry){y, token};
        sift_down(h->entries, h->count);
    }
}

/* Best first. */
static void sort(heap *h)
{
    for (int64_t last = h->count - 1; last > 0; last--) {
        const entry worst = h->entries[0];
        h->entries[0] = h->entries[last];
        h->entries[last] = worst;
        sift_down(h->entries, last);
    }
}

typedef struct job {
    const info_matrix *logits;
    int64_t k;
    info_i_lm lm;
    int64_t *tokens;
    double *log_p;
    atomic_llong invalid;
} job;

/* y in f64, for logits of that type and those with a bias or a softcap. */
static void collect_f64(const job *j, int64_t row, int64_t length, heap *h)
{
    double y[BLOCK];
    for (int64_t begin = 0; begin < length; begin += BLOCK) {
        const int64_t count = length - begin < BLOCK ? length - begin : BLOCK;
        info_i_lm_load(&j->lm, j->logits, row, begin, count, y);
        for (int64_t i = 0; i < count; i++)
            offer(h, y[i], begin + i);
    }
}

/* x itself, whose order is that of x / T. */
static void collect_f32(const job *j, int64_t row, int64_t length, heap *h)
{
    const info_i_softmax_kernels *kernels = info_i_softmax_kernels_for(j->lm.cpu);
    const bool contiguous = j->logits->col_stride == 1;
    float x[STRETCH];
    for (int64_t begin = 0; begin < length; begin += STRETCH) {
        const int64_t count = length - begin < STRETCH ? length - begin : STRETCH;
        if (!contiguous)
            info_i_get_row_f32(j->logits, row, begin, count, x);
        if (h->count == h->k) {
            const void *place = contiguous ? info_i_element(j->logits, row, begin) : x;
            const info_dtype dtype = contiguous ? j->logits->dtype : INFO_F32;
            if (!((double)kernels->maximum(place, dtype, count) > h->entries[0].y))
                continue;
        }
        if (contiguous)
            info_i_get_row_f32(j->logits, row, begin, count, x);
        for (int64_t i = 0; i < count; i++)
            offer(h, (double)x[i], begin + i);
    }
}

static info_status list_row(job *j, int64_t row, void *scratch, info_i_error *error)
{
    const int64_t length = info_i_lm_length(&j->lm, j->logits, row);
    const info_i_row r = info_i_row_measure(&j->lm, j->logits, row, INFO_I_DETAIL_SUM, INFINITY);
    const bool in_f32 = info_i_lm_in_f32(&j->lm, j->logits);
    heap h = {scratch, 0, j->k < length ? j->k : length};
    if (r.valid && in_f32)
        collect_f32(j, row, length, &h);
    else if (r.valid)
        collect_f64(j, row, length, &h);
    sort(&h);
    const double temperature = in_f32 && j->lm.given.temperature > 0 ? j->lm.given.temperature : 1;
    for (int64_t i = 0; i < j->k; i++) {
        const bool listed = i < h.count;
        const double y = listed ? h.entries[i].y / temperature : -INFINITY;
        const double log_p = listed ? y - r.maximum - r.log_sum : r.valid ? -INFINITY : NAN;
        if (j->tokens)
            j->tokens[row * j->k + i] = listed ? h.entries[i].token : -1;
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

static info_status check_list(info_i_error *error, const char *name, const void *out, int64_t length, int64_t count,
                              const info_matrix *logits)
{
    info_status status = info_i_check_output(error, name, out, length, count);
    if (status == INFO_OK && (uintptr_t)out % sizeof(double) != 0)
        status = info_i_fail(error, INFO_ERROR_ALIGNMENT, "%s: is not aligned to its 8-byte elements", name);
    if (status == INFO_OK)
        status = info_i_check_overlap(error, name, out, count * (int64_t)sizeof(double), "logits", logits);
    return status;
}

static info_status top_k(info_ctx *ctx, const info_matrix *logits, int64_t k, const info_lm_options *options,
                         int64_t *tokens, double *log_p, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    job j = {.logits = logits, .k = k};
    int64_t count = 0;
    info_status status = info_i_check_matrix(error, "logits", logits);
    if (status == INFO_OK)
        status = info_i_lm_options(ctx, options, logits->rows, logits->cols, &j.lm);
    if (status == INFO_OK && (k < 1 || k > logits->cols))
        status = info_i_fail(error, INFO_ERROR_SIZE, "k: %lld; 1 to %lld are allowed", (long long)k,
                             (long long)logits->cols);
    if (status == INFO_OK && !info_i_multiply(logits->rows, k, &count))
        status = info_i_fail(error, INFO_ERROR_OVERFLOW, "k: %lld times %lld rows cannot be addressed", (long long)k,
                             (long long)logits->rows);
    if (status == INFO_OK && !tokens && !log_p)
        status = info_i_fail(error, INFO_ERROR_NULL, "tokens, log_p: both are NULL");
    if (status == INFO_OK && log_p)
        status = check_list(error, "log_p", log_p, out_len, count, logits);
    if (status == INFO_OK && tokens)
        status = check_list(error, "tokens", tokens, out_len, count, logits);
    if (status != INFO_OK)
        return status;
    j.tokens = tokens ? info_i_scratch(ctx, count, sizeof *tokens) : NULL;
    j.log_p = log_p ? info_i_scratch(ctx, count, sizeof *log_p) : NULL;
    if ((tokens && !j.tokens) || (log_p && !j.log_p))
        return ctx->error.status;
    status = info_i_parallel(ctx, logits->rows, info_i_lm_grain(logits->cols), (size_t)k * sizeof(entry), list_rows,
                             &j);
    if (status != INFO_OK)
        return status;
    if (tokens)
        memcpy(tokens, j.tokens, (size_t)count * sizeof *tokens);
    if (log_p)
        memcpy(log_p, j.log_p, (size_t)count * sizeof *log_p);
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

info_status info_logits_top_k(info_ctx *user_ctx, const info_matrix *logits, int64_t k, const info_lm_options *options,
                              int64_t *tokens, double *log_p, int64_t out_len)
{
    info_i_call call;
    info_status status = info_i_begin(&call, user_ctx);
    if (status == INFO_OK)
        status = top_k(call.ctx, logits, k, options, tokens, log_p, out_len);
    return info_i_end(&call, status);
}
