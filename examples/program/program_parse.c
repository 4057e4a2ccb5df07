/* SPDX-License-Identifier: MIT */
#include "program_parse.h"

static error_t parse_help(int key, char *value, struct argp_state *state)
{
    (void)value;
    if (key != 'h')
        return ARGP_ERR_UNKNOWN;
    argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
    return 0;
}

void program_parse(const struct argp *parser, int argc, char **argv, void *input)
{
    static const struct argp_option help_options[] = {{NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0}, {0}};
    static const struct argp help = {.options = help_options, .parser = parse_help};
    const struct argp_child children[] = {{.argp = &help}, {0}};
    struct argp whole = *parser;
    whole.children = children;
    argp_err_exit_status = 2;
    argp_parse(&whole, argc, argv, 0, NULL, input);
}
