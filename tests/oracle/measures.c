/* SPDX-License-Identifier: MIT
 * The formulas, word for word. */
#include "oracle.h"

static info_matrix row(double *data, int64_t n)
{
    return (info_matrix){data, 1, n, n, 1, INFO_F64, 0};
}

void oracle_add_product_log(arb_t out, const arb_t a, const arb_t b)
{
    arb_t term;
    if (arb_is_zero(a))
        return;
    arb_init(term);
    arb_log(term, b, ORACLE_BITS);
    arb_addmul(out, a, term, ORACLE_BITS);
    arb_clear(term);
}

/* ---- Entropies and divergences of rows as they are -------------------------- */

static info_status entropy(info_ctx *ctx, const oracle_input *x, double *out)
{
    const info_matrix p = row(x->a, x->n);
    return info_entropy(ctx, &p, NULL, out, 1);
}

static void exact_entropy(arb_t out, const oracle_input *x)
{
    arb_t p;
    arb_init(p);
    arb_zero(out);
    for (int64_t i = 0; i < x->n; i++) {
        arb_set_d(p, x->a[i]);
        oracle_add_product_log(out, p, p);
    }
    arb_neg(out, out);
    arb_clear(p);
}

static info_status cross_entropy(info_ctx *ctx, const oracle_input *x, double *out)
{
    const info_matrix p = row(x->a, x->n), q = row(x->b, x->n);
    return info_cross_entropy(ctx, &p, &q, NULL, out, 1);
}

static void exact_cross_entropy(arb_t out, const oracle_input *x)
{
    arb_t p, q;
    arb_init(p), arb_init(q);
    arb_zero(out);
    for (int64_t i = 0; i < x->n; i++) {
        arb_set_d(p, x->a[i]);
        arb_set_d(q, x->b[i]);
        oracle_add_product_log(out, p, q);
    }
    arb_neg(out, out);
    arb_clear(p), arb_clear(q);
}

static info_status kl(info_ctx *ctx, const oracle_input *x, double *out)
{
    const info_matrix p = row(x->a, x->n), q = row(x->b, x->n);
    return info_kl(ctx, &p, &q, NULL, out, 1);
}

static void exact_kl(arb_t out, const oracle_input *x)
{
    arb_t p, q, ratio;
    arb_init(p), arb_init(q), arb_init(ratio);
    arb_zero(out);
    for (int64_t i = 0; i < x->n; i++) {
        arb_set_d(p, x->a[i]);
        arb_set_d(q, x->b[i]);
        arb_div(ratio, p, q, ORACLE_BITS);
        oracle_add_product_log(out, p, ratio);
        arb_sub(out, out, p, ORACLE_BITS);
        arb_add(out, out, q, ORACLE_BITS);
    }
    arb_clear(p), arb_clear(q), arb_clear(ratio);
}

/* ---- A joint table, divided by its sum ---------------------------------------- */

/* Two rows of n cells as a table. */
static info_status mutual_information(info_ctx *ctx, const oracle_input *x, double *out)
{
    const int64_t shape[2] = {2, x->n}, strides[2] = {x->b - x->a, 1};
    const info_joint_options options = {.struct_size = sizeof options, .kind = INFO_COUNTS};
    const info_table table = {x->a, shape, strides, 2, INFO_F64};
    return info_mutual_information(ctx, &table, 1, 2, 0, &options, out);
}

static void exact_mutual_information(arb_t out, const oracle_input *x)
{
    arb_t rows[2], total, column, cell, ratio;
    arb_init(rows[0]), arb_init(rows[1]), arb_init(total), arb_init(column), arb_init(cell), arb_init(ratio);
    for (int64_t i = 0; i < x->n; i++)
        for (int r = 0; r < 2; r++) {
            arb_set_d(cell, (r ? x->b : x->a)[i]);
            arb_add(rows[r], rows[r], cell, ORACLE_BITS);
        }
    arb_add(total, rows[0], rows[1], ORACLE_BITS);
    arb_zero(out);
    for (int64_t i = 0; i < x->n; i++) {
        arb_set_d(column, x->a[i]);
        arb_set_d(cell, x->b[i]);
        arb_add(column, column, cell, ORACLE_BITS);
        for (int r = 0; r < 2; r++) {
            arb_set_d(cell, (r ? x->b : x->a)[i]);
            arb_mul(ratio, cell, total, ORACLE_BITS);
            if (arb_is_zero(cell))
                continue;
            arb_div(ratio, ratio, rows[r], ORACLE_BITS);
            arb_div(ratio, ratio, column, ORACLE_BITS);
            oracle_add_product_log(out, cell, ratio);
        }
    }
    arb_div(out, out, total, ORACLE_BITS);
    arb_clear(rows[0]), arb_clear(rows[1]), arb_clear(total), arb_clear(column), arb_clear(cell), arb_clear(ratio);
}

/* Of the row given the column. */
static info_status conditional_entropy(info_ctx *ctx, const oracle_input *x, double *out)
{
    const int64_t shape[2] = {2, x->n}, strides[2] = {x->b - x->a, 1};
    const info_joint_options options = {.struct_size = sizeof options, .kind = INFO_COUNTS};
    const info_table table = {x->a, shape, strides, 2, INFO_F64};
    return info_joint_entropy(ctx, &table, 1, 2, &options, out);
}

