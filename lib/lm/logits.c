/* SPDX-License-Identifier: MIT */
#include "lm/logits.h"

#include <math.h>

#include "kernels/kernels.h"
#include "kernels/logs_f64.h"
#include "numeric/convert.h"

#define DEFAULT_IGNORED (-100)
/* Elements of a bias that are read at once. */
#define BIAS_BLOCK 256

static info_status check_bias(info_ctx *ctx, const char *name, const info_matrix *bias, int64_t cols)
{
    info_i_error *error = &ctx->error;
    info_i_check_matrix(error, name, bias);
    info_i_check(error, bias->rows == 1 && bias->cols == cols, INFO_ERROR_SIZE, "%s: %lld x %lld; it must be 1 x %lld",
                 name, (long long)bias->rows, (long long)bias->cols, (long long)cols);
    for (int64_t i = 0; error->status == INFO_OK && i < cols; i++) {
        info_i_check(error, info_i_get(bias, 0, i) < INFINITY, INFO_ERROR_DOMAIN,
                     "%s: column %lld is %s; finite numbers and -inf are allowed", name, (long long)i,
                     info_i_number_text(info_i_get(bias, 0, i)).text);
        if (i % BIAS_BLOCK == 0)
            info_i_check(error, !info_i_canceled(ctx), INFO_CANCELED, "canceled by the caller");
    }
    return error->status;
}

info_status info_i_lm_check_temperature(info_i_error *error, const char *name, double temperature)
{
    info_i_check_real(error, name, temperature, 0, INFINITY, INFO_I_BELOW_HIGH);
    return info_i_check(error, temperature == 0 || isfinite(1 / temperature), INFO_ERROR_OPTION,
                        "%s: %s is too small to divide by", name, info_i_number_text(temperature).text);
}

static info_status check_lengths(info_i_error *error, const info_lm_options *o, int64_t rows, int64_t cols)
{
    info_i_check_pointer(error, "options.lengths", o->lengths);
    info_i_check(error, o->lengths_len == rows, INFO_ERROR_SIZE,
                 "options.lengths: has %lld elements; there are %lld rows", (long long)o->lengths_len, (long long)rows);
    for (int64_t i = 0; error->status == INFO_OK && i < rows; i++)
        info_i_check(error, o->lengths[i] >= 1 && o->lengths[i] <= cols, INFO_ERROR_SIZE,
                     "options.lengths: %lld for row %lld; 1 to %lld are allowed", (long long)o->lengths[i],
                     (long long)i, (long long)cols);
    return error->status;
}

/* The ignored index has an effect, and can occur. */
static info_status check_ignored(info_i_error *error, const info_lm_options *o)
{
    info_i_check(error, o->ignore_index == 0 || o->ignore == INFO_IGNORE_INDEX, INFO_ERROR_OPTION,
                 "options.ignore_index: %lld has no effect; set options.ignore to INFO_IGNORE_INDEX (%d) too",
                 (long long)o->ignore_index, INFO_IGNORE_INDEX);
    if (error->status != INFO_OK)
        return error->status;
    const int64_t least = info_i_integer_least(o->target_type), most = info_i_integer_most(o->target_type);
    return info_i_check(error, o->ignore_index >= least && o->ignore_index <= most, INFO_ERROR_OPTION,
                        "options.ignore_index: %lld is no number of options.target_type %d; %lld to %lld are allowed",
                        (long long)o->ignore_index, (int)o->target_type, (long long)least, (long long)most);
}

