/* SPDX-License-Identifier: MIT
 * A source and its distortions: tangents of its rate-distortion function. */
#ifndef INFO_I_SOURCE_H
#define INFO_I_SOURCE_H

#include "coding/arguments.h"

/* Exponents s d beyond which exp(-s d) is 0. */
#define INFO_I_DEEPEST 708.0

/* Letters of probability 0 are left out, and from every row of distortions its
 * least entry is taken: x of a tangent is the distortion above the least there is. */
typedef struct info_i_source {
    int64_t letters, cols;
    double *p;
    int64_t *row;                  /* of each letter in distortion */
    double *least;                 /* entry of that row */
    double least_mean;             /* distortion that no code can go below */
    double largest;                /* distortion above the least of its row */
    double *mean;                  /* distortion of each column, +inf where a pair is forbidden */
    const info_matrix *distortion; /* the caller's */
    double at;                     /* the slope of matrix; -1: none yet */
    double *matrix;                /* exp(-s (d - least)), letters x cols */
    double *z, *ascent;
    double *buffer; /* a row */
    const info_i_mixture_kernels *kernels;
    info_i_solver solver;
} info_i_source;

/* Takes memory for a source with these distortions. */
info_status info_i_source_open(info_ctx *ctx, info_i_source *source, const info_matrix *distortion);

/* Makes it the source p[distortion->rows]: checks every distortion, finds the least of each row and the means of the
 * columns. */
info_status info_i_source_load(info_ctx *ctx, info_i_source *source, const double *p);

/* The point of rate zero, or where forbidden pairs allow none, of slope zero. */
info_status info_i_source_low_end(info_ctx *ctx, info_i_source *source, info_i_tangent *t, int64_t *iterations_left);

/* A point of least distortion, not yet of the least rate there. */
void info_i_source_high_end(info_i_source *source, info_i_tangent *t);

/* x, y and intercept that t->u has at t->slope. */
void info_i_source_attain(info_i_source *source, info_i_tangent *t);

/* An info_i_frontier solver; user is the source. */
info_status info_i_source_solve(info_ctx *ctx, void *user, info_i_tangent *t, int64_t *iterations_left);

/* weights[cols] = probability of each reproduction letter under the tangent's test channel. */
void info_i_source_output(info_i_source *source, const info_i_tangent *t, double *output);

/* Row of exp(-slope (distortion - least)), for finite, zero and infinite slopes. */
void info_i_exponentials(const info_i_mixture_kernels *kernels, int64_t cols, double slope, double least,
                         const double *distortion, double *row);

#endif
