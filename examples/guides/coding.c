/* SPDX-License-Identifier: MIT
 * How much can it be compressed: the fragments of docs/guide-compression.md as a program. */
#include <info/info.h>
#include <math.h>

#include "load.h"

enum { ROWS = 6, POINTS = 5 };

/* Pairs of words: pronouns are followed by verbs, articles by nouns. */
static const double pairs_seen[ROWS][5] = {{12, 9, 0, 1, 0},  /* i */
                                           {10, 11, 1, 0, 0}, /* we */
                                           {11, 8, 0, 0, 1},  /* they */
                                           {0, 1, 14, 9, 8},  /* the */
                                           {1, 0, 12, 10, 9}, /* a */
                                           {3, 3, 4, 3, 2}};  /* and */

static void print_curve(info_ctx *ctx)
{
    /* A letter for each of the rows; another one costs the share of places in which they differ. */
    double weights[ROWS], table[ROWS][ROWS];
    for (int i = 0; i < ROWS; i++) {
        weights[i] = i + 1;
        for (int j = 0; j < ROWS; j++)
            table[i][j] = abs(i - j) / 5.0;
    }
    info_matrix source, distortion;
    check(ctx, info_matrix_init(&source, weights, 1, ROWS, INFO_F64));
    check(ctx, info_matrix_init(&distortion, table, ROWS, ROWS, INFO_F64));

    info_coding_options options = {.struct_size = sizeof options, .unit = INFO_BIT, .kind = INFO_COUNTS};
    info_coding_result points[POINTS];
    info_status status = info_rate_distortion_curve(ctx, &source, &distortion, &options, points, POINTS);
    check(ctx, status);
    for (int i = 0; i < POINTS; i++)
        printf("distortion %.4f: %.4f bits, certified to %s\n", points[i].distortion, points[i].rate,
               points[i].upper - points[i].lower <= 2e-9 ? "2e-9" : "less");
}

int main(void)
{
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));
    print_curve(ctx);

    enum { CLUSTERS = 3 };
    info_matrix pairs;
    int64_t labels[ROWS];
    check(ctx, info_matrix_init(&pairs, pairs_seen, ROWS, 5, INFO_F64));
    info_bottleneck_options options = {.struct_size = sizeof options,
                                       .unit = INFO_BIT,
                                       .kind = INFO_COUNTS,
                                       .method = INFO_BOTTLENECK_SEQUENTIAL,
                                       .clusters = CLUSTERS,
                                       .seed = 1};
    info_bottleneck_result result;
    info_status status = info_bottleneck(ctx, &pairs, INFINITY, &options, NULL, labels, ROWS, &result);
    check(ctx, status);
    printf("%d clusters keep %.3f bits for %.3f; together:", CLUSTERS, result.relevance, result.compression);
    for (int i = 0; i < ROWS; i++)
        printf(" %lld", (long long)labels[i]);
    printf("\n%s\n", info_status_name(status));
    info_ctx_destroy(ctx);
    return 0;
}
