/* SPDX-License-Identifier: MIT
 * From one matrix to its spectrum. */
#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "numeric/convert.h"
#include "spectral/entropy_of.h"
#include "spectral/spectrum.h"

/* Prepared states are made in blocks of at most this many numbers (32 MiB of doubles),
 * and added to the Gram matrix: the states may exceed memory. */
#define BLOCK_NUMBERS ((int64_t)4 << 20)

/* Rounding of a backward stable decomposition, in units of 2^-53 |C|_F. */
#define DECOMPOSITION_ROUNDING 8

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t info_i_spectrum_length(const info_matrix *x, const info_i_spectral *o)
{
    return least(x->rows - o->skip, x->cols);
}

/* Memory in pieces, each on a cache line of its own (if the whole is). */
static double *take(double **memory, int64_t count)
{
    double *piece = *memory;
    *memory += (count + 7) / 8 * 8;
    return piece;
}

/* Rows (or columns) of the longer side in a block. */
static int64_t block_length(int64_t n, int64_t length)
{
    const int64_t fit = BLOCK_NUMBERS / n;
    return least(length, fit < 64 ? 64 : fit);
}

/* ---- Sizes -------------------------------------------------------------- */

static bool add_product(int64_t a, int64_t b, int64_t *size)
{
    int64_t product;
    return a >= 0 && b >= 0 && info_i_multiply(a, b, &product) && info_i_add(product, 8, &product) &&
           info_i_add(*size, product, size);
}

info_status info_i_spectrum_size(info_i_error *error, const char *name, const info_matrix *x, const info_i_spectral *o,
                                 int64_t *size)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t rows = x->rows - o->skip, cols = x->cols, n = least(rows, cols);
    const int64_t length = rows + cols - n;
    *size = 0;
    bool fits = add_product(1, 3 * n, size);
    if (!o->gram)
        fits = fits && add_product(1, rows, size) && add_product(1, rows, size) && add_product(3, cols, size) &&
               add_product(1, block_length(n, length), size);
    if (o->singular_values)
        fits = fits && add_product(rows, cols, size) &&
               add_product(1, backend->singular_values_work_f64(rows, cols), size);
    else
        fits = fits && add_product(n, n, size) && add_product(1, backend->eigen_work_f64(false, n), size) &&
               (o->gram || add_product(n, block_length(n, length), size));
    if (!fits)
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "%s: %lld x %lld is too large to decompose", name,
                           (long long)x->rows, (long long)x->cols);
    return INFO_OK;
}

/* ---- Gram matrices ------------------------------------------------------ */

static info_status backend_failed(const info_i_place *place, const char *name, info_status status)
{
    return info_i_fail(place->error, status, "%s: the decomposition failed", name);
}

/* Lower triangle of Z^T Z, or of Z Z^T where that is smaller; their spectra agree but for zeros. */
static info_status gram_of_states(const info_i_place *place, const info_i_states *s, double *gram, double *memory)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t rows = s->x.rows, cols = s->x.cols, n = least(rows, cols);
    const int64_t length = rows + cols - n, step = block_length(n, length);
    double *block = take(&memory, n * step), *buffer = memory;
    for (int64_t begin = 0; begin < length; begin += step) {
        const int64_t count = least(step, length - begin);
        const bool covariance = cols <= rows;
        info_status status = covariance
                                 ? info_i_states_block_f64(place, s, begin, count, 0, cols, block, buffer)
                                 : info_i_states_block_f64(place, s, 0, rows, begin, count, block, buffer);
        if (status == INFO_OK)
            status = backend->syrk_f64(covariance, n, count, 1, block, covariance ? n : count, begin > 0, gram, n);
        if (status == INFO_OK && place->ctx)
            status = info_i_progress(place->ctx, 0.3 * (double)begin / (double)length);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

/* The given matrix's lower triangle, scaled by a power of two; symmetric as far as its type can tell. */
static info_status gram_as_given(const info_i_place *place, const char *name, const info_matrix *x, double *gram)
{
    const int64_t n = x->rows;
    double most = 0;
    for (int64_t i = 0; i < n; i++) {
        info_i_get_row_f64(x, i, 0, n, gram + i * n);
        const double size = place->kernels->largest(n, gram + i * n);
        if (isnan(size))
            return info_i_fail(place->error, INFO_ERROR_DOMAIN, "%s: row %lld has an element that is not finite", name,
                               (long long)i);
        most = size > most ? size : most;
    }
    if (most == 0)
        return info_i_fail(place->error, INFO_ERROR_DOMAIN, "%s: all elements are zero, so there is no direction", name);
    static const double unit[] = {[INFO_F64] = 0x1p-53, [INFO_F32] = 0x1p-24, [INFO_F16] = 0x1p-11, [INFO_BF16] = 0x1p-8};
    const double tolerance = 4 * (double)n * unit[x->dtype] * most;
    int exponent;
    frexp(most, &exponent);
    const double scale = ldexp(1, exponent < -1023 ? 1023 : -exponent);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            const double below = gram[i * n + j], above = gram[j * n + i];
            if (fabs(below - above) > tolerance)
                return info_i_fail(place->error, INFO_ERROR_DOMAIN, "%s: elements (%lld, %lld) and its mirror differ by %s", name,
                                   (long long)i, (long long)j, info_i_number_text(below - above).text);
            gram[i * n + j] = below * scale;
        }
    return INFO_OK;
}

