/* SPDX-License-Identifier: MIT
 * The kernels of symmetric.h for one element type: real, and vec of VEC of them, 64 bytes. */

/* Rows of C held in registers beside one, two or three vectors of columns: enough sums to cover the latency of a
 * multiplication, and few enough for 32 registers of a vector or 16 of half of one. */
#if INFO_I_LEVEL == 3
#define ROWS_1 24
#define ROWS_2 12
#define ROWS_3 8
#define FEW 4
#else
#define ROWS_1 6
#define ROWS_2 3
#define ROWS_3 2
#define FEW 1
#endif

#define MOST_VECTORS 3

/* C += L R of rows x vectors; constants where it is inlined. */
INLINE void tile(const int rows, const int vectors, int64_t depth, const real *l, int64_t row_step, int64_t step,
                 const real *r, int64_t ldr, real *c, int64_t ldc)
{
    vec sum[INFO_I_TILE_ROWS][MOST_VECTORS];
#pragma GCC unroll 24
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++)
            sum[i][j] = ZERO();
    for (int64_t k = 0; k < depth; k++, l += step, r += ldr) {
        vec right[MOST_VECTORS];
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++)
            right[j] = LOAD(r + j * VEC);
#pragma GCC unroll 24
        for (int i = 0; i < rows; i++) {
            const vec left = SET(l[i * row_step]);
#pragma GCC unroll 3
            for (int j = 0; j < vectors; j++)
                sum[i][j] = FMA(left, right[j], sum[i][j]);
        }
    }
#pragma GCC unroll 24
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (int j = 0; j < vectors; j++)
            STORE(c + i * ldc + j * VEC, ADD(LOAD(c + i * ldc + j * VEC), sum[i][j]));
}

/* All rows of a few vectors of columns. */
#define COLUMNS(name, vectors, most)                                                                                   \
    static void name(int64_t rows, int64_t depth, const real *l, int64_t row_step, int64_t step, const real *r,        \
                     int64_t ldr, real *c, int64_t ldc)                                                                \
    {                                                                                                                  \
        int64_t i = 0;                                                                                                 \
        for (; i + most <= rows; i += most)                                                                            \
            tile(most, vectors, depth, l + i * row_step, row_step, step, r, ldr, c + i * ldc, ldc);                    \
        for (; FEW > 1 && i + FEW <= rows; i += FEW)                                                                   \
            tile(FEW, vectors, depth, l + i * row_step, row_step, step, r, ldr, c + i * ldc, ldc);                     \
        for (; i < rows; i++)                                                                                          \
            tile(1, vectors, depth, l + i * row_step, row_step, step, r, ldr, c + i * ldc, ldc);                       \
    }
COLUMNS(one_vector, 1, ROWS_1)
COLUMNS(two_vectors, 2, ROWS_2)
COLUMNS(three_vectors, 3, ROWS_3)

static void columns(int64_t vectors, int64_t rows, int64_t depth, const real *l, int64_t row_step, int64_t step,
                    const real *r, int64_t ldr, real *c, int64_t ldc)
{
    (vectors == 1   ? one_vector
     : vectors == 2 ? two_vectors
                    : three_vectors)(rows, depth, l, row_step, step, r, ldr, c, ldc);
}

/* The last columns, by way of a buffer that is wide enough. */
static void last_columns(int64_t vectors, int64_t rows, int64_t cols, int64_t depth, const real *l, int64_t row_step,
                         int64_t step, const real *r, int64_t ldr, real *c, int64_t ldc)
{
    for (int64_t i = 0; i < rows; i += INFO_I_TILE_ROWS) {
        real buffer[INFO_I_TILE_ROWS * MOST_VECTORS * VEC] = {0};
        const int64_t count = rows - i < INFO_I_TILE_ROWS ? rows - i : INFO_I_TILE_ROWS;
        columns(vectors, count, depth, l + i * row_step, row_step, step, r, ldr, buffer, vectors * VEC);
        for (int64_t k = 0; k < count; k++)
            for (int64_t j = 0; j < cols; j++)
                c[(i + k) * ldc + j] += buffer[k * vectors * VEC + j];
    }
}

static void product(int64_t rows, int64_t cols, int64_t depth, const real *l, int64_t row_step, int64_t step,
                    const real *r, int64_t ldr, real *c, int64_t ldc)
{
    for (int64_t j = 0; j < cols;) {
        const int64_t left = (cols - j + VEC - 1) / VEC;
        const int64_t vectors = left == 2 || left == 4 ? 2 : left < 3 ? left : 3;
        if (j + vectors * VEC <= cols)
            columns(vectors, rows, depth, l, row_step, step, r + j, ldr, c + j, ldc);
        else
            last_columns(vectors, rows, cols - j, depth, l, row_step, step, r + j, ldr, c + j, ldc);
        j += vectors * VEC;
    }
}

