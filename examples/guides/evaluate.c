/* SPDX-License-Identifier: MIT
 * Evaluating a model: the program of docs/guide-evaluating-a-model.md. */
#include <info/info.h>

#include "load.h"

int main(void)
{
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));
    const struct tensor file = load("model/logits");
    const info_matrix logits = tensor_matrix(&file, 0);
    int64_t count, tokens;
    int64_t *targets = load_integers("model/targets", &count);
    int64_t *bytes = load_integers("model/bytes", &tokens);

    /* One read of the logits for everything. */
    double *log_p = malloc((size_t)count * sizeof *log_p), *entropy = malloc((size_t)count * sizeof *entropy);
    double *units = malloc((size_t)count * sizeof *units), *varentropy = malloc((size_t)count * sizeof *varentropy);
    double *top = malloc((size_t)count * sizeof *top);
    int32_t *correct = malloc((size_t)count * sizeof *correct);
    int64_t *rank = malloc((size_t)count * sizeof *rank);
    const info_logit_measures wanted = {.struct_size = sizeof wanted,
                                        .length = count,
                                        .log_probability = log_p,
                                        .entropy = entropy,
                                        .rank = rank,
                                        .varentropy = varentropy,
                                        .top_probability = top};
    check(ctx, info_logits_measure(ctx, &logits, targets, count, NULL, &wanted));

    double mean_entropy = 0, first = 0;
    for (int64_t i = 0; i < count; i++) {
        mean_entropy += entropy[i] / (double)count;
        first += (rank[i] == 1) / (double)count;
        units[i] = (double)bytes[i];
        correct[i] = rank[i] == 1;
    }
    const info_score_options options = {.struct_size = sizeof options, .units = units, .units_len = count};
    info_likelihood_result r;
    check(ctx, info_likelihood_summarize(ctx, log_p, count, &options, &r));
    printf("tokens               %lld\n", (long long)r.tokens);
    printf("mean NLL             %.4f +- %.4f nat\n", r.mean_nll, r.standard_error);
    printf("perplexity           %.4f\n", r.perplexity);
    printf("bits per byte        %.4f +- %.4f\n", r.bits_per_unit, r.bits_per_unit_error);
    printf("mean token entropy   %.4f nat\n", mean_entropy);
    printf("target ranked first  %.1f %%\n", 100 * first);

    /* Does it know how much it knows? Has it seen the text? */
    info_calibration_result c;
    check(ctx, info_calibration(ctx, top, correct, count, NULL, NULL, 0, &c));
    const info_token_scores scores = {.struct_size = sizeof scores,
                                      .count = count,
                                      .log_probability = log_p,
                                      .entropy = entropy,
                                      .varentropy = varentropy};
    info_min_k_result m;
    check(ctx, info_min_k(ctx, &scores, 0.2, &m, NULL, 0));
    printf("calibration error    %.1f %%, Brier score of the first choice %.3f\n", 100 * c.ece, c.brier);
    printf("Min-20%%, Min-20%%++   %.3f, %.3f\n", m.min_k, m.min_k_plus_plus);

    free(correct);
    free(top);
    free(varentropy);
    free(rank);
    free(units);
    free(entropy);
    free(log_p);
    free(bytes);
    free(targets);
    info_ctx_destroy(ctx);
    return 0;
}
