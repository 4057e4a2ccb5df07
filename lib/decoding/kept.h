/* SPDX-License-Identifier: MIT
 * The tokens of a row that a chain of rules keeps. */
#ifndef INFO_I_KEPT_H
#define INFO_I_KEPT_H

#include "info/decoding.h"
#include "lm/row.h"
#include "numeric/sort.h"

/* A token that may stay: value is y, or the order in which a rule takes it. */
typedef info_i_ranked info_i_token;

/* What rules ask about a distribution over the tokens of a row. */
typedef struct info_i_kept_statistics {
    double maximum;     /* of y */
    double log_sum_exp; /* of y */
    double entropy;     /* nats */
    double collision;   /* sum p^2 */
    double deviation;   /* of the finite y, about their mean, divided by their number */
    double margin;      /* by which a log-probability may be off; 0: computed in f64 */
} info_i_kept_statistics;

/* Whether a list of tokens was enough to apply a rule. */
typedef enum info_i_kept_outcome {
    INFO_I_KEPT_DECIDED,
    INFO_I_KEPT_TOO_FEW, /* tokens that are not in the list would stay too */
    INFO_I_KEPT_UNSURE   /* a token lies so near a limit that the statistics must be more exact */
} info_i_kept_outcome;

/* Applies a rule to tokens (value y) of a distribution with these statistics, of which they are those with y >= floor, or
 * all that the rule can keep where floor is -inf. Leaves those that stay at the front, their number in *count. On any
 * outcome but INFO_I_KEPT_DECIDED the tokens are spoiled. */
info_i_kept_outcome info_i_kept_apply(const info_kept_rule *rule, const info_i_kept_statistics *s, double floor,
                                      info_i_token *tokens, int64_t *count);

/* Which of the statistics a rule asks for. */
typedef struct info_i_kept_needs {
    bool log_sum_exp, entropy, collision, deviation;
} info_i_kept_needs;
info_i_kept_needs info_i_kept_needs_of(info_rule rule);

/* The y below which no token can stay, as far as statistics tell; -inf if they do not. */
double info_i_kept_floor(const info_kept_rule *rule, const info_i_kept_statistics *s);

/* Memory of one worker, for rows of cols tokens: carved out of bytes info_i_kept_bytes(cols). */
typedef struct info_i_kept_space {
    info_i_token *tokens; /* cols */
    void *row;            /* cols doubles: a copy of the row */
} info_i_kept_space;
size_t info_i_kept_bytes(int64_t cols);
info_i_kept_space info_i_kept_space_of(void *scratch, int64_t cols);

/* A row's kept set. */
typedef struct info_i_kept {
    bool valid;
    int64_t count;   /* space->tokens[0..count-1], value y, in ascending order of the ids */
    double maximum;  /* of the kept y */
    double log_sum;  /* log sum exp(y - maximum) over them */
    double mean;     /* sum q (y - maximum) <= 0 */
    double log_mass; /* log S <= 0; only with outside */
    double outside;  /* 1 - S; only with outside */
} info_i_kept;

/* The set of row `row` of logits. outside: the mass outside is wanted too. */
info_i_kept info_i_kept_row(const info_i_lm *lm, const info_matrix *logits, int64_t row, const info_kept_set *set,
                            bool outside, info_i_kept_space *space);

/* Records that a row has no valid value, or ids that are none: as info_i_lm_invalid_row(). */
info_status info_i_kept_invalid_row(const info_i_lm *lm, info_i_error *error, atomic_llong *count, const char *argument,
                                    const info_matrix *logits, int64_t row, const char *set_name,
                                    const info_kept_set *set);

/* Checks a set for rows of this shape and copies it, under the argument's name. */
info_status info_i_kept_check_set(info_i_error *error, const char *name, const info_kept_set *given,
                                  const info_matrix *logits, info_kept_set *own);

#endif
