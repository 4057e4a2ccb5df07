/* SPDX-License-Identifier: MIT
 * Kernels over rows of f32, f16 and bf16 logits. Bounds are those of docs/NUMERICS.md, "Language models". */
#include "kernels/cells_f32.h"
#include "kernels/gradient_f32.h"
#include "kernels/pair_f32.h"
#include "kernels/softmax_f32.h"
#include "kernels/tile_f32.h"
#include "kernels_support.h"
#include "numeric/convert.h"

#define LOG2E 1.4426950408889634L

static long double element(const void *x, info_dtype dtype, int64_t i)
{
    const info_matrix m = {x, 1, i + 1, i + 1, 1, dtype, 0};
    return info_i_get(&m, 0, i);
}

static void fill_floats(void *array, int64_t count, uint64_t *state)
{
    float *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = uniform(state) < 0.1 ? -INFINITY : (float)(3 * normal(state));
}

static void fill_finite(void *array, int64_t count, uint64_t *state)
{
    float *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = (float)(3 * normal(state));
}

static void fill_bf16(void *array, int64_t count, uint64_t *state)
{
    uint16_t *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = info_i_f64_to_bf16(uniform(state) < 0.1 ? -INFINITY : 3 * normal(state));
}

static void fill_f16(void *array, int64_t count, uint64_t *state)
{
    uint16_t *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = info_i_f64_to_f16(uniform(state) < 0.1 ? -INFINITY : 3 * normal(state));
}

/* A teacher's logits near the student's in the first half, and any in the second. */
static void fill_teacher(void *array, int64_t count, uint64_t *state)
{
    float *z = array;
    uint64_t first = (uint64_t)count;
    fill_floats(z, count, &first);
    for (int64_t i = 0; i < count; i++)
        z[i] = i < count / 2 ? z[i] + (float)(0.2 * normal(state)) : (float)(3 * normal(state));
}

/* ---- Softmax --------------------------------------------------------------------- */

static const info_i_softmax_terms softmax_terms = {.factor = 1.25f, .reference = 3, .threshold = 0.5f, .detail = 3};

static void put_softmax(const info_i_kernels *k, const kernel_call *c, info_dtype dtype)
{
    info_i_softmax_sums s;
    double *out = c->out;
    k->softmax->sums(c->in[0], dtype, c->n, &softmax_terms, &s);
    const double sums[] = {s.weight, s.first, s.second, s.squares, (double)s.greater, (double)s.maximum};
    memcpy(out, sums, sizeof sums);
    const float value = (float)element(c->in[0], dtype, c->n / 2);
    out[6] = (double)k->softmax->find(c->in[0], dtype, c->n, value);
    out[7] = (double)k->softmax->maximum(c->in[0], dtype, c->n);
}

/* A weight: 2 u |t| from rounding t, 1.25e-7 its own, 10 u from its sum; moments a product or two more. */
static void expect_softmax(const kernel_call *c, info_dtype dtype, long double *value, long double *bound)
{
    value[5] = -INFINITY;
    value[6] = -1;
    for (int64_t i = 0; i < c->n; i++) {
        const long double x = element(c->in[0], dtype, i), t = x * softmax_terms.factor - softmax_terms.reference;
        const long double e = isinf(x) ? 0 : exp2l(t), known = isinf(x) ? 0 : t;
        const long double error = 2 * U32 * fabsl(known) * 0.7L + 1.25e-7L, off = U32 * fabsl(known);
        value[0] += e;
        bound[0] += (error + 10 * U32) * e;
        value[1] += e * known;
        bound[1] += ((error + 11 * U32) * fabsl(known) + off) * e;
        value[2] += e * square(known);
        bound[2] += ((error + 19 * U32) * fabsl(known) + 2 * off) * e * fabsl(known);
        value[3] += e * e;
        bound[3] += (2 * error + 19 * U32) * e * e;
        value[4] += x > softmax_terms.threshold;
        value[5] = fmaxl(value[5], x);
    }
    value[7] = value[5];
    for (int64_t i = c->n - 1; i >= 0; i--)
        value[6] = element(c->in[0], dtype, i) == element(c->in[0], dtype, c->n / 2) ? i : value[6];
}

