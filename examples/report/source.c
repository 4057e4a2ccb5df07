/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <stdlib.h>
#include <string.h>

const char *role_name(enum role role)
{
    static const char *const names[ROLES] = {"model", "untrained", "second"};
    return names[role];
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

void source_close(struct source *source)
{
    if (source->close != NULL)
        source->close(source);
    free(source->title);
    for (int role = 0; role < ROLES; role++)
        free(source->names[role]);
    *source = (struct source){0};
}
