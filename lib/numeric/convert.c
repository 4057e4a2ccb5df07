/* SPDX-License-Identifier: MIT
 * Elements of any type and stride as contiguous doubles or floats, and back. */
#include <string.h>

#include "numeric/convert.h"

float info_i_bf16_to_f32(uint16_t bits)
{
    const uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

static double f64_from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t f64_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

double info_i_f16_to_f64(uint16_t bits)
{
    const uint64_t sign = (uint64_t)(bits >> 15) << 63;
    const uint64_t exponent = bits >> 10 & 0x1f, mantissa = bits & 0x3ff;
    if (exponent == 0) { /* zero and subnormals: mantissa * 2^-24, exact */
        const double magnitude = (double)mantissa * 0x1p-24;
        return sign ? -magnitude : magnitude;
    }
    if (exponent == 0x1f)
        return f64_from_bits(sign | UINT64_C(0x7ff) << 52 | mantissa << 42);
    return f64_from_bits(sign | (exponent + 1023 - 15) << 52 | mantissa << 42);
}

/* Rounds the magnitude in value to a 16-bit format of mantissa_bits fraction bits
 * whose smallest normal exponent is min_exponent. Adding a power of two that puts
 * the last kept bit at the unit lets the hardware round to nearest even, once. */
static uint16_t round_to_16(double value, int mantissa_bits, int min_exponent, uint16_t infinity)
{
    const uint64_t bits = f64_bits(value);
    const uint16_t sign = (uint16_t)(bits >> 48 & 0x8000);
    const uint64_t magnitude_bits = bits & ~(UINT64_C(1) << 63);
    if (magnitude_bits > UINT64_C(0x7ff) << 52)
        return (uint16_t)(sign | infinity | 1u << (mantissa_bits - 1)); /* NaN, quiet */
    int exponent = (int)(magnitude_bits >> 52) - 1023;
    if (exponent >= 1024)
        return (uint16_t)(sign | infinity);
    if (exponent < min_exponent)
        exponent = min_exponent;
    const double unit = f64_from_bits((uint64_t)(exponent - mantissa_bits + 1023) << 52); /* of the last bit kept */
    const double scaled = f64_from_bits(magnitude_bits) / unit;                           /* exact: a power of two */
    uint64_t code = (uint64_t)scaled;
    const double rest = scaled - (double)code;
    if (rest > 0.5 || (rest == 0.5 && (code & 1)))
        code++;
    /* A carry out of the fraction runs into the exponent, as it should. */
    code += (uint64_t)(exponent - min_exponent) << mantissa_bits;
    return (uint16_t)(sign | (code < infinity ? code : infinity));
}

uint16_t info_i_f64_to_f16(double value)
{
    return round_to_16(value, 10, -14, 0x7c00);
}

uint16_t info_i_f64_to_bf16(double value)
{
    return round_to_16(value, 7, -126, 0x7f80);
}

double info_i_roundoff(info_dtype dtype)
{
    static const double of[] = {[INFO_F64] = 0x1p-53, [INFO_F32] = 0x1p-24, [INFO_F16] = 0x1p-11, [INFO_BF16] = 0x1p-8};
    return of[dtype];
}

const void *info_i_element(const info_matrix *m, int64_t row, int64_t col)
{
    return (const char *)m->data + (row * m->row_stride + col * m->col_stride) * info_dtype_size(m->dtype);
}

double info_i_get(const info_matrix *m, int64_t row, int64_t col)
{
    double value;
    info_i_get_row_f64(m, row, col, 1, &value);
    return value;
}

void info_i_get_row_f64(const info_matrix *m, int64_t row, int64_t col, int64_t count, double *out)
{
    const void *first = info_i_element(m, row, col);
    const int64_t stride = m->col_stride;
    const double *f64 = first;
    const float *f32 = first;
    const uint16_t *half = first;
    switch (m->dtype) {
    case INFO_F64:
        if (stride == 1)
            memcpy(out, f64, (size_t)count * sizeof *out);
        else
            for (int64_t i = 0; i < count; i++)
                out[i] = f64[i * stride];
        break;
    case INFO_F32:
        for (int64_t i = 0; i < count; i++)
            out[i] = (double)f32[i * stride];
        break;
    case INFO_F16:
        for (int64_t i = 0; i < count; i++)
            out[i] = info_i_f16_to_f64(half[i * stride]);
        break;
    default:
        for (int64_t i = 0; i < count; i++)
            out[i] = (double)info_i_bf16_to_f32(half[i * stride]);
        break;
    }
}

void info_i_get_row_f32(const info_matrix *m, int64_t row, int64_t col, int64_t count, float *out)
{
    const void *first = info_i_element(m, row, col);
    const int64_t stride = m->col_stride;
    const double *f64 = first;
    const float *f32 = first;
    const uint16_t *half = first;
    switch (m->dtype) {
    case INFO_F64:
        for (int64_t i = 0; i < count; i++)
            out[i] = (float)f64[i * stride];
        break;
    case INFO_F32:
        if (stride == 1)
            memcpy(out, f32, (size_t)count * sizeof *out);
        else
            for (int64_t i = 0; i < count; i++)
                out[i] = f32[i * stride];
        break;
    case INFO_F16:
        for (int64_t i = 0; i < count; i++)
            out[i] = (float)info_i_f16_to_f64(half[i * stride]);
        break;
    default:
        for (int64_t i = 0; i < count; i++)
            out[i] = info_i_bf16_to_f32(half[i * stride]);
        break;
    }
}

const double *info_i_row_f64(const info_matrix *m, int64_t row, int64_t col, int64_t count, double *buffer)
{
    if (m->dtype == INFO_F64 && m->col_stride == 1)
        return info_i_element(m, row, col);
    info_i_get_row_f64(m, row, col, count, buffer);
    return buffer;
}

void info_i_put(const info_matrix_out *m, int64_t row, int64_t col, double value)
{
    const int64_t index = row * m->row_stride + col * m->col_stride;
    switch (m->dtype) {
    case INFO_F64:
        ((double *)m->data)[index] = value;
        break;
    case INFO_F32:
        ((float *)m->data)[index] = (float)value;
        break;
    case INFO_F16:
        ((uint16_t *)m->data)[index] = info_i_f64_to_f16(value);
        break;
    default:
        ((uint16_t *)m->data)[index] = info_i_f64_to_bf16(value);
        break;
    }
}

void info_i_put_row_f64(const info_matrix_out *m, int64_t row, int64_t col, int64_t count, const double *values)
{
    for (int64_t i = 0; i < count; i++)
        info_i_put(m, row, col + i, values[i]);
}
