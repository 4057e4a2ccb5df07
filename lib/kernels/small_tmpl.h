/* SPDX-License-Identifier: MIT
 * Packing and tridiagonal reduction of interleaved matrices for one element type: real, its
 * bits in an integer, NAME(name).
 * A level whose vectors are narrower than a set's 64 bytes takes it in PARTS, one after
 * another: pointers are to the part, and neighbours lie PARTS vectors apart.
 *
 * From the last row up: row k, less its last element, is reflected onto that element's
 * neighbour, and the rank-two update of the rows above is applied while they are read for
 * the next product, so that each element is read and written once per step. */

typedef real NAME(vec) __attribute__((vector_size(VECTOR_BYTES), aligned(VECTOR_BYTES)));
typedef integer NAME(ivec) __attribute__((vector_size(VECTOR_BYTES), aligned(VECTOR_BYTES)));
#define vec NAME(vec)
#define ivec NAME(ivec)
#define LANES (64 / (int)sizeof(real))

/* out[j * LANES + l] = row[l][j]: a group of stores that compilers make shuffles of. */
static void NAME(interleave)(int64_t n, const real *const *row, real *restrict out)
{
    const real *r[LANES];
    for (int l = 0; l < LANES; l++)
        r[l] = row[l];
    for (int64_t j = 0; j < n; j++)
        for (int l = 0; l < LANES; l++)
            out[LANES * j + l] = r[l][j];
}

/* The larger of |x| and most; what is not a number is larger than all. */
static vec NAME(larger)(vec x, vec most)
{
    const ivec all = (ivec){0} == (ivec){0}, size = (ivec)x & ~(all << (8 * (int)sizeof(real) - 1));
    const ivec more = size > (ivec)most;
    return (vec)((size & more) | ((ivec)most & ~more));
}

static void NAME(pack_part)(int64_t n, const vec *square, const vec *factor, vec *packed, vec *facts)
{
    vec most = square[0] * 0, asymmetry = most * 0, squares = most * 0;
    for (int64_t i = 0; i < n; i++) {
        vec beside = *factor * 0;
        for (int64_t j = 0; j < i; j++, packed += PARTS) {
            const vec below = square[AT(i * n + j)] * *factor, above = square[AT(j * n + i)] * *factor;
            asymmetry = NAME(larger)(below - above, asymmetry);
            most = NAME(larger)(below, NAME(larger)(above, most));
            beside += below * below;
            *packed = below;
        }
        const vec diagonal = square[AT(i * n + i)] * *factor;
        most = NAME(larger)(diagonal, most);
        squares += beside + beside + diagonal * diagonal;
        *packed = diagonal;
        packed += PARTS;
    }
    facts[0] = most;
    facts[PARTS] = asymmetry;
    facts[2 * PARTS] = squares;
}

static void NAME(pack)(int64_t n, const real *square, const real *factor, real *packed, real *facts)
{
    for (int64_t part = 0; part < PARTS; part++)
        NAME(pack_part)(n, (const vec *)(const void *)square + part, (const vec *)(const void *)factor + part,
                        (vec *)(void *)packed + part, (vec *)(void *)facts + part);
}

