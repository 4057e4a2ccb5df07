/* SPDX-License-Identifier: MIT
 *
 * A page that needs no other file: the program's page_parts with data in between.
 */
#ifndef EXAMPLES_PAGE_PAGE_FILE_H
#define EXAMPLES_PAGE_PAGE_FILE_H

#include <cjson/cJSON.h>

#include "../io/failure.h"

/** Writes the page with this data in it. A NULL value says that memory ran out
 *  while it was made. */
bool page_write_json(const cJSON *json, const char *path, struct failure *failure);

#endif
