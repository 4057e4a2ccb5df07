/* SPDX-License-Identifier: MIT
 * Drivers of decoding.h. */
#include "registry.h"

static const void *options_of_logits(reg_case *c, info_integer type)
{
    const info_lm_options wanted = {.temperature = 1.5, .target_type = type};
    reg_keep_type(c, offsetof(info_lm_options, target_type), wanted.target_type);
    reg_keep_field(c, offsetof(info_lm_options, bias), sizeof wanted.bias);
    reg_keep_field(c, offsetof(info_lm_options, lengths), sizeof wanted.lengths);
    reg_keep_field(c, offsetof(info_lm_options, q_transform), sizeof wanted.q_transform);
    return reg_options(c, &wanted, sizeof wanted);
}

/* One array of a struct whose arrays share one length: the shortest. */
static double *optional(reg_case *c, const char *name, int64_t rows, int64_t *length)
{
    const reg_doubles out = reg_optional_output(c, name, rows);
    if (out.length < *length)
        *length = out.length;
    return out.data;
}

static info_status keep(reg_case *c, const info_kept_rule *rules, int64_t count)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const info_kept_set set = {.struct_size = sizeof set, .rules = rules, .rules_len = count};
    const void *options = options_of_logits(c, type);
    info_kept_measures m = {.struct_size = sizeof m, .length = INT64_MAX};
    m.log_probability = optional(c, "measures", rows, &m.length);
    m.log_mass = optional(c, "measures", rows, &m.length);
    m.entropy = optional(c, "measures", rows, &m.length);
    m.tv = optional(c, "measures", rows, &m.length);
    const info_status status = info_kept_measure(reg_ctx(c), logits, targets, targets_len, &set, options, &m);
    if (status == INFO_OK && m.tv)
        reg_expect(c, m.tv[0] >= 0 && m.tv[0] <= 1, "0 <= TV <= 1");
    if (status == INFO_OK && m.log_mass)
        reg_expect(c, m.log_mass[0] <= 0, "S <= 1");
    return status;
}

static info_status drive_kept_measure(reg_case *c)
{
    const info_kept_rule rules[] = {
        {INFO_RULE_MIN_P, 0, .01}, {INFO_RULE_TYPICAL, 0, .95}, {INFO_RULE_TOP_P, 0, .9}, {INFO_RULE_TOP_K, 0, 20}};
    return keep(c, rules, 4);
}

static info_status drive_kept_measure_by_entropy(reg_case *c)
{
    const info_kept_rule rules[] = {{INFO_RULE_TOP_H, 0, .9}, {INFO_RULE_ETA, 0, .01}};
    return keep(c, rules, 2);
}

static info_status drive_kept_compare(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *p = reg_matrix(c, "p", REG_LOGITS, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_LOGITS, rows, cols);
    const info_kept_rule rule = {INFO_RULE_TOP_P, 0, .9};
    const info_kept_set set = {.struct_size = sizeof set, .rules = &rule, .rules_len = 1};
    const void *options = options_of_logits(c, INFO_INT64);
    info_kept_comparison m = {.struct_size = sizeof m, .length = INT64_MAX};
    m.kl = optional(c, "comparison", rows, &m.length);
    m.tv = optional(c, "comparison", rows, &m.length);
    m.acceptance = optional(c, "comparison", rows, &m.length);
    const info_status status = info_kept_compare(reg_ctx(c), p, q, &set, &set, options, &m);
    if (status == INFO_OK && m.kl)
        reg_expect(c, m.kl[0] >= 0, "0 <= KL");
    return status;
}

static info_search_results results_of(reg_case *c, int64_t rows)
{
    info_search_results r = {.struct_size = sizeof r, .length = INT64_MAX};
    r.parameter = optional(c, "results", rows, &r.length);
    r.reached = optional(c, "results", rows, &r.length);
    r.derivative = optional(c, "results", rows, &r.length);
    return r;
}

static info_status drive_temperature_for_entropy(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const double *targets = reg_vector(c, "targets", REG_POSITIVE, rows);
    const int64_t length = reg_length(c, "targets", rows);
    const void *options = options_of_logits(c, INFO_INT64);
    const info_search_results r = results_of(c, rows);
    const info_status status = info_temperature_for_entropy(reg_ctx(c), logits, targets, length, options, &r);
    if (status == INFO_OK && r.parameter)
        reg_expect(c, r.parameter[0] >= 0, "0 <= T");
    return status;
}

