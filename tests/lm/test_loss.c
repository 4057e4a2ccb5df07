/* SPDX-License-Identifier: MIT
 * Losses and their gradients. */
#include "lm_support.h"

enum { ROWS = 3, V = 7 };

/* Any of the losses, by number. */
typedef struct loss_case {
    int kind; /* 0 cross-entropy, 1 entropy, 2 divergence */
    info_loss_options options;
} loss_case;

static const double class_weights[V] = {1, 0.5, 2, 0, 1.5, 1, 3}, row_weights[ROWS] = {1, 0.25, 2};
static const int64_t targets[ROWS] = {2, 6, 0};

static const loss_case cases[] = {
    {0, {0}},
    {0, {.label_smoothing = 0.2, .z_loss = 0.01, .class_weights = class_weights, .class_weights_len = V}},
    {0, {.softcap = 5, .temperature = 0.7, .reduction = INFO_REDUCTION_SUM, .scale = -3}},
    {0, {.row_weights = row_weights, .row_weights_len = ROWS}},
    {1, {0}},
    {1, {.temperature = 2, .scale = -0.5}},
    {2, {.divergence = INFO_DIVERGENCE_FORWARD, .temperature = 2, .scale = 4}},
    {2, {.divergence = INFO_DIVERGENCE_REVERSE}},
    {2, {.divergence = INFO_DIVERGENCE_JS, .js_beta = 0.3, .softcap = 4}},
    {2, {.divergence = INFO_DIVERGENCE_TV, .row_weights = row_weights, .row_weights_len = ROWS}},
    {2, {.divergence = INFO_DIVERGENCE_ACCEPTANCE, .temperature = 0.3, .softcap = 6}},
    {2, {.divergence = INFO_DIVERGENCE_ACCEPTANCE, .temperature = 3, .scale = 2}},
};
#define CASES ((int)(sizeof cases / sizeof *cases))

static info_status run(const loss_case *c, const info_matrix *x, const info_matrix *teacher, info_loss_result *result,
                       const info_matrix_out *gradient)
{
    info_loss_options options = c->options;
    options.struct_size = sizeof options;
    if (c->kind == 0)
        return info_loss_cross_entropy(NULL, x, targets, ROWS, &options, result, gradient);
    if (c->kind == 1)
        return info_loss_entropy(NULL, x, &options, result, gradient);
    return info_loss_divergence(NULL, teacher, x, &options, result, gradient);
}

static info_matrix_out out_of(void *data, info_dtype dtype)
{
    return (info_matrix_out){data, ROWS, V, V, 1, dtype, 0};
}

static void draw(uint64_t seed, double *x)
{
    uint64_t state = seed;
    for (int i = 0; i < ROWS * V; i++)
        x[i] = 2 * normal(&state);
}

/* Central differences of step h err by h^2/6 f''' and 2 eps f / h: 1e-9 at h = 1e-5. */
START_TEST(gradients_are_central_differences)
{
    for (int k = 0; k < CASES; k++) {
        double x[ROWS * V], p[ROWS * V], g[ROWS * V];
        const double h = 1e-5;
        info_loss_result result, up, down;
        draw(61, x);
        draw(67, p);
        const info_matrix logits = matrix_of(x, ROWS, V, INFO_F64), teacher = matrix_of(p, ROWS, V, INFO_F64);
        const info_matrix_out gradient = out_of(g, INFO_F64);
        ck_assert_int_eq(run(&cases[k], &logits, &teacher, &result, &gradient), INFO_OK);
        ck_assert_int_eq(result.rows, ROWS);
        for (int i = 0; i < ROWS * V; i++) {
            const double before = x[i];
            x[i] = before + h;
            ck_assert_int_eq(run(&cases[k], &logits, &teacher, &up, NULL), INFO_OK);
            x[i] = before - h;
            ck_assert_int_eq(run(&cases[k], &logits, &teacher, &down, NULL), INFO_OK);
            x[i] = before;
            assert_within(g[i], (up.loss - down.loss) / (2 * h), 1e-8);
        }
        for (int row = 0; row < ROWS && cases[k].options.softcap == 0 && cases[k].options.z_loss == 0; row++) {
            double sum = 0; /* softmax does not notice a shift */
            for (int i = 0; i < V; i++)
                sum += g[row * V + i];
            assert_within(sum, 0, 1e-14);
        }
    }
}
END_TEST

