/* SPDX-License-Identifier: MIT
 *
 * A report as a table on the terminal.
 */
#ifndef EXAMPLES_REPORT_TABLE_H
#define EXAMPLES_REPORT_TABLE_H

#include <stdio.h>

#include "report.h"

void table_print(const struct report *report, FILE *file);

#endif
