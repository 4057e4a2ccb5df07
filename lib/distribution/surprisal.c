/* SPDX-License-Identifier: MIT
 * Surprisal vectors, and results that are matrices. */
#include "distribution/entropy.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

void info_i_put_rows(const info_matrix_out *out, const double *rows)
{
    for (int64_t row = 0; row < out->rows; row++)
        info_i_put_row_f64(out, row, 0, out->cols, rows + row * out->cols);
}

typedef struct surprisal_job {
    info_i_input x;
    info_unit unit;
    double *staged; /* rows x cols: nothing is written before all has gone well */
} surprisal_job;

static info_status surprisal_task(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const surprisal_job *job = user;
    const int64_t cols = job->x.matrix->cols;
    for (int64_t row = begin; row < end; row++) {
        info_i_row r;
        const info_status status = info_i_row_open(NULL, &job->x, row, scratch, &r, error);
        if (status != INFO_OK)
            return status;
        for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
            const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
            const double *log_p = info_i_row_logs(&r, col, count, scratch);
            for (int64_t i = 0; i < count; i++)
                job->staged[row * cols + col + i] = info_i_from_nats(0 - log_p[i], job->unit);
        }
    }
    return INFO_OK;
}

static info_status surprisal(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given,
                             const info_matrix_out *out)
{
    info_entropy_options o;
    surprisal_job job;
    int64_t elements = 0;
    info_i_error *error = &ctx->error;
    info_i_entropy_open(ctx, x, given, &o, &job.x);
    info_i_check_option(error, "options.invalid", o.invalid, INFO_INVALID_DEFAULT, INFO_INVALID_ERROR);
    info_i_check_shape(error, "out", out, x->rows, x->cols);
    info_i_check_spans(error, (info_i_span[]){info_i_matrix_out_span("out", out), {0}},
                       (info_i_span[]){info_i_matrix_span("x", x), {0}});
    info_i_check(error, info_i_multiply(x->rows, x->cols, &elements), INFO_ERROR_OVERFLOW, "x: too many elements");
    if (error->status != INFO_OK)
        return error->status;
    job.unit = o.unit;
    job.staged = info_i_scratch(ctx, elements, sizeof(double));
    if (!job.staged)
        return ctx->error.status;
    const info_status status = info_i_parallel(ctx, x->rows, 1, INFO_I_BLOCK * sizeof(double), surprisal_task, &job);
    if (status == INFO_OK)
        info_i_put_rows(out, job.staged);
    return status;
}

info_status info_surprisal(info_ctx *ctx, const info_matrix *x, const info_entropy_options *options,
                           const info_matrix_out *out)
{
    return INFO_I_CALL(ctx, surprisal(ctx, x, options, out));
}
