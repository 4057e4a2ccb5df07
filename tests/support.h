/* SPDX-License-Identifier: MIT
 * What every test program shares: running a list of tests, and comparing doubles. */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Runs a suite; the program's exit status. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Runs the tests of one file, NULL at the end; the program's exit status. */
static inline int run_tests(const char *name, const TTest *const *tests)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 120);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* |a - b| <= relative * |b|, naming both on failure; infinities must be equal. */
static inline void assert_close(double a, double b, double relative)
{
    if (a != b && !(fabs(a - b) <= relative * fabs(b)))
        ck_abort_msg("%.17g is not %.17g within %.3g relative (off by %.3g)", a, b, relative, fabs(a - b) / fabs(b));
}

static inline void assert_same_bits(double a, double b)
{
    if (memcmp(&a, &b, sizeof a) != 0)
        ck_abort_msg("%.17g and %.17g differ in their bits", a, b);
}

#endif
