/* SPDX-License-Identifier: MIT
 * Sums of squares and the reduction to a band for one element type: real, KERNELS, NAME(name). */

/* Adds the lower triangle's part of L R in rows row .. row + rows - 1 of C; element (i, k) of L, i from row, at
 * l[i row_step + k step], and the columns of R in panels, panel_step apart. */
static void NAME(add_lower)(const KERNELS *k, int64_t row, int64_t rows, int64_t n, int64_t depth, const real *l,
                            int64_t row_step, int64_t step, const real *r, int64_t panel_step, real *c, int64_t ldc)
{
    for (int64_t col = 0; col < row + rows; col += PANEL)
        for (int64_t i = 0; i < rows; i += 8) {
            const int64_t count = info_i_least(8, rows - i), reach = (row + i + count - col + 15) / 16 * 16;
            if (reach > 0)
                k->product(count, info_i_least(info_i_least(PANEL, reach), n - col), depth, l + i * row_step, row_step,
                           step, r + col / PANEL * panel_step, PANEL, c + (row + i) * ldc + col, ldc);
        }
}

/* ---- Sums of squares ---------------------------------------------------- */

typedef struct NAME(squares) {
    const KERNELS *kernels;
    bool first;
    int64_t n, depth, panel_step;
    const real *z;
    real *c;
} NAME(squares);

static info_status NAME(squares_of_rows)(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch, (void)error;
    const NAME(squares) *s = user;
    for (int64_t item = begin; item < end; item++) {
        /* The longest rows first: what is left over at the end is small. */
        const int64_t panel = (s->n + PANEL - 1) / PANEL - 1 - item, row = panel * PANEL;
        const int64_t rows = info_i_least(PANEL, s->n - row);
        if (s->first)
            memset(s->c + row * s->n, 0, (size_t)(rows * s->n) * sizeof *s->c);
        for (int64_t k = 0; k < s->depth; k += DEPTH)
            NAME(add_lower)
        (s->kernels, row, rows, s->n, info_i_least(DEPTH, s->depth - k), s->z + panel * s->panel_step + k * PANEL, 1,
         PANEL, s->z + k * PANEL, s->panel_step, s->c, s->n);
    }
    return INFO_OK;
}

info_status NAME(info_i_add_squares)(const info_i_place *place, bool first, int64_t n, int64_t depth, const real *z,
                                     int64_t panel_step, real *c)
{
    NAME(squares) s = {place->kernels->NAME(symmetric), first, n, depth, panel_step, z, c};
    return info_i_place_run(place, (n + PANEL - 1) / PANEL, 1, 0, NAME(squares_of_rows), &s, NULL);
}

/* ---- Reduction ---------------------------------------------------------- */

typedef struct NAME(reduction) {
    const KERNELS *kernels;
    int64_t m, width, lda;
    real *a;        /* the matrix right of the panel and below it, m x m */
    real *v, *x;    /* m x width: V; A V, then A V T, then W */
    real *pair;     /* m x 2 width: [-V -W] */
    real *right;    /* [W V]^T in panels of PANEL columns */
    real *t, *half; /* width x width: T, -T^T V^T X / 2 */
} NAME(reduction);

/* Rows of X = A V T: what is left of the diagonal block, the block itself, what is below it. */
static info_status NAME(multiply_rows)(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    const NAME(reduction) *s = user;
    const int64_t width = s->width;
    real *square = scratch, *sums = square + ROWS * ROWS;
    for (int64_t item = begin; item < end; item++) {
        const int64_t row = item * ROWS, rows = info_i_least(ROWS, s->m - row);
        const real *a = s->a + row * s->lda;
        memset(sums, 0, (size_t)(rows * width) * sizeof *sums);
        for (int64_t k = 0; k < row; k += DEPTH)
            s->kernels->product(rows, width, info_i_least(DEPTH, row - k), a + k, s->lda, 1, s->v + k * width, width,
                                sums, width);
        s->kernels->transpose(rows, rows, a + row, s->lda, square, ROWS); /* above the diagonal */
        for (int64_t i = 0; i < rows; i++)
            memcpy(square + i * ROWS, a + i * s->lda + row, (size_t)(i + 1) * sizeof *square);
        s->kernels->product(rows, width, rows, square, ROWS, 1, s->v + row * width, width, sums, width);
        for (int64_t k = row + rows; k < s->m; k += DEPTH)
            s->kernels->product(rows, width, info_i_least(DEPTH, s->m - k), s->a + k * s->lda + row, 1, s->lda,
                                s->v + k * width, width, sums, width);
        memset(s->x + row * width, 0, (size_t)(rows * width) * sizeof *s->x);
        s->kernels->product(rows, width, width, sums, width, 1, s->t, width, s->x + row * width, width);
    }
    return INFO_OK;
}

