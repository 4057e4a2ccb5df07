/* SPDX-License-Identifier: MIT
 * One cell of the divergences between p and q, by its log-ratio d = log p - log q.
 * Each is >= 0 and keeps its relative precision as d -> 0. */
#ifndef INFO_I_LM_DIVERGENCE_H
#define INFO_I_LM_DIVERGENCE_H

typedef struct info_i_cell {
    double p, q;         /* probabilities */
    double log_p, log_q; /* their logarithms, -inf for 0 */
    double d;            /* log p - log q, exact where log p and log q would cancel; not NaN */
} info_i_cell;

/* exp(-d) - 1 + d */
double info_i_psi(double d);
/* t - log(1 + t), t >= -1 */
double info_i_phi(double t);

/* p log(p / q) - p + q; +inf if q = 0 < p */
double info_i_cell_kl(const info_i_cell *c);
/* q log(q / p) - q + p */
double info_i_cell_kl_reverse(const info_i_cell *c);
/* b (p log(p / m) - p + m) + (1 - b) (q log(q / m) - q + m), m = b p + (1 - b) q */
double info_i_cell_js(const info_i_cell *c, double b);
/* log(q / m), q > 0 */
double info_i_cell_log_to_mixture(const info_i_cell *c, double b);
/* q - p */
double info_i_cell_difference(const info_i_cell *c);

#endif
