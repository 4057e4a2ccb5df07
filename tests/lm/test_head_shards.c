/* SPDX-License-Identifier: MIT
 * Heads in parts: shards of the vocabulary that merge, and the memory of tiles. */
#include <stdio.h>

#include "head/part.h"
#include "head_support.h"
#include "kernels/kernels.h"

START_TEST(shards_of_the_vocabulary_merge_to_the_whole)
{
    enum { ROWS = 6, TOKENS = 2100, SHARDS = 4 };
    const int64_t cuts[SHARDS + 1] = {0, 1, 800, 1999, TOKENS};
    problem p = make(ROWS, 9, TOKENS, 11);
    p.targets[0] = -100;
    double whole[ROWS * FIELDS], merged[ROWS * FIELDS];
    int64_t whole_argmax[ROWS], merged_argmax[ROWS];
    info_head_part parts[SHARDS * ROWS];
    const info_matrix hidden = matrix_of(p.hidden, ROWS, p.depth, INFO_F64);
    const info_matrix weight = matrix_of(p.weight, TOKENS, p.depth, INFO_F64);
    const info_head head = {.struct_size = sizeof head, .hidden = &hidden, .weight = &weight};
    const info_logit_measures m = into(whole, whole_argmax, ROWS), n = into(merged, merged_argmax, ROWS);
    ck_assert_int_eq(info_head_measure(NULL, &head, p.targets, ROWS, NULL, &m), INFO_OK);
    for (int s = 0; s < SHARDS; s++) {
        const info_matrix some = matrix_of(p.weight + cuts[s] * p.depth, cuts[s + 1] - cuts[s], p.depth, INFO_F64);
        const info_head shard = {.struct_size = sizeof shard, .hidden = &hidden, .weight = &some};
        /* In any order. */
        ck_assert_int_eq(
            info_head_measure_part(NULL, &shard, cuts[s], p.targets, ROWS, NULL, parts + (s + 1) % SHARDS * ROWS, ROWS),
            INFO_OK);
    }
    ck_assert_int_eq(info_head_measure_merge(NULL, parts, SHARDS, ROWS, NULL, &n), INFO_OK);
    assert_measures(merged, whole, merged_argmax, whole_argmax, ROWS, 1e-14);
    ck_assert_double_eq(merged[2 * ROWS], 0);

    /* Without the shard of a target, its row has no log-probability, and the others do. */
    info_ctx *ctx = context(1, 0);
    p.targets[1] = 0;
    for (int s = 0; s < SHARDS; s++) {
        const info_matrix some = matrix_of(p.weight + cuts[s] * p.depth, cuts[s + 1] - cuts[s], p.depth, INFO_F64);
        const info_head shard = {.struct_size = sizeof shard, .hidden = &hidden, .weight = &some};
        ck_assert_int_eq(info_head_measure_part(ctx, &shard, cuts[s], p.targets, ROWS, NULL, parts + s * ROWS, ROWS),
                         INFO_OK);
    }
    for (int i = 2; i < ROWS; i++)
        parts[ROWS + i].targeted = p.targets[i] == 0 ? 0 : parts[ROWS + i].targeted;
    ck_assert_int_eq(info_head_measure_merge(ctx, parts + ROWS, SHARDS - 1, ROWS, NULL, &n), INFO_INVALID_ROWS);
    ck_assert(isnan(merged[2 * ROWS + 1]));
    ck_assert(isfinite(merged[3 * ROWS + 1]));
    const info_head_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};
    ck_assert_int_eq(info_head_measure_merge(ctx, parts + ROWS, SHARDS - 1, ROWS, &strict, &n), INFO_ERROR_TARGET);
    /* A shard that comes twice, and one that was made without targets. */
    info_head_part twice[2 * ROWS];
    memcpy(twice, parts, ROWS * sizeof *parts);
    memcpy(twice + ROWS, parts, ROWS * sizeof *parts);
    ck_assert_int_eq(info_head_measure_merge(ctx, twice, 2, ROWS, NULL, &n), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "shards 0 and 1"));
    memcpy(twice + ROWS, parts + ROWS, ROWS * sizeof *parts);
    for (int i = 0; i < ROWS; i++)
        twice[i].targeted = -1;
    ck_assert_int_eq(info_head_measure_merge(ctx, twice, 2, ROWS, NULL, &n), INFO_ERROR_TARGET);
    parts[0].weight = -1;
    ck_assert_int_eq(info_head_measure_merge(ctx, parts, SHARDS, ROWS, NULL, &n), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "parts"));
    info_ctx_destroy(ctx);
    release(&p);
}
END_TEST

