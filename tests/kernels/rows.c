/* SPDX-License-Identifier: MIT
 * Kernels over rows of probabilities in f64 (kernels/rows_f64.h). Bounds are those of docs/NUMERICS.md, "Distributions". */
#include "kernels/rows_f64.h"

#include "kernels_support.h"

static double value_of(info_i_dd a)
{
    return info_i_dd_value(a);
}

/* What of a part is compared: the sums, and whether an element was negative or too small. */
static void put_part(const info_i_part *part, double *out)
{
    for (int k = 0; k < 3; k++)
        out[k] = value_of(part->sum[k]);
    out[3] = part->flags;
}

/* The measure, with a bound relative to the sum of its terms, and the masses, which are plain sums of eight lanes. */
static void expect(const kernel_call *c, const oracle_sum *s, long double relative, long double *value,
                   long double *bound)
{
    const double *p = c->in[0], *q = c->in[1];
    oracle_sum p_mass = {0, 0}, q_mass = {0, 0};
    for (int64_t i = 0; i < c->n; i++) {
        add_term(&p_mass, p[i]);
        add_term(&q_mass, q ? q[i] : 0);
    }
    value[0] = s->value;
    bound[0] = relative * s->magnitude;
    value[1] = p_mass.value;
    bound[1] = (U * (long double)c->n / 8 + 4 * U) * p_mass.magnitude;
    value[2] = q_mass.value;
    bound[2] = (U * (long double)c->n / 8 + 4 * U) * q_mass.magnitude;
}

static void scan(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->rows_f64->scan(c->in[0], c->n, &part);
    put_part(&part, c->out);
}

static void exact_scan(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        value[0] += p[i];
        value[1] = fmaxl(value[1], p[i]);
    }
    bound[0] = U * value[0];
}

static void entropy(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->rows_f64->entropy(c->in[0], c->n, &part);
    ((double *)c->out)[0] = value_of(part.sum[0]);
    ((double *)c->out)[1] = part.flags;
}

static void exact_entropy(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0];
    for (int64_t i = 0; i < c->n; i++)
        value[0] -= p[i] > 0 ? p[i] * logl(p[i]) : 0;
    bound[0] = 1.7L * U * fabsl(value[0]); /* half an ulp, and .3 more of what is not exact */
}

static void cross_entropy(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->rows_f64->cross_entropy(c->in[0], c->in[1], c->n, &part);
    put_part(&part, c->out);
}

static void exact_cross_entropy(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0], *q = c->in[1];
    oracle_sum s = {0, 0};
    for (int64_t i = 0; i < c->n; i++)
        add_term(&s, -(p[i] * logl(q[i])));
    expect(c, &s, 2 * U, value, bound);
}

/* Where the difference is known (in[2]), q is p less that. */
static long double difference_of(const kernel_call *c, int64_t i)
{
    const double *p = c->in[0], *q = c->in[1], *difference = c->in[2];
    return difference ? (long double)difference[i] : (long double)p[i] - q[i];
}

/* p log(p/q) - p + q with q = p - d, in which the series' first part cancels: -d - p log(1 - d/p) */
static long double kl_term(long double p, long double d)
{
    if (p == 0)
        return -d;
    const long double t = d / p;
    if (fabsl(t) > 0.01L)
        return -d - p * log1pl(-t);
    long double power = t * t, sum = 0;
    for (int k = 2; k < 12; k++, power *= t)
        sum += power / k;
    return p * sum;
}

static void kl(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->rows_f64->kl(c->in[0], c->in[1], c->in[2], c->n, &part);
    put_part(&part, c->out);
}

static void exact_kl(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0];
    oracle_sum s = {0, 0};
    for (int64_t i = 0; i < c->n; i++)
        add_term(&s, kl_term(p[i], difference_of(c, i)));
    expect(c, &s, 18 * U, value, bound);
}

static void jensen_shannon(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->rows_f64->jensen_shannon(c->in[0], c->in[1], c->in[2], c->n, &part);
    put_part(&part, c->out);
}

