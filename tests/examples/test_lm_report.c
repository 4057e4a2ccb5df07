/* SPDX-License-Identifier: MIT
 * lm_report as its user meets it: the program is run and its JSON is read. */
#include "io/archive.h"
#include "io/npy.h"
#include "model/transformer.h"
#include "small_model.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[64]; /* of a test; removed with all in it */

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

/* Runs lm_report with its outputs in the folder; what it printed goes to text. */
static int run(char *text, size_t size, const char *format, ...)
{
    char arguments[1024], command[2048];
    va_list list;
    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);
    snprintf(command, sizeof command, "'%s' --html='%s/r.html' --json='%s/r.json' %s 2>&1", getenv("LM_REPORT"), folder,
             folder, arguments);

    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    size_t length = fread(text, 1, size - 1, pipe);
    text[length] = '\0';
    while (fgetc(pipe) != EOF)
        ;
    int status = pclose(pipe);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_runs(const char *arguments)
{
    char text[4096];
    int status = run(text, sizeof text, "%s", arguments);
    ck_assert_msg(status == 0, "lm_report %s: %s", arguments, text);
}

/* One line that begins with the program's name and gives the reason. */
static void assert_fails(const char *reason, const char *arguments)
{
    char text[4096];
    ck_assert_int_eq(run(text, sizeof text, "%s", arguments), 1);
    ck_assert_msg(strncmp(text, "lm_report: ", 11) == 0 && strchr(text, '\n') == text + strlen(text) - 1, "%s", text);
    ck_assert_msg(strstr(text, reason) != NULL, "\"%s\" does not say \"%s\"", text, reason);
}

static cJSON *read_json(void)
{
    char path[128];
    struct file file;
    struct failure failure;
    snprintf(path, sizeof path, "%s/r.json", folder);
    ck_assert_msg(file_open(&file, path, &failure), "%s", failure.text);
    cJSON *json = cJSON_ParseWithLength((const char *)file.data, file.size);
    ck_assert_ptr_nonnull(json);
    file_close(&file);
    return json;
}

/* A number by its path, "models/model/effective_rank/6". */
static double number_at(const cJSON *json, const char *path)
{
    char copy[128];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *save = NULL, *key = strtok_r(copy, "/", &save); key != NULL; key = strtok_r(NULL, "/", &save))
        json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(key)) : cJSON_GetObjectItem(json, key);
    ck_assert_msg(cJSON_IsNumber(json), "%s is no number", path);
    return json->valuedouble;
}

struct value {
    const char *path;
    double value;
    double rounding; /* half a unit of the last digit it is known to */
};

static void assert_values(const cJSON *json, const struct value *values, size_t count, double relative)
{
    for (size_t i = 0; i < count; i++) {
        double found = number_at(json, values[i].path);
        double allowed = relative * fabs(values[i].value) + values[i].rounding;
        ck_assert_msg(fabs(found - values[i].value) <= allowed, "%s is %.9g, expected %.9g", values[i].path, found,
                      values[i].value);
    }
}
#define ASSERT_VALUES(json, values, relative)                                                                          \
    assert_values(json, values, sizeof(values) / sizeof((values)[0]), relative)

/* Mean attention entropy over the eight heads of a layer. */
static double layer_attention(const cJSON *json, int layer)
{
    double sum = 0;
    for (int head = 0; head < 8; head++) {
        char path[64];
        snprintf(path, sizeof path, "models/model/attention_entropy/%d/%d", layer, head);
        sum += number_at(json, path);
    }
    return sum / 8;
}

/* ---- A real model ---------------------------------------------------------------- */

#define REAL "../shared/data/"

/* The published values are given to the digits shown; KL also as computed in f64
 * throughout by a program of its own. */
