/* SPDX-License-Identifier: MIT
 * Classes of tokens: their masses, the two parts of the entropy, and the divergence that remains of them. */
#include "decoding/classes.h"

#include <math.h>
#include <string.h>

#include "info/decoding.h"
#include "lm/columns.h"
#include "lm/divergence.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

static double log_weight(const info_i_class *c)
{
    return c->top < 0 ? -INFINITY : c->maximum + log1p(c->others);
}

double info_i_class_entropy(const info_i_class *c)
{
    return c->top < 0 ? 0 : log1p(c->others) - c->moment / (1 + c->others);
}

/* The heaviest class by what the others weigh beside it: a mass near 1 keeps the digits of what is missing. */
static void set_log_masses(info_i_class *found, int64_t count)
{
    int64_t heaviest = 0;
    double beside = 0;
    for (int64_t c = 1; c <= count; c++)
        if (log_weight(&found[c]) > log_weight(&found[heaviest]))
            heaviest = c;
    const double most = log_weight(&found[heaviest]);
    for (int64_t c = 0; c <= count; c++)
        beside += c == heaviest ? 0 : exp(log_weight(&found[c]) - most);
    for (int64_t c = 0; c <= count; c++)
        found[c].log_mass = c == heaviest ? -log1p(beside) : log_weight(&found[c]) - most - log1p(beside);
}

bool info_i_class_masses(const info_i_lm *lm, const info_matrix *logits, int64_t row, const int32_t *classes,
                         int64_t count, double *y, info_i_class *found)
{
    const int64_t length = info_i_lm_length(lm, logits, row);
    for (int64_t c = 0; c <= count; c++)
        found[c] = (info_i_class){-1, -INFINITY, 0, 0, -INFINITY};
    info_i_lm_load(lm, logits, row, 0, length, y);
    bool any = false;
    for (int64_t i = 0; i < length; i++) {
        info_i_class *c = &found[classes[i] < 0 ? count : classes[i]];
        if (!(y[i] < INFINITY))
            return false;
        if (y[i] > c->maximum) {
            c->maximum = y[i];
            c->top = i;
            any = true;
        }
    }
    for (int64_t i = 0; any && i < length; i++) {
        info_i_class *c = &found[classes[i] < 0 ? count : classes[i]];
        if (i == c->top || y[i] == -INFINITY)
            continue;
        const double d = y[i] - c->maximum, e = exp(d);
        c->others += e;
        c->moment += e > 0 ? e * d : 0;
    }
    if (any)
        set_log_masses(found, count);
    return any;
}

/* ---- Measures ----------------------------------------------------------- */

#define COLUMN(field)                                                                                                  \
    {                                                                                                                  \
#field, offsetof(info_class_measures, field), sizeof *((info_class_measures *)0)->field                        \
    }
static const info_i_column columns[] = {COLUMN(log_unclassed), COLUMN(class_entropy), COLUMN(within_entropy)};
#define COLUMNS ((int)(sizeof columns / sizeof *columns))

typedef struct job {
    const info_matrix *p, *q; /* q: of the divergence */
    const char *p_name;
    const int32_t *classes;
    int64_t count;
    info_i_lm lm, q_lm;
    info_class_measures out;
    double *kl;
    atomic_llong invalid;
} job;

static size_t space_bytes(const job *j)
{
    return (size_t)j->p->cols * sizeof(double) + 2 * (size_t)(j->count + 1) * sizeof(info_i_class);
}

static double mass_of(const info_i_class *c)
{
    return exp(c->log_mass);
}

static void put_measures(job *j, int64_t row, bool valid, const info_i_class *found)
{
    const info_unit unit = j->lm.given.unit;
    double between = 0, within = 0;
    for (int64_t c = 0; valid && c <= j->count; c++) {
        const double mass = mass_of(&found[c]);
        between -= mass > 0 ? mass * found[c].log_mass : 0;
        within += mass * info_i_class_entropy(&found[c]);
    }
    if (j->out.log_unclassed)
        j->out.log_unclassed[row] = valid ? info_i_from_nats(found[j->count].log_mass, unit) : NAN;
    if (j->out.class_entropy)
        j->out.class_entropy[row] = valid ? info_i_from_nats(between, unit) : NAN;
    if (j->out.within_entropy)
        j->out.within_entropy[row] = valid ? info_i_from_nats(within, unit) : NAN;
    for (int64_t c = 0; j->out.log_mass && c < j->count; c++)
        j->out.log_mass[row * j->count + c] = valid ? info_i_from_nats(found[c].log_mass, unit) : NAN;
}

