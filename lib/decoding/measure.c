/* SPDX-License-Identifier: MIT
 * Statistics of kept sets. */
#include <math.h>
#include <string.h>

#include "decoding/kept.h"
#include "lm/columns.h"
#include "numeric/unit.h"

#define COLUMN(field)                                                                                                  \
    {                                                                                                                  \
#field, offsetof(info_kept_measures, field), sizeof *((info_kept_measures *)0)->field                          \
    }
static const info_i_column columns[] = {
    COLUMN(size), COLUMN(log_mass), COLUMN(kl), COLUMN(tv), COLUMN(entropy), COLUMN(contains), COLUMN(log_probability)};
#define COLUMNS ((int)(sizeof columns / sizeof *columns))

typedef struct job {
    const info_matrix *logits;
    const void *targets;
    info_i_lm lm;
    info_kept_set set;
    info_kept_measures out;
    bool targeted, outside;
    atomic_llong invalid;
} job;

static void put(double *array, int64_t row, double value)
{
    if (array)
        array[row] = value;
}

static void put_statistics(job *j, int64_t row, const info_i_kept *k)
{
    const info_unit unit = j->lm.given.unit;
    if (j->out.size)
        j->out.size[row] = k->valid ? k->count : -1;
    put(j->out.log_mass, row, k->valid ? info_i_from_nats(k->log_mass, unit) : NAN);
    put(j->out.kl, row, k->valid ? info_i_from_nats(0 - k->log_mass, unit) : NAN);
    put(j->out.tv, row, k->valid ? k->outside : NAN);
    put(j->out.entropy, row, k->valid ? info_i_from_nats(k->log_sum - k->mean, unit) : NAN);
}

static const info_i_token *find(const info_i_token *tokens, int64_t count, int64_t id)
{
    int64_t low = 0;
    while (count > 0) {
        const int64_t half = count / 2;
        if (tokens[low + half].index == id)
            return &tokens[low + half];
        if (tokens[low + half].index < id) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return NULL;
}

static void put_target(job *j, int64_t row, int64_t target, const info_i_kept *k, const info_i_token *tokens)
{
    const bool ignored = target == INFO_I_TARGET_IGNORED, valid = k->valid && target >= 0;
    const info_i_token *token = valid ? find(tokens, k->count, target) : NULL;
    const double log_q = token ? token->value - k->maximum - k->log_sum : -INFINITY;
    if (j->out.contains)
        j->out.contains[row] = valid ? token != NULL : -1;
    put(j->out.log_probability, row, ignored ? 0 : valid ? info_i_from_nats(log_q, j->lm.given.unit) : NAN);
}

/* Ids and mask; sorts the tokens by probability if ids are wanted. */
static void put_members(job *j, int64_t row, const info_i_kept *k, info_i_token *tokens)
{
    const int64_t cols = j->logits->cols, wanted = j->out.ids_per_row, count = k->valid ? k->count : 0;
    if (j->out.mask) {
        uint8_t *mask = j->out.mask + row * cols;
        memset(mask, 0, (size_t)cols);
        for (int64_t i = 0; i < count; i++)
            mask[tokens[i].index] = 1;
    }
    if (!j->out.ids)
        return;
    const int64_t listed = count < wanted ? count : wanted;
    info_i_ranked_select(tokens, count, listed);
    info_i_ranked_sort(tokens, listed);
    for (int64_t i = 0; i < wanted; i++)
        j->out.ids[row * wanted + i] = i < listed ? tokens[i].index : -1;
}

static info_status measure_row(job *j, int64_t row, info_i_kept_space *space, info_i_error *error)
{
    const int64_t length = info_i_lm_length(&j->lm, j->logits, row);
    const int64_t target = j->targeted ? info_i_lm_target(&j->lm, j->targets, row, length) : INFO_I_TARGET_IGNORED;
    const info_i_kept k = info_i_kept_row(&j->lm, j->logits, row, &j->set, j->outside, space);
    put_statistics(j, row, &k);
    put_target(j, row, target, &k, space->tokens);
    put_members(j, row, &k, space->tokens);
    if (!k.valid)
        return info_i_kept_invalid_row(&j->lm, error, &j->invalid, "logits", j->logits, row, "set", &j->set);
    if (target == INFO_I_TARGET_INVALID)
        return info_i_lm_invalid_target(&j->lm, error, &j->invalid, j->targets, row, length);
    return INFO_OK;
}

static info_status measure_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    info_i_kept_space space = info_i_kept_space_of(scratch, j->logits->cols);
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++)
        status = measure_row(j, row, &space, error);
    return status;
}

