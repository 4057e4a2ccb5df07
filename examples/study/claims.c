/* SPDX-License-Identifier: MIT
 * What the papers say beside what was found. The verdict is a rule on the numbers,
 * written down here and shown with them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "study.h"

static double at(const cJSON *object, const char *name, int index)
{
    const cJSON *array = cJSON_GetObjectItem(object, name);
    const int size = cJSON_GetArraySize(array);
    const cJSON *item = cJSON_GetArrayItem(array, index < 0 ? size + index : index);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static double mean(const cJSON *object, const char *name)
{
    const cJSON *item;
    double sum = 0;
    int count = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(object, name))
    {
        sum += item->valuedouble;
        count++;
    }
    return count > 0 ? sum / count : NAN;
}

static double lowest(const cJSON *object, const char *name)
{
    const cJSON *item;
    double value = INFINITY;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(object, name)) value = fmin(value, item->valuedouble);
    return value;
}

static void claim(cJSON *table, const char *source, const char *text, const char *rule, const char *found,
                  const char *verdict)
{
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "source", source);
    cJSON_AddStringToObject(row, "claim", text);
    cJSON_AddStringToObject(row, "rule", rule);
    cJSON_AddStringToObject(row, "found", found);
    cJSON_AddStringToObject(row, "verdict", verdict);
    cJSON_AddItemToArray(table, row);
}

/* The verdict of an experiment, if it was made. */
static const char *verdict(const cJSON *experiment, bool agrees)
{
    return experiment == NULL ? "not tested" : agrees ? "agrees" : "does not";
}

#define UNTESTED "the data for it were not given"

/* Fewer twins, or fewer passages, and what was found may be chance. */
#define LEAST_SEEDS 3
#define LEAST_PASSAGES 6

static void rank_claims(cJSON *table, const cJSON *layers, const cJSON *seeds)
{
    char found[256] = UNTESTED;
    const double least = lowest(seeds, "diff_erank");
    const int count = cJSON_GetArraySize(cJSON_GetObjectItem(seeds, "seed"));
    const cJSON *tested = count >= LEAST_SEEDS ? seeds : NULL;
    if (seeds != NULL)
        snprintf(found, sizeof found, "mean %.2f over %d seed%s, lowest %.2f%s", mean(seeds, "diff_erank"), count,
                 count == 1 ? "" : "s", least, tested == NULL ? "; too few to tell from chance" : "");
    claim(table, "Diff-eRank",
          "Training removes redundancy: the effective rank after the last layer falls, Diff-eRank is positive",
          "positive for every seed of the twin, of three at least", found, verdict(tested, least > 0));
    const double trained = at(layers, "trained_entropy", -1), untrained = at(layers, "untrained_entropy", -1);
    if (seeds != NULL)
        snprintf(found, sizeof found, "normalized entropy %.4f, untrained %.4f", trained, untrained);
    claim(table, "Geometry", "Training compresses: representation entropy after the last layer falls",
          "trained below the mean of the twins, of three at least", found, verdict(tested, trained < untrained));
}

static void length_claim(cJSON *table, const cJSON *lengths)
{
    char found[256];
    const double first = at(lengths, "trained_rank", 0), last = at(lengths, "trained_rank", -1);
    snprintf(found, sizeof found, "%.2f at %.0f tokens, %.2f at %.0f", first, at(lengths, "lengths", 0), last,
             at(lengths, "lengths", -1));
    claim(table, "assumed by averages over a data set", "Effective ranks of texts of different length can be averaged",
          "the rank changes by less than a tenth from the shortest length to the longest", found,
          verdict(lengths, fabs(last - first) < 0.1 * last));
}

static void gain_claim(cJSON *table, const cJSON *gains)
{
    char found[256] = UNTESTED;
    const double last = at(gains, "correlation", -1);
    if (!isnan(last))
        snprintf(found, sizeof found, "rank correlation %.3f after the final norm, %.3f for embeddings", last,
                 at(gains, "correlation", 0));
    claim(table, "Geometry",
          "The information gain of a token in representation space reflects its conditional entropy, as the loss does",
          "rank correlation of gain and surprisal above 0.2 after the final norm", found,
          verdict(isnan(last) ? NULL : gains, last > 0.2));
}

