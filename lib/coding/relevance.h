/* SPDX-License-Identifier: MIT
 *
 * relevance.h: a joint table as the bottleneck sees it, and what a clustering of
 * its rows keeps. Rows of probability 0 are left out.
 */
#ifndef INFO_I_RELEVANCE_H
#define INFO_I_RELEVANCE_H

#include "core/core.h"
#include "info/coding.h"
#include "kernels/mixture.h"

typedef struct info_i_relevance {
    int64_t rows, cols, given_rows;
    int64_t *letter; /* row of the given table */
    double *px, *py;
    double *conditional; /* p(y|x), rows x cols */
    double information;  /* I(X;Y) */
    const info_i_mixture_kernels *kernels;
    double contraction; /* Dobrushin's coefficient, 1 where it would cost too much */
} info_i_relevance;

/* What is known of an encoder p(t|x). */
typedef struct info_i_clustering {
    double value;       /* of the Lagrangian; minus the relevance if beta is infinite */
    double compression; /* I(X;T) */
    double relevance;   /* I(T;Y) */
    double entropy;     /* H(T) */
    int64_t clusters;
} info_i_clustering;

/* Reads a joint table of probabilities or counts. */
info_status info_i_relevance_open(info_ctx *ctx, const info_matrix *joint, info_kind kind, info_i_relevance *r);

/* Of an encoder (rows x clusters): encoded = p(t, x) (clusters x rows), weights[clusters] = p(t) and
 * joint[clusters x cols] = p(t, y). */
info_status info_i_relevance_decode(const info_i_relevance *r, int64_t clusters, const double *encoder, double *weights,
                                    double *joint, double *encoded);
/* The same from p(t, x), and the encoder that it came from. */
info_status info_i_relevance_decode_joint(const info_i_relevance *r, int64_t clusters, const double *encoded,
                                          double *weights, double *joint);
void info_i_relevance_encoder(const info_i_relevance *r, int64_t clusters, const double *encoded, double *encoder);

/* Measures an encoder from what decode made of it. */
info_i_clustering info_i_relevance_measure(const info_i_relevance *r, int64_t clusters, const double *encoder,
                                           const double *weights, const double *joint, double beta, double determinism);

/* Reads and checks the options and takes defaults. */
info_status info_i_bottleneck_options(info_ctx *ctx, const info_bottleneck_options *given, int64_t rows,
                                      info_bottleneck_options *options);

/* ---- Runs: each improves an encoder (rows x clusters) ------------------- */

typedef struct info_i_bottleneck_run {
    double beta, determinism, tolerance;
    int64_t clusters, max_iterations;
    int64_t iterations; /* counted up */
    bool converged;
} info_i_bottleneck_run;

/* Self-consistent equations from the encoder given. */
info_status info_i_bottleneck_iterate(info_ctx *ctx, const info_i_relevance *r, info_i_bottleneck_run *run,
                                      double *encoder, info_i_clustering *found);

/* Hard clusters as labels. Sequential starts from labels, visiting rows in the order that state draws. */
info_status info_i_bottleneck_sequential(info_ctx *ctx, const info_i_relevance *r, info_i_bottleneck_run *run,
                                         uint64_t *state, int64_t *labels);
info_status info_i_bottleneck_agglomerate(info_ctx *ctx, const info_i_relevance *r, info_i_bottleneck_run *run,
                                          int64_t *labels);

#endif
