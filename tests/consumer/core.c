/* SPDX-License-Identifier: MIT
 *
 * Bits of many functions of the core, to be compared between builds of it: from -DCORE="libinfo_core.h" or the installed headers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef CORE
#include CORE
#else
#include <info/info.h>
#endif

enum { ROWS = 5, COLS = 3001 };

static float p[ROWS * COLS], q[ROWS * COLS];
static double wide_p[ROWS * COLS], wide_q[ROWS * COLS];

static void fill(void)
{
    uint64_t seed = 1;
    for (int i = 0; i < ROWS * COLS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        wide_p[i] = (double)(seed >> 40) * 0x1p-20 - 8;
        wide_q[i] = wide_p[i] + (double)(seed >> 20 & 0xffff) * 0x1p-16 - 0.5;
        p[i] = (float)wide_p[i];
        q[i] = (float)wide_q[i];
    }
}

/* FNV-1a of what a function wrote. */
static void tell(const char *name, info_status status, const void *data, size_t size)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)data)[i]) * 1099511628211u;
    printf("%s %d %016" PRIx64 "\n", name, (int)status, hash);
}

#define TELL(call, data) tell(#call, call, data, sizeof(data))

static void rows_of_logits(info_ctx *ctx, const info_matrix *x, const info_matrix *y)
{
    static const int64_t targets[ROWS] = {0, 7, 3000, 1500, 42};
    static double out[6][ROWS], top[3 * ROWS], gradient[ROWS * COLS];
    static int64_t ranks[ROWS], tokens[3 * ROWS];
    const info_logit_measures one = {.struct_size = sizeof one,
                                     .length = ROWS,
                                     .log_sum_exp = out[0],
                                     .log_probability = out[1],
                                     .rank = ranks,
                                     .entropy = out[2],
                                     .varentropy = out[3],
                                     .collision = out[4]};
    TELL(info_logits_measure(ctx, x, targets, ROWS, NULL, &one), out);
    TELL(info_nll(ctx, x, targets, ROWS, NULL, out[0], ROWS), out);
    const info_logit_comparison two = {.struct_size = sizeof two,
                                       .length = ROWS,
                                       .kl = out[0],
                                       .kl_reverse = out[1],
                                       .js = out[2],
                                       .tv = out[3],
                                       .acceptance = out[4],
                                       .delta_p = out[5]};
    TELL(info_logits_compare(ctx, x, y, targets, ROWS, NULL, &two), out);
    TELL(info_logits_top_k(ctx, x, 3, NULL, tokens, top, 3 * ROWS), top);
    info_loss_result loss;
    const info_matrix_out into = {gradient, ROWS, COLS, COLS, 1, INFO_F64, 0};
    TELL(info_loss_cross_entropy(ctx, x, targets, ROWS, NULL, &loss, &into), gradient);
    const info_kept_rule rules[2] = {{INFO_RULE_TOP_K, 0, 200}, {INFO_RULE_TOP_P, 0, 0.9}};
    const info_kept_set set = {.struct_size = sizeof set, .rules = rules, .rules_len = 2};
    const info_kept_measures kept = {.struct_size = sizeof kept, .length = ROWS, .log_mass = out[0], .entropy = out[1]};
    TELL(info_kept_measure(ctx, x, targets, ROWS, &set, NULL, &kept), out);
}

static void distributions(info_ctx *ctx, const info_matrix *x, const info_matrix *y)
{
    static double out[ROWS];
    const info_entropy_options one = {.struct_size = sizeof one, .kind = INFO_LOGITS, .unit = INFO_BIT};
    const info_divergence_options two = {.struct_size = sizeof two, .p_kind = INFO_LOGITS, .q_kind = INFO_LOGITS};
    TELL(info_entropy(ctx, x, &one, out, ROWS), out);
    TELL(info_renyi_entropy(ctx, x, 0.5, &one, out, ROWS), out);
    TELL(info_tsallis_entropy(ctx, x, 3, &one, out, ROWS), out);
    TELL(info_kl(ctx, x, y, &two, out, ROWS), out);
    TELL(info_js(ctx, x, y, &two, out, ROWS), out);
    TELL(info_alpha_divergence(ctx, x, y, 0.3, &two, out, ROWS), out);
}

static void tables_and_states(info_ctx *ctx, const info_matrix *x)
{
    static const double joint[3][3] = {{0.1, 0.2, 0.05}, {0.15, 0.1, 0.1}, {0.05, 0.05, 0.2}};
    static const int64_t shape[2] = {3, 3};
    static double out[1], sums[3 + 8 + 64];
    static unsigned char bytes[1 << 16];
    info_table table;
    TELL(info_table_init(&table, joint, 2, shape, NULL, INFO_F64), shape);
    TELL(info_mutual_information(ctx, &table, 1, 2, 0, NULL, out), out);
    const info_matrix states = {x->data, 200, 8, 8, 1, INFO_F32, 0};
    const info_spectral_options plain = {
        .struct_size = sizeof plain, .convention = INFO_CONVENTION_ROY_VETTERLI, .scale = INFO_SCALE_COVARIANCE};
    TELL(info_states_sums(ctx, &states, NULL, 0, &plain, sums, 3 + 8 + 64), sums);

    static double log_p[ROWS];
    for (int i = 0; i < ROWS; i++)
        log_p[i] = -0.5 - wide_p[i] * wide_p[i];
    info_evaluation *state = NULL;
    int64_t written = 0;
    const info_evaluation_options of = {.struct_size = sizeof of, .kind = INFO_EVALUATION_LIKELIHOOD};
    const info_likelihood_batch batch = {.struct_size = sizeof batch, .count = ROWS, .log_probability = log_p};
    if (info_evaluation_create(ctx, &of, &state) != INFO_OK ||
        info_evaluation_update_likelihood(ctx, state, &batch) != INFO_OK)
        exit(1);
    TELL(info_evaluation_save(ctx, state, bytes, sizeof bytes, &written), bytes);
    info_evaluation_destroy(state);
}

int main(void)
{
    int64_t whole = 1;
    info_ctx *ctx = NULL;
    const info_ctx_options two_threads = {.struct_size = sizeof two_threads, .threads = 2};
    if (info_constant("INFO_LINALG", &whole) != INFO_OK || whole != 0 || INFO_LINALG != 0)
        return 1;
#ifdef __wasi__
    if (info_ctx_create(&two_threads, &ctx) != INFO_ERROR_MEMORY)
        return 1;
#else
    if (info_ctx_create(&two_threads, &ctx) != INFO_OK)
        return 1;
#endif
    fill();
    const info_matrix x = {p, ROWS, COLS, COLS, 1, INFO_F32, 0}, y = {q, ROWS, COLS, COLS, 1, INFO_F32, 0};
    const info_matrix wide_x = {wide_p, ROWS, COLS, COLS, 1, INFO_F64, 0};
    const info_matrix wide_y = {wide_q, ROWS, COLS, COLS, 1, INFO_F64, 0};
    rows_of_logits(ctx, &x, &y);
    rows_of_logits(ctx, &wide_x, &wide_y);
    distributions(ctx, &x, &y);
    distributions(ctx, &wide_x, &wide_y);
    tables_and_states(ctx, &x);
    info_ctx_destroy(ctx);
    return 0;
}
