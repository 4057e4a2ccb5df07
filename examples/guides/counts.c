/* SPDX-License-Identifier: MIT
 * Counts of a large alphabet, streamed: the second program of docs/guide-estimating-from-samples.md. */
#include <info/info.h>

#include "load.h"

enum { BATCH = 4, LENGTH = 50, DOCUMENTS = 2 };

/* The next batch of two documents: tokens of a vocabulary of 128 000 of which few occur. */
static int next_tokens(info_series *tokens, int64_t *starts)
{
    static int64_t batch, ids[DOCUMENTS * LENGTH];
    if (batch == BATCH)
        return 0;
    for (int64_t i = 0; i < DOCUMENTS * LENGTH; i++)
        ids[i] = 1000 * (((i + batch) * (i + 3)) % 7);
    starts[0] = 0;
    starts[1] = LENGTH;
    batch++;
    return info_series_init(tokens, ids, DOCUMENTS * LENGTH, INFO_INT64) == INFO_OK;
}

int main(void)
{
    info_ctx *ctx;
    info_counts *pairs;
    info_series tokens;
    info_sample_estimate estimate;
    int64_t starts[DOCUMENTS];
    check(NULL, info_ctx_create(NULL, &ctx));

    const int64_t vocabulary[] = {128000, 128000};
    check(ctx, info_counts_create(ctx, vocabulary, 2, &pairs));
    while (next_tokens(&tokens, starts))
        check(ctx, info_counts_add_ngrams(ctx, pairs, &tokens, starts, DOCUMENTS));
    const info_estimator_options options = {.struct_size = sizeof options, .unit = INFO_BIT};
    check(ctx, info_counts_mutual_information(ctx, pairs, 1, 2, 0, &options, &estimate)); /* bits 0, 1: the tokens */

    printf("%lld pairs of tokens, %lld of them different: %.3f bits\n", (long long)estimate.samples,
           (long long)estimate.distinct, estimate.value);
    info_counts_destroy(pairs);
    info_ctx_destroy(ctx);
    return 0;
}
