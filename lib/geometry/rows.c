/* SPDX-License-Identifier: MIT
 * Representations as rows of doubles. */
#include <math.h>

#include "geometry/geometry.h"
#include "numeric/convert.h"

/* Elements of a long row between looks at whether the call is canceled. */
#define PIECE ((int64_t)1 << 20)

typedef struct loading {
    const info_ctx *ctx;
    const char *name;
    const info_matrix *matrix;
    double *copy; /* NULL: the caller's memory serves and is only checked */
    bool unit;
} loading;

double info_i_inner(const double *x, const double *y, int64_t count)
{
    double lanes[8] = {0}, rest = 0;
    int64_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (int64_t k = 0; k < 8; k++)
            lanes[k] += x[i + k] * y[i + k];
    for (; i < count; i++)
        rest += x[i] * y[i];
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7])) + rest;
}

double info_i_square_norm(const double *x, int64_t count)
{
    return info_i_inner(x, x, count);
}

/* Elements begin to begin + count of a row. */
static info_status check_elements(const loading *l, int64_t row, int64_t begin, int64_t count, const double *x,
                                  info_i_error *error)
{
    int64_t good = 0;
    for (int64_t j = 0; j < count; j++) /* without a branch: this reads every input once */
        good += fabs(x[j]) <= INFO_I_LARGEST_ELEMENT;
    if (good == count)
        return INFO_OK;
    int64_t j = 0;
    while (fabs(x[j]) <= INFO_I_LARGEST_ELEMENT)
        j++;
    return info_i_fail(error, INFO_ERROR_DOMAIN,
                       "%s: element (%lld, %lld) is %s; finite numbers up to 1e100 are allowed", l->name,
                       (long long)row, (long long)(begin + j), info_i_number_text(x[j]).text);
}

static info_status normalize(const loading *l, int64_t row, double *x, info_i_error *error)
{
    const int64_t cols = l->matrix->cols;
    double largest = 0;
    for (int64_t j = 0; j < cols; j++)
        largest = fmax(largest, fabs(x[j]));
    if (largest == 0)
        return info_i_fail(error, INFO_ERROR_DOMAIN, "%s: row %lld is zero and has no direction", l->name,
                           (long long)row);
    for (int64_t j = 0; j < cols; j++)
        x[j] /= largest; /* so that the squares of tiny numbers survive */
    const double norm = sqrt(info_i_square_norm(x, cols));
    for (int64_t j = 0; j < cols; j++)
        x[j] /= norm;
    return INFO_OK;
}

static info_status load(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const loading *l = user;
    const int64_t cols = l->matrix->cols;
    for (int64_t i = begin; i < end; i++) {
        double *copy = l->copy ? l->copy + i * cols : NULL;
        info_status status = INFO_OK;
        for (int64_t j = 0; j < cols && status == INFO_OK; j += PIECE) {
            const int64_t count = cols - j < PIECE ? cols - j : PIECE;
            if (info_i_canceled(l->ctx))
                return INFO_CANCELED;
            if (copy)
                info_i_get_row_f64(l->matrix, i, j, count, copy + j);
            status =
                check_elements(l, i, j, count, copy ? copy + j : info_i_row_f64(l->matrix, i, j, count, NULL), error);
        }
        if (status == INFO_OK && l->unit)
            status = normalize(l, i, copy, error);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

info_status info_i_load_rows(info_ctx *ctx, const char *name, const info_matrix *matrix, bool unit, info_i_rows *rows)
{
    const bool in_place = !unit && matrix->dtype == INFO_F64 && matrix->col_stride == 1 &&
                          (matrix->row_stride == matrix->cols || matrix->rows == 1);
    loading l = {ctx, name, matrix, NULL, unit};
    int64_t elements;
    if (!info_i_multiply(matrix->rows, matrix->cols, &elements))
        return info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "%s: too many elements", name);
    if (!in_place && !(l.copy = info_i_scratch(ctx, elements, sizeof *l.copy)))
        return ctx->error.status;
    *rows = (info_i_rows){in_place ? matrix->data : l.copy, matrix->rows, matrix->cols};
    const int64_t grain = matrix->cols >= 65536 ? 1 : 65536 / matrix->cols;
    return info_i_parallel(ctx, matrix->rows, grain, 0, load, &l);
}

info_status info_i_load_pair(info_ctx *ctx, const info_matrix *context, const info_matrix *tokens, bool unit,
                             info_i_rows *z, info_i_rows *t)
{
    const info_status status = info_i_load_rows(ctx, "context", context, unit, z);
    return status == INFO_OK ? info_i_load_rows(ctx, "tokens", tokens, unit, t) : status;
}

void info_i_transpose(int64_t rows, int64_t cols, const double *x, double *out)
{
    enum { TILE = 16 };
    for (int64_t i = 0; i < rows; i += TILE)
        for (int64_t j = 0; j < cols; j += TILE)
            for (int64_t k = i; k < rows && k < i + TILE; k++)
                for (int64_t m = j; m < cols && m < j + TILE; m++)
                    out[m * rows + k] = x[k * cols + m];
}
