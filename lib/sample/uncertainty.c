/* SPDX-License-Identifier: MIT
 * Standard errors of estimates: by the local values' deviation, by resampling, by the posterior. */
#include <string.h>

#include "numeric/random.h"
#include "numeric/student.h"
#include "numeric/unit.h"
#include "sample/groups.h"

/* Counts of a term's groups. */
static void sum_groups(const info_i_groups *g, int32_t t, const int64_t *count, int64_t *sums)
{
    memset(sums, 0, (size_t)g->groups[t] * sizeof *sums);
    for (int64_t i = 0; i < g->cells; i++)
        sums[g->of[t] ? g->of[t][i] : i] += count[i];
}

/* ---- The delta method ---- */

static info_status delta(info_ctx *ctx, const info_i_measure *m, const info_i_groups *g, double *error)
{
    double *local = info_i_scratch_zero(ctx, g->cells, sizeof *local);
    if (!local)
        return ctx->error.status;
    const double log_samples = log((double)g->samples);
    for (int32_t t = 0; t < m->count; t++) {
        const info_i_mark mark = info_i_scratch_mark(ctx);
        int64_t *sums = info_i_scratch(ctx, g->groups[t], sizeof *sums);
        if (!sums)
            return ctx->error.status;
        sum_groups(g, t, g->count, sums);
        for (int64_t i = 0; i < g->cells; i++)
            local[i] += m->term[t].sign * (log_samples - log((double)sums[g->of[t] ? g->of[t][i] : i]));
        info_i_scratch_release(ctx, mark);
    }
    info_i_dd mean = {0, 0}, square = {0, 0};
    for (int64_t i = 0; i < g->cells; i++)
        mean = info_i_dd_add(mean, info_i_two_product((double)g->count[i], local[i]));
    const double center = info_i_dd_value(mean) / (double)g->samples;
    for (int64_t i = 0; i < g->cells; i++)
        square = info_i_dd_add_double(square, (double)g->count[i] * (local[i] - center) * (local[i] - center));
    *error = sqrt(info_i_dd_value(square)) / (double)g->samples;
    return INFO_OK;
}

/* ---- The bootstrap ---- */

/* Cells drawn in proportion to their counts: a guide of as many entries as cells says where to look first. */
typedef struct urn {
    const int64_t *before; /* samples of the cells before each, cells + 1 of them */
    const int64_t *guide;
    int64_t cells, samples;
} urn;

static int64_t draw(const urn *u, uint64_t *state)
{
    const int64_t sample = info_i_random_below(state, u->samples);
    int64_t cell = u->guide[(int64_t)((__int128)sample * u->cells / u->samples)];
    while (u->before[cell + 1] <= sample)
        cell++;
    return cell;
}

static info_status fill_urn(info_ctx *ctx, const info_i_groups *g, urn *u)
{
    int64_t *before = info_i_scratch(ctx, g->cells + 1, sizeof *before);
    int64_t *guide = info_i_scratch(ctx, g->cells, sizeof *guide);
    if (!before || !guide)
        return ctx->error.status;
    before[0] = 0;
    for (int64_t i = 0; i < g->cells; i++)
        before[i + 1] = before[i] + g->count[i];
    for (int64_t i = 0, cell = 0; i < g->cells; i++) {
        /* The first sample of this stretch of the urn. */
        const int64_t first = (int64_t)(((__int128)i * g->samples + g->cells - 1) / g->cells);
        while (before[cell + 1] <= first)
            cell++;
        guide[i] = cell;
    }
    *u = (urn){before, guide, g->cells, g->samples};
    return INFO_OK;
}

/* The measure of other counts of the same cells. Profiles are in scratch memory of ctx, which is given back. */
static info_status value_of_counts(info_ctx *ctx, const info_i_measure *m, const info_i_groups *g, const int64_t *count,
                                   double *value)
{
    info_i_measure again = *m;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    info_status status = INFO_OK;
    for (int32_t t = 0; status == INFO_OK && t < m->count; t++) {
        int64_t *sums = info_i_scratch(ctx, g->groups[t], sizeof *sums);
        if (!sums)
            return ctx->error.status;
        sum_groups(g, t, count, sums);
        status = info_i_profile_of_counts(ctx, sums, g->groups[t], &again.term[t].profile);
    }
    if (status == INFO_OK)
        *value = info_i_measure_value(&again);
    info_i_scratch_release(ctx, mark);
    return status;
}

