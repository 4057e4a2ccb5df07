/* SPDX-License-Identifier: MIT
 * What top-k lists of log-probabilities tell for certain about the whole distributions. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "info/token.h"
#include "lm/divergence.h"
#include "lm/logits.h"
#include "numeric/sort.h"
#include "numeric/total.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

/* Rounding of an entropy of at most log V < 44 nats, or of a divergence relative to it. */
#define ROUNDING 1e-14

/* Above it doubles cannot tell tokens apart. */
#define MOST_TOKENS ((int64_t)1 << 53)

typedef struct job {
    const info_top_k *p, *q; /* one list: p */
    const char *p_name, *q_name;
    int64_t vocabulary;
    info_top_k_options options;
    double *lower, *upper;
    atomic_llong invalid;
} job;

/* A listed token. */
typedef struct listed {
    int64_t token;
    double log_p;
} listed;

/* A row's list, made to sum to at most 1. */
typedef struct known {
    listed *items;
    info_i_ranked *order; /* the items by their tokens: their places */
    int64_t count;
    double rest;     /* 1 - the sum, >= 0 */
    double least;    /* probability that no token that is not listed exceeds */
    double rounding; /* relative, of each probability, over 1 + |log p| */
} known;

static double tolerance_of(const job *j, info_dtype dtype)
{
    if (j->options.tolerance > 0)
        return j->options.tolerance;
    return dtype == INFO_F64 ? 1e-6 : dtype == INFO_F32 ? 1e-5 : 1e-2;
}

/* ---- Rows --------------------------------------------------------------- */

/* The probability that no token exceeds which is not listed: of the last of the most probable ones. */
static double least_of_top(const info_top_k *from, known *l)
{
    int64_t top = from->top, possible = 0;
    for (int64_t i = 0; i < l->count; i++) {
        l->order[i] = (info_i_ranked){l->items[i].log_p, i};
        possible += l->items[i].log_p > -INFINITY;
    }
    if (top == 0)
        top = possible - 1;
    if (top == 0)
        return INFINITY;
    info_i_ranked_select(l->order, l->count, top);
    double least = INFINITY;
    for (int64_t i = 0; i < top; i++)
        least = l->order[i].value < least ? l->order[i].value : least;
    return exp(least);
}

static double roundoff_of(info_dtype dtype)
{
    return dtype == INFO_F64 ? 0 : info_i_roundoff(dtype);
}

static info_status read_row(const job *j, const char *name, const info_top_k *from, int64_t row, known *l,
                            info_i_error *error)
{
    const info_matrix *m = from->log_probabilities;
    const double tolerance = tolerance_of(j, m->dtype);
    info_i_total sum = {-1, 0};
    l->count = m->cols;
    l->rounding = roundoff_of(m->dtype);
    bool possible = false;
    for (int64_t i = 0; i < m->cols; i++) {
        const double log_p = info_i_get(m, row, i);
        if (!(log_p <= tolerance))
            return info_i_fail(error, INFO_ERROR_DOMAIN,
                               "%s.log_probabilities: %s at row %lld, column %lld; none is above 0", name,
                               info_i_number_text(log_p).text, (long long)row, (long long)i);
        l->items[i] = (listed){i, log_p};
        if (from->tokens)
            l->items[i].token = info_i_integer_at(from->tokens, from->token_type, row * m->cols + i);
        info_i_total_add(&sum, exp(log_p));
        possible |= log_p > -INFINITY;
    }
    const double excess = info_i_total_value(&sum), whole = j->vocabulary == m->cols ? fabs(excess) : excess;
    if (whole > tolerance)
        return info_i_fail(error, INFO_ERROR_SUM,
                           "%s.log_probabilities: row %lld sums to 1 + %s; options.tolerance allows %s", name,
                           (long long)row, info_i_number_text(excess).text, info_i_number_text(tolerance).text);
    l->least = possible ? least_of_top(from, l) : from->top > 0 ? 0 : INFINITY;
    if (l->least > 0 && l->least < INFINITY)
        l->least *= 1 + l->rounding * (1 + fabs(log(l->least)));
    l->rest = excess < 0 ? -excess : 0;
    if (excess > 0 || j->vocabulary == m->cols) {
        const double log_sum = log1p(excess);
        for (int64_t i = 0; i < m->cols; i++)
            l->items[i].log_p -= log_sum;
        l->least *= exp(-log_sum);
        l->rest = 0;
    }
    return INFO_OK;
}

