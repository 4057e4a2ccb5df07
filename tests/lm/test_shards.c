/* SPDX-License-Identifier: MIT
 * Logits in shards of the vocabulary: the same bits for any number of them, the values of whole rows, and what does not
 * fit together is told. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lm_support.h"

enum { ROWS = 9, V = 1000, TILE = 96, TILES = (V - 1) / TILE + 1 };

typedef struct data {
    float p[ROWS * V], q[ROWS * V];
    double p64[ROWS * V], q64[ROWS * V];
    float bias[V];
    int64_t targets[ROWS], lengths[ROWS];
} data;
static data d;

/* Rows of every temper: flat, confident, near-equal and equal models, masked, impossible tiles, far apart. */
static void make_data(void)
{
    uint64_t seed = 7;
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < V; j++) {
            const double x = 6 * uniform(&seed) - 3, noise = uniform(&seed) - 0.5;
            const double apart = i == 0 ? 1 : i == 1 ? 1e-2 : i == 2 ? 1e-6 : i == 3 ? 0 : i == 6 ? 8 : 0.3;
            double a = x, b = x + apart * noise;
            if (i == 4 && j == 517) {
                a += 25;
                b += 25.5;
            }
            if (i == 5 && j >= 2 * TILE && j < 4 * TILE)
                a = b = -INFINITY;
            if (i == 7 && j >= 5 * TILE && j < 6 * TILE)
                b = -INFINITY;
            if (i == 8)
                a = j % 2 ? -3.4e38 : a;
            d.p64[i * V + j] = a;
            d.q64[i * V + j] = b;
            d.p[i * V + j] = (float)a;
            d.q[i * V + j] = (float)b;
        }
        d.targets[i] = (i * 331 + 17) % V;
        d.lengths[i] = V - 83 * i;
    }
    d.targets[4] = 517;
    d.targets[6] = -100;
    for (int j = 0; j < V; j++)
        d.bias[j] = (float)(uniform(&seed) - 0.5);
}

/* The k-th way of cutting the tiles into shards: the first tile of each, ended by TILES. */
static const int cuts[][8] = {{0, TILES}, {0, 4, TILES}, {0, 1, 7, TILES}, {0, 2, 3, 5, 6, 8, 9, TILES}};
enum { CUTS = sizeof cuts / sizeof cuts[0] };

typedef struct way {
    bool single;
    double temperature, softcap, beta;
    bool biased, lengths;
} way;
static const way ways[] = {{.single = true},
                           {.single = false},
                           {.single = true, .temperature = 0.7, .beta = 0.3},
                           {.single = true, .lengths = true},
                           {.single = true, .temperature = 1.3, .softcap = 20, .biased = true, .lengths = true}};
enum { WAYS = sizeof ways / sizeof ways[0] };

static info_matrix columns_of(const way *w, bool of_q, int64_t first, int64_t count)
{
    const char *start = w->single ? (const char *)(of_q ? d.q : d.p) : (const char *)(of_q ? d.q64 : d.p64);
    return (info_matrix){start + first * (w->single ? 4 : 8), ROWS, count, V, 1, w->single ? INFO_F32 : INFO_F64, 0};
}

static info_lm_options options_of(const way *w, info_matrix *bias, int64_t first, int64_t count)
{
    *bias = (info_matrix){d.bias + first, 1, count, count, 1, INFO_F32, 0};
    return (info_lm_options){.struct_size = sizeof(info_lm_options),
                             .unit = INFO_BIT,
                             .temperature = w->temperature,
                             .softcap = w->softcap,
                             .js_beta = w->beta,
                             .bias = w->biased ? bias : NULL,
                             .lengths = w->lengths ? d.lengths : NULL,
                             .lengths_len = w->lengths ? ROWS : 0};
}

/* Everything there is about one model and two. */
typedef struct outcome {
    double lse[ROWS], maximum[ROWS], log_p[ROWS], entropy[ROWS], varentropy[ROWS], collision[ROWS], top[ROWS];
    int64_t argmax[ROWS], rank[ROWS];
    double kl[ROWS], reverse[ROWS], js[ROWS], own_js[ROWS], tv[ROWS], acceptance[ROWS], log_q[ROWS], delta[ROWS];
    int32_t same[ROWS];
} outcome;

