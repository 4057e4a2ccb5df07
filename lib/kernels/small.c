/* SPDX-License-Identifier: MIT
 * Small symmetric matrices in the lanes of vectors. */
#include <math.h>
#include <stdbool.h>

#include "kernels/level.h"
#include "kernels/small.h"
#include "kernels/transpose_f32.h"

#if INFO_I_LEVEL == 3
#define VECTOR_BYTES 64
#elif INFO_I_LEVEL == 2
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define PARTS (64 / VECTOR_BYTES)
#define AT(i) ((i)*PARTS)

#define real float
#define integer int32_t
#define NAME(name) name##_f32
#define SQRT sqrtf
#define TINY 1e-30f
#include "kernels/small_tmpl.h"
#undef real
#undef integer
#undef NAME
#undef SQRT
#undef TINY

#define real double
#define integer int64_t
#define NAME(name) name##_f64
#define SQRT sqrt
#define TINY 1e-250
#include "kernels/small_tmpl.h"

/* Sixteen columns at a time: rows of matrices that lie apart by a power of two meet in the same set of the
 * cache, and none of their lines is to be needed twice. */
static void interleave_f32(int64_t n, const float *const *row, float *restrict out)
{
    const float *r[INFO_I_LANES_F32];
    int64_t j = 0;
    for (; j + 16 <= n; j += 16) {
        for (int l = 0; l < INFO_I_LANES_F32; l++) {
            r[l] = row[l] + j;
            __builtin_prefetch(r[l] + 6 * n); /* of rows that follow, if they do */
        }
        transpose16_f32(r, out + INFO_I_LANES_F32 * j, INFO_I_LANES_F32);
    }
    for (; j < n; j++)
        for (int l = 0; l < INFO_I_LANES_F32; l++)
            out[INFO_I_LANES_F32 * j + l] = row[l][j];
}

/* A group of stores that compilers make shuffles of. */
static void interleave_f64(int64_t n, const double *const *row, double *restrict out)
{
    const double *r[INFO_I_LANES_F64];
    for (int l = 0; l < INFO_I_LANES_F64; l++)
        r[l] = row[l];
    for (int64_t j = 0; j < n; j++)
        for (int l = 0; l < INFO_I_LANES_F64; l++)
            out[INFO_I_LANES_F64 * j + l] = r[l][j];
}

typedef double lanes __attribute__((vector_size(VECTOR_BYTES), aligned(VECTOR_BYTES)));
typedef int64_t bits __attribute__((vector_size(VECTOR_BYTES), aligned(VECTOR_BYTES)));

#define SHIFTS INFO_I_SMALL_SHIFTS

/* Eight lanes of a part of the vectors at SHIFTS shifts. */
typedef struct log_dets {
    lanes value[SHIFTS]; /* the logarithm less that of rest */
    lanes rest[SHIFTS];  /* not above 0 where a leading minor is not */
} log_dets;

/* From n * shift = FAR on the terms log(1 + y) are summed by themselves: a product would keep them only to
 * 2^-53 of 1. There |y| is below 2^-7, the matrices having trace 1, and TERMS of the series enough. */
#define FAR 0x1p14
#define TERMS 8

static void log_det_far(int64_t n, const lanes *d, const lanes *squares, const double *shift, log_dets *out)
{
    for (int s = 0; s < SHIFTS; s++) {
        const double inverse = 1 / shift[s];
        lanes excess = d[0], total = d[0] * 0;
        for (int64_t i = 0; i < n; i++) {
            if (i > 0)
                excess = d[AT(i)] - squares[AT(i - 1)] / (excess + shift[s]);
            const lanes y = excess * inverse;
            lanes series = y * 0;
            for (int k = TERMS; k > 0; k--)
                series = 1.0 / k - y * series;
            total += y * series;
        }
        out->value[s] = total;
        out->rest[s] = total * 0 + 1;
    }
}

#define EXPONENT_BIAS 1023
#define MANTISSA_BITS 52

/* Leading minors m of I + T / shift by their recurrence of three terms; powers of two are taken out of them
 * before they can overflow: a minor is at most 1 + 1 / shift times the one before. */
static void log_det_near(int64_t n, const lanes *d, const lanes *squares, const double *shift, log_dets *out)
{
    lanes before[SHIFTS], minor[SHIFTS];
    bits signs[SHIFTS], exponents[SHIFTS];
    double inverse[SHIFTS];
    for (int s = 0; s < SHIFTS; s++) {
        inverse[s] = 1 / shift[s];
        before[s] = d[0] * 0 + 1;
        minor[s] = d[0] * inverse[s] + 1;
        signs[s] = (bits)minor[s];
        exponents[s] = signs[s] & 0;
    }
    for (int64_t i = 1; i < n; i++)
        for (int s = 0; s < SHIFTS; s++) {
            const lanes next =
                (d[AT(i)] * inverse[s] + 1) * minor[s] - squares[AT(i - 1)] * (inverse[s] * inverse[s]) * before[s];
            before[s] = minor[s];
            minor[s] = next;
            signs[s] |= (bits)next;
            if (i % 8 == 0) {
                const bits exponent = ((bits)next >> MANTISSA_BITS) - EXPONENT_BIAS;
                const lanes power = (lanes)((EXPONENT_BIAS - exponent) << MANTISSA_BITS);
                before[s] *= power;
                minor[s] *= power;
                exponents[s] += exponent;
            }
        }
    for (int s = 0; s < SHIFTS; s++) {
        out->value[s] = __builtin_convertvector(exponents[s], lanes) * 0.693147180559945309417;
        out->rest[s] = (lanes)((bits)minor[s] | (signs[s] & INT64_MIN));
    }
}

static void log_det(int64_t n, const double *d, const double *squares, const double *shift, double *out)
{
    const int64_t width = VECTOR_BYTES / (int64_t)sizeof(double);
    for (int64_t part = 0; part < PARTS; part++) {
        log_dets dets;
        ((double)n * shift[0] >= FAR ? log_det_far : log_det_near)(
            n, (const lanes *)(const void *)d + part, (const lanes *)(const void *)squares + part, shift, &dets);
        for (int s = 0; s < SHIFTS; s++)
            for (int64_t l = 0; l < width; l++)
                out[8 * s + part * width + l] = dets.rest[s][l] > 0 ? dets.value[s][l] + log(dets.rest[s][l]) : NAN;
    }
}

const info_i_small_kernels RN(small_kernels) = {interleave_f32,  interleave_f64,  pack_f32, pack_f64,
                                                tridiagonal_f32, tridiagonal_f64, log_det};
