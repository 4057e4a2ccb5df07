/* SPDX-License-Identifier: MIT
 * Two models with a temperature, a softcap and a bias of their own: what comes out is what rows give that were transformed
 * before, in f64. */
#include <float.h>
#include <stdbool.h>

#include "lm_support.h"

#define ROWS 3
#define V 700
#define FIELDS 9
#define SETTINGS 6

/* A way from logits x to y. */
typedef struct way {
    double temperature, softcap;
    bool biased;
} way;

static const struct {
    way p, q;
} settings[SETTINGS] = {{{0.7, 0, false}, {1.6, 0, false}}, {{0, 5, false}, {0, 0, false}},
                        {{0, 0, true}, {0, 0, false}},      {{0, 0, false}, {0, 0, true}},
                        {{2, 30, true}, {0, 0, false}},     {{1.5, 4, true}, {0.5, 9, true}}};

static double p_rows[ROWS * V], q_rows[ROWS * V], p_bias[V], q_bias[V];
static uint64_t p_bytes[ROWS * V], q_bytes[ROWS * V];

/* Rows of a type, some logits -inf, q near p in the first row. */
static void draw(info_dtype dtype)
{
    uint64_t state = 5 + (uint64_t)dtype;
    for (int64_t i = 0; i < ROWS * V; i++) {
        p_rows[i] = i % 97 == 3 ? NINF : 3 * normal(&state);
        q_rows[i] = i % 89 == 5 && i % 97 != 3 ? NINF : i < V ? p_rows[i] + 0.01 * normal(&state) : 3 * normal(&state);
    }
    for (int64_t j = 0; j < V; j++) {
        p_bias[j] = normal(&state);
        q_bias[j] = j == 11 ? NINF : normal(&state);
    }
    round_to_type(p_rows, ROWS * V, dtype, p_bytes);
    round_to_type(q_rows, ROWS * V, dtype, q_bytes);
}

/* The largest |y| that is finite. */
static double transform(const double *x, const double *bias, way w, double *y)
{
    double most = 0;
    for (int64_t i = 0; i < ROWS * V; i++) {
        y[i] = x[i] + (w.biased ? bias[i % V] : 0);
        if (w.softcap > 0 && isfinite(y[i]))
            y[i] = w.softcap * tanh(y[i] / w.softcap);
        if (w.temperature > 0)
            y[i] /= w.temperature;
        if (isfinite(y[i]) && fabs(y[i]) > most)
            most = fabs(y[i]);
    }
    return most;
}

/* Options that name both ways. */
typedef struct both {
    info_matrix p_bias, q_bias;
    info_logit_transform q;
    info_lm_options options;
} both;

static void name_ways(way p, way q, both *b)
{
    b->p_bias = matrix_of(p_bias, 1, V, INFO_F64);
    b->q_bias = matrix_of(q_bias, 1, V, INFO_F64);
    b->q = (info_logit_transform){.struct_size = sizeof b->q,
                                  .temperature = q.temperature,
                                  .softcap = q.softcap,
                                  .bias = q.biased ? &b->q_bias : NULL};
    b->options = (info_lm_options){.struct_size = sizeof b->options,
                                   .temperature = p.temperature,
                                   .softcap = p.softcap,
                                   .bias = p.biased ? &b->p_bias : NULL,
                                   .js_beta = 0.3,
                                   .q_transform = &b->q};
}

static info_logit_comparison into(double *out)
{
    return (info_logit_comparison){.struct_size = sizeof(info_logit_comparison),
                                   .length = ROWS,
                                   .kl = out,
                                   .kl_reverse = out + ROWS,
                                   .js = out + 2 * ROWS,
                                   .generalized_js = out + 3 * ROWS,
                                   .tv = out + 4 * ROWS,
                                   .acceptance = out + 5 * ROWS,
                                   .log_probability_p = out + 6 * ROWS,
                                   .log_probability_q = out + 7 * ROWS,
                                   .delta_p = out + 8 * ROWS};
}

static const int64_t targets[ROWS] = {0, V - 1, 17};

