/* SPDX-License-Identifier: MIT
 * Tiles of logits: operands widened and checked, one product, bias and softcap. */
#include "head/head.h"

#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "numeric/convert.h"

/* ---- The cut into items ------------------------------------------------- */

#define ITEMS 16

static int64_t parts(int64_t whole, int64_t part)
{
    return (whole - 1) / part + 1;
}

info_i_head_grid info_i_head_grid_of(int64_t rows, int64_t tokens)
{
    const int64_t blocks = parts(rows, INFO_I_TILE_ROWS), tiles = parts(tokens, INFO_I_TILE_TOKENS);
    const int64_t stripes = blocks < ITEMS ? ITEMS / blocks : 1;
    return (info_i_head_grid){rows, tokens, blocks, stripes < tiles ? stripes : tiles};
}

/* First token of a stripe: stripes are whole tiles. */
static int64_t stripe_begin(const info_i_head_grid *g, int64_t stripe)
{
    const int64_t tiles = parts(g->tokens, INFO_I_TILE_TOKENS), each = tiles / g->stripes, more = tiles % g->stripes;
    const int64_t tile = stripe * each + (stripe < more ? stripe : more);
    return tile < tiles ? tile * INFO_I_TILE_TOKENS : g->tokens;
}

static info_i_head_item item_of(const info_i_head_grid *g, int64_t index)
{
    const int64_t row = index / g->stripes * INFO_I_TILE_ROWS, stripe = index % g->stripes;
    return (info_i_head_item){.row = row,
                              .rows = g->rows - row < INFO_I_TILE_ROWS ? g->rows - row : INFO_I_TILE_ROWS,
                              .token = stripe_begin(g, stripe),
                              .end = stripe_begin(g, stripe + 1),
                              .stripe = stripe};
}

/* ---- A worker's memory -------------------------------------------------- */

typedef struct head_space {
    char *hidden, *weight, *logits; /* floats or doubles */
    double *bias;
    bool *bad; /* rows of the block whose hidden state is not finite */
} head_space;

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static size_t rounded(int64_t bytes)
{
    return (size_t)(bytes + INFO_I_ALIGNMENT - 1) / INFO_I_ALIGNMENT * INFO_I_ALIGNMENT;
}

bool info_i_head_in_place(const info_i_head *h, const info_matrix *m)
{
    return m->dtype == (h->in_f64 ? INFO_F64 : INFO_F32) && m->col_stride == 1 && m->row_stride >= m->cols;
}

static int64_t element_size(const info_i_head *h)
{
    return h->in_f64 ? (int64_t)sizeof(double) : (int64_t)sizeof(float);
}

typedef struct sizes {
    size_t hidden, weight, logits, bias, bad;
} sizes;

static sizes sizes_of(const info_i_head *h)
{
    const int64_t rows = smaller(h->hidden.rows, INFO_I_TILE_ROWS),
                  tokens = smaller(h->weight.rows, INFO_I_TILE_TOKENS);
    const int64_t depth = smaller(h->hidden.cols, INFO_I_TILE_DEPTH), size = element_size(h);
    return (sizes){.hidden = rounded(rows * depth * size),
                   .weight = info_i_head_in_place(h, &h->weight) ? 0 : rounded(tokens * depth * size),
                   .logits = rounded(rows * tokens * size),
                   .bias = h->biased ? rounded(tokens * (int64_t)sizeof(double)) : 0,
                   .bad = rounded(rows)};
}

static size_t space_bytes(const info_i_head *head)
{
    const sizes s = sizes_of(head);
    return s.hidden + s.weight + s.logits + s.bias + s.bad;
}

static head_space lay(const info_i_head *head, void *scratch)
{
    const sizes s = sizes_of(head);
    head_space space = {.hidden = scratch};
    space.weight = space.hidden + s.hidden;
    space.logits = space.weight + s.weight;
    space.bias = (double *)(void *)(space.logits + s.logits);
    space.bad = (bool *)((char *)space.bias + s.bias);
    return space;
}

/* ---- Operands ----------------------------------------------------------- */

static bool finite_f64(const double *x, int64_t count)
{
    double zero = 0;
    for (int64_t i = 0; i < count; i++)
        zero += x[i] * 0; /* NaN unless finite */
    return zero == 0;
}

/* Elements of a row, widened to out (unless NULL and they can be read in place): whether all are finite. */
static bool widen(const info_i_head *h, const info_matrix *m, int64_t row, int64_t col, int64_t count, void *out)
{
    if (h->in_f64) {
        if (out)
            info_i_get_row_f64(m, row, col, count, out);
        return finite_f64(out ? out : info_i_element(m, row, col), count);
    }
    if (m->col_stride == 1)
        return h->kernels->widen(info_i_element(m, row, col), m->dtype, count, out);
    info_i_get_row_f32(m, row, col, count, out);
    return h->kernels->widen(out, INFO_F32, count, NULL);
}

