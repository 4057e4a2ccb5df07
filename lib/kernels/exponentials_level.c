/* SPDX-License-Identifier: MIT
 * Compiled once per instruction set. */
#include "kernels/exponentials.h"

#include "kernels/exp_f64.h"

void RN(exponentials)(int64_t n, double scale, double shift, const double *x, double *y)
{
    const f64_table entries = f64_load_table(exp_entries);
    const f64x8 minus_shift = f64_set(-shift), by = f64_set(scale);
    for (int64_t i = 0; i < n; i += 8) {
        const f64x8 from = f64_load_first(x + i, n - i);
        const dd8 difference = f64_two_sum(from, minus_shift);
        const f64x8 exponent = f64_mul(difference.high, by);
        const f64x8 near = f64_exp(&entries, exponent);
        /* What rounding took from the difference, which counts where x is large; not so of infinities. */
        const f64x8 exact = f64_fma(near, f64_mul(difference.low, by), near);
        f64_store_first(y + i, f64_select(f64_less(f64_set(-708), exponent), exact, near), n - i);
    }
}