START_TEST(a_loss_is_the_mean_of_the_measure)
{
    double x[ROWS * V], p[ROWS * V], rows[ROWS];
    info_loss_result result;
    draw(71, x);
    draw(73, p);
    const info_matrix logits = matrix_of(x, ROWS, V, INFO_F64), teacher = matrix_of(p, ROWS, V, INFO_F64);
    ck_assert_int_eq(info_nll(NULL, &logits, targets, ROWS, NULL, rows, ROWS), INFO_OK);
    ck_assert_int_eq(run(&cases[0], &logits, NULL, &result, NULL), INFO_OK);
    assert_close(result.loss, (rows[0] + rows[1] + rows[2]) / ROWS, 1e-14);
    const info_logit_measures h = {.struct_size = sizeof h, .length = ROWS, .entropy = rows};
    ck_assert_int_eq(info_logits_measure(NULL, &logits, NULL, 0, NULL, &h), INFO_OK);
    ck_assert_int_eq(run(&cases[4], &logits, NULL, &result, NULL), INFO_OK);
    assert_close(result.loss, (rows[0] + rows[1] + rows[2]) / ROWS, 1e-14);
    /* torch's KLDivLoss "mean" divides by N V; this divides by N. */
    const info_logit_comparison d = {.struct_size = sizeof d, .length = ROWS, .kl_reverse = rows};
    ck_assert_int_eq(info_logits_compare(NULL, &teacher, &logits, NULL, 0, NULL, &d), INFO_OK);
    ck_assert_int_eq(run(&cases[7], &logits, &teacher, &result, NULL), INFO_OK);
    assert_close(result.loss, (rows[0] + rows[1] + rows[2]) / ROWS, 1e-14);
}
END_TEST

START_TEST(the_cross_entropy_is_its_formula)
{
    const double e = 0.2, l = 0.01;
    double x[ROWS * V], total = 0, weight = 0;
    info_loss_result result;
    draw(79, x);
    const info_matrix logits = matrix_of(x, ROWS, V, INFO_F64);
    ck_assert_int_eq(run(&cases[1], &logits, NULL, &result, NULL), INFO_OK);
    for (int r = 0; r < ROWS; r++) {
        double z = 0, smooth = 0;
        for (int i = 0; i < V; i++)
            z += exp(x[r * V + i]);
        for (int i = 0; i < V; i++)
            smooth += class_weights[i] * (log(z) - x[r * V + i]);
        total += (1 - e) * class_weights[targets[r]] * (log(z) - x[r * V + targets[r]]) + e / V * smooth +
                 l * log(z) * log(z);
        weight += class_weights[targets[r]];
    }
    assert_close(result.loss, total / weight, 1e-14);
    assert_close(result.weight, weight, 1e-15);
}
END_TEST

/* PyTorch divides by the sum of the targets' class weights, 0 included; nothing divided by nothing is 0 here. */
START_TEST(a_mean_over_class_weights_of_zero_is_infinite_or_nothing)
{
    const double x[] = {1, 2, 0}, weights[] = {0, 1, 1};
    const int64_t target = 0;
    double gradient[3];
    info_loss_result result;
    const info_matrix logits = matrix_of(x, 1, 3, INFO_F64);
    const info_matrix_out out = {gradient, 1, 3, 3, 1, INFO_F64, 0};
    info_loss_options options = {.struct_size = sizeof options, .class_weights = weights, .class_weights_len = 3};
    for (int smooth = 0; smooth < 2; smooth++) {
        options.label_smoothing = smooth ? 0.1 : 0;
        ck_assert_int_eq(info_loss_cross_entropy(NULL, &logits, &target, 1, &options, &result, &out), INFO_OK);
        ck_assert_double_eq(result.loss, smooth ? INFINITY : 0);
        ck_assert_double_eq(result.weight, 0);
        ck_assert_int_eq(result.rows, 1);
        for (int i = 0; i < 3; i++)
            ck_assert_double_eq(gradient[i], 0);
    }
    options.reduction = INFO_REDUCTION_SUM;
    ck_assert_int_eq(info_loss_cross_entropy(NULL, &logits, &target, 1, &options, &result, NULL), INFO_OK);
    const double lse = log(exp(1) + exp(2) + 1);
    assert_close(result.loss, 0.1 / 3 * (2 * lse - 2), 1e-14);
}
END_TEST

