/* SPDX-License-Identifier: MIT
 * Student's t against closed forms, published tables and 40-digit values. */
#include "../support.h"
#include "numeric/student.h"

static const double pi = 3.14159265358979323846;

/* The printed tables of two-sided 95 % and 99 % points, three decimals. */
START_TEST(quantiles_agree_with_the_published_table)
{
    const struct {
        double freedom, t95, t99;
    } table[] = {{1, 12.706, 63.657}, {2, 4.303, 9.925},  {3, 3.182, 5.841},  {4, 2.776, 4.604},  {5, 2.571, 4.032},
                 {6, 2.447, 3.707},   {8, 2.306, 3.355},  {10, 2.228, 3.169}, {15, 2.131, 2.947}, {20, 2.086, 2.845},
                 {30, 2.042, 2.750},  {60, 2.000, 2.660}, {120, 1.980, 2.617}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        ck_assert_double_eq_tol(info_i_student_quantile(0.95, table[i].freedom), table[i].t95, 5.01e-4);
        ck_assert_double_eq_tol(info_i_student_quantile(0.99, table[i].freedom), table[i].t99, 5.01e-4);
    }
}
END_TEST

/* Roots of the tail in 40-digit arithmetic (mpmath's betainc). */
START_TEST(quantiles_agree_with_high_precision)
{
    const struct {
        double confidence, freedom, t;
    } oracle[] = {
        {0.9, 1, 6.3137515146750431},      {0.999, 1, 636.619248768719616},  {0.5, 2, 0.816496580927726033},
        {0.95, 2, 4.30265272974946385},    {0.95, 3, 3.18244630528370959},   {0.999, 3, 12.9239786366874831},
        {0.5, 5, 0.726686843800422653},    {0.99, 5, 4.03214298355522808},   {0.95, 10, 2.22813885198627475},
        {0.95, 30, 2.04227245630123831},   {0.999, 30, 3.64595863504202182}, {0.9, 100, 1.66023432608533956},
        {0.95, 1000, 1.96233908082640848}, {0.99, 1e5, 2.5758784699083753},  {0.95, 2.5, 3.57465484200368322}};
    for (size_t i = 0; i < sizeof oracle / sizeof oracle[0]; i++)
        assert_close(info_i_student_quantile(oracle[i].confidence, oracle[i].freedom), oracle[i].t, 2e-13);
}
END_TEST

START_TEST(tails_have_closed_forms_for_small_freedom)
{
    for (double t = 1e-6; t < 1e6; t *= 3.7) {
        assert_close(info_i_student_tail(t, 1), atan2(1, t) / pi, 4e-15);
        const double s = sqrt(2 + t * t); /* (1 - t / s) / 2 without cancellation */
        assert_close(info_i_student_tail(t, 2), 1 / (s * (s + t)), 4e-15);
    }
}
END_TEST

START_TEST(a_quantile_inverts_the_tail)
{
    for (double freedom = 0.5; freedom < 1e6; freedom *= 2.3)
        for (double confidence = 0.01; confidence < 1; confidence += 0.07)
            assert_close(2 * info_i_student_tail(info_i_student_quantile(confidence, freedom), freedom), 1 - confidence,
                         1e-14);
    ck_assert_double_eq(info_i_student_quantile(0, 7), 0);
    assert_close(info_i_student_tail(0, 7), 0.5, 4e-15);
    ck_assert_double_eq(info_i_student_tail(INFINITY, 7), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        quantiles_agree_with_the_published_table,
        quantiles_agree_with_high_precision,
        tails_have_closed_forms_for_small_freedom,
        a_quantile_inverts_the_tail,
        NULL,
    };
    return run_tests("numeric student", tests);
}
