/* SPDX-License-Identifier: MIT
 *
 * kernels.h: the loops over rows, a table of them for each instruction set. A context holds the table of its own
 * (ctx->kernels), set when it is created; all code takes its kernels from there. Tables differ in speed, not in bits.
 */
#ifndef INFO_I_KERNELS_H
#define INFO_I_KERNELS_H

#include "info/base.h"

/* By family; each is described in the header of its name. */
typedef struct info_i_kernels {
    info_cpu level;
    const struct info_i_band_kernels *band;
    const struct info_i_cells_kernels *cells;
    const struct info_i_gradient_kernels *gradient;
    const struct info_i_joint_kernels *joint;
    const struct info_i_log_pairs_kernels *log_pairs_f64;
    const struct info_i_logs_kernels *logs_f64;
    const struct info_i_mixture_kernels *mixture;
    const struct info_i_pair_kernels *pair;
    const struct info_i_f64_kernels *rows_f64;
    const struct info_i_small_kernels *small;
    const struct info_i_softmax_kernels *softmax;
    const struct info_i_states_kernels *states;
    const struct info_i_symmetric_f32 *symmetric_f32;
    const struct info_i_symmetric_f64 *symmetric_f64;
    const struct info_i_tile_kernels *tile;
} info_i_kernels;

/* The table of an instruction set that this build has (INFO_CPU_C and up). Only contexts ask for it. */
const info_i_kernels *info_i_kernels_of(info_cpu level);

#endif
