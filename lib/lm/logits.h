/* SPDX-License-Identifier: MIT
 * Arguments of the functions on logits: options with their defaults, targets, and
 * rows as the measures see them. */
#ifndef INFO_I_LM_LOGITS_H
#define INFO_I_LM_LOGITS_H

#include "core/core.h"
#include "info/lm.h"

/* Options with every default resolved. */
typedef struct info_i_lm {
    info_lm_options given;
    bool invalid_is_error;
    bool ignores;    /* some target is skipped */
    int64_t ignored; /* which */
    double inverse_temperature;
    bool transformed;             /* bias, softcap or a divisor: z is not x */
    double divisor;               /* 0, or a temperature that each z is divided by, in place of the one above */
    const struct info_i_lm *of_q; /* of the second model, where its rows are transformed otherwise; else NULL */
    const info_i_kernels *kernels;
    const info_ctx *call; /* that may be canceled; NULL: it is not looked at */
} info_i_lm;

/* Reads and checks the options against rows of cols logits. */
info_status info_i_lm_options(info_ctx *ctx, const info_lm_options *given, int64_t rows, int64_t cols, info_i_lm *lm);

/* The same for functions of two models, whose second one may have a transform of its own: *q is then what *lm points to, so
 * that neither may be moved, and the temperatures of both are divisors. */
info_status info_i_lm_pair_options(info_ctx *ctx, const info_lm_options *given, int64_t rows, int64_t cols,
                                   info_i_lm *lm, info_i_lm *q);

/* Gives the second model of options that are read a transform of its own, if it is another one. */
void info_i_lm_take_transform(info_i_lm *lm, info_i_lm *q, double temperature, double softcap, const info_matrix *bias);

/* How the second model's rows are read. */
static inline const info_i_lm *info_i_lm_of_q(const info_i_lm *lm)
{
    return lm->of_q ? lm->of_q : lm;
}

/* The memory of options.bias (and of the second model's) and options.lengths, if any. */
info_i_span info_i_lm_bias_span(const info_i_lm *lm);
info_i_span info_i_lm_q_bias_span(const info_i_lm *lm);
info_i_span info_i_lm_lengths_span(const info_i_lm *lm);

/* 0, or a number that can be divided by. */
info_status info_i_lm_check_temperature(info_i_error *error, const char *name, double temperature);

/* A number of doubles in an array: at least one, and no more than can be addressed. */
info_status info_i_lm_check_count(info_i_error *error, const char *name, int64_t count);

/* Targets, or tokens that take their place, are arrays of options.target_type, read where they are. */
info_status info_i_lm_check_targets(const info_i_lm *lm, info_i_error *error, const void *targets, int64_t targets_len,
                                    int64_t rows);
info_i_span info_i_lm_targets_span(const info_i_lm *lm, const char *name, const void *targets, int64_t count);

static inline int64_t info_i_lm_token(const info_i_lm *lm, const void *targets, int64_t i)
{
    return info_i_integer_at(targets, lm->given.target_type, i);
}

static inline bool info_i_lm_is_ignored(const info_i_lm *lm, const void *targets, int64_t i)
{
    return lm->ignores && info_i_lm_token(lm, targets, i) == lm->ignored;
}

/* Whether a row is read on after its first block: not if the call is canceled. What was made of the row is then worthless,
 * and info_i_parallel() fails. */
static inline bool info_i_lm_reads_on(const info_i_lm *lm, int64_t begin, int64_t end)
{
    return begin < end && (begin == 0 || !lm->call || !info_i_canceled(lm->call));
}

/* Valid columns of a row. */
int64_t info_i_lm_length(const info_i_lm *lm, const info_matrix *logits, int64_t row);

/* Whether the vector kernels apply: f32, f16 or bf16, and y = x / T with an ordinary T. */
bool info_i_lm_in_f32(const info_i_lm *lm, const info_matrix *logits);

/* z = c tanh((x + bias) / c) of columns col .. col + count - 1, in f64: logits before the temperature, which is to be
 * divided by after differences are taken. Two models of different transforms have z = y: see divisor. */
void info_i_lm_load_logits(const info_i_lm *lm, const info_matrix *logits, int64_t row, int64_t col, int64_t count,
                           double *z);
double info_i_lm_logit(const info_i_lm *lm, const info_matrix *logits, int64_t row, int64_t col);

/* y = z / T */
void info_i_lm_load(const info_i_lm *lm, const info_matrix *logits, int64_t row, int64_t col, int64_t count, double *y);
double info_i_lm_get(const info_i_lm *lm, const info_matrix *logits, int64_t row, int64_t col);

/* z of two rows, and difference + low = z of p less z of q, where nothing cancels that p and q have in common. */
typedef struct info_i_lm_pairs {
    double *p, *q, *difference, *low;
} info_i_lm_pairs;
void info_i_lm_load_pairs(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row, int64_t col,
                          int64_t count, const info_i_lm_pairs *out);

/* The target of a row: a column, or one of these. */
#define INFO_I_TARGET_IGNORED (-1)
#define INFO_I_TARGET_INVALID (-2)
int64_t info_i_lm_target(const info_i_lm *lm, const void *targets, int64_t row, int64_t length);

/* Records that a row has no valid value: an error that names it, or one more in the count. */
info_status info_i_lm_invalid_row(const info_i_lm *lm, info_i_error *error, atomic_llong *count, const char *argument,
                                  const info_matrix *logits, int64_t row);
info_status info_i_lm_invalid_target(const info_i_lm *lm, info_i_error *error, atomic_llong *count, const void *targets,
                                     int64_t row, int64_t length);

/* Rows per chunk of a parallel loop, so that a chunk is worth handing out. */
int64_t info_i_lm_grain(int64_t cols);

/* INFO_OK or INFO_INVALID_ROWS, after telling the context the count. */
info_status info_i_lm_count_invalid(info_ctx *ctx, int64_t count);

#endif
