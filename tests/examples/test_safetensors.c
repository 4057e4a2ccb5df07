/* SPDX-License-Identifier: MIT
 * .safetensors files: views of what they hold, refusal of what is damaged. */
#include "io/archive.h"
#include "scratch_file.h"

static size_t build(unsigned char *out, const char *header, const void *data, size_t data_size)
{
    uint64_t size = strlen(header);
    memcpy(out, &size, sizeof size);
    memcpy(out + 8, header, size);
    memcpy(out + 8 + size, data, data_size);
    return 8 + size + data_size;
}

static bool read_bytes(const void *bytes, size_t size, struct named_tensor **tensors, size_t *count,
                       struct failure *failure)
{
    struct file file = {bytes, size};
    return safetensors_view(tensors, count, &file, "x.safetensors", failure);
}

static const unsigned char twelve[12] = {0, 0, 128, 63, 0, 0, 0, 192, 0x20, 0xc0, 0x00, 0x3c};

static const char good[] = "{\"__metadata__\":{\"format\":\"pt\"},"
                           "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
                           "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[8,10]},"
                           "\"c\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[10,12]}}";

START_TEST(tensors_are_viewed_by_name)
{
    unsigned char bytes[512];
    char path[64];
    struct archive archive;
    struct failure failure;
    write_scratch(path, bytes, build(bytes, good, twelve, sizeof twelve));
    ck_assert_msg(archive_open(&archive, path, &failure), "%s", failure.text);
    ck_assert_uint_eq(archive.count, 3);
    ck_assert_double_eq(tensor_at(archive_find(&archive, "a"), 0), 1.0);
    ck_assert_double_eq(tensor_at(archive_find(&archive, "a"), 1), -2.0);
    ck_assert_double_eq(tensor_at(archive_find(&archive, "b"), 0), -2.5);
    ck_assert_double_eq(tensor_at(archive_find(&archive, "c"), 0), 1.0);
    ck_assert_ptr_null(archive_find(&archive, "d"));
    archive_close(&archive);
    unlink(path);
}
END_TEST

START_TEST(types_that_are_not_needed_are_passed_over)
{
    static const struct {
        const char *type, *shape;
    } passed[] = {{"BOOL", "[8]"},        {"F8_E8M0", "[8]"},     {"F8_E4M3", "[2,4]"},
                  {"F8_E4M3FNUZ", "[8]"}, {"F8_E5M2FNUZ", "[8]"}, {"F4", "[16]"},
                  {"C64", "[1]"},         {"U64", "[1]"},         {"F16X3_OF_2031", "[3]"}};
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
        unsigned char bytes[512];
        char header[256];
        struct named_tensor *tensors;
        struct failure failure;
        size_t count;
        snprintf(header, sizeof header,
                 "{\"m\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[0,8]},"
                 "\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[8,12]}}   ",
                 passed[i].type, passed[i].shape);
        ck_assert_msg(read_bytes(bytes, build(bytes, header, twelve, 12), &tensors, &count, &failure), "%s",
                      failure.text);
        ck_assert_uint_eq(count, 1);
        ck_assert_str_eq(tensors[0].name, "a");
        ck_assert_double_eq(tensor_at(&tensors[0].tensor, 1), 1.0);
        named_tensors_free(tensors, count);
    }
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    unsigned char bytes[512];
    struct named_tensor *tensors;
    struct failure failure;
    size_t count, size = build(bytes, good, twelve, sizeof twelve);
    for (size_t cut = 0; cut < size; cut++) {
        unsigned char *exact = malloc(cut + 1);
        memcpy(exact, bytes, cut);
        assert_refused(read_bytes(exact, cut, &tensors, &count, &failure), &failure, "x.safetensors", "");
        free(exact);
    }
    assert_refused(read_bytes(bytes, size + 1, &tensors, &count, &failure), &failure, "x.safetensors", "corrupt");
}
END_TEST

START_TEST(wrong_headers_are_refused_with_the_reason)
{
    static const struct {
        const char *header, *reason;
    } wrong[] = {
        {"[]", "no JSON object"},
        {"{{", "no JSON object"},
        {"{\"a\":1}", "\"a\""},
        {"{\"a\":{\"dtype\":99,\"shape\":[3],\"data_offsets\":[0,12]}}", "dtype"},
        {"{\"a\":{\"dtype\":\"F99\",\"shape\":[3],\"data_offsets\":[12,0]}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F4\",\"shape\":[23],\"data_offsets\":[0,12]}}", "shape"},
        {"{\"a\":{\"dtype\":\"F6_E2M3\",\"shape\":[15],\"data_offsets\":[0,12]}}", "shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}x", "0x78 after the JSON"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}} \n", "only spaces"},
        {" {\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", "no JSON object"},
        {"{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
         "\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[4,12]}}",
         "\"a\" twice"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,11]}}", "shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-3],\"data_offsets\":[0,12]}}", "shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3.5],\"data_offsets\":[0,12]}}", "shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[12,0]}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0]}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[4,16]}}", "truncated"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", "gaps"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "corrupt"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
         "overlap"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", "shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1e300],\"data_offsets\":[0,12]}}", "shape"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        unsigned char bytes[512];
        struct named_tensor *tensors;
        struct failure failure;
        size_t count, size = build(bytes, wrong[i].header, twelve, sizeof twelve);
        assert_refused(read_bytes(bytes, size, &tensors, &count, &failure), &failure, "x.safetensors", wrong[i].reason);
    }
}
END_TEST

START_TEST(what_is_no_archive_is_refused)
{
    struct archive archive;
    struct failure failure;
    char path[64];
    assert_refused(archive_open(&archive, "/nowhere/at/all", &failure), &failure, "/nowhere/at/all", "No such file");
    assert_refused(archive_open(&archive, "/dev/null", &failure), &failure, "/dev/null", "not a regular file");
    write_scratch(path, "", 0);
    assert_refused(archive_open(&archive, path, &failure), &failure, path, "empty");
    unlink(path);
    ck_assert_int_eq(access(path, F_OK), -1);
    strcpy(path, "/tmp/libinfo-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(path));
    assert_refused(archive_open(&archive, path, &failure), &failure, path, "no .npy files");
    rmdir(path);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        tensors_are_viewed_by_name,    types_that_are_not_needed_are_passed_over,
        every_truncation_is_refused,   wrong_headers_are_refused_with_the_reason,
        what_is_no_archive_is_refused, NULL,
    };
    return run_tests("safetensors", tests);
}
