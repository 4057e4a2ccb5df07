/* SPDX-License-Identifier: MIT */
#include "page_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "page_parts.h"

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

bool page_write_json(const cJSON *json, const char *path, struct failure *failure)
{
    char *data = cJSON_PrintUnformatted(json);
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