/* An output of its own shape: [rows, per_row] elements of size bytes. */
static info_i_span check_block(info_i_error *error, const char *name, const void *given, int64_t length, int64_t rows,
                               int64_t per_row, size_t size)
{
    int64_t count = 0;
    if (!given)
        return (info_i_span){name, NULL, 0};
    info_i_check(error, info_i_multiply(rows, per_row, &count), INFO_ERROR_OVERFLOW,
                 "%s: %lld times %lld rows cannot be addressed", name, (long long)per_row, (long long)rows);
    if (error->status == INFO_OK)
        info_i_check_array(error, name, given, size, length, count);
    return info_i_array_span(name, given, count, size);
}

/* Checks that the outputs are apart from the inputs and from one another, and puts scratch memory in their place. */
static info_status stage(info_ctx *ctx, job *j)
{
    info_i_error *error = &ctx->error;
    info_kept_measures *out = &j->out;
    const int64_t rows = j->logits->rows, cols = j->logits->cols;
    /* The arrays of other shapes are apart from the inputs, and then those of one per row are apart from them too. */
    const info_i_span others[] = {
        check_block(error, "measures.ids", out->ids, out->ids_len, rows, out->ids_per_row, sizeof *out->ids),
        check_block(error, "measures.mask", out->mask, out->mask_len, rows, cols, sizeof *out->mask),
        info_i_matrix_span("logits", j->logits),
        info_i_lm_targets_span(&j->lm, "targets", j->targets, rows),
        info_i_array_span("set.rules", j->set.rules, j->set.rules_len, sizeof *j->set.rules),
        info_i_integers_span("set.ids", j->set.ids, j->set.ids_len, j->set.id_type),
        info_i_lm_bias_span(&j->lm),
        info_i_lm_lengths_span(&j->lm),
        {0}};
    const info_i_span blocks[] = {others[0], others[1], {0}};
    info_i_check_spans(error, blocks, others + 2);
    if (error->status != INFO_OK)
        return error->status;
    info_i_columns_stage(ctx, "measures", columns, COLUMNS, out->length, rows, others, out);
    if (out->ids && error->status == INFO_OK)
        out->ids = info_i_scratch(ctx, rows * out->ids_per_row, sizeof *out->ids);
    if (out->mask && error->status == INFO_OK)
        out->mask = info_i_scratch(ctx, rows * cols, sizeof *out->mask);
    return error->status;
}

static info_status check(info_ctx *ctx, job *j, int64_t targets_len, const info_kept_set *set,
                         const info_lm_options *options, const info_kept_measures *measures)
{
    info_i_error *error = &ctx->error;
    if (info_i_check_matrix(error, "logits", j->logits) != INFO_OK ||
        info_i_lm_options(ctx, options, j->logits->rows, j->logits->cols, &j->lm) != INFO_OK)
        return error->status;
    info_i_kept_check_set(error, "set", set, j->logits, &j->set);
    info_i_required(error, info_kept_measures, "measures", &j->out, measures);
    info_i_check_option(error, "measures.reserved", j->out.reserved, 0, 0);
    if (error->status != INFO_OK)
        return error->status;
    j->targeted = j->out.contains || j->out.log_probability;
    j->outside = j->out.log_mass || j->out.kl || j->out.tv;
    if (j->targeted || j->targets)
        info_i_lm_check_targets(&j->lm, error, j->targets, targets_len, j->logits->rows);
    if (error->status == INFO_OK && j->out.ids && j->out.ids_per_row < 1)
        info_i_fail(error, INFO_ERROR_SIZE, "measures.ids_per_row: %lld; 1 or more is allowed",
                    (long long)j->out.ids_per_row);
    return error->status;
}

static info_status kept_measure(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                                const info_kept_set *set, const info_lm_options *options,
                                const info_kept_measures *measures)
{
    job j = {.logits = logits, .targets = targets};
    info_status status = check(ctx, &j, targets_len, set, options, measures);
    if (status != INFO_OK)
        return status;
    const info_kept_measures given = j.out;
    const int64_t rows = logits->rows, cols = logits->cols;
    if (stage(ctx, &j) != INFO_OK)
        return ctx->error.status;
    status = info_i_parallel(ctx, rows, info_i_lm_grain(cols), info_i_kept_bytes(cols), measure_rows, &j);
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(columns, COLUMNS, rows, &j.out, &given);
    if (given.ids)
        memcpy(given.ids, j.out.ids, (size_t)(rows * given.ids_per_row) * sizeof *given.ids);
    if (given.mask)
        memcpy(given.mask, j.out.mask, (size_t)(rows * cols));
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

info_status info_kept_measure(info_ctx *ctx, const info_matrix *logits, const void *targets, int64_t targets_len,
                              const info_kept_set *set, const info_lm_options *options,
                              const info_kept_measures *measures)
{
    return INFO_I_CALL(ctx, kept_measure(ctx, logits, targets, targets_len, set, options, measures));
}
