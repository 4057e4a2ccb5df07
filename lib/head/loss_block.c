/* SPDX-License-Identifier: MIT
 * Three products of a block of rows: logits = X W^T, which become G, their gradient; dX = G W; dW = G^T X. */
#include <math.h>
#include <string.h>

#include "backend/backend.h"
#include "head/loss.h"
#include "numeric/convert.h"

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t parts(int64_t whole, int64_t part)
{
    return (whole - 1) / part + 1;
}

static int64_t size_of(const info_i_head *h)
{
    return h->in_f64 ? (int64_t)sizeof(double) : (int64_t)sizeof(float);
}

/* C[m, n] = op(A) B or A B^T (+ C), all of the type that the head is computed in. */
typedef struct product {
    bool transpose_a, transpose_b, add;
    int64_t m, n, k;
    const void *a, *b;
    int64_t lda, ldb;
    void *c;
    int64_t ldc;
} product;

static info_status multiply(const info_i_head *h, const product *p, info_i_error *error)
{
    const info_i_backend *backend = info_i_backend_default();
    const info_status status = h->in_f64 ? backend->gemm_f64(p->transpose_a, p->transpose_b, p->m, p->n, p->k, 1, p->a,
                                                             p->lda, p->b, p->ldb, p->add, p->c, p->ldc)
                                         : backend->gemm_f32(p->transpose_a, p->transpose_b, p->m, p->n, p->k, 1, p->a,
                                                             p->lda, p->b, p->ldb, p->add, p->c, p->ldc);
    return status == INFO_OK ? status
                             : info_i_fail(error, status, "%s: the product of %lld x %lld by %lld x %lld failed",
                                           h->name, (long long)p->m, (long long)p->k, (long long)p->k, (long long)p->n);
}

/* Elements of a matrix in the type that is computed in, copied to out. */
static void load(const info_i_head *h, const info_matrix *m, int64_t row, int64_t col, int64_t count, char *out)
{
    if (h->in_f64)
        info_i_get_row_f64(m, row, col, count, (double *)(void *)out);
    else if (m->col_stride == 1)
        h->kernels->widen(info_i_element(m, row, col), m->dtype, count, (float *)(void *)out);
    else
        info_i_get_row_f32(m, row, col, count, (float *)(void *)out);
}

/* Weights of some tokens and columns: as they lie, or a copy in scratch. */
static const void *weights(const info_i_head *h, int64_t token, int64_t tokens, int64_t col, int64_t cols,
                           char *scratch, int64_t *ld)
{
    if (info_i_head_in_place(h, &h->weight)) {
        *ld = h->weight.row_stride;
        return info_i_element(&h->weight, token, col);
    }
    for (int64_t i = 0; i < tokens; i++)
        load(h, &h->weight, token + i, col, cols, scratch + i * cols * size_of(h));
    *ld = cols;
    return scratch;
}

/* ---- Memory ------------------------------------------------------------------- */

/* Rows of logits start at a multiple of INFO_I_ALIGNMENT bytes. */
static int64_t pitch(const info_i_head *h)
{
    const int64_t unit = INFO_I_ALIGNMENT / (int64_t)sizeof(float);
    return parts(h->weight.rows, unit) * unit;
}

static int64_t logits_bytes(const info_i_head *head, int64_t rows)
{
    return rows * pitch(head) * size_of(head);
}

static info_status prepare_head(info_ctx *ctx, const info_i_head *head, int64_t rows, info_i_head_block *b)
{
    const int64_t tokens = head->weight.rows;
    *b = (info_i_head_block){.head = head};
    b->hidden = info_i_scratch(ctx, rows, (size_t)(head->hidden.cols * size_of(head)));
    if (head->biased && !head->in_f64)
        b->bias = info_i_scratch(ctx, tokens, sizeof(float));
    for (int64_t j = 0; b->bias && j < tokens; j++)
        b->bias[j] = (float)info_i_get(&head->bias, 0, j);
    return ctx->error.status;
}

static void place_logits(info_i_head_block *b, int64_t rows, char *logits)
{
    const int64_t tokens = b->head->weight.rows, ld = pitch(b->head);
    const info_dtype dtype = b->head->in_f64 ? INFO_F64 : INFO_F32;
    b->logits = logits;
    b->view = (info_matrix){logits, rows, tokens, ld, 1, dtype, 0};
    b->out = (info_matrix_out){logits, rows, tokens, ld, 1, dtype, 0};
}

