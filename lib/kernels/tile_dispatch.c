/* SPDX-License-Identifier: MIT
 * The tile kernels of each instruction set. */
#include "kernels/tile_f32.h"

extern const info_i_tile_kernels info_i_tile_kernels_c;
#if defined(__x86_64__)
extern const info_i_tile_kernels info_i_tile_kernels_avx2, info_i_tile_kernels_avx512;
#endif

const info_i_tile_kernels *info_i_tile_kernels_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return &info_i_tile_kernels_avx512;
    if (cpu == INFO_CPU_AVX2)
        return &info_i_tile_kernels_avx2;
#endif
    return &info_i_tile_kernels_c;
}
