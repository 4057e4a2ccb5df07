/* SPDX-License-Identifier: MIT
 * The tokenizer: merges in the order of scores, bytes as a fallback, decoding
 * that gives the text back. */
#include "model/tokenizer.h"
#include "scratch_file.h"

/* <unk>, BOS, EOS and the 256 bytes, then the pieces below with their scores. */
static const struct {
    const char *text;
    float score;
} pieces[] = {
    {" ", 0}, {"a", 0}, {"b", 0}, {"c", 0}, {"ab", 1}, {"bc", 2}, {"abc", -1}, {" a", 0.5f}, {"aa", 3}, {"\xc3\xa9", 0},
};
#define PIECES (sizeof pieces / sizeof pieces[0])
#define VOCABULARY (259 + PIECES)
#define PIECE(i) (259 + (i))

static unsigned char bytes[8192];

static size_t put(size_t at, const char *text, float score)
{
    int32_t size = (int32_t)strlen(text);
    memcpy(bytes + at, &score, 4);
    memcpy(bytes + at + 4, &size, 4);
    memcpy(bytes + at + 8, text, (size_t)size);
    return at + 8 + (size_t)size;
}

static size_t build(void)
{
    const int32_t longest = 6;
    memcpy(bytes, &longest, 4);
    size_t at = put(4, "<unk>", 0);
    at = put(at, "\n<s>\n", 0);
    at = put(at, "\n</s>\n", 0);
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[8];
        snprintf(text, sizeof text, "<0x%02X>", byte);
        at = put(at, text, 0);
    }
    for (size_t i = 0; i < PIECES; i++)
        at = put(at, pieces[i].text, pieces[i].score);
    return at;
}

static bool open_bytes(struct tokenizer *tokenizer, size_t size, size_t vocabulary, struct failure *failure)
{
    char path[64];
    write_scratch(path, bytes, size);
    bool opened = tokenizer_open(tokenizer, path, vocabulary, failure);
    if (!opened)
        ck_assert_ptr_nonnull(strstr(failure->text, path));
    unlink(path);
    return opened;
}

static void assert_tokens(const char *text, const int32_t *expected, size_t expected_count)
{
    struct tokenizer tokenizer;
    struct failure failure;
    int32_t *tokens;
    size_t count;
    ck_assert_msg(open_bytes(&tokenizer, build(), VOCABULARY, &failure), "%s", failure.text);
    ck_assert(tokenizer_encode(&tokenizer, text, strlen(text), &tokens, &count, &failure));
    ck_assert_msg(count == expected_count, "\"%s\": %zu tokens, not %zu", text, count, expected_count);
    ck_assert_mem_eq(tokens, expected, count * sizeof *tokens);

    char decoded[64] = "";
    for (size_t i = 1; i < count; i++) {
        struct piece piece = tokenizer_decode(&tokenizer, tokens[i - 1], tokens[i]);
        strncat(decoded, piece.bytes, piece.size);
    }
    ck_assert_str_eq(decoded, text);
    free(tokens);
    tokenizer_close(&tokenizer);
}
#define ASSERT_TOKENS(text, ...)                                                                                       \
    assert_tokens(text, (const int32_t[]){__VA_ARGS__}, sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

START_TEST(the_best_score_merges_first_and_leftmost)
{
    ASSERT_TOKENS("", TOKEN_BOS);
    ASSERT_TOKENS("c", TOKEN_BOS, PIECE(0), PIECE(3));
    ASSERT_TOKENS("abc", TOKEN_BOS, PIECE(7), PIECE(5));            /* bc, then " a" before abc */
    ASSERT_TOKENS("babc", TOKEN_BOS, PIECE(0), PIECE(2), PIECE(6)); /* bc, then a+bc */
    ASSERT_TOKENS("aaa", TOKEN_BOS, PIECE(0), PIECE(8), PIECE(1));
    ASSERT_TOKENS("cab", TOKEN_BOS, PIECE(0), PIECE(3), PIECE(4));
}
END_TEST

START_TEST(text_without_a_piece_falls_back_to_bytes)
{
    ASSERT_TOKENS("x", TOKEN_BOS, PIECE(0), TOKEN_FIRST_BYTE + 'x');
    ASSERT_TOKENS("\xc3\xa9", TOKEN_BOS, PIECE(0), PIECE(9));
    ASSERT_TOKENS("\xe2\x82\xac", TOKEN_BOS, PIECE(0), TOKEN_FIRST_BYTE + 0xe2, TOKEN_FIRST_BYTE + 0x82,
                  TOKEN_FIRST_BYTE + 0xac);
    ASSERT_TOKENS("\xff\x80", TOKEN_BOS, PIECE(0), TOKEN_FIRST_BYTE + 0xff, TOKEN_FIRST_BYTE + 0x80);
}
END_TEST

/* BabyLlama's kind: <unk>, BOS, EOS, then characters, no bytes. */
START_TEST(a_vocabulary_of_characters_refuses_only_what_it_cannot_write)
{
    static const char *const characters[] = {"<unk>", "<s>", "</s>", " ", "a", "b", "\xc3\xa9"};
    const size_t count = sizeof characters / sizeof characters[0];
    const int32_t longest = 5;
    const int32_t expected[] = {TOKEN_BOS, 3, 4, 6, 3, 5};
    struct tokenizer tokenizer;
    struct failure failure;
    int32_t *tokens;
    size_t size = 4, found;
    memcpy(bytes, &longest, 4);
    for (size_t i = 0; i < count; i++)
        size = put(size, characters[i], 0);
    ck_assert_msg(open_bytes(&tokenizer, size, count, &failure), "%s", failure.text);
    ck_assert_msg(tokenizer_encode(&tokenizer, "a\xc3\xa9 b", 5, &tokens, &found, &failure), "%s", failure.text);
    ck_assert_uint_eq(found, 6);
    ck_assert_mem_eq(tokens, expected, sizeof expected);
    for (size_t i = 2; i < found; i++) {
        const struct piece piece = tokenizer_decode(&tokenizer, tokens[i - 1], tokens[i]);
        ck_assert_uint_eq(piece.size, strlen(characters[tokens[i]]));
        ck_assert_mem_eq(piece.bytes, characters[tokens[i]], piece.size);
    }
    free(tokens);
    ck_assert(!tokenizer_encode(&tokenizer, "ab\xe2\x82\xac", 5, &tokens, &found, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "\"\xe2\x82\xac\" at byte 2"));
    tokenizer_close(&tokenizer);
}
END_TEST

START_TEST(damaged_files_are_refused)
{
    struct tokenizer tokenizer;
    struct failure failure;
    size_t size = build();
    for (size_t cut = 0; cut < size; cut += cut < 64 ? 1 : 61)
        ck_assert(!open_bytes(&tokenizer, cut, VOCABULARY, &failure));
    ck_assert(!open_bytes(&tokenizer, size, VOCABULARY - 1, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "another model"));
    ck_assert(!open_bytes(&tokenizer, size, VOCABULARY + 1, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "truncated"));
    ck_assert(!open_bytes(&tokenizer, size, 100, &failure));

    const int32_t negative = -1;
    memcpy(bytes + 8, &negative, 4);
    ck_assert(!open_bytes(&tokenizer, size, VOCABULARY, &failure));
    ck_assert_ptr_nonnull(strstr(failure.text, "length -1"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_best_score_merges_first_and_leftmost,
        text_without_a_piece_falls_back_to_bytes,
        a_vocabulary_of_characters_refuses_only_what_it_cannot_write,
        damaged_files_are_refused,
        NULL,
    };
    return run_tests("tokenizer", tests);
}
