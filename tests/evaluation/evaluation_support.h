/* SPDX-License-Identifier: MIT
 * Data sets of scored tokens, and states made of pieces of them. */
#ifndef TESTS_EVALUATION_SUPPORT_H
#define TESTS_EVALUATION_SUPPORT_H

#include "../support.h"
#include <stdbool.h>

#include "info/info.h"

static inline uint64_t next_word(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline double uniform(uint64_t *state)
{
    return ((double)(next_word(state) >> 11) + 0.5) * 0x1p-53;
}

/* Tokens of two models, in documents of 1 to 40 tokens. */
enum { TOKENS = 2000 };
typedef struct data_set {
    double p[TOKENS], q[TOKENS], old[TOKENS], kl[TOKENS], reverse[TOKENS], js[TOKENS], tv[TOKENS], entropy[TOKENS],
        bytes[TOKENS], top[TOKENS], brier[TOKENS];
    int32_t same[TOKENS], right_p[TOKENS], right_q[TOKENS];
    int64_t document[TOKENS], position[TOKENS];
} data_set;

static inline void data_set_make(data_set *d, uint64_t seed)
{
    int64_t document = 100, left = 0, position = 0;
    for (int i = 0; i < TOKENS; i++) {
        if (left-- == 0) {
            document += 3;
            left = (int64_t)(next_word(&seed) % 40);
            position = 0;
        }
        d->document[i] = document;
        d->position[i] = position++;
        d->p[i] = -3 * uniform(&seed) * (1 + (double)(document % 7));
        d->q[i] = d->p[i] * (1 + 0.1 * (uniform(&seed) - 0.4));
        d->old[i] = d->p[i] * (1 + 0.2 * (uniform(&seed) - 0.5));
        d->kl[i] = exp(-20 * uniform(&seed));
        d->reverse[i] = d->kl[i] * (0.9 + 0.2 * uniform(&seed));
        d->js[i] = d->kl[i] / 4;
        d->tv[i] = sqrt(d->kl[i] / 2) * uniform(&seed);
        d->entropy[i] = 4 * uniform(&seed);
        d->bytes[i] = (double)(next_word(&seed) % 6);
        d->top[i] = uniform(&seed);
        d->brier[i] = 2 * uniform(&seed);
        d->same[i] = next_word(&seed) % 8 != 0;
        d->right_p[i] = uniform(&seed) < d->top[i];
        d->right_q[i] = d->same[i] ? d->right_p[i] : (int32_t)(next_word(&seed) % 2);
    }
    d->p[17] = NAN;
    d->same[23] = d->right_p[29] = -1;
}

/* Options that use everything a kind has. */
static const int64_t position_edges[] = {0, 1, 2, 4, 8, 16, 32};
static const double confidence_edges[] = {0, 0.1, 0.25, 0.5, 0.75, 0.9, 1};
static const info_spectral_options as_they_are = {
    .struct_size = sizeof as_they_are, .center = INFO_CHOICE_NO, .normalize_rows = INFO_CHOICE_NO};

static inline info_evaluation_options options_of(info_evaluation_kind kind, int64_t shard, int64_t shards)
{
    info_evaluation_options o = {.struct_size = sizeof o,
                                 .kind = kind,
                                 .shard = shard,
                                 .shards = shards,
                                 .model = "model",
                                 .tokenizer = "tokenizer",
                                 .data = "data",
                                 .settings = "context 512"};
    if (kind == INFO_EVALUATION_LIKELIHOOD || kind == INFO_EVALUATION_PAIR) {
        o.position_edges = position_edges;
        o.position_edges_len = sizeof position_edges / sizeof position_edges[0];
        o.confidence_edges = confidence_edges;
        o.confidence_edges_len = sizeof confidence_edges / sizeof confidence_edges[0];
    }
    if (kind == INFO_EVALUATION_OFF_POLICY) {
        o.cap = 1.2;
        o.sequence_cap = 1.5;
    }
    if (kind == INFO_EVALUATION_VALUES)
        o.columns = 3;
    if (kind == INFO_EVALUATION_RANKS)
        o.columns = 64;
    if (kind == INFO_EVALUATION_STATES) {
        o.columns = 4;
        o.spectral = &as_they_are;
    }
    return o;
}

#define ck_ok(call) ck_assert_int_eq(call, INFO_OK)

static inline info_evaluation *new_state(const info_evaluation_options *options)
{
    info_evaluation *state = NULL;
    ck_ok(info_evaluation_create(NULL, options, &state));
    return state;
}

/* Tokens begin .. end - 1 to a state of any kind; hidden states are texts of 4 x 4 numbers. */
static inline info_status try_update(info_ctx *ctx, info_evaluation *state, const data_set *d, int64_t begin,
                                     int64_t end)
{
    info_evaluation_description what;
    ck_ok(info_evaluation_describe(NULL, state, &what));
    const int64_t n = end - begin;
    const info_likelihood_batch likelihood = {.struct_size = sizeof likelihood,
                                              .count = n,
                                              .log_probability = d->p + begin,
                                              .units = d->bytes + begin,
                                              .entropy = d->entropy + begin,
                                              .top_probability = d->top + begin,
                                              .correct = d->right_p + begin,
                                              .brier = d->brier + begin,
                                              .documents = d->document + begin,
                                              .positions = d->position + begin};
    const info_pair_batch pair = {.struct_size = sizeof pair,
                                  .count = n,
                                  .log_probability_p = d->p + begin,
                                  .log_probability_q = d->q + begin,
                                  .kl = d->kl + begin,
                                  .kl_reverse = d->reverse + begin,
                                  .js = d->js + begin,
                                  .tv = d->tv + begin,
                                  .same_top = d->same + begin,
                                  .correct_p = d->right_p + begin,
                                  .correct_q = d->right_q + begin,
                                  .top_probability = d->top + begin,
                                  .documents = d->document + begin,
                                  .positions = d->position + begin};
    const info_sample_batch samples = {.struct_size = sizeof samples,
                                       .count = n,
                                       .log_p = d->p + begin,
                                       .log_q = d->q + begin,
                                       .documents = d->document + begin,
                                       .log_old = what.kind == INFO_EVALUATION_OFF_POLICY ? d->old + begin : NULL};
    const info_matrix values = {d->entropy + begin, n, 3, 1, d->bytes - d->entropy, INFO_F64, 0};
    double entropy[TOKENS], untrained[TOKENS];
    for (int64_t i = 0; i < n; i++) {
        entropy[i] = d->entropy[begin + i];
        untrained[i] = 4 - entropy[i] * 0.9;
    }
    switch (what.kind) {
    case INFO_EVALUATION_LIKELIHOOD:
        return info_evaluation_update_likelihood(ctx, state, &likelihood);
    case INFO_EVALUATION_PAIR:
        return info_evaluation_update_pair(ctx, state, &pair);
    case INFO_EVALUATION_VALUES:
        return info_evaluation_update_values(ctx, state, &values, d->document + begin, n);
    case INFO_EVALUATION_RANKS:
        return info_evaluation_update_ranks(ctx, state, entropy, untrained, n);
    case INFO_EVALUATION_STATES:
        for (int64_t i = begin; i < end; i++) {
            const info_matrix x = {d->entropy + i % (TOKENS - 16), 4, 4, 4, 1, INFO_F64, 0};
            const info_status status = info_evaluation_update_states(ctx, state, &x);
            if (status != INFO_OK)
                return status;
        }
        return INFO_OK;
    default:
        return info_evaluation_update_samples(ctx, state, &samples);
    }
}

static inline void update(info_evaluation *state, const data_set *d, int64_t begin, int64_t end)
{
    ck_ok(try_update(NULL, state, d, begin, end));
}

/* A finished state of one shard, in batches of any size. */
static inline info_evaluation *shard_of(const info_evaluation_options *options, const data_set *d, int64_t begin,
                                        int64_t end, uint64_t *seed)
{
    info_evaluation *state = new_state(options);
    while (begin < end) {
        int64_t n = 1 + (int64_t)(next_word(seed) % 300);
        n = n < end - begin ? n : end - begin;
        update(state, d, begin, begin + n);
        begin += n;
    }
    ck_ok(info_evaluation_mark(NULL, state, end, 1));
    return state;
}

typedef struct bytes {
    unsigned char *data;
    int64_t size;
} bytes;

static inline bytes saved(const info_evaluation *state)
{
    bytes b;
    int64_t written = 0;
    ck_ok(info_evaluation_saved_size(NULL, state, &b.size));
    b.data = malloc((size_t)b.size);
    ck_ok(info_evaluation_save(NULL, state, b.data, b.size, &written));
    ck_assert_int_eq(written, b.size);
    return b;
}

static inline info_evaluation *loaded(bytes b)
{
    info_evaluation *state = NULL;
    ck_ok(info_evaluation_load(NULL, b.data, b.size, &state));
    return state;
}

/* All that a state reports, as bytes of one length. */
enum { REPORT = 16384 };
static inline void report_of(const info_evaluation *state, unsigned char report[REPORT])
{
    static const double fractions[5] = {0, 0.013, 0.5, 0.77, 1};
    info_evaluation_description what;
    ck_ok(info_evaluation_describe(NULL, state, &what));
    memset(report, 0, REPORT);
    size_t used = 0;
#define PUT(value) (memcpy(report + used, &(value), sizeof(value)), used += sizeof(value))
    info_likelihood_evaluation l;
    info_pair_evaluation p;
    info_sampled_kl_result k;
    info_off_policy_evaluation o;
    info_rank_evaluation r;
    double sums[3 + 4 + 16];
    if (info_evaluation_likelihood(NULL, state, &l) == INFO_OK)
        PUT(l);
    if (info_evaluation_pair(NULL, state, &p) == INFO_OK)
        PUT(p);
    if (info_evaluation_sampled_kl(NULL, state, &k) == INFO_OK)
        PUT(k);
    if (info_evaluation_off_policy(NULL, state, &o) == INFO_OK)
        PUT(o);
    if (info_evaluation_ranks(NULL, state, &r) == INFO_OK)
        PUT(r);
    if (info_evaluation_states(NULL, state, sums, 3 + 4 + 16) == INFO_OK)
        PUT(sums);
    PUT(what.tokens);
    PUT(what.skipped);
    PUT(what.documents);
    for (info_column column = 0; column < 20; column++) {
        info_evaluation_mean mean;
        double quantiles[5];
        info_evaluation_bin bins[6];
        if (info_evaluation_column(NULL, state, column, &mean) == INFO_OK)
            PUT(mean);
        if (info_evaluation_quantiles(NULL, state, column, fractions, 5, quantiles, 5) == INFO_OK)
            PUT(quantiles);
        for (info_evaluation_axis axis = 0; axis < 2; axis++)
            if (info_evaluation_bins(NULL, state, axis, column, bins, 6) == INFO_OK)
                PUT(bins);
    }
#undef PUT
    ck_assert_uint_le(used, REPORT);
}

#endif
