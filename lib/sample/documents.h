/* SPDX-License-Identifier: MIT
 * Documents of a sequence, and windows that stay inside them. */
#ifndef INFO_I_SAMPLE_DOCUMENTS_H
#define INFO_I_SAMPLE_DOCUMENTS_H

#include "info/sequence.h"
#include "sample/estimate.h"

/* Starts are ascending positions of the (checked) tokens. */
info_status info_i_check_starts(info_i_error *error, const int64_t *starts, int64_t count, const info_series *tokens);

/* Windows of n tokens that lie in one document become the segments of a source, in scratch memory. */
info_status info_i_windows(info_ctx *ctx, const int64_t *starts, int64_t count, int64_t length, int64_t n,
                           info_i_source *source);

/* The series without its first `skip` and last `drop` samples. */
info_series info_i_series_part(const info_series *series, int64_t skip, int64_t drop);

/* The measure of series whose pointers are checked: info_sample_mutual_information() without the call around it. */
info_status info_i_sample_information(info_ctx *ctx, const info_series *series, const int64_t *alphabets, int32_t width,
                                      uint64_t a, uint64_t b, uint64_t given, const info_estimator_options *options,
                                      info_sample_estimate *out);

#endif
