/* SPDX-License-Identifier: MIT
 *
 * losses: the gradients of the losses of info/lm.h beside their formulas in 200-bit ball arithmetic (Arb), from f64, f32
 * and bf16 logits to f64, f32 and bf16. Fails where one is further away than its roundings allow.
 *
 *     losses [times]      of each shape of rows; default 3 */
#include "loss_formulas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "numeric/convert.h"

static uint64_t state = 20261122;

static double uniform(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53;
}

/* ---- Losses and rows ----------------------------------------------------- */

static const double row_weights[ROWS] = {0.75, 2};

static const loss losses[] = {
    {"cross-entropy", CROSS_ENTROPY, false, false, {0}},
    {"smoothed by 0.1, z-loss 0.01, T = 0.7",
     CROSS_ENTROPY,
     false,
     true,
     {.label_smoothing = 0.1, .z_loss = 0.01, .temperature = 0.7}},
    {"class weights, softcap 5",
     CROSS_ENTROPY,
     true,
     false,
     {.label_smoothing = 0.2, .softcap = 5, .reduction = INFO_REDUCTION_SUM, .scale = -3}},
    {"entropy", ENTROPY, false, false, {0}},
    {"entropy, T = 3", ENTROPY, false, true, {.temperature = 3, .scale = -0.5}},
    {"KL(p, q)", DIVERGENCE, false, false, {.divergence = INFO_DIVERGENCE_FORWARD}},
    {"KL(p, q), T = 0.7", DIVERGENCE, false, true, {.divergence = INFO_DIVERGENCE_FORWARD, .temperature = 0.7}},
    {"KL(q, p)", DIVERGENCE, false, false, {.divergence = INFO_DIVERGENCE_REVERSE}},
    {"KL(q, p), T = 0.7", DIVERGENCE, false, false, {.divergence = INFO_DIVERGENCE_REVERSE, .temperature = 0.7}},
    {"JS, b = 0.3, softcap 4",
     DIVERGENCE,
     false,
     false,
     {.divergence = INFO_DIVERGENCE_JS, .js_beta = 0.3, .softcap = 4}},
    {"JS", DIVERGENCE, false, true, {.divergence = INFO_DIVERGENCE_JS}},
    {"total variation", DIVERGENCE, false, false, {.divergence = INFO_DIVERGENCE_TV}},
};
#define LOSSES (int)(sizeof losses / sizeof losses[0])

enum { RANDOM, PEAKED, SHIFTED, MASKED, NEAR, SHAPES };
static const char *const shapes[] = {"random", "peaked", "far from 0", "some -inf", "near equal"};

static void round_to(info_dtype type, int64_t count, double *values, void *given)
{
    const info_matrix_out to = {given, 1, count, count, 1, type, 0};
    const info_matrix from = {given, 1, count, count, 1, type, 0};
    info_i_put_row_f64(&to, 0, 0, count, values);
    info_i_get_row_f64(&from, 0, 0, count, values);
}

static void fill(problem *f, int shape)
{
    const double cap = f->loss->options.softcap, away = cap > 0 ? -2 * cap : -200;
    for (int64_t i = 0; i < ROWS * f->n; i++) {
        f->x[i] = 12 * (uniform() - 0.5) + (shape == SHIFTED ? away : 0);
        f->z[i] = shape == NEAR ? f->x[i] + 1e-3 * (uniform() - 0.5) : f->x[i] + 6 * (uniform() - 0.5);
        if (shape == MASKED && i % f->n > 1 && uniform() < 0.3)
            f->x[i] = f->z[i] = -INFINITY;
        if (shape == PEAKED && i % f->n == 1)
            f->x[i] += 25, f->z[i] += 22;
    }
    for (int r = 0; r < ROWS; r++)
        f->targets[r] = r;
    round_to(f->type, ROWS * f->n, f->x, f->x_given);
    round_to(f->type, ROWS * f->n, f->z, f->z_given);
}

static info_status run(info_ctx *ctx, const problem *f, void *out, info_dtype out_type)
{
    const info_matrix x = {f->x_given, ROWS, f->n, f->n, 1, f->type, 0},
                      z = {f->z_given, ROWS, f->n, f->n, 1, f->type, 0};
    const info_matrix_out gradient = {out, ROWS, f->n, f->n, 1, out_type, 0};
    info_loss_options o = f->loss->options;
    info_loss_result result;
    o.struct_size = sizeof o;
    double class_weights[LONGEST];
    for (int64_t i = 0; i < f->n; i++)
        class_weights[i] = class_weight(f, i);
    o.class_weights = f->loss->classes ? class_weights : NULL;
    o.class_weights_len = f->loss->classes ? f->n : 0;
    o.row_weights = f->loss->rows ? row_weights : NULL;
    o.row_weights_len = f->loss->rows ? ROWS : 0;
    if (f->loss->kind == CROSS_ENTROPY)
        return info_loss_cross_entropy(ctx, &x, f->targets, ROWS, &o, &result, &gradient);
    if (f->loss->kind == ENTROPY)
        return info_loss_entropy(ctx, &x, &o, &result, &gradient);
    return info_loss_divergence(ctx, &z, &x, &o, &result, &gradient);
}

