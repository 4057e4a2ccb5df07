/* SPDX-License-Identifier: MIT
 *
 * Where activations come from, window by window: models that are run on a text,
 * or a dump that is read.
 */
#ifndef EXAMPLES_REPORT_SOURCE_H
#define EXAMPLES_REPORT_SOURCE_H

#include "../model/activations.h"
#include "../model/tokenizer.h"
#include "arguments.h"
#include "../program/progress.h"

/** The models of a report. */
enum role { ROLE_MODEL, ROLE_UNTRAINED, ROLE_SECOND, ROLES };

/** "model", "untrained", "second": the folders of a dump and the keys of JSON. */
const char *role_name(enum role role);

/** Target of a position that is not scored; what libinfo and PyTorch ignore. */
#define TARGET_NONE (-100)

/** One sequence as all models saw it. */
struct window {
    struct activations activations[ROLES]; /* without logits: no such model */
    int64_t tokens;                        /* T */
    const int64_t *targets;                /* [T], or TARGET_NONE */
    const int64_t *bytes;                  /* [T] of each target's text; NULL: unknown */
    const struct piece *pieces;            /* [T], each target's text; NULL: unknown */
};

struct source {
    size_t windows;
    char *title;        /* of the text */
    char *names[ROLES]; /* NULL: no such model */
    bool seed_used;     /* the untrained twin was made here, */
    uint64_t seed;      /* from this seed */
    struct progress *progress;

    /** Fills in a window, which lives until the next call or the end. */
    bool (*read)(struct source *source, size_t index, struct window *window, struct failure *failure);
    void (*close)(struct source *source);
    void *state;
};

/** Runs arguments->checkpoint, its untrained twin and a second checkpoint.
 *  Text longer than the context is cut into windows that each start with BOS. */
bool source_open_models(struct source *source, const struct arguments *arguments, struct progress *progress,
                        struct failure *failure);

/** Reads arguments->activations and what belongs to them. */
bool source_open_dump(struct source *source, const struct arguments *arguments, struct progress *progress,
                      struct failure *failure);

/** Ends the source and its window. A zeroed struct is fine. */
void source_close(struct source *source);

/** The last part of a path. */
const char *path_name(const char *path);

#endif
