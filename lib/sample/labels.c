/* SPDX-License-Identifier: MIT
 * Two clusterings compared, and what chance would make of it. */
#include "info/joint.h"
#include "numeric/unit.h"
#include "sample/groups.h"

/* x log(x/m) - x + m, m > 0: near m without cancellation. */
static double divergence_term(double x, double m)
{
    const double d = (x - m) / m;
    if (fabs(d) < 0.01) {
        /* m ((1+d) log(1+d) - d) = m d^2 (1/2 - d/6 + d^2/12 - d^3/20 + d^4/30 - d^5/42 + d^6/56) */
        return m * d * d *
               (1.0 / 2 - d * (1.0 / 6 - d * (1.0 / 12 - d * (1.0 / 20 - d * (1.0 / 30 - d * (1.0 / 42 - d / 56))))));
    }
    return x > 0 ? x * log(x / m) - x + m : m;
}

/* The mean of divergence_term(x, u v / N) over the hypergeometric distribution of x, the number of common members of
 * clusters of u and v: weights by recurrence from the most probable x, relative to its own. */
static double expected_term(double u, double v, double samples)
{
    const double m = u * v / samples;
    double least = u + v - samples, most = u < v ? u : v;
    least = least > 0 ? least : 0;
    double mode = floor((u + 1) * (v + 1) / (samples + 2));
    mode = mode < least ? least : (mode > most ? most : mode);
    double weight = 1, total = 1, sum = divergence_term(mode, m);
    for (double x = mode; x < most; x++) {
        weight *= (u - x) * (v - x) / ((x + 1) * (samples - u - v + x + 1));
        total += weight;
        sum += weight * divergence_term(x + 1, m);
        if (weight < 1e-20 * total && x > m)
            break;
    }
    weight = 1;
    for (double x = mode; x > least; x--) {
        weight *= x * (samples - u - v + x) / ((u - x + 1) * (v - x + 1));
        total += weight;
        sum += weight * divergence_term(x - 1, m);
        if (weight < 1e-20 * total && x < m)
            break;
    }
    return sum / total;
}

/* Pairs of different sizes, a row of them at a time. */
typedef struct expected_job {
    const info_i_profile *a, *b;
    double *row;
} expected_job;

static info_status expected_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch;
    (void)error;
    const expected_job *job = user;
    for (int64_t i = begin; i < end; i++) {
        info_i_dd sum = {0, 0};
        for (int64_t k = 0; k < job->b->size; k++)
            sum = info_i_dd_add_double(sum, (double)job->b->symbols[k] * expected_term((double)job->a->count[i],
                                                                                       (double)job->b->count[k],
                                                                                       (double)job->a->samples));
        job->row[i] = info_i_dd_value(sum) * (double)job->a->symbols[i];
    }
    return INFO_OK;
}

static info_status expected_information(info_ctx *ctx, const info_i_profile *a, const info_i_profile *b, double *out)
{
    expected_job job = {a, b, info_i_scratch(ctx, a->size, sizeof *job.row)};
    if (!job.row)
        return ctx->error.status;
    const info_status status = info_i_parallel(ctx, a->size, 1, 0, expected_rows, &job);
    info_i_dd sum = {0, 0};
    for (int64_t i = 0; status == INFO_OK && i < a->size; i++)
        sum = info_i_dd_add_double(sum, job.row[i]);
    *out = info_i_dd_value(sum) / (double)a->samples;
    return status;
}

static double divisor(info_nmi convention, double a, double b, double joint)
{
    switch (convention) {
    case INFO_NMI_GEOMETRIC:
        return sqrt(a * b);
    case INFO_NMI_MIN:
        return a < b ? a : b;
    case INFO_NMI_MAX:
        return a > b ? a : b;
    case INFO_NMI_JOINT:
        return joint;
    default:
        return (a + b) / 2;
    }
}

static double share(double part, double whole)
{
    const double s = whole > 0 ? part / whole : 1;
    return s > 1 ? 1 : s;
}

/* All measures in nats from profiles of a, b and the pairs. */
static void compare_profiles(const info_i_profile *a, const info_i_profile *b, const info_i_profile *pairs,
                             double expected, const info_label_options *o, info_label_comparison *c)
{
    const info_i_dd ha = info_i_plug_in(a), hb = info_i_plug_in(b), hab = info_i_plug_in(pairs);
    const info_i_dd mi = info_i_dd_add(info_i_dd_add(ha, hb), info_i_dd_negate(hab));
    const double a_given_b = info_i_dd_value(info_i_dd_add(hab, info_i_dd_negate(hb)));
    const double b_given_a = info_i_dd_value(info_i_dd_add(hab, info_i_dd_negate(ha)));
    const double tiny = 1e-27; /* above what double-double leaves of 0 */
    c->objects = a->samples;
    c->clusters_a = a->distinct;
    c->clusters_b = b->distinct;
    c->entropy_a = info_i_dd_value(ha);
    c->entropy_b = info_i_dd_value(hb);
    c->mutual_information = info_i_dd_value(mi) < tiny ? 0 : info_i_dd_value(mi);
    c->expected_mutual_information = expected;
    c->variation_of_information = (a_given_b < tiny ? 0 : a_given_b) + (b_given_a < tiny ? 0 : b_given_a);
    const double m = divisor(o->convention, c->entropy_a, c->entropy_b, info_i_dd_value(hab));
    const bool trivial =
        (a->distinct == 1 && b->distinct == 1) || (a->distinct == a->samples && b->distinct == b->samples);
    c->normalized_mutual_information = trivial ? 1 : (m > 0 ? share(c->mutual_information, m) : 0);
    /* Where chance explains all that there is to explain, nothing is adjusted. */
    const double above = c->mutual_information - expected, room = m - expected;
    c->adjusted_mutual_information = trivial || c->variation_of_information == 0 ? 1 : (room != 0 ? above / room : 0);
    c->homogeneity = share(c->mutual_information, c->entropy_a);
    c->completeness = share(c->mutual_information, c->entropy_b);
    const double beta = o->beta > 0 ? o->beta : 1, below = beta * c->homogeneity + c->completeness;
    c->v_measure = below > 0 ? (1 + beta) * c->homogeneity * c->completeness / below : 0;
}

