/* SPDX-License-Identifier: MIT
 * Which shards a state holds: ranges in ascending order. */
#include "evaluation/state.h"

bool info_i_ranges_overlap(const info_i_range *a, int64_t a_count, const info_i_range *b, int64_t b_count,
                           int64_t *shard)
{
    for (int64_t i = 0, j = 0; i < a_count && j < b_count;) {
        const int64_t first = a[i].first > b[j].first ? a[i].first : b[j].first;
        if (first <= a[i].last && first <= b[j].last) {
            *shard = first;
            return true;
        }
        if (a[i].last < b[j].last)
            i++;
        else
            j++;
    }
    return false;
}

int64_t info_i_ranges_union(const info_i_range *a, int64_t a_count, const info_i_range *b, int64_t b_count,
                            info_i_range *out)
{
    int64_t count = 0;
    for (int64_t i = 0, j = 0; i < a_count || j < b_count;) {
        const bool from_a = j == b_count || (i < a_count && a[i].first < b[j].first);
        const info_i_range next = from_a ? a[i++] : b[j++];
        if (count > 0 && out[count - 1].last == next.first - 1)
            out[count - 1].last = next.last;
        else
            out[count++] = next;
    }
    return count;
}
