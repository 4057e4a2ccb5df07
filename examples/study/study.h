/* SPDX-License-Identifier: MIT
 *
 * The experiments of "The Information of Large Language Model Geometry" (Tan, Li,
 * Huang 2024) and "Diff-eRank" (Wei et al. 2024) on one model and its untrained
 * twins, run here or dumped elsewhere. Each experiment returns what it found as JSON.
 */
#ifndef EXAMPLES_STUDY_H
#define EXAMPLES_STUDY_H

#include <cjson/cJSON.h>
#include <info/info.h>

#include "../io/archive.h"
#include "../model/activations.h"
#include "../program/progress.h"

#define STUDY_MAX_SEEDS 16
#define STUDY_MAX_WINDOWS 64
#define STUDY_MIN_LENGTH 64

/** What one model computed on every window. */
struct run {
    struct activations windows[STUDY_MAX_WINDOWS];
};

struct study {
    info_ctx *ctx;
    struct progress progress;
    cJSON *about; /* what was studied, a part of what is found */
    cJSON *text;  /* the first window's tokens but the first; NULL: unknown */
    int seeds;    /* untrained twins, 0 to STUDY_MAX_SEEDS */
    int window_count;
    int64_t length;                      /* tokens of every window */
    int64_t k;                           /* size of a selection */
    int64_t *targets[STUDY_MAX_WINDOWS]; /* [length], the token after each position; NULL: unknown */
    struct run trained;
    struct run untrained[STUDY_MAX_SEEDS];
    struct archive archives[2 * STUDY_MAX_WINDOWS]; /* what the activations view, if they were dumped */
    int archive_count;
};

/** What the command line says is studied. */
struct study_input {
    const char *checkpoint, *tokenizer;   /* NULL: dumps */
    const char *paths[STUDY_MAX_WINDOWS]; /* texts, or dumps */
    int count;
    long windows; /* of each text */
};

/** Runs a checkpoint and study->seeds untrained twins over windows of the texts. study->length is
 *  the length wanted, and becomes what the model's context allows. */
bool study_run_checkpoint(struct study *study, const struct study_input *input, struct failure *failure);

/** Reads dumps, one window each and all of one length. What they lack is
 *  absent in the activations; study->seeds becomes 1 if each has a twin, else 0. */
bool study_open_dumps(struct study *study, const struct study_input *input, struct failure *failure);

/** Number of hidden states: the embedding, each layer's, after the final norm. */
int64_t study_states(const struct study *study);

/** Hidden states [length, d] of a window after a layer. */
info_matrix study_hidden(const struct run *run, int window, int64_t state);

/** Why an experiment is left out, for want of data; NULL where it is not. */
const char *study_lacks_twin(const struct study *study);
const char *study_lacks_surprisal(const struct study *study);
const char *study_lacks_attention(const struct study *study);

/** What libinfo said, as a failure. */
bool study_failed(const struct study *study, struct failure *failure);

/** Entropy and effective rank after each layer, trained and untrained; of the
 *  final state for growing lengths; Diff-eRank for each seed of the twin. */
cJSON *study_layers(struct study *study, struct failure *failure);
cJSON *study_lengths(struct study *study, struct failure *failure);
cJSON *study_seeds(struct study *study, struct failure *failure);

/** Gain of each token, beside its surprisal where that is known. */
cJSON *study_gains(struct study *study, struct failure *failure);

/** Lasso's tokens against attention's, and how a token's information is spread
 *  over its context, layer by layer. */
cJSON *study_selections(struct study *study, struct failure *failure);

/** Distances between passages of the windows, by their means and covariances. */
cJSON *study_sentences(struct study *study, struct failure *failure);

/** The elastic net between Lasso and ridge: tokens that it takes, and the error that is left. */
cJSON *study_bridge(struct study *study, struct failure *failure);

/** Power laws over the models of a list; see family.c for its form. */
cJSON *study_family(info_ctx *ctx, const char *path, struct failure *failure);

/** The papers' claims beside what was found, for the table. */
cJSON *study_claims(const cJSON *found);

#endif
