/* SPDX-License-Identifier: MIT
 * Quadrature rules from Lanczos' recurrence. */
#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "spectral/lanczos.h"

#define ORDER (INFO_I_LANCZOS_STEPS + 1)

int64_t info_i_lanczos_work(void)
{
    return ORDER * ORDER + ORDER + info_i_backend_default()->eigen_work_f64(true, ORDER);
}

/* sum of (first component of eigenvector)^2 f(eigenvalue) of the tridiagonal matrix that is in the lower triangle. */
static info_status rule(int64_t n, double *a, double *work, double *value)
{
    const info_i_backend *backend = info_i_backend_default();
    double *nodes = work;
    const info_status status = backend->eigen_f64(true, n, a, n, nodes, work + ORDER, backend->eigen_work_f64(true, n));
    *value = 0;
    for (int64_t i = 0; i < n && status == INFO_OK; i++)
        if (nodes[i] > 0)
            *value -= a[i * n] * a[i * n] * nodes[i] * log(nodes[i]);
    return status;
}

static void fill(int64_t steps, int64_t n, const double *alpha, const double *beta, int64_t stride, double *a)
{
    memset(a, 0, (size_t)(n * n) * sizeof *a);
    for (int64_t k = 0; k < steps; k++) {
        a[k * n + k] = alpha[k * stride];
        if (k + 1 < n)
            a[(k + 1) * n + k] = beta[k * stride];
    }
}

info_status info_i_lanczos_bracket(int64_t steps, const double *alpha, const double *beta, int64_t stride, double *work,
                                   double *low, double *high)
{
    double *a = work;
    fill(steps, steps, alpha, beta, stride, a);
    info_status status = rule(steps, a, work + ORDER * ORDER, high);
    *low = *high;
    /* The last pivot of the factorized matrix: with beta^2 / pivot as one more diagonal element 0 is an eigenvalue.
     * Where it has none above rounding, 0 is a node already. */
    double pivot = alpha[0], left = beta[(steps - 1) * stride];
    for (int64_t k = 1; k < steps && pivot > 0; k++)
        pivot = alpha[k * stride] - beta[(k - 1) * stride] * beta[(k - 1) * stride] / pivot;
    if (status != INFO_OK || left == 0 || !(pivot > 0))
        return status;
    fill(steps, steps + 1, alpha, beta, stride, a);
    a[(steps + 1) * (steps + 1) - 1] = left / pivot * left;
    status = rule(steps + 1, a, work + ORDER * ORDER, low);
    *low = *low < *high ? *low : *high; /* but for rounding */
    return status;
}
