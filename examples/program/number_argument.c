/* SPDX-License-Identifier: MIT */
#include "number_argument.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

uint64_t number_argument(struct argp_state *state, const char *name, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value < least || value > most)
        argp_error(state, "--%s is \"%s\", not a number from %" PRIu64 " to %" PRIu64, name, text, least, most);
    return value;
}
