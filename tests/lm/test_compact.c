/* SPDX-License-Identifier: MIT
 * Compact teachers: k tokens and the mass of all others. */
#include "head_support.h"

static info_matrix_out out_of(void *data, int64_t rows, int64_t cols, info_dtype dtype)
{
    return (info_matrix_out){data, rows, cols, cols, 1, dtype, 0};
}

START_TEST(two_tokens_of_eight)
{
    /* Published values, 11 to 15 digits. */
    const double x[8] = {2, 1, .5, 0, -1, -1, -3, -2}, t[8] = {1.5, 1.2, 0, -.5, -1, -1, -2, -2};
    const double wanted[8] = {.10993584, -.12004013, .00466695, .00283065, .00104134, .00104134, .00014093, .00038309};
    double sum = 0, log_p[2], g[8], row, full;
    for (int i = 0; i < 8; i++)
        sum += exp(t[i]);
    log_p[0] = t[0] - log(sum);
    log_p[1] = t[1] - log(sum);
    const int64_t tokens[2] = {0, 1};
    const info_matrix list = matrix_of(log_p, 1, 2, INFO_F64), student = matrix_of(x, 1, 8, INFO_F64);
    const info_matrix teacher = matrix_of(t, 1, 8, INFO_F64);
    const info_top_k known = {&list, tokens, 2, 0, INFO_INT64, 0};
    const info_matrix_out gradient = out_of(g, 1, 8, INFO_F64);
    info_loss_result r;
    ck_assert_int_eq(info_loss_top_k(NULL, &known, 8, &student, NULL, &row, 1, &r, &gradient), INFO_OK);
    assert_close(r.loss, .04281389479810131, 1e-12);
    ck_assert(row == r.loss && r.rows == 1 && r.weight == 1);
    for (int i = 0; i < 8; i++)
        assert_within(g[i], wanted[i], 5.1e-9);
    ck_assert_int_eq(info_loss_divergence(NULL, &teacher, &student, NULL, &r, NULL), INFO_OK);
    full = r.loss;
    assert_close(full, .05695117763870401, 1e-12);
}
END_TEST

enum { ROWS = 4, V = 40, K = 6 };

static const info_loss_options kinds[] = {
    {.divergence = INFO_DIVERGENCE_FORWARD},
    {.divergence = INFO_DIVERGENCE_REVERSE, .temperature = 1.7},
    {.divergence = INFO_DIVERGENCE_JS, .js_beta = 0.3, .softcap = 4},
    {.divergence = INFO_DIVERGENCE_JS, .temperature = 0.6},
    {.divergence = INFO_DIVERGENCE_TV, .softcap = 6},
    {.divergence = INFO_DIVERGENCE_ACCEPTANCE, .reduction = INFO_REDUCTION_SUM, .scale = -2},
};
#define KINDS ((int)(sizeof kinds / sizeof *kinds))

typedef struct setting {
    double x[ROWS * V], t[ROWS * V]; /* logits of student and teacher */
    double log_p[ROWS * V];
    int64_t tokens[ROWS * V];
} setting;

/* The k most probable tokens, by the library's own list, of the teacher at the temperature and softcap of the options. */
static void draw(setting *s, int64_t k, const info_loss_options *o, uint64_t seed)
{
    for (int i = 0; i < ROWS * V; i++) {
        s->t[i] = 2 * normal(&seed);
        s->x[i] = s->t[i] + 0.7 * normal(&seed);
    }
    const info_matrix teacher = matrix_of(s->t, ROWS, V, INFO_F64);
    const info_lm_options lm = {.struct_size = sizeof lm, .temperature = o->temperature, .softcap = o->softcap};
    ck_assert_int_eq(info_logits_top_k(NULL, &teacher, k, &lm, s->tokens, s->log_p, ROWS * k), INFO_OK);
}

