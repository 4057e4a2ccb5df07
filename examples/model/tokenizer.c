/* SPDX-License-Identifier: MIT */
#include "tokenizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Order and look-up of pieces ---------------------------------------------- */

static int compare_pieces(struct piece a, struct piece b)
{
    int order = memcmp(a.bytes, b.bytes, a.size < b.size ? a.size : b.size);
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

/* Heap sort of the tokens by their bytes, then by their number (qsort has no
 * argument for the pieces). */
static bool sorts_before(const struct tokenizer *t, int32_t a, int32_t b)
{
    int order = compare_pieces(t->pieces[a], t->pieces[b]);
    return order != 0 ? order < 0 : a < b;
}

static void sift_down(const struct tokenizer *t, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; root = child, child = 2 * root + 1) {
        if (child + 1 < count && sorts_before(t, t->sorted[child], t->sorted[child + 1]))
            child++;
        if (!sorts_before(t, t->sorted[root], t->sorted[child]))
            return;
        int32_t token = t->sorted[root];
        t->sorted[root] = t->sorted[child];
        t->sorted[child] = token;
    }
}

static void sort_pieces(const struct tokenizer *t)
{
    for (size_t i = 0; i < t->vocabulary; i++)
        t->sorted[i] = (int32_t)i;
    for (size_t root = t->vocabulary / 2; root-- > 0;)
        sift_down(t, root, t->vocabulary);
    for (size_t last = t->vocabulary; last-- > 1;) {
        int32_t token = t->sorted[0];
        t->sorted[0] = t->sorted[last];
        t->sorted[last] = token;
        sift_down(t, 0, last);
    }
}

/* The first token with these bytes, or -1. */
static int32_t find_token(const struct tokenizer *t, struct piece piece)
{
    size_t low = 0, high = t->vocabulary;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_pieces(t->pieces[t->sorted[middle]], piece) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == t->vocabulary || compare_pieces(t->pieces[t->sorted[low]], piece) != 0)
        return -1;
    return t->sorted[low];
}

/* ---- Reading ------------------------------------------------------------------ */

static bool read_pieces(struct tokenizer *t, const char *path, struct failure *failure)
{
    struct cursor cursor = {t->file.data, t->file.size};
    int32_t longest;
    if (!cursor_int32(&cursor, &longest) || longest < 1)
        return fail(failure, "%s: not a llama2.c tokenizer: it starts with the longest piece's length", path);
    t->longest = (size_t)longest;

    for (size_t i = 0; i < t->vocabulary; i++) {
        int32_t size;
        if (!cursor_float(&cursor, &t->scores[i]) || !cursor_int32(&cursor, &size))
            return fail(failure, "%s: truncated: %zu tokens, the model has %zu", path, i, t->vocabulary);
        if (size < 0 || size > longest || isnan(t->scores[i]))
            return fail(failure, "%s: corrupt: token %zu has length %d, allowed are 0 to %d", path, i, (int)size,
                        (int)longest);
        t->pieces[i] = (struct piece){cursor_take(&cursor, (size_t)size, 1), (size_t)size};
        if (t->pieces[i].bytes == NULL)
            return fail(failure, "%s: truncated in token %zu of %zu", path, i, t->vocabulary);
    }
    if (cursor.left != 0)
        return fail(failure, "%s: %zu bytes after the %zu tokens that the model has: a tokenizer of another model?",
                    path, cursor.left, t->vocabulary);
    return true;
}

static bool is_piece(const struct tokenizer *t, size_t token, const char *text)
{
    return compare_pieces(t->pieces[token], (struct piece){text, strlen(text)}) == 0;
}

