/* SPDX-License-Identifier: MIT
 *
 * Keeps a window's activations as a folder that lm_report reads again.
 */
#ifndef EXAMPLES_REPORT_DUMP_H
#define EXAMPLES_REPORT_DUMP_H

#include "source.h"

/** Writes FOLDER/about.json and, for each model, logits in f32, targets, bytes,
 *  and hidden, queries and keys rounded to f16. The folder must not exist; the
 *  source must have one window, which is this. */
bool dump_write(const char *folder, const struct source *source, const struct window *window, struct failure *failure);

#endif
