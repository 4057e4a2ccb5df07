/* SPDX-License-Identifier: MIT
 * States as bytes: corrupted anywhere, cut short, of others, of the future; and those saved long ago. */
#include <stdio.h>

#include "core/wire.h"
#include "evaluation_support.h"

static data_set data;

static bytes some_state(info_evaluation_kind kind, info_percentiles percentiles)
{
    info_evaluation_options o = options_of(kind, 0, 2);
    info_evaluation_options other = options_of(kind, 1, 2);
    o.percentiles = other.percentiles = percentiles;
    uint64_t seed = 4;
    data_set_make(&data, 13);
    info_evaluation *a = shard_of(&o, &data, 0, 60, &seed), *b = shard_of(&other, &data, 60, 90, &seed);
    ck_ok(info_evaluation_merge(NULL, a, b));
    const bytes result = saved(a);
    info_evaluation_destroy(a);
    info_evaluation_destroy(b);
    return result;
}

static void assert_refused(const unsigned char *data_bytes, int64_t size, info_status expected)
{
    info_evaluation *state = (info_evaluation *)(uintptr_t)1;
    const info_status status = info_evaluation_load(NULL, data_bytes, size, &state);
    if (expected != 0)
        ck_assert_int_eq(status, expected);
    ck_assert_int_lt(status, 0);
    ck_assert_ptr_eq(state, (info_evaluation *)(uintptr_t)1);
}

START_TEST(a_byte_changed_anywhere_is_refused)
{
    const bytes b = some_state(_i / 2 + 1, _i % 2 ? INFO_PERCENTILES_EXACT : INFO_PERCENTILES_BUCKETS);
    for (int64_t i = 0; i < b.size; i++) {
        const unsigned char was = b.data[i];
        b.data[i] ^= (unsigned char)(1 + (i * 37) % 255);
        assert_refused(b.data, b.size, 0);
        b.data[i] = was;
    }
    info_evaluation_destroy(loaded(b));
    free(b.data);
}
END_TEST

START_TEST(what_is_cut_short_says_so)
{
    const bytes b = some_state(INFO_EVALUATION_PAIR, INFO_PERCENTILES_BUCKETS);
    for (int64_t size = 1; size < b.size; size++)
        assert_refused(b.data, size, INFO_ERROR_TRUNCATED);
    unsigned char *more = malloc((size_t)b.size + 1);
    memcpy(more, b.data, (size_t)b.size);
    more[b.size] = 0;
    assert_refused(more, b.size + 1, INFO_ERROR_CORRUPT);
    int64_t size = 0;
    ck_ok(info_evaluation_blob_size(NULL, more, b.size + 1, &size));
    ck_assert_int_eq(size, b.size);
    ck_assert_int_eq(info_evaluation_blob_size(NULL, more, b.size - 1, &size), INFO_ERROR_TRUNCATED);
    ck_assert_int_eq(info_evaluation_blob_size(NULL, more, 0, &size), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_evaluation_blob_size(NULL, NULL, 9, &size), INFO_ERROR_NULL);
    ck_assert_int_eq(info_evaluation_blob_size(NULL, more, b.size, NULL), INFO_ERROR_NULL);
    free(more);
    free(b.data);
}
END_TEST

/* The checksum made right again, as a foe would. */
static void seal(bytes b)
{
    const uint64_t crc = info_i_crc64(b.data, b.size - 8);
    for (int k = 0; k < 8; k++)
        b.data[b.size - 8 + k] = (unsigned char)(crc >> 8 * k);
}