START_TEST(a_list_of_all_tokens_is_the_whole_divergence)
{
    for (int kind = 0; kind < KINDS; kind++) {
        setting s;
        double rows[ROWS], g[ROWS * V], whole[ROWS * V];
        info_loss_options o = kinds[kind];
        o.struct_size = sizeof o;
        draw(&s, V, &o, 7 + (uint64_t)kind);
        const info_matrix list = matrix_of(s.log_p, ROWS, V, INFO_F64), student = matrix_of(s.x, ROWS, V, INFO_F64);
        const info_matrix teacher = matrix_of(s.t, ROWS, V, INFO_F64);
        const info_top_k known = {&list, s.tokens, ROWS * V, 0, INFO_INT64, 0};
        const info_matrix_out gradient = out_of(g, ROWS, V, INFO_F64), of_whole = out_of(whole, ROWS, V, INFO_F64);
        info_loss_result r, w;
        ck_assert_int_eq(info_loss_top_k(NULL, &known, V, &student, &o, rows, ROWS, &r, &gradient), INFO_OK);
        ck_assert_int_eq(info_loss_divergence(NULL, &teacher, &student, &o, &w, &of_whole), INFO_OK);
        assert_close(r.loss, w.loss, 1e-12);
        for (int i = 0; i < ROWS * V; i++)
            assert_within(g[i], whole[i], 1e-13);
    }
}
END_TEST

/* Divergences of k + 1 probabilities, straightforwardly. */
static double coarse(const info_loss_options *o, const double *p, const double *q, int64_t count)
{
    double sum = 0, common = 0;
    const double b = o->js_beta > 0 ? o->js_beta : 0.5;
    for (int64_t i = 0; i < count; i++) {
        const double m = b * p[i] + (1 - b) * q[i];
        common += fmin(p[i], q[i]);
        sum += o->divergence == INFO_DIVERGENCE_FORWARD   ? p[i] * log(p[i] / q[i])
               : o->divergence == INFO_DIVERGENCE_REVERSE ? q[i] * log(q[i] / p[i])
               : o->divergence == INFO_DIVERGENCE_JS      ? b * p[i] * log(p[i] / m) + (1 - b) * q[i] * log(q[i] / m)
                                                          : fabs(p[i] - q[i]) / 2;
    }
    return o->divergence == INFO_DIVERGENCE_ACCEPTANCE ? -log(common) : sum;
}

/* Students of another width: what they lack is part of the teacher's tail, what the teacher lacks of theirs. */
START_TEST(values_are_those_of_the_cells_for_any_width)
{
    for (int kind = 0; kind < KINDS; kind++)
        for (int64_t width = 25; width <= V; width += 15) {
            setting s;
            info_loss_options o = kinds[kind];
            o.struct_size = sizeof o;
            draw(&s, K, &o, 70 + (uint64_t)kind);
            double rows[ROWS], g[ROWS * V];
            const info_matrix list = matrix_of(s.log_p, ROWS, K, INFO_F64);
            const info_matrix student = {s.x, ROWS, width, V, 1, INFO_F64, 0};
            const info_top_k known = {&list, s.tokens, ROWS * K, 0, INFO_INT64, 0};
            const info_matrix_out gradient = out_of(g, ROWS, width, INFO_F64);
            info_loss_result r;
            ck_assert_int_eq(info_loss_top_k(NULL, &known, V, &student, &o, rows, ROWS, &r, &gradient), INFO_OK);
            for (int row = 0; row < ROWS; row++) {
                double p[K + 1] = {0}, q[K + 1] = {0}, e[V], all = 0, slopes = 0;
                int64_t cells = 0;
                for (int64_t j = 0; j < width; j++) {
                    const double x = s.x[row * V + j], c = o.softcap, y = c > 0 ? c * tanh(x / c) : x;
                    e[j] = exp(y / (o.temperature > 0 ? o.temperature : 1));
                    all += e[j];
                    slopes += g[row * width + j] / (c > 0 ? 1 - tanh(x / c) * tanh(x / c) : 1);
                }
                double p_rest = 1, q_rest = 1;
                for (int i = 0; i < K; i++) {
                    const int64_t token = s.tokens[row * K + i];
                    if (token >= width)
                        continue;
                    p[cells] = exp(s.log_p[row * K + i]);
                    q[cells] = e[token] / all;
                    p_rest -= p[cells];
                    q_rest -= q[cells++];
                }
                p[cells] = p_rest;
                q[cells] = q_rest;
                assert_within(rows[row], coarse(&o, p, q, cells + 1), 1e-13);
                assert_within(slopes, 0, 1e-13);
            }
        }
}
END_TEST

