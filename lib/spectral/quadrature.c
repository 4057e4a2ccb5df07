/* SPDX-License-Identifier: MIT
 * The entropy of a spectrum as an integral of log-determinants. */
#include <math.h>

#include "kernels/band.h"
#include "spectral/quadrature.h"

#define PI 3.14159265358979323846

typedef struct rule {
    info_i_band_log_det log_det;
    const info_i_band_matrix *a;
    double first, step; /* nodes u = first + k step */
    int64_t count;
    double value[INFO_I_NODES]; /* log det(I + A / t) at the nodes */
} rule;

int64_t info_i_quadrature_size(int64_t n, int64_t width)
{
    return (n + 2 * width) * (width + 1);
}

static info_status evaluate(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    rule *r = user;
    for (int64_t k = begin; k < end; k++)
        r->value[k] = r->log_det(r->a->n, r->a->width, r->a->elements, exp(r->first + (double)k * r->step), scratch);
    return INFO_OK;
}

/* First harmonic of the trapezoidal rule's error at the frequency w = 2 pi / h: the integrand's three
 * parts have Fourier transforms of at most 2 pi exp(-pi w) times 1/w, 1 and w. */
static double discretisation(double w)
{
    return 4 * PI * (1 / w + 1 + w) * exp(-PI * w);
}

static double step_for(double accuracy)
{
    double w = 2;
    while (discretisation(w) > accuracy)
        w += 0.25;
    return 2 * PI / w;
}

/* The integrand less its log-determinant, at t. */
static double regular(double t, double frobenius)
{
    return t / (1 + t) + (1 - frobenius / 2) * t / ((1 + t) * (1 + t));
}

/* Nodes below the first: there det(A + t I) has all but reached det(A + first I). */
static double lower_tail(const rule *r, double log_det, double frobenius)
{
    double sum = 0;
    for (int64_t k = 1;; k++) {
        const double u = r->first - (double)k * r->step, t = exp(u);
        const double term = t * (log_det + (double)r->a->n * (double)k * r->step) - regular(t, frobenius);
        sum += term;
        if (fabs(term) <= 0x1p-60 * (1 + fabs(sum)))
            return sum;
    }
}

info_status info_i_quadrature(const info_i_place *place, info_cpu cpu, const info_i_band_matrix *a, double accuracy,
                              double *memory, double *entropy, double *error)
{
    const double part = accuracy / 4, lowest = fmax(part / (double)a->n, a->floor), highest = -0.5 * log(part);
    rule r = {.log_det = info_i_band_log_det_for(cpu), .a = a, .first = log(lowest), .step = step_for(part)};
    r.count = 1 + (int64_t)ceil((highest - r.first) / r.step);
    if (r.count > INFO_I_NODES)
        return info_i_fail(place->error, INFO_ERROR_UNSUPPORTED, "quadrature: %d nodes are needed", (int)r.count);
    const info_status status =
        place->ctx ? info_i_parallel(place->ctx, r.count, 1,
                                     (size_t)info_i_quadrature_size(a->n, a->width) * sizeof(double), evaluate, &r)
                   : evaluate(&r, 0, r.count, memory, place->error);
    if (status != INFO_OK)
        return status;

    /* Nodes whose shifted matrix is not positive definite lie below the rounding of its eigenvalues. */
    int64_t start = 0;
    while (start < r.count && isnan(r.value[start]))
        start++;
    if (start + 1 >= r.count || exp(r.first + (double)start * r.step) > 64 * lowest)
        return INFO_ERROR_BACKEND;
    r.first += (double)start * r.step;
    const double *value = r.value + start, tail = lower_tail(&r, value[0], a->frobenius);
    double sum = 0;
    for (int64_t k = r.count - start - 1; k >= 0; k--) {
        const double t = exp(r.first + (double)k * r.step);
        sum += t * value[k] - regular(t, a->frobenius);
    }
    *entropy = r.step * (sum + tail) - a->frobenius / 2;

    /* What the constant determinant below the first node adds: each eigenvalue p at most
     * t^2 / (p + t), and the sum of t / (p + t) is the slope of the log-determinant there. */
    const double slope = (double)a->n - (value[0] - value[1]) / r.step;
    *error = discretisation(2 * PI / r.step) + 0.5 * exp(-2 * highest) + exp(r.first) * fmax(slope, 1);
    return INFO_OK;
}

info_i_band_log_det info_i_band_log_det_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return info_i_band_log_det_avx512;
    if (cpu == INFO_CPU_AVX2)
        return info_i_band_log_det_avx2;
#endif
    (void)cpu;
    return info_i_band_log_det_c;
}
