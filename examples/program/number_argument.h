/* SPDX-License-Identifier: MIT
 *
 * Numbers on the command lines of the programs.
 */
#ifndef EXAMPLES_PROGRAM_NUMBER_ARGUMENT_H
#define EXAMPLES_PROGRAM_NUMBER_ARGUMENT_H

#include <argp.h>
#include <stdint.h>

/** The whole number that option --name was given, from least to most; with any other text it says so and exits, as argp
 * does. */
uint64_t number_argument(struct argp_state *state, const char *name, const char *text, uint64_t least, uint64_t most);

#endif
