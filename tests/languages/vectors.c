/* SPDX-License-Identifier: MIT
 *
 * What the programs in other languages must print, from the same numbers.
 *
 * usage: vectors vectors.txt
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <info/info.h>

enum { ROWS = 3, COLS = 8 };

static void read_rows(FILE *file, double *values)
{
    if (fscanf(file, "%*s %*d %*d") != 0)
        exit(1);
    for (int i = 0; i < ROWS * COLS; i++) {
        uint64_t bits;
        if (fscanf(file, "%" SCNx64, &bits) != 1)
            exit(1);
        memcpy(&values[i], &bits, sizeof bits);
    }
}

static void print(const char *name, info_status status, const double *values, int count)
{
    if (status != INFO_OK)
        exit(1);
    printf("%s", name);
    for (int i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        printf(" %016" PRIx64, bits);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    static double p[ROWS * COLS], q[ROWS * COLS];
    int64_t targets[ROWS];
    if (!file)
        return 1;
    read_rows(file, p);
    read_rows(file, q);
    if (fscanf(file, " targets %" SCNd64 " %" SCNd64 " %" SCNd64, &targets[0], &targets[1], &targets[2]) != ROWS)
        return 1;
    fclose(file);

    info_ctx *ctx;
    info_matrix x, y;
    const info_entropy_options one = {.struct_size = sizeof one, .kind = INFO_LOGITS, .unit = INFO_BIT};
    const info_divergence_options two = {.struct_size = sizeof two, .p_kind = INFO_LOGITS, .q_kind = INFO_LOGITS};
    double out[ROWS];
    info_perplexity_result model;
    if (info_ctx_create(NULL, &ctx) != INFO_OK || info_matrix_init(&x, p, ROWS, COLS, INFO_F64) != INFO_OK ||
        info_matrix_init(&y, q, ROWS, COLS, INFO_F64) != INFO_OK)
        return 1;
    print("entropy", info_entropy(ctx, &x, &one, out, ROWS), out, ROWS);
    print("renyi_entropy", info_renyi_entropy(ctx, &x, 2, &one, out, ROWS), out, ROWS);
    print("kl", info_kl(ctx, &x, &y, &two, out, ROWS), out, ROWS);
    print("js", info_js(ctx, &x, &y, &two, out, ROWS), out, ROWS);
    print("nll", info_nll(ctx, &x, targets, ROWS, NULL, out, ROWS), out, ROWS);
    print("perplexity", info_perplexity(ctx, &x, targets, ROWS, NULL, &model), &model.perplexity, 1);
    const info_status status = info_entropy(ctx, &x, NULL, out, ROWS); /* logits are no probabilities */
    printf("error %d %s\n", (int)status, info_ctx_message(ctx));
    info_ctx_destroy(ctx);
    return 0;
}
