/* SPDX-License-Identifier: MIT
 *
 * The self-consistent equations of the bottleneck,
 *
 *     p(t|x) ~ exp((log p(t) + beta sum_y p(y|x) log p(y|t)) / a),   a = 1 - determinism,
 *
 * whose limit for a = 0 gives each x to its best t. Both sums are matrix products: that over y,
 * and p(t, y) = sum_x p(t, x) p(y|x).
 *
 * The logarithm of the normalizer of p(t|x), times a and in the mean over x, is minus the Lagrangian at the
 * new encoder and the old decoder, up to a constant. It falls from step to step and costs nothing.
 */
#include <math.h>

#include "backend/backend.h"
#include "coding/relevance.h"

/* Stands for log 0 inside a matrix product, where 0 times it must be 0. */
#define LOG_ZERO (-1e30)

#define CHECK 8 /* steps between two comparisons of the free energy */

typedef struct equations {
    const info_i_relevance *table;
    const info_i_bottleneck_run *run;
    double *encoded;     /* p(t, x), clusters x rows */
    double *weights;     /* p(t), then log p(t) */
    double *joint;       /* p(t, y), then log p(y|t) */
    double *free_energy; /* of each x */
} equations;

static info_status allocate(info_ctx *ctx, equations *e)
{
    const int64_t clusters = e->run->clusters;
    e->weights = info_i_scratch(ctx, clusters, sizeof(double));
    e->joint = info_i_scratch(ctx, clusters * e->table->cols, sizeof(double));
    e->encoded = info_i_scratch(ctx, clusters * e->table->rows, sizeof(double));
    e->free_energy = info_i_scratch(ctx, e->table->rows, sizeof(double));
    return e->weights && e->joint && e->encoded && e->free_energy ? INFO_OK : ctx->error.status;
}

/* p(t, y) becomes log p(y|t), p(t) becomes log p(t). */
static void take_logarithms(const equations *e)
{
    const info_i_relevance *r = e->table;
    for (int64_t t = 0; t < e->run->clusters; t++) {
        double *row = e->joint + t * r->cols;
        const double scale =
            e->weights[t] > 0x1p-1000 ? 1 / e->weights[t] : 0; /* a cluster of next to nothing is empty */
        r->kernels->logarithms(r->cols, row, scale, LOG_ZERO, row);
    }
    r->kernels->logarithms(e->run->clusters, e->weights, 1, LOG_ZERO, e->weights);
}

/* The limit a = 0: all of p(x) to the largest exponent. */
static void assign(const equations *e)
{
    const int64_t rows = e->table->rows;
    for (int64_t x = 0; x < rows; x++) {
        int64_t best = 0;
        double largest = -INFINITY;
        for (int64_t t = 0; t < e->run->clusters; t++) {
            double *exponent = e->encoded + t * rows + x;
            const double value = *exponent + e->weights[t];
            best = value > largest ? t : best;
            largest = fmax(largest, value);
            *exponent = 0;
        }
        e->encoded[best * rows + x] = e->table->px[x];
        e->free_energy[x] = largest;
    }
}

/* A step of the equations, from decoded weights and joint to p(t, x). */
static info_status step(const equations *e)
{
    const info_i_relevance *r = e->table;
    take_logarithms(e);
    const info_status status =
        info_i_backend_default()->gemm_f64(false, true, e->run->clusters, r->rows, r->cols, e->run->beta, e->joint,
                                           r->cols, r->conditional, r->cols, 0, e->encoded, r->rows);
    if (status != INFO_OK)
        return status;
    if (e->run->determinism == 1)
        assign(e);
    else
        r->kernels->posterior(e->run->clusters, r->rows, 1 / (1 - e->run->determinism), e->weights, r->px, e->encoded,
                              e->free_energy);
    return INFO_OK;
}

info_status info_i_bottleneck_iterate(info_ctx *ctx, const info_i_relevance *r, info_i_bottleneck_run *run,
                                      double *encoder, info_i_clustering *found)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    equations e = {.table = r, .run = run};
    info_status status = allocate(ctx, &e);
    if (status == INFO_OK)
        status = info_i_relevance_decode(r, run->clusters, encoder, e.weights, e.joint, e.encoded);
    double before = -INFINITY;
    run->converged = false;
    for (int64_t i = 0; status == INFO_OK && !run->converged && i < run->max_iterations; i++) {
        status = step(&e);
        if (status == INFO_OK && i % CHECK == 0) {
            const double now = r->kernels->dot(r->rows, r->px, e.free_energy);
            run->converged = now - before <= run->tolerance;
            before = now;
            status = info_i_progress(ctx, (double)i / (double)run->max_iterations);
        }
        if (status == INFO_OK)
            status = info_i_relevance_decode_joint(r, run->clusters, e.encoded, e.weights, e.joint);
        run->iterations++;
    }
    if (status == INFO_OK) {
        info_i_relevance_encoder(r, run->clusters, e.encoded, encoder);
        *found = info_i_relevance_measure(r, run->clusters, encoder, e.weights, e.joint, run->beta, run->determinism);
    }
    info_i_scratch_release(ctx, mark);
    return status;
}
