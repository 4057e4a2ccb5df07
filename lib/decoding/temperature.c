/* SPDX-License-Identifier: MIT
 *
 * Temperatures for a target. With H(T) the entropy of softmax(y / T) and Var_T the variance of y under it,
 *
 *     dH/dT = Var_T / T^3,    KL(p_T || p_1) = lse(y) - lse(y / T) + (1/T - 1) E_T y,    dKL/dT = (T - 1) Var_T / T^3,
 *
 * so that both grow monotonely away from their ends. The search goes by log T. */
#include <math.h>
#include <string.h>

#include "decoding/search.h"
#include "lm/row.h"
#include "numeric/unit.h"

typedef enum goal { GOAL_ENTROPY, GOAL_KL } goal;

typedef struct job {
    const info_matrix *logits;
    const double *targets;
    int64_t targets_len;
    goal goal;
    info_branch branch;
    info_i_lm lm;
    info_search_results out;
    atomic_llong invalid;
} job;

/* A row under any temperature. */
typedef struct scaled {
    const info_i_lm *lm;
    const info_matrix *logits;
    int64_t row;
    goal goal;
    info_i_row cold; /* at T = 1, for the divergence */
} scaled;

static info_i_row measure_at(const scaled *s, double temperature, bool exactly)
{
    info_i_lm lm = *s->lm;
    lm.given.temperature = (lm.given.temperature > 0 ? lm.given.temperature : 1) * temperature;
    lm.inverse_temperature = 1 / lm.given.temperature;
    return exactly ? info_i_row_measure_f64(&lm, s->logits, s->row, INFO_I_DETAIL_SPREAD, INFINITY)
                   : info_i_row_measure(&lm, s->logits, s->row, INFO_I_DETAIL_SPREAD, INFINITY);
}

/* KL(p_T || p) from what the row says at both: the maxima of y / T and y, logs of sums and means relative to them.
 * E_T (y - max) = T mean, so KL = -H(p_T) - E_T log p. */
static double divergence_from_cold(const info_i_row *cold, const info_i_row *at, double temperature)
{
    const double kl = (at->mean - at->log_sum) - (temperature * at->mean - cold->log_sum);
    return kl > 0 ? kl : 0;
}

static bool evaluate(void *user, double u, bool exactly, info_i_point *at)
{
    const scaled *s = user;
    const double temperature = exp(u);
    const info_i_row r = measure_at(s, temperature, exactly);
    /* Var of y is T^2 times that of y / T, so T dH/dT = variance and T dKL/dT = (T - 1) variance. */
    if (s->goal == GOAL_ENTROPY)
        *at = (info_i_point){r.log_sum - r.mean, r.variance};
    else
        *at = (info_i_point){divergence_from_cold(&s->cold, &r, temperature), (temperature - 1) * r.variance};
    return r.valid;
}

/* Number of finite y, and how many of them are the largest; the sum of y - max over the finite. */
typedef struct support {
    int64_t finite, largest;
    double below;
} support;

#define BLOCK 1024

static support support_of(const scaled *s, double maximum)
{
    double y[BLOCK];
    support found = {0};
    const int64_t length = info_i_lm_length(s->lm, s->logits, s->row);
    for (int64_t begin = 0; info_i_lm_reads_on(s->lm, begin, length); begin += BLOCK) {
        const int64_t left = length - begin, count = left < BLOCK ? left : BLOCK;
        info_i_lm_load(s->lm, s->logits, s->row, begin, count, y);
        for (int64_t i = 0; i < count; i++)
            if (y[i] > -INFINITY) {
                found.finite++;
                found.largest += y[i] == maximum;
                found.below += y[i] - maximum;
            }
    }
    return found;
}

/* What the goal tends to as T falls to 0 and as it grows. */
static void limits(const scaled *s, const support *p, double *cold, double *hot)
{
    const double most = log((double)p->largest), all = log((double)p->finite);
    if (s->goal == GOAL_ENTROPY) {
        *cold = most;
        *hot = all;
    } else {
        /* KL of the uniform distribution over the largest, or over all finite y, from p. */
        *cold = s->cold.log_sum - most;
        *hot = s->cold.log_sum - all - p->below / (double)p->finite;
    }
}

static void put_at(job *j, int64_t row, double temperature, info_i_point at, info_search outcome)
{
    const info_unit unit = j->lm.given.unit;
    const bool inside = temperature > 0 && temperature < INFINITY;
    info_i_search_put(&j->out, row, temperature, info_i_from_nats(at.value, unit),
                      inside ? info_i_from_nats(at.slope, unit) / temperature : 0, outcome);
}

/* A row whose goal has the value it has at T = 1 everywhere, or there. */
static bool found_at_one(job *j, int64_t row, double target, const info_i_row *cold, const support *p)
{
    const bool entropy = j->goal == GOAL_ENTROPY, constant = p->largest == p->finite;
    const info_i_point here = {entropy ? cold->log_sum - cold->mean : 0, entropy ? cold->variance : 0};
    const bool reached = fabs(target - here.value) <= (constant ? 0x1p-48 * here.value : 0);
    if (!reached && !constant)
        return false;
    put_at(j, row, 1, here, reached ? INFO_SEARCH_FOUND : INFO_SEARCH_INFEASIBLE);
    return true;
}

