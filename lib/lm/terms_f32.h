/* SPDX-License-Identifier: MIT
 * What vector kernels are told of rows whose sums are known. */
#ifndef INFO_I_LM_TERMS_F32_H
#define INFO_I_LM_TERMS_F32_H

#include "kernels/terms_f32.h"
#include "lm/pair.h"

#define INFO_I_LOG2_E 1.44269504088896340736

/* Terms of a temperature; how many units of log2 there are to a nat, given that factor is but a float. */
double info_i_temperature_terms(const info_i_lm *lm, info_i_row_terms *k);

/* reference and slope with 2^(x factor - reference) slope = exp(x / T - lse) wanted, though the reference is but a float. */
float info_i_power_reference(double lse, double per_nat, double wanted, float *slope);

/* Terms of a pair whose sums are known, without a gradient. False if they are beyond f32. */
bool info_i_pair_row_terms(const info_i_lm *lm, const info_i_pair *pair, info_i_row_terms *k);

/* Whether f32 has room for them. */
bool info_i_row_terms_fit(const info_i_row_terms *k);

/* base and base_low of a ratio. */
void info_i_set_ratio(info_i_row_terms *k, const info_i_lm *lm, const info_i_log_ratio *ratio);

#endif
