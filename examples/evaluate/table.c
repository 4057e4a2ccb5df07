/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <cjson/cJSON.h>

#include "../program/text_json.h"

/* One line: a number, and its error or a second reading. */
struct line {
    const char *label, *key;
    double value, error; /* error < 0: none */
};

enum { MOST_LINES = 40 };

static int likelihood_lines(const info_likelihood_evaluation *r, struct line *line)
{
    const info_likelihood_result *l = &r->likelihood;
    const struct line lines[] = {
        {"tokens", "tokens", (double)l->tokens, -1},
        {"documents", "documents", (double)l->clusters, -1},
        {"mean NLL, nat (error: documents)", "mean_nll", l->mean_nll, l->clustered_error},
        {"  error: tokens", "standard_error", l->standard_error, -1},
        {"  mean over documents", "macro_nll", r->macro_nll, r->macro_nll_error},
        {"perplexity", "perplexity", l->perplexity, l->perplexity * l->clustered_error},
        {"bits per byte", "bits_per_byte", l->bits_per_unit, l->bits_per_unit_error},
        {"token entropy, nat", "entropy", r->entropy.mean, r->entropy.clustered_error},
        {"most likely token was right", "accuracy", r->accuracy.mean, r->accuracy.clustered_error},
        {"expected calibration error", "ece", r->calibration.ece, -1},
        {"NLL, median", "nll_median", r->nll_percentiles[6], -1},
        {"NLL, 99 %", "nll_99", r->nll_percentiles[10], -1},
    };
    const int count = (int)(sizeof lines / sizeof lines[0]);
    for (int i = 0; i < count; i++)
        line[i] = lines[i];
    return count;
}

static int pair_lines(const info_pair_evaluation *r, struct line *line)
{
    const info_pair_summary *s = &r->summary;
    const struct line lines[] = {
        {"perplexity of the base", "perplexity_p", s->perplexity_p, s->perplexity_p_error},
        {"perplexity", "perplexity_q", s->perplexity_q, s->perplexity_q_error},
        {"ln(ratio) (error: documents)", "log_ratio", s->log_ratio, s->log_ratio_clustered_error},
        {"  error: tokens", "log_ratio_error", s->log_ratio_error, -1},
        {"correlation of the NLL", "correlation", s->correlation, -1},
        {"mean KL, nat", "kl", s->kl, r->kl.clustered_error},
        {"mean reverse KL, nat", "kl_reverse", r->kl_reverse.mean, r->kl_reverse.clustered_error},
        {"KL, median", "kl_median", s->kl_percentiles[6], -1},
        {"KL, 99 %", "kl_99", s->kl_percentiles[10], -1},
        {"KL, maximum", "kl_maximum", s->kl_percentiles[12], -1},
        {"mean change of p(target)", "delta_p", s->delta_p, s->delta_p_error},
        {"RMS change of p(target)", "delta_p_rms", s->delta_p_rms, s->delta_p_rms_error},
        {"same most likely token", "same_top", s->same_top, s->same_top_error},
        {"right before, wrong now", "lost", (double)r->lost, -1},
        {"wrong before, right now", "won", (double)r->won, -1},
    };
    const int count = (int)(sizeof lines / sizeof lines[0]);
    for (int i = 0; i < count; i++)
        line[i] = lines[i];
    return count;
}

static bool lines_of(const struct states *states, int index, struct line *line, int *count, struct failure *failure)
{
    info_likelihood_evaluation likelihood;
    info_pair_evaluation pair;
    const info_status status = index == 0 ? info_evaluation_likelihood(states->ctx, states->state[0], &likelihood)
                                          : info_evaluation_pair(states->ctx, states->state[1], &pair);
    if (status != INFO_OK)
        return fail(failure, "%s", info_ctx_message(states->ctx));
    *count = index == 0 ? likelihood_lines(&likelihood, line) : pair_lines(&pair, line);
    return true;
}

bool table_print(const struct states *states, FILE *file, struct failure *failure)
{
    struct line line[MOST_LINES];
    int count;
    for (int i = 0; i < states->count; i++) {
        if (!lines_of(states, i, line, &count, failure))
            return false;
        fprintf(file, "%s%s on %s\n", i > 0 ? "\n" : "", info_evaluation_text(states->state[i], INFO_NAME_MODEL),
                info_evaluation_text(states->state[i], INFO_NAME_DATA));
        if (i == 1)
            fprintf(file, "beside %s\n", info_evaluation_text(states->state[i], INFO_NAME_REFERENCE));
        for (int k = 0; k < count; k++) {
            fprintf(file, "%-34s %14.8g", line[k].label, line[k].value);
            if (line[k].error >= 0)
                fprintf(file, " +- %.3g", line[k].error);
            fputc('\n', file);
        }
    }
    return true;
}

bool table_json(const struct states *states, const char *path, struct failure *failure)
{
    struct line line[MOST_LINES];
    int count;
    cJSON *json = cJSON_CreateObject();
    bool done = true;
    for (int i = 0; i < states->count && done; i++) {
        done = lines_of(states, i, line, &count, failure);
        cJSON *object = cJSON_AddObjectToObject(json, i == 0 ? "likelihood" : "pair");
        for (int k = 0; k < count && done; k++) {
            char error[64];
            snprintf(error, sizeof error, "%s_uncertainty", line[k].key);
            cJSON_AddNumberToObject(object, line[k].key, line[k].value);
            if (line[k].error >= 0)
                cJSON_AddNumberToObject(object, error, line[k].error);
        }
    }
    done = done && json_write(json, path, failure);
    cJSON_Delete(json);
    return done;
}
