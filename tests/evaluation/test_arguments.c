/* SPDX-License-Identifier: MIT
 * Batches and options that are refused. */
#include "evaluation_support.h"

START_TEST(bad_batches_change_nothing_and_say_what_is_wrong)
{
    const double log_p[3] = {-1, -2, 0.5}, good[3] = {-1, -2, -3}, units[3] = {1, -1, 1}, top[3] = {0.5, 1.5, 0};
    const int32_t flags[3] = {0, 2, 1};
    const info_evaluation_options o = {.struct_size = sizeof o, .kind = INFO_EVALUATION_LIKELIHOOD},
                                  binned = options_of(INFO_EVALUATION_LIKELIHOOD, 0, 1);
    const info_likelihood_batch batches[] = {
        {.struct_size = sizeof batches[0], .count = 3, .log_probability = log_p},
        {.struct_size = sizeof batches[0], .count = 3, .log_probability = good, .units = units},
        {.struct_size = sizeof batches[0], .count = 3, .log_probability = good, .top_probability = top},
        {.struct_size = sizeof batches[0], .count = 3, .log_probability = good, .correct = flags},
        {.struct_size = sizeof batches[0], .count = 0, .log_probability = good},
        {.struct_size = sizeof batches[0], .count = 3},
        {.struct_size = sizeof batches[0], .count = 3, .log_probability = good, .precision = 7},
        {.struct_size = 2, .count = 3, .log_probability = good}};
    static const struct {
        info_status status;
        const char *text;
    } expected[] = {{INFO_ERROR_DOMAIN,
                     "batch.log_probability: 0.5 at 2; a log-probability is at most 0, and 1e-05 above it by rounding"},
                    {INFO_ERROR_DOMAIN, "batch.units: -1 at 1; 0 to 1.7976931348623157e+308 are allowed"},
                    {INFO_ERROR_DOMAIN, "batch.top_probability: 1.5 at 1; 0 to 1 are allowed"},
                    {INFO_ERROR_DOMAIN, "batch.correct: 2 at 1; 1, 0 and -1 are allowed"},
                    {INFO_ERROR_SIZE, "batch.count: 0; at least 1 is needed"},
                    {INFO_ERROR_NULL, "batch.log_probability: is NULL"},
                    {INFO_ERROR_OPTION, "batch.precision: 7 is not allowed; 0 to 3 are"},
                    {INFO_ERROR_OPTION,
                     "batch.struct_size: 2 is no size of this struct; set it to its sizeof (80 in this version)"}};
    info_ctx *ctx;
    ck_ok(info_ctx_create(NULL, &ctx));
    info_evaluation *state = new_state(&o), *with_bins = new_state(&binned);
    const bytes before = saved(state);
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        ck_assert_int_eq(info_evaluation_update_likelihood(ctx, state, &batches[i]), expected[i].status);
        ck_assert_str_eq(info_ctx_message(ctx), expected[i].text);
    }
    ck_assert_int_eq(info_evaluation_update_likelihood(ctx, state, NULL), INFO_ERROR_NULL);
    ck_assert_int_eq(info_evaluation_update_likelihood(ctx, NULL, &batches[0]), INFO_ERROR_NULL);
    info_likelihood_batch unbinned = {.struct_size = sizeof unbinned, .count = 3, .log_probability = good};
    ck_assert_int_eq(info_evaluation_update_likelihood(ctx, with_bins, &unbinned), INFO_ERROR_NULL);
    ck_assert_str_eq(info_ctx_message(ctx), "batch.positions: is NULL; the state has bins of position");
    const info_pair_batch pair = {
        .struct_size = sizeof pair, .count = 3, .log_probability_p = good, .log_probability_q = good};
    ck_assert_int_eq(info_evaluation_update_pair(ctx, state, &pair), INFO_ERROR_MISMATCH);
    ck_assert_str_eq(info_ctx_message(ctx), "state: is one of likelihoods, not of pairs of models");
    const bytes after = saved(state);
    ck_assert_int_eq(after.size, before.size);
    ck_assert_mem_eq(after.data, before.data, (size_t)before.size);
    info_likelihood_evaluation r;
    info_pair_evaluation p;
    ck_assert_int_eq(info_evaluation_pair(ctx, state, &p), INFO_ERROR_MISMATCH);
    ck_assert_int_eq(info_evaluation_likelihood(ctx, NULL, &r), INFO_ERROR_NULL);
    ck_assert_int_eq(info_evaluation_likelihood(ctx, state, NULL), INFO_ERROR_NULL);
    free(before.data);
    free(after.data);
    info_evaluation_destroy(state);
    info_evaluation_destroy(with_bins);
    info_evaluation_destroy(NULL);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(bad_options_make_no_state)
{
    static const double falling[] = {0.1, 0.5, 0.4}, outside[] = {0, 1.5};
    static const int64_t equal[] = {0, 3, 3};
    static char long_name[4100];
    memset(long_name, 'x', sizeof long_name - 1);
    info_evaluation_options o = options_of(INFO_EVALUATION_LIKELIHOOD, 0, 1);
    struct {
        const char *says;
        info_status status;
        info_evaluation_options o;
    } cases[] = {{"options.kind", INFO_ERROR_OPTION, o},      {"options.kind", INFO_ERROR_OPTION, o},
                 {"options.shard", INFO_ERROR_OPTION, o},     {"options.shards", INFO_ERROR_OPTION, o},
                 {"confidence_edges", INFO_ERROR_DOMAIN, o},  {"confidence_edges", INFO_ERROR_DOMAIN, o},
                 {"position_edges", INFO_ERROR_DOMAIN, o},    {"position_edges", INFO_ERROR_SIZE, o},
                 {"options.model", INFO_ERROR_SIZE, o},       {"options.columns", INFO_ERROR_OPTION, o},
                 {"options.columns", INFO_ERROR_SIZE, o},     {"options.cap", INFO_ERROR_OPTION, o},
                 {"options.cap", INFO_ERROR_DOMAIN, o},       {"options.mean", INFO_ERROR_OPTION, o},
                 {"options.documents", INFO_ERROR_OPTION, o}, {"options.percentiles", INFO_ERROR_OPTION, o},
                 {"options.reserved", INFO_ERROR_OPTION, o},  {"position_edges", INFO_ERROR_OPTION, o},
                 {"position_edges", INFO_ERROR_NULL, o}};
    cases[0].o.kind = 0;
    cases[1].o.kind = 8;
    cases[2].o.shard = 1;
    cases[3].o.shards = -2;
    cases[4].o.confidence_edges = falling;
    cases[4].o.confidence_edges_len = 3;
    cases[5].o.confidence_edges = outside;
    cases[5].o.confidence_edges_len = 2;
    cases[6].o.position_edges = equal;
    cases[6].o.position_edges_len = 3;
    cases[7].o.position_edges_len = 1;
    cases[8].o.model = long_name;
    cases[9].o.columns = 3;
    cases[10].o = options_of(INFO_EVALUATION_VALUES, 0, 1);
    cases[10].o.columns = 0;
    cases[11].o.cap = 2;
    cases[12].o = options_of(INFO_EVALUATION_OFF_POLICY, 0, 1);
    cases[12].o.cap = -1;
    cases[13].o.mean = outside;
    cases[13].o.mean_len = 2;
    cases[14].o.documents = 2;
    cases[15].o.percentiles = 3;
    cases[16].o.reserved = 1;
    cases[17].o.kind = INFO_EVALUATION_SAMPLED_KL;
    cases[18].o.position_edges = NULL;
    info_ctx *ctx;
    ck_ok(info_ctx_create(NULL, &ctx));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        info_evaluation *state = NULL;
        ck_assert_int_eq(info_evaluation_create(ctx, &cases[i].o, &state), cases[i].status);
        if (!strstr(info_ctx_message(ctx), cases[i].says))
            ck_abort_msg("case %zu: \"%s\" does not say %s", i, info_ctx_message(ctx), cases[i].says);
        ck_assert_ptr_null(state);
    }
    ck_assert_int_eq(info_evaluation_create(ctx, NULL, NULL), INFO_ERROR_NULL);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    return run_tests("evaluation arguments", (const TTest *const[]){bad_batches_change_nothing_and_say_what_is_wrong,
                                                                    bad_options_make_no_state, NULL});
}
