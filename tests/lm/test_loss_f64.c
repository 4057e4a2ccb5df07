/* SPDX-License-Identifier: MIT
 * Losses in f64 by kernels, against their formulas in long double: models that are near, apart and far, with a softcap and
 * without, tokens of probability 0 and of hardly any. */
#include <float.h>
#include <stdbool.h>

#include "lm_support.h"

#define V 531

typedef struct reference {
    long double p[V], q[V], d[V]; /* probabilities, log(p / q) */
    long double loss, gradient[V], largest;
} reference;

static long double cap_of(long double x, long double cap)
{
    return cap > 0 && isfinite((double)x) ? cap * tanhl(x / cap) : x;
}

static long double shares(const double *x, double cap, long double *out)
{
    long double top = -HUGE_VALL, sum = 0;
    for (int j = 0; j < V; j++)
        top = fmaxl(top, cap_of(x[j], cap));
    for (int j = 0; j < V; j++)
        sum += expl(cap_of(x[j], cap) - top);
    for (int j = 0; j < V; j++)
        out[j] = expl(cap_of(x[j], cap) - top) / sum;
    return top + logl(sum);
}

static long double log_to_mixture(const reference *r, int j, long double b)
{
    return -log1pl(b * expm1l(r->d[j]));
}

/* The slope g of a divergence by q, up to a constant, and its term. */
static long double slope(const reference *r, int j, info_divergence which, long double b)
{
    switch (which) {
    case INFO_DIVERGENCE_REVERSE:
        return -r->d[j];
    case INFO_DIVERGENCE_JS:
        return (1 - b) * log_to_mixture(r, j, b);
    default:
        return (r->d[j] < 0) * 0.5L - (r->d[j] > 0) * 0.5L;
    }
}

static long double term(const reference *r, int j, info_divergence which, long double b)
{
    const long double p = r->p[j], q = r->q[j], d = r->d[j];
    switch (which) {
    case INFO_DIVERGENCE_FORWARD:
        return p * (expm1l(-d) + d); /* p d - p + q */
    case INFO_DIVERGENCE_REVERSE:
        return q * (expm1l(d) - d);
    case INFO_DIVERGENCE_JS:
        return b * p * (d + log_to_mixture(r, j, b)) + (1 - b) * q * log_to_mixture(r, j, b);
    default:
        return fabsl(p - q) / 2;
    }
}

/* dy / dx */
static long double through(const double *x, int j, double cap)
{
    const long double t = cap > 0 ? tanhl(x[j] / (long double)cap) : 0;
    return 1 - t * t;
}

static void refer(const double *x, const double *y, double cap, info_divergence which, double beta, reference *r)
{
    const long double apart = shares(x, cap, r->p) - shares(y, cap, r->q);
    long double center = 0;
    r->loss = r->largest = 0;
    for (int j = 0; j < V; j++) {
        r->d[j] = (cap_of(x[j], cap) - cap_of(y[j], cap)) - apart;
        if (r->q[j] == 0)
            continue;
        r->loss += term(r, j, which, beta);
        if (which != INFO_DIVERGENCE_FORWARD)
            center += r->q[j] * slope(r, j, which, beta);
    }
    for (int j = 0; j < V; j++) {
        const long double g = which == INFO_DIVERGENCE_FORWARD ? r->p[j] * expm1l(-r->d[j])
                                                               : r->q[j] * (slope(r, j, which, beta) - center);
        r->gradient[j] = r->q[j] == 0 ? 0 : g * through(y, j, cap);
        r->largest = fmaxl(r->largest, fabsl(r->gradient[j]));
    }
}

/* How far apart the models are. The reference's d is good to 1e-18: at 1e-6 to 1e-12 of it. d is exact in the logits but for
 * a few roundings of itself, and softcap's differences are good to 2e-13 (logs_f64.h): 4e-12 of the largest element is room
 * for both. */
static const double distances[] = {1e-6, 0.3, 20};
static const double caps[] = {0, 30};

/* Not so under valgrind, which rounds long doubles to doubles: the formulas, which cancel, are then no better than the code. */
static bool has_long_doubles(void)
{
    const volatile long double one = 1, least = LDBL_EPSILON;
    return one + least != one;
}

START_TEST(divergences_and_gradients_are_their_formulas)
{
    static double x[V], y[V], gradient[V];
    static reference r;
    uint64_t state = 3;
    for (size_t s = 0; s < 3 && has_long_doubles(); s++)
        for (info_divergence which = INFO_DIVERGENCE_FORWARD; which <= INFO_DIVERGENCE_TV; which++)
            for (int skewed = 0; skewed < (which == INFO_DIVERGENCE_JS ? 2 : 1); skewed++)
                for (int c = 0; c < 2; c++) {
                    for (int j = 0; j < V; j++) {
                        x[j] = j % 101 == 7 ? NINF : 2 * normal(&state);
                        y[j] = x[j] + distances[s] * normal(&state);
                    }
                    const info_matrix teacher = matrix_of(x, 1, V, INFO_F64), student = matrix_of(y, 1, V, INFO_F64);
                    const info_matrix_out out = {gradient, 1, V, V, 1, INFO_F64, 0};
                    const info_loss_options options = {.struct_size = sizeof options,
                                                       .divergence = which,
                                                       .softcap = caps[c],
                                                       .js_beta = skewed ? 0.2 : 0};
                    info_loss_result result;
                    ck_assert_int_eq(info_loss_divergence(NULL, &teacher, &student, &options, &result, &out), INFO_OK);
                    refer(x, y, caps[c], which, skewed ? 0.2 : 0.5, &r);
                    assert_close(result.loss, (double)r.loss, 4e-12);
                    for (int j = 0; j < V; j++)
                        assert_within(gradient[j], (double)r.gradient[j], 4e-12 * (double)r.largest);
                }
}
END_TEST

