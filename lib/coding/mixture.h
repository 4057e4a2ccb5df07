/* SPDX-License-Identifier: MIT
 *
 * mixture.h: the one convex problem behind capacity and rate-distortion,
 *
 *     minimize  a.u + sum_j f_j(z_j),   z = M u,   over u >= 0,
 *
 * where M has no negative entries. Its unknown is u without a constraint on the
 * sum; both problems are scaled so that the multiplier of that constraint is known:
 *
 *   rate-distortion at slope s:  M = exp(-s d), a = 1, f_j(z) = -p_j log z.
 *       At the minimum sum u = 1, u is the output distribution.
 *   capacity:  M = W^T, a = row entropies (+ prices), f_j(z) = z log z - z.
 *       At the minimum sum u = e^C, u / sum u is the input distribution.
 *
 * The gradient is 0 on the support and >= 0 elsewhere; how far it is from that
 * bounds the distance to the optimum (duality), whatever method found u.
 */
#ifndef INFO_I_MIXTURE_H
#define INFO_I_MIXTURE_H

#include "core/core.h"
#include "kernels/mixture.h"

typedef struct info_i_mixture {
    int64_t rows;
    int64_t cols;
    const double *matrix;  /* rows x cols without gaps */
    const double *weights; /* p_j of the rate-distortion problem; NULL for capacity */
    const double *linear;  /* a; NULL: all 1 */
} info_i_mixture;

/* Where a distribution u stands: the optimum lies in [value - gap, value] for
 * rate-distortion, [value, value + gap] for capacity, each end give or take rounding. */
typedef struct info_i_standing {
    double value;
    double gap;
    double rounding; /* bound of the evaluation's own rounding error, M being exact */
    int64_t iterations;
} info_i_standing;

typedef struct info_i_solver {
    double tolerance;
    int64_t max_iterations;
    bool first_order; /* Blahut-Arimoto only */
} info_i_solver;

/* Improves the distribution u (all entries that may be used > 0, sum 1) until the
 * gap is below the tolerance, or what rounding lets one see of it, or the
 * iterations are used up. z, ascent and standing become those of u, as evaluate() finds
 * them. INFO_OK; or INFO_CANCELED, INFO_ERROR_MEMORY, with u spoiled. */
info_status info_i_mixture_solve(info_ctx *ctx, const info_i_mixture *mixture, const info_i_solver *solver, double *u,
                                 double *z, double *ascent, info_i_standing *standing);

/* Value and gap of the distribution u. z[rows] = M u; ascent[cols]: log c_y or D(W_x || r) - prices,
 * the exponent of the Blahut-Arimoto update, whose largest entry bounds the optimum. */
void info_i_mixture_evaluate(const info_i_mixture *mixture, const info_i_mixture_kernels *kernels, const double *u,
                             double *z, double *ascent, info_i_standing *standing);

/* z = M u, and ascent += sum_j w_j M_j., w_j = p_j / z_j or -log z_j (0 where z_j is 0). */
void info_i_mixture_pass(const info_i_mixture *mixture, const info_i_mixture_kernels *kernels, const double *u,
                         double *z, double *ascent);

#endif
