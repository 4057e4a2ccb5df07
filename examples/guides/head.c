/* SPDX-License-Identifier: MIT
 * Hidden states without logits: the program of docs/guide-hidden-states-without-logits.md. */
#include <info/info.h>

#include "load.h"

#define SHARDS 2

static void print_mean(const char *name, const double *log_p, const double *entropy, int64_t count)
{
    double nll = 0, mean = 0;
    for (int64_t i = 0; i < count; i++) {
        nll -= log_p[i] / (double)count;
        mean += entropy[i] / (double)count;
    }
    printf("%-20s NLL %.4f, entropy %.4f nat\n", name, nll, mean);
}

/* Some steps downhill on the head's weights, from hidden states that stay as they are. */
static void train(info_ctx *ctx, const info_matrix *hidden, const struct tensor *weight, const int64_t *targets)
{
    const int64_t tokens = weight->shape[0], width = weight->shape[1];
    double *w = malloc((size_t)(tokens * width) * sizeof *w), *g = malloc((size_t)(tokens * width) * sizeof *g);
    for (int64_t i = 0; i < tokens * width; i++)
        w[i] = tensor_at(weight, (size_t)i);
    const info_matrix own = {w, tokens, width, width, 1, INFO_F64, 0};
    const info_matrix_out slope = {g, tokens, width, width, 1, INFO_F64, 0};
    const info_head head = {.struct_size = sizeof head, .hidden = hidden, .weight = &own};
    const info_head_gradients gradients = {.struct_size = sizeof gradients, .weight = &slope};
    for (int step = 0; step <= 20; step++) {
        info_loss_result result;
        check(ctx, info_head_loss_cross_entropy(ctx, &head, targets, hidden->rows, NULL, NULL, &result, &gradients));
        if (step % 10 == 0)
            printf("after %2d steps       NLL %.4f\n", step, result.loss);
        for (int64_t i = 0; i < tokens * width; i++)
            w[i] -= 0.05 * g[i];
    }
    free(g);
    free(w);
}

int main(void)
{
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));
    const struct tensor states = load("model/hidden"), weights = load("model/head"), scores = load("model/logits");
    const size_t layers = states.shape[0];
    const info_matrix hidden = tensor_matrix(&states, layers - 1), weight = tensor_matrix(&weights, 0);
    const info_matrix logits = tensor_matrix(&scores, 0);
    int64_t count;
    int64_t *targets = load_integers("model/targets", &count);
    double *log_p = malloc((size_t)count * sizeof *log_p), *entropy = malloc((size_t)count * sizeof *entropy);
    const info_logit_measures wanted = {
        .struct_size = sizeof wanted, .length = count, .log_probability = log_p, .entropy = entropy};

    check(ctx, info_logits_measure(ctx, &logits, targets, count, NULL, &wanted));
    print_mean("from logits", log_p, entropy, count);

    const info_head head = {.struct_size = sizeof head, .hidden = &hidden, .weight = &weight};
    check(ctx, info_head_measure(ctx, &head, targets, count, NULL, &wanted));
    print_mean("from hidden states", log_p, entropy, count);

    /* Each shard could be on a machine of its own; what they exchange are these parts. */
    info_head_part *parts = malloc((size_t)(SHARDS * count) * sizeof *parts);
    for (int64_t s = 0; s < SHARDS; s++) {
        const int64_t first = s * weight.rows / SHARDS, end = (s + 1) * weight.rows / SHARDS;
        info_matrix share = weight;
        share.data = (const char *)weight.data + first * weight.row_stride * info_dtype_size(weight.dtype);
        share.rows = end - first;
        const info_head shard = {.struct_size = sizeof shard, .hidden = &hidden, .weight = &share};
        check(ctx, info_head_measure_part(ctx, &shard, first, targets, count, NULL, parts + s * count, count));
    }
    check(ctx, info_head_measure_merge(ctx, parts, SHARDS, count, NULL, &wanted));
    print_mean("from two shards", log_p, entropy, count);
    train(ctx, &hidden, &weights, targets);

    free(parts);
    free(entropy);
    free(log_p);
    free(targets);
    info_ctx_destroy(ctx);
    return 0;
}
