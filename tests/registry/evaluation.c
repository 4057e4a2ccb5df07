/* SPDX-License-Identifier: MIT
 * Drivers of evaluation.h. A driver makes the state that its function is given, and ends it. */
#include <string.h>

#include "registry.h"

enum { TOKENS = 6 };
static const double log_p[TOKENS] = {-1, -2.5, -0.25, -4, -0.0, -1.5}, log_q[TOKENS] = {-1.1, -2, -0.3, -4, -0.5, -2},
                    log_old[TOKENS] = {-1.2, -2.25, -0.25, -3.5, -0.125, -1}, units[TOKENS] = {1, 3, 0, 2, 4, 1},
                    shares[TOKENS] = {0.5, 0.125, 0.75, 0, 1, 0.3};
static const int32_t flags[TOKENS] = {1, 0, 1, 1, 0, 1};
static const int64_t documents[TOKENS] = {4, 4, 7, 8, 8, 8}, positions[TOKENS] = {0, 1, 0, 0, 1, 2};
static const int64_t position_edges[3] = {0, 1, 8};
static const double confidence_edges[3] = {0, 0.5, 1};
static const info_spectral_options as_they_are = {
    .struct_size = sizeof as_they_are, .center = INFO_CHOICE_NO, .normalize_rows = INFO_CHOICE_NO};

static info_evaluation_options options_of(info_evaluation_kind kind, int64_t columns)
{
    info_evaluation_options o = {.struct_size = sizeof o, .kind = kind, .model = "model", .columns = columns};
    if (kind == INFO_EVALUATION_LIKELIHOOD || kind == INFO_EVALUATION_PAIR) {
        o.position_edges = position_edges;
        o.position_edges_len = 3;
        o.confidence_edges = confidence_edges;
        o.confidence_edges_len = 3;
    }
    if (kind == INFO_EVALUATION_STATES)
        o.spectral = &as_they_are;
    return o;
}

static info_status make(reg_case *c, info_evaluation_kind kind, int64_t columns, info_evaluation **state)
{
    const info_evaluation_options o = options_of(kind, columns);
    *state = NULL;
    return info_evaluation_create(reg_ctx(c), &o, state);
}

/* A state with the six tokens in it. */
static info_status make_full(reg_case *c, info_evaluation_kind kind, info_evaluation **state)
{
    const info_likelihood_batch likelihood = {.struct_size = sizeof likelihood,
                                              .count = TOKENS,
                                              .log_probability = log_p,
                                              .units = units,
                                              .entropy = units,
                                              .top_probability = shares,
                                              .correct = flags,
                                              .brier = units,
                                              .documents = documents,
                                              .positions = positions};
    const info_pair_batch pair = {.struct_size = sizeof pair,
                                  .count = TOKENS,
                                  .log_probability_p = log_p,
                                  .log_probability_q = log_q,
                                  .kl = units,
                                  .same_top = flags,
                                  .top_probability = shares,
                                  .documents = documents,
                                  .positions = positions};
    const info_sample_batch samples = {.struct_size = sizeof samples,
                                       .count = TOKENS,
                                       .log_p = log_p,
                                       .log_q = log_q,
                                       .log_old = kind == INFO_EVALUATION_OFF_POLICY ? log_old : NULL,
                                       .documents = documents};
    const info_matrix x = {units, 3, 2, 2, 1, INFO_F64, 0};
    info_status status = make(c, kind,
                              kind == INFO_EVALUATION_RANKS    ? 64
                              : kind == INFO_EVALUATION_STATES ? 2
                                                               : 0,
                              state);
    if (status != INFO_OK)
        return status;
    if (kind == INFO_EVALUATION_LIKELIHOOD)
        return info_evaluation_update_likelihood(reg_ctx(c), *state, &likelihood);
    if (kind == INFO_EVALUATION_PAIR)
        return info_evaluation_update_pair(reg_ctx(c), *state, &pair);
    if (kind == INFO_EVALUATION_RANKS)
        return info_evaluation_update_ranks(reg_ctx(c), *state, units, shares, TOKENS);
    if (kind == INFO_EVALUATION_STATES)
        return info_evaluation_update_states(reg_ctx(c), *state, &x);
    return info_evaluation_update_samples(reg_ctx(c), *state, &samples);
}

