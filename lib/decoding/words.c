/* SPDX-License-Identifier: MIT
 * Surprisals of words: what a word's tokens cost, with the probability of its boundary moved to where it belongs. */
#include <math.h>
#include <string.h>

#include "decoding/classes.h"
#include "info/decoding.h"
#include "numeric/convert.h"
#include "numeric/unit.h"

typedef struct job {
    const info_matrix *logits;
    const void *tokens;
    const int64_t *words;
    int64_t count; /* of tokens */
    info_word_options words_given;
    int32_t *classes; /* 0: begins a word or ends the text; -1: does not; with correction only */
    info_i_lm lm;
    double *surprisal; /* per token, -log p */
    double *boundary;  /* per row, log B; only where a word begins */
    atomic_llong invalid;
} job;

static bool begins_word(const job *j, int64_t token)
{
    return token == 0 || token == j->count || j->words[token] != j->words[token - 1];
}

static info_status score_row(job *j, int64_t row, void *scratch, info_i_error *error)
{
    const bool boundary = j->classes && begins_word(j, row), scored = row < j->count;
    if (!boundary && !scored)
        return INFO_OK;
    const int64_t length = info_i_lm_length(&j->lm, j->logits, row);
    const info_i_row r = info_i_row_measure(&j->lm, j->logits, row, INFO_I_DETAIL_SUM, INFINITY);
    const int64_t token = scored ? info_i_lm_token(&j->lm, j->tokens, row) : 0;
    const bool known = token >= 0 && token < length;
    if (scored)
        j->surprisal[row] =
            r.valid && known ? r.maximum + r.log_sum - info_i_lm_get(&j->lm, j->logits, row, token) : NAN;
    if (boundary) {
        info_i_class found[2];
        j->boundary[row] = r.valid && info_i_class_masses(&j->lm, j->logits, row, j->classes, 1, scratch, found)
                               ? found[0].log_mass
                               : NAN;
    }
    if (!r.valid)
        return info_i_lm_invalid_row(&j->lm, error, &j->invalid, "logits", j->logits, row);
    return known ? INFO_OK : info_i_lm_invalid_target(&j->lm, error, &j->invalid, j->tokens, row, length);
}

static info_status score_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    info_status status = INFO_OK;
    for (int64_t row = begin; row < end && status == INFO_OK; row++)
        status = score_row(user, row, scratch, error);
    return status;
}

/* sum of -log p over the word's tokens, - log B after, + log B before. Where no boundary was possible both before and
 * after, the word was not either: its surprisal is what its tokens say. */
static void add_up(const job *j, double *out)
{
    for (int64_t begin = 0, end; begin < j->count; begin = end) {
        double sum = 0;
        for (end = begin; end < j->count && j->words[end] == j->words[begin]; end++)
            sum += j->surprisal[end];
        if (j->classes && sum < INFINITY)
            sum += j->boundary[begin] - j->boundary[end];
        out[j->words[begin]] = info_i_from_nats(sum, j->lm.given.unit);
    }
}

static info_status check_words(info_i_error *error, const job *j, int64_t *words)
{
    for (int64_t i = 0; i < j->count; i++) {
        const int64_t before = i > 0 ? j->words[i - 1] : -1;
        if (j->words[i] != before + 1 && (i == 0 || j->words[i] != before))
            return info_i_fail(error, INFO_ERROR_DOMAIN, "words: %lld at %lld; %s%lld is allowed",
                               (long long)j->words[i], (long long)i, i > 0 ? "the number before or " : "",
                               (long long)before + 1);
    }
    *words = j->words[j->count - 1] + 1;
    return INFO_OK;
}

