/* SPDX-License-Identifier: MIT
 * Whether long double is what it is compiled as: valgrind computes it in 64 bits, where it is no oracle of doubles. */
#ifndef TESTS_LONG_DOUBLE_H
#define TESTS_LONG_DOUBLE_H

#include <stdbool.h>

static inline bool long_double_is_wide(void)
{
    volatile long double one = 1;
    return one + 0x1p-60L > one;
}

#endif
