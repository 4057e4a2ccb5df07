/* SPDX-License-Identifier: MIT
 * Losses with gradients: the values of all rows first, for what the mean divides by is
 * known only then; the gradients after. */
#include "lm/loss.h"

#include <math.h>
#include <string.h>

#include "numeric/total.h"
#include "numeric/convert.h"

#define BLOCK 512

typedef struct job {
    info_i_loss loss;
    info_i_loss_row *rows;
    const info_matrix_out *gradient;
    double factor; /* of the gradient: scale / what the mean divides by */
    atomic_llong invalid;
} job;

/* ---- Values -------------------------------------------------------------------- */

static info_status value_row(job *j, int64_t row, info_i_error *error)
{
    const info_i_loss *l = &j->loss;
    info_i_loss_row *r = &j->rows[row];
    memset(r, 0, sizeof *r);
    r->row_weight = l->options.row_weights ? l->options.row_weights[row] : 1;
    r->target = l->targets ? info_i_lm_target(&l->lm, l->targets, row, l->logits->cols) : 0;
    if (r->target == INFO_I_TARGET_IGNORED || r->row_weight == 0) {
        r->state = INFO_I_LOSS_IGNORED;
        return INFO_OK;
    }
    r->state = INFO_I_LOSS_INVALID;
    if (r->target == INFO_I_TARGET_INVALID)
        return info_i_lm_invalid_target(&l->lm, error, &j->invalid, l->targets, row, l->logits->cols);
    const info_i_loss_row before = *r;
    if (!info_i_loss_value_f32(l, row, r)) {
        *r = before;
        info_i_loss_value_f64(l, row, r);
    }
    if (!r->pair.q.valid)
        return info_i_lm_invalid_row(&l->lm, error, &j->invalid, l->teacher ? "student" : "logits", l->logits, row);
    if (l->teacher && !r->pair.p.valid)
        return info_i_lm_invalid_row(&l->lm, error, &j->invalid, "teacher", l->teacher, row);
    r->state = INFO_I_LOSS_COUNTS;
    return INFO_OK;
}

static info_status value_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    for (int64_t row = begin; row < end; row++) {
        const info_status status = value_row(user, row, error);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

/* ---- Gradients ------------------------------------------------------------------ */

static void put_zeros(const info_matrix_out *out, int64_t row)
{
    const double zeros[BLOCK] = {0};
    for (int64_t col = 0; col < out->cols; col += BLOCK)
        info_i_put_row_f64(out, row, col, out->cols - col < BLOCK ? out->cols - col : BLOCK, zeros);
}

static info_status gradient_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const job *j = user;
    const info_i_loss *l = &j->loss;
    for (int64_t row = begin; row < end; row++) {
        const info_i_loss_row *r = &j->rows[row];
        const double factor = j->factor * r->row_weight;
        if (r->state != INFO_I_LOSS_COUNTS || !isfinite(r->loss))
            put_zeros(j->gradient, row);
        else if (!info_i_loss_gradient_f32(l, r, row, factor, j->gradient))
            info_i_loss_gradient_f64(l, r, row, factor, j->gradient);
    }
    return INFO_OK;
}

/* ---- Arguments ------------------------------------------------------------------ */

static info_status check_weights(info_i_error *error, const char *name, const double *weights, int64_t length,
                                 int64_t needed)
{
    if (!weights)
        return INFO_OK;
    if (length != needed)
        return info_i_fail(error, INFO_ERROR_SIZE, "options.%s: has %lld elements; %lld are needed", name,
                           (long long)length, (long long)needed);
    for (int64_t i = 0; i < needed; i++)
        if (!(weights[i] >= 0 && weights[i] < INFINITY))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "options.%s: %s at %lld; finite numbers >= 0 are allowed",
                               name, info_i_number_text(weights[i]).text, (long long)i);
    return INFO_OK;
}

static info_status check_range(info_i_error *error, const char *name, double value, double low, double high)
{
    if (!(value >= low && value < high))
        return info_i_fail(error, INFO_ERROR_OPTION, "options.%s: %s is not allowed; %s to below %s is", name,
                           info_i_number_text(value).text, info_i_number_text(low).text, info_i_number_text(high).text);
    return INFO_OK;
}

/* Options of one loss are refused by the others, where they would change nothing. */
static info_status check_effects(info_i_error *error, const info_i_loss *l)
{
    const info_loss_options *o = &l->options;
    const bool targeted = l->kind == INFO_I_LOSS_CROSS_ENTROPY;
    if (!targeted && (o->label_smoothing != 0 || o->z_loss != 0))
        return info_i_fail(error, INFO_ERROR_OPTION, "options.%s: only the cross-entropy has it; leave it 0",
                           o->label_smoothing != 0 ? "label_smoothing" : "z_loss");
    if (o->js_beta != 0 && !(l->teacher && o->divergence == INFO_DIVERGENCE_JS))
        return info_i_fail(error, INFO_ERROR_OPTION, "options.js_beta: only INFO_DIVERGENCE_JS has it; leave it 0");
    return INFO_OK;
}