static info_status ended(info_evaluation *state, info_status status)
{
    info_evaluation_destroy(state);
    return status;
}

/* ---- The life of a state ---------------------------------------------------- */

static info_status drive_create(reg_case *c)
{
    const info_evaluation_options wanted = options_of(INFO_EVALUATION_LIKELIHOOD, 0);
    reg_keep_field(c, offsetof(info_evaluation_options, model), 5 * sizeof wanted.model);
    reg_keep_field(c, offsetof(info_evaluation_options, position_edges), 4 * sizeof wanted.position_edges);
    reg_keep_field(c, offsetof(info_evaluation_options, spectral), 3 * sizeof wanted.spectral);
    const info_evaluation_options *options = reg_options(c, &wanted, sizeof wanted);
    info_evaluation **out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_evaluation_create(reg_ctx(c), options, out);
    if (status == INFO_OK) {
        info_evaluation_destroy(*out);
        memset(out, 0, sizeof *out); /* an address, which need not repeat */
    }
    return status;
}

static info_status drive_destroy(reg_case *c)
{
    info_evaluation *state = NULL;
    info_evaluation_destroy(NULL);
    const info_status status = make_full(c, INFO_EVALUATION_PAIR, &state);
    return ended(state, status);
}

static info_status drive_text(reg_case *c)
{
    info_evaluation *state;
    const info_status status = make(c, INFO_EVALUATION_PAIR, 0, &state);
    reg_expect(c, info_evaluation_text(NULL, INFO_NAME_MODEL)[0] == '\0', "no state, no name");
    reg_expect(c, info_evaluation_text(state, INFO_NAME_DATA) != NULL && info_evaluation_text(state, 77)[0] == '\0',
               "a name is never NULL");
    return ended(state, status);
}

static info_status drive_describe(reg_case *c)
{
    info_evaluation *state;
    info_evaluation_description *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_full(c, INFO_EVALUATION_LIKELIHOOD, &state);
    if (status == INFO_OK)
        status = info_evaluation_describe(reg_ctx(c), state, out);
    if (status == INFO_OK)
        reg_expect(c, out->tokens == TOKENS && out->documents == 3, "six tokens in three documents");
    return ended(state, status);
}

static info_status drive_mark(reg_case *c)
{
    info_evaluation *state;
    const int64_t position = reg_size(c, "position", 5);
    const int32_t finished = reg_choice(c, "finished", 1);
    info_status status = make_full(c, INFO_EVALUATION_LIKELIHOOD, &state);
    if (status == INFO_OK)
        status = info_evaluation_mark(reg_ctx(c), state, position, finished);
    return ended(state, status);
}

static info_status drive_check(reg_case *c)
{
    info_evaluation *state;
    info_status status = make_full(c, INFO_EVALUATION_PAIR, &state);
    if (status == INFO_OK)
        status = info_evaluation_mark(reg_ctx(c), state, 0, 1);
    if (status == INFO_OK)
        status = info_evaluation_check(reg_ctx(c), state);
    return ended(state, status);
}

static info_status drive_merge(reg_case *c)
{
    info_evaluation_options o = options_of(INFO_EVALUATION_PAIR, 0);
    info_evaluation *into = NULL, *from = NULL;
    o.shards = 2;
    info_status status = info_evaluation_create(reg_ctx(c), &o, &into);
    o.shard = 1;
    if (status == INFO_OK)
        status = info_evaluation_create(reg_ctx(c), &o, &from);
    const info_pair_batch pair = {.struct_size = sizeof pair,
                                  .count = TOKENS,
                                  .log_probability_p = log_p,
                                  .log_probability_q = log_q,
                                  .top_probability = shares,
                                  .documents = documents,
                                  .positions = positions};
    if (status == INFO_OK)
        status = info_evaluation_update_pair(reg_ctx(c), from, &pair);
    if (status == INFO_OK)
        status = info_evaluation_mark(reg_ctx(c), into, 0, 1);
    if (status == INFO_OK)
        status = info_evaluation_mark(reg_ctx(c), from, 0, 1);
    if (status == INFO_OK)
        status = info_evaluation_merge(reg_ctx(c), into, from);
    info_evaluation_destroy(from);
    return ended(into, status);
}

/* ---- Bytes -------------------------------------------------------------------- */

