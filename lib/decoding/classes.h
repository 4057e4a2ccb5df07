/* SPDX-License-Identifier: MIT
 * Masses and entropies of classes of tokens. */
#ifndef INFO_I_CLASSES_H
#define INFO_I_CLASSES_H

#include "lm/row.h"

/* What the tokens of one class add up to, its most probable token apart. */
typedef struct info_i_class {
    int64_t top;     /* column of the most probable token, -1 if the class has no probability */
    double maximum;  /* its y */
    double others;   /* sum exp(y - maximum) over the other tokens */
    double moment;   /* sum exp(y - maximum) (y - maximum) */
    double log_mass; /* <= 0, -inf for no mass */
} info_i_class;

/* Classes 0 .. count - 1 and, as number count, that of -1, for a row of which y has room for the logits. false if the
 * row has no valid value. */
bool info_i_class_masses(const info_i_lm *lm, const info_matrix *logits, int64_t row, const int32_t *classes,
                         int64_t count, double *y, info_i_class *found);

/* Entropy within a class, nats. */
double info_i_class_entropy(const info_i_class *c);

#endif