/* ---- Spectra ------------------------------------------------------------ */

static double norm(const double *p, int64_t n)
{
    double squares = 0;
    for (int64_t i = 0; i < n; i++)
        squares += p[i] * p[i];
    return sqrt(squares);
}

/* Eigenvalues ascending in w to p descending of sum 1. Those below zero are rounding, or a lie about w. */
static info_status normalise(const info_i_place *place, const char *name, const double *w, int64_t n, bool given,
                             info_dtype dtype, double *p)
{
    static const double unit[] = {[INFO_F64] = 0x1p-53, [INFO_F32] = 0x1p-24, [INFO_F16] = 0x1p-11, [INFO_BF16] = 0x1p-8};
    if (given && w[0] < -4 * (double)n * unit[dtype] * norm(w, n))
        return info_i_fail(place->error, INFO_ERROR_DOMAIN, "%s: has an eigenvalue below 0 (%s of the largest)", name,
                           info_i_number_text(w[0] / w[n - 1]).text);
    double total = 0;
    for (int64_t i = 0; i < n; i++)
        total += w[i] > 0 ? w[i] : 0;
    for (int64_t i = 0; i < n; i++)
        p[i] = w[n - 1 - i] > 0 ? w[n - 1 - i] / total : 0;
    return INFO_OK;
}

static info_status eigenvalues(const info_i_place *place, const char *name, const info_matrix *x, bool given, double *gram,
                               int64_t n, double *memory, double *p)
{
    const info_i_backend *backend = info_i_backend_default();
    double *w = take(&memory, n);
    const info_status status = backend->eigen_f64(false, n, gram, n, w, memory, backend->eigen_work_f64(false, n));
    if (status != INFO_OK)
        return backend_failed(place, name, status);
    return normalise(place, name, w, n, given, x->dtype, p);
}

static info_status singular_values(const info_i_place *place, const char *name, const info_i_states *s, double *memory,
                                   double *p)
{
    const info_i_backend *backend = info_i_backend_default();
    const int64_t rows = s->x.rows, cols = s->x.cols, n = least(rows, cols);
    double *z = take(&memory, rows * cols);
    info_status status = info_i_states_block_f64(place, s, 0, rows, 0, cols, z, memory);
    if (status != INFO_OK)
        return status;
    status = backend->singular_values_f64(rows, cols, z, cols, p, memory, backend->singular_values_work_f64(rows, cols));
    if (status != INFO_OK)
        return backend_failed(place, name, status);
    double total = 0;
    for (int64_t i = 0; i < n; i++)
        total += p[i];
    for (int64_t i = 0; i < n; i++)
        p[i] /= total;
    return INFO_OK;
}

info_status info_i_spectrum(const info_i_place *place, const char *name, const info_matrix *x,
                            const info_i_spectral *o, double *memory, double **p)
{
    const int64_t n = info_i_spectrum_length(x, o);
    *p = take(&memory, n);
    info_i_states s;
    if (!o->gram) {
        double *states = take(&memory, info_i_states_size(x->rows - o->skip, x->cols));
        const info_status status = info_i_states_open(place, name, x, o, states, &s);
        if (status != INFO_OK)
            return status;
        if (o->singular_values)
            return singular_values(place, name, &s, memory, *p);
    }
    double *gram = take(&memory, n * n);
    const info_status status = o->gram ? gram_as_given(place, name, x, gram) : gram_of_states(place, &s, gram, memory);
    return status == INFO_OK ? eigenvalues(place, name, x, o->gram, gram, n, memory, *p) : status;
}

info_status info_i_spectrum_entropy(const info_i_place *place, const char *name, const info_matrix *x,
                                    const info_i_spectral *o, double *memory, double *entropy, double *error)
{
    const int64_t n = info_i_spectrum_length(x, o);
    double *p;
    const info_status status = info_i_spectrum(place, name, x, o, memory, &p);
    if (status != INFO_OK)
        return status;
    *entropy = info_i_entropy_of(p, n, o->smoothing, o->order);
    *error = info_i_entropy_error(p, n, o->order, DECOMPOSITION_ROUNDING * 0x1p-53 * norm(p, n));
    return INFO_OK;
}
