/* SPDX-License-Identifier: MIT
 * Losses from hidden states: against the losses of logits that are stored, multiplied out by loops; central differences. */
#include "head_support.h"

enum { CROSS_ENTROPY, ENTROPY, DIVERGENCE };

typedef struct loss_case {
    int kind;
    bool biased;
    double softcap;
    info_loss_options options;
} loss_case;

static double class_weights[MAX_TOKENS], row_weights[600];

static const loss_case cases[] = {
    {CROSS_ENTROPY, false, 0, {0}},
    {CROSS_ENTROPY, true, 0, {.label_smoothing = 0.2, .z_loss = 0.01, .class_weights = class_weights}},
    {CROSS_ENTROPY, true, 8, {.temperature = 0.7, .reduction = INFO_REDUCTION_SUM, .scale = -3}},
    {CROSS_ENTROPY, false, 5, {.row_weights = row_weights, .z_loss = 0.001}},
    {ENTROPY, false, 0, {.temperature = 2, .scale = -0.5}},
    {ENTROPY, true, 8, {.row_weights = row_weights}},
    {DIVERGENCE, false, 0, {.divergence = INFO_DIVERGENCE_FORWARD, .temperature = 2, .scale = 4}},
    {DIVERGENCE, true, 0, {.divergence = INFO_DIVERGENCE_REVERSE}},
    {DIVERGENCE, true, 9, {.divergence = INFO_DIVERGENCE_JS, .js_beta = 0.3}},
    {DIVERGENCE, false, 0, {.divergence = INFO_DIVERGENCE_TV, .row_weights = row_weights}},
    {DIVERGENCE, true, 0, {.divergence = INFO_DIVERGENCE_ACCEPTANCE, .temperature = 1.5}},
};
#define CASES ((int)(sizeof cases / sizeof *cases))

static info_loss_options options_of(const loss_case *c, int64_t rows, int64_t tokens)
{
    info_loss_options o = c->options;
    o.struct_size = sizeof o;
    o.class_weights_len = o.class_weights ? tokens : 0;
    o.row_weights_len = o.row_weights ? rows : 0;
    return o;
}

static void draw_weights(void)
{
    uint64_t seed = 12;
    for (int j = 0; j < MAX_TOKENS; j++)
        class_weights[j] = j % 5 == 3 ? 0 : 0.25 + uniform(&seed);
    for (int i = 0; i < 600; i++)
        row_weights[i] = i % 7 == 2 ? 0 : 0.5 + uniform(&seed);
}

/* Loss and gradients by the logits, in f64, and by loops. */
typedef struct answer {
    info_loss_result result;
    double *hidden, *weight, *bias;
    double *loss, *log_probability, *entropy;
} answer;

static answer make_answer(int64_t rows, int64_t depth, int64_t tokens)
{
    return (answer){.hidden = calloc((size_t)(rows * depth), 8),
                    .weight = calloc((size_t)(tokens * depth), 8),
                    .bias = calloc((size_t)tokens, 8),
                    .loss = calloc((size_t)rows, 8),
                    .log_probability = calloc((size_t)rows, 8),
                    .entropy = calloc((size_t)rows, 8)};
}

static void release_answer(answer *a)
{
    free(a->hidden), free(a->weight), free(a->bias);
    free(a->loss), free(a->log_probability), free(a->entropy);
}

/* x + bias, and for a teacher its own softcap, as the loss of two rows of logits has one for both. */
static double *logits_of(const problem *p, bool biased, double softcap)
{
    double *x = malloc((size_t)(p->rows * p->tokens) * 8);
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t j = 0; j < p->tokens; j++) {
            const double sum = p->logits[i * p->tokens + j] + (biased ? p->bias[j] : 0);
            x[i * p->tokens + j] = softcap > 0 && isfinite(sum) ? softcap * tanh(sum / softcap) : sum;
        }
    return x;
}