/* Whether the tokens that are not listed can hold what is left if none exceeds the least of the list. */
static info_status check_rest(const job *j, const known *l, double tolerance, int64_t row, info_i_error *error)
{
    const double room = (double)(j->vocabulary - l->count) * l->least;
    if (l->rest <= room + tolerance)
        return INFO_OK;
    return info_i_fail(
        error, INFO_ERROR_SUM,
        "%s.log_probabilities: row %lld leaves %s to %lld tokens of at most %s each: not the most probable ones",
        j->p_name, (long long)row, info_i_number_text(l->rest).text, (long long)(j->vocabulary - l->count),
        info_i_number_text(l->least).text);
}

/* ---- Entropy ------------------------------------------------------------ */

static double entropy_term(double p)
{
    return p > 0 ? -p * log(p) : 0;
}

/* The rest as unevenly as it can be: as many of the least as there are room for, and one smaller one. */
static double packed(double rest, double least, double tokens)
{
    if (!(rest < tokens * least))
        return rest > 0 ? tokens * entropy_term(rest / tokens) : 0;
    if (rest <= least)
        return entropy_term(rest);
    const double whole = floor(rest / least), left = rest - whole * least;
    return whole * entropy_term(least) + entropy_term(left < least ? left : least);
}

static info_status entropy_row(job *j, int64_t row, known *l, info_i_error *error)
{
    info_status status = read_row(j, j->p_name, j->p, row, l, error);
    if (status == INFO_OK)
        status = check_rest(j, l, tolerance_of(j, j->p->log_probabilities->dtype), row, error);
    if (status != INFO_OK)
        return status;
    info_i_total listed_sum = {0};
    double moved = 0, off = 0; /* what rounding may have done to the sum of p, and to that of -p log p */
    for (int64_t i = 0; i < l->count; i++) {
        const double log_p = l->items[i].log_p, p = exp(log_p);
        if (!(p > 0))
            continue;
        info_i_total_add(&listed_sum, -p * log_p);
        moved += p * l->rounding * (1 + fabs(log_p));
        off += p * l->rounding * (1 + fabs(log_p)) * (1 + fabs(log_p));
    }
    const bool complete = l->count == j->vocabulary;
    const double tokens = (double)(j->vocabulary - l->count), most = log((double)j->vocabulary);
    const double fewer = l->rest > moved ? l->rest - moved : 0, more = complete ? 0 : l->rest + moved;
    const double even = more > 0 ? tokens * entropy_term(more / tokens) : 0;
    const double sum = info_i_total_value(&listed_sum);
    const double lower = sum + packed(fewer, l->least, tokens) - off - ROUNDING, upper = sum + even + off + ROUNDING;
    j->lower[row] = lower > 0 ? lower : 0;
    j->upper[row] = upper < most ? upper : most;
    return INFO_OK;
}

/* ---- KL divergence ------------------------------------------------------ */

static const listed *in_order(const known *l, int64_t i)
{
    return &l->items[l->order[i].index];
}

static info_status sort_tokens(const job *j, const char *name, int64_t row, known *l, info_i_error *error)
{
    for (int64_t i = 0; i < l->count; i++) {
        const int64_t token = l->items[i].token;
        if (token < 0 || token >= j->vocabulary)
            return info_i_fail(error, INFO_ERROR_TARGET, "%s.tokens: %lld at row %lld; 0 to %lld are allowed", name,
                               (long long)token, (long long)row, (long long)j->vocabulary - 1);
        l->order[i] = (info_i_ranked){-(double)token, i};
    }
    info_i_ranked_sort(l->order, l->count);
    for (int64_t i = 1; i < l->count; i++)
        if (in_order(l, i)->token == in_order(l, i - 1)->token)
            return info_i_fail(error, INFO_ERROR_TARGET, "%s.tokens: %lld twice in row %lld", name,
                               (long long)in_order(l, i)->token, (long long)row);
    return INFO_OK;
}

