/* SPDX-License-Identifier: MIT
 * Drivers whose options point to arrays: those must be valid, and apart from every output. */
#include "registry.h"

/* No harness works on more rows. */
#define MAX_ROWS 1500

/* One array of a struct whose arrays share one length: the shortest. */
static double *optional(reg_case *c, const char *name, int64_t rows, int64_t *length)
{
    const reg_doubles out = reg_optional_output(c, name, rows);
    if (out.length < *length)
        *length = out.length;
    return out.data;
}

/* ---- Rows of logits ------------------------------------------------------- */

/* A bias, and lengths of rows. */
static const void *options_of_logits(reg_case *c, int64_t rows, int64_t cols)
{
    info_lm_options wanted = {.softcap = 30};
    wanted.bias = reg_matrix(c, "options.bias", REG_REALS | REG_OPTIONAL, 1, cols);
    wanted.lengths = reg_integers(c, "options.lengths", rows, 1, cols + 1);
    wanted.lengths_len = reg_length(c, "options.lengths", rows);
    const size_t first = offsetof(info_lm_options, bias), end = offsetof(info_lm_options, js_beta);
    reg_keep_field(c, first, end - first);
    reg_keep_field(c, offsetof(info_lm_options, q_transform), sizeof wanted.q_transform);
    return reg_options(c, &wanted, sizeof wanted);
}

static info_status drive_measure(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const void *options = options_of_logits(c, rows, cols);
    info_logit_measures m = {.struct_size = sizeof m, .length = INT64_MAX};
    m.entropy = optional(c, "measures", rows, &m.length);
    m.collision = optional(c, "measures", rows, &m.length);
    return info_logits_measure(reg_ctx(c), logits, NULL, 0, options, &m);
}

static info_status drive_nll(reg_case *c)
{
    static const int64_t first_tokens[MAX_ROWS];
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const void *options = options_of_logits(c, rows, cols);
    const reg_doubles out = reg_output(c, "out", rows);
    return info_nll(reg_ctx(c), logits, first_tokens, rows < MAX_ROWS ? rows : MAX_ROWS, options, out.data, out.length);
}

static info_status drive_perplexity(reg_case *c)
{
    static const int64_t first_tokens[MAX_ROWS];
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const void *options = options_of_logits(c, rows, cols);
    info_perplexity_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_perplexity(reg_ctx(c), logits, first_tokens, rows < MAX_ROWS ? rows : MAX_ROWS, options, result);
}

static info_status drive_select(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const int64_t *tokens = reg_integers(c, "tokens", rows, 0, 1);
    const void *options = options_of_logits(c, rows, cols);
    const reg_doubles out = reg_output(c, "out", rows);
    return info_logits_select(reg_ctx(c), logits, tokens, 1, rows, options, out.data, out.length);
}

static info_status drive_top_k(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const void *options = options_of_logits(c, rows, cols);
    const reg_doubles log_p = reg_output(c, "log_p", rows);
    return info_logits_top_k(reg_ctx(c), logits, 1, options, NULL, log_p.data, log_p.length);
}

static info_status drive_brier(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const int64_t *targets = reg_integers(c, "targets", rows, 0, 1);
    const void *options = options_of_logits(c, rows, cols);
    const reg_doubles out = reg_output(c, "out", rows);
    return info_brier(reg_ctx(c), logits, targets, rows, options, out.data, out.length);
}

static info_status drive_attention(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *scores = reg_matrix(c, "attention", REG_LOGITS, rows, cols);
    info_attention_options wanted = {.mask = INFO_MASK_NONE};
    wanted.lengths = reg_optional_integers(c, "options.lengths", rows, 1, cols + 1);
    wanted.lengths_len = reg_length(c, "options.lengths", rows);
    reg_keep_field(c, offsetof(info_attention_options, lengths), sizeof wanted.lengths + sizeof wanted.lengths_len);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_attention a = {.kind = INFO_LOGITS};
    if (scores) {
        const info_kind kind = scores->reserved == 0 ? INFO_LOGITS : -1; /* this view has no reserved field */
        a = (info_attention){
            scores->data,  1,   1, scores->rows, scores->cols, 0, 0, scores->row_stride, scores->col_stride,
            scores->dtype, kind};
    }
    info_attention_measures m = {.struct_size = sizeof m};
    const reg_doubles out = reg_optional_output(c, "measures", rows);
    m.rows = out.data;
    m.rows_len = out.length;
    return info_attention_entropy(reg_ctx(c), scores ? &a : NULL, options, &m);
}

/* ---- Decoding ------------------------------------------------------------- */