/* What the softcap keeps of a row. */
static size_t row_bytes(const info_i_head *h)
{
    return (size_t)pitch(h) * sizeof(double);
}

/* The most that a worker needs: a copy of weights, or of a product, and the bias's sums; or a row of logits. */
static size_t scratch_bytes(const info_i_head *h)
{
    const int64_t tile = smaller(h->weight.rows, INFO_I_TILE_TOKENS) * smaller(h->hidden.cols, INFO_I_TILE_DEPTH);
    const int64_t sums = INFO_I_TILE_TOKENS + INFO_I_TILE_DEPTH;
    const size_t of_tile = (size_t)(tile * size_of(h) + sums * (int64_t)sizeof(double)), of_row = row_bytes(h);
    return of_tile > of_row ? of_tile : of_row;
}

static int64_t rows_of_block(const info_i_head_loss *h)
{
    const int64_t least = INFO_I_LOSS_BLOCK_LEAST;
    int64_t rows = INFO_I_LOSS_BLOCK_BYTES / logits_bytes(&h->student, 1) / least * least;
    rows = smaller(rows < least ? least : rows, INFO_I_LOSS_BLOCK_MOST);
    return smaller(rows, h->count > 0 ? h->count : 1);
}

info_status info_i_head_loss_prepare(info_ctx *ctx, info_i_head_loss *h)
{
    const info_i_head *heads[2] = {&h->student, &h->teacher};
    const int count = h->taught ? 2 : 1;
    int64_t logits[2] = {0};
    h->block_rows = rows_of_block(h);
    if (h->compacted) /* beside what the softcap keeps of a row */
        h->scratch = row_bytes(&h->student) + info_i_compact_bytes(&h->compact, h->loss.logits);
    for (int i = 0; i < count; i++) {
        const size_t bytes = (scratch_bytes(heads[i]) + INFO_I_ALIGNMENT - 1) / INFO_I_ALIGNMENT * INFO_I_ALIGNMENT;
        h->scratch = bytes > h->scratch ? bytes : h->scratch;
        logits[i] = logits_bytes(heads[i], h->block_rows);
        prepare_head(ctx, heads[i], h->block_rows, &h->blocks[i]);
    }
    if (h->gradients.hidden.data)
        h->states = info_i_scratch(ctx, h->block_rows, (size_t)(h->student.hidden.cols * size_of(&h->student)));
    /* The workers' memory at the end of the same piece: no later loop can be the first to miss it. */
    const info_i_mark mark = info_i_scratch_mark(ctx);
    const int64_t workers = (int64_t)h->scratch * ctx->threads;
    if (ctx->error.status == INFO_OK)
        info_i_scratch(ctx, logits[0] + logits[1] + workers, 1);
    info_i_scratch_release(ctx, mark);
    char *place = ctx->error.status == INFO_OK ? info_i_scratch_zero(ctx, logits[0] + logits[1], 1) : NULL;
    for (int i = 0; i < count && place; i++)
        place_logits(&h->blocks[i], h->block_rows, place + i * logits[0]);
    return ctx->error.status;
}

/* ---- Logits ------------------------------------------------------------------- */

static void load_states(info_i_head_loss *h)
{
    for (int b = 0; b < (h->taught ? 2 : 1); b++) {
        const info_i_head *head = h->blocks[b].head;
        const int64_t depth = head->hidden.cols, bytes = depth * size_of(head);
        for (int64_t i = 0; i < h->height; i++)
            load(head, &head->hidden, h->counting[h->first + i], 0, depth, h->blocks[b].hidden + i * bytes);
    }
}

/* Items are tiles of tokens, those of the student first. */
static info_status logits_of_tiles(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const info_i_head_loss *h = user;
    const int64_t own = parts(h->student.weight.rows, INFO_I_TILE_TOKENS);
    for (int64_t i = begin; i < end; i++) {
        const info_i_head_block *b = &h->blocks[i >= own];
        const info_i_head *head = b->head;
        const int64_t token = (i >= own ? i - own : i) * INFO_I_TILE_TOKENS, depth = head->hidden.cols;
        const int64_t tokens = smaller(head->weight.rows - token, INFO_I_TILE_TOKENS);
        const int64_t step = info_i_head_in_place(head, &head->weight) ? depth : INFO_I_TILE_DEPTH;
        for (int64_t col = 0; col < depth; col += step) {
            product p = {.transpose_b = true,
                         .add = col > 0,
                         .m = h->height,
                         .n = tokens,
                         .k = smaller(depth - col, step),
                         .a = b->hidden + col * size_of(head),
                         .lda = depth,
                         .c = b->logits + token * size_of(head),
                         .ldc = b->view.row_stride};
            p.b = weights(head, token, tokens, col, p.k, scratch, &p.ldb);
            const info_status status = multiply(head, &p, error);
            if (status != INFO_OK)
                return status;
        }
    }
    return INFO_OK;
}

