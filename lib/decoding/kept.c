/* SPDX-License-Identifier: MIT
 *
 * The first rule of a chain sees the whole row: its statistics come from one pass of the row's kernels, the tokens that
 * may stay from a second over the row in the cache. What f32 statistics cannot decide is decided again with those of
 * f64. Later rules see a list. */
#include "decoding/kept.h"

#include <math.h>
#include <string.h>

#include "kernels/softmax_f32.h"
#include "numeric/convert.h"

#define BLOCK 1024
#define STRETCH 256
/* More than the error of a log-sum-exp or an entropy of the f32 kernels (docs/NUMERICS.md). */
#define MARGIN 4e-6
/* Distances below the maximum, in nats, down to which tokens are listed for rules that go by sums. */
static const double depths[] = {4, 10, 20, INFINITY};
#define DEPTHS ((int)(sizeof depths / sizeof *depths))

size_t info_i_kept_bytes(int64_t cols)
{
    return (size_t)cols * (sizeof(info_i_token) + sizeof(double));
}

info_i_kept_space info_i_kept_space_of(void *scratch, int64_t cols)
{
    return (info_i_kept_space){.tokens = scratch, .row = (info_i_token *)scratch + cols};
}

/* ---- Lists of tokens ---------------------------------------------------- */

typedef struct source {
    const info_i_lm *lm;
    const info_matrix *logits;
    int64_t row, length;
} source;

/* Tokens with floor <= y (all but those of -inf), of f64 logits and those with a bias or a softcap. */
static int64_t list_f64(const source *s, double floor, info_i_token *tokens)
{
    double y[BLOCK];
    int64_t count = 0;
    for (int64_t begin = 0; info_i_lm_reads_on(s->lm, begin, s->length); begin += BLOCK) {
        const int64_t left = s->length - begin, width = left < BLOCK ? left : BLOCK;
        info_i_lm_load(s->lm, s->logits, s->row, begin, width, y);
        for (int64_t i = 0; i < width; i++)
            if (y[i] >= floor && y[i] > -INFINITY)
                tokens[count++] = (info_i_token){y[i], begin + i};
    }
    return count;
}

/* The same of f32, f16 and bf16: most stretches hold none. */
static int64_t list_f32(const source *s, double floor, info_i_token *tokens)
{
    const info_i_softmax_kernels *kernels = s->lm->kernels->softmax;
    const double temperature = s->lm->given.temperature > 0 ? s->lm->given.temperature : 1;
    /* A little below, for the rounding of the product. */
    const double least = floor * temperature - fabs(floor * temperature) * 0x1p-50;
    float x[STRETCH];
    int64_t count = 0;
    for (int64_t begin = 0; info_i_lm_reads_on(s->lm, begin, s->length); begin += STRETCH) {
        const int64_t left = s->length - begin, width = left < STRETCH ? left : STRETCH;
        if (s->logits->col_stride == 1 &&
            (double)kernels->maximum(info_i_element(s->logits, s->row, begin), s->logits->dtype, width) < least)
            continue;
        info_i_get_row_f32(s->logits, s->row, begin, width, x);
        for (int64_t i = 0; i < width; i++) {
            const double y = s->lm->given.temperature > 0 ? (double)x[i] / temperature : (double)x[i];
            if (y >= floor && x[i] > -INFINITY)
                tokens[count++] = (info_i_token){y, begin + i};
        }
    }
    return count;
}

static int64_t list(const source *s, double floor, info_i_token *tokens)
{
    return info_i_lm_in_f32(s->lm, s->logits) ? list_f32(s, floor, tokens) : list_f64(s, floor, tokens);
}

/* The k most probable: those above the k-th largest of what was listed so far. */
static int64_t list_top(const source *s, int64_t k, double maximum, info_i_token *tokens)
{
    for (int i = 0; i < DEPTHS; i++) {
        const int64_t count = list(s, maximum - depths[i], tokens);
        if (count >= k || depths[i] == INFINITY)
            return count;
    }
    return 0;
}

