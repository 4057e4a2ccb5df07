/* SPDX-License-Identifier: MIT
 * Chosen tokens, top-k lists, membership scores, Brier scores. */
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

#include "lm_support.h"

/* ---- Chosen tokens ------------------------------------------------------ */

START_TEST(selected_log_probabilities_are_those_of_the_measure)
{
    const int64_t tokens[2][8] = {{0, 1, 2, 3, 4, 5, 6, 7}, {6, 6, -100, 0, 1, 1, 7, 2}};
    double x[2][8], out[16], log_p[2];
    for (int i = 0; i < 8; i++)
        x[0][i] = x[1][i] = example_x[i];
    const info_matrix logits = matrix_of(x, 2, 8, INFO_F64);
    const info_lm_options options = {.struct_size = sizeof options, .unit = INFO_BIT, .temperature = 0.8};
    ck_assert_int_eq(info_logits_select(NULL, &logits, &tokens[0][0], 8, 16, &options, out, 16), INFO_OK);
    for (int j = 0; j < 8; j++) {
        const int64_t targets[2] = {tokens[0][j], tokens[1][j]};
        const info_logit_measures m = {.struct_size = sizeof m, .length = 2, .log_probability = log_p};
        ck_assert_int_eq(info_logits_measure(NULL, &logits, targets, 2, &options, &m), INFO_OK);
        for (int r = 0; r < 2; r++)
            assert_same_bits(out[8 * r + j], log_p[r]);
    }
    ck_assert_double_eq(out[8], -INFINITY);
    ck_assert_double_eq(out[10], 0);

    /* Over all tokens the probabilities sum to 1. */
    const info_lm_options nats = {.struct_size = sizeof nats};
    double sum = 0;
    ck_assert_int_eq(info_logits_select(NULL, &logits, &tokens[0][0], 8, 16, &nats, out, 16), INFO_OK);
    for (int j = 0; j < 8; j++)
        sum += exp(out[j]);
    assert_close(sum, 1, 1e-15);
}
END_TEST

START_TEST(a_token_out_of_range_is_told_and_leaves_the_others)
{
    const double x[3][4] = {{0, 0, 0, 0}, {1, NAN, 0, 0}, {0, 0, 0, 0}};
    const int64_t tokens[6] = {0, 4, 0, 1, 2, 3};
    const info_matrix logits = matrix_of(x, 3, 4, INFO_F64);
    double out[6];
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_logits_select(ctx, &logits, tokens, 2, 6, NULL, out, 6), INFO_INVALID_ROWS);
    ck_assert_int_eq(info_ctx_invalid_rows(ctx), 2);
    assert_close(out[0], -log(4), 1e-15);
    ck_assert(isnan(out[1]) && isnan(out[2]) && isnan(out[3]));
    assert_close(out[5], -log(4), 1e-15);
    const info_lm_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    ck_assert_int_eq(info_logits_select(ctx, &logits, tokens, 2, 6, &strict, out, 6), INFO_ERROR_TARGET);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "tokens: 4 at row 0"));
    ck_assert_int_eq(info_logits_select(ctx, &logits, tokens, 2, 5, NULL, out, 6), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_logits_select(ctx, &logits, tokens, 0, 0, NULL, out, 6), INFO_ERROR_SIZE);
    info_ctx_destroy(ctx);
}
END_TEST

/* What the list should be, by sorting everything. */
typedef struct ranked {
    double y;
    int64_t token;
} ranked;

static int before(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->y != y->y)
        return x->y > y->y ? -1 : 1;
    return x->token < y->token ? -1 : 1;
}

