/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
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

/* Whether the rows are one vector again and again: then no direction is left without their mean. */
static bool is_constant(const info_matrix *state, bool *zero)
{
    const struct tensor rows = {state->dtype, 2, {state->rows, state->cols}, state->data, NULL};
    bool constant = true;
    *zero = true;
    for (size_t i = 0; constant && i < (size_t)(state->rows * state->cols); i++) {
        const double element = tensor_at(&rows, i);
        constant = element == tensor_at(&rows, i % (size_t)state->cols);
        *zero = *zero && element == 0;
    }
    *zero = *zero && constant;
    return constant;
}

/* Entropy of a state's spectrum, NaN where it has none; the effective rank is its exponential. */
static bool add_rank(struct report *report, struct model_numbers *numbers, const info_matrix *state, int64_t number)
{
    double entropy = NAN;
    bool zero;
    if (!is_constant(state, &zero) && info_spectral_entropy(report->ctx, state, 1, NULL, &entropy, NULL, 1) != INFO_OK)
        return false;
    numbers->rank_entropy[number] += entropy;
    numbers->rank[number] += exp(entropy);
    return true;
}

/* What the mean token adds to the directions of the last state, and the first window's spectrum of it. */
static bool add_last(struct report *report, struct model_numbers *numbers, const info_matrix *state, bool first)
{
    const info_spectral_options options = {.struct_size = sizeof options, .center = INFO_CHOICE_NO};
    double rank = NAN;
    bool zero;
    const bool constant = is_constant(state, &zero);
    if (!zero && info_effective_rank(report->ctx, state, 1, &options, &rank, NULL, 1) != INFO_OK)
        return false;
    numbers->rank_uncentered += rank;
    if (constant && first)
        numbers->spectrum_len = 0;
    return constant || !first ||
           info_spectrum(report->ctx, state, NULL, numbers->spectrum, numbers->spectrum_len) == INFO_OK;
}

bool measure_states(struct report *report, const struct window *window, enum role role, struct failure *failure)
{
    struct model_numbers *numbers = &report->models[role];
    const struct tensor *hidden = &window->activations[role].hidden;
    if (hidden->axes == 0 || window->tokens < 2) /* one token has no direction */
        return true;

    const int64_t count = hidden->shape[0], dim = hidden->shape[2];
    const bool first = numbers->states == 0;
    if (first && !new_states(numbers, count, dim < window->tokens ? dim : window->tokens))
        return fail(failure, "no memory");
    for (int64_t number = 0; number < count; number++) {
        const info_matrix state = tensor_matrix(hidden, number);
        char name[32], where[64];
        if (add_rank(report, numbers, &state, number) &&
            (number < count - 1 || add_last(report, numbers, &state, first)))
            continue;
        state_name(name, sizeof name, number, count);
        snprintf(where, sizeof where, count == 1 ? "%s" : "hidden states, %s", name);
        return measure_failed_at(report, role, where, failure);
    }
    return true;
}
