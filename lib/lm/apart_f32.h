/* SPDX-License-Identifier: MIT
 * Two rows of f32, f16 or bf16 logits whose sums are known, cell by cell. */
#ifndef INFO_I_LM_APART_F32_H
#define INFO_I_LM_APART_F32_H

#include "kernels/gradient_f32.h"
#include "lm/pair.h"

/* Elements as the kernels want them: where they are, or as floats in buffer. */
const void *info_i_row_elements(const info_matrix *m, int64_t row, int64_t begin, int64_t count, float *buffer,
                                info_dtype *dtype);

/* reference and slope with 2^(x factor - reference) slope = exp(x / T - lse) wanted, though the reference is but a float. */
float info_i_power_reference(double lse, double per_nat, double wanted, float *slope);

/* apart and apart_rest: log p - log q less (z - x) / T. */
void info_i_set_apart(info_i_gradient_terms *k, const info_i_row *p, const info_i_row *q);

/* sum |p - q| and sum min(p, q); false if the rows are beyond f32. */
bool info_i_pair_apart_f32(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row,
                           const info_i_pair *pair, double *apart, double *common);

#endif
