/* SPDX-License-Identifier: MIT
 * The numbers that cases are made of, and the guarded memory they lie in. */
#include "content.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

const double reg_specials[REG_SPECIALS] = {
    NAN, INFINITY, -INFINITY, 4.9406564584124654e-324, 1.7976931348623157e308, -1.7976931348623157e308, -0.0, -0.25};

/* splitmix64's output function. */
uint64_t reg_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static double uniform(uint64_t seed, int64_t i)
{
    return (double)(reg_mix(seed ^ reg_mix((uint64_t)i)) >> 11) * 0x1p-53;
}

static void normalize(double *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += values[i];
    for (int64_t i = 0; i < count; i++)
        values[i] /= sum;
}

static double one(uint64_t seed, int content, int64_t i)
{
    const double u = uniform(seed, 2 * i), v = uniform(seed, 2 * i + 1);
    switch (content) {
    case REG_POSITIVE_PROBABILITIES:
        return 0.05 + u;
    case REG_PROBABILITIES:
    case REG_LOG_PROBABILITIES:
    case REG_TABLE:
        return v < 0.15 ? 0 : u * u;
    case REG_LOGITS:
        return 16 * u - 8;
    case REG_COUNTS:
        return floor(v < 0.2 ? 0 : 40 * u * u);
    case REG_POSITIVE:
        return 4 * u + 0x1p-20;
    case REG_NEGATIVE:
        return -4 * u - 0x1p-20;
    default:
        return sqrt(-2 * log(u + 0x1p-60)) * cos(6.283185307179586 * v);
    }
}

/* B B^T scaled to a unit diagonal, with B of random reals and a heavier diagonal. */
static void make_symmetric(double *a, int64_t rows, int64_t cols)
{
    if (rows != cols)
        return;
    double *b = malloc((size_t)(rows * rows) * sizeof *b);
    for (int64_t i = 0; i < rows * rows; i++)
        b[i] = a[i] + (i % (rows + 1) == 0 ? 2 : 0);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < rows; j++) {
            double sum = 0;
            for (int64_t k = 0; k < rows; k++)
                sum += b[i * rows + k] * b[j * rows + k];
            a[i * rows + j] = sum;
        }
    for (int64_t i = 0; i < rows; i++)
        b[i] = sqrt(a[i * rows + i]);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < rows; j++)
            a[i * rows + j] = i == j ? 1 : a[i * rows + j] / (b[i] * b[j]);
    free(b);
}

double *reg_content(uint64_t seed, int content, int64_t rows, int64_t cols, bool equal_rows)
{
    double *values = malloc((size_t)(rows * cols) * sizeof *values);
    content &= ~(REG_OPTIONAL | REG_AS_TABLE);
    for (int64_t i = 0; i < rows; i++) {
        double *row = values + i * cols;
        for (int64_t j = 0; j < cols; j++)
            row[j] = one(seed, content, equal_rows ? j : i * cols + j);
        /* Every row has something in it. */
        if (content == REG_PROBABILITIES || content == REG_LOG_PROBABILITIES || content == REG_COUNTS)
            row[(equal_rows ? 0 : i) % cols] += 1;
        if (content == REG_PROBABILITIES || content == REG_LOG_PROBABILITIES || content == REG_POSITIVE_PROBABILITIES)
            normalize(row, cols);
        if (content == REG_LOG_PROBABILITIES)
            for (int64_t j = 0; j < cols; j++)
                row[j] = log(row[j]);
    }
    if (content == REG_TABLE) {
        for (int64_t i = 0; i < (equal_rows ? rows : 1); i++)
            values[i * cols] += 0.5;
        normalize(values, rows * cols);
    }
    for (int64_t i = 0; content == REG_SYMMETRIC && equal_rows && i < rows * cols; i++)
        values[i] = 1; /* what rows that are equal allow */
    if (content == REG_SYMMETRIC && !equal_rows)
        make_symmetric(values, rows, cols);
    return values;
}

void *reg_slot(int32_t slot, size_t bytes, bool at_end, size_t shift)
{
    static char *arena;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), pitch = REG_SLOT_BYTES + page;
    const size_t slots = 2 * REG_MAX_ARGUMENTS;
    if (!arena) {
        arena = mmap(NULL, slots * pitch + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (arena == MAP_FAILED)
            abort();
        for (size_t i = 0; i < slots; i++)
            if (mprotect(arena + page + i * pitch, REG_SLOT_BYTES, PROT_READ | PROT_WRITE) != 0)
                abort();
    }
    if (bytes + shift > REG_SLOT_BYTES || slot >= (int32_t)slots) {
        fprintf(stderr, "registry: %zu bytes do not fit slot %d\n", bytes, (int)slot);
        abort();
    }
    char *begin = arena + page + (size_t)slot * pitch;
    return at_end ? begin + REG_SLOT_BYTES - bytes : begin + shift;
}
