/* SPDX-License-Identifier: MIT
 *
 * report.html: one file that needs nothing else.
 */
#ifndef EXAMPLES_REPORT_PAGE_H
#define EXAMPLES_REPORT_PAGE_H

#include "report.h"

/** Writes the page. It shows the first 5000 tokens of a longer text. */
bool page_write(const struct report *report, const char *path, struct failure *failure);

#endif
