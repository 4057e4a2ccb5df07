/* SPDX-License-Identifier: MIT
 * Inner loops of mixtures, compiled once per instruction set. */
#include "kernels/mixture.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "kernels/level.h"

#define LANES 8

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

#define LOAD(p, v) memcpy(&(v), (p), sizeof(v))
#define STORE(p, v) memcpy((p), &(v), sizeof(v))

/* By address: as an argument a vector would be wider than what plain C may pass. */
static double fold(const lanes *v)
{
    const lanes s = *v;
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static double dot(int64_t n, const double *a, const double *b)
{
    lanes s0 = {0}, s1 = {0}, a0, a1, b0, b1;
    int64_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        LOAD(a + i, a0);
        LOAD(b + i, b0);
        LOAD(a + i + LANES, a1);
        LOAD(b + i + LANES, b1);
        s0 += a0 * b0;
        s1 += a1 * b1;
    }
    s0 += s1;
    double total = fold(&s0);
    for (; i < n; i++)
        total += a[i] * b[i];
    return total;
}

static double sum(int64_t n, const double *a)
{
    lanes s0 = {0}, s1 = {0}, a0, a1;
    int64_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        LOAD(a + i, a0);
        LOAD(a + i + LANES, a1);
        s0 += a0;
        s1 += a1;
    }
    s0 += s1;
    double total = fold(&s0);
    for (; i < n; i++)
        total += a[i];
    return total;
}

static void add(int64_t n, double w, const double *a, double *y)
{
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes va, vy;
        LOAD(a + i, va);
        LOAD(y + i, vy);
        vy += w * va;
        STORE(y + i, vy);
    }
    for (; i < n; i++)
        y[i] += w * a[i];
}

static void dot4(int64_t n, const double *a, const double *b, double *z)
{
    const double *a0 = a, *a1 = a + n, *a2 = a + 2 * n, *a3 = a + 3 * n;
    lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, v, x;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        LOAD(b + i, x);
        LOAD(a0 + i, v);
        s0 += v * x;
        LOAD(a1 + i, v);
        s1 += v * x;
        LOAD(a2 + i, v);
        s2 += v * x;
        LOAD(a3 + i, v);
        s3 += v * x;
    }
    z[0] = fold(&s0);
    z[1] = fold(&s1);
    z[2] = fold(&s2);
    z[3] = fold(&s3);
    for (; i < n; i++) {
        z[0] += a0[i] * b[i];
        z[1] += a1[i] * b[i];
        z[2] += a2[i] * b[i];
        z[3] += a3[i] * b[i];
    }
}

static void add4(int64_t n, const double *w, const double *a, double *y)
{
    const double *a0 = a, *a1 = a + n, *a2 = a + 2 * n, *a3 = a + 3 * n;
    const double w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes v0, v1, v2, v3, vy;
        LOAD(a0 + i, v0);
        LOAD(a1 + i, v1);
        LOAD(a2 + i, v2);
        LOAD(a3 + i, v3);
        LOAD(y + i, vy);
        vy += (w0 * v0 + w1 * v1) + (w2 * v2 + w3 * v3);
        STORE(y + i, vy);
    }
    for (; i < n; i++)
        y[i] += (w0 * a0[i] + w1 * a1[i]) + (w2 * a2[i] + w3 * a3[i]);
}

static void scale(int64_t n, double w, const double *a, double *y, double *squares)
{
    for (int64_t i = 0; i < n; i++) {
        const double v = w * a[i];
        y[i] = v;
        squares[i] += v * v;
    }
}

static double mean(int64_t n, const double *a, const double *u, double shift, const double *x)
{
    lanes s = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes va, vu, vx;
        LOAD(a + i, va);
        LOAD(u + i, vu);
        LOAD(x + i, vx);
        for (int k = 0; k < LANES; k++) /* a is 0 where x is infinite */
            vx[k] = vx[k] < INFINITY ? vx[k] - shift : 0;
        s += va * vu * vx;
    }
    double total = fold(&s);
    for (; i < n; i++)
        total += x[i] < INFINITY ? a[i] * u[i] * (x[i] - shift) : 0;
    return total;
}

static double distance(int64_t n, const double *a, const double *b)
{
    lanes s = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes va, vb;
        LOAD(a + i, va);
        LOAD(b + i, vb);
        va -= vb;
        for (int k = 0; k < LANES; k++)
            va[k] = fabs(va[k]);
        s += va;
    }
    double total = fold(&s);
    for (; i < n; i++)
        total += fabs(a[i] - b[i]);
    return total;
}

static double least(int64_t n, const double *x)
{
    lanes low;
    bool valid = true;
    for (int k = 0; k < LANES; k++)
        low[k] = INFINITY;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes v;
        LOAD(x + i, v);
        for (int k = 0; k < LANES; k++) {
            valid &= v[k] >= 0;
            low[k] = v[k] < low[k] ? v[k] : low[k];
        }
    }
    double found = INFINITY;
    for (int k = 0; k < LANES; k++)
        found = low[k] < found ? low[k] : found;
    for (; i < n; i++) {
        valid &= x[i] >= 0;
        found = x[i] < found ? x[i] : found;
    }
    return valid ? found : NAN;
}

