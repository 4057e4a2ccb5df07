/* SPDX-License-Identifier: MIT
 * Losses from hidden states: what is valid and what a mean divides by first, then block after block. */
#include "head/loss.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "numeric/convert.h"

/* ---- Arguments ---------------------------------------------------------------- */

static info_status check_result_rows(info_i_error *error, const info_head_loss_rows *given, bool targeted, int64_t rows,
                                     info_head_loss_rows *own)
{
    info_i_options(error, info_head_loss_rows, "rows", own, given);
    info_i_check_option(error, "rows.reserved", own->reserved, 0, 0);
    info_i_check(error, targeted || !own->log_probability, INFO_ERROR_OPTION,
                 "rows.log_probability: only the cross-entropy has targets; it must be NULL");
    const struct {
        const char *name;
        double *place;
    } arrays[] = {
        {"rows.loss", own->loss}, {"rows.log_probability", own->log_probability}, {"rows.entropy", own->entropy}};
    for (int i = 0; i < 3; i++)
        if (arrays[i].place)
            info_i_check_output(error, arrays[i].name, arrays[i].place, own->length, rows);
    return error->status;
}

static info_status take_gradient(info_i_error *error, const char *name, const info_matrix_out *given, int64_t rows,
                                 int64_t cols, info_matrix_out *own)
{
    if (!given || info_i_check_shape(error, name, given, rows, cols) != INFO_OK)
        return error->status;
    *own = *given;
    return error->status;
}

static info_status check_gradients(info_i_error *error, const info_head_gradients *given, info_i_head_loss *h)
{
    info_head_gradients own = {0};
    const info_i_head *head = &h->student;
    info_i_head_gradients *g = &h->gradients;
    info_i_options(error, info_head_gradients, "gradients", &own, given);
    info_i_check_option(error, "gradients.accumulate", own.accumulate, 0, 1);
    take_gradient(error, "gradients.hidden", own.hidden, head->hidden.rows, head->hidden.cols, &g->hidden);
    take_gradient(error, "gradients.weight", own.weight, head->weight.rows, head->weight.cols, &g->weight);
    info_i_check(error, !own.bias || head->biased, INFO_ERROR_OPTION, "gradients.bias: %s has no bias; it must be NULL",
                 head->name);
    take_gradient(error, "gradients.bias", own.bias, 1, head->weight.rows, &g->bias);
    g->accumulates = own.accumulate != 0;
    return error->status;
}

static info_i_span out_span(const char *name, const info_matrix_out *m)
{
    return info_i_matrix_out_span(name, m->data ? m : NULL);
}

static info_status check_places(info_i_error *error, const info_i_head_loss *h, const info_head_loss_rows *r,
                                const info_loss_result *result)
{
    const info_top_k *list = h->compact.list;
    const info_loss_options *o = &h->loss.options;
    const int64_t rows = h->student.hidden.rows, tokens = h->student.weight.rows;
    const int64_t listed = list ? list->tokens_len : 0;
    info_i_span inputs[2 * INFO_I_HEAD_SPANS + 6] = {
        info_i_lm_targets_span(&h->loss.lm, "targets", h->loss.targets, rows),
        info_i_array_span("options.class_weights", o->class_weights, tokens, sizeof(double)),
        info_i_array_span("options.row_weights", o->row_weights, rows, sizeof(double)),
        info_i_matrix_span("teacher.log_probabilities", list ? list->log_probabilities : NULL),
        info_i_integers_span("teacher.tokens", list ? list->tokens : NULL, listed,
                             list ? list->token_type : INFO_INT64)};
    info_i_head_spans(&h->student, inputs + 5);
    if (h->taught)
        info_i_head_spans(&h->teacher, inputs + 5 + INFO_I_HEAD_SPANS);
    const info_i_head_gradients *g = &h->gradients;
    return info_i_check_spans(
        error,
        (info_i_span[]){{"result", result, sizeof *result},
                        out_span("gradients.hidden", &g->hidden),
                        out_span("gradients.weight", &g->weight),
                        out_span("gradients.bias", &g->bias),
                        info_i_array_span("rows.loss", r->loss, rows, sizeof(double)),
                        info_i_array_span("rows.log_probability", r->log_probability, rows, sizeof(double)),
                        info_i_array_span("rows.entropy", r->entropy, rows, sizeof(double)),
                        {0}},
        inputs);
}

