/* SPDX-License-Identifier: MIT
 * The study: power laws over synthetic dumps of known exponent, lists that are
 * refused, and the whole program on a real model where there is one. */
#include "io/npy.h"
#include "scratch_file.h"
#include "study/study.h"

#include <math.h>
#include <sys/wait.h>

enum { DIM = 16, ROWS = 4 * (DIM - 1) };

/* Unit rows cos(t) e_0 +- sin(t) e_j, the cosine of both signs as well: Z^T Z / n is diagonal. */
static void make_rows(double angle, double z[ROWS * DIM])
{
    memset(z, 0, ROWS * DIM * sizeof *z);
    for (int i = 0; i < ROWS; i++) {
        z[i * DIM] = cos(angle) * (i % 4 < 2 ? 1 : -1);
        z[i * DIM + 1 + i / 4] = sin(angle) * (i % 2 ? 1 : -1);
    }
}

/* Its representation entropy over the maximum, with distortion 1/2. */
static double normalized(double angle)
{
    const double c = cos(angle) * cos(angle), s = 1 - c;
    return (log1p(4 * DIM * c) + (DIM - 1) * log1p(4 * DIM * s / (DIM - 1))) / (DIM * log(5));
}

/* The angle of a given entropy, between one direction and all of them alike. */
static double angle_of(double entropy)
{
    double low = 0, high = acos(1 / sqrt(DIM));
    for (int i = 0; i < 100; i++) {
        const double middle = 0.5 * (low + high);
        if (normalized(middle) < entropy)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void write_dump(const char *path, double entropy)
{
    double z[ROWS * DIM];
    struct failure failure;
    make_rows(angle_of(entropy), z);
    const struct tensor hidden = {.type = ELEMENT_F64, .axes = 2, .shape = {ROWS, DIM}, .data = z};
    ck_assert_msg(npy_write(&hidden, path, &failure), "%s", failure.text);
}

static double number_at(const cJSON *law, const char *name, int index)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItem(law, name), index)->valuedouble;
}

START_TEST(a_family_of_known_exponent_is_recovered)
{
    enum { MODELS = 6 };
    char list[64], dumps[MODELS][64], text[2048] = "[";
    struct failure failure;
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    for (int m = 0; m < MODELS; m++) {
        const double parameters = 1e8 * pow(3, m);
        write_scratch(dumps[m], "", 0);
        write_dump(dumps[m], 0.95 * pow(parameters / 1e8, -0.07));
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s{\"parameters\": %.17g, \"hidden\": \"%s\"}",
                 m ? ", " : "", parameters, dumps[m]);
    }
    strcat(text, "]");
    write_scratch(list, text, strlen(text));
    cJSON *family = study_family(ctx, list, &failure);
    ck_assert_msg(family != NULL, "%s", failure.text);
    const cJSON *law = cJSON_GetObjectItem(family, "entropy_law");
    ck_assert_double_eq_tol(number_at(law, "exponent", 0), 0.07, 1e-9);
    ck_assert_double_eq_tol(number_at(law, "factor", 0), 0.95 * pow(1e8, 0.07), 1e-7);
    ck_assert_double_eq_tol(cJSON_GetObjectItem(law, "r_squared")->valuedouble, 1, 1e-9);
    ck_assert(number_at(law, "exponent", 1) <= 0.07 + 1e-9 && number_at(law, "exponent", 2) >= 0.07 - 1e-9);
    const cJSON *offset = cJSON_GetObjectItem(family, "entropy_law_offset");
    ck_assert_double_eq_tol(number_at(offset, "exponent", 0), 0.07, 1e-5);
    ck_assert_double_eq_tol(number_at(offset, "offset", 0), 0, 1e-4);
    ck_assert_double_eq_tol(number_at(family, "entropy", 0), 0.95, 1e-12);
    cJSON_Delete(family);
    for (int m = 0; m < MODELS; m++)
        unlink(dumps[m]);
    unlink(list);
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(lists_that_are_no_family_are_refused)
{
    const struct {
        const char *text, *reason;
    } cases[] = {
        {"{}", "not a JSON list"},
        {"[{\"hidden\": \"x.npy\"}, {}, {}]", "model 1 lacks"},
        {"[{\"parameters\": 5}, {}, {}]", "model 1 lacks"},
        {"[]", "0 models"},
        {"[{\"parameters\": 5, \"hidden\": \"x.npy\"}, {\"parameters\": 6, \"hidden\": \"x.npy\"}]", "2 models"}};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[64];
        struct failure failure;
        write_scratch(path, cases[i].text, strlen(cases[i].text));
        assert_refused(study_family(ctx, path, &failure) != NULL, &failure, path, cases[i].reason);
        unlink(path);
    }
    info_ctx_destroy(ctx);
}
END_TEST

