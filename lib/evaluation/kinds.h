/* SPDX-License-Identifier: MIT
 * Names of the further sums of kinds. */
#ifndef INFO_I_EVALUATION_KINDS_H
#define INFO_I_EVALUATION_KINDS_H

#include "evaluation/state.h"

/* INFO_EVALUATION_LIKELIHOOD, over documents */
enum { INFO_I_UNIT_PRODUCTS, INFO_I_UNIT_DOCUMENTS, INFO_I_UNIT_MEANS, INFO_I_UNIT_MEAN_SQUARES };

/* INFO_EVALUATION_PAIR, over rows */
enum { INFO_I_NLL_PRODUCTS };

/* INFO_EVALUATION_OFF_POLICY, over sequences: a sum, then its squares */
enum {
    INFO_I_SEQUENCE_WEIGHT = 0,
    INFO_I_SEQUENCE_CAPPED = 2,
    INFO_I_SEQUENCE_HITS = 4,
    INFO_I_SEQUENCE_K = 5,
};

#endif
