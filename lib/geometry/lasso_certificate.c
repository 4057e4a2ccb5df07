/* SPDX-License-Identifier: MIT
 * How far a solution of the elastic net is from the minimum, at most: the duality gap with all its rounding.
 *
 * With r = z - Z^T w and c = Z r, two points of the dual problem give lower bounds of the minimum:
 *   - s r, with s such that Z (s r), less l2 s w, lies in the box of size l1, of the Lasso (of [Z, sqrt(l2) I] where
 *     l2 > 0): s r'z - s^2 (||r||^2 + l2 ||w||^2) / 2;
 *   - r itself, if l2 > 0, since the conjugate of the penalty is sum (|c_j| - l1)+^2 / (2 l2):
 *     r'z - ||r||^2 / 2 - sum (|c_j| - l1)+^2 / (2 l2).
 *
 * Both hold for any vector r. The gap is what the objective exceeds the larger by, plus bounds of the rounding
 * of all that enters: objective - gap is never above the minimum. By Gram rows the rounding is that of
 * (||z|| + sum |w_j| ||z_j||)^2, which is far above the objective where one feature is large; then r and c are
 * computed from the rows, in double-double arithmetic. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "geometry/lasso.h"
#include "numeric/sum.h"

/* Rounding of Gram rows may take this part of the gap that is asked for. */
#define PART_OF_GAP 0.25

/* What both ways of computing it give. */
typedef struct certificate {
    double residual;   /* ||r||^2 */
    double rz;         /* r'z */
    double c_absolute; /* |c_j| is off by c_absolute + c_relative |c_j| at most, */
    double c_relative;
    double allowance; /* and what the objective and the bounds are off by, together */
    double size, ww;  /* |w|_1 and ||w||^2 */
} certificate;

/* The largest |c - l2 w|, and the sum of (|c| - l1)+^2, at most; eight lanes, which are vectors. */
static void scan_gradient(const info_i_lasso *l, const info_i_lasso_target *t, const certificate *e, double *largest,
                          double *outside)
{
    const int64_t n = l->gram->z->rows;
    const double grown = 1 + e->c_relative;
    double most[8] = {0}, sum[8] = {0};
    for (int64_t j = 0; j < n; j++) {
        const double c = fabs(l->gradient[j]) * grown + e->c_absolute, over = fmax(c - t->l1, 0);
        const double own = fabs(l->gradient[j] - t->l2 * l->w[j]) + e->c_absolute +
                           (e->c_relative + DBL_EPSILON) * (fabs(l->gradient[j]) + t->l2 * fabs(l->w[j]));
        most[j & 7] = fmax(most[j & 7], own);
        sum[j & 7] += over * over;
    }
    *largest = *outside = 0;
    for (int k = 0; k < 8; k++) {
        *largest = fmax(*largest, most[k]);
        *outside += sum[k];
    }
}

/* Sums over w that both ways need; returns sum |w_j| ||z_j||. */
static double sums_of_weights(info_i_lasso *l, certificate *e)
{
    double reach = 0;
    e->size = e->ww = 0;
    l->support = 0;
    for (int64_t a = 0; a < l->count; a++) {
        const int64_t j = l->active[a];
        const double w = l->w[j];
        e->size += fabs(w);
        e->ww += w * w;
        reach += fabs(w) * sqrt(l->gram->rows[j][j]);
        l->support += w != 0;
    }
    return reach;
}

/* ||z||^2 - 2 w'k + w'Kw with Kw = k - c. */
static void by_gram_rows(const info_i_lasso *l, double reach, certificate *e)
{
    const double d = (double)l->gram->z->cols, unit = 0.5 * DBL_EPSILON * (d + 2 * (double)l->count + 8);
    const double length = sqrt(l->square) + reach;
    double wk = 0, wc = 0;
    for (int64_t a = 0; a < l->count; a++) {
        const int64_t j = l->active[a];
        wk += l->w[j] * l->inner[j];
        wc += l->w[j] * l->gradient[j];
    }
    e->residual = fmax(l->square - wk - wc, 0);
    e->rz = l->square - wk;
    e->c_absolute = unit * l->gram->longest * length;
    e->c_relative = 0;
    e->allowance = 4 * unit * length * length;
}