/* ---- What is valid ------------------------------------------------------------ */

/* Largest |w| of every tile of tokens; a weight that is not finite is an error. */
typedef struct weight_look {
    const info_i_head *head;
    double *largest;
} weight_look;

static info_status look_at_weights(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const weight_look *look = user;
    const info_matrix *m = &look->head->weight;
    double row[256];
    for (int64_t tile = begin; tile < end; tile++) {
        double largest = 0;
        for (int64_t i = tile * INFO_I_TILE_TOKENS; i < m->rows && i < (tile + 1) * INFO_I_TILE_TOKENS; i++)
            for (int64_t k = 0; k < m->cols && !info_i_canceled(look->head->call); k += 256) {
                const int64_t count = m->cols - k < 256 ? m->cols - k : 256;
                double zero = 0, most = 0;
                info_i_get_row_f64(m, i, k, count, row);
                for (int64_t j = 0; j < count; j++) {
                    const double size = fabs(row[j]);
                    zero += size * 0; /* NaN unless finite */
                    most = size > most ? size : most;
                }
                if (zero != 0 || isnan(zero))
                    return info_i_head_not_finite(m, look->head->weight_name, i, error);
                largest = most > largest ? most : largest;
            }
        look->largest[tile] = largest;
    }
    return INFO_OK;
}

/* What logits of a head can be: at most sum |hidden| weight + bias. */
typedef struct reach {
    double weight, bias, limit;
    bool possible; /* whether some token is */
} reach;

static info_status reach_of(info_ctx *ctx, const info_i_head *head, reach *out)
{
    const int64_t tiles = (head->weight.rows - 1) / INFO_I_TILE_TOKENS + 1;
    weight_look look = {head, info_i_scratch(ctx, tiles, sizeof(double))};
    *out = (reach){.limit = head->in_f64 ? DBL_MAX / 4 : (double)FLT_MAX / 4, .possible = !head->biased};
    if (!look.largest || info_i_parallel(ctx, tiles, 1, 0, look_at_weights, &look) != INFO_OK)
        return ctx->error.status;
    for (int64_t i = 0; i < tiles; i++)
        out->weight = fmax(out->weight, look.largest[i]);
    for (int64_t j = 0; head->biased && j < head->weight.rows; j++) {
        const double b = info_i_get(&head->bias, 0, j);
        info_i_check(&ctx->error, b < INFINITY, INFO_ERROR_DOMAIN, "%s: %s for token %lld; it must be finite or -inf",
                     head->bias_name, info_i_number_text(b).text, (long long)j);
        out->possible = out->possible || b > -INFINITY;
        out->bias = b > -INFINITY ? fmax(out->bias, fabs(b)) : out->bias;
    }
    return ctx->error.status;
}

typedef enum verdict { GOOD, BAD, DOUBTFUL } verdict;

/* Whether a row's logits are numbers, as far as that can be known without them. */
static verdict judge(const info_i_head *head, const reach *r, int64_t row)
{
    double sum = 0, states[256];
    for (int64_t k = 0; k < head->hidden.cols; k += 256) {
        const int64_t count = head->hidden.cols - k < 256 ? head->hidden.cols - k : 256;
        info_i_get_row_f64(&head->hidden, row, k, count, states);
        for (int64_t j = 0; j < count; j++)
            sum += fabs(states[j]);
        if (!isfinite(sum) && info_i_head_bad_row(head, row))
            return BAD;
    }
    return r->possible && sum * r->weight + r->bias < r->limit ? GOOD : DOUBTFUL;
}

