/* SPDX-License-Identifier: MIT */
#include "study.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const info_estimator study_estimators[STUDY_ESTIMATORS] = {INFO_ESTIMATOR_PLUG_IN, INFO_ESTIMATOR_MILLER_MADOW,
                                                           INFO_ESTIMATOR_GRASSBERGER_2003,
                                                           INFO_ESTIMATOR_CHAO_WANG_JOST};
const char *const study_names[STUDY_ESTIMATORS] = {"plug-in", "Miller-Madow", "Grassberger", "Chao-Wang-Jost"};

static bool broken(info_ctx *ctx, struct failure *failure, info_status status)
{
    return status >= 0 || fail(failure, "%s", info_ctx_message(ctx));
}

double study_rate(const struct study *s, int64_t n, int estimator)
{
    return s->order[n - 1].entropy[estimator] - (n > 1 ? s->order[n - 2].entropy[estimator] : 0);
}

/* Everything that grows while the text is read. */
struct growing {
    info_counts *table[STUDY_ORDERS];
    int32_t *head; /* the first tokens */
    int64_t head_count;
};

/* Adds a piece to the table of every order; one that has grown too large goes. */
static bool count_piece(struct study *s, struct growing *g, const int32_t *tokens, int64_t count, info_ctx *ctx,
                        struct failure *failure)
{
    const info_series series = {tokens, count, 1, INFO_INT32, 0};
    for (int64_t n = 0; n < s->arguments->orders; n++) {
        info_counts_summary summary;
        if (!g->table[n])
            continue;
        if (!broken(ctx, failure, info_counts_add_ngrams(ctx, g->table[n], &series, NULL, 0)) ||
            !broken(ctx, failure, info_counts_summarize(ctx, g->table[n], &summary)))
            return false;
        if (summary.distinct <= s->arguments->distinct)
            continue;
        for (int64_t longer = n; longer < s->arguments->orders; longer++) { /* there are no fewer of them */
            info_counts_destroy(g->table[longer]);
            g->table[longer] = NULL;
        }
    }
    const int64_t room = s->arguments->head - g->head_count, kept = count < room ? count : room;
    memcpy(g->head + g->head_count, tokens, (size_t)kept * sizeof *tokens);
    g->head_count += kept;
    s->tokens += count;
    return true;
}

/* Tokens are below this. */
static int64_t symbols_of(const struct arguments *a)
{
    switch (a->unit) {
    case UNIT_BYTES:
        return 256;
    case UNIT_CHARACTERS:
        return 0x110100; /* and the bytes that are none */
    case UNIT_TOKENS:
        return a->vocabulary;
    case UNIT_IDS16:
        return 65536;
    case UNIT_WORDS:
        return INT64_C(1) << 31;
    default:
        return 0;
    }
}

static bool read_text(struct study *s, struct growing *g, struct reader *reader, struct progress *progress,
                      info_ctx *ctx, struct failure *failure)
{
    g->head = malloc((size_t)s->arguments->head * sizeof *g->head);
    if (!g->head)
        return fail(failure, "no memory");
    /* Small stated alphabets make small tables. */
    int64_t alphabets[STUDY_ORDERS];
    for (int32_t n = 0; n < s->arguments->orders; n++)
        alphabets[n] = symbols_of(s->arguments);
    for (int32_t n = 0; n < s->arguments->orders; n++)
        if (!broken(ctx, failure, info_counts_create(ctx, alphabets, n + 1, &g->table[n])))
            return false;
    progress_step(progress, "counting", 0, 0.7);
    for (;;) {
        int32_t *tokens;
        int64_t count;
        if (!reader_next(reader, &tokens, &count, failure))
            return false;
        const bool done = count == 0 || count_piece(s, g, tokens, count, ctx, failure);
        free(tokens);
        if (!done)
            return false;
        if (count == 0)
            break;
        progress_draw(progress, (double)reader->at / (double)reader->file.size);
    }
    s->bytes = (int64_t)reader->file.size;
    return s->tokens > 1 || fail(failure, "%s: too short", s->arguments->text);
}

static bool measure_orders(struct study *s, struct growing *g, info_ctx *ctx, struct failure *failure)
{
    for (int64_t n = 0; n < s->arguments->orders && g->table[n]; n++) {
        struct order *o = &s->order[n];
        if (!broken(ctx, failure, info_counts_summarize(ctx, g->table[n], &o->summary)))
            return false;
        if (o->summary.total == 0)
            break;
        s->memory += o->summary.bytes;
        for (int e = 0; e < STUDY_ESTIMATORS; e++) {
            const info_estimator_options options = {
                .struct_size = sizeof options, .estimator = study_estimators[e], .unit = INFO_BIT};
            info_sample_estimate estimate;
            if (!broken(ctx, failure,
                        info_counts_entropy(ctx, g->table[n], (UINT64_C(1) << (n + 1)) - 1, 0, &options, &estimate)))
                return false;
            o->entropy[e] = estimate.value;
            o->low = (estimate.flags & INFO_ESTIMATE_LOW_COVERAGE) != 0;
        }
        o->kept = true;
    }
    s->alphabet = s->order[0].summary.distinct;
    return true;
}

