/* SPDX-License-Identifier: MIT */
#include "evaluation/moments.h"

#include <math.h>
#include <string.h>

double info_i_exact_mean(const info_i_exact_sum *sum, int64_t n)
{
    if (n == 0)
        return 0;
    if (!info_i_exact_finite(sum))
        return info_i_exact_value(sum);
    info_i_wide above, below;
    info_i_wide_from_sum(&above, sum);
    info_i_wide_from_integer(&below, n);
    return info_i_wide_quotient(&above, &below);
}

void info_i_exact_covariance(info_i_wide *out, const info_i_exact_sum *xy, const info_i_exact_sum *x,
                             const info_i_exact_sum *y, int64_t n)
{
    info_i_wide a, b, first, second;
    info_i_wide_from_integer(&a, n);
    info_i_wide_from_sum(&b, xy);
    info_i_wide_multiply(&first, &a, &b);
    info_i_wide_from_sum(&a, x);
    info_i_wide_from_sum(&b, y);
    info_i_wide_multiply(&second, &a, &b);
    info_i_wide_subtract(out, &first, &second);
}

/* a *= n */
static void times(info_i_wide *a, int64_t n)
{
    info_i_wide factor, before = *a;
    info_i_wide_from_integer(&factor, n);
    info_i_wide_multiply(a, &before, &factor);
}

double info_i_exact_error(const info_i_exact_sum *sum, const info_i_exact_sum *squares, int64_t n)
{
    if (!info_i_exact_finite(sum))
        return INFINITY;
    if (n < 2)
        return 0;
    info_i_wide spread, below;
    info_i_exact_covariance(&spread, squares, sum, sum, n);
    info_i_wide_from_integer(&below, n);
    times(&below, n);
    times(&below, n - 1);
    return info_i_wide_root(&spread, &below);
}

/* out = a b c, work in between. */
static void product(info_i_wide *out, const info_i_wide *a, const info_i_wide *b, const info_i_exact_sum *c)
{
    info_i_wide two, third;
    info_i_wide_multiply(&two, a, b);
    info_i_wide_from_sum(&third, c);
    info_i_wide_multiply(out, &two, &third);
}

double info_i_exact_ratio_error(const info_i_exact_sum *x, const info_i_exact_sum *u, const info_i_exact_sum *xx,
                                const info_i_exact_sum *xu, const info_i_exact_sum *uu, int64_t documents)
{
    if (documents < 2 || !(info_i_exact_value(u) > 0))
        return 0;
    if (!info_i_exact_finite(x) || !info_i_exact_finite(u))
        return INFINITY;
    info_i_wide x_wide, u_wide, a, b, c, sum;
    info_i_wide_from_sum(&x_wide, x);
    info_i_wide_from_sum(&u_wide, u);
    product(&a, &u_wide, &u_wide, xx);
    product(&b, &x_wide, &x_wide, uu);
    info_i_wide_add(&sum, &a, &b);
    product(&c, &x_wide, &u_wide, xu);
    times(&c, 2);
    info_i_wide_subtract(&a, &sum, &c);
    times(&a, documents);
    info_i_wide_multiply(&b, &u_wide, &u_wide);
    info_i_wide_multiply(&c, &b, &u_wide);
    info_i_wide_from_integer(&sum, documents - 1);
    info_i_wide_multiply(&b, &c, &sum);
    /* a / (b u), the last factor outside: four of them would not fit. */
    return info_i_wide_root(&a, &b) / sqrt(info_i_exact_value(u));
}

/* ---- Documents ---------------------------------------------------------- */

bool info_i_documents_all(info_ctx *ctx, const info_evaluation *s, info_i_all_documents *out)
{
    const info_i_rules *rules = info_i_rules_of(s->kind);
    *out = (info_i_all_documents){.extra = s->extra, .documents = s->tokens};
    if (!(s->given & INFO_I_GIVEN_DOCUMENTS))
        return true;
    out->given = true;
    out->documents = s->closed;
    out->column = info_i_scratch(ctx, s->columns, sizeof *out->column);
    double *sums = out->column ? info_i_scratch(ctx, s->columns, sizeof *sums) : NULL;
    info_i_exact_sum *extra = sums ? info_i_scratch(ctx, rules->extras + 1, sizeof *extra) : NULL;
    if (!extra)
        return false;
    memcpy(out->column, s->document, (size_t)s->columns * sizeof *out->column);
    if (rules->extras > 0)
        memcpy(extra, s->extra, (size_t)rules->extras * sizeof *extra);
    for (int64_t i = 0; i < s->opens; i++)
        info_i_document_count(s, s->open[i], out->column, extra, &out->documents, sums);
    out->extra = extra;
    return true;
}

info_evaluation_mean info_i_column_mean(const info_evaluation *state, const info_i_all_documents *all, int64_t column)
{
    const info_i_column *c = &state->total[column];
    info_evaluation_mean m = {.count = c->count,
                              .mean = info_i_exact_mean(&c->sum, c->count),
                              .error = c->count > 0 ? info_i_exact_error(&c->sum, &c->squares, c->count) : 0};
    m.clustered_error = m.error;
    m.macro_mean = m.mean;
    m.macro_error = m.error;
    if (!all->given || c->count == 0)
        return m;
    const info_i_document_column *d = &all->column[column];
    info_i_exact_sum rows = {0};
    info_i_exact_add_integer(&rows, c->count);
    m.clustered_error = info_i_exact_finite(&c->sum)
                            ? info_i_exact_ratio_error(&c->sum, &rows, &d->ss, &d->sn, &d->nn, d->documents)
                            : INFINITY;
    m.macro_mean = info_i_exact_mean(&d->means, d->documents);
    m.macro_error = info_i_exact_error(&d->means, &d->mean_squares, d->documents);
    return m;
}

/* ---- Percentiles -------------------------------------------------------- */

double *info_i_quantile_work(info_ctx *ctx, const info_evaluation *s)
{
    int64_t most = 1;
    for (int64_t k = 0; s->percentiles == INFO_PERCENTILES_EXACT && s->histogram && k < s->columns; k++)
        most = s->histogram[k].count > most ? s->histogram[k].count : most;
    return info_i_scratch(ctx, most, sizeof(double));
}

bool info_i_report_percentiles(info_ctx *ctx, const info_evaluation *s, int64_t column, double *out)
{
    static const double levels[INFO_PERCENTILES] = {0, .001, .01, .05, .1, .25, .5, .75, .9, .95, .99, .999, 1};
    memset(out, 0, INFO_PERCENTILES * sizeof *out);
    if (!info_i_has_percentiles(s, column) || s->histogram[column].count == 0)
        return true;
    const info_i_mark mark = info_i_scratch_mark(ctx);
    double *work = info_i_quantile_work(ctx, s);
    if (!work)
        return false;
    info_i_histogram_quantiles(&s->histogram[column], s->percentiles == INFO_PERCENTILES_EXACT, levels,
                               INFO_PERCENTILES, work, out);
    info_i_scratch_release(ctx, mark);
    return true;
}
