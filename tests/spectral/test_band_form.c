/* SPDX-License-Identifier: MIT
 * What entropies without eigenvalues stand on: sums of squares, the reduction to a band, log-determinants of bands. */
#include <string.h>

#include "../backend/both.h"
#include "kernels/band.h"
#include "kernels/symmetric.h"
#include "spectral/band_form.h"

static const int64_t widths[] = {16, 32, 96};
static const int64_t orders[] = {1, 2, 16, 17, 18, 33, 50, 98, 99, 130, 200, 293};

/* On this thread, or by the workers of ctx. */
static info_i_place place_of(info_ctx *ctx, info_i_error *error, info_cpu cpu)
{
    return (info_i_place){ctx, error, info_i_kernels_of(cpu)};
}

/* The band of a, as doubles. */
static double *band_of(const info_i_place *place, int64_t n, int64_t width, const double *a, bool single)
{
    double *copy = take(n * n, sizeof *copy), *band = take(n * (width + 1), sizeof *band);
    double *memory = take(info_i_band_form_size(n, width), sizeof *memory);
    memcpy(copy, a, (size_t)(n * n) * sizeof *a);
    if (single) {
        float *a32 = narrow(copy, n * n), *band32 = take(n * (width + 1), sizeof *band32);
        ck_assert_int_eq(info_i_band_form_f32(place, n, width, a32, band32, memory), INFO_OK);
        for (int64_t i = 0; i < n * (width + 1); i++)
            band[i] = (double)band32[i];
        free(a32), free(band32);
    } else {
        ck_assert_int_eq(info_i_band_form_f64(place, n, width, copy, band, memory), INFO_OK);
    }
    free(copy), free(memory);
    return band;
}

static double *eigenvalues(int64_t n, double *a)
{
    const info_i_backend *b = info_i_backend_reference();
    const int64_t size = b->eigen_work_f64(false, n);
    double *w = take(n, sizeof *w), *work = take(size, sizeof *work);
    ck_assert_int_eq(b->eigen_f64(false, n, a, n, w, work, size), INFO_OK);
    free(work);
    return w;
}

/* A backward stable reduction belongs to A + E with |E|_F <= c n u |A|_F, c = 30 as LAPACK's own tests allow. */
START_TEST(a_band_keeps_the_spectrum)
{
    for (size_t s = 0; s < sizeof orders / sizeof *orders; s++)
        for (int k = 0; k < 3; k++)
            for (int single = 0; single < 2; single++) {
                const int64_t n = orders[s], width = widths[k];
                info_i_error error = {0};
                const info_i_place place = place_of(NULL, &error, info_ctx_cpu(NULL));
                double *a = random_symmetric(n, n, 13), *dense = take(n * n, sizeof *dense);
                double *band = band_of(&place, n, width, a, single);
                for (int64_t i = 0; i < n; i++)
                    for (int64_t j = 0; j <= width; j++) {
                        if (i + j < n)
                            dense[(i + j) * n + i] = band[i * (width + 1) + j];
                        else
                            ck_assert_double_eq(band[i * (width + 1) + j], 0);
                    }
                const double bound = 30 * (double)n * (single ? 0x1p-24 : 0x1p-53) * frobenius(a, n, n);
                double *expected = eigenvalues(n, a), *found = eigenvalues(n, dense);
                for (int64_t i = 0; i < n; i++)
                    assert_within(found[i], expected[i], bound, "spectrum of the band", n);
                free(a), free(dense), free(band), free(expected), free(found);
            }
}
END_TEST

/* Columns that are zero already have nothing to reflect. */
START_TEST(a_band_of_a_diagonal_matrix_is_the_diagonal)
{
    enum { N = 70 };
    double a[N * N] = {0};
    for (int i = 0; i < N; i++)
        a[i * (N + 1)] = 1 + i;
    info_i_error error = {0};
    const info_i_place place = place_of(NULL, &error, info_ctx_cpu(NULL));
    for (int single = 0; single < 2; single++) {
        double *band = band_of(&place, N, 16, a, single);
        for (int i = 0; i < N; i++)
            for (int k = 0; k <= 16; k++)
                ck_assert_double_eq(band[i * 17 + k], k == 0 ? 1 + i : 0);
        free(band);
    }
}
END_TEST

