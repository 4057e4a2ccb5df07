/* SPDX-License-Identifier: MIT
 *
 * logits.h: rows of f32, f16 and bf16 logits or log-probabilities by the vector kernels of lib/lm, which read a row
 * once in sixteen float lanes. Their errors are those of docs/NUMERICS.md, "Language models". A function that returns false
 * leaves the rows to f64: those that the kernels are not for, and those with something wrong, which f64 tells.
 */
#ifndef INFO_I_DISTRIBUTION_LOGITS_H
#define INFO_I_DISTRIBUTION_LOGITS_H

#include "core/core.h"

/* Rows that the kernels are for. */
typedef struct info_i_vectors {
    const info_i_kernels *kernels; /* NULL: none are; compute in f64 */
    bool as_given;                 /* log-probabilities, used as they are if their mass is 1 within the tolerance */
    double tolerance;
} info_i_vectors;

/* Shannon's entropy of a row, in nats. */
bool info_i_logits_entropy(const info_i_vectors *of, const info_matrix *x, int64_t row, double *nats);

/* KL of a row from the uniform distribution, in nats. */
bool info_i_logits_redundancy(const info_i_vectors *of, const info_matrix *x, int64_t row, double *nats);

typedef enum info_i_logits_measure {
    INFO_I_LOGITS_NONE, /* what the kernels do not have */
    INFO_I_LOGITS_CROSS_ENTROPY,
    INFO_I_LOGITS_KL,
    INFO_I_LOGITS_JEFFREYS,
    INFO_I_LOGITS_JS,
    INFO_I_LOGITS_GENERALIZED_JS, /* with weight beta of p */
    INFO_I_LOGITS_VARIATION
} info_i_logits_measure;

/* A divergence of two rows, in nats. */
bool info_i_logits_divergence(const info_i_vectors *of_p, const info_i_vectors *of_q, info_i_logits_measure measure,
                              double beta, const info_matrix *p, int64_t p_row, const info_matrix *q, int64_t q_row,
                              double *nats);

#endif
