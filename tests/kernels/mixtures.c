/* SPDX-License-Identifier: MIT
 * The inner loops of mixtures (kernels/mixture.h) and of joint tables (kernels/joint_f64.h). */
#include "kernels/mixture.h"

#include "kernels/joint_f64.h"
#include "kernels_support.h"

/* Plain sums: (n / 8 + 6) roundings of each term at most, whatever the number of partial sums. */
static long double plain_bound(int64_t n, long double magnitude)
{
    return ((long double)n / 8 + 8) * U * magnitude;
}

static void dot(const info_i_kernels *k, const kernel_call *c)
{
    *(double *)c->out = k->mixture->dot(c->n, c->in[0], c->in[1]);
}

static void exact_dot(const kernel_call *c, long double *value, long double *bound)
{
    const double *a = c->in[0], *b = c->in[1];
    oracle_sum s = {0, 0};
    for (int64_t i = 0; i < c->n; i++)
        add_term(&s, (long double)a[i] * b[i]);
    value[0] = s.value;
    bound[0] = plain_bound(c->n, s.magnitude);
}

static void sum(const info_i_kernels *k, const kernel_call *c)
{
    *(double *)c->out = k->mixture->sum(c->n, c->in[0]);
}

static void exact_sum(const kernel_call *c, long double *value, long double *bound)
{
    const double *a = c->in[0];
    oracle_sum s = {0, 0};
    for (int64_t i = 0; i < c->n; i++)
        add_term(&s, a[i]);
    value[0] = s.value;
    bound[0] = plain_bound(c->n, s.magnitude);
}

static void add(const info_i_kernels *k, const kernel_call *c)
{
    memcpy(c->out, c->in[1], (size_t)c->n * 8);
    k->mixture->add(c->n, 0.3, c->in[0], c->out);
}

static void exact_add(const kernel_call *c, long double *value, long double *bound)
{
    const double *a = c->in[0], *y = c->in[1];
    for (int64_t i = 0; i < c->n; i++) {
        value[i] = y[i] + (long double)0.3 * a[i];
        bound[i] = 2 * U * (fabsl(y[i]) + fabsl(a[i]));
    }
}

static void dot4(const info_i_kernels *k, const kernel_call *c)
{
    k->mixture->dot4(c->n, c->in[0], c->in[1], c->out);
}

static void exact_dot4(const kernel_call *c, long double *value, long double *bound)
{
    const double *u = c->in[1];
    for (int r = 0; r < 4; r++) {
        const double *a = (const double *)c->in[0] + r * c->n;
        oracle_sum s = {0, 0};
        for (int64_t i = 0; i < c->n; i++)
            add_term(&s, (long double)a[i] * u[i]);
        value[r] = s.value;
        bound[r] = plain_bound(c->n, s.magnitude);
    }
}

static const double four[4] = {0.5, -1.25, 3, 0.7};

static void add4(const info_i_kernels *k, const kernel_call *c)
{
    memcpy(c->out, c->in[1], (size_t)c->n * 8);
    k->mixture->add4(c->n, four, c->in[0], c->out);
}

static void exact_add4(const kernel_call *c, long double *value, long double *bound)
{
    const double *a = c->in[0], *y = c->in[1];
    for (int64_t i = 0; i < c->n; i++) {
        oracle_sum s = {0, 0};
        add_term(&s, y[i]);
        for (int r = 0; r < 4; r++)
            add_term(&s, (long double)four[r] * a[r * c->n + i]);
        value[i] = s.value;
        bound[i] = 4 * U * s.magnitude;
    }
}

/* y, and the squares behind it. */
static void scale(const info_i_kernels *k, const kernel_call *c)
{
    double *y = c->out;
    memcpy(y + c->n, c->in[1], (size_t)c->n * 8);
    k->mixture->scale(c->n, 0.3, c->in[0], y, y + c->n);
}

static void exact_scale(const kernel_call *c, long double *value, long double *bound)
{
    const double *a = c->in[0], *squares = c->in[1];
    for (int64_t i = 0; i < c->n; i++) {
        value[i] = (long double)0.3 * a[i];
        bound[i] = U * fabsl(value[i]);
        value[c->n + i] = squares[i] + square(value[i]);
        bound[c->n + i] = 4 * U * (fabsl(squares[i]) + square(value[i]));
    }
}

static void mean(const info_i_kernels *k, const kernel_call *c)
{
    *(double *)c->out = k->mixture->mean(c->n, c->in[0], c->in[1], 0.25, c->in[2]);
}

static void exact_mean(const kernel_call *c, long double *value, long double *bound)
{
    const double *a = c->in[0], *u = c->in[1], *x = c->in[2];
    oracle_sum s = {0, 0};
    for (int64_t i = 0; i < c->n; i++)
        add_term(&s, (long double)a[i] * u[i] * (x[i] - 0.25L));
    value[0] = s.value;
    bound[0] = plain_bound(c->n, s.magnitude);
}