static info_status measure_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    info_i_class *found = (info_i_class *)((double *)scratch + j->p->cols);
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++) {
        const bool valid = info_i_class_masses(&j->lm, j->p, row, j->classes, j->count, scratch, found);
        put_measures(j, row, valid, found);
        if (!valid)
            status = info_i_lm_invalid_row(&j->lm, error, &j->invalid, j->p_name, j->p, row);
    }
    return status;
}

static info_status read_options(info_ctx *ctx, job *j, const info_lm_options *options)
{
    const int64_t rows = j->p->rows, cols = j->p->cols;
    return j->q ? info_i_lm_pair_options(ctx, options, rows, cols, &j->lm, &j->q_lm)
                : info_i_lm_options(ctx, options, rows, cols, &j->lm);
}

static info_status check(info_ctx *ctx, job *j, int64_t classes_len, const info_lm_options *options)
{
    info_i_error *error = &ctx->error;
    if (info_i_check_matrix(error, j->p_name, j->p) != INFO_OK || read_options(ctx, j, options) != INFO_OK)
        return error->status;
    info_i_check_pointer(error, "classes", j->classes);
    if (error->status == INFO_OK && (j->count < 1 || j->count > INT32_MAX))
        info_i_fail(error, INFO_ERROR_SIZE, "count: %lld; 1 to %d are allowed", (long long)j->count, INT32_MAX);
    if (error->status == INFO_OK && classes_len != j->p->cols)
        info_i_fail(error, INFO_ERROR_SIZE, "classes: has %lld elements; there are %lld tokens", (long long)classes_len,
                    (long long)j->p->cols);
    for (int64_t i = 0; error->status == INFO_OK && i < classes_len; i++)
        if (j->classes[i] < -1 || j->classes[i] >= j->count)
            info_i_fail(error, INFO_ERROR_DOMAIN, "classes: %d at %lld; -1 to %lld are allowed", (int)j->classes[i],
                        (long long)i, (long long)j->count - 1);
    return error->status;
}

static info_status class_measure(info_ctx *ctx, job *j, int64_t classes_len, const info_lm_options *options,
                                 const info_class_measures *measures)
{
    info_i_error *error = &ctx->error;
    int64_t count = 0;
    if (check(ctx, j, classes_len, options) != INFO_OK)
        return error->status;
    info_i_required(error, info_class_measures, "measures", &j->out, measures);
    info_i_check_option(error, "measures.reserved", j->out.reserved, 0, 0);
    if (error->status == INFO_OK && !info_i_multiply(j->p->rows, j->count, &count))
        info_i_fail(error, INFO_ERROR_OVERFLOW, "count: %lld times %lld rows cannot be addressed", (long long)j->count,
                    (long long)j->p->rows);
    if (error->status != INFO_OK)
        return error->status;
    const info_class_measures given = j->out;
    /* The array of another shape is apart from the inputs, and then the others are apart from it too. */
    const info_i_span others[] = {info_i_array_span("measures.log_mass", given.log_mass, count, sizeof(double)),
                                  info_i_matrix_span("logits", j->p),
                                  info_i_array_span("classes", j->classes, classes_len, sizeof *j->classes),
                                  info_i_lm_bias_span(&j->lm),
                                  info_i_lm_lengths_span(&j->lm),
                                  {0}};
    const info_i_column masses = {"log_mass", offsetof(info_class_measures, log_mass), sizeof(double)};
    if (given.log_mass)
        info_i_check_output(error, "measures.log_mass", given.log_mass, given.log_mass_len, count);
    info_i_columns_stage(ctx, "measures", columns, COLUMNS, given.length, j->p->rows, others, &j->out);
    if (error->status == INFO_OK)
        info_i_columns_stage(ctx, "measures", &masses, 1, given.log_mass_len, count, others + 1, &j->out);
    if (error->status != INFO_OK)
        return error->status;
    const info_status status =
        info_i_parallel(ctx, j->p->rows, info_i_lm_grain(j->p->cols), space_bytes(j), measure_rows, j);
    if (status != INFO_OK)
        return status;
    info_i_columns_commit(columns, COLUMNS, j->p->rows, &j->out, &given);
    info_i_columns_commit(&masses, 1, count, &j->out, &given);
    return info_i_lm_count_invalid(ctx, atomic_load(&j->invalid));
}