/* ---- Rows --------------------------------------------------------------------- */

static void transform_f64(const info_i_head *head, int64_t tokens, double *y, double *before)
{
    for (int64_t j = 0; head->biased && j < tokens; j++)
        y[j] += info_i_get(&head->bias, 0, j);
    if (!(head->softcap > 0))
        return;
    memcpy(before, y, (size_t)tokens * sizeof *y);
    for (int64_t j = 0; j < tokens; j++)
        y[j] = isfinite(y[j]) ? head->softcap * tanh(y[j] / head->softcap) : y[j];
}

static void transform_f32(const info_i_head_block *b, float *y, float *after)
{
    const info_i_head *head = b->head;
    const int64_t tokens = b->view.cols;
    if (head->biased)
        head->kernels->shift(y, tokens, b->bias);
    if (!(head->softcap > 0))
        return;
    head->kernels->soften(y, tokens, (float)head->softcap);
    for (int64_t j = 0; head->biased && j < tokens; j++)
        if (b->bias[j] == -INFINITY)
            y[j] = -INFINITY;
    memcpy(after, y, (size_t)tokens * sizeof *y);
}

/* Bias and softcap; kept is what the softcap's slope is made of, x in f64 and y in f32. */
static void transform(const info_i_head_block *b, int64_t row, void *kept)
{
    char *place = b->logits + row * b->view.row_stride * size_of(b->head);
    if (b->head->in_f64)
        transform_f64(b->head, b->view.cols, (double *)(void *)place, kept);
    else
        transform_f32(b, (float *)(void *)place, kept);
}

/* Gradient by y = c tanh(x / c) to that by x: times 4 e / (1 + e)^2, e = exp(-2 |x / c|), or 1 - (y / c)^2. A token of
 * probability 0 keeps its 0. */
static void through_softcap(const info_i_head_block *b, int64_t row, const void *kept)
{
    char *place = b->logits + row * b->view.row_stride * size_of(b->head);
    double *wide = (double *)(void *)place;
    float *narrow = (float *)(void *)place;
    const double c = b->head->softcap, *x = kept;
    const float inverse = (float)(1 / c), *y = kept;
    for (int64_t j = 0; b->head->in_f64 && j < b->view.cols; j++) {
        const double e = exp(-2 * fabs(x[j] / c));
        wide[j] *= 4 * e / ((1 + e) * (1 + e));
    }
    for (int64_t j = 0; !b->head->in_f64 && j < b->view.cols; j++) {
        const float s = y[j] * inverse;
        narrow[j] = s > -1 ? narrow[j] * (1 - s * s) : 0;
    }
}

static void measure_row(const info_i_head_loss *h, int64_t i, int64_t row, info_i_compact_row *list)
{
    const info_i_loss *l = &h->loss;
    info_i_loss_row *r = &h->rows[row];
    const info_i_row *q = &r->pair.q;
    info_i_error none = {0}; /* the lists were looked at before */
    if (h->compacted) {
        info_i_compact_read(&h->compact, row, l->logits->cols, list, &none);
        info_i_compact_value(&h->compact, l->logits, i, list, r);
    } else {
        info_i_loss_value(l, i, r);
    }
    r->state = q->valid && (!h->taught || r->pair.p.valid) ? INFO_I_LOSS_COUNTS : INFO_I_LOSS_INVALID;
    if (r->state != INFO_I_LOSS_COUNTS)
        return;
    if (h->log_probabilities) {
        const double z = info_i_lm_logit(&l->lm, l->logits, i, r->target);
        h->log_probabilities[row] = info_i_row_log_probability(&l->lm, q, z);
    }
    if (h->entropies) {
        const info_i_row m = info_i_row_measure(&l->lm, l->logits, i, INFO_I_DETAIL_MEAN, INFINITY);
        h->entropies[row] = m.log_sum - m.mean;
    }
}

