/* SPDX-License-Identifier: MIT
 *
 * lm_evaluate: a language model's likelihoods on a text of many documents, beside a second model's if wanted, in
 * any number of processes on any number of machines.
 */
#include <stdio.h>
#include <stdlib.h>

#include "evaluate/arguments.h"
#include "evaluate/run.h"
#include "evaluate/states.h"
#include "evaluate/table.h"

static bool merge(const struct arguments *arguments, struct failure *failure)
{
    struct states all, next;
    if (!states_read(&all, arguments->files[1], failure))
        return false;
    bool done = true;
    for (int i = 2; i < arguments->file_count && done; i++) {
        done =
            states_read(&next, arguments->files[i], failure) && states_merge(&all, &next, arguments->files[i], failure);
        states_free(&next);
    }
    done = done && states_write(&all, arguments->files[0], failure);
    states_free(&all);
    return done;
}

static bool report(const struct arguments *arguments, struct failure *failure)
{
    struct states states;
    if (!states_read(&states, arguments->files[0], failure))
        return false;
    bool done = true;
    for (int i = 0; i < states.count && done; i++)
        if (info_evaluation_check(states.ctx, states.state[i]) != INFO_OK) {
            if (arguments->partial)
                fprintf(stderr, "lm_evaluate: %s\n", info_ctx_message(states.ctx));
            else
                done = fail(failure, "%s: %s", arguments->files[0], info_ctx_message(states.ctx));
        }
    done = done && table_print(&states, stdout, failure);
    done = done && (arguments->json == NULL || table_json(&states, arguments->json, failure));
    states_free(&states);
    return done;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct failure failure;
    arguments_parse(&arguments, argc, argv);
    const bool done = arguments.command == COMMAND_RUN     ? evaluate_run(&arguments, &failure)
                      : arguments.command == COMMAND_MERGE ? merge(&arguments, &failure)
                                                           : report(&arguments, &failure);
    if (!done)
        fprintf(stderr, "lm_evaluate: %s\n", failure.text);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
