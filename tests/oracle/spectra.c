/* SPDX-License-Identifier: MIT
 *
 * spectra: spectra, entropies and effective ranks of matrices up to 64 x 64 against eigenvalues in
 * ball arithmetic (Arb): approximations at 200 bits, and a proof of how far off they can be.
 */
#include <acb_mat.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "info/info.h"

#define BITS 200
#define LARGEST 64

static uint64_t state = 20260301;

static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-52 - 1;
}

/* Rows of states, columns that decay; the last two tokens are alike. */
static void make_states(double *x, int64_t rows, int64_t cols, double decay)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            x[i * cols + j] = uniform() * pow(decay, (double)j);
    for (int64_t j = 0; j < cols && rows > 3; j++)
        x[(rows - 1) * cols + j] = x[(rows - 2) * cols + j];
}

/* Z^T Z of rows less their mean, scaled to unit length, or of the rows as they are. */
static void exact_covariance(acb_mat_t c, const double *x, int64_t rows, int64_t cols, bool diff_erank)
{
    arb_mat_t z;
    arb_t sum;
    arb_mat_init(z, rows, cols), arb_init(sum);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            arb_set_d(arb_mat_entry(z, i, j), x[i * cols + j]);
    for (int64_t j = 0; j < cols && diff_erank; j++) {
        arb_zero(sum);
        for (int64_t i = 0; i < rows; i++)
            arb_add(sum, sum, arb_mat_entry(z, i, j), BITS);
        arb_div_si(sum, sum, rows, BITS);
        for (int64_t i = 0; i < rows; i++)
            arb_sub(arb_mat_entry(z, i, j), arb_mat_entry(z, i, j), sum, BITS);
    }
    for (int64_t i = 0; i < rows && diff_erank; i++) {
        arb_zero(sum);
        for (int64_t j = 0; j < cols; j++)
            arb_addmul(sum, arb_mat_entry(z, i, j), arb_mat_entry(z, i, j), BITS);
        arb_sqrt(sum, sum, BITS);
        for (int64_t j = 0; j < cols; j++)
            arb_div(arb_mat_entry(z, i, j), arb_mat_entry(z, i, j), sum, BITS);
    }
    for (int64_t j = 0; j < cols; j++)
        for (int64_t k = 0; k < cols; k++) {
            arb_zero(sum);
            for (int64_t i = 0; i < rows; i++)
                arb_addmul(sum, arb_mat_entry(z, i, j), arb_mat_entry(z, i, k), BITS);
            acb_set_arb(acb_mat_entry(c, j, k), sum);
        }
    arb_mat_clear(z), arb_clear(sum);
}

static int descending(const void *a, const void *b)
{
    return -arf_cmp(arb_midref(*(const arb_t *)a), arb_midref(*(const arb_t *)b));
}

/* Eigenvalues, descending, as balls that hold them. False if the proof fails. */
static bool exact_eigenvalues(arb_ptr values, const acb_mat_t c, int64_t n)
{
    acb_ptr approximate = _acb_vec_init(n);
    acb_mat_t vectors;
    mag_t error, doubled;
    acb_mat_init(vectors, n, n), mag_init(error), mag_init(doubled);
    acb_mat_approx_eig_qr(approximate, NULL, vectors, c, NULL, 0, BITS);
    acb_mat_eig_global_enclosure(error, c, approximate, vectors, BITS);
    /* Every eigenvalue is within error of an approximation, and a cluster of k discs holds k: in order, they
     * differ by no more than a cluster is long. */
    mag_mul_ui(doubled, error, 2 * (ulong)n);
    for (int64_t i = 0; i < n; i++) {
        arb_set(values + i, acb_realref(approximate + i));
        arb_add_error_mag(values + i, doubled);
    }
    qsort(values, (size_t)n, sizeof *values, descending);
    const bool proved = mag_cmp_2exp_si(doubled, -100) < 0;
    acb_mat_clear(vectors), mag_clear(error), mag_clear(doubled), _acb_vec_clear(approximate, n);
    return proved;
}

