/* SPDX-License-Identifier: MIT
 * All measures of one row of logits. */
#ifndef TESTS_LM_MEASURE_SUPPORT_H
#define TESTS_LM_MEASURE_SUPPORT_H

#include "lm_support.h"

typedef struct outputs {
    double lse, max, logp, entropy, varentropy, collision, top;
    int64_t argmax, rank;
} outputs;

static inline info_status measure(info_ctx *ctx, const info_matrix *x, int64_t target, const info_lm_options *options,
                                  outputs *o)
{
    const info_logit_measures m = {.struct_size = sizeof m,
                                   .length = 1,
                                   .log_sum_exp = &o->lse,
                                   .maximum = &o->max,
                                   .argmax = &o->argmax,
                                   .log_probability = &o->logp,
                                   .rank = &o->rank,
                                   .entropy = &o->entropy,
                                   .varentropy = &o->varentropy,
                                   .collision = &o->collision,
                                   .top_probability = &o->top};
    return info_logits_measure(ctx, x, &target, 1, options, &m);
}

#endif