/* Update and product: x = a[i][j] - v[i] w[j] - w[i] v[j]; p[j] += x u[i]; p[i] += x u[j]. */
static void NAME(update_and_multiply)(int64_t m, vec *a, const vec *v, const vec *w, const vec *u, vec *p)
{
    for (int64_t i = 0; i < m; i++)
        p[AT(i)] = u[AT(i)] * 0;
    int64_t i = 0;
    for (; i + 2 <= m; i += 2) { /* two rows share the reads of v, w, u, p */
        vec *x = a + AT(i * (i + 1) / 2), *y = x + AT(i + 1);
        const vec v0 = v[AT(i)], w0 = w[AT(i)], u0 = u[AT(i)], v1 = v[AT(i + 1)], w1 = w[AT(i + 1)], u1 = u[AT(i + 1)];
        vec sum0 = p[AT(i)], sum1 = p[AT(i + 1)];
        for (int64_t j = 0; j < i; j++) {
            const vec vj = v[AT(j)], wj = w[AT(j)], uj = u[AT(j)];
            const vec x0 = x[AT(j)] - (v0 * wj + w0 * vj), x1 = y[AT(j)] - (v1 * wj + w1 * vj);
            x[AT(j)] = x0;
            y[AT(j)] = x1;
            p[AT(j)] += x0 * u0 + x1 * u1;
            sum0 += x0 * uj;
            sum1 += x1 * uj;
        }
        const vec d0 = x[AT(i)] - (v0 * w0 + w0 * v0), off = y[AT(i)] - (v1 * w0 + w1 * v0);
        const vec d1 = y[AT(i + 1)] - (v1 * w1 + w1 * v1);
        x[AT(i)] = d0;
        y[AT(i)] = off;
        y[AT(i + 1)] = d1;
        p[AT(i)] = sum0 + d0 * u0 + off * u1;
        p[AT(i + 1)] = sum1 + off * u0 + d1 * u1;
    }
    for (; i < m; i++) {
        vec *x = a + AT(i * (i + 1) / 2);
        vec sum = p[AT(i)];
        for (int64_t j = 0; j < i; j++) {
            const vec x0 = x[AT(j)] - (v[AT(i)] * w[AT(j)] + w[AT(i)] * v[AT(j)]);
            x[AT(j)] = x0;
            p[AT(j)] += x0 * u[AT(i)];
            sum += x0 * u[AT(j)];
        }
        x[AT(i)] = x[AT(i)] - (v[AT(i)] * w[AT(i)] + w[AT(i)] * v[AT(i)]);
        p[AT(i)] = sum + x[AT(i)] * u[AT(i)];
    }
}

/* The reflector of x[AT(0..m-1)] onto its last element: u with u = x but for the last, the new element, and
 * 2 / u^T u (0 where there is nothing to reflect). */
static void NAME(reflector)(int64_t m, const vec *x, vec *u, real *element, real *factor)
{
    vec squares = x[AT(0)] * 0;
    for (int64_t i = 0; i + 1 < m; i++) {
        u[AT(i)] = x[AT(i)];
        squares += x[AT(i)] * x[AT(i)];
    }
    const real *last = (const real *)&x[AT(m - 1)], *rest = (const real *)&squares;
    real *head = (real *)&u[AT(m - 1)];
    for (size_t l = 0; l < VECTOR_BYTES / sizeof(real); l++) {
        const real norm = SQRT(last[l] * last[l] + rest[l]);
        const real alpha = last[l] > 0 ? -norm : norm, top = last[l] - alpha, length = top * top + rest[l];
        const _Bool flat = !(rest[l] > TINY);
        element[l] = flat ? last[l] : alpha;
        head[l] = flat ? 0 : top;
        factor[l] = flat ? 0 : 2 / length;
    }
}

static void NAME(tridiagonal_part)(int64_t n, vec *a, vec *d, vec *e, vec *v)
{
    vec *w = v + AT(n), *u = w + AT(n), *p = u + AT(n);
    for (int64_t i = 0; i < n; i++)
        v[AT(i)] = w[AT(i)] = a[0] * 0;
    for (int64_t k = n - 1; k >= 0; k--) {
        vec *row = a + AT(k * (k + 1) / 2);
        for (int64_t j = 0; j <= k; j++)
            row[AT(j)] -= v[AT(k)] * w[AT(j)] + w[AT(k)] * v[AT(j)];
        d[AT(k)] = row[AT(k)];
        if (k == 0)
            break;
        vec factor = a[0] * 0;
        NAME(reflector)(k, row, u, (real *)&e[AT(k - 1)], (real *)&factor);
        NAME(update_and_multiply)(k, a, v, w, u, p);
        vec product = p[AT(0)] * u[AT(0)];
        for (int64_t j = 1; j < k; j++)
            product += p[AT(j)] * u[AT(j)];
        const vec half = product * factor * factor / 2;
        for (int64_t j = 0; j < k; j++) {
            v[AT(j)] = u[AT(j)];
            w[AT(j)] = factor * p[AT(j)] - half * u[AT(j)];
        }
    }
}

static void NAME(tridiagonal)(int64_t n, real *a, real *d, real *e, real *work)
{
    for (int64_t part = 0; part < PARTS; part++)
        NAME(tridiagonal_part)(n, (vec *)(void *)a + part, (vec *)(void *)d + part, (vec *)(void *)e + part,
                               (vec *)(void *)work + part);
}

#undef vec
#undef ivec
#undef LANES
