/* SPDX-License-Identifier: MIT
 * What compressors in everyday use make of the same bytes. */
#ifndef EXAMPLES_COMPRESS_OTHERS_H
#define EXAMPLES_COMPRESS_OTHERS_H

#include <stddef.h>

struct other {
    const char *name;
    size_t compressed; /* bytes */
};

/** Compresses the text with each that this program was built with, at its highest level; how many of 3 there are. */
int others_measure(const unsigned char *text, size_t size, struct other others[3]);

/** Prints a line for each that this program was built with: bits per byte at its highest level. */
void print_others(const unsigned char *text, size_t size);

#endif