static info_logit_measures measures_of(outcome *o)
{
    return (info_logit_measures){.struct_size = sizeof(info_logit_measures),
                                 .length = ROWS,
                                 .log_sum_exp = o->lse,
                                 .maximum = o->maximum,
                                 .argmax = o->argmax,
                                 .log_probability = o->log_p,
                                 .entropy = o->entropy,
                                 .varentropy = o->varentropy,
                                 .collision = o->collision,
                                 .top_probability = o->top};
}

static info_logit_comparison comparison_of(outcome *o)
{
    return (info_logit_comparison){.struct_size = sizeof(info_logit_comparison),
                                   .length = ROWS,
                                   .kl = o->kl,
                                   .kl_reverse = o->reverse,
                                   .js = o->js,
                                   .generalized_js = o->own_js,
                                   .tv = o->tv,
                                   .acceptance = o->acceptance,
                                   .same_top = o->same,
                                   .log_probability_q = o->log_q,
                                   .delta_p = o->delta};
}

static outcome whole_of(const way *w)
{
    static outcome o;
    info_matrix bias;
    const info_matrix p = columns_of(w, false, 0, V), q = columns_of(w, true, 0, V);
    const info_lm_options options = options_of(w, &bias, 0, V);
    info_logit_measures m = measures_of(&o);
    const info_logit_comparison c = comparison_of(&o);
    memset(&o, 0, sizeof o);
    m.rank = o.rank;
    ck_assert_int_ge(info_logits_measure(NULL, &p, d.targets, ROWS, &options, &m), 0);
    ck_assert_int_ge(info_logits_compare(NULL, &p, &q, d.targets, ROWS, &options, &c), 0);
    return o;
}

static info_logit_part parts[TILES * ROWS];
static info_logit_pair_part pairs[TILES * ROWS];
static info_logit_mixture mixtures[TILES * ROWS];

/* A shard from tile begin to end - 1: the first round (0), the ranks (1), or the second (2). */
static void run_shard(const way *w, int64_t begin, int64_t end, int round, outcome *o)
{
    info_matrix bias;
    const int64_t first = begin * TILE, count = (end * TILE < V ? end * TILE : V) - first, of = (end - begin) * ROWS;
    const info_vocabulary_shard shard = {
        .struct_size = sizeof shard, .vocabulary = V, .first_token = first, .tile = TILE};
    const info_lm_options options = options_of(w, &bias, first, count);
    const info_matrix p = columns_of(w, false, first, count), q = columns_of(w, true, first, count);
    int64_t shares[ROWS];
    if (round == 0) {
        ck_assert_int_eq(
            info_logits_measure_part(NULL, &p, &shard, d.targets, ROWS, &options, parts + begin * ROWS, of), INFO_OK);
        ck_assert_int_eq(
            info_logits_compare_part(NULL, &p, &q, &shard, d.targets, ROWS, &options, pairs + begin * ROWS, of),
            INFO_OK);
        return;
    }
    ck_assert_int_eq(info_logits_rank_part(NULL, &p, &shard, parts, TILES * ROWS, &options, shares, ROWS), INFO_OK);
    for (int i = 0; i < ROWS; i++)
        o->rank[i] += shares[i];
    ck_assert_int_eq(
        info_logits_mixture_part(NULL, &p, &q, &shard, pairs, TILES * ROWS, &options, mixtures + begin * ROWS, of),
        INFO_OK);
}

static outcome sharded(const way *w, const int *cut)
{
    static outcome o;
    const info_lm_options options = {.struct_size = sizeof options, .unit = INFO_BIT};
    const info_logit_measures m = measures_of(&o);
    const info_logit_comparison c = comparison_of(&o);
    memset(&o, 0, sizeof o);
    for (int round = 0; round < 2; round++)
        for (int s = 0; cut[s] < TILES; s++)
            run_shard(w, cut[s], cut[s + 1], round, &o);
    ck_assert_int_ge(info_logits_measure_merge(NULL, parts, TILES, ROWS, &options, &m), 0);
    ck_assert_int_ge(info_logits_compare_merge(NULL, pairs, mixtures, TILES, ROWS, &options, &c), 0);
    return o;
}

START_TEST(any_number_of_shards_gives_the_same_bits)
{
    make_data();
    const outcome one = sharded(&ways[_i], cuts[0]);
    for (int k = 1; k < CUTS; k++) {
        const outcome some = sharded(&ways[_i], cuts[k]);
        ck_assert_mem_eq(&one, &some, sizeof one);
    }
}
END_TEST

