/* SPDX-License-Identifier: MIT
 * Units of information: computed in nats, converted once, at the end. */
#ifndef INFO_I_UNIT_H
#define INFO_I_UNIT_H

#include "info/base.h"

/* nats converted to a (valid) unit; correctly rounded constants, one rounding. */
double info_i_from_nats(double nats, info_unit unit);

/* And back, for what a caller gives in a unit. */
double info_i_to_nats(double value, info_unit unit);

#endif
