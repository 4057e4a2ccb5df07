/* SPDX-License-Identifier: MIT
 * The program of docs/guide-distributions.md. */
#include <stdio.h>

#include <info/info.h>

int main(void)
{
    /* Three distributions over four outcomes, one per row. */
    const double rows[3][4] = {{0.5, 0.25, 0.125, 0.125}, {0.25, 0.25, 0.25, 0.25}, {1, 0, 0, 0}};
    info_matrix p;
    if (info_matrix_init(&p, rows, 3, 4, INFO_F64) != INFO_OK)
        return 1;

    const info_entropy_options in_bits = {.struct_size = sizeof in_bits, .unit = INFO_BIT};
    double h[3], effective[3];
    info_entropy(NULL, &p, &in_bits, h, 3);
    info_hill_number(NULL, &p, 1, NULL, effective, 3); /* the perplexity */
    printf("entropy     %.4f %.4f %.4f bit\n", h[0], h[1], h[2]);
    printf("perplexity  %.4f %.4f %.4f\n", effective[0], effective[1], effective[2]);

    /* Every row against every row; infinity is an answer. */
    const info_divergence_options all = {.struct_size = sizeof all, .unit = INFO_BIT, .pairing = INFO_PAIRING_ALL};
    double kl[9];
    info_kl(NULL, &p, &p, &all, kl, 9);
    for (int i = 0; i < 3; i++)
        printf("KL row %d    %.4f %.4f %.4f\n", i, kl[3 * i], kl[3 * i + 1], kl[3 * i + 2]);

    /* Logits of one model against counts of words: the kind is a property of each input. */
    const float logits[4] = {2.0f, 1.0f, 0.0f, 0.0f};
    const double counts[4] = {8, 3, 1, 0};
    info_matrix model, seen;
    info_matrix_init(&model, logits, 1, 4, INFO_F32);
    info_matrix_init(&seen, counts, 1, 4, INFO_F64);
    const info_divergence_options kinds = {.struct_size = sizeof kinds, .p_kind = INFO_COUNTS, .q_kind = INFO_LOGITS};
    double cross, js;
    info_cross_entropy(NULL, &seen, &model, &kinds, &cross, 1);
    info_js(NULL, &seen, &model, &kinds, &js, 1);
    printf("counts and logits: cross-entropy %.4f nat, Jensen-Shannon %.4f nat\n", cross, js);

    /* What is wrong is said by name. */
    const double wrong[2] = {0.5, 0.25};
    info_matrix bad;
    info_ctx *ctx;
    if (info_ctx_create(NULL, &ctx) != INFO_OK)
        return 1;
    info_matrix_init(&bad, wrong, 1, 2, INFO_F64);
    const info_status status = info_entropy(ctx, &bad, NULL, h, 1);
    printf("%s: %s\n", info_status_name(status), info_ctx_message(ctx));
    info_ctx_destroy(ctx);
    return 0;
}
