/* SPDX-License-Identifier: MIT
 * Arguments of the functions on heads. */
#include <math.h>
#include <stdio.h>

#include "head/head.h"
#include "numeric/convert.h"

static void take_matrix(info_i_error *error, const char *name, const info_matrix *given, info_matrix *own)
{
    if (info_i_check_matrix(error, name, given) == INFO_OK)
        *own = *given;
}

info_status info_i_head_open(info_ctx *ctx, const char *name, const info_head *given, info_i_head *head)
{
    info_i_error *error = &ctx->error;
    info_head own;
    char softcap[24], temperature[24], reserved[24];
    *head = (info_i_head){.name = name, .kernels = ctx->kernels->tile, .call = ctx};
    snprintf(head->hidden_name, sizeof head->hidden_name, "%s.hidden", name);
    snprintf(head->weight_name, sizeof head->weight_name, "%s.weight", name);
    snprintf(head->bias_name, sizeof head->bias_name, "%s.bias", name);
    snprintf(softcap, sizeof softcap, "%s.softcap", name);
    snprintf(temperature, sizeof temperature, "%s.temperature", name);
    snprintf(reserved, sizeof reserved, "%s.reserved", name);
    if (info_i_required(error, info_head, name, &own, given) != INFO_OK)
        return error->status;
    info_i_check_option(error, reserved, own.reserved, 0, 0);
    take_matrix(error, head->hidden_name, own.hidden, &head->hidden);
    take_matrix(error, head->weight_name, own.weight, &head->weight);
    if (own.bias)
        take_matrix(error, head->bias_name, own.bias, &head->bias);
    const info_matrix *weight = &head->weight, *bias = &head->bias;
    info_i_check(error, head->hidden.cols == weight->cols, INFO_ERROR_SIZE, "%s: %lld columns; %s has %lld",
                 head->weight_name, (long long)weight->cols, head->hidden_name, (long long)head->hidden.cols);
    info_i_check(error, !own.bias || (bias->rows == 1 && bias->cols == weight->rows), INFO_ERROR_SIZE,
                 "%s: %lld x %lld; it must be 1 x %lld", head->bias_name, (long long)bias->rows, (long long)bias->cols,
                 (long long)weight->rows);
    info_i_check_real(error, softcap, own.softcap, 0, INFINITY, INFO_I_BELOW_HIGH);
    info_i_lm_check_temperature(error, temperature, own.temperature);
    if (error->status != INFO_OK)
        return error->status;
    head->biased = own.bias != NULL;
    head->softcap = own.softcap;
    head->temperature = own.temperature;
    head->in_f64 = head->hidden.dtype == INFO_F64 || weight->dtype == INFO_F64;
    return INFO_OK;
}

void info_i_head_spans(const info_i_head *head, info_i_span *spans)
{
    spans[0] = info_i_matrix_span(head->hidden_name, &head->hidden);
    spans[1] = info_i_matrix_span(head->weight_name, &head->weight);
    spans[2] = info_i_matrix_span(head->bias_name, &head->bias);
}

info_status info_i_head_options(info_ctx *ctx, const info_head_options *given, int64_t rows, int64_t tokens,
                                info_i_lm *lm)
{
    info_head_options own;
    const info_status status = info_i_options(&ctx->error, info_head_options, "options", &own, given);
    if (status != INFO_OK)
        return status;
    const info_lm_options plain = {.struct_size = sizeof plain,
                                   .unit = own.unit,
                                   .invalid = own.invalid,
                                   .ignore = own.ignore,
                                   .ignore_index = own.ignore_index,
                                   .temperature = own.temperature,
                                   .js_beta = own.js_beta,
                                   .vocabulary = own.vocabulary,
                                   .target_type = own.target_type};
    return info_i_lm_options(ctx, &plain, rows, tokens, lm);
}

void info_i_head_take_temperature(const info_i_head *head, info_i_lm *lm)
{
    if (head->temperature == 0)
        return;
    lm->given.temperature = head->temperature;
    lm->inverse_temperature = 1 / head->temperature;
}

info_status info_i_head_check_targets(const info_i_lm *lm, info_i_error *error, const void *targets,
                                      int64_t targets_len, int64_t rows, bool needed)
{
    if (!targets && targets_len == 0 && !needed)
        return error->status;
    return info_i_lm_check_targets(lm, error, targets, targets_len, rows);
}