typedef struct resample_job {
    const urn *urn;
    uint64_t seed;
    int64_t *count; /* [replicate of the batch][cell] */
    int64_t first;  /* replicate of the batch */
} resample_job;

static info_status resample(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const resample_job *job = user;
    for (int64_t r = begin; r < end; r++) {
        int64_t *count = job->count + r * job->urn->cells;
        uint64_t state = job->seed + (uint64_t)(job->first + r);
        state = info_i_random_bits(&state); /* streams that start far apart */
        memset(count, 0, (size_t)job->urn->cells * sizeof *count);
        for (int64_t i = 0; i < job->urn->samples; i++)
            count[draw(job->urn, &state)]++;
    }
    return INFO_OK;
}

/* Replicates that are drawn together. */
#define BATCH 16

static info_status bootstrap(info_ctx *ctx, const info_i_measure *m, const info_i_groups *g, double *error)
{
    urn u;
    info_status status = fill_urn(ctx, g, &u);
    if (status != INFO_OK)
        return status;
    resample_job job = {&u, m->options.seed, info_i_scratch(ctx, BATCH * g->cells, sizeof *job.count), 0};
    double *values = info_i_scratch(ctx, m->options.replicates, sizeof *values);
    if (!job.count || !values)
        return ctx->error.status;
    for (; status == INFO_OK && job.first < m->options.replicates; job.first += BATCH) {
        const int64_t left = m->options.replicates - job.first, count = left < BATCH ? left : BATCH;
        status = info_i_parallel(ctx, count, 1, 0, resample, &job);
        for (int64_t r = 0; status == INFO_OK && r < count; r++)
            status = value_of_counts(ctx, m, g, job.count + r * g->cells, &values[job.first + r]);
    }
    double mean = 0, square = 0;
    for (int32_t r = 0; status == INFO_OK && r < m->options.replicates; r++)
        mean += values[r] / m->options.replicates;
    for (int32_t r = 0; status == INFO_OK && r < m->options.replicates; r++)
        square += (values[r] - mean) * (values[r] - mean);
    *error = sqrt(square / (m->options.replicates - 1));
    return status;
}

/* ---- All ---- */

static double posterior(const info_i_measure *m)
{
    const info_i_term *t = &m->term[0];
    double mean, variance;
    if (m->options.estimator == INFO_ESTIMATOR_NSB)
        info_i_nsb(&t->profile, t->alphabet, &mean, &variance);
    else {
        const info_i_estimation how = {m->options.estimator, m->options.prior, m->options.pseudo_count, t->alphabet};
        info_i_posterior(&t->profile, t->alphabet, info_i_pseudo_count(&t->profile, &how), &mean, &variance);
    }
    return sqrt(variance);
}

info_status info_i_measure_uncertainty(info_ctx *ctx, info_i_measure *m, const info_i_packing *layout,
                                       const info_i_table *table, info_sample_estimate *out)
{
    info_i_groups groups;
    double error = 0;
    info_status status = INFO_OK;
    if (m->options.uncertainty == INFO_UNCERTAINTY_POSTERIOR)
        error = posterior(m);
    else {
        status = info_i_groups_open(ctx, m, layout, table, &groups);
        if (status == INFO_OK)
            status = m->options.uncertainty == INFO_UNCERTAINTY_DELTA ? delta(ctx, m, &groups, &error)
                                                                      : bootstrap(ctx, m, &groups, &error);
    }
    if (status != INFO_OK)
        return status;
    out->standard_error = info_i_from_nats(error, m->options.unit);
    const double half = info_i_normal_quantile(m->options.confidence) * out->standard_error;
    out->lower = out->value - half;
    out->upper = out->value + half;
    return INFO_OK;
}
