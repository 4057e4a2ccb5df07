/* SPDX-License-Identifier: MIT
 * Kernels over logarithms in f64 (kernels/logs_f64.h, kernels/log_pairs_f64.h). */
#include "kernels/logs_f64.h"

#include "kernels/log_pairs_f64.h"
#include "kernels_support.h"

/* ---- One row, or what is made of it ---------------------------------------------- */

static void put_sum(const info_i_part *part, double *out)
{
    out[0] = info_i_dd_value(part->sum[0]);
    out[1] = part->flags;
}

static void products(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->logs_f64->products(c->in[0], c->in[1], c->n, &part);
    put_sum(&part, c->out);
}

static void exact_products(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0], *l = c->in[1];
    oracle_sum s = {0, 0};
    for (int64_t i = 0; i < c->n; i++)
        add_term(&s, -(long double)p[i] * l[i]);
    value[0] = s.value;
    bound[0] = 2 * U * fabsl(s.value) + ORACLE * s.magnitude;
}

static void kl_of_ratios(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->logs_f64->kl_of_ratios(c->in[0], c->in[1], c->in[2], c->n, &part);
    put_sum(&part, c->out);
}

/* A term of near numbers has five roundings and the series' 2u; one of others is a sum of three. */
static void exact_kl_of_ratios(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0], *q = c->in[1], *d = c->in[2];
    for (int64_t i = 0; i < c->n; i++) {
        const bool near = fabs(d[i]) <= 1;
        const long double term = near ? p[i] * psi(d[i]) : (long double)p[i] * d[i] - p[i] + q[i];
        value[0] += term;
        bound[0] += near ? 8 * U * term : 3 * U * (p[i] * fabsl(d[i]) + p[i] + q[i]);
    }
}

static void differences(const info_i_kernels *k, const kernel_call *c)
{
    k->logs_f64->differences(c->in[0], c->in[1], c->in[2], c->n, c->out);
}

static void exact_differences(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0], *q = c->in[1], *d = c->in[2];
    for (int64_t i = 0; i < c->n; i++) {
        const bool near = fabs(d[i]) <= 1;
        value[i] = near ? -p[i] * expm1l(-d[i]) : (long double)p[i] - q[i];
        bound[i] = 8 * U * fabsl(value[i]);
    }
}

static void exponentials(const info_i_kernels *k, const kernel_call *c)
{
    k->logs_f64->exponentials(c->n, 1, 0.7, c->in[0], c->out);
}

/* 1 ulp of the exponential, and what the rounding of the exponent makes. */
static void exact_exponentials(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        value[i] = expl((long double)x[i] - 0.7);
        bound[i] = 2.6L * U * value[i];
    }
}

static void shares(const info_i_kernels *k, const kernel_call *c)
{
    k->logs_f64->shares(c->in[0], c->n, 1, 0.7, 3, c->out);
}

static void exact_shares(const kernel_call *c, long double *value, long double *bound)
{
    exact_exponentials(c, value, bound);
    for (int64_t i = 0; i < c->n; i++) {
        value[i] /= 3;
        bound[i] = bound[i] / 3 + U * value[i];
    }
}

static void log_differences(const info_i_kernels *k, const kernel_call *c)
{
    k->logs_f64->log_differences(c->in[0], c->in[1], 0.125, 0x1p-60, c->n, c->out);
}

static void exact_log_differences(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0], *y = c->in[1];
    for (int64_t i = 0; i < c->n; i++) {
        value[i] = x[i] == y[i] ? 0 : (long double)x[i] - y[i] - 0.125L - 0x1p-60L;
        bound[i] = isinf(value[i]) ? 0 : 2 * U * fabsl(value[i]) + 4 * U * U;
    }
}

static void softcap(const info_i_kernels *k, const kernel_call *c)
{
    memcpy(c->out, c->in[0], (size_t)c->n * sizeof(double));
    k->logs_f64->softcap(c->n, 2, c->out);
}

static void exact_softcap(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        value[i] = isinf(x[i]) ? x[i] : 2 * tanhl(x[i] / 2.0L);
        bound[i] = isinf(x[i]) ? 0 : 8 * U * fabsl(value[i]);
    }
}

