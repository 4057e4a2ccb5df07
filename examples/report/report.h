/* SPDX-License-Identifier: MIT
 *
 * What is measured, window by window: everything is in nat and comes from
 * libinfo.
 */
#ifndef EXAMPLES_REPORT_REPORT_H
#define EXAMPLES_REPORT_REPORT_H

#include <info/info.h>

#include <cjson/cJSON.h>

#include "source.h"

/** One model. */
struct model_numbers {
    double *surprisal; /* [tokens]; NaN where there is no target */
    double *entropy;   /* [tokens] */
    double *varentropy;
    double hits; /* scored tokens that were the most probable */

    double nll, perplexity, top1_accuracy; /* over the scored tokens */
    double bits_per_byte;                  /* NaN: bytes unknown */
    double mean_entropy, mean_varentropy;  /* over all tokens */

    int64_t states;         /* hidden states: embedding, layers, final norm; 0: unknown */
    double *rank_entropy;   /* [states], mean over windows of the spectrum's entropy */
    double *rank;           /* [states], mean over windows of its exponential */
    double rank_uncentered; /* the same of the last state with its mean left in */
    double *spectrum;       /* last state of the first window: descending, sum 1 */
    int64_t spectrum_len;

    int64_t layers, heads; /* 0: unknown */
    double *attention;     /* [layers, heads], mean entropy of the rows */
};

/** The first model (P) against another (Q). */
struct comparison {
    double *kl; /* [tokens], KL(P || Q) */
    double mean_kl, mean_kl_reverse, mean_js, same_top1;
};

struct report {
    info_ctx *ctx;
    const struct source *source;
    int64_t tokens, scored; /* positions, and those with a target */
    int64_t bytes;          /* of the scored text; 0: unknown */
    int64_t full_tokens;    /* positions of the first window: shorter ones */
    int64_t full_windows;   /* count for no ranks and no attention */
    struct model_numbers models[ROLES];
    struct comparison comparisons[ROLES]; /* but ROLE_MODEL */
    cJSON *texts;                         /* of the targets; NULL: unknown */
};

/** Starts an empty report on a source. */
bool report_start(struct report *report, const struct source *source, struct failure *failure);

/** Measures one more window. */
bool report_add(struct report *report, const struct window *window, struct failure *failure);

/** Turns sums into means. No window may follow. */
void report_finish(struct report *report);

void report_free(struct report *report);

/** Whether the report has a model. */
bool report_has(const struct report *report, enum role role);

/** Differences in effective rank of the last state, untrained minus trained;
 *  NaN if unknown. First form: of exponentials of mean entropies; second: of
 *  mean exponentials. */
double report_diff_erank(const struct report *report);
double report_diff_erank_of_means(const struct report *report);

/** "embedding", "layer 3", "final norm"; "hidden states" where there is one state alone */
void state_name(char *out, size_t size, int64_t state, int64_t states);

#endif
