/* SPDX-License-Identifier: MIT
 * How the work was cut leaves no trace: shards, batches, order and tree of merging, saving on the way. */
#include "evaluation_support.h"

static data_set data;

/* Cuts of the tokens into shards, anywhere, also within documents. */
static void cut_points(int64_t *cut, int64_t shards, uint64_t *seed)
{
    cut[0] = 0;
    cut[shards] = TOKENS;
    for (int64_t i = 1; i < shards; i++)
        cut[i] = cut[i - 1] + 1 + (int64_t)(next_word(seed) % (uint64_t)(TOKENS - cut[i - 1] - (shards - i)));
}

static info_evaluation *evaluated_in(info_evaluation_options o, int64_t shards, bool by_bytes, uint64_t *seed)
{
    info_evaluation *state[8];
    int64_t cut[9], left = shards;
    cut_points(cut, shards, seed);
    for (int64_t i = 0; i < shards; i++) {
        o.shard = i;
        o.shards = shards;
        state[i] = shard_of(&o, &data, cut[i], cut[i + 1], seed);
    }
    for (; left > 1; left--) {
        const int64_t from = (int64_t)(next_word(seed) % (uint64_t)left);
        info_evaluation *taken = state[from];
        state[from] = state[left - 1];
        const int64_t into = (int64_t)(next_word(seed) % (uint64_t)(left - 1));
        if (by_bytes) {
            const bytes a = saved(taken), b = saved(state[into]);
            info_evaluation_destroy(taken);
            info_evaluation_destroy(state[into]);
            taken = loaded(a);
            state[into] = loaded(b);
            free(a.data);
            free(b.data);
        }
        ck_ok(info_evaluation_merge(NULL, state[into], taken));
        info_evaluation_destroy(taken);
    }
    ck_ok(info_evaluation_check(NULL, state[0]));
    return state[0];
}

START_TEST(any_cut_gives_the_same_bits_in_every_number)
{
    static unsigned char whole[REPORT], cut[REPORT];
    const info_evaluation_kind kind = _i / 2 + 1;
    info_evaluation_options o = options_of(kind, 0, 1);
    o.percentiles = _i % 2 ? INFO_PERCENTILES_EXACT : INFO_PERCENTILES_BUCKETS;
    uint64_t seed = (uint64_t)_i;
    data_set_make(&data, 5);
    info_evaluation *one = new_state(&o);
    update(one, &data, 0, TOKENS);
    report_of(one, whole);
    for (int round = 0; round < 12; round++) {
        static const int64_t shards[] = {1, 2, 3, 7};
        info_evaluation *state = evaluated_in(o, shards[round % 4], round >= 4, &seed);
        report_of(state, cut);
        ck_assert_mem_eq(cut, whole, REPORT);
        info_evaluation_destroy(state);
    }
    info_evaluation_destroy(one);
}
END_TEST

START_TEST(the_order_of_merging_leaves_the_same_bytes)
{
    const info_evaluation_options o[3] = {options_of(_i + 1, 0, 3), options_of(_i + 1, 1, 3), options_of(_i + 1, 2, 3)};
    static const int64_t cut[4] = {0, 700, 701, TOKENS};
    uint64_t seed = 3;
    data_set_make(&data, 6);
    bytes first = {0};
    for (int order = 0; order < 6; order++) {
        const int a = order / 2, b = (a + 1 + order % 2) % 3, c = 3 - a - b;
        info_evaluation *s[3];
        for (int i = 0; i < 3; i++)
            s[i] = shard_of(&o[i], &data, cut[i], cut[i + 1], &seed);
        ck_ok(info_evaluation_merge(NULL, s[b], s[c]));
        ck_ok(info_evaluation_merge(NULL, s[a], s[b]));
        const bytes all = saved(s[a]);
        if (order == 0)
            first = all;
        ck_assert_int_eq(all.size, first.size);
        ck_assert_mem_eq(all.data, first.data, (size_t)all.size);
        for (int i = 0; i < 3; i++)
            info_evaluation_destroy(s[i]);
        if (order > 0)
            free(all.data);
    }
    free(first.data);
}
END_TEST

