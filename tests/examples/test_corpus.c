/* SPDX-License-Identifier: MIT
 * corpus as its user meets it: the program is run and its JSON is read. */
#include "io/file.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char folder[64];

/* Runs corpus on these bytes with its outputs in a new folder; the status it exits with. */
static int run(const char *arguments, const void *bytes, size_t size, char *text, size_t room)
{
    char command[1024], path[128];
    snprintf(path, sizeof path, "%s/text", folder);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
    snprintf(command, sizeof command, "'%s' --html='%s/c.html' --json='%s/c.json' %s '%s' 2>&1", getenv("LM_CORPUS"),
             folder, folder, arguments, path);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    const size_t length = fread(text, 1, room - 1, pipe);
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
    snprintf(path, sizeof path, "%s/c.json", folder);
    ck_assert_msg(file_open(&file, path, &failure), "%s", failure.text);
    cJSON *json = cJSON_ParseWithLength((const char *)file.data, file.size);
    file_close(&file);
    ck_assert_ptr_nonnull(json);
    return json;
}

static double rate(const cJSON *json, int order, int estimator)
{
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "orders"), order - 1);
    return cJSON_GetArrayItem(cJSON_GetObjectItem(item, "rates"), estimator)->valuedouble;
}

/* "abab..": one bit alone, none after one other; the pair ab tells most. */
START_TEST(a_text_that_alternates)
{
    static char bytes[5000], text[8192];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i % 2 ? 'b' : 'a';
    make_folder();
    ck_assert_msg(run("-n 3 -u bytes -d 10", bytes, sizeof bytes, text, sizeof text) == 0, "%s", text);
    cJSON *json = read_json();
    ck_assert(number(json, "tokens") == 5000);
    ck_assert(number(json, "alphabet") == 2);
    ck_assert(fabs(rate(json, 1, 0) - 1) < 1e-6);
    ck_assert(fabs(rate(json, 2, 0)) < 1e-3);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "informative"), 0);
    const char *pair = cJSON_GetObjectItem(first, "text")->valuestring; /* both tell as much */
    ck_assert(strcmp(pair, "ab") == 0 || strcmp(pair, "ba") == 0);
    ck_assert_ptr_nonnull(strstr(text, "context tells"));
    cJSON_Delete(json);
    remove_folder();
}
END_TEST

START_TEST(characters_words_and_ids_are_told_apart)
{
    static char text[8192], bytes[3000];
    static uint16_t ids[500];
    size_t size = 0;
    while (size + 16 < sizeof bytes)
        size += (size_t)sprintf(bytes + size, size / 16 % 2 ? "\xc3\xa4 dog, " : "\xe2\x82\xac cats ");
    make_folder();
    static const struct {
        const char *unit;
        double alphabet;
    } units[] = {{"-u characters", 11}, {"-u words", 5}};
    for (int k = 0; k < 2; k++) {
        ck_assert_msg(run(units[k].unit, bytes, size, text, sizeof text) == 0, "%s", text);
        cJSON *json = read_json();
        ck_assert_msg(number(json, "alphabet") == units[k].alphabet, "%s: %g", units[k].unit, number(json, "alphabet"));
        cJSON_Delete(json);
    }
    for (int i = 0; i < 500; i++)
        ids[i] = (uint16_t)(i * i % 7 + 60000);
    ck_assert_msg(run("-u ids16", ids, sizeof ids, text, sizeof text) == 0, "%s", text);
    cJSON *json = read_json();
    ck_assert(number(json, "tokens") == 500);
    ck_assert(number(json, "alphabet") == 4);
    cJSON_Delete(json);
    /* Bytes that are no characters are tokens of their own. */
    ck_assert_int_eq(run("", "\xff\xfe\x80 abc\xc3", 8, text, sizeof text), 0);
    remove_folder();
}
END_TEST

START_TEST(what_cannot_be_read_is_said)
{
    static char text[4096];
    make_folder();
    ck_assert_int_ne(run("-u letters", "abc", 3, text, sizeof text), 0);
    ck_assert_ptr_nonnull(strstr(text, "unit: letters"));
    ck_assert_int_ne(run("-u ids32", "abc", 3, text, sizeof text), 0);
    ck_assert_ptr_nonnull(strstr(text, "no whole number of 4-byte ids"));
    ck_assert_int_ne(run("-u bytes", "a", 1, text, sizeof text), 0);
    ck_assert_ptr_nonnull(strstr(text, "too short"));
    ck_assert_int_ne(run("-n 1", "abc", 3, text, sizeof text), 0);
    remove_folder();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("corpus");
    TCase *tcase = tcase_create("corpus");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_text_that_alternates);
    tcase_add_test(tcase, characters_words_and_ids_are_told_apart);
    tcase_add_test(tcase, what_cannot_be_read_is_said);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