static info_i_dd add_product(info_i_dd sum, double a, double b)
{
    const info_i_dd product = info_i_two_product(a, b), high = info_i_two_sum(sum.high, product.high);
    return info_i_fast_two_sum(high.high, high.low + (sum.low + product.low));
}

/* r and c := Z r from the rows, both rounded once: r is then taken for the point of the dual that it is. */
static void by_rows(info_i_lasso *l, double reach, certificate *e)
{
    const int64_t n = l->gram->z->rows, d = l->gram->z->cols;
    const double *z = l->gram->z->x;
    double *r = l->rest, *low = l->rest + d;
    info_i_dd residual = {0, 0}, rz = {0, 0};
    memcpy(r, l->token, (size_t)d * sizeof *r);
    memset(low, 0, (size_t)d * sizeof *low);
    for (int64_t a = 0; a < l->count; a++) {
        const double w = l->w[l->active[a]], *row = z + l->active[a] * d;
        for (int64_t j = 0; j < d && w != 0; j++) {
            const info_i_dd sum = add_product((info_i_dd){r[j], low[j]}, -w, row[j]);
            r[j] = sum.high;
            low[j] = sum.low;
        }
    }
    for (int64_t j = 0; j < d; j++) {
        residual = add_product(residual, r[j], r[j]);
        rz = add_product(rz, r[j], l->token[j]);
    }
    for (int64_t i = 0; i < n; i++) {
        info_i_dd sum = {0, 0};
        for (int64_t j = 0; j < d; j++)
            sum = add_product(sum, z[i * d + j], r[j]);
        l->gradient[i] = info_i_dd_value(sum);
    }
    e->residual = info_i_dd_value(residual);
    e->rz = info_i_dd_value(rz);
    /* 2^-100 for each step of a sum: twice what the sum of double-doubles loses. */
    const double step = 0x1p-100 * (double)(d + l->count), length = sqrt(e->residual);
    e->c_absolute = step * l->gram->longest * length;
    e->c_relative = DBL_EPSILON;
    e->allowance = 2 * length * step * (sqrt(l->square) + reach) + 8 * DBL_EPSILON * (e->residual + fabs(e->rz));
}

/* Objective, residual and gap; the gap without what rounding adds is returned. */
static void conclude(info_i_lasso *l, const info_i_lasso_target *t, const certificate *e)
{
    double largest, outside;
    scan_gradient(l, t, e, &largest, &outside);
    l->residual = e->residual;
    l->objective = 0.5 * e->residual + t->l1 * e->size + 0.5 * t->l2 * e->ww;
    l->gap = l->objective; /* the minimum is not below 0 */
    if (t->l1 > 0) {
        const double scale = largest > t->l1 ? t->l1 / largest * (1 - DBL_EPSILON) : 1;
        l->gap = fmin(l->gap, l->objective - scale * e->rz + 0.5 * scale * scale * (e->residual + t->l2 * e->ww));
    }
    if (t->l2 > 0)
        l->gap = fmin(l->gap, l->objective - e->rz + 0.5 * e->residual + 0.5 * outside / t->l2);
    if (t->l1 == 0 && t->l2 == 0 && e->size == 0) /* a token that is orthogonal to its context: the minimum is at 0 */
        l->gap = 0;
    else
        l->gap = fmax(l->gap, 0) + e->allowance + 8 * DBL_EPSILON * l->objective;
}

bool info_i_lasso_certify(info_i_lasso *l, const info_i_lasso_target *t)
{
    certificate e;
    const double reach = sums_of_weights(l, &e);
    by_gram_rows(l, reach, &e);
    const double wanted = t->tolerance * (0.5 * e.residual + t->l1 * e.size + 0.5 * t->l2 * e.ww);
    const bool exact = e.allowance + e.c_absolute * e.size > PART_OF_GAP * wanted;
    if (exact)
        by_rows(l, reach, &e);
    conclude(l, t, &e);
    return exact;
}
