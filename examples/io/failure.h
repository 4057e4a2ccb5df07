/* SPDX-License-Identifier: MIT
 *
 * One line about what went wrong. Functions that can fail return false after
 * writing it; the program prints it and exits.
 */
#ifndef EXAMPLES_IO_FAILURE_H
#define EXAMPLES_IO_FAILURE_H

#include <stdbool.h>

struct failure {
    char text[512];
};

/** Writes the line. Always returns false, so that a caller can
 *  `return fail(failure, "%s: ...", path)`. */
bool fail(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
