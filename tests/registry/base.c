/* SPDX-License-Identifier: MIT
 * Drivers of base.h. */
#include <string.h>

#include "registry.h"

static info_status drive_version(reg_case *c)
{
    const int64_t version = info_version();
    reg_record(c, &version, sizeof version);
    return INFO_OK;
}

static info_status drive_version_string(reg_case *c)
{
    const char *text = info_version_string();
    reg_record(c, text, strlen(text));
    return INFO_OK;
}

static info_status drive_abi_version(reg_case *c)
{
    const int64_t version = info_abi_version();
    reg_record(c, &version, sizeof version);
    return INFO_OK;
}

static info_status drive_build_config(reg_case *c)
{
    const char *text = info_build_config();
    reg_expect(c, strstr(text, info_version_string()) != NULL, "the configuration tells the version");
    return INFO_OK;
}

static info_status drive_constant(reg_case *c)
{
    static const char name[] = "INFO_BF16";
    const char *given = reg_bytes(c, "name", name, sizeof name);
    int64_t *value = reg_output_bytes(c, "value", sizeof *value);
    return info_constant(given, value);
}

static info_status drive_status_text(reg_case *c)
{
    const char *text = info_status_text((info_status)reg_size(c, "status", INFO_ERROR_SUM));
    reg_expect(c, text && text[0], "every status has a text");
    return INFO_OK;
}

static info_status drive_status_name(reg_case *c)
{
    const char *name = info_status_name((info_status)reg_size(c, "status", INFO_ERROR_SUM));
    reg_expect(c, name && name[0], "every status has a name");
    return INFO_OK;
}

static info_status drive_dtype_size(reg_case *c)
{
    const int64_t size = info_dtype_size((info_dtype)reg_size(c, "dtype", INFO_F16));
    reg_record(c, &size, sizeof size);
    return INFO_OK;
}

static info_status drive_matrix_init(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const double *data = reg_vector(c, "data", REG_REALS, rows * cols);
    info_matrix *view = reg_output_bytes(c, "view", sizeof *view);
    return info_matrix_init(view, data, reg_length(c, "rows", rows), reg_length(c, "cols", cols),
                            reg_choice(c, "dtype", INFO_F64));
}

/* ---- Contexts: made, asked and ended within a driver -------------------------- */

static info_status drive_ctx_create(reg_case *c)
{
    const info_ctx_options wanted = {.struct_size = sizeof wanted, .threads = 2};
    reg_keep_field(c, offsetof(info_ctx_options, alloc), sizeof wanted - offsetof(info_ctx_options, alloc));
    const info_ctx_options *options = reg_options(c, &wanted, sizeof wanted);
    info_ctx **out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_ctx_create(options, out);
    if (status == INFO_OK) {
        reg_expect(c, info_ctx_threads(*out) >= 1, "a context has a thread");
        info_ctx_destroy(*out);
        memset(out, 0, sizeof *out); /* an address, which need not repeat */
    }
    return status;
}

static info_status drive_ctx_destroy(reg_case *c)
{
    info_ctx_destroy(NULL);
    info_ctx *ctx;
    const info_status status = info_ctx_create(NULL, &ctx);
    if (status == INFO_OK)
        info_ctx_destroy(ctx);
    return status;
}

static info_status drive_ctx_message(reg_case *c)
{
    reg_expect(c, info_ctx_message(NULL)[0] == '\0' && info_ctx_message(reg_ctx(c))[0] == '\0',
               "no message before a call");
    return INFO_OK;
}

static info_status drive_ctx_invalid_rows(reg_case *c)
{
    reg_expect(c, info_ctx_invalid_rows(NULL) == 0 && info_ctx_invalid_rows(reg_ctx(c)) == 0,
               "no invalid rows before a call");
    return INFO_OK;
}

static info_status drive_ctx_cancel(reg_case *c)
{
    info_ctx_cancel(NULL);
    info_ctx_cancel(reg_ctx(c));
    return INFO_OK;
}