/* Twice the divergence: of p from m = p - d/2 and of q from m = q + d/2. */
static void exact_jensen_shannon(const kernel_call *c, long double *value, long double *bound)
{
    const double *p = c->in[0];
    oracle_sum s = {0, 0};
    for (int64_t i = 0; i < c->n; i++) {
        const long double d = difference_of(c, i);
        add_term(&s, kl_term(p[i], d / 2));
        add_term(&s, kl_term(p[i] - d, -d / 2));
    }
    expect(c, &s, 20 * U, value, bound);
}

static void distance(const info_i_kernels *k, const kernel_call *c)
{
    info_i_part part;
    k->rows_f64->distance(c->in[0], c->in[1], c->n, &part);
    put_part(&part, c->out);
}

static void exact_distance(const kernel_call *c, long double *value, long double *bound)
{
    oracle_sum s = {0, 0};
    for (int64_t i = 0; i < c->n; i++)
        add_term(&s, fabsl(difference_of(c, i)));
    expect(c, &s, 2 * U, value, bound);
}

/* Near a half: with in[2] of some 1e-9 as the difference, one of q cannot be told from the other by q. */
static void fill_halves(void *array, int64_t count, uint64_t *state)
{
    double *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = 0.5;
}

static void fill_small(void *array, int64_t count, uint64_t *state)
{
    double *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = 1e-18 * normal(state);
}

/* Rows of any size, down to where nothing is promised: beside a bias they would lose their digits. */
static void shrink(double *x, int64_t count)
{
    const double by = ldexp(1, count > 250 ? -60 : -(int)(7 * count % 250)); /* of many what their sum rounds shows */
    for (int64_t i = 0; i < count; i++)
        x[i] *= by;
}

static void fill_tiny(void *array, int64_t count, uint64_t *state)
{
    fill_weights(array, count, state);
    shrink(array, count);
}

static void fill_tiny_positive(void *array, int64_t count, uint64_t *state)
{
    fill_positive(array, count, state);
    shrink(array, count);
}

#define ROW(fill_of_row)                                                                                               \
    {                                                                                                                  \
        .fill = fill_of_row, .bytes = 8, .per_n = 1                                                                    \
    }
#define PART                                                                                                           \
    {                                                                                                                  \
        .bytes = 8, .size = 4                                                                                          \
    }

const kernel_case row_cases[] = {
    {"rows_f64.scan", scan, exact_scan, {ROW(fill_weights)}, PART, 0, 0},
    {"rows_f64.entropy", entropy, exact_entropy, {ROW(fill_weights)}, {.bytes = 8, .size = 2}, 0, 0},
    {"rows_f64.cross_entropy", cross_entropy, exact_cross_entropy, {ROW(fill_weights), ROW(fill_positive)}, PART, 0, 0},
    {"rows_f64.kl", kl, exact_kl, {ROW(fill_weights), ROW(fill_positive)}, PART, 0, 0},
    {"rows_f64.kl of differences", kl, exact_kl, {ROW(fill_halves), ROW(fill_halves), ROW(fill_small)}, PART, 0, 0},
    {"rows_f64.jensen_shannon",
     jensen_shannon,
     exact_jensen_shannon,
     {ROW(fill_weights), ROW(fill_positive)},
     PART,
     0,
     0},
    {"rows_f64.jensen_shannon of differences",
     jensen_shannon,
     exact_jensen_shannon,
     {ROW(fill_halves), ROW(fill_halves), ROW(fill_small)},
     PART,
     0,
     0},
    {"rows_f64.entropy of small numbers", entropy, exact_entropy, {ROW(fill_tiny)}, {.bytes = 8, .size = 2}, 0, 0},
    {"rows_f64.kl of small numbers", kl, exact_kl, {ROW(fill_tiny), ROW(fill_tiny_positive)}, PART, 0, 0},
    {"rows_f64.jensen_shannon of small numbers",
     jensen_shannon,
     exact_jensen_shannon,
     {ROW(fill_tiny), ROW(fill_tiny_positive)},
     PART,
     0,
     0},
    {"rows_f64.distance", distance, exact_distance, {ROW(fill_weights), ROW(fill_weights)}, PART, 0, 0},
    {0}};
