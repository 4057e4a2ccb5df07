/* SPDX-License-Identifier: MIT
 *
 * oracle.h: measures of the library beside the same formulas in ball arithmetic
 * (Arb), whose 200 bits leave no doubt about the last bit of a double.
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <arb.h>

#include "info/info.h"

#define ORACLE_BITS 200

/* The input of one comparison: one or two rows of n numbers, and an index below n. */
typedef struct oracle_input {
    int64_t n;
    double *a, *b;
    int64_t target;
} oracle_input;

enum oracle_content { ORACLE_ROW, ORACLE_ROWS, ORACLE_TABLE, ORACLE_LOGITS };

typedef struct oracle_measure {
    const char *name;
    enum oracle_content content;
    info_status (*library)(info_ctx *ctx, const oracle_input *x, double *out);
    void (*exact)(arb_t out, const oracle_input *x);
    double ulps;     /* what is allowed */
    uint32_t shapes; /* bit k: on inputs of shape k (oracle.c); 0: all that make sense */
} oracle_measure;

extern const oracle_measure oracle_measures[]; /* ended by an empty entry */

/* out += a * log(b), nothing if a is 0 */
void oracle_add_product_log(arb_t out, const arb_t a, const arb_t b);

#endif
