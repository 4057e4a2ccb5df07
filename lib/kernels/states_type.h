/* SPDX-License-Identifier: MIT
 * The kernels over rows of states for one element type: element, vector of LANES of them, V(operation) on it,
 * LOAD(p) of eight as doubles, NAME(name). */

/* Zero times what is not finite is NaN. */
static double NAME(largest)(int64_t n, const void *row)
{
    const element *x = row;
    const vector zero = V(set)(0);
    vector most = zero, not_finite = zero;
    int64_t j = 0;
    for (; j + 2 * LANES <= n; j += 2 * LANES) {
        const vector u = V(load)(x + j), v = V(load)(x + j + LANES);
        most = V(max)(V(max)(V(abs)(u), V(abs)(v)), most);
        not_finite = V(add)(not_finite, V(add)(V(mul)(u, zero), V(mul)(v, zero)));
    }
    element lane[LANES], largest = 0, rest = 0;
    V(store)(lane, most);
    for (; j < n; j++) {
        largest = FABS(x[j]) > largest ? FABS(x[j]) : largest;
        rest += x[j] * 0;
    }
    for (int k = 0; k < LANES; k++)
        largest = lane[k] > largest ? lane[k] : largest;
    return rest == 0 && V(mask_all)(V(equal)(not_finite, zero)) ? (double)largest : NAN;
}

static void NAME(add_to_columns)(int64_t n, const void *row, double scale, double *sum, double *rest)
{
    const element *x = row;
    const f64x8 factor = f64_set(scale);
    int64_t j = 0;
    for (; j + F64_LANES <= n; j += F64_LANES) {
        const dd8 total = f64_two_sum(f64_load(sum + j), f64_mul(factor, LOAD(x + j)));
        f64_store(sum + j, total.high);
        f64_store(rest + j, f64_add(f64_load(rest + j), total.low));
    }
    for (; j < n; j++) {
        const info_i_dd total = info_i_two_sum(sum[j], scale * (double)x[j]);
        sum[j] = total.high;
        rest[j] += total.low;
    }
}

/* Eight elements: scale x - mean - rest. */
INLINE f64x8 NAME(centered)(const element *x, f64x8 scale, const double *mean, const double *rest)
{
    return f64_sub(f64_sub(f64_mul(scale, LOAD(x)), f64_load(mean)), f64_load(rest));
}

static double NAME(squares)(int64_t n, const void *row, double scale, const double *mean, const double *rest)
{
    const element *x = row;
    const f64x8 factor = f64_set(scale);
    f64x8 total = f64_set(0);
    int64_t j = 0;
    for (; j + F64_LANES <= n; j += F64_LANES) {
        const f64x8 z = NAME(centered)(x + j, factor, mean + j, rest + j);
        total = f64_add(total, f64_mul(z, z));
    }
    double sum[F64_LANES];
    f64_store(sum, total);
    for (int lane = 0; j + lane < n; lane++) {
        const double z = scale * (double)x[j + lane] - mean[j + lane] - rest[j + lane];
        sum[lane] += z * z;
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static void NAME(prepare_f64)(int64_t n, const void *row, double scale, const double *mean, const double *rest,
                              double factor, double *out)
{
    const element *x = row;
    const f64x8 s = f64_set(scale), f = f64_set(factor);
    int64_t j = 0;
    for (; j + F64_LANES <= n; j += F64_LANES)
        f64_store(out + j, f64_mul(f, NAME(centered)(x + j, s, mean + j, rest + j)));
    for (; j < n; j++)
        out[j] = factor * (scale * (double)x[j] - mean[j] - rest[j]);
}

static void NAME(prepare_f32)(int64_t n, const void *row, double scale, const double *mean, const double *rest,
                              double factor, float *out)
{
    const element *x = row;
    const f64x8 s = f64_set(scale), f = f64_set(factor);
    int64_t j = 0;
    for (; j + F64_LANES <= n; j += F64_LANES)
        f64_store_f32(out + j, f64_mul(f, NAME(centered)(x + j, s, mean + j, rest + j)));
    for (; j < n; j++)
        out[j] = (float)(factor * (scale * (double)x[j] - mean[j] - rest[j]));
}
