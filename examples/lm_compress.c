/* SPDX-License-Identifier: MIT
 *
 * lm_compress: cross-entropy made real. Compresses a text with a language model and a range coder, and restores it.
 * Both sides run the model token by token; the code is as long as the text's surprisal, to a few bits.
 */
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compress/archive_file.h"
#include "compress/others.h"
#include "compress/predictor.h"
#include "model/checkpoint.h"
#include "model/tokenizer.h"
#include "program/program_parse.h"
#include "program/progress.h"

struct arguments {
    bool restore, quiet;
    const char *paths[4]; /* checkpoint, tokenizer, input, output */
};

/* ---- The two sides' common ground ---------------------------------------- */

struct session {
    struct model model;
    struct tokenizer tokenizer;
    struct file checkpoint_file, tokenizer_file, input;
    struct predictor predictor;
    struct progress progress;
};

static uint64_t hash_file(const struct file *file)
{
    return hash_bytes(HASH_START, file->data, file->size);
}

static bool session_open(struct session *s, const struct arguments *a, struct failure *failure)
{
    return checkpoint_open(&s->model, a->paths[0], failure) &&
           tokenizer_open(&s->tokenizer, a->paths[1], s->model.shape.vocabulary, failure) &&
           file_open(&s->checkpoint_file, a->paths[0], failure) &&
           file_open(&s->tokenizer_file, a->paths[1], failure) && file_open(&s->input, a->paths[2], failure) &&
           predictor_start(&s->predictor, &s->model, failure);
}

static void session_close(struct session *s)
{
    predictor_free(&s->predictor);
    file_close(&s->input);
    file_close(&s->tokenizer_file);
    file_close(&s->checkpoint_file);
    tokenizer_close(&s->tokenizer);
    model_free(&s->model);
}

/* ---- Compressing --------------------------------------------------------- */

struct code {
    unsigned char *bytes;
    size_t size, room;
    double surprisal; /* bits of the tokens by their tables */
};

/* Room for what one more symbol might write. */
static bool make_room(struct code *c, size_t wanted)
{
    if (c->room - c->size >= wanted)
        return true;
    const size_t room = 2 * c->room + wanted + 4096;
    unsigned char *bytes = realloc(c->bytes, room);
    if (bytes == NULL)
        return false;
    c->bytes = bytes;
    c->room = room;
    return true;
}

static bool encode_tokens(struct session *s, const int32_t *tokens, size_t count, struct archive_header *header,
                          struct code *c, struct failure *failure)
{
    struct predictor *p = &s->predictor;
    const int64_t v = (int64_t)s->model.shape.vocabulary;
    info_encoder encoder = {0};
    int64_t written = 0;
    header->first_table = p->hash;
    for (size_t i = 0; i < count; i++) {
        if (!make_room(c, 65536))
            return fail(failure, "no memory for the code");
        if (info_encoder_put(p->ctx, &encoder, p->table, v, TABLE_BITS, tokens[i], c->bytes + c->size,
                             (int64_t)(c->room - c->size), &written) != INFO_OK)
            return fail(failure, "token %zu: %s", i, info_ctx_message(p->ctx));
        c->size += (size_t)written;
        c->surprisal += TABLE_BITS - log2((double)p->table[tokens[i]]);
        header->tables = p->hash;
        if (i + 1 < count && !predictor_take(p, tokens[i], failure))
            return false;
        if (i % 256 == 0)
            progress_draw(&s->progress, (double)i / (double)count);
    }
    if (!make_room(c, 65536) || info_encoder_finish(p->ctx, &encoder, c->bytes + c->size, (int64_t)(c->room - c->size),
                                                    &written, NULL) != INFO_OK)
        return fail(failure, "the end of the code: %s", info_ctx_message(p->ctx));
    c->size += (size_t)written;
    return true;
}

/* Whether the tokens spell the text: a tokenizer may not know some of its characters. */
static bool spells(const struct tokenizer *t, const int32_t *tokens, size_t count, const struct file *text)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct piece piece = tokenizer_decode(t, i == 0 ? TOKEN_BOS : tokens[i - 1], tokens[i]);
        if (piece.size > text->size - at || memcmp(piece.bytes, text->data + at, piece.size) != 0)
            return false;
        at += piece.size;
    }
    return at == text->size;
}

static void print_outcome(const struct session *s, const struct code *c, size_t tokens)
{
    const double bytes = (double)s->input.size;
    const size_t whole = c->size + ARCHIVE_HEADER;
    printf("%zu bytes in %zu tokens\n\n", s->input.size, tokens);
    printf("%-22s %9zu bytes  %.4f bits per byte\n", "lm_compress", whole, 8 * (double)whole / bytes);
    printf("%-22s %9zu bytes  %.4f\n", "  of it the code", c->size, 8 * (double)c->size / bytes);
    printf("%-22s %9s        %.4f\n", "  surprisal", "", c->surprisal / bytes);
    printf("%-22s %9s        %.6f expected\n", "  rounding of tables", "", s->predictor.excess / bytes);
    print_others(s->input.data, s->input.size);
    printf("\nA machine restores the text whose logits differ from these by less than %.1e.\n", s->predictor.margin);
}

