/* SPDX-License-Identifier: MIT
 * What the tests of joint tables share: short calls, and tables of random numbers. */
#ifndef TESTS_JOINT_TABLES_H
#define TESTS_JOINT_TABLES_H

#include "../support.h"
#include "info/info.h"

#define MAX_CELLS (1 << 21)

static inline uint64_t axis(int k)
{
    return UINT64_C(1) << k;
}

static inline double ulps(double n)
{
    return n * 0x1p-52;
}

static const info_joint_options counts = {.struct_size = sizeof counts, .kind = INFO_COUNTS};
static const info_joint_options counts_in_bits = {
    .struct_size = sizeof counts_in_bits, .kind = INFO_COUNTS, .unit = INFO_BIT};

/* A row-major table of doubles. Lengths are kept in the struct. */
typedef struct doubles_table {
    info_table view;
    int64_t shape[INFO_MAX_AXES];
    double *cells;
    int64_t count;
} doubles_table;

static inline void make_table(doubles_table *t, int ndim, const int64_t *shape)
{
    t->count = 1;
    for (int k = 0; k < ndim; k++)
        t->count *= t->shape[k] = shape[k];
    t->cells = calloc((size_t)t->count, sizeof *t->cells);
    ck_assert_ptr_nonnull(t->cells);
    ck_assert_int_eq(info_table_init(&t->view, t->cells, ndim, t->shape, NULL, INFO_F64), INFO_OK);
}

static inline void free_table(doubles_table *t)
{
    free(t->cells);
}

/* A linear congruential sequence; uniform in (0, 1). */
static inline double next_uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 11) + 0.5) * 0x1p-53;
}

/* Weights spread over many orders of magnitude, with some zeros. */
static inline void fill_random(doubles_table *t, uint64_t seed)
{
    for (int64_t i = 0; i < t->count; i++) {
        const double u = next_uniform(&seed);
        t->cells[i] = u < 0.1 ? 0 : pow(next_uniform(&seed), 4);
    }
}

static inline double entropy(const info_table *t, uint64_t axes, uint64_t given, const info_joint_options *options)
{
    double value = NAN;
    ck_assert_int_eq(info_joint_entropy(NULL, t, axes, given, options, &value), INFO_OK);
    return value;
}

static inline double information(const info_table *t, uint64_t a, uint64_t b, uint64_t given,
                                 const info_joint_options *options)
{
    double value = NAN;
    ck_assert_int_eq(info_mutual_information(NULL, t, a, b, given, options, &value), INFO_OK);
    return value;
}

#endif
