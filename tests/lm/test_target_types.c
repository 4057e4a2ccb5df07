/* SPDX-License-Identifier: MIT
 * Targets, tokens and ids of every integer type. */
#include <stdbool.h>

#include "lm_support.h"

#define ROWS 6
#define V 5
#define DEPTH 3
#define ROOM 4096
#define TYPES 7

/* A column, the number that is ignored below, two that are no column (255 where there is no sign), two columns. */
#define IGNORED 77
static const int64_t some_targets[ROWS] = {3, IGNORED, 100, -1, 0, 4};
static const int64_t some_words[ROWS] = {0, 1, 2, 3, 4, 4};

static const double p_logits[ROWS][V] = {{1, 0.5, -2, 0.25, 3}, {0, 1, 2, 3, 4}, {1, 1, 1, 0, 0},
                                         {-1, 2, 0, 0.5, 1},    {2, 2, 0, 1, 5}, {0.125, -3, 1, 0, 2}};
static const double q_logits[ROWS][V] = {{0, 0.5, 1, 0.25, 2}, {1, 1, 2, 3, 3}, {1, 0, 1, 0, 2},
                                         {-2, 1, 0.5, 0.5, 1}, {2, 1, 0, 1, 4}, {0.25, -3, 2, 1, 0}};

/* values as integers of a type, in memory of just their size. */
static void *integers_of(const int64_t *values, int64_t count, info_integer type)
{
    static const size_t sizes[TYPES] = {8, 4, 2, 1, 4, 2, 1};
    char *made = malloc((size_t)count * sizes[type]);
    for (int64_t i = 0; i < count; i++) /* little-endian: the lower bytes come first */
        memcpy(made + (size_t)i * sizes[type], &values[i], sizes[type]);
    return made;
}

/* The arguments that all functions here share, and where they put what they find. */
typedef struct call {
    info_ctx *ctx;
    const void *targets;
    info_integer type;
    info_lm_options lm;
    info_head_options heads;
    info_loss_options loss;
    info_matrix p, q, states, weight;
    info_head head;
    union {
        char bytes[ROOM];
        double doubles[ROOM / 8];
    } out;
} call;

static info_status use_measure(call *c)
{
    const info_logit_measures m = {.struct_size = sizeof m,
                                   .length = ROWS,
                                   .log_probability = c->out.doubles,
                                   .rank = (int64_t *)(void *)(c->out.doubles + ROWS)};
    return info_logits_measure(c->ctx, &c->p, c->targets, ROWS, &c->lm, &m);
}

static info_status use_nll(call *c)
{
    return info_nll(c->ctx, &c->p, c->targets, ROWS, &c->lm, c->out.doubles, ROWS);
}

static info_status use_perplexity(call *c)
{
    return info_perplexity(c->ctx, &c->p, c->targets, ROWS, &c->lm, (info_perplexity_result *)(void *)c->out.bytes);
}

static info_logit_comparison compared(call *c)
{
    return (info_logit_comparison){.struct_size = sizeof(info_logit_comparison),
                                   .length = ROWS,
                                   .log_probability_p = c->out.doubles,
                                   .log_probability_q = c->out.doubles + ROWS,
                                   .delta_p = c->out.doubles + 2 * ROWS};
}

static info_status use_compare(call *c)
{
    const info_logit_comparison m = compared(c);
    return info_logits_compare(c->ctx, &c->p, &c->q, c->targets, ROWS, &c->lm, &m);
}

static info_status use_loss(call *c)
{
    const info_matrix_out gradient = {c->out.doubles + 16, ROWS, V, V, 1, INFO_F64, 0};
    return info_loss_cross_entropy(c->ctx, &c->p, c->targets, ROWS, &c->loss, (info_loss_result *)(void *)c->out.bytes,
                                   &gradient);
}

static info_status use_select(call *c)
{
    return info_logits_select(c->ctx, &c->p, c->targets, 1, ROWS, &c->lm, c->out.doubles, ROWS);
}

static info_status use_brier(call *c)
{
    return info_brier(c->ctx, &c->p, c->targets, ROWS, &c->lm, c->out.doubles, ROWS);
}

