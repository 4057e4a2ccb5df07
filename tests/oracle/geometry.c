/* SPDX-License-Identifier: MIT
 * Ridge regression, information gains, log-determinants, Stein's distance and the Lasso's certificate against
 * interval arithmetic (Arb) at 400 bits, over magnitudes: large features, large tokens, duplicates, low rank,
 * ridges from 1e-14 to 1e14. */
#include <arb.h>
#include <arb_mat.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "info/info.h"

#define BITS 400

static int failures;

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 11) + 0.5) * 0x1p-53;
}

static double normal(uint64_t *state)
{
    const double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(6.283185307179586 * uniform(state));
}

static double value(const arb_t x)
{
    return arf_get_d(arb_midref(x), ARF_RND_NEAR);
}

static info_matrix view(const double *x, int64_t rows, int64_t cols)
{
    return (info_matrix){x, rows, cols, cols, 1, INFO_F64, 0};
}

/* m := X^T X of rows x[n, d], and the ridge on its diagonal. */
static void products(arb_mat_t m, const double *x, int64_t n, int64_t d, double ridge)
{
    arb_mat_t a, t;
    arb_mat_init(a, n, d);
    arb_mat_init(t, d, n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            arb_set_d(arb_mat_entry(a, i, j), x[i * d + j]);
    arb_mat_transpose(t, a);
    arb_mat_mul(m, t, a, BITS);
    arb_t l;
    arb_init(l);
    arb_set_d(l, ridge);
    for (int64_t j = 0; j < d; j++)
        arb_add(arb_mat_entry(m, j, j), arb_mat_entry(m, j, j), l, BITS);
    arb_clear(l);
    arb_mat_clear(a);
    arb_mat_clear(t);
}

/* log det of a positive definite matrix. */
static void log_determinant(arb_t out, const arb_mat_t m)
{
    arb_mat_t factor;
    arb_t term;
    const slong n = arb_mat_nrows(m);
    arb_mat_init(factor, n, n);
    arb_init(term);
    if (!arb_mat_cho(factor, m, BITS))
        abort();
    arb_zero(out);
    for (slong i = 0; i < n; i++) {
        arb_log(term, arb_mat_entry(factor, i, i), BITS);
        arb_addmul_ui(out, term, 2, BITS);
    }
    arb_clear(term);
    arb_mat_clear(factor);
}

/* log(1 + z^T (Z^T Z + l I)^-1 z) and log det(I + Z^T Z / l). */
static void truth(const double *z, int64_t n, int64_t d, const double *token, double ridge, double *gain, double *whole)
{
    arb_mat_t m, b, x;
    arb_t sum, l;
    arb_mat_init(m, d, d);
    arb_mat_init(b, d, 1);
    arb_mat_init(x, d, 1);
    arb_init(sum);
    arb_init(l);
    products(m, z, n, d, ridge);
    for (int64_t j = 0; j < d; j++)
        arb_set_d(arb_mat_entry(b, j, 0), token[j]);
    if (!arb_mat_spd_solve(x, m, b, BITS))
        abort();
    for (int64_t j = 0; j < d; j++)
        arb_addmul(sum, arb_mat_entry(x, j, 0), arb_mat_entry(b, j, 0), BITS);
    arb_log1p(sum, sum, BITS);
    *gain = value(sum);
    log_determinant(sum, m);
    arb_set_d(l, ridge);
    arb_log(l, l, BITS);
    arb_submul_si(sum, l, d, BITS);
    *whole = value(sum);
    arb_clear(sum);
    arb_clear(l);
    arb_mat_clear(m);
    arb_mat_clear(b);
    arb_mat_clear(x);
}

static double worst_part; /* of the bound, over all that was compared */

static void compare(const char *what, const char *where, int64_t n, int64_t d, double ridge, double got, double right,
                    double bound)
{
    const double part = fabs(got - right) / bound;
    worst_part = part > worst_part ? part : worst_part;
    if (!(part <= 1)) {
        failures++;
        printf("%s, %s, %lld x %lld, ridge %g: %.17g for %.17g, bound %g\n", what, where, (long long)n, (long long)d,
               ridge, got, right, bound);
    }
}

/* What docs/NUMERICS.md states of a gain: 2^-52 (n + d) (1 + (||Z||_F + ||z||) / sqrt(l)) (1 + gain). */
static double bound_of(const double *z, int64_t n, int64_t d, const double *token, double ridge, double right)
{
    double square = 0, own = 0;
    for (int64_t i = 0; i < n * d; i++)
        square += z[i] * z[i];
    for (int64_t j = 0; j < d; j++)
        own += token[j] * token[j];
    return DBL_EPSILON * (double)(n + d) * (1 + (sqrt(square) + sqrt(own)) / sqrt(ridge)) * (1 + right);
}

static void check(const char *where, const double *z, int64_t n, int64_t d, const double *token, double ridge)
{
    const info_matrix context = view(z, n, d), row = view(token, 1, d);
    const info_geometry_options options = {.struct_size = sizeof options, .ridge = ridge};
    info_ridge_result result;
    double gain, whole, right_gain, right_whole;
    if (info_ridge(NULL, &context, &row, &options, NULL, &result, 1) != INFO_OK ||
        info_information_gain(NULL, &context, &row, &options, &gain, 1) != INFO_OK ||
        info_log_determinant(NULL, &context, &options, &whole, 1) != INFO_OK) {
        failures++;
        printf("%s, %lld x %lld, ridge %g: refused\n", where, (long long)n, (long long)d, ridge);
        return;
    }
    truth(z, n, d, token, ridge, &right_gain, &right_whole);
    const double bound = bound_of(z, n, d, token, ridge, right_gain);
    compare("ridge", where, n, d, ridge, result.gain, right_gain, bound);
    compare("information gain", where, n, d, ridge, gain, right_gain, bound);
    compare("log-determinant", where, n, d, ridge, whole, right_whole, bound * (1 + right_whole));
}

enum { PLAIN, FEATURE, ROW, DUPLICATES, RANK_ONE, KINDS };
static const char *const kind_names[KINDS] = {"normal", "large feature", "large row", "large feature, duplicates",
                                              "rank one"};

static double *rows_of(int kind, uint64_t *state, int64_t n, int64_t d, double scale)
{
    double *z = malloc((size_t)(n * d) * sizeof *z), *direction = malloc((size_t)d * sizeof *direction);
    for (int64_t j = 0; j < d; j++)
        direction[j] = normal(state);
    for (int64_t i = 0; i < n; i++) {
        const double weight = normal(state);
        for (int64_t j = 0; j < d; j++)
            z[i * d + j] = kind == RANK_ONE ? weight * direction[j] : normal(state);
        if (kind == FEATURE || kind == DUPLICATES)
            z[i * d] *= scale;
        for (int64_t j = 0; j < d && kind == DUPLICATES && i % 2 == 1; j++)
            z[i * d + j] = z[(i - 1) * d + j];
    }
    for (int64_t j = 0; j < d && kind == ROW; j++)
        z[j] *= scale;
    free(direction);
    return z;
}

static void sweep(void)
{
    const int64_t shapes[][2] = {{60, 40}, {40, 60}, {16, 16}, {1, 9}, {9, 1}};
    const double scales[] = {1, 3e4, 1e8};
    uint64_t state = 7;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int kind = 0; kind < KINDS; kind++)
            for (size_t c = 0; c < 3; c++)
                for (double ridge = 1e-14; ridge < 2e14; ridge *= 100) {
                    const int64_t n = shapes[s][0], d = shapes[s][1];
                    double *z = rows_of(kind, &state, n, d, scales[c]), *token = rows_of(PLAIN, &state, 1, d, 1);
                    token[0] *= kind == FEATURE || kind == DUPLICATES ? scales[c] : 1;
                    check(kind_names[kind], z, n, d, token, ridge);
                    free(z);
                    free(token);
                }
}

