/* SPDX-License-Identifier: MIT
 * From one matrix to its spectrum, and to the entropy of that by the cheapest route that
 * is accurate enough. */
#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "spectral/band_form.h"
#include "spectral/entropy_of.h"
#include "spectral/gram.h"
#include "spectral/quadrature.h"
#include "spectral/spectrum.h"

/* From here on a band and log-determinants cost less than eigenvalues. */
#define BAND_FROM 192

typedef enum route {
    ROUTE_SINGULAR_VALUES, /* of the states themselves: squaring them would lose half the digits */
    ROUTE_EIGENVALUES,
    ROUTE_BAND,      /* order 1: band, log-determinants, quadrature */
    ROUTE_FROBENIUS, /* order 2: no decomposition */
} route;

/* A given matrix of less precision than f64 may have eigenvalues below zero, which a band does not show. */
static route route_for(int64_t n, const info_matrix *x, const info_i_spectral *o)
{
    if (o->singular_values)
        return ROUTE_SINGULAR_VALUES;
    if (o->order == 2)
        return ROUTE_FROBENIUS;
    return o->order == 1 && n >= BAND_FROM && !(o->gram && x->dtype != INFO_F64) ? ROUTE_BAND : ROUTE_EIGENVALUES;
}

/* A wider band is reached by faster products, and its determinants cost more: the least of both together. */
static int64_t band_width(int64_t n)
{
    return n <= 768 ? 16 : n <= 1024 ? 32 : n <= 3072 ? 48 : 96;
}

int64_t info_i_spectrum_length(const info_matrix *x, const info_i_spectral *o)
{
    return info_i_least(x->rows - o->skip, x->cols);
}

/* ---- Sizes -------------------------------------------------------------- */

/* *size += a b + 8; false if that overflows or one of them says so by -1. */
static bool add(int64_t a, int64_t b, int64_t *size)
{
    int64_t product;
    return a >= 0 && b >= 0 && info_i_multiply(a, b, &product) && info_i_add(product, 8, &product) &&
           info_i_add(*size, product, size);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What follows the Gram matrix: the states' blocks first, a decomposition then, in the same place. */
static int64_t work_after_gram(int64_t rows, int64_t cols, int64_t n)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t width = band_width(n), gram = info_i_gram_size(rows, cols);
    int64_t eigen = 0, band = 0;
    if (gram < 0 || !add(1, n, &eigen) || !add(1, backend->eigen_work_f64(false, n), &eigen) ||
        !add(2 * n, width + 1, &band) || !add(1, info_i_band_form_size(n, width), &band) ||
        !add(1, info_i_quadrature_size(width), &band))
        return -1;
    return larger(gram, larger(eigen, band));
}

info_status info_i_spectrum_size(info_i_error *error, const char *name, const info_matrix *x, const info_i_spectral *o,
                                 int64_t *size)
{
    int64_t states;
    *size = 0;
    if (error->status != INFO_OK)
        return error->status;
    const int64_t rows = x->rows - o->skip, cols = x->cols, n = info_i_least(rows, cols);
    bool fits = info_i_multiply(rows, cols, &states) && add(1, n, size) && add(1, info_i_states_size(rows, cols), size);
    if (o->singular_values)
        fits = fits && add(rows, cols, size) &&
               add(1, info_i_backend_default()->singular_values_work_f64(rows, cols), size);
    else
        fits = fits && add(n, n, size) && add(1, work_after_gram(rows, cols, n), size);
    if (!fits)
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "%s: %lld x %lld is too large to decompose", name,
                           (long long)x->rows, (long long)x->cols);
    return INFO_OK;
}

/* ---- Spectra ------------------------------------------------------------ */

/* One matrix at work: its states, unless it is a Gram matrix itself. */
typedef struct work {
    const info_i_place *place;
    const char *name;
    const info_matrix *x;
    const info_i_spectral *o;
    info_i_states states;
    int64_t n;
    double *p;      /* n */
    double below;   /* the size of what was below zero, over the trace */
    double *memory; /* what is left */
} work;

