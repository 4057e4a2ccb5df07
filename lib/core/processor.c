/* SPDX-License-Identifier: MIT
 * What the processor can do, and its floating-point environment. */
#include <fenv.h>

#include "core/core.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

static info_cpu detect(void)
{
    unsigned a, b, c, d;
    __builtin_cpu_init();
    const bool half = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
    if (!half || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return INFO_CPU_C;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
        return INFO_CPU_AVX2;
    return INFO_CPU_AVX512;
}

/* The vector unit's control word is all that double arithmetic obeys here. */
uint64_t info_i_environment_enter(void)
{
    const unsigned all_masked_round_to_nearest = 0x1f80;
    const unsigned before = _mm_getcsr();
    if (before != all_masked_round_to_nearest)
        _mm_setcsr(all_masked_round_to_nearest);
    return before;
}

void info_i_environment_leave(uint64_t environment)
{
    _mm_setcsr((unsigned)environment);
}

#else

static info_cpu detect(void)
{
    return INFO_CPU_C;
}

/* Rounding mode and exception flags; other units have no denormal mode that C can name. */
uint64_t info_i_environment_enter(void)
{
    const int rounding = fegetround();
    const int raised = fetestexcept(FE_ALL_EXCEPT);
    fesetround(FE_TONEAREST);
    return (uint64_t)(unsigned)rounding << 32 | (unsigned)raised;
}

void info_i_environment_leave(uint64_t environment)
{
    feclearexcept(FE_ALL_EXCEPT);
    feraiseexcept((int)(environment & 0xffffffff));
    fesetround((int)(environment >> 32));
}

#endif

info_cpu info_i_cpu_best(void)
{
    static atomic_int found; /* INFO_CPU_BEST, which is 0, until detected; every thread finds the same */
    info_cpu cpu = atomic_load_explicit(&found, memory_order_relaxed);
    if (cpu == INFO_CPU_BEST) {
        cpu = detect();
        atomic_store_explicit(&found, cpu, memory_order_relaxed);
    }
    return cpu;
}
