/* SPDX-License-Identifier: MIT
 *
 * joint_f64.h: sums over a stretch of a row of a joint table. A mass is a double, or
 * high + low (low may be NULL: all zero); sums of rows and columns are high + low.
 * All numbers are finite and >= 0 unless said otherwise.
 */
#ifndef INFO_I_JOINT_F64_H
#define INFO_I_JOINT_F64_H

#include <stdbool.h>

#include "info/base.h"
#include "numeric/sum.h"

/* A stretch of a row: count masses. Of a table of few, sums keep the error of one term: divergences are then taken
 * one at a time, with more digits. */
typedef struct info_i_masses {
    const double *high, *low;
    int64_t count;
    bool few;
} info_i_masses;

/* A sum of terms, which is near + far + octaves log 2: eight double-doubles each, lane by lane. It starts as all zero,
 * is passed from stretch to stretch, and its bits depend on nothing but the masses and their order. */
typedef struct info_i_terms {
    double near_high[8], near_low[8], far_high[8], far_low[8], octaves_high[8], octaves_low[8];
} info_i_terms;

info_i_dd info_i_terms_value(const info_i_terms *terms);

typedef struct info_i_joint_kernels {
    /* Adds the masses to the sums of their columns (not if NULL), and to the sum of the row. They may be anything here:
     * true if one may be no mass, because a sign bit is set or the row's sum is not finite. */
    bool (*add)(const info_i_masses *m, double *col_high, double *col_low, info_i_dd *row);
    /* mass log(mass/q) - mass + q, q = share * col: the divergence from the product of the marginals, whose row's share
     * of the whole is > 0. */
    void (*divergence)(const info_i_masses *m, info_i_dd share, const double *col_high, const double *col_low,
                       info_i_terms *sum);
    /* mass log(whole/mass), where the whole is the row's sum, */
    void (*surprise_in_row)(const info_i_masses *m, info_i_dd whole, info_i_terms *sum);
    /* or the column's. */
    void (*surprise_in_col)(const info_i_masses *m, const double *col_high, const double *col_low, info_i_terms *sum);
} info_i_joint_kernels;

#endif