/* y is rounded two or three times on either side, by half a unit each, in another order than here and through another tanh
 * (2 units): logs are off by some 6 units of y on either side, their differences by 12; so are divergences, whose
 * derivatives by the log-ratios are at most 1 in sum. Sums of 700 terms add less. */
static double bound_of(double most)
{
    return 12 * DBL_EPSILON * (1 + most);
}

START_TEST(a_comparison_is_that_of_rows_transformed_before)
{
    static double x[ROWS * V], y[ROWS * V];
    double got[FIELDS * ROWS], wanted[FIELDS * ROWS];
    const info_logit_comparison into_got = into(got), into_wanted = into(wanted);
    const info_lm_options plain = {.struct_size = sizeof plain, .js_beta = 0.3};
    for (info_dtype dtype = INFO_F64; dtype <= INFO_BF16; dtype++) {
        draw(dtype);
        const info_matrix p = matrix_of(p_bytes, ROWS, V, dtype), q = matrix_of(q_bytes, ROWS, V, dtype);
        for (int s = 0; s < SETTINGS; s++) {
            both b;
            name_ways(settings[s].p, settings[s].q, &b);
            const double most =
                fmax(transform(p_rows, p_bias, settings[s].p, x), transform(q_rows, q_bias, settings[s].q, y));
            const info_matrix px = matrix_of(x, ROWS, V, INFO_F64), qy = matrix_of(y, ROWS, V, INFO_F64);
            ck_assert_int_eq(info_logits_compare(NULL, &p, &q, targets, ROWS, &b.options, &into_got), INFO_OK);
            ck_assert_int_eq(info_logits_compare(NULL, &px, &qy, targets, ROWS, &plain, &into_wanted), INFO_OK);
            for (int i = 0; i < FIELDS * ROWS; i++)
                assert_within(got[i], wanted[i], bound_of(most));
        }
    }
}
END_TEST

START_TEST(shards_give_what_the_whole_gives)
{
    double got[FIELDS * ROWS], wanted[FIELDS * ROWS];
    const info_logit_comparison into_got = into(got), into_wanted = into(wanted);
    enum { TILE = 100, TILES = V / TILE, CUT = 300 };
    static info_logit_pair_part parts[TILES * ROWS];
    static info_logit_mixture mixtures[TILES * ROWS];
    draw(INFO_F32);
    for (int s = 0; s < SETTINGS; s++) {
        both b;
        name_ways(settings[s].p, settings[s].q, &b);
        const info_matrix p = matrix_of(p_bytes, ROWS, V, INFO_F32), q = matrix_of(q_bytes, ROWS, V, INFO_F32);
        info_matrix p_part[2] = {p, p}, q_part[2] = {q, q};
        const info_vocabulary_shard shards[2] = {{sizeof shards[0], 0, V, 0, TILE},
                                                 {sizeof shards[0], 0, V, CUT, TILE}};
        for (int round = 0; round < 2; round++)
            for (int h = 0; h < 2; h++) {
                const int64_t first = h ? CUT : 0, cols = h ? V - CUT : CUT, count = cols / TILE * ROWS;
                info_matrix p_own = b.p_bias, q_own = b.q_bias;
                info_logit_transform transform_own = b.q;
                info_lm_options own = b.options;
                p_part[h].data = (const float *)p.data + first;
                q_part[h].data = (const float *)q.data + first;
                p_part[h].cols = q_part[h].cols = p_own.cols = q_own.cols = cols;
                p_own.data = p_bias + first;
                q_own.data = q_bias + first;
                transform_own.bias = transform_own.bias ? &q_own : NULL;
                own.bias = own.bias ? &p_own : NULL;
                own.q_transform = &transform_own;
                const info_status status =
                    round == 0 ? info_logits_compare_part(NULL, &p_part[h], &q_part[h], &shards[h], targets, ROWS, &own,
                                                          parts + first / TILE * ROWS, count)
                               : info_logits_mixture_part(NULL, &p_part[h], &q_part[h], &shards[h], parts, TILES * ROWS,
                                                          &own, mixtures + first / TILE * ROWS, count);
                ck_assert_int_eq(status, INFO_OK);
            }
        ck_assert_int_eq(info_logits_compare_merge(NULL, parts, mixtures, TILES, ROWS, NULL, &into_got), INFO_OK);
        ck_assert_int_eq(info_logits_compare(NULL, &p, &q, targets, ROWS, &b.options, &into_wanted), INFO_OK);
        for (int i = 0; i < FIELDS * ROWS; i++) /* |y| is below 60 */
            assert_within(got[i], wanted[i], bound_of(60));
    }
}
END_TEST