START_TEST(a_real_model_gives_its_known_values)
{
    static const struct value published[] = {
        {"text/tokens", 319, 0},
        {"text/bytes", 699, 0},
        {"models/model/nll", 1.2304149, 5e-8},
        {"models/model/perplexity", 3.4226494, 5e-8},
        {"models/model/entropy", 1.2192271, 5e-8},
        {"models/model/top1_accuracy", .63323, 5e-6},
        {"models/model/bits_per_byte", .8101, 5e-5},
        {"models/model/effective_rank/6", 25.55647, 5e-6},
        {"models/model/effective_rank/5", 37.29294, 5e-6},
        {"models/model/effective_rank_uncentered", 19.28898, 5e-6},
        {"comparisons/second/kl", 2.02288e-4, 5e-10},
        {"comparisons/second/kl_reversed", 2.02734e-4, 5e-10},
        {"comparisons/second/js", 5.062e-5, 5e-9},
    };
    static const struct value independent[] = {
        {"models/model/nll", 1.2304148280965672, 0},
        {"comparisons/second/kl", 2.0228586344e-4, 0},
        {"comparisons/second/kl_reversed", 2.0273121566e-4, 0},
        {"models/model/effective_rank/5", 37.29293767657457, 0},
    };
    static const double attention[] = {1.86179, 1.07129, 2.02516, 1.68644, 2.74295};

    if (access(REAL "stories260K.bin", R_OK) != 0) {
        printf("skipped: a real model (%sstories260K.bin is not there)\n", REAL);
        return;
    }
    make_folder();
    assert_runs("--second=" REAL "stories260K-q8.bin " REAL "stories260K.bin " REAL "tok512.bin " REAL "story.txt");
    cJSON *json = read_json();
    ASSERT_VALUES(json, published, 1e-5);
    ASSERT_VALUES(json, independent, 1e-5);
    for (int layer = 0; layer < 5; layer++)
        ck_assert_double_eq_tol(layer_attention(json, layer), attention[layer], 1e-5 * attention[layer] + 5e-6);
    /* seed-dependent: near 39.4 and 6.23 */
    ck_assert_double_eq_tol(number_at(json, "models/untrained/effective_rank/6"), 39.4, 0.5);
    ck_assert_double_eq_tol(number_at(json, "models/untrained/nll"), 6.23, 0.05);
    cJSON_Delete(json);
    remove_folder();
}
END_TEST

/* ---- The activations in examples/data ------------------------------------------------- */

/* Computed from the arrays in f64 by a program of its own (NumPy). */
START_TEST(the_shipped_activations_give_their_values)
{
    static const struct value values[] = {
        {"text/tokens", 317, 0},
        {"text/bytes", 672, 0},
        {"models/model/nll", 1.42742404227652, 0},
        {"models/model/entropy", 1.42240366001811, 0},
        {"models/model/varentropy", 1.51609110369311, 0},
        {"models/model/bits_per_byte", 0.971443474837873, 0},
        {"models/model/top1_accuracy", 0.586750788643533, 0},
        {"models/untrained/nll", 6.253993579896, 0},
        {"models/untrained/varentropy", 0.0341014723668921, 0},
        {"models/second/entropy", 1.42340635473993, 0},
        {"comparisons/untrained/kl", 4.83548037744, 0},
        {"comparisons/untrained/kl_reversed", 15.4562183987, 0},
        {"comparisons/untrained/js", 0.629949087555,
         8e-7 * 0.63}, /* the share that f32 sums may be off (NUMERICS.md), to */
        {"comparisons/second/kl", 0.000278384259647, 0},
        {"comparisons/second/kl_reversed", 0.000278346227034, 0},
        {"comparisons/second/js", 6.95762769338e-05, 8e-7 * 7e-5}, /* first order that of JS as well */
        {"models/model/effective_rank/0", 37.9270447379485, 0},
        {"models/model/effective_rank/3", 34.704926635476, 0},
        {"models/model/effective_rank/6", 24.7217370227653, 0},
        {"models/untrained/effective_rank/6", 39.2191023844037, 0},
        {"models/second/effective_rank/6", 24.7050536705404, 0},
        {"diff_effective_rank/of_mean_entropy", 39.2191023844037 - 24.7217370227653, 0},
    };
    static const double attention[] = {1.86398147492, 1.12522927276, 2.02534546234, 1.72947477848, 2.63957257168};
    make_folder();
    assert_runs("examples/data/activations");
    cJSON *json = read_json();
    ASSERT_VALUES(json, values, 1e-7);
    for (int layer = 0; layer < 5; layer++)
        assert_close(layer_attention(json, layer), attention[layer], 1e-6);
    cJSON_Delete(json);
    remove_folder();
}
END_TEST

