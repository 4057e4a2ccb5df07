/* SPDX-License-Identifier: MIT
 *
 * What bottleneck finds out: clusters of words, what they keep of the next word,
 * and the price of a model's predictions. Information is in bits.
 */
#ifndef EXAMPLES_BOTTLENECK_STUDY_H
#define EXAMPLES_BOTTLENECK_STUDY_H

#include <info/info.h>

#include "arguments.h"
#include "../program/progress.h"
#include "words.h"

#define STUDY_SIZES 12 /* numbers of clusters tried, at the most */
#define STUDY_BETAS 14 /* points of the soft curve */
#define STUDY_RATES 25 /* points of the rate-distortion curve */

struct study {
    double next_entropy;   /* H(next) */
    double information;    /* I(word; next) */
    int64_t clusters;      /* those that are shown */
    int64_t *label;        /* of each word */
    double *weight, *kept; /* per cluster */
    double *next;          /* p(next | cluster) */
    info_bottleneck_result shown;
    int sizes;
    int64_t size[STUDY_SIZES];
    info_bottleneck_result hard[STUDY_SIZES];
    info_bottleneck_result soft[STUDY_BETAS];
    int64_t predictions;   /* rows of logits, 0: none */
    int64_t reproductions; /* distributions that may stand for them */
    info_coding_result rate[STUDY_RATES];
};

/** Clusters the words and finds the curves. */
bool study_words(struct study *study, const struct words *words, const struct arguments *arguments,
                 struct progress *progress, info_ctx *ctx, struct failure *failure);

/** Finds the rate-distortion curve of the logits in a .npy file. predictions.c. */
bool study_predictions(struct study *study, const char *path, info_ctx *ctx, struct failure *failure);

/** Gives its memory back. A zeroed struct is fine. */
void study_free(struct study *study);

#endif
