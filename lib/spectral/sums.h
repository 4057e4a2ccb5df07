/* SPDX-License-Identifier: MIT */
#ifndef INFO_I_SPECTRAL_SUMS_H
#define INFO_I_SPECTRAL_SUMS_H

#include "core/core.h"
#include "info/states.h"

/* info_states_sums() without the call around it. */
info_status info_i_states_sums(info_ctx *ctx, const info_matrix *x, const double *mean, int64_t mean_len,
                               const info_spectral_options *options, double *out, int64_t out_len);

#endif