START_TEST(the_top_k_are_the_head_of_the_sorted_row)
{
    enum { ROWS = 4, V = 1700 };
    static const info_dtype types[] = {INFO_F64, INFO_F32, INFO_F16, INFO_BF16};
    static double x[ROWS][V];
    uint64_t state = 3;
    for (int type = 0; type < 4; type++)
        for (int kind = 0; kind < 4; kind++)
            for (int stride = 1; stride <= 2; stride++) {
                const info_dtype dtype = types[type];
                for (int r = 0; r < ROWS; r++)
                    for (int i = 0; i < V; i++) /* random; few values; rising; mostly impossible */
                        x[r][i] = kind == 0     ? 3 * normal(&state)
                                  : kind == 1   ? floor(4 * uniform(&state))
                                  : kind == 2   ? i / 64.0
                                  : i % 97 == r ? uniform(&state)
                                                : -INFINITY;
                char *memory = calloc((size_t)(ROWS * V * stride), 8);
                const info_matrix_out to = {memory, ROWS, V, V * stride, stride, dtype, 0};
                const info_matrix view = {memory, ROWS, V, V * stride, stride, dtype, 0};
                for (int r = 0; r < ROWS; r++) {
                    info_i_put_row_f64(&to, r, 0, V, x[r]);
                    info_i_get_row_f64(&view, r, 0, V, x[r]);
                }
                const int64_t ks[] = {1, 2, 20, 300, V};
                for (int k = 0; k < 5; k++) {
                    int64_t *tokens = malloc((size_t)(ROWS * ks[k]) * 8);
                    double *log_p = malloc((size_t)(ROWS * ks[k]) * 8), selected[V];
                    const info_lm_options options = {.struct_size = sizeof options, .temperature = k == 1 ? 0.7 : 0};
                    ck_assert_int_eq(info_logits_top_k(NULL, &view, ks[k], &options, tokens, log_p, ROWS * ks[k]),
                                     INFO_OK);
                    for (int r = 0; r < ROWS; r++) {
                        static ranked sorted[V];
                        for (int i = 0; i < V; i++)
                            sorted[i] = (ranked){x[r][i], i};
                        qsort(sorted, V, sizeof *sorted, before);
                        for (int64_t i = 0; i < ks[k]; i++)
                            ck_assert_int_eq(tokens[r * ks[k] + i], sorted[i].token);
                        const info_matrix row = {
                            memory + (int64_t)r * V * stride * info_dtype_size(dtype), 1, V, V, stride, dtype, 0};
                        ck_assert_int_eq(
                            info_logits_select(NULL, &row, tokens + r * ks[k], ks[k], ks[k], &options, selected, V),
                            INFO_OK);
                        for (int64_t i = 0; i < ks[k]; i++)
                            assert_same_bits(log_p[r * ks[k] + i], selected[i]);
                    }
                    free(tokens);
                    free(log_p);
                }
                free(memory);
            }
}
END_TEST

START_TEST(a_bias_a_softcap_and_lengths_come_before_the_list)
{
    const double x[2][4] = {{1, 2, 3, 4}, {4, 3, 2, 1}}, shift[4] = {0, 10, 0, -INFINITY};
    const int64_t lengths[2] = {4, 2};
    const info_matrix logits = matrix_of(x, 2, 4, INFO_F64), bias = matrix_of(shift, 1, 4, INFO_F64);
    const info_lm_options options = {
        .struct_size = sizeof options, .bias = &bias, .softcap = 50, .lengths = lengths, .lengths_len = 2};
    int64_t tokens[6];
    double log_p[6];
    ck_assert_int_eq(info_logits_top_k(NULL, &logits, 3, &options, tokens, log_p, 6), INFO_OK);
    const int64_t wanted[6] = {1, 2, 0, 1, 0, -1};
    ck_assert_mem_eq(tokens, wanted, sizeof wanted);
    ck_assert_double_eq(log_p[5], -INFINITY);
    assert_close(exp(log_p[3]) + exp(log_p[4]), 1, 1e-15);
}
END_TEST