static info_status check_options(info_ctx *ctx, const info_loss_options *given, info_i_loss *l)
{
    info_i_error *error = &ctx->error;
    info_loss_options *o = &l->options;
    info_status status = info_i_options(error, info_loss_options, "options", o, given);
    const info_i_allowed allowed[] = {
        {"options.reduction", o->reduction, INFO_REDUCTION_MEAN, INFO_REDUCTION_SUM},
        {"options.divergence", o->divergence, INFO_DIVERGENCE_FORWARD, INFO_DIVERGENCE_TV},
        {"options.reserved", o->reserved, 0, 0},
        {0}};
    if (status == INFO_OK)
        status = info_i_check_options(error, allowed);
    if (status == INFO_OK)
        status = check_range(error, "label_smoothing", o->label_smoothing, 0, 1);
    if (status == INFO_OK)
        status = check_range(error, "z_loss", o->z_loss, 0, INFINITY);
    if (status == INFO_OK)
        status = check_effects(error, l);
    if (status == INFO_OK && !isfinite(o->scale))
        status = info_i_fail(error, INFO_ERROR_OPTION, "options.scale: %s is not allowed; a finite number is",
                             info_i_number_text(o->scale).text);
    if (status == INFO_OK)
        status = check_weights(error, "class_weights", o->class_weights, o->class_weights_len, l->logits->cols);
    if (status == INFO_OK)
        status = check_weights(error, "row_weights", o->row_weights, o->row_weights_len, l->logits->rows);
    if (status != INFO_OK)
        return status;
    const info_lm_options shared = {.struct_size = sizeof shared,
                                    .invalid = o->invalid,
                                    .ignore = o->ignore,
                                    .ignore_index = o->ignore_index,
                                    .temperature = o->temperature,
                                    .softcap = o->softcap,
                                    .js_beta = o->js_beta};
    l->beta = o->js_beta > 0 ? o->js_beta : 0.5;
    return info_i_lm_options(ctx, &shared, l->logits->rows, l->logits->cols, &l->lm);
}

static info_matrix view_of(const info_matrix_out *m)
{
    return (info_matrix){m->data, m->rows, m->cols, m->row_stride, m->col_stride, m->dtype, m->reserved};
}

/* The gradient is the logits themselves, or apart from every input. */
static info_status check_gradient(info_i_error *error, const info_i_loss *l, const info_matrix_out *gradient)
{
    info_status status = info_i_check_matrix_out(error, "gradient", gradient);
    if (status != INFO_OK)
        return status;
    const info_matrix view = view_of(gradient), *x = l->logits;
    if (view.rows != x->rows || view.cols != x->cols)
        return info_i_fail(error, INFO_ERROR_SIZE, "gradient: %lld x %lld; the logits are %lld x %lld",
                           (long long)view.rows, (long long)view.cols, (long long)x->rows, (long long)x->cols);
    const char *low, *high;
    info_i_matrix_extent(&view, &low, &high);
    const bool in_place = view.data == x->data && view.dtype == x->dtype && view.row_stride == x->row_stride &&
                          view.col_stride == x->col_stride;
    if (!in_place)
        status = info_i_check_overlap(error, "gradient", low, high - low, l->teacher ? "student" : "logits", x);
    if (status == INFO_OK && l->teacher)
        status = info_i_check_overlap(error, "gradient", low, high - low, "teacher", l->teacher);
    if (status == INFO_OK && l->targets) {
        const info_matrix targets = {l->targets, 1, x->rows, x->rows, 1, INFO_F64, 0};
        status = info_i_check_overlap(error, "gradient", low, high - low, "targets", &targets);
    }
    return status;
}

/* ---- The call ------------------------------------------------------------------- */

static void reduce(const job *j, info_loss_result *result)
{
    const int64_t rows = j->loss.logits->rows;
    info_i_total total = {0}, weight = {0};
    *result = (info_loss_result){0};
    for (int64_t i = 0; i < rows; i++) {
        const info_i_loss_row *r = &j->rows[i];
        result->ignored += r->state == INFO_I_LOSS_IGNORED;
        result->invalid += r->state == INFO_I_LOSS_INVALID;
        if (r->state != INFO_I_LOSS_COUNTS)
            continue;
        result->rows++;
        info_i_total_add(&total, r->row_weight * r->loss);
        info_i_total_add(&weight, r->weight);
    }
    const double scale = j->loss.options.scale != 0 ? j->loss.options.scale : 1;
    const double sum = info_i_total_value(&total);
    const bool mean = j->loss.options.reduction == INFO_REDUCTION_MEAN;
    result->weight = info_i_total_value(&weight);
    /* Where nothing has weight, nothing is divided by nothing; what is more than nothing is infinitely so. */
    result->loss = scale * (!mean || sum == 0 ? sum : sum / result->weight);
}

