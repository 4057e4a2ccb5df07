/* SPDX-License-Identifier: MIT
 * The tables of kernels, in the order of INFO_CPU_C and up. */
#include "kernels/kernels.h"

extern const info_i_kernels info_i_kernels_c;
#if defined(__x86_64__) && !defined(INFO_I_ONE_LEVEL)
extern const info_i_kernels info_i_kernels_avx2, info_i_kernels_avx512;
#endif

const info_i_kernels *info_i_kernels_of(info_cpu level)
{
    static const info_i_kernels *const tables[] = {
        &info_i_kernels_c,
#if defined(__x86_64__) && !defined(INFO_I_ONE_LEVEL)
        &info_i_kernels_avx2,
        &info_i_kernels_avx512,
#endif
    };
    return tables[level - INFO_CPU_C];
}