START_TEST(a_gradient_may_replace_the_logits)
{
    for (info_dtype type = INFO_F64; type <= INFO_BF16; type++)
        for (int k = 0; k < CASES; k++) {
            double x[ROWS * V], p[ROWS * V], in_place[ROWS * V], apart[ROWS * V];
            info_loss_result a, b;
            draw(83, x);
            draw(89, p);
            round_to_type(x, ROWS * V, type, in_place);
            const info_matrix logits = matrix_of(in_place, ROWS, V, type), teacher = matrix_of(p, ROWS, V, INFO_F64);
            const info_matrix_out there = out_of(apart, type), here = out_of(in_place, type);
            ck_assert_int_eq(run(&cases[k], &logits, &teacher, &a, &there), INFO_OK);
            ck_assert_int_eq(run(&cases[k], &logits, &teacher, &b, &here), INFO_OK);
            assert_same_bits(a.loss, b.loss);
            ck_assert_mem_eq(in_place, apart, (size_t)(ROWS * V * info_dtype_size(type)));
        }
}
END_TEST

/* A confident target: p - 1 in bf16 arithmetic would be 0. */
START_TEST(a_bf16_gradient_is_rounded_once)
{
    const float x[2] = {12, 0};
    uint16_t g[2];
    const int64_t target = 0;
    const info_matrix logits = matrix_of(x, 1, 2, INFO_F32);
    const info_matrix_out gradient = {g, 1, 2, 2, 1, INFO_BF16, 0};
    info_loss_result result;
    ck_assert_int_eq(info_loss_cross_entropy(NULL, &logits, &target, 1, NULL, &result, &gradient), INFO_OK);
    const double expected = 1 / (1 + exp(12));
    assert_close((double)info_i_bf16_to_f32(g[0]), -expected, 0x1p-8);
    assert_close((double)info_i_bf16_to_f32(g[1]), expected, 0x1p-8);
}
END_TEST

/* TRL: -inf logits give NaN. */
START_TEST(minus_infinity_has_gradient_zero)
{
    for (int k = 0; k < CASES; k++) {
        double x[ROWS * V], p[ROWS * V], g[ROWS * V];
        info_loss_result result;
        draw(97, x);
        draw(101, p);
        for (int r = 0; r < ROWS; r++)
            x[r * V + 4] = p[r * V + 4] = NINF;
        const info_matrix logits = matrix_of(x, ROWS, V, INFO_F64), teacher = matrix_of(p, ROWS, V, INFO_F64);
        const info_matrix_out gradient = out_of(g, INFO_F64);
        ck_assert_int_eq(run(&cases[k], &logits, &teacher, &result, &gradient), INFO_OK);
        ck_assert(isfinite(result.loss));
        for (int i = 0; i < ROWS * V; i++) {
            ck_assert(isfinite(g[i]));
            if (i % V == 4)
                ck_assert_double_eq(g[i], 0);
        }
    }
}
END_TEST

START_TEST(identical_models_have_loss_and_gradient_zero)
{
    for (int k = 6; k < CASES; k++) {
        double x[ROWS * V], g[ROWS * V];
        info_loss_result result;
        draw(103, x);
        const info_matrix logits = matrix_of(x, ROWS, V, INFO_F64);
        const info_matrix_out gradient = out_of(g, INFO_F64);
        ck_assert_int_eq(run(&cases[k], &logits, &logits, &result, &gradient), INFO_OK);
        ck_assert_double_eq(result.loss, 0);
        for (int i = 0; i < ROWS * V; i++)
            ck_assert_double_eq(g[i], 0);
    }
}
END_TEST

