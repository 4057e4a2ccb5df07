/* SPDX-License-Identifier: MIT
 * logs_f64.h: kernels over logarithms, and over what is made of them, in f64. */
#ifndef INFO_I_LOGS_F64_H
#define INFO_I_LOGS_F64_H

#include "kernels/rows_f64.h"

typedef struct info_i_logs_kernels {
    /* -sum p l over p > 0; not finite where an l is not. l: logarithms */
    void (*products)(const double *p, const double *l, int64_t count, info_i_part *out);
    /* sum p log(p/q) - p + q from d = log(p/q), which may be infinite; not finite where d is +inf */
    void (*kl_of_ratios)(const double *p, const double *q, const double *d, int64_t count, info_i_part *out);
    /* p - q from d = log(p/q), however near they are. out may be d */
    void (*differences)(const double *p, const double *q, const double *d, int64_t count, double *out);
    /* y = exp(scale (x - shift)), see exponentials.h */
    void (*exponentials)(int64_t count, double scale, double shift, const double *x, double *y);
    /* x - y - (offset + offset_low), in which x - y does not round; 0 where x = y = -inf. out may be x or y */
    void (*log_differences)(const double *x, const double *y, double offset, double offset_low, int64_t count,
                            double *out);
    /* x = cap tanh(x / cap), within 4 ulp; infinities stay */
    void (*softcap)(int64_t count, double cap, double *x);
    /* softcap of x and of y, and what it leaves of differences d = x - y, which may be known better than x and y tell; where one
     * of these is infinite d stays. Tested to 2e-13 relative */
    void (*softcap_pairs)(int64_t count, double cap, double *x, double *y, double *d);
    /* The largest of x, -inf if there is none. False if one is NaN or +inf */
    bool (*largest)(const double *x, int64_t count, double *largest);
    /* y = exp(scale (x - shift)) / total, see exponentials.h. False, and nothing is done, if one of the exponentials would be
     * subnormal, which exponentials makes 0. y may be x */
    bool (*shares)(const double *x, int64_t count, double scale, double shift, double total, double *y);
    /* sum e (e^b - 1) of e = exp(x - reference), with order = 1 + b > 0. INFO_I_PART_ROUGH: an exponential would be subnormal */
    void (*moment)(const double *x, int64_t count, double reference, double order, double b, info_i_part *out);
} info_i_logs_kernels;

#endif