static info_status use_kept(call *c)
{
    const info_kept_rule rule = {INFO_RULE_TOP_K, 0, 2};
    const info_kept_set set = {.struct_size = sizeof set, .rules = &rule, .rules_len = 1};
    const info_kept_measures m = {.struct_size = sizeof m,
                                  .length = ROWS,
                                  .log_probability = c->out.doubles,
                                  .contains = (int32_t *)(void *)(c->out.doubles + ROWS)};
    return info_kept_measure(c->ctx, &c->p, c->targets, ROWS, &set, &c->lm, &m);
}

static info_status use_words(call *c)
{
    const info_word_options words = {.struct_size = sizeof words, .boundary = INFO_BOUNDARY_AT_END};
    return info_word_surprisal(c->ctx, &c->p, c->targets, some_words, ROWS, &words, &c->lm, c->out.doubles, ROWS);
}

static const info_vocabulary_shard whole = {.struct_size = sizeof whole, .vocabulary = V, .tile = 3};

static info_status use_measure_part(call *c)
{
    return info_logits_measure_part(c->ctx, &c->p, &whole, c->targets, ROWS, &c->lm,
                                    (info_logit_part *)(void *)c->out.bytes, 2 * ROWS);
}

static info_status use_compare_part(call *c)
{
    return info_logits_compare_part(c->ctx, &c->p, &c->q, &whole, c->targets, ROWS, &c->lm,
                                    (info_logit_pair_part *)(void *)c->out.bytes, 2 * ROWS);
}

static info_status use_head_measure(call *c)
{
    const info_logit_measures m = {.struct_size = sizeof m, .length = ROWS, .log_probability = c->out.doubles};
    return info_head_measure(c->ctx, &c->head, c->targets, ROWS, &c->heads, &m);
}

static info_status use_head_compare(call *c)
{
    const info_logit_comparison m = compared(c);
    return info_head_compare(c->ctx, &c->head, &c->head, c->targets, ROWS, &c->heads, &m);
}

static info_status use_head_measure_part(call *c)
{
    return info_head_measure_part(c->ctx, &c->head, 1, c->targets, ROWS, &c->heads,
                                  (info_head_part *)(void *)c->out.bytes, ROWS);
}

static info_status use_head_compare_part(call *c)
{
    return info_head_compare_part(c->ctx, &c->head, &c->head, 1, c->targets, ROWS, &c->heads,
                                  (info_head_pair_part *)(void *)c->out.bytes, ROWS);
}

static info_status use_head_loss(call *c)
{
    const info_head_loss_rows rows = {.struct_size = sizeof rows, .length = ROWS, .loss = c->out.doubles + 16};
    return info_head_loss_cross_entropy(c->ctx, &c->head, c->targets, ROWS, &c->loss, &rows,
                                        (info_loss_result *)(void *)c->out.bytes, NULL);
}

static info_status (*const uses[])(call *) = {use_measure,
                                              use_nll,
                                              use_perplexity,
                                              use_compare,
                                              use_loss,
                                              use_select,
                                              use_brier,
                                              use_kept,
                                              use_words,
                                              use_measure_part,
                                              use_compare_part,
                                              use_head_measure,
                                              use_head_compare,
                                              use_head_measure_part,
                                              use_head_compare_part,
                                              use_head_loss};
#define USES ((int)(sizeof uses / sizeof uses[0]))

/* A call of one function with some_targets of a type. */
static info_status use(call *c, int which, info_integer type, const void *targets, info_lm_options lm)
{
    static const double weight[V][DEPTH] = {{1, 0, 2}, {0, 1, -1}, {0.5, 0.5, 0}, {-1, 2, 1}, {1, 1, 1}};
    lm.struct_size = sizeof lm;
    lm.target_type = type;
    c->targets = targets;
    c->type = type;
    c->lm = lm;
    c->heads = (info_head_options){.struct_size = sizeof c->heads,
                                   .invalid = lm.invalid,
                                   .ignore = lm.ignore,
                                   .ignore_index = lm.ignore_index,
                                   .target_type = type};
    c->loss = (info_loss_options){.struct_size = sizeof c->loss,
                                  .invalid = lm.invalid,
                                  .ignore = lm.ignore,
                                  .ignore_index = lm.ignore_index,
                                  .target_type = type};
    c->p = matrix_of(p_logits, ROWS, V, INFO_F64);
    c->q = matrix_of(q_logits, ROWS, V, INFO_F64);
    c->states = (info_matrix){p_logits, ROWS, DEPTH, V, 1, INFO_F64, 0};
    c->weight = matrix_of(weight, V, DEPTH, INFO_F64);
    c->head = (info_head){.struct_size = sizeof c->head, .hidden = &c->states, .weight = &c->weight};
    memset(c->out.bytes, 0x5a, ROOM);
    return uses[which](c);
}