/* torch: NaN. */
START_TEST(all_rows_ignored_is_a_count_of_zero)
{
    double x[ROWS * V], g[ROWS * V];
    const int64_t none[ROWS] = {-100, -100, -100};
    info_loss_result result;
    draw(107, x);
    const info_matrix logits = matrix_of(x, ROWS, V, INFO_F64);
    const info_matrix_out gradient = out_of(g, INFO_F64);
    ck_assert_int_eq(info_loss_cross_entropy(NULL, &logits, none, ROWS, NULL, &result, &gradient), INFO_OK);
    ck_assert_int_eq(result.rows, 0);
    ck_assert_int_eq(result.ignored, ROWS);
    ck_assert_double_eq(result.loss, 0);
    for (int i = 0; i < ROWS * V; i++)
        ck_assert_double_eq(g[i], 0);
}
END_TEST

START_TEST(ignored_and_bad_rows_get_zero_and_leave_the_others_alone)
{
    double x[ROWS * V], g[ROWS * V], alone[V];
    const int64_t some[ROWS] = {-100, 1, 2};
    info_loss_result result, one;
    draw(109, x);
    x[V + 3] = NAN;
    const info_matrix logits = matrix_of(x, ROWS, V, INFO_F64), last = matrix_of(x + 2 * V, 1, V, INFO_F64);
    const info_matrix_out gradient = out_of(g, INFO_F64), single = {alone, 1, V, V, 1, INFO_F64, 0};
    info_ctx *ctx = context(2, 0);
    ck_assert_int_eq(info_loss_cross_entropy(ctx, &logits, some, ROWS, NULL, &result, &gradient), INFO_INVALID_ROWS);
    ck_assert_int_eq(info_ctx_invalid_rows(ctx), 1);
    ck_assert_int_eq(info_loss_cross_entropy(ctx, &last, some + 2, 1, NULL, &one, &single), INFO_OK);
    ck_assert_int_eq(result.rows, 1);
    assert_same_bits(result.loss, one.loss);
    ck_assert_mem_eq(g + 2 * V, alone, sizeof alone);
    for (int i = 0; i < 2 * V; i++)
        ck_assert_double_eq(g[i], 0);
    const info_loss_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    g[0] = 42;
    ck_assert_int_eq(info_loss_cross_entropy(ctx, &logits, some, ROWS, &strict, &result, &gradient), INFO_ERROR_DOMAIN);
    ck_assert_double_eq(g[0], 42);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_infinite_loss_has_no_gradient)
{
    const double p[2] = {0, 1}, q[2] = {0, NINF};
    double g[2] = {7, 7};
    info_loss_result result;
    const info_matrix teacher = matrix_of(p, 1, 2, INFO_F64), student = matrix_of(q, 1, 2, INFO_F64);
    const info_matrix_out gradient = {g, 1, 2, 2, 1, INFO_F64, 0};
    ck_assert_int_eq(info_loss_divergence(NULL, &teacher, &student, NULL, &result, &gradient), INFO_OK);
    ck_assert_double_eq(result.loss, INFINITY);
    ck_assert_double_eq(g[0], 0);
    ck_assert_double_eq(g[1], 0);
}
END_TEST

