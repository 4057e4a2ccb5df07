/* SPDX-License-Identifier: MIT
 * Lempel-Ziv entropy rates from the longest previous match of every suffix: a suffix array by doubling
 * (Manber, Myers 1993), common prefixes (Kasai et al. 2001), and the nearest smaller positions on both sides
 * (Crochemore, Ilie 2008). */
#include <math.h>

#include "numeric/sum.h"
#include "numeric/unit.h"
#include "sample/documents.h"

typedef struct suffixes {
    int64_t n;
    int64_t *rank;   /* of the suffix at each position */
    int64_t *sorted; /* positions in the order of their suffixes */
    uint64_t *records, *other;
} suffixes;

/* Ranks of sorted keys; how many differ. */
static int64_t take_ranks(const info_i_sorted *sorted, suffixes *s)
{
    int64_t rank = -1;
    for (int64_t i = 0; i < s->n; i++) {
        const uint64_t *record = sorted->records + i * sorted->stride;
        rank += i == 0 || !info_i_same_key(record, record - sorted->stride, sorted->words);
        s->sorted[i] = (int64_t)record[sorted->words];
        s->rank[s->sorted[i]] = rank;
    }
    return rank + 1;
}

static info_status sort_suffixes(info_ctx *ctx, const info_series *tokens, suffixes *s)
{
    info_i_packing packing;
    info_i_sorted sorted;
    const int64_t n = s->n;
    info_status status = info_i_packing_of_series(ctx, tokens, NULL, 1, &packing);
    const info_i_source source = {&packing, tokens, NULL, 0, n};
    if (status == INFO_OK)
        status = info_i_source_keys(&source, 0, n, s->other, &ctx->error);
    for (int64_t i = 0; status == INFO_OK && i < n; i++) {
        s->records[2 * i] = s->other[i];
        s->records[2 * i + 1] = (uint64_t)i;
    }
    if (status == INFO_OK)
        status = info_i_sort_records(ctx, &packing, true, s->records, s->other, n, &sorted);
    if (status != INFO_OK)
        return status;
    int64_t distinct = take_ranks(&sorted, s);
    /* By the first `length` tokens, then by twice as many. The end of the text is below everything: 0. */
    for (int64_t length = 1; status == INFO_OK && distinct < n; length *= 2) {
        info_i_packing pair = {.width = 2};
        pair.field[0].limit = (uint64_t)distinct - 1;
        pair.field[1].limit = (uint64_t)distinct;
        info_i_packing_pack(&pair);
        const int32_t stride = pair.words + 1;
        for (int64_t i = 0; i < n; i++) {
            uint64_t *record = s->records + i * stride;
            const uint64_t next = i + length < n ? (uint64_t)s->rank[i + length] + 1 : 0;
            record[0] = pair.words == 1 ? (uint64_t)s->rank[i] << pair.field[0].shift | next : (uint64_t)s->rank[i];
            if (pair.words == 2)
                record[1] = next;
            record[pair.words] = (uint64_t)i;
        }
        status = info_i_sort_records(ctx, &pair, true, s->records, s->other, n, &sorted);
        if (status == INFO_OK)
            distinct = take_ranks(&sorted, s);
        if (status == INFO_OK)
            status = info_i_progress(ctx, (double)distinct / (double)n);
    }
    return status;
}

/* common[r]: tokens that the suffixes of ranks r - 1 and r begin with alike. Two suffixes are compared on from where the ones before
 * them in the text left off. */
static void common_prefixes(const suffixes *s, const int64_t *token, int64_t *common)
{
    int64_t length = 0;
    common[0] = 0;
    for (int64_t i = 0; i < s->n; i++) {
        if (s->rank[i] == 0) {
            length = 0;
            continue;
        }
        const int64_t before = s->sorted[s->rank[i] - 1];
        while (i + length < s->n && before + length < s->n && token[i + length] == token[before + length])
            length++;
        common[s->rank[i]] = length;
        length -= length > 0;
    }
}

