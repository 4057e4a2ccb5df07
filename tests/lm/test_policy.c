/* SPDX-License-Identifier: MIT
 * Coefficients of the gradient of a policy's divergence: exact expectations over all texts of two tokens. */
#include <stdbool.h>

#include "lm_support.h"

enum { A = 3, PARAMETERS = A + A * A, TEXTS = A * A, TOKENS = 2 * TEXTS };

/* log p of the first token, then of the second after each first one. */
static void policy(const double *logits, double *log_p)
{
    for (int block = 0; block <= A; block++) {
        double sum = 0;
        for (int i = 0; i < A; i++)
            sum += exp(logits[block * A + i]);
        for (int i = 0; i < A; i++)
            log_p[block * A + i] = logits[block * A + i] - log(sum);
    }
}

static double kl_of_block(const double *log_p, const double *log_q, int block)
{
    double sum = 0;
    for (int i = block * A; i < (block + 1) * A; i++)
        sum += exp(log_p[i]) * (log_p[i] - log_q[i]);
    return sum;
}

/* KL of whole texts, or of the next token where the older policy has been. */
static double divergence(const double *logits, const double *log_q, const double *log_old, bool by_sequence)
{
    double log_p[PARAMETERS];
    policy(logits, log_p);
    const double *before = by_sequence ? log_p : log_old;
    double sum = kl_of_block(log_p, log_q, 0);
    for (int a = 0; a < A; a++)
        sum += exp(before[a]) * kl_of_block(log_p, log_q, a + 1);
    return sum;
}

/* Every text once: its tokens' places among the parameters, log-probabilities and number. */
static void list_texts(int64_t *places, int64_t *texts)
{
    for (int a = 0; a < A; a++)
        for (int b = 0; b < A; b++) {
            const int i = 2 * (a * A + b);
            places[i] = a;
            places[i + 1] = (a + 1) * A + b;
            texts[i] = texts[i + 1] = a * A + b;
        }
}

START_TEST(expected_coefficients_are_the_gradient)
{
    double logits[PARAMETERS], other[PARAMETERS], log_p[PARAMETERS], log_q[PARAMETERS], log_old[PARAMETERS];
    double p[TOKENS], q[TOKENS], old[TOKENS], c[TOKENS];
    int64_t places[TOKENS], texts[TOKENS];
    uint64_t seed = 77;
    for (int i = 0; i < PARAMETERS; i++)
        logits[i] = normal(&seed);
    policy(logits, log_p);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < PARAMETERS; i++)
            other[i] = normal(&seed);
        policy(other, k ? log_old : log_q);
    }
    list_texts(places, texts);
    for (int i = 0; i < TOKENS; i++) {
        p[i] = log_p[places[i]];
        q[i] = log_q[places[i]];
        old[i] = log_old[places[i]];
    }
    for (int by_sequence = 0; by_sequence < 2; by_sequence++) {
        const info_policy_options o = {.struct_size = sizeof o,
                                       .by_sequence = by_sequence,
                                       .clusters = by_sequence ? texts : NULL,
                                       .clusters_len = by_sequence ? TOKENS : 0};
        double gradient[PARAMETERS] = {0};
        ck_assert_int_eq(info_policy_coefficients(NULL, p, q, old, TOKENS, &o, c, TOKENS), INFO_OK);
        for (int i = 0; i < TOKENS; i++) {
            const int64_t text = i / 2 * 2, block = places[i] / A;
            const double chance = exp(old[text] + old[text + 1]);
            for (int64_t j = block * A; j < (block + 1) * A; j++) /* d log p / d logits */
                gradient[j] += chance * c[i] * ((j == places[i]) - exp(log_p[j]));
        }
        for (int j = 0; j < PARAMETERS; j++) {
            const double h = 1e-5, before = logits[j];
            logits[j] = before + h;
            const double up = divergence(logits, log_q, log_old, by_sequence);
            logits[j] = before - h;
            const double down = divergence(logits, log_q, log_old, by_sequence);
            logits[j] = before;
            assert_within(gradient[j], (up - down) / (2 * h), 1e-9);
        }
    }
}
END_TEST

