/* SPDX-License-Identifier: MIT
 * Which of the symmetric kernels to run. */
#include "kernels/symmetric.h"

const info_i_symmetric_f32 *info_i_symmetric_f32_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return &info_i_symmetric_f32_avx512;
    if (cpu == INFO_CPU_AVX2)
        return &info_i_symmetric_f32_avx2;
#endif
    (void)cpu;
    return &info_i_symmetric_f32_c;
}

const info_i_symmetric_f64 *info_i_symmetric_f64_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return &info_i_symmetric_f64_avx512;
    if (cpu == INFO_CPU_AVX2)
        return &info_i_symmetric_f64_avx2;
#endif
    (void)cpu;
    return &info_i_symmetric_f64_c;
}