START_TEST(bands_have_the_same_bits_at_every_level_and_number_of_threads)
{
    enum { N = 250, WIDTH = 32 };
    double *a = random_symmetric(N, N, 5);
    for (int single = 0; single < 2; single++) {
        info_i_error error = {0};
        const info_i_place plain = place_of(NULL, &error, INFO_CPU_C);
        double *expected = band_of(&plain, N, WIDTH, a, single);
        for (int32_t cpu = INFO_CPU_C; cpu <= info_ctx_cpu(NULL); cpu++)
            for (int32_t threads = 1; threads < 6; threads += 2) {
                const info_ctx_options o = {.struct_size = sizeof o, .threads = threads, .cpu = cpu};
                info_ctx *ctx;
                ck_assert_int_eq(info_ctx_create(&o, &ctx), INFO_OK);
                const info_i_place place = place_of(ctx, &ctx->error, cpu);
                double *band = band_of(&place, N, WIDTH, a, single);
                ck_assert_int_eq(memcmp(band, expected, sizeof *band * N * (WIDTH + 1)), 0);
                free(band);
                info_ctx_destroy(ctx);
            }
        free(expected);
    }
    free(a);
}
END_TEST

/* Rows of z in panels. */
static double *panels_of(int64_t n, int64_t depth, const double *z, int64_t *step)
{
    const int64_t panels = (n + INFO_I_PANEL - 1) / INFO_I_PANEL;
    *step = depth * INFO_I_PANEL;
    double *out = take(panels * *step, sizeof *out);
    for (int64_t k = 0; k < depth; k++)
        for (int64_t j = 0; j < n; j++)
            out[j / INFO_I_PANEL * *step + k * INFO_I_PANEL + j % INFO_I_PANEL] = z[k * n + j];
    return out;
}

/* An inner product of depth terms is within depth u of the sum of its terms' magnitudes, here below depth. */
START_TEST(sums_of_squares_are_inner_products)
{
    static const int64_t depths[] = {1, 7, 256, 300};
    for (size_t s = 0; s < sizeof orders / sizeof *orders - 2; s++)
        for (int d = 0; d < 4; d++) {
            const int64_t n = orders[s], depth = depths[d];
            int64_t step;
            double *z = random_matrix(depth, n, n, 3), *panels = panels_of(n, depth, z, &step);
            double *c = take(n * n, sizeof *c);
            float *panels32 = narrow(panels, (n + INFO_I_PANEL - 1) / INFO_I_PANEL * step),
                  *c32 = take(n * n, sizeof *c32);
            info_i_error error = {0};
            const info_i_place place = place_of(NULL, &error, info_ctx_cpu(NULL));
            for (int twice = 0; twice < 2; twice++) {
                ck_assert_int_eq(info_i_add_squares_f64(&place, twice == 0, n, depth, panels, step, c), INFO_OK);
                ck_assert_int_eq(info_i_add_squares_f32(&place, twice == 0, n, depth, panels32, step, c32), INFO_OK);
            }
            const double allowed = 4 * (double)(depth * depth);
            for (int64_t i = 0; i < n; i++)
                for (int64_t j = 0; j <= i; j++) {
                    double sum = 0;
                    for (int64_t k = 0; k < depth; k++)
                        sum += 2 * z[k * n + i] * z[k * n + j];
                    assert_within(c[i * n + j], sum, allowed * 0x1p-53, "sum of squares", n);
                    assert_within((double)c32[i * n + j], sum, allowed * 0x1p-24, "sum of squares of floats", n);
                }
            free(z), free(panels), free(panels32), free(c), free(c32);
        }
}
END_TEST

