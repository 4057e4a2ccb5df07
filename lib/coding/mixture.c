/* SPDX-License-Identifier: MIT
 * Where a distribution stands. */
#include "coding/mixture.h"

#include <math.h>
#include <string.h>

/* What rounding may do to an evaluation, in units u = 2^-53 and to first order. All sums but those of logarithms are of
 * terms of one sign, so that relative errors do not grow beyond the number of roundings that a term goes
 * through: z in dot4, (cols / 8 + 4) u; an entry of ascent in add4, (rows / 4 + 5) u and those of f'(z). */
static double roundings_of_z(const info_i_mixture *m)
{
    return (double)m->cols / 8 + 8;
}

static double roundings_of_ascent(const info_i_mixture *m)
{
    return (double)m->rows / 4 + 8;
}

/* What row j weighs in ascent: f'(z_j) up to its sign. */
static double pull(const info_i_mixture *m, int64_t j, double z)
{
    return !(z > 0) ? 0 : m->weights ? m->weights[j] / z : -log(z);
}

/* z = M u, and the pull of every row is added to ascent. Four rows at a time stay in the cache for both. */
void info_i_mixture_pass(const info_i_mixture *m, const info_i_mixture_kernels *kernels, const double *u, double *z,
                         double *ascent)
{
    int64_t j = 0;
    for (; j + 4 <= m->rows; j += 4) {
        const double *rows = m->matrix + j * m->cols;
        double w[4];
        kernels->dot4(m->cols, rows, u, z + j);
        for (int64_t i = 0; i < 4; i++)
            w[i] = pull(m, j + i, z[j + i]);
        kernels->add4(m->cols, w, rows, ascent);
    }
    for (; j < m->rows; j++) {
        const double *row = m->matrix + j * m->cols;
        z[j] = kernels->dot(m->cols, row, u);
        kernels->add(m->cols, pull(m, j, z[j]), row, ascent);
    }
}

/* Rows that u does not reach: every column that would reach one ascends without limit. */
static void reach(const info_i_mixture *m, const double *z, double *ascent)
{
    for (int64_t j = 0; j < m->rows; j++) {
        const double *row = m->matrix + j * m->cols;
        for (int64_t k = 0; k < m->cols && !(z[j] > 0); k++)
            if (row[k] > 0)
                ascent[k] = INFINITY;
    }
}

static void evaluate_rate(const info_i_mixture *m, const info_i_mixture_kernels *kernels, const double *u, double *z,
                          double *ascent, info_i_standing *standing)
{
    double value = 0, largest = 0;
    memset(ascent, 0, (size_t)m->cols * sizeof *ascent);
    info_i_mixture_pass(m, kernels, u, z, ascent);
    reach(m, z, ascent);
    for (int64_t j = 0; j < m->rows; j++)
        value -= m->weights[j] * log(z[j]);
    for (int64_t k = 0; k < m->cols; k++)
        largest = ascent[k] > largest ? ascent[k] : largest;
    standing->value = value;
    standing->gap = fmax(log(largest), 0);
    /* value: its terms, added one by one, and the logarithms of z. log c: the entry, 1 / z in it, itself. */
    const double of_value = ((double)m->rows + 4) * fabs(value) + roundings_of_z(m);
    const double of_gap = roundings_of_ascent(m) + roundings_of_z(m) + 2 * standing->gap;
    standing->rounding = (of_value + of_gap) * 0x1p-53;
}

static void evaluate_capacity(const info_i_mixture *m, const info_i_mixture_kernels *kernels, const double *u,
                              double *z, double *ascent, info_i_standing *standing)
{
    double deepest = 0;
    for (int64_t k = 0; k < m->cols; k++) {
        ascent[k] = -m->linear[k];
        deepest = fmax(deepest, fabs(m->linear[k]));
    }
    info_i_mixture_pass(m, kernels, u, z, ascent);
    for (int64_t j = 0; j < m->rows; j++)
        if (z[j] > 0)
            deepest = fmax(deepest, -log(z[j]));
    reach(m, z, ascent);
    double value = 0, largest = -INFINITY;
    for (int64_t k = 0; k < m->cols; k++) {
        if (u[k] > 0)
            value += u[k] * ascent[k];
        largest = fmax(largest, ascent[k]);
    }
    standing->value = value;
    standing->gap = fmax(largest - value, 0);
    /* An entry of ascent is a sum of terms that deepest bounds: a, itself a sum over the rows, and the weighted logarithms
     * of z. value sums them over the columns, with weights which add up to 1 up to cols u. */
    const double of_ascent = (roundings_of_ascent(m) + (double)m->rows + 4) * deepest + roundings_of_z(m);
    standing->rounding = (2 * of_ascent + 2 * (double)m->cols * deepest) * 0x1p-53;
}

void info_i_mixture_evaluate(const info_i_mixture *m, const info_i_mixture_kernels *kernels, const double *u, double *z,
                             double *ascent, info_i_standing *standing)
{
    (m->weights ? evaluate_rate : evaluate_capacity)(m, kernels, u, z, ascent, standing);
}
