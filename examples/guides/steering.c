/* SPDX-License-Identifier: MIT
 * Steering entropy: a target instead of a temperature, and the most reward for a budget of divergence. */
#include <math.h>

#include <info/info.h>

#include "load.h"

int main(void)
{
    const double x[8] = {2, 1, .5, 0, -1, -1, -3, -INFINITY}, rewards[8] = {0, 1, 0, 2, 0, 1, 3, 0};
    info_matrix row, reward;
    info_ctx *ctx = NULL;
    check(ctx, info_ctx_create(NULL, &ctx));
    check(ctx, info_matrix_init(&row, x, 1, 8, INFO_F64));
    check(ctx, info_matrix_init(&reward, rewards, 1, 8, INFO_F64));

    double temperature, reached, slope;
    info_search outcome;
    const info_search_results found = {.struct_size = sizeof found,
                                       .length = 1,
                                       .parameter = &temperature,
                                       .reached = &reached,
                                       .derivative = &slope,
                                       .outcome = &outcome};
    for (double target = .5; target <= 2; target += .5) {
        check(ctx, info_temperature_for_entropy(ctx, &row, &target, 1, NULL, &found));
        printf("H = %.1f nat: ", target);
        if (outcome == INFO_SEARCH_FOUND)
            printf("T = %.4f, dH/dT = %.4f\n", temperature, slope);
        else
            printf("out of reach; T = %g gives %.4f\n", temperature, reached);
    }
    const double divergence = .05;
    for (info_branch branch = INFO_BRANCH_SHARPER; branch <= INFO_BRANCH_FLATTER; branch++) {
        check(ctx, info_temperature_for_kl(ctx, &row, branch, &divergence, 1, NULL, &found));
        printf("KL = %.2f nat, %s: T = %.4f\n", divergence, branch == INFO_BRANCH_SHARPER ? "sharper" : "flatter",
               temperature);
    }

    double b, gained, log_partition;
    const info_tilt_results tilt = {
        .struct_size = sizeof tilt, .length = 1, .b = &b, .reward = &gained, .log_partition = &log_partition};
    for (double budget = 0; budget <= 1; budget += .25) {
        check(ctx, info_tilt(ctx, &row, &reward, &budget, 1, NULL, &tilt));
        printf("KL budget %.2f nat: b = %.4f, expected reward %.4f\n", budget, b, gained);
    }

    /* One temperature for all rows of a model. */
    const struct tensor logits = load("model/logits");
    info_matrix rows;
    info_temperature_result result;
    check(ctx, info_matrix_init(&rows, logits.data, logits.shape[0], logits.shape[1], INFO_F32));
    check(ctx, info_temperature_for_perplexity(ctx, &rows, 3, NULL, &result));
    printf("a perplexity of 3 over %lld rows: T = %.4f\n", (long long)result.rows, result.temperature);
    info_ctx_destroy(ctx);
    return EXIT_SUCCESS;
}
