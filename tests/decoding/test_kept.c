/* SPDX-License-Identifier: MIT
 * Kept sets: the row of MATHEMATICS' section on them, a plain implementation, identities, two models. */
#include "plain.h"

static const double row_x[8] = {2, 1, .5, 0, -1, -1, -3, -INFINITY};

typedef struct outcome {
    int64_t size;
    double log_mass, kl, tv, entropy, log_q;
    int32_t contains;
    uint8_t mask[8];
    int64_t ids[8];
} outcome;

static outcome keep(const double *x, const info_kept_rule *rules, int64_t count, int64_t target)
{
    outcome o = {0};
    const info_matrix m = matrix_of(x, 1, 8, INFO_F64);
    const info_kept_set set = {.struct_size = sizeof set, .rules = rules, .rules_len = count};
    const info_kept_measures measures = {.struct_size = sizeof measures,
                                         .length = 1,
                                         .size = &o.size,
                                         .log_mass = &o.log_mass,
                                         .kl = &o.kl,
                                         .tv = &o.tv,
                                         .entropy = &o.entropy,
                                         .contains = &o.contains,
                                         .log_probability = &o.log_q,
                                         .ids = o.ids,
                                         .ids_per_row = 8,
                                         .ids_len = 8,
                                         .mask = o.mask,
                                         .mask_len = 8};
    ck_assert_int_eq(info_kept_measure(NULL, &m, &target, 1, &set, NULL, &measures), INFO_OK);
    ck_assert(o.kl == -o.log_mass);
    assert_within(o.tv, -expm1(o.log_mass), 1e-15);
    for (int64_t i = 0; i < 8; i++)
        ck_assert_int_eq(o.ids[i] >= 0, i < o.size);
    for (int64_t i = 0; i < o.size; i++)
        ck_assert_int_eq(o.mask[o.ids[i]], 1);
    return o;
}

static outcome keep_one(info_rule rule, double value)
{
    const info_kept_rule r = {rule, 0, value};
    return keep(row_x, &r, 1, 1);
}

START_TEST(published_row)
{
    outcome o = keep_one(INFO_RULE_TOP_K, 3);
    assert_close(o.log_mass, -.14139802500572413, 2e-15);
    assert_close(o.entropy, .9059592564792266, 1e-15);
    o = keep_one(INFO_RULE_TOP_P, .9);
    ck_assert_int_eq(o.size, 4);
    assert_close(o.log_mass, -.05976041917309666, 1e-14);
    assert_close(o.entropy, 1.1097670014926195, 1e-15);
    const outcome m = keep_one(INFO_RULE_MIN_P, .1);
    ck_assert_mem_eq(m.mask, o.mask, 8);
    o = keep_one(INFO_RULE_TYPICAL, .5);
    ck_assert(o.size == 2 && o.mask[0] && o.mask[1]);
    o = keep_one(INFO_RULE_TOP_H, .5);
    ck_assert(o.size == 2 && o.mask[0] && o.mask[1]);
    assert_close(o.entropy, .5822031088882179, 1e-15);
    o = keep_one(INFO_RULE_TOP_N_SIGMA, 1);
    ck_assert(o.size == 3 && o.mask[0] && o.mask[1] && o.mask[2]);
    o = keep_one(INFO_RULE_ETA, .02);
    ck_assert(o.size == 6 && !o.mask[6] && !o.mask[7]);
    assert_close(o.log_mass, -.0036833755189018837, 1e-13);
    o = keep_one(INFO_RULE_P_LESS, 0);
    ck_assert(o.size == 1 && o.mask[0]);
    assert_close(o.log_mass, -.605766809113669, 1e-15);
    ck_assert(o.contains == 0 && o.log_q == -INFINITY);
}
END_TEST

START_TEST(surprise_cap_and_epsilon)
{
    /* p_0 = .5457, p_3 = .0738: 3.76 bits; 1 bit keeps the first alone, as no token is below .5 bits. */
    ck_assert_int_eq(keep_one(INFO_RULE_SURPRISE_CAP, 3.8).size, 4);
    ck_assert_int_eq(keep_one(INFO_RULE_SURPRISE_CAP, 1).size, 1);
    ck_assert_int_eq(keep_one(INFO_RULE_SURPRISE_CAP, .5).size, 1);
    ck_assert_int_eq(keep_one(INFO_RULE_EPSILON, .9).size, 1);
    ck_assert_int_eq(keep_one(INFO_RULE_EPSILON, .07).size, 4);
}
END_TEST