static info_status begin(work *w, const info_i_place *place, const char *name, const info_matrix *x,
                         const info_i_spectral *o, double *memory)
{
    *w = (work){.place = place, .name = name, .x = x, .o = o, .n = info_i_spectrum_length(x, o), .memory = memory};
    w->p = info_i_take(&w->memory, w->n);
    double *states = info_i_take(&w->memory, info_i_states_size(x->rows - o->skip, x->cols));
    return o->gram ? INFO_OK : info_i_states_open(place, name, x, o, states, &w->states);
}

static info_status gram_f64(const work *w, double *gram, double *memory)
{
    return w->o->gram ? info_i_gram_given(w->place, w->name, w->x, gram)
                      : info_i_gram_f64(w->place, &w->states, gram, memory);
}

static info_status failed(const work *w, info_status status)
{
    return status == INFO_ERROR_BACKEND || status == INFO_ERROR_OVERFLOW
               ? info_i_fail(w->place->error, status, "%s: the decomposition failed", w->name)
               : status;
}

static double norm(const double *p, int64_t n)
{
    double squares = 0;
    for (int64_t i = 0; i < n; i++)
        squares += p[i] * p[i];
    return sqrt(squares);
}

/* Eigenvalues ascending in v to p descending of sum 1. What is below zero is rounding: the
 * backend's, or that of a given matrix's elements; more is not. */
static info_status normalize(work *w, const double *v)
{
    const int64_t n = w->n;
    if (w->o->gram && v[0] < -4 * (double)n * info_i_roundoff(w->x->dtype) * norm(v, n))
        return info_i_fail(w->place->error, INFO_ERROR_DOMAIN, "%s: has an eigenvalue below 0, %s of the largest",
                           w->name, info_i_number_text(v[0] / v[n - 1]).text);
    double total = 0;
    for (int64_t i = 0; i < n; i++)
        total += v[i] > 0 ? v[i] : 0;
    for (int64_t i = 0; i < n; i++)
        w->p[i] = v[n - 1 - i] > 0 ? v[n - 1 - i] / total : 0;
    w->below = v[0] < 0 ? -v[0] / total : 0;
    return INFO_OK;
}

static info_status by_eigenvalues(work *w)
{
    const info_i_backend *backend = info_i_backend_default();
    double *memory = w->memory, *gram = info_i_take(&memory, w->n * w->n);
    info_status status = gram_f64(w, gram, memory);
    if (status != INFO_OK)
        return failed(w, status);
    double *values = info_i_take(&memory, w->n);
    status = backend->eigen_f64(false, w->n, gram, w->n, values, memory, backend->eigen_work_f64(false, w->n));
    return status == INFO_OK ? normalize(w, values) : failed(w, status);
}

static info_status by_singular_values(work *w)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t rows = w->states.x.rows, cols = w->states.x.cols;
    double *memory = w->memory, *z = info_i_take(&memory, rows * cols), total = 0;
    info_status status = info_i_states_block_f64(w->place, &w->states, 0, rows, 0, cols, z, memory);
    if (status == INFO_OK)
        status = backend->singular_values_f64(rows, cols, z, cols, w->p, memory,
                                              backend->singular_values_work_f64(rows, cols));
    if (status != INFO_OK)
        return failed(w, status);
    for (int64_t i = 0; i < w->n; i++)
        total += w->p[i];
    for (int64_t i = 0; i < w->n; i++)
        w->p[i] /= total;
    return INFO_OK;
}

info_status info_i_spectrum(const info_i_place *place, const char *name, const info_matrix *x, const info_i_spectral *o,
                            double *memory, double **p)
{
    work w;
    const info_status status = begin(&w, place, name, x, o, memory);
    *p = w.p;
    if (status != INFO_OK)
        return status;
    return o->singular_values ? by_singular_values(&w) : by_eigenvalues(&w);
}