static answer by_logits(const loss_case *c, const problem *p, const problem *teacher)
{
    const int64_t rows = p->rows, tokens = p->tokens, depth = p->depth;
    answer a = make_answer(rows, depth, tokens);
    double *x = logits_of(p, c->biased, 0), *g = calloc((size_t)(rows * tokens), 8), *z = NULL;
    info_loss_options o = options_of(c, rows, tokens);
    const info_matrix logits = matrix_of(x, rows, tokens, INFO_F64);
    const info_matrix_out gradient = {g, rows, tokens, tokens, 1, INFO_F64, 0};
    o.softcap = c->softcap;
    if (c->kind == CROSS_ENTROPY) {
        ck_assert_int_eq(info_loss_cross_entropy(NULL, &logits, p->targets, rows, &o, &a.result, &gradient), INFO_OK);
    } else if (c->kind == ENTROPY) {
        ck_assert_int_eq(info_loss_entropy(NULL, &logits, &o, &a.result, &gradient), INFO_OK);
    } else {
        z = logits_of(teacher, c->biased, 0);
        const info_matrix other = matrix_of(z, rows, tokens, INFO_F64);
        ck_assert_int_eq(info_loss_divergence(NULL, &other, &logits, &o, &a.result, &gradient), INFO_OK);
    }
    const info_lm_options lm = {.struct_size = sizeof lm, .softcap = c->softcap, .temperature = o.temperature};
    const info_logit_measures m = {
        .struct_size = sizeof m, .length = rows, .log_probability = a.log_probability, .entropy = a.entropy};
    ck_assert_int_eq(info_logits_measure(NULL, &logits, p->targets, rows, &lm, &m), INFO_OK);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < tokens; j++) {
            const double slope = g[i * tokens + j];
            a.bias[j] += slope;
            for (int64_t k = 0; k < depth; k++) {
                a.hidden[i * depth + k] += slope * p->weight[j * depth + k];
                a.weight[j * depth + k] += slope * p->hidden[i * depth + k];
            }
        }
    free(x), free(g), free(z);
    return a;
}

static info_status call(info_ctx *ctx, const loss_case *c, const info_head *head, const info_head *teacher,
                        const int64_t *targets, const info_loss_options *o, const info_head_loss_rows *rows,
                        info_loss_result *result, const info_head_gradients *gradients)
{
    if (c->kind == CROSS_ENTROPY)
        return info_head_loss_cross_entropy(ctx, head, targets, head->hidden->rows, o, rows, result, gradients);
    if (c->kind == ENTROPY)
        return info_head_loss_entropy(ctx, head, o, rows, result, gradients);
    return info_head_loss_divergence(ctx, teacher, head, o, rows, result, gradients);
}

