/* SPDX-License-Identifier: MIT
 *
 * A report as JSON: report.json, and the data of report.html.
 */
#ifndef EXAMPLES_REPORT_JSON_H
#define EXAMPLES_REPORT_JSON_H

#include "report.h"

/** The report with the columns of its first tokens, at most limit of them.
 *  NULL when memory ran out. */
cJSON *report_json(const struct report *report, int64_t limit);

#endif