START_TEST(foreign_newer_and_strange_blobs_each_have_their_status)
{
    info_ctx *ctx;
    info_evaluation *state;
    const bytes b = some_state(INFO_EVALUATION_SAMPLED_KL, INFO_PERCENTILES_BUCKETS);
    ck_ok(info_ctx_create(NULL, &ctx));
    assert_refused((const unsigned char *)"{\"results\": 1, \"and\": \"so on\"}", 30, INFO_ERROR_FORMAT);
    assert_refused((const unsigned char *)"x", 1, INFO_ERROR_FORMAT);
    b.data[8] = 2;
    seal(b);
    ck_assert_int_eq(info_evaluation_load(ctx, b.data, b.size, &state), INFO_ERROR_NEWER);
    ck_assert_str_eq(info_ctx_message(ctx), "bytes: is of version 2 of the format; this library reads 1 to 1");
    b.data[8] = 0;
    seal(b);
    assert_refused(b.data, b.size, INFO_ERROR_CORRUPT);
    b.data[8] = 1;
    b.data[12] = INFO_I_KIND_COUNTS;
    seal(b);
    assert_refused(b.data, b.size, INFO_ERROR_FORMAT);
    b.data[12] = INFO_EVALUATION_PAIR; /* not what the configuration says */
    seal(b);
    assert_refused(b.data, b.size, INFO_ERROR_CORRUPT);
    ck_assert_int_eq(info_evaluation_load(ctx, NULL, 5, &state), INFO_ERROR_NULL);
    ck_assert_int_eq(info_evaluation_load(ctx, b.data, 0, &state), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_evaluation_load(ctx, b.data, b.size, NULL), INFO_ERROR_NULL);
    info_ctx_destroy(ctx);
    free(b.data);
}
END_TEST

/* With the checksum made right, a changed byte may be another state, but never a crash; what loads also saves. */
START_TEST(no_contents_are_believed_for_their_checksum)
{
    const bytes b = some_state(_i / 2 + 1, _i % 2 ? INFO_PERCENTILES_EXACT : INFO_PERCENTILES_BUCKETS);
    static unsigned char report[REPORT];
    static const unsigned char changes[] = {1, 0x80};
    int refused = 0;
    for (int64_t i = 24; i < b.size - 8; i += 1 + b.size / 120) {
        const unsigned char was = b.data[i];
        for (size_t k = 0; k < sizeof changes; k++) {
            info_evaluation *state;
            b.data[i] = was ^ changes[k];
            seal(b);
            if (info_evaluation_load(NULL, b.data, b.size, &state) != INFO_OK) {
                refused++;
                continue;
            }
            info_evaluation_description d;
            ck_ok(info_evaluation_describe(NULL, state, &d));
            report_of(state, report);
            const bytes again = saved(state);
            free(again.data);
            info_evaluation_destroy(state);
        }
        b.data[i] = was;
    }
    ck_assert_int_gt(refused, 20);
    free(b.data);
}
END_TEST

/* CRC-64/XZ of "123456789", as its catalog has it. */
START_TEST(the_checksum_is_the_published_one)
{
    ck_assert_uint_eq(info_i_crc64("123456789", 9), 0x995dc9bbdf1939fau);
    unsigned char bytes_of[64];
    for (int i = 0; i < 64; i++)
        bytes_of[i] = (unsigned char)(i * 7);
    const uint64_t whole = info_i_crc64(bytes_of, 64);
    bytes_of[63] ^= 1;
    ck_assert_uint_ne(info_i_crc64(bytes_of, 64), whole);
}
END_TEST

START_TEST(numbers_have_one_form)
{
    unsigned char buffer[64];
    static const uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384, UINT64_MAX, UINT64_MAX / 2};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        info_i_writer w = {buffer, 0}, counted = {NULL, 0};
        info_i_write_short(&w, numbers[i]);
        info_i_write_short(&counted, numbers[i]);
        ck_assert_int_eq(w.used, counted.used);
        info_i_reader r = {buffer, w.used, false};
        ck_assert_uint_eq(info_i_read_short(&r), numbers[i]);
        ck_assert(!r.failed && r.left == 0);
        r = (info_i_reader){buffer, w.used - 1, false};
        info_i_read_short(&r);
        ck_assert(r.failed);
    }
    info_i_reader padded = {(const unsigned char *)"\x81\x00", 2, false},
                  long_one = {(const unsigned char *)"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, false};
    info_i_read_short(&padded);
    info_i_read_short(&long_one);
    ck_assert(padded.failed && long_one.failed);
    info_i_writer w = {buffer, 0};
    info_i_write_u32(&w, 0x01020304);
    info_i_write_f64(&w, 1);
    ck_assert_mem_eq(buffer, "\x04\x03\x02\x01\0\0\0\0\0\0\xf0\x3f", 12);
}
END_TEST