/* ---- A model of the test's own ------------------------------------------------------- */

static const char short_text[] = "Hello there";
static const char small_text[] = "Hello there, how are you? \xc3\xa9\n";

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert(fputs(text, file) >= 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* small.bin, other.bin, small.tok, small.txt and short.txt in a new folder. */
static void write_small_files(void)
{
    char path[128];
    make_folder();
    snprintf(path, sizeof path, "%s/small.bin", folder);
    write_small_checkpoint(path, 3);
    snprintf(path, sizeof path, "%s/other.bin", folder);
    write_small_checkpoint(path, 4);
    snprintf(path, sizeof path, "%s/small.tok", folder);
    write_small_tokenizer(path);
    snprintf(path, sizeof path, "%s/small.txt", folder);
    write_text(path, small_text);
    snprintf(path, sizeof path, "%s/short.txt", folder);
    write_text(path, short_text);
}

/* Arguments in which every @ stands for the folder. */
static const char *in_folder(const char *arguments)
{
    static char out[1024];
    size_t size = 0;
    for (; *arguments != '\0'; arguments++)
        size += (size_t)snprintf(out + size, sizeof out - size, *arguments == '@' ? "%s" : "%.1s",
                                 *arguments == '@' ? folder : arguments);
    return out;
}

#define SMALL "@/small.bin @/small.tok @/small.txt"

/* Text longer than the context: every byte is scored once, windows start anew. */
START_TEST(long_text_is_cut_into_windows)
{
    write_small_files();
    assert_runs(in_folder(SMALL));
    cJSON *json = read_json();
    int32_t tokens[64] = {1, 259};
    size_t count = 2;
    for (const char *c = small_text; *c != '\0'; c++)
        tokens[count++] = *c == ' ' ? 259 : 3 + (unsigned char)*c;

    struct model model = small_model(3);
    double total = 0;
    for (size_t first = 0; first + 1 < count; first += SMALL_CONTEXT) {
        size_t size = count - 1 - first < SMALL_CONTEXT ? count - 1 - first : SMALL_CONTEXT;
        struct activations a;
        struct failure failure;
        tokens[first] = 1;
        ck_assert(transformer_run(&model, tokens + first, size, NULL, NULL, &a, &failure));
        for (size_t t = 0; t < size; t++) {
            double sum = 0;
            for (size_t v = 0; v < SMALL_VOCABULARY; v++)
                sum += exp(tensor_at(&a.logits, t * SMALL_VOCABULARY + v));
            total += log(sum) - tensor_at(&a.logits, t * SMALL_VOCABULARY + (size_t)tokens[first + t + 1]);
        }
        activations_free(&a);
    }
    model_free(&model);
    ck_assert_double_eq(number_at(json, "text/windows"), 2);
    ck_assert_double_eq(number_at(json, "text/tokens"), (double)count - 1);
    ck_assert_double_eq(number_at(json, "text/bytes"), (double)strlen(small_text));
    assert_close(number_at(json, "models/model/nll"), total / (double)(count - 1), 1e-6);
    cJSON_Delete(json);
    remove_folder();
}
END_TEST

static const char *const scalars[] = {
    "models/model/nll",           "models/model/entropy",           "models/model/varentropy",
    "models/model/bits_per_byte", "models/untrained/nll",           "models/second/entropy",
    "comparisons/second/kl",      "comparisons/second/kl_reversed", "comparisons/untrained/js",
};

/* Logits are kept in f32; what rests on them is the same. Hidden states and
 * attention are rounded to f16. */
START_TEST(a_dump_reads_back_as_the_run_it_was)
{
    write_small_files();
    assert_runs(in_folder("--dump=@/dump --second=@/other.bin @/small.bin @/small.tok @/short.txt"));
    cJSON *ran = read_json();
    assert_runs(in_folder("@/dump"));
    cJSON *read = read_json();
    for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++)
        assert_same_bits(number_at(read, scalars[i]), number_at(ran, scalars[i]));
    assert_close(number_at(read, "models/model/effective_rank/3"), number_at(ran, "models/model/effective_rank/3"),
                 1e-2);
    assert_close(number_at(read, "models/model/attention_entropy/1/3"),
                 number_at(ran, "models/model/attention_entropy/1/3"), 1e-2);
    ck_assert(cJSON_Compare(cJSON_GetObjectItem(cJSON_GetObjectItem(read, "tokens"), "text"),
                            cJSON_GetObjectItem(cJSON_GetObjectItem(ran, "tokens"), "text"), true));
    cJSON_Delete(ran);
    cJSON_Delete(read);
    remove_folder();
}
END_TEST

