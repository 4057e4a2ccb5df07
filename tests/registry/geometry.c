/* SPDX-License-Identifier: MIT
 * Drivers of geometry.h. */
#include "registry.h"

static info_status fit_power_law(reg_case *c, info_power_law_form form)
{
    const int64_t count = 4 + reg_cols(c);
    const info_power_law_options wanted = {.form = form};
    const double *sizes = reg_vector(c, "sizes", REG_POSITIVE, count);
    const double *values = reg_vector(c, "values", REG_POSITIVE, count);
    const int64_t length = reg_length(c, "count", count);
    const void *options = reg_options(c, &wanted, sizeof wanted);
    void *out = reg_output_fixed(c, "out", sizeof(info_power_law) / sizeof(double));
    return info_power_law_fit(reg_ctx(c), sizes, values, length, options, out);
}

static info_status drive_power_law_log_log(reg_case *c)
{
    return fit_power_law(c, INFO_POWER_LAW_LOG_LOG);
}

static info_status drive_power_law_offset(reg_case *c)
{
    return fit_power_law(c, INFO_POWER_LAW_OFFSET);
}

const reg_function reg_geometry[] = {
    {"info_power_law_fit", drive_power_law_log_log, 0, 0},
    {"info_power_law_fit", drive_power_law_offset, 0, 0},
    {0},
};
