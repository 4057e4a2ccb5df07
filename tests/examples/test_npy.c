/* SPDX-License-Identifier: MIT
 * .npy files: what is written can be read, what is damaged is refused. */
#include "io/half.h"
#include "io/npy.h"
#include "scratch_file.h"

#include <math.h>

/* Reads bytes as a .npy file; *text is the outcome. */
static bool read_bytes(const void *bytes, size_t size, struct tensor *tensor, struct failure *failure)
{
    struct file file = {bytes, size};
    return npy_view(tensor, &file, "x.npy", failure);
}

static size_t build(unsigned char *out, const char *header, const void *data, size_t data_size)
{
    size_t size = strlen(header);
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (unsigned char)size;
    out[9] = (unsigned char)(size >> 8);
    memcpy(out + 10, header, size);
    memcpy(out + 10 + size, data, data_size);
    return 10 + size + data_size;
}

static const float six[6] = {1.0f, -2.0f, 3.5f, 0.0f, 1e-30f, 7.0f};

START_TEST(written_arrays_read_back_the_same)
{
    const element_type types[] = {ELEMENT_F64, ELEMENT_F32, ELEMENT_F16, ELEMENT_I64, ELEMENT_I32,
                                  ELEMENT_I16, ELEMENT_I8,  ELEMENT_U32, ELEMENT_U16, ELEMENT_U8};
    const int64_t shape[] = {2, 1, 3};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        for (int axes = 1; axes <= 3; axes++) {
            struct tensor out, in;
            struct failure failure;
            ck_assert(tensor_new(&out, types[i], axes, shape, &failure));
            size_t bytes = element_size(types[i]) * tensor_step(&out) * 2;
            for (size_t b = 0; b < bytes; b++)
                ((unsigned char *)out.owned)[b] = (unsigned char)(17 * b + 3);

            char path[64];
            struct file file = {0};
            write_scratch(path, "", 0);
            ck_assert(npy_write(&out, path, &failure));
            ck_assert(file_open(&file, path, &failure));
            ck_assert(npy_view(&in, &file, path, &failure));
            ck_assert_int_eq(in.type, types[i]);
            ck_assert_int_eq(in.axes, axes);
            ck_assert_mem_eq(in.shape, out.shape, (size_t)axes * sizeof *shape);
            ck_assert_mem_eq(in.data, out.data, bytes);
            tensor_free(&in);
            tensor_free(&out);
            file_close(&file);
            unlink(path);
        }
}
END_TEST

START_TEST(headers_of_other_writers_are_read)
{
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n",
        "{\"shape\":(2,3),\"descr\":\"<f4\",\"fortran_order\":False}",
        "{'fortran_order': False, 'descr': '<f4', 'shape': (2, 3,)}\n",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        unsigned char bytes[256];
        struct tensor tensor;
        struct failure failure;
        size_t size = build(bytes, headers[i], six, sizeof six);
        ck_assert_msg(read_bytes(bytes, size, &tensor, &failure), "%s", failure.text);
        ck_assert_int_eq(tensor.axes, 2);
        for (size_t j = 0; j < 6; j++)
            ck_assert_double_eq(tensor_at(&tensor, j), (double)six[j]);
        info_matrix view = tensor_matrix(&tensor, 0);
        ck_assert_int_eq(view.rows, 2);
        ck_assert_int_eq(view.cols, 3);
        tensor_free(&tensor);
    }
}
END_TEST

/* Element i of the file is i; in C order element (a, b, c) of [2, 3, 4] is a + 2 b + 6 c. */
START_TEST(fortran_order_is_brought_into_c_order)
{
    const char header[] = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }\n";
    unsigned char bytes[256], data[24];
    struct tensor tensor;
    struct failure failure;
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)i;
    ck_assert_msg(read_bytes(bytes, build(bytes, header, data, sizeof data), &tensor, &failure), "%s", failure.text);
    for (size_t a = 0; a < 2; a++)
        for (size_t b = 0; b < 3; b++)
            for (size_t c = 0; c < 4; c++)
                ck_assert_int_eq(tensor_whole(&tensor, (a * 3 + b) * 4 + c), (int64_t)(a + 2 * b + 6 * c));
    tensor_free(&tensor);
}
END_TEST

