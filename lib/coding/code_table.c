/* SPDX-License-Identifier: MIT
 *
 * Integer code tables of least excess. sum p log(p 2^b / f) falls by p L(m), L(m) = log((m + 1) / m), when a frequency
 * goes from m to m + 1, and L falls with m: the best table takes the largest of all steps. Those of at least lambda are
 * counted in closed form; lambda is brought so near to where they fill 2^b that no symbol takes two of those that are
 * then missing: these are selected.
 *
 * Sums, products and a series of our own alone, so that the table is the same on every machine. */
#include <math.h>
#include <string.h>

#include "core/core.h"
#include "info/coding.h"
#include "kernels/mixture.h"
#include "lm/divergence.h"
#include "numeric/convert.h"
#include "numeric/sort.h"

#define DEFAULT_BITS 24
#define LARGEST_BITS 30

typedef struct job {
    const info_matrix *rows;
    info_code_options options;
    const info_i_kernels *kernels;
    uint32_t *frequencies;
    double *excess, *margin;
} job;

/* L(m) = 2 atanh z, z = 1 / (2 m + 1) <= 1 / 3. */
static double step_of(double m)
{
    const double z = 1 / (2 * m + 1), square = z * z;
    double series = 0;
    /* Terms below 2^-55 of the first: z^(2 k) < 2^-55. */
    const int terms = m < 4 ? 18 : m < 64 ? 9 : m < 65536 ? 4 : 2;
    for (int k = terms; k > 0; k--)
        series = square * (1.0 / (2 * k + 1) + series);
    return 2 * z * (1 + series);
}

/* Steps from a frequency of 1 that gain at least lambda: the largest m with p L(m) >= lambda, at most most. */
static double steps_above(double p, double lambda, double most)
{
    const double t = lambda / p;
    if (!(t <= step_of(1)))
        return 0;
    /* 1 / L(m) = m + 1/2 - 1 / (12 m) + ... */
    double m = floor(1 / t - 0.5 + t / 12);
    if (!(m < most))
        return most;
    m = m < 1 ? 1 : m;
    while (m > 1 && p * step_of(m) < lambda)
        m--;
    while (m < most && p * step_of(m + 1) >= lambda)
        m++;
    return m;
}

static double total_above(const double *p, int64_t count, double lambda, double most)
{
    double total = 0;
    for (int64_t i = 0; i < count; i++)
        total += p[i] > 0 ? steps_above(p[i], lambda, most) : 0;
    return total;
}

/* A lambda = 1 / u with no more than room steps, so near the largest such u that no symbol takes two steps more up to
 * there. The number of steps is sum (p u - 1/2), and a little: u is found in a few steps of that slope. */
static double find_lambda(const double *p, int64_t count, double room)
{
    double u = room + (double)count / 2, below, above, width = 1;
    for (int i = 0; i < 4; i++)
        u = fmax(u + room - total_above(p, count, 1 / u, room), 1);
    if (total_above(p, count, 1 / u, room) <= room) {
        for (below = u, above = u + width; total_above(p, count, 1 / above, room) <= room; above += width) {
            below = above;
            width *= 2;
            if (above > 0x1p900) /* all steps are taken: there are no more */
                return 1 / above;
        }
    } else {
        for (above = u, below = u / 2; total_above(p, count, 1 / below, room) > room; below /= 2)
            above = below;
    }
    while (above - below > 0.5) {
        const double middle = below + (above - below) / 2;
        if (!(middle > below && middle < above))
            break;
        if (total_above(p, count, 1 / middle, room) <= room)
            below = middle;
        else
            above = middle;
    }
    return 1 / below;
}

/* Takes the missing steps, the largest first, of equal ones those of the smaller index. */
static void take_rest(const double *p, int64_t count, int64_t missing, uint32_t *f, info_i_ranked *next)
{
    while (missing > 0) {
        for (int64_t i = 0; i < count; i++)
            next[i] = (info_i_ranked){p[i] * step_of((double)f[i]), i};
        const int64_t taken = missing < count ? missing : count;
        info_i_ranked_select(next, count, taken);
        for (int64_t k = 0; k < taken; k++)
            f[next[k].index]++;
        missing -= taken;
    }
}

static void make_table(const double *p, int64_t count, int32_t bits, uint32_t *f, info_i_ranked *next)
{
    const double room = (double)((INT64_C(1) << bits) - count);
    int64_t missing = (int64_t)room;
    const double lambda = room > 0 ? find_lambda(p, count, room) : INFINITY;
    for (int64_t i = 0; i < count; i++) {
        const double steps = p[i] > 0 ? steps_above(p[i], lambda, room) : 0;
        f[i] = 1 + (uint32_t)steps;
        missing -= (int64_t)steps;
    }
    take_rest(p, count, missing, f, next);
}

/* sum p log2(p 2^b / f) as a sum of terms p log(p / q) - p + q that are not negative, q = f / 2^b. */
static double excess_of(const double *p, int64_t count, int32_t bits, const uint32_t *f)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const double q = ldexp((double)f[i], -bits);
        if (q > 2 * p[i])
            sum += q - p[i] - (p[i] > 0 ? p[i] * (log(q) - log(p[i])) : 0);
        else
            sum += p[i] * info_i_phi((q - p[i]) / p[i]);
    }
    return sum * M_LOG2E;
}

/* The last step taken and the first one not taken are compared by their logarithms: each logarithm of a probability moves
 * by at most twice what a logit does, and two of them by four times. */
