/* SPDX-License-Identifier: MIT
 * Kernels over rows of states, small and band matrices, and products (kernels/states.h, small.h, band.h, symmetric.h). */
#include <stdlib.h>

#include "kernels/band.h"
#include "kernels/small.h"
#include "kernels/states.h"
#include "kernels/symmetric.h"
#include "kernels_support.h"

static void fill_floats(void *array, int64_t count, uint64_t *state)
{
    for (int64_t i = 0; i < count; i++)
        ((float *)array)[i] = (float)normal(state);
}

/* ---- States ------------------------------------------------------------------------ */

#define SCALE 0.75
#define FACTOR 1.5

/* The columns' sums and rests, their squares, and the largest. */
static void put_states(const info_i_row_kernels *k, const kernel_call *c)
{
    double *sum = c->out, *rest = sum + c->n, *prepared = rest + c->n, *numbers = prepared + c->n;
    memcpy(sum, c->in[1], (size_t)c->n * 8);
    memset(rest, 0, (size_t)c->n * 8);
    k->add_to_columns(c->n, c->in[0], SCALE, sum, rest);
    k->prepare_f64(c->n, c->in[0], SCALE, c->in[1], c->in[2], FACTOR, prepared);
    numbers[0] = k->squares(c->n, c->in[0], SCALE, c->in[1], c->in[2]);
    numbers[1] = k->largest(c->n, c->in[0]);
}

static void expect_states(const kernel_call *c, bool f32, long double *value, long double *bound)
{
    const double *mean = c->in[1], *rest = c->in[2];
    const int64_t n = c->n;
    for (int64_t i = 0; i < n; i++) {
        const double x = f32 ? (double)((const float *)c->in[0])[i] : ((const double *)c->in[0])[i];
        const double product = SCALE * x, sum = product + mean[i];
        const long double z = (long double)product - mean[i] - rest[i],
                          size = fabsl(product) + fabsl(mean[i]) + fabsl(rest[i]);
        value[i] = sum;
        value[n + i] = (long double)product + mean[i] - sum;
        value[2 * n + i] = FACTOR * z;
        bound[2 * n + i] = 4 * U * size;
        value[3 * n] += z * z;
        bound[3 * n] += (4 * U * size + ((long double)n / 8 + 8) * U * fabsl(z)) * fabsl(z) + 4 * U * size * fabsl(z);
        value[3 * n + 1] = fmaxl(value[3 * n + 1], fabsl(x));
    }
}

static void states_f64(const info_i_kernels *k, const kernel_call *c)
{
    put_states(&k->states->f64, c);
}

static void exact_states_f64(const kernel_call *c, long double *value, long double *bound)
{
    expect_states(c, false, value, bound);
}

static void states_f32(const info_i_kernels *k, const kernel_call *c)
{
    put_states(&k->states->f32, c);
}

static void exact_states_f32(const kernel_call *c, long double *value, long double *bound)
{
    expect_states(c, true, value, bound);
}

static void prepare_f32(const info_i_kernels *k, const kernel_call *c)
{
    k->states->f32.prepare_f32(c->n, c->in[0], SCALE, c->in[1], c->in[2], FACTOR, c->out);
}

static void exact_prepare_f32(const kernel_call *c, long double *value, long double *bound)
{
    const float *x = c->in[0];
    const double *mean = c->in[1], *rest = c->in[2];
    for (int64_t i = 0; i < c->n; i++) {
        value[i] = FACTOR * ((long double)SCALE * x[i] - mean[i] - rest[i]);
        bound[i] = 2 * U32 * fabsl(value[i]) + 8 * U * (fabsl(x[i]) + fabsl(mean[i]) + fabsl(rest[i]));
    }
}

/* ---- Products ------------------------------------------------------------------------ */

/* C = L R of n x n; R's rows are whole vectors apart. */
#define WIDE(n) (((n) + 15) / 16 * 16)

static void product_f64(const info_i_kernels *k, const kernel_call *c)
{
    memset(c->out, 0, (size_t)(c->n * c->n) * 8);
    double *r = calloc((size_t)(c->n * WIDE(c->n)), sizeof *r);
    for (int64_t i = 0; r && i < c->n; i++)
        memcpy(r + i * WIDE(c->n), (const double *)c->in[1] + i * c->n, (size_t)c->n * 8);
    k->symmetric_f64->product(c->n, c->n, c->n, c->in[0], c->n, 1, r, WIDE(c->n), c->out, c->n);
    free(r);
}