static void transpose(int64_t rows, int64_t cols, const real *x, int64_t ldx, real *restrict out, int64_t ldo)
{
    int64_t i = 0;
    for (; i + VEC <= rows; i += VEC) {
        const real *row[VEC];
        int64_t j = 0;
        for (int q = 0; q < VEC; q++)
            row[q] = x + (i + q) * ldx;
#ifdef TRANSPOSE_16
        for (; j + 16 <= cols; j += 16) {
            const real *r[VEC];
            for (int q = 0; q < VEC; q++)
                r[q] = row[q] + j;
            TRANSPOSE_16(r, out + j * ldo + i, ldo);
        }
#endif
        for (; j < cols; j++) /* a group of stores that compilers make shuffles of */
            for (int q = 0; q < VEC; q++)
                out[j * ldo + i + q] = row[q][j];
    }
    for (; i < rows; i++)
        for (int64_t j = 0; j < cols; j++)
            out[j * ldo + i] = x[i * ldx + j];
}

/* ---- Reflectors --------------------------------------------------------- */

/* A reflector to apply: column c of the rows below is to be scaled by inverse, and becomes v; the columns
 * after it lose tau v w^T, w being 0 up to c. */
typedef struct reflector {
    int64_t column;
    real tau, inverse;
    real w[INFO_I_WIDEST];
} reflector;

/* Applies h to a few rows, and adds row[next] row to sum unless next is the width. Column c enters the sums before it is
 * scaled: it is stored last, since what is stored alone cannot be loaded at once with its neighbors. */
INLINE void pass_rows(const int rows, const reflector *h, int64_t width, int64_t next, real *v, real *sum)
{
    vec factor[4], b[4];
    real x[4];
    for (int i = 0; i < rows; i++) {
        real *row = v + i * width;
        x[i] = row[h->column] * h->inverse;
        factor[i] = SET(-(h->tau * x[i]));
        b[i] = SET(next < width ? SCALAR_FMA(-(h->tau * x[i]), h->w[next], row[next]) : 0);
    }
    for (int64_t q = 0; q < width; q += VEC) {
        const vec w = LOAD(h->w + q);
        vec products = ZERO();
#pragma GCC unroll 4
        for (int i = 0; i < rows; i++) {
            const vec row = FMA(factor[i], w, LOAD(v + i * width + q));
            STORE(v + i * width + q, row);
            products = i == 0 ? MUL(b[i], row) : FMA(b[i], row, products);
        }
        if (sum)
            STORE(sum + q, ADD(LOAD(sum + q), products));
    }
    for (int i = 0; i < rows; i++)
        v[i * width + h->column] = x[i];
}

/* Applies h to the rows below it; sum: over those below the first, row[next] row. */
static void pass(const reflector *h, int64_t rows, int64_t width, int64_t next, real *v, real *sum)
{
    for (int64_t q = 0; q < width; q++)
        sum[q] = 0;
    if (rows > 0)
        pass_rows(1, h, width, next, v, NULL);
    int64_t r = 1;
    for (; r + 4 <= rows; r += 4)
        pass_rows(4, h, width, next, v + r * width, sum);
    for (; r < rows; r++)
        pass_rows(1, h, width, next, v + r * width, sum);
    sum[h->column] *= h->inverse;
}

/* sum = the squares of the first column, and its products with the others, below the first row. */
static void first_sums(int64_t m, int64_t width, const real *v, real *sum)
{
    for (int64_t q = 0; q < width; q += VEC) {
        vec products = ZERO();
        for (int64_t r = 1; r < m; r++)
            products = FMA(SET(v[r * width]), LOAD(v + r * width + q), products);
        STORE(sum + q, products);
    }
}

/* Column c of T, from tau and the inner products of v with those before it. */
static void extend(int64_t width, int64_t c, const reflector *h, real *t)
{
    for (int64_t q = 0; q < c; q++) {
        real sum = 0;
        for (int64_t p = q; p < c; p++)
            sum += t[q * width + p] * h->w[p];
        t[q * width + c] = -h->tau * sum;
    }
    t[c * width + c] = h->tau;
}

static void reflect(int64_t m, int64_t width, real *v, real *upper, real *t)
{
    reflector h = {0};
    real sum[INFO_I_WIDEST];
    for (int64_t i = 0; i < width * width; i++)
        upper[i] = t[i] = 0;
    first_sums(m, width, v, sum);
    for (int64_t c = 0; c < width && c < m; c++) {
        real *row = v + c * width;
        const real alpha = row[c];
        const bool flat = !(sum[c] > TINY); /* also where an element was not finite */
        const real beta = flat ? alpha : -COPYSIGN(SQRT(alpha * alpha + sum[c]), alpha);
        h.column = c;
        h.tau = flat ? 0 : (beta - alpha) / beta;
        h.inverse = flat ? 0 : 1 / (alpha - beta);
        for (int64_t q = 0; q < width; q++)
            h.w[q] = row[q] + h.inverse * sum[q];
        extend(width, c, &h, t);
        for (int64_t q = c; q < width; q++) {
            upper[c * width + q] = q == c ? beta : row[q] - h.tau * h.w[q];
            row[q] = q == c;
        }
        for (int64_t q = 0; q <= c; q++)
            h.w[q] = 0;
        pass(&h, m - c - 1, width, c + 1, row + width, sum);
    }
}