static bool compress(struct session *s, const struct arguments *a, struct failure *failure)
{
    int32_t *tokens = NULL;
    size_t count = 0;
    struct code code = {0};
    unsigned char header_bytes[ARCHIVE_HEADER];
    if (!tokenizer_encode(&s->tokenizer, (const char *)s->input.data, s->input.size, &tokens, &count, failure))
        return false;
    /* The first token is the start, which every text has. */
    bool done = spells(&s->tokenizer, tokens + 1, count - 1, &s->input) ||
                fail(failure, "%s: the tokenizer cannot spell this text", a->paths[2]);
    struct archive_header header = {.checkpoint = hash_file(&s->checkpoint_file),
                                    .tokenizer = hash_file(&s->tokenizer_file),
                                    .text = hash_file(&s->input),
                                    .bytes = s->input.size,
                                    .tokens = count - 1};
    done = done && encode_tokens(s, tokens + 1, count - 1, &header, &code, failure);
    archive_header_put(&header, header_bytes);
    done = done && write_whole_file(a->paths[3], header_bytes, sizeof header_bytes, code.bytes, code.size, failure);
    progress_end(&s->progress);
    if (done && !a->quiet)
        print_outcome(s, &code, count - 1);
    free(tokens);
    free(code.bytes);
    return done;
}

/* ---- Restoring ----------------------------------------------------------- */

static bool check_sides(const struct session *s, const struct arguments *a, const struct archive_header *h,
                        struct failure *failure)
{
    if (h->checkpoint != hash_file(&s->checkpoint_file))
        return fail(failure, "%s: made with another checkpoint than %s", a->paths[2], a->paths[0]);
    if (h->tokenizer != hash_file(&s->tokenizer_file))
        return fail(failure, "%s: made with another tokenizer than %s", a->paths[2], a->paths[1]);
    if (h->tokens > 0 && h->first_table != s->predictor.hash)
        return fail(failure, "%s: this machine computes other numbers than the one that made it", a->paths[2]);
    return true;
}

static bool decode_tokens(struct session *s, const char *path, const struct archive_header *h, unsigned char *text,
                          struct failure *failure)
{
    struct predictor *p = &s->predictor;
    const unsigned char *code = s->input.data + ARCHIVE_HEADER;
    int64_t left = (int64_t)(s->input.size - ARCHIVE_HEADER), consumed = 0, token = 0;
    info_decoder decoder = {0};
    int32_t previous = TOKEN_BOS;
    size_t at = 0;
    for (uint64_t i = 0; i < h->tokens; i++) {
        if (info_decoder_get(p->ctx, &decoder, p->table, (int64_t)s->model.shape.vocabulary, TABLE_BITS, code, left, 1,
                             &consumed, &token) != INFO_OK)
            return fail(failure, "%s: damaged at token %llu", path, (unsigned long long)i);
        code += consumed;
        left -= consumed;
        const struct piece piece = tokenizer_decode(&s->tokenizer, previous, (int32_t)token);
        if (piece.size > h->bytes - at)
            return fail(failure, "%s: damaged at token %llu", path, (unsigned long long)i);
        memcpy(text + at, piece.bytes, piece.size);
        at += piece.size;
        previous = (int32_t)token;
        if (i + 1 < h->tokens && !predictor_take(p, previous, failure))
            return false;
        if (i % 256 == 0)
            progress_draw(&s->progress, (double)i / (double)h->tokens);
    }
    if (h->tokens > 0 && h->tables != p->hash)
        return fail(failure, "%s: damaged, or this machine computes other numbers than the one that made it", path);
    if (at != h->bytes || hash_bytes(HASH_START, text, at) != h->text)
        return fail(failure, "%s: damaged: the text is not the one that was compressed", path);
    return true;
}

static bool restore(struct session *s, const struct arguments *a, struct failure *failure)
{
    struct archive_header header;
    if (!archive_header_get(&header, &s->input, a->paths[2], failure) || !check_sides(s, a, &header, failure))
        return false;
    unsigned char *text = header.bytes < SIZE_MAX ? malloc((size_t)header.bytes + 1) : NULL;
    bool done =
        text != NULL || fail(failure, "%s: no memory for %llu bytes", a->paths[2], (unsigned long long)header.bytes);
    done = done && decode_tokens(s, a->paths[2], &header, text, failure);
    progress_end(&s->progress);
    done = done && write_whole_file(a->paths[3], text, (size_t)header.bytes, "", 0, failure);
    free(text);
    return done;
}

/* ---- Arguments ----------------------------------------------------------- */

const char *argp_program_version = "lm_compress 0.1.0";
static const struct argp_option options[] = {{"restore", 'd', NULL, 0, "restore what was compressed", 0},
                                             {"quiet", 'q', NULL, 0, "print nothing but errors", 0},
                                             {0}};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *a = state->input;
    if (key == 'd')
        a->restore = true;
    else if (key == 'q')
        a->quiet = true;
    else if (key == ARGP_KEY_ARG && state->arg_num < 4)
        a->paths[state->arg_num] = value;
    else if (key == ARGP_KEY_ARG || (key == ARGP_KEY_END && state->arg_num < 4))
        argp_usage(state);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        options,
        parse,
        "CHECKPOINT TOKENIZER INPUT OUTPUT",
        "Compresses a text with a language model (a llama2.c checkpoint) and a range coder,"
        " or restores it.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {0};
    struct session session = {0};
    struct failure failure = {0};
    program_parse(&argp, argc, argv, &arguments);
    progress_start(&session.progress, !arguments.quiet);
    progress_step(&session.progress, arguments.restore ? "restoring" : "compressing", 0, 1);
    bool done =
        session_open(&session, &arguments, &failure) &&
        (arguments.restore ? restore(&session, &arguments, &failure) : compress(&session, &arguments, &failure));
    progress_end(&session.progress);
    session_close(&session);
    if (!done)
        fprintf(stderr, "lm_compress: %s\n", failure.text);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