static info_status check_boundary(info_ctx *ctx, job *j, const info_word_options *given)
{
    info_i_error *error = &ctx->error;
    info_word_options *o = &j->words_given;
    const int64_t cols = j->logits->cols;
    info_i_required(error, info_word_options, "word_options", o, given);
    info_i_check_option(error, "word_options.boundary", o->boundary, INFO_BOUNDARY_AT_BEGIN, INFO_BOUNDARY_AT_END);
    if (error->status != INFO_OK || o->boundary == INFO_BOUNDARY_AT_END)
        return error->status;
    info_i_check_pointer(error, "word_options.begins", o->begins);
    if (error->status == INFO_OK && o->begins_len != cols)
        info_i_fail(error, INFO_ERROR_SIZE, "word_options.begins: has %lld elements; there are %lld tokens",
                    (long long)o->begins_len, (long long)cols);
    for (int64_t i = 0; error->status == INFO_OK && i < cols; i++)
        if (o->begins[i] > 1)
            info_i_fail(error, INFO_ERROR_DOMAIN, "word_options.begins: %d at %lld; 0 and 1 are allowed",
                        (int)o->begins[i], (long long)i);
    j->classes = error->status == INFO_OK ? info_i_scratch(ctx, cols, sizeof *j->classes) : NULL;
    for (int64_t i = 0; j->classes && i < cols; i++)
        j->classes[i] = o->begins[i] ? 0 : -1;
    return error->status;
}

static info_status check_text(info_ctx *ctx, job *j, int64_t *words)
{
    info_i_error *error = &ctx->error;
    const int64_t needed = j->logits->rows - (j->classes ? 1 : 0);
    info_i_check_integers(error, "tokens", j->tokens, j->lm.given.target_type);
    info_i_check_pointer(error, "words", j->words);
    if (error->status == INFO_OK && (j->count != needed || j->count < 1))
        info_i_fail(error, INFO_ERROR_SIZE, "tokens: has %lld elements; %lld rows of logits need %lld",
                    (long long)j->count, (long long)j->logits->rows, (long long)needed);
    return error->status == INFO_OK ? check_words(error, j, words) : error->status;
}

static info_status word_surprisal(info_ctx *ctx, job *j, const info_word_options *word_options,
                                  const info_lm_options *options, double *out, int64_t out_len)
{
    info_i_error *error = &ctx->error;
    const info_matrix *x = j->logits;
    int64_t words = 0;
    if (info_i_check_matrix(error, "logits", x) != INFO_OK ||
        info_i_lm_options(ctx, options, x->rows, x->cols, &j->lm) != INFO_OK ||
        check_boundary(ctx, j, word_options) != INFO_OK || check_text(ctx, j, &words) != INFO_OK)
        return error->status;
    info_i_check_output(error, "out", out, out_len, words);
    info_i_check_spans(error, (info_i_span[]){{"out", out, words * (int64_t)sizeof *out}, {0}},
                       (info_i_span[]){info_i_matrix_span("logits", x),
                                       info_i_lm_targets_span(&j->lm, "tokens", j->tokens, j->count),
                                       info_i_array_span("words", j->words, j->count, sizeof *j->words),
                                       info_i_lm_bias_span(&j->lm),
                                       info_i_lm_lengths_span(&j->lm),
                                       {"word_options.begins", j->words_given.begins, j->words_given.begins_len},
                                       {0}});
    if (error->status != INFO_OK)
        return error->status;
    j->surprisal = info_i_scratch(ctx, x->rows, sizeof *j->surprisal);
    j->boundary = info_i_scratch(ctx, x->rows, sizeof *j->boundary);
    if (!j->surprisal || !j->boundary)
        return ctx->error.status;
    const info_status status =
        info_i_parallel(ctx, x->rows, info_i_lm_grain(x->cols), (size_t)x->cols * sizeof(double), score_rows, j);
    if (status != INFO_OK)
        return status;
    add_up(j, out);
    return info_i_lm_count_invalid(ctx, atomic_load(&j->invalid));
}

info_status info_word_surprisal(info_ctx *ctx, const info_matrix *logits, const void *tokens, const int64_t *words,
                                int64_t tokens_len, const info_word_options *word_options,
                                const info_lm_options *options, double *out, int64_t out_len)
{
    job j = {.logits = logits, .tokens = tokens, .words = words, .count = tokens_len};
    return INFO_I_CALL(ctx, word_surprisal(ctx, &j, word_options, options, out, out_len));
}
