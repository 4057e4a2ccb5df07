/* SPDX-License-Identifier: MIT
 * The loops that are written where no library is used: libm, one element at a
 * time. The logits loops do what llama.cpp's perplexity tool does per token. */
#include <math.h>

#include "peers.h"

int32_t peer_entropy(const double *p, int64_t rows, int64_t cols, double *out)
{
    for (int64_t i = 0; i < rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < cols; j++) {
            const double x = p[i * cols + j];
            if (x > 0)
                sum -= x * log(x);
        }
        out[i] = sum;
    }
    return 0;
}

int32_t peer_kl(const double *p, const double *q, int64_t rows, int64_t cols, double *out)
{
    for (int64_t i = 0; i < rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < cols; j++) {
            const double x = p[i * cols + j];
            if (x > 0)
                sum += x * log(x / q[i * cols + j]);
        }
        out[i] = sum;
    }
    return 0;
}

int32_t peer_js(const double *p, const double *q, int64_t rows, int64_t cols, double *out)
{
    for (int64_t i = 0; i < rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < cols; j++) {
            const double x = p[i * cols + j], y = q[i * cols + j], m = 0.5 * (x + y);
            if (x > 0)
                sum += 0.5 * x * log(x / m);
            if (y > 0)
                sum += 0.5 * y * log(y / m);
        }
        out[i] = sum;
    }
    return 0;
}

static float largest(const float *x, int64_t n)
{
    float top = x[0];
    for (int64_t i = 1; i < n; i++)
        if (x[i] > top)
            top = x[i];
    return top;
}

static double log_sum_exp(const float *x, int64_t n, float top)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += expf(x[i] - top);
    return log(sum);
}

int32_t peer_nll(const float *logits, const int64_t *targets, int64_t rows, int64_t cols, double *out)
{
    for (int64_t i = 0; i < rows; i++) {
        const float *x = logits + i * cols;
        const float top = largest(x, cols);
        out[i] = log_sum_exp(x, cols, top) - (double)(x[targets[i]] - top);
    }
    return 0;
}

int32_t peer_kl_logits(const float *a, const float *b, int64_t rows, int64_t cols, double *out)
{
    for (int64_t i = 0; i < rows; i++) {
        const float *x = a + i * cols, *y = b + i * cols;
        const float top_x = largest(x, cols), top_y = largest(y, cols);
        const float norm_x = top_x + (float)log_sum_exp(x, cols, top_x),
                    norm_y = top_y + (float)log_sum_exp(y, cols, top_y);
        double sum = 0;
        for (int64_t j = 0; j < cols; j++) {
            const float log_p = x[j] - norm_x;
            if (log_p > -16.0f)
                sum += expf(log_p) * (log_p - (y[j] - norm_y));
        }
        out[i] = sum;
    }
    return 0;
}

int32_t peer_mutual_information(const int64_t *x, const int64_t *y, int64_t n, int64_t k, uint64_t *table, double *out)
{
    uint64_t rows[4096] = {0}, cols[4096] = {0};
    for (int64_t i = 0; i < k * k; i++)
        table[i] = 0;
    for (int64_t i = 0; i < n; i++) {
        table[x[i] * k + y[i]]++;
        rows[x[i]]++;
        cols[y[i]]++;
    }
    double sum = 0;
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = 0; j < k; j++)
            if (table[i * k + j]) {
                const double p = (double)table[i * k + j] / (double)n;
                sum += p * log(p * (double)n * (double)n / ((double)rows[i] * (double)cols[j]));
            }
    *out = sum;
    return 0;
}