static void exact_product_f64(const kernel_call *c, long double *value, long double *bound)
{
    const double *l = c->in[0], *r = c->in[1];
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t j = 0; j < c->n; j++) {
            oracle_sum s = {0, 0};
            for (int64_t t = 0; t < c->n; t++)
                add_term(&s, (long double)l[i * c->n + t] * r[t * c->n + j]);
            value[i * c->n + j] = s.value;
            bound[i * c->n + j] = (long double)(c->n + 1) * U * s.magnitude;
        }
}

static void product_f32(const info_i_kernels *k, const kernel_call *c)
{
    memset(c->out, 0, (size_t)(c->n * c->n) * 4);
    float *r = calloc((size_t)(c->n * WIDE(c->n)), sizeof *r);
    for (int64_t i = 0; r && i < c->n; i++)
        memcpy(r + i * WIDE(c->n), (const float *)c->in[1] + i * c->n, (size_t)c->n * 4);
    k->symmetric_f32->product(c->n, c->n, c->n, c->in[0], c->n, 1, r, WIDE(c->n), c->out, c->n);
    free(r);
}

static void exact_product_f32(const kernel_call *c, long double *value, long double *bound)
{
    const float *l = c->in[0], *r = c->in[1];
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t j = 0; j < c->n; j++) {
            oracle_sum s = {0, 0};
            for (int64_t t = 0; t < c->n; t++)
                add_term(&s, (long double)l[i * c->n + t] * r[t * c->n + j]);
            value[i * c->n + j] = s.value;
            bound[i * c->n + j] = (long double)(c->n + 1) * U32 * s.magnitude;
        }
}

static void transpose_f64(const info_i_kernels *k, const kernel_call *c)
{
    k->symmetric_f64->transpose(c->n, c->n, c->in[0], c->n, c->out, c->n);
}

static void exact_transpose_f64(const kernel_call *c, long double *value, long double *bound)
{
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t j = 0; j < c->n; j++)
            value[j * c->n + i] = ((const double *)c->in[0])[i * c->n + j];
}

static void transpose_f32(const info_i_kernels *k, const kernel_call *c)
{
    k->symmetric_f32->transpose(c->n, c->n, c->in[0], c->n, c->out, c->n);
}

static void exact_transpose_f32(const kernel_call *c, long double *value, long double *bound)
{
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t j = 0; j < c->n; j++)
            value[j * c->n + i] = ((const float *)c->in[0])[i * c->n + j];
}

/* ---- Small matrices, one in each lane ------------------------------------------------- */

static void interleave_f32(const info_i_kernels *k, const kernel_call *c)
{
    const float *row[INFO_I_LANES_F32];
    for (int l = 0; l < INFO_I_LANES_F32; l++)
        row[l] = (const float *)c->in[0] + l * c->n;
    k->small->interleave_f32(c->n, row, c->out);
}

static void exact_interleave_f32(const kernel_call *c, long double *value, long double *bound)
{
    for (int64_t i = 0; i < c->n; i++)
        for (int l = 0; l < INFO_I_LANES_F32; l++)
            value[i * INFO_I_LANES_F32 + l] = ((const float *)c->in[0])[l * c->n + i];
}

static void interleave_f64(const info_i_kernels *k, const kernel_call *c)
{
    const double *row[INFO_I_LANES_F64];
    for (int l = 0; l < INFO_I_LANES_F64; l++)
        row[l] = (const double *)c->in[0] + l * c->n;
    k->small->interleave_f64(c->n, row, c->out);
}

static void exact_interleave_f64(const kernel_call *c, long double *value, long double *bound)
{
    for (int64_t i = 0; i < c->n; i++)
        for (int l = 0; l < INFO_I_LANES_F64; l++)
            value[i * INFO_I_LANES_F64 + l] = ((const double *)c->in[0])[l * c->n + i];
}

/* log det(I + T / shift) of tridiagonal matrices of trace 1, eight in the lanes, at four shifts. */
static const double shifts[INFO_I_SMALL_SHIFTS] = {0.01, 0.1, 1, 100};

static void fill_diagonals(void *array, int64_t count, uint64_t *state)
{
    for (int64_t i = 0; i < count; i++)
        ((double *)array)[i] = (1 + uniform(state)) * 8 / (double)count / 1.5;
}

/* Squares of what is beside the diagonal: a tenth of it at most, so that no minor is negative. */
static void fill_squares(void *array, int64_t count, uint64_t *state)
{
    for (int64_t i = 0; i < count; i++)
        ((double *)array)[i] = 0.64 / ((double)count * (double)count) * uniform(state);
}

static void log_det(const info_i_kernels *k, const kernel_call *c)
{
    k->small->log_det(c->n, c->in[0], c->in[1], shifts, c->out);
}