START_TEST(kept_sets_and_classes_take_both_ways)
{
    static double x[ROWS * V], y[ROWS * V];
    static int32_t classes[V];
    double got[4 * ROWS], wanted[4 * ROWS];
    const info_kept_rule rule = {INFO_RULE_TOP_P, 0, 0.9};
    const info_kept_set set = {.struct_size = sizeof set, .rules = &rule, .rules_len = 1};
    for (int j = 0; j < V; j++)
        classes[j] = j % 5 - 1;
    draw(INFO_F32);
    for (int s = 0; s < SETTINGS; s++) {
        both b;
        name_ways(settings[s].p, settings[s].q, &b);
        transform(p_rows, p_bias, settings[s].p, x);
        transform(q_rows, q_bias, settings[s].q, y);
        for (int way_of = 0; way_of < 2; way_of++) {
            double *out = way_of ? wanted : got;
            const info_matrix p = way_of ? matrix_of(x, ROWS, V, INFO_F64) : matrix_of(p_bytes, ROWS, V, INFO_F32);
            const info_matrix q = way_of ? matrix_of(y, ROWS, V, INFO_F64) : matrix_of(q_bytes, ROWS, V, INFO_F32);
            const info_lm_options *options = way_of ? NULL : &b.options;
            const info_kept_comparison m = {
                .struct_size = sizeof m, .length = ROWS, .kl = out, .tv = out + ROWS, .acceptance = out + 2 * ROWS};
            ck_assert_int_eq(info_kept_compare(NULL, &p, &q, &set, &set, options, &m), INFO_OK);
            ck_assert_int_eq(info_class_kl(NULL, &p, &q, classes, V, 4, options, out + 3 * ROWS, ROWS), INFO_OK);
        }
        for (int i = 0; i < 4 * ROWS; i++)
            assert_within(got[i], wanted[i], bound_of(60));
    }
}
END_TEST

START_TEST(heads_have_temperatures_of_their_own)
{
    enum { DEPTH = 4, TOKENS = 40 };
    double states[ROWS * DEPTH], weight[TOKENS * DEPTH], logits[ROWS * TOKENS];
    double got[FIELDS * ROWS], wanted[FIELDS * ROWS];
    uint64_t state = 9;
    const int64_t some[ROWS] = {0, 7, 39};
    for (int i = 0; i < ROWS * DEPTH; i++)
        states[i] = floor(17 * uniform(&state) - 8) / 4;
    for (int i = 0; i < TOKENS * DEPTH; i++)
        weight[i] = floor(9 * uniform(&state) - 4) / 16;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < TOKENS; j++) { /* exact */
            logits[i * TOKENS + j] = 0;
            for (int k = 0; k < DEPTH; k++)
                logits[i * TOKENS + j] += states[i * DEPTH + k] * weight[j * DEPTH + k];
        }
    const info_matrix hidden = matrix_of(states, ROWS, DEPTH, INFO_F64), w = matrix_of(weight, TOKENS, DEPTH, INFO_F64);
    const info_matrix x = matrix_of(logits, ROWS, TOKENS, INFO_F64);
    const info_head p = {.struct_size = sizeof p, .hidden = &hidden, .weight = &w, .temperature = 0.5};
    const info_head q = {.struct_size = sizeof q, .hidden = &hidden, .weight = &w};
    const info_head_options options = {.struct_size = sizeof options, .temperature = 2, .js_beta = 0.3};
    const info_logit_transform of_q = {.struct_size = sizeof of_q, .temperature = 2};
    const info_lm_options same = {.struct_size = sizeof same, .temperature = 0.5, .js_beta = 0.3, .q_transform = &of_q};
    const info_logit_comparison into_got = into(got), into_wanted = into(wanted);
    ck_assert_int_eq(info_head_compare(NULL, &p, &q, some, ROWS, &options, &into_got), INFO_OK);
    ck_assert_int_eq(info_logits_compare(NULL, &x, &x, some, ROWS, &same, &into_wanted), INFO_OK);
    for (int i = 0; i < FIELDS * ROWS; i++)
        assert_within(got[i], wanted[i], bound_of(8));
    ck_assert(got[0] > 0.1);

    /* Of one model too, and two that are the same have no divergence. */
    const info_logit_measures m = {.struct_size = sizeof m, .length = ROWS, .log_probability = got};
    ck_assert_int_eq(info_head_measure(NULL, &p, some, ROWS, &options, &m), INFO_OK);
    for (int i = 0; i < ROWS; i++)
        assert_within(got[i], wanted[6 * ROWS + i], bound_of(8));
    ck_assert_int_eq(info_head_compare(NULL, &p, &p, some, ROWS, &options, &into_got), INFO_OK);
    for (int i = 0; i < ROWS; i++)
        ck_assert_double_eq(got[i], 0);
}
END_TEST

