/* SPDX-License-Identifier: MIT
 * The information bottleneck: runs from several starts, the best of them, its bounds. */
#include <math.h>
#include <string.h>

#include "coding/arguments.h"
#include "coding/relevance.h"
#include "info/coding.h"
#include "numeric/convert.h"
#include "numeric/random.h"
#include "numeric/unit.h"

#define DEFAULT_TOLERANCE 1e-12
#define DEFAULT_ITERATIONS 10000
#define DEFAULT_RESTARTS 10
#define CERTAIN 1e-9 /* bounds that meet, in nats */

typedef struct job {
    info_bottleneck_options options;
    info_i_relevance table;
    info_i_bottleneck_run run;
    int64_t cells;          /* rows x clusters */
    double *encoder, *best; /* of the run in progress, of the best so far */
    double *weights, *joint, *scaled;
    int64_t *labels;
    info_i_clustering found;
    bool converged; /* the best run */
} job;

/* ---- Options ------------------------------------------------------------ */

info_status info_i_bottleneck_options(info_ctx *ctx, const info_bottleneck_options *given, int64_t rows,
                                      info_bottleneck_options *o)
{
    info_i_error *error = &ctx->error;
    info_i_options(error, info_bottleneck_options, "options", o, given);
    info_i_check_option(error, "options.unit", o->unit, INFO_NAT, INFO_DIT);
    if (o->kind != INFO_PROBABILITIES)
        info_i_check_option(error, "options.kind", o->kind, INFO_COUNTS, INFO_COUNTS);
    const info_i_allowed allowed[] = {
        {"options.method", o->method, INFO_BOTTLENECK_ITERATIVE, INFO_BOTTLENECK_AGGLOMERATIVE},
        {"options.clusters", o->clusters, 0, INT32_MAX},
        {"options.max_iterations", o->max_iterations, 0, INT64_MAX},
        {"options.restarts", o->restarts, 0, INT32_MAX},
        {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.determinism", o->determinism, 0, 1, INFO_I_CLOSED);
    info_i_check_real(error, "options.tolerance", o->tolerance, 0, INFINITY, INFO_I_BELOW_HIGH);
    if (error->status != INFO_OK)
        return error->status;
    o->clusters = o->clusters > 0 ? o->clusters : rows;
    o->tolerance = o->tolerance > 0 ? o->tolerance : DEFAULT_TOLERANCE;
    o->max_iterations = o->max_iterations > 0 ? o->max_iterations : DEFAULT_ITERATIONS;
    o->restarts = o->restarts > 0 ? o->restarts : DEFAULT_RESTARTS;
    return INFO_OK;
}

static info_status check_start(info_i_error *error, const info_bottleneck_options *o, int64_t rows)
{
    int64_t cells;
    info_i_check_pointer(error, "options.start", o->start);
    info_i_check(error, info_i_multiply(rows, o->clusters, &cells) && o->start_len == cells, INFO_ERROR_SIZE,
                 "options.start: has %lld entries; %lld x %lld are needed", (long long)o->start_len, (long long)rows,
                 (long long)o->clusters);
    for (int64_t x = 0; x < rows && error->status == INFO_OK; x++) {
        double sum = 0;
        for (int64_t t = 0; t < o->clusters && error->status == INFO_OK; t++) {
            const double p = o->start[x * o->clusters + t];
            info_i_check(error, p >= 0 && p < INFINITY, INFO_ERROR_DOMAIN, "options.start: row %lld, column %lld is %s",
                         (long long)x, (long long)t, info_i_number_text(p).text);
            sum += p;
        }
        info_i_check(error, fabs(sum - 1) <= 1e-6, INFO_ERROR_SUM,
                     "options.start: row %lld sums to %s; it must sum to 1", (long long)x,
                     info_i_number_text(sum).text);
    }
    return error->status;
}

static info_status check_beta(info_ctx *ctx, const char *name, double beta, bool infinite_allowed)
{
    return info_i_check(&ctx->error, beta >= 0 && (infinite_allowed || beta < INFINITY), INFO_ERROR_DOMAIN,
                        "%s: %s; it must be at least 0%s", name, info_i_number_text(beta).text,
                        infinite_allowed ? "" : " and finite");
}

static info_status check_job(info_ctx *ctx, job *j, const info_matrix *joint, const info_bottleneck_options *given)
{
    const int64_t rows = info_i_row_count(joint);
    info_i_check_matrix(&ctx->error, "joint", joint);
    info_i_bottleneck_options(ctx, given, rows, &j->options);
    if (j->options.start)
        check_start(&ctx->error, &j->options, rows);
    return ctx->error.status;
}

static info_i_span start_span(const job *j)
{
    return info_i_array_span("options.start", j->options.start, j->options.start_len, sizeof(double));
}

static info_status open_job(info_ctx *ctx, job *j, const info_matrix *joint)
{
    const info_status status = info_i_relevance_open(ctx, joint, j->options.kind, &j->table);
    if (status != INFO_OK)
        return status;
    const int64_t k = j->options.clusters;
    int64_t decoder;
    if (!info_i_multiply(j->table.given_rows, k, &j->cells) || !info_i_multiply(j->table.cols, k, &decoder))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "options.clusters: %lld are too many", (long long)k);
    double **const matrices[] = {&j->encoder, &j->best, &j->scaled};
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++)
        if (!(*matrices[i] = info_i_scratch(ctx, j->cells, sizeof(double))))
            return ctx->error.status;
    j->cells = j->table.rows * k; /* those that occur */
    j->joint = info_i_scratch(ctx, decoder, sizeof(double));
    j->weights = info_i_scratch(ctx, k, sizeof(double));
    j->labels = info_i_scratch(ctx, j->table.given_rows, sizeof *j->labels);
    j->run = (info_i_bottleneck_run){.determinism = j->options.determinism,
                                     .tolerance = j->options.tolerance,
                                     .clusters = k,
                                     .max_iterations = j->options.max_iterations};
    return j->joint && j->weights && j->labels ? INFO_OK : ctx->error.status;
}