static void distance(const info_i_kernels *k, const kernel_call *c)
{
    *(double *)c->out = k->mixture->distance(c->n, c->in[0], c->in[1]);
}

static void exact_distance(const kernel_call *c, long double *value, long double *bound)
{
    const double *a = c->in[0], *b = c->in[1];
    for (int64_t i = 0; i < c->n; i++)
        value[0] += fabsl((long double)a[i] - b[i]);
    bound[0] = plain_bound(c->n, value[0]);
}

static void extremes(const info_i_kernels *k, const kernel_call *c)
{
    double *out = c->out;
    out[0] = k->mixture->least(c->n, c->in[0]);
    out[1] = k->mixture->greatest(c->n, c->in[0]);
    out[2] = k->mixture->least(c->n, c->in[1]); /* which has negative numbers */
}

static void exact_extremes(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0], *y = c->in[1];
    value[0] = value[2] = INFINITY;
    value[1] = -INFINITY;
    for (int64_t i = 0; i < c->n; i++) {
        value[0] = fminl(value[0], x[i]);
        value[1] = fmaxl(value[1], x[i]);
        value[2] = y[i] < 0 || isnan(value[2]) ? NAN : fminl(value[2], y[i]);
    }
}

static void exponentials(const info_i_kernels *k, const kernel_call *c)
{
    k->mixture->exponentials(c->n, 1, 0.7, c->in[0], c->out);
}

static void exact_exponentials(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        value[i] = expl((long double)x[i] - 0.7);
        bound[i] = 2.6L * U * value[i];
    }
}

static void logarithms(const info_i_kernels *k, const kernel_call *c)
{
    k->mixture->logarithms(c->n, c->in[0], 0.375, -7, c->out);
}

static void exact_logarithms(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        value[i] = x[i] == 0 ? -7 : logl(x[i] * 0.375L);
        bound[i] = x[i] == 0 ? 0 : 4 * U * fabsl(value[i]) + 2 * U; /* and the product, rounded */
    }
}

/* Three rows: the posteriors, and the free energies behind them. */
#define POSTERIOR_SCALE 1.5
static const double offsets[3] = {0, -0.5, 0.25};

static void posterior(const info_i_kernels *k, const kernel_call *c)
{
    double *x = c->out;
    memcpy(x, c->in[0], 3 * (size_t)c->n * 8);
    k->mixture->posterior(3, c->n, POSTERIOR_SCALE, offsets, c->in[1], x, x + 3 * c->n);
}

static void exact_posterior(const kernel_call *c, long double *value, long double *bound)
{
    const double *x = c->in[0], *weight = c->in[1];
    for (int64_t j = 0; j < c->n; j++) {
        long double sum = 0, widest = 0;
        for (int t = 0; t < 3; t++) {
            const long double e = POSTERIOR_SCALE * ((long double)x[t * c->n + j] + offsets[t]);
            widest = fmaxl(widest, fabsl(e));
            sum += expl(e);
        }
        for (int t = 0; t < 3; t++) {
            const int64_t at = t * c->n + j;
            value[at] = weight[j] * expl(POSTERIOR_SCALE * ((long double)x[at] + offsets[t])) / sum;
            bound[at] = (8 + 6 * widest) * U * value[at];
        }
        value[3 * c->n + j] = logl(sum) / POSTERIOR_SCALE;
        bound[3 * c->n + j] = (8 + 6 * widest) * U;
    }
}

/* ---- Joint tables: a row of masses, and the sums of its columns ----------------------- */

static info_i_masses masses(const kernel_call *c)
{
    return (info_i_masses){c->in[0], NULL, c->n, false};
}

/* The columns' sums, high and low, and the row's. */
static void joint_add(const info_i_kernels *k, const kernel_call *c)
{
    const info_i_masses m = masses(c);
    double *high = c->out, *low = high + c->n;
    info_i_dd row = {0, 0};
    memcpy(high, c->in[1], (size_t)c->n * 8);
    memset(low, 0, (size_t)c->n * 8);
    low[c->n] = k->joint->add(&m, high, low, &row);
    low[c->n + 1] = info_i_dd_value(row);
}

static void exact_joint_add(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0], *col = c->in[1];
    for (int64_t i = 0; i < c->n; i++) {
        const double high = p[i] + col[i];
        value[i] = high;
        value[c->n + i] = (long double)p[i] + col[i] - high;
        bound[c->n + i] = ORACLE * high;
        value[2 * c->n + 1] += p[i];
    }
    bound[2 * c->n + 1] = U * value[2 * c->n + 1];
}

#define SHARE 0.375

static void joint_divergence(const info_i_kernels *k, const kernel_call *c)
{
    const info_i_masses m = masses(c);
    info_i_terms terms = {{0}, {0}, {0}, {0}, {0}, {0}};
    k->joint->divergence(&m, info_i_dd_from(SHARE), c->in[1], c->in[2], &terms);
    *(double *)c->out = info_i_dd_value(info_i_terms_value(&terms));
}