#define SOFTMAX(name, dtype)                                                                                           \
    static void name(const info_i_kernels *k, const kernel_call *c)                                                    \
    {                                                                                                                  \
        put_softmax(k, c, dtype);                                                                                      \
    }                                                                                                                  \
    static void exact_##name(const kernel_call *c, long double *value, long double *bound)                             \
    {                                                                                                                  \
        expect_softmax(c, dtype, value, bound);                                                                        \
    }
SOFTMAX(softmax_f32, INFO_F32)
SOFTMAX(softmax_bf16, INFO_BF16)
SOFTMAX(softmax_f16, INFO_F16)

/* Each by itself, so that no sum hides what a power of two is off by. */
static void powers(const info_i_kernels *k, const kernel_call *c)
{
    const float *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        info_i_softmax_sums s;
        k->softmax->sums(x + i, INFO_F32, 1, &softmax_terms, &s);
        ((double *)c->out)[i] = s.weight;
    }
}

static void exact_powers(const kernel_call *c, long double *value, long double *bound)
{
    const float *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        const long double t = (long double)x[i] * softmax_terms.factor - softmax_terms.reference;
        value[i] = isinf(x[i]) ? 0 : exp2l(t);
        bound[i] = (1.25e-7L + U32 * fabsl(isinf(x[i]) ? 0 : t) * 0.7L) * value[i];
    }
}

/* ---- Pairs ------------------------------------------------------------------------- */

static const info_i_pair_terms pair_terms = {
    .scale = 1, .factor = 1.44269502f, .base = 0.25f, .p_reference = 2, .q_reference = 2, .q_slope = 1.28402543f};

static void pair_sums(const info_i_kernels *k, const kernel_call *c)
{
    info_i_pair_sums s;
    k->pair->sums(c->in[0], INFO_F32, c->in[1], INFO_F32, c->n, &pair_terms, &s);
    const double sums[] = {s.p_weight,          s.q_weight,          s.difference,     s.forward,          s.backward,
                           (double)s.p_maximum, (double)s.q_maximum, (double)s.widest, (double)s.narrowest};
    memcpy(c->out, sums, sizeof sums);
}

static void exact_pair_sums(const kernel_call *c, long double *value, long double *bound)
{
    const float *x = c->in[0], *y = c->in[1];
    value[5] = value[6] = value[7] = -INFINITY;
    value[8] = INFINITY;
    for (int64_t i = 0; i < c->n; i++) {
        const long double a = isinf(x[i]) ? 0 : exp2l((long double)x[i] * pair_terms.factor - 2);
        const long double w = (long double)x[i] - y[i] - 0.25L;
        const long double b = isinf(y[i]) ? 0 : exp2l((long double)y[i] * pair_terms.factor - 2) * pair_terms.q_slope;
        const bool near = fabsl(w) < 1;
        const long double error = 1.2e-6L + U32 * 3 * (fabsl(a > 0 ? x[i] : 0) + fabsl(b > 0 ? y[i] : 0));
        const long double a_w = a > 0 && b > 0 ? a * w : 0, b_w = a > 0 && b > 0 ? b * w : 0;
        const long double forward = near ? a * psi(w) : b - a + a_w, backward = near ? b * psi(-w) : a - b - b_w;
        value[0] += a;
        value[1] += b;
        value[2] += near ? a * expm1l(-w) : b - a;
        value[3] += forward;
        value[4] += backward;
        bound[0] += error * a;
        bound[1] += error * (a + b);
        bound[2] += error * (near ? a * fabsl(w) : a + b) * 2;
        bound[3] += error * (near ? 2 * forward : a + b + fabsl(a_w));
        bound[4] += error * (near ? 3 * backward : a + b + fabsl(b_w));
        value[5] = fmaxl(value[5], x[i]);
        value[6] = fmaxl(value[6], y[i]);
        if (!near && !(isinf(x[i]) && isinf(y[i]))) {
            value[7] = fmaxl(value[7], x[i] - y[i]);
            value[8] = fminl(value[8], x[i] - y[i]);
        }
    }
    bound[7] = bound[8] = INFINITY; /* of which cells these are made depends on how cells lie together */
}