/* By pivots; each of n steps of a recurrence rounds four times, of parts that do not cancel. */
static void exact_log_det(const kernel_call *c, long double *value, long double *bound)
{
    const double *d = c->in[0], *squares = c->in[1];
    for (int s = 0; s < INFO_I_SMALL_SHIFTS; s++)
        for (int l = 0; l < 8; l++) {
            long double pivot = d[l] + (long double)shifts[s], sum = log1pl(d[l] / (long double)shifts[s]);
            for (int64_t i = 1; i < c->n; i++) {
                const long double excess = d[8 * i + l] - squares[8 * (i - 1) + l] / pivot;
                sum += log1pl(excess / shifts[s]);
                pivot = excess + shifts[s];
            }
            value[8 * s + l] = sum;
            bound[8 * s + l] = 8 * (long double)c->n * U * (1 + sum);
        }
}

/* Lower triangles packed and reduced to tridiagonal form: the bits of plain C, whose results tests/spectral compares. */
#define PACKED(n) ((n) * ((n) + 1) / 2)

static void reduce_f64(const info_i_kernels *k, const kernel_call *c)
{
    static double packed[PACKED(24) * 8] __attribute__((aligned(64))), work[6 * 24 * 8] __attribute__((aligned(64)));
    static const double factors[8] __attribute__((aligned(64))) = {1, 0.5, 2, 1, 1, 1, 1, 1};
    double *d = c->out, *e = d + 8 * c->n;
    memset(d, 0, 16 * (size_t)c->n * 8);
    k->small->pack_f64(c->n, c->in[0], factors, packed, e + 8 * c->n);
    k->small->tridiagonal_f64(c->n, packed, d, e, work);
}

