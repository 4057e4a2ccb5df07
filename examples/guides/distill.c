/* SPDX-License-Identifier: MIT
 * Distilling from a few numbers: the program of docs/guide-distilling-from-a-few-numbers.md. */
#include <info/info.h>

#include <math.h>
#include <string.h>

#include "load.h"

/* In how many rows the sum over listed tokens alone is below 0, which no divergence is. */
static int64_t negative_sums(const info_top_k *list, const double *log_q)
{
    const int64_t rows = list->log_probabilities->rows, k = list->log_probabilities->cols;
    const double *log_p = list->log_probabilities->data;
    int64_t negative = 0;
    for (int64_t i = 0; i < rows; i++) {
        double sum = 0;
        for (int64_t j = i * k; j < (i + 1) * k; j++)
            sum += exp(log_p[j]) * (log_p[j] - log_q[j]);
        negative += sum < 0;
    }
    return negative;
}

int main(void)
{
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));
    const struct tensor teacher_scores = load("model/logits"), student_scores = load("second/logits");
    const struct tensor untrained = load("untrained/logits");
    const info_matrix teacher = tensor_matrix(&teacher_scores, 0), student = tensor_matrix(&student_scores, 0);
    const int64_t rows = teacher.rows, vocabulary = teacher.cols;
    info_loss_result result;

    printf("tokens    KL(p || q)   negative sums\n");
    for (int64_t k = 1; k <= 64; k *= 4) {
        double *log_p = malloc((size_t)(rows * k) * sizeof *log_p), *log_q = malloc((size_t)(rows * k) * sizeof *log_q);
        int64_t *tokens = malloc((size_t)(rows * k) * sizeof *tokens);
        check(ctx, info_logits_top_k(ctx, &teacher, k, NULL, tokens, log_p, rows * k));
        check(ctx, info_logits_select(ctx, &student, tokens, k, rows * k, NULL, log_q, rows * k));
        const info_matrix numbers = {log_p, rows, k, k, 1, INFO_F64, 0};
        const info_top_k list = {&numbers, tokens, rows * k, 0, INFO_INT64, 0};
        check(ctx, info_loss_top_k(ctx, &list, vocabulary, &student, NULL, NULL, 0, &result, NULL));
        printf("%6lld      %.6f      %lld of %lld\n", (long long)k, result.loss, (long long)negative_sums(&list, log_q),
               (long long)rows);
        free(log_p);
        free(log_q);
        free(tokens);
    }
    check(ctx, info_loss_divergence(ctx, &teacher, &student, NULL, &result, NULL));
    printf("%6lld      %.6f\n\n", (long long)vocabulary, result.loss);

    /* Downhill from an untrained model's logits, on the logits themselves, by lists of four. */
    const int64_t k = 4;
    double *log_p = malloc((size_t)(rows * k) * sizeof *log_p);
    double *x = malloc((size_t)(rows * vocabulary) * sizeof *x), *g = malloc((size_t)(rows * vocabulary) * sizeof *g);
    int64_t *tokens = malloc((size_t)(rows * k) * sizeof *tokens);
    check(ctx, info_logits_top_k(ctx, &teacher, k, NULL, tokens, log_p, rows * k));
    const info_matrix numbers = {log_p, rows, k, k, 1, INFO_F64, 0};
    const info_matrix own = {x, rows, vocabulary, vocabulary, 1, INFO_F64, 0};
    const info_top_k list = {&numbers, tokens, rows * k, 0, INFO_INT64, 0};
    const info_matrix_out gradient = {g, rows, vocabulary, vocabulary, 1, INFO_F64, 0};
    const info_loss_options sum = {.struct_size = sizeof sum, .reduction = INFO_REDUCTION_SUM};
    for (int64_t i = 0; i < rows * vocabulary; i++)
        x[i] = tensor_at(&untrained, (size_t)i);
    for (int step = 0; step <= 40; step++) {
        info_loss_result whole;
        check(ctx, info_loss_top_k(ctx, &list, vocabulary, &own, &sum, NULL, 0, &result, &gradient));
        check(ctx, info_loss_divergence(ctx, &teacher, &own, NULL, &whole, NULL));
        if (step % 20 == 0)
            printf("after %2d steps %.4f by the lists, %.4f by all tokens\n", step, result.loss / (double)rows,
                   whole.loss);
        for (int64_t i = 0; i < rows * vocabulary; i++)
            x[i] -= g[i];
    }
    free(log_p);
    free(x);
    free(g);
    free(tokens);
    info_ctx_destroy(ctx);
    return 0;
}