static bool available(const char *path)
{
    return access(path, R_OK) == 0;
}

/* Runs the program; its JSON, or NULL where it failed. */
static cJSON *study_of(const char *arguments)
{
    char json_path[64], html_path[64], command[1024];
    struct file file;
    struct failure failure;
    write_scratch(json_path, "", 0);
    write_scratch(html_path, "", 0);
    snprintf(command, sizeof command, "'%s' -q -j %s -o %s %s", getenv("LM_STUDY"), json_path, html_path, arguments);
    const int status = system(command);
    cJSON *json = NULL;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        ck_assert(file_open(&file, json_path, &failure));
        json = cJSON_ParseWithLength((const char *)file.data, file.size);
        ck_assert_ptr_nonnull(json);
        file_close(&file);
    }
    unlink(json_path);
    unlink(html_path);
    return json;
}

static int left_out(const cJSON *json)
{
    return cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "about"), "left_out"));
}

/* A folder with links to some tensors of the dump that comes with the examples. */
static void make_partial_dump(char folder[64], const char *const *names)
{
    char from[4096], to[128];
    strcpy(folder, "/tmp/study-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (; *names; names++) {
        char *whole = realpath("examples/data/activations/model", NULL);
        snprintf(from, sizeof from, "%s/%s.npy", whole, *names);
        snprintf(to, sizeof to, "%s/%s.npy", folder, *names);
        ck_assert_int_eq(symlink(from, to), 0);
        free(whole);
    }
}

static void remove_partial_dump(const char *folder, const char *const *names)
{
    char path[128];
    for (; *names; names++) {
        snprintf(path, sizeof path, "%s/%s.npy", folder, *names);
        unlink(path);
    }
    rmdir(folder);
}

START_TEST(dumped_activations_are_studied)
{
    cJSON *json = study_of("--activations examples/data/activations");
    ck_assert_ptr_nonnull(json);
    ck_assert_int_eq(left_out(json), 0);
    const cJSON *layers = cJSON_GetObjectItem(json, "layers");
    const double trained = number_at(layers, "trained_rank", 6), untrained = number_at(layers, "untrained_rank", 6);
    ck_assert_double_eq_tol(untrained - trained, 14.49737, 5e-3); /* as lm_report's guide has it; here of halves */
    ck_assert_ptr_nonnull(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "gains"), "surprisal"));
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "selections"), "overlap")), 5);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "sentences"), "correlation")), 7);
    const cJSON *bridge = cJSON_GetObjectItem(json, "bridge");
    for (int s = 1; s < 7; s++)
        ck_assert(number_at(bridge, "support", s) > number_at(bridge, "support", s - 1)); /* from Lasso to ridge */
    cJSON_Delete(json);
}
END_TEST

START_TEST(what_a_dump_lacks_is_left_out_and_named)
{
    const char *const hidden_only[] = {"hidden", NULL}, *const no_hidden[] = {"logits", "targets", NULL};
    char folder[64], arguments[512];
    make_partial_dump(folder, hidden_only);
    snprintf(arguments, sizeof arguments, "-a %s", folder);
    cJSON *json = study_of(arguments);
    ck_assert_ptr_nonnull(json);
    ck_assert_int_eq(left_out(json), 3);
    ck_assert_ptr_null(cJSON_GetObjectItem(json, "selections"));
    ck_assert_ptr_null(cJSON_GetObjectItem(json, "seeds"));
    ck_assert_ptr_nonnull(cJSON_GetObjectItem(json, "lengths"));
    cJSON_Delete(json);
    snprintf(arguments, sizeof arguments, "-a examples/data/activations %s",
             folder); /* two windows, one without a twin */
    json = study_of(arguments);
    ck_assert_ptr_nonnull(json);
    ck_assert_int_eq(left_out(json), 3);
    ck_assert(number_at(cJSON_GetObjectItem(json, "sentences"), "separation", 0) < 0.5); /* the same text twice */
    cJSON_Delete(json);
    remove_partial_dump(folder, hidden_only);
    make_partial_dump(folder, no_hidden);
    snprintf(arguments, sizeof arguments, "-a %s 2>/dev/null", folder);
    ck_assert_ptr_null(study_of(arguments));
    remove_partial_dump(folder, no_hidden);
}
END_TEST