static info_status drive_saved_size(reg_case *c)
{
    info_evaluation *state;
    int64_t *size = reg_output_bytes(c, "size", sizeof *size);
    info_status status = make_full(c, INFO_EVALUATION_LIKELIHOOD, &state);
    if (status == INFO_OK)
        status = info_evaluation_saved_size(reg_ctx(c), state, size);
    return ended(state, status);
}

static info_status drive_save(reg_case *c)
{
    info_evaluation *state;
    int64_t size = 0;
    info_status status = make_full(c, INFO_EVALUATION_PAIR, &state);
    if (status == INFO_OK)
        status = info_evaluation_saved_size(reg_ctx(c), state, &size);
    if (status != INFO_OK)
        return ended(state, status);
    void *buffer = reg_output_uint8(c, "buffer", size);
    int64_t *written = reg_output_bytes(c, "written", sizeof *written);
    return ended(state, info_evaluation_save(reg_ctx(c), state, buffer, size, written));
}

/* A small state as bytes; its length, 0 where memory is short. */
static int64_t blob_of(reg_case *c, unsigned char *blob, int64_t most, info_status *status)
{
    info_evaluation *state;
    int64_t written = 0;
    *status = make_full(c, INFO_EVALUATION_SAMPLED_KL, &state);
    if (*status == INFO_OK)
        *status = info_evaluation_save(reg_ctx(c), state, blob, most, &written);
    info_evaluation_destroy(state);
    return written;
}

static info_status drive_load(reg_case *c)
{
    unsigned char blob[4096];
    info_status status;
    const int64_t size = blob_of(c, blob, sizeof blob, &status);
    if (status != INFO_OK)
        return status;
    const void *bytes = reg_bytes(c, "bytes", blob, size);
    const int64_t length = reg_length(c, "bytes", size);
    info_evaluation **out = reg_output_bytes(c, "out", sizeof *out);
    status = info_evaluation_load(reg_ctx(c), bytes, length, out);
    if (status == INFO_OK) {
        info_evaluation_destroy(*out);
        memset(out, 0, sizeof *out);
    }
    return status;
}

static info_status drive_blob_size(reg_case *c)
{
    unsigned char blob[4096];
    info_status status;
    const int64_t size = blob_of(c, blob, sizeof blob, &status);
    if (status != INFO_OK)
        return status;
    const void *bytes = reg_bytes(c, "bytes", blob, size);
    int64_t *found = reg_output_bytes(c, "size", sizeof *found);
    return info_evaluation_blob_size(reg_ctx(c), bytes, size, found);
}

/* ---- Batches ------------------------------------------------------------------ */

enum { MOST = 256 };

static int64_t tokens_of(reg_case *c)
{
    const int64_t rows = reg_rows(c);
    return rows > MOST ? MOST : rows;
}

static info_status drive_update_likelihood(reg_case *c)
{
    const int64_t n = tokens_of(c);
    info_evaluation *state;
    info_likelihood_batch b = {.struct_size = sizeof b, .count = n};
    b.log_probability = reg_vector(c, "log_probability", REG_NEGATIVE, n);
    b.units = reg_vector(c, "units", REG_POSITIVE | REG_OPTIONAL, n);
    b.top_probability = reg_vector(c, "top_probability", REG_PROBABILITIES, n);
    b.positions = reg_integers(c, "positions", n, 0, 9);
    info_status status = make(c, INFO_EVALUATION_LIKELIHOOD, 0, &state);
    if (status == INFO_OK)
        status = info_evaluation_update_likelihood(reg_ctx(c), state, &b);
    return ended(state, status);
}

static info_status drive_update_pair(reg_case *c)
{
    const int64_t n = tokens_of(c);
    info_evaluation *state;
    info_pair_batch b = {.struct_size = sizeof b, .count = n};
    b.log_probability_p = reg_vector(c, "log_probability_p", REG_NEGATIVE, n);
    b.log_probability_q = reg_vector(c, "log_probability_q", REG_NEGATIVE, n);
    b.kl = reg_vector(c, "kl", REG_POSITIVE | REG_OPTIONAL, n);
    b.top_probability = reg_vector(c, "top_probability", REG_PROBABILITIES, n);
    b.positions = reg_integers(c, "positions", n, 0, 9);
    info_status status = make(c, INFO_EVALUATION_PAIR, 0, &state);
    if (status == INFO_OK)
        status = info_evaluation_update_pair(reg_ctx(c), state, &b);
    return ended(state, status);
}