/* Reported from use: a large row, a large feature with repeated rows, one direction only. */
static void examples(void)
{
    const struct {
        int kind;
        int64_t n, d;
        double scale, ridge;
    } example[] = {{ROW, 60, 40, 1e8, 1},
                   {DUPLICATES, 60, 40, 3e4, 1e-10},
                   {RANK_ONE, 512, 128, 1, 1e-12},
                   {DUPLICATES, 40, 60, 3e4, 1e-12}};
    uint64_t state = 3;
    for (size_t e = 0; e < sizeof example / sizeof *example; e++) {
        const int64_t n = example[e].n, d = example[e].d;
        double *z = rows_of(example[e].kind, &state, n, d, example[e].scale);
        double *token = rows_of(PLAIN, &state, 1, d, 1);
        check("an example", z, n, d, token, example[e].ridge);
        free(z);
        free(token);
    }
}

/* 1/2 ||z - Z^T w||^2 + l1 |w|_1 + l2/2 ||w||^2 of weights w[n, 1], and c := Z (z - Z^T w). */
static void objective_of(arb_t out, arb_mat_t c, const arb_mat_t z, const arb_mat_t t, const arb_mat_t w, double l1,
                         double l2)
{
    const slong n = arb_mat_nrows(z), d = arb_mat_ncols(z);
    arb_mat_t zt, r;
    arb_t part, size;
    arb_mat_init(zt, d, n);
    arb_mat_init(r, d, 1);
    arb_init(part);
    arb_init(size);
    arb_mat_transpose(zt, z);
    arb_mat_mul(r, zt, w, BITS);
    arb_mat_sub(r, t, r, BITS);
    arb_mat_mul(c, z, r, BITS);
    arb_zero(out);
    for (slong j = 0; j < d; j++)
        arb_addmul(out, arb_mat_entry(r, j, 0), arb_mat_entry(r, j, 0), BITS);
    for (slong i = 0; i < n; i++) {
        arb_abs(part, arb_mat_entry(w, i, 0));
        arb_add(size, size, part, BITS);
        arb_set_d(part, l2);
        arb_mul(part, part, arb_mat_entry(w, i, 0), BITS);
        arb_addmul(out, part, arb_mat_entry(w, i, 0), BITS);
    }
    arb_mul_2exp_si(out, out, -1);
    arb_set_d(part, l1);
    arb_addmul(out, part, size, BITS);
    arb_clear(part);
    arb_clear(size);
    arb_mat_clear(zt);
    arb_mat_clear(r);
}

