/* SPDX-License-Identifier: MIT */
#include "numeric/unit.h"

#include <math.h>

/* 1/log 2 and 1/log 10 as double-doubles: the product is then within half an ulp
 * plus a hair, where one double constant would add its own error. */
static double scaled(double nats, double high, double low)
{
    const double product = nats * high;
    return isfinite(product) ? product + fma(nats, low, fma(nats, high, -product)) : product;
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