/* ---- Starts ------------------------------------------------------------- */

static void start_random(job *j, uint64_t *state)
{
    const int64_t k = j->run.clusters;
    for (int64_t x = 0; x < j->table.rows; x++) {
        double *p = j->encoder + x * k, sum = 0;
        for (int64_t t = 0; t < k; t++)
            sum += p[t] = -log1p(-info_i_random(state)) + 0x1p-60;
        for (int64_t t = 0; t < k; t++)
            p[t] /= sum;
    }
}

static void start_given(job *j)
{
    const int64_t k = j->run.clusters;
    for (int64_t x = 0; x < j->table.rows; x++)
        memcpy(j->encoder + x * k, j->options.start + j->table.letter[x] * k, (size_t)k * sizeof(double));
}

/* Every letter to the cluster of its label. */
static void encode(const job *j, const int64_t *labels, double *encoder)
{
    memset(encoder, 0, (size_t)j->cells * sizeof *encoder);
    for (int64_t x = 0; x < j->table.rows; x++)
        encoder[x * j->run.clusters + labels[x]] = 1;
}

static int64_t largest_of(int64_t n, const double *v)
{
    int64_t best = 0;
    for (int64_t k = 1; k < n; k++)
        if (v[k] > v[best])
            best = k;
    return best;
}

/* ---- Runs --------------------------------------------------------------- */

static void keep_better(job *j, const info_i_clustering *found)
{
    if (!(found->value < j->found.value))
        return;
    memcpy(j->best, j->encoder, (size_t)j->cells * sizeof *j->best);
    j->found = *found;
    j->converged = j->run.converged;
}

/* All in one cluster: value 0, which no run may exceed. */
static void keep_trivial(job *j)
{
    memset(j->labels, 0, (size_t)j->table.rows * sizeof *j->labels);
    encode(j, j->labels, j->best);
    j->found = (info_i_clustering){.clusters = 1};
    j->converged = true;
}

