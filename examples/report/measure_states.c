/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "measure.h"

static bool new_states(struct model_numbers *numbers, int64_t states, int64_t spectrum_len)
{
    numbers->rank_entropy = calloc((size_t)states, sizeof *numbers->rank_entropy);
    numbers->rank = calloc((size_t)states, sizeof *numbers->rank);
    numbers->spectrum = calloc((size_t)spectrum_len, sizeof *numbers->spectrum);
    numbers->states = states;
    numbers->spectrum_len = spectrum_len;
    return numbers->rank_entropy != NULL && numbers->rank != NULL && numbers->spectrum != NULL;
}

/* Entropy of each state's spectrum; the effective rank is its exponential. */
static bool add_ranks(struct report *report, struct model_numbers *numbers, const info_matrix *states)
{
    double *entropy = calloc((size_t)numbers->states, sizeof *entropy);
    bool measured = entropy != NULL && info_spectral_entropy(report->ctx, states, numbers->states, NULL, entropy, NULL,
                                                             numbers->states) == INFO_OK;
    for (int64_t state = 0; measured && state < numbers->states; state++) {
        numbers->rank_entropy[state] += entropy[state];
        numbers->rank[state] += exp(entropy[state]);
    }
    free(entropy);
    return measured;
}

/* What the mean token adds to the directions of the last state. */
static bool add_uncentered(struct report *report, struct model_numbers *numbers, const info_matrix *state)
{
    const info_spectral_options options = {.struct_size = sizeof options, .center = INFO_CHOICE_NO};
    double rank = 0.0;
    bool measured = info_effective_rank(report->ctx, state, 1, &options, &rank, NULL, 1) == INFO_OK;
    numbers->rank_uncentered += rank;
    return measured;
}

bool measure_states(struct report *report, const struct window *window, enum role role, struct failure *failure)
{
    struct model_numbers *numbers = &report->models[role];
    const struct tensor *hidden = &window->activations[role].hidden;
    if (hidden->axes == 0 || window->tokens < 2) /* one token has no direction */
        return true;

    int64_t count = hidden->shape[0], dim = hidden->shape[2];
    int64_t spectrum_len = dim < window->tokens ? dim : window->tokens;
    info_matrix *states = calloc((size_t)count, sizeof *states);
    bool first = numbers->states == 0;
    if (states == NULL || (first && !new_states(numbers, count, spectrum_len))) {
        free(states);
        return fail(failure, "no memory");
    }
    for (int64_t state = 0; state < count; state++)
        states[state] = tensor_matrix(hidden, state);

    bool measured = add_ranks(report, numbers, states) && add_uncentered(report, numbers, &states[count - 1]) &&
                    (!first || info_spectrum(report->ctx, &states[count - 1], NULL, numbers->spectrum,
                                             numbers->spectrum_len) == INFO_OK);
    free(states);
    return measured || measure_failed(report, role, failure);
}
