/* SPDX-License-Identifier: MIT
 * Gram matrices of prepared states, and ones that are given. */
#include <math.h>

#include "kernels/states.h"
#include "kernels/symmetric.h"
#include "spectral/band_form.h"
#include "spectral/gram.h"

/* Prepared states are made in blocks of about this many numbers (8 MiB of doubles),
 * and added to the Gram matrix: the states may exceed memory. */
#define BLOCK_NUMBERS ((int64_t)1 << 20)

/* Rows (or columns) of the longer side in a block. */
static int64_t block_length(int64_t n, int64_t length)
{
    const int64_t fit = BLOCK_NUMBERS / n;
    return info_i_least(length, fit < 256 ? 256 : fit);
}

static int64_t panels(int64_t n)
{
    return (n + INFO_I_PANEL - 1) / INFO_I_PANEL;
}

static int64_t block_size(int64_t n, int64_t step)
{
    int64_t size;
    const bool fits =
        info_i_multiply(panels(n) * INFO_I_PANEL, step, &size) && info_i_add(size, INFO_I_PIECE_BUFFER + 8, &size);
    return fits ? size : -1;
}

int64_t info_i_gram_size(int64_t rows, int64_t cols)
{
    return block_size(info_i_least(rows, cols), info_i_gram_step(rows, cols));
}

int64_t info_i_covariance_size(int64_t rows, int64_t cols)
{
    return block_size(cols, block_length(cols, rows));
}

int64_t info_i_gram_step(int64_t rows, int64_t cols)
{
    return block_length(info_i_least(rows, cols), rows < cols ? cols : rows);
}

static info_i_piece piece_at(const info_i_states *s, bool covariance, int64_t begin, int64_t step)
{
    const int64_t count = info_i_least(step, (covariance ? s->x.rows : s->x.cols) - begin);
    return covariance ? (info_i_piece){begin, count, 0, s->x.cols} : (info_i_piece){0, s->x.rows, begin, count};
}

info_i_piece info_i_piece_at(const info_i_states *s, int64_t begin, int64_t step)
{
    return piece_at(s, s->x.cols <= s->x.rows, begin, step);
}

static info_status report(const info_i_place *place, int64_t begin, int64_t length)
{
    return place->ctx ? info_i_progress(place->ctx, 0.3 * (double)begin / (double)length) : INFO_OK;
}

/* Z^T Z or Z Z^T, of floats or doubles. The columns of the result lie together in a block. */
static info_status squares_of(const info_i_place *place, const info_i_states *s, bool covariance, bool single,
                              void *gram, double *memory)
{
    const int64_t n = covariance ? s->x.cols : s->x.rows, length = covariance ? s->x.rows : s->x.cols;
    const int64_t step = block_length(n, length), panel_step = step * INFO_I_PANEL;
    double *block = info_i_take(&memory, panels(n) * panel_step);
    info_status status = INFO_OK;
    for (int64_t begin = 0; begin < length && status == INFO_OK; begin += step) {
        const info_i_piece p = piece_at(s, covariance, begin, step);
        const int64_t depth = covariance ? p.rows : p.cols;
        status = info_i_states_panels(place, s, p, !covariance, single, panel_step, block, memory);
        if (status == INFO_OK)
            status = single
                         ? info_i_add_squares_f32(place, begin == 0, n, depth, (float *)(void *)block, panel_step, gram)
                         : info_i_add_squares_f64(place, begin == 0, n, depth, block, panel_step, gram);
        if (status == INFO_OK)
            status = report(place, begin, length);
    }
    return status;
}

info_status info_i_gram_f64(const info_i_place *place, const info_i_states *s, double *gram, double *memory)
{
    return squares_of(place, s, s->x.cols <= s->x.rows, false, gram, memory);
}

info_status info_i_gram_f32(const info_i_place *place, const info_i_states *s, float *gram, double *memory)
{
    return squares_of(place, s, s->x.cols <= s->x.rows, true, gram, memory);
}

info_status info_i_covariance_f64(const info_i_place *place, const info_i_states *s, double *covariance, double *memory)
{
    return squares_of(place, s, true, false, covariance, memory);
}

/* Rows and columns that stay in the cache while elements are compared across the diagonal. */
#define TILE 32

/* The lower triangle times scale, if no element differs from its mirror by more than tolerance. */
static info_status scale_symmetric(const info_i_place *place, const char *name, int64_t n, double *gram,
                                   double tolerance, double scale)
{
    for (int64_t top = 0; top < n; top += TILE)
        for (int64_t left = 0; left <= top; left += TILE)
            for (int64_t i = top; i < info_i_least(top + TILE, n); i++)
                for (int64_t j = left; j < info_i_least(left + TILE, i + 1); j++) {
                    const double below = gram[i * n + j], above = gram[j * n + i];
                    if (fabs(below - above) > tolerance)
                        return info_i_fail(place->error, INFO_ERROR_DOMAIN,
                                           "%s: element (%lld, %lld) and its mirror differ by %s", name, (long long)i,
                                           (long long)j, info_i_number_text(below - above).text);
                    gram[i * n + j] = below * scale;
                }
    return INFO_OK;
}

info_status info_i_gram_given(const info_i_place *place, const char *name, const info_matrix *x, double *gram)
{
    const int64_t n = x->rows;
    double most = 0;
    for (int64_t i = 0; i < n; i++) {
        info_i_get_row_f64(x, i, 0, n, gram + i * n);
        const double size = place->kernels->states->f64.largest(n, gram + i * n);
        if (isnan(size))
            return info_i_fail(place->error, INFO_ERROR_DOMAIN, "%s: row %lld has an element that is not finite", name,
                               (long long)i);
        most = size > most ? size : most;
    }
    if (most == 0)
        return info_i_fail(place->error, INFO_ERROR_DOMAIN, "%s: all elements are zero, so there is no direction",
                           name);
    const double tolerance = 4 * (double)n * info_i_roundoff(x->dtype) * most;
    double on_diagonal = 0;
    for (int64_t i = 0; i < n; i++) {
        const double element = gram[i * n + i];
        on_diagonal = element > on_diagonal ? element : on_diagonal;
        if (element < -tolerance)
            return info_i_fail(place->error, INFO_ERROR_DOMAIN,
                               "%s: has an eigenvalue below 0: element (%lld, %lld) is %s", name, (long long)i,
                               (long long)i, info_i_number_text(element).text);
    }
    if (most > on_diagonal + tolerance)
        return info_i_fail(place->error, INFO_ERROR_DOMAIN,
                           "%s: has an eigenvalue below 0: its largest element is not on the diagonal", name);
    int exponent;
    frexp(most, &exponent);
    const double scale = ldexp(1, exponent < -1023 ? 1023 : -exponent);
    return scale_symmetric(place, name, n, gram, tolerance, scale);
}