static info_status measure_labels(job *j)
{
    encode(j, j->labels, j->encoder);
    const info_status status =
        info_i_relevance_decode(&j->table, j->run.clusters, j->encoder, j->weights, j->joint, j->scaled);
    if (status != INFO_OK)
        return status;
    const info_i_clustering found = info_i_relevance_measure(&j->table, j->run.clusters, j->encoder, j->weights,
                                                             j->joint, j->run.beta, j->run.determinism);
    keep_better(j, &found);
    return INFO_OK;
}

/* Moves single letters from where the self-consistent equations stopped, until no move gains. */
static info_status polish(info_ctx *ctx, job *j)
{
    uint64_t state = j->options.seed;
    for (int64_t x = 0; x < j->table.rows; x++)
        j->labels[x] = largest_of(j->run.clusters, j->encoder + x * j->run.clusters);
    const info_status status = info_i_bottleneck_sequential(ctx, &j->table, &j->run, &state, j->labels);
    return status == INFO_OK ? measure_labels(j) : status;
}

static info_status run_soft(info_ctx *ctx, job *j)
{
    info_i_clustering found;
    info_status status = info_i_bottleneck_iterate(ctx, &j->table, &j->run, j->encoder, &found);
    if (status != INFO_OK)
        return status;
    keep_better(j, &found);
    return j->run.determinism == 1 ? polish(ctx, j) : INFO_OK;
}

/* From the caller's start, from every letter alone (where clusters allow) and from random ones. */
static info_status run_iterative(info_ctx *ctx, job *j)
{
    info_status status = INFO_OK;
    if (j->options.start) {
        start_given(j);
        status = run_soft(ctx, j);
    }
    if (status == INFO_OK && j->run.clusters >= j->table.rows) {
        for (int64_t x = 0; x < j->table.rows; x++)
            j->labels[x] = x;
        encode(j, j->labels, j->encoder);
        status = run_soft(ctx, j);
    }
    for (int64_t i = 0; status == INFO_OK && i < j->options.restarts; i++) {
        uint64_t state = j->options.seed + (uint64_t)i;
        start_random(j, &state);
        status = run_soft(ctx, j);
    }
    return status;
}

static info_status run_hard(info_ctx *ctx, job *j)
{
    info_status status = INFO_OK;
    if (j->options.method == INFO_BOTTLENECK_AGGLOMERATIVE) {
        status = info_i_bottleneck_agglomerate(ctx, &j->table, &j->run, j->labels);
        return status == INFO_OK ? measure_labels(j) : status;
    }
    for (int64_t i = 0; status == INFO_OK && i < j->options.restarts; i++) {
        uint64_t state = j->options.seed + (uint64_t)i;
        for (int64_t x = 0; x < j->table.rows; x++)
            j->labels[x] = (int64_t)(info_i_random(&state) * (double)j->run.clusters);
        status = info_i_bottleneck_sequential(ctx, &j->table, &j->run, &state, j->labels);
        if (status == INFO_OK)
            status = measure_labels(j);
    }
    return status;
}

/* ---- Results ------------------------------------------------------------ */

static double relevance_limit(const job *j)
{
    return fmin(j->table.information, log((double)j->run.clusters));
}

static info_status summarize(const job *j, double beta, info_bottleneck_result *result)
{
    const info_i_clustering *c = &j->found;
    const double e = j->table.contraction, most = relevance_limit(j);
    const double rounding =
        ((double)(j->table.rows + j->table.cols) + 64) * 0x1p-53 * (1 + (isinf(beta) ? 1 : beta)) * (1 + most);
    const bool one = c->clusters == 1 && c->relevance == 0;
    double value = c->value, lower, upper;
    if (isinf(beta)) {
        value = c->relevance;
        lower = value - rounding;
        upper = fmax(most, value) + rounding;
    } else {
        upper = value + (one ? 0 : rounding);
        lower = e * beta <= 1 ? 0 : -(beta - 1 / e) * most - rounding;
        lower = fmin(lower, value);
    }
    const info_status status = upper - lower <= CERTAIN ? INFO_OK
                               : j->converged           ? INFO_LOCAL_OPTIMUM
                                                        : INFO_NOT_CONVERGED;
    const info_unit unit = j->options.unit;
    *result = (info_bottleneck_result){
        .value = info_i_from_nats(value, unit),
        .lower = info_i_from_nats(lower, unit),
        .upper = info_i_from_nats(upper, unit),
        .compression = info_i_from_nats(c->compression, unit),
        .relevance = info_i_from_nats(c->relevance, unit),
        .relevance_bound = info_i_from_nats(fmax(fmin(most, e * c->compression), c->relevance), unit),
        .entropy = info_i_from_nats(c->entropy, unit),
        .beta = beta,
        .clusters = c->clusters,
        .iterations = j->run.iterations,
        .status = status,
    };
    return status;
}