static double largest(const double *x, int64_t count)
{
    double most = 0;
    for (int64_t i = 0; i < count; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static void assert_all(const double *got, const double *wanted, int64_t count, double bound)
{
    const double scale = largest(wanted, count);
    for (int64_t i = 0; i < count; i++)
        assert_within(got[i], wanted[i], bound * scale + 1e-300);
}

/* A head of a problem in given types, and its memory. */
typedef struct held {
    copy hidden, weight, bias;
    info_head head;
} held;

static void hold(held *h, const problem *p, const loss_case *c, info_dtype a, info_dtype b)
{
    h->hidden = copy_of(p->hidden, p->rows, p->depth, a, b % 2);
    h->weight = copy_of(p->weight, p->tokens, p->depth, b, a % 2);
    h->bias = copy_of(p->bias, 1, p->tokens, INFO_F64, false);
    h->head = (info_head){.struct_size = sizeof h->head,
                          .hidden = &h->hidden.view,
                          .weight = &h->weight.view,
                          .bias = c->biased ? &h->bias.view : NULL,
                          .softcap = c->softcap};
}

static void drop(held *h)
{
    free(h->hidden.memory), free(h->weight.memory), free(h->bias.memory);
}

/* As f64 but for the rounding of logits in f32: of states and weights that are exact, u = 6e-8 of their sums, enlarged by
 * logits of up to 30 and by the loss. */
static double bound_of(const loss_case *c, info_dtype a, info_dtype b)
{
    if (a == INFO_F64 || b == INFO_F64)
        return 1e-11;
    return c->softcap > 0 ? 1e-4 : 1e-5;
}

static void check_case(const loss_case *c, const problem *p, const problem *teacher, const answer *wanted, info_dtype a,
                       info_dtype b)
{
    const int64_t rows = p->rows, depth = p->depth, tokens = p->tokens;
    const double bound = bound_of(c, a, b);
    answer got = make_answer(rows, depth, tokens);
    held own, other;
    hold(&own, p, c, a, b);
    hold(&other, teacher, c, b, a);
    const info_loss_options o = options_of(c, rows, tokens);
    const info_head_loss_rows out = {.struct_size = sizeof out,
                                     .length = rows,
                                     .loss = got.loss,
                                     .log_probability = c->kind == CROSS_ENTROPY ? got.log_probability : NULL,
                                     .entropy = got.entropy};
    /* One of the types that is computed in, and one that is not; of strides of its own. */
    float *narrow = calloc((size_t)(tokens * depth), 4);
    const info_matrix_out hidden = {got.hidden, rows, depth, depth, 1, INFO_F64, 0};
    const info_matrix_out weight = {got.weight, tokens, depth, 1, tokens, INFO_F64, 0};
    const info_matrix_out floats = {narrow, tokens, depth, depth, 1, INFO_F32, 0};
    const info_matrix_out bias = {got.bias, 1, tokens, tokens, 1, INFO_F64, 0};
    const info_head_gradients first = {
        .struct_size = sizeof first, .hidden = &hidden, .weight = &weight, .bias = c->biased ? &bias : NULL};
    const info_head_gradients second = {.struct_size = sizeof second, .weight = &floats, .accumulate = 1};
    const info_status status = call(NULL, c, &own.head, &other.head, p->targets, &o, &out, &got.result, &first);
    ck_assert_int_eq(status, INFO_OK);
    ck_assert_int_eq(call(NULL, c, &own.head, &other.head, p->targets, &o, NULL, &got.result, &second), INFO_OK);
    ck_assert_int_eq(got.result.rows, wanted->result.rows);
    ck_assert_int_eq(got.result.ignored, wanted->result.ignored);
    assert_close(got.result.weight, wanted->result.weight, 1e-13);
    assert_within(got.result.loss, wanted->result.loss, bound * (1 + fabs(wanted->result.loss)));
    assert_all(got.hidden, wanted->hidden, rows * depth, bound);
    if (c->biased)
        assert_all(got.bias, wanted->bias, tokens, bound);
    double *back = calloc((size_t)(tokens * depth), 8);
    for (int64_t j = 0; j < tokens; j++)
        for (int64_t k = 0; k < depth; k++)
            back[j * depth + k] = got.weight[k * tokens + j];
    assert_all(back, wanted->weight, tokens * depth, bound);
    for (int64_t j = 0; j < tokens * depth; j++)
        back[j] = (double)narrow[j];
    assert_all(back, wanted->weight, tokens * depth, bound + 2e-7);
    for (int64_t i = 0; i < rows; i++) {
        const bool ignored = o.row_weights && o.row_weights[i] == 0;
        assert_within(got.entropy[i], ignored ? 0 : wanted->entropy[i], 10 * bound);
        if (c->kind == CROSS_ENTROPY)
            assert_within(got.log_probability[i], ignored ? 0 : wanted->log_probability[i], 10 * bound);
    }
    free(narrow), free(back);
    drop(&own), drop(&other);
    release_answer(&got);
}

START_TEST(losses_of_heads_are_those_of_their_logits)
{
    /* More than a block of rows, a tile of tokens, of depth, a slice; one of each. */
    const int64_t sizes[][3] = {{1, 1, 2}, {3, 9, MAX_TOKENS}, {515, 3, 40}, {2, 1030, 33}, {5, 7, 100}};
    draw_weights();
    for (int s = 0; s < 5; s++)
        for (int k = 0; k < CASES; k++) {
            problem p = make(sizes[s][0], sizes[s][1], sizes[s][2], 3 + (uint64_t)s);
            problem q = make(sizes[s][0], sizes[s][1], sizes[s][2], 30 + (uint64_t)s);
            if (p.tokens > 4 && cases[k].kind != DIVERGENCE)
                p.bias[p.tokens / 2] = -INFINITY;
            for (int64_t i = 0; i < p.rows; i++)
                p.targets[i] = p.targets[i] == p.tokens / 2 ? 0 : p.targets[i];
            answer wanted = by_logits(&cases[k], &p, &q);
            const info_dtype types[][2] = {
                {INFO_F64, INFO_F64}, {INFO_F32, INFO_F32}, {INFO_F32, INFO_BF16}, {INFO_F16, INFO_F64}};
            for (int t = 0; t < 4; t++)
                check_case(&cases[k], &p, &q, &wanted, types[t][0], types[t][1]);
            release_answer(&wanted);
            release(&p), release(&q);
        }
}
END_TEST

/* Central differences of step h err by h^2 / 6 f''' and eps f / h: 1e-8 at h = 1e-5 for losses near 1. */
START_TEST(gradients_are_central_differences)
{
    enum { ROWS = 3, DEPTH = 4, TOKENS = 7 };
    draw_weights();
    for (int k = 0; k < CASES; k++) {
        double x[ROWS * DEPTH], w[TOKENS * DEPTH], b[TOKENS], tx[ROWS * DEPTH], tw[TOKENS * DEPTH];
        double gx[ROWS * DEPTH], gw[TOKENS * DEPTH], gb[TOKENS];
        const int64_t targets[ROWS] = {2, 6, 0};
        uint64_t seed = 5 + (uint64_t)k;
        double *const all[] = {x, w, b, tx, tw};
        const int counts[] = {ROWS * DEPTH, TOKENS * DEPTH, TOKENS, ROWS * DEPTH, TOKENS * DEPTH};
        for (int a = 0; a < 5; a++)
            for (int i = 0; i < counts[a]; i++)
                all[a][i] = normal(&seed);
        const info_matrix mx = matrix_of(x, ROWS, DEPTH, INFO_F64), mw = matrix_of(w, TOKENS, DEPTH, INFO_F64);
        const info_matrix mb = matrix_of(b, 1, TOKENS, INFO_F64), mtx = matrix_of(tx, ROWS, DEPTH, INFO_F64);
        const info_matrix mtw = matrix_of(tw, TOKENS, DEPTH, INFO_F64);
        const info_head head = {
            .struct_size = sizeof head, .hidden = &mx, .weight = &mw, .bias = &mb, .softcap = cases[k].softcap};
        const info_head teacher = {.struct_size = sizeof head, .hidden = &mtx, .weight = &mtw, .softcap = 3};
        const info_matrix_out ox = {gx, ROWS, DEPTH, DEPTH, 1, INFO_F64, 0},
                              ow = {gw, TOKENS, DEPTH, DEPTH, 1, INFO_F64, 0},
                              ob = {gb, 1, TOKENS, TOKENS, 1, INFO_F64, 0};
        const info_head_gradients g = {.struct_size = sizeof g, .hidden = &ox, .weight = &ow, .bias = &ob};
        const info_loss_options o = options_of(&cases[k], ROWS, TOKENS);
        info_loss_result r, up, down;
        ck_assert_int_eq(call(NULL, &cases[k], &head, &teacher, targets, &o, NULL, &r, &g), INFO_OK);
        double *const gradients[] = {gx, gw, gb};
        const double h = 1e-5;
        for (int a = 0; a < 3; a++)
            for (int i = 0; i < counts[a]; i++) {
                const double before = all[a][i];
                all[a][i] = before + h;
                ck_assert_int_eq(call(NULL, &cases[k], &head, &teacher, targets, &o, NULL, &up, NULL), INFO_OK);
                all[a][i] = before - h;
                ck_assert_int_eq(call(NULL, &cases[k], &head, &teacher, targets, &o, NULL, &down, NULL), INFO_OK);
                all[a][i] = before;
                assert_within(gradients[a][i], (up.loss - down.loss) / (2 * h), 2e-8 * (1 + fabs(r.loss)));
            }
    }
}
END_TEST

/* What is ignored or broken adds nothing and takes nothing away: the loss of the others alone. */
START_TEST(rows_left_out_leave_the_others_alone)
{
    problem p = make(6, 5, 50, 8);
    const loss_case plain = {CROSS_ENTROPY, false, 0, {0}};
    const info_loss_options o = {.struct_size = sizeof o, .label_smoothing = 0.1};
    /* In f32 the products of row 4 overflow; row 1 is ignored; row 2 is NaN; row 5 has no such token. */
    p.targets[1] = -100;
    p.targets[5] = 50;
    p.hidden[2 * 5 + 1] = NAN;
    for (int k = 0; k < 5; k++)
        p.hidden[4 * 5 + k] = k % 2 ? 3e38 : -3e38;
    for (int j = 0; j < 50; j++)
        for (int k = 0; k < 5; k++)
            p.weight[j * 5 + k] *= 4;
    held all, some;
    hold(&all, &p, &plain, INFO_F32, INFO_F32);
    problem q = p;
    q.rows = 2;
    memcpy(q.hidden + 5, p.hidden + 15, 40);
    const int64_t two[2] = {p.targets[0], p.targets[3]};
    hold(&some, &q, &plain, INFO_F32, INFO_F32);
    float dx[30], dw[250], dx2[10], dw2[250];
    double loss[6], logs[6], entropy[6];
    const info_matrix_out ox = {dx, 6, 5, 5, 1, INFO_F32, 0}, ow = {dw, 50, 5, 5, 1, INFO_F32, 0};
    const info_matrix_out ox2 = {dx2, 2, 5, 5, 1, INFO_F32, 0}, ow2 = {dw2, 50, 5, 5, 1, INFO_F32, 0};
    const info_head_gradients g = {.struct_size = sizeof g, .hidden = &ox, .weight = &ow};
    const info_head_gradients g2 = {.struct_size = sizeof g, .hidden = &ox2, .weight = &ow2};
    const info_head_loss_rows out = {
        .struct_size = sizeof out, .length = 6, .loss = loss, .log_probability = logs, .entropy = entropy};
    info_loss_result r, r2;
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_head_loss_cross_entropy(ctx, &all.head, p.targets, 6, &o, &out, &r, &g), INFO_INVALID_ROWS);
    ck_assert_int_eq(info_ctx_invalid_rows(ctx), 3);
    ck_assert_int_eq(info_head_loss_cross_entropy(ctx, &some.head, two, 2, &o, NULL, &r2, &g2), INFO_OK);
    ck_assert_int_eq(r.rows, 2);
    ck_assert_int_eq(r.ignored, 1);
    ck_assert_int_eq(r.invalid, 3);
    ck_assert(r.loss == r2.loss && r.weight == 2);
    ck_assert_mem_eq(dw, dw2, sizeof dw);
    ck_assert_mem_eq(dx, dx2, 20);
    ck_assert_mem_eq(dx + 15, dx2 + 5, 20);
    for (int k = 0; k < 30; k++)
        ck_assert((k < 5 || (k >= 15 && k < 20)) || dx[k] == 0);
    ck_assert(loss[1] == 0 && isnan(loss[2]) && isnan(logs[4]) && isnan(entropy[5]) && loss[3] > 0);
    /* and as errors, before anything is written */
    const info_loss_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    const char *const names[] = {"head.hidden: element (2, 1)", "head: row 4", "targets: 50 at row 5"};
    for (int k = 0; k < 3; k++) {
        memset(dw2, 7, sizeof dw2);
        memcpy(dw, dw2, sizeof dw);
        const info_status status = info_head_loss_cross_entropy(ctx, &all.head, p.targets, 6, &strict, NULL, &r, &g);
        ck_assert_int_eq(status, k == 0 ? INFO_ERROR_TARGET : INFO_ERROR_DOMAIN);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), names[k == 0 ? 2 : k - 1]));
        ck_assert_mem_eq(dw, dw2, sizeof dw);
        if (k == 0)
            p.targets[5] = 0;
        else
            ((float *)all.hidden.memory)[1 * 6 + 2] = 0; /* transposed */
    }
    /* nothing counts */
    const int64_t none[6] = {-100, -100, -100, -100, -100, -100};
    ck_assert_int_eq(info_head_loss_cross_entropy(ctx, &all.head, none, 6, &o, NULL, &r, &g), INFO_OK);
    ck_assert(r.loss == 0 && r.rows == 0 && r.ignored == 6);
    for (int k = 0; k < 250; k++)
        ck_assert(dw[k] == 0 && dx[k % 30] == 0);
    const info_head_gradients more = {.struct_size = sizeof more, .weight = &ow, .accumulate = 1};
    dw[3] = 2;
    ck_assert_int_eq(info_head_loss_cross_entropy(ctx, &all.head, none, 6, &o, NULL, &r, &more), INFO_OK);
    ck_assert(dw[3] == 2);
    info_ctx_destroy(ctx);
    drop(&all), drop(&some);
    release(&p);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    problem p = make(90, 700, MAX_TOKENS, 4), q = make(90, 700, MAX_TOKENS, 5);
    for (int k = 0; k < CASES; k += 3) {
        held own, other;
        float *dw[2], *dx[2];
        info_loss_result r[2];
        hold(&own, &p, &cases[k], INFO_F32, INFO_F32);
        hold(&other, &q, &cases[k], INFO_F32, INFO_BF16);
        const info_loss_options o = options_of(&cases[k], p.rows, p.tokens);
        for (int t = 0; t < 2; t++) {
            info_ctx *ctx = context(t ? 4 : 1, 0);
            dw[t] = calloc((size_t)(p.tokens * p.depth), 4);
            dx[t] = calloc((size_t)(p.rows * p.depth), 4);
            const info_matrix_out ox = {dx[t], p.rows, p.depth, p.depth, 1, INFO_F32, 0};
            const info_matrix_out ow = {dw[t], p.tokens, p.depth, p.depth, 1, INFO_F32, 0};
            const info_head_gradients g = {.struct_size = sizeof g, .hidden = &ox, .weight = &ow};
            ck_assert_int_eq(call(ctx, &cases[k], &own.head, &other.head, p.targets, &o, NULL, &r[t], &g), INFO_OK);
            info_ctx_destroy(ctx);
        }
        ck_assert_mem_eq(dw[0], dw[1], (size_t)(p.tokens * p.depth) * 4);
        ck_assert_mem_eq(dx[0], dx[1], (size_t)(p.rows * p.depth) * 4);
        ck_assert_mem_eq(&r[0], &r[1], sizeof r[0]);
        for (int t = 0; t < 2; t++)
            free(dw[t]), free(dx[t]);
        drop(&own), drop(&other);
    }
    release(&p), release(&q);
}
END_TEST

