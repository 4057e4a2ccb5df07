/* SPDX-License-Identifier: MIT
 * Ranked numbers: quicksort and quickselect about the median of three; what takes too many cuts is left to heapsort, and
 * what is short to insertion. */
#include "numeric/sort.h"

#include <stdbool.h>

#define SHORT 16

typedef info_i_ranked item;

static bool precedes(item a, item b)
{
    return a.value > b.value || (a.value == b.value && a.index < b.index);
}

static void swap(item *a, item *b)
{
    const item held = *a;
    *a = *b;
    *b = held;
}

static void insert_all(item *v, int64_t count)
{
    for (int64_t i = 1; i < count; i++) {
        const item moved = v[i];
        int64_t hole = i;
        for (; hole > 0 && precedes(moved, v[hole - 1]); hole--)
            v[hole] = v[hole - 1];
        v[hole] = moved;
    }
}

/* The last in order on top. */
static void sift(item *v, int64_t root, int64_t count)
{
    for (int64_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && precedes(v[child], v[child + 1]))
            child++;
        if (!precedes(v[root], v[child]))
            return;
        swap(&v[root], &v[child]);
        root = child;
    }
}

static void heapsort(item *v, int64_t count)
{
    for (int64_t i = count / 2 - 1; i >= 0; i--)
        sift(v, i, count);
    for (int64_t last = count - 1; last > 0; last--) {
        swap(&v[0], &v[last]);
        sift(v, 0, last);
    }
}

static item median_of_three(item a, item b, item c)
{
    if (precedes(b, a))
        swap(&a, &b);
    if (precedes(c, b))
        b = precedes(c, a) ? a : c;
    return b;
}

/* Cuts v in two, none of the second part before one of the first; the length of the first, above 0 and below count because the
 * pivot is not the last in order. */
static int64_t cut(item *v, int64_t count)
{
    const item pivot = median_of_three(v[0], v[count / 2], v[count - 1]);
    for (int64_t i = 0, j = count - 1;; i++, j--) {
        while (precedes(v[i], pivot))
            i++;
        while (precedes(pivot, v[j]))
            j--;
        if (i >= j)
            return j + 1;
        swap(&v[i], &v[j]);
    }
}

/* Cuts that are allowed: twice what even ones would need. */
static int depth_for(int64_t count)
{
    int depth = 2;
    for (; count > 1; count >>= 1)
        depth += 2;
    return depth;
}

void info_i_ranked_select(info_i_ranked *v, int64_t count, int64_t first)
{
    for (int depth = depth_for(count); count > SHORT && first > 0 && first < count; depth--) {
        if (depth == 0) {
            heapsort(v, count);
            return;
        }
        const int64_t front = cut(v, count);
        if (first <= front) {
            count = front;
        } else {
            v += front;
            count -= front;
            first -= front;
        }
    }
    if (count <= SHORT)
        insert_all(v, count);
}

static void sort(item *v, int64_t count, int depth)
{
    while (count > SHORT) {
        if (depth-- == 0) {
            heapsort(v, count);
            return;
        }
        const int64_t front = cut(v, count);
        sort(v, front, depth);
        v += front;
        count -= front;
    }
    insert_all(v, count);
}

void info_i_ranked_sort(info_i_ranked *v, int64_t count)
{
    sort(v, count, depth_for(count));
}

/* Numbers alone: heapsort. */
static void sift_double(double *v, int64_t root, int64_t count)
{
    for (int64_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && v[child + 1] > v[child])
            child++;
        if (v[root] >= v[child])
            return;
        const double swap = v[root];
        v[root] = v[child];
        v[child] = swap;
        root = child;
    }
}

/* Heapsort. */
void info_i_sort(double *v, int64_t count)
{
    for (int64_t i = count / 2 - 1; i >= 0; i--)
        sift_double(v, i, count);
    for (int64_t last = count - 1; last > 0; last--) {
        const double largest = v[0];
        v[0] = v[last];
        v[last] = largest;
        sift_double(v, 0, last);
    }
}

void info_i_sort_descending(double *v, int64_t count)
{
    info_i_sort(v, count);
    for (int64_t i = 0, last = count - 1; i < last; i++, last--) {
        const double held = v[i];
        v[i] = v[last];
        v[last] = held;
    }
}

double info_i_percentile(const double *sorted, int64_t count, double f)
{
    const double place = f * (double)(count - 1);
    const int64_t low = (int64_t)place;
    const double rest = place - (double)low;
    if (rest == 0 || low + 1 >= count || sorted[low] == sorted[low + 1])
        return sorted[low];
    return sorted[low] + rest * (sorted[low + 1] - sorted[low]);
}