static void near(double got, double expected, double relative, double absolute, const char *what, int row)
{
    if (isnan(expected) || isinf(expected)) {
        ck_assert_msg(isnan(expected) ? isnan(got) : got == expected, "%s, row %d: %g; %g expected", what, row, got,
                      expected);
        return;
    }
    ck_assert_msg(fabs(got - expected) <= relative * fabs(expected) + absolute, "%s, row %d: %.17g; %.17g expected",
                  what, row, got, expected);
}

/* Whole rows in f64 are good to 1e-12; in f32 each way is allowed 1e-6 relative, which was
 * chosen, not derived. */
START_TEST(shards_give_what_whole_rows_do)
{
    make_data();
    const way *w = &ways[_i];
    const bool exact = !w->single || w->softcap > 0;
    const double tolerance = exact ? 2e-12 : 1e-6;
    const outcome whole = whole_of(w), some = sharded(w, cuts[2]);
    for (int i = 0; i < ROWS; i++) {
        near(some.lse[i], whole.lse[i], tolerance, 0, "log_sum_exp", i);
        near(some.maximum[i], whole.maximum[i], 0, 0, "maximum", i);
        near(some.log_p[i], whole.log_p[i], tolerance, 0, "log p", i);
        near(some.entropy[i], whole.entropy[i], tolerance, 0, "entropy", i);
        near(some.varentropy[i], whole.varentropy[i], tolerance, 0, "varentropy", i);
        near(some.collision[i], whole.collision[i], tolerance, 0, "collision", i);
        near(some.top[i], whole.top[i], tolerance, 0, "top probability", i);
        ck_assert_int_eq(some.argmax[i], whole.argmax[i]);
        ck_assert_int_eq(some.rank[i], whole.rank[i]);
        ck_assert_int_eq(some.same[i], whole.same[i]);
        near(some.kl[i], whole.kl[i], tolerance * 4, 0, "KL", i);
        near(some.reverse[i], whole.reverse[i], tolerance * 4, 0, "reverse KL", i);
        near(some.js[i], whole.js[i], tolerance * 4, 0, "JS", i);
        near(some.own_js[i], whole.own_js[i], tolerance * 4, 0, "generalized JS", i);
        near(some.tv[i], whole.tv[i], tolerance * 4, 0, "TV", i);
        near(some.acceptance[i], whole.acceptance[i], tolerance * 4, 0, "acceptance", i);
        near(some.log_q[i], whole.log_q[i], tolerance, 0, "log q", i);
        near(some.delta[i], whole.delta[i], tolerance * 4, 1e-18, "delta p", i);
    }
    ck_assert(some.kl[3] == 0 && some.js[3] == 0 && some.tv[3] == 0);
}
END_TEST

/* (2, 1, 1/2, 0) and (1, 1, 0, 0), tiles of one token, by hand: each tile is one cell. */
START_TEST(tiles_of_one_token_are_cells)
{
    const double x[4] = {2, 1, 0.5, 0}, y[4] = {1, 1, 0, 0};
    const info_matrix p = {x, 1, 4, 4, 1, INFO_F64, 0}, q = {y, 1, 4, 4, 1, INFO_F64, 0};
    const info_vocabulary_shard shard = {.struct_size = sizeof shard, .vocabulary = 4, .tile = 1};
    info_logit_pair_part tile[4];
    info_logit_mixture mixture[4];
    double kl, js, tv, sum_x = 0, sum_y = 0, kl_0 = 0, js_0 = 0, tv_0 = 0;
    const info_logit_comparison c = {.struct_size = sizeof c, .length = 1, .kl = &kl, .js = &js, .tv = &tv};
    ck_assert_int_eq(info_logits_compare_part(NULL, &p, &q, &shard, NULL, 0, NULL, tile, 4), INFO_OK);
    ck_assert_int_eq(info_logits_mixture_part(NULL, &p, &q, &shard, tile, 4, NULL, mixture, 4), INFO_OK);
    ck_assert_int_eq(info_logits_compare_merge(NULL, tile, mixture, 4, 1, NULL, &c), INFO_OK);
    for (int i = 0; i < 4; i++) {
        sum_x += exp(x[i]);
        sum_y += exp(y[i]);
    }
    for (int i = 0; i < 4; i++) {
        const double a = exp(x[i]) / sum_x, b = exp(y[i]) / sum_y, m = (a + b) / 2;
        kl_0 += a * log(a / b);
        js_0 += (a * log(a / m) + b * log(b / m)) / 2;
        tv_0 += fabs(a - b) / 2;
    }
    near(kl, kl_0, 1e-14, 1e-16, "KL", 0);
    near(js, js_0, 1e-14, 1e-16, "JS", 0);
    near(tv, tv_0, 1e-14, 1e-16, "TV", 0);
}
END_TEST

