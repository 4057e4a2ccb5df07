/* SPDX-License-Identifier: MIT */
#include "study.h"

#include <math.h>
#include <stdlib.h>

#define SOFT_CLUSTERS 24

static bool told(info_ctx *ctx, info_status status, const char *what, struct failure *failure)
{
    if (status >= 0 && status != INFO_CANCELED)
        return true;
    return fail(failure, "%s: %s", what, info_ctx_message(ctx));
}

/* The clusters that are shown: their words, weights and what follows them. */
static bool show(struct study *s, const info_matrix *pairs, const struct arguments *arguments, info_ctx *ctx,
                 struct failure *failure)
{
    const int64_t v = pairs->rows;
    s->clusters = arguments->clusters < v ? arguments->clusters : v;
    const size_t k = (size_t)s->clusters;
    s->label = malloc((size_t)v * sizeof *s->label);
    s->weight = malloc(k * sizeof *s->weight);
    s->kept = malloc(k * sizeof *s->kept);
    s->next = malloc(k * (size_t)v * sizeof *s->next);
    double *encoder = malloc(k * (size_t)v * sizeof *encoder);
    bool done = s->label && s->weight && s->kept && s->next && encoder;
    if (!done)
        fail(failure, "no memory");
    const info_bottleneck_options options = {.struct_size = sizeof options,
                                             .unit = INFO_BIT,
                                             .kind = INFO_COUNTS,
                                             .method = INFO_BOTTLENECK_SEQUENTIAL,
                                             .clusters = s->clusters,
                                             .seed = arguments->seed};
    const info_matrix_out out = {encoder, v, s->clusters, s->clusters, 1, INFO_F64, 0};
    const info_matrix_out next = {s->next, s->clusters, v, v, 1, INFO_F64, 0};
    info_matrix view;
    done =
        done &&
        told(ctx, info_bottleneck(ctx, pairs, INFINITY, &options, &out, s->label, v, &s->shown), "clusters", failure) &&
        info_matrix_init(&view, encoder, v, s->clusters, INFO_F64) == INFO_OK &&
        told(ctx,
             info_bottleneck_clusters(ctx, pairs, &view, &options, s->weight, s->clusters, &next, s->kept, s->clusters),
             "clusters", failure);
    free(encoder);
    return done;
}

/* Hard clusters of growing number. */
static bool sweep(struct study *s, const info_matrix *pairs, const struct arguments *arguments,
                  struct progress *progress, info_ctx *ctx, struct failure *failure)
{
    static const int64_t sizes[STUDY_SIZES] = {2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 320};
    for (s->sizes = 0; s->sizes < STUDY_SIZES && sizes[s->sizes] < pairs->rows; s->sizes++) {
        const info_bottleneck_options options = {.struct_size = sizeof options,
                                                 .unit = INFO_BIT,
                                                 .kind = INFO_COUNTS,
                                                 .method = INFO_BOTTLENECK_SEQUENTIAL,
                                                 .clusters = sizes[s->sizes],
                                                 .restarts = 2,
                                                 .seed = arguments->seed};
        s->size[s->sizes] = sizes[s->sizes];
        if (sizes[s->sizes] == s->clusters) { /* one answer for one number of clusters */
            s->hard[s->sizes] = s->shown;
            continue;
        }
        if (!told(ctx, info_bottleneck(ctx, pairs, INFINITY, &options, NULL, NULL, 0, s->hard + s->sizes), "clusters",
                  failure))
            return false;
        progress_draw(progress, (s->sizes + 1) / (double)STUDY_SIZES);
    }
    return true;
}

static bool anneal(struct study *s, const info_matrix *pairs, const struct arguments *arguments, info_ctx *ctx,
                   struct failure *failure)
{
    double betas[STUDY_BETAS];
    for (int i = 0; i < STUDY_BETAS; i++)
        betas[i] = 1.15 * pow(1.35, i);
    const info_bottleneck_options options = {.struct_size = sizeof options,
                                             .unit = INFO_BIT,
                                             .kind = INFO_COUNTS,
                                             .clusters = SOFT_CLUSTERS,
                                             .tolerance = 1e-6,
                                             .max_iterations = 200,
                                             .restarts = 1,
                                             .seed = arguments->seed};
    return told(ctx, info_bottleneck_curve(ctx, pairs, betas, STUDY_BETAS, &options, s->soft), "curve", failure);
}

/* H(next) and I(word; next), from the words themselves as clusters. */
static bool measure(struct study *s, const info_matrix *pairs, info_ctx *ctx, struct failure *failure)
{
    const int64_t v = pairs->rows;
    double *sums = calloc((size_t)v, sizeof *sums);
    if (sums == NULL)
        return fail(failure, "no memory");
    for (int64_t i = 0; i < v; i++)
        for (int64_t k = 0; k < v; k++)
            sums[k] += ((const double *)pairs->data)[i * v + k];
    info_matrix view;
    const info_entropy_options entropy = {.struct_size = sizeof entropy, .kind = INFO_COUNTS, .unit = INFO_BIT};
    const int64_t shape[] = {v, v};
    info_table table;
    const info_joint_options joint = {.struct_size = sizeof joint, .kind = INFO_COUNTS, .unit = INFO_BIT};
    const bool done =
        info_matrix_init(&view, sums, 1, v, INFO_F64) == INFO_OK &&
        info_table_init(&table, pairs->data, 2, shape, NULL, INFO_F64) == INFO_OK &&
        told(ctx, info_entropy(ctx, &view, &entropy, &s->next_entropy, 1), "next word", failure) &&
        told(ctx, info_mutual_information(ctx, &table, 1, 2, 0, &joint, &s->information), "pairs", failure);
    free(sums);
    return done;
}

bool study_words(struct study *s, const struct words *words, const struct arguments *arguments,
                 struct progress *progress, info_ctx *ctx, struct failure *failure)
{
    info_matrix pairs;
    if (info_matrix_init(&pairs, words->pairs, words->vocabulary, words->vocabulary, INFO_F64) != INFO_OK)
        return fail(failure, "the text has too few words");
    progress_step(progress, "clusters", 0, 0.2);
    if (!measure(s, &pairs, ctx, failure))
        return false;
    if (!(s->information > 0))
        return fail(failure, "%s: a word tells nothing of the next one here, so there is nothing to keep",
                    arguments->text);
    if (!show(s, &pairs, arguments, ctx, failure))
        return false;
    progress_step(progress, "numbers of clusters", 0.2, 0.5);
    if (!sweep(s, &pairs, arguments, progress, ctx, failure))
        return false;
    progress_step(progress, "soft clusters", 0.5, 0.8);
    return anneal(s, &pairs, arguments, ctx, failure);
}

void study_free(struct study *s)
{
    free(s->label);
    free(s->weight);
    free(s->kept);
    free(s->next);
    *s = (struct study){0};
}
