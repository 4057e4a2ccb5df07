/* SPDX-License-Identifier: MIT
 * Comparing a quantised model: the program of docs/guide-comparing-a-quantised-model.md. */
#include <info/info.h>

#include "load.h"

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
    const info_logit_comparison wanted = {.struct_size = sizeof wanted, .length = count, .kl = kl, .same_top = same,
                                          .log_probability_p = log_p, .log_probability_q = log_q};
    check(ctx, info_logits_compare(ctx, &p, &q, targets, count, NULL, &wanted));

    const info_pair_scores scores = {.struct_size = sizeof scores, .count = count, .log_probability_p = log_p,
                                     .log_probability_q = log_q, .kl = kl, .same_top = same};
    info_pair_summary s;
    check(ctx, info_pair_summarize(ctx, &scores, NULL, &s));
    printf("perplexity         %.4f, quantised %.4f\n", s.perplexity_p, s.perplexity_q);
    printf("ln(ratio)          %.5f +- %.5f\n", s.log_ratio, s.log_ratio_error);
    printf("correlation        %.4f %%\n", 100 * s.correlation);
    printf("mean KL            %.3e +- %.1e nat\n", s.kl, s.kl_error);
    printf("median, 99 %% KL    %.2e, %.2e\n", s.kl_percentiles[6], s.kl_percentiles[10]);
    printf("RMS change of p    %.3f %%\n", 100 * s.delta_p_rms);
    printf("same top token     %.2f +- %.2f %%\n", 100 * s.same_top, 100 * s.same_top_error);

    free(same);
    free(kl);
    free(log_q);
    free(log_p);
    free(targets);
    info_ctx_destroy(ctx);
    return 0;
}
