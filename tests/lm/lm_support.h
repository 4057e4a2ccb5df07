/* SPDX-License-Identifier: MIT
 * What the tests of this family share: an example with 20-digit values (mpmath, 50 digits
 * internally), rows of each type, and a generator. */
#ifndef TESTS_LM_SUPPORT_H
#define TESTS_LM_SUPPORT_H

#include "info/info.h"
#include "../support.h"
#include "numeric/convert.h"

#define NINF (-INFINITY)
static const double example_x[8] = {1.5, -0.25, 3, 0, -2, 2.75, NINF, 0.5};
static const double example_y[8] = {1.25, 0.5, 2, -1, -2.5, 3.5, -4, 0.125};

static inline info_matrix matrix_of(const void *data, int64_t rows, int64_t cols, info_dtype dtype)
{
    info_matrix m;
    ck_assert_int_eq(info_matrix_init(&m, data, rows, cols, dtype), INFO_OK);
    return m;
}

static inline info_ctx *context(int32_t threads, info_cpu cpu)
{
    const info_ctx_options options = {.struct_size = sizeof options, .threads = threads, .cpu = cpu};
    info_ctx *ctx = NULL;
    const info_status status = info_ctx_create(&options, &ctx);
    ck_assert(status == INFO_OK || status == INFO_ERROR_UNSUPPORTED);
    return ctx;
}

/* |a - b| <= bound; infinities must be equal. */
static inline void assert_within(double a, double b, double bound)
{
    if (a != b && !(fabs(a - b) <= bound))
        ck_abort_msg("%.17g is not %.17g within %.3g (off by %.3g)", a, b, bound, fabs(a - b));
}

/* Numbers in [0, 1) that every machine draws alike (splitmix64). */
static inline double uniform(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* About normal: the sum of twelve. */
static inline double normal(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform(state);
    return sum;
}

/* values rounded to a type, in out (8 bytes per element are enough), and back in values. */
static inline void round_to_type(double *values, int64_t count, info_dtype dtype, void *out)
{
    const info_matrix_out to = {out, 1, count, count, 1, dtype, 0};
    info_i_put_row_f64(&to, 0, 0, count, values);
    const info_matrix from = matrix_of(out, 1, count, dtype);
    info_i_get_row_f64(&from, 0, 0, count, values);
}

#endif