static info_status measure_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const info_i_head_loss *h = user;
    const info_i_head_gradients *g = &h->gradients;
    const info_i_head_block *b = &h->blocks[0];
    info_i_compact_row list = {0};
    if (h->compacted)
        list = info_i_compact_lay(&h->compact, h->loss.logits, (char *)scratch + row_bytes(&h->student));
    for (int64_t i = begin; i < end; i++) {
        const int64_t row = h->counting[h->first + i];
        if (h->taught)
            transform(&h->blocks[1], i, scratch);
        transform(b, i, scratch);
        measure_row(h, i, row, &list);
        if (!g->hidden.data && !g->weight.data && !g->bias.data)
            continue;
        const double factor = info_i_loss_factor(&h->loss.options, h->weight, h->rows[row].row_weight);
        if (h->compacted)
            info_i_compact_gradient(&h->compact, &list, &h->rows[row], factor, &b->out, i);
        else
            info_i_loss_gradient(&h->loss, &h->rows[row], i, factor, &b->out);
        if (h->student.softcap > 0)
            through_softcap(b, i, scratch);
    }
    return INFO_OK;
}

/* ---- Gradients ---------------------------------------------------------------- */

/* Whether a product can go where the gradient belongs. */
static bool direct(const info_i_head *h, const info_matrix_out *out)
{
    return out->dtype == (h->in_f64 ? INFO_F64 : INFO_F32) && out->col_stride == 1 && out->row_stride >= out->cols;
}

/* Elements of a row as doubles. */
static void widen(const info_i_head *h, const char *from, int64_t count, double *out)
{
    const info_matrix view = {from, 1, count, count, 1, h->in_f64 ? INFO_F64 : INFO_F32, 0};
    info_i_get_row_f64(&view, 0, 0, count, out);
}

/* out[row, col ..] (+)= values, in blocks that fit the stack. */
static void add_row(const info_matrix_out *out, int64_t row, int64_t col, int64_t count, const double *values, bool add)
{
    double sum[256];
    const info_matrix before = {out->data, out->rows, out->cols, out->row_stride, out->col_stride, out->dtype, 0};
    for (int64_t k = 0; k < count; k += 256) {
        const int64_t now = smaller(count - k, 256);
        memset(sum, 0, sizeof sum);
        if (add)
            info_i_get_row_f64(&before, row, col + k, now, sum);
        for (int64_t j = 0; j < now; j++)
            sum[j] += values[k + j];
        info_i_put_row_f64(out, row, col + k, now, sum);
    }
}

/* Whether what is there before this block counts. */
static bool adds(const info_i_head_loss *h)
{
    return h->gradients.accumulates || h->first > 0;
}

static void add_bias(const info_i_head_loss *h, int64_t token, int64_t tokens, double *sums, double *row)
{
    const info_i_head_block *b = &h->blocks[0];
    const int64_t size = size_of(&h->student);
    memset(sums, 0, (size_t)tokens * sizeof *sums);
    for (int64_t i = 0; i < h->height; i++) {
        widen(&h->student, b->logits + (i * b->view.row_stride + token) * size, tokens, row);
        for (int64_t j = 0; j < tokens; j++)
            sums[j] += row[j];
    }
    add_row(&h->gradients.bias, 0, token, tokens, sums, adds(h));
}

/* Rows token .. of dW (+)= G^T X, by way of scratch unless the product can go there itself. */
static info_status add_weights(const info_i_head_loss *h, int64_t token, int64_t tokens, char *scratch, double *wide,
                               info_i_error *error)
{
    const info_i_head *head = &h->student;
    const info_i_head_block *b = &h->blocks[0];
    const info_matrix_out *out = &h->gradients.weight;
    const bool there = direct(head, out);
    const int64_t depth = head->hidden.cols, size = size_of(head), step = there ? depth : INFO_I_TILE_DEPTH;
    info_status status = INFO_OK;
    for (int64_t col = 0; col < depth && status == INFO_OK; col += step) {
        product p = {.transpose_a = true,
                     .add = there && adds(h),
                     .m = tokens,
                     .n = smaller(depth - col, step),
                     .k = h->height,
                     .a = b->logits + token * size,
                     .lda = b->view.row_stride,
                     .b = b->hidden + col * size,
                     .ldb = depth};
        p.c = there ? (char *)out->data + token * out->row_stride * size : scratch;
        p.ldc = there ? out->row_stride : p.n;
        status = multiply(head, &p, error);
        for (int64_t i = 0; !there && status == INFO_OK && i < tokens; i++) {
            widen(head, scratch + i * p.n * size, p.n, wide);
            add_row(out, token + i, col, p.n, wide, adds(h));
        }
    }
    return status;
}