static info_status drive_update_samples(reg_case *c)
{
    const int64_t n = tokens_of(c);
    info_evaluation *state;
    info_sample_batch b = {.struct_size = sizeof b, .count = n};
    b.log_p = reg_vector(c, "log_p", REG_NEGATIVE, n);
    b.log_q = reg_vector(c, "log_q", REG_NEGATIVE, n);
    b.log_old = reg_vector(c, "log_old", REG_NEGATIVE, n);
    info_status status = make(c, INFO_EVALUATION_OFF_POLICY, 0, &state);
    if (status == INFO_OK)
        status = info_evaluation_update_samples(reg_ctx(c), state, &b);
    return ended(state, status);
}

static info_status drive_update_values(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    info_evaluation *state;
    const info_matrix *values = reg_matrix(c, "values", REG_REALS, rows, cols);
    const int64_t *ids = reg_integers(c, "documents", rows, 0, rows + 1);
    const int64_t ids_len = reg_length(c, "documents", rows);
    info_status status = make(c, INFO_EVALUATION_VALUES, cols, &state);
    if (status == INFO_OK)
        status = info_evaluation_update_values(reg_ctx(c), state, values, ids, ids_len);
    return ended(state, status);
}

static info_status drive_update_ranks(reg_case *c)
{
    const int64_t rows = reg_rows(c);
    info_evaluation *state;
    const double *entropy = reg_vector(c, "entropy", REG_POSITIVE, rows);
    const double *untrained = reg_vector(c, "untrained", REG_POSITIVE | REG_OPTIONAL, rows);
    info_status status = make(c, INFO_EVALUATION_RANKS, 64, &state);
    if (status == INFO_OK)
        status = info_evaluation_update_ranks(reg_ctx(c), state, entropy, untrained, rows);
    return ended(state, status);
}

static info_status drive_update_states(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    info_evaluation *state;
    const info_matrix *x = reg_matrix(c, "x", REG_REALS, rows, cols);
    info_status status = make(c, INFO_EVALUATION_STATES, cols, &state);
    if (status == INFO_OK)
        status = info_evaluation_update_states(reg_ctx(c), state, x);
    return ended(state, status);
}

/* ---- Results ------------------------------------------------------------------ */

static info_status drive_likelihood(reg_case *c)
{
    info_evaluation *state;
    info_likelihood_evaluation *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_full(c, INFO_EVALUATION_LIKELIHOOD, &state);
    if (status == INFO_OK)
        status = info_evaluation_likelihood(reg_ctx(c), state, out);
    return ended(state, status);
}

static info_status drive_pair(reg_case *c)
{
    info_evaluation *state;
    info_pair_evaluation *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_full(c, INFO_EVALUATION_PAIR, &state);
    if (status == INFO_OK)
        status = info_evaluation_pair(reg_ctx(c), state, out);
    return ended(state, status);
}

static info_status drive_sampled_kl(reg_case *c)
{
    info_evaluation *state;
    info_sampled_kl_result *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_full(c, INFO_EVALUATION_SAMPLED_KL, &state);
    if (status == INFO_OK)
        status = info_evaluation_sampled_kl(reg_ctx(c), state, out);
    return ended(state, status);
}

static info_status drive_off_policy(reg_case *c)
{
    info_evaluation *state;
    info_off_policy_evaluation *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_full(c, INFO_EVALUATION_OFF_POLICY, &state);
    if (status == INFO_OK)
        status = info_evaluation_off_policy(reg_ctx(c), state, out);
    return ended(state, status);
}

static info_status drive_ranks(reg_case *c)
{
    info_evaluation *state;
    info_rank_evaluation *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_full(c, INFO_EVALUATION_RANKS, &state);
    if (status == INFO_OK)
        status = info_evaluation_ranks(reg_ctx(c), state, out);
    return ended(state, status);
}

static info_status drive_states(reg_case *c)
{
    info_evaluation *state;
    const reg_doubles out = reg_output(c, "out", 3 + 2 + 4);
    info_status status = make_full(c, INFO_EVALUATION_STATES, &state);
    if (status == INFO_OK)
        status = info_evaluation_states(reg_ctx(c), state, out.data, out.length);
    return ended(state, status);
}