static info_status loss(info_ctx *ctx, info_i_loss *l, const info_loss_options *options, info_loss_result *result,
                        const info_matrix_out *gradient)
{
    info_i_error *error = &ctx->error;
    info_status status = check_options(ctx, options, l);
    if (status == INFO_OK)
        status = info_i_check_pointer(error, "result", result);
    if (status == INFO_OK && gradient)
        status = check_gradient(error, l, gradient);
    if (status == INFO_OK)
        status = info_i_loss_prepare_f32(ctx, l);
    if (status != INFO_OK)
        return status;
    job j = {.loss = *l, .gradient = gradient};
    const int64_t rows = l->logits->rows, grain = info_i_lm_grain(l->logits->cols);
    j.rows = info_i_scratch(ctx, rows, sizeof *j.rows);
    if (!j.rows)
        return ctx->error.status;
    status = info_i_parallel(ctx, rows, grain, 0, value_rows, &j);
    if (status != INFO_OK)
        return status;

    info_loss_result own;
    reduce(&j, &own);
    const double scale = l->options.scale != 0 ? l->options.scale : 1;
    j.factor = l->options.reduction == INFO_REDUCTION_SUM ? scale : own.weight > 0 ? scale / own.weight : 0;
    if (gradient)
        status = info_i_parallel(ctx, rows, grain, 0, gradient_rows, &j);
    if (status != INFO_OK)
        return status;
    *result = own;
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

static info_status cross_entropy(info_ctx *ctx, const info_matrix *logits, const int64_t *targets, int64_t targets_len,
                                 const info_loss_options *options, info_loss_result *result,
                                 const info_matrix_out *gradient)
{
    info_i_loss l = {.kind = INFO_I_LOSS_CROSS_ENTROPY, .logits = logits, .targets = targets};
    info_status status = info_i_check_matrix(&ctx->error, "logits", logits);
    if (status == INFO_OK)
        status = info_i_lm_check_targets(&ctx->error, targets, targets_len, logits->rows);
    return status == INFO_OK ? loss(ctx, &l, options, result, gradient) : status;
}

static info_status entropy(info_ctx *ctx, const info_matrix *logits, const info_loss_options *options,
                           info_loss_result *result, const info_matrix_out *gradient)
{
    info_i_loss l = {.kind = INFO_I_LOSS_ENTROPY, .logits = logits};
    const info_status status = info_i_check_matrix(&ctx->error, "logits", logits);
    return status == INFO_OK ? loss(ctx, &l, options, result, gradient) : status;
}

static info_status divergence(info_ctx *ctx, const info_matrix *teacher, const info_matrix *student,
                              const info_loss_options *options, info_loss_result *result,
                              const info_matrix_out *gradient)
{
    info_i_loss l = {.kind = INFO_I_LOSS_DIVERGENCE, .logits = student, .teacher = teacher};
    info_status status = info_i_check_matrix(&ctx->error, "teacher", teacher);
    if (status == INFO_OK)
        status = info_i_check_matrix(&ctx->error, "student", student);
    if (status == INFO_OK && (teacher->rows != student->rows || teacher->cols != student->cols))
        status = info_i_fail(&ctx->error, INFO_ERROR_SIZE, "student: %lld x %lld; teacher is %lld x %lld",
                             (long long)student->rows, (long long)student->cols, (long long)teacher->rows,
                             (long long)teacher->cols);
    return status == INFO_OK ? loss(ctx, &l, options, result, gradient) : status;
}

info_status info_loss_cross_entropy(info_ctx *ctx, const info_matrix *logits, const int64_t *targets,
                                    int64_t targets_len, const info_loss_options *options, info_loss_result *result,
                                    const info_matrix_out *gradient)
{
    return INFO_I_CALL(ctx, cross_entropy(ctx, logits, targets, targets_len, options, result, gradient));
}

info_status info_loss_entropy(info_ctx *ctx, const info_matrix *logits, const info_loss_options *options,
                              info_loss_result *result, const info_matrix_out *gradient)
{
    return INFO_I_CALL(ctx, entropy(ctx, logits, options, result, gradient));
}

info_status info_loss_divergence(info_ctx *ctx, const info_matrix *teacher, const info_matrix *student,
                                 const info_loss_options *options, info_loss_result *result,
                                 const info_matrix_out *gradient)
{
    return INFO_I_CALL(ctx, divergence(ctx, teacher, student, options, result, gradient));
}
