/* SPDX-License-Identifier: MIT
 * Drivers of token.h. */
#include "registry.h"

/* No harness works on more rows times columns. */
#define MAX_COUNT ((int64_t)1 << 20)

static const void *options_of_logits(reg_case *c, info_integer type)
{
    const info_lm_options wanted = {.temperature = 1.5, .target_type = type};
    reg_keep_type(c, offsetof(info_lm_options, target_type), wanted.target_type);
    reg_keep_field(c, offsetof(info_lm_options, bias), sizeof wanted.bias);
    reg_keep_field(c, offsetof(info_lm_options, lengths), sizeof wanted.lengths);
    reg_keep_field(c, offsetof(info_lm_options, q_transform), sizeof wanted.q_transform);
    return reg_options(c, &wanted, sizeof wanted);
}

static info_status drive_select(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c), per_row = 2;
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    info_integer type;
    const void *tokens = reg_integers_of(c, "tokens", rows * per_row, 0, cols, &type);
    const int64_t each = reg_length(c, "per_row", per_row);
    const int64_t length = reg_length(c, "tokens", rows * per_row);
    const void *options = options_of_logits(c, type);
    const reg_doubles out = reg_output(c, "out", rows * per_row);
    return info_logits_select(reg_ctx(c), logits, tokens, each, length, options, out.data, out.length);
}

static info_status drive_top_k(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c), k = cols < 3 ? cols : 3;
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const int64_t wanted = reg_length(c, "k", k);
    const void *options = options_of_logits(c, INFO_INT64);
    static int64_t tokens[MAX_COUNT];
    const reg_doubles log_p = reg_output(c, "log_p", rows * k);
    const bool fits = rows * k <= MAX_COUNT && wanted == k && log_p.data;
    const info_status status =
        info_logits_top_k(reg_ctx(c), logits, wanted, options, fits ? tokens : NULL, log_p.data, log_p.length);
    reg_record(c, tokens, sizeof *tokens);
    if (status == INFO_OK && log_p.data)
        reg_expect(c, log_p.data[0] >= log_p.data[k - 1], "the best is first");
    return status;
}

static info_status drive_entropy(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *log_p = reg_matrix(c, "list", REG_LOG_PROBABILITIES, rows, cols);
    const info_top_k list = {.log_probabilities = log_p};
    const int64_t vocabulary = reg_size(c, "vocabulary", cols);
    const info_top_k_options wanted = {.tolerance = 0.02};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles lower = reg_output(c, "lower", rows), upper = reg_output(c, "upper", rows);
    const int64_t length = lower.length < upper.length ? lower.length : upper.length;
    const info_status status =
        info_top_k_entropy(reg_ctx(c), log_p ? &list : NULL, vocabulary, options, lower.data, upper.data, length);
    if (status == INFO_OK)
        reg_expect(c, 0 <= lower.data[0] && lower.data[0] <= upper.data[0], "0 <= lower <= upper");
    return status;
}

static info_status drive_kl(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *log_p = reg_matrix(c, "p", REG_LOG_PROBABILITIES, rows, cols);
    const info_matrix *log_q = reg_matrix(c, "q", REG_LOG_PROBABILITIES, rows, cols);
    static int64_t tokens[MAX_COUNT];
    static int32_t short_tokens[MAX_COUNT];
    for (int64_t i = 0; i < rows * cols && i < MAX_COUNT; i++) {
        tokens[i] = i % cols;
        short_tokens[i] = (int32_t)tokens[i];
    }
    const info_top_k p = {log_p, tokens, rows * cols, 0, INFO_INT64, 0},
                     q = {log_q, short_tokens, rows * cols, 0, INFO_INT32, 0};
    const int64_t vocabulary = reg_size(c, "vocabulary", cols);
    const info_top_k_options wanted = {.tolerance = 0.02};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles lower = reg_output(c, "lower", rows), upper = reg_output(c, "upper", rows);
    const int64_t length = lower.length < upper.length ? lower.length : upper.length;
    const info_status status = info_top_k_kl(reg_ctx(c), log_p ? &p : NULL, log_q ? &q : NULL, vocabulary, options,
                                             lower.data, upper.data, length);
    if (status == INFO_OK)
        reg_expect(c, 0 <= lower.data[0] && lower.data[0] <= upper.data[0], "0 <= lower <= upper");
    return status;
}

static info_status drive_min_k(reg_case *c)
{
    const int64_t count = reg_cols(c);
    info_token_scores s = {.struct_size = sizeof s};
    s.log_probability = reg_vector(c, "scores", REG_LOG_PROBABILITIES, count);
    s.entropy = reg_vector(c, "scores", REG_POSITIVE, count);
    s.varentropy = reg_vector(c, "scores", REG_POSITIVE, count);
    s.count = reg_length(c, "count", count);
    const double fraction = reg_number(c, "fraction", 0.4);
    info_min_k_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_min_k(reg_ctx(c), &s, fraction, result, NULL, 0);
}

