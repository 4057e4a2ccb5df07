/* SPDX-License-Identifier: MIT
 * Measures from the estimated entropies of their terms. */
#include "sample/estimate.h"

#include <string.h>

#include "numeric/unit.h"

#define REPLICATES 200
#define CONFIDENCE 0.95
#define HALF_SEEN 0.5

info_status info_i_estimate_options(info_i_error *error, const info_estimator_options *given, bool alphabet_allowed,
                                    info_estimator_options *o)
{
    info_i_options(error, info_estimator_options, "options", o, given);
    const bool dirichlet = o->estimator == INFO_ESTIMATOR_DIRICHLET || o->estimator == INFO_ESTIMATOR_POSTERIOR_MEAN;
    const info_i_allowed allowed[] = {
        {"options.estimator", o->estimator, INFO_ESTIMATOR_PLUG_IN, INFO_ESTIMATOR_CHAO_WANG_JOST},
        {"options.unit", o->unit, INFO_NAT, INFO_DIT},
        {"options.prior", o->prior, INFO_PRIOR_JEFFREYS, dirichlet ? INFO_PRIOR_AMOUNT : INFO_PRIOR_JEFFREYS},
        {"options.uncertainty", o->uncertainty, INFO_UNCERTAINTY_NONE, INFO_UNCERTAINTY_POSTERIOR},
        {"options.replicates", o->replicates ? o->replicates : REPLICATES, 2, 1000000},
        {"options.alphabet", o->alphabet, 0, alphabet_allowed ? INT64_MAX : 0},
        {0}};
    info_i_check_options(error, allowed);
    const bool amount = o->prior == INFO_PRIOR_AMOUNT;
    info_i_check_real(error, "options.pseudo_count", o->pseudo_count, 0, amount ? 1e15 : 0,
                      amount ? INFO_I_OPEN : INFO_I_CLOSED);
    info_i_check_real(error, "options.confidence", o->confidence, 0, 1, INFO_I_BELOW_HIGH);
    if (error->status != INFO_OK)
        return error->status;
    if (o->uncertainty == INFO_UNCERTAINTY_POSTERIOR && o->estimator != INFO_ESTIMATOR_NSB &&
        o->estimator != INFO_ESTIMATOR_POSTERIOR_MEAN)
        return info_i_fail(error, INFO_ERROR_OPTION,
                           "options.uncertainty: a posterior is what NSB and the posterior mean have, not estimator %d",
                           (int)o->estimator);
    o->replicates = o->replicates ? o->replicates : REPLICATES;
    o->confidence = o->confidence > 0 ? o->confidence : CONFIDENCE;
    return INFO_OK;
}

static info_status check_sets(info_i_error *error, const char *const *names, const uint64_t *sets, int32_t count,
                              int32_t width)
{
    const uint64_t all = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
    for (int32_t i = 0; error->status == INFO_OK && i < count; i++) {
        if (sets[i] == 0 && i + 1 < count)
            return info_i_fail(error, INFO_ERROR_TARGET, "%s: names no symbol; at least one is needed", names[i]);
        if (sets[i] & ~all)
            return info_i_fail(error, INFO_ERROR_TARGET, "%s: names symbol %d, but there are 0 to %d", names[i],
                               __builtin_ctzll(sets[i] & ~all), (int)width - 1);
        for (int32_t k = 0; k < i; k++)
            if (sets[i] & sets[k])
                return info_i_fail(error, INFO_ERROR_TARGET, "%s: shares symbol %d with %s", names[i],
                                   __builtin_ctzll(sets[i] & sets[k]), names[k]);
    }
    return error->status;
}

info_status info_i_measure_open(info_i_error *error, uint64_t a, uint64_t b, uint64_t given, bool information,
                                int32_t width, const info_estimator_options *options, info_i_measure *m)
{
    static const char *const of_information[] = {"a", "b", "given"}, *const of_entropy[] = {"symbols", "given"};
    const uint64_t sets[] = {a, b, given}, two[] = {a, given};
    memset(m, 0, sizeof *m);
    if (information)
        check_sets(error, of_information, sets, 3, width);
    else
        check_sets(error, of_entropy, two, 2, width);
    info_i_estimate_options(error, options, false, &m->options);
    if (error->status != INFO_OK)
        return error->status;
    if (m->options.uncertainty == INFO_UNCERTAINTY_POSTERIOR && (information || given))
        return info_i_fail(
            error, INFO_ERROR_OPTION,
            "options.uncertainty: the posterior is of one entropy; INFO_UNCERTAINTY_BOOTSTRAP serves here");
    m->information = information;
    m->a = a;
    m->b = b;
    m->given = given;
    m->term[m->count++] = (info_i_term){.symbols = a | b | given, .sign = information ? -1 : 1};
    if (information) {
        m->term[m->count++] = (info_i_term){.symbols = a | given, .sign = 1};
        m->term[m->count++] = (info_i_term){.symbols = b | given, .sign = 1};
    }
    if (given)
        m->term[m->count++] = (info_i_term){.symbols = given, .sign = -1};
    return INFO_OK;
}