/* Looks at the hidden states of a block of rows, before its tiles are made. */
static void look(const info_i_head *head, int64_t row, int64_t rows, const head_space *space)
{
    const int64_t depth = head->hidden.cols;
    const bool there = info_i_head_in_place(head, &head->hidden);
    for (int64_t i = 0; i < rows; i++) {
        space->bad[i] = false;
        for (int64_t k = 0; k < depth && !info_i_canceled(head->call); k += INFO_I_TILE_DEPTH)
            if (!widen(head, &head->hidden, row + i, k, smaller(depth - k, INFO_I_TILE_DEPTH),
                       there ? NULL : space->hidden))
                space->bad[i] = true;
    }
}

typedef struct operand {
    const void *data;
    int64_t ld;
} operand;

/* Columns col .. of a block of hidden states, rows that are bad as zeros. */
static operand hidden_operand(const info_i_head *h, int64_t row, int64_t rows, int64_t col, int64_t depth,
                              const head_space *space)
{
    bool any_bad = false;
    for (int64_t i = 0; i < rows; i++)
        any_bad = any_bad || space->bad[i];
    if (!any_bad && info_i_head_in_place(h, &h->hidden))
        return (operand){info_i_element(&h->hidden, row, col), h->hidden.row_stride};
    const int64_t bytes = depth * element_size(h);
    for (int64_t i = 0; i < rows; i++) {
        if (space->bad[i])
            memset(space->hidden + i * bytes, 0, (size_t)bytes);
        else
            widen(h, &h->hidden, row + i, col, depth, space->hidden + i * bytes);
    }
    return (operand){space->hidden, depth};
}

static info_status weight_operand(const info_i_head *h, int64_t token, int64_t tokens, int64_t col, int64_t depth,
                                  const head_space *space, info_i_error *error, operand *out)
{
    const bool there = info_i_head_in_place(h, &h->weight);
    const int64_t bytes = depth * element_size(h);
    for (int64_t i = 0; i < tokens; i++)
        if (!widen(h, &h->weight, token + i, col, depth, there ? NULL : space->weight + i * bytes))
            return info_i_head_not_finite(&h->weight, h->weight_name, token + i, error);
    *out = there ? (operand){info_i_element(&h->weight, token, col), h->weight.row_stride}
                 : (operand){space->weight, depth};
    return INFO_OK;
}

/* ---- Bias and softcap --------------------------------------------------- */

static info_status load_bias(const info_i_head *h, int64_t token, int64_t tokens, double *bias, info_i_error *error)
{
    info_i_get_row_f64(&h->bias, 0, token, tokens, bias);
    for (int64_t i = 0; i < tokens; i++)
        if (!(bias[i] < INFINITY))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "%s: %s for token %lld; it must be finite or -inf",
                               h->bias_name, info_i_number_text(bias[i]).text, (long long)(token + i));
    return INFO_OK;
}

/* Logits of one row; a bias of -inf stays. */
static void transform_f64(const info_i_head *h, double *y, int64_t tokens, const double *bias)
{
    if (h->biased)
        for (int64_t i = 0; i < tokens; i++)
            y[i] += bias[i];
    if (h->softcap > 0)
        for (int64_t i = 0; i < tokens; i++)
            y[i] = isfinite(y[i]) ? h->softcap * tanh(y[i] / h->softcap) : y[i];
}

/* All rows of a tile, whose memory is a multiple of INFO_I_ALIGNMENT bytes. */
static void transform_f32(const info_i_head *h, float *y, int64_t rows, int64_t tokens, const float *bias)
{
    for (int64_t i = 0; h->biased && i < rows; i++)
        h->kernels->shift(y + i * tokens, tokens, bias);
    if (!(h->softcap > 0))
        return;
    for (int64_t i = rows * tokens; i % (INFO_I_ALIGNMENT / (int64_t)sizeof *y) != 0; i++)
        y[i] = 0;
    h->kernels->soften(y, rows * tokens, (float)h->softcap);
    for (int64_t j = 0; h->biased && j < tokens; j++)
        for (int64_t i = 0; bias[j] == -INFINITY && i < rows; i++)
            y[i * tokens + j] = -INFINITY;
}

