/* SPDX-License-Identifier: MIT
 * A loss with its gradient: the program of docs/guide-a-loss-with-its-gradient.md. */
#include <info/info.h>

#include "load.h"

enum { VOCABULARY = 8 };

int main(void)
{
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));
    const double teacher_logits[VOCABULARY] = {2, 1, 0.5, 0, 0, -1, -2, -3};
    double student_logits[VOCABULARY] = {0}, gradient[VOCABULARY];
    info_matrix teacher, student;
    check(ctx, info_matrix_init(&teacher, teacher_logits, 1, VOCABULARY, INFO_F64));
    check(ctx, info_matrix_init(&student, student_logits, 1, VOCABULARY, INFO_F64));
    const info_matrix_out out = {gradient, 1, VOCABULARY, VOCABULARY, 1, INFO_F64, 0};

    const info_loss_options options = {.struct_size = sizeof options, .divergence = INFO_DIVERGENCE_FORWARD};
    for (int step = 0; step <= 40; step++) {
        info_loss_result result;
        check(ctx, info_loss_divergence(ctx, &teacher, &student, &options, &result, &out));
        if (step % 10 == 0)
            printf("step %2d   KL(teacher || student) = %.6f\n", step, result.loss);
        for (int i = 0; i < VOCABULARY; i++)
            student_logits[i] -= 4 * gradient[i];
    }
    info_ctx_destroy(ctx);
    return 0;
}
