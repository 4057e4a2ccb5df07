/* SPDX-License-Identifier: MIT
 * lm_compress as its user meets it: what goes in comes out, and what cannot is told. */
#include <sys/wait.h>

#include "small_model.h"

static char folder[64];

static void make_folder(void)
{
    char path[128];
    strcpy(folder, "/tmp/libinfo-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/model", folder);
    write_small_checkpoint(path, 1);
    snprintf(path, sizeof path, "%s/other", folder);
    write_small_checkpoint(path, 2);
    snprintf(path, sizeof path, "%s/tokenizer", folder);
    write_small_tokenizer(path);
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void put_file(const char *name, const void *bytes, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static size_t get_file(const char *name, unsigned char *bytes, size_t room)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t size = fread(bytes, 1, room, file);
    fclose(file);
    return size;
}

/* The status of lm_compress, and what it says. */
static int run(const char *options, const char *model, const char *input, const char *output, char text[2048])
{
    char command[1024];
    snprintf(command, sizeof command, "cd '%s' && '%s' %s %s tokenizer %s %s 2>&1", folder, getenv("LM_COMPRESS"),
             options, model, input, output);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    const size_t length = fread(text, 1, 2047, pipe);
    text[length] = '\0';
    const int status = pclose(pipe);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Longer than the model's context, so that it starts again; bytes that are no UTF-8 too. */
static const char sample[] =
    "The quick brown fox jumps over the lazy dog, and again, and again. \xff\xfe \xe2\x82\xac \n\ttwice";

START_TEST(what_goes_in_comes_out)
{
    char text[2048];
    unsigned char out[4096], again[4096];
    make_folder();
    put_file("text", sample, sizeof sample - 1);
    ck_assert_int_eq(run("", "model", "text", "code", text), 0);
    ck_assert_ptr_nonnull(strstr(text, "bits per byte"));
    ck_assert_int_eq(run("--restore -q", "model", "code", "back", text), 0);
    ck_assert_uint_eq(get_file("back", out, sizeof out), sizeof sample - 1);
    ck_assert_mem_eq(out, sample, sizeof sample - 1);
    /* The same text has the same code. */
    const size_t size = get_file("code", out, sizeof out);
    ck_assert_int_eq(run("-q", "model", "text", "code2", text), 0);
    ck_assert_str_eq(text, "");
    ck_assert_uint_eq(get_file("code2", again, sizeof again), size);
    ck_assert_mem_eq(out, again, size);
    remove_folder();
}
END_TEST

START_TEST(what_is_damaged_is_refused)
{
    char text[2048];
    unsigned char code[4096];
    make_folder();
    put_file("text", sample, sizeof sample - 1);
    ck_assert_int_eq(run("-q", "model", "text", "code", text), 0);
    const size_t size = get_file("code", code, sizeof code);
    ck_assert_uint_gt(size, 64);
    for (size_t at = 0; at + 1 < size; at += at < 64 ? 9 : 17) {
        code[at] ^= 0x20;
        put_file("damaged", code, size);
        ck_assert_int_eq(run("-d", "model", "damaged", "back", text), 1);
        ck_assert_msg(strstr(text, "lm_compress: damaged") != NULL, "%s", text);
        code[at] ^= 0x20;
    }
    put_file("short", code, 40);
    ck_assert_int_eq(run("-d", "model", "short", "back", text), 1);
    ck_assert_ptr_nonnull(strstr(text, "not made by lm_compress"));
    ck_assert_int_eq(run("-d", "other", "code", "back", text), 1);
    ck_assert_ptr_nonnull(strstr(text, "another checkpoint"));
    /* Nothing was written. */
    char path[128];
    snprintf(path, sizeof path, "%s/back", folder);
    ck_assert_int_ne(access(path, F_OK), 0);
    remove_folder();
}
END_TEST

START_TEST(help_and_wrong_calls)
{
    char text[2048];
    make_folder();
    ck_assert_int_eq(run("--help", "model", "text", "code", text), 0);
    ck_assert_ptr_nonnull(strstr(text, "--restore"));
    ck_assert_int_eq(run("--version", "model", "text", "code", text), 0);
    ck_assert_int_ne(run("--nonsense", "model", "text", "code", text), 0);
    ck_assert_int_eq(run("", "model", "missing", "code", text), 1);
    ck_assert_ptr_nonnull(strstr(text, "missing"));
    remove_folder();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {what_goes_in_comes_out, what_is_damaged_is_refused, help_and_wrong_calls, NULL};
    return run_tests("lm_compress", tests);
}