START_TEST(a_bad_row_has_no_list_and_does_not_spread)
{
    const float x[3][3] = {{1, 2, 3}, {1, NAN, 3}, {3, 2, 1}};
    const info_matrix logits = matrix_of(x, 3, 3, INFO_F32);
    int64_t tokens[6];
    double log_p[6];
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_logits_top_k(ctx, &logits, 2, NULL, tokens, log_p, 6), INFO_INVALID_ROWS);
    const int64_t wanted[6] = {2, 1, -1, -1, 0, 1};
    ck_assert_mem_eq(tokens, wanted, sizeof wanted);
    ck_assert(isnan(log_p[2]) && isnan(log_p[3]));
    ck_assert_int_eq(info_logits_top_k(ctx, &logits, 4, NULL, tokens, log_p, 12), INFO_ERROR_SIZE);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "k: 4"));
    ck_assert_int_eq(info_logits_top_k(ctx, &logits, 2, NULL, NULL, NULL, 6), INFO_ERROR_NULL);
    ck_assert_int_eq(info_logits_top_k(ctx, &logits, 2, NULL, tokens, log_p, 5), INFO_ERROR_OUTPUT);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(more_than_two_to_the_thirty_one_logits_by_a_stride_of_zero)
{
    /* 2.2e9 logits that are one row, and an output of one number for each row. */
    enum { V = 131072, ROWS = 16500 };
    float *row = calloc(V, sizeof *row);
    int64_t *tokens = malloc(ROWS * sizeof *tokens);
    double *out = malloc(ROWS * sizeof *out);
    row[V - 1] = 20;
    for (int64_t i = 0; i < ROWS; i++)
        tokens[i] = -100;
    tokens[ROWS - 1] = V - 1;
    const info_matrix all = {row, ROWS, V, 0, 1, INFO_F32, 0};
    ck_assert_int_eq(info_brier(NULL, &all, tokens, ROWS, NULL, out, ROWS), INFO_OK);
    const double p = 1 / (1 + (V - 1) * exp(-20)), q = exp(-20) * p;
    assert_close(out[ROWS - 1], (1 - p) * (1 - p) + (V - 1) * q * q, 1e-5);
    ck_assert_double_eq(out[0], 0);

    /* The last of 70 000 rows of 65 536 logits lies 4.6e9 elements on, in memory that is reserved only. */
    const int64_t rows = 70000, columns = 65536, last = rows - 1;
    const size_t bytes = (size_t)(rows * columns) * sizeof(uint16_t);
    uint16_t *far = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (far == MAP_FAILED) {
        puts("skipped: no address space for 9.2 GB");
    } else {
        int64_t top[4];
        double log_p[4];
        far[last * columns + 40000] = 0x4120; /* bf16 10 */
        const info_matrix two = {far, 2, columns, last * columns, 1, INFO_BF16, 0};
        ck_assert_int_eq(info_logits_top_k(NULL, &two, 2, NULL, top, log_p, 4), INFO_OK);
        ck_assert_int_eq(top[0], 0);
        ck_assert_int_eq(top[2], 40000);
        assert_close(log_p[2], 10 - log((double)columns - 1 + exp(10)), 1e-6);
        munmap(far, bytes);
    }
    free(row);
    free(tokens);
    free(out);
}
END_TEST

/* ---- Brier score -------------------------------------------------------- */

START_TEST(the_brier_score_is_its_sum_of_squares)
{
    uint64_t state = 6;
    for (int f32 = 0; f32 < 2; f32++)
        for (int v = 1; v < 40; v += 6) {
            double x[40], out;
            float y[40];
            const int64_t target = (int64_t)(uniform(&state) * v);
            double total = 0, score = 0;
            for (int i = 0; i < v; i++)
                x[i] = (double)(y[i] = (float)(4 * normal(&state)));
            for (int i = 0; i < v; i++)
                total += exp(x[i]);
            for (int i = 0; i < v; i++)
                score += pow(exp(x[i]) / total - (i == target), 2);
            const info_matrix m = f32 ? matrix_of(y, 1, v, INFO_F32) : matrix_of(x, 1, v, INFO_F64);
            ck_assert_int_eq(info_brier(NULL, &m, &target, 1, NULL, &out, 1), INFO_OK);
            assert_within(out, score, f32 ? 4e-6 : 1e-14);
        }
    /* A target that is all but certain: (1 - p)^2 twice over, not the rounding of 1 - 2 p + p^2. */
    const double sure[2] = {0, -40};
    double out;
    const int64_t first = 0;
    const info_matrix m = matrix_of(sure, 1, 2, INFO_F64);
    ck_assert_int_eq(info_brier(NULL, &m, &first, 1, NULL, &out, 1), INFO_OK);
    ck_assert(out >= exp(-80) * (1 - 1e-12) && out <= 2 * exp(-80) * (1 + 1e-12));
}
END_TEST