/* match[i]: longest of what follows position i with what follows an earlier one. In the sorted list, an entry is taken out once both its
 * neighbors began earlier; the stack holds those that wait, with what they have in common with the one below. */
static void previous_matches(const suffixes *s, const int64_t *common, int64_t *stack, int64_t *shared, int64_t *match)
{
    int64_t depth = 0;
    for (int64_t r = 0; r <= s->n; r++) {
        const int64_t position = r < s->n ? s->sorted[r] : -1;
        int64_t with = r < s->n ? common[r] : 0; /* with the top of the stack */
        while (depth > 0 && stack[depth - 1] > position) {
            /* The top began later than both its neighbors. */
            const int64_t below = shared[depth - 1];
            match[stack[depth - 1]] = below > with ? below : with;
            with = below < with ? below : with;
            depth--;
        }
        if (r < s->n) {
            stack[depth] = position;
            shared[depth++] = with;
        }
    }
}

static void measure(const int64_t *match, int64_t n, info_unit unit, info_lempel_ziv_result *out)
{
    info_lempel_ziv_result r = {.length = n};
    for (int64_t i = 0; i < n; r.phrases++)
        i += match[i] + 1;
    info_i_dd sum = {0, 0};
    for (int64_t i = 1; i < n; i++) {
        sum = info_i_dd_add_double(sum, (double)(match[i] + 1) / log((double)i + 1));
        r.longest = match[i] > r.longest ? match[i] : r.longest;
    }
    r.phrase_rate = info_i_from_nats((double)r.phrases * log((double)n) / (double)n, unit);
    r.match_rate = info_i_from_nats((double)(n - 1) / info_i_dd_value(sum), unit);
    *out = r;
}

static info_status lempel_ziv(info_ctx *ctx, const info_series *tokens, info_unit unit, info_lempel_ziv_result *out)
{
    info_i_error *error = &ctx->error;
    info_i_check_series(error, "tokens", tokens);
    info_i_check_option(error, "unit", unit, INFO_NAT, INFO_DIT);
    info_i_check_pointer(error, "out", out);
    info_i_check_spans(error, (info_i_span[]){{"out", out, sizeof *out}, {0}},
                       (info_i_span[]){info_i_series_span("tokens", tokens), {0}});
    if (error->status != INFO_OK)
        return error->status;
    if (tokens->length < 2)
        return info_i_fail(error, INFO_ERROR_SIZE, "tokens: has 1 token; at least 2 are needed");
    const int64_t n = tokens->length;
    suffixes s = {.n = n};
    int64_t *token = info_i_scratch(ctx, n, sizeof *token);
    s.rank = info_i_scratch(ctx, n, sizeof *s.rank);
    s.sorted = info_i_scratch(ctx, n, sizeof *s.sorted);
    s.records = info_i_scratch(ctx, n, 3 * sizeof *s.records);
    s.other = info_i_scratch(ctx, n, 3 * sizeof *s.other);
    if (!token || !s.rank || !s.sorted || !s.records || !s.other)
        return error->status;
    const info_status status = sort_suffixes(ctx, tokens, &s);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < n; i += INFO_I_SAMPLES)
        info_i_series_load(tokens, i, n - i < INFO_I_SAMPLES ? n - i : INFO_I_SAMPLES, token + i);
    int64_t *common = (int64_t *)s.records, *stack = common + n, *shared = stack + n, *match = (int64_t *)s.other;
    common_prefixes(&s, token, common);
    previous_matches(&s, common, stack, shared, match);
    measure(match, n, unit, out);
    return INFO_OK;
}

info_status info_lempel_ziv(info_ctx *ctx, const info_series *tokens, info_unit unit, info_lempel_ziv_result *out)
{
    return INFO_I_CALL(ctx, lempel_ziv(ctx, tokens, unit, out));
}