/* 1, 2, 3, 4, 6, 8, 11 .. : about six in every factor of ten. */
static bool measure_distances(struct study *s, const struct growing *g, info_ctx *ctx, struct failure *failure)
{
    for (int64_t d = 1;
         d <= s->arguments->distance && d < g->head_count / 2 && s->distances<STUDY_DISTANCES; d = d * 3 / 2> d
             ? d * 3 / 2
             : d + 1)
        s->distance[s->distances++] = d;
    if (s->distances == 0)
        return true;
    /* What is left of plug-in information when the order is shuffled is bias, and taken off. */
    for (int64_t i = 0; i < s->distances; i++) {
        const info_estimator_options options = {.struct_size = sizeof options, .unit = INFO_BIT, .seed = (uint64_t)i};
        const int64_t count = g->head_count - s->distance[i];
        const info_series pair[] = {{g->head, count, 1, INFO_INT32, 0},
                                    {g->head + s->distance[i], count, 1, INFO_INT32, 0}};
        info_permutation_result r;
        if (!broken(ctx, failure, info_permutation_test(ctx, pair, NULL, 2, 1, 2, 0, 1, &options, &r)))
            return false;
        s->at[i] = r.value - r.null_mean;
        s->bias[i] = r.null_mean;
    }
    /* A line through what is above the noise. */
    double x[STUDY_DISTANCES], y[STUDY_DISTANCES];
    int64_t count = 0;
    for (int64_t i = 0; i < s->distances && s->at[i] > 0; i++) {
        x[count] = (double)s->distance[i];
        y[count++] = s->at[i];
    }
    s->fitted = count >= 3 && info_power_law_fit(ctx, x, y, count, NULL, &s->law) >= 0;
    return true;
}

static void write_pair(const struct reader *reader, const int64_t *tuple, char *text, size_t size)
{
    size_t at = 0;
    for (int k = 0; k < 2; k++) {
        char letters[8];
        const struct piece piece = reader_piece(reader, tuple[k], letters);
        const bool space = k == 1 && (reader->unit == UNIT_WORDS || reader->unit >= UNIT_IDS16);
        if (at + piece.size + space < size) {
            text[at] = ' ';
            memcpy(text + at + space, piece.bytes, piece.size);
            at += piece.size + space;
        }
    }
    text[at] = '\0';
}

static bool measure_pairs(struct study *s, struct growing *g, const struct reader *reader, info_ctx *ctx,
                          struct failure *failure)
{
    static const info_association_rank ranks[2] = {INFO_ASSOCIATION_LOCAL, INFO_ASSOCIATION_NPMI};
    for (int k = 0; k < 2 && g->table[1] && s->order[1].kept; k++) {
        const info_association_options options = {
            .struct_size = sizeof options, .unit = INFO_BIT, .rank = ranks[k], .minimum_count = s->arguments->minimum};
        info_association best[STUDY_PAIRS];
        int64_t tuples[2 * STUDY_PAIRS], found;
        if (!broken(ctx, failure,
                    info_counts_association(ctx, g->table[1], &options, tuples, 2 * STUDY_PAIRS, best, STUDY_PAIRS,
                                            &found)))
            return false;
        s->pairs[k] = (int)found;
        for (int64_t i = 0; i < found; i++) {
            s->pair[k][i].association = best[i];
            write_pair(reader, tuples + 2 * i, s->pair[k][i].text, sizeof s->pair[k][i].text);
        }
    }
    return true;
}

static bool measure_codes(struct study *s, const struct growing *g, const struct reader *reader, info_ctx *ctx,
                          struct failure *failure)
{
    const info_series head = {g->head, g->head_count, 1, INFO_INT32, 0};
    if (!broken(ctx, failure, info_lempel_ziv(ctx, &head, INFO_BIT, &s->lempel_ziv)))
        return false;
    const size_t most = (size_t)s->arguments->head * 4;
    s->compressed_bytes = reader->file.size < most ? reader->file.size : most;
    s->others = others_measure(reader->file.data, s->compressed_bytes, s->other);
    return true;
}

bool study_text(struct study *s, struct reader *reader, struct progress *progress, info_ctx *ctx,
                struct failure *failure)
{
    struct growing g = {.head = NULL};
    bool done = read_text(s, &g, reader, progress, ctx, failure) && measure_orders(s, &g, ctx, failure);
    progress_step(progress, "distances", 0.7, 0.85);
    done = done && measure_distances(s, &g, ctx, failure) && measure_pairs(s, &g, reader, ctx, failure);
    progress_step(progress, "codes", 0.85, 1);
    done = done && measure_codes(s, &g, reader, ctx, failure);
    for (int n = 0; n < STUDY_ORDERS; n++)
        info_counts_destroy(g.table[n]);
    free(g.head);
    return done;
}
