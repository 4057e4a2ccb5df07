/* SPDX-License-Identifier: MIT
 * Two models on the same positions. */
#include <math.h>

#include "lm/compare.h"
#include "numeric/unit.h"

#define COLUMN(field)                                                                                                  \
    {                                                                                                                  \
#field, offsetof(info_logit_comparison, field), sizeof *((info_logit_comparison *)0)->field                    \
    }

const info_i_column info_i_comparison_columns[INFO_I_COMPARISON_COLUMNS] = {
    COLUMN(kl),
    COLUMN(kl_reverse),
    COLUMN(js),
    COLUMN(generalized_js),
    COLUMN(tv),
    COLUMN(acceptance),
    COLUMN(same_top),
    COLUMN(log_probability_p),
    COLUMN(log_probability_q),
    COLUMN(delta_p),
};

typedef struct job {
    info_matrix p, q; /* cut to the common columns */
    const void *targets;
    info_i_lm lm, q_lm;
    info_logit_comparison out;
    info_i_pair_wishes wishes;
    atomic_llong invalid;
} job;

static void put(double *array, int64_t row, bool valid, double value)
{
    if (array)
        array[row] = valid ? value : NAN;
}

void info_i_comparison_put(const info_logit_comparison *out, info_unit unit, int64_t row, const info_i_pair *r)
{
    const bool valid = r->p.valid && r->q.valid;
    put(out->kl, row, valid, info_i_from_nats(r->kl, unit));
    put(out->kl_reverse, row, valid, info_i_from_nats(r->kl_reverse, unit));
    put(out->js, row, valid, info_i_from_nats(r->js, unit));
    put(out->generalized_js, row, valid, info_i_from_nats(r->generalized_js, unit));
    put(out->tv, row, valid, r->tv);
    put(out->acceptance, row, valid, r->acceptance);
    if (out->same_top)
        out->same_top[row] = valid ? r->p.argmax == r->q.argmax : -1;
}

void info_i_comparison_put_target(const info_logit_comparison *out, info_unit unit, int64_t row, bool valid,
                                  const info_i_cell *c)
{
    put(out->log_probability_p, row, valid, info_i_from_nats(c->log_p, unit));
    put(out->log_probability_q, row, valid, info_i_from_nats(c->log_q, unit));
    put(out->delta_p, row, valid, info_i_cell_difference(c));
}

static info_status compare_row(job *j, int64_t row, info_i_error *error)
{
    const bool targeted = j->out.log_probability_p || j->out.log_probability_q || j->out.delta_p;
    const int64_t length = info_i_lm_length(&j->lm, &j->p, row);
    const int64_t target = targeted ? info_i_lm_target(&j->lm, j->targets, row, length) : INFO_I_TARGET_IGNORED;
    const info_i_pair r = info_i_pair_measure(&j->lm, &j->p, &j->q, row, &j->wishes);
    info_i_comparison_put(&j->out, j->lm.given.unit, row, &r);
    const bool valid = r.p.valid && r.q.valid && target >= 0;
    info_i_cell cell = {0};
    if (valid)
        cell = info_i_pair_cell_at(&j->lm, &j->p, &j->q, row, target, &r);
    info_i_comparison_put_target(&j->out, j->lm.given.unit, row, valid || target == INFO_I_TARGET_IGNORED, &cell);
    if (!r.p.valid)
        return info_i_lm_invalid_row(&j->lm, error, &j->invalid, "p", &j->p, row);
    if (!r.q.valid)
        return info_i_lm_invalid_row(info_i_lm_of_q(&j->lm), error, &j->invalid, "q", &j->q, row);
    if (target == INFO_I_TARGET_INVALID)
        return info_i_lm_invalid_target(&j->lm, error, &j->invalid, j->targets, row, length);
    return INFO_OK;
}

