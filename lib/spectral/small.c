/* SPDX-License-Identifier: MIT
 * Entropies of a set of small matrices at once. */
#include <math.h>

#include "kernels/small.h"
#include "numeric/convert.h"
#include "spectral/gram.h"
#include "spectral/quadrature.h"
#include "spectral/small.h"

#define SMALLEST 4
#define LARGEST 128

static bool single(const info_i_spectral *o)
{
    return o->tolerance >= INFO_I_F32_TOLERANCE;
}

int64_t info_i_small_lanes(const info_i_spectral *o)
{
    return single(o) ? INFO_I_LANES_F32 : INFO_I_LANES_F64;
}

bool info_i_small_fits(const info_matrix *x, int64_t count, const info_i_spectral *o)
{
    const int64_t n = info_i_spectrum_length(x, o), worth = single(o) ? INFO_I_LANES_F32 / 4 : INFO_I_LANES_F64 / 2 + 1;
    if (o->singular_values || o->order != 1 || n < SMALLEST || n > LARGEST || count < worth)
        return false;
    for (int64_t i = 1; i < count; i++)
        if (info_i_spectrum_length(&x[i], o) != n)
            return false;
    return true;
}

int64_t info_i_small_size(const info_matrix *x, int64_t count, const info_i_spectral *o)
{
    const int64_t n = info_i_spectrum_length(x, o);
    int64_t most = o->gram ? n * n * 8 + 2 * n * 16 + 64 : 0; /* interleaved squares, a row of each lane, facts */
    for (int64_t i = 0; i < count && !o->gram; i++) {
        const int64_t rows = x[i].rows - o->skip;
        const int64_t size = info_i_states_size(rows, x[i].cols) + 8 + info_i_gram_size(rows, x[i].cols);
        most = size > most ? size : most;
    }
    /* The packed set, d, e, work; d and e in f64; values at the nodes; a Gram matrix; what it is made of. */
    return n * (n + 1) / 2 * 8 + 8 * n * 8 + 2 * n * 16 + (INFO_I_NODES + INFO_I_SMALL_SHIFTS) * 8 + n * n + 8 + most;
}

/* A set at work. */
typedef struct set {
    const info_i_place *place;
    const info_i_spectral *o;
    const info_matrix *x;
    int64_t n, count, lanes;
    double *packed, *d, *e, *work; /* of the set's element type */
    double *wide_d, *wide_e, *values, *gram, *memory;
    double frobenius[INFO_I_LANES_F32];
} set;

static info_status gram_of(const set *s, int64_t lane)
{
    const info_matrix *x = &s->x[lane];
    info_i_error ignored = {0};
    const info_i_place quiet = {NULL, &ignored, s->place->kernels};
    if (s->o->gram)
        return info_i_gram_given(&quiet, "x", x, s->gram);
    double *memory = s->memory, *states = info_i_take(&memory, info_i_states_size(x->rows - s->o->skip, x->cols));
    info_i_states prepared;
    const info_status status = info_i_states_open(&quiet, "x", x, s->o, states, &prepared);
    return status == INFO_OK ? info_i_gram_f64(&quiet, &prepared, s->gram, memory) : status;
}

/* Divided by its trace, into a lane. */
static void pack(const set *s, int64_t lane, double trace)
{
    float *f32 = (float *)(void *)s->packed;
    double *f64 = s->packed;
    for (int64_t i = 0, at = lane; i < s->n; i++)
        for (int64_t j = 0; j <= i; j++, at += s->lanes) {
            const double element = s->gram[i * s->n + j] / trace;
            if (s->lanes == INFO_I_LANES_F32)
                f32[at] = (float)element;
            else
                f64[at] = element;
        }
}

/* Row i of each lane as floats or doubles: where it lies, or a copy in rows (n elements for each lane). */
static void rows_f32(const set *s, int64_t i, float *rows, const float **row)
{
    for (int64_t lane = 0; lane < s->lanes; lane++, rows += s->n) {
        const info_matrix *x = &s->x[lane < s->count ? lane : 0];
        row[lane] = rows;
        if (x->dtype == INFO_F32 && x->col_stride == 1)
            row[lane] = info_i_element(x, i, 0);
        else
            info_i_get_row_f32(x, i, 0, s->n, rows);
    }
}