/* Writes the named tensors of a folder as one .safetensors file. */
static void pack(const char *from, const char *to, const char *const *names)
{
    struct archive archive;
    struct failure failure;
    ck_assert_msg(archive_open(&archive, from, &failure), "%s", failure.text);
    char header[2048] = "{";
    size_t at = 1, offset = 0;
    for (const char *const *name = names; *name != NULL; name++) {
        const struct tensor *tensor = archive_find(&archive, *name);
        size_t count, size = element_size(tensor->type);
        const char *type = tensor->type == ELEMENT_I32 ? "I32" : tensor->type == ELEMENT_F16 ? "F16" : "F32";
        ck_assert(tensor_count(tensor, &count));
        at += (size_t)snprintf(header + at, sizeof header - at, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[",
                               at > 1 ? "," : "", *name, type);
        for (int i = 0; i < tensor->axes; i++)
            at += (size_t)snprintf(header + at, sizeof header - at, "%s%lld", i > 0 ? "," : "",
                                   (long long)tensor->shape[i]);
        at += (size_t)snprintf(header + at, sizeof header - at, "],\"data_offsets\":[%zu,%zu]}", offset,
                               offset + count * size);
        offset += count * size;
    }
    header[at++] = '}';

    FILE *file = fopen(to, "wb");
    const uint64_t length = at;
    ck_assert_ptr_nonnull(file);
    fwrite(&length, sizeof length, 1, file);
    fwrite(header, 1, at, file);
    for (const char *const *name = names; *name != NULL; name++) {
        const struct tensor *tensor = archive_find(&archive, *name);
        fwrite(tensor->data, tensor_step(tensor) * element_size(tensor->type), (size_t)tensor->shape[0], file);
    }
    ck_assert_int_eq(fclose(file), 0);
    archive_close(&archive);
}

START_TEST(safetensors_give_what_npy_gives)
{
    static const char *const all[] = {"logits", "targets", "bytes", "hidden", "queries", "keys", NULL};
    static const char *const of_others[] = {"logits", "hidden", "queries", "keys", NULL};
    char from[128], to[128];
    write_small_files();
    assert_runs(in_folder("--dump=@/dump --second=@/other.bin @/small.bin @/small.tok @/short.txt"));
    assert_runs(in_folder("@/dump"));
    cJSON *npy = read_json();
    for (int role = 0; role < 3; role++) {
        static const char *const roles[] = {"model", "untrained", "second"};
        snprintf(from, sizeof from, "%s/dump/%s", folder, roles[role]);
        snprintf(to, sizeof to, "%s/%s.safetensors", folder, roles[role]);
        pack(from, to, role == 0 ? all : of_others);
    }
    assert_runs(in_folder("@/model.safetensors --untrained=@/untrained.safetensors --second=@/second.safetensors"));
    cJSON *packed = read_json();
    for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++)
        assert_same_bits(number_at(packed, scalars[i]), number_at(npy, scalars[i]));
    assert_same_bits(number_at(packed, "models/model/effective_rank/2"),
                     number_at(npy, "models/model/effective_rank/2"));
    assert_same_bits(number_at(packed, "models/model/attention_entropy/0/1"),
                     number_at(npy, "models/model/attention_entropy/0/1"));
    cJSON_Delete(npy);
    cJSON_Delete(packed);
    remove_folder();
}
END_TEST