START_TEST(shards_of_two_models_merge_by_the_chain_rule)
{
    enum { ROWS = 5, TOKENS = 1500 };
    problem p = make(ROWS, 9, TOKENS, 31), q = make(ROWS, 4, TOKENS, 32);
    /* A token that q cannot have, in the second shard: infinite one way. */
    q.bias[700] = -INFINITY;
    for (int masked = 0; masked < 2; masked++) {
        const info_matrix ph = matrix_of(p.hidden, ROWS, 9, INFO_F64), qh = matrix_of(q.hidden, ROWS, 4, INFO_F64);
        info_head_pair_part parts[3 * ROWS];
        double whole[ROWS * PAIR_FIELDS], merged[ROWS * PAIR_FIELDS];
        int32_t same[ROWS], merged_same[ROWS];
        const int64_t cuts[4] = {0, 699, 701, TOKENS};
        for (int s = -1; s < 3; s++) {
            const int64_t from = s < 0 ? 0 : cuts[s], to = s < 0 ? TOKENS : cuts[s + 1];
            const info_matrix pw = matrix_of(p.weight + from * 9, to - from, 9, INFO_F64);
            const info_matrix qw = matrix_of(q.weight + from * 4, to - from, 4, INFO_F64);
            const info_matrix bias = matrix_of(q.bias + from, 1, to - from, INFO_F64);
            const info_head a = {.struct_size = sizeof a, .hidden = &ph, .weight = &pw};
            const info_head b = {.struct_size = sizeof b, .hidden = &qh, .weight = &qw, .bias = masked ? &bias : NULL};
            const info_logit_comparison m = compared_into(whole, same, ROWS, false);
            ck_assert_int_eq(
                s < 0 ? info_head_compare(NULL, &a, &b, p.targets, ROWS, NULL, &m)
                      : info_head_compare_part(NULL, &a, &b, from, p.targets, ROWS, NULL, parts + s * ROWS, ROWS),
                INFO_OK);
        }
        const info_logit_comparison n = compared_into(merged, merged_same, ROWS, false);
        ck_assert_int_eq(info_head_compare_merge(NULL, parts, 3, ROWS, NULL, &n), INFO_OK);
        for (int i = 0; i < ROWS; i++) {
            for (int f = 0; f < PAIR_FIELDS; f += f == 1 ? 3 : 1)
                assert_within(merged[f * ROWS + i], whole[f * ROWS + i], 1e-13 * (1 + fabs(whole[f * ROWS + i])));
            ck_assert_int_eq(isinf(whole[i]), masked);
            ck_assert(isfinite(whole[ROWS + i]));
            ck_assert_int_eq(same[i], merged_same[i]);
        }
    }
    release(&p);
    release(&q);
}
END_TEST

/* An allocator that knows its peak. */
typedef struct meter {
    int64_t now, peak;
} meter;

static void *metered_alloc(void *user, size_t size, size_t alignment)
{
    meter *m = user;
    char *memory = aligned_alloc(alignment, (size + 2 * alignment - 1) / alignment * alignment);
    memcpy(memory, &size, sizeof size);
    m->now += (int64_t)size;
    m->peak = m->now > m->peak ? m->now : m->peak;
    return memory + alignment;
}

static void metered_free(void *user, void *memory)
{
    if (!memory)
        return;
    meter *m = user;
    size_t size;
    memcpy(&size, (char *)memory - INFO_I_ALIGNMENT, sizeof size);
    m->now -= (int64_t)size;
    free((char *)memory - INFO_I_ALIGNMENT);
}

START_TEST(memory_is_a_tile_however_large_the_logits)
{
    /* 600 x 20000 logits would take 48 MB. */
    enum { ROWS = 600, TOKENS = 20000, DEPTH = 2 };
    int64_t peaks[2];
    for (int size = 0; size < 2; size++) {
        meter m = {0};
        const info_ctx_options options = {.struct_size = sizeof options,
                                          .threads = 1,
                                          .alloc = metered_alloc,
                                          .free = metered_free,
                                          .alloc_user = &m};
        info_ctx *ctx;
        ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
        const int64_t tokens = size ? TOKENS : TOKENS / 8;
        uint16_t *weight = calloc((size_t)tokens * DEPTH, sizeof *weight), *hidden = calloc(ROWS * DEPTH, 2);
        double *entropy = malloc(ROWS * sizeof *entropy);
        const info_matrix h = matrix_of(hidden, ROWS, DEPTH, INFO_BF16),
                          w = matrix_of(weight, tokens, DEPTH, INFO_BF16);
        const info_head head = {.struct_size = sizeof head, .hidden = &h, .weight = &w};
        const info_logit_measures measures = {.struct_size = sizeof measures, .length = ROWS, .entropy = entropy};
        ck_assert_int_eq(info_head_measure(ctx, &head, NULL, 0, NULL, &measures), INFO_OK);
        assert_close(entropy[ROWS - 1], log((double)tokens), 1e-7);
        peaks[size] = m.peak;
        free(weight);
        free(hidden);
        free(entropy);
        info_ctx_destroy(ctx);
        ck_assert_int_eq(m.now, 0);
    }
    printf("peak %lld and %lld bytes\n", (long long)peaks[0], (long long)peaks[1]);
    ck_assert_int_le(peaks[1], 4 << 20);
    ck_assert_int_le(peaks[1] - peaks[0], ROWS * 8 * (int64_t)sizeof(info_head_part));
}
END_TEST

/* Of two tokens the one that is not the top has no spread, and what its square leaves of 1 is its own: rounding may not make
 * either negative, which no merge would take. */
START_TEST(parts_of_two_tokens_have_no_negative_spread)
{
    const info_i_lm lm = {.inverse_temperature = 1, .kernels = info_i_kernels_of(INFO_CPU_C)};
    for (int k = 1; k < 4000; k++) {
        const double x[2] = {0, -k * 0.01};
        const info_matrix m = matrix_of(x, 1, 2, INFO_F64);
        const info_i_row row = info_i_row_measure_f64(&lm, &m, 0, INFO_I_DETAIL_ALL, INFINITY);
        const info_head_part part = info_i_part_of(&row, 0);
        ck_assert_double_ge(part.spread, 0);
        ck_assert_double_ge(part.squares, 0);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        parts_of_two_tokens_have_no_negative_spread, shards_of_the_vocabulary_merge_to_the_whole,
        shards_of_two_models_merge_by_the_chain_rule, memory_is_a_tile_however_large_the_logits, NULL};
    return run_tests("lm head shards", tests);
}
