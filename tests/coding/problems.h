/* SPDX-License-Identifier: MIT
 * Problems that the tests of the coding family share. */
#ifndef TESTS_CODING_PROBLEMS_H
#define TESTS_CODING_PROBLEMS_H

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "info/info.h"

/* splitmix64 in [0, 1). */
static inline double uniform(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static inline info_matrix view_of(const double *data, int64_t rows, int64_t cols)
{
    info_matrix m;
    ck_assert_int_eq(info_matrix_init(&m, data, rows, cols, INFO_F64), INFO_OK);
    return m;
}

/* rows distributions; power makes them uneven. */
static inline double *random_rows(uint64_t seed, int64_t rows, int64_t cols, double power)
{
    double *p = malloc((size_t)(rows * cols) * sizeof *p);
    for (int64_t i = 0; i < rows; i++) {
        double sum = 0;
        for (int64_t k = 0; k < cols; k++)
            sum += p[i * cols + k] = pow(uniform(&seed), power);
        for (int64_t k = 0; k < cols; k++)
            p[i * cols + k] /= sum;
    }
    return p;
}

static inline double binary_entropy(double p)
{
    return p <= 0 || p >= 1 ? 0 : -p * log(p) - (1 - p) * log1p(-p);
}

/* The certificate: the truth lies within bounds no further apart than the tolerance. */
#define ck_assert_certified(result, truth)                                                                             \
    do {                                                                                                               \
        ck_assert_int_eq((result).status, INFO_OK);                                                                    \
        ck_assert_double_le((result).lower, (truth));                                                                  \
        ck_assert_double_ge((result).upper, (truth));                                                                  \
        ck_assert_double_le((result).upper - (result).lower, 1.0000001e-9);                                            \
        ck_assert_double_ge((result).value, (result).lower);                                                           \
        ck_assert_double_le((result).value, (result).upper);                                                           \
    } while (0)

#define MAIN(name, ...)                                                                                                \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        Suite *suite = suite_create(name);                                                                             \
        TCase *tests = tcase_create("laws");                                                                           \
        const TTest *const all[] = {__VA_ARGS__};                                                                      \
        tcase_set_timeout(tests, 120);                                                                                 \
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)                                                          \
            tcase_add_test(tests, all[i]);                                                                             \
        suite_add_tcase(suite, tests);                                                                                 \
        SRunner *runner = srunner_create(suite);                                                                       \
        srunner_run_all(runner, CK_ENV);                                                                               \
        const int failed = srunner_ntests_failed(runner);                                                              \
        srunner_free(runner);                                                                                          \
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                                              \
    }

#endif
