/* SPDX-License-Identifier: MIT
 *
 * lm_vocabulary_mpi: two models beside one another whose logits are in shards of the vocabulary, one on each rank of MPI,
 * as under tensor parallelism. Each rank looks at its own columns; what they send is small, and what comes out has the same
 * bits for any number of ranks.
 *
 *     mpirun -n 4 lm_vocabulary_mpi CHECKPOINT SECOND TOKENIZER TEXT
 */
#include <info/info.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"
#include "model/checkpoint.h"
#include "model/tokenizer.h"
#include "model/transformer.h"

enum { TILE = 64 };

/* This rank's columns of both models, and where the parts of all ranks go. */
struct shard {
    int rank, ranks;
    info_vocabulary_shard place;
    info_matrix p, q;
    int64_t rows, tiles, first_tile, all_tiles;
    const int64_t *targets;
};

static void die(const char *text)
{
    fprintf(stderr, "lm_vocabulary_mpi: %s\n", text);
    MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
}

static void check(info_ctx *ctx, info_status status)
{
    if (status < 0)
        die(info_ctx_message(ctx));
}

static void *memory(int64_t count, size_t size)
{
    void *result = calloc((size_t)count, size);
    if (result == NULL)
        die("no memory");
    return result;
}

/* The tiles of rank r begin at this one. */
static int64_t tile_of_rank(const struct shard *s, int r)
{
    return s->all_tiles * r / s->ranks;
}

static void cut(struct shard *s, const info_matrix *p, const info_matrix *q)
{
    s->rows = p->rows;
    s->all_tiles = (p->cols - 1) / TILE + 1;
    if (s->all_tiles < s->ranks)
        die("there are more ranks than tiles of the vocabulary");
    s->first_tile = tile_of_rank(s, s->rank);
    s->tiles = tile_of_rank(s, s->rank + 1) - s->first_tile;
    const int64_t first = s->first_tile * TILE, end = (s->first_tile + s->tiles) * TILE;
    s->place = (info_vocabulary_shard){
        .struct_size = sizeof s->place, .vocabulary = p->cols, .first_token = first, .tile = TILE};
    s->p = *p;
    s->q = *q;
    s->p.data = (const float *)p->data + first;
    s->q.data = (const float *)q->data + first;
    s->p.cols = s->q.cols = (end < p->cols ? end : p->cols) - first;
}

/* Every rank gets the parts of all, of size bytes each, in the order of their tokens. */
static void *gather(const struct shard *s, const void *own, size_t size)
{
    int *counts = memory(s->ranks, sizeof *counts), *offsets = memory(s->ranks, sizeof *offsets);
    void *all = memory(s->all_tiles * s->rows, size);
    for (int r = 0; r < s->ranks; r++) {
        offsets[r] = (int)(tile_of_rank(s, r) * s->rows * (int64_t)size);
        counts[r] = (int)(tile_of_rank(s, r + 1) * s->rows * (int64_t)size) - offsets[r];
    }
    MPI_Allgatherv(own, counts[s->rank], MPI_BYTE, all, counts, offsets, MPI_BYTE, MPI_COMM_WORLD);
    free(counts);
    free(offsets);
    return all;
}

/* ---- Measuring ------------------------------------------------------------------ */

struct outcome {
    double *log_p, *entropy, *kl, *js, *tv;
    int64_t *rank;
};