/* -T^T V^T X / 2, made symmetric. */
static void NAME(gather)(const NAME(reduction) * s, real *inner, real *product)
{
    const int64_t width = s->width;
    memset(inner, 0, (size_t)(width * width) * sizeof *inner);
    memset(product, 0, (size_t)(width * width) * sizeof *product);
    for (int64_t k = 0; k < s->m; k += DEPTH)
        s->kernels->product(width, width, info_i_least(DEPTH, s->m - k), s->v + k * width, 1, width, s->x + k * width,
                            width, inner, width);
    s->kernels->product(width, width, width, s->t, 1, width, inner, width, product, width);
    for (int64_t i = 0; i < width; i++)
        for (int64_t j = 0; j < width; j++)
            s->half[i * width + j] = -(product[i * width + j] + product[j * width + i]) / 4;
}

/* Rows of W = X - V (T^T V^T X) / 2, and of what the update reads. */
static info_status NAME(finish_rows)(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch, (void)error;
    const NAME(reduction) *s = user;
    const int64_t width = s->width;
    for (int64_t item = begin; item < end; item++) {
        const int64_t row = item * ROWS, rows = info_i_least(ROWS, s->m - row);
        real *v = s->v + row * width, *w = s->x + row * width, *pair = s->pair + row * 2 * width;
        s->kernels->product(rows, width, width, v, width, 1, s->half, width, w, width);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t k = 0; k < width; k++) {
                pair[i * 2 * width + k] = -v[i * width + k];
                pair[(i * 2 + 1) * width + k] = -w[i * width + k];
            }
        for (int64_t first = 0; first < rows; first += PANEL) {
            real *right = s->right + (row + first) * 2 * width;
            const int64_t cols = info_i_least(PANEL, rows - first);
            if (cols < PANEL)
                memset(right, 0, (size_t)(2 * width * PANEL) * sizeof *right);
            s->kernels->transpose(cols, width, w + first * width, width, right, PANEL);
            s->kernels->transpose(cols, width, v + first * width, width, right + width * PANEL, PANEL);
        }
    }
    return INFO_OK;
}

/* Rows of A - V W^T - W V^T. */
static info_status NAME(update_rows)(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)scratch, (void)error;
    const NAME(reduction) *s = user;
    for (int64_t item = begin; item < end; item++) {
        const int64_t row = (row_blocks(s->m) - 1 - item) * ROWS, rows = info_i_least(ROWS, s->m - row);
        NAME(add_lower)
        (s->kernels, row, rows, s->m, 2 * s->width, s->pair + row * 2 * s->width, 2 * s->width, 1, s->right,
         PANEL * 2 * s->width, s->a, s->lda);
    }
    return INFO_OK;
}

/* One panel: its columns end in upper, below the band. */
static info_status NAME(eliminate)(const info_i_place *place, NAME(reduction) * s, real *panel, real *upper, real *work,
                                   double *buffer)
{
    const int64_t width = s->width, blocks = row_blocks(s->m);
    for (int64_t i = 0; i < s->m; i++)
        memcpy(s->v + i * width, panel + i * s->lda, (size_t)width * sizeof *panel);
    s->kernels->reflect(s->m, width, s->v, upper, s->t);
    for (int64_t i = 0; i < info_i_least(width, s->m); i++)
        memcpy(panel + i * s->lda + i, upper + i * width + i, (size_t)(width - i) * sizeof *panel);
    info_status status = info_i_place_run(place, blocks, 1, worker_size(width), NAME(multiply_rows), s, buffer);
    if (status != INFO_OK)
        return status;
    NAME(gather)(s, upper, work);
    status = info_i_place_run(place, blocks, 1, 0, NAME(finish_rows), s, NULL);
    return status == INFO_OK ? info_i_place_run(place, blocks, 1, 0, NAME(update_rows), s, NULL) : status;
}

static real *NAME(piece)(double **memory, int64_t count)
{
    return (real *)(void *)info_i_take(memory, (count * (int64_t)sizeof(real) + 7) / 8);
}

info_status NAME(info_i_band_form)(const info_i_place *place, int64_t n, int64_t width, real *a, real *band,
                                   double *memory)
{
    const int64_t padded = row_blocks(n) * ROWS, square = width * width;
    NAME(reduction) s = {.kernels = place->kernels->NAME(symmetric), .width = width, .lda = n};
    s.v = NAME(piece)(&memory, padded * width);
    s.x = NAME(piece)(&memory, padded * width);
    s.pair = NAME(piece)(&memory, padded * 2 * width);
    s.right = NAME(piece)(&memory, padded * 2 * width);
    s.t = NAME(piece)(&memory, square);
    s.half = NAME(piece)(&memory, square);
    real *upper = NAME(piece)(&memory, square), *work = NAME(piece)(&memory, square);
    info_status status = INFO_OK;
    /* The last panel has two rows at least: one row alone is in the band. */
    for (int64_t j = 0; j + width + 1 < n && status == INFO_OK; j += width) {
        s.m = n - j - width;
        s.a = a + (j + width) * (n + 1);
        status = NAME(eliminate)(place, &s, a + (j + width) * n + j, upper, work, memory);
    }
    memset(band, 0, (size_t)(n * (width + 1)) * sizeof *band);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k <= info_i_least(width, i); k++)
            band[(i - k) * (width + 1) + k] = a[i * n + i - k];
    return status;
}
