/* SPDX-License-Identifier: MIT
 *
 * What the command lines of all programs share.
 */
#ifndef EXAMPLES_PROGRAM_PROGRAM_PARSE_H
#define EXAMPLES_PROGRAM_PROGRAM_PARSE_H

#include <argp.h>

/** Runs the parser, with -h as a short form of --help. A wrong command line is told on stderr and ends the program with
 *  status 2, help and --version with 0; 1 is left for inputs that fail. */
void program_parse(const struct argp *parser, int argc, char **argv, void *input);

#endif