/* The minimum on the face that the weights are on; false if it is not that of the whole problem. */
static bool minimum(arb_t out, const arb_mat_t z, const arb_mat_t t, const double *w, double l1, double l2)
{
    const slong n = arb_mat_nrows(z), d = arb_mat_ncols(z);
    slong *face = malloc((size_t)n * sizeof *face), p = 0;
    for (slong i = 0; i < n; i++)
        if (w[i] != 0)
            face[p++] = i;
    arb_mat_t k, b, x, whole, c;
    arb_t s;
    arb_mat_init(k, p, p);
    arb_mat_init(b, p, 1);
    arb_mat_init(x, p, 1);
    arb_mat_init(whole, n, 1);
    arb_mat_init(c, n, 1);
    arb_init(s);
    for (slong i = 0; i < p; i++) {
        for (slong h = 0; h < p; h++)
            for (slong j = 0; j < d; j++)
                arb_addmul(arb_mat_entry(k, i, h), arb_mat_entry(z, face[i], j), arb_mat_entry(z, face[h], j), BITS);
        for (slong j = 0; j < d; j++)
            arb_addmul(arb_mat_entry(b, i, 0), arb_mat_entry(z, face[i], j), arb_mat_entry(t, j, 0), BITS);
        arb_set_d(s, l2);
        arb_add(arb_mat_entry(k, i, i), arb_mat_entry(k, i, i), s, BITS);
        arb_set_d(s, copysign(l1, w[face[i]]));
        arb_sub(arb_mat_entry(b, i, 0), arb_mat_entry(b, i, 0), s, BITS);
    }
    bool is_minimum = p == 0 || arb_mat_spd_solve(x, k, b, BITS);
    for (slong i = 0; i < p && is_minimum; i++) {
        arb_set(arb_mat_entry(whole, face[i], 0), arb_mat_entry(x, i, 0));
        is_minimum = value(arb_mat_entry(x, i, 0)) * w[face[i]] >= 0;
    }
    objective_of(out, c, z, t, whole, l1, l2);
    for (slong i = 0; i < n && is_minimum; i++)
        is_minimum = w[i] != 0 || fabs(value(arb_mat_entry(c, i, 0))) <= l1;
    arb_clear(s);
    arb_mat_clear(k);
    arb_mat_clear(b);
    arb_mat_clear(x);
    arb_mat_clear(whole);
    arb_mat_clear(c);
    free(face);
    return is_minimum;
}

