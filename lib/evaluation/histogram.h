/* SPDX-License-Identifier: MIT
 * Numbers counted in buckets whose width grows with them, or kept one by one, for percentiles.
 *
 * A bucket is all doubles that share sign, exponent and the first nine bits after the point: 512
 * an octave, of relative width at most 2^-9, so that its middle is off by at most 2^-10. A page
 * holds an octave and is there once a number falls into it. Counts add; nothing is rounded. */
#ifndef INFO_I_HISTOGRAM_H
#define INFO_I_HISTOGRAM_H

#include "core/wire.h"

struct info_evaluation;

#define INFO_I_PAGES 4096 /* signs and exponents */
#define INFO_I_SLOTS 512

typedef struct info_i_histogram {
    int64_t count; /* numbers in it */
    double least, greatest;
    int64_t *page[INFO_I_PAGES]; /* counts of INFO_I_SLOTS buckets; NULL: none */
    double *values;              /* of INFO_PERCENTILES_EXACT, in any order */
    int64_t capacity;            /* of values */
} info_i_histogram;

/* Makes sure that count numbers can be added, or all of another histogram: false without memory. Changes nothing that
 * is reported. */
bool info_i_histogram_reserve(struct info_evaluation *state, info_i_histogram *h, const double *x, int64_t count,
                              int64_t stride);
bool info_i_histogram_reserve_merge(struct info_evaluation *state, info_i_histogram *h, const info_i_histogram *other);

/* Adds what there is room for. NaN is not a number. */
void info_i_histogram_add(info_i_histogram *h, bool exact, double x);
void info_i_histogram_merge(info_i_histogram *h, const info_i_histogram *other);

/* The values at fractions f (count - 1), by linear interpolation; 0 if there are none. With values kept, work has room
 * for all of them. */
void info_i_histogram_quantiles(const info_i_histogram *h, bool exact, const double *fractions, int64_t count,
                                double *work, double *out);

/* Sorted values or counts; work as above. Reading fills an empty one, false without memory (r->failed says if the
 * bytes are wrong). */
void info_i_histogram_write(info_i_writer *w, const info_i_histogram *h, bool exact, double *work);
bool info_i_histogram_read(info_i_reader *r, struct info_evaluation *state, info_i_histogram *h, bool exact);

void info_i_histogram_free(struct info_evaluation *state, info_i_histogram *h);

#endif
