/* SPDX-License-Identifier: MIT
 *
 * lm_corpus: how much information is in a text?
 *
 * Reads a text of any size in pieces and measures, with libinfo's counts and estimators, how uncertain the
 * next token is after some others, what tokens tell of each other at a distance, which pairs belong together,
 * and what compressors make of it. Prints a table, writes corpus.json and corpus.html.
 */
#include <stdio.h>
#include <stdlib.h>

#include "corpus/study.h"
#include "page/page_file.h"
#include "program/text_json.h"

static bool run(struct study *study, struct reader *reader, struct progress *progress, info_ctx *ctx,
                struct failure *failure)
{
    const struct arguments *arguments = study->arguments;
    bool done = reader_open(reader, arguments, failure) && study_text(study, reader, progress, ctx, failure);
    progress_end(progress);
    if (!done)
        return false;
    cJSON *json = study_json(study);
    done = json_write(json, arguments->json, failure) && page_write_json(json, arguments->html, failure);
    cJSON_Delete(json);
    if (done && !arguments->quiet) {
        study_print(study);
        printf("\n%s and %s written\n", arguments->html, arguments->json);
    }
    return done;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct progress progress;
    struct failure failure;
    struct reader reader = {.at = 0};
    static struct study study;
    info_ctx *ctx = NULL;

    arguments_parse(&arguments, argc, argv);
    study.arguments = &arguments;
    progress_start(&progress, !arguments.quiet);
    const info_ctx_options options = {.struct_size = sizeof options, .threads = (int32_t)arguments.threads};
    if (info_ctx_create(&options, &ctx) != INFO_OK) {
        fputs("lm_corpus: no memory\n", stderr);
        return EXIT_FAILURE;
    }
    const bool done = run(&study, &reader, &progress, ctx, &failure);
    if (!done)
        fprintf(stderr, "lm_corpus: %s\n", failure.text);
    reader_close(&reader);
    info_ctx_destroy(ctx);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