/* Rows of a head that have no valid value become INVALID, by their logits where they are doubtful. */
static info_status judge_rows(info_ctx *ctx, info_i_head_loss *h, const info_i_head *head)
{
    const int64_t rows = head->hidden.rows;
    bool doubt = false, *good = info_i_scratch(ctx, rows, sizeof *good);
    reach r;
    if (!good || reach_of(ctx, head, &r) != INFO_OK)
        return ctx->error.status;
    for (int64_t i = 0; i < rows; i++) {
        const verdict v = h->rows[i].state == INFO_I_LOSS_COUNTS ? judge(head, &r, i) : GOOD;
        good[i] = v != BAD;
        doubt = doubt || v == DOUBTFUL;
    }
    if (doubt && info_i_head_valid_rows(ctx, head, &h->loss.lm, good) != INFO_OK)
        return ctx->error.status;
    for (int64_t i = 0; i < rows; i++)
        if (h->rows[i].state == INFO_I_LOSS_COUNTS && !good[i]) {
            if (h->loss.lm.invalid_is_error)
                return info_i_head_row_error(head, i, &ctx->error);
            h->rows[i].state = INFO_I_LOSS_INVALID;
        }
    return INFO_OK;
}

/* Rows whose list is none become INVALID. */
static info_status judge_lists(info_ctx *ctx, info_i_head_loss *h)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    void *scratch = info_i_scratch(ctx, 1, info_i_compact_bytes(&h->compact, h->loss.logits));
    if (!scratch)
        return ctx->error.status;
    info_i_compact_row r = info_i_compact_lay(&h->compact, h->loss.logits, scratch);
    for (int64_t i = 0; i < h->student.hidden.rows; i++) {
        info_i_error error = {0};
        if (h->rows[i].state != INFO_I_LOSS_COUNTS ||
            info_i_compact_read(&h->compact, i, h->student.weight.rows, &r, &error) == INFO_OK)
            continue;
        if (h->loss.lm.invalid_is_error)
            return info_i_fail(&ctx->error, error.status, "%s", error.text);
        h->rows[i].state = INFO_I_LOSS_INVALID;
    }
    info_i_scratch_release(ctx, mark);
    return INFO_OK;
}

/* Which rows count, and what they weigh together. */
static info_status choose_rows(info_ctx *ctx, info_i_head_loss *h)
{
    const info_i_loss *l = &h->loss;
    const int64_t rows = h->student.hidden.rows, tokens = h->student.weight.rows;
    h->rows = info_i_scratch_zero(ctx, rows, sizeof *h->rows);
    h->counting = info_i_scratch(ctx, rows, sizeof *h->counting);
    if (!h->rows || !h->counting)
        return ctx->error.status;
    for (int64_t i = 0; i < rows; i++) {
        info_i_loss_row *r = &h->rows[i];
        r->row_weight = l->options.row_weights ? l->options.row_weights[i] : 1;
        r->target = l->targets ? info_i_lm_target(&l->lm, l->targets, i, tokens) : 0;
        r->state = r->target == INFO_I_TARGET_IGNORED || r->row_weight == 0 ? INFO_I_LOSS_IGNORED
                   : r->target == INFO_I_TARGET_INVALID                     ? INFO_I_LOSS_INVALID
                                                                            : INFO_I_LOSS_COUNTS;
        if (r->state == INFO_I_LOSS_INVALID && l->lm.invalid_is_error)
            return info_i_head_target_error(&l->lm, l->targets, i, tokens, &ctx->error);
    }
    if (judge_rows(ctx, h, &h->student) != INFO_OK || (h->taught && judge_rows(ctx, h, &h->teacher) != INFO_OK))
        return ctx->error.status;
    if (h->compacted && judge_lists(ctx, h) != INFO_OK)
        return ctx->error.status;
    double weight = 0;
    for (int64_t i = 0; i < rows; i++) {
        const info_i_loss_row *r = &h->rows[i];
        if (r->state != INFO_I_LOSS_COUNTS)
            continue;
        h->counting[h->count++] = i;
        weight += r->row_weight * (l->targets ? info_i_loss_class_weight(l, r->target) : 1);
    }
    h->weight = weight;
    return INFO_OK;
}

/* ---- The call ----------------------------------------------------------------- */