static info_status drive_kept(reg_case *c)
{
    static const info_kept_rule some_rules[] = {{INFO_RULE_TOP_P, 0, 0.9}, {INFO_RULE_TOP_K, 0, 5}};
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    info_kept_set set = {.struct_size = sizeof set, .rules_len = 2, .ids_per_row = 1, .ids_len = rows};
    set.rules = reg_bytes(c, "set.rules", some_rules, sizeof some_rules);
    set.ids = reg_integers_of(c, "set.ids", rows, 0, 1, &set.id_type);
    const void *options = options_of_logits(c, rows, cols);
    info_kept_measures m = {.struct_size = sizeof m, .length = INT64_MAX};
    m.log_mass = optional(c, "measures", rows, &m.length);
    return info_kept_measure(reg_ctx(c), logits, NULL, 0, &set, options, &m);
}

static info_status drive_kept_compare(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *p = reg_matrix(c, "p", REG_LOGITS, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_LOGITS, rows, cols);
    const info_kept_set all = {.struct_size = sizeof all};
    info_kept_set set = {.struct_size = sizeof set, .ids_per_row = 1, .ids_len = rows};
    set.ids = reg_integers_of(c, "q_set.ids", rows, 0, 1, &set.id_type);
    const void *options = options_of_logits(c, rows, cols);
    info_kept_comparison m = {.struct_size = sizeof m, .length = INT64_MAX};
    m.tv = optional(c, "comparison", rows, &m.length);
    return info_kept_compare(reg_ctx(c), p, q, &all, &set, options, &m);
}

static info_status drive_word_surprisal(reg_case *c)
{
    static const int64_t one_word[MAX_ROWS];
    const int64_t rows = reg_rows(c) + 1, cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const int64_t *tokens = reg_integers(c, "tokens", rows - 1, 0, 1);
    const int64_t *words =
        reg_bytes(c, "words", one_word, (rows < MAX_ROWS ? rows - 1 : MAX_ROWS) * (int64_t)sizeof *words);
    info_word_options begins = {.struct_size = sizeof begins, .begins_len = cols};
    static uint8_t all_begin[1 << 16];
    for (size_t i = 0; i < sizeof all_begin; i++)
        all_begin[i] = 1;
    begins.begins = reg_bytes(c, "word_options.begins", all_begin, cols);
    const void *options = options_of_logits(c, rows, cols);
    const reg_doubles out = reg_output(c, "out", 1);
    return info_word_surprisal(reg_ctx(c), logits, tokens, words, rows - 1, &begins, options, out.data, out.length);
}

/* ---- Shards ---------------------------------------------------------------- */

/* The whole vocabulary in one tile. */
static const void *whole(reg_case *c, int64_t cols)
{
    const info_vocabulary_shard wanted = {.vocabulary = cols, .tile = cols};
    reg_keep_field(c, offsetof(info_vocabulary_shard, vocabulary), sizeof wanted.vocabulary);
    reg_keep_field(c, offsetof(info_vocabulary_shard, tile), sizeof wanted.tile);
    return reg_struct(c, "shard", &wanted, sizeof wanted);
}

static info_status drive_measure_part(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const void *shard = whole(c, cols);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const void *options = options_of_logits(c, rows, cols);
    info_logit_part *parts = reg_output_bytes(c, "parts", rows * (int64_t)sizeof *parts);
    return info_logits_measure_part(reg_ctx(c), logits, shard, NULL, 0, options, parts, rows);
}

static info_status drive_compare_part(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const void *shard = whole(c, cols);
    const info_matrix *p = reg_matrix(c, "p", REG_LOGITS, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_LOGITS, rows, cols);
    const void *options = options_of_logits(c, rows, cols);
    info_logit_pair_part *parts = reg_output_bytes(c, "parts", rows * (int64_t)sizeof *parts);
    return info_logits_compare_part(reg_ctx(c), p, q, shard, NULL, 0, options, parts, rows);
}

/* ---- Losses ---------------------------------------------------------------- */

static void weigh(reg_case *c, info_loss_options *wanted, int64_t rows, int64_t cols)
{
    wanted->row_weights = reg_vector(c, "options.row_weights", REG_POSITIVE | REG_OPTIONAL, rows);
    wanted->row_weights_len = reg_length(c, "options.row_weights", rows);
    if (cols > 0) {
        wanted->class_weights = reg_vector(c, "options.class_weights", REG_POSITIVE | REG_OPTIONAL, cols);
        wanted->class_weights_len = reg_length(c, "options.class_weights", cols);
    }
    const size_t first = offsetof(info_loss_options, class_weights), end = offsetof(info_loss_options, divergence);
    reg_keep_field(c, first, end - first);
}

