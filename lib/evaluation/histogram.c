/* SPDX-License-Identifier: MIT */
#include "evaluation/histogram.h"

#include <math.h>
#include <string.h>

#include "evaluation/state.h"
#include "numeric/sort.h"

#define SLOT_BITS 9
#define KEY_SHIFT (52 - SLOT_BITS)

static uint32_t key_of(double x)
{
    uint64_t bits;
    const double without_sign_of_zero = x + 0.0;
    memcpy(&bits, &without_sign_of_zero, sizeof bits);
    return (uint32_t)(bits >> KEY_SHIFT);
}

/* The middle of a bucket; an infinity. That of the numbers below 2^-1031 is 0. */
static double value_of(uint32_t key)
{
    uint64_t bits = (uint64_t)key << KEY_SHIFT;
    double lower, middle;
    memcpy(&lower, &bits, sizeof lower);
    if (isinf(lower) || lower == 0)
        return lower + 0.0;
    bits |= (uint64_t)1 << (KEY_SHIFT - 1);
    memcpy(&middle, &bits, sizeof middle);
    return middle;
}

/* Keys in ascending order of their numbers: the negative ones backwards, then the others. */
static uint32_t key_at(uint32_t place)
{
    const uint32_t half = INFO_I_PAGES * INFO_I_SLOTS / 2;
    return place < half ? 2 * half - 1 - place : place - half;
}

/* ---- Room --------------------------------------------------------------- */

static bool reserve_page(info_evaluation *state, info_i_histogram *h, int64_t page)
{
    if (!h->page[page])
        h->page[page] = info_i_state_alloc(state, INFO_I_SLOTS, sizeof(int64_t));
    return h->page[page] != NULL;
}

static bool reserve_values(info_evaluation *state, info_i_histogram *h, int64_t more)
{
    int64_t needed;
    if (!info_i_add(h->count, more, &needed))
        return false;
    if (needed <= h->capacity)
        return true;
    const int64_t capacity = needed > h->capacity * 2 ? needed : h->capacity * 2;
    double *values = info_i_state_alloc(state, capacity, sizeof *values);
    if (!values)
        return false;
    if (h->count > 0)
        memcpy(values, h->values, (size_t)h->count * sizeof *values);
    info_i_state_free(state, h->values);
    h->values = values;
    h->capacity = capacity;
    return true;
}

bool info_i_histogram_reserve(info_evaluation *state, info_i_histogram *h, const double *x, int64_t count,
                              int64_t stride)
{
    if (state->percentiles == INFO_PERCENTILES_EXACT)
        return reserve_values(state, h, count);
    for (int64_t i = 0; i < count; i++)
        if (!isnan(x[i * stride]) && !reserve_page(state, h, key_of(x[i * stride]) >> SLOT_BITS))
            return false;
    return true;
}

bool info_i_histogram_reserve_merge(info_evaluation *state, info_i_histogram *h, const info_i_histogram *other)
{
    if (state->percentiles == INFO_PERCENTILES_EXACT)
        return reserve_values(state, h, other->count);
    for (int64_t page = 0; page < INFO_I_PAGES; page++)
        if (other->page[page] && !reserve_page(state, h, page))
            return false;
    return true;
}

void info_i_histogram_free(info_evaluation *state, info_i_histogram *h)
{
    for (int64_t page = 0; page < INFO_I_PAGES; page++)
        info_i_state_free(state, h->page[page]);
    info_i_state_free(state, h->values);
}

/* ---- Counting ----------------------------------------------------------- */

static void widen(info_i_histogram *h, double least, double greatest)
{
    if (h->count == 0 || least < h->least)
        h->least = least;
    if (h->count == 0 || greatest > h->greatest)
        h->greatest = greatest;
}

void info_i_histogram_add(info_i_histogram *h, bool exact, double x)
{
    if (isnan(x))
        return;
    widen(h, x + 0.0, x + 0.0);
    if (exact) {
        h->values[h->count++] = x + 0.0;
        return;
    }
    const uint32_t key = key_of(x);
    h->page[key >> SLOT_BITS][key & (INFO_I_SLOTS - 1)]++;
    h->count++;
}

void info_i_histogram_merge(info_i_histogram *h, const info_i_histogram *other)
{
    if (other->count == 0)
        return;
    widen(h, other->least, other->greatest);
    if (other->values)
        memcpy(h->values + h->count, other->values, (size_t)other->count * sizeof *h->values);
    for (int64_t page = 0; page < INFO_I_PAGES; page++)
        for (int64_t slot = 0; other->page[page] && slot < INFO_I_SLOTS; slot++)
            h->page[page][slot] += other->page[page][slot];
    h->count += other->count;
}

/* ---- Percentiles -------------------------------------------------------- */