START_TEST(bad_arguments_are_named)
{
    double x[ROWS * V], g[ROWS * V];
    const double negative[V] = {1, 1, -1, 1, 1, 1, 1};
    draw(113, x);
    const info_matrix logits = matrix_of(x, ROWS, V, INFO_F64);
    const info_matrix_out small = {g, ROWS, V - 1, V, 1, INFO_F64, 0},
                          shifted = {x + 1, ROWS, V - 1, V, 1, INFO_F64, 0};
    const info_matrix_out overlapping = {x, ROWS, V, V, 1, INFO_F32, 0};
    const struct {
        info_loss_options options;
        const info_matrix_out *gradient;
        info_status status;
        const char *name;
    } bad[] = {
        {{.label_smoothing = 1}, NULL, INFO_ERROR_OPTION, "label_smoothing"},
        {{.z_loss = -1}, NULL, INFO_ERROR_OPTION, "z_loss"},
        {{.scale = NAN}, NULL, INFO_ERROR_OPTION, "scale"},
        {{.reduction = 2}, NULL, INFO_ERROR_OPTION, "reduction"},
        {{.class_weights = negative, .class_weights_len = V}, NULL, INFO_ERROR_DOMAIN, "class_weights"},
        {{.class_weights = negative, .class_weights_len = 2}, NULL, INFO_ERROR_SIZE, "class_weights"},
        {{.row_weights = negative, .row_weights_len = 9}, NULL, INFO_ERROR_SIZE, "row_weights"},
        {{0}, &small, INFO_ERROR_SIZE, "gradient"},
        {{0}, &shifted, INFO_ERROR_SIZE, "gradient"},
        {{0}, &overlapping, INFO_ERROR_OVERLAP, "gradient"},
    };
    info_ctx *ctx = context(1, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        info_loss_options options = bad[i].options;
        info_loss_result result;
        options.struct_size = sizeof options;
        ck_assert_int_eq(info_loss_cross_entropy(ctx, &logits, targets, ROWS, &options, &result, bad[i].gradient),
                         bad[i].status);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), bad[i].name));
    }
    info_ctx_destroy(ctx);
}
END_TEST

/* Where both models are all but certain of one token its element is a difference of numbers near 1: minus the sum of the
 * others all the same. Row r holds its peak 12, 24 and 40 nats above the rest. */
START_TEST(certain_rows_have_gradients_that_sum_to_zero)
{
    for (info_dtype type = INFO_F64; type <= INFO_BF16; type++)
        for (int k = 4; k < CASES; k++) {
            double x[ROWS * V], p[ROWS * V], given[ROWS * V], teacher[ROWS * V], g[ROWS * V];
            info_loss_result result;
            draw(127, x);
            draw(131, p);
            for (int r = 0; r < ROWS; r++) {
                x[r * V + 3] = (r == 0 ? 12 : r == 1 ? 24 : 40) + 4;
                p[r * V + 3] = x[r * V + 3] - 1;
            }
            round_to_type(x, ROWS * V, type, given);
            round_to_type(p, ROWS * V, type, teacher);
            const loss_case plain = {cases[k].kind, {.divergence = cases[k].options.divergence}};
            const info_matrix logits = matrix_of(given, ROWS, V, type), to = matrix_of(teacher, ROWS, V, type);
            const info_matrix_out gradient = out_of(g, INFO_F64);
            ck_assert_int_eq(run(&plain, &logits, &to, &result, &gradient), INFO_OK);
            for (int r = 0; r < ROWS; r++) {
                double others = 0, size = 0;
                for (int i = 0; i < V; i++)
                    if (i != 3) {
                        others += g[r * V + i];
                        size += fabs(g[r * V + i]);
                    }
                ck_assert(size > 0);
                assert_within(g[r * V + 3], -others, 1e-15 * size);
            }
        }
}
END_TEST

_Static_assert(sizeof(info_loss_options) == 112, "info_loss_options");
_Static_assert(sizeof(info_loss_result) == 40, "info_loss_result");

/* Rows long enough for every loop of the kernels, rounded to a type: against the same in f64, at every level. */
enum { LONG = 5003 };

static void draw_long(int kind, info_dtype type, uint64_t seed, double *x, double *z, void *given, void *teacher)
{
    uint64_t state = seed;
    for (int i = 0; i < ROWS * LONG; i++) {
        const double noise[] = {0.05, 1, 5};
        x[i] = 3 * normal(&state) + (i % LONG == 7 && kind == 2 ? 30 : 0) - (kind == 1 ? 50 : 0);
        z[i] = x[i] + noise[kind] * normal(&state);
        if (kind == 1 && i % LONG > 8 && uniform(&state) < 0.01)
            x[i] = z[i] = -INFINITY;
    }
    round_to_type(x, ROWS * LONG, type, given);
    round_to_type(z, ROWS * LONG, type, teacher);
}

