/* SPDX-License-Identifier: MIT
 * Effective rank without a decomposition: a sketch, random vectors, Lanczos' quadrature. */
#include <math.h>
#include <string.h>

#include "info/spectral.h"
#include "backend/backend.h"
#include "numeric/random.h"
#include "numeric/student.h"
#include "numeric/unit.h"
#include "spectral/decompose.h"
#include "spectral/gram.h"
#include "spectral/lanczos.h"

#define DEFAULT_PROBES 32
#define DEFAULT_CONFIDENCE 0.95

/* The quadrature is good enough when its brackets are this small beside the sampling error. */
#define QUADRATURE_SHARE 0.1

/* Products with a piece of the states take at most this many numbers. */
#define MIDDLE_NUMBERS ((int64_t)4 << 20)

typedef info_effective_rank_estimate_options given_options;

/* C = Z^T Z / tr, or Z Z^T / tr where that is smaller, to multiply by. */
typedef struct covariance {
    const info_i_place *place;
    const info_i_states *s;
    int64_t n, length, step;
    double *block, *middle; /* n x step; probes x step */
    int64_t products;
} covariance;

/* w_i = C v_i of count vectors, as rows. */
static info_status multiply(covariance *c, int64_t count, const double *v, double *w)
{
    const info_i_backend *backend = info_i_backend_default();
    const bool rows = c->s->x.cols <= c->s->x.rows;
    info_status status = INFO_OK;
    for (int64_t begin = 0; begin < c->length && status == INFO_OK; begin += c->step) {
        const info_i_piece b = info_i_piece_at(c->s, begin, c->step);
        const int64_t inner = rows ? b.rows : b.cols;
        status = info_i_states_block_f64(c->place, c->s, b.row, b.rows, b.col, b.cols, c->block, NULL);
        if (status == INFO_OK)
            status =
                backend->gemm_f64(false, rows, count, inner, c->n, 1, v, c->n, c->block, b.cols, 0, c->middle, inner);
        if (status == INFO_OK)
            status = backend->gemm_f64(false, !rows, count, c->n, inner, 1 / c->s->squares, c->middle, inner, c->block,
                                       b.cols, begin > 0, w, c->n);
    }
    c->products++;
    return status;
}

static double dot(int64_t n, const double *x, const double *y)
{
    double sum[8] = {0};
    const int64_t whole = n - n % 8;
    for (int64_t j = 0; j < whole; j += 8)
        for (int64_t lane = 0; lane < 8; lane++)
            sum[lane] += x[j + lane] * y[j + lane];
    for (int64_t j = whole; j < n; j++)
        sum[j - whole] += x[j] * y[j];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static void subtract(int64_t n, double f, const double *x, double *y)
{
    for (int64_t j = 0; j < n; j++)
        y[j] -= f * x[j];
}

/* v less its part in the span of count orthonormal rows. Once is enough: rounding leaves 1e-8 of it at most, where rows are
 * kept that are no shorter, and sampling is off by far more. */
static void project_out(int64_t n, int64_t count, const double *q, double *v)
{
    for (int64_t j = 0; j < count; j++)
        subtract(n, dot(n, q + j * n, v), q + j * n, v);
}

/* Orthonormal rows of the same span, in front; returns how many. */
static int64_t orthonormalize(int64_t n, int64_t count, double *v)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        double *row = v + kept * n;
        memmove(row, v + i * n, (size_t)n * sizeof *row);
        const double before = sqrt(dot(n, row, row));
        project_out(n, kept, v, row);
        const double after = sqrt(dot(n, row, row));
        if (!(after > 1e-8 * before))
            continue;
        for (int64_t j = 0; j < n; j++)
            row[j] /= after;
        kept++;
    }
    return kept;
}

static void random_signs(uint64_t *state, int64_t count, double *v)
{
    for (int64_t j = 0; j < count; j++)
        v[j] = info_i_random_bits(state) >> 63 ? 1 : -1;
}