/* All but the transform of the second model. */
static info_status read_options(info_ctx *ctx, const info_lm_options *given, int64_t rows, int64_t cols, info_i_lm *lm)
{
    info_i_error *error = &ctx->error;
    info_lm_options *o = &lm->given;
    info_i_options(error, info_lm_options, "options", o, given);
    const info_i_allowed allowed[] = {
        {"options.unit", o->unit, INFO_NAT, INFO_DIT},
        {"options.invalid", o->invalid, INFO_INVALID_DEFAULT, INFO_INVALID_NAN},
        {"options.ignore", o->ignore, INFO_IGNORE_DEFAULT, INFO_IGNORE_NONE},
        {"options.vocabulary", o->vocabulary, INFO_VOCABULARY_SAME, INFO_VOCABULARY_COMMON},
        {"options.target_type", o->target_type, INFO_INT64, INFO_UINT8},
        {0}};
    info_i_check_options(error, allowed);
    info_i_lm_check_temperature(error, "options.temperature", o->temperature);
    info_i_check_real(error, "options.softcap", o->softcap, 0, INFINITY, INFO_I_BELOW_HIGH);
    info_i_check_real(error, "options.js_beta", o->js_beta, 0, 1, INFO_I_BELOW_HIGH);
    check_ignored(error, o);
    if (o->bias)
        check_bias(ctx, "options.bias", o->bias, cols);
    if (o->lengths || o->lengths_len != 0)
        check_lengths(error, o, rows, cols);
    if (error->status != INFO_OK)
        return error->status;
    lm->invalid_is_error = o->invalid == INFO_INVALID_ERROR;
    lm->ignores = o->ignore != INFO_IGNORE_NONE;
    lm->ignored = o->ignore == INFO_IGNORE_INDEX ? o->ignore_index : DEFAULT_IGNORED;
    lm->inverse_temperature = o->temperature > 0 ? 1 / o->temperature : 1;
    lm->kernels = ctx->kernels;
    lm->call = ctx;
    lm->transformed = o->bias || o->softcap > 0;
    lm->divisor = 0;
    lm->of_q = NULL;
    return INFO_OK;
}

info_status info_i_lm_options(info_ctx *ctx, const info_lm_options *given, int64_t rows, int64_t cols, info_i_lm *lm)
{
    read_options(ctx, given, rows, cols, lm);
    return info_i_check(&ctx->error, !lm->given.q_transform, INFO_ERROR_OPTION,
                        "options.q_transform: only functions of two models have it; leave it NULL");
}

/* ---- Two models ---------------------------------------------------------- */

/* Each z is y: temperatures that differ can be divided by only before differences are taken. */
static void divide_early(info_i_lm *lm)
{
    lm->divisor = lm->given.temperature > 0 ? lm->given.temperature : 1;
    lm->given.temperature = 0;
    lm->inverse_temperature = 1;
    lm->transformed = true;
}

void info_i_lm_take_transform(info_i_lm *lm, info_i_lm *q, double temperature, double softcap, const info_matrix *bias)
{
    const double own = lm->given.temperature > 0 ? lm->given.temperature : 1, other = temperature > 0 ? temperature : 1;
    if (own == other && lm->given.softcap == softcap && lm->given.bias == bias)
        return;
    *q = *lm;
    q->given.temperature = temperature;
    q->given.softcap = softcap;
    q->given.bias = bias;
    divide_early(lm);
    divide_early(q);
    lm->of_q = q;
}

info_status info_i_lm_pair_options(info_ctx *ctx, const info_lm_options *given, int64_t rows, int64_t cols,
                                   info_i_lm *lm, info_i_lm *q)
{
    info_i_error *error = &ctx->error;
    info_logit_transform own;
    if (read_options(ctx, given, rows, cols, lm) != INFO_OK || !lm->given.q_transform)
        return error->status;
    info_i_required(error, info_logit_transform, "options.q_transform", &own, lm->given.q_transform);
    info_i_check_option(error, "options.q_transform.reserved", own.reserved, 0, 0);
    info_i_lm_check_temperature(error, "options.q_transform.temperature", own.temperature);
    info_i_check_real(error, "options.q_transform.softcap", own.softcap, 0, INFINITY, INFO_I_BELOW_HIGH);
    if (error->status == INFO_OK && own.bias)
        check_bias(ctx, "options.q_transform.bias", own.bias, cols);
    if (error->status == INFO_OK)
        info_i_lm_take_transform(lm, q, own.temperature, own.softcap, own.bias);
    return error->status;
}

