/* SPDX-License-Identifier: MIT
 * Matrix information of two kernel matrices; quantum divergences. */
#include <math.h>

#include "info/spectral.h"
#include "backend/products.h"
#include "numeric/convert.h"
#include "numeric/unit.h"
#include "spectral/decompose.h"
#include "spectral/gram.h"
#include "spectral/kernel_entropy.h"

static info_status matrix_information(info_ctx *ctx, const info_matrix *first, const info_matrix *second,
                                      const info_matrix_information_options *given, info_matrix_information_result *out)
{
    info_matrix_information_options o;
    info_i_options(&ctx->error, info_matrix_information_options, "options", &o, given);
    info_i_check_option(&ctx->error, "options.unit", o.unit, INFO_NAT, INFO_DIT);
    info_i_check_real(&ctx->error, "options.order", o.order, 0, INFINITY, INFO_I_CLOSED);
    info_status status = info_i_check_pair(ctx, "first", first, "second", second, out, sizeof *out);
    if (status != INFO_OK)
        return status;
    const int64_t n = first->rows;
    const double order = o.order == 0 ? 1 : o.order, unit_a = info_i_roundoff(first->dtype);
    const double unit_b = info_i_roundoff(second->dtype), unit = unit_a > unit_b ? unit_a : unit_b;
    double *a = NULL, *b = NULL, h[3];
    status = info_i_unit_diagonal(ctx, "first", first, &a);
    if (status == INFO_OK)
        status = info_i_unit_diagonal(ctx, "second", second, &b);
    if (status != INFO_OK)
        return status;
    double *joint = info_i_scratch_zero(ctx, n * n, sizeof *joint);
    if (!joint)
        return ctx->error.status;
    info_i_hadamard(n, a, b, NULL, joint);
    status = info_i_kernel_entropy(ctx, "first", n, a, unit, order, &h[0]);
    if (status == INFO_OK)
        status = info_i_kernel_entropy(ctx, "second", n, b, unit, order, &h[1]);
    if (status == INFO_OK) /* a product of positive semidefinite matrices is one (Schur) */
        status = info_i_kernel_entropy(ctx, "first, second", n, joint, unit, order, &h[2]);
    if (status != INFO_OK)
        return status;
    const double least = fmin(h[0], h[1]), most = fmax(h[0], h[1]), mutual = h[0] + h[1] - h[2];
    *out = (info_matrix_information_result){
        .first = info_i_from_nats(h[0], o.unit),
        .second = info_i_from_nats(h[1], o.unit),
        .joint = info_i_from_nats(h[2], o.unit),
        .first_given_second = info_i_from_nats(h[2] - h[1], o.unit),
        .second_given_first = info_i_from_nats(h[2] - h[0], o.unit),
        .mutual = info_i_from_nats(mutual, o.unit),
        .mutual_ratio = least > 0 ? mutual / least : 0,
        .difference_ratio = most > 0 ? (most - least) / most : 0,
    };
    return INFO_OK;
}

info_status info_matrix_information(info_ctx *ctx, const info_matrix *first, const info_matrix *second,
                                    const info_matrix_information_options *options, info_matrix_information_result *out)
{
    return INFO_I_CALL(ctx, matrix_information(ctx, first, second, options, out));
}

/* ---- Quantum divergences ------------------------------------------------ */

/* A matrix as eigenvalues and eigenvectors (rows). */
typedef struct decomposition {
    double *values, *vectors;
    double roundoff;
} decomposition;

static info_status decompose(info_ctx *ctx, const char *name, int64_t n, double *a, double roundoff, decomposition *d)
{
    *d = (decomposition){info_i_scratch(ctx, n, sizeof(double)), a, roundoff};
    return d->values ? info_i_eigen(ctx, name, true, n, a, roundoff, d->values) : ctx->error.status;
}

/* sum_ij <u_i, v_j>^2 (p_i log(p_i / q_j) - p_i + q_j): no term is below 0. Overlaps of the size of
 * rounding are none, and weight of P outside the support of Q makes it infinite. */
static info_status divergence(info_ctx *ctx, int64_t n, const decomposition *p, const decomposition *q, double *out)
{
    const double unit = 4 * (double)n * (p->roundoff > q->roundoff ? p->roundoff : q->roundoff);
    const double floor = unit * q->values[n - 1], negligible = 64 * (double)n * 0x1p-53 * (double)n * 0x1p-53;
    double *overlap = info_i_scratch(ctx, n * n, sizeof *overlap), sum = 0, outside = 0, weight = 0;
    if (!overlap)
        return ctx->error.status;
    const info_status status =
        info_i_product(ctx, false, true, n, n, n, 1, p->vectors, n, q->vectors, n, 0, overlap, n);
    if (status == INFO_CANCELED)
        return status;
    if (status != INFO_OK)
        return info_i_fail(&ctx->error, status, "p: %lld x %lld is too large", (long long)n, (long long)n);
    for (int64_t i = 0; i < n; i++) {
        if (info_i_canceled(ctx))
            return INFO_CANCELED;
        for (int64_t j = 0; j < n; j++) {
            const double c = overlap[i * n + j] * overlap[i * n + j], x = p->values[i], y = q->values[j];
            weight += c * x;
            if (c <= negligible)
                continue;
            if (y <= floor) {
                outside += x > floor ? c * x : 0;
                continue;
            }
            const double t = (y - x) / x; /* p log(p/q) - p + q = p (t - log1p t) */
            sum += c * (x == 0 ? y : t < 0.5 ? x * (t - log1p(t)) : x * log(x / y) - x + y);
        }
    }
    *out = outside > unit * weight ? INFINITY : sum > 0 ? sum : 0;
    return INFO_OK;
}

