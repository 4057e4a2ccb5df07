/* SPDX-License-Identifier: MIT
 * Past one machine: the program of docs/guide-past-one-machine.md. */
#include <info/info.h>

#include "load.h"

enum { RANKS = 3 };

/* What one of the ranks sends: the state of its share of the tokens, as bytes. */
static unsigned char *shard(info_ctx *ctx, int64_t rank, int64_t ranks, const double *log_p, int64_t count,
                            int64_t *written)
{
    const int64_t first = rank * count / ranks, position = (rank + 1) * count / ranks;
    info_evaluation_options options = {.struct_size = sizeof options,
                                       .kind = INFO_EVALUATION_LIKELIHOOD,
                                       .model = "model",
                                       .data = "data",
                                       .shard = rank,
                                       .shards = ranks};
    info_evaluation *state;
    check(ctx, info_evaluation_create(ctx, &options, &state));
    /* for every batch of scored tokens */
    const info_likelihood_batch batch = {
        .struct_size = sizeof batch, .count = position - first, .log_probability = log_p + first};
    check(ctx, info_evaluation_update_likelihood(ctx, state, &batch));
    /* at the end of the shard */
    int64_t size;
    check(ctx, info_evaluation_mark(ctx, state, position, 1));
    check(ctx, info_evaluation_saved_size(ctx, state, &size));
    unsigned char *buffer = malloc((size_t)size);
    check(ctx, info_evaluation_save(ctx, state, buffer, size, written));
    info_evaluation_destroy(state);
    return buffer;
}

/* The mean NLL of all ranks' states, merged in the order given. */
static double merged(info_ctx *ctx, const double *log_p, int64_t count, const int64_t *order)
{
    info_evaluation *all = NULL;
    for (int i = 0; i < RANKS; i++) {
        int64_t length;
        unsigned char *bytes = shard(ctx, order[i], RANKS, log_p, count, &length);
        info_evaluation *state;
        check(ctx, info_evaluation_load(ctx, bytes, length, &state));
        free(bytes);
        if (!all) {
            all = state;
            continue;
        }
        check(ctx, info_evaluation_merge(ctx, all, state));
        info_evaluation_destroy(state);
    }
    info_likelihood_evaluation r;
    check(ctx, info_evaluation_likelihood(ctx, all, &r));
    info_evaluation_destroy(all);
    return r.likelihood.mean_nll;
}

int main(void)
{
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));
    const struct tensor file = load("model/logits");
    const info_matrix logits = tensor_matrix(&file, 0);
    int64_t count;
    int64_t *targets = load_integers("model/targets", &count);
    double *log_p = malloc((size_t)count * sizeof *log_p);
    const info_logit_measures wanted = {.struct_size = sizeof wanted, .length = count, .log_probability = log_p};
    check(ctx, info_logits_measure(ctx, &logits, targets, count, NULL, &wanted));

    const int64_t one_way[RANKS] = {0, 1, 2}, other_way[RANKS] = {2, 0, 1};
    const double a = merged(ctx, log_p, count, one_way), b = merged(ctx, log_p, count, other_way);
    printf("mean NLL of %d shards %.6f nat, in another order %s\n", RANKS, a, a == b ? "the same bits" : "other bits");
    free(log_p);
    free(targets);
    info_ctx_destroy(ctx);
    return 0;
}