info_i_span info_i_lm_bias_span(const info_i_lm *lm)
{
    return info_i_matrix_span("options.bias", lm->given.bias);
}

info_i_span info_i_lm_q_bias_span(const info_i_lm *lm)
{
    return info_i_matrix_span("options.q_transform.bias", lm->of_q ? lm->of_q->given.bias : NULL);
}

info_i_span info_i_lm_lengths_span(const info_i_lm *lm)
{
    return info_i_array_span("options.lengths", lm->given.lengths, lm->given.lengths_len, sizeof(int64_t));
}

info_i_span info_i_lm_targets_span(const info_i_lm *lm, const char *name, const void *targets, int64_t count)
{
    return info_i_integers_span(name, targets, count, lm->given.target_type);
}

info_status info_i_lm_check_count(info_i_error *error, const char *name, int64_t count)
{
    int64_t bytes;
    info_i_check(error, count >= 1, INFO_ERROR_SIZE, "%s: %lld; 1 or more is allowed", name, (long long)count);
    return info_i_check(error, info_i_multiply(count, (int64_t)sizeof(double), &bytes), INFO_ERROR_OVERFLOW,
                        "%s: %lld is more than can be addressed", name, (long long)count);
}

info_status info_i_lm_check_targets(const info_i_lm *lm, info_i_error *error, const void *targets, int64_t targets_len,
                                    int64_t rows)
{
    info_i_check_integers(error, "targets", targets, lm->given.target_type);
    return info_i_check(error, targets_len == rows, INFO_ERROR_SIZE, "targets: has %lld elements; there are %lld rows",
                        (long long)targets_len, (long long)rows);
}

int64_t info_i_lm_length(const info_i_lm *lm, const info_matrix *logits, int64_t row)
{
    if (!lm->given.lengths)
        return logits->cols;
    const int64_t length = lm->given.lengths[row];
    return length < logits->cols ? length : logits->cols;
}

bool info_i_lm_in_f32(const info_i_lm *lm, const info_matrix *logits)
{
    return logits->dtype != INFO_F64 && !lm->transformed && lm->inverse_temperature > 1e-30 &&
           lm->inverse_temperature < 1e30;
}

static void add_bias(const info_i_lm *lm, int64_t col, int64_t count, double *z)
{
    double bias[BIAS_BLOCK];
    for (int64_t i = 0; lm->given.bias && i < count; i += BIAS_BLOCK) {
        const int64_t some = count - i < BIAS_BLOCK ? count - i : BIAS_BLOCK;
        info_i_get_row_f64(lm->given.bias, 0, col + i, some, bias);
        for (int64_t k = 0; k < some; k++)
            z[i + k] += bias[k];
    }
}

static void transform(const info_i_lm *lm, int64_t col, int64_t count, double *z)
{
    add_bias(lm, col, count, z);
    if (lm->given.softcap > 0) /* leaves probability 0 what it is, though tanh(-inf) is finite */
        lm->kernels->logs_f64->softcap(count, lm->given.softcap, z);
}

void info_i_lm_load_logits(const info_i_lm *lm, const info_matrix *logits, int64_t row, int64_t col, int64_t count,
                           double *z)
{
    info_i_get_row_f64(logits, row, col, count, z);
    transform(lm, col, count, z);
    for (int64_t i = 0; lm->divisor > 0 && i < count; i++)
        z[i] /= lm->divisor;
}

double info_i_lm_logit(const info_i_lm *lm, const info_matrix *logits, int64_t row, int64_t col)
{
    double z;
    info_i_lm_load_logits(lm, logits, row, col, 1, &z);
    return z;
}

void info_i_lm_load(const info_i_lm *lm, const info_matrix *logits, int64_t row, int64_t col, int64_t count, double *y)
{
    info_i_lm_load_logits(lm, logits, row, col, count, y);
    if (lm->given.temperature > 0)
        for (int64_t i = 0; i < count; i++)
            y[i] /= lm->given.temperature;
}