static info_status open_pair(info_ctx *ctx, const info_matrix *p, const info_matrix *q, info_unit unit,
                             const double *out, double **a, double **b)
{
    info_i_check_pair(ctx, "p", p, "q", q, out, sizeof *out);
    if (info_i_check_option(&ctx->error, "unit", unit, INFO_NAT, INFO_DIT) != INFO_OK)
        return ctx->error.status;
    *a = info_i_density(ctx, "p", p);
    *b = *a ? info_i_density(ctx, "q", q) : NULL;
    return *b ? INFO_OK : ctx->error.status;
}

static info_status trace_of(info_ctx *ctx, const char *name, const info_matrix *x, double *trace)
{
    *trace = 0;
    for (int64_t i = 0; i < x->rows; i++)
        *trace += info_i_get(x, i, i);
    return isfinite(*trace) ? INFO_OK : info_i_fail(&ctx->error, INFO_ERROR_DOMAIN, "%s: its trace overflows", name);
}

/* With the traces p and q apart: p D(P/p || Q/q) + p log(p/q) - p + q. */
static info_status von_neumann(info_ctx *ctx, const info_matrix *p, const info_matrix *q, info_unit unit, double *out)
{
    double *a = NULL, *b = NULL, trace_p = 0, trace_q = 0, nats = 0;
    decomposition dp = {0}, dq = {0};
    info_status status = open_pair(ctx, p, q, unit, out, &a, &b);
    if (status == INFO_OK)
        status = trace_of(ctx, "p", p, &trace_p);
    if (status == INFO_OK)
        status = trace_of(ctx, "q", q, &trace_q);
    if (status == INFO_OK)
        status = decompose(ctx, "p", p->rows, a, info_i_roundoff(p->dtype), &dp);
    if (status == INFO_OK)
        status = decompose(ctx, "q", p->rows, b, info_i_roundoff(q->dtype), &dq);
    if (status == INFO_OK)
        status = divergence(ctx, p->rows, &dp, &dq, &nats);
    if (status != INFO_OK)
        return status;
    const double t = (trace_q - trace_p) / trace_p;
    const double traces = t < 0.5 ? trace_p * (t - log1p(t)) : trace_p * log(trace_p / trace_q) - trace_p + trace_q;
    *out = info_i_from_nats(trace_p * nats + traces, unit);
    return INFO_OK;
}

static info_status quantum_js(info_ctx *ctx, const info_matrix *p, const info_matrix *q, info_unit unit, double *out)
{
    double *a = NULL, *b = NULL, of_p = 0, of_q = 0;
    decomposition dp = {0}, dq = {0}, dm = {0};
    info_status status = open_pair(ctx, p, q, unit, out, &a, &b);
    if (status != INFO_OK)
        return status;
    const int64_t n = p->rows;
    const double unit_p = info_i_roundoff(p->dtype), unit_q = info_i_roundoff(q->dtype);
    double *m = info_i_scratch_zero(ctx, n * n, sizeof *m);
    if (!m)
        return ctx->error.status;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++)
            m[i * n + j] = (a[i * n + j] + b[i * n + j]) / 2;
    status = decompose(ctx, "p", n, a, unit_p, &dp);
    if (status == INFO_OK)
        status = decompose(ctx, "q", n, b, unit_q, &dq);
    if (status == INFO_OK)
        status = decompose(ctx, "p, q", n, m, unit_p > unit_q ? unit_p : unit_q, &dm);
    if (status == INFO_OK)
        status = divergence(ctx, n, &dp, &dm, &of_p);
    if (status == INFO_OK)
        status = divergence(ctx, n, &dq, &dm, &of_q);
    if (status == INFO_OK)
        *out = info_i_from_nats((of_p + of_q) / 2, unit);
    return status;
}

info_status info_von_neumann_divergence(info_ctx *ctx, const info_matrix *p, const info_matrix *q, info_unit unit,
                                        double *out)
{
    return INFO_I_CALL(ctx, von_neumann(ctx, p, q, unit, out));
}

info_status info_quantum_js(info_ctx *ctx, const info_matrix *p, const info_matrix *q, info_unit unit, double *out)
{
    return INFO_I_CALL(ctx, quantum_js(ctx, p, q, unit, out));
}
