/* SPDX-License-Identifier: MIT
 * Numbers become distributions: what each kind may hold, and totals of rows. */
#include "distribution/input.h"

#include <math.h>

#include "numeric/convert.h"

/* ---- Opening an input --------------------------------------------------- */

/* Half the smallest number of the type: the largest absolute error of rounding to it. */
static double underflow_unit(info_dtype dtype)
{
    static const double of[] = {[INFO_F32] = 0x1p-150, [INFO_F16] = 0x1p-25, [INFO_BF16] = 0x1p-134};
    return of[dtype];
}

/* What rounding exact probabilities to a type can do to their sum, and the arithmetic that made them: 1e-6, and
 * in f32, which is what softmax is made in, n 2^-29. Rounding to f64 does not count. Documented in distribution.h. */
static double tolerance_of_type(info_dtype dtype, info_kind kind, double cols)
{
    const double made = 1e-6;
    if (dtype == INFO_F64)
        return made;
    const double rounding = info_i_roundoff(dtype) * (kind == INFO_LOG_PROBABILITIES ? 1 + log(cols) : 1);
    return made + rounding + cols * (underflow_unit(dtype) + 0x1p-29);
}

static double default_tolerance(const info_matrix *m, info_kind kind, info_dtype precision)
{
    return fmax(tolerance_of_type(m->dtype, kind, (double)m->cols),
                tolerance_of_type(precision, kind, (double)m->cols));
}

/* What smoothing adds to every element. */
static double pseudo_count(const info_i_reading *reading)
{
    switch (reading->smoothing) {
    case INFO_SMOOTHING_ADDITIVE:
        return reading->smoothing_amount;
    case INFO_SMOOTHING_LAPLACE:
        return 1;
    case INFO_SMOOTHING_JEFFREYS:
        return 0.5;
    default:
        return 0;
    }
}

