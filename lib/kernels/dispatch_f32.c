/* SPDX-License-Identifier: MIT
 * The row kernels of each instruction set. */
#include "kernels/apart_f32.h"
#include "kernels/gradient_f32.h"
#include "kernels/pair_f32.h"
#include "kernels/softmax_f32.h"

extern const info_i_softmax_kernels info_i_softmax_kernels_c;
extern const info_i_pair_fn info_i_pair_kernel_c;
extern const info_i_gradient_kernels info_i_gradient_kernels_c;
extern const info_i_apart_kernels info_i_apart_kernels_c;
#if defined(__x86_64__)
extern const info_i_softmax_kernels info_i_softmax_kernels_avx2, info_i_softmax_kernels_avx512;
extern const info_i_pair_fn info_i_pair_kernel_avx2, info_i_pair_kernel_avx512;
extern const info_i_gradient_kernels info_i_gradient_kernels_avx2, info_i_gradient_kernels_avx512;
extern const info_i_apart_kernels info_i_apart_kernels_avx2, info_i_apart_kernels_avx512;
#endif

const info_i_softmax_kernels *info_i_softmax_kernels_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return &info_i_softmax_kernels_avx512;
    if (cpu == INFO_CPU_AVX2)
        return &info_i_softmax_kernels_avx2;
#endif
    return &info_i_softmax_kernels_c;
}

info_i_pair_fn info_i_pair_kernel_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return info_i_pair_kernel_avx512;
    if (cpu == INFO_CPU_AVX2)
        return info_i_pair_kernel_avx2;
#endif
    return info_i_pair_kernel_c;
}

const info_i_gradient_kernels *info_i_gradient_kernels_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return &info_i_gradient_kernels_avx512;
    if (cpu == INFO_CPU_AVX2)
        return &info_i_gradient_kernels_avx2;
#endif
    return &info_i_gradient_kernels_c;
}

const info_i_apart_kernels *info_i_apart_kernels_for(info_cpu cpu)
{
#if defined(__x86_64__)
    if (cpu == INFO_CPU_AVX512)
        return &info_i_apart_kernels_avx512;
    if (cpu == INFO_CPU_AVX2)
        return &info_i_apart_kernels_avx2;
#endif
    return &info_i_apart_kernels_c;
}
