/* SPDX-License-Identifier: MIT
 *
 * lm_report: how much information does a language model carry on a text?
 *
 * Runs a llama2.c checkpoint, or reads the activations of any model, and
 * measures it with libinfo against its untrained twin and a second model. Prints
 * a table, writes report.json and report.html.
 */
#include <stdio.h>
#include <stdlib.h>

#include "report/dump.h"
#include "report/json.h"
#include "report/page.h"
#include "report/table.h"
#include "program/text_json.h"

static bool measure(struct report *report, struct source *source, const struct arguments *arguments,
                    struct failure *failure)
{
    for (size_t index = 0; index < source->windows; index++) {
        struct window window;
        if (!source->read(source, index, &window, failure) || !report_add(report, &window, failure))
            return false;
        if (arguments->dump != NULL && !dump_write(arguments->dump, source, &window, failure))
            return false;
    }
    report_finish(report);
    return true;
}

static bool write_json(const struct report *report, const char *path, struct failure *failure)
{
    cJSON *json = report_json(report, report->tokens);
    bool written = json_write(json, path, failure);
    cJSON_Delete(json);
    return written;
}

static bool run(struct source *source, const struct arguments *arguments, struct progress *progress,
                struct failure *failure)
{
    struct report report;
    bool done = report_start(&report, source, failure) && measure(&report, source, arguments, failure);
    progress_end(progress);
    done = done && write_json(&report, arguments->json, failure) && page_write(&report, arguments->html, failure);
    if (done && !arguments->quiet) {
        table_print(&report, stdout);
        printf("\n%s and %s written\n", arguments->html, arguments->json);
    }
    report_free(&report);
    return done;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct progress progress;
    struct source source;
    struct failure failure;

    arguments_parse(&arguments, argc, argv);
    progress_start(&progress, !arguments.quiet);
    bool opened = arguments.checkpoint != NULL ? source_open_models(&source, &arguments, &progress, &failure)
                                               : source_open_dump(&source, &arguments, &progress, &failure);
    bool done = opened && run(&source, &arguments, &progress, &failure);
    if (opened)
        source_close(&source);
    if (!done)
        fprintf(stderr, "lm_report: %s\n", failure.text);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
