/* SPDX-License-Identifier: MIT
 * Sums over the hidden states of texts: each text's own in f64, then added in fixed point. */
#include <math.h>
#include <string.h>

#include "evaluation/fixed.h"
#include "evaluation/moments.h"
#include "spectral/sums.h"

enum { ROWS, DROPPED, ABOUT_MEAN, HEADER };

/* x + y, or more than fits where one of them does not. */
static info_i_fixed added(info_i_fixed a, double x)
{
    return fabs(x) < 0x1p61 ? a + info_i_fixed_from(x) : INFO_I_FIXED_MOST;
}

/* What the text brings to the sum of row i, and to the products of i and j: z z^T summed, about the origin also where
 * its own sums are about its mean m, N (z - m)(z - m)^T + N m m^T. */
static info_i_fixed row_after(const info_evaluation *s, const double *sums, int64_t i)
{
    const info_i_dd part = info_i_two_product(sums[ROWS], sums[HEADER + i]);
    const info_i_fixed after = added(s->row_sum[i], part.high);
    return info_i_fixed_fits(after) ? added(after, part.low) : after;
}

static info_i_fixed product_after(const info_evaluation *s, const double *sums, int64_t i, int64_t j, int64_t at)
{
    const int64_t d = s->width;
    info_i_fixed after = added(s->products[at], sums[HEADER + d + i * d + j]);
    if (sums[ABOUT_MEAN] == 0 || !info_i_fixed_fits(after))
        return after;
    const info_i_dd first = info_i_two_product(sums[ROWS], sums[HEADER + i]);
    const info_i_dd both = info_i_dd_multiply_double(first, sums[HEADER + j]);
    after = added(after, both.high);
    return info_i_fixed_fits(after) ? added(after, both.low) : after;
}

static info_status add_sums(info_i_error *error, info_evaluation *s, const double *sums, bool commit)
{
    bool fits = true;
    for (int64_t i = 0; i < s->width && fits; i++) {
        const info_i_fixed after = row_after(s, sums, i);
        fits = info_i_fixed_fits(after);
        if (commit)
            s->row_sum[i] = after;
    }
    for (int64_t i = 0, at = 0; s->products && i < s->width && fits; i++)
        for (int64_t j = 0; j <= i && fits; j++, at++) {
            const info_i_fixed after = product_after(s, sums, i, j, at);
            fits = info_i_fixed_fits(after);
            if (commit)
                s->products[at] = after;
        }
    return fits ? INFO_OK : info_i_fail(error, INFO_ERROR_DOMAIN, "x: sums over its rows exceed 2^62");
}

static info_status update(info_ctx *ctx, info_evaluation *s, const info_matrix *x)
{
    info_i_error *error = &ctx->error;
    info_i_check_state(error, s, INFO_EVALUATION_STATES);
    info_i_check_matrix(error, "x", x);
    info_i_check(error, x->cols == s->width, INFO_ERROR_SIZE, "x: has %lld columns; the state has %lld",
                 (long long)x->cols, (long long)s->width);
    if (info_i_check_batch(error, s, 0) != INFO_OK)
        return error->status;
    const int64_t length = HEADER + s->width + (s->products ? s->width * s->width : 0);
    double *sums = info_i_scratch(ctx, length, sizeof *sums);
    if (!sums)
        return error->status;
    info_status status = info_i_states_sums(ctx, x, s->mean, s->mean ? s->width : 0, &s->spectral, sums, length);
    if (status == INFO_OK)
        status = add_sums(error, s, sums, false);
    if (status != INFO_OK)
        return status;
    s->tokens += (int64_t)sums[ROWS];
    s->dropped += (int64_t)sums[DROPPED];
    s->started = true;
    return add_sums(error, s, sums, true);
}

info_status info_evaluation_update_states(info_ctx *ctx, info_evaluation *state, const info_matrix *x)
{
    return INFO_I_CALL(ctx, update(ctx, state, x));
}

/* ---- Results ------------------------------------------------------------ */

/* T - S_i S_j / N where the products are about the mean of all. */
static double product_of(const info_evaluation *s, int64_t i, int64_t j, bool about_mean)
{
    const info_i_dd all = info_i_fixed_value(s->products[i * (i + 1) / 2 + j]);
    if (!about_mean)
        return info_i_dd_value(all);
    const info_i_dd mean = info_i_dd_divide(info_i_fixed_value(s->row_sum[j]), info_i_dd_from((double)s->tokens));
    const info_i_dd off = info_i_dd_multiply(info_i_fixed_value(s->row_sum[i]), mean);
    const double value = info_i_dd_value(info_i_dd_add(all, info_i_dd_negate(off)));
    return i == j && value < 0 ? 0 : value;
}

static info_status states(info_ctx *ctx, const info_evaluation *s, double *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    info_status status = info_i_check_state(error, s, INFO_EVALUATION_STATES);
    if (status != INFO_OK)
        return status;
    const int64_t d = s->width, with_products = HEADER + d + d * d;
    status = info_i_check_output(error, "out", out, out_len, HEADER + d);
    if (status == INFO_OK && out_len != HEADER + d && !(s->products && out_len == with_products))
        status = info_i_fail(error, INFO_ERROR_OUTPUT, "out: %lld numbers; 3 + d%s are needed, d = %lld",
                             (long long)out_len, s->products ? ", or 3 + d + d^2 with products," : "", (long long)d);
    if (status != INFO_OK)
        return status;
    const double n = (double)s->tokens;
    const bool about_mean = s->tokens > 0 && s->products && s->spectral.center == INFO_CHOICE_YES && !s->mean;
    out[ROWS] = n;
    out[DROPPED] = (double)s->dropped;
    out[ABOUT_MEAN] = about_mean && out_len == with_products;
    for (int64_t i = 0; i < d; i++)
        out[HEADER + i] =
            s->tokens > 0 ? info_i_dd_value(info_i_dd_divide(info_i_fixed_value(s->row_sum[i]), info_i_dd_from(n))) : 0;
    for (int64_t i = 0; i < d && out_len == with_products; i++)
        for (int64_t j = 0; j <= i; j++)
            out[HEADER + d + i * d + j] = out[HEADER + d + j * d + i] = product_of(s, i, j, about_mean);
    return INFO_OK;
}

info_status info_evaluation_states(info_ctx *ctx, const info_evaluation *state, double *out, int64_t out_len)
{
    return INFO_I_CALL(ctx, states(ctx, state, out, out_len));
}
