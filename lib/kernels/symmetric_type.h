/* SPDX-License-Identifier: MIT
 * The kernels of symmetric.h for one element type: real, vector of LANES of them, V(operation) on it, NAME(name),
 * SCALAR(function of the C library), and TINY, below which there is nothing to reflect. */

/* C += L R of rows x vectors; constants where it is inlined. */
INLINE void NAME(tile)(const int rows, const int vectors, int64_t depth, const real *l, int64_t row_step, int64_t step,
                       const real *r, int64_t ldr, real *c, int64_t ldc)
{
    vector sum[INFO_I_TILE_ROWS][MOST_VECTORS];
#pragma GCC unroll 24
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++)
            sum[i][j] = V(set)(0);
    for (int64_t k = 0; k < depth; k++, l += step, r += ldr) {
        vector right[MOST_VECTORS];
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++)
            right[j] = V(load)(r + j * LANES);
#pragma GCC unroll 24
        for (int i = 0; i < rows; i++) {
            const vector left = V(set)(l[i * row_step]);
#pragma GCC unroll 3
            for (int j = 0; j < vectors; j++)
                sum[i][j] = V(fma)(left, right[j], sum[i][j]);
        }
    }
#pragma GCC unroll 24
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++)
            V(store)(c + i * ldc + j * LANES, V(add)(V(load)(c + i * ldc + j * LANES), sum[i][j]));
}

/* All rows of a few vectors of columns. */
#define COLUMNS(name, vectors, most)                                                                                   \
    static void NAME(name)(int64_t rows, int64_t depth, const real *l, int64_t row_step, int64_t step, const real *r,  \
                           int64_t ldr, real *c, int64_t ldc)                                                          \
    {                                                                                                                  \
        int64_t i = 0;                                                                                                 \
        for (; i + most <= rows; i += most)                                                                            \
            NAME(tile)(most, vectors, depth, l + i * row_step, row_step, step, r, ldr, c + i * ldc, ldc);              \
        for (; FEW_ROWS > 1 && i + FEW_ROWS <= rows; i += FEW_ROWS)                                                    \
            NAME(tile)(FEW_ROWS, vectors, depth, l + i * row_step, row_step, step, r, ldr, c + i * ldc, ldc);          \
        for (; i < rows; i++)                                                                                          \
            NAME(tile)(1, vectors, depth, l + i * row_step, row_step, step, r, ldr, c + i * ldc, ldc);                 \
    }
COLUMNS(one_vector, 1, ROWS_1)
COLUMNS(two_vectors, 2, ROWS_2)
COLUMNS(three_vectors, 3, ROWS_3)

static void NAME(columns)(int64_t vectors, int64_t rows, int64_t depth, const real *l, int64_t row_step, int64_t step,
                          const real *r, int64_t ldr, real *c, int64_t ldc)
{
    (vectors == 1   ? NAME(one_vector)
     : vectors == 2 ? NAME(two_vectors)
                    : NAME(three_vectors))(rows, depth, l, row_step, step, r, ldr, c, ldc);
}

/* The last columns, by way of a buffer that is wide enough. */
static void NAME(last_columns)(int64_t vectors, int64_t rows, int64_t cols, int64_t depth, const real *l,
                               int64_t row_step, int64_t step, const real *r, int64_t ldr, real *c, int64_t ldc)
{
    for (int64_t i = 0; i < rows; i += INFO_I_TILE_ROWS) {
        real buffer[INFO_I_TILE_ROWS * MOST_VECTORS * LANES] = {0};
        const int64_t count = rows - i < INFO_I_TILE_ROWS ? rows - i : INFO_I_TILE_ROWS;
        NAME(columns)(vectors, count, depth, l + i * row_step, row_step, step, r, ldr, buffer, vectors * LANES);
        for (int64_t k = 0; k < count; k++)
            for (int64_t j = 0; j < cols; j++)
                c[(i + k) * ldc + j] += buffer[k * vectors * LANES + j];
    }
}

static void NAME(product)(int64_t rows, int64_t cols, int64_t depth, const real *l, int64_t row_step, int64_t step,
                          const real *r, int64_t ldr, real *c, int64_t ldc)
{
    for (int64_t j = 0; j < cols;) {
        const int64_t left = (cols - j + LANES - 1) / LANES;
        const int64_t vectors = left == 2 || left == 4 ? 2 : left < 3 ? left : 3;
        if (j + vectors * LANES <= cols)
            NAME(columns)(vectors, rows, depth, l, row_step, step, r + j, ldr, c + j, ldc);
        else
            NAME(last_columns)(vectors, rows, cols - j, depth, l, row_step, step, r + j, ldr, c + j, ldc);
        j += vectors * LANES;
    }
}

