/* SPDX-License-Identifier: MIT */
#include "evaluation/batch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

info_status info_i_check_batch_count(info_i_error *error, int64_t count)
{
    int64_t bytes;
    info_i_check(error, count >= 1, INFO_ERROR_SIZE, "batch.count: %lld; at least 1 is needed", (long long)count);
    return info_i_check(error, info_i_multiply(count, 16 * (int64_t)sizeof(double), &bytes), INFO_ERROR_OVERFLOW,
                        "batch.count: %lld is more than can be addressed", (long long)count);
}

info_status info_i_check_numbers(info_i_error *error, const char *name, const double *x, int64_t count, double least,
                                 double greatest)
{
    if (x)
        info_i_check_pointer(error, name, x);
    for (int64_t i = 0; x && i < count && error->status == INFO_OK; i++)
        info_i_check(error, !(x[i] < least || x[i] > greatest), INFO_ERROR_DOMAIN,
                     "%s: %s at %lld; %s to %s are allowed", name, info_i_number_text(x[i]).text, (long long)i,
                     info_i_number_text(least).text, info_i_number_text(greatest).text);
    return error->status;
}

info_status info_i_check_flags(info_i_error *error, const char *name, const int32_t *x, int64_t count)
{
    if (x)
        info_i_check_pointer(error, name, x);
    for (int64_t i = 0; x && i < count && error->status == INFO_OK; i++)
        info_i_check(error, x[i] >= -1 && x[i] <= 1, INFO_ERROR_DOMAIN, "%s: %d at %lld; 1, 0 and -1 are allowed", name,
                     (int)x[i], (long long)i);
    return error->status;
}

info_status info_i_check_labels(info_i_error *error, const char *name, const int64_t *x)
{
    return x ? info_i_check_pointer(error, name, x) : error->status;
}

double *info_i_batch_rows(info_ctx *ctx, int64_t count, int64_t columns)
{
    int64_t numbers;
    if (!info_i_multiply(count, columns, &numbers)) {
        info_i_fail(&ctx->error, INFO_ERROR_OVERFLOW, "batch: %lld x %lld numbers cannot be addressed",
                    (long long)count, (long long)columns);
        return NULL;
    }
    double *rows = info_i_scratch(ctx, numbers, sizeof *rows);
    for (int64_t i = 0; rows && i < numbers; i++)
        rows[i] = NAN;
    return rows;
}

void info_i_batch_skip(double *rows, int64_t count, int64_t columns, uint32_t given)
{
    for (int64_t i = 0; i < count; i++) {
        bool skipped = false;
        for (int64_t k = 0; k < columns; k++)
            skipped = skipped || ((given >> k & 1) && isnan(rows[i * columns + k]));
        for (int64_t k = 0; skipped && k < columns; k++)
            rows[i * columns + k] = NAN;
    }
}
