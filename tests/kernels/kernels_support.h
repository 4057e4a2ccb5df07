/* SPDX-License-Identifier: MIT
 *
 * kernels_support.h: what a kernel's test says of it: what it is given, how it is called, what should come out in long
 * double, and how far from that it may be. test_kernels.c calls each at every level, with all arrays between guard pages.
 */
#ifndef TESTS_KERNELS_SUPPORT_H
#define TESTS_KERNELS_SUPPORT_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "info/base.h"
#include "kernels/kernels.h"

#define U 0x1p-53L      /* half a unit in the last place of 1, in doubles */
#define U32 0x1p-24L    /* and in floats */
#define ORACLE 0x1p-62L /* what an operation of the oracle may be off by, and the sum of a few */

typedef struct kernel_call {
    int64_t n;
    const void *in[4];
    void *out;
} kernel_call;

/* Sets an array of count elements. The state is of a generator, see uniform(). */
typedef void (*fill_fn)(void *array, int64_t count, uint64_t *state);

/* An array of size + n per_n + n^2 per_square elements. */
typedef struct kernel_array {
    fill_fn fill;
    int32_t bytes, size, per_n, per_square; /* of an element; how many */
} kernel_array;

typedef struct kernel_case {
    const char *name;
    void (*run)(const info_i_kernels *kernels, const kernel_call *call);
    /* value[i], and the largest |out[i] - value[i]|; a bound of 0 asks for the same number. NULL: levels are compared only */
    void (*oracle)(const kernel_call *call, long double *value, long double *bound);
    kernel_array in[4], out; /* out: of doubles, or of floats */
    int32_t multiple, most;  /* n is a multiple of it (0: 1), and at most this (0: any) */
} kernel_case;

/* Ends in one without a name. */
extern const kernel_case row_cases[], log_cases[], mixture_cases[], float_cases[], matrix_cases[];

/* Numbers in [0, 1) that every machine draws alike (splitmix64). */
static inline double uniform(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* About normal. */
static inline double normal(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform(state);
    return sum;
}

static inline void fill_normal(void *array, int64_t count, uint64_t *state)
{
    double *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = normal(state);
}

/* In (0, 1), of very different sizes; a tenth are 0. */
static inline void fill_weights(void *array, int64_t count, uint64_t *state)
{
    double *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = uniform(state) < 0.1 ? 0 : exp(-9 * uniform(state));
}

/* The same without 0. */
static inline void fill_positive(void *array, int64_t count, uint64_t *state)
{
    double *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = exp(-9 * uniform(state));
}

/* Logits at most 0; a tenth are -inf. */
static inline void fill_logits(void *array, int64_t count, uint64_t *state)
{
    double *x = array;
    for (int64_t i = 0; i < count; i++)
        x[i] = uniform(state) < 0.1 ? -INFINITY : -5 * fabs(normal(state));
}

static inline long double square(long double x)
{
    return x * x;
}

/* exp(-d) - 1 + d */
static inline long double psi(long double d)
{
    if (fabsl(d) > 0.25L)
        return expm1l(-d) + d;
    long double term = square(d) / 2, sum = 0;
    for (int k = 3; k < 24; k++) {
        sum += term;
        term *= -d / k;
    }
    return sum;
}

/* A sum, and another of magnitudes, of whose rounding the bound is made. */
typedef struct oracle_sum {
    long double value, magnitude;
} oracle_sum;

static inline void add_term(oracle_sum *s, long double term)
{
    s->value += term;
    s->magnitude += fabsl(term);
}

#endif
