/* SPDX-License-Identifier: MIT */
#include "attention.h"

#include <math.h>
#include <string.h>

#include "dot.h"

static void softmax(float *row, size_t n)
{
    float largest = row[0];
    for (size_t i = 1; i < n; i++)
        largest = row[i] > largest ? row[i] : largest;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double power = exp((double)row[i] - (double)largest);
        row[i] = (float)power;
        sum += power;
    }
    for (size_t i = 0; i < n; i++)
        row[i] = (float)((double)row[i] / sum);
}

void attention_weights(const float *query, const float *key, size_t tokens, size_t width, float *weights)
{
    double scale = 1.0 / sqrt((double)width);
    for (size_t t = 0; t < tokens; t++) {
        float *row = weights + t * tokens;
        for (size_t s = 0; s <= t; s++)
            row[s] = (float)(dot(query + t * width, key + s * width, width) * scale);
        softmax(row, t + 1);
        memset(row + t + 1, 0, (tokens - t - 1) * sizeof *row);
    }
}