static info_status transform(const info_i_head *h, int64_t rows, int64_t token, int64_t tokens, const head_space *space,
                             info_i_error *error)
{
    float bias[INFO_I_TILE_TOKENS];
    const info_status status = h->biased ? load_bias(h, token, tokens, space->bias, error) : INFO_OK;
    if (status != INFO_OK || !(h->biased || h->softcap > 0))
        return status;
    for (int64_t j = 0; h->biased && j < tokens; j++)
        bias[j] = (float)space->bias[j];
    if (!h->in_f64)
        transform_f32(h, (float *)(void *)space->logits, rows, tokens, bias);
    for (int64_t i = 0; h->in_f64 && i < rows; i++)
        transform_f64(h, (double *)(void *)space->logits + i * tokens, tokens, space->bias);
    return INFO_OK;
}

/* ---- The tile ----------------------------------------------------------- */

/* Logits of rows row .. and tokens token .., without the temperature, in space->logits. Rows that are bad get those of
 * a hidden state of zeros. */
static info_status make_tile(const info_i_head *head, int64_t row, int64_t rows, int64_t token, int64_t tokens,
                             const head_space *space, info_i_error *error, info_matrix *logits)
{
    const info_i_backend *backend = info_i_backend_default();
    info_status status = INFO_OK;
    for (int64_t col = 0; col < head->hidden.cols && status == INFO_OK; col += INFO_I_TILE_DEPTH) {
        const int64_t depth = smaller(head->hidden.cols - col, INFO_I_TILE_DEPTH);
        const operand a = hidden_operand(head, row, rows, col, depth, space);
        operand b = {0};
        status = weight_operand(head, token, tokens, col, depth, space, error, &b);
        if (status == INFO_OK && info_i_canceled(head->call))
            status = info_i_fail(error, INFO_CANCELED, "canceled by the caller");
        if (status != INFO_OK)
            return status;
        if (head->in_f64)
            status = backend->gemm_f64(false, true, rows, tokens, depth, 1, a.data, a.ld, b.data, b.ld, col > 0,
                                       (double *)(void *)space->logits, tokens);
        else
            status = backend->gemm_f32(false, true, rows, tokens, depth, 1, a.data, a.ld, b.data, b.ld, col > 0,
                                       (float *)(void *)space->logits, tokens);
    }
    if (status != INFO_OK)
        return info_i_fail(error, status, "%s: the product of %lld x %lld by %lld x %lld failed", head->name,
                           (long long)rows, (long long)head->hidden.cols, (long long)head->hidden.cols,
                           (long long)tokens);
    *logits = (info_matrix){space->logits, rows, tokens, tokens, 1, head->in_f64 ? INFO_F64 : INFO_F32, 0};
    return transform(head, rows, token, tokens, space, error);
}

bool info_i_head_impossible(const info_matrix *tile, int64_t row)
{
    for (int64_t j = 0; j < tile->cols; j++)
        if (info_i_get(tile, row, j) != -INFINITY)
            return false;
    return true;
}

/* ---- Walks -------------------------------------------------------------- */

size_t info_i_head_walk_bytes(const info_i_head_walk *walk)
{
    return space_bytes(walk->heads[0]) + (walk->heads[1] ? space_bytes(walk->heads[1]) : 0);
}

static info_status walk_item(const info_i_head_walk *walk, int64_t index, char *scratch, info_i_error *error)
{
    const info_i_head_item item = item_of(walk->grid, index);
    const int heads = walk->heads[1] ? 2 : 1;
    head_space space[2];
    info_i_head_tiles tiles = {0};
    for (int h = 0; h < heads; h++) {
        space[h] = lay(walk->heads[h], scratch);
        scratch += space_bytes(walk->heads[h]);
        look(walk->heads[h], item.row, item.rows, &space[h]);
        tiles.bad[h] = space[h].bad;
    }
    for (int64_t token = item.token; token < item.end; token += INFO_I_TILE_TOKENS) {
        const int64_t tokens = smaller(item.end - token, INFO_I_TILE_TOKENS);
        for (int h = 0; h < heads; h++) {
            const info_status status =
                make_tile(walk->heads[h], item.row, item.rows, token, tokens, &space[h], error, &tiles.logits[h]);
            if (status != INFO_OK)
                return status;
        }
        walk->use(walk->user, &item, &tiles, token);
    }
    return INFO_OK;
}

info_status info_i_head_walk_items(const info_i_head_walk *walk, int64_t begin, int64_t end, void *scratch,
                                   info_i_error *error)
{
    info_status status = INFO_OK;
    for (int64_t index = begin; index < end && status == INFO_OK; index++)
        status = walk_item(walk, index, scratch, error);
    return status;
}
