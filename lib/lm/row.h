/* SPDX-License-Identifier: MIT
 * What one pass over a row of logits finds out. */
#ifndef INFO_I_LM_ROW_H
#define INFO_I_LM_ROW_H

#include "lm/logits.h"

/* How much to find out. Each detail includes those before it. */
typedef enum info_i_detail {
    INFO_I_DETAIL_SUM,    /* maximum, argmax, log_sum */
    INFO_I_DETAIL_MEAN,   /* mean: the entropy */
    INFO_I_DETAIL_SPREAD, /* variance */
    INFO_I_DETAIL_ALL     /* collision, greater */
} info_i_detail;

typedef struct info_i_row {
    bool valid;
    double top;       /* max z, z = y T: the largest logit before the temperature */
    double maximum;   /* max y */
    int64_t argmax;   /* first column that has it */
    double log_sum;   /* log sum exp(y - maximum) >= 0 */
    double mean;      /* sum p (y - maximum) <= 0 */
    double variance;  /* sum p (y - maximum - mean)^2 */
    double collision; /* sum p^2 */
    int64_t greater;  /* columns with z > threshold */
} info_i_row;

info_i_row info_i_row_measure(const info_i_lm *lm, const info_matrix *logits, int64_t row, info_i_detail detail,
                              double threshold);

/* log p of a logit z: (z - top) / T - log_sum. */
double info_i_row_log_probability(const info_i_lm *lm, const info_i_row *row, double z);

/* exp((z - top) / T) / total, by kernels where they can. */
void info_i_row_shares(const info_i_lm *lm, const double *z, int64_t count, double top, double total, double *shares);

/* The two ways to do it: anything in f64, and x / T of f32, f16 and bf16 by the vector kernels. */
info_i_row info_i_row_measure_f64(const info_i_lm *lm, const info_matrix *logits, int64_t row, info_i_detail detail,
                                  double threshold);
info_i_row info_i_row_measure_f32(const info_i_lm *lm, const info_matrix *logits, int64_t row, info_i_detail detail,
                                  double threshold);

#endif