/* Central differences of step h err by h^2/6 f''' and eps f / h. */
START_TEST(gradients_are_central_differences)
{
    for (int kind = 0; kind < KINDS; kind++) {
        setting s;
        info_loss_options o = kinds[kind];
        o.struct_size = sizeof o;
        draw(&s, K, &o, 170 + (uint64_t)kind);
        s.tokens[K] = -1; /* an empty place */
        s.log_p[K] = -INFINITY;
        double g[ROWS * V];
        const double h = 1e-5;
        const info_matrix list = matrix_of(s.log_p, ROWS, K, INFO_F64), student = matrix_of(s.x, ROWS, V, INFO_F64);
        const info_top_k known = {&list, s.tokens, ROWS * K, 0, INFO_INT64, 0};
        const info_matrix_out gradient = out_of(g, ROWS, V, INFO_F64);
        info_loss_result r, up, down;
        ck_assert_int_eq(info_loss_top_k(NULL, &known, V, &student, &o, NULL, 0, &r, &gradient), INFO_OK);
        for (int i = 0; i < ROWS * V; i++) {
            const double before = s.x[i];
            s.x[i] = before + h;
            ck_assert_int_eq(info_loss_top_k(NULL, &known, V, &student, &o, NULL, 0, &up, NULL), INFO_OK);
            s.x[i] = before - h;
            ck_assert_int_eq(info_loss_top_k(NULL, &known, V, &student, &o, NULL, 0, &down, NULL), INFO_OK);
            s.x[i] = before;
            assert_within(g[i], (up.loss - down.loss) / (2 * h), 2e-8);
        }
    }
}
END_TEST

/* More of the teacher is never less of the divergence, and all of it the most. */
START_TEST(longer_lists_say_more)
{
    for (int kind = 0; kind < KINDS; kind++) {
        double last[ROWS] = {0}, rows[ROWS];
        info_loss_options o = kinds[kind];
        o.struct_size = sizeof o;
        for (int64_t k = 1; k <= V; k++) {
            setting s;
            info_loss_result r;
            draw(&s, k, &o, 5);
            const info_matrix list = matrix_of(s.log_p, ROWS, k, INFO_F64), student = matrix_of(s.x, ROWS, V, INFO_F64);
            const info_top_k known = {&list, s.tokens, ROWS * k, 0, INFO_INT64, 0};
            ck_assert_int_eq(info_loss_top_k(NULL, &known, V, &student, &o, rows, ROWS, &r, NULL), INFO_OK);
            for (int i = 0; i < ROWS; i++) {
                ck_assert(rows[i] >= last[i] - 1e-13);
                last[i] = rows[i];
            }
        }
    }
}
END_TEST

/* A peaked student: its tail of 1e-20 keeps its digits, as log(1 - sum q) would not. */
START_TEST(a_tail_that_is_tiny_keeps_its_digits)
{
    enum { N = 1000 };
    static double x[N], g[N];
    for (double d = 1; d < 600; d *= 1.5) {
        const double rest = 0.25, log_p[1] = {log1p(-rest)};
        const int64_t tokens[1] = {3};
        memset(x, 0, sizeof x);
        x[3] = d;
        const info_matrix list = matrix_of(log_p, 1, 1, INFO_F64), student = matrix_of(x, 1, N, INFO_F64);
        const info_top_k known = {&list, tokens, 1, 0, INFO_INT64, 0};
        const info_matrix_out gradient = out_of(g, 1, N, INFO_F64);
        info_loss_result r;
        ck_assert_int_eq(info_loss_top_k(NULL, &known, N, &student, NULL, NULL, 0, &r, &gradient), INFO_OK);
        const double t = (N - 1) * exp(-d), log_q = -log1p(t), log_tail = log(N - 1) - d + log_q;
        assert_close(r.loss, (1 - rest) * (log1p(-rest) - log_q) + rest * (log(rest) - log_tail), 1e-13);
        assert_close(g[3], exp(log_q) - (1 - rest), 1e-12);
        assert_close(g[4], (exp(log_tail) - rest) / (N - 1), 1e-12);
    }
}
END_TEST

