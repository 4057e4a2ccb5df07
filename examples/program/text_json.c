/* SPDX-License-Identifier: MIT */
#include "text_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the UTF-8 character at the start, 0 if there is none. */
static size_t utf8_size(const unsigned char *text, size_t left)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t smallest;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t size = 1; size <= 4; size++) {
        if ((text[0] & forms[size - 1].mask) != forms[size - 1].lead)
            continue;
        if (size > left)
            return 0;
        uint32_t code = text[0] & (unsigned char)~forms[size - 1].mask;
        for (size_t i = 1; i < size; i++) {
            if ((text[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (text[i] & 0x3f);
        }
        bool surrogate = code >= 0xd800 && code < 0xe000;
        return code == 0 || code < forms[size - 1].smallest || code > 0x10ffff || surrogate ? 0 : size;
    }
    return 0;
}

cJSON *text_json(struct piece piece)
{
    char *text = malloc(3 * piece.size + 1), *end = text;
    if (text == NULL)
        return NULL;
    for (size_t at = 0; at < piece.size;) {
        const char *from = piece.bytes + at;
        size_t size = utf8_size((const unsigned char *)from, piece.size - at);
        memcpy(end, size > 0 ? from : "\xef\xbf\xbd", size > 0 ? size : 3);
        end += size > 0 ? size : 3;
        at += size > 0 ? size : 1;
    }
    *end = '\0';
    cJSON *json = cJSON_CreateString(text);
    free(text);
    return json;
}

bool json_write(const cJSON *value, const char *path, struct failure *failure)
{
    char *text = cJSON_Print(value);
    if (text == NULL)
        return fail(failure, "%s: no memory", path);
    FILE *file = fopen(path, "w");
    bool written = file != NULL && fputs(text, file) >= 0 && fputc('\n', file) != EOF;
    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written)
        fail(failure, "%s: %s", path, strerror(errno));
    cJSON_free(text);
    return written;
}