static info_status run_long(info_ctx *ctx, const loss_case *c, const void *x, const void *z, info_dtype type,
                            info_loss_result *result, void *out, info_dtype out_type)
{
    const info_matrix logits = matrix_of(x, ROWS, LONG, type), teacher = matrix_of(z, ROWS, LONG, type);
    const info_matrix_out gradient = {out, ROWS, LONG, LONG, 1, out_type, 0};
    info_loss_options options = c->options;
    options.struct_size = sizeof options;
    if (c->kind == 0)
        return info_loss_cross_entropy(ctx, &logits, targets, ROWS, &options, result, &gradient);
    if (c->kind == 1)
        return info_loss_entropy(ctx, &logits, &options, result, &gradient);
    return info_loss_divergence(ctx, &teacher, &logits, &options, result, &gradient);
}

/* softmax(x / T), and what the gradient of a row is multiplied by. */
static void soften(const double *x, double temperature, double *p)
{
    double most = -INFINITY, sum = 0;
    for (int i = 0; i < LONG; i++)
        most = x[i] > most ? x[i] : most;
    for (int i = 0; i < LONG; i++)
        sum += p[i] = exp((x[i] - most) / temperature);
    for (int i = 0; i < LONG; i++)
        p[i] /= sum;
}

static double factor_of(const info_loss_options *o, const info_loss_result *r, int row)
{
    const double weight = o->row_weights ? o->row_weights[row] : 1, scale = o->scale != 0 ? fabs(o->scale) : 1;
    return scale * weight / (o->reduction == INFO_REDUCTION_MEAN ? r->weight : 1) /
           (o->temperature > 0 ? o->temperature : 1);
}

/* docs/NUMERICS.md: log q is known to 8e-7 + 1.2e-7 D, D the mean distance of log q from the reference, here 8 nats at
 * most, and 40 more where two rows are read at once; 2^t adds 2.5e-7 + 1.2e-7 |log q|. So much of q, of p, and (where a
 * bracket is multiplied by q) of the gradient itself may be lost. */
static void assert_float_gradient(const loss_case *c, const info_loss_result *r, int row, const double *x,
                                  const double *z, const float *g, const double *exact)
{
    static double q[LONG], p[LONG];
    const double factor = factor_of(&c->options, r, row),
                 temperature = c->options.temperature > 0 ? c->options.temperature : 1;
    const double base = c->kind == 2 ? 2.1e-6 + 40 * 1.2e-7 : 2.1e-6;
    soften(x, temperature, q);
    soften(z, temperature, p);
    for (int i = 0; i < LONG; i++) {
        const double size = q[i] + (c->kind == 2 ? p[i] : 0) + c->options.label_smoothing / LONG;
        const double share = base - 1.2e-7 * log(q[i] > 0 ? q[i] : 1);
        assert_within((double)g[i], exact[i], share * (fabs(exact[i]) + factor * size) + 1e-37);
    }
}

