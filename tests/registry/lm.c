/* SPDX-License-Identifier: MIT
 * Drivers of lm.h. */
#include "registry.h"

static const info_lm_options lm_options = {.temperature = 0.7, .softcap = 30};

/* Options whose pointers the sweep must not overwrite. */
static const void *options_of_logits(reg_case *c, const info_lm_options *wanted)
{
    reg_keep_field(c, offsetof(info_lm_options, bias), sizeof wanted->bias);
    reg_keep_field(c, offsetof(info_lm_options, lengths), sizeof wanted->lengths);
    reg_keep_field(c, offsetof(info_lm_options, q_transform), sizeof wanted->q_transform);
    reg_keep_type(c, offsetof(info_lm_options, target_type), wanted->target_type);
    return reg_options(c, wanted, sizeof *wanted);
}

/* One array of a struct whose arrays share one length: the shortest. */
static double *optional(reg_case *c, const char *name, int64_t rows, int64_t *length)
{
    const reg_doubles out = reg_optional_output(c, name, rows);
    if (out.length < *length)
        *length = out.length;
    return out.data;
}

/* Always wanted, so that the targets always matter; no harness works on more rows. */
#define MAX_ROWS 256

static info_status measure(reg_case *c, const info_lm_options *wanted)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    info_lm_options typed = *wanted;
    typed.target_type = type;
    const void *options = options_of_logits(c, &typed);
    info_logit_measures m = {.struct_size = sizeof m, .length = INT64_MAX};
    int64_t ranks[MAX_ROWS] = {0};
    m.rank = rows <= MAX_ROWS ? ranks : NULL;
    m.entropy = optional(c, "measures", rows, &m.length);
    m.log_probability = optional(c, "measures", rows, &m.length);
    m.varentropy = optional(c, "measures", rows, &m.length);
    const info_status status = info_logits_measure(reg_ctx(c), logits, targets, targets_len, options, &m);
    reg_record(c, ranks, sizeof *ranks);
    if (status == INFO_OK && m.entropy)
        reg_expect(c, m.entropy[0] >= 0, "0 <= H");
    return status;
}

static info_status drive_measure(reg_case *c)
{
    return measure(c, &(info_lm_options){0});
}

static info_status drive_measure_transformed(reg_case *c)
{
    return measure(c, &lm_options);
}

static info_status drive_nll(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const void *options = options_of_logits(c, &(info_lm_options){.target_type = type});
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = info_nll(reg_ctx(c), logits, targets, targets_len, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "0 <= NLL");
    return status;
}

static info_status drive_perplexity(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const void *options = options_of_logits(c, &(info_lm_options){.target_type = type});
    info_perplexity_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_perplexity(reg_ctx(c), logits, targets, targets_len, options, result);
}

