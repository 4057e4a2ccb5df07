/* SPDX-License-Identifier: MIT
 * The kernels over rows of states for one element type: element, its bits, NAME(name). */

/* Magnitudes are in the order of their bits, and what is not finite is above all that is. */
static double NAME(largest)(int64_t n, const void *row)
{
    const element *x = row;
    bits most = 0;
    for (int64_t j = 0; j < n; j++) {
        bits b;
        memcpy(&b, x + j, sizeof b);
        b &= (bits)-1 >> 1;
        most = b > most ? b : most;
    }
    element size;
    memcpy(&size, &most, sizeof size);
    return isfinite(size) ? (double)size : NAN;
}

static void NAME(add_to_columns)(int64_t n, const void *row, double scale, double *restrict sum, double *restrict rest)
{
    const element *restrict x = row;
    for (int64_t j = 0; j < n; j++) {
        const double term = scale * (double)x[j], total = sum[j] + term, back = total - sum[j];
        rest[j] += (sum[j] - (total - back)) + (term - back);
        sum[j] = total;
    }
}

static double NAME(squares)(int64_t n, const void *row, double scale, const double *restrict mean,
                            const double *restrict rest)
{
    const element *restrict x = row;
    double sum[8] = {0};
    const int64_t whole = n - n % 8;
    for (int64_t j = 0; j < whole; j += 8)
        for (int64_t lane = 0; lane < 8; lane++) {
            const double z = scale * (double)x[j + lane] - mean[j + lane] - rest[j + lane];
            sum[lane] += z * z;
        }
    for (int64_t j = whole; j < n; j++) {
        const double z = scale * (double)x[j] - mean[j] - rest[j];
        sum[j - whole] += z * z;
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static void NAME(prepare_f64)(int64_t n, const void *row, double scale, const double *restrict mean,
                              const double *restrict rest, double factor, double *restrict out)
{
    const element *restrict x = row;
    for (int64_t j = 0; j < n; j++)
        out[j] = factor * (scale * (double)x[j] - mean[j] - rest[j]);
}

static void NAME(prepare_f32)(int64_t n, const void *row, double scale, const double *restrict mean,
                              const double *restrict rest, double factor, float *restrict out)
{
    const element *restrict x = row;
    for (int64_t j = 0; j < n; j++)
        out[j] = (float)(factor * (scale * (double)x[j] - mean[j] - rest[j]));
}
