/* SPDX-License-Identifier: MIT
 *
 * The byte-pair tokenizer of llama2.c: int32 longest piece, then for each token
 * an f32 score, an int32 length and its bytes.
 */
#ifndef EXAMPLES_MODEL_TOKENIZER_H
#define EXAMPLES_MODEL_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#include "../io/file.h"

#define TOKEN_UNKNOWN 0
#define TOKEN_BOS 1
#define TOKEN_EOS 2
#define TOKEN_FIRST_BYTE 3 /* "<0x00>", for text that has no piece of its own */

/** Bytes of a token; not terminated. */
struct piece {
    const char *bytes;
    size_t size;
};

struct tokenizer {
    size_t vocabulary;
    size_t longest;
    bool has_bytes; /* tokens 3 to 258 are the 256 bytes; a vocabulary of characters has none */
    struct piece *pieces;
    float *scores;
    int32_t *sorted;   /* tokens in the order of their bytes, for look-ups */
    char *byte_pieces; /* the 256 single bytes */
    struct file file;
};

/** Reads a tokenizer that has exactly the given number of tokens. */
bool tokenizer_open(struct tokenizer *tokenizer, const char *path, size_t vocabulary, struct failure *failure);

/** Gives its memory back. A zeroed struct is fine. */
void tokenizer_close(struct tokenizer *tokenizer);

/** Tokens of a text as llama2.c makes them: BOS, then a leading space and the
 *  text, cut into characters, where the neighbors of the best score merge
 *  until none can. *tokens is malloc'ed. Time O(n log n). A character that has no token of its own is written in
 *  bytes; where the vocabulary has none, the text is refused, and the character and its place are named. */
bool tokenizer_encode(const struct tokenizer *tokenizer, const char *text, size_t size, int32_t **tokens, size_t *count,
                      struct failure *failure);

/** The text of a token that follows another: the leading space after BOS is
 *  dropped, byte tokens are their byte, BOS and EOS are empty. */
struct piece tokenizer_decode(const struct tokenizer *tokenizer, int32_t previous, int32_t token);

#endif
