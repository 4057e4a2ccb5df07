/* SPDX-License-Identifier: MIT */
#include "numeric/unit.h"

#include <math.h>

/* 1/log 2 and 1/log 10, log 2 and log 10 as double-doubles: the product is then within half an ulp
 * plus a hair, where one double constant would add its own error. */
static double scaled(double value, double high, double low)
{
    const double product = value * high;
    return isfinite(product) ? product + fma(value, low, fma(value, high, -product)) : product;
}

double info_i_from_nats(double nats, info_unit unit)
{
    switch (unit) {
    case INFO_BIT:
        return scaled(nats, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56);
    case INFO_DIT:
        return scaled(nats, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57);
    default:
        return nats;
    }
}

double info_i_to_nats(double value, info_unit unit)
{
    switch (unit) {
    case INFO_BIT:
        return scaled(value, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
    case INFO_DIT:
        return scaled(value, 0x1.26bb1bbb55516p+1, -0x1.f48ad494ea3e9p-53);
    default:
        return value;
    }
}