bool tokenizer_open(struct tokenizer *t, const char *path, size_t vocabulary, struct failure *failure)
{
    memset(t, 0, sizeof *t);
    if (vocabulary <= TOKEN_EOS)
        return fail(failure, "%s: a vocabulary of %zu has no room for its first three tokens", path, vocabulary);
    if (!file_open(&t->file, path, failure))
        return false;
    t->vocabulary = vocabulary;
    t->pieces = calloc(vocabulary, sizeof *t->pieces);
    t->scores = calloc(vocabulary, sizeof *t->scores);
    t->sorted = calloc(vocabulary, sizeof *t->sorted);
    t->byte_pieces = malloc(256);
    if (t->pieces == NULL || t->scores == NULL || t->sorted == NULL || t->byte_pieces == NULL) {
        tokenizer_close(t);
        return fail(failure, "%s: no memory for %zu tokens", path, vocabulary);
    }
    if (!read_pieces(t, path, failure)) {
        tokenizer_close(t);
        return false;
    }
    sort_pieces(t);
    t->has_bytes = vocabulary >= TOKEN_FIRST_BYTE + 256 && is_piece(t, TOKEN_FIRST_BYTE, "<0x00>") &&
                   is_piece(t, TOKEN_FIRST_BYTE + 255, "<0xFF>");
    for (int byte = 0; byte < 256; byte++)
        t->byte_pieces[byte] = (char)byte;
    return true;
}

void tokenizer_close(struct tokenizer *t)
{
    free(t->pieces);
    free(t->scores);
    free(t->sorted);
    free(t->byte_pieces);
    file_close(&t->file);
    memset(t, 0, sizeof *t);
}

/* ---- Encoding ------------------------------------------------------------------ */

/* The text so far is a doubly linked list of tokens, in an array by position.
 * A heap holds the merges that are possible; one whose tokens have changed in
 * the meantime is skipped when it comes up. */
#define NONE SIZE_MAX

struct link {
    int32_t token; /* -1: merged into its left neighbor */
    size_t previous, next;
};

struct merge {
    float score;
    size_t left, right;
    int32_t left_token, right_token, token;
};

struct encoder {
    const struct tokenizer *tokenizer;
    struct link *links;
    size_t count;
    struct merge *heap;
    size_t heap_count;
    char *joined; /* room for two pieces */
};

/* llama2.c merges the best score first, the leftmost of equals. */
static bool merges_before(const struct merge *a, const struct merge *b)
{
    return a->score > b->score || (a->score == b->score && a->left < b->left);
}

static void heap_push(struct encoder *e, struct merge merge)
{
    size_t at = e->heap_count++;
    for (; at > 0 && merges_before(&merge, &e->heap[(at - 1) / 2]); at = (at - 1) / 2)
        e->heap[at] = e->heap[(at - 1) / 2];
    e->heap[at] = merge;
}

static struct merge heap_pop(struct encoder *e)
{
    struct merge top = e->heap[0], last = e->heap[--e->heap_count];
    size_t at = 0;
    for (size_t child = 1; child < e->heap_count; at = child, child = 2 * at + 1) {
        if (child + 1 < e->heap_count && merges_before(&e->heap[child + 1], &e->heap[child]))
            child++;
        if (!merges_before(&e->heap[child], &last))
            break;
        e->heap[at] = e->heap[child];
    }
    e->heap[at] = last;
    return top;
}

static void consider_merge(struct encoder *e, size_t left, size_t right)
{
    if (left == NONE || right == NONE)
        return;
    int32_t a = e->links[left].token, b = e->links[right].token;
    struct piece first = e->tokenizer->pieces[a], second = e->tokenizer->pieces[b];
    if (first.size + second.size > e->tokenizer->longest)
        return;
    memcpy(e->joined, first.bytes, first.size);
    memcpy(e->joined + first.size, second.bytes, second.size);
    int32_t token = find_token(e->tokenizer, (struct piece){e->joined, first.size + second.size});
    if (token >= 0)
        heap_push(e, (struct merge){e->tokenizer->scores[token], left, right, a, b, token});
}

