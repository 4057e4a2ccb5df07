/* SPDX-License-Identifier: MIT
 * Small symmetric matrices in the f64_register of vectors. */
#include <math.h>
#include <stdbool.h>

#include "kernels/level.h"
#include "kernels/small.h"
#include "kernels/vector.h"

#define PARTS (64 / REGISTER_BYTES)
#define AT(i) ((i)*PARTS)

#define real float
#define vec f32_register
#define ivec i32_register
#define NAME(name) name##_f32
#define SQRT sqrtf
#define TINY 1e-30f
#include "kernels/small_type.h"
#undef real
#undef vec
#undef ivec
#undef NAME
#undef SQRT
#undef TINY

#define real double
#define vec f64_register
#define ivec i64_register
#define NAME(name) name##_f64
#define SQRT sqrt
#define TINY 1e-250
#include "kernels/small_type.h"

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
        f32_transpose(r, out + INFO_I_LANES_F32 * j, INFO_I_LANES_F32);
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

#define SHIFTS INFO_I_SMALL_SHIFTS

/* Eight f64_register of a part of the vectors at SHIFTS shifts. */
typedef struct log_dets {
    f64_register value[SHIFTS]; /* the logarithm less that of rest */
    f64_register rest[SHIFTS];  /* not above 0 where a leading minor is not */
} log_dets;

/* From n * shift = FAR on the terms log(1 + y) are summed by themselves: a product would keep them only to
 * 2^-53 of 1. There |y| is below 2^-7, the matrices having trace 1, and TERMS of the series enough. */
#define FAR 0x1p14
#define TERMS 8

static void log_det_far(int64_t n, const f64_register *d, const f64_register *squares, const double *shift,
                        log_dets *out)
{
    for (int s = 0; s < SHIFTS; s++) {
        const double inverse = 1 / shift[s];
        f64_register excess = d[0], total = d[0] * 0;
        for (int64_t i = 0; i < n; i++) {
            if (i > 0)
                excess = d[AT(i)] - squares[AT(i - 1)] / (excess + shift[s]);
            const f64_register y = excess * inverse;
            f64_register series = y * 0;
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
static void log_det_near(int64_t n, const f64_register *d, const f64_register *squares, const double *shift,
                         log_dets *out)
{
    f64_register before[SHIFTS], minor[SHIFTS];
    i64_register signs[SHIFTS], exponents[SHIFTS];
    double inverse[SHIFTS];
    for (int s = 0; s < SHIFTS; s++) {
        inverse[s] = 1 / shift[s];
        before[s] = d[0] * 0 + 1;
        minor[s] = d[0] * inverse[s] + 1;
        signs[s] = (i64_register)minor[s];
        exponents[s] = signs[s] & 0;
    }
    for (int64_t i = 1; i < n; i++)
        for (int s = 0; s < SHIFTS; s++) {
            const f64_register next =
                (d[AT(i)] * inverse[s] + 1) * minor[s] - squares[AT(i - 1)] * (inverse[s] * inverse[s]) * before[s];
            before[s] = minor[s];
            minor[s] = next;
            signs[s] |= (i64_register)next;
            if (i % 8 == 0) {
                const i64_register exponent = ((i64_register)next >> MANTISSA_BITS) - EXPONENT_BIAS;
                const f64_register power = (f64_register)((EXPONENT_BIAS - exponent) << MANTISSA_BITS);
                before[s] *= power;
                minor[s] *= power;
                exponents[s] += exponent;
            }
        }
    for (int s = 0; s < SHIFTS; s++) {
        out->value[s] = __builtin_convertvector(exponents[s], f64_register) * 0.693147180559945309417;
        out->rest[s] = (f64_register)((i64_register)minor[s] | (signs[s] & INT64_MIN));
    }
}

static void log_det(int64_t n, const double *d, const double *squares, const double *shift, double *out)
{
    const int64_t width = REGISTER_BYTES / (int64_t)sizeof(double);
    for (int64_t part = 0; part < PARTS; part++) {
        log_dets dets;
        ((double)n * shift[0] >= FAR ? log_det_far : log_det_near)(n, (const f64_register *)(const void *)d + part,
                                                                   (const f64_register *)(const void *)squares + part,
                                                                   shift, &dets);
        for (int s = 0; s < SHIFTS; s++)
            for (int64_t l = 0; l < width; l++)
                out[8 * s + part * width + l] = dets.rest[s][l] > 0 ? dets.value[s][l] + log(dets.rest[s][l]) : NAN;
    }
}

const info_i_small_kernels RN(small_kernels) = {interleave_f32,  interleave_f64,  pack_f32, pack_f64,
                                                tridiagonal_f32, tridiagonal_f64, log_det};