START_TEST(lower_precision_threads_and_levels)
{
    enum { N = 3000 };
    static double x[ROWS * N], exact[ROWS * N];
    static float narrow[ROWS * N], g[ROWS * N], first[ROWS * N];
    uint64_t seed = 3;
    for (int i = 0; i < ROWS * N; i++) {
        narrow[i] = (float)(3 * normal(&seed));
        x[i] = (double)narrow[i];
    }
    const info_matrix wide = matrix_of(x, ROWS, N, INFO_F64), student = matrix_of(narrow, ROWS, N, INFO_F32);
    double log_p[ROWS * K];
    int64_t tokens[ROWS * K];
    ck_assert_int_eq(info_logits_top_k(NULL, &wide, K, NULL, tokens, log_p, ROWS * K), INFO_OK);
    for (int i = 0; i < ROWS * K; i++)
        log_p[i] -= 0.3;
    const info_matrix list = matrix_of(log_p, ROWS, K, INFO_F64);
    const info_top_k known = {&list, tokens, ROWS * K, 0, INFO_INT64, 0};
    for (int kind = 0; kind < KINDS; kind++) {
        info_loss_options o = kinds[kind];
        info_loss_result w, r;
        o.struct_size = sizeof o;
        const info_matrix_out of_wide = out_of(exact, ROWS, N, INFO_F64), gradient = out_of(g, ROWS, N, INFO_F32);
        ck_assert_int_eq(info_loss_top_k(NULL, &known, N, &wide, &o, NULL, 0, &w, &of_wide), INFO_OK);
        for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
            info_ctx *ctx = context(cpu == INFO_CPU_C ? 1 : 3, cpu);
            if (!ctx)
                continue;
            ck_assert_int_eq(info_loss_top_k(ctx, &known, N, &student, &o, NULL, 0, &r, &gradient), INFO_OK);
            info_ctx_destroy(ctx);
            if (cpu == INFO_CPU_C)
                memcpy(first, g, sizeof g);
            ck_assert_mem_eq(first, g, sizeof g);
        }
        /* log-sum-exp of the tail to 1e-6, as of any row of floats. */
        assert_within(r.loss, w.loss, 5e-6 * (1 + fabs(w.loss)));
        for (int i = 0; i < ROWS * N; i++)
            assert_within((double)g[i], exact[i], 1e-5 * (fabs(exact[i]) + 1e-3));
        /* in place */
        static float own[ROWS * N];
        memcpy(own, narrow, sizeof own);
        const info_matrix again = matrix_of(own, ROWS, N, INFO_F32);
        const info_matrix_out there = out_of(own, ROWS, N, INFO_F32);
        ck_assert_int_eq(info_loss_top_k(NULL, &known, N, &again, &o, NULL, 0, &r, &there), INFO_OK);
        ck_assert_mem_eq(first, own, sizeof own);
    }
}
END_TEST

/* From hidden states: the same as of the logits, multiplied out. */
START_TEST(heads_learn_from_lists_too)
{
    problem p = make(20, 6, 300, 9), t = make(20, 6, 300, 10);
    const info_matrix logits = matrix_of(p.logits, 20, 300, INFO_F64), teacher = matrix_of(t.logits, 20, 300, INFO_F64);
    const info_matrix hidden = matrix_of(p.hidden, 20, 6, INFO_F64), weight = matrix_of(p.weight, 300, 6, INFO_F64);
    static double log_p[20 * 8], g[20 * 300], dw[300 * 6], rows[20], own[20];
    static int64_t tokens[20 * 8];
    for (int kind = 0; kind < KINDS; kind++) {
        info_loss_options o = kinds[kind];
        o.struct_size = sizeof o;
        const info_lm_options lm = {.struct_size = sizeof lm, .temperature = o.temperature, .softcap = o.softcap};
        ck_assert_int_eq(info_logits_top_k(NULL, &teacher, 8, &lm, tokens, log_p, 160), INFO_OK);
        const info_matrix list = matrix_of(log_p, 20, 8, INFO_F64);
        const info_top_k known = {&list, tokens, 160, 0, INFO_INT64, 0};
        const info_matrix_out gradient = out_of(g, 20, 300, INFO_F64), of_weight = out_of(dw, 300, 6, INFO_F64);
        const info_head head = {.struct_size = sizeof head, .hidden = &hidden, .weight = &weight, .softcap = o.softcap};
        const info_head_gradients wanted = {.struct_size = sizeof wanted, .weight = &of_weight};
        const info_head_loss_rows out = {.struct_size = sizeof out, .length = 20, .loss = own};
        info_loss_result r, w;
        ck_assert_int_eq(info_loss_top_k(NULL, &known, 300, &logits, &o, rows, 20, &r, &gradient), INFO_OK);
        o.softcap = 0;
        ck_assert_int_eq(info_head_loss_top_k(NULL, &known, 300, &head, &o, &out, &w, &wanted), INFO_OK);
        assert_close(w.loss, r.loss, 1e-12);
        for (int i = 0; i < 20; i++)
            assert_within(own[i], rows[i], 1e-12);
        for (int j = 0; j < 300; j++)
            for (int k = 0; k < 6; k++) {
                double sum = 0;
                for (int i = 0; i < 20; i++)
                    sum += g[i * 300 + j] * p.hidden[i * 6 + k];
                assert_within(dw[j * 6 + k], sum, 1e-12);
            }
    }
    tokens[8] = tokens[9];
    const info_matrix list = matrix_of(log_p, 20, 8, INFO_F64);
    const info_top_k known = {&list, tokens, 160, 0, INFO_INT64, 0};
    const info_head head = {.struct_size = sizeof head, .hidden = &hidden, .weight = &weight};
    const info_loss_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    info_loss_result r;
    ck_assert_int_eq(info_head_loss_top_k(NULL, &known, 300, &head, NULL, NULL, &r, NULL), INFO_INVALID_ROWS);
    ck_assert_int_eq(r.rows, 19);
    ck_assert_int_eq(info_head_loss_top_k(NULL, &known, 300, &head, &strict, NULL, &r, NULL), INFO_ERROR_TARGET);
    release(&p), release(&t);
}
END_TEST

