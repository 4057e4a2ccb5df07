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
    double weight; /* what the mean divides by */
    atomic_llong invalid;
} job;

/* ---- Values -------------------------------------------------------------------- */

/* sum min(p, q) of a row whose total variation is known, of which it is what is missing to 1; where that is little it is
 * summed by itself. */
static double acceptance(const info_i_loss *l, int64_t row, const info_i_loss_row *r)
{
    if (r->loss <= 0.5)
        return 1 - r->loss;
    const info_i_pair_wishes wishes = {.variation = true, .beta = 0.5};
    return info_i_pair_cells(&l->lm, l->teacher, l->logits, row, 0, &r->pair, &wishes).common;
}

void info_i_loss_value(const info_i_loss *l, int64_t row, info_i_loss_row *r)
{
    const info_i_loss_row before = *r;
    if (!info_i_loss_value_f32(l, row, r)) {
        *r = before;
        info_i_loss_value_f64(l, row, r);
    }
    if (l->teacher && l->options.divergence == INFO_DIVERGENCE_ACCEPTANCE && r->pair.p.valid && r->pair.q.valid) {
        r->acceptance = acceptance(l, row, r);
        r->loss = r->loss <= 0.5 ? -log1p(-r->loss) : -log(r->acceptance);
    }
}

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
    info_i_loss_value(l, row, r);
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

void info_i_loss_gradient(const info_i_loss *l, const info_i_loss_row *r, int64_t row, double factor,
                          const info_matrix_out *out)
{
    const bool accepts = l->teacher && l->options.divergence == INFO_DIVERGENCE_ACCEPTANCE;
    const double own = accepts ? factor / r->acceptance : factor; /* d(-log A) = d TV / A */
    if (r->state != INFO_I_LOSS_COUNTS || !isfinite(r->loss))
        put_zeros(out, row);
    else if (!info_i_loss_gradient_f32(l, r, row, own, out))
        info_i_loss_gradient_f64(l, r, row, own, out);
}

static info_status gradient_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const job *j = user;
    const info_i_loss *l = &j->loss;
    for (int64_t row = begin; row < end; row++) {
        const double factor = info_i_loss_factor(&l->options, j->weight, j->rows[row].row_weight);
        info_i_loss_gradient(l, &j->rows[row], row, factor, j->gradient);
    }
    return INFO_OK;
}

/* ---- Arguments ------------------------------------------------------------------ */

static info_status check_weights(info_i_error *error, const char *name, const double *weights, int64_t length,
                                 int64_t needed)
{
    if (!weights || info_i_check_pointer(error, name, weights) != INFO_OK)
        return error->status;
    info_i_check(error, length == needed, INFO_ERROR_SIZE, "%s: has %lld elements; %lld are needed", name,
                 (long long)length, (long long)needed);
    for (int64_t i = 0; error->status == INFO_OK && i < needed; i++)
        info_i_check(error, weights[i] >= 0 && weights[i] < INFINITY, INFO_ERROR_DOMAIN,
                     "%s: %s at %lld; finite numbers >= 0 are allowed", name, info_i_number_text(weights[i]).text,
                     (long long)i);
    return error->status;
}

/* Options of one loss are refused by the others, where they would change nothing. */
static info_status check_effects(info_i_error *error, const info_i_loss *l)
{
    const info_loss_options *o = &l->options;
    const bool targeted = l->kind == INFO_I_LOSS_CROSS_ENTROPY;
    info_i_check(error, targeted || o->label_smoothing == 0, INFO_ERROR_OPTION,
                 "options.label_smoothing: only the cross-entropy has it; leave it 0");
    info_i_check(error, targeted || o->z_loss == 0, INFO_ERROR_OPTION,
                 "options.z_loss: only the cross-entropy has it; leave it 0");
    info_i_check(error, targeted || !o->class_weights, INFO_ERROR_OPTION,
                 "options.class_weights: only the cross-entropy has them; leave it NULL");
    return info_i_check(error, o->js_beta == 0 || (l->teacher && o->divergence == INFO_DIVERGENCE_JS),
                        INFO_ERROR_OPTION, "options.js_beta: only INFO_DIVERGENCE_JS has it; leave it 0");
}

