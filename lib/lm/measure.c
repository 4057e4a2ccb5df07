/* SPDX-License-Identifier: MIT
 * Statistics of rows of logits. */
#include <math.h>

#include "lm/measure.h"
#include "numeric/unit.h"

#define COLUMN(field)                                                                                                  \
    {                                                                                                                  \
#field, offsetof(info_logit_measures, field), sizeof *((info_logit_measures *)0)->field                        \
    }

const info_i_column info_i_measure_columns[INFO_I_MEASURE_COLUMNS] = {
    COLUMN(log_sum_exp), COLUMN(maximum),    COLUMN(argmax),    COLUMN(log_probability), COLUMN(rank),
    COLUMN(entropy),     COLUMN(varentropy), COLUMN(collision), COLUMN(top_probability),
};

typedef struct job {
    const info_matrix *logits;
    const void *targets;
    info_i_lm lm;
    info_logit_measures out;
    info_i_detail detail;
    bool untargeted; /* something is wanted that does not depend on the target */
    atomic_llong invalid;
} job;

static void put(double *array, int64_t row, double value)
{
    if (array)
        array[row] = value;
}

static void put_index(int64_t *array, int64_t row, int64_t value)
{
    if (array)
        array[row] = value;
}

void info_i_measures_put(const info_logit_measures *out, info_unit unit, int64_t row, const info_i_row *r)
{
    put(out->log_sum_exp, row, r->valid ? r->maximum + r->log_sum : NAN);
    put(out->maximum, row, r->valid ? r->maximum : NAN);
    put_index(out->argmax, row, r->valid ? r->argmax : -1);
    put(out->entropy, row, r->valid ? info_i_from_nats(r->log_sum - r->mean, unit) : NAN);
    put(out->varentropy, row, r->valid ? info_i_from_nats(info_i_from_nats(r->variance, unit), unit) : NAN);
    put(out->collision, row, r->valid ? r->collision : NAN);
    put(out->top_probability, row, r->valid ? exp(-r->log_sum) : NAN);
}

static info_status measure_row(job *j, int64_t row, info_i_error *error)
{
    const int64_t length = info_i_lm_length(&j->lm, j->logits, row);
    const bool targeted = j->out.log_probability || j->out.rank;
    const int64_t target = targeted ? info_i_lm_target(&j->lm, j->targets, row, length) : INFO_I_TARGET_IGNORED;
    const double z = target >= 0 ? info_i_lm_logit(&j->lm, j->logits, row, target) : INFINITY;

    /* What an ignored row holds does not matter where only its target would have been asked about. */
    if (targeted && target == INFO_I_TARGET_IGNORED) {
        put(j->out.log_probability, row, 0);
        put_index(j->out.rank, row, 0);
        if (!j->untargeted)
            return INFO_OK;
    }
    const info_i_row r = info_i_row_measure(&j->lm, j->logits, row, j->detail, z);
    info_i_measures_put(&j->out, j->lm.given.unit, row, &r);
    if (target != INFO_I_TARGET_IGNORED) {
        const bool valid = r.valid && target >= 0;
        const double log_p = info_i_row_log_probability(&j->lm, &r, z);
        put(j->out.log_probability, row, valid ? info_i_from_nats(log_p, j->lm.given.unit) : NAN);
        put_index(j->out.rank, row, valid ? r.greater + 1 : -1);
    }
    if (!r.valid)
        return info_i_lm_invalid_row(&j->lm, error, &j->invalid, "logits", j->logits, row);
    if (target == INFO_I_TARGET_INVALID)
        return info_i_lm_invalid_target(&j->lm, error, &j->invalid, j->targets, row, length);
    return INFO_OK;
}

static info_status measure_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    for (int64_t row = begin; row < end; row++) {
        const info_status status = measure_row(user, row, error);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

info_i_detail info_i_measures_detail(const info_logit_measures *out)
{
    if (out->collision || out->rank)
        return INFO_I_DETAIL_ALL;
    if (out->varentropy)
        return INFO_I_DETAIL_SPREAD;
    return out->entropy ? INFO_I_DETAIL_MEAN : INFO_I_DETAIL_SUM;
}

bool info_i_measures_untargeted(const info_logit_measures *out)
{
    return out->log_sum_exp || out->maximum || out->argmax || out->entropy || out->varentropy || out->collision ||
           out->top_probability;
}

info_status info_i_logits_measure(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                                  const info_lm_options *options, const info_logit_measures *measures)
{
    info_i_error *error = &ctx->error;
    job j = {.logits = logits, .targets = targets, .out = {0}};
    if (info_i_check_matrix(error, "logits", logits) != INFO_OK)
        return error->status;
    info_i_lm_options(ctx, options, logits->rows, logits->cols, &j.lm);
    info_i_required(error, info_logit_measures, "measures", &j.out, measures);
    info_i_check_option(error, "measures.reserved", j.out.reserved, 0, 0);
    if (j.out.log_probability || j.out.rank || targets)
        info_i_lm_check_targets(&j.lm, error, targets, targets_len, logits->rows);
    if (error->status != INFO_OK)
        return error->status;

    const info_logit_measures given = j.out;
    const int64_t rows = logits->rows;
    const info_i_span inputs[] = {info_i_matrix_span("logits", logits),
                                  info_i_lm_targets_span(&j.lm, "targets", targets, rows),
                                  info_i_lm_bias_span(&j.lm),
                                  info_i_lm_lengths_span(&j.lm),
                                  {0}};
    j.detail = info_i_measures_detail(&j.out);
    j.untargeted = info_i_measures_untargeted(&j.out);
    info_status status = info_i_columns_stage(ctx, "measures", info_i_measure_columns, INFO_I_MEASURE_COLUMNS,
                                              given.length, rows, inputs, &j.out);
    if (status == INFO_OK)
        status = info_i_parallel(ctx, rows, info_i_lm_grain(logits->cols), 0, measure_rows, &j);
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(info_i_measure_columns, INFO_I_MEASURE_COLUMNS, rows, &j.out, &given);
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

info_status info_logits_measure(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                                const info_lm_options *options, const info_logit_measures *measures)
{
    return INFO_I_CALL(ctx, info_i_logits_measure(ctx, logits, targets, targets_len, options, measures));
}