static void NAME(transpose)(int64_t rows, int64_t cols, const real *x, int64_t ldx, real *restrict out, int64_t ldo)
{
    int64_t i = 0;
    for (; i + LANES <= rows; i += LANES) {
        const real *row[LANES];
        int64_t j = 0;
        for (int q = 0; q < LANES; q++)
            row[q] = x + (i + q) * ldx;
        for (; j + LANES <= cols; j += LANES) {
            const real *r[LANES];
            for (int q = 0; q < LANES; q++)
                r[q] = row[q] + j;
            V(transpose)(r, out + j * ldo + i, ldo);
        }
        for (; j < cols; j++)
            for (int q = 0; q < LANES; q++)
                out[j * ldo + i + q] = row[q][j];
    }
    for (; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            out[j * ldo + i] = x[i * ldx + j];
}

/* ---- Reflectors --------------------------------------------------------- */

/* A reflector to apply: column c of the rows below is to be scaled by inverse, and becomes v; the columns
 * after it lose tau v w^T, w being 0 up to c. */
typedef struct NAME(reflector) {
    int64_t column;
    real tau, inverse;
    real w[INFO_I_WIDEST];
} NAME(reflector);

/* Applies h to a few rows, and adds row[next] row to sum unless next is the width. Column c enters the sums before it is
 * scaled: it is stored last, since what is stored alone cannot be loaded at once with its neighbors. */
INLINE void NAME(pass_rows)(const int rows, const NAME(reflector) * h, int64_t width, int64_t next, real *v, real *sum)
{
    vector factor[4], b[4];
    real x[4];
    for (int i = 0; i < rows; i++) {
        real *row = v + i * width;
        x[i] = row[h->column] * h->inverse;
        factor[i] = V(set)(-(h->tau * x[i]));
        b[i] = V(set)(next < width ? SCALAR(fma)(-(h->tau * x[i]), h->w[next], row[next]) : 0);
    }
    for (int64_t q = 0; q < width; q += LANES) {
        const vector w = V(load)(h->w + q);
        vector products = V(set)(0);
#pragma GCC unroll 4
        for (int i = 0; i < rows; i++) {
            const vector row = V(fma)(factor[i], w, V(load)(v + i * width + q));
            V(store)(v + i * width + q, row);
            products = i == 0 ? V(mul)(b[i], row) : V(fma)(b[i], row, products);
        }
        if (sum)
            V(store)(sum + q, V(add)(V(load)(sum + q), products));
    }
    for (int i = 0; i < rows; i++)
        v[i * width + h->column] = x[i];
}

/* Applies h to the rows below it; sum: over those below the first, row[next] row. */
static void NAME(pass)(const NAME(reflector) * h, int64_t rows, int64_t width, int64_t next, real *v, real *sum)
{
    for (int64_t q = 0; q < width; q++)
        sum[q] = 0;
    if (rows > 0)
        NAME(pass_rows)(1, h, width, next, v, NULL);
    int64_t r = 1;
    for (; r + 4 <= rows; r += 4)
        NAME(pass_rows)(4, h, width, next, v + r * width, sum);
    for (; r < rows; r++)
        NAME(pass_rows)(1, h, width, next, v + r * width, sum);
    sum[h->column] *= h->inverse;
}

/* sum = the squares of the first column, and its products with the others, below the first row. */
static void NAME(first_sums)(int64_t m, int64_t width, const real *v, real *sum)
{
    for (int64_t q = 0; q < width; q += LANES) {
        vector products = V(set)(0);
        for (int64_t r = 1; r < m; r++)
            products = V(fma)(V(set)(v[r * width]), V(load)(v + r * width + q), products);
        V(store)(sum + q, products);
    }
}

/* Column c of T, from tau and the inner products of v with those before it. */
static void NAME(extend)(int64_t width, int64_t c, const NAME(reflector) * h, real *t)
{
    for (int64_t q = 0; q < c; q++) {
        real sum = 0;
        for (int64_t p = q; p < c; p++)
            sum += t[q * width + p] * h->w[p];
        t[q * width + c] = -h->tau * sum;
    }
    t[c * width + c] = h->tau;
}

static void NAME(reflect)(int64_t m, int64_t width, real *v, real *upper, real *t)
{
    NAME(reflector) h = {0};
    real sum[INFO_I_WIDEST];
    for (int64_t i = 0; i < width * width; i++)
        upper[i] = t[i] = 0;
    NAME(first_sums)(m, width, v, sum);
    for (int64_t c = 0; c < width && c < m; c++) {
        real *row = v + c * width;
        const real alpha = row[c];
        const bool flat = !(sum[c] > TINY); /* also where an element was not finite */
        const real beta = flat ? alpha : -SCALAR(copysign)(SCALAR(sqrt)(alpha * alpha + sum[c]), alpha);
        h.column = c;
        h.tau = flat ? 0 : (beta - alpha) / beta;
        h.inverse = flat ? 0 : 1 / (alpha - beta);
        for (int64_t q = 0; q < width; q++)
            h.w[q] = row[q] + h.inverse * sum[q];
        NAME(extend)(width, c, &h, t);
        for (int64_t q = c; q < width; q++) {
            upper[c * width + q] = q == c ? beta : row[q] - h.tau * h.w[q];
            row[q] = q == c;
        }
        for (int64_t q = 0; q <= c; q++)
            h.w[q] = 0;
        NAME(pass)(&h, m - c - 1, width, c + 1, row + width, sum);
    }
}

#undef COLUMNS