/* NaN, +inf and rows of only -inf do not spread; a target that no tile has is told. */
START_TEST(rows_without_a_value_are_counted_in_the_merge)
{
    info_ctx *ctx;
    const float x[5][4] = {
        {1, 2, 3, 4}, {1, NAN, 0, 0}, {1, 1, 1, INFINITY}, {-INFINITY, -INFINITY, -INFINITY, -INFINITY}, {0, 1, 0, 0}};
    const int64_t targets[5] = {3, 0, 0, 0, 4};
    const info_matrix p = {x, 5, 4, 4, 1, INFO_F32, 0};
    const info_vocabulary_shard shard = {.struct_size = sizeof shard, .vocabulary = 4, .tile = 2};
    info_logit_part part[10];
    info_logit_pair_part pair[10];
    double log_p[5], kl[5];
    int64_t shares[5];
    const info_logit_measures m = {.struct_size = sizeof m, .length = 5, .log_probability = log_p};
    const info_logit_comparison c = {.struct_size = sizeof c, .length = 5, .kl = kl};
    info_lm_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_logits_measure_part(ctx, &p, &shard, targets, 5, &strict, part, 10), INFO_OK);
    ck_assert_int_eq(info_logits_measure_merge(ctx, part, 2, 5, NULL, &m), INFO_INVALID_ROWS);
    ck_assert_int_eq(info_ctx_invalid_rows(ctx), 4);
    ck_assert(isfinite(log_p[0]) && isnan(log_p[1]) && isnan(log_p[2]) && isnan(log_p[3]) && isnan(log_p[4]));
    ck_assert_int_eq(info_logits_rank_part(ctx, &p, &shard, part, 10, NULL, shares, 5), INFO_OK);
    ck_assert(shares[0] == 1 && shares[1] == -1 && shares[2] == -1 && shares[3] == -1 && shares[4] == -1);
    ck_assert_int_eq(info_logits_measure_merge(ctx, part, 2, 5, &strict, &m), INFO_ERROR_DOMAIN);
    ck_assert_str_eq(info_ctx_message(ctx), "parts: row 1 has no valid value");
    part[0] = part[4];
    part[5] = part[9];
    ck_assert_int_eq(info_logits_measure_merge(ctx, part, 2, 5, &strict, &m), INFO_ERROR_TARGET);
    ck_assert_str_eq(info_ctx_message(ctx), "parts: no tile has the target of row 0");
    ck_assert_int_eq(info_logits_compare_part(ctx, &p, &p, &shard, NULL, 0, NULL, pair, 10), INFO_OK);
    ck_assert_int_eq(info_logits_compare_merge(ctx, pair, NULL, 2, 5, NULL, &c), INFO_INVALID_ROWS);
    ck_assert_int_eq(info_ctx_invalid_rows(ctx), 3);
    ck_assert(kl[0] == 0 && isnan(kl[1]) && isnan(kl[2]) && isnan(kl[3]) && kl[4] == 0);
    info_ctx_destroy(ctx);
}
END_TEST

