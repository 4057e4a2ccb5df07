/* SPDX-License-Identifier: MIT
 * Checks and shapes that batches share. */
#ifndef INFO_I_EVALUATION_BATCH_H
#define INFO_I_EVALUATION_BATCH_H

#include "evaluation/state.h"

/* An array of a batch: numbers that are in [least, greatest] or NaN; NULL is fine. */
info_status info_i_check_numbers(info_i_error *error, const char *name, const double *x, int64_t count, double least,
                                 double greatest);
/* 1, 0 or -1. */
info_status info_i_check_flags(info_i_error *error, const char *name, const int32_t *x, int64_t count);

/* Labels of documents, positions: any numbers, if they are given. */
info_status info_i_check_labels(info_i_error *error, const char *name, const int64_t *x);

info_status info_i_check_batch_count(info_i_error *error, int64_t count);

/* rows x columns doubles in scratch memory, NaN; or NULL. */
double *info_i_batch_rows(info_ctx *ctx, int64_t count, int64_t columns);

/* Rows that have a NaN in a column given become NaN in all. */
void info_i_batch_skip(double *rows, int64_t count, int64_t columns, uint32_t given);

static inline uint32_t info_i_given(int column, const void *array)
{
    return array ? (uint32_t)1 << column : 0;
}

#endif