static void exact_conditional_entropy(arb_t out, const oracle_input *x)
{
    arb_t total, column, cell, ratio;
    arb_init(total), arb_init(column), arb_init(cell), arb_init(ratio);
    arb_zero(out);
    for (int64_t i = 0; i < x->n; i++) {
        arb_set_d(column, x->a[i]);
        arb_set_d(cell, x->b[i]);
        arb_add(column, column, cell, ORACLE_BITS);
        arb_add(total, total, column, ORACLE_BITS);
        for (int r = 0; r < 2; r++) {
            arb_set_d(cell, (r ? x->b : x->a)[i]);
            if (arb_is_zero(cell))
                continue;
            arb_div(ratio, column, cell, ORACLE_BITS);
            oracle_add_product_log(out, cell, ratio);
        }
    }
    arb_div(out, out, total, ORACLE_BITS);
    arb_clear(total), arb_clear(column), arb_clear(cell), arb_clear(ratio);
}

/* ---- A row of logits ------------------------------------------------------------ */

static info_status nll(info_ctx *ctx, const oracle_input *x, double *out)
{
    const info_matrix logits = row(x->a, x->n);
    return info_nll(ctx, &logits, &x->target, 1, NULL, out, 1);
}

/* What is left of 1 beside exp(300) is wanted too. */
#define LOGIT_BITS 1000

static void exact_nll(arb_t out, const oracle_input *x)
{
    arb_t logit;
    arb_init(logit);
    arb_zero(out);
    for (int64_t i = 0; i < x->n; i++) {
        arb_set_d(logit, x->a[i]);
        arb_exp(logit, logit, LOGIT_BITS);
        arb_add(out, out, logit, LOGIT_BITS);
    }
    arb_log(out, out, LOGIT_BITS);
    arb_set_d(logit, x->a[x->target]);
    arb_sub(out, out, logit, LOGIT_BITS);
    arb_clear(logit);
}

/* d(-log p) / dx = p - onehot: at the target, where p - 1 may cancel, and elsewhere. */
static info_status gradient(info_ctx *ctx, const oracle_input *x, int64_t at, double *out)
{
    const info_matrix logits = row(x->a, x->n);
    double *all = malloc((size_t)x->n * sizeof *all);
    const info_matrix_out gradient = {all, 1, x->n, x->n, 1, INFO_F64, 0};
    info_loss_result result;
    const info_status status = info_loss_cross_entropy(ctx, &logits, &x->target, 1, NULL, &result, &gradient);
    *out = all[at];
    free(all);
    return status;
}

static void exact_probability(arb_t out, const oracle_input *x, int64_t at)
{
    oracle_input there = *x;
    there.target = at;
    exact_nll(out, &there);
    arb_neg(out, out);
    arb_exp(out, out, LOGIT_BITS);
}

static info_status gradient_at_target(info_ctx *ctx, const oracle_input *x, double *out)
{
    return gradient(ctx, x, x->target, out);
}

static void exact_gradient_at_target(arb_t out, const oracle_input *x)
{
    exact_probability(out, x, x->target);
    arb_sub_ui(out, out, 1, LOGIT_BITS);
}

static info_status gradient_elsewhere(info_ctx *ctx, const oracle_input *x, double *out)
{
    return gradient(ctx, x, (x->target + 1) % x->n, out);
}

static void exact_gradient_elsewhere(arb_t out, const oracle_input *x)
{
    exact_probability(out, x, (x->target + 1) % x->n);
}

/* Shapes, as in oracle.c. */
enum { PEAKED_ONLY = 1 << 1, ALL_BUT_PEAKED = 1 << 0 | 1 << 2 | 1 << 3 };

/* What is allowed to sums of rows of probabilities, in half units in the last place: 1 for the result's own rounding,
 * and 3 for a term of which, were it the only large one, every rounding were the worst there is (docs/NUMERICS.md). */
const oracle_measure oracle_measures[] = {
    {"entropy", ORACLE_ROW, entropy, exact_entropy, 2, 0},
    {"cross-entropy", ORACLE_ROWS, cross_entropy, exact_cross_entropy, 2, 0},
    {"KL", ORACLE_ROWS, kl, exact_kl, 2, 0},
    {"mutual information", ORACLE_TABLE, mutual_information, exact_mutual_information, 2, 0},
    {"conditional entropy", ORACLE_TABLE, conditional_entropy, exact_conditional_entropy, 2, 0},
    /* The difference d of two logits is rounded, which makes |d| half-ulps of exp(d): |d| <= 20, of peaked rows 300;
     * log p is a difference twice. */
    {"NLL of f64 logits", ORACLE_LOGITS, nll, exact_nll, 24, ALL_BUT_PEAKED},
    {"NLL of f64 logits", ORACLE_LOGITS, nll, exact_nll, 304, PEAKED_ONLY},
    {"gradient at the target", ORACLE_LOGITS, gradient_at_target, exact_gradient_at_target, 24, ALL_BUT_PEAKED},
    {"gradient at the target", ORACLE_LOGITS, gradient_at_target, exact_gradient_at_target, 304, PEAKED_ONLY},
    {"gradient elsewhere", ORACLE_LOGITS, gradient_elsewhere, exact_gradient_elsewhere, 64, ALL_BUT_PEAKED},
    {"gradient elsewhere", ORACLE_LOGITS, gradient_elsewhere, exact_gradient_elsewhere, 640, PEAKED_ONLY},
    {0},
};
