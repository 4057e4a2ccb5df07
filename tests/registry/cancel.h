/* SPDX-License-Identifier: MIT
 * Calls that are canceled from outside. */
#ifndef TESTS_REGISTRY_CANCEL_H
#define TESTS_REGISTRY_CANCEL_H

#include "case.h"

/* The function returns soon after a cancel, by another thread and in a signal handler; if not, text says how it did. */
bool reg_cancels(const reg_function *f, char *text, size_t size);

#endif
