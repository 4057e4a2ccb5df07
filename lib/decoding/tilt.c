/* SPDX-License-Identifier: MIT
 *
 * Tilting: q ~ p exp(r / b). With s = r - max r and log Z' = log E_p exp(s / b) <= 0,
 *
 *     KL(q || p) = E_q s / b - log Z',    dKL / d log b = -Var_q(s) / b^2. */
#include <math.h>

#include "decoding/search.h"
#include "lm/divergence.h"
#include "lm/row.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

#define COLUMN(field)                                                                                                  \
    {                                                                                                                  \
#field, offsetof(info_tilt_results, field), sizeof *((info_tilt_results *)0)->field                            \
    }
static const info_i_column columns[] = {COLUMN(b),          COLUMN(kl),     COLUMN(reward), COLUMN(log_partition),
                                        COLUMN(derivative), COLUMN(outcome)};
#define COLUMNS ((int)(sizeof columns / sizeof *columns))

typedef struct job {
    const info_matrix *logits, *rewards;
    const double *budgets;
    int64_t budgets_len;
    info_i_lm lm;
    info_tilt_results out;
    atomic_llong invalid;
} job;

/* Tokens of probability above 0. */
typedef struct tokens {
    double *log_p, *s; /* s = reward less the largest */
    int64_t count;
    double largest; /* reward */
} tokens;

typedef struct tilted {
    double log_partition;  /* of s */
    double mean, variance; /* of s under q */
    double kl;
} tilted;

/* q at b, relative to its largest weight; the divergence as a sum of terms that do not cancel: q log(q / p). */
static tilted tilt_at(const tokens *t, double b)
{
    double top = -INFINITY, weight = 0, first = 0, second = 0, kl = 0;
    for (int64_t i = 0; i < t->count; i++)
        top = fmax(top, t->log_p[i] + t->s[i] / b);
    for (int64_t i = 0; i < t->count; i++) {
        const double e = exp(t->log_p[i] + t->s[i] / b - top);
        weight += e;
        first += e > 0 ? e * t->s[i] : 0;
    }
    const double mean = first / weight, log_partition = top + log(weight);
    for (int64_t i = 0; i < t->count; i++) {
        const double d = t->s[i] / b - log_partition, q = exp(t->log_p[i] + d), p = exp(t->log_p[i]);
        const double deviation = t->s[i] - mean;
        second += q > 0 ? q * deviation * deviation : 0;
        kl += info_i_cell_kl(&(info_i_cell){.p = q, .q = p, .d = d});
    }
    return (tilted){log_partition, mean, second, kl};
}

static bool evaluate(void *user, double u, bool exactly, info_i_point *at)
{
    const double b = exp(u);
    const tilted t = tilt_at(user, b);
    *at = (info_i_point){t.kl, -t.variance / b / b};
    return true;
}

static void put(double *array, int64_t row, double value)
{
    if (array)
        array[row] = value;
}

static void put_row(job *j, int64_t row, double b, const tilted *t, double largest, info_search outcome)
{
    const info_unit unit = j->lm.given.unit;
    const bool inside = b > 0 && b < INFINITY;
    put(j->out.b, row, b);
    put(j->out.kl, row, info_i_from_nats(t->kl, unit));
    put(j->out.reward, row, largest + t->mean);
    put(j->out.log_partition, row, t->log_partition);
    put(j->out.derivative, row, inside ? info_i_from_nats(-t->variance / b / b / b, unit) : 0);
    if (j->out.outcome)
        j->out.outcome[row] = outcome;
}

/* Log-probabilities and rewards of a row; false if it has no valid value. */
static bool load(const job *j, int64_t row, tokens *t)
{
    const int64_t length = info_i_lm_length(&j->lm, j->logits, row), reward_row = j->rewards->rows > 1 ? row : 0;
    const info_i_row r = info_i_row_measure_f64(&j->lm, j->logits, row, INFO_I_DETAIL_SUM, INFINITY);
    if (!r.valid)
        return false;
    info_i_lm_load(&j->lm, j->logits, row, 0, length, t->log_p);
    info_i_get_row_f64(j->rewards, reward_row, 0, length, t->s);
    t->count = 0;
    t->largest = -INFINITY;
    for (int64_t i = 0; i < length; i++) {
        if (t->log_p[i] == -INFINITY)
            continue;
        if (!isfinite(t->s[i]))
            return false;
        t->largest = fmax(t->largest, t->s[i]);
        t->log_p[t->count] = t->log_p[i] - r.maximum - r.log_sum;
        t->s[t->count++] = t->s[i];
    }
    for (int64_t i = 0; i < t->count; i++)
        t->s[i] -= t->largest;
    return true;
}

