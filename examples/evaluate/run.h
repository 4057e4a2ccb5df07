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

#endif
