/* SPDX-License-Identifier: MIT
 * What is known of two rows of logits before they are read again: of a student's x and a teacher's z. */
#ifndef INFO_I_TERMS_F32_H
#define INFO_I_TERMS_F32_H

#include <stdbool.h>

/* A mixture m = b p + (1 - b) q, 0 < b < 1. With w = log(p / q), where |w| < 1:
 * log(m / q) = w (log[0] + log[1] w + ...), and b p log(p / m) + (1 - b) q log(q / m) - b p - (1 - b) q + m
 * = p w^2 (term[0] + term[1] w + ...). */
#define INFO_I_MIXTURE_TERMS 10
typedef struct info_i_mixture {
    float b, rest; /* 1 - b */
    float turn;    /* -log b: b p is the larger part where w is above it */
    float log[INFO_I_MIXTURE_TERMS], term[INFO_I_MIXTURE_TERMS];
} info_i_mixture;

/* q = 2^(x factor - reference) slope, p = 2^(z factor - teacher_reference) teacher_slope,
 * log q = nats (x factor - reference), log p - log q = ((z - x) - (base + base_low)) scale, scale between 1e-8 and 1e8. */
typedef struct info_i_row_terms {
    float factor, scale, nats;
    float reference, slope, offset, center, above, below;
    float teacher_reference, teacher_slope, base, base_low;
    const info_i_mixture *mixture;
} info_i_row_terms;

#endif