static int certified, minima; /* points that reached their gap; that were compared */

/* objective - gap is never above the minimum, and the weights' own objective never above that by more than the gap. */
static void certify(const char *where, const double *x, int64_t n, int64_t d, const double *token, double penalty,
                    double share, double tolerance)
{
    const info_matrix context = view(x, n, d), row = view(token, 1, d);
    const info_lasso_options options = {
        .struct_size = sizeof options, .ridge_share = share, .tolerance = tolerance, .max_sweeps = 20000};
    double *w = malloc((size_t)n * sizeof *w);
    const info_matrix_out weights = {w, 1, n, n, 1, INFO_F64, 0};
    info_lasso_point point;
    const info_status status = info_lasso_path(NULL, &context, &row, &penalty, 1, &options, &weights, &point, 1);
    const double l1 = penalty * (1 - share), l2 = penalty * share;
    arb_mat_t z, t, exact, c;
    arb_t least, own;
    arb_mat_init(z, n, d);
    arb_mat_init(t, d, 1);
    arb_mat_init(exact, n, 1);
    arb_mat_init(c, n, 1);
    arb_init(least);
    arb_init(own);
    for (int64_t j = 0; j < d; j++) {
        arb_set_d(arb_mat_entry(t, j, 0), token[j]);
        for (int64_t i = 0; i < n; i++)
            arb_set_d(arb_mat_entry(z, i, j), x[i * d + j]);
    }
    for (int64_t i = 0; i < n; i++)
        arb_set_d(arb_mat_entry(exact, i, 0), w[i]);
    certified += status == INFO_OK;
    if (minimum(least, z, t, w, l1, l2)) {
        objective_of(own, c, z, t, exact, l1, l2);
        arb_sub(own, own, least, BITS);
        const double above = value(own), claimed = point.objective - value(least);
        minima++;
        if (!(above <= point.gap && claimed <= point.gap * (1 + 1e-15) && status >= 0) ||
            (status == INFO_OK && !(point.gap <= tolerance * point.objective * (1 + 1e-15)))) {
            failures++;
            printf("lasso, %s, %lld x %lld, penalty %g, share %g: status %d, gap %g, true %g, objective - minimum %g\n",
                   where, (long long)n, (long long)d, penalty, share, (int)status, point.gap, above, claimed);
        }
    }
    arb_clear(least);
    arb_clear(own);
    arb_mat_clear(z);
    arb_mat_clear(t);
    arb_mat_clear(exact);
    arb_mat_clear(c);
    free(w);
}

static void sweep_certificates(void)
{
    const double scales[] = {1, 3e4, 1e6, 1e8}, shares[] = {0, 0.3, 1}, parts[] = {0.3, 0.01, 1e-4};
    uint64_t state = 5;
    int all = 0;
    for (int kind = 0; kind < KINDS; kind++)
        for (int c = 0; c < 4; c++)
            for (int s = 0; s < 3; s++)
                for (int a = 0; a < 3; a++) {
                    double *z = rows_of(kind, &state, 20, 30, scales[c]), *token = rows_of(PLAIN, &state, 1, 30, 1);
                    token[0] *= kind == FEATURE || kind == DUPLICATES ? scales[c] : 1;
                    double largest = 0;
                    for (int i = 0; i < 20; i++) {
                        double inner = 0;
                        for (int j = 0; j < 30; j++)
                            inner += z[i * 30 + j] * token[j];
                        largest = fmax(largest, fabs(inner));
                    }
                    certify(kind_names[kind], z, 20, 30, token, parts[a] * largest, shares[s], 1e-11);
                    certify(kind_names[kind], z, 20, 30, token, parts[a], shares[s], 1e-11);
                    all += 2;
                    free(z);
                    free(token);
                }
    printf("lasso: %d of %d reached their gap, %d compared with the minimum\n", certified, all, minima);
}

int main(void)
{
    sweep_certificates();
    examples();
    sweep();
    printf("%.3g of the bounds at most, %d failures\n", worst_part, failures);
    flint_cleanup();
    return failures > 0;
}