static void write_encoder(const job *j, const double *marginal, const info_matrix_out *encoder)
{
    int64_t at = 0;
    for (int64_t x = 0; x < j->table.given_rows; x++) {
        const bool occurs = at < j->table.rows && j->table.letter[at] == x;
        info_i_put_row_f64(encoder, x, 0, j->run.clusters, occurs ? j->best + at * j->run.clusters : marginal);
        at += occurs;
    }
}

static void write_labels(const job *j, const double *marginal, int64_t *labels)
{
    int64_t at = 0;
    for (int64_t x = 0; x < j->table.given_rows; x++) {
        const bool occurs = at < j->table.rows && j->table.letter[at] == x;
        labels[x] = largest_of(j->run.clusters, occurs ? j->best + at * j->run.clusters : marginal);
        at += occurs;
    }
}

/* ---- Public functions --------------------------------------------------- */

static info_status bottleneck(info_ctx *ctx, const info_matrix *joint, double beta,
                              const info_bottleneck_options *options, const info_matrix_out *encoder, int64_t *labels,
                              int64_t labels_len, info_bottleneck_result *result)
{
    info_i_error *error = &ctx->error;
    job j = {0};
    const int64_t rows = info_i_row_count(joint);
    check_job(ctx, &j, joint, options);
    check_beta(ctx, "beta", beta, j.options.method != INFO_BOTTLENECK_ITERATIVE);
    info_i_check_pointer(error, "result", result);
    if (encoder)
        info_i_check_shape(error, "encoder", encoder, rows, j.options.clusters);
    if (labels)
        info_i_check_output(error, "labels", labels, labels_len, rows);
    info_i_check_spans(error,
                       (info_i_span[]){info_i_matrix_out_span("encoder", encoder),
                                       info_i_array_span("labels", labels, rows, sizeof *labels),
                                       {"result", result, sizeof *result},
                                       {0}},
                       (info_i_span[]){info_i_matrix_span("joint", joint), start_span(&j), {0}});
    if (error->status != INFO_OK)
        return error->status;
    info_status status = open_job(ctx, &j, joint);
    if (status != INFO_OK)
        return status;
    j.run.beta = beta;
    keep_trivial(&j);
    if (j.table.contraction * beta > 1 && j.run.clusters > 1 && j.table.rows > 1)
        status = j.options.method == INFO_BOTTLENECK_ITERATIVE ? run_iterative(ctx, &j) : run_hard(ctx, &j);
    if (status == INFO_OK)
        status = info_i_relevance_decode(&j.table, j.run.clusters, j.best, j.weights, j.joint, j.scaled);
    if (status != INFO_OK)
        return status;
    if (encoder)
        write_encoder(&j, j.weights, encoder);
    if (labels)
        write_labels(&j, j.weights, labels);
    return summarize(&j, beta, result);
}

info_status info_bottleneck(info_ctx *ctx, const info_matrix *joint, double beta,
                            const info_bottleneck_options *options, const info_matrix_out *encoder, int64_t *labels,
                            int64_t labels_len, info_bottleneck_result *result)
{
    return INFO_I_CALL(ctx, bottleneck(ctx, joint, beta, options, encoder, labels, labels_len, result));
}

/* One beta of a curve: the best of what is stored for it, if anything, and of a run from the neighbor. */
typedef struct anneal {
    info_i_clustering found;
    bool converged, stored;
} anneal;

