/* SPDX-License-Identifier: MIT
 * What a sampler really samples: kept sets of a model's rows, and speculative decoding with the same truncation. */
#include <math.h>

#include <info/info.h>

#include "load.h"

typedef struct chain {
    const char *name;
    info_kept_rule rules[2];
    int64_t count;
} chain;

static double mean(const double *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

int main(void)
{
    const struct tensor p = load("model/logits"), q = load("second/logits");
    const chain chains[] = {{"everything", {{0}}, 0},
                            {"top-k 40", {{INFO_RULE_TOP_K, 0, 40}}, 1},
                            {"top-p .95", {{INFO_RULE_TOP_P, 0, .95}}, 1},
                            {"min-p .05", {{INFO_RULE_MIN_P, 0, .05}}, 1},
                            {"typical .95", {{INFO_RULE_TYPICAL, 0, .95}}, 1},
                            {"top-n-sigma 1", {{INFO_RULE_TOP_N_SIGMA, 0, 1}}, 1},
                            {"top-H .5", {{INFO_RULE_TOP_H, 0, .5}}, 1},
                            {"top-k 40, top-p .9", {{INFO_RULE_TOP_K, 0, 40}, {INFO_RULE_TOP_P, 0, .9}}, 2}};
    info_matrix a, b;
    info_ctx *ctx = NULL;
    int64_t count, *targets = load_integers("model/targets", &count), *size = malloc((size_t)count * sizeof *size);
    int32_t *contains = malloc((size_t)count * sizeof *contains);
    double *kl = malloc((size_t)count * sizeof *kl), *entropy = malloc((size_t)count * sizeof *entropy),
           *acceptance = malloc((size_t)count * sizeof *acceptance);
    if (!targets || !size || !contains || !kl || !entropy || !acceptance)
        return EXIT_FAILURE;
    check(ctx, info_ctx_create(NULL, &ctx));
    check(ctx, info_matrix_init(&a, p.data, p.shape[0], p.shape[1], INFO_F32));
    check(ctx, info_matrix_init(&b, q.data, q.shape[0], q.shape[1], INFO_F32));
    printf("                     tokens  H, nat  KL(q||p)  misses the text  a draft is accepted\n");
    for (size_t c = 0; c < sizeof chains / sizeof *chains; c++) {
        const info_kept_set set = {.struct_size = sizeof set, .rules = chains[c].rules, .rules_len = chains[c].count};
        const info_kept_measures measures = {.struct_size = sizeof measures,
                                             .length = count,
                                             .size = size,
                                             .kl = kl,
                                             .entropy = entropy,
                                             .contains = contains};
        const info_kept_comparison comparison = {
            .struct_size = sizeof comparison, .length = count, .acceptance = acceptance};
        check(ctx, info_kept_measure(ctx, &a, targets, count, &set, NULL, &measures));
        check(ctx, info_kept_compare(ctx, &a, &b, &set, &set, NULL, &comparison));
        double tokens = 0, missed = 0;
        for (int64_t i = 0; i < count; i++) {
            tokens += (double)size[i] / (double)count;
            missed += contains[i] == 0 ? 1 / (double)count : 0;
        }
        printf("%-19s  %6.1f  %6.3f  %8.4f  %13.1f %%  %17.2f %%\n", chains[c].name, tokens, mean(entropy, count),
               mean(kl, count), 100 * missed, 100 * mean(acceptance, count));
    }
    free(acceptance);
    free(entropy);
    free(kl);
    free(contains);
    free(size);
    free(targets);
    info_ctx_destroy(ctx);
    return EXIT_SUCCESS;
}
