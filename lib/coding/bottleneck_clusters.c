/* SPDX-License-Identifier: MIT
 * What the clusters of a bottleneck are. */
#include <math.h>
#include <string.h>

#include "coding/arguments.h"
#include "coding/relevance.h"
#include "distribution/input.h"
#include "info/coding.h"
#include "numeric/convert.h"
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
    const info_i_reading reading = {.kind = INFO_PROBABILITIES};
    info_status status = info_i_input_open(ctx, &in, "encoder", encoder, &reading);
    for (int64_t i = 0; status == INFO_OK && i < s->table.rows; i++) {
        info_i_row row;
        status = info_i_row_open(NULL, &in, s->table.letter[i], &row, &ctx->error);
        if (status == INFO_OK)
            info_i_get_row_f64(encoder, s->table.letter[i], 0, s->clusters, s->encoder + i * s->clusters);
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
            const double q = s->table.py[y], part = p[y];
            p[y] = s->weights[t] > 0 ? part / s->weights[t] : q;
            if (part > 0)
                s->information[t] += part * log(p[y] / q);
        }
        s->information[t] = fmax(s->information[t], 0);
    }
    return INFO_OK;
}

static info_status clusters(info_ctx *ctx, const info_matrix *joint, const info_matrix *encoder,
                            const info_bottleneck_options *given, double *weights, int64_t weights_len,
                            const info_matrix_out *decoder, double *information, int64_t information_len)
{
    info_i_error *error = &ctx->error;
    info_bottleneck_options options;
    info_status status = info_i_check_matrix(error, "joint", joint);
    if (status == INFO_OK)
        status = info_i_check_matrix(error, "encoder", encoder);
    if (status == INFO_OK && encoder->rows != joint->rows)
        status = info_i_fail(error, INFO_ERROR_SIZE, "encoder: has %lld rows; joint has %lld", (long long)encoder->rows,
                             (long long)joint->rows);
    if (status == INFO_OK)
        status = info_i_bottleneck_options(ctx, given, joint->rows, &options);
    if (status == INFO_OK && decoder)
        status = info_i_check_view_out(ctx, "decoder", decoder, encoder->cols, joint->cols, "joint", joint);
    if (status == INFO_OK && decoder)
        status = info_i_check_view_out(ctx, "decoder", decoder, encoder->cols, joint->cols, "encoder", encoder);
    double *const vectors[] = {weights, information};
    const int64_t lengths[] = {weights_len, information_len};
    static const char *const names[] = {"weights", "information"};
    for (int i = 0; i < 2; i++) {
        if (status == INFO_OK && vectors[i])
            status = info_i_check_output(error, names[i], vectors[i], lengths[i], encoder->cols);
        const int64_t bytes = status == INFO_OK ? encoder->cols * (int64_t)sizeof(double) : 0;
        if (status == INFO_OK && vectors[i])
            status = info_i_check_overlap(error, names[i], vectors[i], bytes, "joint", joint);
        if (status == INFO_OK && vectors[i])
            status = info_i_check_overlap(error, names[i], vectors[i], bytes, "encoder", encoder);
    }
    summary s = {0};
    if (status == INFO_OK)
        status = summarize(ctx, joint, encoder, options.kind, &s);
    if (status != INFO_OK)
        return status;
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
