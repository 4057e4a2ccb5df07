/* SPDX-License-Identifier: MIT
 * Element types: every 16-bit pattern there and back, rounding, strides. */
#include "../support.h"
#include "numeric/convert.h"

START_TEST(every_f16_reads_as_its_definition)
{
    for (uint32_t bits = 0; bits < 65536; bits++) {
        const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
        const double sign = bits >> 15 ? -1 : 1;
        const double value = info_i_f16_to_f64((uint16_t)bits);
        if (exponent == 31 && mantissa)
            ck_assert(isnan(value));
        else if (exponent == 31)
            ck_assert(value == sign * INFINITY);
        else if (exponent == 0)
            assert_same_bits(value, sign * ldexp(mantissa, -24));
        else
            assert_same_bits(value, sign * ldexp(1024 + mantissa, exponent - 25));
    }
}
END_TEST

START_TEST(every_16_bit_number_survives_a_round_trip)
{
    for (uint32_t bits = 0; bits < 65536; bits++) {
        const double f16 = info_i_f16_to_f64((uint16_t)bits), bf16 = (double)info_i_bf16_to_f32((uint16_t)bits);
        const uint16_t f16_again = info_i_f64_to_f16(f16), bf16_again = info_i_f64_to_bf16(bf16);
        if (isnan(f16) ? !isnan(info_i_f16_to_f64(f16_again)) : f16_again != bits)
            ck_abort_msg("f16 %#x comes back as %#x", bits, f16_again);
        if (isnan(bf16) ? !isnan(info_i_bf16_to_f32(bf16_again)) : bf16_again != bits)
            ck_abort_msg("bf16 %#x comes back as %#x", bits, bf16_again);
    }
}
END_TEST

/* Between neighbors a < b: just below the middle goes to a, just above to b, the middle to the even one. */
static void check_rounding(uint16_t (*round)(double), double (*read)(uint16_t), uint16_t infinity)
{
    for (uint16_t code = 0; code + 1 < infinity; code++) {
        const double a = read(code), b = read((uint16_t)(code + 1)), middle = a + (b - a) / 2;
        ck_assert_uint_eq(round(nextafter(middle, a)), code);
        ck_assert_uint_eq(round(nextafter(middle, b)), code + 1);
        ck_assert_uint_eq(round(middle), code & 1 ? code + 1 : code);
        ck_assert_uint_eq(round(-middle), 0x8000 | (code & 1 ? code + 1 : code));
    }
    const double largest = read((uint16_t)(infinity - 1));
    const double step = largest - read((uint16_t)(infinity - 2));
    ck_assert_uint_eq(round(nextafter(largest + step / 2, 0)), infinity - 1);
    ck_assert_uint_eq(round(largest + step / 2), infinity);
    ck_assert_uint_eq(round(1e300), infinity);
    ck_assert_uint_eq(round(-INFINITY), 0x8000 | infinity);
    ck_assert_uint_eq(round(5e-324), 0);
    ck_assert_uint_eq(round(-0.0), 0x8000);
}

static double read_bf16(uint16_t bits)
{
    return (double)info_i_bf16_to_f32(bits);
}

START_TEST(rounding_is_to_nearest_even_once)
{
    check_rounding(info_i_f64_to_f16, info_i_f16_to_f64, 0x7c00);
    check_rounding(info_i_f64_to_bf16, read_bf16, 0x7f80);
}
END_TEST

START_TEST(rows_of_every_type_and_stride_read_the_same_numbers)
{
    static const double values[6] = {0.5, -1.25, 3, 0, 96, -0.03125}; /* exact in every type */
    for (info_dtype dtype = INFO_F64; dtype <= INFO_BF16; dtype++)
        for (int64_t stride = -2; stride <= 3; stride++) {
            if (stride == 0)
                continue;
            double storage[64];
            const info_matrix_out out = {(char *)storage + 32 * info_dtype_size(dtype), 1, 6, 1, stride, dtype, 0};
            info_i_put_row_f64(&out, 0, 0, 6, values);
            const info_matrix in = {out.data, 1, 6, 1, stride, dtype, 0};
            double f64[6], buffer[6];
            float f32[6];
            info_i_get_row_f64(&in, 0, 0, 6, f64);
            info_i_get_row_f32(&in, 0, 0, 6, f32);
            const double *row = info_i_row_f64(&in, 0, 1, 5, buffer);
            ck_assert(stride == 1 && dtype == INFO_F64 ? row != buffer : row == buffer);
            for (int i = 0; i < 6; i++) {
                assert_same_bits(f64[i], values[i]);
                assert_same_bits((double)f32[i], values[i]);
                assert_same_bits(info_i_get(&in, 0, i), values[i]);
                if (i > 0)
                    assert_same_bits(row[i - 1], values[i]);
            }
        }
}
END_TEST

int main(void)
{
    return run_tests("convert",
                     (const TTest *const[]){every_f16_reads_as_its_definition,
                                            every_16_bit_number_survives_a_round_trip, rounding_is_to_nearest_even_once,
                                            rows_of_every_type_and_stride_read_the_same_numbers, NULL});
}