static info_status drive_temperature_for_kl(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const info_branch branch = reg_choice(c, "branch", INFO_BRANCH_FLATTER);
    const double *targets = reg_vector(c, "targets", REG_POSITIVE, rows);
    const int64_t length = reg_length(c, "targets", rows);
    const void *options = options_of_logits(c, INFO_INT64);
    const info_search_results r = results_of(c, rows);
    return info_temperature_for_kl(reg_ctx(c), logits, branch, targets, length, options, &r);
}

static info_status drive_temperature_for_perplexity(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const double cap = reg_number(c, "cap", 1.5);
    const void *options = options_of_logits(c, INFO_INT64);
    info_temperature_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_temperature_for_perplexity(reg_ctx(c), logits, cap, options, result);
}

static info_status drive_tilt(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const info_matrix *rewards = reg_matrix(c, "rewards", REG_REALS, rows, cols);
    const double *budgets = reg_vector(c, "budgets", REG_POSITIVE, rows);
    const int64_t length = reg_length(c, "budgets", rows);
    const void *options = options_of_logits(c, INFO_INT64);
    info_tilt_results r = {.struct_size = sizeof r, .length = INT64_MAX};
    r.b = optional(c, "results", rows, &r.length);
    r.kl = optional(c, "results", rows, &r.length);
    r.reward = optional(c, "results", rows, &r.length);
    r.log_partition = optional(c, "results", rows, &r.length);
    return info_tilt(reg_ctx(c), logits, rewards, budgets, length, options, &r);
}

#define CLASSES 3

static info_status drive_class_measure(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const int32_t *classes = reg_integers32(c, "classes", cols, 0, CLASSES);
    const int64_t length = reg_length(c, "classes", cols);
    const void *options = options_of_logits(c, INFO_INT64);
    info_class_measures m = {.struct_size = sizeof m, .length = INT64_MAX};
    const reg_doubles masses = reg_optional_output(c, "measures", rows * CLASSES);
    m.log_mass = masses.data;
    m.log_mass_len = masses.length;
    m.class_entropy = optional(c, "measures", rows, &m.length);
    m.within_entropy = optional(c, "measures", rows, &m.length);
    const info_status status = info_class_measure(reg_ctx(c), logits, classes, length, CLASSES, options, &m);
    if (status == INFO_OK && m.class_entropy)
        reg_expect(c, m.class_entropy[0] >= 0, "0 <= H(class)");
    return status;
}

static info_status drive_class_kl(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *p = reg_matrix(c, "p", REG_LOGITS, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_LOGITS, rows, cols);
    const int32_t *classes = reg_integers32(c, "classes", cols, 0, CLASSES);
    const int64_t length = reg_length(c, "classes", cols);
    const void *options = options_of_logits(c, INFO_INT64);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = info_class_kl(reg_ctx(c), p, q, classes, length, CLASSES, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "0 <= KL");
    return status;
}

static info_status drive_word_surprisal(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    info_integer type;
    const void *tokens = reg_integers_of(c, "tokens", rows, 0, cols, &type);
    /* One word; no harness works on more rows. */
    static const int64_t one_word[1500];
    const int64_t *words = reg_bytes(c, "words", one_word, (rows < 1500 ? rows : 1500) * (int64_t)sizeof *one_word);
    const int64_t length = reg_length(c, "tokens", rows);
    const info_word_options words_options = {.struct_size = sizeof words_options, .boundary = INFO_BOUNDARY_AT_END};
    const void *options = options_of_logits(c, type);
    const reg_doubles out = reg_output(c, "out", 1);
    return info_word_surprisal(reg_ctx(c), logits, tokens, words, length, &words_options, options, out.data,
                               out.length);
}

const reg_function reg_decoding[] = {
    {"info_class_kl", drive_class_kl, 0, 0},
    {"info_class_measure", drive_class_measure, 0, 0},
    {"info_kept_compare", drive_kept_compare, 0, 0},
    {"info_kept_measure", drive_kept_measure, 0, 0},
    {"info_kept_measure", drive_kept_measure_by_entropy, 0, 0},
    {"info_temperature_for_entropy", drive_temperature_for_entropy, 0, 0},
    {"info_temperature_for_kl", drive_temperature_for_kl, 0, 0},
    {"info_temperature_for_perplexity", drive_temperature_for_perplexity, 0, 0},
    {"info_tilt", drive_tilt, 0, 0},
    {"info_word_surprisal", drive_word_surprisal, 0, 0},
    {0},
};