static void rows_f64(const set *s, int64_t i, double *rows, const double **row)
{
    for (int64_t lane = 0; lane < s->lanes; lane++, rows += s->n)
        row[lane] = info_i_row_f64(&s->x[lane < s->count ? lane : 0], i, 0, s->n, rows);
}

/* What packing found, as info_i_gram_given() asks of a matrix; the traces are 1. */
static bool sound(const set *s, int64_t lane, double largest, double asymmetry, double least, double most)
{
    const info_matrix *x = &s->x[lane < s->count ? lane : 0];
    const double tolerance = 4 * (double)s->n * info_i_roundoff(x->dtype) * largest;
    return isfinite(largest) && asymmetry <= tolerance && least >= -tolerance && largest <= most + tolerance;
}

/* Traces that leave room for squares in single precision. */
#define ROOM 0x1p50

/* Gram matrices of one set together: interleaved, checked and packed lane by lane. */
static info_status load_grams(set *s, const info_i_small_kernels *kernels)
{
    const bool narrow = s->lanes == INFO_I_LANES_F32;
    double *memory = s->memory, *square = info_i_take(&memory, s->n * s->n * 8),
           *rows = info_i_take(&memory, s->n * 16);
    double *facts = info_i_take(&memory, 3 * 8), *factor = info_i_take(&memory, 8);
    float *square_f32 = (float *)(void *)square, *facts_f32 = (float *)(void *)facts;
    for (int64_t i = 0; i < s->n; i++) {
        const float *row_f32[INFO_I_LANES_F32];
        const double *row_f64[INFO_I_LANES_F64];
        if (narrow) {
            rows_f32(s, i, (float *)(void *)rows, row_f32);
            kernels->interleave_f32(s->n, row_f32, square_f32 + i * s->n * s->lanes);
        } else {
            rows_f64(s, i, rows, row_f64);
            kernels->interleave_f64(s->n, row_f64, square + i * s->n * s->lanes);
        }
    }
    double trace[INFO_I_LANES_F32] = {0}, least[INFO_I_LANES_F32], most[INFO_I_LANES_F32] = {0};
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t lane = 0; lane < s->lanes; lane++) {
            const int64_t at = (i * s->n + i) * s->lanes + lane;
            const double element = narrow ? (double)square_f32[at] : square[at];
            trace[lane] += element;
            least[lane] = i == 0 || element < least[lane] ? element : least[lane];
            most[lane] = element > most[lane] ? element : most[lane];
        }
    for (int64_t lane = 0; lane < s->lanes; lane++) {
        if (!(trace[lane] > 1 / ROOM && trace[lane] < ROOM))
            return INFO_NOT_CONVERGED;
        if (narrow)
            ((float *)(void *)factor)[lane] = (float)(1 / trace[lane]);
        else
            factor[lane] = 1 / trace[lane];
    }
    if (narrow)
        kernels->pack_f32(s->n, square_f32, (float *)(void *)factor, (float *)(void *)s->packed, facts_f32);
    else
        kernels->pack_f64(s->n, square, factor, s->packed, facts);
    for (int64_t lane = 0; lane < s->lanes; lane++) {
        double fact[3];
        for (int64_t f = 0; f < 3; f++)
            fact[f] = narrow ? (double)facts_f32[f * s->lanes + lane] : facts[f * s->lanes + lane];
        if (!sound(s, lane, fact[0], fact[1], least[lane] / trace[lane], most[lane] / trace[lane]))
            return INFO_NOT_CONVERGED;
        s->frobenius[lane] = fact[2];
    }
    return INFO_OK;
}

/* Whether load_grams() sees in single precision what there is to see. */
static bool together(const set *s)
{
    for (int64_t i = 0; i < s->count; i++)
        if (s->lanes == INFO_I_LANES_F32 && s->x[i].dtype == INFO_F64)
            return false;
    return s->o->gram;
}