static void log_dets(info_cpu cpu, int64_t n, int64_t width, const double *band, const double *shift, double *out)
{
    double *work = take(INFO_I_BAND_WORK(width), sizeof *work);
    info_i_kernels_of(cpu)->band->log_dets(n, width, band, shift, work, out);
    free(work);
}

/* A fixed string of n masses: eigenvalues 2 - 2 cos(k pi / (n + 1)); log det(I + B / t) relative to itself, over 14
 * orders of magnitude of the shift. Each of n terms may round in its pivot and in its sum. */
START_TEST(log_determinants_of_a_vibrating_string)
{
    static const double shift[8] = {1e-6, 1e-3, 0.1, 1, 17, 1e3, 1e6, 1e8};
    for (int64_t n = 1; n < 60; n += 7)
        for (int k = 0; k < 3; k++) {
            const int64_t width = widths[k];
            double *band = take(n * (width + 1), sizeof *band), out[8];
            for (int64_t i = 0; i < n; i++)
                band[i * (width + 1)] = 2, band[i * (width + 1) + 1] = i + 1 < n ? -1 : 0;
            log_dets(info_ctx_cpu(NULL), n, width, band, shift, out);
            for (int s = 0; s < 8; s++) {
                double expected = 0;
                for (int64_t i = 1; i <= n; i++)
                    expected += log1p((2 - 2 * cos((double)i * M_PI / (double)(n + 1))) / shift[s]);
                assert_within(out[s], expected, 8 * (double)n * 0x1p-53 * expected, "log det", n);
            }
            free(band);
        }
}
END_TEST

/* Lanes do not see each other: shifts that leave the matrix indefinite have no value, the others keep theirs. */
START_TEST(log_determinants_of_indefinite_matrices_are_nan)
{
    enum { N = 5, WIDTH = 16 };
    static const double shift[8] = {0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4};
    double band[N * (WIDTH + 1)] = {0}, out[8];
    for (int i = 0; i < N; i++)
        band[i * (WIDTH + 1)] = i == 3 ? -2.25 : 1;
    log_dets(info_ctx_cpu(NULL), N, WIDTH, band, shift, out);
    for (int s = 0; s < 8; s++) {
        if (shift[s] < 2.25)
            ck_assert(isnan(out[s]));
        else
            assert_within(out[s], 4 * log1p(1 / shift[s]) + log1p(-2.25 / shift[s]), 1e-14, "log det", N);
    }
}
END_TEST

START_TEST(log_determinants_have_the_same_bits_at_every_level)
{
    enum { N = 61, WIDTH = 32 };
    static const double shift[8] = {1e-5, 1e-3, 0.1, 1, 17, 1e3, 1e6, 1e8};
    double band[N * (WIDTH + 1)], expected[8], out[8];
    uint64_t state = 3;
    for (int i = 0; i < N; i++)
        for (int k = 0; k <= WIDTH; k++)
            band[i * (WIDTH + 1) + k] = i + k >= N ? 0 : k == 0 ? 40 : uniform(&state);
    log_dets(INFO_CPU_C, N, WIDTH, band, shift, expected);
    for (int32_t cpu = INFO_CPU_C; cpu <= info_ctx_cpu(NULL); cpu++) {
        log_dets(cpu, N, WIDTH, band, shift, out);
        ck_assert_int_eq(memcmp(out, expected, sizeof out), 0);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_band_keeps_the_spectrum,
                                  a_band_of_a_diagonal_matrix_is_the_diagonal,
                                  bands_have_the_same_bits_at_every_level_and_number_of_threads,
                                  sums_of_squares_are_inner_products,
                                  log_determinants_of_a_vibrating_string,
                                  log_determinants_of_indefinite_matrices_are_nan,
                                  log_determinants_have_the_same_bits_at_every_level,
                                  NULL};
    return run_tests("spectral band form", tests);
}