/* ---- Statistics --------------------------------------------------------- */

/* Population deviation of the finite y, by blocks (Chan, Golub and LeVeque 1979). */
static double deviation_of(const source *s)
{
    double y[BLOCK], mean = 0, squares = 0, number = 0;
    for (int64_t begin = 0; info_i_lm_reads_on(s->lm, begin, s->length); begin += BLOCK) {
        const int64_t left = s->length - begin, width = left < BLOCK ? left : BLOCK;
        double sum = 0, n = 0, own = 0;
        info_i_lm_load(s->lm, s->logits, s->row, begin, width, y);
        for (int64_t i = 0; i < width; i++)
            if (isfinite(y[i])) {
                sum += y[i];
                n++;
            }
        if (n == 0)
            continue;
        const double center = sum / n;
        for (int64_t i = 0; i < width; i++)
            if (isfinite(y[i]))
                own += (y[i] - center) * (y[i] - center);
        const double step = center - mean, total = number + n;
        squares += own + step * step * (number / total) * n;
        mean += step * (n / total);
        number = total;
    }
    return sqrt(squares / number);
}

static info_i_detail detail_of(info_i_kept_needs needs)
{
    return needs.collision ? INFO_I_DETAIL_ALL : needs.entropy ? INFO_I_DETAIL_MEAN : INFO_I_DETAIL_SUM;
}

static bool row_statistics(const source *s, info_rule rule, bool exactly, info_i_kept_statistics *out)
{
    const info_i_kept_needs needs = info_i_kept_needs_of(rule);
    const bool in_f32 = info_i_lm_in_f32(s->lm, s->logits) && !exactly;
    const info_i_row r = in_f32 ? info_i_row_measure(s->lm, s->logits, s->row, detail_of(needs), INFINITY)
                                : info_i_row_measure_f64(s->lm, s->logits, s->row, detail_of(needs), INFINITY);
    if (!r.valid)
        return false;
    *out = (info_i_kept_statistics){.maximum = r.maximum,
                                    .log_sum_exp = r.maximum + r.log_sum,
                                    .entropy = r.log_sum - r.mean,
                                    .collision = r.collision,
                                    .deviation = needs.deviation ? deviation_of(s) : 0,
                                    .margin = in_f32 ? MARGIN : 0};
    return true;
}

static info_i_kept_statistics list_statistics(const info_i_token *tokens, int64_t count, info_i_kept_needs needs)
{
    info_i_kept_statistics s = {.maximum = -INFINITY};
    for (int64_t i = 0; i < count; i++)
        s.maximum = fmax(s.maximum, tokens[i].value);
    double weight = 0, moment = 0, squares = 0, sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const double d = tokens[i].value - s.maximum, e = exp(d);
        weight += e;
        moment += e > 0 ? e * d : 0;
        squares += e * e;
        sum += d;
    }
    s.log_sum_exp = s.maximum + log(weight);
    s.entropy = log(weight) - moment / weight;
    s.collision = squares / (weight * weight);
    if (needs.deviation) {
        const double mean = sum / (double)count;
        double spread = 0;
        for (int64_t i = 0; i < count; i++) {
            const double d = tokens[i].value - s.maximum - mean;
            spread += d * d;
        }
        s.deviation = sqrt(spread / (double)count);
    }
    return s;
}

/* ---- Chains ------------------------------------------------------------- */

