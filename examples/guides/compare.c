/* SPDX-License-Identifier: MIT
 * Comparing a quantized model: the program of docs/guide-comparing-a-quantized-model.md. */
#include <info/info.h>
#include <math.h>

#include "load.h"

#define K 8

int main(void)
{
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));
    const struct tensor base = load("model/logits"), other = load("second/logits");
    const info_matrix p = tensor_matrix(&base, 0), q = tensor_matrix(&other, 0);
    int64_t count;
    int64_t *targets = load_integers("model/targets", &count);

    double *log_p = malloc((size_t)count * sizeof *log_p), *log_q = malloc((size_t)count * sizeof *log_q);
    double *kl = malloc((size_t)count * sizeof *kl);
    int32_t *same = malloc((size_t)count * sizeof *same);
    const info_logit_comparison wanted = {.struct_size = sizeof wanted,
                                          .length = count,
                                          .kl = kl,
                                          .same_top = same,
                                          .log_probability_p = log_p,
                                          .log_probability_q = log_q};
    check(ctx, info_logits_compare(ctx, &p, &q, targets, count, NULL, &wanted));

    const info_pair_scores scores = {.struct_size = sizeof scores,
                                     .count = count,
                                     .log_probability_p = log_p,
                                     .log_probability_q = log_q,
                                     .kl = kl,
                                     .same_top = same};
    info_pair_summary s;
    check(ctx, info_pair_summarize(ctx, &scores, NULL, &s));
    printf("perplexity         %.4f, quantized %.4f\n", s.perplexity_p, s.perplexity_q);
    printf("ln(ratio)          %.5f +- %.5f\n", s.log_ratio, s.log_ratio_error);
    printf("correlation        %.4f %%\n", 100 * s.correlation);
    printf("mean KL            %.3e +- %.1e nat\n", s.kl, s.kl_error);
    printf("median, 99 %% KL    %.2e, %.2e\n", s.kl_percentiles[6], s.kl_percentiles[10]);
    printf("RMS change of p    %.3f %%\n", 100 * s.delta_p_rms);
    printf("same top token     %.2f +- %.2f %%\n", 100 * s.same_top, 100 * s.same_top_error);

    /* What the eight most probable tokens of each position tell of the same divergence. */
    const int64_t listed = K * count;
    int64_t *tokens = malloc((size_t)listed * sizeof *tokens);
    double *top_p = malloc((size_t)listed * sizeof *top_p), *top_q = malloc((size_t)listed * sizeof *top_q);
    double *lower = malloc((size_t)count * sizeof *lower), *upper = malloc((size_t)count * sizeof *upper);
    check(ctx, info_logits_top_k(ctx, &p, K, NULL, tokens, top_p, listed));
    check(ctx, info_logits_select(ctx, &q, tokens, K, listed, NULL, top_q, listed));
    const info_matrix p_view = {top_p, count, K, K, 1, INFO_F64, 0}, q_view = {top_q, count, K, K, 1, INFO_F64, 0};
    const info_top_k p_list = {&p_view, tokens, listed, K, INFO_INT64, 0},
                     q_list = {&q_view, tokens, listed, 0, INFO_INT64, 0};
    check(ctx, info_top_k_kl(ctx, &p_list, &q_list, p.cols, NULL, lower, upper, count));
    double bound = 0, negative = 0;
    for (int64_t i = 0; i < count; i++) {
        double naive = 0;
        for (int64_t k = K * i; k < K * (i + 1); k++)
            naive += exp(top_p[k]) * (top_p[k] - top_q[k]);
        bound += lower[i] / (double)count;
        negative += (naive < 0) / (double)count;
    }
    printf("KL from the top 8  at least %.3e nat; without the rest below 0 in %.0f %% of places\n", bound,
           100 * negative);

    free(upper);
    free(lower);
    free(top_q);
    free(top_p);
    free(tokens);
    free(same);
    free(kl);
    free(log_q);
    free(log_p);
    free(targets);
    info_ctx_destroy(ctx);
    return 0;
}