/* Sums over both lists, walked in the order of their tokens. */
typedef struct sums {
    info_i_total divergence; /* sum_C p log(p / q) - p + q, terms >= 0 */
    info_i_total forward;    /* sum_C p log(p / q) */
    info_i_total p, q;       /* sum_C - 1 */
    info_i_total only_p;     /* sum p log(p / floor) where q is not listed */
    double off;              /* what rounding may have done to the sums of p log(p / q) */
    bool p_only;             /* there is such a p > 0 */
    int64_t common;
} sums;

static void add_common(sums *s, double log_p, double log_q, double rounding)
{
    s->common++;
    if (log_p == -INFINITY && log_q == -INFINITY)
        return;
    const info_i_cell c = {exp(log_p), exp(log_q), log_p, log_q, log_p - log_q};
    info_i_total_add(&s->p, c.p);
    info_i_total_add(&s->q, c.q);
    info_i_total_add(&s->divergence, log_q == -INFINITY ? INFINITY : info_i_cell_kl(&c));
    if (log_p > -INFINITY)
        info_i_total_add(&s->forward, log_q == -INFINITY ? INFINITY : c.p * c.d);
    if (c.p > 0 && log_q > -1e100)
        s->off += c.p * rounding * ((1 + fabs(log_p)) * (1 + fabs(c.d)) + (1 + fabs(log_q)));
}

static sums walk(const known *p, const known *q, double log_floor)
{
    sums s = {.p = {-1, 0}, .q = {-1, 0}};
    const double rounding = p->rounding > q->rounding ? p->rounding : q->rounding;
    int64_t k = 0;
    for (int64_t i = 0; i < p->count; i++) {
        const int64_t token = in_order(p, i)->token;
        const double log_p = in_order(p, i)->log_p;
        while (k < q->count && in_order(q, k)->token < token)
            k++;
        if (k < q->count && in_order(q, k)->token == token) {
            add_common(&s, log_p, in_order(q, k)->log_p, rounding);
        } else if (log_p > -INFINITY) {
            s.p_only = true;
            info_i_total_add(&s.only_p, log_floor == -INFINITY ? INFINITY : exp(log_p) * (log_p - log_floor));
            if (log_floor > -INFINITY && log_p > -800)
                s.off += exp(log_p) * rounding * (1 + fabs(log_p)) * (1 + fabs(log_p - log_floor));
        }
    }
    return s;
}

/* a log(a / b) - a + b at its least for a and b each known to within the tolerance. */
static double bucket(double a, double b, double tolerance)
{
    if (b < a)
        b = b + 2 * tolerance < a ? b + 2 * tolerance : a;
    else
        b = b - 2 * tolerance > a ? b - 2 * tolerance : a;
    const info_i_cell c = {a, b, log(a), log(b), log(a) - log(b)};
    return a == b ? 0 : info_i_cell_kl(&c);
}

static double rest_of(const info_i_total *sum)
{
    const double above = info_i_total_value(sum);
    return above < 0 ? -above : 0;
}

static info_status kl_row(job *j, int64_t row, known *p, known *q, info_i_error *error)
{
    const info_matrix *pm = j->p->log_probabilities, *qm = j->q->log_probabilities;
    const double p_tolerance = tolerance_of(j, pm->dtype), q_tolerance = tolerance_of(j, qm->dtype);
    info_status status = read_row(j, j->p_name, j->p, row, p, error);
    if (status == INFO_OK)
        status = read_row(j, j->q_name, j->q, row, q, error);
    if (status == INFO_OK)
        status = check_rest(j, p, p_tolerance, row, error);
    if (status == INFO_OK)
        status = sort_tokens(j, j->p_name, row, p, error);
    if (status == INFO_OK)
        status = sort_tokens(j, j->q_name, row, q, error);
    if (status != INFO_OK)
        return status;
    const double log_floor = log(j->options.q_floor);
    const sums s = walk(p, q, log_floor);
    const double tolerance = p_tolerance > q_tolerance ? p_tolerance : q_tolerance;
    const bool all_common = s.common == j->vocabulary;
    const double inside = info_i_total_value(&s.divergence), left = bucket(rest_of(&s.p), rest_of(&s.q), tolerance);
    const double lower = all_common ? inside : inside + left;
    double upper = info_i_total_value(&s.forward);
    if (all_common)
        upper = inside;
    else if (s.p_only || p->rest > 0) {
        /* Where a listed token is impossible so are all that are not, and the rest is rounding. */
        double rest = p->rest;
        for (int64_t i = 0; i < p->count && log_floor > -INFINITY; i++)
            rest += exp(p->items[i].log_p) * p->rounding * (1 + fmin(-p->items[i].log_p, 800));
        const double largest = p->least < rest ? p->least : rest;
        upper += info_i_total_value(&s.only_p) + (largest > 0 ? rest * (log(largest) - log_floor) : 0);
    }
    if (upper < lower)
        upper = lower;
    const double least = lower - ROUNDING * lower - s.off;
    j->lower[row] = lower == INFINITY ? lower : least > 0 ? least : 0;
    j->upper[row] = upper + ROUNDING * (all_common ? upper : 1 + upper) + s.off;
    return INFO_OK;
}