/* Log of the mass of the tokens of the largest reward, and the mean of s under p. */
static void ends(const tokens *t, double *log_best, tilted *none)
{
    double best = 0, others = 0, mean = 0, top = -INFINITY;
    for (int64_t i = 0; i < t->count; i++)
        if (t->s[i] == 0)
            top = fmax(top, t->log_p[i]);
    for (int64_t i = 0; i < t->count; i++) {
        const double p = exp(t->log_p[i]);
        mean += p > 0 ? p * t->s[i] : 0;
        best += t->s[i] == 0 ? exp(t->log_p[i] - top) : 0;
        others += t->s[i] == 0 ? 0 : p;
    }
    /* The larger of the two masses by the smaller: 1 less a number near 1 has no digits. */
    *log_best = others < 0.5 ? log1p(-others) : fmin(top + log(best), 0);
    *none = (tilted){0, mean, 0, 0};
}

static info_status tilt_row(job *j, int64_t row, double *space, info_i_error *error)
{
    tokens t = {.log_p = space, .s = space + j->logits->cols};
    const double budget = info_i_to_nats(j->budgets[j->budgets_len > 1 ? row : 0], j->lm.given.unit);
    if (!load(j, row, &t)) {
        put_row(j, row, NAN, &(tilted){NAN, NAN, NAN, NAN}, NAN, INFO_SEARCH_INVALID);
        if (!j->lm.invalid_is_error ||
            !info_i_row_measure_f64(&j->lm, j->logits, row, INFO_I_DETAIL_SUM, INFINITY).valid)
            return info_i_lm_invalid_row(&j->lm, error, &j->invalid, "logits", j->logits, row);
        return info_i_fail(error, INFO_ERROR_DOMAIN, "rewards: row %lld is not finite where the logits are",
                           (long long)row);
    }
    double log_best, u;
    tilted none;
    ends(&t, &log_best, &none);
    if (budget == 0) {
        put_row(j, row, INFINITY, &none, t.largest, INFO_SEARCH_FOUND);
        return INFO_OK;
    }
    if (budget >= -log_best) {
        const double limit = t.largest > 0 ? INFINITY : t.largest < 0 ? -INFINITY : log_best;
        put_row(j, row, 0, &(tilted){limit, 0, 0, -log_best}, t.largest, INFO_SEARCH_INFEASIBLE);
        return INFO_OK;
    }
    const info_i_bracket bracket = {INFO_I_SEARCH_LOWEST, 0, INFO_I_SEARCH_HIGHEST};
    info_i_point at;
    info_i_search(evaluate, &t, true, budget, bracket, &u, &at);
    const double b = exp(u);
    tilted found = tilt_at(&t, b);
    found.log_partition += t.largest / b;
    put_row(j, row, b, &found, t.largest, INFO_SEARCH_FOUND);
    return INFO_OK;
}

static info_status tilt_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++)
        status = tilt_row(user, row, scratch, error);
    return status;
}

static info_status check(info_ctx *ctx, job *j, const info_lm_options *options, const info_tilt_results *results)
{
    info_i_error *error = &ctx->error;
    const info_matrix *x = j->logits, *r = j->rewards;
    info_i_check_matrix(error, "logits", x);
    info_i_check_matrix(error, "rewards", r);
    if (error->status == INFO_OK && (r->cols != x->cols || (r->rows != x->rows && r->rows != 1)))
        info_i_fail(error, INFO_ERROR_SIZE, "rewards: is %lld x %lld; %lld x %lld or one row is allowed",
                    (long long)r->rows, (long long)r->cols, (long long)x->rows, (long long)x->cols);
    if (error->status != INFO_OK || info_i_lm_options(ctx, options, x->rows, x->cols, &j->lm) != INFO_OK)
        return error->status;
    info_i_search_check_targets(error, "budgets", j->budgets, j->budgets_len, x->rows);
    info_i_required(error, info_tilt_results, "results", &j->out, results);
    return info_i_check_option(error, "results.reserved", j->out.reserved, 0, 0);
}

static info_status tilt(info_ctx *ctx, job *j, const info_lm_options *options, const info_tilt_results *results)
{
    info_status status = check(ctx, j, options, results);
    if (status != INFO_OK)
        return status;
    const info_tilt_results given = j->out;
    const int64_t rows = j->logits->rows, cols = j->logits->cols;
    const info_i_span inputs[] = {info_i_matrix_span("logits", j->logits),
                                  info_i_matrix_span("rewards", j->rewards),
                                  info_i_array_span("budgets", j->budgets, j->budgets_len, sizeof *j->budgets),
                                  info_i_lm_bias_span(&j->lm),
                                  info_i_lm_lengths_span(&j->lm),
                                  {0}};
    status = info_i_columns_stage(ctx, "results", columns, COLUMNS, given.length, rows, inputs, &j->out);
    if (status == INFO_OK)
        status = info_i_parallel(ctx, rows, info_i_lm_grain(cols), 2 * (size_t)cols * sizeof(double), tilt_rows, j);
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(columns, COLUMNS, rows, &j->out, &given);
    return info_i_lm_count_invalid(ctx, atomic_load(&j->invalid));
}

info_status info_tilt(info_ctx *ctx, const info_matrix *logits, const info_matrix *rewards, const double *budgets,
                      int64_t budgets_len, const info_lm_options *options, const info_tilt_results *results)
{
    job j = {.logits = logits, .rewards = rewards, .budgets = budgets, .budgets_len = budgets_len};
    return INFO_I_CALL(ctx, tilt(ctx, &j, options, results));
}
