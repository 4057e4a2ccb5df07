/* SPDX-License-Identifier: MIT
 * Passages compared by the means and the covariances of their tokens: whether a distance tells
 * passages of one window from those of others, and how alike the distances rank the pairs. */
#include <math.h>
#include <stdlib.h>

#include "study.h"

#define PASSAGE 32 /* tokens */

/* Distances of full covariances cost the cube of the width for each pair. */
#define NARROW 128
#define MOST_PASSAGES 24
#define MOST_WIDE_PASSAGES 8

/* Of unit rows; the mean eigenvalue of a covariance is at most 1 / width. */
#define RIDGE 1e-3

static const struct {
    info_sentence_measure measure;
    const char *name;
} measures[] = {
    {INFO_SENTENCE_COSINE, "means, cosine"},
    {INFO_SENTENCE_EUCLIDEAN, "means, Euclidean"},
    {INFO_SENTENCE_FROBENIUS, "Frobenius"},
    {INFO_SENTENCE_BURES_WASSERSTEIN, "Bures-Wasserstein"},
    {INFO_SENTENCE_FRECHET, "Fréchet (means too)"},
    {INFO_SENTENCE_LOG_EUCLIDEAN, "log-Euclidean"},
    {INFO_SENTENCE_STEIN, "Stein"},
};
#define MEASURES (sizeof measures / sizeof measures[0])
#define EUCLIDEAN_MEANS 1

struct passages {
    int count;
    int window[MOST_PASSAGES];
    int64_t begin[MOST_PASSAGES];
    int pairs;
    bool same[MOST_PASSAGES * MOST_PASSAGES / 2]; /* window */
};

/* As many passages as are compared, spread evenly over all there are; each window's first token is left out. */
static void choose(const struct study *study, struct passages *p)
{
    const int64_t width = study->trained.windows[0].hidden.shape[2], each = (study->length - 1) / PASSAGE;
    const int64_t all = each * study->window_count, most = width <= NARROW ? MOST_PASSAGES : MOST_WIDE_PASSAGES;
    p->count = (int)(all < most ? all : most);
    p->pairs = 0;
    for (int i = 0; i < p->count; i++) {
        const int64_t passage = i * all / p->count;
        p->window[i] = (int)(passage / each);
        p->begin[i] = 1 + passage % each * PASSAGE;
        for (int j = 0; j < i; j++)
            p->same[p->pairs++] = p->window[i] == p->window[j];
    }
}

static info_matrix passage(const struct study *study, const struct run *run, const struct passages *p, int i)
{
    info_matrix z = study_hidden(run, p->window[i], study_states(study) - 1);
    z.data = (const char *)z.data + (size_t)(p->begin[i] * z.row_stride) * element_size(z.dtype);
    z.rows = PASSAGE;
    return z;
}

static bool compare(struct study *study, const struct run *run, const struct passages *p, size_t measure, double *out,
                    struct failure *failure)
{
    const info_sentence_options options = {
        .struct_size = sizeof options, .measure = measures[measure].measure, .rows = INFO_ROWS_UNIT, .ridge = RIDGE};
    int pair = 0;
    for (int i = 0; i < p->count; i++)
        for (int j = 0; j < i; j++) {
            const info_matrix a = passage(study, run, p, i), b = passage(study, run, p, j);
            if (info_sentence_distance(study->ctx, &a, &b, &options, &out[pair++], 1) != INFO_OK)
                return study_failed(study, failure);
        }
    return true;
}

/* How often a pair of one window is nearer than a pair of two: 1/2 by chance. */
static double separation(const struct passages *p, const double *distance)
{
    double nearer = 0, count = 0;
    for (int i = 0; i < p->pairs; i++)
        for (int j = 0; j < p->pairs; j++)
            if (p->same[i] && !p->same[j]) {
                nearer += distance[i] < distance[j] ? 1 : distance[i] == distance[j] ? 0.5 : 0;
                count++;
            }
    return nearer / count; /* NaN, which is null in JSON, without pairs of both kinds */
}

/* Of one model: the separation by each measure, and its rank correlation with that of the means. */
static bool measure(struct study *study, const struct run *run, const struct passages *p, const char *separations,
                    const char *correlations, cJSON *json, struct failure *failure)
{
    enum { MOST = MOST_PASSAGES * MOST_PASSAGES / 2 };
    double distance[MEASURES][MOST];
    cJSON *separated = cJSON_AddArrayToObject(json, separations),
          *correlated = cJSON_AddArrayToObject(json, correlations);
    for (size_t m = 0; m < MEASURES; m++) {
        if (!compare(study, run, p, m, distance[m], failure))
            return false;
        cJSON_AddItemToArray(separated, cJSON_CreateNumber(separation(p, distance[m])));
        progress_draw(&study->progress, (double)(m + 1) / (double)MEASURES);
    }
    if (p->pairs < 2)
        return true; /* nothing to rank */
    const info_matrix means = {distance[EUCLIDEAN_MEANS], 1, p->pairs, p->pairs, 1, INFO_F64, 0};
    for (size_t m = 0; m < MEASURES; m++) {
        const info_matrix other = {distance[m], 1, p->pairs, p->pairs, 1, INFO_F64, 0};
        info_ranking_agreement agreement;
        if (info_ranking_compare(study->ctx, &means, &other, 1, &agreement, 1) < 0)
            return study_failed(study, failure);
        cJSON_AddItemToArray(correlated, cJSON_CreateNumber(agreement.spearman));
    }
    return true;
}

cJSON *study_sentences(struct study *study, struct failure *failure)
{
    struct passages p;
    choose(study, &p);
    cJSON *json = cJSON_CreateObject(), *names = cJSON_AddArrayToObject(json, "measures");
    for (size_t m = 0; m < MEASURES; m++)
        cJSON_AddItemToArray(names, cJSON_CreateString(measures[m].name));
    cJSON_AddNumberToObject(json, "passages", p.count);
    cJSON_AddNumberToObject(json, "length", PASSAGE);
    bool measured = measure(study, &study->trained, &p, "separation", "correlation", json, failure);
    if (measured && !study_lacks_twin(study))
        measured =
            measure(study, &study->untrained[0], &p, "untrained_separation", "untrained_correlation", json, failure);
    if (measured)
        return json;
    cJSON_Delete(json);
    return NULL;
}
