/* SPDX-License-Identifier: MIT
 * What the processor can do, and its floating-point environment. */
#include <fenv.h> /* of processors without a case below */

#include "core/core.h"

#if defined(__x86_64__) && !defined(INFO_I_ONE_LEVEL)
#include <cpuid.h>

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

#else

static info_cpu detect(void)
{
    return INFO_CPU_C;
}

#endif

/* ---- The floating-point environment ------------------------------------- */

#if defined(__x86_64__) || (defined(__i386__) && defined(__SSE2__))
#include <immintrin.h>

/* All exceptions masked, round to nearest; on x87 with 64 bits, as Linux starts processes. */
enum { MXCSR_DEFAULT = 0x1f80, X87_DEFAULT = 0x037f, X87_FLAGS = 0xff };

/* Two units have a control word: that of vectors does the library's own arithmetic, and x87 some of BLAS's and of the
 * C library's. The flags that the work raises on x87 have a word of their own, which is written together with the
 * control word, so that no trap of the caller's is sprung in between. */
static void x87_put(uint16_t control, uint16_t status)
{
    struct {
        uint16_t control, unused_1, status, unused_2;
        uint32_t others[5];
    } environment;
    __asm__ volatile("fnstenv %0" : "=m"(environment));
    environment.control = control;
    environment.status = (uint16_t)((environment.status & ~X87_FLAGS) | (status & X87_FLAGS));
    __asm__ volatile("fldenv %0" : : "m"(environment));
}

static void x87_get(uint16_t *control, uint16_t *status)
{
    __asm__ volatile("fnstcw %0" : "=m"(*control));
    __asm__ volatile("fnstsw %0" : "=m"(*status));
}

uint64_t info_i_environment_enter(void)
{
    const unsigned vectors = _mm_getcsr();
    uint16_t control, status;
    x87_get(&control, &status);
    if (vectors != MXCSR_DEFAULT)
        _mm_setcsr(MXCSR_DEFAULT);
    if (control != X87_DEFAULT)
        x87_put(X87_DEFAULT, 0);
    return vectors | (uint64_t)control << 32 | (uint64_t)status << 48;
}

void info_i_environment_leave(uint64_t environment)
{
    const uint16_t control = (uint16_t)(environment >> 32), status = (uint16_t)(environment >> 48);
    uint16_t control_now, status_now;
    x87_get(&control_now, &status_now);
    if (control_now != control || ((status_now ^ status) & X87_FLAGS) != 0)
        x87_put(control, status);
    _mm_setcsr((unsigned)environment);
}

#elif defined(__aarch64__)

/* Control (rounding, subnormals, traps) in the lower half, flags in the upper. Zero is the default of both. */
uint64_t info_i_environment_enter(void)
{
    uint64_t control, status;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("mrs %0, fpsr" : "=r"(status));
    if (control != 0)
        __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0));
    return (control & 0xffffffff) | status << 32;
}

void info_i_environment_leave(uint64_t environment)
{
    __asm__ volatile("msr fpsr, %0" : : "r"(environment >> 32));
    if ((environment & 0xffffffff) != 0)
        __asm__ volatile("msr fpcr, %0" : : "r"(environment & 0xffffffff));
}

#else

/* Rounding mode and exception flags; C names no others. */
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