/* Vectors in the making: first the sketched directions, then the probes. */
typedef struct vectors {
    int64_t n, directions, probes, count;
    double *v, *before, *w; /* count x n */
    double *alpha, *beta;   /* steps x count: Lanczos' recurrences */
    int64_t *steps;         /* of each that is complete, 0 if it is not */
    double *weight;         /* squares of the vectors' lengths */
    double *low, *high;     /* of v^T f(C) v */
    double *work;
} vectors;

/* Orthonormal directions from two multiplications of random signs; then random signs less their part in those. */
static info_status start(covariance *c, vectors *s, uint64_t seed)
{
    uint64_t state = seed;
    const int64_t n = s->n;
    random_signs(&state, s->probes * n, s->w);
    s->directions = info_i_least(s->probes, n);
    for (int pass = 0; pass < 2; pass++) {
        const info_status status = multiply(c, s->directions, s->w, s->v);
        if (status != INFO_OK)
            return status;
        s->directions = orthonormalize(n, s->directions, s->v);
        memcpy(s->w, s->v, (size_t)(s->directions * n) * sizeof *s->v);
    }
    s->count = s->directions + s->probes;
    double *probes = s->v + s->directions * n;
    random_signs(&state, s->probes * n, probes);
    for (int64_t i = 0; i < s->count; i++) {
        double *row = s->v + i * n;
        if (i >= s->directions)
            project_out(n, s->directions, s->v, row);
        s->weight[i] = i < s->directions ? 1 : dot(n, row, row);
        if (s->weight[i] <= 1e-20 * (double)n)
            s->weight[i] = 0; /* the directions span all */
        for (int64_t j = 0; j < n; j++)
            row[j] = s->weight[i] > 0 ? row[j] / sqrt(s->weight[i]) : 0;
        s->steps[i] = 0;
    }
    memset(s->before, 0, (size_t)(s->count * n) * sizeof *s->before);
    return INFO_OK;
}

/* Step k of the recurrence of all vectors. */
static info_status advance(covariance *c, vectors *s, int64_t k)
{
    const int64_t n = s->n;
    const info_status status = multiply(c, s->count, s->v, s->w);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < s->count; i++) {
        double *w = s->w + i * n;
        const double *v = s->v + i * n, previous = k > 0 ? s->beta[(k - 1) * s->count + i] : 0, alpha = dot(n, v, w);
        subtract(n, alpha, v, w);
        subtract(n, previous, s->before + i * n, w);
        double beta = sqrt(dot(n, w, w));
        if (beta <= 1e-13 * (alpha + previous) || k + 1 == n) { /* an invariant subspace, or all of it */
            beta = 0;
            s->steps[i] = s->steps[i] ? s->steps[i] : k + 1;
        }
        for (int64_t j = 0; j < n; j++)
            w[j] = beta > 0 ? w[j] / beta : 0;
        s->alpha[k * s->count + i] = alpha;
        s->beta[k * s->count + i] = beta;
    }
    double *free = s->before;
    s->before = s->v;
    s->v = s->w;
    s->w = free;
    return INFO_OK;
}

typedef struct estimate {
    double entropy, standard_error, quadrature;
} estimate;

/* Both parts of the trace: regression of the probes' y = v^T f(C) v on x = v^T C v, whose mean is known, taken at
 * that mean. It is linear in y, so that the brackets' half-widths go through it. */