static void exact_joint_divergence(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0], *col = c->in[1];
    for (int64_t i = 0; i < c->n; i++) {
        const long double q = (long double)SHARE * col[i];
        value[0] += p[i] > 0 ? p[i] * logl(p[i] / q) - p[i] + q : q;
    }
    bound[0] = 20 * U * value[0]; /* as of KL, with q a rounded product more */
}

static void joint_surprise(const info_i_kernels *k, const kernel_call *c)
{
    const info_i_masses m = masses(c);
    info_i_terms in_row = {{0}, {0}, {0}, {0}, {0}, {0}}, in_col = in_row;
    k->joint->surprise_in_row(&m, info_i_dd_from(3), &in_row);
    k->joint->surprise_in_col(&m, c->in[1], c->in[2], &in_col);
    ((double *)c->out)[0] = info_i_dd_value(info_i_terms_value(&in_row));
    ((double *)c->out)[1] = info_i_dd_value(info_i_terms_value(&in_col));
}

static void exact_joint_surprise(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0], *col = c->in[1];
    for (int64_t i = 0; i < c->n; i++) {
        value[0] += p[i] > 0 ? p[i] * logl(3 / (long double)p[i]) : 0;
        value[1] += p[i] > 0 ? p[i] * logl((long double)col[i] / p[i]) : 0;
    }
    bound[0] = 4 * U * value[0];
    bound[1] = 4 * U * value[1];
}

/* Sums of columns are above the masses. */
static void fill_columns(void *array, int64_t count, uint64_t *state)
{
    double *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = 1 + uniform(state);
}

static void fill_zeros(void *array, int64_t count, uint64_t *state)
{
    memset(array, 0, (size_t)count * 8);
}

#define ROW(fill_of_row)                                                                                               \
    {                                                                                                                  \
        .fill = fill_of_row, .bytes = 8, .per_n = 1                                                                    \
    }
#define ROWS(rows)                                                                                                     \
    {                                                                                                                  \
        .fill = fill_normal, .bytes = 8, .per_n = rows                                                                 \
    }
#define SAME                                                                                                           \
    {                                                                                                                  \
        .bytes = 8, .per_n = 1                                                                                         \
    }
#define NUMBERS(count)                                                                                                 \
    {                                                                                                                  \
        .bytes = 8, .size = count                                                                                      \
    }

const kernel_case mixture_cases[] = {
    {"mixture.dot", dot, exact_dot, {ROW(fill_normal), ROW(fill_normal)}, NUMBERS(1), 0, 0},
    {"mixture.sum", sum, exact_sum, {ROW(fill_normal)}, NUMBERS(1), 0, 0},
    {"mixture.add", add, exact_add, {ROW(fill_normal), ROW(fill_normal)}, SAME, 0, 0},
    {"mixture.dot4", dot4, exact_dot4, {ROWS(4), ROW(fill_normal)}, NUMBERS(4), 0, 0},
    {"mixture.add4", add4, exact_add4, {ROWS(4), ROW(fill_normal)}, SAME, 0, 0},
    {"mixture.scale", scale, exact_scale, {ROW(fill_normal), ROW(fill_weights)}, {.bytes = 8, .per_n = 2}, 0, 0},
    {"mixture.mean", mean, exact_mean, {ROW(fill_weights), ROW(fill_normal), ROW(fill_normal)}, NUMBERS(1), 0, 0},
    {"mixture.distance", distance, exact_distance, {ROW(fill_normal), ROW(fill_normal)}, NUMBERS(1), 0, 0},
    {"mixture.least, greatest", extremes, exact_extremes, {ROW(fill_weights), ROW(fill_normal)}, NUMBERS(3), 0, 0},
    {"mixture.exponentials", exponentials, exact_exponentials, {ROW(fill_logits)}, SAME, 0, 0},
    {"mixture.posterior", posterior, exact_posterior, {ROWS(3), ROW(fill_weights)}, {.bytes = 8, .per_n = 4}, 0, 0},
    {"mixture.logarithms", logarithms, exact_logarithms, {ROW(fill_weights)}, SAME, 0, 0},
    {"joint.add",
     joint_add,
     exact_joint_add,
     {ROW(fill_weights), ROW(fill_columns)},
     {.bytes = 8, .size = 2, .per_n = 2},
     0,
     0},
    {"joint.divergence",
     joint_divergence,
     exact_joint_divergence,
     {ROW(fill_weights), ROW(fill_columns), ROW(fill_zeros)},
     NUMBERS(1),
     0,
     0},
    {"joint.surprise",
     joint_surprise,
     exact_joint_surprise,
     {ROW(fill_weights), ROW(fill_columns), ROW(fill_zeros)},
     NUMBERS(2),
     0,
     0},
    {0}};
