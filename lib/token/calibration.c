/* SPDX-License-Identifier: MIT
 * Reliability tables: how often what is claimed with a confidence is so. */
#include <math.h>
#include <string.h>

#include "info/token.h"
#include "lm/logits.h"
#include "numeric/sort.h"
#include "numeric/total.h"
#include "numeric/sum.h"

#define DEFAULT_BINS 15

/* A bin whose sums lose nothing. */
typedef struct bin {
    info_calibration_bin line;
    info_i_dd confidence, squares; /* high the running sum, low what it lost */
} bin;

static void add_to(info_i_dd *sum, double x)
{
    const info_i_dd both = info_i_two_sum(sum->high, x);
    *sum = (info_i_dd){both.high, sum->low + both.low};
}

static void add(bin *b, double confidence, bool correct)
{
    const double miss = confidence - (correct ? 1 : 0);
    b->line.count++;
    b->line.correct += correct;
    add_to(&b->confidence, confidence);
    add_to(&b->squares, miss * miss);
}

static info_calibration_bin line_of(const bin *b)
{
    info_calibration_bin line = b->line;
    line.confidence = info_i_dd_value(b->confidence);
    line.squares = info_i_dd_value(b->squares);
    return line;
}

/* ---- The result from a table -------------------------------------------- */

/* Line i of each of the tables, added up. */
static info_calibration_bin line_at(const info_calibration_bin *tables, int64_t shards, int64_t bins, int64_t i)
{
    bin b = {.line = {.lower = tables[i].lower, .upper = tables[i].upper}};
    for (int64_t s = 0; s < shards; s++) {
        const info_calibration_bin *line = &tables[s * bins + i];
        b.line.count += line->count;
        b.line.correct += line->correct;
        add_to(&b.confidence, line->confidence);
        add_to(&b.squares, line->squares);
    }
    return line_of(&b);
}

static info_calibration_result summary_of(const info_calibration_bin *tables, int64_t shards, int64_t bins)
{
    info_calibration_result r = {0};
    int64_t correct = 0;
    info_i_total confidence = {0}, squares = {0}, gaps = {0}, squared_gaps = {0};
    for (int64_t i = 0; i < bins; i++) {
        const info_calibration_bin line = line_at(tables, shards, bins, i);
        if (line.count == 0)
            continue;
        const double count = (double)line.count, gap = fabs((double)line.correct - line.confidence);
        r.samples += line.count;
        correct += line.correct;
        info_i_total_add(&confidence, line.confidence);
        info_i_total_add(&squares, line.squares);
        info_i_total_add(&gaps, gap);
        info_i_total_add(&squared_gaps, gap * gap / count);
        r.mce = gap / count > r.mce ? gap / count : r.mce;
    }
    if (r.samples == 0)
        return r;
    const double n = (double)r.samples;
    r.accuracy = (double)correct / n;
    r.confidence = info_i_total_value(&confidence) / n;
    r.ece = info_i_total_value(&gaps) / n;
    r.rms = sqrt(info_i_total_value(&squared_gaps) / n);
    r.brier = info_i_total_value(&squares) / n;
    return r;
}

/* ---- Filling a table ---------------------------------------------------- */

static bool is_sample(const double *confidence, const int32_t *correct, int64_t i)
{
    return !isnan(confidence[i]) && correct[i] >= 0;
}

static void fill_by_width(const double *confidence, const int32_t *correct, int64_t count, int64_t bins, bin *table)
{
    for (int64_t i = 0; i < bins; i++)
        table[i] = (bin){.line = {.lower = (double)i / (double)bins, .upper = (double)(i + 1) / (double)bins}};
    for (int64_t i = 0; i < count; i++) {
        if (!is_sample(confidence, correct, i))
            continue;
        int64_t place = (int64_t)(confidence[i] * (double)bins);
        place = place < bins ? place : bins - 1;
        /* The product is rounded; the edges decide. */
        if (confidence[i] < table[place].line.lower)
            place--;
        else if (place + 1 < bins && confidence[i] >= table[place + 1].line.lower)
            place++;
        add(&table[place], confidence[i], correct[i] == 1);
    }
}

