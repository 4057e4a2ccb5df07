/* SPDX-License-Identifier: MIT
 * Small symmetric matrices in the lanes of vectors. */
#include <math.h>

#include "kernels/level.h"
#include "kernels/small.h"

#if INFO_I_LEVEL == 3
#define VECTOR_BYTES 64
#elif INFO_I_LEVEL == 2
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define PARTS (64 / VECTOR_BYTES)
#define AT(i) ((i) * PARTS)

#define real float
#define NAME(name) name##_f32
#define SQRT sqrtf
#define TINY 1e-30f
#include "kernels/small_tmpl.h"
#undef real
#undef NAME
#undef SQRT
#undef TINY

#define real double
#define NAME(name) name##_f64
#define SQRT sqrt
#define TINY 1e-250
#include "kernels/small_tmpl.h"

typedef double lanes __attribute__((vector_size(VECTOR_BYTES), aligned(VECTOR_BYTES)));
typedef int64_t bits __attribute__((vector_size(VECTOR_BYTES), aligned(VECTOR_BYTES)));

/* Above this shift the terms log(1 + y) have |y| below 1/8 and are summed by themselves. */
#define SERIES_FROM 8

#define MANTISSA ((INT64_C(1) << 52) - 1)
#define ONE (INT64_C(1023) << 52)

/* The sum of log(1 + (pivot - shift) / shift) in one part of the lanes; least: the least pivot.
 * log(1 + y), |y| <= 1/8, to 2^-53 takes 17 terms of its series. Below SERIES_FROM products
 * are taken, and exponents out of them before they can overflow: a factor is at most
 * 1 + 1 / shift, as the matrices have trace 1. */
static void log_det_part(int64_t n, const lanes *d, const lanes *squares, double shift, lanes *sum, lanes *product,
                         lanes *least)
{
    const double inverse = 1 / shift;
    lanes pivot = d[0] + shift, excess = d[0], total = d[0] * 0, factors = total + 1, lowest = pivot;
    for (int64_t i = 0; i < n; i++) {
        if (i > 0) {
            excess = d[AT(i)] - squares[AT(i - 1)] / pivot;
            pivot = excess + shift;
            const bits lower = pivot < lowest;
            lowest = (lanes)(((bits)pivot & lower) | ((bits)lowest & ~lower));
        }
        const lanes y = excess * inverse;
        if (shift >= SERIES_FROM) {
            lanes series = y * 0;
            for (int k = 17; k > 0; k--)
                series = 1.0 / k - y * series;
            total += y * series;
            continue;
        }
        factors *= 1 + y;
        if (i % 8 == 7 || i + 1 == n) {
            total += __builtin_convertvector(((bits)factors >> 52) - 1023, lanes) * 0.693147180559945309417;
            factors = (lanes)(((bits)factors & MANTISSA) | ONE);
        }
    }
    *sum = total;
    *product = factors;
    *least = lowest;
}

static void log_det(int64_t n, const double *d, const double *squares, double shift, double *out)
{
    for (int64_t part = 0; part < PARTS; part++) {
        lanes sum, product, least;
        log_det_part(n, (const lanes *)(const void *)d + part, (const lanes *)(const void *)squares + part, shift, &sum,
                     &product, &least);
        const int64_t width = VECTOR_BYTES / (int64_t)sizeof(double);
        for (int64_t l = 0; l < width; l++)
            out[part * width + l] = !(least[l] > 0) ? NAN : sum[l] + log(product[l]);
    }
}

#if INFO_I_LEVEL == 3
#define TABLE info_i_small_avx512
#elif INFO_I_LEVEL == 2
#define TABLE info_i_small_avx2
#else
#define TABLE info_i_small_c
#endif

const info_i_small_kernels TABLE = {tridiagonal_f32, tridiagonal_f64, log_det};