/* p_i, their entropy and its exponential. Balls that hold 0 count as 0: rank-deficient by construction. */
static void exact_entropy(arb_ptr p, int64_t n, bool roots, arb_t entropy)
{
    arb_t total, term;
    arb_init(total), arb_init(term), arb_zero(entropy);
    for (int64_t i = 0; i < n; i++) {
        if (arb_contains_zero(p + i))
            arb_zero(p + i);
        else if (roots)
            arb_sqrt(p + i, p + i, BITS);
        arb_add(total, total, p + i, BITS);
    }
    for (int64_t i = 0; i < n; i++) {
        arb_div(p + i, p + i, total, BITS);
        if (arb_is_zero(p + i))
            continue;
        arb_log(term, p + i, BITS);
        arb_submul(entropy, term, p + i, BITS);
    }
    arb_clear(total), arb_clear(term);
}

static double mid(const arb_t x)
{
    return arf_get_d(arb_midref(x), ARF_RND_NEAR);
}

static double worst_p, worst_rank;

/* What the library says of one matrix beside the proof; the spectrum within a backward stable decomposition's
 * rounding, 8 n 2^-53 of the largest, and the rank within its own bound and 1e-12. */
static bool compare(const double *x, int64_t rows, int64_t cols, bool diff_erank, bool roots, double decay)
{
    const info_spectral_options o = {.struct_size = sizeof o,
                                     .convention =
                                         diff_erank ? INFO_CONVENTION_DIFF_ERANK : INFO_CONVENTION_ROY_VETTERLI,
                                     .scale = roots ? INFO_SCALE_SINGULAR_VALUES : INFO_SCALE_COVARIANCE};
    const info_matrix m = {x, rows, cols, cols, 1, INFO_F64, 0};
    const int64_t n = rows < cols ? rows : cols;
    double p[LARGEST], rank, bound;
    if (info_spectrum(NULL, &m, &o, p, n) != INFO_OK ||
        info_effective_rank(NULL, &m, 1, &o, &rank, &bound, 1) != INFO_OK)
        return false;
    acb_mat_t c;
    arb_t entropy, truth;
    arb_ptr values = _arb_vec_init(cols);
    acb_mat_init(c, cols, cols), arb_init(entropy), arb_init(truth);
    exact_covariance(c, x, rows, cols, diff_erank);
    bool good = exact_eigenvalues(values, c, cols);
    exact_entropy(values, cols, roots, entropy);
    arb_exp(truth, entropy, BITS);
    for (int64_t i = 0; i < n; i++) {
        const double off = fabs(p[i] - mid(values + i)) / (8 * (double)cols * 0x1p-53 * p[0]);
        worst_p = fmax(worst_p, off);
        good = good && off <= 1;
    }
    const double off = fabs(rank - mid(truth));
    worst_rank = fmax(worst_rank, off / rank);
    good = good && off <= bound && off <= 1e-12 * rank;
    if (!good)
        printf("%ld x %ld, decay %g, %s%s: rank %.17g, truth %.17g, bound %.3g, spectrum off by %.3g\n", (long)rows,
               (long)cols, decay, diff_erank ? "Diff-eRank" : "as they are", roots ? ", singular values" : "", rank,
               mid(truth), bound, worst_p);
    acb_mat_clear(c), arb_clear(entropy), arb_clear(truth), _arb_vec_clear(values, cols);
    return good;
}

int main(void)
{
    static const int64_t shapes[][2] = {{3, 2},   {5, 3},   {4, 7},   {16, 8},  {9, 16},
                                        {40, 24}, {20, 33}, {70, 48}, {100, 64}};
    static double x[100 * LARGEST];
    bool good = true;
    int count = 0;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int kind = 0; kind < 4; kind++) {
            const double decay = kind == 1 ? 0.7 : 0.97;
            make_states(x, shapes[s][0], shapes[s][1], decay);
            good = compare(x, shapes[s][0], shapes[s][1], kind < 2, kind == 3, decay) && good;
            count++;
        }
    printf("%d spectra: p within %.2g of 8 n 2^-53, ranks within %.2g\n", count, worst_p, worst_rank);
    flint_cleanup();
    return good ? 0 : 1;
}
