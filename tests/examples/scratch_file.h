/* SPDX-License-Identifier: MIT
 * Small files that a test writes, reads through the code under test, removes. */
#ifndef TESTS_EXAMPLES_SCRATCH_FILE_H
#define TESTS_EXAMPLES_SCRATCH_FILE_H

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "../support.h"
#include "io/failure.h"

/** A new file with these bytes in the folder for temporary files. */
static inline void write_scratch(char path[64], const void *bytes, size_t size)
{
    strcpy(path, "/tmp/libinfo-test-XXXXXX");
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, bytes, size), (ssize_t)size);
    close(descriptor);
}

/** The call failed, and its one line names the file and says why. */
static inline void assert_refused(bool succeeded, const struct failure *failure, const char *path, const char *reason)
{
    ck_assert(!succeeded);
    ck_assert_msg(strstr(failure->text, path) != NULL, "\"%s\" does not name %s", failure->text, path);
    ck_assert_msg(strstr(failure->text, reason) != NULL, "\"%s\" does not say \"%s\"", failure->text, reason);
    ck_assert_ptr_null(strchr(failure->text, '\n'));
}

#endif