/* d, x and y, one after the other. */
static void softcap_pairs(const info_i_kernels *k, const kernel_call *c)
{
    double *d = c->out, *x = d + c->n, *y = x + c->n;
    memcpy(x, c->in[0], (size_t)c->n * sizeof *x);
    memcpy(y, c->in[1], (size_t)c->n * sizeof *y);
    for (int64_t i = 0; i < c->n; i++)
        d[i] = x[i] - y[i];
    k->logs_f64->softcap_pairs(c->n, 2, x, y, d);
}

static void exact_softcap_pairs(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0], *y = c->in[1];
    for (int64_t i = 0; i < c->n; i++) {
        const long double a = 2 * tanhl(x[i] / 2.0L), b = 2 * tanhl(y[i] / 2.0L);
        value[i] = a - b;
        bound[i] = 2e-13L * fabsl(value[i]) + 8 * ORACLE; /* the oracle cancels */
        value[c->n + i] = a;
        value[2 * c->n + i] = b;
        bound[c->n + i] = 8 * U * fabsl(a);
        bound[2 * c->n + i] = 8 * U * fabsl(b);
    }
}

static void largest(const info_i_kernels *k, const kernel_call *c)
{
    double *out = c->out;
    out[1] = k->logs_f64->largest(c->in[0], c->n, out);
}

static void exact_largest(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0];
    value[0] = -INFINITY;
    value[1] = 1;
    for (int64_t i = 0; i < c->n; i++)
        value[0] = fmaxl(value[0], x[i]);
}

#define ORDER 2.5
static void moment(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->logs_f64->moment(c->in[0], c->n, 0.25, ORDER, ORDER - 1, &part);
    put_sum(&part, c->out);
}

static void exact_moment(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        const long double l = (long double)x[i] - 0.25L, e = isinf(l) ? 0 : expl(l);
        const long double term = isinf(l) ? 0 : e * expm1l((ORDER - 1) * l);
        value[0] += term;
        bound[0] += 8 * U * fabsl(term) + (isinf(l) ? 0 : U * (3 + ORDER * fabsl(l)) * expl(ORDER * l));
    }
}

/* ---- Two rows --------------------------------------------------------------------- */

/* Rows that are near in their first part, so that whole groups are, and anything behind. */
static const info_i_log_scale pair_scale = {
    .p_reference = 1, .q_reference = 0.5, .factor = 1, .offset = 0.5, .offset_low = 0x1p-60, .scale = 1};

static void fill_second(void *array, int64_t count, uint64_t *state)
{
    double *y = array;
    uint64_t first = (uint64_t)count; /* x again, which is what a seed of n makes */
    fill_logits(y, count, &first);
    for (int64_t i = 0; i < count; i++) {
        if (i < count * 3 / 4 && isinf(y[i]))
            continue;
        y[i] = i < count / 2       ? y[i] + 0.3 * normal(state)
               : i < count * 3 / 4 ? y[i] + 4 * normal(state)
                                   : -5 * uniform(state);
    }
}

/* Without -inf. */
static void fill_finite(void *array, int64_t count, uint64_t *state)
{
    fill_logits(array, count, state);
    for (int64_t i = 0; i < count; i++)
        if (isinf(((double *)array)[i]))
            ((double *)array)[i] = -3;
}

static void put_pair(const info_i_part *part, double *out)
{
    for (int k = 0; k < 4; k++) /* a double-double of infinity is NaN */
        out[k] = isfinite(part->sum[k].high) ? info_i_dd_value(part->sum[k]) : INFINITY;
    out[4] = part->flags;
}

typedef struct cell {
    long double a, b, d;
} cell;

static cell cell_of(const kernel_call *c, int64_t i)
{
    const double *x = c->in[0], *y = c->in[1];
    const long double d = x[i] == y[i] && isinf(x[i]) ? 0 : (long double)x[i] - y[i] - 0.5L - 0x1p-60L;
    return (cell){isinf(x[i]) ? 0 : expl(x[i] - 1.0L), isinf(y[i]) ? 0 : expl(y[i] - 0.5L), d};
}

/* A term of its own: value, and the magnitude that its ten roundings are of. */
typedef oracle_sum (*term_fn)(const cell *c);

static void expect_pair(const kernel_call *c, term_fn term, long double *value, long double *bound)
{
    for (int64_t i = 0; i < c->n; i++) {
        const cell at = cell_of(c, i);
        const bool near = fabsl(at.d) < 1;
        const oracle_sum t = term(&at);
        const long double rise = near ? at.a * expm1l(-at.d) : at.b - at.a;
        value[0] += t.value;
        bound[0] += 10 * U * t.magnitude;
        value[1] += at.a;
        bound[1] += 6 * U * at.a;
        value[2] += at.b;
        bound[2] += 6 * U * (at.a + at.b);
        value[3] += rise;
        bound[3] += 6 * U * (near ? at.a * fabsl(at.d) * 2 : at.a + at.b);
    }
}

