/* SPDX-License-Identifier: MIT
 * What two models really sample from, compared. Every term is >= 0, so that nothing cancels. */
#include <math.h>

#include "decoding/kept.h"
#include "lm/columns.h"
#include "lm/divergence.h"
#include "numeric/unit.h"

#define COLUMN(field)                                                                                                  \
    {                                                                                                                  \
#field, offsetof(info_kept_comparison, field), sizeof *((info_kept_comparison *)0)->field                      \
    }
static const info_i_column columns[] = {COLUMN(kl), COLUMN(kl_reverse), COLUMN(tv), COLUMN(acceptance), COLUMN(common)};
#define COLUMNS ((int)(sizeof columns / sizeof *columns))

/* One of the two models. */
typedef struct side {
    const char *name, *set_name;
    const info_matrix *logits;
    info_kept_set set;
} side;

typedef struct job {
    side p, q;
    info_i_lm lm, q_lm;
    info_kept_comparison out;
    atomic_llong invalid;
} job;

typedef struct kept_sums {
    double kl, kl_reverse, difference, common_mass;
    int64_t common;
} kept_sums;

static double log_probability(const info_i_kept *k, const info_i_token *t)
{
    return t->value - k->maximum - k->log_sum;
}

/* A token that one side keeps alone. */
static void add_alone(kept_sums *c, double probability, bool in_p)
{
    double *here = in_p ? &c->kl : &c->kl_reverse, *there = in_p ? &c->kl_reverse : &c->kl;
    if (probability > 0)
        *here = INFINITY;
    *there += probability;
    c->difference += probability;
}

static void add_common(kept_sums *c, const info_i_kept *p, const info_i_token *a, const info_i_kept *q,
                       const info_i_token *b)
{
    const double log_p = log_probability(p, a), log_q = log_probability(q, b);
    /* Near-equal logits subtract exactly. */
    const double d = (a->value - b->value) - (p->maximum - q->maximum) - (p->log_sum - q->log_sum);
    const info_i_cell cell = {exp(log_p), exp(log_q), log_p, log_q, d};
    c->kl += info_i_cell_kl(&cell);
    c->kl_reverse += info_i_cell_kl_reverse(&cell);
    c->difference += fabs(info_i_cell_difference(&cell));
    c->common_mass += fmin(cell.p, cell.q);
    c->common++;
}

/* Both in ascending order of the ids. */
static kept_sums compare_sets(const info_i_kept *p, const info_i_token *a, const info_i_kept *q, const info_i_token *b)
{
    kept_sums c = {0};
    int64_t i = 0, j = 0;
    while (i < p->count || j < q->count) {
        if (j == q->count || (i < p->count && a[i].index < b[j].index)) {
            add_alone(&c, exp(log_probability(p, &a[i])), true);
            i++;
        } else if (i == p->count || b[j].index < a[i].index) {
            add_alone(&c, exp(log_probability(q, &b[j])), false);
            j++;
        } else {
            add_common(&c, p, &a[i++], q, &b[j++]);
        }
    }
    return c;
}

static void put(double *array, int64_t row, double value)
{
    if (array)
        array[row] = value;
}

static info_status compare_row(job *j, int64_t row, info_i_kept_space *p_space, info_i_kept_space *q_space,
                               info_i_error *error)
{
    const info_unit unit = j->lm.given.unit;
    const info_i_kept p = info_i_kept_row(&j->lm, j->p.logits, row, &j->p.set, false, p_space);
    const info_i_kept q = info_i_kept_row(info_i_lm_of_q(&j->lm), j->q.logits, row, &j->q.set, false, q_space);
    const bool valid = p.valid && q.valid;
    const kept_sums c = valid ? compare_sets(&p, p_space->tokens, &q, q_space->tokens) : (kept_sums){0};
    const double tv = fmin(c.difference / 2, 1), acceptance = tv < 0.5 ? 1 - tv : fmin(c.common_mass, 1);
    put(j->out.kl, row, valid ? info_i_from_nats(c.kl, unit) : NAN);
    put(j->out.kl_reverse, row, valid ? info_i_from_nats(c.kl_reverse, unit) : NAN);
    put(j->out.tv, row, valid ? tv : NAN);
    put(j->out.acceptance, row, valid ? acceptance : NAN);
    if (j->out.common)
        j->out.common[row] = valid ? c.common : -1;
    const side *wrong = p.valid ? &j->q : &j->p;
    const info_i_lm *lm = p.valid ? info_i_lm_of_q(&j->lm) : &j->lm;
    return valid ? INFO_OK
                 : info_i_kept_invalid_row(lm, error, &j->invalid, wrong->name, wrong->logits, row, wrong->set_name,
                                           &wrong->set);
}

