/* SPDX-License-Identifier: MIT
 *
 * loss_formulas.h: the gradients of the losses of info/lm.h in ball arithmetic.
 */
#ifndef TESTS_ORACLE_LOSS_FORMULAS_H
#define TESTS_ORACLE_LOSS_FORMULAS_H

#include <arb.h>
#include <stdbool.h>

#include "info/info.h"

#define BITS 200

enum { ROWS = 2, LONGEST = 333 };

enum loss_kind { CROSS_ENTROPY, ENTROPY, DIVERGENCE };

typedef struct loss {
    const char *name;
    enum loss_kind kind;
    bool classes, rows; /* weights */
    info_loss_options options;
} loss;

/* Rounded to the type they are given in. */
typedef struct problem {
    const loss *loss;
    info_dtype type;
    int64_t n;
    int64_t targets[ROWS];
    double x[ROWS * LONGEST], z[ROWS * LONGEST];             /* student and teacher */
    double x_given[ROWS * LONGEST], z_given[ROWS * LONGEST]; /* in the type */
} problem;

/* y = c tanh(x / c) / T, log p = y - log sum exp y, p; of x = -inf only p, 0. */
typedef struct softmax {
    arb_ptr y, log_p, p;
    arb_t lse, entropy;
} softmax;

/* What column i of the target's cross-entropy counts: multiples of 1/4. */
static inline double class_weight(const problem *f, int64_t i)
{
    return f->loss->classes ? 0.25 * (double)(1 + i % 6) : 1;
}

static inline double middle(const arb_t x)
{
    return arf_get_d(arb_midref(x), ARF_RND_NEAR);
}

void softmax_init(softmax *s, const problem *f, const double *x);
void softmax_clear(softmax *s, int64_t n);

/* dL / dy of a row with student q and teacher p (of a divergence). */
void loss_slopes(const problem *f, int row, const softmax *p, const softmax *q, arb_ptr out);

#endif
