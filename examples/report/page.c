/* SPDX-License-Identifier: MIT */
#include "page.h"

#include "json.h"
#include "../page/page_file.h"

#define TOKENS_SHOWN 5000

bool page_write(const struct report *report, const char *path, struct failure *failure)
{
    cJSON *json = report_json(report, TOKENS_SHOWN);
    bool written = page_write_json(json, path, failure);
    cJSON_Delete(json);
    return written;
}
