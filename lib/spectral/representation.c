/* SPDX-License-Identifier: MIT
 * The shape of a spectrum, curvature, nuclear norm, LiDAR, multimodal ratios. */
#include <math.h>

#include "info/spectral.h"
#include "backend/backend.h"
#include "numeric/convert.h"
#include "numeric/sort.h"
#include "numeric/unit.h"
#include "spectral/decompose.h"
#include "spectral/entropy_of.h"
#include "spectral/spectrum.h"

/* ---- Shape of a spectrum ------------------------------------------------ */

static int64_t rank_of(const double *p, int64_t n)
{
    int64_t rank = 0;
    while (rank < n && p[rank] > 4 * (double)n * 0x1p-52 * p[0])
        rank++;
    return rank;
}

/* -slope of log p_i on log i, i = 1..rank */
static double decay_of(const double *p, int64_t rank)
{
    if (rank < 2)
        return INFINITY;
    double x = 0, y = 0, xx = 0, xy = 0;
    for (int64_t i = 0; i < rank; i++) {
        x += log((double)(i + 1)) / (double)rank;
        y += log(p[i]) / (double)rank;
    }
    for (int64_t i = 0; i < rank; i++) {
        const double u = log((double)(i + 1)) - x;
        xx += u * u;
        xy += u * (log(p[i]) - y);
    }
    return -xy / xx;
}

/* A result of doubles, apart from x. */
static info_status check_out(info_i_error *error, const info_matrix *x, const void *out, int64_t bytes)
{
    info_i_check_place(error, "out", out, _Alignof(double));
    return info_i_check_spans(error, (info_i_span[]){{"out", out, bytes}, {0}},
                              (info_i_span[]){info_i_matrix_span("x", x), {0}});
}

static info_status shape(info_ctx *ctx, const info_matrix *x, const info_spectral_options *given,
                         info_spectrum_shape_result *out)
{
    info_i_spectral o;
    int64_t size;
    info_i_spectral_open(&ctx->error, given, &o);
    info_i_spectral_check(&ctx->error, "x", x, &o);
    info_i_spectrum_size(&ctx->error, "x", x, &o, &size);
    if (check_out(&ctx->error, x, out, sizeof *out) != INFO_OK)
        return ctx->error.status;
    double *memory = info_i_scratch(ctx, size, sizeof *memory), *p;
    if (!memory)
        return ctx->error.status;
    const info_i_place place = info_i_place_of(ctx);
    const info_status status = info_i_spectrum(&place, "x", x, &o, memory, &p);
    if (status != INFO_OK)
        return status;
    const int64_t n = info_i_spectrum_length(x, &o), rank = rank_of(p, n);
    for (int64_t i = rank; i < n; i++)
        p[i] = 0;
    const double nats = info_i_entropy_of(p, n, o.smoothing, o.order);
    double squares = 0, logs = 0;
    for (int64_t i = 0; i < n; i++)
        squares += p[i] * p[i];
    for (int64_t i = 0; i < rank; i++)
        logs += log(p[i]);
    *out = (info_spectrum_shape_result){
        .entropy = info_i_from_nats(nats, o.unit),
        .effective_rank = exp(nats),
        .participation_ratio = 1 / squares,
        .stable_rank = 1 / p[0],
        .condition_number = rank == n ? p[0] / p[n - 1] : INFINITY,
        .flatness = rank == n ? exp(logs / (double)n) * (double)n : 0, /* the arithmetic mean is 1/n */
        .decay = decay_of(p, rank),
        .rank = rank,
    };
    return INFO_OK;
}

info_status info_spectrum_shape(info_ctx *ctx, const info_matrix *x, const info_spectral_options *options,
                                info_spectrum_shape_result *out)
{
    return INFO_I_CALL(ctx, shape(ctx, x, options, out));
}

/* ---- Prepared states in scratch memory ---------------------------------- */

