/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "page_parts.h"

#define TOKENS_SHOWN 5000

/* JSON inside a script element: no "<" may end the element. */
static bool write_data(FILE *file, const char *text)
{
    for (; *text != '\0'; text++)
        if ((*text == '<' ? fputs("\\u003c", file) : fputc(*text, file)) == EOF)
            return false;
    return true;
}

static bool write_parts(FILE *file, const char *data)
{
    return fputs((const char *)page_before_data, file) != EOF && write_data(file, data) &&
           fputs((const char *)page_after_data, file) != EOF;
}

bool page_write(const struct report *report, const char *path, struct failure *failure)
{
    cJSON *json = report_json(report, TOKENS_SHOWN);
    char *data = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    if (data == NULL)
        return fail(failure, "%s: no memory", path);

    FILE *file = fopen(path, "w");
    bool written = file != NULL && write_parts(file, data);
    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written)
        fail(failure, "%s: %s", path, strerror(errno));
    cJSON_free(data);
    return written;
}