/* ---- Membership scores -------------------------------------------------- */

/* Of n tokens g below the target: p = 1 / (1 + n e^-g), the score (1 - p)^2 (1 + 1/n). */
START_TEST(the_brier_score_of_a_confident_row_keeps_its_digits)
{
    for (int dtype = INFO_F64; dtype <= INFO_F32; dtype++)
        for (double gap = 2; gap < 300; gap += 9) {
            enum { N = 7 };
            double x[N + 1] = {0}, stored[N + 1], score;
            const int64_t target = 3;
            x[target] = gap;
            round_to_type(x, N + 1, dtype, stored);
            const info_matrix m = matrix_of(stored, 1, N + 1, dtype);
            ck_assert_int_eq(info_brier(NULL, &m, &target, 1, NULL, &score, 1), INFO_OK);
            const double missing = N * exp(-gap) / (1 + N * exp(-gap));
            assert_close(score, missing * missing * (1 + 1.0 / N), dtype == INFO_F64 ? 1e-12 : 1e-4);
        }
}
END_TEST

START_TEST(min_k_is_the_mean_of_the_lowest_scores)
{
    /* One row: p = 1/2, 1/4, 1/4 (twice): H = 3/2 log 2, varentropy = (log 2)^2 / 4; z = (log p + H) / sigma = 1, -1. */
    const double two = log(2), h = 1.5 * two, v = two * two / 4;
    const double log_p[6] = {-two, -2 * two, NAN, -2 * two, -two, -two}, entropy[6] = {h, h, h, h, h, h};
    const double varentropy[6] = {v, v, v, v, v, v};
    double z[6];
    const info_token_scores s = {
        .struct_size = sizeof s, .count = 6, .log_probability = log_p, .entropy = entropy, .varentropy = varentropy};
    info_min_k_result r;
    ck_assert_int_eq(info_min_k(NULL, &s, 0.6, &r, z, 6), INFO_OK);
    ck_assert_int_eq(r.tokens, 5);
    ck_assert_int_eq(r.skipped, 1);
    ck_assert_int_eq(r.lowest, 3);
    assert_close(r.min_k, -5 * two / 3, 1e-15);
    assert_close(r.min_k_plus_plus, -1.0 / 3, 1e-14);
    for (int i = 0; i < 6; i++)
        if (i == 2)
            ck_assert(isnan(z[i]));
        else
            assert_close(z[i], log_p[i] == -two ? 1 : -1, 1e-14);
    ck_assert_int_eq(info_min_k(NULL, &s, 0.01, &r, NULL, 0), INFO_OK);
    ck_assert_int_eq(r.lowest, 1);
    assert_close(r.min_k, -2 * two, 1e-15);
    ck_assert_int_eq(info_min_k(NULL, &s, 1, &r, NULL, 0), INFO_OK);
    assert_close(r.min_k, -7 * two / 5, 1e-15);
}
END_TEST