static info_status drive_compare(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *p = reg_matrix(c, "p", REG_LOGITS, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_LOGITS, rows, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const void *options = options_of_logits(c, &(info_lm_options){.js_beta = 0.25, .target_type = type});
    info_logit_comparison m = {.struct_size = sizeof m, .length = INT64_MAX};
    double logs[MAX_ROWS] = {0};
    m.log_probability_q = rows <= MAX_ROWS ? logs : NULL;
    m.kl = optional(c, "comparison", rows, &m.length);
    m.js = optional(c, "comparison", rows, &m.length);
    m.generalized_js = optional(c, "comparison", rows, &m.length);
    m.tv = optional(c, "comparison", rows, &m.length);
    m.delta_p = optional(c, "comparison", rows, &m.length);
    const info_status status = info_logits_compare(reg_ctx(c), p, q, targets, targets_len, options, &m);
    reg_record(c, logs, sizeof *logs);
    if (status == INFO_OK && m.kl)
        reg_expect(c, m.kl[0] >= 0, "0 <= KL");
    return status;
}

/* Two models with biases of their own, rows of lengths of their own. */
static info_status drive_compare_transformed(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *p = reg_matrix(c, "p", REG_LOGITS, rows, cols);
    const info_matrix *q = reg_matrix(c, "q", REG_LOGITS, rows, cols);
    info_logit_transform of_q = {.struct_size = sizeof of_q, .temperature = 2, .softcap = 9};
    of_q.bias = reg_matrix(c, "options.q_transform.bias", REG_REALS | REG_OPTIONAL, 1, cols);
    reg_keep_field(c, offsetof(info_logit_transform, bias), sizeof of_q.bias);
    const void *transform = reg_struct(c, "options.q_transform", &of_q, sizeof of_q);
    info_lm_options wanted = {.temperature = 0.7};
    wanted.bias = reg_matrix(c, "options.bias", REG_REALS | REG_OPTIONAL, 1, cols);
    wanted.lengths = reg_integers(c, "options.lengths", rows, 1, cols + 1);
    wanted.lengths_len = reg_length(c, "options.lengths", rows);
    wanted.q_transform = transform;
    reg_keep_field(c, offsetof(info_lm_options, lengths_len), sizeof wanted.lengths_len);
    const void *options = options_of_logits(c, &wanted);
    info_logit_comparison m = {.struct_size = sizeof m, .length = INT64_MAX};
    m.kl = optional(c, "comparison", rows, &m.length);
    m.js = optional(c, "comparison", rows, &m.length);
    const info_status status = info_logits_compare(reg_ctx(c), p, q, NULL, 0, options, &m);
    if (status == INFO_OK && m.kl)
        reg_expect(c, m.kl[0] >= 0, "0 <= KL");
    return status;
}

static info_status attention_entropy(reg_case *c, info_kind kind, int content)
{
    const int64_t queries = reg_rows(c), keys = queries + reg_cols(c);
    const info_matrix *weights = reg_matrix(c, "attention", content, queries, keys);
    const info_attention_options wanted = {.mask = INFO_MASK_NONE};
    reg_keep_field(c, offsetof(info_attention_options, lengths), sizeof wanted.lengths);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_attention a = {.kind = kind};
    if (weights) {
        const info_kind view_kind = weights->reserved == 0 ? kind : -1; /* this view has no reserved field */
        a = (info_attention){
            weights->data,  1,        1, weights->rows, weights->cols, 0, 0, weights->row_stride, weights->col_stride,
            weights->dtype, view_kind};
    }
    info_attention_measures m = {.struct_size = sizeof m};
    const reg_doubles rows = reg_optional_output(c, "measures", queries);
    m.rows = rows.data;
    m.rows_len = rows.length;
    return info_attention_entropy(reg_ctx(c), weights ? &a : NULL, options, &m);
}

static info_status drive_attention_weights(reg_case *c)
{
    return attention_entropy(c, INFO_PROBABILITIES, REG_PROBABILITIES);
}

static info_status drive_attention_scores(reg_case *c)
{
    return attention_entropy(c, INFO_LOGITS, REG_LOGITS);
}

static info_status drive_attention_bound(reg_case *c)
{
    const int64_t keys = reg_size(c, "keys", 8);
    const double sigma = reg_number(c, "sigma", 3);
    return info_attention_entropy_bound(reg_ctx(c), keys, sigma, reg_output_fixed(c, "out", 1));
}

/* Wanted always: a gradient that is NULL is fine, one without data is not; one in place of the logits is
 * fine, one of another type on top of them is not. */
static const info_matrix_out *gradient_of(reg_case *c, const info_matrix *logits, int64_t rows, int64_t cols)
{
    static const info_matrix_out without_data = {NULL, 1, 1, 1, 1, INFO_F64, 0};
    static info_matrix_out on_top;
    const info_matrix_out *gradient = reg_matrix_out(c, "gradient", rows, cols);
    if (!gradient)
        return &without_data;
    if (!logits || gradient->data != logits->data)
        return gradient;
    on_top = *gradient;
    on_top.dtype = logits->dtype == INFO_F16 ? INFO_BF16 : INFO_F16;
    return &on_top;
}

static const void *options_of_loss(reg_case *c, const info_loss_options *wanted)
{
    const size_t first = offsetof(info_loss_options, class_weights), end = offsetof(info_loss_options, divergence);
    reg_keep_field(c, first, end - first);
    reg_keep_type(c, offsetof(info_loss_options, target_type), wanted->target_type);
    return reg_options(c, wanted, sizeof *wanted);
}

static info_status drive_loss_cross_entropy(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const void *options =
        options_of_loss(c, &(info_loss_options){.label_smoothing = 0.1, .z_loss = 1e-4, .target_type = type});
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    const info_matrix_out *gradient = gradient_of(c, logits, rows, cols);
    return info_loss_cross_entropy(reg_ctx(c), logits, targets, targets_len, options, result, gradient);
}

static info_status drive_loss_entropy(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *logits = reg_matrix(c, "logits", REG_LOGITS, rows, cols);
    const void *options = options_of_loss(c, &(info_loss_options){.softcap = 30});
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    const info_matrix_out *gradient = gradient_of(c, logits, rows, cols);
    return info_loss_entropy(reg_ctx(c), logits, options, result, gradient);
}

static info_status loss_divergence(reg_case *c, info_divergence which)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_matrix *teacher = reg_matrix(c, "teacher", REG_LOGITS, rows, cols);
    const info_matrix *student = reg_matrix(c, "student", REG_LOGITS, rows, cols);
    const void *options = options_of_loss(c, &(info_loss_options){.divergence = which, .temperature = 2});
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    const info_matrix_out *gradient = gradient_of(c, student, rows, cols);
    return info_loss_divergence(reg_ctx(c), teacher, student, options, result, gradient);
}

