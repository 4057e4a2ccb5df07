/* SPDX-License-Identifier: MIT
 * What the clusters of a bottleneck are. */
#include <math.h>
#include <string.h>

#include "coding/arguments.h"
#include "coding/relevance.h"
#include "distribution/input.h"
#include "info/coding.h"
#include "numeric/convert.h"
#include "numeric/term.h"
#include "numeric/unit.h"

typedef struct summary {
    info_i_relevance table;
    int64_t clusters;
    double *encoder; /* of the rows that occur */
    double *weights, *joint, *information;
} summary;

/* Rows of the encoder that belong to letters that occur, as distributions. */
static info_status read_encoder(info_ctx *ctx, const info_matrix *encoder, summary *s)
{
    info_i_input in;
    const info_i_reading reading = {.kind = INFO_PROBABILITIES, .instead = ""};
    info_status status = info_i_input_open(ctx, &in, "encoder", encoder, &reading);
    for (int64_t i = 0; status == INFO_OK && i < s->table.rows; i++) {
        info_i_row row;
        double *own = s->encoder + i * s->clusters;
        status = info_i_row_open(NULL, &in, s->table.letter[i], own, &row, &ctx->error);
        if (status == INFO_OK)
            info_i_get_row_f64(encoder, s->table.letter[i], 0, s->clusters, own);
    }
    return status;
}

static info_status summarize(info_ctx *ctx, const info_matrix *joint, const info_matrix *encoder, info_kind kind,
                             summary *s)
{
    s->clusters = encoder->cols;
    info_status status = info_i_relevance_open(ctx, joint, kind, &s->table);
    int64_t cells, decoder;
    if (status == INFO_OK &&
        (!info_i_multiply(joint->rows, s->clusters, &cells) || !info_i_multiply(joint->cols, s->clusters, &decoder)))
        status = info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "encoder: its size overflows");
    if (status != INFO_OK)
        return status;
    double *scaled = info_i_scratch(ctx, cells, sizeof *scaled);
    s->encoder = info_i_scratch(ctx, cells, sizeof(double));
    s->joint = info_i_scratch(ctx, decoder, sizeof(double));
    s->weights = info_i_scratch(ctx, s->clusters, sizeof(double));
    s->information = info_i_scratch_zero(ctx, s->clusters, sizeof(double));
    if (!scaled || !s->encoder || !s->joint || !s->weights || !s->information)
        return ctx->error.status;
    status = read_encoder(ctx, encoder, s);
    if (status == INFO_OK)
        status = info_i_relevance_decode(&s->table, s->clusters, s->encoder, s->weights, s->joint, scaled);
    if (status != INFO_OK)
        return status;
    for (int64_t t = 0; t < s->clusters; t++) {
        double *p = s->joint + t * joint->cols; /* becomes p(y|t) */
        for (int64_t y = 0; y < joint->cols; y++) {
            const double q = s->table.py[y];
            p[y] = s->weights[t] > 0 ? p[y] / s->weights[t] : q;
            /* p log(p/q) - p + q, whose sum is the same: no term is below 0, and near-equal rows keep their digits. */
            if (q > 0)
                s->information[t] +=
                    s->weights[t] * info_i_dd_value(info_i_kl_term(info_i_dd_from(p[y]), info_i_dd_from(q)));
        }
    }
    return INFO_OK;
}

static info_status clusters(info_ctx *ctx, const info_matrix *joint, const info_matrix *encoder,
                            const info_bottleneck_options *given, double *weights, int64_t weights_len,
                            const info_matrix_out *decoder, double *information, int64_t information_len)
{
    info_i_error *error = &ctx->error;
    info_bottleneck_options options;
    const int64_t count = info_i_col_count(encoder);
    summary s = {0};
    info_i_check_matrix(error, "joint", joint);
    info_i_check_matrix(error, "encoder", encoder);
    info_i_check(error, encoder->rows == joint->rows, INFO_ERROR_SIZE, "encoder: has %lld rows; joint has %lld",
                 (long long)encoder->rows, (long long)joint->rows);
    info_i_bottleneck_options(ctx, given, info_i_row_count(joint), &options);
    if (decoder)
        info_i_check_shape(error, "decoder", decoder, count, joint->cols);
    if (weights)
        info_i_check_output(error, "weights", weights, weights_len, count);
    if (information)
        info_i_check_output(error, "information", information, information_len, count);
    info_i_check_spans(
        error,
        (info_i_span[]){info_i_array_span("weights", weights, count, sizeof *weights),
                        info_i_matrix_out_span("decoder", decoder),
                        info_i_array_span("information", information, count, sizeof *information),
                        {0}},
        (info_i_span[]){info_i_matrix_span("joint", joint), info_i_matrix_span("encoder", encoder), {0}});
    if (error->status != INFO_OK || summarize(ctx, joint, encoder, options.kind, &s) != INFO_OK)
        return error->status;
    for (int64_t t = 0; t < s.clusters; t++) {
        if (weights)
            weights[t] = s.weights[t];
        if (information)
            information[t] = info_i_from_nats(s.information[t], options.unit);
        if (decoder)
            info_i_put_row_f64(decoder, t, 0, joint->cols, s.joint + t * joint->cols);
    }
    return INFO_OK;
}

info_status info_bottleneck_clusters(info_ctx *ctx, const info_matrix *joint, const info_matrix *encoder,
                                     const info_bottleneck_options *options, double *weights, int64_t weights_len,
                                     const info_matrix_out *decoder, double *information, int64_t information_len)
{
    return INFO_I_CALL(
        ctx, clusters(ctx, joint, encoder, options, weights, weights_len, decoder, information, information_len));
}
