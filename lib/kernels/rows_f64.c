/* SPDX-License-Identifier: MIT
 * Which of the f64 row kernels to run. */
#include "kernels/rows_f64.h"

const info_i_f64_kernels *info_i_f64_kernels_of(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return &info_i_f64_kernels_avx512;
    if (cpu == INFO_CPU_AVX2)
        return &info_i_f64_kernels_avx2;
#endif
    return &info_i_f64_kernels_c;
}
