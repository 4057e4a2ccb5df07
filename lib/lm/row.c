/* SPDX-License-Identifier: MIT */
#include "lm/row.h"

info_i_row info_i_row_measure(const info_i_lm *lm, const info_matrix *logits, int64_t row, info_i_detail detail,
                              double threshold)
{
    return info_i_lm_in_f32(lm, logits) ? info_i_row_measure_f32(lm, logits, row, detail, threshold)
                                        : info_i_row_measure_f64(lm, logits, row, detail, threshold);
}

double info_i_row_log_probability(const info_i_lm *lm, const info_i_row *row, double z)
{
    return (z - row->top) * lm->inverse_temperature - row->log_sum;
}
