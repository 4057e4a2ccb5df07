/* SPDX-License-Identifier: MIT
 * Agreement of two rankings: overlap at k, Jaccard, Spearman, Kendall. */
#include <math.h>
#include <string.h>

#include "geometry/geometry.h"
#include "geometry/ranking.h"

/* Pieces of a long row between looks at whether the call is canceled. */
#define LOOK ((int64_t)1 << 16)

/* Stable merge sort of indices. */
void info_i_rank_descending(const info_ctx *ctx, int64_t n, const double *scores, int64_t *order, int64_t *work)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t begin = 0; begin < n; begin += 2 * width) {
            const int64_t middle = begin + width < n ? begin + width : n;
            const int64_t end = middle + width < n ? middle + width : n;
            int64_t left = begin, right = middle;
            for (int64_t k = begin; k < end; k++) {
                if (k % LOOK == 0 && info_i_canceled(ctx))
                    return;
                const bool from_right = left == middle || (right < end && scores[order[right]] > scores[order[left]]);
                work[k] = order[from_right ? right++ : left++];
            }
        }
        memcpy(order, work, (size_t)n * sizeof *order);
    }
}

/* ranks[i] := mean rank of token i among its equals, 0 the highest; the number of pairs of equals. */
static double mean_ranks(int64_t n, const double *scores, const int64_t *order, double *ranks)
{
    double tied_pairs = 0;
    for (int64_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && scores[order[end]] == scores[order[begin]]; end++)
            ;
        for (int64_t k = begin; k < end; k++)
            ranks[order[k]] = 0.5 * (double)(begin + end - 1);
        tied_pairs += 0.5 * (double)(end - begin) * (double)(end - begin - 1);
    }
    return tied_pairs;
}

static double correlation(int64_t n, const double *a, const double *b)
{
    const double center = 0.5 * (double)(n - 1); /* the mean of ranks, ties or not */
    double aa = 0, bb = 0, ab = 0;
    for (int64_t i = 0; i < n; i++) {
        aa += (a[i] - center) * (a[i] - center);
        bb += (b[i] - center) * (b[i] - center);
        ab += (a[i] - center) * (b[i] - center);
    }
    return aa > 0 && bb > 0 ? fmin(fmax(ab / sqrt(aa * bb), -1), 1) : NAN;
}

/* Pairs that stand in one order in a and in the other in b: the exchanges that a merge sort by b makes
 * on what is sorted by a and, among equals of a, by b. Leaves order sorted by b. */
static double discordant_pairs(const info_ctx *ctx, int64_t n, const double *b, int64_t *order, int64_t *work)
{
    double exchanges = 0;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t begin = 0; begin < n; begin += 2 * width) {
            const int64_t middle = begin + width < n ? begin + width : n;
            const int64_t end = middle + width < n ? middle + width : n;
            int64_t left = begin, right = middle;
            for (int64_t k = begin; k < end; k++) {
                if (k % LOOK == 0 && info_i_canceled(ctx))
                    return 0;
                const bool from_right = left == middle || (right < end && b[order[right]] < b[order[left]]);
                exchanges += from_right ? (double)(middle - left) : 0;
                work[k] = order[from_right ? right++ : left++];
            }
        }
        memcpy(order, work, (size_t)n * sizeof *order);
    }
    return exchanges;
}

/* tau-b from the mean ranks of both sides. order: by a, the highest first. */
static double kendall(const info_ctx *ctx, int64_t n, const double *a, const double *b, double a_ties, double b_ties,
                      int64_t *order, int64_t *work)
{
    double both_ties = 0;
    for (int64_t begin = 0, end; begin < n; begin = end) { /* equals of a in the order of b */
        for (end = begin + 1; end < n && a[order[end]] == a[order[begin]]; end++)
            ;
        discordant_pairs(ctx, end - begin, b, order + begin, work);
        for (int64_t first = begin, last; first < end; first = last) {
            for (last = first + 1; last < end && b[order[last]] == b[order[first]]; last++)
                ;
            both_ties += 0.5 * (double)(last - first) * (double)(last - first - 1);
        }
    }
    const double pairs = 0.5 * (double)n * (double)(n - 1), discordant = discordant_pairs(ctx, n, b, order, work);
    const double difference = pairs - a_ties - b_ties + both_ties - 2 * discordant;
    const double size = sqrt(pairs - a_ties) * sqrt(pairs - b_ties);
    return size > 0 ? fmin(fmax(difference / size, -1), 1) : NAN;
}

