/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A token of the text, then the number of its kind. */
struct token {
    struct piece piece;
    int64_t position;
};

struct kind {
    struct piece piece;
    int64_t count;
    int64_t first, last; /* its tokens in the order of their bytes */
};

static bool in_word(unsigned char c)
{
    return isalpha(c) || c == '\'' || c >= 0x80;
}

/* Cuts the text; NULL when memory runs out. */
static struct token *cut(const char *text, size_t size, bool characters, int64_t *count)
{
    struct token *tokens = malloc((size > 0 ? size : 1) * sizeof *tokens);
    *count = 0;
    for (size_t at = 0; tokens != NULL && at < size;) {
        size_t end = at + 1;
        while (!characters && in_word((unsigned char)text[at]) && end < size && in_word((unsigned char)text[end]))
            end++;
        if (characters || !isspace((unsigned char)text[at])) {
            tokens[*count] = (struct token){{text + at, end - at}, *count};
            ++*count;
        }
        at = end;
    }
    return tokens;
}

static int compare_pieces(const struct piece *a, const struct piece *b)
{
    const int order = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static int by_bytes(const void *a, const void *b)
{
    return compare_pieces(&((const struct token *)a)->piece, &((const struct token *)b)->piece);
}

static int by_count(const void *a, const void *b)
{
    const struct kind *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : compare_pieces(&x->piece, &y->piece);
}

/* The kinds of sorted tokens, the most frequent first. */
static struct kind *gather(const struct token *sorted, int64_t count, int64_t *kinds)
{
    struct kind *found = malloc((size_t)count * sizeof *found);
    *kinds = 0;
    for (int64_t i = 0; found != NULL && i < count; i++) {
        if (i == 0 || compare_pieces(&sorted[i].piece, &sorted[i - 1].piece) != 0)
            found[(*kinds)++] = (struct kind){sorted[i].piece, 0, i, i};
        found[*kinds - 1].count++;
        found[*kinds - 1].last = i;
    }
    if (found != NULL)
        qsort(found, (size_t)*kinds, sizeof *found, by_count);
    return found;
}

static bool count_pairs(struct words *words, const struct token *sorted, const struct kind *kinds, int64_t kind_count,
                        int64_t limit)
{
    const int64_t told = kind_count < limit ? kind_count : limit;
    words->others = kind_count > told;
    words->vocabulary = told + words->others;
    const size_t v = (size_t)words->vocabulary;
    words->name = calloc(v, sizeof *words->name);
    words->count = calloc(v, sizeof *words->count);
    words->pairs = calloc(v * v, sizeof *words->pairs);
    int32_t *number = malloc((size_t)words->read * sizeof *number);
    const bool made = words->name != NULL && words->count != NULL && words->pairs != NULL && number != NULL;
    for (int64_t k = 0; made && k < kind_count; k++) {
        const int64_t at = k < told ? k : told;
        for (int64_t i = kinds[k].first; i <= kinds[k].last; i++)
            number[sorted[i].position] = (int32_t)at;
        words->name[at] = k < told ? kinds[k].piece : (struct piece){"(other words)", 13};
    }
    for (int64_t i = 0; made && i + 1 < words->read; i++) {
        words->pairs[(size_t)number[i] * v + (size_t)number[i + 1]]++;
        words->count[number[i]]++;
    }
    free(number);
    return made;
}

bool words_read(struct words *words, const char *path, bool characters, int64_t limit, struct failure *failure)
{
    struct file file;
    *words = (struct words){0};
    if (!file_open(&file, path, failure))
        return false;
    words->text = malloc(file.size);
    for (size_t i = 0; words->text != NULL && i < file.size; i++)
        words->text[i] = (char)(characters ? file.data[i] : tolower(file.data[i]));
    struct token *tokens = words->text != NULL ? cut(words->text, file.size, characters, &words->read) : NULL;
    file_close(&file);
    if (tokens != NULL && words->read < 3) {
        free(tokens);
        return fail(failure, "%s: has %lld tokens; a few hundred are the least that makes sense", path,
                    (long long)words->read);
    }
    struct kind *kinds = NULL;
    int64_t kind_count = 0;
    if (tokens != NULL) {
        qsort(tokens, (size_t)words->read, sizeof *tokens, by_bytes);
        kinds = gather(tokens, words->read, &kind_count);
    }
    const bool done = kinds != NULL && count_pairs(words, tokens, kinds, kind_count, limit);
    free(kinds);
    free(tokens);
    return done || fail(failure, "%s: no memory", path);
}

void words_free(struct words *words)
{
    free(words->name);
    free(words->count);
    free(words->pairs);
    free(words->text);
    *words = (struct words){0};
}