START_TEST(keeping_everything_changes_nothing)
{
    const info_kept_rule all[] = {
        {INFO_RULE_TOP_K, 0, 100},      {INFO_RULE_TOP_P, 0, 1}, {INFO_RULE_MIN_P, 0, 0},
        {INFO_RULE_EPSILON, 0, 0},      {INFO_RULE_ETA, 0, 0},   {INFO_RULE_TYPICAL, 0, 1},
        {INFO_RULE_TOP_N_SIGMA, 0, 99}, {INFO_RULE_TOP_H, 0, 1}, {INFO_RULE_SURPRISE_CAP, 0, 1e6}};
    const outcome none = keep(row_x, NULL, 0, 2);
    for (int64_t n = 1; n <= 9; n++) {
        const outcome o = keep(row_x, all, n, 2);
        ck_assert_int_eq(o.size, 7);
        ck_assert(o.log_mass == 0 && o.tv == 0 && o.entropy == none.entropy && o.log_q == none.log_q);
    }
}
END_TEST

START_TEST(ties_stay_in_the_order_of_ids)
{
    const double flat[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    const info_kept_rule rules[] = {{INFO_RULE_TOP_K, 0, 3}, {INFO_RULE_TOP_P, 0, .3}, {INFO_RULE_TYPICAL, 0, .3}};
    for (int i = 0; i < 3; i++) {
        const outcome o = keep(flat, &rules[i], 1, 0);
        ck_assert_int_eq(o.size, 3);
        ck_assert(o.ids[0] == 0 && o.ids[1] == 1 && o.ids[2] == 2);
    }
}
END_TEST

START_TEST(mass_outside_keeps_its_digits)
{
    const double x[8] = {40, 0, 0, 0, 0, 0, 0, 0};
    const info_kept_rule one = {INFO_RULE_TOP_K, 0, 1};
    const outcome o = keep(x, &one, 1, 0);
    assert_close(o.tv, 7 * exp(-40) / (1 + 7 * exp(-40)), 1e-15);
    assert_close(o.log_mass, -log1p(7 * exp(-40)), 1e-15);
    ck_assert(o.log_q == 0 && o.entropy == 0);
}
END_TEST

/* Ids of their own, with and without rules after them. */
START_TEST(explicit_ids)
{
    const info_matrix m = matrix_of(row_x, 1, 8, INFO_F64);
    const int64_t ids[4] = {3, -1, 0, 7}, wrong[4] = {3, 3, -1, -1}, out_of_range[4] = {8, -1, -1, -1};
    const info_kept_rule one = {INFO_RULE_TOP_K, 0, 1};
    info_kept_set set = {.struct_size = sizeof set, .ids = ids, .ids_per_row = 4, .ids_len = 4};
    double log_mass, entropy;
    int64_t size;
    const info_kept_measures measures = {
        .struct_size = sizeof measures, .length = 1, .size = &size, .log_mass = &log_mass, .entropy = &entropy};
    ck_assert_int_eq(info_kept_measure(NULL, &m, NULL, 0, &set, NULL, &measures), INFO_OK);
    ck_assert_int_eq(size, 2);
    double all = 0;
    for (int i = 0; i < 7; i++)
        all += exp(row_x[i]);
    assert_close(log_mass, log((exp(2) + 1) / all), 1e-14);
    const double q = exp(2) / (exp(2) + 1);
    assert_close(entropy, -q * log(q) - (1 - q) * log1p(-q), 1e-14);
    set.rules = &one;
    set.rules_len = 1;
    ck_assert_int_eq(info_kept_measure(NULL, &m, NULL, 0, &set, NULL, &measures), INFO_OK);
    ck_assert(size == 1 && entropy == 0);
    const int64_t *bad[] = {wrong, out_of_range};
    for (int i = 0; i < 2; i++) {
        const info_lm_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
        set.ids = bad[i];
        ck_assert_int_eq(info_kept_measure(NULL, &m, NULL, 0, &set, NULL, &measures), INFO_INVALID_ROWS);
        ck_assert(size == -1 && isnan(log_mass));
        info_ctx *ctx = context(1, INFO_CPU_BEST);
        ck_assert_int_eq(info_kept_measure(ctx, &m, NULL, 0, &set, &strict, &measures), INFO_ERROR_DOMAIN);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "set.ids"));
        info_ctx_destroy(ctx);
    }
}
END_TEST