/* The loops below are plain C that compilers turn into vectors: no branch, no call, no conversion between integers and
 * numbers but by their bits. */

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double number_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp(x) for x <= 0, 0 below -708: 2^n exp(r), |r| <= log(2)/2, Taylor's polynomial of degree 13 (error 2^-57).
 * Adding 1.5 * 2^52 rounds to a whole number, which then lies in the low bits. */
static inline double exp_one(double x)
{
    const double within = x >= -708.0 ? x : 0.0;
    const double shifted = within * 0x1.71547652b82fep+0 + 0x1.8p52, n = shifted - 0x1.8p52;
    const double r = (within - n * 0x1.62e42fefa3800p-1) - n * 0x1.ef35793c76730p-45;
    double p = r * (1.0 / 6227020800) + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = 1.0 + (r + r * r * p);
    const double result = number_of(bits_of(p) + (bits_of(shifted) << 52));
    return x >= -708.0 ? result : 0.0;
}

/* log(x) for normal x > 0: e log 2 + 2 atanh(s), s = (m - 1) / (m + 1), m within sqrt(1/2) .. sqrt(2) (series' error
 * 2^-58). The exponent becomes a number as the low bits of 2^52. */
static inline double log_one(double x)
{
    const uint64_t root_half = UINT64_C(0x3fe6a09e667f3bcd), bias = UINT64_C(1023);
    const uint64_t biased = (bits_of(x) - root_half + (bias << 52)) >> 52;
    const double e = number_of(biased | UINT64_C(0x4330000000000000)) - (0x1p52 + 1023.0);
    const double m = number_of(bits_of(x) - ((biased - bias) << 52));
    const double f = m - 1.0, s = f / (m + 1.0), t = s * s;
    double q = t * (1.0 / 23) + 1.0 / 21;
    q = q * t + 1.0 / 19;
    q = q * t + 1.0 / 17;
    q = q * t + 1.0 / 15;
    q = q * t + 1.0 / 13;
    q = q * t + 1.0 / 11;
    q = q * t + 1.0 / 9;
    q = q * t + 1.0 / 7;
    q = q * t + 1.0 / 5;
    q = q * t + 1.0 / 3;
    /* 2 atanh(s) = f - s (f - 2 t q), where f is exact */
    return e * 0x1.62e42fefa3800p-1 + (f + (e * 0x1.ef35793c76730p-45 - s * (f - 2.0 * t * q)));
}

static void exponentials(int64_t n, double scale, double shift, const double *x, double *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = exp_one((x[i] - shift) * scale);
}

static double greatest(int64_t n, const double *x)
{
    lanes high;
    for (int k = 0; k < LANES; k++)
        high[k] = -INFINITY;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes v;
        LOAD(x + i, v);
        for (int k = 0; k < LANES; k++)
            high[k] = v[k] > high[k] ? v[k] : high[k];
    }
    double found = -INFINITY;
    for (int k = 0; k < LANES; k++)
        found = high[k] > found ? high[k] : found;
    for (; i < n; i++)
        found = x[i] > found ? x[i] : found;
    return found;
}

/* Columns side by side, so that nothing crosses the lanes. */
#define COLUMNS 64

static inline void posterior_columns(int64_t width, int64_t rows, int64_t stride, double scale, const double *offset,
                                     const double *weight, double *x, double *free_energy)
{
    double largest[COLUMNS], share[COLUMNS];
    for (int64_t k = 0; k < width; k++) {
        largest[k] = -INFINITY;
        share[k] = 0;
    }
    for (int64_t t = 0; t < rows; t++) {
        double *row = x + t * stride;
        for (int64_t k = 0; k < width; k++) {
            row[k] += offset[t];
            largest[k] = row[k] > largest[k] ? row[k] : largest[k];
        }
    }
    for (int64_t t = 0; t < rows; t++) {
        double *row = x + t * stride;
        for (int64_t k = 0; k < width; k++) {
            row[k] = exp_one((row[k] - largest[k]) * scale);
            share[k] += row[k];
        }
    }
    for (int64_t k = 0; k < width; k++) {
        free_energy[k] = largest[k] + log_one(share[k]) / scale;
        share[k] = weight[k] / share[k];
    }
    for (int64_t t = 0; t < rows; t++) {
        double *row = x + t * stride;
        for (int64_t k = 0; k < width; k++)
            row[k] *= share[k];
    }
}

static void posterior(int64_t rows, int64_t cols, double scale, const double *offset, const double *weight, double *x,
                      double *free_energy)
{
    int64_t at = 0;
    for (; at + COLUMNS <= cols; at += COLUMNS)
        posterior_columns(COLUMNS, rows, cols, scale, offset, weight + at, x + at, free_energy + at);
    posterior_columns(cols - at, rows, cols, scale, offset, weight + at, x + at, free_energy + at);
}

static void logarithms(int64_t n, const double *x, double scale, double zero, double *y)
{
    for (int64_t i = 0; i < n; i++) {
        const double v = x[i] * scale;
        const double found = log_one(v >= 0x1p-1022 ? v : 1.0);
        y[i] = v >= 0x1p-1022 ? found : zero;
    }
}

extern const info_i_mixture_kernels RN(mixture_kernels);
const info_i_mixture_kernels RN(mixture_kernels) = {dot,  sum,      add,   dot4,     add4,         scale,
                                                    mean, distance, least, greatest, exponentials, posterior,
                                                    logarithms};
