/* SPDX-License-Identifier: MIT
 *
 * What the states come to, as a table and as JSON.
 */
#ifndef EXAMPLES_EVALUATE_TABLE_H
#define EXAMPLES_EVALUATE_TABLE_H

#include <stdio.h>

#include "states.h"

bool table_print(const struct states *states, FILE *file, struct failure *failure);

bool table_json(const struct states *states, const char *path, struct failure *failure);

#endif
