/* SPDX-License-Identifier: MIT
 * Means and errors from exact sums: what cancels is subtracted without rounding. */
#ifndef INFO_I_EVALUATION_MOMENTS_H
#define INFO_I_EVALUATION_MOMENTS_H

#include "evaluation/state.h"
#include "numeric/wide.h"

/* sum / n; 0 for n = 0. */
double info_i_exact_mean(const info_i_exact_sum *sum, int64_t n);

/* Standard error of a mean of n numbers with these sums: sqrt((n squares - sum^2) / (n^2 (n - 1))); 0 for n < 2,
 * infinite where the mean is. */
double info_i_exact_error(const info_i_exact_sum *sum, const info_i_exact_sum *squares, int64_t n);

/* n xy - x y, n^2 times a covariance. */
void info_i_exact_covariance(info_i_wide *out, const info_i_exact_sum *xy, const info_i_exact_sum *x,
                             const info_i_exact_sum *y, int64_t n);

/* Error of the ratio x / u of sums over C documents, of which xx, xu and uu are the sums of products:
 * sqrt(C / (C - 1) (u^2 xx - 2 x u xu + x^2 uu)) / u^2. 0 for C < 2 or u not above 0. */
double info_i_exact_ratio_error(const info_i_exact_sum *x, const info_i_exact_sum *u, const info_i_exact_sum *xx,
                                const info_i_exact_sum *xu, const info_i_exact_sum *uu, int64_t documents);

/* Sums over all documents, the open ones taken as complete. Without documents: those of the rows. */
typedef struct info_i_all_documents {
    bool given;
    info_i_document_column *column; /* NULL if none were given */
    const info_i_exact_sum *extra;
    int64_t documents;
} info_i_all_documents;

/* In scratch memory; false without. */
bool info_i_documents_all(info_ctx *ctx, const info_evaluation *state, info_i_all_documents *out);

/* A column in every reading. */
info_evaluation_mean info_i_column_mean(const info_evaluation *state, const info_i_all_documents *all, int64_t column);

/* The levels of the reports; zeros for a column without percentiles or without numbers. false without memory. */
bool info_i_report_percentiles(info_ctx *ctx, const info_evaluation *state, int64_t column, double *out);

/* Room for the exact values of any column; NULL after recording why. */
double *info_i_quantile_work(info_ctx *ctx, const info_evaluation *state);

#endif
