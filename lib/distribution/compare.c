/* SPDX-License-Identifier: MIT
 * How two open rows compare, element by element. */
#include "distribution/compare.h"

#include "distribution/log_pair.h"

static bool both_logs(const info_i_pair *r)
{
    return info_i_is_log(r->p.input) && info_i_is_log(r->q.input);
}

static bool no_logs(const info_i_pair *r)
{
    return !info_i_is_log(r->p.input) && !info_i_is_log(r->q.input);
}

/* ---- One scale ---------------------------------------------------------- */

static info_i_dd total_of(const info_i_row *r)
{
    return r->input->as_given ? info_i_dd_from(1) : r->total;
}

static double reference_of(const info_i_row *r)
{
    return r->input->as_given ? 0 : r->largest;
}

info_status info_i_pair_align(const info_i_work *work, info_i_pair *r)
{
    r->kl = NAN;
    if (info_i_are_logs_alike(r->p.input, r->q.input) && !r->p.input->as_given)
        return info_i_log_pair_align(work, r);
    r->ratio = info_i_dd_divide(total_of(&r->p), total_of(&r->q));
    r->offset = info_i_dd_from(0);
    if (!both_logs(r))
        return INFO_OK;
    r->offset =
        info_i_dd_add_double(info_i_two_sum(reference_of(&r->p), -reference_of(&r->q)), info_i_dd_log(r->ratio));
    return INFO_OK;
}

info_i_pair info_i_pair_exchange(const info_i_pair *r)
{
    const info_i_dd ratio = info_i_dd_divide(info_i_dd_from(1), r->ratio);
    return (info_i_pair){r->q, r->p, r->divergence, r->kernels, ratio, info_i_dd_negate(r->offset), NAN};
}

/* ---- Logarithms --------------------------------------------------------- */

/* log(p/q) to full relative accuracy however near they are. */
static double log_of_quotient(double p, double q)
{
    if (p == q)
        return 0;
    const double t = (p - q) / q;
    return fabs(t) < 0.5 ? log1p(t) : log(p) - log(q);
}

/* w - v ratio of weights, and w's unit over v's. */
static double weight_difference(double w, double v, info_i_dd ratio)
{
    const double product = v * ratio.high;
    return (w - product) - (fma(v, ratio.high, -product) + v * ratio.low);
}

static double log_of_weights(double w, double v, info_i_dd ratio)
{
    const double t = weight_difference(w, v, ratio) / (v * ratio.high);
    if (fabs(t) < 0.5)
        return log1p(t);
    return w == 0 && v == 0 ? 0 : (log(w) - log(v)) - info_i_dd_log(ratio);
}

const double *info_i_pair_log_ratios(const info_i_pair *r, int64_t col, int64_t count, double *buffer, double *other)
{
    if (both_logs(r)) {
        const double *x = info_i_row_elements(&r->p, col, count, buffer);
        const double *y = info_i_row_elements(&r->q, col, count, other);
        r->kernels->logs_f64->log_differences(x, y, r->offset.high, r->offset.low, count, buffer);
    } else if (no_logs(r)) {
        const double *x = info_i_row_elements(&r->p, col, count, buffer);
        const double *y = info_i_row_elements(&r->q, col, count, other);
        const bool given = r->p.input->as_given && r->q.input->as_given;
        for (int64_t i = 0; i < count; i++)
            buffer[i] =
                given ? log_of_quotient(x[i], y[i]) : log_of_weights(x[i] * r->p.scale, y[i] * r->q.scale, r->ratio);
    } else {
        const double *x = info_i_row_logs(&r->p, col, count, buffer);
        const double *y = info_i_row_logs(&r->q, col, count, other);
        r->kernels->logs_f64->log_differences(x, y, 0, 0, count, buffer);
    }
    return buffer;
}

/* ---- Differences -------------------------------------------------------- */

const double *info_i_pair_differences(const info_i_pair *r, int64_t col, int64_t count, const double *p,
                                      const double *q, double *buffer, double *other)
{
    if (both_logs(r)) {
        const double *d = info_i_pair_log_ratios(r, col, count, buffer, other);
        r->kernels->logs_f64->differences(p, q, d, count, buffer);
        return buffer;
    }
    if (!no_logs(r) || (r->p.input->as_given && r->q.input->as_given))
        return NULL;
    const double *x = info_i_row_elements(&r->p, col, count, buffer);
    const double *y = info_i_row_elements(&r->q, col, count, other);
    const double total = info_i_dd_value(total_of(&r->p));
    for (int64_t i = 0; i < count; i++)
        buffer[i] = weight_difference(x[i] * r->p.scale, y[i] * r->q.scale, r->ratio) / total;
    return buffer;
}

info_i_compared info_i_compare(const info_i_pair *r, int64_t col, int64_t count, double *buffers)
{
    return (info_i_compared){
        .p = info_i_row_probabilities(&r->p, col, count, buffers),
        .q = info_i_row_probabilities(&r->q, col, count, buffers + INFO_I_BLOCK),
        .log_p = info_i_row_logs(&r->p, col, count, buffers + 2 * INFO_I_BLOCK),
        .log_q = info_i_row_logs(&r->q, col, count, buffers + 3 * INFO_I_BLOCK),
        .log_ratio = info_i_pair_log_ratios(r, col, count, buffers + 4 * INFO_I_BLOCK, buffers + 5 * INFO_I_BLOCK),
    };
}
