/* SPDX-License-Identifier: MIT
 * Surprisal of words: a toy model of three tokens whose words can all be listed. */
#include <math.h>

#include <info/info.h>

#include "load.h"

/* Tokens: 0 ends the text, 1 begins a word, 2 goes on; after 2 no other 2 comes. */
#define V 3
static const double first[V] = {-INFINITY, 0, -INFINITY}, after_1[V] = {.2, .7, -.4}, after_2[V] = {-.3, .6, -INFINITY};

int main(void)
{
    static const struct {
        const char *name;
        int64_t tokens[3], count;
    } words[] = {{"1", {1, 1, 0}, 2}, {"1 2", {1, 1, 2}, 3}, {"end", {1, 0, 0}, 2}};
    const uint8_t begins[V] = {1, 1, 0};
    const info_word_options corrected = {.struct_size = sizeof corrected, .begins = begins, .begins_len = V};
    const info_word_options plain = {.struct_size = sizeof plain, .boundary = INFO_BOUNDARY_AT_END};
    double sum = 0, plain_sum = 0;
    info_ctx *ctx = NULL;
    check(ctx, info_ctx_create(NULL, &ctx));
    printf("after the word \"1\"   tokens added up   corrected, nat\n");
    for (int w = 0; w < 3; w++) {
        const int64_t count = words[w].count, numbers[3] = {0, 1, 1};
        const double *const next[V] = {first, after_1, after_2};
        double rows[4][V], surprisal[2], by_tokens[2];
        for (int64_t i = 0; i <= count; i++)
            for (int j = 0; j < V; j++)
                rows[i][j] = (i == 0 ? first : next[words[w].tokens[i - 1]])[j];
        info_matrix m;
        check(ctx, info_matrix_init(&m, rows, count + 1, V, INFO_F64));
        check(ctx, info_word_surprisal(ctx, &m, words[w].tokens, numbers, count, &corrected, NULL, surprisal, 2));
        check(ctx, info_matrix_init(&m, rows, count, V, INFO_F64));
        check(ctx, info_word_surprisal(ctx, &m, words[w].tokens, numbers, count, &plain, NULL, by_tokens, 2));
        printf("%-20s %17.4f %16.4f\n", words[w].name, by_tokens[1], surprisal[1]);
        sum += exp(-surprisal[1]);
        plain_sum += exp(-by_tokens[1]);
    }
    printf("probabilities sum to %16.4f %16.4f\n", plain_sum, sum);
    info_ctx_destroy(ctx);
    return EXIT_SUCCESS;
}