static info_status run_blocks(info_ctx *ctx, info_i_head_loss *h)
{
    const info_matrix *first = &h->blocks[0].view;
    h->loss.logits = first;
    h->loss.teacher = h->taught ? &h->blocks[1].view : NULL;
    h->compact.loss = h->loss;
    info_i_head_loss_clear(h);
    for (h->first = 0; h->first < h->count; h->first += h->block_rows) {
        const int64_t end = h->first + h->block_rows < h->count ? h->first + h->block_rows : h->count;
        info_i_phase(ctx, (double)h->first / (double)h->count, (double)end / (double)h->count);
        const info_status status = info_i_head_loss_block(ctx, h);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

static info_status put_results(info_ctx *ctx, const info_i_head_loss *h, const info_head_loss_rows *out,
                               info_loss_result *result)
{
    const int64_t rows = h->student.hidden.rows;
    for (int64_t i = 0; i < rows; i++) {
        const double other = h->rows[i].state == INFO_I_LOSS_INVALID ? (double)NAN : 0;
        const bool counts = h->rows[i].state == INFO_I_LOSS_COUNTS;
        if (out->loss)
            out->loss[i] = counts ? h->rows[i].loss : other;
        if (out->log_probability)
            out->log_probability[i] = counts ? h->log_probabilities[i] : other;
        if (out->entropy)
            out->entropy[i] = counts ? h->entropies[i] : other;
    }
    info_i_loss_reduce(&h->loss.options, h->rows, rows, result);
    return info_i_lm_count_invalid(ctx, result->invalid);
}

/* Student and teacher are open. */
static info_status loss(info_ctx *ctx, info_i_head_loss *h, const info_loss_options *options,
                        const info_head_loss_rows *rows, info_loss_result *result, const info_head_gradients *gradients)
{
    info_i_error *error = &ctx->error;
    info_head_loss_rows out = {0};
    /* Until there are logits: their shapes. */
    const info_dtype dtype = h->student.in_f64 ? INFO_F64 : INFO_F32;
    const info_matrix shape = {NULL, h->student.hidden.rows, h->student.weight.rows, 0, 1, dtype, 0};
    h->loss.logits = &shape;
    h->loss.teacher = h->taught || h->compacted ? &shape : NULL;
    info_i_check_pointer(error, "result", result);
    info_i_loss_open(ctx, options, &h->loss);
    info_i_check(error, h->loss.options.softcap == 0, INFO_ERROR_OPTION,
                 "options.softcap: a head has its own; leave it 0");
    info_i_check(error, h->student.temperature == 0 && h->teacher.temperature == 0, INFO_ERROR_OPTION,
                 "%s.temperature: a loss has one temperature, that of its options; leave it 0",
                 h->student.temperature == 0 ? h->teacher.name : h->student.name);
    check_result_rows(error, rows, h->loss.targets != NULL, shape.rows, &out);
    check_gradients(error, gradients, h);
    if (check_places(error, h, &out, result) != INFO_OK)
        return error->status;
    if (out.log_probability)
        h->log_probabilities = info_i_scratch(ctx, shape.rows, sizeof(double));
    if (out.entropy)
        h->entropies = info_i_scratch(ctx, shape.rows, sizeof(double));
    if (error->status != INFO_OK || info_i_loss_prepare_f32(ctx, &h->loss) != INFO_OK ||
        choose_rows(ctx, h) != INFO_OK || info_i_head_loss_prepare(ctx, h) != INFO_OK)
        return error->status;
    const info_status status = run_blocks(ctx, h);
    return status == INFO_OK ? put_results(ctx, h, &out, result) : status;
}

static info_status cross_entropy(info_ctx *ctx, const info_head *head, const void *targets, int64_t targets_len,
                                 const info_loss_options *options, const info_head_loss_rows *rows,
                                 info_loss_result *result, const info_head_gradients *gradients)
{
    info_i_head_loss h = {.loss = {.kind = INFO_I_LOSS_CROSS_ENTROPY, .targets = targets, .targets_len = targets_len}};
    const info_status status = info_i_head_open(ctx, "head", head, &h.student);
    return status == INFO_OK ? loss(ctx, &h, options, rows, result, gradients) : status;
}

static info_status entropy(info_ctx *ctx, const info_head *head, const info_loss_options *options,
                           const info_head_loss_rows *rows, info_loss_result *result,
                           const info_head_gradients *gradients)
{
    info_i_head_loss h = {.loss = {.kind = INFO_I_LOSS_ENTROPY}};
    const info_status status = info_i_head_open(ctx, "head", head, &h.student);
    return status == INFO_OK ? loss(ctx, &h, options, rows, result, gradients) : status;
}

static info_status divergence(info_ctx *ctx, const info_head *teacher, const info_head *student,
                              const info_loss_options *options, const info_head_loss_rows *rows,
                              info_loss_result *result, const info_head_gradients *gradients)
{
    info_i_head_loss h = {.taught = true, .loss = {.kind = INFO_I_LOSS_DIVERGENCE}};
    info_i_error *error = &ctx->error;
    if (info_i_head_open(ctx, "teacher", teacher, &h.teacher) != INFO_OK ||
        info_i_head_open(ctx, "student", student, &h.student) != INFO_OK)
        return error->status;
    info_i_check(error, h.student.hidden.rows == h.teacher.hidden.rows, INFO_ERROR_SIZE,
                 "student.hidden: %lld rows; teacher.hidden has %lld", (long long)h.student.hidden.rows,
                 (long long)h.teacher.hidden.rows);
    info_i_check(error, h.student.weight.rows == h.teacher.weight.rows, INFO_ERROR_SIZE,
                 "student.weight: %lld rows; teacher.weight has %lld", (long long)h.student.weight.rows,
                 (long long)h.teacher.weight.rows);
    return error->status == INFO_OK ? loss(ctx, &h, options, rows, result, gradients) : error->status;
}

static info_status top_k(info_ctx *ctx, const info_top_k *teacher, int64_t vocabulary, const info_head *student,
                         const info_loss_options *options, const info_head_loss_rows *rows, info_loss_result *result,
                         const info_head_gradients *gradients)
{
    info_i_head_loss h = {.compacted = true, .loss = {.kind = INFO_I_LOSS_DIVERGENCE}};
    if (info_i_head_open(ctx, "student", student, &h.student) != INFO_OK ||
        info_i_compact_open(&ctx->error, teacher, vocabulary, h.student.hidden.rows, &h.compact) != INFO_OK)
        return ctx->error.status;
    return loss(ctx, &h, options, rows, result, gradients);
}

info_status info_head_loss_cross_entropy(info_ctx *ctx, const info_head *head, const void *targets, int64_t targets_len,
                                         const info_loss_options *options, const info_head_loss_rows *rows,
                                         info_loss_result *result, const info_head_gradients *gradients)
{
    return INFO_I_CALL(ctx, cross_entropy(ctx, head, targets, targets_len, options, rows, result, gradients));
}

info_status info_head_loss_entropy(info_ctx *ctx, const info_head *head, const info_loss_options *options,
                                   const info_head_loss_rows *rows, info_loss_result *result,
                                   const info_head_gradients *gradients)
{
    return INFO_I_CALL(ctx, entropy(ctx, head, options, rows, result, gradients));
}

info_status info_head_loss_divergence(info_ctx *ctx, const info_head *teacher, const info_head *student,
                                      const info_loss_options *options, const info_head_loss_rows *rows,
                                      info_loss_result *result, const info_head_gradients *gradients)
{
    return INFO_I_CALL(ctx, divergence(ctx, teacher, student, options, rows, result, gradients));
}

info_status info_head_loss_top_k(info_ctx *ctx, const info_top_k *teacher, int64_t vocabulary, const info_head *student,
                                 const info_loss_options *options, const info_head_loss_rows *rows,
                                 info_loss_result *result, const info_head_gradients *gradients)
{
    return INFO_I_CALL(ctx, top_k(ctx, teacher, vocabulary, student, options, rows, result, gradients));
}
