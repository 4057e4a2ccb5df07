/* SPDX-License-Identifier: MIT
 *
 * Text of any bytes as JSON, and JSON to a file.
 */
#ifndef EXAMPLES_PROGRAM_TEXT_JSON_H
#define EXAMPLES_PROGRAM_TEXT_JSON_H

#include <cjson/cJSON.h>

#include "../model/tokenizer.h"

/** A JSON string; bytes that are no UTF-8 become U+FFFD each. */
cJSON *text_json(struct piece piece);

/** Writes the value with a final newline. A NULL value says that memory ran
 *  out while it was made. */
bool json_write(const cJSON *value, const char *path, struct failure *failure);

#endif