/* sorted: minus the confidence, and whether it was correct. Sample i of n in ascending order goes to bin floor(i B / n); those of one confidence go where its first does. */
static void fill_by_mass(const info_i_ranked *sorted, int64_t count, int64_t bins, bin *table)
{
    int64_t place = 0;
    memset(table, 0, (size_t)bins * sizeof *table);
    for (int64_t i = 0; i < count; i++) {
        const double confidence = -sorted[i].value;
        if (i == 0 || sorted[i].value != sorted[i - 1].value) {
            place = (int64_t)((double)i / (double)count * (double)bins);
            place = place < bins ? place : bins - 1;
        }
        bin *b = &table[place];
        b->line.lower = b->line.count == 0 ? confidence : b->line.lower;
        b->line.upper = confidence;
        add(b, confidence, sorted[i].index == 1);
    }
}

/* ---- Calibration -------------------------------------------------------- */

static info_status check_samples(info_i_error *error, const double *confidence, const int32_t *correct, int64_t count)
{
    info_status status = info_i_check_pointer(error, "confidence", confidence);
    if (status == INFO_OK)
        status = info_i_check_pointer(error, "correct", correct);
    if (status == INFO_OK)
        status = info_i_lm_check_count(error, "count", count);
    for (int64_t i = 0; i < count && status == INFO_OK; i++) {
        if (confidence[i] < 0 || confidence[i] > 1)
            status = info_i_fail(error, INFO_ERROR_DOMAIN, "confidence: %s at %lld; 0 to 1 are allowed",
                                 info_i_number_text(confidence[i]).text, (long long)i);
        else if (correct[i] < -1 || correct[i] > 1)
            status = info_i_fail(error, INFO_ERROR_DOMAIN, "correct: %d at %lld; 1, 0 and -1 are allowed",
                                 (int)correct[i], (long long)i);
    }
    return status;
}

static info_status check_table(info_i_error *error, const info_calibration_bin *table, int64_t table_len, int64_t bins,
                               const double *confidence, const int32_t *correct, int64_t count)
{
    const info_matrix first = {confidence, 1, count, count, 1, INFO_F64, 0};
    const info_matrix second = {correct, 1, count, count, 1, INFO_F32, 0};
    const int64_t bytes = bins * (int64_t)sizeof *table;
    info_status status = info_i_check_output(error, "table", table, table_len, bins);
    if (status == INFO_OK)
        status = info_i_check_overlap(error, "table", table, bytes, "confidence", &first);
    if (status == INFO_OK)
        status = info_i_check_overlap(error, "table", table, bytes, "correct", &second);
    return status;
}

static info_status calibration(info_ctx *ctx, const double *confidence, const int32_t *correct, int64_t count,
                               const info_calibration_options *options, info_calibration_bin *table, int64_t table_len,
                               info_calibration_result *result)
{
    info_i_error *error = &ctx->error;
    info_calibration_options o;
    info_status status = info_i_options(error, info_calibration_options, "options", &o, options);
    const info_i_allowed allowed[] = {{"options.binning", o.binning, INFO_BINNING_WIDTH, INFO_BINNING_MASS},
                                      {"options.bins", o.bins, 0, (int64_t)1 << 30},
                                      {0}};
    if (status == INFO_OK)
        status = info_i_check_options(error, allowed);
    if (status == INFO_OK)
        status = check_samples(error, confidence, correct, count);
    if (status == INFO_OK)
        status = info_i_check_pointer(error, "result", result);
    const int64_t bins = o.bins > 0 ? o.bins : DEFAULT_BINS;
    if (status == INFO_OK && table)
        status = check_table(error, table, table_len, bins, confidence, correct, count);
    if (status != INFO_OK)
        return status;

    bin *own = info_i_scratch(ctx, bins, sizeof *own);
    info_calibration_bin *lines = own ? info_i_scratch(ctx, bins, sizeof *lines) : NULL;
    if (!lines)
        return ctx->error.status;
    if (o.binning == INFO_BINNING_WIDTH) {
        fill_by_width(confidence, correct, count, bins, own);
    } else {
        int64_t samples = 0;
        info_i_ranked *sorted = info_i_scratch(ctx, count, sizeof *sorted);
        if (!sorted)
            return ctx->error.status;
        for (int64_t i = 0; i < count; i++)
            if (is_sample(confidence, correct, i))
                sorted[samples++] = (info_i_ranked){-confidence[i], correct[i]};
        info_i_ranked_sort(sorted, samples);
        fill_by_mass(sorted, samples, bins, own);
    }
    for (int64_t i = 0; i < bins; i++)
        lines[i] = line_of(&own[i]);
    info_calibration_result r = summary_of(lines, 1, bins);
    r.skipped = count - r.samples;
    if (table)
        memcpy(table, lines, (size_t)bins * sizeof *table);
    *result = r;
    return INFO_OK;
}