void info_i_measure_alphabets(info_i_measure *m, const info_i_packing *layout, const int64_t *distinct)
{
    m->stated = true;
    for (int32_t t = 0; t < m->count; t++) {
        m->term[t].alphabet = 1;
        for (int32_t j = 0; j < layout->width; j++)
            if (m->term[t].symbols >> j & 1) {
                m->stated &= layout->alphabet[j] != 0;
                m->term[t].alphabet *= (double)(layout->alphabet[j] ? layout->alphabet[j] : distinct[j]);
            }
    }
}

static info_i_dd sum_of_terms(const info_i_measure *m, info_estimator estimator)
{
    info_i_dd sum = {0, 0};
    for (int32_t t = 0; t < m->count; t++) {
        const info_i_estimation how = {estimator, m->options.prior, m->options.pseudo_count, m->term[t].alphabet};
        const info_i_dd h = info_i_estimate(&m->term[t].profile, &how);
        sum = info_i_dd_add(sum, m->term[t].sign < 0 ? info_i_dd_negate(h) : h);
    }
    return sum;
}

/* Plug-in measures are not negative. Double-double leaves less than 1e-27 of those that are 0. */
static double plug_in_value(const info_i_measure *m)
{
    const double value = info_i_dd_value(sum_of_terms(m, INFO_ESTIMATOR_PLUG_IN));
    return value < 1e-27 ? 0 : value;
}

double info_i_measure_value(const info_i_measure *m)
{
    return m->options.estimator == INFO_ESTIMATOR_PLUG_IN ? plug_in_value(m)
                                                          : info_i_dd_value(sum_of_terms(m, m->options.estimator));
}

/* The largest that the truth can be: log K of a where stated, else plug-in entropies; +inf where nothing is known. */
static double maximum(const info_i_measure *m)
{
    if (!m->information) {
        if (!m->stated)
            return INFINITY;
        const double given = m->count > 1 ? log(m->term[m->count - 1].alphabet) : 0;
        return log(m->term[0].alphabet) - given;
    }
    const double c = m->given ? info_i_dd_value(info_i_plug_in(&m->term[3].profile)) : 0;
    const double a = info_i_dd_value(info_i_plug_in(&m->term[1].profile)) - c;
    const double b = info_i_dd_value(info_i_plug_in(&m->term[2].profile)) - c;
    return a < b ? a : b;
}

static int64_t suggested(const info_i_measure *m, double coverage)
{
    if (coverage >= 0.999)
        return INFO_ESTIMATOR_MILLER_MADOW;
    if (coverage >= HALF_SEEN)
        return INFO_ESTIMATOR_CHAO_WANG_JOST;
    return m->stated ? INFO_ESTIMATOR_NSB : INFO_ESTIMATOR_CHAO_SHEN;
}

void info_i_measure_report(const info_i_measure *m, info_sample_estimate *out)
{
    const info_i_profile *all = &m->term[0].profile;
    const double value = info_i_measure_value(m), plug_in = plug_in_value(m);
    memset(out, 0, sizeof *out);
    out->value = out->lower = out->upper = info_i_from_nats(value, m->options.unit);
    out->plug_in = info_i_from_nats(plug_in, m->options.unit);
    out->coverage = info_i_coverage(all);
    out->samples = all->samples;
    out->distinct = all->distinct;
    if (value < 0)
        out->flags |= INFO_ESTIMATE_NEGATIVE;
    if (value > maximum(m) * (1 + 1e-12))
        out->flags |= INFO_ESTIMATE_ABOVE_MAXIMUM;
    if (out->coverage < HALF_SEEN)
        out->flags |= INFO_ESTIMATE_LOW_COVERAGE;
    if (all->size == 1 && all->count[0] == 1)
        out->flags |= INFO_ESTIMATE_ALL_SINGLETONS;
    if (all->distinct == 1)
        out->flags |= INFO_ESTIMATE_ONE_SYMBOL;
    out->suggested = suggested(m, out->coverage);
}