static oracle_sum kl_term(const cell *c)
{
    if (fabsl(c->d) < 1)
        return (oracle_sum){c->a * psi(c->d), c->a * psi(c->d)};
    const long double product = c->a > 0 ? c->a * c->d : 0;
    return (oracle_sum){product - c->a + c->b, fabsl(product) + c->a + c->b};
}

static oracle_sum jeffreys_term(const cell *c)
{
    const long double rise = fabsl(c->d) < 1 ? c->a * expm1l(-c->d) : c->b - c->a;
    const long double term = isinf(c->d) ? INFINITY : -rise * c->d;
    return (oracle_sum){term, fabsl(c->d) < 1 ? term : (c->a + c->b) * fabsl(c->d)};
}

static oracle_sum js_term(const cell *c)
{
    const long double m = (c->a + c->b) / 2, rise = c->a * expm1l(-c->d), s = rise / (2 * c->a + rise);
    if (m == 0)
        return (oracle_sum){0, 0};
    if (fabsl(c->d) < 0.5L) {
        long double power = 1, sum = 0;
        for (int k = 1; k < 30; k++, power *= s * s)
            sum += power / (k * (2 * k - 1));
        return (oracle_sum){rise * s * sum / 2, rise * s * sum / 2};
    }
    const long double p = c->a > 0 ? c->a * logl(c->a / m) : 0, q = c->b > 0 ? c->b * logl(c->b / m) : 0;
    return (oracle_sum){p + q, fabsl(p) + fabsl(q)};
}

static oracle_sum distance_term(const cell *c)
{
    const long double rise = fabsl(c->d) < 1 ? c->a * expm1l(-c->d) : c->b - c->a;
    return (oracle_sum){fabsl(rise), fabsl(c->d) < 1 ? fabsl(rise) : c->a + c->b};
}

static oracle_sum common_term(const cell *c)
{
    return (oracle_sum){fminl(c->a, c->b), fminl(c->a, c->b)};
}

/* With z = c d an exponential of it is good to |z| units. */
static oracle_sum power_term_of(const cell *c, long double by)
{
    const long double z = by * c->d;
    if (c->a == 0 || isinf(c->d))
        return (oracle_sum){c->b + (c->a > 0 ? c->a * (1 - by) / by : 0), c->b + c->a / fabsl(by)};
    if (fabsl(c->d) < 1 && fabsl(z) < 1)
        return (oracle_sum){c->a * (psi(c->d) - psi(z) / by), c->a * psi(c->d) * (1 + fabsl(by))};
    const long double w = c->a * expl(-z);
    return (oracle_sum){c->b - c->a + (c->a - w) / by,
                        (c->a + c->b) * (1 + fabsl(c->d)) + (c->a + w * (1 + fabsl(z))) / fabsl(by)};
}

static oracle_sum root_term(const cell *c)
{
    return power_term_of(c, 0.5L);
}

static oracle_sum chi_term(const cell *c)
{
    return power_term_of(c, -1);
}

#define PAIR(name, member)                                                                                             \
    static void name(const info_i_kernels *k, const kernel_call *c)                                                    \
    {                                                                                                                  \
        info_i_part part;                                                                                              \
        k->log_pairs_f64->member;                                                                                      \
        put_pair(&part, c->out);                                                                                       \
    }                                                                                                                  \
    static void exact_##name(const kernel_call *c, long double *value, long double *bound)                             \
    {                                                                                                                  \
        expect_pair(c, name##_term, value, bound);                                                                     \
    }
PAIR(kl, kl(c->in[0], c->in[1], c->n, &pair_scale, &part))
PAIR(jeffreys, jeffreys(c->in[0], c->in[1], c->n, &pair_scale, &part))
PAIR(js, jensen_shannon(c->in[0], c->in[1], c->n, &pair_scale, &part))
PAIR(distance, distance(c->in[0], c->in[1], c->n, &pair_scale, &part))
PAIR(common, common(c->in[0], c->in[1], c->n, &pair_scale, &part))
PAIR(root, power(c->in[0], c->in[1], c->n, &pair_scale, 0.5, &part))
PAIR(chi, power(c->in[0], c->in[1], c->n, &pair_scale, -1, &part))

static void tilt(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->log_pairs_f64->tilt(c->in[0], c->in[1], c->n, &pair_scale, 0.375, &part);
    for (int i = 0; i < 3; i++)
        ((double *)c->out)[i] = info_i_dd_value(part.sum[i]);
    ((double *)c->out)[3] = part.flags;
}

static void exact_tilt(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0], *y = c->in[1];
    for (int64_t i = 0; i < c->n; i++) {
        const cell at = cell_of(c, i);
        if (isinf(x[i]) != isinf(y[i]))
            value[3] = INFO_I_PART_SIGN;
        if (isinf(x[i]) || isinf(y[i]))
            continue;
        const long double w = at.a * expl(-0.375L * at.d), error = U * (4 + fabsl(x[i]) + fabsl(at.d));
        for (int k = 0; k < 3; k++) {
            value[k] += w * powl(at.d, k);
            bound[k] += (error + 2 * k * U) * w * fabsl(powl(at.d, k));
        }
    }
}