info_status info_calibration(info_ctx *ctx, const double *confidence, const int32_t *correct, int64_t count,
                             const info_calibration_options *options, info_calibration_bin *table, int64_t table_len,
                             info_calibration_result *result)
{
    return INFO_I_CALL(ctx, calibration(ctx, confidence, correct, count, options, table, table_len, result));
}

/* ---- Tables of shards --------------------------------------------------- */

/* Sums of count confidences between the edges, and of the squares of what they miss. */
static bool is_sound(const info_calibration_bin *line)
{
    const double count = (double)line->count, slack = 1e-12 * count;
    return line->count >= 0 && line->count < INT64_MAX / 2 && line->correct >= 0 && line->correct <= line->count &&
           line->lower >= 0 && line->lower <= line->upper && line->upper <= 1 &&
           line->confidence >= count * line->lower - slack && line->confidence <= count * line->upper + slack &&
           line->squares >= 0 && line->squares <= count;
}

static info_status check_tables(info_i_error *error, const info_calibration_bin *tables, int64_t shards, int64_t bins)
{
    int64_t count, bytes;
    info_status status = info_i_check_pointer(error, "tables", tables);
    if (status == INFO_OK && (shards < 1 || bins < 1))
        status = info_i_fail(error, INFO_ERROR_SIZE, "%s: %lld; 1 or more is allowed", shards < 1 ? "shards" : "bins",
                             (long long)(shards < 1 ? shards : bins));
    if (status == INFO_OK &&
        (!info_i_multiply(shards, bins, &count) || !info_i_multiply(count, (int64_t)sizeof *tables, &bytes)))
        status = info_i_fail(error, INFO_ERROR_OVERFLOW, "shards: %lld times %lld bins cannot be addressed",
                             (long long)shards, (long long)bins);
    for (int64_t i = 0; status == INFO_OK && i < shards * bins; i++) {
        const info_calibration_bin *line = &tables[i], *first = &tables[i % bins];
        if (!is_sound(line))
            status = info_i_fail(error, INFO_ERROR_DOMAIN, "tables: bin %lld of shard %lld is not what a bin can be",
                                 (long long)(i % bins), (long long)(i / bins));
        else if (!(line->lower == first->lower && line->upper == first->upper))
            status = info_i_fail(error, INFO_ERROR_DOMAIN, "tables: the edges of bin %lld differ in shard %lld",
                                 (long long)(i % bins), (long long)(i / bins));
    }
    return status;
}

static info_status merge(info_ctx *ctx, const info_calibration_bin *tables, int64_t shards, int64_t bins,
                         info_calibration_bin *merged, int64_t merged_len, info_calibration_result *result)
{
    info_i_error *error = &ctx->error;
    info_status status = check_tables(error, tables, shards, bins);
    if (status == INFO_OK)
        status = info_i_check_pointer(error, "result", result);
    if (status == INFO_OK && merged)
        status = info_i_check_output(error, "merged", merged, merged_len, bins);
    if (status != INFO_OK)
        return status;
    const int64_t words = shards * bins * (int64_t)(sizeof *tables / sizeof(double));
    const info_matrix view = {tables, 1, words, words, 1, INFO_F64, 0};
    if (merged)
        status = info_i_check_overlap(error, "merged", merged, bins * (int64_t)sizeof *merged, "tables", &view);
    if (status != INFO_OK)
        return status;
    *result = summary_of(tables, shards, bins);
    for (int64_t i = 0; merged && i < bins; i++)
        merged[i] = line_at(tables, shards, bins, i);
    return INFO_OK;
}

info_status info_calibration_merge(info_ctx *ctx, const info_calibration_bin *tables, int64_t shards, int64_t bins,
                                   info_calibration_bin *merged, int64_t merged_len, info_calibration_result *result)
{
    return INFO_I_CALL(ctx, merge(ctx, tables, shards, bins, merged, merged_len, result));
}
