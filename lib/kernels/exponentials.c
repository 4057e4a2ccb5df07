/* SPDX-License-Identifier: MIT
 * Compiled once per instruction set. */
#include "kernels/exponentials.h"

#include "kernels/exp_f64.h"

void RN(exponentials)(int64_t n, double scale, double shift, const double *x, double *y)
{
    const table16 entries = load_table16(exp_entries);
    for (int64_t i = 0; i < n; i += 8)
        store_first(y + i, exp8(&entries, mul8(sub8(load_first(x + i, n - i), set8(shift)), set8(scale))), n - i);
}