static info_status drive_ctx_scratch_bytes(reg_case *c)
{
    reg_expect(c, info_ctx_scratch_bytes(NULL) == 0 && info_ctx_scratch_bytes(reg_ctx(c)) >= 0, "scratch bytes >= 0");
    return INFO_OK;
}

static info_status drive_ctx_trim(reg_case *c)
{
    info_ctx *ctx = reg_ctx(c);
    const info_status status = info_ctx_trim(ctx);
    reg_expect(c, status == (ctx ? INFO_OK : INFO_ERROR_NULL), "a context can be trimmed, NULL cannot");
    reg_expect(c, info_ctx_scratch_bytes(ctx) == 0, "nothing left after a trim");
    return INFO_OK;
}

static info_status drive_ctx_cpu(reg_case *c)
{
    const info_cpu cpu = info_ctx_cpu(reg_ctx(c));
    reg_expect(c, cpu >= INFO_CPU_C && cpu <= INFO_CPU_AVX512, "an instruction set in use");
    return INFO_OK;
}

static info_status drive_ctx_threads(reg_case *c)
{
    reg_expect(c, info_ctx_threads(reg_ctx(c)) >= 1 && info_ctx_threads(NULL) == 1, "at least one thread");
    return INFO_OK;
}

/* ---- DLPack --------------------------------------------------------------------- */

static info_status drive_matrix_from_dlpack(reg_case *c)
{
    const int64_t rows = reg_rows(c), cols = reg_cols(c);
    const int64_t shape[3] = {reg_length(c, "tensor", rows), 1, cols}, strides[3] = {cols + 1, 7, 1};
    const double *data = reg_vector(c, "data", REG_REALS, rows * (cols + 1) - 1);
    info_dlpack_tensor tensor = {(void *)(uintptr_t)data, 1, 0, 3, 2, 64, 1, shape, strides, 0};
    const info_dlpack_tensor *given = reg_bytes(c, "tensor", &tensor, sizeof tensor);
    info_matrix *out = reg_output_bytes(c, "out", sizeof *out);
    const info_status status = info_matrix_from_dlpack(reg_ctx(c), given, out);
    reg_expect(c, status != INFO_OK || (out->rows == rows && out->cols == cols), "the view has the tensor's shape");
    return status;
}

const reg_function reg_base[] = {
    {"info_abi_version", drive_abi_version, REG_UNNAMED, 0},
    {"info_build_config", drive_build_config, REG_UNNAMED, 0},
    {"info_constant", drive_constant, REG_UNNAMED, 0},
    {"info_ctx_cancel", drive_ctx_cancel, REG_UNNAMED, 0},
    {"info_ctx_cpu", drive_ctx_cpu, REG_UNNAMED, 0},
    {"info_ctx_create", drive_ctx_create, REG_UNNAMED, 0},
    {"info_ctx_destroy", drive_ctx_destroy, REG_UNNAMED, 0},
    {"info_ctx_invalid_rows", drive_ctx_invalid_rows, REG_UNNAMED, 0},
    {"info_ctx_message", drive_ctx_message, REG_UNNAMED, 0},
    {"info_ctx_scratch_bytes", drive_ctx_scratch_bytes, REG_UNNAMED, 0},
    {"info_ctx_threads", drive_ctx_threads, REG_UNNAMED, 0},
    {"info_ctx_trim", drive_ctx_trim, REG_UNNAMED, 0},
    {"info_dtype_size", drive_dtype_size, REG_UNNAMED, 0},
    {"info_matrix_from_dlpack", drive_matrix_from_dlpack, 0, 0},
    {"info_matrix_init", drive_matrix_init, REG_UNNAMED, 0},
    {"info_status_name", drive_status_name, REG_UNNAMED, 0},
    {"info_status_text", drive_status_text, REG_UNNAMED, 0},
    {"info_version", drive_version, REG_UNNAMED, 0},
    {"info_version_string", drive_version_string, REG_UNNAMED, 0},
    {0},
};