info_status info_i_loss_open(info_ctx *ctx, const info_loss_options *given, info_i_loss *l)
{
    info_i_error *error = &ctx->error;
    info_loss_options *o = &l->options;
    info_i_options(error, info_loss_options, "options", o, given);
    const info_i_allowed allowed[] = {
        {"options.reduction", o->reduction, INFO_REDUCTION_MEAN, INFO_REDUCTION_SUM},
        {"options.divergence", o->divergence, INFO_DIVERGENCE_FORWARD, INFO_DIVERGENCE_ACCEPTANCE},
        {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.label_smoothing", o->label_smoothing, 0, 1, INFO_I_BELOW_HIGH);
    info_i_check_real(error, "options.z_loss", o->z_loss, 0, INFINITY, INFO_I_BELOW_HIGH);
    check_effects(error, l);
    info_i_check_real(error, "options.scale", o->scale, -INFINITY, INFINITY, INFO_I_OPEN);
    check_weights(error, "options.class_weights", o->class_weights, o->class_weights_len, l->logits->cols);
    if (check_weights(error, "options.row_weights", o->row_weights, o->row_weights_len, l->logits->rows) != INFO_OK)
        return error->status;
    const info_lm_options shared = {.struct_size = sizeof shared,
                                    .invalid = o->invalid,
                                    .ignore = o->ignore,
                                    .ignore_index = o->ignore_index,
                                    .temperature = o->temperature,
                                    .softcap = o->softcap,
                                    .js_beta = o->js_beta,
                                    .target_type = o->target_type};
    l->beta = o->js_beta > 0 ? o->js_beta : 0.5;
    info_i_lm_options(ctx, &shared, l->logits->rows, l->logits->cols, &l->lm);
    if (l->kind == INFO_I_LOSS_CROSS_ENTROPY)
        info_i_lm_check_targets(&l->lm, error, l->targets, l->targets_len, l->logits->rows);
    return error->status;
}

/* Whether the gradient takes the place of the logits, element by element. */
static bool is_in_place(const info_matrix_out *gradient, const info_matrix *x)
{
    return gradient->data == x->data && gradient->dtype == x->dtype && gradient->row_stride == x->row_stride &&
           gradient->col_stride == x->col_stride;
}

/* The gradient is the logits themselves, or apart from every input. */
static info_status check_outputs(info_i_error *error, const info_i_loss *l, const info_loss_result *result,
                                 const info_matrix_out *gradient)
{
    const info_matrix *x = l->logits;
    const info_loss_options *o = &l->options;
    info_i_check_pointer(error, "result", result);
    if (gradient)
        info_i_check_matrix_out(error, "gradient", gradient);
    info_i_check(error, !gradient || (gradient->rows == x->rows && gradient->cols == x->cols), INFO_ERROR_SIZE,
                 "gradient: %lld x %lld; the logits are %lld x %lld", (long long)gradient->rows,
                 (long long)gradient->cols, (long long)x->rows, (long long)x->cols);
    const info_i_span logits = info_i_matrix_span(l->teacher ? "student" : "logits", x), end = {0};
    const info_i_span others[] = {info_i_matrix_span("teacher", l->teacher),
                                  info_i_lm_targets_span(&l->lm, "targets", l->targets, x->rows),
                                  info_i_array_span("options.class_weights", o->class_weights, x->cols, sizeof(double)),
                                  info_i_array_span("options.row_weights", o->row_weights, x->rows, sizeof(double)),
                                  {0}};
    const info_i_span results[] = {
        {"result", result, sizeof *result}, info_i_matrix_out_span("gradient", gradient), {0}};
    const bool in_place = error->status == INFO_OK && gradient && is_in_place(gradient, x);
    info_i_check_spans(error, results, others);
    return info_i_check_spans(error, (info_i_span[]){results[0], in_place ? end : results[1], {0}},
                              (info_i_span[]){logits, {0}});
}

/* ---- The call ------------------------------------------------------------------- */

void info_i_loss_reduce(const info_loss_options *options, const info_i_loss_row *all, int64_t rows,
                        info_loss_result *result)
{
    info_i_total total = {0}, weight = {0};
    *result = (info_loss_result){0};
    for (int64_t i = 0; i < rows; i++) {
        const info_i_loss_row *r = &all[i];
        result->ignored += r->state == INFO_I_LOSS_IGNORED;
        result->invalid += r->state == INFO_I_LOSS_INVALID;
        if (r->state != INFO_I_LOSS_COUNTS)
            continue;
        result->rows++;
        info_i_total_add(&total, r->row_weight * r->loss);
        info_i_total_add(&weight, r->weight);
    }
    const double scale = options->scale != 0 ? options->scale : 1;
    const double sum = info_i_total_value(&total);
    const bool mean = options->reduction == INFO_REDUCTION_MEAN;
    result->weight = info_i_total_value(&weight);
    /* Where nothing has weight, nothing is divided by nothing; what is more than nothing is infinitely so. */
    result->loss = scale * (!mean || sum == 0 ? sum : sum / result->weight);
}

double info_i_loss_factor(const info_loss_options *options, double weight, double row_weight)
{
    const double scale = options->scale != 0 ? options->scale : 1;
    /* The row's share first: the reciprocal of a small weight may be infinite. */
    return scale * (options->reduction == INFO_REDUCTION_SUM ? row_weight : weight > 0 ? row_weight / weight : 0);
}

static info_status loss(info_ctx *ctx, info_i_loss *l, const info_loss_options *options, info_loss_result *result,
                        const info_matrix_out *gradient)
{
    if (info_i_loss_open(ctx, options, l) != INFO_OK || check_outputs(&ctx->error, l, result, gradient) != INFO_OK ||
        info_i_loss_prepare_f32(ctx, l) != INFO_OK)
        return ctx->error.status;
    job j = {.loss = *l, .gradient = gradient};
    const int64_t rows = l->logits->rows, grain = info_i_lm_grain(l->logits->cols);
    j.rows = info_i_scratch(ctx, rows, sizeof *j.rows);
    if (!j.rows)
        return ctx->error.status;
    info_status status = info_i_parallel(ctx, rows, grain, 0, value_rows, &j);
    if (status != INFO_OK)
        return status;

    info_loss_result own;
    info_i_loss_reduce(&l->options, j.rows, rows, &own);
    j.weight = own.weight;
    if (gradient)
        status = info_i_parallel(ctx, rows, grain, 0, gradient_rows, &j);
    if (status != INFO_OK)
        return status;
    *result = own;
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

static info_status cross_entropy(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                                 const info_loss_options *options, info_loss_result *result,
                                 const info_matrix_out *gradient)
{
    info_i_loss l = {
        .kind = INFO_I_LOSS_CROSS_ENTROPY, .logits = logits, .targets = targets, .targets_len = targets_len};
    const info_status status = info_i_check_matrix(&ctx->error, "logits", logits);
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
    info_i_error *error = &ctx->error;
    info_i_check_matrix(error, "teacher", teacher);
    info_i_check_matrix(error, "student", student);
    info_i_check(error, teacher->rows == student->rows && teacher->cols == student->cols, INFO_ERROR_SIZE,
                 "student: %lld x %lld; teacher is %lld x %lld", (long long)student->rows, (long long)student->cols,
                 (long long)teacher->rows, (long long)teacher->cols);
    return error->status == INFO_OK ? loss(ctx, &l, options, result, gradient) : error->status;
}

info_status info_loss_cross_entropy(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                                    const info_loss_options *options, info_loss_result *result,
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
