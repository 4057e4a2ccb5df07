/* SPDX-License-Identifier: MIT
 * Packing and tridiagonal reduction of interleaved matrices for one element type: real, vec a register of them and
 * ivec of their bits, NAME(name).
 * A level whose vectors are narrower than a set's 64 bytes takes it in PARTS, one after
 * another: pointers are to the part, and neighbors lie PARTS vectors apart.
 *
 * From the last row up: row k, less its last element, is reflected onto that element's
 * neighbor. The rank-two updates of the rows above wait until there are two, and are applied
 * while the rows are read for the next product: each element is read once per step and
 * written once in two. */

#define LANES (64 / (int)sizeof(real))

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
        NAME(pack_part)
    (n, (const vec *)(const void *)square + part, (const vec *)(const void *)factor + part,
     (vec *)(void *)packed + part, (vec *)(void *)facts + part);
}

/* Reflections that are yet to be applied: A - v w^T - w v^T of each. */
typedef struct NAME(pair) {
    vec *v, *w;
} NAME(pair);
#define pair NAME(pair)

/* p = A u of the leading m rows, four of which share the reads of u and p. */
static void NAME(multiply)(int64_t m, const vec *a, const vec *u, vec *p)
{
    int64_t i = 0;
    for (; i + 4 <= m; i += 4) {
        const vec *row0 = a + AT(i * (i + 1) / 2), *row1 = row0 + AT(i + 1), *row2 = row1 + AT(i + 2);
        const vec *const row[] = {row0, row1, row2, row2 + AT(i + 3)};
        const vec u0 = u[AT(i)], u1 = u[AT(i + 1)], u2 = u[AT(i + 2)], u3 = u[AT(i + 3)];
        vec sum[4] = {u0 * 0, u0 * 0, u0 * 0, u0 * 0};
        for (int64_t j = 0; j < i; j++) {
            const vec x0 = row[0][AT(j)], x1 = row[1][AT(j)], x2 = row[2][AT(j)], x3 = row[3][AT(j)], uj = u[AT(j)];
            p[AT(j)] += (x0 * u0 + x1 * u1) + (x2 * u2 + x3 * u3);
            sum[0] += x0 * uj;
            sum[1] += x1 * uj;
            sum[2] += x2 * uj;
            sum[3] += x3 * uj;
        }
        for (int k = 0; k < 4; k++) {
            p[AT(i + k)] = sum[k] + row[k][AT(i + k)] * u[AT(i + k)];
            for (int j = 0; j < k; j++) {
                p[AT(i + j)] += row[k][AT(i + j)] * u[AT(i + k)];
                p[AT(i + k)] += row[k][AT(i + j)] * u[AT(i + j)];
            }
        }
    }
    for (; i < m; i++) {
        const vec *row = a + AT(i * (i + 1) / 2), ui = u[AT(i)];
        vec sum = ui * 0;
        for (int64_t j = 0; j < i; j++) {
            p[AT(j)] += row[AT(j)] * ui;
            sum += row[AT(j)] * u[AT(j)];
        }
        p[AT(i)] = sum + row[AT(i)] * ui;
    }
}

/* The same of A brought up to date by two pairs first. Two rows share the reads of u and p and of the pairs. */
static void NAME(update_and_multiply)(int64_t m, vec *a, const pair *pairs, const vec *u, vec *p)
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
            const vec vj = v[AT(j)], wj = w[AT(j)], yj = y[AT(j)], zj = z[AT(j)];
            const vec x0 = row[AT(j)] - ((v0 * wj + w0 * vj) + (y0 * zj + z0 * yj));
            const vec x1 = next[AT(j)] - ((v1 * wj + w1 * vj) + (y1 * zj + z1 * yj));
            row[AT(j)] = x0;
            next[AT(j)] = x1;
            p[AT(j)] += x0 * u0 + x1 * u1;
            sum0 += x0 * u[AT(j)];
            sum1 += x1 * u[AT(j)];
        }
        const vec diagonal = row[AT(i)] - 2 * (v0 * w0 + y0 * z0);
        row[AT(i)] = diagonal;
        p[AT(i)] = sum0 + diagonal * u0;
        if (!both)
            break;
        const vec beside = next[AT(i)] - ((v1 * w0 + w1 * v0) + (y1 * z0 + z1 * y0));
        const vec last = next[AT(k)] - 2 * (v1 * w1 + y1 * z1);
        next[AT(i)] = beside;
        next[AT(k)] = last;
        p[AT(i)] += beside * u1;
        p[AT(k)] = sum1 + beside * u0 + last * u1;
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
static void NAME(reflector_of)(int64_t m, const vec *x, vec *u, real *element, real *factor)
{
    vec squares = x[AT(0)] * 0;
    for (int64_t i = 0; i + 1 < m; i++) {
        u[AT(i)] = x[AT(i)];
        squares += x[AT(i)] * x[AT(i)];
    }
    const real *last = (const real *)&x[AT(m - 1)], *rest = (const real *)&squares;
    real *head = (real *)&u[AT(m - 1)];
    for (size_t l = 0; l < REGISTER_BYTES / sizeof(real); l++) {
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
        NAME(reflector_of)(k, row, u, (real *)&e[AT(k - 1)], (real *)&factor);
        if (pending == 2) {
            NAME(update_and_multiply)(k, a, pairs, u, p);
            pending = 0;
        } else {
            NAME(multiply)(k, a, u, p);
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
        NAME(tridiagonal_part)
    (n, (vec *)(void *)a + part, (vec *)(void *)d + part, (vec *)(void *)e + part, (vec *)(void *)work + part);
}

#undef LANES
#undef pair
