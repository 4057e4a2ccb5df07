/* SPDX-License-Identifier: MIT
 *
 * Estimates of measures that are sums and differences of entropies: H(A|B) = H(A,B) - H(B),
 * I(A;B|C) = H(A,C) + H(B,C) - H(A,B,C) - H(C).
 */
#ifndef INFO_I_SAMPLE_ESTIMATE_H
#define INFO_I_SAMPLE_ESTIMATE_H

#include "sample/counts.h"
#include "sample/estimators.h"

typedef struct info_i_term {
    uint64_t symbols;
    double sign;
    info_i_profile profile;
    double alphabet; /* K */
} info_i_term;

typedef struct info_i_measure {
    info_estimator_options options;
    int32_t count;
    info_i_term term[4]; /* the first is of all symbols */
    bool information;    /* mutual information, not an entropy */
    bool stated;         /* all alphabets are */
    uint64_t a, b, given;
} info_i_measure;

/* Checks options (`alphabet` only where allowed) and fills in defaults. */
info_status info_i_estimate_options(info_i_error *error, const info_estimator_options *given, bool alphabet_allowed,
                                    info_estimator_options *out);

/* The terms of H(a | given) (b = 0) or I(a; b | given), sets checked against width. */
info_status info_i_measure_open(info_i_error *error, uint64_t a, uint64_t b, uint64_t given, bool information,
                                int32_t width, const info_estimator_options *options, info_i_measure *out);

/* K of every term, from the layout and the number of different symbols of each series (NULL: all alphabets are stated). */
void info_i_measure_alphabets(info_i_measure *measure, const info_i_packing *layout, const int64_t *distinct);

/* The value in nats from the terms' profiles. */
double info_i_measure_value(const info_i_measure *measure);

/* Fills in all of *out but what the uncertainty adds, from the terms' profiles. */
void info_i_measure_report(const info_i_measure *measure, info_sample_estimate *out);

/* Standard error and interval, from the table of all symbols (layout as the profiles were counted by). */
info_status info_i_measure_uncertainty(info_ctx *ctx, info_i_measure *measure, const info_i_packing *layout,
                                       const info_i_table *table, info_sample_estimate *out);

#endif
