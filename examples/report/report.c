/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "../program/text_json.h"

bool report_has(const struct report *report, enum role role)
{
    return report->source->names[role] != NULL;
}

bool measure_failed(const struct report *report, enum role role, struct failure *failure)
{
    return fail(failure, "%s: %s", report->source->names[role], info_ctx_message(report->ctx));
}

bool measure_failed_at(const struct report *report, enum role role, const char *where, struct failure *failure)
{
    const char *message = info_ctx_message(report->ctx), *colon = strstr(message, ": ");
    return fail(failure, "%s: %s: %s", report->source->names[role], where, colon != NULL ? colon + 2 : message);
}

void state_name(char *out, size_t size, int64_t state, int64_t states)
{
    if (states == 1)
        snprintf(out, size, "hidden states"); /* of one layer, which a dump does not tell */
    else if (state == 0 || state == states - 1)
        snprintf(out, size, "%s", state == 0 ? "embedding" : "final norm");
    else
        snprintf(out, size, "layer %lld", (long long)state);
}

bool report_start(struct report *report, const struct source *source, struct failure *failure)
{
    *report = (struct report){.source = source};
    info_status status = info_ctx_create(NULL, &report->ctx);
    return status == INFO_OK || fail(failure, "libinfo: %s", info_status_text(status));
}

void report_free(struct report *report)
{
    for (int role = 0; role < ROLES; role++) {
        struct model_numbers *numbers = &report->models[role];
        free(numbers->surprisal);
        free(numbers->entropy);
        free(numbers->varentropy);
        free(numbers->rank_entropy);
        free(numbers->rank);
        free(numbers->spectrum);
        free(numbers->attention);
        free(report->comparisons[role].kl);
    }
    cJSON_Delete(report->texts);
    info_ctx_destroy(report->ctx);
    memset(report, 0, sizeof *report);
}

/* ---- Adding a window --------------------------------------------------------------- */

static bool grow(double **array, int64_t count)
{
    double *grown = realloc(*array, (size_t)count * sizeof *grown);
    if (grown != NULL)
        *array = grown;
    return grown != NULL;
}

static bool grow_all(struct report *report, int64_t tokens)
{
    for (int role = 0; role < ROLES; role++) {
        struct model_numbers *numbers = &report->models[role];
        if (report_has(report, (enum role)role) &&
            (!grow(&numbers->surprisal, tokens) || !grow(&numbers->entropy, tokens) ||
             !grow(&numbers->varentropy, tokens) || !grow(&report->comparisons[role].kl, tokens)))
            return false;
    }
    return true;
}

static bool add_texts(struct report *report, const struct window *window, struct failure *failure)
{
    if (window->pieces == NULL)
        return true;
    if (report->texts == NULL)
        report->texts = cJSON_CreateArray();
    for (int64_t t = 0; t < window->tokens; t++)
        if (!cJSON_AddItemToArray(report->texts, text_json(window->pieces[t])))
            return fail(failure, "no memory for the text");
    return true;
}

static void count_tokens(struct report *report, const struct window *window)
{
    for (int64_t t = 0; t < window->tokens; t++)
        if (window->targets[t] != TARGET_NONE) {
            report->scored++;
            report->bytes += window->bytes != NULL ? window->bytes[t] : 0;
        }
    report->tokens += window->tokens;
}

bool report_add(struct report *report, const struct window *window, struct failure *failure)
{
    if (report->full_tokens == 0)
        report->full_tokens = window->tokens;
    bool full = window->tokens == report->full_tokens;
    if (!grow_all(report, report->tokens + window->tokens))
        return fail(failure, "no memory for %lld tokens", (long long)(report->tokens + window->tokens));

    for (int r = 0; r < ROLES; r++) {
        enum role role = (enum role)r;
        if (!report_has(report, role))
            continue;
        if (!measure_rows(report, window, role, failure) ||
            (role != ROLE_MODEL && !measure_pairs(report, window, role, failure)) ||
            (full && !measure_states(report, window, role, failure)) ||
            (full && !measure_attention(report, window, role, failure)))
            return false;
    }
    report->full_windows += full;
    count_tokens(report, window);
    return add_texts(report, window, failure);
}

/* ---- Means --------------------------------------------------------------------------- */

static double mean(const double *values, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static void divide(double *values, int64_t count, double divisor)
{
    for (int64_t i = 0; i < count; i++)
        values[i] /= divisor;
}

static void finish_model(const struct report *report, struct model_numbers *numbers)
{
    double total = 0.0;
    for (int64_t t = 0; t < report->tokens; t++)
        total += isnan(numbers->surprisal[t]) ? 0.0 : numbers->surprisal[t];
    numbers->nll = total / (double)report->scored;
    numbers->perplexity = exp(numbers->nll);
    numbers->top1_accuracy = numbers->hits / (double)report->scored;
    numbers->bits_per_byte = report->bytes > 0 ? total / (log(2.0) * (double)report->bytes) : NAN;
    numbers->mean_entropy = mean(numbers->entropy, report->tokens);
    numbers->mean_varentropy = mean(numbers->varentropy, report->tokens);
    divide(numbers->rank_entropy, numbers->states, (double)report->full_windows);
    divide(numbers->rank, numbers->states, (double)report->full_windows);
    numbers->rank_uncentered /= (double)report->full_windows;
    divide(numbers->attention, numbers->layers * numbers->heads, (double)report->full_windows);
}

void report_finish(struct report *report)
{
    for (int role = 0; role < ROLES; role++) {
        struct comparison *comparison = &report->comparisons[role];
        if (!report_has(report, (enum role)role))
            continue;
        finish_model(report, &report->models[role]);
        comparison->mean_kl /= (double)report->tokens;
        comparison->mean_kl_reverse /= (double)report->tokens;
        comparison->mean_js /= (double)report->tokens;
        comparison->same_top1 /= (double)report->tokens;
    }
}

static bool has_ranks(const struct report *report, enum role role)
{
    return report_has(report, role) && report->models[role].states > 0;
}

double report_diff_erank(const struct report *report)
{
    const struct model_numbers *model = &report->models[ROLE_MODEL], *untrained = &report->models[ROLE_UNTRAINED];
    if (!has_ranks(report, ROLE_MODEL) || !has_ranks(report, ROLE_UNTRAINED))
        return NAN;
    return exp(untrained->rank_entropy[untrained->states - 1]) - exp(model->rank_entropy[model->states - 1]);
}

double report_diff_erank_of_means(const struct report *report)
{
    const struct model_numbers *model = &report->models[ROLE_MODEL], *untrained = &report->models[ROLE_UNTRAINED];
    if (!has_ranks(report, ROLE_MODEL) || !has_ranks(report, ROLE_UNTRAINED))
        return NAN;
    return untrained->rank[untrained->states - 1] - model->rank[model->states - 1];
}
