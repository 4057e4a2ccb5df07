/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "measure.h"

static const info_lm_options strict = {.struct_size = sizeof strict, .invalid = INFO_INVALID_ERROR};

bool measure_rows(struct report *report, const struct window *window, enum role role, struct failure *failure)
{
    struct model_numbers *numbers = &report->models[role];
    info_matrix logits = tensor_matrix(&window->activations[role].logits, 0);
    int64_t *argmax = malloc((size_t)window->tokens * sizeof *argmax);
    if (argmax == NULL)
        return fail(failure, "no memory");

    double *surprisal = numbers->surprisal + report->tokens;
    const info_logit_measures measures = {
        .struct_size = sizeof measures,
        .length = window->tokens,
        .argmax = argmax,
        .entropy = numbers->entropy + report->tokens,
        .varentropy = numbers->varentropy + report->tokens,
    };
    bool measured =
        info_logits_measure(report->ctx, &logits, NULL, 0, &strict, &measures) == INFO_OK &&
        info_nll(report->ctx, &logits, window->targets, window->tokens, &strict, surprisal, window->tokens) == INFO_OK;
    for (int64_t t = 0; measured && t < window->tokens; t++) {
        if (window->targets[t] == TARGET_NONE)
            surprisal[t] = NAN;
        else
            numbers->hits += argmax[t] == window->targets[t] ? 1.0 : 0.0;
    }
    free(argmax);
    return measured || measure_failed(report, role, failure);
}

bool measure_pairs(struct report *report, const struct window *window, enum role role, struct failure *failure)
{
    struct comparison *comparison = &report->comparisons[role];
    info_matrix p = tensor_matrix(&window->activations[ROLE_MODEL].logits, 0);
    info_matrix q = tensor_matrix(&window->activations[role].logits, 0);
    double *reverse = malloc(2 * (size_t)window->tokens * sizeof *reverse), *js = reverse + window->tokens;
    int32_t *same_top = malloc((size_t)window->tokens * sizeof *same_top);
    bool compared = false;
    if (reverse != NULL && same_top != NULL) {
        const info_logit_comparison rows = {
            .struct_size = sizeof rows,
            .length = window->tokens,
            .kl = comparison->kl + report->tokens,
            .kl_reverse = reverse,
            .js = js,
            .same_top = same_top,
        };
        compared = info_logits_compare(report->ctx, &p, &q, NULL, 0, &strict, &rows) == INFO_OK ||
                   measure_failed(report, role, failure);
    } else {
        fail(failure, "no memory");
    }
    for (int64_t t = 0; compared && t < window->tokens; t++) {
        comparison->mean_kl += comparison->kl[report->tokens + t];
        comparison->mean_kl_reverse += reverse[t];
        comparison->mean_js += js[t];
        comparison->same_top1 += same_top[t];
    }
    free(reverse);
    free(same_top);
    return compared;
}
