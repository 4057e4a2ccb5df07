/* SPDX-License-Identifier: MIT
 * The arguments that the functions of the family have in common. */
#include "geometry/geometry.h"

static info_status check_range(info_i_error *error, const char *name, double *value, double fallback, double limit)
{
    if (*value == 0)
        *value = fallback;
    if (!(*value >= 1 / limit && *value <= limit))
        return info_i_fail(error, INFO_ERROR_OPTION, "options.%s: %s is not allowed; %g to %g is, and 0 for %g", name,
                           info_i_number_text(*value).text, 1 / limit, limit, fallback);
    return INFO_OK;
}

info_status info_i_geometry_options(info_i_error *error, const info_geometry_options *given, bool unit_rows,
                                    info_geometry_options *options)
{
    info_status status = info_i_options(error, info_geometry_options, "options", options, given);
    const info_i_allowed allowed[] = {{"options.unit", options->unit, INFO_NAT, INFO_DIT},
                                      {"options.rows", options->rows, INFO_ROWS_DEFAULT, INFO_ROWS_UNIT},
                                      {"options.reserved", options->reserved, 0, 0},
                                      {0}};
    if (status == INFO_OK)
        status = info_i_check_options(error, allowed);
    if (status == INFO_OK)
        status = check_range(error, "ridge", &options->ridge, 1, 1e100);
    if (status == INFO_OK)
        status = check_range(error, "distortion", &options->distortion, 0.5, 1e50);
    if (status == INFO_OK && options->rows == INFO_ROWS_DEFAULT)
        options->rows = unit_rows ? INFO_ROWS_UNIT : INFO_ROWS_AS_GIVEN;
    return status;
}

static info_matrix reading(const info_matrix_out *m)
{
    return (info_matrix){m->data, m->rows, m->cols, m->row_stride, m->col_stride, m->dtype, m->reserved};
}

info_status info_i_check_out_overlap(info_i_error *error, const char *name, const info_matrix_out *out,
                                     const char *input_name, const info_matrix *input)
{
    const info_matrix view = reading(out);
    const char *low, *high;
    info_i_matrix_extent(&view, &low, &high);
    return info_i_check_overlap(error, name, low, high - low, input_name, input);
}

info_status info_i_check_weights(info_i_error *error, const info_matrix_out *weights, int64_t rows,
                                 const info_matrix *context, const info_matrix *tokens, const void *out,
                                 int64_t out_bytes)
{
    if (!weights)
        return INFO_OK;
    info_status status = info_i_check_matrix_out(error, "weights", weights);
    if (status != INFO_OK)
        return status;
    if (weights->rows != rows || weights->cols != context->rows)
        return info_i_fail(error, INFO_ERROR_SIZE, "weights: %lld x %lld; %lld x %lld are needed",
                           (long long)weights->rows, (long long)weights->cols, (long long)rows,
                           (long long)context->rows);
    const info_matrix view = reading(weights);
    if ((status = info_i_check_out_overlap(error, "weights", weights, "context", context)) != INFO_OK ||
        (status = info_i_check_out_overlap(error, "weights", weights, "tokens", tokens)) != INFO_OK)
        return status;
    return info_i_check_overlap(error, "out", out, out_bytes, "weights", &view);
}
