/* SPDX-License-Identifier: MIT
 * Sorting and selecting, in place and without memory: the qsort of the C library may call malloc. */
#ifndef INFO_I_SORT_H
#define INFO_I_SORT_H

#include <stdint.h>

/* Numbers with an index each, ordered: the greater number first, of equal ones the lower index. */
typedef struct info_i_ranked {
    double value; /* not NaN */
    int64_t index;
} info_i_ranked;

/* Brings the first of them to the front, in any order. */
void info_i_ranked_select(info_i_ranked *items, int64_t count, int64_t first);

/* Orders all. In place, without memory, O(count log count) at worst. */
void info_i_ranked_sort(info_i_ranked *items, int64_t count);

/* Sorts ascending. */
void info_i_sort(double *values, int64_t count);
void info_i_sort_descending(double *values, int64_t count);

/* The value at fraction f of sorted values, by linear interpolation at f (count - 1). */
double info_i_percentile(const double *sorted, int64_t count, double f);

#endif