/* ---- What rounding may do ----------------------------------------------------- */

#define U 0x1p-53
#define U32 0x1p-24

/* Of a row: means over its distribution, and the error of its log-sum-exp. */
typedef struct row_error {
    double lse, entropy, spread; /* E |log p - mean| */
    double highest;              /* the largest log p */
    double reach;                /* the largest |y| */
    double lse_error, mean_error;
    int roundings; /* of y */
} row_error;

/* At least in part. */
static bool in_f32(const problem *f)
{
    return f->type != INFO_F64 && f->loss->options.softcap == 0;
}

/* docs/NUMERICS.md, "Language models": in f32 the error of log p is a + b E |log p - reference|, where the reference is the
 * mean, or 3 nats from it, or the maximum where only log p is wanted, and up to 40 nats from the maximum where two rows are
 * read at once. In f64, y is rounded by the temperature (1) and the softcap (x / c, tanh of 2, c t), then y - maximum, the
 * exponential and the logarithm. */
static row_error error_of(const problem *f, const softmax *s)
{
    const info_loss_options *o = &f->loss->options;
    row_error e = {.lse = middle(s->lse), .entropy = middle(s->entropy), .highest = -INFINITY};
    double second = 0;
    for (int64_t i = 0; i < f->n; i++) {
        const double p = middle(s->p + i), log_p = middle(s->log_p + i), d = fabs(log_p + e.entropy);
        if (p == 0)
            continue;
        e.spread += p * d;
        second += p * (d + 0.7) * (d + 0.7);
        e.highest = fmax(e.highest, log_p);
        e.reach = fmax(e.reach, fabs(middle(s->y + i)));
    }
    const double a = 8e-7, b = 1.2e-7, away = fmax(3, e.highest + e.entropy);
    e.roundings = (o->temperature > 0) + (o->softcap > 0 ? 4 : 0);
    if (!in_f32(f)) {
        e.lse_error = U * (e.roundings * e.reach + e.spread + e.highest + e.entropy + 6);
        e.mean_error = e.lse_error * (1 + e.spread + e.entropy);
    } else if (f->loss->kind == DIVERGENCE) {
        e.lse_error = a + b * (e.spread + 40 + e.entropy);
    } else {
        e.lse_error = a + b * (e.spread + away);
        e.mean_error = a * (e.spread + 1.4) + b * (second + 0.7 * (e.spread + 0.7));
    }
    return e;
}

/* Absolute, of log p; relative, of p. */
static double log_error(const problem *f, const row_error *e, double log_p)
{
    return e->lse_error + (in_f32(f) ? 2 * U32 * fabs(log_p) + 1.25e-7 + 2 * U32
                                     : U * (e->roundings * e->reach + 2 * fabs(log_p) + 2 * e->highest + 4));
}

/* How far apart two rows are: means, by the larger probability, of |log q - log p| and of |x - z| / T, and the mass
 * of q where rounding decides which is larger. */
typedef struct gap {
    double ratio, logits, undecided;
} gap;

static gap gap_between(const problem *f, const softmax *p, const softmax *q, double log_error)
{
    gap mean = {0};
    for (int64_t i = 0; i < f->n; i++) {
        const double weight = fmax(middle(p->p + i), middle(q->p + i));
        const double ratio = fabs(middle(q->log_p + i) - middle(p->log_p + i));
        mean.ratio += weight * ratio;
        mean.undecided += ratio <= log_error ? middle(q->p + i) : 0;
        mean.logits += weight * fabs(middle(q->y + i) - middle(p->y + i));
    }
    return mean;
}

/* Of dL / dy_i. In f32 log q - log p errs by a few roundings of itself, and by what the log-sum-exps differ, which is
 * found from the sum of b - a, a and b exponentials about references that make log(sum b / sum a) 0.05 at most: by a share of the mean of
 * |log(b / a)|. Where a log-sum-exp is the maximum but for its error, it is set to it: by all of that error. */