/* One passage: nothing to compare it with, and two seeds or passages would be too few to agree with anybody. */
START_TEST(one_short_window_is_studied)
{
    static float z[2][64][16];
    char folder[] = "/tmp/study-XXXXXX", path[64], arguments[128];
    struct failure failure;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    uint32_t random = 1;
    for (float *x = &z[0][0][0]; x < &z[0][0][0] + sizeof z / sizeof(float); x++)
        *x = (float)((random = random * 1664525 + 1013904223) >> 8) * 0x1p-24F - 0.5F;
    const struct tensor hidden = {.type = ELEMENT_F32, .axes = 3, .shape = {2, 64, 16}, .data = z};
    snprintf(path, sizeof path, "%s/hidden.npy", folder);
    ck_assert_msg(npy_write(&hidden, path, &failure), "%s", failure.text);
    snprintf(arguments, sizeof arguments, "-a %s", folder);
    cJSON *json = study_of(arguments);
    ck_assert_ptr_nonnull(json);
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(json, "claims"))
    {
        const bool of_passages = strstr(cJSON_GetObjectItem(row, "rule")->valuestring, "six") != NULL;
        const bool of_twins = strstr(cJSON_GetObjectItem(row, "rule")->valuestring, "three") != NULL;
        if (of_passages || of_twins)
            ck_assert_str_eq(cJSON_GetObjectItem(row, "verdict")->valuestring, "not tested");
    }
    cJSON_Delete(json);
    unlink(path);
    rmdir(folder);
}
END_TEST

/* The values of the model's own documentation, within what windows of 128 tokens change. */
START_TEST(the_program_studies_a_real_model)
{
    const char *model = "../shared/data/stories260K.bin", *tokens = "../shared/data/tok512.bin",
               *text = "../shared/data/story.txt";
    if (!available(model) || !available(tokens) || !available(text)) {
        printf("skipped: the_program_studies_a_real_model (%s is not there)\n", model);
        return;
    }
    char arguments[512];
    snprintf(arguments, sizeof arguments, "--length=128 --windows=2 --seeds=2 %s %s %s", model, tokens, text);
    cJSON *json = study_of(arguments);
    ck_assert_ptr_nonnull(json);
    const cJSON *layers = cJSON_GetObjectItem(json, "layers"), *gains = cJSON_GetObjectItem(json, "gains");
    const double trained = number_at(layers, "trained_rank", 6), untrained = number_at(layers, "untrained_rank", 6);
    ck_assert(20 < trained && trained < 30 && 32 < untrained && untrained < 40);
    double surprisal = 0;
    for (int t = 0; t < 127; t++)
        surprisal += number_at(gains, "surprisal", t) / 127;
    ck_assert(0.8 < surprisal && surprisal < 1.8);
    const cJSON *selections = cJSON_GetObjectItem(json, "selections");
    for (int layer = 0; layer < 5; layer++) {
        ck_assert(number_at(selections, "all", layer) <= number_at(selections, "lasso", layer));
        ck_assert(number_at(selections, "lasso", layer) < number_at(selections, "random", layer));
    }
    ck_assert_int_ge(cJSON_GetArraySize(cJSON_GetObjectItem(json, "claims")), 10);
    cJSON_Delete(json);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_family_of_known_exponent_is_recovered,
        lists_that_are_no_family_are_refused,
        dumped_activations_are_studied,
        what_a_dump_lacks_is_left_out_and_named,
        one_short_window_is_studied,
        the_program_studies_a_real_model,
        NULL,
    };
    return run_tests("examples study", tests);
}
