/* SPDX-License-Identifier: MIT
 * Effective rank of hidden states: the program of docs/guide-effective-rank.md. */
#include <info/info.h>

#include "load.h"

enum { LAYERS = 7, LAST = LAYERS - 1, D = 64, CHUNKS = 4, MEAN = 3 + D, SUMS = 3 + D + D * D };

/* The rows of x from the c-th of CHUNKS on. */
static info_matrix chunk_of(const info_matrix *x, int64_t c)
{
    const int64_t first = c * x->rows / CHUNKS;
    info_matrix chunk = *x;
    chunk.data = (const char *)x->data + first * x->row_stride * info_dtype_size(x->dtype);
    chunk.rows = (c + 1) * x->rows / CHUNKS - first;
    return chunk;
}

/* The effective rank of states that are seen a chunk at a time. */
static double rank_in_chunks(info_ctx *ctx, const info_matrix *x)
{
    static double parts[CHUNKS * SUMS], mean[MEAN], sums[SUMS];
    double rank;

    /* Once through the states for their mean, */
    for (int64_t c = 0; c < CHUNKS; c++) {
        const info_matrix chunk = chunk_of(x, c);
        check(ctx, info_states_sums(ctx, &chunk, NULL, 0, NULL, parts + c * MEAN, MEAN));
    }
    check(ctx, info_states_sums_merge(ctx, parts, CHUNKS, D, mean, MEAN));
    /* and again for the products of their rows. */
    for (int64_t c = 0; c < CHUNKS; c++) {
        const info_matrix chunk = chunk_of(x, c);
        check(ctx, info_states_sums(ctx, &chunk, mean + 3, D, NULL, parts + c * SUMS, SUMS));
    }
    check(ctx, info_states_sums_merge(ctx, parts, CHUNKS, D, sums, SUMS));
    const info_matrix covariance = {sums + 3 + D, D, D, D, 1, INFO_F64, 0};
    const info_spectral_options gram = {.struct_size = sizeof gram, .input = INFO_INPUT_GRAM};
    check(ctx, info_effective_rank(ctx, &covariance, 1, &gram, &rank, NULL, 1));
    return rank;
}

/* Ranks of both models after the first tokens of the text. */
static void print_lengths(info_ctx *ctx, info_matrix untrained, info_matrix trained)
{
    static const int64_t lengths[] = {16, 32, 64, 128, 317};
    printf("\ntokens  untrained  trained\n");
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        double before, after;
        untrained.rows = trained.rows = lengths[i];
        check(ctx, info_effective_rank(ctx, &untrained, 1, NULL, &before, NULL, 1));
        check(ctx, info_effective_rank(ctx, &trained, 1, NULL, &after, NULL, 1));
        printf("%6lld  %9.2f  %7.2f\n", (long long)lengths[i], before, after);
    }
}

int main(void)
{
    static const char *const names[LAYERS] = {"embedding", "layer 1", "layer 2",   "layer 3",
                                              "layer 4",   "layer 5", "final norm"};
    const struct tensor before = load("untrained/hidden"), after = load("model/hidden");
    info_matrix untrained[LAYERS], trained[LAYERS];
    double rank[LAYERS], error[LAYERS], start[LAYERS], raw[LAYERS], roy_vetterli[LAYERS];
    info_diff_erank_result r;
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));
    for (size_t i = 0; i < LAYERS; i++) {
        untrained[i] = tensor_matrix(&before, i);
        trained[i] = tensor_matrix(&after, i);
    }

    check(ctx, info_effective_rank(ctx, trained, LAYERS, NULL, rank, error, LAYERS));
    check(ctx, info_effective_rank(ctx, untrained, LAYERS, NULL, start, NULL, LAYERS));
    const info_spectral_options mean_left = {.struct_size = sizeof mean_left, .center = INFO_CHOICE_NO};
    const info_spectral_options roots = {.struct_size = sizeof roots, .convention = INFO_CONVENTION_ROY_VETTERLI};
    check(ctx, info_effective_rank(ctx, trained, LAYERS, &mean_left, raw, NULL, LAYERS));
    check(ctx, info_effective_rank(ctx, trained, LAYERS, &roots, roy_vetterli, NULL, LAYERS));
    printf("                untrained       trained   not centered  Roy-Vetterli\n");
    for (int i = 0; i < LAYERS; i++)
        printf("%-11s%14.5f%14.5f%14.5f%14.5f\n", names[i], start[i], rank[i], raw[i], roy_vetterli[i]);

    check(ctx, info_diff_erank(ctx, &untrained[LAST], &trained[LAST], 1, NULL, &r));
    printf("\nDiff-eRank %.5f; the last layer in %d chunks %.5f\n", r.difference, CHUNKS,
           rank_in_chunks(ctx, &trained[LAST]));
    print_lengths(ctx, untrained[LAST], trained[LAST]);
    info_ctx_destroy(ctx);
    return 0;
}
