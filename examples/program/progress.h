/* SPDX-License-Identifier: MIT
 *
 * One line of progress on stderr, if that is a terminal.
 */
#ifndef EXAMPLES_PROGRAM_PROGRESS_H
#define EXAMPLES_PROGRAM_PROGRESS_H

#include <stdbool.h>

struct progress {
    bool shown;
    double begin, end; /* the part of the whole that the present step is */
    const char *label;
    int percent; /* last one drawn */
};

/** Prepares the line; wanted false keeps it away even from a terminal. */
void progress_start(struct progress *progress, bool wanted);

/** The step that comes next: what it does, from which fraction of the whole to
 *  which. */
void progress_step(struct progress *progress, const char *label, double begin, double end);

/** Draws the line when this fraction of the step (0 to 1) is done. */
void progress_draw(void *progress, double fraction);

/** Clears the line. */
void progress_end(struct progress *progress);

#endif