START_TEST(cross_entropy_and_entropy_are_their_formulas)
{
    static double y[V], weights[V], gradient[V];
    static reference r;
    uint64_t state = 4;
    const int64_t target = 5;
    for (int j = 0; j < V; j++) {
        y[j] = j % 101 == 7 ? NINF : 2 * normal(&state);
        weights[j] = uniform(&state);
    }
    const info_matrix logits = matrix_of(y, 1, V, INFO_F64);
    const info_matrix_out out = {gradient, 1, V, V, 1, INFO_F64, 0};
    for (int c = 0; c < 2; c++) {
        info_loss_options options = {.struct_size = sizeof options,
                                     .softcap = caps[c],
                                     .label_smoothing = 0.1,
                                     .z_loss = 0.01,
                                     .class_weights = weights,
                                     .class_weights_len = V,
                                     .reduction = INFO_REDUCTION_SUM};
        info_loss_result result;
        const long double lse = shares(y, caps[c], r.q);
        long double smooth = 0, all = 0, classes = 0, entropy = 0;
        for (int j = 0; j < V; j++)
            if (r.q[j] > 0) {
                smooth -= weights[j] * logl(r.q[j]);
                all += weights[j];
                classes++;
                entropy -= r.q[j] * logl(r.q[j]);
            }
        const long double loss =
            -0.9L * weights[target] * logl(r.q[target]) + 0.1L / classes * smooth + 0.01L * lse * lse;
        ck_assert_int_eq(info_loss_cross_entropy(NULL, &logits, &target, 1, &options, &result, &out), INFO_OK);
        assert_close(result.loss, (double)loss, 1e-12);
        for (int j = 0; j < V; j++) {
            const long double g = 0.9L * weights[target] * (r.q[j] - (j == target)) +
                                  0.1L / classes * (r.q[j] * all - weights[j]) + 0.02L * lse * r.q[j];
            assert_within(gradient[j], r.q[j] > 0 ? (double)(g * through(y, j, caps[c])) : 0, 1e-13);
        }
        options.label_smoothing = options.z_loss = 0;
        options.class_weights = NULL;
        ck_assert_int_eq(info_loss_entropy(NULL, &logits, &options, &result, &out), INFO_OK);
        assert_close(result.loss, (double)entropy, 1e-12);
        for (int j = 0; j < V; j++)
            assert_within(gradient[j],
                          r.q[j] > 0 ? (double)(-r.q[j] * (logl(r.q[j]) + entropy) * through(y, j, caps[c])) : 0,
                          1e-13);
    }
}
END_TEST

/* Two tokens change places, the third keeps its probability: the sign of its difference is 0, and the center that of the
 * other two: s - sum q s = -(q_1 - q_2) / 2. */
START_TEST(tokens_of_equal_probability_take_part_in_the_center)
{
    const double x[3] = {2, 0, 1}, y[3] = {2, 1, 0};
    double gradient[3];
    const info_matrix teacher = matrix_of(x, 1, 3, INFO_F64), student = matrix_of(y, 1, 3, INFO_F64);
    const info_matrix_out out = {gradient, 1, 3, 3, 1, INFO_F64, 0};
    const info_loss_options options = {.struct_size = sizeof options, .divergence = INFO_DIVERGENCE_TV};
    info_loss_result result;
    ck_assert_int_eq(info_loss_divergence(NULL, &teacher, &student, &options, &result, &out), INFO_OK);
    const double sum = exp(2) + exp(1) + 1, q0 = exp(2) / sum, q1 = exp(1) / sum, q2 = 1 / sum;
    const double center = (q1 - q2) / 2;
    assert_close(gradient[0], -q0 * center, 1e-14);
    assert_close(gradient[1], q1 * (0.5 - center), 1e-14);
    assert_close(gradient[2], q2 * (-0.5 - center), 1e-14);
}
END_TEST

/* q = exp(-740) is below the normal numbers, p / q beyond the largest. As q goes to 0 the gradient does too. */
START_TEST(a_probability_of_hardly_anything_has_hardly_any_gradient)
{
    const double x[2] = {0, 0}, y[2] = {0, -740};
    double gradient[2];
    const info_matrix teacher = matrix_of(x, 1, 2, INFO_F64), student = matrix_of(y, 1, 2, INFO_F64);
    const info_matrix_out out = {gradient, 1, 2, 2, 1, INFO_F64, 0};
    for (info_divergence which = INFO_DIVERGENCE_REVERSE; which <= INFO_DIVERGENCE_TV; which++) {
        const info_loss_options options = {.struct_size = sizeof options, .divergence = which};
        info_loss_result result;
        ck_assert_int_eq(info_loss_divergence(NULL, &teacher, &student, &options, &result, &out), INFO_OK);
        ck_assert(isfinite(result.loss));
        assert_within(gradient[1], 0, 1e-300);
        assert_within(gradient[0], 0, 1e-300);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {divergences_and_gradients_are_their_formulas,
                                  cross_entropy_and_entropy_are_their_formulas,
                                  tokens_of_equal_probability_take_part_in_the_center,
                                  a_probability_of_hardly_anything_has_hardly_any_gradient, NULL};
    return run_tests("losses in f64", tests);
}
