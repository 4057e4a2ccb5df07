/* SPDX-License-Identifier: MIT
 * Rows of f32, f16 or bf16 logits as the vector kernels want them. */
#ifndef INFO_I_LM_TERMS_F32_H
#define INFO_I_LM_TERMS_F32_H

#include "kernels/terms_f32.h"
#include "lm/row.h"

#define INFO_I_LOG2_E 1.44269504088896340736

/* Elements that are looked at together. */
#define INFO_I_F32_BLOCK 4096

/* The blocks of a row, or of two: where they are, or as floats in buffer (one or two blocks long). */
typedef struct info_i_f32_blocks {
    const info_matrix *student, *teacher; /* or NULL */
    int64_t row, length;
    float *buffer;
    const void *x, *z;
    info_dtype x_dtype, z_dtype;
    int64_t begin, count; /* of the block at hand; 0 before the first */
} info_i_f32_blocks;

/* Goes on to the next block; false after the last. */
bool info_i_next_block(info_i_f32_blocks *b);

/* Terms of a temperature; how many units of log2 there are to a nat, given that factor is but a float. */
double info_i_temperature_terms(const info_i_lm *lm, info_i_row_terms *k);

/* reference and slope with 2^(x factor - reference) slope = exp(x / T - lse) wanted, though the reference is but a float. */
float info_i_power_reference(double lse, double per_nat, double wanted, float *slope);

/* Terms of a pair whose sums are known, without a gradient. False if they are beyond f32. */
bool info_i_pair_row_terms(const info_i_lm *lm, const info_i_row *p, const info_i_row *q, info_i_row_terms *k);

/* Whether f32 has room for them. */
bool info_i_row_terms_fit(const info_i_row_terms *k);

/* apart and apart_rest: log p - log q less (z - x) / T. */
void info_i_set_apart(info_i_row_terms *k, const info_i_row *p, const info_i_row *q);

#endif