static info_status load(info_ctx *ctx, const info_matrix *x, const info_i_spectral *o, info_i_states *s, double **z)
{
    const int64_t rows = x->rows - o->skip;
    const info_i_place place = info_i_place_of(ctx);
    int64_t elements;
    if (!info_i_multiply(rows, x->cols, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "x: %lld x %lld is too large", (long long)x->rows,
                           (long long)x->cols);
    double *memory = info_i_scratch(ctx, info_i_states_size(rows, x->cols), sizeof *memory);
    if (!memory)
        return ctx->error.status;
    const info_status status = info_i_states_open(&place, "x", x, o, memory, s);
    if (status != INFO_OK)
        return status;
    *z = info_i_scratch(ctx, elements, sizeof **z);
    return *z ? info_i_states_block_f64(&place, s, 0, rows, 0, x->cols, *z, NULL) : ctx->error.status;
}

/* ---- Curvature ---------------------------------------------------------- */

/* Angle of two unit vectors, exact near 0 and pi where the arc cosine is not (Kahan). */
static double angle(int64_t d, const double *u, const double *v)
{
    double apart = 0, together = 0;
    for (int64_t j = 0; j < d; j++) {
        apart += (u[j] - v[j]) * (u[j] - v[j]);
        together += (u[j] + v[j]) * (u[j] + v[j]);
    }
    return 2 * atan2(sqrt(apart), sqrt(together));
}

/* The step after row k, of unit length; false if it is zero. */
static bool step_after(const double *z, int64_t k, int64_t d, double *unit)
{
    double squares = 0;
    for (int64_t j = 0; j < d; j++) {
        unit[j] = z[(k + 1) * d + j] - z[k * d + j];
        squares += unit[j] * unit[j];
    }
    for (int64_t j = 0; j < d && squares > 0; j++)
        unit[j] /= sqrt(squares);
    return squares > 0;
}

static info_status curvature(info_ctx *ctx, const info_matrix *x, double *out)
{
    info_i_check_matrix(&ctx->error, "x", x);
    check_out(&ctx->error, x, out, sizeof *out);
    info_status status = info_i_check(&ctx->error, x->rows >= 3, INFO_ERROR_SIZE, "x: has %lld rows; an angle needs 3",
                                      (long long)x->rows);
    if (status != INFO_OK)
        return status;
    const info_i_spectral plain = {.order = 1};
    info_i_states s;
    double *z, sum = 0, *steps = info_i_scratch(ctx, 2 * x->cols, sizeof *steps);
    status = steps ? load(ctx, x, &plain, &s, &z) : ctx->error.status;
    if (status != INFO_OK)
        return status;
    int64_t count = 0;
    double *before = steps, *after = steps + x->cols;
    bool moved = step_after(z, 0, x->cols, before);
    for (int64_t k = 1; k + 1 < x->rows; k++) {
        const bool moves = step_after(z, k, x->cols, after);
        if (moved && moves) {
            sum += angle(x->cols, before, after);
            count++;
        }
        double *swap = before;
        before = after, after = swap;
        moved = moves;
    }
    if (count == 0)
        return info_i_fail(&ctx->error, INFO_ERROR_DOMAIN,
                           "x: no two successive steps of its rows have a length above 0");
    *out = sum / (double)count;
    return INFO_OK;
}

info_status info_curvature(info_ctx *ctx, const info_matrix *x, double *out)
{
    return INFO_I_CALL(ctx, curvature(ctx, x, out));
}

/* ---- Nuclear norm ------------------------------------------------------- */

static info_status singular_values(info_ctx *ctx, int64_t rows, int64_t cols, double *z, double *values)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t size = backend->singular_values_work_f64(rows, cols);
    if (size < 0)
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "x: %lld x %lld is too large to decompose",
                           (long long)rows, (long long)cols);
    double *work = info_i_scratch(ctx, size, sizeof *work);
    if (!work)
        return ctx->error.status;
    const info_status status = backend->singular_values_f64(rows, cols, z, cols, values, work, size);
    return status == INFO_OK ? status : info_i_fail(&ctx->error, status, "x: the decomposition failed");
}

static info_status nuclear_norm(info_ctx *ctx, const info_matrix *x, const info_spectral_options *given,
                                info_nuclear_norm_result *out)
{
    info_i_spectral o;
    info_i_spectral_open(&ctx->error, given, &o);
    info_i_check(&ctx->error, !o.gram, INFO_ERROR_OPTION, "options.input: must be 0, states");
    info_i_spectral_check(&ctx->error, "x", x, &o);
    info_status status = check_out(&ctx->error, x, out, sizeof *out);
    if (status != INFO_OK)
        return status;
    const int64_t rows = x->rows - o.skip, cols = x->cols, n = rows < cols ? rows : cols;
    info_i_states s;
    double *z, *columns = info_i_scratch_zero(ctx, cols, sizeof *columns),
               *values = info_i_scratch(ctx, n, sizeof *values);
    status = columns && values ? load(ctx, x, &o, &s, &z) : ctx->error.status;
    if (status != INFO_OK)
        return status;
    int64_t kept = 0;
    for (int64_t i = 0; i < rows; i++) {
        kept += s.factor[i] != 0;
        for (int64_t j = 0; j < cols; j++)
            columns[j] += z[i * cols + j] * z[i * cols + j];
    }
    info_i_sort_descending(columns, cols);
    status = singular_values(ctx, rows, cols, z, values);
    if (status != INFO_OK)
        return status;
    double nuclear = 0, sum = 0;
    for (int64_t i = 0; i < n; i++) {
        nuclear += values[i];
        sum += sqrt(columns[i]);
    }
    const double unit = (o.unit_rows ? (double)kept : s.scale * (double)rows);
    *out = (info_nuclear_norm_result){nuclear / unit, sum / unit};
    return INFO_OK;
}

info_status info_nuclear_norm(info_ctx *ctx, const info_matrix *x, const info_spectral_options *options,
                              info_nuclear_norm_result *out)
{
    return INFO_I_CALL(ctx, nuclear_norm(ctx, x, options, out));
}

/* ---- Multimodal ratios -------------------------------------------------- */

static info_status multimodal(info_ctx *ctx, const double *ranks, info_multimodal_result *out)
{
    info_i_error *error = &ctx->error;
    info_i_check_pointer(error, "ranks", ranks);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_array_span("ranks", ranks, 5, sizeof *ranks), {0}});
    for (int i = 0; i < 5; i++)
        info_i_check(error, ranks[i] > 0 && isfinite(ranks[i]), INFO_ERROR_DOMAIN,
                     "ranks: element %d is %s; effective ranks are finite and above 0", i,
                     info_i_number_text(ranks[i]).text);
    if (error->status != INFO_OK)
        return error->status;
    const double most = fmax(ranks[2], fmax(ranks[3], ranks[4]));
    *out = (info_multimodal_result){
        .image_reduction_ratio = (ranks[0] - ranks[1]) / ranks[0],
        .image_text_alignment = (ranks[2] / most + ranks[3] / most + ranks[4] / most) / 3,
    };
    return INFO_OK;
}

info_status info_multimodal(info_ctx *ctx, const double *ranks, info_multimodal_result *out)
{
    return INFO_I_CALL(ctx, multimodal(ctx, ranks, out));
}
