/* SPDX-License-Identifier: MIT
 * Estimators of entropy, by name, from profiles. */
#ifndef INFO_I_SAMPLE_ESTIMATORS_H
#define INFO_I_SAMPLE_ESTIMATORS_H

#include "numeric/sum.h"
#include "sample/profile.h"

/* What an estimator may ask besides the profile. */
typedef struct info_i_estimation {
    info_estimator estimator;
    info_prior prior;
    double pseudo_count; /* with INFO_PRIOR_AMOUNT */
    double alphabet;     /* K, at least the symbols that occurred */
} info_i_estimation;

/* The estimate in nats; in double-double where it is a difference of large terms (plug-in and Miller-Madow: relative error
 * about 1e-29 of log N). */
info_i_dd info_i_estimate(const info_i_profile *profile, const info_i_estimation *how);

/* Plug-in entropy. */
info_i_dd info_i_plug_in(const info_i_profile *profile);

/* 1 - singletons / samples. */
double info_i_coverage(const info_i_profile *profile);

/* Mean and variance of the entropy under the Dirichlet prior with pseudo-count a. */
void info_i_posterior(const info_i_profile *profile, double alphabet, double a, double *mean, double *variance);

/* The same under the mixture of Nemenman, Shafee and Bialek. */
void info_i_nsb(const info_i_profile *profile, double alphabet, double *mean, double *variance);

/* Pseudo-count of a prior. */
double info_i_pseudo_count(const info_i_profile *profile, const info_i_estimation *how);

#endif