double info_i_lm_get(const info_i_lm *lm, const info_matrix *logits, int64_t row, int64_t col)
{
    double y;
    info_i_lm_load(lm, logits, row, col, 1, &y);
    return y;
}

/* Knuth's two-sum: no rounding. */
static void subtract(int64_t count, const info_i_lm_pairs *out)
{
    for (int64_t i = 0; i < count; i++) {
        const double x = out->p[i], y = out->q[i], d = x - y, minus_y = d - x;
        const double low = (x - (d - minus_y)) - (y + minus_y);
        out->difference[i] = d;
        out->low[i] = isfinite(low) ? low : 0;
    }
}

void info_i_lm_load_pairs(const info_i_lm *lm, const info_matrix *p, const info_matrix *q, int64_t row, int64_t col,
                          int64_t count, const info_i_lm_pairs *out)
{
    const double cap = lm->given.softcap;
    if (lm->of_q) {
        info_i_lm_load_logits(lm, p, row, col, count, out->p);
        info_i_lm_load_logits(lm->of_q, q, row, col, count, out->q);
        subtract(count, out);
        return;
    }
    info_i_get_row_f64(p, row, col, count, out->p);
    info_i_get_row_f64(q, row, col, count, out->q);
    subtract(count, out);
    add_bias(lm, col, count, out->p);
    add_bias(lm, col, count, out->q);
    if (cap == 0)
        return;
    for (int64_t i = 0; i < count; i++) {
        out->difference[i] += out->low[i];
        out->low[i] = 0;
    }
    lm->kernels->logs_f64->softcap_pairs(count, cap, out->p, out->q, out->difference);
}

int64_t info_i_lm_target(const info_i_lm *lm, const void *targets, int64_t row, int64_t length)
{
    const int64_t target = info_i_lm_token(lm, targets, row);
    if (lm->ignores && target == lm->ignored)
        return INFO_I_TARGET_IGNORED;
    return target >= 0 && target < length ? target : INFO_I_TARGET_INVALID;
}

/* What is wrong with a row: the first NaN or +inf, else that it holds nothing but -inf. */
static info_status describe(const info_i_lm *lm, info_i_error *error, const char *argument, const info_matrix *logits,
                            int64_t row)
{
    const int64_t length = info_i_lm_length(lm, logits, row);
    for (int64_t j = 0; info_i_lm_reads_on(lm, j, length); j++) {
        const double y = info_i_lm_get(lm, logits, row, j);
        if (!(y < INFINITY))
            return info_i_fail(error, INFO_ERROR_DOMAIN,
                               "%s: row %lld, column %lld is %s; finite numbers and -inf are allowed", argument,
                               (long long)row, (long long)j, info_i_number_text(y).text);
    }
    return info_i_fail(error, INFO_ERROR_DOMAIN, "%s: row %lld holds only -inf, so it is no distribution", argument,
                       (long long)row);
}

info_status info_i_lm_invalid_row(const info_i_lm *lm, info_i_error *error, atomic_llong *count, const char *argument,
                                  const info_matrix *logits, int64_t row)
{
    if (lm->invalid_is_error)
        return describe(lm, error, argument, logits, row);
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
    return INFO_OK;
}

info_status info_i_lm_invalid_target(const info_i_lm *lm, info_i_error *error, atomic_llong *count, const void *targets,
                                     int64_t row, int64_t length)
{
    if (lm->invalid_is_error)
        return info_i_fail(error, INFO_ERROR_TARGET, "targets: %lld at row %lld; 0 to %lld are allowed",
                           (long long)info_i_lm_token(lm, targets, row), (long long)row, (long long)length - 1);
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
    return INFO_OK;
}

int64_t info_i_lm_grain(int64_t cols)
{
    const int64_t elements = 1 << 16;
    return cols < elements ? elements / cols : 1;
}

info_status info_i_lm_count_invalid(info_ctx *ctx, int64_t count)
{
    ctx->invalid_rows = count;
    if (count == 0)
        return INFO_OK;
    return info_i_fail(&ctx->error, INFO_INVALID_ROWS, "%lld rows have no valid value", (long long)count);
}