START_TEST(every_type_gives_the_same_bits_in_every_function)
{
    static call wanted, got;
    const info_lm_options lm = {.ignore = INFO_IGNORE_INDEX, .ignore_index = IGNORED};
    for (int f = 0; f < USES; f++) {
        const info_status status = use(&wanted, f, INFO_INT64, some_targets, lm);
        ck_assert_msg(status == INFO_OK || status == INFO_INVALID_ROWS, "function %d: %d", f, status);
        for (info_integer type = INFO_INT64; type <= INFO_UINT8; type++) {
            void *targets = integers_of(some_targets, ROWS, type);
            ck_assert_int_eq(use(&got, f, type, targets, lm), status);
            ck_assert_msg(memcmp(&got.out, &wanted.out, ROOM) == 0, "function %d, type %d", f, type);
            free(targets);
        }
    }
}
END_TEST

START_TEST(what_the_targets_say_matters_in_every_function)
{
    static call one, other;
    const int64_t changed[ROWS] = {4, IGNORED, 100, -1, 0, 4};
    const info_lm_options lm = {.ignore = INFO_IGNORE_INDEX, .ignore_index = IGNORED};
    for (int f = 0; f < USES; f++) {
        uint16_t *targets = integers_of(changed, ROWS, INFO_UINT16);
        use(&one, f, INFO_INT64, some_targets, lm);
        use(&other, f, INFO_UINT16, targets, lm);
        ck_assert_msg(memcmp(&one.out, &other.out, ROOM) != 0, "function %d", f);
        free(targets);
    }
}
END_TEST

START_TEST(a_type_that_is_not_known_is_refused_by_every_function)
{
    static call c;
    info_ctx *ctx = context(1, 0);
    c.ctx = ctx;
    for (int f = 0; f < USES; f++)
        for (int bad = 0; bad < 2; bad++) {
            ck_assert_int_eq(use(&c, f, bad ? TYPES : -1, some_targets, (info_lm_options){0}), INFO_ERROR_OPTION);
            ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "options.target_type"));
            ck_assert_int_eq(c.out.bytes[0], 0x5a);
        }
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_ignored_index_that_the_type_does_not_hold_is_refused)
{
    static call c;
    static const struct {
        info_integer type;
        int64_t index;
    } bad[] = {{INFO_UINT16, -100},
               {INFO_UINT8, 256},
               {INFO_INT8, 128},
               {INFO_INT8, -129},
               {INFO_INT16, 40000},
               {INFO_INT32, INT64_C(1) << 31},
               {INFO_UINT32, INT64_C(1) << 32}};
    info_ctx *ctx = context(1, 0);
    c.ctx = ctx;
    for (int f = 0; f < USES; f++)
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            const info_lm_options lm = {.ignore = INFO_IGNORE_INDEX, .ignore_index = bad[i].index};
            ck_assert_int_eq(use(&c, f, bad[i].type, some_targets, lm), INFO_ERROR_OPTION);
            ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "options.ignore_index"));
        }
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_default_ignored_index_is_no_number_without_a_sign)
{
    static call c;
    static const int8_t with_sign[ROWS] = {-100, 1, 1, 1, 1, 1};
    static const uint8_t without[ROWS] = {156, 1, 1, 1, 1, 1}; /* the same byte */
    ck_assert_int_eq(use(&c, 1, INFO_INT8, with_sign, (info_lm_options){0}), INFO_OK);
    ck_assert_double_eq(c.out.doubles[0], 0);
    ck_assert_int_eq(use(&c, 1, INFO_UINT8, without, (info_lm_options){0}), INFO_INVALID_ROWS);
    ck_assert(isnan(c.out.doubles[0]));
}
END_TEST