/* Files that version 1 wrote, kept: they load for ever, and save as they were. */
static bytes read_file(const char *name)
{
    char path[512];
    bytes b = {NULL, 0};
    snprintf(path, sizeof path, "%s/%s", getenv("EVALUATION_DATA"), name);
    FILE *file = fopen(path, "rb");
    if (!file)
        ck_abort_msg("%s: cannot be read", path);
    fseek(file, 0, SEEK_END);
    b.size = ftell(file);
    rewind(file);
    b.data = malloc((size_t)b.size);
    ck_assert_uint_eq(fread(b.data, 1, (size_t)b.size, file), (size_t)b.size);
    fclose(file);
    return b;
}

static const char *const kept_files[] = {"likelihood-1.state", "pair-1.state",   "sampled-kl-1.state",
                                         "off-policy-1.state", "values-1.state", "ranks-1.state",
                                         "states-1.state"};

START_TEST(files_of_version_1_load_for_ever)
{
    const bytes kept = read_file(kept_files[_i]);
    info_evaluation *state = loaded(kept);
    const bytes again = saved(state);
    ck_assert_int_eq(again.size, kept.size);
    ck_assert_mem_eq(again.data, kept.data, (size_t)kept.size);
    info_evaluation_description d;
    ck_ok(info_evaluation_describe(NULL, state, &d));
    ck_assert_int_eq(d.kind, _i + 1);
    ck_assert_int_eq(d.finished, 1);
    ck_assert_str_eq(info_evaluation_text(state, INFO_NAME_SETTINGS), "context 512");
    info_evaluation_mean m;
    if (d.kind == INFO_EVALUATION_LIKELIHOOD) {
        ck_ok(info_evaluation_column(NULL, state, 0, &m));
        ck_assert_int_eq(d.tokens, 88);
        assert_same_bits(m.mean, 5.5950987660650346);
    }
    info_evaluation_destroy(state);
    free(again.data);
    free(kept.data);
}
END_TEST

/* Writes the files anew: only for a new kind. */
START_TEST(files_are_kept)
{
    char path[512];
    const bytes b = some_state(_i + 1, INFO_PERCENTILES_BUCKETS);
    snprintf(path, sizeof path, "%s/%s", getenv("EVALUATION_DATA"), kept_files[_i]);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(b.data, 1, (size_t)b.size, file) != (size_t)b.size || fclose(file) != 0)
        ck_abort_msg("%s: cannot be written", path);
    free(b.data);
}
END_TEST

int main(int argc, char **argv)
{
    const bool keep = argc == 2 && strcmp(argv[1], "--keep") == 0;
    Suite *suite = suite_create("evaluation wire");
    TCase *tcase = tcase_create("wire");
    tcase_set_timeout(tcase, 120);
    if (keep)
        tcase_add_loop_test(tcase, files_are_kept, 0, INFO_EVALUATION_STATES);
    tcase_add_loop_test(tcase, a_byte_changed_anywhere_is_refused, 0, 2 * INFO_EVALUATION_STATES);
    tcase_add_test(tcase, what_is_cut_short_says_so);
    tcase_add_test(tcase, foreign_newer_and_strange_blobs_each_have_their_status);
    tcase_add_loop_test(tcase, no_contents_are_believed_for_their_checksum, 0, 2 * INFO_EVALUATION_STATES);
    tcase_add_test(tcase, the_checksum_is_the_published_one);
    tcase_add_test(tcase, numbers_have_one_form);
    tcase_add_loop_test(tcase, files_of_version_1_load_for_ever, 0, INFO_EVALUATION_STATES);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
