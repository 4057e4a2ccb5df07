/* SPDX-License-Identifier: MIT
 * Drivers of distribution.h. */
#include "registry.h"

static int content_of(info_kind kind)
{
    static const int of[] = {REG_PROBABILITIES, REG_LOG_PROBABILITIES, REG_LOGITS, REG_COUNTS};
    return of[kind];
}

/* ---- Functions of one distribution -------------------------------------- */

static info_status drive_entropy(reg_case *c, info_kind kind)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_entropy_options wanted = {.kind = kind};
    const info_matrix *x = reg_matrix(c, "x", content_of(kind), rows, cols);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = info_entropy(reg_ctx(c), x, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "0 <= H");
    return status;
}

static info_status drive_entropy_of_probabilities(reg_case *c)
{
    return drive_entropy(c, INFO_PROBABILITIES);
}

static info_status drive_entropy_of_logs(reg_case *c)
{
    return drive_entropy(c, INFO_LOG_PROBABILITIES);
}

static info_status drive_entropy_of_logits(reg_case *c)
{
    return drive_entropy(c, INFO_LOGITS);
}

static info_status drive_entropy_of_counts(reg_case *c)
{
    return drive_entropy(c, INFO_COUNTS);
}

/* ---- Functions of two --------------------------------------------------- */

typedef info_status (*divergence_fn)(info_ctx *ctx, const info_matrix *p, const info_matrix *q,
                                     const info_divergence_options *options, double *out, int64_t out_len);

static info_status drive_divergence(reg_case *c, divergence_fn function, info_kind p_kind, info_kind q_kind)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const info_divergence_options wanted = {.p_kind = p_kind, .q_kind = q_kind};
    const info_matrix *p = reg_matrix(c, "p", content_of(p_kind), rows, cols);
    const info_matrix *q = reg_matrix(c, "q", content_of(q_kind), rows, cols);
    reg_keep_field(c, offsetof(info_divergence_options, pairing), sizeof wanted.pairing); /* asks for more output */
    const void *options = reg_options(c, &wanted, sizeof wanted);
    const reg_doubles out = reg_output(c, "out", rows);
    const info_status status = function(reg_ctx(c), p, q, options, out.data, out.length);
    if (status == INFO_OK)
        reg_expect(c, out.data[0] >= 0, "never negative");
    return status;
}

static info_status drive_cross_entropy(reg_case *c)
{
    return drive_divergence(c, info_cross_entropy, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_cross_entropy_with_logits(reg_case *c)
{
    return drive_divergence(c, info_cross_entropy, INFO_COUNTS, INFO_LOGITS);
}

static info_status drive_kl(reg_case *c)
{
    return drive_divergence(c, info_kl, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_kl_of_logits(reg_case *c)
{
    return drive_divergence(c, info_kl, INFO_LOGITS, INFO_LOGITS);
}

static info_status drive_jeffreys(reg_case *c)
{
    return drive_divergence(c, info_jeffreys, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_js(reg_case *c)
{
    return drive_divergence(c, info_js, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

static info_status drive_js_distance(reg_case *c)
{
    return drive_divergence(c, info_js_distance, INFO_PROBABILITIES, INFO_COUNTS);
}

static info_status drive_total_variation(reg_case *c)
{
    return drive_divergence(c, info_total_variation, INFO_PROBABILITIES, INFO_PROBABILITIES);
}

/* REG_UNNAMED: without its options an input of another kind is no distribution, and x is named, not options. */
const reg_function reg_distribution[] = {
    {"info_entropy", drive_entropy_of_probabilities, 0, 0},
    {"info_entropy", drive_entropy_of_logs, REG_UNNAMED, 0},
    {"info_entropy", drive_entropy_of_logits, REG_UNNAMED, 0},
    {"info_entropy", drive_entropy_of_counts, REG_UNNAMED, 0},
    {"info_cross_entropy", drive_cross_entropy, 0, 0},
    {"info_cross_entropy", drive_cross_entropy_with_logits, REG_UNNAMED, 0},
    {"info_kl", drive_kl, 0, 0},
    {"info_kl", drive_kl_of_logits, REG_UNNAMED, 0},
    {"info_jeffreys", drive_jeffreys, 0, 0},
    {"info_js", drive_js, 0, 0},
    {"info_js_distance", drive_js_distance, REG_UNNAMED, 0},
    {"info_total_variation", drive_total_variation, 0, 0},
    {0},
};
