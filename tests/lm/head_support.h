/* SPDX-License-Identifier: MIT
 * Heads with their logits: states and weights are multiples of 1/4 and 1/16, so that every product and sum of them is
 * exact in f32, f16 and bf16 too and the logits are the same numbers. */
#ifndef TESTS_LM_HEAD_SUPPORT_H
#define TESTS_LM_HEAD_SUPPORT_H

#include <stdbool.h>

#include "core/core.h"
#include "lm_support.h"

#define MAX_TOKENS 2300

typedef struct problem {
    int64_t rows, depth, tokens;
    double *hidden, *weight, *bias, *logits;
    int64_t *targets;
} problem;

static inline problem make(int64_t rows, int64_t depth, int64_t tokens, uint64_t seed)
{
    problem p = {rows,
                 depth,
                 tokens,
                 malloc((size_t)(rows * depth) * 8),
                 malloc((size_t)(tokens * depth) * 8),
                 malloc((size_t)tokens * 8),
                 malloc((size_t)(rows * tokens) * 8),
                 malloc((size_t)rows * 8)};
    for (int64_t i = 0; i < rows * depth; i++)
        p.hidden[i] = floor(17 * uniform(&seed) - 8) / 4;
    for (int64_t i = 0; i < tokens * depth; i++)
        p.weight[i] = floor(9 * uniform(&seed) - 4) / 16;
    for (int64_t j = 0; j < tokens; j++)
        p.bias[j] = floor(9 * uniform(&seed) - 4) / 4;
    for (int64_t i = 0; i < rows; i++)
        p.targets[i] = (int64_t)((double)tokens * uniform(&seed));
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < tokens; j++) {
            double sum = 0;
            for (int64_t k = 0; k < depth; k++)
                sum += p.hidden[i * depth + k] * p.weight[j * depth + k];
            p.logits[i * tokens + j] = sum;
        }
    return p;
}

static inline void release(problem *p)
{
    free(p->hidden);
    free(p->weight);
    free(p->bias);
    free(p->logits);
    free(p->targets);
}

/* rows x cols doubles in another type, row-major or transposed. */
typedef struct copy {
    void *memory;
    info_matrix view;
} copy;

static inline copy copy_of(const double *values, int64_t rows, int64_t cols, info_dtype dtype, bool transposed)
{
    copy c = {malloc((size_t)(rows * cols) * 8), {0}};
    const info_matrix_out out = {c.memory, rows, cols, transposed ? 1 : cols, transposed ? rows : 1, dtype, 0};
    for (int64_t i = 0; i < rows; i++)
        info_i_put_row_f64(&out, i, 0, cols, values + i * cols);
    c.view = (info_matrix){c.memory, rows, cols, out.row_stride, out.col_stride, dtype, 0};
    return c;
}

#define FIELDS 7

/* All but the rank, one array after the other. */
static inline info_logit_measures into(double *out, int64_t *argmax, int64_t rows)
{
    return (info_logit_measures){.struct_size = sizeof(info_logit_measures),
                                 .length = rows,
                                 .log_sum_exp = out,
                                 .maximum = out + rows,
                                 .log_probability = out + 2 * rows,
                                 .entropy = out + 3 * rows,
                                 .varentropy = out + 4 * rows,
                                 .collision = out + 5 * rows,
                                 .top_probability = out + 6 * rows,
                                 .argmax = argmax};
}

static inline void assert_measures(const double *got, const double *wanted, const int64_t *argmax,
                                   const int64_t *wanted_argmax, int64_t rows, double bound)
{
    for (int64_t i = 0; i < rows; i++) {
        const double entropy = wanted[3 * rows + i], spread = wanted[4 * rows + i];
        const double scale[FIELDS] = {1 + entropy,
                                      fabs(wanted[rows + i]),
                                      1 + entropy,
                                      1 + entropy + spread + entropy * entropy,
                                      1 + (spread + entropy * entropy) * (1 + entropy),
                                      1 + entropy,
                                      1 + entropy};
        for (int f = 0; f < FIELDS; f++)
            assert_within(got[f * rows + i], wanted[f * rows + i], bound * scale[f]);
        ck_assert_int_eq(argmax[i], wanted_argmax[i]);
    }
}

/* In f32, softcap included, logits of up to 30 are good to 3e-6, which enters every measure as it does d. */
#define F32_BOUND 5e-7
#define SOFTCAP_BOUND 8e-6
#define F64_BOUND 1e-13

#define PAIR_FIELDS 6

static inline info_logit_comparison compared_into(double *out, int32_t *same, int64_t rows, bool mixture)
{
    return (info_logit_comparison){.struct_size = sizeof(info_logit_comparison),
                                   .length = rows,
                                   .kl = out,
                                   .kl_reverse = out + rows,
                                   .generalized_js = mixture ? out + 2 * rows : NULL,
                                   .tv = mixture ? out + 3 * rows : NULL,
                                   .log_probability_q = out + 4 * rows,
                                   .delta_p = out + 5 * rows,
                                   .same_top = same};
}

#endif
