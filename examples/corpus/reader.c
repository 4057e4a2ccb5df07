/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)1 << 24) /* bytes that are read at a time */

bool reader_open(struct reader *r, const struct arguments *arguments, struct failure *failure)
{
    *r = (struct reader){.unit = arguments->unit};
    if (!file_open(&r->file, arguments->text, failure))
        return false;
    const size_t size = r->unit == UNIT_IDS16 ? 2 : r->unit == UNIT_IDS32 ? 4 : 1;
    if (r->file.size % size != 0)
        return fail(failure, "%s: %zu bytes are no whole number of %zu-byte ids", arguments->text, r->file.size, size);
    return r->unit != UNIT_TOKENS ||
           tokenizer_open(&r->tokenizer, arguments->tokenizer, (size_t)arguments->vocabulary, failure);
}

void reader_close(struct reader *r)
{
    file_close(&r->file);
    tokenizer_close(&r->tokenizer);
    free(r->words);
    free(r->slots);
}

/* One character of UTF-8; bytes that are none stand for themselves, beyond all characters. */
static int32_t character(const unsigned char *at, size_t left, size_t *size)
{
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const int length = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : 0;
    int32_t value = length == 1 ? at[0] : at[0] & (0x7f >> length);
    bool good = length > 0 && (size_t)length <= left;
    for (int k = 1; good && k < length; k++) {
        good = at[k] >> 6 == 2;
        value = value << 6 | (at[k] & 0x3f);
    }
    good = good && value >= least[length] && value < 0x110000 && !(value >= 0xd800 && value < 0xe000);
    *size = good ? (size_t)length : 1;
    return good ? value : 0x110000 + at[0];
}

static uint64_t hash_of(struct piece word)
{
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
    for (size_t i = 0; i < word.size; i++)
        hash = (hash ^ (unsigned char)word.bytes[i]) * 0x100000001b3;
    return hash ^ hash >> 29;
}

/* Twice as many slots. */
static bool grow(struct reader *r)
{
    const int64_t count = r->slot_count ? 2 * r->slot_count : 1 << 16;
    int64_t *slots = calloc((size_t)count, sizeof *slots);
    if (!slots)
        return false;
    for (int64_t w = 0; w < r->word_count; w++) {
        uint64_t at = hash_of(r->words[w]) & (uint64_t)(count - 1);
        while (slots[at])
            at = (at + 1) & (uint64_t)(count - 1);
        slots[at] = w + 1;
    }
    free(r->slots);
    r->slots = slots;
    r->slot_count = count;
    struct piece *words = realloc(r->words, (size_t)count / 2 * sizeof *words);
    if (!words)
        return false;
    r->words = words;
    r->word_room = count / 2;
    return true;
}

static bool number_of(struct reader *r, struct piece word, int32_t *number)
{
    if (r->word_count == r->word_room && !grow(r))
        return false;
    uint64_t at = hash_of(word) & (uint64_t)(r->slot_count - 1);
    for (; r->slots[at]; at = (at + 1) & (uint64_t)(r->slot_count - 1)) {
        const struct piece *known = &r->words[r->slots[at] - 1];
        if (known->size == word.size && memcmp(known->bytes, word.bytes, word.size) == 0) {
            *number = (int32_t)(r->slots[at] - 1);
            return true;
        }
    }
    r->words[r->word_count] = word;
    r->slots[at] = ++r->word_count;
    *number = (int32_t)(r->word_count - 1);
    return true;
}

static bool in_word(unsigned char c)
{
    return isalnum(c) || c == '\'' || c >= 0x80;
}

/* Where a piece may end: not inside a character or a word. */
static size_t piece_end(const struct reader *r)
{
    size_t end = r->file.size - r->at < PIECE ? r->file.size : r->at + PIECE;
    if (end == r->file.size)
        return end;
    const size_t first = end;
    if (r->unit == UNIT_CHARACTERS)
        while (end > r->at + 1 && r->file.data[end] >> 6 == 2)
            end--;
    if (r->unit == UNIT_WORDS || r->unit == UNIT_TOKENS)
        while (end > r->at + 1 && in_word(r->file.data[end]) && in_word(r->file.data[end - 1]))
            end--;
    return end > r->at + 1 ? end : first;
}

static bool read_words(struct reader *r, size_t end, int32_t *tokens, int64_t *count)
{
    while (r->at < end) {
        const unsigned char *from = r->file.data + r->at;
        size_t size = 1;
        if (in_word(from[0]))
            while (r->at + size < end && in_word(from[size]))
                size++;
        r->at += size;
        if (size == 1 && (from[0] == ' ' || from[0] == '\n' || from[0] == '\r' || from[0] == '\t'))
            continue;
        if (!number_of(r, (struct piece){(const char *)from, size}, &tokens[(*count)++]))
            return false;
    }
    return true;
}

static void read_simple(struct reader *r, size_t end, int32_t *tokens, int64_t *count)
{
    while (r->at < end) {
        const unsigned char *from = r->file.data + r->at;
        size_t size = 1;
        uint16_t id;
        int32_t token = from[0];
        if (r->unit == UNIT_CHARACTERS)
            token = character(from, end - r->at, &size);
        if (r->unit == UNIT_IDS16) {
            memcpy(&id, from, size = sizeof id);
            token = id;
        }
        if (r->unit == UNIT_IDS32)
            memcpy(&token, from, size = sizeof token);
        tokens[(*count)++] = token;
        r->at += size;
    }
}

bool reader_next(struct reader *r, int32_t **tokens, int64_t *count, struct failure *failure)
{
    const size_t end = piece_end(r);
    *count = 0;
    if (r->unit == UNIT_TOKENS && end > r->at) {
        size_t tokens_read;
        if (!tokenizer_encode(&r->tokenizer, (const char *)r->file.data + r->at, end - r->at, tokens, &tokens_read,
                              failure))
            return false;
        r->at = end;
        *count = (int64_t)tokens_read;
        return true;
    }
    *tokens = malloc((end - r->at + 1) * sizeof **tokens);
    bool done = *tokens != NULL;
    if (done && r->unit == UNIT_WORDS)
        done = read_words(r, end, *tokens, count);
    else if (done)
        read_simple(r, end, *tokens, count);
    if (!done) {
        free(*tokens);
        return fail(failure, "no memory");
    }
    return true;
}

struct piece reader_piece(const struct reader *r, int64_t token, char letters[8])
{
    if (r->unit == UNIT_WORDS)
        return r->words[token];
    if (r->unit == UNIT_TOKENS)
        return tokenizer_decode(&r->tokenizer, TOKEN_EOS, (int32_t)token);
    if (r->unit == UNIT_IDS16 || r->unit == UNIT_IDS32)
        return (struct piece){letters, (size_t)snprintf(letters, 8, "%lld", (long long)(token % 10000000))};
    if (r->unit == UNIT_CHARACTERS && token >= 0x80 && token < 0x110000) {
        const int length = token < 0x800 ? 2 : token < 0x10000 ? 3 : 4;
        for (int k = length - 1; k > 0; k--, token >>= 6)
            letters[k] = (char)(0x80 | (token & 0x3f));
        letters[0] = (char)((0xf00 >> length & 0xff) | token);
        return (struct piece){letters, (size_t)length};
    }
    letters[0] = (char)(token & 0xff);
    return (struct piece){letters, 1};
}
