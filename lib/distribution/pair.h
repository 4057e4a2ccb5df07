/* SPDX-License-Identifier: MIT
 *
 * pair.h: what all functions of two matrices of distributions share: which rows
 * meet, how they are opened and checked, where results go. A divergence says how
 * a pair of blocks adds to its sum, and what the sum means.
 */
#ifndef INFO_I_PAIR_H
#define INFO_I_PAIR_H

#include "distribution/measure.h"

typedef struct info_i_divergence info_i_divergence;
typedef struct info_i_compared info_i_compared;

/* Two rows that meet. */
typedef struct info_i_pair {
    info_i_row p, q;
    const info_i_divergence *divergence;
    const info_i_kernels *kernels;
    info_i_dd ratio;  /* of the totals of p and q */
    info_i_dd offset; /* of logits: log(p/q) = x - y - offset */
    double kl;        /* of p from q in nats, if finding the offset has told it; else NaN */
} info_i_pair;

/* The kernel of kernels/log_pairs_f64.h that sums a divergence of two rows of logarithms. */
typedef enum info_i_log_sum {
    INFO_I_LOG_NONE, /* there is none */
    INFO_I_LOG_KL,
    INFO_I_LOG_JEFFREYS,
    INFO_I_LOG_JS,
    INFO_I_LOG_DISTANCE,
    INFO_I_LOG_POWER /* scale G of the order 1 - complement */
} info_i_log_sum;

struct info_i_divergence {
    /* Adds up blocks of two rows (an info_i_pair): of probabilities, and of rows of
     * which one at least holds logarithms. */
    info_i_part_fn probabilities, logarithms;
    info_i_log_sum log_sum; /* of two rows of logarithms: logarithms() is for what that kernel leaves */
    bool exchanged;         /* the sum is of q and p */
    bool checks;            /* probabilities() also checks rows that are used as given: sum[1], sum[2], flags */
    bool is_information;    /* the value has a unit */
    double parameter;
    double complement; /* of an order a: 1 - a, where it is known better than a */
    double scale;      /* what the sum is multiplied by */
    /* What the caller gave, and where it must lie; NULL: nothing to check. */
    const char *given_name;
    double given, low, high;
    info_i_ends ends;
    const char *array_name; /* an array of one double per column */
    const double *array;
    info_status (*check)(info_i_error *error, const info_i_divergence *divergence, const info_matrix *p);
    /* What rows of f32, f16 and bf16 logarithms have instead, by vector kernels, and whether the value is its root. */
    info_i_logits_measure of_logits;
    bool is_root;
    bool apart; /* the sum does not compare p with q element by element */
    /* The value in nats from the sum, which may be +inf; NULL: the sum itself. */
    double (*value)(const info_i_pair *pair, info_i_dd sum);
    /* Of a value that is the root of half a sum: the root of one term, for sums that are too small for a double. */
    double (*root_of_term)(const info_i_compared *cells, int64_t i);
    /* Instead of all that: the value of two open rows, by whatever means. */
    info_status (*solve)(const info_i_work *work, const info_i_pair *pair, int64_t item, double *value);
    void *user;
    bool on_calling_thread; /* solve() calls back into the host */
};

info_status info_i_divergence_call(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                   const info_divergence_options *options, double *out, int64_t out_len,
                                   const info_i_divergence *divergence);

/* Reads the options, opens both inputs, and counts the results. */
info_status info_i_pair_open(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                             const info_divergence_options *given, info_divergence_options *options, info_i_input *p_in,
                             info_i_input *q_in, int64_t *items);

/* Parts of KL: of a pair of rows without logarithms, and with. */
info_i_part info_i_kl_part(const void *pair, int64_t col, int64_t count, double *buffers);
info_i_part info_i_kl_log_part(const void *pair, int64_t col, int64_t count, double *buffers);

/* sum p log(p/q) - p + q of a block, of which p - q may be known better than p and q tell; NULL: it is not. */
info_i_part info_i_kl_block(const info_i_kernels *kernels, const double *p, const double *q, const double *difference,
                            int64_t count);

/* KL of two open rows, in nats. */
info_status info_i_kl_of_rows(const info_i_work *work, const info_i_row *p, const info_i_row *q, double *nats);

/* The sum over an open pair. */
info_status info_i_pair_sum(const info_i_work *work, const info_i_pair *pair, info_i_part *out);

#endif