START_TEST(float_losses_agree_with_doubles_at_every_level)
{
    static double classes[LONG];
    static const loss_case floats[] = {
        {0, {0}},
        {0, {.class_weights = classes, .class_weights_len = LONG}},
        {0, {.label_smoothing = 0.3, .z_loss = 0.01, .class_weights = classes, .class_weights_len = LONG}},
        {0, {.label_smoothing = 0.1, .z_loss = 0.001, .temperature = 0.7, .reduction = INFO_REDUCTION_SUM}},
        {1, {.scale = -2}},
        {1, {.temperature = 3, .row_weights = row_weights, .row_weights_len = ROWS}},
        {2, {.divergence = INFO_DIVERGENCE_FORWARD, .temperature = 2, .scale = 4}},
        {2, {.divergence = INFO_DIVERGENCE_REVERSE}},
        {2, {.divergence = INFO_DIVERGENCE_JS}},
        {2, {.divergence = INFO_DIVERGENCE_JS, .js_beta = 0.03, .temperature = 0.7}},
        {2, {.divergence = INFO_DIVERGENCE_JS, .js_beta = 0.9, .row_weights = row_weights, .row_weights_len = ROWS}},
        {2, {.divergence = INFO_DIVERGENCE_TV, .temperature = 1.5}},
        {2, {.divergence = INFO_DIVERGENCE_ACCEPTANCE, .temperature = 1.5}},
    };
    static double x[ROWS * LONG], z[ROWS * LONG], given[ROWS * LONG], teacher[ROWS * LONG], exact[ROWS * LONG];
    static float first[ROWS * LONG], g[ROWS * LONG];
    static uint16_t half[ROWS * LONG];
    for (int i = 0; i < LONG; i++)
        classes[i] = i % 5 == 3 ? 0 : 0.25 * (1 + i % 7);
    for (size_t c = 0; c < sizeof floats / sizeof *floats; c++)
        for (int kind = 0; kind < 3; kind++)
            for (info_dtype type = INFO_F32; type <= INFO_BF16; type++) {
                info_loss_result wide, narrow;
                draw_long(kind, type, 97, x, z, given, teacher);
                ck_assert_int_eq(run_long(NULL, &floats[c], x, z, INFO_F64, &wide, exact, INFO_F64), INFO_OK);
                for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
                    info_ctx *ctx = context(1, cpu);
                    if (!ctx)
                        continue;
                    ck_assert_int_eq(run_long(ctx, &floats[c], given, teacher, type, &narrow, g, INFO_F32), INFO_OK);
                    ck_assert_int_eq(run_long(ctx, &floats[c], given, teacher, type, &narrow, half, INFO_BF16),
                                     INFO_OK);
                    if (cpu == INFO_CPU_C)
                        memcpy(first, g, sizeof g);
                    ck_assert_mem_eq(first, g, sizeof g);
                    info_ctx_destroy(ctx);
                }
                assert_within(narrow.loss, wide.loss, 3e-6 * fabs(wide.loss) + 1e-7);
                for (int row = 0; row < ROWS; row++)
                    assert_float_gradient(&floats[c], &wide, row, x + row * LONG, z + row * LONG, g + row * LONG,
                                          exact + row * LONG);
                for (int i = 0; i < ROWS * LONG; i++) {
                    const info_matrix rounded = matrix_of(half + i, 1, 1, INFO_BF16);
                    double back;
                    info_i_get_row_f64(&rounded, 0, 0, 1, &back);
                    assert_within(back, (double)g[i], 0x1p-8 * fabs((double)g[i]) + 1e-38);
                    if (x[i] == -INFINITY)
                        ck_assert(g[i] == 0 && (half[i] & 0x7fff) == 0);
                }
                /* in place */
                if (type == INFO_F32) {
                    float *own = (float *)given;
                    ck_assert_int_eq(run_long(NULL, &floats[c], own, teacher, type, &narrow, own, INFO_F32), INFO_OK);
                    ck_assert_mem_eq(first, own, sizeof first);
                }
            }
}
END_TEST

/* Two rows, each nearly certain of a token that the other has at exp(-d): sum min(p, q) = 2 exp(-d) / (1 + exp(-d)), of
 * which 1 - TV knows nothing from d = 37 on. d loss / dx of the student's own token: p q / ... -> 1/2 each way. */
