/* SPDX-License-Identifier: MIT
 *
 * A study as JSON: bottleneck.json, and the data of bottleneck.html.
 */
#ifndef EXAMPLES_BOTTLENECK_STUDY_JSON_H
#define EXAMPLES_BOTTLENECK_STUDY_JSON_H

#include <cjson/cJSON.h>

#include "study.h"

/** Words of a cluster, or words that follow it, in the order of how telling
 *  they are; at most most of them. The number written. */
int study_members(const struct study *study, const struct words *words, int64_t cluster, int most, int64_t *members);
int study_followers(const struct study *study, const struct words *words, int64_t cluster, int most,
                    int64_t *followers);

/** Clusters from the one that keeps most to the one that keeps least. */
void study_order(const struct study *study, int64_t *order);

/** NULL when memory ran out. */
cJSON *study_json(const struct study *study, const struct words *words, const struct arguments *arguments);

#endif