/* ---- Cells and gradients ------------------------------------------------------------ */

static const info_i_row_terms row_terms = {.factor = 1.44269502f,
                                           .scale = 1,
                                           .nats = 0.693147181f,
                                           .reference = 2,
                                           .slope = 0.75f,
                                           .offset = 0.125f,
                                           .center = 0.5f,
                                           .above = 0.25f,
                                           .below = 0.5f,
                                           .teacher_reference = 2,
                                           .teacher_slope = 0.75f};

/* Of weight 1/2, the first terms of its series. */
static const info_i_mixture mixture = {
    .b = 0.5f, .rest = 0.5f, .turn = 0.693147181f, .log = {0.5f, 0.125f}, .term = {0.125f, -0.0625f}};

typedef struct probabilities {
    long double p, q, w; /* of the teacher and the student; log(p/q) */
} probabilities;

static probabilities probabilities_of(const kernel_call *c, int64_t i)
{
    const float *x = c->in[0], *z = c->in[1];
    return (probabilities){isinf(z[i]) ? 0 : 0.75L * exp2l((long double)z[i] * row_terms.factor - 2),
                           isinf(x[i]) ? 0 : 0.75L * exp2l((long double)x[i] * row_terms.factor - 2),
                           (long double)z[i] - x[i]};
}

static long double error_of(const kernel_call *c, int64_t i)
{
    const float *x = c->in[0], *z = c->in[1];
    return 1.5e-6L + 3 * U32 * ((isinf(x[i]) ? 0 : fabsl(x[i])) + (isinf(z[i]) ? 0 : fabsl(z[i])));
}

static void variation(const info_i_kernels *k, const kernel_call *c)
{
    info_i_variation_sums s;
    k->cells->variation(&row_terms, c->in[0], INFO_F32, c->in[1], INFO_F32, c->n, &s);
    const double sums[] = {s.difference, s.common, s.above + s.below + s.equal};
    memcpy(c->out, sums, sizeof sums);
}

static void exact_variation(const kernel_call *c, long double *value, long double *bound)
{
    for (int64_t i = 0; i < c->n; i++) {
        const probabilities at = probabilities_of(c, i);
        const long double error = error_of(c, i), both = at.p + at.q;
        const long double apart = fabsl(at.w) < 1 ? at.q * fabsl(expm1l(at.w)) : fabsl(at.p - at.q);
        value[0] += apart;
        value[1] += fminl(at.p, at.q);
        value[2] += at.q;
        bound[0] += error * (fabsl(at.w) < 1 ? 3 * apart : both);
        bound[1] += error * both;
        bound[2] += error * at.q;
    }
}

static void gradient_as(const info_i_kernels *k, const kernel_call *c, info_i_gradient kind)
{
    k->gradient->gradient(&row_terms, kind, c->in[0], INFO_F32, c->in[1], INFO_F32, c->n, c->out, INFO_F32);
}

static void gradient_softmax(const info_i_kernels *k, const kernel_call *c)
{
    gradient_as(k, c, INFO_I_GRADIENT_SOFTMAX);
}

static void exact_gradient_softmax(const kernel_call *c, long double *value, long double *bound)
{
    const float *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        const probabilities at = probabilities_of(c, i);
        value[i] = isinf(x[i]) ? 0 : at.q - 0.125L;
        bound[i] = isinf(x[i]) ? 0 : error_of(c, i) * at.q + U32 * (at.q + 0.125L);
    }
}

static void gradient_entropy(const info_i_kernels *k, const kernel_call *c)
{
    gradient_as(k, c, INFO_I_GRADIENT_ENTROPY);
}