START_TEST(caps_are_of_tokens_or_of_sequences)
{
    const double p[4] = {-1, -2, -1, NAN}, q[4] = {-2, -2.5, -1, -1}, old[4] = {-2, -1, -1.5, -1};
    const int64_t texts[4] = {4, 4, 9, 9};
    const double w[3] = {exp(1), exp(-1), exp(0.5)};
    double c[4];
    info_policy_options o = {.struct_size = sizeof o};
    ck_assert_int_eq(info_policy_coefficients(NULL, p, q, old, 4, NULL, c, 4), INFO_OK);
    ck_assert(c[2] == 0 && c[3] == 0);
    assert_close(c[0], w[0], 1e-15);
    assert_close(c[1], w[1] * 0.5, 1e-15);
    o.cap = 1.5;
    ck_assert_int_eq(info_policy_coefficients(NULL, p, q, old, 4, &o, c, 4), INFO_OK);
    ck_assert(c[0] == 1.5);
    assert_close(c[1], w[1] * 0.5, 1e-15);
    o.cap_rule = INFO_WEIGHT_MASK;
    ck_assert_int_eq(info_policy_coefficients(NULL, p, q, old, 4, &o, c, 4), INFO_OK);
    ck_assert(c[0] == 0);
    o.by_sequence = 1; /* the first text weighs e^0, the second e^0.5 > 1.5 */
    o.clusters = texts;
    o.clusters_len = 4;
    ck_assert_int_eq(info_policy_coefficients(NULL, p, q, old, 4, &o, c, 4), INFO_OK);
    assert_close(c[0], 1.5, 1e-15);
    assert_close(c[1], 0.5, 1e-15);
    ck_assert(c[2] == 0 && c[3] == 0);
    const double certain[1] = {0}, never[1] = {-INFINITY}, drawn[1] = {-800};
    ck_assert_int_eq(info_policy_coefficients(NULL, certain, never, drawn, 1, NULL, c, 4), INFO_OK);
    ck_assert(c[0] == INFINITY);
    ck_assert_int_eq(info_policy_coefficients(NULL, never, certain, drawn, 1, NULL, c, 4), INFO_OK);
    ck_assert(c[0] == 0);
    ck_assert_int_eq(info_policy_coefficients(NULL, certain, certain, drawn, 1, NULL, c, 4), INFO_OK);
    ck_assert(c[0] == 0);
}
END_TEST

START_TEST(bad_arguments_are_named)
{
    const double p[2] = {-1, -1}, above[2] = {-1, 0.1}, never[2] = {-1, -INFINITY};
    const int64_t texts[2] = {0, 1};
    double c[2];
    info_ctx *ctx = context(1, 0);
    const struct {
        const double *p, *old;
        info_policy_options options;
        int64_t length;
        info_status status;
        const char *text;
    } bad[] = {
        {above, p, {0}, 2, INFO_ERROR_DOMAIN, "log_p: 0.1 at 1"},
        {p, never, {0}, 2, INFO_ERROR_DOMAIN, "log_old: -inf at 1"},
        {NULL, p, {0}, 2, INFO_ERROR_NULL, "log_p"},
        {p, p, {0}, 1, INFO_ERROR_OUTPUT, "out"},
        {p, p, {.cap = -1}, 2, INFO_ERROR_OPTION, "options.cap"},
        {p, p, {.cap_rule = INFO_WEIGHT_MASK}, 2, INFO_ERROR_OPTION, "options.cap_rule"},
        {p, p, {.by_sequence = 2}, 2, INFO_ERROR_OPTION, "options.by_sequence"},
        {p, p, {.clusters = texts, .clusters_len = 2}, 2, INFO_ERROR_OPTION, "options.clusters"},
        {p, p, {.by_sequence = 1, .clusters = texts, .clusters_len = 1}, 2, INFO_ERROR_SIZE, "options.clusters"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        info_policy_options o = bad[k].options;
        o.struct_size = sizeof o;
        ck_assert_int_eq(info_policy_coefficients(ctx, bad[k].p, p, bad[k].old, 2, &o, c, bad[k].length),
                         bad[k].status);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), bad[k].text));
    }
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {expected_coefficients_are_the_gradient, caps_are_of_tokens_or_of_sequences,
                                  bad_arguments_are_named, NULL};
    return run_tests("lm policy", tests);
}
