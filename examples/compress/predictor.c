/* SPDX-License-Identifier: MIT */
#include "predictor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/tokenizer.h"

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool make_table(struct predictor *p, struct failure *failure)
{
    const int64_t v = (int64_t)p->stepper.model->shape.vocabulary;
    const info_code_options options = {.struct_size = sizeof options, .kind = INFO_LOGITS, .bits = TABLE_BITS};
    info_matrix row;
    double excess, margin;
    if (info_matrix_init(&row, p->stepper.logits, 1, v, INFO_F32) != INFO_OK ||
        info_code_table(p->ctx, &row, &options, p->table, v, &excess, &margin, 1) != INFO_OK)
        return fail(failure, "the model's logits: %s", info_ctx_message(p->ctx));
    p->hash = hash_bytes(p->hash, p->table, (size_t)v * sizeof *p->table);
    p->excess += excess;
    p->margin = fmin(p->margin, margin);
    return true;
}

/* The first table follows the start of a text. */
bool predictor_start(struct predictor *p, const struct model *model, struct failure *failure)
{
    memset(p, 0, sizeof *p);
    p->hash = HASH_START;
    p->margin = INFINITY;
    p->table = calloc(model->shape.vocabulary, sizeof *p->table);
    p->recent = calloc(model->shape.context, sizeof *p->recent);
    if (p->table == NULL || p->recent == NULL || info_ctx_create(NULL, &p->ctx) != INFO_OK)
        return fail(failure, "no memory to compress");
    return stepper_start(&p->stepper, model, failure) && predictor_take(p, TOKEN_BOS, failure);
}

void predictor_free(struct predictor *p)
{
    stepper_free(&p->stepper);
    info_ctx_destroy(p->ctx);
    free(p->table);
    free(p->recent);
}

bool predictor_take(struct predictor *p, int32_t token, struct failure *failure)
{
    struct stepper *s = &p->stepper;
    const size_t context = s->model->shape.context;
    if (s->tokens == context) {
        const size_t kept = context / 2;
        memmove(p->recent, p->recent + context - kept, kept * sizeof *p->recent);
        stepper_restart(s);
        for (size_t i = 0; i < kept; i++)
            stepper_take(s, p->recent[i]);
    }
    p->recent[s->tokens] = token;
    stepper_take(s, token);
    return make_table(p, failure);
}
