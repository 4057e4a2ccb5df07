/* SPDX-License-Identifier: MIT
 *
 * The experiments of "The Information of Large Language Model Geometry" (Tan, Li,
 * Huang 2024) and "Diff-eRank" (Wei et al. 2024) on one model and its untrained
 * twins. Each experiment returns what it found as JSON.
 */
#ifndef EXAMPLES_STUDY_H
#define EXAMPLES_STUDY_H

#include <cjson/cJSON.h>
#include <info/info.h>

#include "../model/activations.h"
#include "../model/model.h"
#include "../model/tokenizer.h"
#include "../report/progress.h"

#define STUDY_MAX_SEEDS 16
#define STUDY_MAX_WINDOWS 64

/** What one model computed on every window. */
struct run {
    struct activations windows[STUDY_MAX_WINDOWS];
};

struct study {
    info_ctx *ctx;
    struct model model;
    struct tokenizer tokenizer;
    struct progress progress;
    int seeds;      /* untrained twins, seeds 1.. */
    int window_count;
    int64_t length; /* tokens of every window, BOS first */
    int64_t k;      /* size of a selection */
    int32_t *tokens[STUDY_MAX_WINDOWS];
    struct run trained;
    struct run untrained[STUDY_MAX_SEEDS];
};

/** Number of hidden states: the embedding, each layer's, after the final norm. */
int64_t study_states(const struct study *study);

/** Hidden states [length, d] of a window after a layer. */
info_matrix study_hidden(const struct run *run, int window, int64_t state);

/** What libinfo said, as a failure. */
bool study_failed(const struct study *study, struct failure *failure);

/** Entropy and effective rank after each layer, trained and untrained; of the
 *  final state for growing lengths; Diff-eRank for each seed of the twin. */
cJSON *study_layers(struct study *study, struct failure *failure);
cJSON *study_lengths(struct study *study, struct failure *failure);
cJSON *study_seeds(struct study *study, struct failure *failure);

/** Gain of each token beside its surprisal. */
cJSON *study_gains(struct study *study, struct failure *failure);

/** Lasso's tokens against attention's, and how a token's information is spread
 *  over its context, layer by layer. */
cJSON *study_selections(struct study *study, struct failure *failure);

/** Power laws over the models of a list; see family.c for its form. */
cJSON *study_family(info_ctx *ctx, const char *path, struct failure *failure);

/** The papers' claims beside what was found, for the table. */
cJSON *study_claims(const cJSON *found);

#endif
