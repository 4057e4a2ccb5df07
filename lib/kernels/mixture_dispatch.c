/* SPDX-License-Identifier: MIT
 * The loops of mixtures of each instruction set. */
#include "kernels/mixture.h"

extern const info_i_mixture_kernels info_i_mixture_kernels_c;
#if defined(__x86_64__)
extern const info_i_mixture_kernels info_i_mixture_kernels_avx2, info_i_mixture_kernels_avx512;
#endif

const info_i_mixture_kernels *info_i_mixture_kernels_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return &info_i_mixture_kernels_avx512;
    if (cpu == INFO_CPU_AVX2)
        return &info_i_mixture_kernels_avx2;
#endif
    return &info_i_mixture_kernels_c;
}
