/* SPDX-License-Identifier: MIT
 * Packing and tridiagonal reduction of interleaved matrices for one element type: real, its
 * bits in an integer, NAME(name).
 * A level whose vectors are narrower than a set's 64 bytes takes it in PARTS, one after
 * another: pointers are to the part, and neighbours lie PARTS vectors apart.
 *
 * From the last row up: row k, less its last element, is reflected onto that element's
 * neighbour. The rank-two updates of the rows above wait until there are two, and are applied
 * while the rows are read for the next product: each element is read once per step and
 * written once in two. */

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

/* Reflections that are yet to be applied: A - v w^T - w v^T of each. */
typedef struct NAME(pair) {
    vec *v, *w;
} NAME(pair);
#define pair NAME(pair)

/* p = A u of the leading m rows; with update A is brought up to date by two pairs first. Two rows share the
 * reads of u and p and of the pairs. */
static inline __attribute__((always_inline)) void NAME(pass)(bool update, int64_t m, vec *a, const pair *pairs, const vec *u,
                                                             vec *p)
{
    const vec *v = pairs[0].v, *w = pairs[0].w, *y = pairs[1].v, *z = pairs[1].w;
    for (int64_t i = 0; i < m; i += 2) {
        const bool both = i + 1 < m;
        vec *row = a + AT(i * (i + 1) / 2), *next = both ? row + AT(i + 1) : row;
        const int64_t k = both ? i + 1 : i;
        const vec v0 = v[AT(i)], w0 = w[AT(i)], y0 = y[AT(i)], z0 = z[AT(i)], u0 = u[AT(i)];
        const vec v1 = v[AT(k)], w1 = w[AT(k)], y1 = y[AT(k)], z1 = z[AT(k)], u1 = both ? u[AT(k)] : u0 * 0;
        vec sum0 = u0 * 0, sum1 = sum0;
        for (int64_t j = 0; j < i; j++) {
            vec x0 = row[AT(j)], x1 = next[AT(j)];
            if (update) {
                const vec vj = v[AT(j)], wj = w[AT(j)], yj = y[AT(j)], zj = z[AT(j)];
                x0 -= (v0 * wj + w0 * vj) + (y0 * zj + z0 * yj);
                x1 -= (v1 * wj + w1 * vj) + (y1 * zj + z1 * yj);
                row[AT(j)] = x0;
                next[AT(j)] = x1;
            }
            p[AT(j)] += x0 * u0 + x1 * u1;
            sum0 += x0 * u[AT(j)];
            sum1 += x1 * u[AT(j)];
        }
        vec diagonal = row[AT(i)];
        if (update)
            row[AT(i)] = diagonal -= 2 * (v0 * w0 + y0 * z0);
        p[AT(i)] = sum0 + diagonal * u0;
        if (!both)
            break;
        vec beside = next[AT(i)];
        diagonal = next[AT(k)];
        if (update) {
            next[AT(i)] = beside -= (v1 * w0 + w1 * v0) + (y1 * z0 + z1 * y0);
            next[AT(k)] = diagonal -= 2 * (v1 * w1 + y1 * z1);
        }
        p[AT(i)] += beside * u1;
        p[AT(k)] = sum1 + beside * u0 + diagonal * u1;
    }
}

static vec NAME(dot)(int64_t m, const vec *x, const vec *y)
{
    vec sum = x[0] * y[0];
    for (int64_t j = 1; j < m; j++)
        sum += x[AT(j)] * y[AT(j)];
    return sum;
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

static void NAME(tridiagonal_part)(int64_t n, vec *a, vec *d, vec *e, vec *work)
{
    const pair pairs[2] = {{work, work + AT(n)}, {work + AT(2 * n), work + AT(3 * n)}};
    vec *u = work + AT(4 * n), *p = work + AT(5 * n);
    int pending = 0;
    for (int64_t k = n - 1; k >= 0; k--) {
        vec *row = a + AT(k * (k + 1) / 2);
        for (int q = 0; q < pending; q++) {
            const vec v = pairs[q].v[AT(k)], w = pairs[q].w[AT(k)];
            for (int64_t j = 0; j <= k; j++)
                row[AT(j)] -= v * pairs[q].w[AT(j)] + w * pairs[q].v[AT(j)];
        }
        d[AT(k)] = row[AT(k)];
        if (k == 0)
            break;
        vec factor = a[0] * 0;
        NAME(reflector)(k, row, u, (real *)&e[AT(k - 1)], (real *)&factor);
        if (pending == 2) {
            NAME(pass)(true, k, a, pairs, u, p);
            pending = 0;
        } else {
            NAME(pass)(false, k, a, pairs, u, p);
            for (int q = 0; q < pending; q++) {
                const vec wu = NAME(dot)(k, pairs[q].w, u), vu = NAME(dot)(k, pairs[q].v, u);
                for (int64_t j = 0; j < k; j++)
                    p[AT(j)] -= pairs[q].v[AT(j)] * wu + pairs[q].w[AT(j)] * vu;
            }
        }
        const vec half = NAME(dot)(k, p, u) * factor * factor / 2;
        for (int64_t j = 0; j < k; j++) {
            pairs[pending].v[AT(j)] = u[AT(j)];
            pairs[pending].w[AT(j)] = factor * p[AT(j)] - half * u[AT(j)];
        }
        pending++;
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
#undef pair
