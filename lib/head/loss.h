/* SPDX-License-Identifier: MIT
 * Losses from hidden states: a block of rows at a time, whose logits become their own gradient and are multiplied by the
 * weights and by the hidden states. */
#ifndef INFO_I_HEAD_LOSS_H
#define INFO_I_HEAD_LOSS_H

#include "head/head.h"
#include "lm/compact.h"

/* Bytes that the logits of a block of rows may have, and the fewest and the most rows it has. */
#define INFO_I_LOSS_BLOCK_BYTES (32 << 20)
#define INFO_I_LOSS_BLOCK_LEAST 16
#define INFO_I_LOSS_BLOCK_MOST 512

/* Columns of hidden states whose gradient is one product. */
#define INFO_I_LOSS_SLICE 512

/* One head's share of a block: hidden states [rows, H] and logits [rows, V], of the type that is computed in. */
typedef struct info_i_head_block {
    const info_i_head *head;
    char *hidden, *logits;
    float *bias;         /* as floats, if logits are; NULL: none */
    info_matrix view;    /* the logits */
    info_matrix_out out; /* the same place */
} info_i_head_block;

/* Where gradients go; data NULL where one is not wanted. */
typedef struct info_i_head_gradients {
    info_matrix_out hidden, weight, bias;
    bool accumulates;
} info_i_head_gradients;

typedef struct info_i_head_loss {
    info_i_head student, teacher;
    bool taught;
    info_i_loss loss; /* of a block's rows */
    info_i_compact compact;
    bool compacted; /* the teacher is lists of tokens */
    info_i_head_block blocks[2];
    info_i_head_gradients gradients;
    info_i_loss_row *rows;
    double *log_probabilities, *entropies; /* of rows, if they are wanted */
    int64_t *counting, count;              /* rows that are not left out, ascending */
    int64_t block_rows;
    int64_t first, height; /* of the block: its place among those that count, and its rows */
    char *states;          /* gradient by hidden states of a block's rows */
    double weight;         /* what a mean divides by */
    size_t scratch;        /* of a worker */
} info_i_head_loss;

/* Memory for all blocks, before any output is written. */
info_status info_i_head_loss_prepare(info_ctx *ctx, info_i_head_loss *h);

/* The block that starts at h->first, from hidden states to gradients. */
info_status info_i_head_loss_block(info_ctx *ctx, info_i_head_loss *h);

/* Zeros where no row adds anything. */
void info_i_head_loss_clear(const info_i_head_loss *h);

#endif