START_TEST(identical_models_do_not_differ)
{
    write_small_files();
    assert_runs(in_folder("--second=@/small.bin " SMALL));
    cJSON *json = read_json();
    ck_assert_double_eq(number_at(json, "comparisons/second/kl"), 0);
    ck_assert_double_eq(number_at(json, "comparisons/second/kl_reversed"), 0);
    ck_assert_double_eq(number_at(json, "comparisons/second/js"), 0);
    ck_assert_double_eq(number_at(json, "comparisons/second/same_top1"), 1);
    cJSON_Delete(json);
    remove_folder();
}
END_TEST

START_TEST(the_page_needs_nothing_else)
{
    char path[128];
    struct file page;
    struct failure failure;
    write_small_files();
    assert_runs(in_folder("@/small.bin @/small.tok @/short.txt"));
    snprintf(path, sizeof path, "%s/r.html", folder);
    ck_assert(file_open(&page, path, &failure));
    ck_assert_ptr_nonnull(memmem(page.data, page.size, "</html>", 7));
    ck_assert_ptr_null(memmem(page.data, page.size, " src=", 5));
    ck_assert_ptr_null(memmem(page.data, page.size, "<link", 5));
    ck_assert_ptr_null(memmem(page.data, page.size, "@import", 7));
    ck_assert_ptr_nonnull(memmem(page.data, page.size, "\"effective_rank\":[", 18));
    file_close(&page);
    remove_folder();
}
END_TEST

/* ---- Wrong input ------------------------------------------------------------------------ */

static void write_array(const char *name, element_type type, int64_t rows, int64_t cols, double value)
{
    struct tensor tensor;
    struct failure failure;
    char path[128];
    const int64_t shape[] = {rows, cols};
    ck_assert(tensor_new(&tensor, type, cols > 0 ? 2 : 1, shape, &failure));
    for (int64_t i = 0; i < rows * (cols > 0 ? cols : 1); i++) {
        if (type == ELEMENT_F32)
            ((float *)tensor.owned)[i] = (float)(value + (double)(i % 7));
        else
            ((int64_t *)tensor.owned)[i] = (int64_t)value;
    }
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    ck_assert_msg(npy_write(&tensor, path, &failure), "%s", failure.text);
    tensor_free(&tensor);
}

START_TEST(wrong_arguments_fail_with_one_line)
{
    char text[4096];
    write_small_files();
    assert_fails("No such file", in_folder("@/none.bin @/small.tok @/small.txt"));
    assert_fails("not a llama2.c checkpoint", in_folder("@/small.txt @/small.tok @/small.txt"));
    assert_fails("corrupt", in_folder("@/small.bin /usr/include/math.h @/small.txt"));
    assert_fails("not a regular file", in_folder("@/small.bin @/small.tok /dev/null"));
    assert_fails("one window", in_folder("--dump=@/dump " SMALL));
    assert_fails("File exists", in_folder("--dump=@ @/small.bin @/small.tok @/short.txt"));
    assert_fails("No such file", in_folder("--html=/nowhere/r.html " SMALL));
    assert_fails("no .npy files", in_folder("@"));
    ck_assert_int_eq(run(text, sizeof text, "--seed=-1 a"), 2);
    ck_assert_int_eq(run(text, sizeof text, "one two"), 2);
    ck_assert_int_eq(run(text, sizeof text, "%s", ""), 2);
    remove_folder();
}
END_TEST

START_TEST(wrong_activations_fail_with_one_line)
{
    char text[4096];
    make_folder();
    write_array("logits", ELEMENT_F32, 5, 7, 0.5);
    assert_fails("no targets", folder);
    write_array("targets", ELEMENT_I64, 4, 0, 1);
    assert_fails("targets has length 4", folder);
    write_array("targets", ELEMENT_I64, 5, 0, 7);
    assert_fails("target 7 at 0", folder);
    write_array("targets", ELEMENT_I64, 5, 0, -1);
    assert_fails("no target", folder);
    write_array("targets", ELEMENT_F32, 5, 0, 1);
    assert_fails("targets has 1 axes of f32", folder);
    write_array("targets", ELEMENT_I64, 5, 0, 6);
    ck_assert_int_eq(run(text, sizeof text, "%s", folder), 0);
    write_array("hidden", ELEMENT_F32, 5, 0, 1);
    assert_fails("hidden has 1 axes", folder);
    write_array("hidden", ELEMENT_F32, 5, 6, NAN);
    assert_fails("hidden states: element (0, 0)", folder);
    remove_folder();

    make_folder();
    write_array("targets", ELEMENT_I64, 5, 0, 6);
    assert_fails("no logits", folder);
    write_array("logits", ELEMENT_F32, 5, 7, NAN);
    assert_fails("row 0, column 0 is nan", folder);
    remove_folder();
}
END_TEST