/* ---- Entropy without eigenvalues ---------------------------------------- */

info_i_moments info_i_moments_of(int64_t n, const double *gram)
{
    info_i_moments m = {0, 0};
    for (int64_t i = 0; i < n; i++) {
        const double *row = gram + i * n;
        double lane[8] = {0};
        for (int64_t j = 0; j < i; j++)
            lane[j % 8] += row[j] * row[j];
        m.trace += row[i];
        m.squares += row[i] * row[i] +
                     2 * (((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7])));
    }
    return m;
}

static info_i_moments moments_f32(int64_t n, const float *gram)
{
    info_i_moments m = {0, 0};
    for (int64_t i = 0; i < n; i++) {
        const float *row = gram + i * n;
        double lane[8] = {0};
        for (int64_t j = 0; j < i; j++)
            lane[j % 8] += (double)row[j] * (double)row[j];
        m.trace += (double)row[i];
        m.squares += (double)row[i] * (double)row[i] +
                     2 * (((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7])));
    }
    return m;
}

/* A rotation keeps the trace (1 here) and the Frobenius norm; a faulty reduction (norms that lost
 * precision on the way, under an emulator for one) hardly keeps both. Eigenvalues are taken then. */
static bool same_invariants(int64_t n, int64_t width, const double *band, double frobenius, double unit)
{
    double trace = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        const double *column = band + i * (width + 1);
        double off = 0;
        for (int64_t k = 1; k <= width; k++)
            off += column[k] * column[k];
        trace += column[0];
        squares += column[0] * column[0] + 2 * off;
    }
    /* Fourfold what the error estimate assumes, and the rounding of the sums. */
    const double moved = 4 * INFO_I_ROUNDING * unit * sqrt(frobenius), sums = 4 * (double)n * 0x1p-53;
    return fabs(trace - 1) <= sqrt((double)n) * moved + sums &&
           fabs(sqrt(squares) - sqrt(frobenius)) <= moved + sums * sqrt(frobenius);
}

static info_status integrate(const work *w, double *band, double unit, info_i_moments m, double *memory,
                             double *entropy, double *error)
{
    const int64_t width = band_width(w->n), count = w->n * (width + 1);
    for (int64_t i = 0; i < count; i++)
        band[i] /= m.trace;
    const double frobenius = m.squares / (m.trace * m.trace);
    if (!same_invariants(w->n, width, band, frobenius, unit))
        return INFO_ERROR_BACKEND;
    const info_i_band_matrix a = {band, w->n, width, frobenius, unit, INFO_I_ROUNDING * unit * sqrt(frobenius)};
    return info_i_quadrature(w->place, &a, w->o->tolerance / 2, memory, entropy, error);
}

static info_status by_band_f64(const work *w, double *entropy, double *error)
{
    const int64_t n = w->n, width = band_width(n);
    double *memory = w->memory, *gram = info_i_take(&memory, n * n);
    info_status status = gram_f64(w, gram, memory);
    if (status != INFO_OK)
        return status;
    const info_i_moments m = info_i_moments_of(n, gram);
    double *band = info_i_take(&memory, n * (width + 1));
    status = info_i_band_form_f64(w->place, n, width, gram, band, memory);
    return status == INFO_OK ? integrate(w, band, 0x1p-53, m, memory, entropy, error) : status;
}

/* A lower triangle becomes one of floats in its place, row by row by way of a buffer. */
static void narrow(int64_t n, double *gram, double *buffer)
{
    float *out = (float *)(void *)gram, *row = (float *)(void *)buffer;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j <= i; j++)
            row[j] = (float)gram[i * n + j];
        memcpy(out + i * n, row, (size_t)(i + 1) * sizeof *row);
    }
}

