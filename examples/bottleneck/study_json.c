/* SPDX-License-Identifier: MIT */
#include "study_json.h"

#include <math.h>
#include <string.h>

#include "../program/text_json.h"

#define MEMBERS 16
#define FOLLOWERS 6

/* Keeps the most entries of largest score, in order, as they come. */
static int offer(int count, int most, double *scores, int64_t *kept, double score, int64_t candidate)
{
    int at = count;
    while (at > 0 && scores[at - 1] < score)
        at--;
    if (at >= most)
        return count;
    const int end = count < most ? count : most - 1;
    for (int i = end; i > at; i--) {
        scores[i] = scores[i - 1];
        kept[i] = kept[i - 1];
    }
    scores[at] = score;
    kept[at] = candidate;
    return end + 1;
}

int study_members(const struct study *s, const struct words *w, int64_t cluster, int most, int64_t *members)
{
    double scores[MEMBERS];
    int count = 0;
    most = most < MEMBERS ? most : MEMBERS;
    for (int64_t x = 0; x < w->vocabulary; x++)
        if (s->label[x] == cluster && w->count[x] > 0)
            count = offer(count, most, scores, members, w->count[x], x);
    return count;
}

/* By their part of the cluster's information, p(y|t) log(p(y|t) / p(y)). */
int study_followers(const struct study *s, const struct words *w, int64_t cluster, int most, int64_t *followers)
{
    double scores[FOLLOWERS];
    int count = 0;
    most = most < FOLLOWERS ? most : FOLLOWERS;
    for (int64_t y = 0; y < w->vocabulary; y++) {
        double all = 0;
        for (int64_t t = 0; t < s->clusters; t++)
            all += s->weight[t] * s->next[t * w->vocabulary + y];
        const double p = s->next[cluster * w->vocabulary + y];
        if (p > all)
            count = offer(count, most, scores, followers, p * log(p / all), y);
    }
    return count;
}

void study_order(const struct study *s, int64_t *order)
{
    for (int64_t i = 0; i < s->clusters; i++) {
        int64_t at = i;
        for (; at > 0 && s->kept[order[at - 1]] < s->kept[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static cJSON *names(const struct words *w, const int64_t *which, int count)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; list != NULL && i < count; i++)
        cJSON_AddItemToArray(list, text_json(w->name[which[i]]));
    return list;
}

static cJSON *cluster_json(const struct study *s, const struct words *w, int64_t t)
{
    int64_t some[MEMBERS];
    cJSON *made = cJSON_CreateObject();
    int64_t size = 0;
    for (int64_t x = 0; x < w->vocabulary; x++)
        size += s->label[x] == t && w->count[x] > 0;
    cJSON_AddNumberToObject(made, "weight", s->weight[t]);
    cJSON_AddNumberToObject(made, "kept", s->kept[t]);
    cJSON_AddNumberToObject(made, "size", (double)size);
    cJSON_AddItemToObject(made, "words", names(w, some, study_members(s, w, t, MEMBERS, some)));
    cJSON_AddItemToObject(made, "next", names(w, some, study_followers(s, w, t, FOLLOWERS, some)));
    return made;
}

static cJSON *point_json(const info_bottleneck_result *r)
{
    cJSON *made = cJSON_CreateObject();
    cJSON_AddNumberToObject(made, "compression", r->compression);
    cJSON_AddNumberToObject(made, "relevance", r->relevance);
    cJSON_AddNumberToObject(made, "bound", r->relevance_bound);
    cJSON_AddNumberToObject(made, "clusters", (double)r->clusters);
    if (isfinite(r->beta))
        cJSON_AddNumberToObject(made, "beta", r->beta);
    return made;
}

static cJSON *rate_json(const struct study *s)
{
    cJSON *made = cJSON_CreateObject(), *points = cJSON_AddArrayToObject(made, "points");
    cJSON_AddNumberToObject(made, "rows", (double)s->predictions);
    cJSON_AddNumberToObject(made, "standIns", (double)s->reproductions);
    for (int i = 0; i < STUDY_RATES; i++) {
        cJSON *point = cJSON_CreateObject();
        cJSON_AddNumberToObject(point, "loss", s->rate[i].distortion);
        cJSON_AddNumberToObject(point, "rate", s->rate[i].value);
        cJSON_AddNumberToObject(point, "gap", s->rate[i].upper - s->rate[i].lower);
        cJSON_AddItemToArray(points, point);
    }
    return made;
}

cJSON *study_json(const struct study *s, const struct words *w, const struct arguments *arguments)
{
    const char *slash = strrchr(arguments->text, '/');
    const char *title = slash != NULL ? slash + 1 : arguments->text;
    cJSON *made = cJSON_CreateObject();
    cJSON_AddStringToObject(made, "libinfo", info_version_string());
    cJSON_AddItemToObject(made, "title", text_json((struct piece){title, strlen(title)}));
    cJSON_AddBoolToObject(made, "characters", arguments->characters);
    cJSON_AddNumberToObject(made, "tokens", (double)w->read);
    cJSON_AddNumberToObject(made, "vocabulary", (double)w->vocabulary);
    cJSON_AddNumberToObject(made, "nextEntropy", s->next_entropy);
    cJSON_AddNumberToObject(made, "information", s->information);
    cJSON_AddItemToObject(made, "shown", point_json(&s->shown));
    cJSON *clusters = cJSON_AddArrayToObject(made, "clusters");
    int64_t order[1000];
    study_order(s, order);
    for (int64_t i = 0; i < s->clusters; i++)
        if (s->weight[order[i]] > 0)
            cJSON_AddItemToArray(clusters, cluster_json(s, w, order[i]));
    cJSON *hard = cJSON_AddArrayToObject(made, "hard"), *soft = cJSON_AddArrayToObject(made, "soft");
    for (int i = 0; i < s->sizes; i++)
        cJSON_AddItemToArray(hard, point_json(s->hard + i));
    for (int i = 0; i < STUDY_BETAS; i++)
        cJSON_AddItemToArray(soft, point_json(s->soft + i));
    if (s->predictions > 0)
        cJSON_AddItemToObject(made, "rate", rate_json(s));
    return made;
}
