/* SPDX-License-Identifier: MIT
 *
 * What both sides of the code do alike: the model reads the text token by token, and each next token gets a table of
 * integer frequencies. All tables are hashed, so that a machine that computes other numbers is found out at once.
 */
#ifndef EXAMPLES_COMPRESS_PREDICTOR_H
#define EXAMPLES_COMPRESS_PREDICTOR_H

#include <info/info.h>

#include "model/stepper.h"

#define TABLE_BITS 24

struct predictor {
    struct stepper stepper;
    info_ctx *ctx;
    uint32_t *table; /* [V], frequencies of the next token */
    int32_t *recent; /* tokens since the restart, context of them */
    uint64_t hash;   /* of all tables so far */
    double margin;   /* the smallest so far: logits that differ by less on the other side give the same tables */
    double excess;   /* bits that the rounding of the tables costs, in expectation, so far */
};

bool predictor_start(struct predictor *predictor, const struct model *model, struct failure *failure);
void predictor_free(struct predictor *predictor);

/** Takes a token, and makes the table of the next. Where the context is full the model starts again with the latter half
 *  of it. */
bool predictor_take(struct predictor *predictor, int32_t token, struct failure *failure);

/** FNV-1a of bytes, to be continued. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size);

#endif