static void reduce_f32(const info_i_kernels *k, const kernel_call *c)
{
    static float packed[PACKED(24) * 16] __attribute__((aligned(64))), work[6 * 24 * 16] __attribute__((aligned(64)));
    static const float factors[16] __attribute__((aligned(64))) = {1, 0.5f, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    float *d = c->out, *e = d + 16 * c->n;
    memset(d, 0, 32 * (size_t)c->n * 4);
    k->small->pack_f32(c->n, c->in[0], factors, packed, e + 16 * c->n);
    k->small->tridiagonal_f32(c->n, packed, d, e, work);
}

/* Reflectors of an n x 16 panel: V, R and T. */
static void reflect_f64(const info_i_kernels *k, const kernel_call *c)
{
    double *v = c->out, *upper = v + 16 * c->n;
    memcpy(v, c->in[0], 16 * (size_t)c->n * 8);
    memset(upper, 0, 512 * 8);
    k->symmetric_f64->reflect(c->n, 16, v, upper, upper + 256);
}

static void reflect_f32(const info_i_kernels *k, const kernel_call *c)
{
    float *v = c->out, *upper = v + 16 * c->n;
    memcpy(v, c->in[0], 16 * (size_t)c->n * 4);
    memset(upper, 0, 512 * 4);
    k->symmetric_f32->reflect(c->n, 16, v, upper, upper + 256);
}

/* ---- Band matrices ---------------------------------------------------------------------- */

#define BAND 3
static const double band_shifts[INFO_I_BAND_SHIFTS] = {0.01, 0.03, 0.1, 0.3, 1, 10, 100, 1000};

/* By columns: the diagonal, less beside it, and zeros beyond the edge. */
static void fill_band(void *array, int64_t count, uint64_t *state)
{
    double *band = array;
    for (int64_t i = 0; i < count; i++)
        band[i] = i % (BAND + 1) == 0                                    ? 1 + uniform(state)
                  : i / (BAND + 1) + i % (BAND + 1) < count / (BAND + 1) ? 0.05 * normal(state)
                                                                         : 0;
}

static void band_log_dets(const info_i_kernels *k, const kernel_call *c)
{
    double work[INFO_I_BAND_WORK(BAND)];
    k->band->log_dets(c->n, BAND, c->in[0], band_shifts, work, c->out);
}

/* L D L^T in long double. */
static void exact_band_log_dets(const kernel_call *c, long double *value, long double *bound)
{
    const double *band = c->in[0];
    long double *a = malloc((size_t)(c->n * (BAND + 1)) * sizeof *a);
    for (int s = 0; a && s < INFO_I_BAND_SHIFTS; s++) {
        for (int64_t i = 0; i < c->n * (BAND + 1); i++)
            a[i] = band[i];
        for (int64_t i = 0; i < c->n; i++) {
            const long double *of = a + i * (BAND + 1), pivot = of[0] + band_shifts[s];
            value[s] += log1pl(of[0] / band_shifts[s]);
            for (int64_t j = 1; j <= BAND && i + j < c->n; j++)
                for (int64_t t = j; t <= BAND && i + t < c->n; t++)
                    a[(i + j) * (BAND + 1) + t - j] -= of[j] * of[t] / pivot;
        }
        bound[s] = 32 * U * value[s];
    }
    free(a);
}

#define ROW(fill_of_row)                                                                                               \
    {                                                                                                                  \
        .fill = fill_of_row, .bytes = 8, .per_n = 1                                                                    \
    }
#define FLOATS                                                                                                         \
    {                                                                                                                  \
        .fill = fill_floats, .bytes = 4, .per_n = 1                                                                    \
    }
#define SQUARE                                                                                                         \
    {                                                                                                                  \
        .fill = fill_normal, .bytes = 8, .per_square = 1                                                               \
    }
#define FLOAT_SQUARE                                                                                                   \
    {                                                                                                                  \
        .fill = fill_floats, .bytes = 4, .per_square = 1                                                               \
    }

const kernel_case matrix_cases[] = {
    {"states of f64",
     states_f64,
     exact_states_f64,
     {ROW(fill_normal), ROW(fill_normal), ROW(fill_normal)},
     {.bytes = 8, .size = 2, .per_n = 3},
     0,
     0},
    {"states of f32",
     states_f32,
     exact_states_f32,
     {FLOATS, ROW(fill_normal), ROW(fill_normal)},
     {.bytes = 8, .size = 2, .per_n = 3},
     0,
     0},
    {"states.prepare_f32",
     prepare_f32,
     exact_prepare_f32,
     {FLOATS, ROW(fill_normal), ROW(fill_normal)},
     {.bytes = 4, .per_n = 1},
     0,
     0},
    {"symmetric_f64.product", product_f64, exact_product_f64, {SQUARE, SQUARE}, {.bytes = 8, .per_square = 1}, 0, 129},
    {"symmetric_f32.product",
     product_f32,
     exact_product_f32,
     {FLOAT_SQUARE, FLOAT_SQUARE},
     {.bytes = 4, .per_square = 1},
     0,
     129},
    {"symmetric_f64.transpose", transpose_f64, exact_transpose_f64, {SQUARE}, {.bytes = 8, .per_square = 1}, 0, 129},
    {"symmetric_f32.transpose",
     transpose_f32,
     exact_transpose_f32,
     {FLOAT_SQUARE},
     {.bytes = 4, .per_square = 1},
     0,
     129},
    {"small.interleave_f32",
     interleave_f32,
     exact_interleave_f32,
     {{.fill = fill_floats, .bytes = 4, .per_n = 16}},
     {.bytes = 4, .per_n = 16},
     0,
     257},
    {"small.interleave_f64",
     interleave_f64,
     exact_interleave_f64,
     {{.fill = fill_normal, .bytes = 8, .per_n = 8}},
     {.bytes = 8, .per_n = 8},
     0,
     257},
    {"small.pack, tridiagonal_f64",
     reduce_f64,
     NULL,
     {{.fill = fill_normal, .bytes = 8, .per_square = 8}},
     {.bytes = 8, .size = 24, .per_n = 16},
     0,
     24},
    {"small.pack, tridiagonal_f32",
     reduce_f32,
     NULL,
     {{.fill = fill_floats, .bytes = 4, .per_square = 16}},
     {.bytes = 4, .size = 48, .per_n = 32},
     0,
     24},
    {"symmetric_f64.reflect",
     reflect_f64,
     NULL,
     {{.fill = fill_normal, .bytes = 8, .per_n = 16}},
     {.bytes = 8, .size = 512, .per_n = 16},
     16,
     0},
    {"symmetric_f32.reflect",
     reflect_f32,
     NULL,
     {{.fill = fill_floats, .bytes = 4, .per_n = 16}},
     {.bytes = 4, .size = 512, .per_n = 16},
     16,
     0},
    {"small.log_det",
     log_det,
     exact_log_det,
     {{.fill = fill_diagonals, .bytes = 8, .per_n = 8}, {.fill = fill_squares, .bytes = 8, .per_n = 8}},
     {.bytes = 8, .size = 32},
     0,
     129},
    {"band.log_dets",
     band_log_dets,
     exact_band_log_dets,
     {{.fill = fill_band, .bytes = 8, .per_n = BAND + 1}},
     {.bytes = 8, .size = 8},
     0,
     257},
    {0}};