static void measure(info_ctx *ctx, const struct shard *s, struct outcome *o)
{
    const int64_t own = s->tiles * s->rows, all = s->all_tiles * s->rows;
    info_logit_part *parts = memory(own, sizeof *parts);
    int64_t *shares = memory(s->rows, sizeof *shares);
    check(ctx, info_logits_measure_part(ctx, &s->p, &s->place, s->targets, s->rows, NULL, parts, own));
    info_logit_part *gathered = gather(s, parts, sizeof *parts);
    const info_logit_measures measures = {
        .struct_size = sizeof measures, .length = s->rows, .log_probability = o->log_p, .entropy = o->entropy};
    check(ctx, info_logits_measure_merge(ctx, gathered, s->all_tiles, s->rows, NULL, &measures));
    check(ctx, info_logits_rank_part(ctx, &s->p, &s->place, gathered, all, NULL, shares, s->rows));
    MPI_Allreduce(shares, o->rank, (int)s->rows, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    free(parts);
    free(gathered);
    free(shares);
}

static void compare(info_ctx *ctx, const struct shard *s, struct outcome *o)
{
    const int64_t own = s->tiles * s->rows, all = s->all_tiles * s->rows;
    info_logit_pair_part *parts = memory(own, sizeof *parts);
    info_logit_mixture *mixtures = memory(own, sizeof *mixtures);
    check(ctx, info_logits_compare_part(ctx, &s->p, &s->q, &s->place, s->targets, s->rows, NULL, parts, own));
    info_logit_pair_part *gathered = gather(s, parts, sizeof *parts);
    check(ctx, info_logits_mixture_part(ctx, &s->p, &s->q, &s->place, gathered, all, NULL, mixtures, own));
    info_logit_mixture *mixed = gather(s, mixtures, sizeof *mixtures);
    const info_logit_comparison comparison = {
        .struct_size = sizeof comparison, .length = s->rows, .kl = o->kl, .js = o->js, .tv = o->tv};
    check(ctx, info_logits_compare_merge(ctx, gathered, mixed, s->all_tiles, s->rows, NULL, &comparison));
    free(parts);
    free(mixtures);
    free(gathered);
    free(mixed);
}

static double mean(const double *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += x[i];
    return sum / (double)count;
}

static void report(const struct shard *s, const struct outcome *o)
{
    int64_t ranks = 0;
    for (int64_t i = 0; i < s->rows; i++)
        ranks += o->rank[i];
    printf("tokens            %lld\n", (long long)s->rows);
    printf("mean log p        %.17g\n", mean(o->log_p, s->rows));
    printf("mean entropy      %.17g\n", mean(o->entropy, s->rows));
    printf("mean rank         %.17g\n", (double)ranks / (double)s->rows);
    printf("mean KL           %.17g\n", mean(o->kl, s->rows));
    printf("mean JS           %.17g\n", mean(o->js, s->rows));
    printf("mean TV           %.17g\n", mean(o->tv, s->rows));
}

static void run(struct shard *s)
{
    info_ctx *ctx;
    struct outcome o = {memory(s->rows, sizeof(double)), memory(s->rows, sizeof(double)),
                        memory(s->rows, sizeof(double)), memory(s->rows, sizeof(double)),
                        memory(s->rows, sizeof(double)), memory(s->rows, sizeof(int64_t))};
    if (info_ctx_create(NULL, &ctx) != INFO_OK)
        die("no memory");
    measure(ctx, s, &o);
    compare(ctx, s, &o);
    if (s->rank == 0)
        report(s, &o);
    void *const arrays[] = {o.log_p, o.entropy, o.kl, o.js, o.tv, o.rank};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]);
    info_ctx_destroy(ctx);
}

int main(int argc, char **argv)
{
    struct shard s = {0};
    struct failure failure;
    struct model model, second;
    struct tokenizer tokenizer;
    struct file text;
    struct activations p = {0}, q = {0};
    int32_t *tokens = NULL;
    size_t count = 0;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &s.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &s.ranks);
    if (argc != 5)
        die("usage: lm_vocabulary_mpi CHECKPOINT SECOND TOKENIZER TEXT");
    if (!checkpoint_open(&model, argv[1], &failure) || !checkpoint_open(&second, argv[2], &failure) ||
        !tokenizer_open(&tokenizer, argv[3], model.shape.vocabulary, &failure) ||
        !file_open(&text, argv[4], &failure) ||
        !tokenizer_encode(&tokenizer, (const char *)text.data, text.size < 4096 ? text.size : 4096, &tokens, &count,
                          &failure))
        die(failure.text);
    /* One window: the model sees all tokens but the last, and is asked for all but the first. */
    count = count - 1 < model.shape.context ? count - 1 : model.shape.context;
    int64_t *targets = memory((int64_t)count, sizeof *targets);
    for (size_t t = 0; t < count; t++)
        targets[t] = tokens[t + 1];
    if (!transformer_run(&model, tokens, count, NULL, NULL, &p, &failure) ||
        !transformer_run(&second, tokens, count, NULL, NULL, &q, &failure))
        die(failure.text);
    const info_matrix of_p = tensor_matrix(&p.logits, 0), of_q = tensor_matrix(&q.logits, 0);
    s.targets = targets;
    cut(&s, &of_p, &of_q);
    run(&s);
    activations_free(&p);
    activations_free(&q);
    model_free(&model);
    model_free(&second);
    tokenizer_close(&tokenizer);
    file_close(&text);
    free(tokens);
    free(targets);
    MPI_Finalize();
    return EXIT_SUCCESS;
}