START_TEST(a_state_saved_and_loaded_goes_on_as_if_nothing_had_happened)
{
    static unsigned char straight[REPORT], resumed[REPORT];
    info_evaluation_options o = options_of(_i + 1, 0, 1);
    data_set_make(&data, 7);
    for (int whole = 0; whole < 2; whole++) {
        o.documents = whole ? INFO_DOCUMENTS_WHOLE : INFO_DOCUMENTS_CUT;
        info_evaluation *state = new_state(&o);
        update(state, &data, 0, TOKENS);
        report_of(state, straight);
        info_evaluation_destroy(state);
        uint64_t seed = 8;
        for (int round = 0; round < 20; round++) {
            const int64_t cut = 1 + (int64_t)(next_word(&seed) % (TOKENS - 1));
            state = new_state(&o);
            update(state, &data, 0, cut);
            ck_ok(info_evaluation_mark(NULL, state, cut, 0));
            const bytes b = saved(state);
            info_evaluation_destroy(state);
            state = loaded(b);
            free(b.data);
            info_evaluation_description d;
            ck_ok(info_evaluation_describe(NULL, state, &d));
            ck_assert_int_eq(d.position, cut);
            ck_assert_int_eq(d.finished, 0);
            update(state, &data, d.position, TOKENS);
            report_of(state, resumed);
            ck_assert_mem_eq(resumed, straight, REPORT);
            info_evaluation_destroy(state);
        }
    }
}
END_TEST

/* Shards that keep documents whole give what shards that cut them give, in less. */
START_TEST(whole_documents_travel_closed)
{
    static unsigned char cut[REPORT], kept[REPORT];
    info_evaluation_options o = options_of(_i + 1, 0, 2);
    uint64_t seed = 9;
    data_set_make(&data, 10);
    int64_t middle = TOKENS / 2;
    while (data.document[middle] == data.document[middle - 1])
        middle++;
    int64_t size[2];
    for (int whole = 0; whole < 2; whole++) {
        o.documents = whole ? INFO_DOCUMENTS_WHOLE : INFO_DOCUMENTS_CUT;
        o.shard = 0;
        info_evaluation *a = shard_of(&o, &data, 0, middle, &seed);
        o.shard = 1;
        info_evaluation *b = shard_of(&o, &data, middle, TOKENS, &seed);
        ck_ok(info_evaluation_merge(NULL, a, b));
        report_of(a, whole ? kept : cut);
        ck_ok(info_evaluation_saved_size(NULL, a, &size[whole]));
        info_evaluation_destroy(a);
        info_evaluation_destroy(b);
    }
    ck_assert_mem_eq(kept, cut, REPORT);
    if (_i + 1 <= INFO_EVALUATION_VALUES)
        ck_assert_int_lt(size[1], size[0]);
}
END_TEST

