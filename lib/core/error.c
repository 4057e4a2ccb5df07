/* SPDX-License-Identifier: MIT
 * Status codes, their names and texts, and the recording of failures. */
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/core.h"

static const struct {
    info_status status;
    const char *name;
    const char *text;
} statuses[] = {
    {INFO_OK, "INFO_OK", "success"},
    {INFO_CANCELED, "INFO_CANCELED", "canceled by the caller"},
    {INFO_NOT_CONVERGED, "INFO_NOT_CONVERGED", "iteration limit reached; the value and its bounds are usable"},
    {INFO_LOCAL_OPTIMUM, "INFO_LOCAL_OPTIMUM", "a local optimum is all that can be promised"},
    {INFO_INVALID_ROWS, "INFO_INVALID_ROWS", "some rows have no valid value and are NaN"},
    {INFO_ERROR_NULL, "INFO_ERROR_NULL", "a required pointer is NULL"},
    {INFO_ERROR_SIZE, "INFO_ERROR_SIZE", "a size is not allowed or does not fit another"},
    {INFO_ERROR_OVERFLOW, "INFO_ERROR_OVERFLOW", "sizes or strides exceed what can be addressed"},
    {INFO_ERROR_TYPE, "INFO_ERROR_TYPE", "unknown or unsupported element type"},
    {INFO_ERROR_ALIGNMENT, "INFO_ERROR_ALIGNMENT", "data not aligned to its element type"},
    {INFO_ERROR_OPTION, "INFO_ERROR_OPTION", "unknown or out-of-range option"},
    {INFO_ERROR_DOMAIN, "INFO_ERROR_DOMAIN", "a value outside the domain"},
    {INFO_ERROR_SUM, "INFO_ERROR_SUM", "probabilities do not sum to 1"},
    {INFO_ERROR_OUTPUT, "INFO_ERROR_OUTPUT", "output too small"},
    {INFO_ERROR_OVERLAP, "INFO_ERROR_OVERLAP", "an output overlaps an input"},
    {INFO_ERROR_TARGET, "INFO_ERROR_TARGET", "a target or index out of range"},
    {INFO_ERROR_MEMORY, "INFO_ERROR_MEMORY", "out of memory"},
    {INFO_ERROR_BUSY, "INFO_ERROR_BUSY", "the context is in use by another call"},
    {INFO_ERROR_BACKEND, "INFO_ERROR_BACKEND", "the linear algebra backend failed"},
    {INFO_ERROR_UNSUPPORTED, "INFO_ERROR_UNSUPPORTED", "not in this build or on this machine"},
    {INFO_ERROR_INFEASIBLE, "INFO_ERROR_INFEASIBLE", "no solution meets the constraint"},
    {INFO_ERROR_FORMAT, "INFO_ERROR_FORMAT", "serialized data is not ours"},
    {INFO_ERROR_TRUNCATED, "INFO_ERROR_TRUNCATED", "serialized data ends too early"},
    {INFO_ERROR_CORRUPT, "INFO_ERROR_CORRUPT", "serialized data is damaged"},
    {INFO_ERROR_NEWER, "INFO_ERROR_NEWER", "serialized data is of a later version"},
    {INFO_ERROR_MISMATCH, "INFO_ERROR_MISMATCH", "parts of different evaluations"},
    {INFO_ERROR_SHARD, "INFO_ERROR_SHARD", "a shard is there twice, or missing"},
};

#define STATUS_COUNT (sizeof statuses / sizeof statuses[0])

const char *info_status_text(info_status status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "unknown status";
}

const char *info_status_name(info_status status)
{
    for (size_t i = 0; i < STATUS_COUNT; i++)
        if (statuses[i].status == status)
            return statuses[i].name;
    return "unknown";
}

info_status info_i_fail(info_i_error *error, info_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(error->text, sizeof error->text, format, arguments) < 0)
        error->text[0] = '\0';
    va_end(arguments);
    error->status = status;
    return status;
}

info_i_number info_i_number_text(double value)
{
    info_i_number number;
    snprintf(number.text, sizeof number.text, "%.6g", value);
    if (value == value && strtod(number.text, NULL) != value)
        snprintf(number.text, sizeof number.text, "%.17g", value);
    const char point = localeconv()->decimal_point[0];
    char *found = point != '.' ? strchr(number.text, point) : NULL;
    if (found)
        *found = '.';
    return number;
}
