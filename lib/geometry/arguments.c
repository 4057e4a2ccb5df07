/* SPDX-License-Identifier: MIT
 * The arguments that the functions of the family have in common. */
#include "geometry/geometry.h"

/* The default of a factor, and that it is neither tiny nor huge. */
static void take_factor(info_i_error *error, const char *name, double *value, double fallback, double limit)
{
    *value = *value == 0 ? fallback : *value;
    info_i_check_real(error, name, *value, 1 / limit, limit, INFO_I_CLOSED);
}

info_status info_i_geometry_options(info_i_error *error, const info_geometry_options *given, bool unit_rows,
                                    info_geometry_options *options)
{
    info_i_options(error, info_geometry_options, "options", options, given);
    const info_i_allowed allowed[] = {{"options.unit", options->unit, INFO_NAT, INFO_DIT},
                                      {"options.rows", options->rows, INFO_ROWS_DEFAULT, INFO_ROWS_UNIT},
                                      {"options.reserved", options->reserved, 0, 0},
                                      {0}};
    info_i_check_options(error, allowed);
    take_factor(error, "options.ridge", &options->ridge, 1, 1e100);
    take_factor(error, "options.distortion", &options->distortion, 0.5, 1e50);
    if (options->rows == INFO_ROWS_DEFAULT)
        options->rows = unit_rows ? INFO_ROWS_UNIT : INFO_ROWS_AS_GIVEN;
    return error->status;
}

info_status info_i_geometry_check_pair(info_i_error *error, const info_matrix *context, const info_matrix *tokens)
{
    info_i_check_matrix(error, "context", context);
    info_i_check_matrix(error, "tokens", tokens);
    return info_i_check(error, context->cols == tokens->cols, INFO_ERROR_SIZE,
                        "tokens: %lld columns, but context has %lld", (long long)tokens->cols,
                        (long long)context->cols);
}

info_status info_i_geometry_check_choice(info_i_error *error, int64_t k, const info_matrix *context)
{
    return info_i_check(error, k >= 1 && k <= context->rows, INFO_ERROR_SIZE,
                        "k: %lld; 1 to %lld (rows of context) are allowed", (long long)k, (long long)context->rows);
}