static info_status drive_loss_forward(reg_case *c)
{
    return loss_divergence(c, INFO_DIVERGENCE_FORWARD);
}

static info_status drive_loss_js(reg_case *c)
{
    return loss_divergence(c, INFO_DIVERGENCE_JS);
}

static const void *options_of_scores(reg_case *c)
{
    const info_score_options wanted = {0};
    const size_t first = offsetof(info_score_options, units);
    reg_keep_field(c, first, sizeof wanted - first);
    return reg_options(c, &wanted, sizeof wanted);
}

static info_status drive_likelihood(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const double *scores = reg_vector(c, "log_probabilities", REG_LOG_PROBABILITIES, count);
    const int64_t length = reg_length(c, "count", count);
    const void *options = options_of_scores(c);
    info_likelihood_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_likelihood_summarize(reg_ctx(c), scores, length, options, result);
}

static info_status drive_pair_summary(reg_case *c)
{
    const int64_t count = reg_cols(c);
    info_pair_scores s = {.struct_size = sizeof s};
    s.log_probability_p = reg_vector(c, "scores", REG_LOG_PROBABILITIES, count);
    s.log_probability_q = reg_vector(c, "scores", REG_LOG_PROBABILITIES, count);
    s.kl = reg_vector(c, "scores", REG_POSITIVE | REG_OPTIONAL, count);
    s.count = reg_length(c, "count", count);
    const void *options = options_of_scores(c);
    info_pair_summary *result = reg_output_bytes(c, "result", sizeof *result);
    return info_pair_summarize(reg_ctx(c), &s, options, result);
}

static info_status drive_sampled_kl(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const double *p = reg_vector(c, "log_p", REG_NEGATIVE, count);
    const double *q = reg_vector(c, "log_q", REG_LOG_PROBABILITIES, count);
    const int64_t length = reg_length(c, "count", count);
    const void *options = options_of_scores(c);
    info_sampled_kl_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_sampled_kl(reg_ctx(c), p, q, length, options, result);
}

static info_status drive_policy(reg_case *c)
{
    const int64_t count = reg_cols(c);
    const double *p = reg_vector(c, "log_p", REG_LOG_PROBABILITIES, count);
    const double *q = reg_vector(c, "log_q", REG_LOG_PROBABILITIES, count);
    const double *old = reg_vector(c, "log_old", REG_NEGATIVE, count);
    const int64_t length = reg_length(c, "count", count);
    const info_policy_options wanted = {.cap = 2, .by_sequence = 1};
    reg_keep_field(c, offsetof(info_policy_options, clusters), sizeof wanted.clusters);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", count);
    return info_policy_coefficients(reg_ctx(c), p, q, old, length, options, out.data, out.length);
}

const reg_function reg_lm[] = {
    {"info_attention_entropy", drive_attention_weights, 0, 0},
    {"info_attention_entropy", drive_attention_scores, 0, 0},
    {"info_attention_entropy_bound", drive_attention_bound, 0, 0},
    {"info_likelihood_summarize", drive_likelihood, 0, 0},
    {"info_logits_compare", drive_compare, 0, 0},
    {"info_logits_compare", drive_compare_transformed, 0, 0},
    {"info_logits_measure", drive_measure, 0, 0},
    {"info_logits_measure", drive_measure_transformed, 0, 0},
    {"info_loss_cross_entropy", drive_loss_cross_entropy, REG_PARTIAL, 0},
    {"info_loss_divergence", drive_loss_forward, REG_PARTIAL, 0},
    {"info_loss_divergence", drive_loss_js, REG_PARTIAL, 0},
    {"info_loss_entropy", drive_loss_entropy, REG_PARTIAL, 0},
    {"info_nll", drive_nll, 0, 0},
    {"info_pair_summarize", drive_pair_summary, 0, 0},
    {"info_perplexity", drive_perplexity, 0, 0},
    {"info_policy_coefficients", drive_policy, 0, 0},
    {"info_sampled_kl", drive_sampled_kl, 0, 0},
    {0},
};
