/* SPDX-License-Identifier: MIT
 * bottleneck as its user meets it: the program is run and its JSON is read. */
#include "io/file.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char folder[64];

/* Runs bottleneck with its outputs in a new folder; the status it exits with. */
static int run(const char *arguments, char *text, size_t size)
{
    char command[1024];
    snprintf(command, sizeof command, "'%s' --html='%s/b.html' --json='%s/b.json' %s 2>&1", getenv("LM_BOTTLENECK"),
             folder, folder, arguments);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    const size_t length = fread(text, 1, size - 1, pipe);
    text[length] = '\0';
    while (fgetc(pipe) != EOF)
        ;
    const int status = pclose(pipe);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void make_folder(void)
{
    strcpy(folder, "/tmp/libinfo-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static double number(const cJSON *json, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(json, name);
    ck_assert_msg(cJSON_IsNumber(item), "%s is not a number", name);
    return item->valuedouble;
}

static cJSON *read_json(void)
{
    char path[128];
    struct file file;
    struct failure failure;
    snprintf(path, sizeof path, "%s/b.json", folder);
    ck_assert_msg(file_open(&file, path, &failure), "%s", failure.text);
    cJSON *json = cJSON_ParseWithLength((const char *)file.data, file.size);
    file_close(&file);
    ck_assert_ptr_nonnull(json);
    return json;
}

/* The first table of the guide is of the same predictions, whatever the text: "| bits lost | bits |". */
static void compare_with_guide(const cJSON *points)
{
    struct file file;
    struct failure failure;
    ck_assert_msg(file_open(&file, "docs/guide-compression.md", &failure), "%s", failure.text);
    char *guide = strndup((const char *)file.data, file.size);
    file_close(&file);
    const char *line = strstr(guide, "|---|---|\n");
    int rows = 0;
    double loss, rate;
    while (line && (line = strchr(line, '\n')) && sscanf(++line, "| %lf | %lf |", &loss, &rate) == 2) {
        const cJSON *point, *nearest = points->child;
        cJSON_ArrayForEach(point, points) if (fabs(number(point, "loss") - loss) < fabs(number(nearest, "loss") - loss))
            nearest = point;
        ck_assert_double_eq_tol(number(nearest, "loss"), loss, 5.001e-4);
        ck_assert_double_eq_tol(number(nearest, "rate"), rate, 5.001e-4);
        rows++;
    }
    ck_assert_int_eq(rows, 9);
    free(guide);
}

START_TEST(the_story_is_clustered_and_its_predictions_priced)
{
    char text[8192];
    ck_assert_msg(run("-k 6 -t 40 --logits=examples/data/activations/model/logits.npy examples/data/story.txt", text,
                      sizeof text) == 0,
                  "%s", text);
    cJSON *json = read_json();
    const double information = number(json, "information"), entropy = number(json, "nextEntropy");
    ck_assert_double_gt(information, 0);
    ck_assert_double_lt(information, entropy);
    const cJSON *shown = cJSON_GetObjectItem(json, "shown");
    ck_assert_double_le(number(shown, "relevance"), information);
    ck_assert_int_eq((int)number(shown, "clusters"), 6);
    double kept = 0, weight = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "clusters"))
    {
        kept += number(item, "kept");
        weight += number(item, "weight");
    }
    ck_assert_double_eq_tol(weight, 1, 1e-9);
    ck_assert_double_eq_tol(kept, number(shown, "relevance"), 1e-9);
    const cJSON *points = cJSON_GetObjectItem(cJSON_GetObjectItem(json, "rate"), "points");
    double before = 1e9;
    cJSON_ArrayForEach(item, points)
    {
        ck_assert_double_le(number(item, "rate"), before);
        ck_assert_double_le(number(item, "gap"), 1.5e-9); /* 1e-9 nat */
        before = number(item, "rate");
    }
    ck_assert_double_eq(before, 0);
    compare_with_guide(points);
    cJSON_Delete(json);
}
END_TEST

START_TEST(characters_are_tokens_too)
{
    char text[8192];
    ck_assert_msg(run("-c -k 4 examples/data/story.txt", text, sizeof text) == 0, "%s", text);
    cJSON *json = read_json();
    ck_assert_int_eq((int)number(json, "tokens"), 672);
    cJSON_Delete(json);
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
    char text[8192];
    ck_assert_int_ne(run("", text, sizeof text), 0);
    ck_assert_int_ne(run("--clusters=1 examples/data/story.txt", text, sizeof text), 0);
    ck_assert_int_eq(run("no-such-file", text, sizeof text), 1);
    ck_assert_ptr_nonnull(strstr(text, "no-such-file"));
    char repeated[128];
    snprintf(repeated, sizeof repeated, "%s/word.txt", folder);
    FILE *file = fopen(repeated, "w");
    ck_assert_ptr_nonnull(file);
    fputs("word word word word word word", file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(run(repeated, text, sizeof text), 1);
    ck_assert_ptr_nonnull(strstr(text, "tells nothing of the next one"));
    ck_assert_ptr_nonnull(strstr(text, repeated));
    ck_assert_int_eq(
        run("--logits=examples/data/activations/model/targets.npy examples/data/story.txt", text, sizeof text), 1);
    ck_assert_ptr_nonnull(strstr(text, "targets.npy"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bottleneck");
    TCase *tests = tcase_create("program");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, the_story_is_clustered_and_its_predictions_priced);
    tcase_add_test(tests, characters_are_tokens_too);
    tcase_add_test(tests, what_is_wrong_is_said);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