/* ---- Against the plain implementation ----------------------------------- */

static double draw_row(uint64_t *seed, double *y, int64_t v)
{
    const double scale = exp(4 * uniform(seed) - 1);
    const bool coarse = uniform(seed) < .3; /* many ties */
    for (int64_t i = 0; i < v; i++) {
        y[i] = scale * normal(seed);
        y[i] = coarse ? rint(y[i]) : y[i];
        if (uniform(seed) < .05)
            y[i] = -INFINITY;
    }
    if (uniform(seed) < .3)
        y[(int64_t)(uniform(seed) * (double)v)] = 5 * scale + 40 * uniform(seed); /* a confident row */
    if (uniform(seed) < .05)
        for (int64_t i = 1; i < v; i++)
            y[i] = -INFINITY; /* one token */
    if (!(y[0] > -INFINITY))
        y[0] = 0;
    return scale;
}

static info_kept_rule draw_rule(uint64_t *seed, int64_t v)
{
    const info_rule rule = 1 + (info_rule)(uniform(seed) * 10);
    const double u = uniform(seed);
    switch (rule) {
    case INFO_RULE_TOP_K:
        return (info_kept_rule){rule, 0, 1 + floor(u * u * (double)v)};
    case INFO_RULE_EPSILON:
    case INFO_RULE_ETA:
    case INFO_RULE_MIN_P:
        return (info_kept_rule){rule, 0, exp(-12 * u)};
    case INFO_RULE_P_LESS:
        return (info_kept_rule){rule, 0, 0};
    case INFO_RULE_TOP_N_SIGMA:
        return (info_kept_rule){rule, 0, 3 * u};
    case INFO_RULE_SURPRISE_CAP:
        return (info_kept_rule){rule, 0, 16 * u};
    default:
        return (info_kept_rule){rule, 0, u > 0 ? u : 1};
    }
}

typedef struct draw {
    double *y;
    void *x;
    int64_t v;
    info_dtype dtype;
    info_kept_rule rules[3];
    int64_t count;
} draw;

/* What the library keeps is what the plain implementation keeps, unless rounding decides. */
static void compare_with_plain(info_ctx *ctx, const draw *d, int64_t *compared)
{
    plain s = plain_row(d->y, d->v);
    for (int64_t i = 0; i < d->count; i++)
        plain_apply(&s, &d->rules[i]);
    const info_matrix m = matrix_of(d->x, 1, d->v, d->dtype);
    const info_kept_set set = {.struct_size = sizeof set, .rules = d->rules, .rules_len = d->count};
    uint8_t *mask = malloc((size_t)d->v);
    double log_mass, entropy, tv;
    const info_kept_measures measures = {.struct_size = sizeof measures,
                                         .length = 1,
                                         .log_mass = &log_mass,
                                         .tv = &tv,
                                         .entropy = &entropy,
                                         .mask = mask,
                                         .mask_len = d->v};
    ck_assert_int_eq(info_kept_measure(ctx, &m, NULL, 0, &set, NULL, &measures), INFO_OK);
    if (!s.near) {
        long double in = 0, out = 0, moment = 0;
        for (int64_t i = 0; i < s.count; i++) {
            if (mask[s.ids[i]] != s.in[i])
                ck_abort_msg("rule %d of value %.17g: token %lld of %lld, type %d", (int)d->rules[0].rule,
                             d->rules[0].value, (long long)i, (long long)s.count, (int)d->dtype);
            const long double e = expl(s.y[i] - s.y[0]);
            in += s.in[i] ? e : 0;
            out += s.in[i] ? 0 : e;
            moment += s.in[i] && e > 0 ? e * (s.y[i] - s.y[0]) : 0;
        }
        const double bound = d->dtype == INFO_F64 ? 1e-12 : 1e-6;
        assert_within(entropy, (double)(logl(in) - moment / in), 1e-12 * (1 + entropy));
        assert_close(tv, (double)(out / (in + out)), bound);
        assert_close(log_mass, (double)-log1pl(out / in), bound);
        ++*compared;
    }
    free(mask);
    plain_free(&s);
}