static double margin_of(const double *p, int64_t count, const uint32_t *f)
{
    double taken = INFINITY, left = 0;
    for (int64_t i = 0; i < count; i++) {
        if (f[i] > 1)
            taken = fmin(taken, p[i] * step_of((double)f[i] - 1));
        left = fmax(left, p[i] * step_of((double)f[i]));
    }
    return taken < INFINITY && left > 0 ? log(taken / left) / 4 : INFINITY;
}

static bool load(const job *j, int64_t row, double *p, info_i_error *error)
{
    const int64_t count = j->rows->cols;
    const bool logs = j->options.kind == INFO_LOGITS || j->options.kind == INFO_LOG_PROBABILITIES;
    double top = -INFINITY, sum = 0;
    info_i_get_row_f64(j->rows, row, 0, count, p);
    for (int64_t i = 0; i < count; i++) {
        if (!(p[i] < INFINITY) || (!logs && p[i] < 0)) {
            info_i_fail(error, INFO_ERROR_DOMAIN, "rows: %s at row %lld, column %lld; %s are allowed",
                        info_i_number_text(p[i]).text, (long long)row, (long long)i,
                        logs ? "finite numbers and -inf" : "finite numbers >= 0");
            return false;
        }
        top = p[i] > top ? p[i] : top;
    }
    if (!(logs ? top > -INFINITY : top > 0)) {
        info_i_fail(error, INFO_ERROR_DOMAIN, "rows: row %lld has no mass", (long long)row);
        return false;
    }
    if (logs)
        j->kernels->mixture->exponentials(count, 1, top, p, p);
    else
        for (int64_t i = 0; i < count; i++)
            p[i] /= top; /* whose sum cannot overflow */
    for (int64_t i = 0; i < count; i++)
        sum += p[i];
    for (int64_t i = 0; i < count; i++)
        p[i] /= sum;
    return true;
}

static info_status code_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const job *j = user;
    const int64_t count = j->rows->cols;
    const int32_t bits = j->options.bits;
    double *p = scratch;
    info_i_ranked *next = (info_i_ranked *)(p + count);
    for (int64_t row = begin; row < end; row++) {
        uint32_t *f = j->frequencies + row * count;
        if (!load(j, row, p, error))
            return error->status;
        make_table(p, count, bits, f, next);
        if (j->excess)
            j->excess[row] = excess_of(p, count, bits, f);
        if (j->margin)
            j->margin[row] = margin_of(p, count, f);
    }
    return INFO_OK;
}

static info_status code_table(info_ctx *ctx, job *j, const info_code_options *options, uint32_t *frequencies,
                              int64_t frequencies_len, double *excess, double *margin, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    const info_matrix *x = j->rows;
    info_code_options *o = &j->options;
    const int64_t rows = info_i_row_count(x), cols = info_i_col_count(x);
    int64_t count = 0;
    info_i_check_matrix(error, "rows", x);
    info_i_options(error, info_code_options, "options", o, options);
    info_i_check_option(error, "options.kind", o->kind, INFO_PROBABILITIES, INFO_COUNTS);
    info_i_check_option(error, "options.bits", o->bits, 0, LARGEST_BITS);
    info_i_check_option(error, "options.reserved", o->reserved, 0, 0);
    o->bits = o->bits > 0 ? o->bits : DEFAULT_BITS;
    info_i_check(error, cols <= INT64_C(1) << o->bits, INFO_ERROR_SIZE,
                 "options.bits: 2^%d is less than the %lld symbols", (int)o->bits, (long long)cols);
    info_i_check(error, info_i_multiply(rows, cols, &count), INFO_ERROR_OVERFLOW,
                 "frequencies: %lld times %lld cannot be addressed", (long long)rows, (long long)cols);
    info_i_check_output(error, "frequencies", frequencies, frequencies_len, count);
    if (excess)
        info_i_check_output(error, "excess", excess, out_len, rows);
    if (margin)
        info_i_check_output(error, "margin", margin, out_len, rows);
    const int64_t bytes = rows * (int64_t)sizeof(double);
    const info_i_span outputs[] = {{"frequencies", frequencies, count * (int64_t)sizeof *frequencies},
                                   {"excess", excess, bytes},
                                   {"margin", margin, bytes},
                                   {0}};
    const info_i_span inputs[] = {info_i_matrix_span("rows", x), {0}};
    info_i_check_spans(error, outputs, inputs);
    if (error->status != INFO_OK)
        return error->status;
    j->kernels = ctx->kernels;
    j->frequencies = info_i_scratch(ctx, count, sizeof *frequencies);
    j->excess = excess ? info_i_scratch(ctx, rows, sizeof *excess) : NULL;
    j->margin = margin ? info_i_scratch(ctx, rows, sizeof *margin) : NULL;
    if (!j->frequencies || (excess && !j->excess) || (margin && !j->margin))
        return error->status;
    const info_status status =
        info_i_parallel(ctx, rows, 1, (size_t)cols * (sizeof(double) + sizeof(info_i_ranked)), code_rows, j);
    if (status != INFO_OK)
        return status;
    memcpy(frequencies, j->frequencies, (size_t)count * sizeof *frequencies);
    if (excess)
        memcpy(excess, j->excess, (size_t)bytes);
    if (margin)
        memcpy(margin, j->margin, (size_t)bytes);
    return INFO_OK;
}

info_status info_code_table(info_ctx *ctx, const info_matrix *rows, const info_code_options *options,
                            uint32_t *frequencies, int64_t frequencies_len, double *excess, double *margin,
                            int64_t out_len)
{
    job j = {.rows = rows};
    return INFO_I_CALL(ctx, code_table(ctx, &j, options, frequencies, frequencies_len, excess, margin, out_len));
}