static void exact_gradient_entropy(const kernel_call *c, long double *value, long double *bound)
{
    const float *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        const probabilities at = probabilities_of(c, i);
        const long double log_q = 0.693147181f * ((long double)x[i] * row_terms.factor - 2);
        value[i] = isinf(x[i]) ? 0 : at.q * (log_q + 0.5L);
        bound[i] = isinf(x[i]) ? 0 : 2 * error_of(c, i) * at.q * (fabsl(log_q) + 2);
    }
}

static void gradient_forward(const info_i_kernels *k, const kernel_call *c)
{
    gradient_as(k, c, INFO_I_GRADIENT_FORWARD);
}

static void exact_gradient_forward(const kernel_call *c, long double *value, long double *bound)
{
    const float *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        const probabilities at = probabilities_of(c, i);
        value[i] = isinf(x[i]) ? 0 : fabsl(at.w) < 1 ? -at.q * expm1l(at.w) : at.q - at.p;
        bound[i] = isinf(x[i]) ? 0 : 2 * error_of(c, i) * (at.p + at.q);
    }
}

static void gradient_variation(const info_i_kernels *k, const kernel_call *c)
{
    gradient_as(k, c, INFO_I_GRADIENT_VARIATION);
}

static void exact_gradient_variation(const kernel_call *c, long double *value, long double *bound)
{
    for (int64_t i = 0; i < c->n; i++) {
        const probabilities at = probabilities_of(c, i);
        value[i] = at.q == 0 ? 0 : at.q * (at.w < 0 ? 0.25L : at.w > 0 ? -0.5L : -0.125L);
        bound[i] = error_of(c, i) * at.q;
    }
}

static void finite_sums(const info_i_kernels *k, const kernel_call *c)
{
    info_i_finite_sums s;
    k->gradient->finite_sums(c->in[0], INFO_F32, c->in[1], c->n, &s);
    const double sums[] = {s.sum, s.weight, s.count};
    memcpy(c->out, sums, sizeof sums);
}

static void exact_finite_sums(const kernel_call *c, long double *value, long double *bound)
{
    const float *x = c->in[0], *weights = c->in[1];
    oracle_sum sum = {0, 0}, weight = {0, 0};
    for (int64_t i = 0; i < c->n; i++) {
        if (isinf(x[i]))
            continue;
        add_term(&sum, (long double)x[i] * weights[i]);
        add_term(&weight, weights[i]);
        value[2]++;
    }
    value[0] = sum.value;
    value[1] = weight.value;
    bound[0] = 1e-6L * sum.magnitude;
    bound[1] = 1e-6L * weight.magnitude;
}

/* Gradients of other kinds, and a mixture: the bits of plain C, whose results tests/lm compares. */
static void gradient_others(const info_i_kernels *k, const kernel_call *c)
{
    const float *x = c->in[0], *z = c->in[1];
    float *out = c->out;
    const info_i_gradient kinds[] = {INFO_I_GRADIENT_WEIGHTED, INFO_I_GRADIENT_REVERSE, INFO_I_GRADIENT_MIXTURE};
    info_i_row_terms terms = row_terms;
    terms.mixture = &mixture;
    for (int i = 0; i < 3; i++)
        k->gradient->gradient(&terms, kinds[i], x, INFO_F32, z, INFO_F32, c->n, out + i * c->n, INFO_F32);
}

static void mixture_sums(const info_i_kernels *k, const kernel_call *c)
{
    info_i_mixture_sums s;
    info_i_row_terms terms = row_terms;
    terms.mixture = &mixture;
    k->cells->mixture(&terms, c->in[0], INFO_F32, c->in[1], INFO_F32, c->n, true, &s);
    const double sums[] = {s.divergence, s.p_log, s.q_log};
    memcpy(c->out, sums, sizeof sums);
}

/* ---- Tiles --------------------------------------------------------------------------- */

static void widen(const info_i_kernels *k, const kernel_call *c)
{
    k->tile->widen(c->in[0], INFO_BF16, c->n, c->out);
}

static void exact_widen(const kernel_call *c, long double *value, long double *bound)
{
    for (int64_t i = 0; i < c->n; i++)
        value[i] = element(c->in[0], INFO_BF16, i);
}