/* The numbers of rank low and low + 1, from 0; the second only if there is one. */
static void at_rank(const info_i_histogram *h, int64_t low, double *first, double *second)
{
    int64_t before = 0;
    bool found = false;
    *first = *second = h->greatest;
    for (uint32_t place = 0; place < INFO_I_PAGES * INFO_I_SLOTS; place++) {
        const uint32_t key = key_at(place);
        const int64_t *page = h->page[key >> SLOT_BITS];
        if (!page) { /* places of a page follow one another */
            place += INFO_I_SLOTS - 1;
            continue;
        }
        const int64_t count = page[key & (INFO_I_SLOTS - 1)];
        if (count == 0)
            continue;
        before += count;
        if (!found && before > low) {
            *first = value_of(key);
            found = true;
        }
        if (before > low + 1) {
            *second = value_of(key);
            break;
        }
    }
}

static double from_buckets(const info_i_histogram *h, double fraction)
{
    const double place = fraction * (double)(h->count - 1);
    const int64_t low = (int64_t)place;
    const double rest = place - (double)low;
    double first, second;
    at_rank(h, low, &first, &second);
    if (low == 0)
        first = h->least;
    if (low >= h->count - 1)
        first = h->greatest;
    if (low + 1 >= h->count - 1)
        second = h->greatest;
    const double value = rest == 0 || first == second ? first : first + rest * (second - first);
    return value < h->least ? h->least : value > h->greatest ? h->greatest : value;
}

static const double *sorted(const info_i_histogram *h, double *work)
{
    memcpy(work, h->values, (size_t)h->count * sizeof *work);
    info_i_sort(work, h->count);
    return work;
}

void info_i_histogram_quantiles(const info_i_histogram *h, bool exact, const double *fractions, int64_t count,
                                double *work, double *out)
{
    const double *values = exact && h->count > 0 ? sorted(h, work) : NULL;
    for (int64_t i = 0; i < count; i++)
        out[i] = h->count == 0 ? 0
                 : exact       ? info_i_percentile(values, h->count, fractions[i])
                               : from_buckets(h, fractions[i]);
}

/* ---- Bytes -------------------------------------------------------------- */

void info_i_histogram_write(info_i_writer *w, const info_i_histogram *h, bool exact, double *work)
{
    info_i_write_short(w, (uint64_t)h->count);
    if (h->count == 0)
        return;
    if (exact) {
        const double *values = w->bytes ? sorted(h, work) : h->values;
        for (int64_t i = 0; i < h->count; i++)
            info_i_write_f64(w, values[i]);
        return;
    }
    info_i_write_f64(w, h->least);
    info_i_write_f64(w, h->greatest);
    uint32_t next = 0;
    for (uint32_t key = 0; key < INFO_I_PAGES * INFO_I_SLOTS; key++) {
        const int64_t *page = h->page[key >> SLOT_BITS];
        const int64_t count = page ? page[key & (INFO_I_SLOTS - 1)] : 0;
        if (!page)
            key |= INFO_I_SLOTS - 1;
        if (count == 0)
            continue;
        info_i_write_short(w, (uint64_t)count);
        info_i_write_short(w, key - next);
        next = key + 1;
    }
    info_i_write_short(w, 0);
}

static bool read_values(info_i_reader *r, info_evaluation *state, info_i_histogram *h, int64_t count)
{
    if (count > r->left / 8)
        r->failed = true;
    if (r->failed)
        return true;
    if (!reserve_values(state, h, count))
        return false;
    double before = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        const double x = info_i_read_f64(r);
        if (!(x >= before))
            r->failed = true;
        if (r->failed)
            return true;
        info_i_histogram_add(h, true, x);
        before = x;
    }
    return true;
}

bool info_i_histogram_read(info_i_reader *r, info_evaluation *state, info_i_histogram *h, bool exact)
{
    const uint64_t count = info_i_read_short(r);
    if (r->failed || count == 0)
        return true;
    if (exact)
        return read_values(r, state, h, count > INT64_MAX ? INT64_MAX : (int64_t)count);
    h->least = info_i_read_f64(r);
    h->greatest = info_i_read_f64(r);
    uint64_t next = 0, sum = 0;
    for (uint64_t here = info_i_read_short(r); here > 0 && !r->failed; here = info_i_read_short(r)) {
        const uint64_t skip = info_i_read_short(r), key = next + skip;
        if (skip >= INFO_I_PAGES * INFO_I_SLOTS || key >= INFO_I_PAGES * INFO_I_SLOTS || here > count - sum) {
            r->failed = true;
            return true;
        }
        if (!reserve_page(state, h, (int64_t)(key >> SLOT_BITS)))
            return false;
        h->page[key >> SLOT_BITS][key & (INFO_I_SLOTS - 1)] = (int64_t)here;
        sum += here;
        next = key + 1;
    }
    if (sum != count || count > INT64_MAX || !(h->least <= h->greatest))
        r->failed = true;
    h->count = r->failed ? 0 : (int64_t)count;
    return true;
}