static info_status load(set *s)
{
    for (int64_t lane = 0; lane < s->lanes; lane++) {
        /* Lanes beyond the count repeat the first. */
        const info_status status = gram_of(s, lane < s->count ? lane : 0);
        if (status != INFO_OK)
            return status;
        const info_i_moments m = info_i_moments_of(s->n, s->gram);
        if (!(m.trace > 0))
            return INFO_NOT_CONVERGED;
        s->frobenius[lane] = m.squares / (m.trace * m.trace);
        pack(s, lane, m.trace);
    }
    return INFO_OK;
}

/* Diagonals and squares beside them of eight lanes from lane on, in f64. */
static void widen(const set *s, int64_t lane)
{
    const float *d = (const float *)(const void *)s->d, *e = (const float *)(const void *)s->e;
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t l = 0; l < 8; l++) {
            const int64_t at = i * s->lanes + lane + l;
            const double beside = s->lanes == INFO_I_LANES_F32 ? (double)e[at] : s->e[at];
            s->wide_d[8 * i + l] = s->lanes == INFO_I_LANES_F32 ? (double)d[at] : s->d[at];
            s->wide_e[8 * i + l] = i + 1 < s->n ? beside * beside : 0;
        }
}

static info_status integrate(const set *s, const info_i_small_kernels *kernels, double unit, double *entropy,
                             double *error)
{
    double most = 0;
    for (int64_t lane = 0; lane < s->lanes; lane++)
        most = s->frobenius[lane] > most ? s->frobenius[lane] : most;
    info_i_rule rule;
    if (!info_i_rule_for(s->n, s->o->tolerance / 2, INFO_I_ROUNDING * unit * sqrt(most), &rule))
        return INFO_NOT_CONVERGED;
    for (int64_t half = 0; half < s->lanes; half += 8) {
        widen(s, half);
        for (int64_t k = 0; k < rule.count; k += INFO_I_SMALL_SHIFTS)
            kernels->log_det(s->n, s->wide_d, s->wide_e, rule.t + k, s->values + 8 * k);
        for (int64_t l = 0; l < 8 && half + l < s->count; l++) {
            const double frobenius = s->frobenius[half + l];
            const info_status status =
                info_i_rule_apply(&rule, s->n, s->values + l, 8, frobenius, unit, &entropy[half + l], &error[half + l]);
            if (status != INFO_OK || error[half + l] > s->o->tolerance)
                return INFO_NOT_CONVERGED;
            entropy[half + l] = entropy[half + l] > 0 ? entropy[half + l] : 0;
        }
    }
    return INFO_OK;
}

info_status info_i_small_entropies(const info_i_place *place, const info_matrix *x, int64_t count,
                                   const info_i_spectral *o, double *memory, double *entropy, double *error)
{
    set s = {.place = place,
             .o = o,
             .x = x,
             .count = count,
             .n = info_i_spectrum_length(x, o),
             .lanes = info_i_small_lanes(o)};
    s.packed = info_i_take(&memory, s.n * (s.n + 1) / 2 * 8);
    s.d = info_i_take(&memory, s.n * 8);
    s.e = info_i_take(&memory, s.n * 8);
    s.work = info_i_take(&memory, 6 * s.n * 8);
    s.wide_d = info_i_take(&memory, s.n * 8);
    s.wide_e = info_i_take(&memory, s.n * 8);
    s.values = info_i_take(&memory, (INFO_I_NODES + INFO_I_SMALL_SHIFTS) * 8);
    s.gram = info_i_take(&memory, s.n * s.n);
    s.memory = memory;
    const info_i_small_kernels *kernels = place->kernels->small;
    if ((together(&s) ? load_grams(&s, kernels) : load(&s)) != INFO_OK)
        return INFO_NOT_CONVERGED;
    if (s.lanes == INFO_I_LANES_F32)
        kernels->tridiagonal_f32(s.n, (float *)(void *)s.packed, (float *)(void *)s.d, (float *)(void *)s.e,
                                 (float *)(void *)s.work);
    else
        kernels->tridiagonal_f64(s.n, s.packed, s.d, s.e, s.work);
    return integrate(&s, kernels, s.lanes == INFO_I_LANES_F32 ? 0x1p-24 : 0x1p-53, entropy, error);
}
