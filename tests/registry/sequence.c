/* SPDX-License-Identifier: MIT
 * Drivers of sequence.h. */
#include "registry.h"

static info_series some_tokens(reg_case *c, const char *name)
{
    const int64_t count = reg_cols(c) + 4;
    const int64_t *tokens = reg_integers(c, name, count, 0, 4);
    const int64_t length = reg_length(c, name, count);
    return (info_series){tokens, length, 1, INFO_INT64, 0};
}

static const void *estimation(reg_case *c)
{
    const info_estimator_options wanted = {.estimator = INFO_ESTIMATOR_MILLER_MADOW, .replicates = 5};
    reg_keep_field(c, offsetof(info_estimator_options, replicates), sizeof wanted.replicates);
    return reg_options(c, &wanted, sizeof wanted);
}

static info_status drive_blocks(reg_case *c)
{
    const info_series tokens = some_tokens(c, "tokens");
    static const int64_t begins[] = {0};
    const int64_t *starts = reg_bytes(c, "starts", begins, sizeof begins);
    const int64_t order = reg_length(c, "max_order", 3);
    const void *options = estimation(c);
    info_block_entropy *out = reg_output_bytes(c, "out", 3 * sizeof *out);
    const info_status status = info_block_entropies(reg_ctx(c), &tokens, starts, 1, order, options, out, 3);
    if (status == INFO_OK)
        reg_expect(c, out[2].plug_in >= out[1].plug_in - 1, "longer blocks are hardly less uncertain");
    return status;
}

static info_status drive_distance(reg_case *c)
{
    const info_series tokens = some_tokens(c, "tokens");
    static const int64_t apart[] = {1, 3};
    const int64_t *distances = reg_bytes(c, "distances", apart, sizeof apart);
    const int64_t count = reg_length(c, "count", 2);
    const void *options = estimation(c);
    info_sample_estimate *out = reg_output_bytes(c, "out", 2 * sizeof *out);
    return info_distance_information(reg_ctx(c), &tokens, NULL, 0, distances, count, options, out,
                                     count > 0 && count < 3 ? count : 2);
}

static info_status drive_association(reg_case *c)
{
    static const int64_t text[] = {1, 2, 1, 2, 3, 1, 2, 3, 3, 0, 1, 2};
    const info_series series = {text, 12, 1, INFO_INT64, 0};
    info_ctx *ctx = reg_ctx(c);
    const info_association_options wanted = {.rank = INFO_ASSOCIATION_NPMI, .minimum_count = 2};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_association *out = reg_output_bytes(c, "out", 3 * sizeof *out);
    int64_t *found = reg_output_bytes(c, "found", sizeof *found);
    info_counts *counts = NULL;
    info_status status = info_counts_create(ctx, NULL, 2, &counts);
    if (status == INFO_OK)
        status = info_counts_add_ngrams(ctx, counts, &series, NULL, 0);
    if (status == INFO_OK)
        status = info_counts_association(ctx, counts, options, NULL, 0, out, 3, found);
    info_counts_destroy(counts);
    return status;
}

static info_status drive_transfer(reg_case *c)
{
    const int64_t count = reg_cols(c) + 4;
    const int64_t *x = reg_integers(c, "source", count, 0, 3), *y = reg_integers(c, "target", count, 0, 3);
    const int64_t *z = reg_integers(c, "conditions", count, 0, 2);
    const info_series source = {x, count, 1, INFO_INT64, 0}, target = {y, count, 1, INFO_INT64, 0};
    const info_series condition = {z, count, 1, INFO_INT64, 0};
    const info_transfer_options wanted = {.source_history = 2};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_sample_estimate *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_transfer_entropy(reg_ctx(c), &source, &target, &condition, 1, options, NULL, out);
    if (status == INFO_OK)
        reg_expect(c, out->value >= 0, "0 <= plug-in transfer entropy");
    return status;
}

static info_status drive_lempel_ziv(reg_case *c)
{
    const info_series tokens = some_tokens(c, "tokens");
    const int32_t unit = reg_choice(c, "unit", INFO_BIT);
    info_lempel_ziv_result *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_lempel_ziv(reg_ctx(c), &tokens, unit, out);
    if (status == INFO_OK)
        reg_expect(c, out->phrases > 0 && out->match_rate > 0, "0 < rates");
    return status;
}

static info_status drive_semantic(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const double *log_p = reg_vector(c, "log_p", REG_LOG_PROBABILITIES, count);
    const int64_t *classes = reg_integers(c, "classes", count, 0, 3);
    const int64_t length = reg_length(c, "classes", count);
    const info_series series = {classes, length, 1, INFO_INT64, 0};
    const int32_t unit = reg_choice(c, "unit", INFO_NAT);
    info_semantic_entropy_result *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_semantic_entropy(reg_ctx(c), log_p, &series, unit, out);
    if (status == INFO_OK)
        reg_expect(c, out->discrete >= 0 && out->normalized >= 0 && out->monte_carlo >= 0, "0 <= H");
    return status;
}

static info_status drive_v_information(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const double *null = reg_vector(c, "log_p_null", REG_LOG_PROBABILITIES, count);
    const double *given = reg_vector(c, "log_p_given", REG_LOG_PROBABILITIES, count);
    const int64_t length = reg_length(c, "count", count);
    const int32_t unit = reg_choice(c, "unit", INFO_DIT);
    info_usable_information *out = reg_output_bytes(c, "out", sizeof *out);
    return info_v_information(reg_ctx(c), null, given, length, unit, NULL, 0, out);
}

const reg_function reg_sequence[] = {
    {"info_block_entropies", drive_blocks, REG_SLOW, 0},
    {"info_counts_association", drive_association, REG_OBJECT, 0},
    {"info_distance_information", drive_distance, REG_SLOW, 0},
    {"info_lempel_ziv", drive_lempel_ziv, REG_SLOW, 0},
    {"info_semantic_entropy", drive_semantic, 0, 0},
    {"info_transfer_entropy", drive_transfer, REG_SLOW, 0},
    {"info_v_information", drive_v_information, 0, 0},
    {0},
};