typedef struct comparison {
    const info_ctx *ctx;
    info_i_rows a, b;
    int64_t k;
    info_ranking_agreement *out;
} comparison;

static size_t comparison_bytes(int64_t n)
{
    return (size_t)n * (2 * sizeof(double) + 3 * sizeof(int64_t));
}

static info_status compare(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const comparison *c = user;
    const int64_t n = c->a.cols;
    double *a_ranks = scratch, *b_ranks = a_ranks + n;
    int64_t *a_order = (int64_t *)(void *)(b_ranks + n), *b_order = a_order + n, *work = b_order + n;
    for (int64_t i = begin; i < end; i++) {
        const double *a = c->a.x + i * n, *b = c->b.x + i * n;
        info_i_rank_descending(c->ctx, n, a, a_order, work);
        info_i_rank_descending(c->ctx, n, b, b_order, work);
        if (info_i_canceled(c->ctx)) /* the order is unfinished */
            return INFO_CANCELED;
        const double a_ties = mean_ranks(n, a, a_order, a_ranks), b_ties = mean_ranks(n, b, b_order, b_ranks);
        memset(work, 0, (size_t)n * sizeof *work);
        int64_t common = 0;
        for (int64_t r = 0; r < c->k; r++)
            work[a_order[r]] = 1;
        for (int64_t r = 0; r < c->k; r++)
            common += work[b_order[r]];
        info_ranking_agreement *out = c->out + i;
        out->overlap = (double)common / (double)c->k;
        out->jaccard = (double)common / (double)(2 * c->k - common);
        out->spearman = correlation(n, a_ranks, b_ranks);
        out->kendall = kendall(c->ctx, n, a_ranks, b_ranks, a_ties, b_ties, a_order, work);
    }
    return info_i_canceled(c->ctx) ? INFO_CANCELED : INFO_OK;
}

static info_status ranking_compare(info_ctx *ctx, const info_matrix *a, const info_matrix *b, int64_t k,
                                   info_ranking_agreement *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    comparison c = {.ctx = ctx, .k = k};
    info_i_check_matrix(error, "a", a);
    info_i_check_matrix(error, "b", b);
    info_i_check(error, a->rows == b->rows && a->cols == b->cols, INFO_ERROR_SIZE,
                 "b: %lld x %lld, but a is %lld x %lld", (long long)b->rows, (long long)b->cols, (long long)a->rows,
                 (long long)a->cols);
    info_i_check(error, k >= 1 && k <= a->cols, INFO_ERROR_SIZE, "k: %lld; 1 to %lld (columns) are allowed",
                 (long long)k, (long long)a->cols);
    info_i_check_output(error, "out", out, out_len, a->rows);
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("out", out, a->rows, sizeof *out), {0}},
                       (info_i_span[]){info_i_matrix_span("a", a), info_i_matrix_span("b", b), {0}});
    if (error->status != INFO_OK || info_i_load_rows(ctx, "a", a, false, &c.a) != INFO_OK ||
        info_i_load_rows(ctx, "b", b, false, &c.b) != INFO_OK)
        return error->status;
    c.out = info_i_scratch(ctx, a->rows, sizeof *c.out);
    if (!c.out)
        return error->status;
    const info_status status = info_i_parallel(ctx, a->rows, 1, comparison_bytes(a->cols), compare, &c);
    if (status != INFO_OK)
        return status;
    memcpy(out, c.out, (size_t)a->rows * sizeof *out);
    int64_t unranked = 0;
    for (int64_t i = 0; i < a->rows; i++)
        unranked += isnan(out[i].spearman) != 0;
    ctx->invalid_rows = unranked;
    return unranked > 0 ? info_i_fail(error, INFO_INVALID_ROWS, "a, b: %lld rows rank nothing: all scores are equal",
                                      (long long)unranked)
                        : INFO_OK;
}

info_status info_ranking_compare(info_ctx *ctx, const info_matrix *a, const info_matrix *b, int64_t k,
                                 info_ranking_agreement *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, ranking_compare(ctx, a, b, k, out, out_len));
}
