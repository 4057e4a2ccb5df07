/* SPDX-License-Identifier: MIT
 *
 * band_form.h: symmetric matrices as sums of squares of states, and brought to a band by reflections. The same bits for
 * any number of threads and at every level: who computes an element does not change its sum.
 */
#ifndef INFO_I_BAND_FORM_H
#define INFO_I_BAND_FORM_H

#include "spectral/states.h"

/* Doubles of memory that info_i_band_form_f32 and _f64 need, -1 if that overflows. */
int64_t info_i_band_form_size(int64_t n, int64_t width);

/* Reduces the symmetric a[n, n], given by its lower triangle, to a symmetric band of half-width width (a
 * multiple of 16, at most INFO_I_WIDEST) by an orthogonal similarity: band[i * (width + 1) + k] is element
 * (i + k, i), zero beyond the edge. a is spoiled, its upper triangle included. Fails only by cancellation
 * or memory; elements that are not finite stay so.
 *
 * A panel of width columns is made triangular by Q = I - V T V^T (Schreiber and Van Loan 1989); what is right of
 * it becomes Q^T A Q = A - V W^T - W V^T, W = X - V (T^T V^T X) / 2, X = A V T (Bischof, Lang and Sun 2000). */
info_status info_i_band_form_f32(const info_i_place *place, int64_t n, int64_t width, float *a, float *band,
                                 double *memory);
info_status info_i_band_form_f64(const info_i_place *place, int64_t n, int64_t width, double *a, double *band,
                                 double *memory);

/* C += Z^T Z, lower triangle of c[n, n] (the rest of it is spoiled). Columns of z[depth, n] lie in panels: column j of
 * row k at z[j / INFO_I_PANEL * panel_step + k * INFO_I_PANEL + j % INFO_I_PANEL]. c is zeroed before if first is set. */
info_status info_i_add_squares_f32(const info_i_place *place, bool first, int64_t n, int64_t depth, const float *z,
                                   int64_t panel_step, float *c);
info_status info_i_add_squares_f64(const info_i_place *place, bool first, int64_t n, int64_t depth, const double *z,
                                   int64_t panel_step, double *c);

#endif
