/* SPDX-License-Identifier: MIT
 * What is measured of a text. All information is in bits. */
#ifndef EXAMPLES_CORPUS_STUDY_H
#define EXAMPLES_CORPUS_STUDY_H

#include <cjson/cJSON.h>
#include <info/info.h>

#include "../compress/others.h"
#include "../program/progress.h"
#include "reader.h"

#define STUDY_ORDERS 32
#define STUDY_DISTANCES 64
#define STUDY_PAIRS 20
#define STUDY_ESTIMATORS 4

extern const info_estimator study_estimators[STUDY_ESTIMATORS];
extern const char *const study_names[STUDY_ESTIMATORS];

struct order {
    info_counts_summary summary;
    double entropy[STUDY_ESTIMATORS]; /* of blocks */
    bool kept;                        /* false: more different n-grams than were allowed */
    bool low;                         /* of coverage: bias dominates */
};

struct pair {
    char text[64];
    info_association association;
};

struct study {
    const struct arguments *arguments;
    int64_t tokens, bytes, alphabet;
    struct order order[STUDY_ORDERS];
    int64_t distances, distance[STUDY_DISTANCES];
    double at[STUDY_DISTANCES], bias[STUDY_DISTANCES];
    bool fitted;
    info_power_law law;
    int pairs[2]; /* by information, by NPMI */
    struct pair pair[2][STUDY_PAIRS];
    info_lempel_ziv_result lempel_ziv;
    int others;
    struct other other[3];
    size_t compressed_bytes; /* of the text, that the others saw */
    int64_t memory;          /* of the tables */
};

bool study_text(struct study *study, struct reader *reader, struct progress *progress, info_ctx *ctx,
                struct failure *failure);

/** Entropy of a token after n - 1 others. */
double study_rate(const struct study *study, int64_t n, int estimator);

void study_print(const struct study *study);
cJSON *study_json(const struct study *study);

#endif
