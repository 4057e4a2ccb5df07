/* SPDX-License-Identifier: MIT
 * The libFuzzer target. Linked under the name fuzz_info_kl (a symbolic link will
 * do) or told INFO_FUZZ=info_kl, it fuzzes that function, whose driver the first byte
 * chooses; else the second byte chooses among all functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    const char *slash = strrchr((*argv)[0], '/');
    const char *own = slash ? slash + 1 : (*argv)[0];
    const char *wanted = getenv("INFO_FUZZ");
    if (!wanted && strncmp(own, "fuzz_info_", 10) == 0)
        wanted = own + 5;
    for (int32_t i = 0; wanted && i < reg_function_count(); i++)
        if (strcmp(reg_function_at(i)->name, wanted) == 0)
            target = wanted;
    if (wanted && !target) {
        fprintf(stderr, "fuzz: %s is not a public function\n", wanted);
        exit(2);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const char *name = target ? target : reg_function_at(data[1] % reg_function_count())->name;
    reg_case c;
    reg_run_bytes(&c, name, data, size);
    if (c.failure[0]) {
        fprintf(stderr, "%s (%s): %s\n", c.function->name, c.spoiled, c.failure);
        abort();
    }
    reg_end(&c);
    return 0;
}