#define BIN_WORDS ((int64_t)(sizeof(info_calibration_bin) / sizeof(double)))

static const int32_t some_correct[8] = {1, 0, 1, 1, -1, 0, 1, 0};

static info_status calibration(reg_case *c, info_binning binning)
{
    const double *confidence = reg_vector(c, "confidence", REG_PROBABILITIES, 8);
    const int32_t *correct = reg_bytes(c, "correct", some_correct, sizeof some_correct);
    const int64_t count = reg_length(c, "count", 8);
    const info_calibration_options wanted = {.binning = binning};
    reg_keep_field(c, offsetof(info_calibration_options, bins), sizeof wanted.bins);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles table = reg_optional_output(c, "table", 15 * BIN_WORDS);
    info_calibration_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_calibration(reg_ctx(c), confidence, correct, count, options, (info_calibration_bin *)(void *)table.data,
                            table.length / BIN_WORDS, result);
}

static info_status drive_calibration(reg_case *c)
{
    return calibration(c, INFO_BINNING_WIDTH);
}

static info_status drive_calibration_by_mass(reg_case *c)
{
    return calibration(c, INFO_BINNING_MASS);
}

static const info_calibration_bin some_tables[4] = {
    {0, 0.5, 3, 1, 0.9, 0.6}, {0.5, 1, 2, 2, 1.8, 0.02}, {0, 0.5, 0, 0, 0, 0}, {0.5, 1, 4, 1, 3.5, 2.5}};

static info_status drive_calibration_merge(reg_case *c)
{
    const info_calibration_bin *tables = reg_bytes(c, "tables", some_tables, sizeof some_tables);
    const int64_t shards = reg_length(c, "shards", 2);
    const int64_t bins = reg_length(c, "bins", 2);
    const reg_doubles merged = reg_optional_output(c, "merged", 2 * BIN_WORDS);
    info_calibration_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_calibration_merge(reg_ctx(c), tables, shards, bins, (info_calibration_bin *)(void *)merged.data,
                                  merged.length / BIN_WORDS, result);
}

static info_status drive_brier(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const void *options = options_of_logits(c, type);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = info_brier(reg_ctx(c), logits, targets, targets_len, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, 0 <= out.data[0] && out.data[0] <= 2, "0 <= Brier <= 2");
    return status;
}

static info_status drive_loss_top_k(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c), k = cols < 3 ? cols : 3;
    const info_matrix *log_p = reg_matrix(c, "teacher", REG_LOG_PROBABILITIES, rows, k);
    static uint16_t tokens[MAX_COUNT];
    for (int64_t i = 0; i < rows * k && i < MAX_COUNT; i++)
        tokens[i] = (uint16_t)(i % k);
    const info_top_k teacher = {log_p, tokens, rows * k, 0, INFO_UINT16, 0};
    const int64_t vocabulary = reg_size(c, "vocabulary", cols);
    const info_matrix *student = reg_matrix(c, "student", REG_LOGITS, rows, cols);
    const info_loss_options wanted = {.divergence = INFO_DIVERGENCE_JS, .js_beta = 0.3};
    reg_keep_field(c, offsetof(info_loss_options, class_weights), sizeof wanted.class_weights);
    reg_keep_field(c, offsetof(info_loss_options, row_weights), sizeof wanted.row_weights);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles divergence = reg_output(c, "rows", rows);
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    const info_matrix_out *gradient = reg_optional_matrix_out(c, "gradient", rows, cols);
    const info_status status = info_loss_top_k(reg_ctx(c), log_p ? &teacher : NULL, vocabulary, student, options,
                                               divergence.data, divergence.length, result, gradient);
    if (status == INFO_OK && divergence.data)
        reg_expect(c, divergence.data[0] >= 0, "0 <= JS");
    return status;
}

const reg_function reg_token[] = {
    {"info_brier", drive_brier, 0, 0},
    {"info_calibration", drive_calibration, 0, 0},
    {"info_calibration", drive_calibration_by_mass, 0, 0},
    {"info_calibration_merge", drive_calibration_merge, 0, 0},
    {"info_logits_select", drive_select, 0, 0},
    {"info_logits_top_k", drive_top_k, 0, 0},
    {"info_loss_top_k", drive_loss_top_k, REG_PARTIAL, 0},
    {"info_min_k", drive_min_k, 0, 0},
    {"info_top_k_entropy", drive_entropy, 0, 0},
    {"info_top_k_kl", drive_kl, 0, 0},
    {0},
};