#define ROW(fill_of_row)                                                                                               \
    {                                                                                                                  \
        .fill = fill_of_row, .bytes = 8, .per_n = 1                                                                    \
    }
#define SUM                                                                                                            \
    {                                                                                                                  \
        .bytes = 8, .size = 2                                                                                          \
    }
#define SAME                                                                                                           \
    {                                                                                                                  \
        .bytes = 8, .per_n = 1                                                                                         \
    }
#define SUMS                                                                                                           \
    {                                                                                                                  \
        .bytes = 8, .size = 5                                                                                          \
    }

const kernel_case log_cases[] = {
    {"logs_f64.products", products, exact_products, {ROW(fill_weights), ROW(fill_normal)}, SUM, 0, 0},
    {"logs_f64.kl_of_ratios",
     kl_of_ratios,
     exact_kl_of_ratios,
     {ROW(fill_weights), ROW(fill_weights), ROW(fill_normal)},
     SUM,
     0,
     0},
    {"logs_f64.differences",
     differences,
     exact_differences,
     {ROW(fill_weights), ROW(fill_weights), ROW(fill_normal)},
     SAME,
     0,
     0},
    {"logs_f64.exponentials", exponentials, exact_exponentials, {ROW(fill_logits)}, SAME, 0, 0},
    {"logs_f64.shares", shares, exact_shares, {ROW(fill_logits)}, SAME, 0, 0},
    {"logs_f64.log_differences",
     log_differences,
     exact_log_differences,
     {ROW(fill_logits), ROW(fill_logits)},
     SAME,
     0,
     0},
    {"logs_f64.softcap", softcap, exact_softcap, {ROW(fill_logits)}, SAME, 0, 0},
    {"logs_f64.softcap_pairs",
     softcap_pairs,
     exact_softcap_pairs,
     {ROW(fill_normal), ROW(fill_normal)},
     {.bytes = 8, .per_n = 3},
     0,
     0},
    {"logs_f64.largest", largest, exact_largest, {ROW(fill_logits)}, SUM, 0, 0},
    {"logs_f64.moment", moment, exact_moment, {ROW(fill_logits)}, SUM, 0, 0},
    {"log_pairs_f64.kl", kl, exact_kl, {ROW(fill_logits), ROW(fill_second)}, SUMS, 0, 0},
    {"log_pairs_f64.jeffreys", jeffreys, exact_jeffreys, {ROW(fill_logits), ROW(fill_second)}, SUMS, 0, 0},
    {"log_pairs_f64.jensen_shannon", js, exact_js, {ROW(fill_logits), ROW(fill_second)}, SUMS, 0, 0},
    {"log_pairs_f64.distance", distance, exact_distance, {ROW(fill_logits), ROW(fill_second)}, SUMS, 0, 0},
    {"log_pairs_f64.common", common, exact_common, {ROW(fill_logits), ROW(fill_second)}, SUMS, 0, 0},
    {"log_pairs_f64.power of order 1/2", root, exact_root, {ROW(fill_logits), ROW(fill_second)}, SUMS, 0, 0},
    {"log_pairs_f64.power of order 2", chi, exact_chi, {ROW(fill_finite), ROW(fill_finite)}, SUMS, 0, 0},
    {"log_pairs_f64.tilt", tilt, exact_tilt, {ROW(fill_logits), ROW(fill_second)}, {.bytes = 8, .size = 4}, 0, 0},
    {0}};