START_TEST(a_doubled_shard_is_refused_and_a_missing_one_named)
{
    uint64_t seed = 1;
    info_ctx *ctx;
    info_evaluation *s[9];
    data_set_make(&data, 11);
    ck_ok(info_ctx_create(NULL, &ctx));
    for (int i = 0; i < 9; i++) {
        const info_evaluation_options o = options_of(INFO_EVALUATION_LIKELIHOOD, i, 9);
        s[i] = shard_of(&o, &data, 10 * i, 10 * i + 10, &seed);
    }
    ck_ok(info_evaluation_merge(NULL, s[4], s[1]));
    ck_ok(info_evaluation_merge(NULL, s[4], s[2]));
    ck_assert_int_eq(info_evaluation_check(ctx, s[4]), INFO_ERROR_SHARD);
    ck_assert_str_eq(info_ctx_message(ctx), "state: of 9 shards these are missing: 0, 3, 5 to 8");
    const bytes before = saved(s[4]);
    ck_assert_int_eq(info_evaluation_merge(ctx, s[4], s[2]), INFO_ERROR_SHARD);
    ck_assert_str_eq(info_ctx_message(ctx), "from: shard 2 is in both");
    const bytes after = saved(s[4]);
    ck_assert_mem_eq(after.data, before.data, (size_t)before.size);
    info_evaluation_description d;
    ck_ok(info_evaluation_describe(NULL, s[4], &d));
    ck_assert_int_eq(d.shards_present, 3);
    ck_assert_int_eq(d.first_missing, 0);
    ck_ok(info_evaluation_merge(NULL, s[0], s[4]));
    for (int i = 3; i < 9; i++)
        if (i != 4)
            ck_ok(info_evaluation_merge(NULL, s[0], s[i]));
    ck_ok(info_evaluation_check(ctx, s[0]));
    ck_ok(info_evaluation_describe(NULL, s[0], &d));
    ck_assert_int_eq(d.first_missing, -1);
    for (int i = 0; i < 9; i++)
        info_evaluation_destroy(s[i]);
    free(before.data);
    free(after.data);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(an_unfinished_shard_does_not_merge_and_a_finished_one_takes_no_more)
{
    const info_evaluation_options o = options_of(INFO_EVALUATION_PAIR, 0, 2),
                                  other = options_of(INFO_EVALUATION_PAIR, 1, 2);
    info_ctx *ctx;
    data_set_make(&data, 12);
    ck_ok(info_ctx_create(NULL, &ctx));
    info_evaluation *a = new_state(&o), *b = new_state(&other);
    update(a, &data, 0, 50);
    ck_ok(info_evaluation_mark(NULL, b, 0, 1));
    ck_assert_int_eq(info_evaluation_merge(ctx, a, b), INFO_ERROR_SHARD);
    ck_assert_str_eq(info_ctx_message(ctx), "into: shard 0 is not finished");
    ck_assert_int_eq(info_evaluation_merge(ctx, b, a), INFO_ERROR_SHARD);
    ck_assert_str_eq(info_ctx_message(ctx), "from: shard 0 is not finished");
    ck_assert_int_eq(info_evaluation_check(ctx, a), INFO_ERROR_SHARD);
    ck_ok(info_evaluation_mark(NULL, a, 7, 1));
    ck_assert_int_eq(info_evaluation_mark(ctx, a, 7, 0), INFO_ERROR_SHARD);
    ck_assert_int_eq(info_evaluation_mark(ctx, a, 7, 2), INFO_ERROR_OPTION);
    ck_assert_int_eq(try_update(ctx, a, &data, 0, 5), INFO_ERROR_SHARD);
    ck_assert_str_eq(info_ctx_message(ctx), "state: is finished; no batch can be added");
    ck_ok(info_evaluation_merge(NULL, a, b)); /* an empty shard is a shard */
    ck_ok(info_evaluation_check(NULL, a));
    ck_assert_int_eq(info_evaluation_merge(ctx, a, a), INFO_ERROR_OVERLAP);
    info_evaluation_destroy(a);
    info_evaluation_destroy(b);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(states_of_different_evaluations_refuse_and_say_why)
{
    const info_spectral_options centered = {
        .struct_size = sizeof centered, .center = INFO_CHOICE_YES, .normalize_rows = INFO_CHOICE_NO};
    info_evaluation_options o = options_of(INFO_EVALUATION_LIKELIHOOD, 0, 2);
    static const double other_edges[] = {0, 0.1, 0.25, 0.5, 0.75, 0.95, 1};
    static const int64_t other_positions[] = {0, 1, 2, 4, 8, 16, 33};
    struct {
        const char *says;
        info_evaluation_options a, b;
    } cases[] = {{"model", o, o},          {"reference", o, o},       {"tokenizer", o, o},
                 {"data", o, o},           {"settings", o, o},        {"shards", o, o},
                 {"percentiles", o, o},    {"documents", o, o},       {"confidence_edges", o, o},
                 {"position_edges", o, o}, {"pairs of models", o, o}, {"cap", o, o},
                 {"columns", o, o},        {"center", o, o}};
    enum { CASES = sizeof cases / sizeof cases[0] };
    for (int i = 0; i < CASES; i++)
        cases[i].b.shard = 1;
    cases[0].b.model = "another model";
    cases[1].b.reference = "q4";
    cases[2].b.tokenizer = NULL;
    cases[3].b.data = "dat";
    cases[4].b.settings = "context 1024";
    cases[5].b.shards = 3;
    cases[6].b.percentiles = INFO_PERCENTILES_EXACT;
    cases[7].b.documents = INFO_DOCUMENTS_WHOLE;
    cases[8].b.confidence_edges = other_edges;
    cases[9].b.position_edges = other_positions;
    cases[10].b.kind = INFO_EVALUATION_PAIR;
    cases[11].a = options_of(INFO_EVALUATION_OFF_POLICY, 0, 2);
    cases[11].b = options_of(INFO_EVALUATION_OFF_POLICY, 1, 2);
    cases[11].b.cap = 1.25;
    cases[12].a = options_of(INFO_EVALUATION_VALUES, 0, 2);
    cases[12].b = options_of(INFO_EVALUATION_VALUES, 1, 2);
    cases[12].b.columns = 4;
    cases[13].a = options_of(INFO_EVALUATION_STATES, 0, 2);
    cases[13].b = options_of(INFO_EVALUATION_STATES, 1, 2);
    cases[13].b.spectral = &centered;
    info_ctx *ctx;
    ck_ok(info_ctx_create(NULL, &ctx));
    for (int i = 0; i < CASES; i++) {
        info_evaluation *a = new_state(&cases[i].a), *b = new_state(&cases[i].b);
        ck_ok(info_evaluation_mark(NULL, a, 0, 1));
        ck_ok(info_evaluation_mark(NULL, b, 0, 1));
        ck_assert_int_eq(info_evaluation_merge(ctx, a, b), INFO_ERROR_MISMATCH);
        if (!strstr(info_ctx_message(ctx), cases[i].says))
            ck_abort_msg("\"%s\" does not say %s", info_ctx_message(ctx), cases[i].says);
        info_evaluation_description da, db;
        ck_ok(info_evaluation_describe(NULL, a, &da));
        ck_ok(info_evaluation_describe(NULL, b, &db));
        ck_assert_uint_ne(da.configuration, db.configuration);
        info_evaluation_destroy(a);
        info_evaluation_destroy(b);
    }
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(the_same_arrays_are_given_every_time)
{
    const info_evaluation_options a_options = {.struct_size = sizeof a_options,
                                               .kind = INFO_EVALUATION_LIKELIHOOD,
                                               .shards = 2},
                                  b_options = {.struct_size = sizeof b_options,
                                               .kind = INFO_EVALUATION_LIKELIHOOD,
                                               .shards = 2,
                                               .shard = 1};
    const double log_p[2] = {-1, -2}, entropy[2] = {1, 1};
    const int64_t documents[2] = {1, 2};
    info_likelihood_batch batch = {.struct_size = sizeof batch, .count = 2, .log_probability = log_p};
    info_ctx *ctx;
    ck_ok(info_ctx_create(NULL, &ctx));
    info_evaluation *a = new_state(&a_options), *b = new_state(&b_options);
    ck_ok(info_evaluation_update_likelihood(ctx, a, &batch));
    batch.documents = documents;
    ck_assert_int_eq(info_evaluation_update_likelihood(ctx, a, &batch), INFO_ERROR_MISMATCH);
    ck_assert_str_eq(info_ctx_message(ctx),
                     "batch: differs in having documents from the batches before it: each must give the same arrays");
    batch.documents = NULL;
    batch.entropy = entropy;
    ck_assert_int_eq(info_evaluation_update_likelihood(ctx, a, &batch), INFO_ERROR_MISMATCH);
    ck_ok(info_evaluation_update_likelihood(ctx, b, &batch));
    ck_ok(info_evaluation_mark(NULL, a, 0, 1));
    ck_ok(info_evaluation_mark(NULL, b, 0, 1));
    ck_assert_int_eq(info_evaluation_merge(ctx, a, b), INFO_ERROR_MISMATCH);
    info_evaluation_destroy(a);
    info_evaluation_destroy(b);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("evaluation shards");
    TCase *tcase = tcase_create("shards");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, any_cut_gives_the_same_bits_in_every_number, 0, 2 * INFO_EVALUATION_STATES);
    tcase_add_loop_test(tcase, the_order_of_merging_leaves_the_same_bytes, 0, INFO_EVALUATION_STATES);
    tcase_add_loop_test(tcase, a_state_saved_and_loaded_goes_on_as_if_nothing_had_happened, 0, INFO_EVALUATION_STATES);
    tcase_add_loop_test(tcase, whole_documents_travel_closed, 0, INFO_EVALUATION_STATES);
    tcase_add_test(tcase, a_doubled_shard_is_refused_and_a_missing_one_named);
    tcase_add_test(tcase, an_unfinished_shard_does_not_merge_and_a_finished_one_takes_no_more);
    tcase_add_test(tcase, states_of_different_evaluations_refuse_and_say_why);
    tcase_add_test(tcase, the_same_arrays_are_given_every_time);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