static estimate combine(const vectors *s)
{
    estimate e = {0};
    double inside = 0;
    for (int64_t i = 0; i < s->directions; i++) {
        e.entropy += (s->low[i] + s->high[i]) / 2;
        e.quadrature += (s->high[i] - s->low[i]) / 2;
        inside += s->alpha[i];
    }
    const double count = (double)s->probes, known = 1 - inside;
    double mean_x = 0, mean_y = 0, xx = 0, xy = 0, squares = 0, quadrature = 0;
    const double *low = s->low + s->directions, *high = s->high + s->directions, *first = s->alpha + s->directions;
    const double *weight = s->weight + s->directions;
    for (int64_t i = 0; i < s->probes; i++) {
        mean_x += weight[i] * first[i] / count;
        mean_y += weight[i] * (low[i] + high[i]) / 2 / count;
    }
    for (int64_t i = 0; i < s->probes; i++) {
        const double x = weight[i] * first[i] - mean_x, y = weight[i] * (low[i] + high[i]) / 2 - mean_y;
        xx += x * x;
        xy += x * y;
    }
    const double slope = xx > 0 ? xy / xx : 0, off = known - mean_x;
    for (int64_t i = 0; i < s->probes; i++) {
        const double x = weight[i] * first[i] - mean_x, y = weight[i] * (low[i] + high[i]) / 2 - mean_y;
        squares += (y - slope * x) * (y - slope * x);
        quadrature += fabs(1 / count + (xx > 0 ? off * x / xx : 0)) * weight[i] * (high[i] - low[i]) / 2;
    }
    e.entropy += mean_y + slope * off;
    e.quadrature += quadrature;
    e.standard_error = sqrt(squares / (count - 2) * (1 / count + (xx > 0 ? off * off / xx : 0)));
    return e;
}

