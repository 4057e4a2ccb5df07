/* SPDX-License-Identifier: MIT */
#ifndef INFO_I_EVALUATION_OPTIONS_H
#define INFO_I_EVALUATION_OPTIONS_H

#include "core/core.h"
#include "info/evaluation.h"

/* Copies and checks what a state is made from. */
info_status info_i_evaluation_options(info_i_error *error, const info_evaluation_options *given,
                                      info_evaluation_options *own, info_spectral_options *spectral);

#endif
