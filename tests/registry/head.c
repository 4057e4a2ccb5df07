/* SPDX-License-Identifier: MIT
 * Drivers of head.h. */
#include "registry.h"

/* No harness works on more rows. */
#define MAX_ROWS 256

#define DEPTH 5

/* A head of matrices of these names. */
static info_head head_of(reg_case *c, const char *hidden, const char *weight, int64_t tokens)
{
    const int64_t rows = reg_rows(c);
    info_head head = {.struct_size = sizeof head, .softcap = 20};
    head.hidden = reg_matrix(c, hidden, REG_REALS, rows, DEPTH);
    head.weight = reg_matrix(c, weight, REG_REALS, tokens, DEPTH);
    return head;
}

/* One array of a struct whose arrays share one length: the shortest. */
static double *optional(reg_case *c, const char *name, int64_t rows, int64_t *length)
{
    const reg_doubles out = reg_optional_output(c, name, rows);
    if (out.length < *length)
        *length = out.length;
    return out.data;
}

static info_status drive_measure(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    info_head head = head_of(c, "hidden", "weight", cols);
    head.bias = reg_matrix(c, "bias", REG_REALS | REG_OPTIONAL, 1, cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const info_head_options wanted = {.temperature = 0.7, .target_type = type};
    reg_keep_type(c, offsetof(info_head_options, target_type), type);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_logit_measures m = {.struct_size = sizeof m, .length = INT64_MAX};
    double logs[MAX_ROWS] = {0};
    m.log_probability = rows <= MAX_ROWS ? logs : NULL;
    m.entropy = optional(c, "measures", rows, &m.length);
    m.varentropy = optional(c, "measures", rows, &m.length);
    m.collision = optional(c, "measures", rows, &m.length);
    const info_status status = info_head_measure(reg_ctx(c), &head, targets, targets_len, options, &m);
    reg_record(c, logs, sizeof *logs);
    if (status == INFO_OK && m.entropy)
        reg_expect(c, m.entropy[0] >= 0, "0 <= H");
    return status;
}

static info_status drive_compare(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_head p = head_of(c, "p.hidden", "p.weight", cols);
    const info_head q = head_of(c, "q.hidden", "q.weight", cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const info_head_options wanted = {.js_beta = 0.25, .target_type = type};
    reg_keep_type(c, offsetof(info_head_options, target_type), type);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_logit_comparison m = {.struct_size = sizeof m, .length = INT64_MAX};
    double logs[MAX_ROWS] = {0};
    m.log_probability_q = rows <= MAX_ROWS ? logs : NULL;
    m.kl = optional(c, "comparison", rows, &m.length);
    m.generalized_js = optional(c, "comparison", rows, &m.length);
    m.tv = optional(c, "comparison", rows, &m.length);
    const info_status status = info_head_compare(reg_ctx(c), &p, &q, targets, targets_len, options, &m);
    reg_record(c, logs, sizeof *logs);
    if (status == INFO_OK && m.kl)
        reg_expect(c, m.kl[0] >= 0, "0 <= KL");
    return status;
}

static info_status drive_measure_part(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_head head = head_of(c, "hidden", "weight", cols);
    const int64_t first = reg_size(c, "first_token", 100);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 90, 100 + cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const info_head_options wanted = {.target_type = type};
    reg_keep_type(c, offsetof(info_head_options, target_type), type);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_head_part *parts = reg_output_bytes(c, "parts", rows * (int64_t)sizeof *parts);
    return info_head_measure_part(reg_ctx(c), &head, first, targets, targets_len, options, parts, rows);
}

static info_status drive_compare_part(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_head p = head_of(c, "p.hidden", "p.weight", cols);
    const info_head q = head_of(c, "q.hidden", "q.weight", cols);
    const int64_t first = reg_size(c, "first_token", 100);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 90, 100 + cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const info_head_options wanted = {.target_type = type};
    reg_keep_type(c, offsetof(info_head_options, target_type), type);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_head_pair_part *parts = reg_output_bytes(c, "parts", rows * (int64_t)sizeof *parts);
    return info_head_compare_part(reg_ctx(c), &p, &q, first, targets, targets_len, options, parts, rows);
}

/* Two shards of two rows. */
static const info_head_part some_parts[4] = {
    {.maximum = 2, .weight = 1.5, .mean = -1, .spread = 0.5, .squares = 0.9, .target = 1, .argmax = 3, .targeted = 1},
    {.maximum = 0.5, .weight = 0, .argmax = 0},
    {.maximum = 2.5, .weight = 0.25, .mean = -2, .spread = 0.1, .squares = 0.03, .argmax = 7},
    {.maximum = -1,
     .weight = 2,
     .mean = -0.5,
     .spread = 0.25,
     .squares = 1.5,
     .target = -2,
     .argmax = 9,
     .targeted = 1},
};

static info_status drive_measure_merge(reg_case *c)
{
    const info_head_part *parts = reg_bytes(c, "parts", some_parts, sizeof some_parts);
    const int64_t shards = reg_length(c, "shards", 2);
    const int64_t rows = reg_length(c, "rows", 2);
    const info_head_options wanted = {0};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_logit_measures m = {.struct_size = sizeof m, .length = INT64_MAX};
    m.entropy = optional(c, "measures", 2, &m.length);
    m.log_probability = optional(c, "measures", 2, &m.length);
    return info_head_measure_merge(reg_ctx(c), parts, shards, rows, options, &m);
}

static const info_head_pair_part some_pair_parts[4] = {
    {.p_maximum = 2,
     .p_weight = 1.5,
     .q_maximum = 1,
     .q_weight = 2,
     .kl = 0.1,
     .kl_reverse = 0.2,
     .p_argmax = 3,
     .q_argmax = 2,
     .targeted = -1},
    {.p_maximum = 1, .q_maximum = 1, .p_argmax = 0, .q_argmax = 0, .targeted = 1, .p_target = 1, .q_target = 1},
    {.p_maximum = 3,
     .p_weight = 1,
     .q_maximum = 2,
     .q_weight = 1,
     .kl = 0.3,
     .kl_reverse = 0.1,
     .p_argmax = 5,
     .q_argmax = 6,
     .targeted = -1},
    {.p_maximum = -1, .q_maximum = 0, .p_argmax = 4, .q_argmax = 4},
};

static info_status drive_compare_merge(reg_case *c)
{
    const info_head_pair_part *parts = reg_bytes(c, "parts", some_pair_parts, sizeof some_pair_parts);
    const int64_t shards = reg_length(c, "shards", 2);
    const int64_t rows = reg_length(c, "rows", 2);
    const info_head_options wanted = {0};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_logit_comparison m = {.struct_size = sizeof m, .length = INT64_MAX};
    m.kl = optional(c, "comparison", 2, &m.length);
    m.delta_p = optional(c, "comparison", 2, &m.length);
    return info_head_compare_merge(reg_ctx(c), parts, shards, rows, options, &m);
}

/* Gradients of a head, and its rows. */
typedef struct gradients {
    info_head_gradients all;
    info_head_loss_rows rows;
} gradients;

static void ask_for_gradients(reg_case *c, int64_t rows, int64_t tokens, gradients *g)
{
    *g = (gradients){.all = {.struct_size = sizeof g->all}, .rows = {.struct_size = sizeof g->rows}};
    g->rows.length = INT64_MAX;
    g->rows.loss = optional(c, "rows", rows, &g->rows.length);
    g->rows.entropy = optional(c, "rows", rows, &g->rows.length);
    g->all.hidden = reg_optional_matrix_out(c, "gradients", rows, DEPTH);
    g->all.weight = reg_optional_matrix_out(c, "gradients", tokens, DEPTH);
}

static info_status drive_loss_cross_entropy(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_head head = head_of(c, "hidden", "weight", cols);
    info_integer type;
    const void *targets = reg_integers_of(c, "targets", rows, 0, cols, &type);
    const int64_t targets_len = reg_length(c, "targets", rows);
    const info_loss_options wanted = {.label_smoothing = 0.1, .z_loss = 0.01, .target_type = type};
    reg_keep_type(c, offsetof(info_loss_options, target_type), type);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    gradients g;
    ask_for_gradients(c, rows, cols, &g);
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_head_loss_cross_entropy(reg_ctx(c), &head, targets, targets_len, options, &g.rows, result, &g.all);
}

static info_status drive_loss_entropy(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_head head = head_of(c, "hidden", "weight", cols);
    const info_loss_options wanted = {.scale = -1};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    gradients g;
    ask_for_gradients(c, rows, cols, &g);
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_head_loss_entropy(reg_ctx(c), &head, options, &g.rows, result, &g.all);
}

static info_status drive_loss_divergence(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_head teacher = head_of(c, "teacher.hidden", "teacher.weight", cols);
    const info_head student = head_of(c, "student.hidden", "student.weight", cols);
    const info_loss_options wanted = {.divergence = INFO_DIVERGENCE_ACCEPTANCE};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    gradients g;
    ask_for_gradients(c, rows, cols, &g);
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_head_loss_divergence(reg_ctx(c), &teacher, &student, options, &g.rows, result, &g.all);
}

static info_status drive_loss_top_k(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c), k = cols < 3 ? cols : 3;
    const info_matrix *log_p = reg_matrix(c, "teacher", REG_LOG_PROBABILITIES, rows, k);
    static int64_t tokens[3 * MAX_ROWS];
    for (int64_t i = 0; i < rows * k && i < 3 * MAX_ROWS; i++)
        tokens[i] = i % k;
    const info_top_k teacher = {log_p, tokens, rows * k, 0, INFO_INT64, 0};
    const int64_t vocabulary = reg_size(c, "vocabulary", cols);
    const info_head student = head_of(c, "student.hidden", "student.weight", cols);
    const info_loss_options wanted = {.divergence = INFO_DIVERGENCE_JS};
    const void *options = reg_options(c, &wanted, sizeof wanted);
    gradients g;
    ask_for_gradients(c, rows, cols, &g);
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_head_loss_top_k(reg_ctx(c), log_p ? &teacher : NULL, vocabulary, &student, options, &g.rows, result,
                                &g.all);
}

static info_status drive_weighted_loss(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c), depth = 5;
    info_head head = {.struct_size = sizeof head};
    head.hidden = reg_matrix(c, "hidden", REG_REALS, rows, depth);
    head.weight = reg_matrix(c, "weight", REG_REALS, cols, depth);
    const int64_t *targets = reg_integers(c, "targets", rows, 0, cols);
    info_loss_options wanted = {.z_loss = 0.01};
    wanted.row_weights = reg_vector(c, "options.row_weights", REG_POSITIVE | REG_OPTIONAL, rows);
    wanted.row_weights_len = reg_length(c, "options.row_weights", rows);
    wanted.class_weights = reg_vector(c, "options.class_weights", REG_POSITIVE | REG_OPTIONAL, cols);
    wanted.class_weights_len = reg_length(c, "options.class_weights", cols);
    const size_t first = offsetof(info_loss_options, class_weights), end = offsetof(info_loss_options, divergence);
    reg_keep_field(c, first, end - first);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    info_head_loss_rows losses = {.struct_size = sizeof losses, .length = INT64_MAX};
    losses.loss = optional(c, "rows", rows, &losses.length);
    info_loss_result *result = reg_output_bytes(c, "result", sizeof *result);
    return info_head_loss_cross_entropy(reg_ctx(c), &head, targets, rows, options, &losses, result, NULL);
}

const reg_function reg_head[] = {
    {"info_head_compare", drive_compare, 0, 0},
    {"info_head_compare_merge", drive_compare_merge, 0, 0},
    {"info_head_compare_part", drive_compare_part, 0, 0},
    {"info_head_loss_cross_entropy", drive_loss_cross_entropy, REG_NAN | REG_PARTIAL, 0},
    {"info_head_loss_cross_entropy", drive_weighted_loss, REG_NAN | REG_PARTIAL, 0},
    {"info_head_loss_divergence", drive_loss_divergence, REG_NAN | REG_PARTIAL, 0},
    {"info_head_loss_entropy", drive_loss_entropy, REG_NAN | REG_PARTIAL, 0},
    {"info_head_loss_top_k", drive_loss_top_k, REG_NAN | REG_PARTIAL, 0},
    {"info_head_measure", drive_measure, 0, 0},
    {"info_head_measure_merge", drive_measure_merge, 0, 0},
    {"info_head_measure_part", drive_measure_part, 0, 0},
    {0},
};