static void soften(const info_i_kernels *k, const kernel_call *c)
{
    memcpy(c->out, c->in[0], (size_t)c->n * 4);
    k->tile->soften(c->out, c->n, 5);
}

static void exact_soften(const kernel_call *c, long double *value, long double *bound)
{
    const float *x = c->in[0];
    for (int64_t i = 0; i < c->n; i++) {
        value[i] = 5 * tanhl(x[i] / 5.0L);
        bound[i] = 3e-7L * fabsl(value[i]);
    }
}

static void shift(const info_i_kernels *k, const kernel_call *c)
{
    memcpy(c->out, c->in[0], (size_t)c->n * 4);
    k->tile->shift(c->out, c->n, c->in[1]);
}

static void exact_shift(const kernel_call *c, long double *value, long double *bound)
{
    const float *x = c->in[0], *bias = c->in[1];
    for (int64_t i = 0; i < c->n; i++)
        value[i] = x[i] + bias[i];
}

#define ROW(fill_of_row)                                                                                               \
    {                                                                                                                  \
        .fill = fill_of_row, .bytes = 4, .per_n = 1                                                                    \
    }
#define HALVES(fill_of_row)                                                                                            \
    {                                                                                                                  \
        .fill = fill_of_row, .bytes = 2, .per_n = 1                                                                    \
    }
#define SAME                                                                                                           \
    {                                                                                                                  \
        .bytes = 4, .per_n = 1                                                                                         \
    }
#define NUMBERS(count)                                                                                                 \
    {                                                                                                                  \
        .bytes = 8, .size = count                                                                                      \
    }

const kernel_case float_cases[] = {
    {"softmax of f32", softmax_f32, exact_softmax_f32, {ROW(fill_floats)}, NUMBERS(8), 0, 0},
    {"softmax of bf16", softmax_bf16, exact_softmax_bf16, {HALVES(fill_bf16)}, NUMBERS(8), 0, 0},
    {"softmax of f16", softmax_f16, exact_softmax_f16, {HALVES(fill_f16)}, NUMBERS(8), 0, 0},
    {"powers of two of f32", powers, exact_powers, {ROW(fill_floats)}, {.bytes = 8, .per_n = 1}, 0, 0},
    {"pair.sums", pair_sums, exact_pair_sums, {ROW(fill_floats), ROW(fill_teacher)}, NUMBERS(9), 0, 0},
    {"cells.variation", variation, exact_variation, {ROW(fill_floats), ROW(fill_teacher)}, NUMBERS(3), 0, 0},
    {"gradient of softmax",
     gradient_softmax,
     exact_gradient_softmax,
     {ROW(fill_floats), ROW(fill_teacher)},
     SAME,
     0,
     0},
    {"gradient of entropy",
     gradient_entropy,
     exact_gradient_entropy,
     {ROW(fill_floats), ROW(fill_teacher)},
     SAME,
     0,
     0},
    {"gradient of KL", gradient_forward, exact_gradient_forward, {ROW(fill_floats), ROW(fill_teacher)}, SAME, 0, 0},
    {"gradient of variation",
     gradient_variation,
     exact_gradient_variation,
     {ROW(fill_floats), ROW(fill_teacher)},
     SAME,
     0,
     0},
    {"gradient.finite_sums", finite_sums, exact_finite_sums, {ROW(fill_floats), ROW(fill_finite)}, NUMBERS(3), 0, 0},
    {"gradients of other kinds",
     gradient_others,
     NULL,
     {ROW(fill_floats), ROW(fill_teacher)},
     {.bytes = 4, .per_n = 3},
     0,
     0},
    {"cells.mixture", mixture_sums, NULL, {ROW(fill_floats), ROW(fill_teacher)}, NUMBERS(3), 0, 0},
    {"tile.widen", widen, exact_widen, {HALVES(fill_bf16)}, SAME, 0, 0},
    {"tile.soften", soften, exact_soften, {ROW(fill_finite)}, SAME, 16, 0},
    {"tile.shift", shift, exact_shift, {ROW(fill_finite), ROW(fill_finite)}, SAME, 0, 0},
    {0}};