static void selection_claims(cJSON *table, const cJSON *s)
{
    char found[256] = UNTESTED;
    const double lasso = mean(s, "lasso"), attention = mean(s, "attention"), random = mean(s, "random");
    if (s != NULL)
        snprintf(found, sizeof found, "error %.4f from Lasso's tokens, %.4f from attention's, %.4f from random ones",
                 lasso, attention, random);
    claim(
        table, "Geometry",
        "Lasso selects meaningful tokens, at times better than attention weights do (it has seen the token that it explains; attention has not)",
        "lower reconstruction error at equal support, mean of all layers", found, verdict(s, lasso < attention));
    const double overlap = mean(s, "overlap"), chance = mean(s, "chance");
    if (s != NULL)
        snprintf(found, sizeof found, "overlap %.3f, by chance %.3f; rank correlation %.3f", overlap, chance,
                 mean(s, "spearman"));
    claim(table, "Geometry", "Lasso's tokens and those of high attention are related",
          "overlap above one and a half times chance", found, verdict(s, overlap > 1.5 * chance));
    const double all = mean(s, "all"), without = mean(s, "without_attention"), control = mean(s, "without_random");
    if (s != NULL)
        snprintf(found, sizeof found,
                 "error %.4f from all, %.4f without the highest in attention, %.4f without random ones", all, without,
                 control);
    claim(table, "Geometry", "Information is spread over all tokens, not held by a few meaningful ones",
          "removing the highest in attention costs less than half of what keeping only random tokens costs", found,
          verdict(s, without - all < 0.5 * (random - all)));
}

static void sentence_claims(cJSON *table, const cJSON *s)
{
    char found[256] = "one window: no passages of another to compare with";
    const double means = at(s, "separation", 0), covariances = at(s, "separation", 3);
    const int passages = (int)cJSON_GetObjectItem(s, "passages")->valuedouble;
    const cJSON *enough = passages >= LEAST_PASSAGES ? s : NULL, *tested = isnan(means) ? NULL : enough;
    if (!isnan(means))
        snprintf(found, sizeof found, "%.2f by the cosine of means, %.2f by Bures-Wasserstein", means, covariances);
    const double words = at(s, "untrained_separation", 0);
    if (!isnan(means) && !isnan(words))
        snprintf(found + strlen(found), sizeof found - strlen(found),
                 "; untrained, which tells words apart: %.2f, %.2f", words, at(s, "untrained_separation", 3));
    claim(
        table, "Geometry", "What a passage is about shows in the mean of its tokens and in their covariance",
        "passages of one window nearer than those of two in more than 0.6 of cases, by both (chance is 0.5), six at least",
        found, verdict(tested, means > 0.6 && covariances > 0.6));
    const double correlation = at(s, "correlation", 3);
    snprintf(found, sizeof found, "passages: %d; six are needed", passages);
    if (enough != NULL)
        snprintf(found, sizeof found,
                 "rank correlation over the pairs %.3f with Bures-Wasserstein, %.3f with Frobenius, %.3f with Stein",
                 correlation, at(s, "correlation", 2), at(s, "correlation", 6));
    claim(table, "Geometry", "Distances of covariances and of means see the same structure of sentences",
          "rank correlation of Bures-Wasserstein and Euclidean distance of means above 0.5, six passages at least",
          found, verdict(enough, correlation > 0.5));
}

static void family_claims(cJSON *table, const cJSON *family)
{
    const char *text = "Representation entropy and Diff-eRank follow power laws in the model's size";
    const char *rule = "log-log fit with R^2 above 0.9 and an interval of the exponent without 0";
    const cJSON *law = cJSON_GetObjectItem(family, "entropy_law"), *exponent = cJSON_GetObjectItem(law, "exponent");
    if (exponent == NULL) {
        const cJSON *problem = cJSON_GetObjectItem(law, "problem");
        claim(table, "both papers", text, rule,
              problem != NULL ? problem->valuestring : "one model has no size to vary; give --family a list of dumps",
              "not tested");
        return;
    }
    char found[256];
    const double r_squared = cJSON_GetObjectItem(law, "r_squared")->valuedouble;
    const double low = at(law, "exponent", 1), high = at(law, "exponent", 2);
    snprintf(found, sizeof found, "entropy: exponent %.4f (%.4f to %.4f), R^2 %.3f", at(law, "exponent", 0), low, high,
             r_squared);
    claim(table, "both papers", text, rule, found, verdict(law, r_squared > 0.9 && low * high > 0));
}

cJSON *study_claims(const cJSON *found)
{
    cJSON *table = cJSON_CreateArray();
    rank_claims(table, cJSON_GetObjectItem(found, "layers"), cJSON_GetObjectItem(found, "seeds"));
    length_claim(table, cJSON_GetObjectItem(found, "lengths"));
    gain_claim(table, cJSON_GetObjectItem(found, "gains"));
    selection_claims(table, cJSON_GetObjectItem(found, "selections"));
    sentence_claims(table, cJSON_GetObjectItem(found, "sentences"));
    family_claims(table, cJSON_GetObjectItem(found, "family"));
    return table;
}