START_TEST(token_files_of_any_whole_type_keep_their_largest_value)
{
    static const struct {
        const char *descr;
        unsigned char bytes[4];
        size_t size;
        int64_t value;
    } types[] = {
        {"<u4", {0xff, 0xff, 0xff, 0xff}, 4, 4294967295}, {"<u2", {0xff, 0xff}, 2, 65535}, {"|u1", {0xff}, 1, 255},
        {"<i4", {0xff, 0xff, 0xff, 0xff}, 4, -1},         {"<i2", {0x9c, 0xff}, 2, -100},  {"|i1", {0x9c}, 1, -100},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        unsigned char bytes[256];
        char header[128];
        struct tensor tensor;
        struct failure failure;
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }", types[i].descr);
        ck_assert(read_bytes(bytes, build(bytes, header, types[i].bytes, types[i].size), &tensor, &failure));
        ck_assert_int_eq(tensor_whole(&tensor, 0), types[i].value);
        ck_assert_double_eq(tensor_at(&tensor, 0), (double)types[i].value);
        tensor_free(&tensor);
    }
}
END_TEST

START_TEST(version_2_is_read)
{
    const char header[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }\n";
    unsigned char bytes[256] = "\x93NUMPY\x02\x00";
    struct tensor tensor;
    struct failure failure;
    bytes[8] = sizeof header - 1;
    memcpy(bytes + 12, header, sizeof header - 1);
    memcpy(bytes + 12 + sizeof header - 1, six, sizeof six);
    ck_assert_msg(read_bytes(bytes, 12 + sizeof header - 1 + sizeof six, &tensor, &failure), "%s", failure.text);
    ck_assert_int_eq(tensor.shape[0], 6);
    tensor_free(&tensor);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    unsigned char bytes[256];
    struct tensor tensor;
    struct failure failure;
    size_t size = build(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", six, sizeof six);
    for (size_t cut = 0; cut < size; cut++) {
        unsigned char *exact = malloc(cut + 1); /* so that ASan sees a read past the end */
        memcpy(exact, bytes, cut);
        assert_refused(read_bytes(exact, cut, &tensor, &failure), &failure, "x.npy", "");
        free(exact);
    }
    assert_refused(read_bytes(bytes, size + 1, &tensor, &failure), &failure, "x.npy", "corrupt");
}
END_TEST

START_TEST(wrong_headers_are_refused_with_the_reason)
{
    static const struct {
        const char *header, *reason;
    } wrong[] = {
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", ">f4"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", "|O"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", "descr"},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3), }", "fortran_order"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), }", "shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6), }", "shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,6), }", "shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "larger than memory"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "without elements"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 6), }", "without elements"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }", "truncated"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", "corrupt"},
        {"{'descr': '<f4', 'fortran_order': False, }", "corrupt"},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", "descr"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}", "'x'"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), } x", "corrupt"},
        {"'descr'", "corrupt"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        unsigned char bytes[256];
        struct tensor tensor;
        struct failure failure;
        size_t size = build(bytes, wrong[i].header, six, sizeof six);
        assert_refused(read_bytes(bytes, size, &tensor, &failure), &failure, "x.npy", wrong[i].reason);
    }
}
END_TEST

START_TEST(halves_round_to_the_nearest_even)
{
    for (uint32_t bits = 0; bits <= 0xffff; bits++) {
        float value = half_to_float((uint16_t)bits);
        if (isnan(value))
            ck_assert(isnan(half_to_float(float_to_half(value))));
        else
            ck_assert_uint_eq(float_to_half(value), bits);
    }
    ck_assert_uint_eq(float_to_half(65519.0f), 0x7bff);
    ck_assert_uint_eq(float_to_half(65520.0f), 0x7c00);
    ck_assert_uint_eq(float_to_half(1.0f + 0x1p-11f), 0x3c00);
    ck_assert_uint_eq(float_to_half(1.0f + 0x3p-11f), 0x3c02);
    ck_assert_uint_eq(float_to_half(0x1p-25f), 0);
    ck_assert_uint_eq(float_to_half(0x3p-25f), 2);
    ck_assert_double_eq((double)bfloat16_to_float(0xc020), -2.5);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        written_arrays_read_back_the_same,
        headers_of_other_writers_are_read,
        fortran_order_is_brought_into_c_order,
        token_files_of_any_whole_type_keep_their_largest_value,
        version_2_is_read,
        every_truncation_is_refused,
        wrong_headers_are_refused_with_the_reason,
        halves_round_to_the_nearest_even,
        NULL,
    };
    return run_tests("npy", tests);
}