/* What the merges refuse, by what is done to the parts of one row in tiles of 2, 2 and 1 tokens. */
START_TEST(parts_that_do_not_fit_are_refused)
{
    info_ctx *ctx;
    const double x[5] = {1, 2, 3, 4, 5};
    const int64_t target = 1;
    const info_matrix p = {x, 1, 5, 5, 1, INFO_F64, 0};
    const info_vocabulary_shard shard = {.struct_size = sizeof shard, .vocabulary = 5, .tile = 2};
    info_logit_part good[3], bad[3];
    double h = 7;
    int64_t share = 7;
    const info_logit_measures m = {.struct_size = sizeof m, .length = 1, .entropy = &h};
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    ck_assert_int_eq(info_logits_measure_part(ctx, &p, &shard, &target, 1, NULL, good, 3), INFO_OK);
#define REFUSED(change, tiles, status, text)                                                                           \
    memcpy(bad, good, sizeof bad);                                                                                     \
    change;                                                                                                            \
    ck_assert_int_eq(info_logits_measure_merge(ctx, bad, tiles, 1, NULL, &m), status);                                 \
    ck_assert_str_eq(info_ctx_message(ctx), text)
    REFUSED(bad[1] = bad[0], 3, INFO_ERROR_SHARD, "parts: tile 1 of row 0 begins with token 0; 2 is expected");
    REFUSED(bad[0] = bad[1], 3, INFO_ERROR_SHARD, "parts: tile 0 of row 0 begins with token 2; 0 is expected");
    REFUSED((void)bad, 2, INFO_ERROR_SHARD, "parts: tiles end with token 3 of row 0; there are 5");
    REFUSED(bad[1].vocabulary = 6, 3, INFO_ERROR_MISMATCH, "parts: tile 1 of row 0 is of 6 tokens, tile 0 of 5");
    REFUSED(bad[2].temperature = 2, 3, INFO_ERROR_MISMATCH,
            "parts: tile 2 of row 0 was made with temperature 2, those before with 1");
    REFUSED(bad[2].targeted = -1, 3, INFO_ERROR_TARGET,
            "parts: tile 2 of row 0 was made with another target than those before");
    REFUSED(bad[1].weight = -1, 3, INFO_ERROR_DOMAIN, "parts: tile 1, row 0 is not what a part can be");
    REFUSED(bad[1].argmax = 4, 3, INFO_ERROR_DOMAIN, "parts: tile 1, row 0 is not what a part can be");
    REFUSED((void)bad, 0, INFO_ERROR_SIZE, "tiles: 0; 1 or more is allowed");
#undef REFUSED
    ck_assert_int_eq(info_logits_rank_part(ctx, &p, &shard, good, 2, NULL, &share, 1), INFO_ERROR_SIZE);
    ck_assert_str_eq(info_ctx_message(ctx), "parts: 2 elements; 3 tiles of 1 rows are needed");
    ck_assert(h == 7 && share == 7);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(shards_that_do_not_fit_the_vocabulary_are_refused)
{
    info_ctx *ctx;
    const double x[5] = {1, 2, 3, 4, 5};
    const info_matrix p = {x, 1, 5, 5, 1, INFO_F64, 0};
    static const struct {
        info_vocabulary_shard shard;
        info_status status;
        const char *text;
    } bad[] = {
        {{.vocabulary = 0}, INFO_ERROR_SIZE, "shard.vocabulary: 0; 1 or more is allowed"},
        {{.vocabulary = 9, .tile = -1}, INFO_ERROR_OPTION, "shard.tile: -1; 0 or more is allowed"},
        {{.vocabulary = 9, .first_token = 2},
         INFO_ERROR_OPTION,
         "shard.first_token: 2; multiples of the tile of 4096 tokens are allowed"},
        {{.vocabulary = 4, .tile = 2}, INFO_ERROR_SIZE, "shard: 5 columns from token 0 on; the vocabulary has 4"},
        {{.vocabulary = 9, .tile = 2},
         INFO_ERROR_SIZE,
         "shard: 5 columns; all shards but the last have a multiple of the tile of 2 tokens"},
        {{.vocabulary = 9, .tile = 5, .reserved = 1},
         INFO_ERROR_OPTION,
         "shard.reserved: 1 is not allowed; 0 to 0 are"}};
    info_logit_part part[5];
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        info_vocabulary_shard shard = bad[i].shard;
        shard.struct_size = sizeof shard;
        ck_assert_int_eq(info_logits_measure_part(ctx, &p, &shard, NULL, 0, NULL, part, 5), bad[i].status);
        ck_assert_str_eq(info_ctx_message(ctx), bad[i].text);
    }
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lm shards");
    TCase *tcase = tcase_create("shards");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, any_number_of_shards_gives_the_same_bits, 0, WAYS);
    tcase_add_loop_test(tcase, shards_give_what_whole_rows_do, 0, WAYS);
    tcase_add_test(tcase, tiles_of_one_token_are_cells);
    tcase_add_test(tcase, rows_without_a_value_are_counted_in_the_merge);
    tcase_add_test(tcase, parts_that_do_not_fit_are_refused);
    tcase_add_test(tcase, shards_that_do_not_fit_the_vocabulary_are_refused);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