static info_status compare_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    for (int64_t row = begin; row < end; row++) {
        const info_status status = compare_row(user, row, error);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

/* Checks both views, cuts them to the columns they are compared on and repeats a single row beside many. */
static info_status pair_views(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const info_lm_options *options,
                              job *j)
{
    info_i_error *error = &ctx->error;
    info_lm_options o;
    info_i_check_matrix(error, "p", p);
    info_i_check_matrix(error, "q", q);
    info_i_options(error, info_lm_options, "options", &o, options);
    info_i_check(error, p->rows == q->rows || p->rows == 1 || q->rows == 1, INFO_ERROR_SIZE,
                 "q: %lld x %lld; p is %lld x %lld; as many rows as p, or one of either, are allowed",
                 (long long)q->rows, (long long)q->cols, (long long)p->rows, (long long)p->cols);
    info_i_check(error, p->cols == q->cols || o.vocabulary == INFO_VOCABULARY_COMMON, INFO_ERROR_SIZE,
                 "q: %lld x %lld; p is %lld x %lld; with options.vocabulary INFO_VOCABULARY_COMMON (%d) their first "
                 "%lld columns are compared",
                 (long long)q->rows, (long long)q->cols, (long long)p->rows, (long long)p->cols, INFO_VOCABULARY_COMMON,
                 (long long)(p->cols < q->cols ? p->cols : q->cols));
    if (error->status != INFO_OK)
        return error->status;
    j->p = *p;
    j->q = *q;
    j->p.cols = j->q.cols = p->cols < q->cols ? p->cols : q->cols;
    j->p.rows = j->q.rows = p->rows > q->rows ? p->rows : q->rows;
    if (p->rows < j->p.rows)
        j->p.row_stride = 0;
    if (q->rows < j->q.rows)
        j->q.row_stride = 0;
    return info_i_lm_pair_options(ctx, options, j->p.rows, j->p.cols, &j->lm, &j->q_lm);
}

static info_status compare(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const void *targets,
                           int64_t targets_len, const info_lm_options *options, const info_logit_comparison *comparison)
{
    info_i_error *error = &ctx->error;
    job j = {.targets = targets};
    if (pair_views(ctx, p, q, options, &j) != INFO_OK)
        return error->status;
    info_i_required(error, info_logit_comparison, "comparison", &j.out, comparison);
    info_i_check_option(error, "comparison.reserved", j.out.reserved, 0, 0);
    const info_logit_comparison given = j.out;
    const bool targeted = given.log_probability_p || given.log_probability_q || given.delta_p;
    if (targeted || targets)
        info_i_lm_check_targets(&j.lm, error, targets, targets_len, j.p.rows);
    if (error->status != INFO_OK)
        return error->status;

    const int64_t rows = j.p.rows;
    const info_i_span inputs[] = {info_i_matrix_span("p", p),
                                  info_i_matrix_span("q", q),
                                  info_i_lm_targets_span(&j.lm, "targets", targets, rows),
                                  info_i_lm_bias_span(&j.lm),
                                  info_i_lm_q_bias_span(&j.lm),
                                  info_i_lm_lengths_span(&j.lm),
                                  {0}};
    j.wishes = info_i_pair_wishes_for(&given, j.lm.given.js_beta);
    info_status status = info_i_columns_stage(ctx, "comparison", info_i_comparison_columns, INFO_I_COMPARISON_COLUMNS,
                                              given.length, rows, inputs, &j.out);
    if (status == INFO_OK)
        status = info_i_parallel(ctx, rows, info_i_lm_grain(j.p.cols), 0, compare_rows, &j);
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(info_i_comparison_columns, INFO_I_COMPARISON_COLUMNS, rows, &j.out, &given);
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

info_status info_logits_compare(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const void *targets,
                                int64_t targets_len, const info_lm_options *options,
                                const info_logit_comparison *comparison)
{
    return INFO_I_CALL(ctx, compare(ctx, p, q, targets, targets_len, options, comparison));
}