/* The first rule of a chain, on the whole row: the number of tokens that stay, 0 if the row has no valid value. */
static int64_t apply_to_row(const source *s, const info_kept_rule *rule, info_i_token *tokens)
{
    info_i_kept_statistics statistics;
    for (int exactly = 0; exactly < 2; exactly++) {
        if (!row_statistics(s, rule->rule, exactly, &statistics))
            return 0;
        const double floor = info_i_kept_floor(rule, &statistics);
        const bool listed_by_depth = floor == -INFINITY;
        info_i_kept_outcome outcome = INFO_I_KEPT_TOO_FEW;
        for (int i = 0; i < DEPTHS && outcome == INFO_I_KEPT_TOO_FEW; i++) {
            const double least = listed_by_depth ? statistics.maximum - depths[i] : floor;
            int64_t count = rule->rule == INFO_RULE_TOP_K
                                ? list_top(s, rule->value < (double)s->length ? (int64_t)rule->value : s->length,
                                           statistics.maximum, tokens)
                                : list(s, least, tokens);
            outcome = info_i_kept_apply(rule, &statistics, listed_by_depth ? least : -INFINITY, tokens, &count);
            if (outcome == INFO_I_KEPT_DECIDED)
                return count;
        }
    }
    return 0;
}

static int64_t apply_to_list(const info_kept_rule *rule, info_i_token *tokens, int64_t count)
{
    const info_i_kept_statistics s = list_statistics(tokens, count, info_i_kept_needs_of(rule->rule));
    info_i_kept_apply(rule, &s, -INFINITY, tokens, &count);
    return count;
}

static bool in_order(const info_i_token *tokens, int64_t count)
{
    for (int64_t i = 1; i < count; i++)
        if (tokens[i].index <= tokens[i - 1].index)
            return false;
    return true;
}

/* In ascending order of the ids, which may occur twice. */
static void order_by_id(info_i_token *tokens, int64_t count)
{
    if (in_order(tokens, count))
        return;
    for (int64_t i = 0; i < count; i++)
        tokens[i].value = -(double)tokens[i].index;
    info_i_ranked_sort(tokens, count);
}

/* The same of many ids, all different, by a mask of the row. */
static void order_many_by_id(info_i_token *tokens, int64_t count, int64_t length, uint8_t *mask)
{
    memset(mask, 0, (size_t)length);
    for (int64_t i = 0; i < count; i++)
        mask[tokens[i].index] = 1;
    for (int64_t id = 0, next = 0; id < length; id++)
        if (mask[id])
            tokens[next++].index = id;
}

/* A sort costs about so many passes over its elements. */
#define SORT_PASSES 32

/* The row's own ids, ascending, each with its y; 0 if they are not such as may be given, or all of probability 0. */
static int64_t list_ids(const source *s, const info_kept_set *set, info_i_token *tokens)
{
    const int64_t first = s->row * set->ids_per_row;
    int64_t count = 0, kept = 0;
    for (int64_t i = 0; i < set->ids_per_row; i++) {
        const int64_t id = info_i_integer_at(set->ids, set->id_type, first + i);
        if (id == -1)
            continue;
        if (id < 0 || id >= s->length || count == s->length)
            return 0;
        tokens[count++].index = id;
    }
    order_by_id(tokens, count);
    for (int64_t i = 0; i < count; i++) {
        if (i > 0 && tokens[i].index == tokens[i - 1].index)
            return 0;
        tokens[i].value = info_i_lm_get(s->lm, s->logits, s->row, tokens[i].index);
    }
    for (int64_t i = 0; i < count; i++)
        if (tokens[i].value > -INFINITY)
            tokens[kept++] = tokens[i];
    return kept;
}

/* Tokens in the order of their ids, with y as the row has it. */
static void restore(const source *s, info_i_kept_space *space, int64_t count)
{
    info_i_token *tokens = space->tokens;
    if (count < s->length / SORT_PASSES)
        order_by_id(tokens, count);
    else if (!in_order(tokens, count))
        order_many_by_id(tokens, count, s->length, space->row);
    for (int64_t i = 0; i < count; i++)
        tokens[i].value = info_i_lm_get(s->lm, s->logits, s->row, tokens[i].index);
}

/* ---- What stays, and what does not -------------------------------------- */

/* The tokens that do not stay, measured in a copy of the row without those that do; not valid if none of them has a
 * probability. */