/* Items are tiles of tokens. */
static info_status gradients_of_tiles(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const info_i_head_loss *h = user;
    double *sums = scratch, *row = sums + INFO_I_TILE_TOKENS;
    char *tile = (char *)(row + INFO_I_TILE_DEPTH);
    for (int64_t i = begin; i < end; i++) {
        const int64_t token = i * INFO_I_TILE_TOKENS;
        const int64_t tokens = smaller(h->student.weight.rows - token, INFO_I_TILE_TOKENS);
        if (h->gradients.bias.data)
            add_bias(h, token, tokens, sums, row);
        if (h->gradients.weight.data && add_weights(h, token, tokens, tile, row, error) != INFO_OK)
            return error->status;
    }
    return INFO_OK;
}

/* Items are slices of columns: dX = G W, over the tokens at once where the weights lie as they must. */
static info_status gradients_of_states(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const info_i_head_loss *h = user;
    const info_i_head *head = &h->student;
    const info_i_head_block *b = &h->blocks[0];
    const int64_t depth = head->hidden.cols, tokens = head->weight.rows, size = size_of(head);
    const int64_t step = info_i_head_in_place(head, &head->weight) ? tokens : INFO_I_TILE_TOKENS;
    for (int64_t i = begin; i < end; i++) {
        const int64_t col = i * INFO_I_LOSS_SLICE, cols = smaller(depth - col, INFO_I_LOSS_SLICE);
        for (int64_t token = 0; token < tokens; token += step) {
            product p = {.add = token > 0,
                         .m = h->height,
                         .n = cols,
                         .k = smaller(tokens - token, step),
                         .a = b->logits + token * size,
                         .lda = b->view.row_stride,
                         .c = h->states + col * size,
                         .ldc = depth};
            p.b = weights(head, token, p.k, col, cols, scratch, &p.ldb);
            const info_status status = multiply(head, &p, error);
            if (status != INFO_OK)
                return status;
        }
    }
    return INFO_OK;
}

static void put_states(const info_i_head_loss *h)
{
    const info_matrix_out *out = &h->gradients.hidden;
    const int64_t bytes = out->cols * size_of(&h->student);
    double wide[256];
    for (int64_t i = 0; i < h->height; i++)
        for (int64_t k = 0; k < out->cols; k += 256) {
            const int64_t now = smaller(out->cols - k, 256);
            widen(&h->student, h->states + i * bytes + k * size_of(&h->student), now, wide);
            info_i_put_row_f64(out, h->counting[h->first + i], k, now, wide);
        }
}

info_status info_i_head_loss_block(info_ctx *ctx, info_i_head_loss *h)
{
    const int64_t tiles = parts(h->student.weight.rows, INFO_I_TILE_TOKENS);
    const int64_t others = h->taught ? parts(h->teacher.weight.rows, INFO_I_TILE_TOKENS) : 0;
    h->height = smaller(h->count - h->first, h->block_rows);
    load_states(h);
    info_status status = info_i_parallel(ctx, tiles + others, 1, h->scratch, logits_of_tiles, h);
    if (status == INFO_OK)
        status = info_i_parallel(ctx, h->height, 1, h->scratch, measure_rows, h);
    if (status == INFO_OK && (h->gradients.weight.data || h->gradients.bias.data))
        status = info_i_parallel(ctx, tiles, 1, h->scratch, gradients_of_tiles, h);
    if (status != INFO_OK || !h->gradients.hidden.data)
        return status;
    const int64_t slices = parts(h->student.hidden.cols, INFO_I_LOSS_SLICE);
    status = info_i_parallel(ctx, slices, 1, h->scratch, gradients_of_states, h);
    if (status == INFO_OK)
        put_states(h);
    return status;
}

static void clear(const info_matrix_out *out)
{
    for (int64_t i = 0; out->data && i < out->rows; i++)
        for (int64_t k = 0; k < out->cols; k += 256) {
            const double zeros[256] = {0};
            info_i_put_row_f64(out, i, k, smaller(out->cols - k, 256), zeros);
        }
}

void info_i_head_loss_clear(const info_i_head_loss *h)
{
    clear(&h->gradients.hidden);
    if (h->count > 0 || h->gradients.accumulates)
        return;
    clear(&h->gradients.weight);
    clear(&h->gradients.bias);
}