static info_status compare_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    info_i_kept_space p = info_i_kept_space_of(scratch, j->p.logits->cols);
    info_i_kept_space q =
        info_i_kept_space_of((char *)scratch + info_i_kept_bytes(j->p.logits->cols), j->q.logits->cols);
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++)
        status = compare_row(j, row, &p, &q, error);
    return status;
}

static info_status check(info_ctx *ctx, job *j, const info_kept_set *p_set, const info_kept_set *q_set,
                         const info_lm_options *options, const info_kept_comparison *comparison)
{
    info_i_error *error = &ctx->error;
    const info_matrix *p = j->p.logits, *q = j->q.logits;
    info_i_check_matrix(error, "p", p);
    info_i_check_matrix(error, "q", q);
    if (error->status == INFO_OK && (p->rows != q->rows || p->cols != q->cols))
        info_i_fail(error, INFO_ERROR_SIZE, "q: is %lld x %lld; p is %lld x %lld", (long long)q->rows,
                    (long long)q->cols, (long long)p->rows, (long long)p->cols);
    if (error->status != INFO_OK || info_i_lm_pair_options(ctx, options, p->rows, p->cols, &j->lm, &j->q_lm) != INFO_OK)
        return error->status;
    info_i_kept_check_set(error, "p_set", p_set, p, &j->p.set);
    info_i_kept_check_set(error, "q_set", q_set, q, &j->q.set);
    info_i_required(error, info_kept_comparison, "comparison", &j->out, comparison);
    return info_i_check_option(error, "comparison.reserved", j->out.reserved, 0, 0);
}

static info_status kept_compare(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const info_kept_set *p_set,
                                const info_kept_set *q_set, const info_lm_options *options,
                                const info_kept_comparison *comparison)
{
    job j = {.p = {"p", "p_set", p, {0}}, .q = {"q", "q_set", q, {0}}};
    info_status status = check(ctx, &j, p_set, q_set, options, comparison);
    if (status != INFO_OK)
        return status;
    const info_kept_comparison given = j.out;
    const info_kept_set *p_own = &j.p.set, *q_own = &j.q.set;
    const info_i_span inputs[] = {
        info_i_matrix_span("p", p),
        info_i_matrix_span("q", q),
        info_i_array_span("p_set.rules", p_own->rules, p_own->rules_len, sizeof *p_own->rules),
        info_i_integers_span("p_set.ids", p_own->ids, p_own->ids_len, p_own->id_type),
        info_i_array_span("q_set.rules", q_own->rules, q_own->rules_len, sizeof *q_own->rules),
        info_i_integers_span("q_set.ids", q_own->ids, q_own->ids_len, q_own->id_type),
        info_i_lm_bias_span(&j.lm),
        info_i_lm_q_bias_span(&j.lm),
        info_i_lm_lengths_span(&j.lm),
        {0}};
    status = info_i_columns_stage(ctx, "comparison", columns, COLUMNS, given.length, p->rows, inputs, &j.out);
    if (status == INFO_OK)
        status =
            info_i_parallel(ctx, p->rows, info_i_lm_grain(p->cols), 2 * info_i_kept_bytes(p->cols), compare_rows, &j);
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(columns, COLUMNS, p->rows, &j.out, &given);
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

info_status info_kept_compare(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const info_kept_set *p_set,
                              const info_kept_set *q_set, const info_lm_options *options,
                              const info_kept_comparison *comparison)
{
    return INFO_I_CALL(ctx, kept_compare(ctx, p, q, p_set, q_set, options, comparison));
}