static double slope_error(const problem *f, int row, int64_t i, const softmax *p, const softmax *q,
                          const row_error *of_p, const row_error *of_q, double exact, gap mean)
{
    const info_loss_options *o = &f->loss->options;
    const double own = middle(q->p + i), log_own = middle(q->log_p + i), error = log_error(f, of_q, log_own);
    const double u = in_f32(f) ? U32 : U;
    if (f->loss->kind == CROSS_ENTROPY) {
        const double on_target = (1 - o->label_smoothing) * class_weight(f, f->targets[row]), e = o->label_smoothing;
        const double lse = 2 * o->z_loss * fabs(of_q->lse), most = f->loss->classes ? 1.5 : 1;
        return own * ((on_target + e * most + lse) * error + 2 * o->z_loss * of_q->lse_error) +
               u * (3 * fabs(exact) + 2 * e * most / (double)f->n) + 4 * U * (on_target + e * most);
    }
    if (f->loss->kind == ENTROPY) {
        const double bracket = fabs(log_own + of_q->entropy);
        return own * (error * bracket + error + of_q->lse_error + of_q->mean_error + u * (of_q->entropy + 3 * bracket));
    }
    const double other = middle(p->p + i), ratio = fabs(log_own - middle(p->log_p + i));
    const double other_error = log_error(f, of_p, middle(p->log_p + i));
    const bool certain = of_q->highest > -of_q->lse_error || of_p->highest > -of_p->lse_error;
    const double shared = certain ? 1 : mean.ratio + fmin(0.05, 2 * mean.logits);
    const double ratio_error =
        in_f32(f) ? 4 * U32 * (ratio + mean.ratio) + of_q->lse_error * shared : error + other_error + 2 * U * ratio;
    if (o->divergence == INFO_DIVERGENCE_FORWARD)
        return ratio < 1 ? other * ratio_error * 1.8 + (other_error + 4 * u) * fabs(exact)
                         : own * error + other * other_error + u * fabs(exact);
    const double mean_error =
        in_f32(f) ? 2e-6 * mean.ratio : 2 * (of_q->lse_error + of_p->lse_error) * (1 + mean.ratio);
    if (o->divergence == INFO_DIVERGENCE_TV)
        return (error + 4 * u) * fabs(exact) + own * (2 * of_q->lse_error + 4 * u + mean.undecided);
    return own * (ratio_error + mean_error) + (error + 4 * u) * fabs(exact);
}

/* ---- Comparison ------------------------------------------------------------------ */

static double distance(double given, const arb_t exact)
{
    arb_t d;
    arb_init(d);
    arb_set_d(d, given);
    arb_sub(d, d, exact, BITS);
    const double value = fabs(middle(d));
    arb_clear(d);
    return value;
}

/* What the loss of a row is multiplied by. */
static void row_factor(const problem *f, int row, arb_t out)
{
    const info_loss_options *o = &f->loss->options;
    double weight = 0;
    arb_t divisor;
    arb_init(divisor);
    for (int r = 0; r < ROWS; r++)
        weight += (f->loss->rows ? row_weights[r] : 1) *
                  (f->loss->kind == CROSS_ENTROPY ? class_weight(f, f->targets[r]) : 1);
    arb_set_d(out, (o->scale != 0 ? o->scale : 1) * (f->loss->rows ? row_weights[row] : 1));
    if (o->reduction == INFO_REDUCTION_MEAN) {
        arb_set_d(divisor, weight);
        arb_div(out, out, divisor, BITS);
    }
    if (o->temperature > 0) {
        arb_set_d(divisor, o->temperature);
        arb_div(out, out, divisor, BITS);
    }
    arb_clear(divisor);
}

/* out *= 1 - tanh(x / c)^2 */
static void through_softcap(const problem *f, double x, arb_t out)
{
    arb_t t, c;
    if (f->loss->options.softcap == 0)
        return;
    arb_init(t), arb_init(c);
    arb_set_d(t, x);
    arb_set_d(c, f->loss->options.softcap);
    arb_div(t, t, c, BITS);
    arb_tanh(t, t, BITS);
    arb_mul(t, t, t, BITS);
    arb_sub_ui(t, t, 1, BITS);
    arb_mul(out, out, t, BITS);
    arb_neg(out, out);
    arb_clear(t), arb_clear(c);
}

typedef struct outcome {
    double share; /* largest error as a share of what is allowed */
    double size;  /* beside the row's largest element */
} outcome;

