/* SPDX-License-Identifier: MIT
 * Versions, the build's configuration, and public constants by name. */
#include <string.h>

#include "constants.h" /* generated: every constant of the public headers */
#include "core/core.h"

#define TEXT(x) #x
#define DOTTED_(a, b, c) TEXT(a) "." TEXT(b) "." TEXT(c)
#define DOTTED(a, b, c) DOTTED_(a, b, c)

int64_t info_version(void)
{
    return INFO_VERSION_MAJOR * 1000000 + INFO_VERSION_MINOR * 1000 + INFO_VERSION_PATCH;
}

const char *info_version_string(void)
{
    return DOTTED(INFO_VERSION_MAJOR, INFO_VERSION_MINOR, INFO_VERSION_PATCH);
}

int64_t info_abi_version(void)
{
    return INFO_ABI_VERSION;
}

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* One whole text per instruction set, so that nothing is written at run time. */
#define CONFIG(set)                                                                                                    \
    "libinfo " DOTTED(INFO_VERSION_MAJOR, INFO_VERSION_MINOR,                                                          \
                      INFO_VERSION_PATCH) "; backend " INFO_I_BACKEND_NAME "; compiler " COMPILER                      \
                                          "; instruction sets " INFO_I_CPU_LEVELS "; in use " set

const char *info_build_config(void)
{
    switch (info_i_cpu_best()) {
    case INFO_CPU_AVX512:
        return CONFIG("avx512");
    case INFO_CPU_AVX2:
        return CONFIG("avx2");
    default:
        return CONFIG("c");
    }
}

info_status info_constant(const char *name, int64_t *value)
{
    static const struct {
        const char *name;
        int64_t value;
    } constants[] = {INFO_I_CONSTANTS};

    info_i_error error = {0};
    if (!name || info_i_check_pointer(&error, "value", value) != INFO_OK)
        return name ? error.status : INFO_ERROR_NULL;
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
        if (strcmp(constants[i].name, name) == 0) {
            *value = constants[i].value;
            return INFO_OK;
        }
    return INFO_ERROR_OPTION;
}