START_TEST(plain_implementation)
{
    info_ctx *ctx = context(1, INFO_CPU_BEST);
    const int64_t widest = 3000;
    draw d = {.y = malloc((size_t)widest * 8), .x = malloc((size_t)widest * 8)};
    uint64_t seed = 5;
    int64_t compared = 0;
    const int64_t rows = 20000;
    for (int64_t i = 0; i < rows; i++) {
        const double u = uniform(&seed);
        d.v = i % 50 == 0 ? widest : 1 + (int64_t)(u * 60);
        d.dtype = (info_dtype)(i % 4);
        draw_row(&seed, d.y, d.v);
        round_to_type(d.y, d.v, d.dtype, d.x);
        d.count = 1 + (int64_t)(uniform(&seed) * 3);
        for (int64_t k = 0; k < d.count; k++)
            d.rules[k] = draw_rule(&seed, d.v);
        compare_with_plain(ctx, &d, &compared);
    }
    ck_assert_int_gt(compared, rows * 9 / 10);
    free(d.y);
    free(d.x);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(large_vocabulary)
{
    const int64_t v = 262144;
    draw d = {.y = malloc((size_t)v * 8), .x = malloc((size_t)v * 8), .v = v, .dtype = INFO_F32, .count = 1};
    uint64_t seed = 9;
    int64_t compared = 0;
    for (info_rule rule = 1; rule <= 10; rule++) {
        draw_row(&seed, d.y, v);
        round_to_type(d.y, v, INFO_F32, d.x);
        do
            d.rules[0] = draw_rule(&seed, v);
        while (d.rules[0].rule != rule);
        compare_with_plain(NULL, &d, &compared);
    }
    free(d.y);
    free(d.x);
}
END_TEST

/* ---- Two models --------------------------------------------------------- */

START_TEST(two_kept_rows)
{
    const double p[4] = {log(.5), log(.3), log(.15), log(.05)}, q[4] = {log(.2), log(.4), log(.3), log(.1)};
    const info_matrix a = matrix_of(p, 1, 4, INFO_F64), b = matrix_of(q, 1, 4, INFO_F64);
    const info_kept_rule two = {INFO_RULE_TOP_K, 0, 2}, three = {INFO_RULE_TOP_K, 0, 3};
    const info_kept_set small = {.struct_size = sizeof small, .rules = &two, .rules_len = 1};
    const info_kept_set large = {.struct_size = sizeof large, .rules = &three, .rules_len = 1};
    double kl, reverse, tv, acceptance;
    int64_t common;
    const info_kept_comparison c = {.struct_size = sizeof c,
                                    .length = 1,
                                    .kl = &kl,
                                    .kl_reverse = &reverse,
                                    .tv = &tv,
                                    .acceptance = &acceptance,
                                    .common = &common};
    /* p: 5/8, 3/8; q: 2/9, 4/9, 3/9 */
    ck_assert_int_eq(info_kept_compare(NULL, &a, &b, &small, &large, NULL, &c), INFO_OK);
    assert_close(kl, 5. / 8 * log(5. / 8 * 9 / 2) + 3. / 8 * log(3. / 8 * 9 / 4), 1e-14);
    ck_assert(reverse == INFINITY);
    ck_assert_int_eq(common, 2);
    assert_close(acceptance, 2. / 9 + 3. / 8, 1e-15);
    assert_close(tv, 1 - 2. / 9 - 3. / 8, 1e-15);
    ck_assert_int_eq(info_kept_compare(NULL, &a, &a, &large, &large, NULL, &c), INFO_OK);
    ck_assert(kl == 0 && reverse == 0 && tv == 0 && acceptance == 1 && common == 3);
    /* One token each, not the same. */
    const info_kept_rule one = {INFO_RULE_TOP_K, 0, 1};
    const info_kept_set single = {.struct_size = sizeof single, .rules = &one, .rules_len = 1};
    ck_assert_int_eq(info_kept_compare(NULL, &a, &b, &single, &single, NULL, &c), INFO_OK);
    ck_assert(kl == INFINITY && reverse == INFINITY && tv == 1 && acceptance == 0 && common == 0);
}
END_TEST

START_TEST(without_truncation_it_is_the_comparison_of_rows)
{
    uint64_t seed = 3;
    double x[50], y[50], kl, tv, other_kl, other_tv;
    for (int i = 0; i < 50; i++) {
        x[i] = 3 * normal(&seed);
        y[i] = x[i] + 1e-5 * normal(&seed);
    }
    const info_matrix a = matrix_of(x, 1, 50, INFO_F64), b = matrix_of(y, 1, 50, INFO_F64);
    const info_kept_set all = {.struct_size = sizeof all};
    const info_kept_comparison c = {.struct_size = sizeof c, .length = 1, .kl = &kl, .tv = &tv};
    const info_logit_comparison plain_one = {
        .struct_size = sizeof plain_one, .length = 1, .kl = &other_kl, .tv = &other_tv};
    ck_assert_int_eq(info_kept_compare(NULL, &a, &b, &all, &all, NULL, &c), INFO_OK);
    ck_assert_int_eq(info_logits_compare(NULL, &a, &b, NULL, 0, NULL, &plain_one), INFO_OK);
    assert_close(kl, other_kl, 1e-9);
    assert_close(tv, other_tv, 1e-10);
}
END_TEST

START_TEST(bad_sets_are_named)
{
    info_ctx *ctx = context(1, INFO_CPU_BEST);
    const info_matrix m = matrix_of(row_x, 1, 8, INFO_F64);
    double kl = 7;
    const info_kept_measures measures = {.struct_size = sizeof measures, .length = 1, .kl = &kl};
    const info_kept_rule bad[] = {{0, 0, 1},
                                  {11, 0, 1},
                                  {INFO_RULE_TOP_K, 0, 1.5},
                                  {INFO_RULE_TOP_K, 0, 0},
                                  {INFO_RULE_TOP_P, 0, 0},
                                  {INFO_RULE_TOP_P, 0, 1.01},
                                  {INFO_RULE_TYPICAL, 0, NAN},
                                  {INFO_RULE_MIN_P, 0, -.1},
                                  {INFO_RULE_P_LESS, 0, .5},
                                  {INFO_RULE_TOP_N_SIGMA, 0, INFINITY},
                                  {INFO_RULE_TOP_P, 1, .5}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const info_kept_set set = {.struct_size = sizeof set, .rules = &bad[i], .rules_len = 1};
        ck_assert_int_eq(info_kept_measure(ctx, &m, NULL, 0, &set, NULL, &measures), INFO_ERROR_OPTION);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "set.rules"));
    }
    const info_kept_set null = {.struct_size = sizeof null, .rules_len = 1};
    ck_assert_int_eq(info_kept_measure(ctx, &m, NULL, 0, &null, NULL, &measures), INFO_ERROR_NULL);
    const info_kept_set stray = {.struct_size = sizeof stray, .ids_len = 8};
    ck_assert_int_eq(info_kept_measure(ctx, &m, NULL, 0, &stray, NULL, &measures), INFO_ERROR_NULL);
    ck_assert(kl == 7);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {published_row,
                                  surprise_cap_and_epsilon,
                                  keeping_everything_changes_nothing,
                                  ties_stay_in_the_order_of_ids,
                                  mass_outside_keeps_its_digits,
                                  explicit_ids,
                                  plain_implementation,
                                  large_vocabulary,
                                  two_kept_rows,
                                  without_truncation_it_is_the_comparison_of_rows,
                                  bad_sets_are_named,
                                  NULL};
    return run_tests("kept sets", tests);
}
