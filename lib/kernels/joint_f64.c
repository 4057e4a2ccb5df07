/* SPDX-License-Identifier: MIT
 * The value of what the kernels of joint tables sum. */
#include "kernels/joint_f64.h"

static info_i_dd sum_of_lanes(const double *high, const double *low)
{
    info_i_dd sum = {0, 0};
    for (int i = 0; i < 8; i++)
        sum = info_i_dd_add(sum, info_i_fast_two_sum(high[i], low[i]));
    return sum;
}

info_i_dd info_i_terms_value(const info_i_terms *t)
{
    static const info_i_dd log_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
    const info_i_dd octaves = info_i_dd_multiply(sum_of_lanes(t->octaves_high, t->octaves_low), log_2);
    const info_i_dd far = info_i_dd_add(sum_of_lanes(t->far_high, t->far_low), octaves);
    return info_i_dd_add(sum_of_lanes(t->near_high, t->near_low), far);
}
