/* SPDX-License-Identifier: MIT
 * Compiled once per instruction set. */
#include "kernels/exponentials.h"

#include "kernels/exp_f64.h"

void RN(exponentials)(int64_t n, double scale, double shift, const double *x, double *y)
{
    const f64_table entries = f64_load_table(exp_entries);
    for (int64_t i = 0; i < n; i += 8)
        f64_store_first(
            y + i, f64_exp(&entries, f64_mul(f64_sub(f64_load_first(x + i, n - i), f64_set(shift)), f64_set(scale))),
            n - i);
}