static info_status drive_loss_cross_entropy(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const int64_t *targets = reg_integers(c, "targets", rows, 0, cols);
    info_loss_options wanted = {.softcap = 30};
    weigh(c, &wanted, rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_loss_cross_entropy(reg_ctx(c), logits, targets, rows, options, result, NULL);
}

static info_status drive_loss_divergence(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *teacher = reg_matrix(c, "teacher", REG_LOGITS, rows, cols);
    const info_matrix *student = reg_matrix(c, "student", REG_LOGITS, rows, cols);
    info_loss_options wanted = {.divergence = INFO_DIVERGENCE_TV};
    weigh(c, &wanted, rows, 0);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    const info_matrix_out *gradient = reg_optional_matrix_out(c, "gradient", rows, cols);
    return info_loss_divergence(reg_ctx(c), teacher, student, options, result, gradient);
}

static info_status drive_loss_top_k(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *log_p = reg_matrix(c, "teacher", REG_LOG_PROBABILITIES, rows, 1);
    info_top_k teacher = {.log_probabilities = log_p, .tokens_len = rows};
    teacher.tokens = reg_integers_of(c, "teacher.tokens", rows, 0, cols, &teacher.token_type);
    const info_matrix *student = reg_matrix(c, "student", REG_LOGITS, rows, cols);
    info_loss_options wanted = {.reduction = INFO_REDUCTION_SUM};
    weigh(c, &wanted, rows, 0);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles losses = reg_optional_output(c, "rows", rows);
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_loss_top_k(reg_ctx(c), log_p ? &teacher : NULL, cols, student, options, losses.data,
                           losses.data ? losses.length : 0, result, NULL);
}

/* ---- Scored tokens --------------------------------------------------------- */

static const void *options_of_scores(reg_case *c, int64_t count)
{
    info_score_options wanted = {0};
    wanted.units = reg_vector(c, "options.units", REG_POSITIVE | REG_OPTIONAL, count);
    wanted.units_len = reg_length(c, "options.units", count);
    wanted.clusters = reg_optional_integers(c, "options.clusters", count, 0, 3);
    wanted.clusters_len = reg_length(c, "options.clusters", count);
    reg_keep_field(c, offsetof(info_score_options, units), sizeof wanted - offsetof(info_score_options, units));
    return reg_options(c, &wanted, sizeof wanted);
}

static info_status drive_likelihood(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const double *scores = reg_vector(c, "log_probabilities", REG_LOG_PROBABILITIES, count);
    const void *options = options_of_scores(c, count);
    info_likelihood_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_likelihood_summarize(reg_ctx(c), scores, count, options, result);
}

static info_status drive_sampled_kl(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const double *p = reg_vector(c, "log_p", REG_NEGATIVE, count);
    const double *q = reg_vector(c, "log_q", REG_NEGATIVE, count);
    const void *options = options_of_scores(c, count);
    info_sampled_kl_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_sampled_kl(reg_ctx(c), p, q, count, options, result);
}

static info_status drive_policy(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const double *p = reg_vector(c, "log_p", REG_NEGATIVE, count);
    const double *old = reg_vector(c, "log_old", REG_NEGATIVE, count);
    info_policy_options wanted = {.by_sequence = 1};
    wanted.clusters = reg_optional_integers(c, "options.clusters", count, 0, 3);
    wanted.clusters_len = wanted.clusters ? count : 0;
    reg_keep_field(c, offsetof(info_policy_options, clusters), sizeof wanted.clusters + sizeof wanted.clusters_len);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", count);
    return info_policy_coefficients(reg_ctx(c), p, p, old, count, options, out.data, out.length);
}

/* ---- Positions -------------------------------------------------------------- */

static info_status drive_wasserstein(reg_case *c)
{
    static double places[1 << 16];
    for (int i = 0; i < 1 << 16; i++)
        places[i] = i;
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *p = reg_matrix(c, "p", REG_PROBABILITIES, rows, cols);
    const double *positions = reg_optional_bytes(c, "positions", places, cols * (int64_t)sizeof *places);
    const reg_doubles out = reg_output(c, "out", rows);
    return info_wasserstein(reg_ctx(c), p, p, positions, NULL, out.data, out.length);
}

/* REG_UNNAMED: without its options an input of another kind is not what the defaults expect, or NULL is allowed. */
const reg_function reg_pointers[] = {
    {"info_attention_entropy", drive_attention, 0, 0},
    {"info_brier", drive_brier, 0, 0},
    {"info_kept_compare", drive_kept_compare, 0, 0},
    {"info_kept_measure", drive_kept, 0, 0},
    {"info_likelihood_summarize", drive_likelihood, 0, 0},
    {"info_logits_compare_part", drive_compare_part, 0, 0},
    {"info_logits_measure", drive_measure, 0, 0},
    {"info_logits_measure_part", drive_measure_part, 0, 0},
    {"info_logits_select", drive_select, 0, 0},
    {"info_logits_top_k", drive_top_k, 0, 0},
    {"info_loss_cross_entropy", drive_loss_cross_entropy, REG_PARTIAL, 0},
    {"info_loss_divergence", drive_loss_divergence, REG_PARTIAL, 0},
    {"info_loss_top_k", drive_loss_top_k, REG_PARTIAL, 0},
    {"info_nll", drive_nll, 0, 0},
    {"info_perplexity", drive_perplexity, 0, 0},
    {"info_policy_coefficients", drive_policy, 0, 0},
    {"info_sampled_kl", drive_sampled_kl, 0, 0},
    {"info_wasserstein", drive_wasserstein, 0, 0},
    {"info_word_surprisal", drive_word_surprisal, 0, 0},
    {0},
};
