/* SPDX-License-Identifier: MIT
 * The table of an instruction set. Each family is defined at the end of the file that has its functions. */
#include "kernels/kernels.h"
#include "kernels/level.h"

extern const struct info_i_band_kernels RN(band_kernels);
extern const struct info_i_cells_kernels RN(cells_kernels);
extern const struct info_i_gradient_kernels RN(gradient_kernels);
extern const struct info_i_joint_kernels RN(joint_kernels);
extern const struct info_i_log_pairs_kernels RN(log_pairs_kernels);
extern const struct info_i_logs_kernels RN(logs_kernels);
extern const struct info_i_mixture_kernels RN(mixture_kernels);
extern const struct info_i_pair_kernels RN(pair_kernels);
extern const struct info_i_f64_kernels RN(f64_kernels);
extern const struct info_i_small_kernels RN(small_kernels);
extern const struct info_i_softmax_kernels RN(softmax_kernels);
extern const struct info_i_states_kernels RN(states_kernels);
extern const struct info_i_symmetric_f32 RN(symmetric_f32);
extern const struct info_i_symmetric_f64 RN(symmetric_f64);
extern const struct info_i_tile_kernels RN(tile_kernels);

const info_i_kernels RN(kernels) = {
    .level = INFO_I_LEVEL,
    .band = &RN(band_kernels),
    .cells = &RN(cells_kernels),
    .gradient = &RN(gradient_kernels),
    .joint = &RN(joint_kernels),
    .log_pairs_f64 = &RN(log_pairs_kernels),
    .logs_f64 = &RN(logs_kernels),
    .mixture = &RN(mixture_kernels),
    .pair = &RN(pair_kernels),
    .rows_f64 = &RN(f64_kernels),
    .small = &RN(small_kernels),
    .softmax = &RN(softmax_kernels),
    .states = &RN(states_kernels),
    .symmetric_f32 = &RN(symmetric_f32),
    .symmetric_f64 = &RN(symmetric_f64),
    .tile = &RN(tile_kernels),
};