START_TEST(a_distribution_without_spread_has_the_score_zero)
{
    /* Flat rows of every type, of which varentropy and H - log V are rounding, and one certain token. */
    enum { V = 1000 };
    float flat[V];
    for (int i = 0; i < V; i++)
        flat[i] = 0.3f;
    const int64_t target = 7;
    double log_p, entropy, varentropy, z;
    const info_matrix m = matrix_of(flat, 1, V, INFO_F32), one = matrix_of(flat, 1, 1, INFO_F32);
    const int64_t zero = 0;
    for (int i = 0; i < 2; i++) {
        const info_logit_measures out = {.struct_size = sizeof out,
                                         .length = 1,
                                         .log_probability = &log_p,
                                         .entropy = &entropy,
                                         .varentropy = &varentropy};
        ck_assert_int_eq(info_logits_measure(NULL, i ? &one : &m, i ? &zero : &target, 1, NULL, &out), INFO_OK);
        const info_token_scores s = {.struct_size = sizeof s,
                                     .count = 1,
                                     .log_probability = &log_p,
                                     .entropy = &entropy,
                                     .varentropy = &varentropy};
        info_min_k_result r;
        ck_assert_int_eq(info_min_k(NULL, &s, 0.2, &r, &z, 1), INFO_OK);
        ck_assert_double_eq(z, 0);
        ck_assert_double_eq(r.min_k_plus_plus, 0);
    }
    /* An improbable token under a nearly certain distribution is not that. */
    const double low = -46, h = 1e-18, v = 1e-17;
    const info_token_scores s = {
        .struct_size = sizeof s, .count = 1, .log_probability = &low, .entropy = &h, .varentropy = &v};
    info_min_k_result r;
    ck_assert_int_eq(info_min_k(NULL, &s, 0.2, &r, NULL, 0), INFO_OK);
    ck_assert(r.min_k_plus_plus < -1e9);
}
END_TEST

START_TEST(bad_scores_are_named)
{
    const double good[2] = {-1, -2}, positive[2] = {-1, 0.5}, h[2] = {1, -1}, v[2] = {1, INFINITY};
    double z[2];
    const struct {
        info_token_scores scores;
        double fraction;
        info_status status;
        const char *name;
    } cases[] = {
        {{.count = 2}, 0.2, INFO_ERROR_NULL, "log_probability"},
        {{.count = 0, .log_probability = good}, 0.2, INFO_ERROR_SIZE, "count"},
        {{.count = 2, .log_probability = positive}, 0.2, INFO_ERROR_DOMAIN, "log_probability: 0.5 at 1"},
        {{.count = 2, .log_probability = good, .entropy = good}, 0.2, INFO_ERROR_NULL, "varentropy"},
        {{.count = 2, .log_probability = good, .entropy = h, .varentropy = h}, 0.2, INFO_ERROR_DOMAIN, "entropy"},
        {{.count = 2, .log_probability = good, .entropy = z, .varentropy = v}, 0.2, INFO_ERROR_DOMAIN, "varentropy"},
        {{.count = 2, .log_probability = good}, 0, INFO_ERROR_OPTION, "fraction"},
        {{.count = 2, .log_probability = good}, 1.5, INFO_ERROR_OPTION, "fraction"},
        {{.count = 2, .log_probability = good, .precision = 9}, 0.2, INFO_ERROR_OPTION, "precision"},
    };
    info_ctx *ctx = context(1, 0);
    z[0] = z[1] = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        info_token_scores s = cases[i].scores;
        info_min_k_result r;
        s.struct_size = sizeof s;
        ck_assert_int_eq(info_min_k(ctx, &s, cases[i].fraction, &r, NULL, 0), cases[i].status);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), cases[i].name));
    }
    info_ctx_destroy(ctx);
}
END_TEST

_Static_assert(sizeof(info_top_k) == 40, "info_top_k");
_Static_assert(sizeof(info_top_k_options) == 32, "info_top_k_options");
_Static_assert(sizeof(info_token_scores) == 40, "info_token_scores");
_Static_assert(sizeof(info_min_k_result) == 48, "info_min_k_result");

int main(void)
{
    const TTest *const tests[] = {selected_log_probabilities_are_those_of_the_measure,
                                  a_token_out_of_range_is_told_and_leaves_the_others,
                                  the_top_k_are_the_head_of_the_sorted_row,
                                  a_bias_a_softcap_and_lengths_come_before_the_list,
                                  a_bad_row_has_no_list_and_does_not_spread,
                                  more_than_two_to_the_thirty_one_logits_by_a_stride_of_zero,
                                  the_brier_score_is_its_sum_of_squares,
                                  the_brier_score_of_a_confident_row_keeps_its_digits,
                                  min_k_is_the_mean_of_the_lowest_scores,
                                  a_distribution_without_spread_has_the_score_zero,
                                  bad_scores_are_named,
                                  NULL};
    return run_tests("lm token", tests);
}
