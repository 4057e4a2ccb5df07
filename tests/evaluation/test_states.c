/* SPDX-License-Identifier: MIT
 * Sums over hidden states, and effective ranks made of them. */
#include "evaluation_support.h"

/* MATHEMATICS: effective rank of sentences, both forms and the normalized ones, written out. */
START_TEST(diff_erank_over_a_data_set_has_its_forms)
{
    const double trained[3] = {1, 2, 1.5}, untrained[3] = {2, 2.5, 2.25};
    const info_evaluation_options o = {.struct_size = sizeof o, .kind = INFO_EVALUATION_RANKS, .columns = 16};
    info_evaluation *state = new_state(&o);
    info_rank_evaluation r;
    ck_ok(info_evaluation_update_ranks(NULL, state, trained, untrained, 3));
    ck_ok(info_evaluation_ranks(NULL, state, &r));
    const double b_trained = (exp(1) + exp(2) + exp(1.5)) / 3, b_untrained = (exp(2) + exp(2.5) + exp(2.25)) / 3;
    assert_close(r.diff_erank, exp(2.25) - exp(1.5), 1e-14);
    assert_close(r.diff_erank_of_means, b_untrained - b_trained, 1e-14);
    assert_close(r.model.rank_of_mean, exp(1.5), 1e-15);
    assert_close(r.model.mean_rank, b_trained, 1e-15);
    ck_assert_double_ge(r.model.mean_rank, r.model.rank_of_mean); /* Jensen */
    assert_close(r.model.normalized_entropy, 1.5 / log(16), 1e-15);
    assert_close(r.model.normalized_rank_of_mean, exp(1.5) / 16, 1e-15);
    assert_close(r.untrained.normalized_mean_rank, b_untrained / 16, 1e-15);
    assert_close(r.diff_normalized_entropy, 0.75 / log(16), 1e-14);
    /* exp(U) u_i - exp(M) m_i */
    const double e[3] = {exp(2.25) * 2 - exp(1.5), exp(2.25) * 2.5 - exp(1.5) * 2, exp(2.25) * 2.25 - exp(1.5) * 1.5};
    const double mean = (e[0] + e[1] + e[2]) / 3;
    double squares = 0;
    for (int i = 0; i < 3; i++)
        squares += (e[i] - mean) * (e[i] - mean);
    assert_close(r.diff_erank_error, sqrt(squares / 6), 1e-12);
    const double above[1] = {log(16) * 1.001};
    ck_assert_int_eq(info_evaluation_update_ranks(NULL, state, above, untrained, 1), INFO_ERROR_DOMAIN);
    info_evaluation_destroy(state);
}
END_TEST

/* The covariance of chunks, far from the origin, is that of all the rows. */
START_TEST(hidden_states_sum_to_the_covariance_of_all)
{
    enum { ROWS = 60, D = 5 };
    static double x[ROWS][D];
    uint64_t seed = 41;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < D; j++)
            x[i][j] = uniform(&seed) + 1000 * (j + 1);
    const info_spectral_options centered = {
        .struct_size = sizeof centered, .center = INFO_CHOICE_YES, .normalize_rows = INFO_CHOICE_NO};
    double once[3 + D + D * D], r[3 + D + D * D];
    const info_matrix all = {x, ROWS, D, D, 1, INFO_F64, 0};
    ck_ok(info_states_sums(NULL, &all, NULL, 0, &centered, once, 3 + D + D * D));
    const info_evaluation_options o = {
        .struct_size = sizeof o, .kind = INFO_EVALUATION_STATES, .columns = D, .spectral = &centered};
    info_evaluation *state = new_state(&o);
    static const int cut[5] = {0, 7, 8, 30, ROWS};
    for (int k = 0; k < 4; k++) {
        const info_matrix part = {x[cut[k]], cut[k + 1] - cut[k], D, D, 1, INFO_F64, 0};
        ck_ok(info_evaluation_update_states(NULL, state, &part));
    }
    ck_ok(info_evaluation_states(NULL, state, r, 3 + D + D * D));
    ck_assert_double_eq(r[0], ROWS);
    ck_assert_double_eq(r[2], 1);
    for (int i = 0; i < D; i++)
        assert_close(r[3 + i], once[3 + i], 1e-15);
    for (int i = 0; i < D * D; i++)
        ck_assert_double_eq_tol(r[3 + D + i], once[3 + D + i], 1e-9); /* means rounded at 5000: 1e-12 each, 60 rows */
    const info_spectral_options gram = {.struct_size = sizeof gram, .input = INFO_INPUT_GRAM},
                                states = {.struct_size = sizeof states,
                                          .center = INFO_CHOICE_YES,
                                          .normalize_rows = INFO_CHOICE_NO,
                                          .scale = INFO_SCALE_COVARIANCE};
    const info_matrix covariance = {r + 3 + D, D, D, D, 1, INFO_F64, 0};
    double from_sums, directly;
    ck_ok(info_effective_rank(NULL, &covariance, 1, &gram, &from_sums, NULL, 1));
    ck_ok(info_effective_rank(NULL, &all, 1, &states, &directly, NULL, 1));
    assert_close(from_sums, directly, 1e-9);
    info_evaluation_destroy(state);
}
END_TEST