/* ---- The loop over rows ------------------------------------------------- */

static info_status do_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    const int64_t p_count = j->p->log_probabilities->cols, q_count = j->q ? j->q->log_probabilities->cols : 0;
    listed *items = scratch;
    info_i_ranked *order = (info_i_ranked *)(void *)(items + p_count + q_count);
    known p = {.items = items, .order = order}, q = {.items = items + p_count, .order = order + p_count};
    for (int64_t row = begin; row < end; row++) {
        const info_status status = j->q ? kl_row(j, row, &p, &q, error) : entropy_row(j, row, &p, error);
        if (status == INFO_OK) {
            j->lower[row] = info_i_from_nats(j->lower[row], j->options.unit);
            j->upper[row] = info_i_from_nats(j->upper[row], j->options.unit);
            continue;
        }
        if (j->options.invalid == INFO_INVALID_ERROR)
            return status;
        error->status = INFO_OK;
        j->lower[row] = j->upper[row] = NAN;
        atomic_fetch_add_explicit(&j->invalid, 1, memory_order_relaxed);
    }
    return INFO_OK;
}

static info_status check_options(info_i_error *error, const info_top_k_options *given, int64_t vocabulary, job *j)
{
    info_top_k_options *o = &j->options;
    info_i_options(error, info_top_k_options, "options", o, given);
    const info_i_allowed allowed[] = {{"options.unit", o->unit, INFO_NAT, INFO_DIT},
                                      {"options.invalid", o->invalid, INFO_INVALID_DEFAULT, INFO_INVALID_NAN},
                                      {"options.reserved", o->reserved, 0, 0},
                                      {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.tolerance", o->tolerance, 0, 1, INFO_I_BELOW_HIGH);
    return info_i_check(error, o->q_floor >= 0 && o->q_floor * (double)vocabulary <= 1, INFO_ERROR_OPTION,
                        "options.q_floor: %s is not allowed; 0 to 1 / vocabulary is",
                        info_i_number_text(o->q_floor).text);
}

static info_status check_top_k(info_i_error *error, const char *name, const info_top_k *list, bool with_tokens,
                               int64_t vocabulary)
{
    char part[32];
    int64_t count = 0;
    if (info_i_check_pointer(error, name, list) != INFO_OK)
        return error->status;
    const info_matrix *m = list->log_probabilities;
    snprintf(part, sizeof part, "%s.log_probabilities", name);
    info_i_check_matrix(error, part, m);
    info_i_check(error, vocabulary <= MOST_TOKENS, INFO_ERROR_SIZE, "vocabulary: %lld; 2^53 is the most",
                 (long long)vocabulary);
    info_i_check(error, list->top >= 0 && list->top <= m->cols, INFO_ERROR_OPTION,
                 "%s.top: %lld; 0 to %lld are allowed", name, (long long)list->top, (long long)m->cols);
    info_i_check(error, vocabulary >= m->cols, INFO_ERROR_SIZE, "vocabulary: %lld; %s lists %lld tokens",
                 (long long)vocabulary, name, (long long)m->cols);
    snprintf(part, sizeof part, "%s.tokens", name);
    if (with_tokens || list->tokens)
        info_i_check_integers(error, part, list->tokens, list->token_type);
    info_i_check(error, list->reserved == 0, INFO_ERROR_OPTION, "%s.reserved: is %d; it must be 0", name,
                 (int)list->reserved);
    info_i_check(error, info_i_multiply(m->rows, m->cols, &count), INFO_ERROR_OVERFLOW, "%s: too many elements", part);
    return info_i_check(error, !list->tokens || list->tokens_len == count, INFO_ERROR_SIZE,
                        "%s: has %lld elements; %lld are needed", part, (long long)list->tokens_len, (long long)count);
}

/* The bounds are apart from the lists and from each other. */
static info_status check_bounds(info_i_error *error, const double *lower, const double *upper, int64_t rows,
                                const job *j)
{
    const info_top_k none = {0}, *q = j->q ? j->q : &none;
    const info_i_span outputs[] = {info_i_array_span("lower", lower, rows, sizeof *lower),
                                   info_i_array_span("upper", upper, rows, sizeof *upper),
                                   {0}};
    const info_i_span inputs[] = {info_i_matrix_span(j->p_name, j->p->log_probabilities),
                                  info_i_integers_span(j->p_name, j->p->tokens, j->p->tokens_len, j->p->token_type),
                                  info_i_matrix_span(j->q ? j->q_name : "q", q->log_probabilities),
                                  info_i_integers_span(j->q ? j->q_name : "q", q->tokens, q->tokens_len, q->token_type),
                                  {0}};
    return info_i_check_spans(error, outputs, inputs);
}

static info_status intervals(info_ctx *ctx, job *j, const info_top_k_options *options, double *lower, double *upper,
                             int64_t out_len)
{
    info_i_error *error = &ctx->error;
    check_top_k(error, j->p_name, j->p, j->q_name != NULL, j->vocabulary);
    if (j->q_name)
        check_top_k(error, j->q_name, j->q, true, j->vocabulary);
    if (check_options(error, options, j->vocabulary, j) != INFO_OK)
        return error->status;
    const int64_t rows = j->p->log_probabilities->rows, k = j->p->log_probabilities->cols;
    info_i_check(error, !j->q || j->q->log_probabilities->rows == rows, INFO_ERROR_SIZE,
                 "%s.log_probabilities: %lld rows; %s has %lld", j->q_name, (long long)j->q->log_probabilities->rows,
                 j->p_name, (long long)rows);
    info_i_check(error, out_len >= rows, INFO_ERROR_OUTPUT, "lower, upper: have %lld elements; %lld are needed",
                 (long long)out_len, (long long)rows);
    info_i_check_output(error, "lower", lower, out_len, rows);
    info_i_check_output(error, "upper", upper, out_len, rows);
    if (check_bounds(error, lower, upper, rows, j) != INFO_OK)
        return error->status;
    int64_t width;
    if (!info_i_add(k, j->q ? j->q->log_probabilities->cols : 0, &width) ||
        !info_i_multiply(width, (int64_t)(sizeof(listed) + sizeof(info_i_ranked)), &width))
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "%s.log_probabilities: too many columns", j->p_name);
    j->lower = info_i_scratch(ctx, rows, sizeof *lower);
    j->upper = j->lower ? info_i_scratch(ctx, rows, sizeof *upper) : NULL;
    if (!j->upper)
        return ctx->error.status;
    const info_status status = info_i_parallel(ctx, rows, info_i_lm_grain(k), (size_t)width, do_rows, j);
    if (status != INFO_OK)
        return status;
    memcpy(lower, j->lower, (size_t)rows * sizeof *lower);
    memcpy(upper, j->upper, (size_t)rows * sizeof *upper);
    return info_i_lm_count_invalid(ctx, atomic_load(&j->invalid));
}

info_status info_top_k_entropy(info_ctx *ctx, const info_top_k *list, int64_t vocabulary,
                               const info_top_k_options *options, double *lower, double *upper, int64_t out_len)
{
    job j = {.p = list, .p_name = "list", .vocabulary = vocabulary};
    return INFO_I_CALL(ctx, intervals(ctx, &j, options, lower, upper, out_len));
}

info_status info_top_k_kl(info_ctx *ctx, const info_top_k *p, const info_top_k *q, int64_t vocabulary,
                          const info_top_k_options *options, double *lower, double *upper, int64_t out_len)
{
    job j = {.p = p, .q = q, .p_name = "p", .q_name = "q", .vocabulary = vocabulary};
    return INFO_I_CALL(ctx, intervals(ctx, &j, options, lower, upper, out_len));
}