static info_status check_reading(info_i_error *error, const char *name, const info_i_reading *reading)
{
    const info_i_allowed allowed[] = {
        {"options.kind", reading->kind, INFO_PROBABILITIES, INFO_COUNTS},
        {"options.normalize", reading->normalize, 0, 1},
        {"options.smoothing", reading->smoothing, INFO_SMOOTHING_NONE, INFO_SMOOTHING_JEFFREYS},
        {"options.precision", reading->precision, INFO_F64, INFO_BF16},
        {"options.arithmetic", reading->arithmetic, INFO_ARITHMETIC_DEFAULT, INFO_ARITHMETIC_F64},
        {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.sum_tolerance", reading->sum_tolerance, 0, 1, INFO_I_BELOW_HIGH);
    if (reading->smoothing == INFO_SMOOTHING_ADDITIVE)
        info_i_check_real(error, "options.smoothing_amount", reading->smoothing_amount, 0, INFINITY, INFO_I_OPEN);
    else
        info_i_check(error, reading->smoothing_amount == 0, INFO_ERROR_OPTION,
                     "options.smoothing_amount: %s; only additive smoothing has an amount, leave it 0",
                     info_i_number_text(reading->smoothing_amount).text);
    const bool logarithms = reading->kind == INFO_LOG_PROBABILITIES || reading->kind == INFO_LOGITS;
    return info_i_check(error, !(logarithms && reading->smoothing != INFO_SMOOTHING_NONE), INFO_ERROR_OPTION,
                        "options.smoothing: %s holds logarithms; only probabilities and counts can be smoothed", name);
}

info_status info_i_input_open(info_ctx *ctx, info_i_input *in, const char *name, const info_matrix *matrix,
                              const info_i_reading *reading)
{
    info_i_error *error = &ctx->error;
    info_i_check_matrix(error, name, matrix);
    if (check_reading(error, name, reading) != INFO_OK)
        return error->status;
    *in = (info_i_input){.name = name, .matrix = matrix, .kind = reading->kind};
    in->extra = pseudo_count(reading);
    in->as_given =
        !reading->normalize && in->extra == 0 && (in->kind == INFO_PROBABILITIES || in->kind == INFO_LOG_PROBABILITIES);
    in->kernels = ctx->kernels;
    in->call = ctx;
    in->instead = reading->instead ? reading->instead : ", or set options.normalize";
    in->tolerance =
        reading->sum_tolerance > 0 ? reading->sum_tolerance : default_tolerance(matrix, in->kind, reading->precision);
    if (matrix->dtype != INFO_F64 && info_i_is_log(in) && reading->arithmetic == INFO_ARITHMETIC_DEFAULT)
        in->vectors = (info_i_vectors){ctx->kernels, in->as_given, in->tolerance};
    return INFO_OK;
}

info_status info_i_entropy_open(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given,
                                info_entropy_options *options, info_i_input *in)
{
    info_i_error *error = &ctx->error;
    info_i_options(error, info_entropy_options, "options", options, given);
    const info_i_allowed allowed[] = {{"options.unit", options->unit, INFO_NAT, INFO_DIT},
                                      {"options.invalid", options->invalid, INFO_INVALID_DEFAULT, INFO_INVALID_NAN},
                                      {0}};
    info_i_check_options(error, allowed);
    const info_i_reading reading = {
        options->kind,          options->normalize, options->smoothing,  options->smoothing_amount,
        options->sum_tolerance, options->precision, options->arithmetic, NULL};
    return info_i_input_open(ctx, in, "x", x, &reading);
}

/* ---- Reading a row ------------------------------------------------------ */

/* What is known of a stretch of a row: total is the sum of element * scale, or of
 * exp(element - largest). */
typedef struct scan {
    double largest;
    double scale;
    info_i_dd total;
    info_status status;
} scan;

static const char *kind_rule(info_kind kind)
{
    switch (kind) {
    case INFO_PROBABILITIES:
        return "probabilities must be finite and not negative";
    case INFO_COUNTS:
        return "counts must be finite and not negative";
    case INFO_LOG_PROBABILITIES:
        return "log-probabilities must be finite or -inf";
    default:
        return "logits must be finite or -inf";
    }
}

static bool allowed(double value, bool logarithm)
{
    return logarithm ? value < INFINITY : value >= 0 && value < INFINITY;
}

/* The power of two that brings a positive number into [1, 2). */
static double scale_of(double largest)
{
    if (largest > 0x1p-512 && largest < 0x1p512)
        return 1; /* sums of such numbers are safe as they are */
    const int exponent = ilogb(largest);
    return largest > 0 ? ldexp(1, exponent < -1023 ? 1023 : -exponent) : 1;
}

/* element + extra; the sum of two large numbers is kept finite by the caller's scale. */
static const double *weights(const info_i_input *in, int64_t row, int64_t col, int64_t count, double *buffer)
{
    const double *x = info_i_row_f64(in->matrix, row, col, count, buffer);
    if (in->extra == 0)
        return x;
    for (int64_t i = 0; i < count; i++)
        buffer[i] = x[i] + in->extra;
    return buffer;
}

void info_i_input_exponentials(const info_i_input *in, int64_t count, double shift, const double *x, double *y)
{
    info_i_input_shares(in, count, shift, 1, x, y);
}

void info_i_input_shares(const info_i_input *in, int64_t count, double shift, double total, const double *x, double *y)
{
    if (in->kernels->logs_f64->shares(x, count, 1, shift, total, y))
        return;
    for (int64_t i = 0; i < count; i++)
        y[i] = exp(x[i] - shift) / total;
}

/* What of a row is wanted. */
typedef struct scan_task {
    const info_i_input *in;
    int64_t row;
    bool reference_only; /* of logarithms: their largest, but no total */
} scan_task;

static scan scan_block(const scan_task *task, int64_t col, int64_t count, double *buffer, info_i_error *error)
{
    const info_i_input *in = task->in;
    const int64_t row = task->row;
    const bool logarithm = info_i_is_log(in);
    const double *x = weights(in, row, col, count, buffer);
    if (!logarithm) {
        info_i_part sums;
        in->kernels->rows_f64->scan(x, count, &sums);
        const double largest = sums.sum[1].high;
        if (!(sums.flags & INFO_I_PART_SIGN) && sums.sum[0].high < INFINITY && scale_of(largest) == 1)
            return (scan){.largest = largest, .scale = 1, .total = sums.sum[0]};
    }
    scan s = {.largest = logarithm ? -INFINITY : 0, .scale = 1};
    const bool good = logarithm && in->kernels->logs_f64->largest(x, count, &s.largest);
    for (int64_t i = 0; i < count && !good; i++) {
        if (!allowed(x[i], logarithm)) {
            s.status = info_i_fail(error, INFO_ERROR_DOMAIN, "%s: row %lld, column %lld is %s; %s", in->name,
                                   (long long)row, (long long)(col + i),
                                   info_i_number_text(info_i_get(in->matrix, row, col + i)).text, kind_rule(in->kind));
            return s;
        }
        s.largest = x[i] > s.largest ? x[i] : s.largest;
    }
    if (task->reference_only)
        return s;
    if (logarithm && s.largest > -INFINITY) {
        info_i_part sums;
        info_i_input_exponentials(in, count, s.largest, x, buffer);
        in->kernels->rows_f64->scan(buffer, count, &sums);
        s.total = sums.sum[0];
    } else if (!logarithm) {
        s.scale = scale_of(s.largest);
        for (int64_t i = 0; i < count; i++)
            s.total = info_i_dd_add_double(s.total, x[i] * s.scale);
    }
    return s;
}

/* a followed by b. */
static scan merge(const info_i_input *in, scan a, scan b)
{
    scan s = {.largest = a.largest > b.largest ? a.largest : b.largest, .scale = 1};
    if (info_i_is_log(in)) {
        if (s.largest == -INFINITY)
            return s;
        s.total = info_i_dd_add(info_i_dd_multiply_double(a.total, exp(a.largest - s.largest)),
                                info_i_dd_multiply_double(b.total, exp(b.largest - s.largest)));
    } else {
        s.scale = scale_of(s.largest);
        s.total = info_i_dd_add(info_i_dd_multiply_double(a.total, s.scale / a.scale),
                                info_i_dd_multiply_double(b.total, s.scale / b.scale));
    }
    return s;
}

static double mass_of(const info_i_input *in, double largest, info_i_dd total, double scale)
{
    return info_i_is_log(in) ? exp(largest) * info_i_dd_value(total) : info_i_dd_value(total) / scale;
}

/* Whether the whole row is a distribution. */
static info_status judge(const info_i_input *in, int64_t row, const scan *s, info_i_error *error)
{
    if (info_i_is_log(in) && s->largest == -INFINITY)
        return info_i_fail(error, INFO_ERROR_DOMAIN, "%s: row %lld has only -inf; one element must be finite", in->name,
                           (long long)row);
    if (!info_i_is_log(in) && s->largest == 0)
        return info_i_fail(error, INFO_ERROR_SUM, "%s: row %lld sums to 0; the sum must be positive", in->name,
                           (long long)row);
    if (!in->as_given)
        return INFO_OK;
    const double sum = mass_of(in, s->largest, s->total, s->scale);
    if (!(fabs(sum - 1) <= in->tolerance))
        return info_i_fail(error, INFO_ERROR_SUM, "%s: row %lld sums to %s; probabilities must sum to 1 within %s%s",
                           in->name, (long long)row, info_i_number_text(sum).text,
                           info_i_number_text(in->tolerance).text, in->instead);
    return INFO_OK;
}

typedef struct scan_job {
    const scan_task *task;
    scan *scans;
} scan_job;

static info_status scan_blocks(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const scan_job *job = user;
    for (int64_t block = begin; block < end; block++) {
        const int64_t col = block * INFO_I_BLOCK, left = job->task->in->matrix->cols - col;
        job->scans[block] = scan_block(job->task, col, left < INFO_I_BLOCK ? left : INFO_I_BLOCK, scratch, error);
        if (job->scans[block].status != INFO_OK)
            return job->scans[block].status;
    }
    return INFO_OK;
}

static info_status scan_together(info_ctx *ctx, const scan_task *task, int64_t blocks, scan *out, info_i_error *error)
{
    const info_i_mark mark = info_i_scratch_mark(ctx);
    scan_job job = {task, info_i_scratch(ctx, blocks, sizeof(scan))};
    info_status status = job.scans ? INFO_OK : ctx->error.status;
    if (status == INFO_OK)
        status = info_i_parallel(ctx, blocks, 1, INFO_I_BLOCK * sizeof(double), scan_blocks, &job);
    if (status == INFO_OK) {
        *out = job.scans[0];
        for (int64_t block = 1; block < blocks; block++)
            *out = merge(task->in, *out, job.scans[block]);
    } else if (error != &ctx->error) {
        *error = ctx->error;
    }
    info_i_scratch_release(ctx, mark);
    return status;
}

static info_status scan_alone(const scan_task *task, double *buffer, scan *out, info_i_error *error)
{
    const info_i_input *in = task->in;
    const int64_t cols = in->matrix->cols;
    for (int64_t col = 0; col < cols; col += INFO_I_BLOCK) {
        const int64_t count = cols - col < INFO_I_BLOCK ? cols - col : INFO_I_BLOCK;
        const scan s = scan_block(task, col, count, buffer, error);
        if (s.status != INFO_OK)
            return s.status;
        if (in->call && info_i_canceled(in->call))
            return info_i_fail(error, INFO_CANCELED, "canceled by the caller");
        *out = col == 0 ? s : merge(in, *out, s);
    }
    return INFO_OK;
}

static info_status open_row(info_ctx *ctx, const scan_task *task, double *buffer, info_i_row *out, info_i_error *error)
{
    const info_i_input *in = task->in;
    const int64_t blocks = (in->matrix->cols - 1) / INFO_I_BLOCK + 1;
    scan s = {0};
    info_status status =
        ctx && blocks > 1 ? scan_together(ctx, task, blocks, &s, error) : scan_alone(task, buffer, &s, error);
    if (status == INFO_OK)
        status = judge(in, task->row, &s, error);
    if (status == INFO_OK)
        *out = (info_i_row){in, task->row, s.largest, s.scale, s.total};
    return status;
}

info_status info_i_row_open(info_ctx *ctx, const info_i_input *in, int64_t row, double *buffer, info_i_row *out,
                            info_i_error *error)
{
    const scan_task task = {in, row, false};
    return open_row(ctx, &task, buffer, out, error);
}

info_status info_i_row_open_reference(info_ctx *ctx, const info_i_input *in, int64_t row, double *buffer,
                                      info_i_row *out, info_i_error *error)
{
    const scan_task task = {in, row, true};
    return open_row(ctx, &task, buffer, out, error);
}

void info_i_row_open_unchecked(const info_i_input *in, int64_t row, info_i_row *out)
{
    *out = (info_i_row){.input = in, .row = row, .largest = 1, .scale = 1, .total = {1, 0}};
}

info_status info_i_row_judge(info_ctx *ctx, info_i_row *r, double mass, uint32_t flags, double *buffer,
                             info_i_error *error)
{
    const double slack = 1e-12; /* more than the error of the kernels' plain sum of a long row */
    if (!(flags & INFO_I_PART_SIGN) && fabs(mass - 1) <= r->input->tolerance - slack)
        return INFO_OK;
    return info_i_row_open(ctx, r->input, r->row, buffer, r, error);
}

/* ---- Yielding a row ----------------------------------------------------- */

const double *info_i_row_elements(const info_i_row *r, int64_t col, int64_t count, double *buffer)
{
    return weights(r->input, r->row, col, count, buffer);
}

const double *info_i_row_probabilities(const info_i_row *r, int64_t col, int64_t count, double *buffer)
{
    const info_i_input *in = r->input;
    const double *x = weights(in, r->row, col, count, buffer);
    if (info_i_is_log(in)) {
        const double shift = in->as_given ? 0 : r->largest, total = in->as_given ? 1 : info_i_dd_value(r->total);
        info_i_input_shares(in, count, shift, total, x, buffer);
    } else if (!in->as_given) {
        const double total = info_i_dd_value(r->total);
        for (int64_t i = 0; i < count; i++)
            buffer[i] = x[i] * r->scale / total;
    } else {
        return x;
    }
    return buffer;
}

/* log(x / whole), also where they are near. */
static double log_of_share(double x, info_i_dd whole)
{
    const double share = x / whole.high;
    return share > 0.5 ? log1p(((x - whole.high) - whole.low) / whole.high) : log(share);
}

const double *info_i_row_logs(const info_i_row *r, int64_t col, int64_t count, double *buffer)
{
    const info_i_input *in = r->input;
    const double *x = weights(in, r->row, col, count, buffer);
    if (info_i_is_log(in)) {
        if (in->as_given)
            return x;
        const double rest = info_i_dd_log(r->total);
        for (int64_t i = 0; i < count; i++)
            buffer[i] = (x[i] - r->largest) - rest;
    } else if (in->as_given) {
        for (int64_t i = 0; i < count; i++)
            buffer[i] = log(x[i]);
    } else {
        for (int64_t i = 0; i < count; i++)
            buffer[i] = log_of_share(x[i] * r->scale, r->total);
    }
    return buffer;
}

const double *info_i_row_relative_logs(const info_i_row *r, int64_t col, int64_t count, double *buffer)
{
    const double *x = weights(r->input, r->row, col, count, buffer);
    const bool logarithm = info_i_is_log(r->input);
    for (int64_t i = 0; i < count; i++)
        buffer[i] = logarithm ? x[i] - r->largest : log_of_share(x[i], info_i_dd_from(r->largest));
    return buffer;
}

const double *info_i_row_relative(const info_i_row *r, int64_t col, int64_t count, double *buffer)
{
    const double *x = weights(r->input, r->row, col, count, buffer);
    if (info_i_is_log(r->input)) {
        info_i_input_exponentials(r->input, count, r->largest, x, buffer);
        return buffer;
    }
    for (int64_t i = 0; i < count; i++)
        buffer[i] = x[i] / r->largest;
    return buffer;
}

info_i_dd info_i_row_relative_total(const info_i_row *r)
{
    if (info_i_is_log(r->input))
        return r->total;
    return info_i_dd_divide(r->total, info_i_dd_from(r->largest * r->scale));
}

double info_i_row_mass(const info_i_row *r)
{
    return mass_of(r->input, r->largest, r->total, r->scale);
}

double info_i_row_least_surprisal(const info_i_row *r)
{
    if (r->input->as_given)
        return 0 - (info_i_is_log(r->input) ? r->largest : log(r->largest));
    return info_i_dd_log(info_i_row_relative_total(r));
}