info_status info_class_measure(info_ctx *ctx, const info_matrix *logits, const int32_t *classes, int64_t classes_len,
                               int64_t count, const info_lm_options *options, const info_class_measures *measures)
{
    job j = {.p = logits, .p_name = "logits", .classes = classes, .count = count};
    return INFO_I_CALL(ctx, class_measure(ctx, &j, classes_len, options, measures));
}

/* ---- Divergence --------------------------------------------------------- */

static double divergence(const info_i_class *p, const info_i_class *q, int64_t count)
{
    double kl = 0;
    for (int64_t c = 0; c <= count; c++) {
        const double d = p[c].log_mass - q[c].log_mass;
        if (!isnan(d)) /* no mass on either side */
            kl += info_i_cell_kl(&(info_i_cell){.p = mass_of(&p[c]), .q = mass_of(&q[c]), .d = d});
    }
    return kl;
}

static info_status compare_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    info_i_class *p = (info_i_class *)((double *)scratch + j->p->cols), *q = p + j->count + 1;
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++) {
        const bool p_valid = info_i_class_masses(&j->lm, j->p, row, j->classes, j->count, scratch, p);
        const bool valid =
            p_valid && info_i_class_masses(info_i_lm_of_q(&j->lm), j->q, row, j->classes, j->count, scratch, q);
        j->kl[row] = valid ? info_i_from_nats(divergence(p, q, j->count), j->lm.given.unit) : NAN;
        if (!valid)
            status = info_i_lm_invalid_row(p_valid ? info_i_lm_of_q(&j->lm) : &j->lm, error, &j->invalid,
                                           p_valid ? "q" : "p", p_valid ? j->q : j->p, row);
    }
    return status;
}

static info_status class_kl(info_ctx *ctx, job *j, int64_t classes_len, const info_lm_options *options, double *out,
                            int64_t out_len)
{
    info_i_error *error = &ctx->error;
    const info_matrix *p = j->p, *q = j->q;
    check(ctx, j, classes_len, options);
    info_i_check_matrix(error, "q", q);
    if (error->status == INFO_OK && (p->rows != q->rows || p->cols != q->cols))
        info_i_fail(error, INFO_ERROR_SIZE, "q: is %lld x %lld; p is %lld x %lld", (long long)q->rows,
                    (long long)q->cols, (long long)p->rows, (long long)p->cols);
    info_i_check_output(error, "out", out, out_len, p->rows);
    info_i_check_spans(error, (info_i_span[]){{"out", out, p->rows * (int64_t)sizeof *out}, {0}},
                       (info_i_span[]){info_i_matrix_span("p", p),
                                       info_i_matrix_span("q", q),
                                       info_i_array_span("classes", j->classes, classes_len, sizeof *j->classes),
                                       info_i_lm_bias_span(&j->lm),
                                       info_i_lm_q_bias_span(&j->lm),
                                       info_i_lm_lengths_span(&j->lm),
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    j->kl = info_i_scratch(ctx, p->rows, sizeof *out);
    if (!j->kl)
        return error->status;
    const info_status status = info_i_parallel(ctx, p->rows, info_i_lm_grain(p->cols), space_bytes(j), compare_rows, j);
    if (status != INFO_OK)
        return status;
    memcpy(out, j->kl, (size_t)p->rows * sizeof *out);
    return info_i_lm_count_invalid(ctx, atomic_load(&j->invalid));
}

info_status info_class_kl(info_ctx *ctx, const info_matrix *p, const info_matrix *q, const int32_t *classes,
                          int64_t classes_len, int64_t count, const info_lm_options *options, double *out,
                          int64_t out_len)
{
    job j = {.p = p, .q = q, .p_name = "p", .classes = classes, .count = count};
    return INFO_I_CALL(ctx, class_kl(ctx, &j, classes_len, options, out, out_len));
}