static info_status brackets(vectors *s, int64_t steps, bool *complete)
{
    *complete = true;
    for (int64_t i = 0; i < s->count; i++) {
        const int64_t taken = s->steps[i] ? s->steps[i] : steps;
        *complete = *complete && s->steps[i];
        const info_status status =
            info_i_lanczos_bracket(taken, s->alpha + i, s->beta + i, s->count, s->work, &s->low[i], &s->high[i]);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

/* Steps until the quadrature does not matter beside the sampling. */
static info_status iterate(info_ctx *ctx, covariance *c, vectors *s, double quantile, estimate *e)
{
    const int64_t most = info_i_least(s->n, INFO_I_LANCZOS_STEPS);
    int64_t check = info_i_least(6, most);
    for (int64_t k = 0; k < most; k++) {
        info_status status = advance(c, s, k);
        if (status == INFO_OK)
            status = info_i_progress(ctx, (double)(k + 1) / (double)most);
        if (status != INFO_OK)
            return status;
        if (k + 1 < check)
            continue;
        bool complete;
        status = brackets(s, k + 1, &complete);
        if (status != INFO_OK)
            return status;
        *e = combine(s);
        if (complete || e->quadrature <= fmax(QUADRATURE_SHARE * quantile * e->standard_error, 1e-12))
            return INFO_OK;
        check = info_i_least(check + (check + 1) / 2, most);
    }
    return INFO_OK;
}

static info_status open_options(info_ctx *ctx, const info_spectral_options *options, const given_options *given,
                                info_i_spectral *o, given_options *e)
{
    info_i_error *error = &ctx->error;
    info_i_spectral_open(error, options, o);
    info_i_check(error, !o->gram && !o->singular_values && o->order == 1 && o->smoothing == 0, INFO_ERROR_OPTION,
                 "options: an estimate is of the entropy of order 1 of states on the covariance scale");
    info_i_options(error, info_effective_rank_estimate_options, "estimate", e, given);
    if (e->probes != 0)
        info_i_check_option(error, "estimate.probes", e->probes, 4, 4096);
    info_i_check_real(error, "estimate.confidence", e->confidence, 0, 1, INFO_I_BELOW_HIGH);
    e->probes = e->probes == 0 ? DEFAULT_PROBES : e->probes;
    e->confidence = e->confidence == 0 ? DEFAULT_CONFIDENCE : e->confidence;
    return error->status;
}

static info_status allocate(info_ctx *ctx, const info_matrix *x, const info_i_spectral *o, int64_t probes,
                            covariance *c, vectors *s)
{
    const int64_t rows = x->rows - o->skip, n = info_i_least(rows, x->cols), size = info_i_gram_size(rows, x->cols);
    int64_t all, states;
    if (size < 0 || !info_i_multiply(2 * probes, n, &all) || !info_i_multiply(rows, x->cols, &states))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "x: %lld x %lld is too large", (long long)x->rows,
                           (long long)x->cols);
    const int64_t most = info_i_least(n, INFO_I_LANCZOS_STEPS);
    *s = (vectors){.n = n, .probes = probes};
    c->n = n;
    c->length = rows + x->cols - n;
    const int64_t step = info_i_gram_step(rows, x->cols), fit = MIDDLE_NUMBERS / (2 * probes);
    c->step = info_i_least(step, fit < 64 ? 64 : fit);
    c->block = info_i_scratch(ctx, size, sizeof(double));
    c->middle = info_i_scratch(ctx, 2 * probes * c->step, sizeof(double));
    double **const pieces[] = {&s->v, &s->before, &s->w};
    for (int i = 0; i < 3; i++)
        *pieces[i] = info_i_scratch(ctx, all, sizeof(double));
    s->alpha = info_i_scratch(ctx, 2 * probes * most, sizeof(double));
    s->beta = info_i_scratch(ctx, 2 * probes * most, sizeof(double));
    s->steps = info_i_scratch(ctx, 2 * probes, sizeof(int64_t));
    s->weight = info_i_scratch(ctx, 2 * probes, sizeof(double));
    s->low = info_i_scratch(ctx, 2 * probes, sizeof(double));
    s->high = info_i_scratch(ctx, 2 * probes, sizeof(double));
    s->work = info_i_scratch(ctx, info_i_lanczos_work(), sizeof(double));
    const bool got = c->block && c->middle && s->v && s->before && s->w && s->alpha && s->beta && s->steps &&
                     s->weight && s->low && s->high && s->work;
    return got ? INFO_OK : ctx->error.status;
}

static info_status compute(info_ctx *ctx, covariance *c, vectors *s, const given_options *o, double quantile,
                           estimate *e)
{
    info_status status = start(c, s, o->seed);
    if (status == INFO_OK)
        status = iterate(ctx, c, s, quantile, e);
    return status == INFO_ERROR_BACKEND || status == INFO_ERROR_OVERFLOW
               ? info_i_fail(&ctx->error, status, "x: a step of the estimate failed in the backend")
               : status;
}

static info_status effective_rank_estimate(info_ctx *ctx, const info_matrix *x, const info_spectral_options *options,
                                           const given_options *given, info_effective_rank_estimate_result *out)
{
    info_i_spectral o;
    given_options own;
    info_i_error *error = &ctx->error;
    open_options(ctx, options, given, &o, &own);
    info_i_spectral_check(error, "x", x, &o);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_matrix_span("x", x), {0}});
    if (error->status != INFO_OK)
        return error->status;
    const info_i_place place = info_i_place_of(ctx);
    info_i_states states;
    covariance c = {.place = &place, .s = &states};
    vectors s;
    estimate e = {0};
    double *memory = info_i_scratch(ctx, info_i_states_size(x->rows - o.skip, x->cols), sizeof *memory);
    if (!memory)
        return ctx->error.status;
    info_status status = info_i_states_open(&place, "x", x, &o, memory, &states);
    if (status == INFO_OK)
        status = allocate(ctx, x, &o, own.probes, &c, &s);
    const double quantile = info_i_student_quantile(own.confidence, (double)own.probes - 2);
    if (status == INFO_OK)
        status = compute(ctx, &c, &s, &own, quantile, &e);
    if (status != INFO_OK)
        return status;
    const double half = quantile * e.standard_error + e.quadrature, top = log((double)s.n);
    const double entropy = fmin(fmax(e.entropy, 0), top);
    *out = (info_effective_rank_estimate_result){
        .effective_rank = exp(entropy),
        .low = exp(fmax(entropy - half, 0)),
        .high = exp(fmin(entropy + half, top)),
        .entropy = info_i_from_nats(entropy, o.unit),
        .standard_error = info_i_from_nats(e.standard_error, o.unit),
        .quadrature = info_i_from_nats(e.quadrature, o.unit),
        .products = c.products,
    };
    return INFO_OK;
}

info_status info_effective_rank_estimate(info_ctx *ctx, const info_matrix *x, const info_spectral_options *options,
                                         const info_effective_rank_estimate_options *given,
                                         info_effective_rank_estimate_result *out)
{
    return INFO_I_CALL(ctx, effective_rank_estimate(ctx, x, options, given, out));
}
