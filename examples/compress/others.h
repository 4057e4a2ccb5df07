/* SPDX-License-Identifier: MIT
 * What compressors in everyday use make of the same bytes. */
#ifndef EXAMPLES_COMPRESS_OTHERS_H
#define EXAMPLES_COMPRESS_OTHERS_H

#include <stddef.h>

/** Prints a line for each that this program was built with: bits per byte at its highest level. */
void print_others(const unsigned char *text, size_t size);

#endif