static info_i_row outside_of(const source *s, const info_i_token *tokens, int64_t count, info_i_kept_space *space)
{
    info_i_lm lm = *s->lm;
    info_matrix copy = {space->row, 1, s->length, s->length, 1, INFO_F64, 0};
    lm.given.lengths = NULL;
    if (info_i_lm_in_f32(s->lm, s->logits)) {
        float *x = space->row;
        copy.dtype = INFO_F32;
        info_i_get_row_f32(s->logits, s->row, 0, s->length, x);
        for (int64_t i = 0; i < count; i++)
            x[tokens[i].index] = -INFINITY;
    } else {
        double *y = space->row;
        lm.given.bias = NULL;
        lm.given.softcap = 0;
        lm.given.temperature = 0;
        lm.inverse_temperature = 1;
        lm.divisor = 0;
        lm.transformed = false;
        info_i_lm_load(s->lm, s->logits, s->row, 0, s->length, y);
        for (int64_t i = 0; i < count; i++)
            y[tokens[i].index] = -INFINITY;
    }
    return info_i_row_measure(&lm, &copy, 0, INFO_I_DETAIL_SUM, INFINITY);
}

/* log S and 1 - S by the ratio of the smaller of the two masses to the larger: no digits are lost to 1 - a number near 1. */
static void set_mass(info_i_kept *kept, const info_i_row *outside)
{
    if (!outside->valid)
        return; /* S = 1 */
    const double by_maximum = outside->maximum - kept->maximum, by_sum = outside->log_sum - kept->log_sum;
    if (by_maximum + by_sum <= 0) {
        const double ratio = exp(by_maximum) * exp(by_sum);
        kept->log_mass = -log1p(ratio);
        kept->outside = ratio / (1 + ratio);
    } else {
        const double ratio = exp(-by_maximum) * exp(-by_sum);
        kept->log_mass = -(by_maximum + by_sum) - log1p(ratio);
        kept->outside = 1 / (1 + ratio);
    }
}

/* The most probable token is summed apart, so that what the others add keeps its digits beside it. */
static void measure_inside(const info_i_token *tokens, int64_t count, info_i_kept *kept)
{
    int64_t top = 0;
    for (int64_t i = 1; i < count; i++)
        if (tokens[i].value > tokens[top].value)
            top = i;
    double others = 0, moment = 0;
    for (int64_t i = 0; i < count; i++) {
        const double d = tokens[i].value - tokens[top].value, e = i == top ? 0 : exp(d);
        others += e;
        moment += e > 0 ? e * d : 0;
    }
    kept->maximum = tokens[top].value;
    kept->log_sum = log1p(others);
    kept->mean = moment / (1 + others);
}

info_i_kept info_i_kept_row(const info_i_lm *lm, const info_matrix *logits, int64_t row, const info_kept_set *set,
                            bool outside, info_i_kept_space *space)
{
    const source s = {lm, logits, row, info_i_lm_length(lm, logits, row)};
    info_i_token *tokens = space->tokens;
    const bool whole = set->rules_len == 0 && !set->ids;
    int64_t first = 0, count;
    if (set->ids) {
        /* A row without a valid value has none under any set. */
        count = info_i_row_measure(lm, logits, row, INFO_I_DETAIL_SUM, INFINITY).valid ? list_ids(&s, set, tokens) : 0;
    } else if (whole) {
        count =
            info_i_row_measure(lm, logits, row, INFO_I_DETAIL_SUM, INFINITY).valid ? list(&s, -INFINITY, tokens) : 0;
    } else {
        count = apply_to_row(&s, &set->rules[first++], tokens);
    }
    if (count == 0)
        return (info_i_kept){.valid = false};
    for (; first < set->rules_len; first++)
        count = apply_to_list(&set->rules[first], tokens, count);
    if (!whole)
        restore(&s, space, count);
    info_i_kept kept = {.valid = true, .count = count};
    measure_inside(tokens, count, &kept);
    if (outside && !whole) {
        const info_i_row others = outside_of(&s, tokens, count, space);
        set_mass(&kept, &others);
    }
    return kept;
}
