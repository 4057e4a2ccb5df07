/* SPDX-License-Identifier: MIT
 * Losses against teachers of which k tokens are known, and the mass of all others. */
#include "lm/compact.h"

#include <math.h>
#include <string.h>

typedef struct job {
    info_i_compact compact;
    const info_matrix *student;
    info_i_loss_row *rows;
    const info_matrix_out *gradient;
    double weight; /* what a mean divides by */
    atomic_llong invalid;
} job;

static info_status value_row(job *j, int64_t row, info_i_compact_row *r, info_i_error *error)
{
    const info_i_loss *l = &j->compact.loss;
    info_i_loss_row *own = &j->rows[row];
    memset(own, 0, sizeof *own);
    own->row_weight = l->options.row_weights ? l->options.row_weights[row] : 1;
    own->state = own->row_weight == 0 ? INFO_I_LOSS_IGNORED : INFO_I_LOSS_INVALID;
    if (own->state == INFO_I_LOSS_IGNORED)
        return INFO_OK;
    info_i_error of_list = {0};
    if (info_i_compact_read(&j->compact, row, j->student->cols, r, &of_list) != INFO_OK) {
        if (l->lm.invalid_is_error)
            *error = of_list;
        else
            atomic_fetch_add_explicit(&j->invalid, 1, memory_order_relaxed);
        return error->status;
    }
    info_i_compact_value(&j->compact, j->student, row, r, own);
    if (!own->pair.q.valid)
        return info_i_lm_invalid_row(&l->lm, error, &j->invalid, "student", j->student, row);
    own->state = INFO_I_LOSS_COUNTS;
    return INFO_OK;
}

static info_status value_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    info_i_compact_row r = info_i_compact_lay(&j->compact, j->student, scratch);
    for (int64_t row = begin; row < end; row++) {
        const info_status status = value_row(j, row, &r, error);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

/* A row's cells are made again: those of all rows would be as large as the lists. */
static info_status gradient_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    info_i_compact_row r = info_i_compact_lay(&j->compact, j->student, scratch);
    for (int64_t row = begin; row < end; row++) {
        info_i_loss_row *own = &j->rows[row];
        r.count = 0;
        if (own->state == INFO_I_LOSS_COUNTS) {
            info_i_compact_read(&j->compact, row, j->student->cols, &r, error);
            info_i_compact_value(&j->compact, j->student, row, &r, own);
        }
        const double factor = info_i_loss_factor(&j->compact.loss.options, j->weight, own->row_weight);
        info_i_compact_gradient(&j->compact, &r, own, factor, j->gradient, row);
    }
    return INFO_OK;
}

static info_status check_outputs(info_i_error *error, const job *j, const double *rows, int64_t rows_len,
                                 const info_loss_result *result)
{
    const info_matrix *x = j->student;
    const info_matrix_out *g = j->gradient;
    const info_top_k *list = j->compact.list;
    const info_loss_options *o = &j->compact.loss.options;
    info_i_check_pointer(error, "result", result);
    if (rows)
        info_i_check_output(error, "rows", rows, rows_len, x->rows);
    info_i_check(error, rows || rows_len == 0, INFO_ERROR_NULL, "rows: is NULL, but rows_len is %lld",
                 (long long)rows_len);
    if (g)
        info_i_check_shape(error, "gradient", g, x->rows, x->cols);
    if (error->status != INFO_OK)
        return error->status;
    const bool in_place = g && g->data == x->data && g->dtype == x->dtype && g->row_stride == x->row_stride &&
                          g->col_stride == x->col_stride;
    const info_i_span end = {0}, student = info_i_matrix_span("student", x);
    const info_i_span inputs[] = {
        info_i_matrix_span("teacher.log_probabilities", list->log_probabilities),
        info_i_integers_span("teacher.tokens", list->tokens, list->tokens_len, list->token_type),
        info_i_array_span("options.row_weights", o->row_weights, x->rows, sizeof(double)), in_place ? end : student,
        end};
    return info_i_check_spans(error,
                              (info_i_span[]){{"result", result, sizeof *result},
                                              info_i_array_span("rows", rows, x->rows, sizeof *rows),
                                              info_i_matrix_out_span("gradient", g),
                                              {0}},
                              inputs);
}

static info_status loss(info_ctx *ctx, const info_top_k *teacher, int64_t vocabulary, const info_matrix *student,
                        const info_loss_options *options, double *rows, int64_t rows_len, info_loss_result *result,
                        const info_matrix_out *gradient)
{
    info_i_error *error = &ctx->error;
    /* Of a teacher only that there is one matters to the options. */
    job j = {.compact = {.loss = {.kind = INFO_I_LOSS_DIVERGENCE, .logits = student, .teacher = student}},
             .student = student,
             .gradient = gradient};
    if (info_i_check_matrix(error, "student", student) != INFO_OK ||
        info_i_loss_open(ctx, options, &j.compact.loss) != INFO_OK)
        return error->status;
    info_i_compact_open(error, teacher, vocabulary, student->rows, &j.compact);
    if (check_outputs(error, &j, rows, rows_len, result) != INFO_OK)
        return error->status;
    const int64_t count = student->rows, grain = info_i_lm_grain(student->cols);
    const size_t bytes = info_i_compact_bytes(&j.compact, student);
    j.rows = info_i_scratch(ctx, count, sizeof *j.rows);
    if (!j.rows || info_i_parallel(ctx, count, grain, bytes, value_rows, &j) != INFO_OK)
        return error->status;
    info_loss_result own;
    info_i_loss_reduce(&j.compact.loss.options, j.rows, count, &own);
    j.weight = own.weight;
    if (gradient && info_i_parallel(ctx, count, grain, bytes, gradient_rows, &j) != INFO_OK)
        return error->status;
    for (int64_t i = 0; rows && i < count; i++)
        rows[i] = j.rows[i].state == INFO_I_LOSS_COUNTS    ? j.rows[i].loss
                  : j.rows[i].state == INFO_I_LOSS_IGNORED ? 0
                                                           : (double)NAN;
    *result = own;
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

info_status info_loss_top_k(info_ctx *ctx, const info_top_k *teacher, int64_t vocabulary, const info_matrix *student,
                            const info_loss_options *options, double *rows, int64_t rows_len, info_loss_result *result,
                            const info_matrix_out *gradient)
{
    return INFO_I_CALL(ctx, loss(ctx, teacher, vocabulary, student, options, rows, rows_len, result, gradient));
}