/* Diff-eRank's convention over a data set: the mean in a first pass, its products in a second. */
START_TEST(diff_erank_of_all_states_takes_two_passes)
{
    enum { ROWS = 40, D = 4 };
    static double x[ROWS][D];
    uint64_t seed = 43;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < D; j++)
            x[i][j] = (uniform(&seed) - 0.3) * (j + 1);
    info_evaluation_options o = {.struct_size = sizeof o, .kind = INFO_EVALUATION_STATES, .columns = D};
    double mean[3 + D], r[3 + D + D * D], from_sums, directly;
    const info_matrix all = {x, ROWS, D, D, 1, INFO_F64, 0}, first = {x, 11, D, D, 1, INFO_F64, 0},
                      second = {x[11], ROWS - 11, D, D, 1, INFO_F64, 0};
    for (int pass = 0; pass < 2; pass++) {
        o.mean = pass ? mean + 3 : NULL;
        o.mean_len = pass ? D : 0;
        info_evaluation *state = new_state(&o);
        ck_ok(info_evaluation_update_states(NULL, state, &second));
        ck_ok(info_evaluation_update_states(NULL, state, &first));
        if (pass == 0) {
            ck_ok(info_evaluation_states(NULL, state, mean, 3 + D));
            ck_assert_int_eq(info_evaluation_states(NULL, state, r, 3 + D + D * D), INFO_ERROR_OUTPUT);
        } else {
            ck_ok(info_evaluation_states(NULL, state, r, 3 + D + D * D));
        }
        info_evaluation_destroy(state);
    }
    const info_spectral_options gram = {.struct_size = sizeof gram, .input = INFO_INPUT_GRAM};
    const info_matrix covariance = {r + 3 + D, D, D, D, 1, INFO_F64, 0};
    ck_ok(info_effective_rank(NULL, &covariance, 1, &gram, &from_sums, NULL, 1));
    ck_ok(info_effective_rank(NULL, &all, 1, NULL, &directly, NULL, 1));
    assert_close(from_sums, directly, 1e-11);
}
END_TEST

START_TEST(sums_of_states_too_large_for_their_form_are_refused_unchanged)
{
    const info_evaluation_options o = options_of(INFO_EVALUATION_STATES, 0, 1);
    const double huge[4] = {1, 1e10, 3, 4}, fine[4] = {1, 2, 3, 4};
    const info_matrix a = {huge, 1, 4, 4, 1, INFO_F64, 0}, b = {fine, 1, 4, 4, 1, INFO_F64, 0};
    info_evaluation *state = new_state(&o);
    ck_ok(info_evaluation_update_states(NULL, state, &b));
    const bytes before = saved(state);
    ck_assert_int_eq(info_evaluation_update_states(NULL, state, &a), INFO_ERROR_DOMAIN);
    const bytes after = saved(state);
    ck_assert_int_eq(after.size, before.size);
    ck_assert_mem_eq(after.data, before.data, (size_t)before.size);
    free(before.data);
    free(after.data);
    info_evaluation_destroy(state);
}
END_TEST

int main(void)
{
    return run_tests("evaluation states",
                     (const TTest *const[]){diff_erank_over_a_data_set_has_its_forms,
                                            hidden_states_sum_to_the_covariance_of_all,
                                            diff_erank_of_all_states_takes_two_passes,
                                            sums_of_states_too_large_for_their_form_are_refused_unchanged, NULL});
}