/* 3000 rows of 20000 logits would be 240 MB; a block of them, and what there is of each row, are a fifth. */
START_TEST(memory_is_a_block_of_rows)
{
    enum { ROWS = 3000, TOKENS = 20000, DEPTH = 2 };
    float *x = calloc(ROWS * DEPTH, 4), *w = calloc(TOKENS * DEPTH, 4), *dw = calloc(TOKENS * DEPTH, 4);
    int64_t *targets = calloc(ROWS, 8);
    const info_matrix mx = matrix_of(x, ROWS, DEPTH, INFO_F32), mw = matrix_of(w, TOKENS, DEPTH, INFO_F32);
    const info_head head = {.struct_size = sizeof head, .hidden = &mx, .weight = &mw};
    const info_matrix_out ow = {dw, TOKENS, DEPTH, DEPTH, 1, INFO_F32, 0};
    const info_head_gradients g = {.struct_size = sizeof g, .weight = &ow};
    info_loss_result r;
    info_ctx *ctx = context(1, 0);
    ck_assert_int_eq(info_head_loss_cross_entropy(ctx, &head, targets, ROWS, NULL, NULL, &r, &g), INFO_OK);
    assert_close(r.loss, log(TOKENS), 1e-6);
    ck_assert_int_lt(info_ctx_scratch_bytes(ctx), 48 << 20);
    info_ctx_destroy(ctx);
    free(x), free(w), free(dw), free(targets);
}
END_TEST