static void compare_row(const problem *f, int row, const double *given, info_dtype out_type, outcome *worst)
{
    const double *x = f->x + row * f->n, *z = f->z + row * f->n;
    const double output = out_type == INFO_F64 ? 0 : out_type == INFO_F32 ? U32 : 0x1p-8;
    const double least = out_type == INFO_F64 ? 0x1p-1074 : out_type == INFO_F32 ? 0x1p-149 : 0x1p-133;
    softmax p, q;
    double largest = 0, furthest = 0;
    softmax_init(&p, f, z), softmax_init(&q, f, x);
    const row_error of_p = error_of(f, &p), of_q = error_of(f, &q);
    arb_ptr exact = _arb_vec_init(f->n);
    arb_t factor;
    arb_init(factor);
    row_factor(f, row, factor);
    const double size = fabs(middle(factor));
    loss_slopes(f, row, &p, &q, exact);
    const gap mean = gap_between(f, &p, &q, of_p.lse_error + of_q.lse_error);
    for (int64_t i = 0; i < f->n; i++) {
        if (x[i] == -INFINITY) {
            worst->share = given[i] == 0 ? worst->share : INFINITY;
            continue;
        }
        const double by_y = middle(exact + i);
        double allowed = slope_error(f, row, i, &p, &q, &of_p, &of_q, by_y, mean) + 6 * U * fabs(by_y);
        if (f->loss->options.softcap > 0)
            allowed += 12 * U * fabs(by_y);
        through_softcap(f, x[i], exact + i);
        arb_mul(exact + i, exact + i, factor, BITS);
        allowed = allowed * size + output * fabs(middle(exact + i)) + least;
        if (in_f32(f)) /* powers of two end at 2^-126 */
            allowed += 0x1p-124 * size;
        const double off = distance(given[i], exact + i);
        worst->share = fmax(worst->share, off / allowed);
        furthest = fmax(furthest, off);
        largest = fmax(largest, fabs(middle(exact + i)));
    }
    if (largest > 0x1p-60) /* equal logits have none */
        worst->size = fmax(worst->size, furthest / largest);
    _arb_vec_clear(exact, f->n);
    arb_clear(factor);
    softmax_clear(&p, f->n), softmax_clear(&q, f->n);
}

static outcome compare(info_ctx *ctx, problem *f, info_dtype out_type, int times)
{
    static const int64_t sizes[] = {2, 5, 77, LONGEST};
    static double given[ROWS * LONGEST];
    static uint64_t out[ROWS * LONGEST];
    outcome worst = {0};
    for (int shape = 0; shape < SHAPES; shape++)
        for (int k = 0; k < 4 * times; k++) {
            f->n = sizes[k % 4];
            fill(f, shape);
            const info_matrix view = {out, ROWS, f->n, f->n, 1, out_type, 0};
            if (run(ctx, f, out, out_type) != INFO_OK) {
                fprintf(stderr, "%s: %s\n", f->loss->name, info_ctx_message(ctx));
                exit(EXIT_FAILURE);
            }
            const double before = worst.share;
            for (int row = 0; row < ROWS; row++) {
                info_i_get_row_f64(&view, row, 0, f->n, given);
                compare_row(f, row, given, out_type, &worst);
            }
            if (worst.share > 1 && worst.share > before)
                fprintf(stderr, "%s, %s, %lld columns: %.2f of what is allowed\n", f->loss->name, shapes[shape],
                        (long long)f->n, worst.share);
        }
    return worst;
}

int main(int argc, char **argv)
{
    static const struct {
        info_dtype in, out;
    } types[] = {{INFO_F64, INFO_F64},
                 {INFO_F32, INFO_F64},
                 {INFO_F32, INFO_F32},
                 {INFO_BF16, INFO_F32},
                 {INFO_BF16, INFO_BF16}};
    static problem f;
    const int times = argc > 1 ? atoi(argv[1]) : 3;
    double largest = 0;
    info_ctx *ctx;
    if (times < 1 || info_ctx_create(NULL, &ctx) != INFO_OK)
        return EXIT_FAILURE;
    printf("Largest error of an element beside the row's largest (as a share of what is allowed)\n"
           "| loss | f64 | f32 to f64 | f32 | bf16 to f32 | bf16 |\n|---|---|---|---|---|---|\n");
    for (int l = 0; l < LOSSES; l++) {
        printf("| %s |", losses[l].name);
        for (int t = 0; t < 5; t++) {
            f.loss = &losses[l], f.type = types[t].in;
            const outcome worst = compare(ctx, &f, types[t].out, times);
            printf(" %.1e (%.2f) |", worst.size, worst.share);
            largest = fmax(largest, worst.share);
        }
        printf("\n");
    }
    info_ctx_destroy(ctx);
    flint_cleanup();
    return largest <= 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
