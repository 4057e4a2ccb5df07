/* SPDX-License-Identifier: MIT
 * Options: of another size, or with one word or one number overwritten. */
#include <fenv.h>
#include <stdio.h>
#include <string.h>

#include "content.h"

void reg_keep_field(reg_case *c, size_t offset, size_t bytes)
{
    c->keep[c->keeps].offset = offset;
    c->keep[c->keeps++].bytes = bytes;
}

void reg_keep_type(reg_case *c, size_t offset, info_integer type)
{
    if (type != INFO_INT64)
        reg_keep_field(c, offset, sizeof type);
}

static void overwrite(const reg_case *c, char *options, size_t offset, const void *value, size_t bytes)
{
    for (int32_t i = 0; i < c->keeps; i++)
        if (offset < c->keep[i].offset + c->keep[i].bytes && c->keep[i].offset < offset + bytes)
            return;
    memcpy(options + offset, value, bytes);
}

enum { OPTIONS_FIXED = 9, WORDS = 5, REALS = 6 };

const void *reg_options(reg_case *c, const void *options, size_t size)
{
    return reg_struct(c, "options", options, size);
}

const void *reg_struct(reg_case *c, const char *name, const void *options, size_t size)
{
    static const int32_t words[WORDS] = {-1, INT32_MAX, INT32_MIN, 77, 1};
    static const double reals[REALS] = {__builtin_nan(""), __builtin_inf(), -1.0, 1e308, 1e-300, 0.5};
    fenv_t environment;
    reg_leave_library(&environment);
    const int32_t word_count = (int32_t)(size / 4 - 1), real_count = (int32_t)(size / 8 - 1);
    reg_argument *a =
        reg_new_argument(c, name, REG_OPTIONS, OPTIONS_FIXED + word_count * WORDS + real_count * REALS, 0);
    const int32_t variant = reg_variant(c, a);
    const size_t tail = variant == 5 || variant == 6 ? 16 : 0;
    char *copy = reg_place(c, a, size + tail);
    memset(copy, 0, size + tail);
    memcpy(copy, options, size);
    uint32_t struct_size = (uint32_t)(size + tail);
    bool null = false;
    switch (variant) {
    case 0:
        break;
    case 1:
        null = true;
        reg_spoil(c, a, false, 0, "NULL");
        break;
    case 2:
    case 3:
        struct_size = variant == 2 ? 0 : 3;
        reg_spoil(c, a, true, INFO_ERROR_OPTION, "struct_size 0 or 3");
        break;
    case 4:
        struct_size = 4;
        reg_spoil(c, a, false, 0, "struct_size 4");
        break;
    case 5:
        reg_spoil(c, a, false, 0, "a longer struct, zero beyond");
        break;
    case 6:
        copy[size + 5] = 1;
        reg_spoil(c, a, true, INFO_ERROR_OPTION, "a longer struct with something beyond");
        break;
    case 7:
        struct_size = UINT32_MAX;
        reg_spoil(c, a, true, INFO_ERROR_OPTION, "struct_size 2^32-1");
        break;
    case 8: /* ends within the second field, which has at least 4 bytes */
        struct_size = 6;
        reg_spoil(c, a, true, INFO_ERROR_OPTION, "struct_size 6");
        break;
    case 9: /* beyond the page */
        struct_size = 1000000;
        reg_spoil(c, a, true, INFO_ERROR_OPTION, "struct_size 1000000");
        break;
    default: {
        char how[64];
        const int32_t w = variant - OPTIONS_FIXED - 1, r = w - word_count * WORDS;
        const size_t offset = r < 0 ? 4 + 4 * (size_t)(w / WORDS) : 8 + 8 * (size_t)(r / REALS);
        if (r < 0) {
            overwrite(c, copy, offset, &words[w % WORDS], sizeof words[0]);
            snprintf(how, sizeof how, "%d at byte %zu", (int)words[w % WORDS], offset);
        } else {
            overwrite(c, copy, offset, &reals[r % REALS], sizeof reals[0]);
            snprintf(how, sizeof how, "%g at byte %zu", reals[r % REALS], offset);
        }
        reg_spoil(c, a, false, 0, how);
    }
    }
    memcpy(copy, &struct_size, sizeof struct_size);
    reg_remember(a, copy, size + tail);
    reg_enter_library(&environment);
    return null ? NULL : copy;
}