static info_status open_options(info_i_error *error, const info_label_options *given, info_label_options *o)
{
    info_i_options(error, info_label_options, "options", o, given);
    const info_i_allowed allowed[] = {{"options.unit", o->unit, INFO_NAT, INFO_DIT},
                                      {"options.convention", o->convention, INFO_NMI_ARITHMETIC, INFO_NMI_JOINT},
                                      {"options.reserved", o->reserved, 0, 0},
                                      {0}};
    info_i_check_options(error, allowed);
    return info_i_check_real(error, "options.beta", o->beta, 0, INFINITY, INFO_I_BELOW_HIGH);
}

static void in_unit(info_label_comparison *c, info_unit unit)
{
    c->entropy_a = info_i_from_nats(c->entropy_a, unit);
    c->entropy_b = info_i_from_nats(c->entropy_b, unit);
    c->mutual_information = info_i_from_nats(c->mutual_information, unit);
    c->expected_mutual_information = info_i_from_nats(c->expected_mutual_information, unit);
    c->variation_of_information = info_i_from_nats(c->variation_of_information, unit);
}

static info_status finish(info_ctx *ctx, const info_i_profile profiles[3], const info_label_options *o,
                          info_label_comparison *out)
{
    double expected = 0;
    info_label_comparison c;
    const info_status status = expected_information(ctx, &profiles[0], &profiles[1], &expected);
    if (status != INFO_OK)
        return status;
    compare_profiles(&profiles[0], &profiles[1], &profiles[2], expected, o, &c);
    in_unit(&c, o->unit);
    *out = c;
    return INFO_OK;
}

static info_status compare_series(info_ctx *ctx, const info_series *a, const info_series *b,
                                  const info_label_options *given, info_label_comparison *out)
{
    info_i_error *error = &ctx->error;
    info_label_options o;
    info_i_packing layout;
    info_i_profile profiles[3];
    info_i_check_series(error, "a", a);
    info_i_check_series(error, "b", b);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_series_span("a", a), info_i_series_span("b", b), {0}});
    open_options(error, given, &o);
    if (error->status != INFO_OK)
        return error->status;
    if (a->length != b->length)
        return info_i_fail(error, INFO_ERROR_SIZE, "b: has %lld labels, a has %lld; lengths must agree",
                           (long long)b->length, (long long)a->length);
    const info_series series[] = {*a, *b};
    info_status status = info_i_packing_of_series(ctx, series, NULL, 2, &layout);
    for (int32_t k = 0; status == INFO_OK && k < 3; k++) {
        info_i_packing chosen;
        info_i_packing_project(&layout, (uint64_t)k + 1, &chosen);
        const info_i_source source = {&chosen, series + (k == 1), NULL, 0, a->length};
        status = info_i_profile_of_source(ctx, &source, &profiles[k]);
    }
    return status == INFO_OK ? finish(ctx, profiles, &o, out) : status;
}

info_status info_label_compare(info_ctx *ctx, const info_series *a, const info_series *b,
                               const info_label_options *options, info_label_comparison *out)
{
    return INFO_I_CALL(ctx, compare_series(ctx, a, b, options, out));
}

static info_status compare_counts(info_ctx *ctx, info_counts *counts, const info_label_options *given,
                                  info_label_comparison *out)
{
    info_i_error *error = &ctx->error;
    info_label_options o;
    info_i_profile profiles[3];
    info_i_check_pointer(error, "counts", counts);
    info_i_check_pointer(error, "out", out);
    open_options(error, given, &o);
    if (error->status != INFO_OK)
        return error->status;
    if (counts->layout.width != 2)
        return info_i_fail(error, INFO_ERROR_SIZE, "counts: has tuples of %d symbols; pairs are needed",
                           (int)counts->layout.width);
    if (counts->total == 0)
        return info_i_fail(error, INFO_ERROR_SIZE, "counts: the table is empty; at least one sample is needed");
    info_status status = info_i_counts_settle(ctx, counts);
    for (int32_t k = 0; status == INFO_OK && k < 3; k++) {
        info_i_packing layout = counts->layout;
        info_i_table table = counts->table;
        if (k < 2)
            status = info_i_project(ctx, &counts->layout, &counts->table, (uint64_t)k + 1, &layout, &table);
        if (status == INFO_OK)
            status = info_i_profile_of_table(ctx, &table, layout.words, counts->total, &profiles[k]);
    }
    return status == INFO_OK ? finish(ctx, profiles, &o, out) : status;
}

info_status info_counts_compare(info_ctx *ctx, info_counts *counts, const info_label_options *options,
                                info_label_comparison *out)
{
    return INFO_I_CALL(ctx, compare_counts(ctx, counts, options, out));
}