static void search_valid_row(job *j, scaled *s, double target)
{
    const bool entropy = j->goal == GOAL_ENTROPY, sharper = !entropy && j->branch == INFO_BRANCH_SHARPER;
    const support p = support_of(s, s->cold.maximum);
    if (found_at_one(j, s->row, target, &s->cold, &p))
        return;
    double cold, hot, u;
    limits(s, &p, &cold, &hot);
    if (entropy && target <= cold) {
        put_at(j, s->row, 0, (info_i_point){cold, 0}, INFO_SEARCH_INFEASIBLE);
        return;
    }
    if (target >= (sharper ? cold : hot)) {
        put_at(j, s->row, sharper ? 0 : INFINITY, (info_i_point){sharper ? cold : hot, 0}, INFO_SEARCH_INFEASIBLE);
        return;
    }
    /* At T = 1 the divergence has no slope but a curvature: u^2 variance / 2. */
    const double step = fmin(1, sqrt(2 * target / fmax(s->cold.variance, 0x1p-1000)));
    const info_i_bracket bracket = {entropy || sharper ? INFO_I_SEARCH_LOWEST : 0,
                                    entropy   ? 0
                                    : sharper ? -step
                                              : step,
                                    sharper ? 0 : INFO_I_SEARCH_HIGHEST};
    info_i_point at;
    info_i_search(evaluate, s, sharper, target, bracket, &u, &at);
    put_at(j, s->row, exp(u), at, INFO_SEARCH_FOUND);
}

static info_status search_row(job *j, int64_t row, info_i_error *error)
{
    scaled s = {&j->lm, j->logits, row, j->goal, {0}};
    s.cold = info_i_row_measure_f64(&j->lm, j->logits, row, INFO_I_DETAIL_SPREAD, INFINITY);
    if (!s.cold.valid) {
        info_i_search_put(&j->out, row, NAN, NAN, NAN, INFO_SEARCH_INVALID);
        return info_i_lm_invalid_row(&j->lm, error, &j->invalid, "logits", j->logits, row);
    }
    search_valid_row(j, &s, info_i_to_nats(j->targets[j->targets_len > 1 ? row : 0], j->lm.given.unit));
    return INFO_OK;
}

static info_status search_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++)
        status = search_row(user, row, error);
    return status;
}

static info_status check(info_ctx *ctx, job *j, const info_lm_options *options, const info_search_results *results)
{
    info_i_error *error = &ctx->error;
    if (info_i_check_matrix(error, "logits", j->logits) != INFO_OK ||
        info_i_lm_options(ctx, options, j->logits->rows, j->logits->cols, &j->lm) != INFO_OK)
        return error->status;
    info_i_check_option(error, "branch", j->branch, INFO_BRANCH_SHARPER, INFO_BRANCH_FLATTER);
    info_i_search_check_targets(error, "targets", j->targets, j->targets_len, j->logits->rows);
    info_i_required(error, info_search_results, "results", &j->out, results);
    return info_i_check_option(error, "results.reserved", j->out.reserved, 0, 0);
}

static info_status search(info_ctx *ctx, job *j, const info_lm_options *options, const info_search_results *results)
{
    info_status status = check(ctx, j, options, results);
    if (status != INFO_OK)
        return status;
    const info_search_results given = j->out;
    const int64_t rows = j->logits->rows;
    const info_i_span inputs[] = {info_i_matrix_span("logits", j->logits),
                                  info_i_array_span("targets", j->targets, j->targets_len, sizeof *j->targets),
                                  info_i_lm_bias_span(&j->lm),
                                  info_i_lm_lengths_span(&j->lm),
                                  {0}};
    status = info_i_columns_stage(ctx, "results", info_i_search_columns, INFO_I_SEARCH_COLUMNS, given.length, rows,
                                  inputs, &j->out);
    if (status == INFO_OK)
        status = info_i_parallel(ctx, rows, info_i_lm_grain(j->logits->cols), 0, search_rows, j);
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(info_i_search_columns, INFO_I_SEARCH_COLUMNS, rows, &j->out, &given);
    return info_i_lm_count_invalid(ctx, atomic_load(&j->invalid));
}

info_status info_temperature_for_entropy(info_ctx *ctx, const info_matrix *logits, const double *targets,
                                         int64_t targets_len, const info_lm_options *options,
                                         const info_search_results *results)
{
    job j = {.logits = logits, .targets = targets, .targets_len = targets_len, .goal = GOAL_ENTROPY};
    return INFO_I_CALL(ctx, search(ctx, &j, options, results));
}

info_status info_temperature_for_kl(info_ctx *ctx, const info_matrix *logits, info_branch branch, const double *targets,
                                    int64_t targets_len, const info_lm_options *options,
                                    const info_search_results *results)
{
    job j = {.logits = logits, .targets = targets, .targets_len = targets_len, .goal = GOAL_KL, .branch = branch};
    return INFO_I_CALL(ctx, search(ctx, &j, options, results));
}