START_TEST(a_draft_that_is_hardly_ever_accepted_has_a_loss_and_a_gradient)
{
    for (double d = 0.5; d < 700; d *= 1.7) {
        const double x[2] = {d, 0}, z[2] = {0, d};
        const info_matrix student = matrix_of(x, 1, 2, INFO_F64), teacher = matrix_of(z, 1, 2, INFO_F64);
        const info_loss_options o = {.struct_size = sizeof o, .divergence = INFO_DIVERGENCE_ACCEPTANCE};
        double g[2];
        const info_matrix_out gradient = {g, 1, 2, 2, 1, INFO_F64, 0};
        info_loss_result r;
        ck_assert_int_eq(info_loss_divergence(NULL, &teacher, &student, &o, &r, &gradient), INFO_OK);
        assert_close(r.loss, d - log(2) + log1p(exp(-d)), 1e-14);
        /* d TV / dx_0 = q (1 - q), q = 1 / (1 + exp(-d)) */
        assert_close(g[0], 0.5 / (1 + exp(-d)), 1e-14);
        assert_close(g[1], -0.5 / (1 + exp(-d)), 1e-14);
    }
    const double apart[2][2] = {{0, -INFINITY}, {-INFINITY, 0}};
    const info_matrix a = matrix_of(apart[0], 1, 2, INFO_F64), b = matrix_of(apart[1], 1, 2, INFO_F64);
    const info_loss_options o = {.struct_size = sizeof o, .divergence = INFO_DIVERGENCE_ACCEPTANCE};
    info_loss_result r;
    ck_assert_int_eq(info_loss_divergence(NULL, &a, &b, &o, &r, NULL), INFO_OK);
    ck_assert(r.loss == INFINITY);
}
END_TEST

/* An option that would change nothing is told, by name. */
START_TEST(options_without_effect_are_refused)
{
    const double x[4] = {1, 2, 3, 4};
    const int64_t labels[2] = {0, 1};
    const info_matrix m = matrix_of(x, 2, 2, INFO_F64);
    info_ctx *ctx = context(1, 0);
    info_loss_result r;
    const struct {
        info_loss_options options;
        const char *name;
    } inert[] = {
        {{.label_smoothing = .1}, "label_smoothing"}, {{.z_loss = 1e-4}, "z_loss"}, {{.js_beta = .3}, "js_beta"}};
    for (int k = 0; k < 3; k++) {
        info_loss_options o = inert[k].options;
        o.struct_size = sizeof o;
        ck_assert_int_eq(info_loss_entropy(ctx, &m, &o, &r, NULL), INFO_ERROR_OPTION);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), inert[k].name));
        ck_assert_int_eq(info_loss_divergence(ctx, &m, &m, &o, &r, NULL), INFO_ERROR_OPTION);
        ck_assert_int_eq(info_loss_cross_entropy(ctx, &m, labels, 2, &o, &r, NULL),
                         k < 2 ? INFO_OK : INFO_ERROR_OPTION);
        o.divergence = INFO_DIVERGENCE_JS;
        ck_assert_int_eq(info_loss_divergence(ctx, &m, &m, &o, &r, NULL), k < 2 ? INFO_ERROR_OPTION : INFO_OK);
    }
    const info_lm_options index = {.struct_size = sizeof index, .ignore_index = 1};
    double nll[2];
    const info_logit_measures out = {.struct_size = sizeof out, .length = 2, .log_probability = nll};
    ck_assert_int_eq(info_logits_measure(ctx, &m, labels, 2, &index, &out), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "ignore_index"));
    const double nan[2] = {0, NAN};
    const info_matrix bias = matrix_of(nan, 1, 2, INFO_F64);
    const info_lm_options biased = {.struct_size = sizeof biased, .bias = &bias};
    ck_assert_int_eq(info_logits_measure(ctx, &m, labels, 2, &biased, &out), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "options.bias: column 1"));
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {gradients_are_central_differences,
                                  a_loss_is_the_mean_of_the_measure,
                                  the_cross_entropy_is_its_formula,
                                  a_gradient_may_replace_the_logits,
                                  a_mean_over_class_weights_of_zero_is_infinite_or_nothing,
                                  a_bf16_gradient_is_rounded_once,
                                  minus_infinity_has_gradient_zero,
                                  identical_models_have_loss_and_gradient_zero,
                                  all_rows_ignored_is_a_count_of_zero,
                                  ignored_and_bad_rows_get_zero_and_leave_the_others_alone,
                                  an_infinite_loss_has_no_gradient,
                                  bad_arguments_are_named,
                                  certain_rows_have_gradients_that_sum_to_zero,
                                  float_losses_agree_with_doubles_at_every_level,
                                  a_draft_that_is_hardly_ever_accepted_has_a_loss_and_a_gradient,
                                  options_without_effect_are_refused,
                                  NULL};
    return run_tests("lm loss", tests);
}