/* INFO_NOT_CONVERGED if single precision is not enough. */
static info_status by_band_f32(const work *w, double *entropy, double *error)
{
    const int64_t n = w->n, width = band_width(n), count = n * (width + 1);
    double *memory = w->memory, *place = info_i_take(&memory, n * n);
    float *gram = (float *)(void *)place;
    info_status status = w->o->gram ? info_i_gram_given(w->place, w->name, w->x, place)
                                    : info_i_gram_f32(w->place, &w->states, gram, memory);
    if (status != INFO_OK)
        return status;
    if (w->o->gram)
        narrow(n, place, memory);
    const info_i_moments m = moments_f32(n, gram);
    if (info_i_rounding_estimate(n, 0x1p-24, m.squares / (m.trace * m.trace), 0) > w->o->tolerance / 2)
        return INFO_NOT_CONVERGED;
    double *band = info_i_take(&memory, count);
    float *band_f32 = (float *)(void *)info_i_take(&memory, count);
    status = info_i_band_form_f32(w->place, n, width, gram, band_f32, memory);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < count; i++)
        band[i] = (double)band_f32[i];
    status = integrate(w, band, 0x1p-24, m, memory, entropy, error);
    return status == INFO_ERROR_BACKEND || (status == INFO_OK && *error > w->o->tolerance) ? INFO_NOT_CONVERGED
                                                                                           : status;
}

/* In single precision if that is enough, then in double; eigenvalues where shifts meet a
 * determinant that is not positive (a given matrix with eigenvalues below zero). */
static info_status by_band(work *w, double *entropy, double *error)
{
    info_status status = INFO_NOT_CONVERGED;
    if (w->o->tolerance >= INFO_I_F32_TOLERANCE)
        status = by_band_f32(w, entropy, error);
    if (status == INFO_NOT_CONVERGED)
        status = by_band_f64(w, entropy, error);
    return status;
}

static info_status by_frobenius(work *w, double *entropy, double *error)
{
    double *memory = w->memory, *gram = info_i_take(&memory, w->n * w->n);
    const info_status status = gram_f64(w, gram, memory);
    if (status != INFO_OK)
        return failed(w, status);
    const info_i_moments m = info_i_moments_of(w->n, gram);
    const double ratio = m.trace / m.squares * m.trace;
    *entropy = ratio > 1 ? log(ratio) : 0;
    *error = INFO_I_ROUNDING * 0x1p-53 * sqrt((double)w->n);
    return INFO_OK;
}

info_status info_i_spectrum_entropy(const info_i_place *place, const char *name, const info_matrix *x,
                                    const info_i_spectral *o, double *memory, double *entropy, double *error)
{
    work w;
    info_status status = begin(&w, place, name, x, o, memory);
    if (status != INFO_OK)
        return status;
    const route chosen = route_for(w.n, x, o);
    if (chosen == ROUTE_FROBENIUS)
        return by_frobenius(&w, entropy, error);
    if (chosen == ROUTE_BAND) {
        status = by_band(&w, entropy, error);
        if (status == INFO_OK && !(*entropy > 0))
            *entropy = 0;
        if (status != INFO_ERROR_BACKEND)
            return failed(&w, status);
    }
    status = chosen == ROUTE_SINGULAR_VALUES ? by_singular_values(&w) : by_eigenvalues(&w);
    if (status != INFO_OK)
        return status;
    /* What may be rounding is zero: below order 1 it would weigh like the rest. */
    const double rounding = INFO_I_ROUNDING * 0x1p-53 * norm(w.p, w.n), delta = rounding + w.below;
    for (int64_t i = 0; i < w.n; i++)
        w.p[i] = w.p[i] > rounding ? w.p[i] : 0;
    *entropy = info_i_entropy_of(w.p, w.n, o->smoothing, o->order);
    *error = info_i_entropy_error(w.p, w.n, o->smoothing, o->order, delta);
    return INFO_OK;
}
