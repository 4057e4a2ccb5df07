/* SPDX-License-Identifier: MIT
 *
 * The self-consistent equations of the bottleneck,
 *
 *     p(t|x) ~ exp((log p(t) - beta KL(p(y|x) || p(y|t))) / a),   a = 1 - determinism,
 *
 * whose limit for a = 0 gives each x to its best t. Both products are matrix
 * products: p(t, y) = sum_x p(x, t) p(y|x), and sum_y p(y|x) log p(y|t).
 */
#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "coding/relevance.h"

/* Stands for log 0 inside a matrix product, where 0 times it must be 0. */
#define LOG_ZERO (-1e30)

#define CHECK 8 /* steps between two looks at the value, which costs as much as a step */

typedef struct buffers {
    double *weights; /* p(t) */
    double *joint;   /* p(t, y), then log p(y|t) */
    double *scaled;  /* p(x, t), then the exponents */
} buffers;

static info_status allocate(info_ctx *ctx, const info_i_relevance *r, int64_t clusters, buffers *b)
{
    b->weights = info_i_scratch(ctx, clusters, sizeof(double));
    b->joint = info_i_scratch(ctx, clusters * r->cols, sizeof(double));
    b->scaled = info_i_scratch(ctx, clusters * r->rows, sizeof(double));
    return b->weights && b->joint && b->scaled ? INFO_OK : ctx->error.status;
}

/* p(t, y) becomes log p(y|t). */
static void logarithms(const info_i_relevance *r, int64_t clusters, const double *weights, double *joint)
{
    for (int64_t t = 0; t < clusters; t++) {
        double *row = joint + t * r->cols;
        const double scale = weights[t] > 0x1p-1000 ? 1 / weights[t] : 0; /* a cluster of next to nothing is empty */
        r->kernels->logarithms(r->cols, row, scale, LOG_ZERO, row);
    }
}

/* All to the largest exponent. */
static void assign(int64_t clusters, const double *exponent, double *p)
{
    int64_t best = 0;
    for (int64_t t = 1; t < clusters; t++)
        best = exponent[t] > exponent[best] ? t : best;
    memset(p, 0, (size_t)clusters * sizeof *p);
    p[best] = 1;
}

/* A step of the equations, from decoded weights and joint. */
static info_status step(const info_i_relevance *r, const info_i_bottleneck_run *run, buffers *b, double *encoder)
{
    const info_i_mixture_kernels *kernels = r->kernels;
    const int64_t k = run->clusters;
    logarithms(r, k, b->weights, b->joint);
    const info_status status = info_i_backend_default()->gemm_f64(false, true, r->rows, k, r->cols, run->beta, r->conditional,
                                                                  r->cols, b->joint, r->cols, 0, b->scaled, k);
    if (status != INFO_OK)
        return status;
    for (int64_t t = 0; t < k; t++)
        b->weights[t] = b->weights[t] > 0 ? log(b->weights[t]) : LOG_ZERO;
    for (int64_t x = 0; x < r->rows; x++) {
        double *exponent = b->scaled + x * k;
        for (int64_t t = 0; t < k; t++)
            exponent[t] += b->weights[t];
        if (run->determinism == 1)
            assign(k, exponent, encoder + x * k);
        else
            kernels->softmax(k, 1 / (1 - run->determinism), exponent, encoder + x * k);
    }
    return INFO_OK;
}

info_status info_i_bottleneck_iterate(info_ctx *ctx, const info_i_relevance *r, info_i_bottleneck_run *run,
                                      double *encoder, info_i_clustering *found)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    buffers b;
    info_status status = allocate(ctx, r, run->clusters, &b);
    double before = INFINITY;
    run->converged = false;
    for (int64_t i = 0; status == INFO_OK; i++) {
        status = info_i_relevance_decode(r, run->clusters, encoder, b.weights, b.joint, b.scaled);
        if (status != INFO_OK)
            break;
        if (i % CHECK == 0 || i >= run->max_iterations) {
            *found = info_i_relevance_measure(r, run->clusters, encoder, b.weights, b.joint, run->beta, run->determinism);
            run->converged = before - found->value <= run->tolerance;
            if (run->converged || i >= run->max_iterations)
                break;
            before = found->value;
            status = info_i_progress(ctx, (double)i / (double)run->max_iterations);
        }
        if (status == INFO_OK)
            status = step(r, run, &b, encoder);
        run->iterations++;
    }
    info_i_scratch_release(ctx, mark);
    return status;
}