static info_status drive_column(reg_case *c)
{
    info_evaluation *state;
    const info_column column = reg_choice(c, "column", INFO_LIKELIHOOD_ENTROPY);
    info_evaluation_mean *out = reg_output_bytes(c, "out", sizeof *out);
    info_status status = make_full(c, INFO_EVALUATION_LIKELIHOOD, &state);
    if (status == INFO_OK)
        status = info_evaluation_column(reg_ctx(c), state, column, out);
    return ended(state, status);
}

static info_status drive_quantiles(reg_case *c)
{
    info_evaluation *state;
    const int64_t n = reg_rows(c);
    const info_column column = reg_choice(c, "column", INFO_LIKELIHOOD_ENTROPY);
    const double *fractions = reg_vector(c, "fractions", REG_PROBABILITIES, n);
    const int64_t count = reg_length(c, "fractions", n);
    const reg_doubles out = reg_output(c, "out", n);
    info_status status = make_full(c, INFO_EVALUATION_LIKELIHOOD, &state);
    if (status == INFO_OK)
        status = info_evaluation_quantiles(reg_ctx(c), state, column, fractions, count, out.data, out.length);
    return ended(state, status);
}

static info_status drive_bins(reg_case *c)
{
    info_evaluation *state;
    const info_evaluation_axis axis = reg_choice(c, "axis", INFO_AXIS_CONFIDENCE);
    const info_column column = reg_choice(c, "column", INFO_LIKELIHOOD_ENTROPY);
    info_evaluation_bin *out = reg_output_bytes(c, "out", 2 * sizeof *out);
    info_status status = make_full(c, INFO_EVALUATION_LIKELIHOOD, &state);
    if (status == INFO_OK)
        status = info_evaluation_bins(reg_ctx(c), state, axis, column, out, 2);
    return ended(state, status);
}

const reg_function reg_evaluation[] = {
    {"info_evaluation_bins", drive_bins, REG_OBJECT, 0},
    {"info_evaluation_blob_size", drive_blob_size, REG_OBJECT, 0},
    {"info_evaluation_check", drive_check, REG_OBJECT, 0},
    {"info_evaluation_column", drive_column, REG_OBJECT, 0},
    {"info_evaluation_create", drive_create, REG_OBJECT, 0},
    {"info_evaluation_describe", drive_describe, REG_OBJECT, 0},
    {"info_evaluation_destroy", drive_destroy, REG_OBJECT, 0},
    {"info_evaluation_likelihood", drive_likelihood, REG_OBJECT, 0},
    {"info_evaluation_load", drive_load, REG_OBJECT, 0},
    {"info_evaluation_mark", drive_mark, REG_OBJECT, 0},
    {"info_evaluation_merge", drive_merge, REG_OBJECT, 0},
    {"info_evaluation_off_policy", drive_off_policy, REG_OBJECT, 0},
    {"info_evaluation_pair", drive_pair, REG_OBJECT, 0},
    {"info_evaluation_quantiles", drive_quantiles, REG_OBJECT, 0},
    {"info_evaluation_ranks", drive_ranks, REG_OBJECT, 0},
    {"info_evaluation_sampled_kl", drive_sampled_kl, REG_OBJECT, 0},
    {"info_evaluation_save", drive_save, REG_OBJECT, 0},
    {"info_evaluation_saved_size", drive_saved_size, REG_OBJECT, 0},
    {"info_evaluation_states", drive_states, REG_OBJECT, 0},
    {"info_evaluation_text", drive_text, REG_OBJECT | REG_UNNAMED, 0},
    {"info_evaluation_update_likelihood", drive_update_likelihood, REG_OBJECT, 0},
    {"info_evaluation_update_pair", drive_update_pair, REG_OBJECT, 0},
    {"info_evaluation_update_ranks", drive_update_ranks, REG_OBJECT, 0},
    {"info_evaluation_update_samples", drive_update_samples, REG_OBJECT, 0},
    {"info_evaluation_update_states", drive_update_states, REG_OBJECT, 0},
    {"info_evaluation_update_values", drive_update_values, REG_OBJECT, 0},
    {0},
};