int32_t info_i_head_targeted(const info_i_lm *lm, const void *targets, int64_t row, int64_t first, int64_t end)
{
    if (!targets || info_i_lm_is_ignored(lm, targets, row))
        return -1;
    const int64_t target = info_i_lm_token(lm, targets, row);
    return target >= first && target < end;
}

info_status info_i_head_check_first(info_i_error *error, int64_t first_token, int64_t tokens)
{
    int64_t end;
    return info_i_check(error, first_token >= 0 && info_i_add(first_token, tokens, &end), INFO_ERROR_OPTION,
                        "first_token: %lld; 0 or more is allowed", (long long)first_token);
}

info_status info_i_head_check_parts(info_i_error *error, const void *parts, int64_t shards, int64_t rows, size_t size,
                                    info_i_span *span)
{
    int64_t count = 0, bytes = 0;
    info_i_check_place(error, "parts", parts, _Alignof(double));
    info_i_check(error, shards >= 1 && rows >= 1, INFO_ERROR_SIZE, "%s: %lld; 1 or more is allowed",
                 shards < 1 ? "shards" : "rows", (long long)(shards < 1 ? shards : rows));
    info_i_check(error, info_i_multiply(shards, rows, &count) && info_i_multiply(count, (int64_t)size, &bytes),
                 INFO_ERROR_OVERFLOW, "shards: %lld times %lld rows cannot be addressed", (long long)shards,
                 (long long)rows);
    const info_matrix doubles = {parts, 1, bytes / (int64_t)sizeof(double), bytes, 1, INFO_F64, 0};
    *span = info_i_matrix_span("parts", &doubles);
    return info_i_check_matrix(error, "parts", &doubles);
}

info_status info_i_head_not_finite(const info_matrix *m, const char *name, int64_t row, info_i_error *error)
{
    int64_t col = 0;
    while (isfinite(info_i_get(m, row, col)) && col < m->cols - 1)
        col++;
    return info_i_fail(error, INFO_ERROR_DOMAIN, "%s: element (%lld, %lld) is %s; it must be finite", name,
                       (long long)row, (long long)col, info_i_number_text(info_i_get(m, row, col)).text);
}

bool info_i_head_bad_row(const info_i_head *head, int64_t row)
{
    for (int64_t j = 0; j < head->hidden.cols; j++)
        if (!isfinite(info_i_get(&head->hidden, row, j)))
            return true;
    return false;
}

info_status info_i_head_row_error(const info_i_head *head, int64_t row, info_i_error *error)
{
    if (info_i_head_bad_row(head, row))
        return info_i_head_not_finite(&head->hidden, head->hidden_name, row, error);
    return info_i_fail(error, INFO_ERROR_DOMAIN,
                       "%s: row %lld has logits that overflow, or no token of positive probability", head->name,
                       (long long)row);
}

info_status info_i_head_target_error(const info_i_lm *lm, const void *targets, int64_t row, int64_t tokens,
                                     info_i_error *error)
{
    return info_i_fail(error, INFO_ERROR_TARGET, "targets: %lld at row %lld; 0 to %lld are allowed",
                       (long long)info_i_lm_token(lm, targets, row), (long long)row, (long long)tokens - 1);
}

info_status info_i_head_check_shards(info_i_error *error, int64_t row, const info_i_head_shard *a,
                                     const info_i_head_shard *b)
{
    if (a->token >= 0 && a->token == b->token)
        return info_i_fail(error, INFO_ERROR_DOMAIN,
                           "parts: shards %lld and %lld are led by token %lld in row %lld; shards share no token",
                           (long long)a->shard, (long long)b->shard, (long long)a->token, (long long)row);
    if (a->targeted == 1 && b->targeted == 1)
        return info_i_fail(error, INFO_ERROR_DOMAIN,
                           "parts: shards %lld and %lld both have the target of row %lld; shards share no token",
                           (long long)a->shard, (long long)b->shard, (long long)row);
    if ((a->targeted == -1) != (b->targeted == -1))
        return info_i_fail(
            error, INFO_ERROR_TARGET,
            "parts: shard %lld has row %lld without a target, shard %lld with one; all must have the same",
            (long long)(a->targeted == -1 ? a : b)->shard, (long long)row,
            (long long)(a->targeted == -1 ? b : a)->shard);
    return INFO_OK;
}

info_status info_i_head_merge_error(int64_t row, bool has_value, info_i_error *error)
{
    if (has_value)
        return info_i_fail(error, INFO_ERROR_TARGET, "parts: no shard has the target of row %lld", (long long)row);
    return info_i_fail(error, INFO_ERROR_DOMAIN, "parts: row %lld has no valid value", (long long)row);
}