static info_status visit(info_ctx *ctx, job *j, double beta, anneal *a, double *solution, const double *neighbor,
                         bool restarts)
{
    j->run.beta = beta;
    if (a->stored) {
        memcpy(j->best, solution, (size_t)j->cells * sizeof *solution);
        j->found = a->found;
        j->converged = a->converged;
    } else {
        keep_trivial(j);
    }
    info_status status = INFO_OK;
    if (j->table.contraction * beta > 1 && j->run.clusters > 1 && j->table.rows > 1) {
        if (restarts)
            status = run_iterative(ctx, j);
        if (status == INFO_OK && neighbor) {
            memcpy(j->encoder, neighbor, (size_t)j->cells * sizeof *neighbor);
            status = run_soft(ctx, j);
        }
    }
    *a = (anneal){j->found, j->converged, true};
    memcpy(solution, j->best, (size_t)j->cells * sizeof *solution);
    return status;
}

/* Positions of betas from the largest to the smallest. */
static void order_descending(const double *betas, int64_t count, int64_t *order)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t at = i;
        for (; at > 0 && betas[order[at - 1]] < betas[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static int32_t uncertainty(info_status status)
{
    return status == INFO_NOT_CONVERGED ? 2 : status == INFO_LOCAL_OPTIMUM ? 1 : 0;
}

static info_status curve(info_ctx *ctx, const info_matrix *joint, const double *betas, int64_t count,
                         const info_bottleneck_options *options, info_bottleneck_result *points)
{
    info_i_error *error = &ctx->error;
    job j = {0};
    int64_t cells;
    check_job(ctx, &j, joint, options);
    info_i_check_pointer(error, "betas", betas);
    info_i_check_pointer(error, "points", points);
    info_i_check(error, count >= 1, INFO_ERROR_SIZE, "count: %lld; it must be at least 1", (long long)count);
    info_i_check(error, count <= INT32_MAX, INFO_ERROR_OVERFLOW, "count: %lld betas are too many", (long long)count);
    info_i_check(error, j.options.method == INFO_BOTTLENECK_ITERATIVE, INFO_ERROR_OPTION,
                 "options.method: a curve is that of the iterative method");
    info_i_check_spans(error, (info_i_span[]){info_i_array_span("points", points, count, sizeof *points), {0}},
                       (info_i_span[]){info_i_matrix_span("joint", joint),
                                       info_i_array_span("betas", betas, count, sizeof *betas),
                                       start_span(&j),
                                       {0}});
    for (int64_t i = 0; error->status == INFO_OK && i < count; i++)
        check_beta(ctx, "betas", betas[i], false);
    if (error->status != INFO_OK || open_job(ctx, &j, joint) != INFO_OK)
        return error->status;
    if (!info_i_multiply(count, j.cells, &cells))
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "count: %lld betas are too many", (long long)count);
    info_status status = INFO_OK;
    double *solutions = info_i_scratch(ctx, count * j.cells, sizeof *solutions);
    anneal *states = info_i_scratch_zero(ctx, count, sizeof *states);
    int64_t *order = info_i_scratch(ctx, count, sizeof *order);
    if (!solutions || !states || !order)
        return ctx->error.status;
    order_descending(betas, count, order);
    for (int64_t i = 0; status == INFO_OK && i < count; i++)
        status = visit(ctx, &j, betas[order[i]], states + order[i], solutions + order[i] * j.cells,
                       i > 0 ? solutions + order[i - 1] * j.cells : NULL, true);
    for (int64_t i = count - 2; status == INFO_OK && i >= 0; i--)
        status = visit(ctx, &j, betas[order[i]], states + order[i], solutions + order[i] * j.cells,
                       solutions + order[i + 1] * j.cells, false);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < count; i++) {
        j.found = states[i].found;
        j.converged = states[i].converged;
        const info_status point = summarize(&j, betas[i], points + i);
        status = uncertainty(point) > uncertainty(status) ? point : status;
    }
    return status;
}

info_status info_bottleneck_curve(info_ctx *ctx, const info_matrix *joint, const double *betas, int64_t count,
                                  const info_bottleneck_options *options, info_bottleneck_result *points)
{
    return INFO_I_CALL(ctx, curve(ctx, joint, betas, count, options, points));
}