START_TEST(losses_of_heads_refuse_a_temperature_of_the_head)
{
    const double numbers[4] = {1, 2, 3, 4};
    const int64_t one[2] = {0, 1};
    const info_matrix square = matrix_of(numbers, 2, 2, INFO_F64);
    const info_head warm = {.struct_size = sizeof warm, .hidden = &square, .weight = &square, .temperature = 2};
    const info_head plain = {.struct_size = sizeof plain, .hidden = &square, .weight = &square};
    info_loss_result result;
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_head_loss_cross_entropy(ctx, &warm, one, 2, NULL, NULL, &result, NULL), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "head.temperature"));
    ck_assert_int_eq(info_head_loss_divergence(ctx, &warm, &plain, NULL, NULL, &result, NULL), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "teacher.temperature"));
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_same_way_twice_gives_the_same_bits_as_once)
{
    double got[FIELDS * ROWS], wanted[FIELDS * ROWS];
    const info_logit_comparison into_got = into(got), into_wanted = into(wanted);
    for (info_dtype dtype = INFO_F64; dtype <= INFO_BF16; dtype++) {
        draw(dtype);
        const info_matrix p = matrix_of(p_bytes, ROWS, V, dtype), q = matrix_of(q_bytes, ROWS, V, dtype);
        for (int s = 0; s < SETTINGS; s++) {
            both b;
            name_ways(settings[s].p, settings[s].p, &b);
            b.q.bias = b.options.bias;
            ck_assert_int_eq(info_logits_compare(NULL, &p, &q, targets, ROWS, &b.options, &into_got), INFO_OK);
            b.options.q_transform = NULL;
            ck_assert_int_eq(info_logits_compare(NULL, &p, &q, targets, ROWS, &b.options, &into_wanted), INFO_OK);
            for (int i = 0; i < FIELDS * ROWS; i++)
                assert_same_bits(got[i], wanted[i]);
        }
    }
}
END_TEST

/* ---- What is refused ------------------------------------------------------ */

static info_status compared(info_ctx *ctx, const info_logit_transform *q, double *out)
{
    const info_matrix p = matrix_of(p_rows, ROWS, V, INFO_F64);
    const info_lm_options options = {.struct_size = sizeof options, .q_transform = q};
    const info_logit_comparison m = {.struct_size = sizeof m, .length = ROWS, .kl = out};
    return info_logits_compare(ctx, &p, &p, NULL, 0, &options, &m);
}

