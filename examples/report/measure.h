/* SPDX-License-Identifier: MIT
 *
 * The steps of report_add(): each measures one side of a window and adds it to
 * the report.
 */
#ifndef EXAMPLES_REPORT_MEASURE_H
#define EXAMPLES_REPORT_MEASURE_H

#include "report.h"

/** Surprisal, entropy and varentropy of each row of a model's logits; the
 *  arrays have room for window->tokens more from report->tokens on. */
bool measure_rows(struct report *report, const struct window *window, enum role role, struct failure *failure);

/** KL both ways, JS and agreement of a model's rows with the first model's. */
bool measure_pairs(struct report *report, const struct window *window, enum role role, struct failure *failure);

/** Effective rank of each hidden state; the spectrum of the last. */
bool measure_states(struct report *report, const struct window *window, enum role role, struct failure *failure);

/** Attention entropy of each layer and head. */
bool measure_attention(struct report *report, const struct window *window, enum role role, struct failure *failure);

/** What libinfo said, as a failure that names the model. */
bool measure_failed(const struct report *report, enum role role, struct failure *failure);

/** The same with a place in the model's file instead of the argument of libinfo's function. */
bool measure_failed_at(const struct report *report, enum role role, const char *where, struct failure *failure);

#endif