/* ---- Hidden states as people have them ------------------------------------------------- */

static void write_states(int64_t states, const double *step)
{
    struct tensor tensor;
    struct failure failure;
    char path[128];
    const int64_t shape[] = {states, 5, 7};
    ck_assert(tensor_new(&tensor, ELEMENT_F32, 3, shape, &failure));
    for (int64_t s = 0; s < states; s++)
        for (int64_t t = 0; t < 5; t++) /* one token of another direction for each step of 1; all alike at 0 */
            for (int64_t j = 0; j < 7; j++)
                ((float *)tensor.owned)[(s * 5 + t) * 7 + j] = (float)(1 + (j == t ? step[s] : 0));
    snprintf(path, sizeof path, "%s/hidden.npy", folder);
    ck_assert_msg(npy_write(&tensor, path, &failure), "%s", failure.text);
    tensor_free(&tensor);
}

START_TEST(hidden_states_of_one_layer_are_not_called_embedding)
{
    make_folder();
    write_array("logits", ELEMENT_F32, 5, 7, 0.5);
    write_array("targets", ELEMENT_I64, 5, 0, 6);
    for (int axes = 2; axes <= 3; axes++) {
        if (axes == 2)
            write_array("hidden", ELEMENT_F32, 5, 6, 0.5); /* [T, d] */
        else
            write_states(1, (const double[]){1});
        assert_runs(folder);
        cJSON *json = read_json();
        const cJSON *model = cJSON_GetObjectItem(cJSON_GetObjectItem(json, "models"), "model");
        ck_assert_str_eq(cJSON_GetArrayItem(cJSON_GetObjectItem(model, "states"), 0)->valuestring, "hidden states");
        ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(model, "effective_rank")), 1);
        cJSON_Delete(json);
    }
    remove_folder();
}
END_TEST

/* Five unit vectors less their mean: four directions alike. */
START_TEST(a_constant_layer_has_no_rank_and_leaves_the_others_theirs)
{
    make_folder();
    write_array("logits", ELEMENT_F32, 5, 7, 0.5);
    write_array("targets", ELEMENT_I64, 5, 0, 6);
    for (int constant = 0; constant < 3; constant++) {
        double step[3] = {1, 1, 1};
        step[constant] = 0;
        write_states(3, step);
        assert_runs(folder);
        cJSON *json = read_json();
        for (int state = 0; state < 3; state++) {
            char path[64];
            snprintf(path, sizeof path, "models/model/effective_rank/%d", state);
            const cJSON *model = cJSON_GetObjectItem(cJSON_GetObjectItem(json, "models"), "model");
            if (state == constant)
                ck_assert(cJSON_IsNull(cJSON_GetArrayItem(cJSON_GetObjectItem(model, "effective_rank"), state)));
            else
                ck_assert_double_eq_tol(number_at(json, path), 4, 1e-6); /* f32 */
        }
        /* All alike, they are one direction with their mean left in. */
        if (constant == 2)
            ck_assert_double_eq_tol(number_at(json, "models/model/effective_rank_uncentered"), 1, 1e-6);
        cJSON_Delete(json);
    }
    remove_folder();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_real_model_gives_its_known_values,
        the_shipped_activations_give_their_values,
        long_text_is_cut_into_windows,
        a_dump_reads_back_as_the_run_it_was,
        safetensors_give_what_npy_gives,
        identical_models_do_not_differ,
        the_page_needs_nothing_else,
        wrong_arguments_fail_with_one_line,
        wrong_activations_fail_with_one_line,
        hidden_states_of_one_layer_are_not_called_embedding,
        a_constant_layer_has_no_rank_and_leaves_the_others_theirs,
        NULL,
    };
    return run_tests("lm_report", tests);
}
