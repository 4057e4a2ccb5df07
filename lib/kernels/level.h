/* SPDX-License-Identifier: MIT
 *
 * level.h: a kernel source is plain C that is compiled once per instruction set
 * (dav1d's way). RN(name) is info_i_name_c, _avx2 or _avx512; INFO_I_LEVEL is the
 * matching INFO_CPU_ number. What the levels promise is the same bits.
 */
#ifndef INFO_I_LEVEL_H
#define INFO_I_LEVEL_H

#include "info/base.h"

#if INFO_I_LEVEL == 3
#define RN(name) info_i_##name##_avx512
#elif INFO_I_LEVEL == 2
#define RN(name) info_i_##name##_avx2
#else
#define RN(name) info_i_##name##_c
#endif

#endif
