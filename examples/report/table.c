/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <math.h>
#include <stdio.h>

#define NAME_WIDTH 34
#define COLUMN_WIDTH 18

struct table {
    const struct report *report;
    FILE *file;
};

static void cell(const struct table *table, double value)
{
    if (isnan(value))
        fprintf(table->file, "  %*s", COLUMN_WIDTH, "-");
    else
        fprintf(table->file, "  %*.7g", COLUMN_WIDTH, value);
}

/* One line: what(numbers, index) of each model. */
static void line(const struct table *table, const char *name, double (*what)(const struct model_numbers *, int64_t),
                 int64_t index)
{
    fprintf(table->file, "%-*s", NAME_WIDTH, name);
    for (int role = 0; role < ROLES; role++)
        if (report_has(table->report, (enum role)role))
            cell(table, what(&table->report->models[role], index));
    fputc('\n', table->file);
}

static void names(const struct table *table, const char *first, enum role from)
{
    fprintf(table->file, "\n%-*.*s", NAME_WIDTH, NAME_WIDTH, first);
    for (int role = (int)from; role < ROLES; role++)
        if (report_has(table->report, (enum role)role))
            fprintf(table->file, "  %*.*s", COLUMN_WIDTH, COLUMN_WIDTH, table->report->source->names[role]);
    fputc('\n', table->file);
}

/* ---- The columns of the lines -------------------------------------------------------- */

static double nll(const struct model_numbers *numbers, int64_t index)
{
    (void)index;
    return numbers->nll;
}

static double perplexity(const struct model_numbers *numbers, int64_t index)
{
    (void)index;
    return numbers->perplexity;
}

static double bits_per_byte(const struct model_numbers *numbers, int64_t index)
{
    (void)index;
    return numbers->bits_per_byte;
}

static double top1_accuracy(const struct model_numbers *numbers, int64_t index)
{
    (void)index;
    return numbers->top1_accuracy;
}

static double entropy(const struct model_numbers *numbers, int64_t index)
{
    (void)index;
    return numbers->mean_entropy;
}

static double varentropy(const struct model_numbers *numbers, int64_t index)
{
    (void)index;
    return numbers->mean_varentropy;
}

static double effective_rank(const struct model_numbers *numbers, int64_t state)
{
    return state < numbers->states ? exp(numbers->rank_entropy[state]) : NAN;
}

static double rank_uncentered(const struct model_numbers *numbers, int64_t index)
{
    (void)index;
    return numbers->states > 0 ? numbers->rank_uncentered : NAN;
}

static double layer_attention(const struct model_numbers *numbers, int64_t layer)
{
    double sum = 0.0;
    for (int64_t head = 0; layer < numbers->layers && head < numbers->heads; head++)
        sum += numbers->attention[layer * numbers->heads + head];
    return layer < numbers->layers ? sum / (double)numbers->heads : NAN;
}

/* ---- The table ------------------------------------------------------------------------- */

static void print_models(const struct table *table)
{
    const struct model_numbers *model = &table->report->models[ROLE_MODEL];
    char name[64], state_text[32];
    names(table, "", ROLE_MODEL);
    line(table, "negative log-likelihood, nat", nll, 0);
    line(table, "perplexity", perplexity, 0);
    line(table, "bits per byte", bits_per_byte, 0);
    line(table, "most likely token was right", top1_accuracy, 0);
    line(table, "token entropy, nat", entropy, 0);
    line(table, "token varentropy, nat^2", varentropy, 0);
    for (int64_t state = 0; state < model->states; state++) {
        state_name(state_text, sizeof state_text, state, model->states);
        snprintf(name, sizeof name, "effective rank, %s", state_text);
        line(table, name, effective_rank, state);
    }
    if (model->states > 0)
        line(table, "effective rank, mean left in", rank_uncentered, 0);
    for (int64_t layer = 0; layer < model->layers; layer++) {
        snprintf(name, sizeof name, "attention entropy, layer %d, nat", (int)layer + 1);
        line(table, name, layer_attention, layer);
    }
}

static void print_comparisons(const struct table *table)
{
    static const char *const labels[] = {"KL(P || Q), nat", "KL(Q || P), nat", "Jensen-Shannon, nat",
                                         "same most likely token"};
    char first[64];
    if (!report_has(table->report, ROLE_UNTRAINED) && !report_has(table->report, ROLE_SECOND))
        return;
    snprintf(first, sizeof first, "P = %s, Q =", table->report->source->names[ROLE_MODEL]);
    names(table, first, ROLE_UNTRAINED);
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        fprintf(table->file, "%-*s", NAME_WIDTH, labels[i]);
        for (int role = ROLE_UNTRAINED; role < ROLES; role++) {
            const struct comparison *c = &table->report->comparisons[role];
            const double values[] = {c->mean_kl, c->mean_kl_reverse, c->mean_js, c->same_top1};
            if (report_has(table->report, (enum role)role))
                cell(table, values[i]);
        }
        fputc('\n', table->file);
    }
}

void table_print(const struct report *report, FILE *file)
{
    const struct table table = {report, file};
    fprintf(file, "%s: %lld tokens", report->source->title, (long long)report->tokens);
    if (report->bytes > 0)
        fprintf(file, ", %lld bytes", (long long)report->bytes);
    if (report->source->windows > 1)
        fprintf(file, ", %zu windows of %lld", report->source->windows, (long long)report->full_tokens);
    fputc('\n', file);

    print_models(&table);
    print_comparisons(&table);
    if (!isnan(report_diff_erank(report)))
        fprintf(file, "\n%-*s  %*.7g\n", NAME_WIDTH, "Diff-eRank (untrained - trained)", COLUMN_WIDTH,
                report_diff_erank(report));
}