START_TEST(bad_arguments_are_named)
{
    problem p = make(3, 2, 5, 1);
    const loss_case plain = {CROSS_ENTROPY, false, 0, {0}};
    held own;
    hold(&own, &p, &plain, INFO_F64, INFO_F64);
    info_ctx *ctx = context(1, 0);
    info_loss_result r;
    double out[15], three[3];
    const info_matrix_out small = {out, 2, 2, 2, 1, INFO_F64, 0};
    const info_matrix_out bias = {out, 1, 5, 5, 1, INFO_F64, 0};
    const info_matrix_out inside = {own.weight.memory, 5, 2, 2, 1, INFO_F64, 0};
    const info_loss_options capped = {.struct_size = sizeof capped, .softcap = 3};
    const struct {
        const info_loss_options *options;
        info_head_gradients gradients;
        info_head_loss_rows rows;
        info_status status;
        const char *text;
    } bad[] = {
        {&capped, {0}, {0}, INFO_ERROR_OPTION, "options.softcap: a head has its own"},
        {NULL, {.hidden = &small}, {0}, INFO_ERROR_OUTPUT, "gradients.hidden"},
        {NULL, {.weight = &small}, {0}, INFO_ERROR_OUTPUT, "gradients.weight"},
        {NULL, {.bias = &bias}, {0}, INFO_ERROR_OPTION, "gradients.bias: head has no bias"},
        {NULL, {.weight = &inside}, {0}, INFO_ERROR_OVERLAP, "gradients.weight"},
        {NULL, {.accumulate = 2}, {0}, INFO_ERROR_OPTION, "gradients.accumulate"},
        {NULL, {0}, {.length = 2, .loss = three}, INFO_ERROR_OUTPUT, "rows.loss"},
        {NULL, {0}, {.reserved = 1}, INFO_ERROR_OPTION, "rows.reserved"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        info_head_gradients g = bad[k].gradients;
        info_head_loss_rows rows = bad[k].rows;
        g.struct_size = sizeof g;
        rows.struct_size = sizeof rows;
        const info_status status =
            info_head_loss_cross_entropy(ctx, &own.head, p.targets, 3, bad[k].options, &rows, &r, &g);
        ck_assert_int_eq(status, bad[k].status);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), bad[k].text));
    }
    const info_head_loss_rows logs = {.struct_size = sizeof logs, .length = 3, .log_probability = three};
    ck_assert_int_eq(info_head_loss_entropy(ctx, &own.head, NULL, &logs, &r, NULL), INFO_ERROR_OPTION);
    ((double *)own.weight.memory)[3] = INFINITY;
    ck_assert_int_eq(info_head_loss_entropy(ctx, &own.head, NULL, NULL, &r, NULL), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "head.weight: element (1, 1)"));
    problem other = make(3, 2, 6, 1);
    held wide;
    hold(&wide, &other, &plain, INFO_F64, INFO_F64);
    ck_assert_int_eq(info_head_loss_divergence(ctx, &wide.head, &own.head, NULL, NULL, &r, NULL), INFO_ERROR_SIZE);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "student.weight: 5 rows; teacher.weight has 6"));
    info_ctx_destroy(ctx);
    drop(&own), drop(&wide);
    release(&p), release(&other);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {losses_of_heads_are_those_of_their_logits,
                                  gradients_are_central_differences,
                                  rows_left_out_leave_the_others_alone,
                                  threads_change_no_bit,
                                  memory_is_a_block_of_rows,
                                  bad_arguments_are_named,
                                  NULL};
    return run_tests("lm head loss", tests);
}
