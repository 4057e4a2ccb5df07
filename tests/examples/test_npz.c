/* SPDX-License-Identifier: MIT
 * .npz files: what numpy wrote is read, what is damaged is refused. The two files in data/ are numpy 1.24's:
 * savez of logits = arange(6) as float32 [2, 3], targets = [1, 2] as uint16, columns = logits as float64 in Fortran order;
 * savez_compressed of logits = zeros [4, 8]. */
#include "io/archive.h"
#include "io/npz.h"
#include "scratch_file.h"

#define WRITTEN "tests/examples/data/numpy.npz"
#define COMPRESSED "tests/examples/data/compressed.npz"

START_TEST(what_numpy_wrote_is_read)
{
    struct archive archive;
    struct failure failure;
    ck_assert_msg(archive_open(&archive, WRITTEN, &failure), "%s", failure.text);
    ck_assert_int_eq(archive.count, 3);
    const struct tensor *logits = archive_find(&archive, "logits"), *targets = archive_find(&archive, "targets");
    const struct tensor *columns = archive_find(&archive, "columns");
    ck_assert(logits != NULL && targets != NULL && columns != NULL);
    ck_assert_int_eq(logits->type, ELEMENT_F32);
    ck_assert_int_eq(columns->type, ELEMENT_F64);
    ck_assert_int_eq(targets->type, ELEMENT_U16);
    ck_assert_int_eq(logits->shape[0], 2);
    ck_assert_int_eq(columns->shape[1], 3);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_double_eq(tensor_at(logits, i), (double)i);
        ck_assert_double_eq(tensor_at(columns, i), (double)i);
    }
    ck_assert_int_eq(tensor_whole(targets, 0), 1);
    ck_assert_int_eq(tensor_whole(targets, 1), 2);
    archive_close(&archive);
}
END_TEST

START_TEST(what_is_compressed_is_refused_with_what_to_do)
{
    struct archive archive;
    struct failure failure;
    assert_refused(archive_open(&archive, COMPRESSED, &failure), &failure, COMPRESSED, "logits.npy: compressed");
    ck_assert_ptr_nonnull(strstr(failure.text, "numpy.savez writes what can be read"));
}
END_TEST

static size_t load(unsigned char *out, size_t room)
{
    struct file file = {0};
    struct failure failure;
    ck_assert(file_open(&file, WRITTEN, &failure));
    ck_assert_uint_le(file.size, room);
    memcpy(out, file.data, file.size);
    const size_t size = file.size;
    file_close(&file);
    return size;
}

static bool view(const unsigned char *bytes, size_t size, struct failure *failure)
{
    const struct file file = {bytes, size};
    struct named_tensor *tensors;
    size_t count;
    const bool viewed = npz_view(&tensors, &count, &file, "x.npz", failure);
    if (viewed)
        named_tensors_free(tensors, count);
    else
        ck_assert(tensors == NULL && count == 0);
    return viewed;
}

START_TEST(every_truncation_is_refused)
{
    unsigned char bytes[4096];
    struct failure failure;
    const size_t size = load(bytes, sizeof bytes);
    ck_assert_msg(view(bytes, size, &failure), "%s", failure.text);
    for (size_t left = 0; left < size; left++) {
        unsigned char *exact = malloc(left + 1); /* no byte more: sanitizers watch */
        memcpy(exact, bytes, left);
        exact = realloc(exact, left > 0 ? left : 1);
        assert_refused(view(exact, left, &failure), &failure, "x.npz", "");
        free(exact);
    }
}
END_TEST

/* Any byte may be anything: the outcome is arrays or a failure, never memory outside of the file. */
START_TEST(no_damaged_byte_does_harm)
{
    unsigned char bytes[4096];
    struct failure failure;
    const size_t size = load(bytes, sizeof bytes);
    for (size_t at = 0; at < size; at++)
        for (int flip = 1; flip < 256; flip += flip < 4 ? 1 : 50) {
            unsigned char *exact = malloc(size);
            memcpy(exact, bytes, size);
            exact[at] ^= (unsigned char)flip;
            view(exact, size, &failure);
            free(exact);
        }
}
END_TEST

static void put(unsigned char *at, size_t bytes, uint64_t value)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

/* One member of one byte array, its sizes and place as zip64 writes them where four bytes hold none. */
START_TEST(sizes_of_eight_bytes_are_read)
{
    static const char header[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n";
    unsigned char bytes[512] = {0}, *at = bytes;
    struct failure failure;
    const size_t header_size = strlen(header), size = 10 + header_size + 3;
    put(at, 4, 0x04034b50);
    put(at + 18, 4, UINT32_MAX);
    put(at + 22, 4, UINT32_MAX);
    put(at + 26, 2, 5);
    memcpy(at + 30, "a.npy", 5);
    at += 35;
    memcpy(at, "\x93NUMPY\x01\x00", 8);
    put(at + 8, 2, header_size);
    memcpy(at + 10, header, header_size);
    memcpy(at + 10 + header_size, "\x01\x02\x03", 3);
    at += size;
    const size_t list = (size_t)(at - bytes);
    put(at, 4, 0x02014b50);
    put(at + 20, 4, UINT32_MAX);
    put(at + 24, 4, UINT32_MAX);
    put(at + 28, 2, 5);
    put(at + 30, 2, 28);
    put(at + 42, 4, UINT32_MAX);
    memcpy(at + 46, "a.npy", 5);
    put(at + 51, 2, 1);
    put(at + 53, 2, 24);
    put(at + 55, 8, size);
    put(at + 63, 8, size);
    put(at + 71, 8, 0);
    at += 79;
    const size_t end64 = (size_t)(at - bytes);
    put(at, 4, 0x06064b50);
    put(at + 32, 8, 1);
    put(at + 40, 8, end64 - list);
    put(at + 48, 8, list);
    at += 56;
    put(at, 4, 0x07064b50);
    put(at + 8, 8, end64);
    at += 20;
    put(at, 4, 0x06054b50);
    put(at + 8, 2, 0xffff);
    put(at + 10, 2, 0xffff);
    put(at + 12, 4, UINT32_MAX);
    put(at + 16, 4, UINT32_MAX);
    at += 22;
    const struct file file = {bytes, (size_t)(at - bytes)};
    struct named_tensor *tensors;
    size_t count;
    ck_assert_msg(npz_view(&tensors, &count, &file, "x.npz", &failure), "%s", failure.text);
    ck_assert_int_eq(count, 1);
    ck_assert_str_eq(tensors[0].name, "a");
    ck_assert_int_eq(tensor_whole(&tensors[0].tensor, 2), 3);
    named_tensors_free(tensors, count);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {what_numpy_wrote_is_read,      what_is_compressed_is_refused_with_what_to_do,
                                  every_truncation_is_refused,   no_damaged_byte_does_harm,
                                  sizes_of_eight_bytes_are_read, NULL};
    return run_tests("npz", tests);
}
