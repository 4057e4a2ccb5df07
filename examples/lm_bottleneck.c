/* SPDX-License-Identifier: MIT
 *
 * lm_bottleneck: what must be known of a word to predict the next one?
 *
 * Clusters the words of a text by what follows them, with libinfo's information
 * bottleneck; finds how many bits a model's predictions cost at a given loss, with
 * its rate-distortion function. Prints a table, writes bottleneck.json and
 * bottleneck.html.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bottleneck/study_json.h"
#include "page/page_file.h"
#include "program/text_json.h"

static void print_pieces(const struct words *words, const int64_t *which, int count)
{
    for (int i = 0; i < count; i++) {
        const struct piece name = words->name[which[i]];
        const bool newline = name.size == 1 && name.bytes[0] == '\n';
        printf(" %.*s", newline ? 2 : (int)name.size, newline ? "\\n" : name.bytes);
    }
}

static void print_clusters(const struct study *study, const struct words *words)
{
    int64_t order[1000], some[16];
    study_order(study, order);
    printf("\n  %% of text  bits kept  words -> what follows\n");
    for (int64_t i = 0; i < study->clusters; i++) {
        const int64_t t = order[i];
        if (!(study->weight[t] > 0))
            continue;
        printf("  %9.2f  %9.4f ", 100 * study->weight[t], study->kept[t]);
        print_pieces(words, some, study_members(study, words, t, 8, some));
        printf("  ->");
        print_pieces(words, some, study_followers(study, words, t, 4, some));
        putchar('\n');
    }
}

static void print_study(const struct study *study, const struct words *words)
{
    printf(
        "%lld tokens, %lld told apart. The next one has %.4f bits of entropy; the one before it tells %.4f of them.\n",
        (long long)words->read, (long long)words->vocabulary, study->next_entropy, study->information);
    printf("%lld clusters keep %.4f (%.1f %%) in %.4f bits.\n", (long long)study->shown.clusters,
           study->shown.relevance, 100 * study->shown.relevance / study->information, study->shown.compression);
    print_clusters(study, words);
    printf("\n  clusters  bits spent  bits kept  %% of all\n");
    for (int i = 0; i < study->sizes; i++)
        printf("  %8lld  %10.4f  %9.4f  %8.1f\n", (long long)study->hard[i].clusters, study->hard[i].compression,
               study->hard[i].relevance, 100 * study->hard[i].relevance / study->information);
    if (study->predictions == 0)
        return;
    printf("\n  %lld predictions: bits each costs when its mean loss (KL, bits) may be as given\n",
           (long long)study->predictions);
    for (int i = 0; i < STUDY_RATES; i += 3)
        printf("  %10.4f  %10.6f\n", study->rate[i].distortion, study->rate[i].value);
}

static bool run(struct study *study, struct words *words, const struct arguments *arguments, struct progress *progress,
                info_ctx *ctx, struct failure *failure)
{
    bool done = words_read(words, arguments->text, arguments->characters, arguments->tokens, failure) &&
                study_words(study, words, arguments, progress, ctx, failure);
    if (done && arguments->logits != NULL) {
        progress_step(progress, "predictions", 0.8, 1);
        done = study_predictions(study, arguments->logits, ctx, failure);
    }
    progress_end(progress);
    if (!done)
        return false;
    cJSON *json = study_json(study, words, arguments);
    done = json_write(json, arguments->json, failure) && page_write_json(json, arguments->html, failure);
    cJSON_Delete(json);
    if (done && !arguments->quiet) {
        print_study(study, words);
        printf("\n%s and %s written\n", arguments->html, arguments->json);
    }
    return done;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct progress progress;
    struct failure failure;
    struct study study = {0};
    struct words words = {0};
    info_ctx *ctx = NULL;

    arguments_parse(&arguments, argc, argv);
    progress_start(&progress, !arguments.quiet);
    if (info_ctx_create(NULL, &ctx) != INFO_OK) {
        fputs("lm_bottleneck: no memory\n", stderr);
        return EXIT_FAILURE;
    }
    const bool done = run(&study, &words, &arguments, &progress, ctx, &failure);
    if (!done)
        fprintf(stderr, "lm_bottleneck: %s\n", failure.text);
    study_free(&study);
    words_free(&words);
    info_ctx_destroy(ctx);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