START_TEST(lists_that_are_none_are_told)
{
    const double x[2 * 3] = {1, 2, 3, 1, 2, 3};
    double log_p[2 * 2] = {-1, -2, -1, -2}, rows[2], g[6];
    int64_t tokens[2 * 2] = {0, 2, 1, 2};
    const info_matrix list = matrix_of(log_p, 2, 2, INFO_F64), student = matrix_of(x, 2, 3, INFO_F64);
    const info_top_k known = {&list, tokens, 4, 0, INFO_INT64, 0}, topped = {&list, tokens, 4, 2, INFO_INT64, 0},
                     few = {&list, tokens, 3, 0, INFO_INT64, 0};
    const info_matrix_out gradient = out_of(g, 2, 3, INFO_F64);
    const info_loss_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    const info_loss_options smooth = {.struct_size = sizeof smooth, .label_smoothing = 0.1};
    info_ctx *ctx = context(1, 0);
    info_loss_result r;
    ck_assert_int_eq(info_loss_top_k(ctx, &topped, 3, &student, NULL, rows, 2, &r, NULL), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_loss_top_k(ctx, &few, 3, &student, NULL, rows, 2, &r, NULL), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_loss_top_k(ctx, &known, 1, &student, NULL, rows, 2, &r, NULL), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_loss_top_k(ctx, &known, 3, &student, &smooth, rows, 2, &r, NULL), INFO_ERROR_OPTION);
    const struct {
        double log_p;
        int64_t token;
        info_status status;
        const char *text;
    } bad[] = {{NAN, 1, INFO_ERROR_DOMAIN, "teacher.log_probabilities: nan at row 1, column 0"},
               {0.1, 1, INFO_ERROR_DOMAIN, "none is above 0"},
               {-1e-3, 1, INFO_ERROR_SUM, "teacher.log_probabilities: row 1 sums to 1 +"},
               {-1, 3, INFO_ERROR_TARGET, "teacher.tokens: 3 at row 1; 0 to 2"},
               {-1, -1, INFO_ERROR_TARGET, "teacher.tokens: -1 at row 1"},
               {-1, 2, INFO_ERROR_TARGET, "teacher.tokens: 2 twice in row 1"}};
    for (int k = 0; k < 6; k++) {
        log_p[2] = bad[k].log_p;
        tokens[2] = bad[k].token;
        ck_assert_int_eq(info_loss_top_k(ctx, &known, 3, &student, &strict, rows, 2, &r, &gradient), bad[k].status);
        ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), bad[k].text));
        ck_assert_int_eq(info_loss_top_k(ctx, &known, 3, &student, NULL, rows, 2, &r, &gradient), INFO_INVALID_ROWS);
        ck_assert(isnan(rows[1]) && rows[0] > 0 && r.rows == 1 && r.invalid == 1 && r.loss == rows[0]);
        ck_assert(g[3] == 0 && g[4] == 0 && g[5] == 0 && g[0] != 0);
    }
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {two_tokens_of_eight,
                                  a_list_of_all_tokens_is_the_whole_divergence,
                                  values_are_those_of_the_cells_for_any_width,
                                  gradients_are_central_differences,
                                  longer_lists_say_more,
                                  a_tail_that_is_tiny_keeps_its_digits,
                                  lower_precision_threads_and_levels,
                                  heads_learn_from_lists_too,
                                  lists_that_are_none_are_told,
                                  NULL};
    return run_tests("lm compact", tests);
}