START_TEST(a_transform_that_is_none_is_refused_by_name)
{
    double out[ROWS], spoilt[V] = {0};
    const info_matrix narrow = matrix_of(p_bias, 1, V - 1, INFO_F64), bad = matrix_of(spoilt, 1, V, INFO_F64);
    const info_matrix fine = matrix_of(q_bias, 1, V, INFO_F64);
    const uint32_t size = sizeof(info_logit_transform);
    const struct {
        info_logit_transform q;
        info_status status;
        const char *text;
    } wrong[] = {{{size, 1, 0, 0, NULL}, INFO_ERROR_OPTION, "options.q_transform.reserved"},
                 {{size, 0, -1, 0, NULL}, INFO_ERROR_OPTION, "options.q_transform.temperature"},
                 {{size, 0, 1e-310, 0, NULL}, INFO_ERROR_OPTION, "options.q_transform.temperature"},
                 {{size, 0, 0, NAN, NULL}, INFO_ERROR_OPTION, "options.q_transform.softcap"},
                 {{size, 0, 0, 0, &narrow}, INFO_ERROR_SIZE, "options.q_transform.bias"},
                 {{size, 0, 0, 0, &bad}, INFO_ERROR_DOMAIN, "options.q_transform.bias: column 3"},
                 {{6, 0, 0, 0, NULL}, INFO_ERROR_OPTION, "options.q_transform"}};
    info_ctx *ctx = context(1, 0);
    draw(INFO_F64);
    spoilt[3] = NAN;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_int_eq(compared(ctx, &wrong[i].q, out), wrong[i].status);
        ck_assert_msg(strstr(info_ctx_message(ctx), wrong[i].text) != NULL, "%s", info_ctx_message(ctx));
    }
    /* An output on the bias. */
    const info_logit_transform q = {size, 0, 0, 0, &fine};
    ck_assert_int_eq(compared(ctx, &q, q_bias), INFO_ERROR_OVERLAP);
    ck_assert_int_eq(compared(ctx, &q, out), INFO_OK);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(functions_of_one_model_refuse_it)
{
    double out[ROWS];
    const info_matrix p = matrix_of(p_rows, ROWS, V, INFO_F64);
    const info_logit_transform q = {.struct_size = sizeof q};
    const info_lm_options options = {.struct_size = sizeof options, .q_transform = &q};
    info_ctx *ctx = context(1, 0);
    draw(INFO_F64);
    ck_assert_int_eq(info_nll(ctx, &p, targets, ROWS, &options, out, ROWS), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "options.q_transform"));
    ck_assert_int_eq(info_brier(ctx, &p, targets, ROWS, &options, out, ROWS), INFO_ERROR_OPTION);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_invalid_row_of_the_second_model_is_named)
{
    double out[ROWS];
    draw(INFO_F64);
    q_rows[V + 4] = NAN;
    const info_matrix p = matrix_of(p_rows, ROWS, V, INFO_F64), q = matrix_of(q_rows, ROWS, V, INFO_F64);
    const info_logit_transform other = {.struct_size = sizeof other, .temperature = 3};
    info_lm_options options = {.struct_size = sizeof options, .q_transform = &other};
    const info_logit_comparison m = {.struct_size = sizeof m, .length = ROWS, .kl = out};
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_logits_compare(ctx, &p, &q, NULL, 0, &options, &m), INFO_INVALID_ROWS);
    ck_assert(isnan(out[1]) && out[0] > 0 && out[2] > 0);
    options.invalid = INFO_INVALID_ERROR;
    ck_assert_int_eq(info_logits_compare(ctx, &p, &q, NULL, 0, &options, &m), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "q: row 1, column 4"));
    info_ctx_destroy(ctx);
}
END_TEST

_Static_assert(sizeof(info_logit_transform) == 32, "info_logit_transform");

int main(void)
{
    const TTest *const tests[] = {a_comparison_is_that_of_rows_transformed_before,
                                  shards_give_what_the_whole_gives,
                                  kept_sets_and_classes_take_both_ways,
                                  heads_have_temperatures_of_their_own,
                                  losses_of_heads_refuse_a_temperature_of_the_head,
                                  the_same_way_twice_gives_the_same_bits_as_once,
                                  a_transform_that_is_none_is_refused_by_name,
                                  functions_of_one_model_refuse_it,
                                  an_invalid_row_of_the_second_model_is_named,
                                  NULL};
    return run_tests("transforms", tests);
}
