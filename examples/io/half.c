/* SPDX-License-Identifier: MIT */
#include "half.h"

#include <math.h>
#include <string.h>

static float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float bfloat16_to_float(uint16_t bits)
{
    return float_from_bits((uint32_t)bits << 16);
}

float half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu, fraction = half & 0x3ffu;
    if (exponent == 0x1f)
        return float_from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent == 0)
        return copysignf((float)fraction * 0x1p-24f, float_from_bits(sign | 0x3f800000u));
    return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

uint16_t float_to_half(float value)
{
    uint16_t sign = signbit(value) ? 0x8000u : 0;
    float magnitude = fabsf(value);
    if (isnan(value))
        return (uint16_t)(sign | 0x7e00u);
    if (magnitude >= 65520.0f)
        return (uint16_t)(sign | 0x7c00u);
    if (magnitude < 0x1p-14f) /* a subnormal half: whole steps of 2^-24 */
        return (uint16_t)(sign | (uint16_t)nearbyintf(magnitude * 0x1p24f));

    uint32_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    uint32_t half = (bits >> 13) - (112u << 10);
    uint32_t dropped = bits & 0x1fffu;
    if (dropped > 0x1000u || (dropped == 0x1000u && (half & 1u)))
        half++;
    return (uint16_t)(sign | half);
}