static void merge_all(struct encoder *e)
{
    for (size_t i = 1; i < e->count; i++)
        consider_merge(e, i - 1, i);
    while (e->heap_count > 0) {
        struct merge merge = heap_pop(e);
        struct link *left = &e->links[merge.left], *right = &e->links[merge.right];
        if (left->token != merge.left_token || right->token != merge.right_token || left->next != merge.right)
            continue;
        left->token = merge.token;
        left->next = right->next;
        right->token = -1;
        if (left->next != NONE)
            e->links[left->next].previous = merge.left;
        consider_merge(e, left->previous, merge.left);
        consider_merge(e, merge.left, left->next);
    }
}

/* Bytes of the UTF-8 character that starts here; continuation bytes that start
 * none stand alone. At most four. */
static size_t character_size(const char *text, size_t left)
{
    size_t size = 1;
    while (size < left && size < 4 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size++;
    return size;
}

static void add_token(struct encoder *e, int32_t token)
{
    size_t at = e->count++;
    e->links[at] = (struct link){token, at == 0 ? NONE : at - 1, NONE};
    if (at > 0)
        e->links[at - 1].next = at;
}

static bool split_characters(struct encoder *e, const char *text, size_t size, struct failure *failure)
{
    int32_t space = find_token(e->tokenizer, (struct piece){" ", 1});
    if (size > 0 && space >= 0)
        add_token(e, space);
    for (size_t at = 0, width; at < size; at += width) {
        width = character_size(text + at, size - at);
        int32_t token = find_token(e->tokenizer, (struct piece){text + at, width});
        if (token >= 0)
            add_token(e, token);
        else if (!e->tokenizer->has_bytes)
            return fail(failure, "\"%.*s\" at byte %zu of the text has no token, and the vocabulary has no bytes",
                        (unsigned char)text[at] < ' ' ? 0 : (int)width, text + at, at);
        else
            for (size_t i = 0; i < width; i++)
                add_token(e, TOKEN_FIRST_BYTE + (unsigned char)text[at + i]);
    }
    return true;
}

bool tokenizer_encode(const struct tokenizer *tokenizer, const char *text, size_t size, int32_t **tokens, size_t *count,
                      struct failure *failure)
{
    /* Every merge removes a token and adds two possible merges at most. */
    size_t links = size + 1, merges = 3 * links;
    struct encoder e = {.tokenizer = tokenizer};
    bool fits = size < SIZE_MAX / (4 * sizeof *e.heap);
    e.links = fits ? malloc(links * sizeof *e.links) : NULL;
    e.heap = fits ? malloc(merges * sizeof *e.heap) : NULL;
    e.joined = malloc(tokenizer->longest + 1);
    int32_t *out = fits ? malloc((links + 1) * sizeof *out) : NULL;
    bool ok = e.links != NULL && e.heap != NULL && e.joined != NULL && out != NULL;
    if (!ok)
        fail(failure, "no memory for the tokens of %zu bytes of text", size);
    ok = ok && split_characters(&e, text, size, failure);
    if (ok) {
        merge_all(&e);
        *count = 0;
        out[(*count)++] = TOKEN_BOS;
        for (size_t i = 0; i < e.count; i++)
            if (e.links[i].token >= 0)
                out[(*count)++] = e.links[i].token;
        *tokens = out;
    } else {
        free(out);
    }
    free(e.links);
    free(e.heap);
    free(e.joined);
    return ok;
}

/* ---- Decoding ------------------------------------------------------------------ */

struct piece tokenizer_decode(const struct tokenizer *t, int32_t previous, int32_t token)
{
    if (token == TOKEN_BOS || token == TOKEN_EOS)
        return (struct piece){"", 0};
    if (t->has_bytes && token >= TOKEN_FIRST_BYTE && token < TOKEN_FIRST_BYTE + 256)
        return (struct piece){t->byte_pieces + (token - TOKEN_FIRST_BYTE), 1};
    struct piece piece = t->pieces[token];
    if (previous == TOKEN_BOS && piece.size > 0 && piece.bytes[0] == ' ')
        return (struct piece){piece.bytes + 1, piece.size - 1};
    return piece;
}
