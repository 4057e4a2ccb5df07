/* SPDX-License-Identifier: MIT
 *
 * Scores the documents of a shard and keeps the states on the way.
 */
#ifndef EXAMPLES_EVALUATE_RUN_H
#define EXAMPLES_EVALUATE_RUN_H

#include "arguments.h"
#include "states.h"

/** Evaluates arguments' shard; the state is in its file at the end, and often before. */
bool evaluate_run(const struct arguments *arguments, struct failure *failure);

/** Whether this process scores a document; asked of each that is not empty, in ascending order. */
typedef bool (*document_choice)(void *user, int64_t document);

/** Evaluates the documents that are wanted as arguments' shard, without a file; the states are the caller's. */
bool evaluate_documents(const struct arguments *arguments, document_choice wants, void *user, struct states *states,
                        struct failure *failure);

#endif
