/* SPDX-License-Identifier: MIT
 * What the estimators by nearest neighbors share: options, points, results. */
#include "sample/neighbors.h"

#include <math.h>

#include "numeric/gamma.h"
#include "numeric/total.h"
#include "numeric/unit.h"

#define NEIGHBORS 3
#define NOISE 1e-10

info_status info_i_neighbor_options(info_i_error *error, const info_neighbor_options *given, info_neighbor_options *o)
{
    info_i_options(error, info_neighbor_options, "options", o, given);
    const info_i_allowed allowed[] = {{"options.unit", o->unit, INFO_NAT, INFO_DIT},
                                      {"options.k", o->k, 0, INFO_I_MOST_NEIGHBORS},
                                      {"options.ties", o->ties, INFO_TIES_ERROR, INFO_TIES_NOISE},
                                      {"options.algorithm", o->algorithm, INFO_KSG_1, INFO_KSG_2},
                                      {"options.norm", o->norm, INFO_NORM_MAXIMUM, INFO_NORM_EUCLIDEAN},
                                      {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.noise", o->noise, 0, o->ties == INFO_TIES_NOISE ? 1 : 0, INFO_I_CLOSED);
    o->k = o->k ? o->k : NEIGHBORS;
    o->noise = o->noise > 0 ? o->noise : NOISE;
    return error->status;
}

info_status info_i_neighbor_sizes(info_i_error *error, int32_t k, int64_t others, const double *local,
                                  int64_t local_len, int64_t samples, const info_matrix *const inputs[3],
                                  const info_neighbor_estimate *out)
{
    info_i_check_pointer(error, "out", out);
    if (local || local_len != 0)
        info_i_check_output(error, "local", local, local_len, samples);
    const info_i_span outputs[] = {
        info_i_array_span("local", local, samples, sizeof *local), {"out", out, sizeof *out}, {0}};
    const info_i_span from[] = {info_i_matrix_span("x", inputs[0]),
                                info_i_matrix_span(inputs[1] ? "y" : "x", inputs[1]),
                                info_i_matrix_span(inputs[2] ? "z" : "x", inputs[2]),
                                {0}};
    info_i_check_spans(error, outputs, from);
    if (error->status == INFO_OK && k > others)
        return info_i_fail(error, INFO_ERROR_SIZE, "options.k: %d neighbors among %lld other samples", (int)k,
                           (long long)others);
    return error->status;
}

info_status info_i_neighbor_points(info_ctx *ctx, const info_matrix *const inputs[3],
                                   const info_neighbor_options *options, info_i_points *points)
{
    static const char *const names[] = {"x", "y", "z"};
    int64_t dims = 0, first = 0;
    for (int k = 0; k < 3; k++)
        dims += inputs[k] ? inputs[k]->cols : 0;
    info_status status = info_i_points_open(ctx, inputs[0]->rows, dims, points);
    for (int k = 0; status == INFO_OK && k < 3; k++)
        if (inputs[k]) {
            status = info_i_points_read(ctx, names[k], inputs[k], points, first);
            first += inputs[k]->cols;
        }
    if (status == INFO_OK && options->ties == INFO_TIES_NOISE)
        info_i_points_noise(points, options->noise, options->seed);
    return status;
}

info_status info_i_tie_error(info_i_error *error, int64_t row, int32_t k)
{
    return info_i_fail(error, INFO_ERROR_DOMAIN,
                       "x: sample %lld has %d others at distance 0; options.ties says what is done with ties",
                       (long long)row, (int)k);
}

void info_i_neighbor_finish(double *nats, int64_t count, int64_t left_out, int64_t tied, bool may_be_negative,
                            info_unit unit, double *local, info_neighbor_estimate *out)
{
    info_i_total total = {0, 0};
    for (int64_t i = 0; i < count; i++)
        info_i_total_add(&total, nats[i]);
    const double mean = info_i_total_value(&total) / (double)(count - left_out);
    *out = (info_neighbor_estimate){info_i_from_nats(mean, unit), count - left_out, tied, 0};
    if (!may_be_negative && mean < 0)
        out->flags |= INFO_ESTIMATE_NEGATIVE;
    for (int64_t i = 0; local && i < count; i++)
        local[i] = info_i_from_nats(nats[i], unit);
}

double *info_i_digamma_table(info_ctx *ctx, int64_t count)
{
    double *table = info_i_scratch(ctx, count + 1, sizeof *table);
    if (!table)
        return NULL;
    table[0] = -INFINITY;
    /* psi(n + 1) = psi(n) + 1/n, summed in double-double. */
    info_i_dd psi = info_i_dd_from(info_i_digamma(1));
    for (int64_t n = 1; n <= count; n++) {
        table[n] = info_i_dd_value(psi);
        psi = info_i_dd_add_double(psi, 1 / (double)n);
    }
    return table;
}