START_TEST(the_largest_numbers_are_read_as_they_are)
{
    static call c;
    static const uint32_t large[ROWS] = {UINT32_MAX, 1, 1, 1, 1, 1};
    const info_lm_options strict = {.invalid = INFO_INVALID_ERROR};
    const info_lm_options skipping = {.ignore = INFO_IGNORE_INDEX, .ignore_index = UINT32_MAX};
    info_ctx *ctx = context(1, 0);
    c.ctx = ctx;
    ck_assert_int_eq(use(&c, 1, INFO_UINT32, large, strict), INFO_ERROR_TARGET);
    ck_assert_str_eq(info_ctx_message(ctx), "targets: 4294967295 at row 0; 0 to 4 are allowed");
    ck_assert_int_eq(use(&c, 1, INFO_UINT32, large, skipping), INFO_OK);
    ck_assert_double_eq(c.out.doubles[0], 0);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(alignment_is_that_of_the_type)
{
    static call c;
    _Alignas(8) char bytes[8 * ROWS + 8] = {0};
    for (int f = 0; f < USES; f++) {
        ck_assert_int_eq(use(&c, f, INFO_INT64, bytes + 4, (info_lm_options){0}), INFO_ERROR_ALIGNMENT);
        ck_assert_int_eq(use(&c, f, INFO_INT32, bytes + 4, (info_lm_options){0}), INFO_OK);
        ck_assert_int_eq(use(&c, f, INFO_UINT32, bytes + 2, (info_lm_options){0}), INFO_ERROR_ALIGNMENT);
        ck_assert_int_eq(use(&c, f, INFO_UINT16, bytes + 2, (info_lm_options){0}), INFO_OK);
        ck_assert_int_eq(use(&c, f, INFO_INT16, bytes + 1, (info_lm_options){0}), INFO_ERROR_ALIGNMENT);
        ck_assert_int_eq(use(&c, f, INFO_INT8, bytes + 1, (info_lm_options){0}), INFO_OK);
    }
}
END_TEST

START_TEST(an_output_may_begin_where_targets_of_their_size_end)
{
    double place[2 * ROWS] = {0};
    const info_matrix logits = matrix_of(p_logits, ROWS, V, INFO_F64);
    info_lm_options options = {.struct_size = sizeof options, .target_type = INFO_INT32};
    /* 6 targets of 4 bytes are 3 doubles. */
    ck_assert_int_eq(info_nll(NULL, &logits, place, ROWS, &options, place + 3, ROWS), INFO_OK);
    memset(place, 0, sizeof place);
    ck_assert_int_eq(info_nll(NULL, &logits, place, ROWS, &options, place + 2, ROWS), INFO_ERROR_OVERLAP);
    options.target_type = INFO_INT64;
    ck_assert_int_eq(info_nll(NULL, &logits, place, ROWS, &options, place + 3, ROWS), INFO_ERROR_OVERLAP);
    options.target_type = INFO_UINT8;
    ck_assert_int_eq(info_nll(NULL, &logits, place, ROWS, &options, place + 1, ROWS), INFO_OK);
}
END_TEST

/* ---- Lists ---------------------------------------------------------------- */

static const double listed_p[2][2] = {{-0.5, -1.5}, {-0.25, -2}};
static const int64_t listed_tokens[4] = {4, 1, 0, 3};

START_TEST(lists_of_tokens_are_of_any_type)
{
    const info_matrix logits = matrix_of(p_logits, 2, V, INFO_F64), list = matrix_of(listed_p, 2, 2, INFO_F64);
    double bounds[TYPES][4], losses[TYPES][2];
    info_loss_result result[TYPES];
    for (info_integer type = INFO_INT64; type <= INFO_UINT8; type++) {
        void *tokens = integers_of(listed_tokens, 4, type);
        const info_top_k teacher = {&list, tokens, 4, 0, type, 0};
        const info_top_k wide = {&list, listed_tokens, 4, 0, INFO_INT64, 0};
        ck_assert_int_eq(info_top_k_kl(NULL, &teacher, &wide, V, NULL, bounds[type], bounds[type] + 2, 2), INFO_OK);
        ck_assert_int_eq(info_loss_top_k(NULL, &teacher, V, &logits, NULL, losses[type], 2, &result[type], NULL),
                         INFO_OK);
        ck_assert_int_eq(memcmp(bounds[type], bounds[0], sizeof bounds[0]), 0);
        ck_assert_int_eq(memcmp(losses[type], losses[0], sizeof losses[0]), 0);
        ck_assert_int_eq(memcmp(&result[type], &result[0], sizeof result[0]), 0);
        free(tokens);
    }
    ck_assert(losses[0][0] > 0 && bounds[0][0] == 0);
}
END_TEST

START_TEST(lists_of_an_unknown_type_or_misaligned_are_refused)
{
    const info_matrix logits = matrix_of(p_logits, 2, V, INFO_F64), list = matrix_of(listed_p, 2, 2, INFO_F64);
    _Alignas(8) const char bytes[48] = {0};
    double out[4];
    info_loss_result result;
    info_ctx *ctx = context(1, 0);
    const info_top_k fine = {&list, listed_tokens, 4, 0, INFO_INT64, 0};
    const info_top_k unknown = {&list, listed_tokens, 4, 0, TYPES, 0};
    const info_top_k askew = {&list, bytes + 2, 4, 0, INFO_INT32, 0};
    const info_top_k reserved = {&list, listed_tokens, 4, 0, INFO_INT64, 1};
    ck_assert_int_eq(info_top_k_kl(ctx, &unknown, &fine, V, NULL, out, out + 2, 2), INFO_ERROR_TYPE);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "p.tokens: type 7 is unknown"));
    ck_assert_int_eq(info_top_k_kl(ctx, &fine, &askew, V, NULL, out, out + 2, 2), INFO_ERROR_ALIGNMENT);
    ck_assert_int_eq(info_top_k_kl(ctx, &fine, &reserved, V, NULL, out, out + 2, 2), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_loss_top_k(ctx, &unknown, V, &logits, NULL, NULL, 0, &result, NULL), INFO_ERROR_TYPE);
    ck_assert_int_eq(info_loss_top_k(ctx, &askew, V, &logits, NULL, NULL, 0, &result, NULL), INFO_ERROR_ALIGNMENT);
    ck_assert_int_eq(info_loss_top_k(ctx, &reserved, V, &logits, NULL, NULL, 0, &result, NULL), INFO_ERROR_OPTION);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "teacher.reserved"));
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(kept_ids_are_of_any_type)
{
    const info_matrix logits = matrix_of(p_logits, 2, V, INFO_F64);
    double mass[TYPES][2];
    info_ctx *ctx = context(1, 0);
    for (info_integer type = INFO_INT64; type <= INFO_UINT8; type++) {
        void *ids = integers_of(listed_tokens, 4, type);
        const info_kept_set set = {
            .struct_size = sizeof set, .ids = ids, .ids_per_row = 2, .ids_len = 4, .id_type = type};
        const info_kept_measures m = {.struct_size = sizeof m, .length = 2, .log_mass = mass[type]};
        ck_assert_int_eq(info_kept_measure(NULL, &logits, NULL, 0, &set, NULL, &m), INFO_OK);
        ck_assert_int_eq(memcmp(mass[type], mass[0], sizeof mass[0]), 0);
        free(ids);
    }
    ck_assert(mass[0][0] < 0 && mass[0][1] < 0);
    const info_kept_set unknown = {
        .struct_size = sizeof unknown, .ids = listed_tokens, .ids_per_row = 2, .ids_len = 4, .id_type = -1};
    const info_kept_measures m = {.struct_size = sizeof m, .length = 2, .log_mass = mass[0]};
    ck_assert_int_eq(info_kept_measure(ctx, &logits, NULL, 0, &unknown, NULL, &m), INFO_ERROR_TYPE);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "set.id_type: -1"));
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_type_gives_the_same_bits_in_every_function,
                                  what_the_targets_say_matters_in_every_function,
                                  a_type_that_is_not_known_is_refused_by_every_function,
                                  an_ignored_index_that_the_type_does_not_hold_is_refused,
                                  the_default_ignored_index_is_no_number_without_a_sign,
                                  the_largest_numbers_are_read_as_they_are,
                                  alignment_is_that_of_the_type,
                                  an_output_may_begin_where_targets_of_their_size_end,
                                  lists_of_tokens_are_of_any_type,
                                  lists_of_an_unknown_type_or_misaligned_are_refused,
                                  kept_ids_are_of_any_type,
                                  NULL};
    return run_tests("target types", tests);
}
