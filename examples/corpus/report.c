/* SPDX-License-Identifier: MIT
 * The study as a table and as JSON. */
#include <stdio.h>
#include <string.h>

#include "../program/text_json.h"
#include "study.h"

static void print_visible(const char *text)
{
    for (; *text; text++)
        if (*text == '\n')
            fputs("\\n", stdout);
        else
            putchar(*text);
}

void study_print(const struct study *s)
{
    printf("%lld bytes, %lld tokens, %lld different ones; tables take %.0f MiB\n\n", (long long)s->bytes,
           (long long)s->tokens, (long long)s->alphabet, (double)s->memory / (1 << 20));
    printf("  bits per token after n - 1 others\n   n   different  coverage");
    for (int e = 0; e < STUDY_ESTIMATORS; e++)
        printf("  %14s", study_names[e]);
    printf("  context tells\n");
    for (int64_t n = 1; n <= s->arguments->orders && s->order[n - 1].kept; n++) {
        const struct order *o = &s->order[n - 1];
        printf("  %2lld  %10lld  %8.4f", (long long)n, (long long)o->summary.distinct, o->summary.coverage);
        for (int e = 0; e < STUDY_ESTIMATORS; e++)
            printf("  %14.4f", study_rate(s, n, e));
        printf("  %13.4f%s\n", study_rate(s, 1, 1) - study_rate(s, n, 1), o->low ? "  (bias dominates)" : "");
    }
    printf("\n  bits that tokens tell of each other, by distance, and the bias that was taken off\n");
    for (int64_t i = 0; i < s->distances; i++)
        printf("  %8lld  %9.6f  %9.6f\n", (long long)s->distance[i], s->at[i], s->bias[i]);
    if (s->fitted)
        printf("  about %.3g d^-%.3g (exponent %.3g to %.3g)\n", s->law.factor.value, s->law.exponent.value,
               s->law.exponent.low, s->law.exponent.high);
    printf("\n  pairs that tell most                  pairs that belong together (NPMI)\n");
    for (int i = 0; i < s->pairs[0] || i < s->pairs[1]; i++) {
        for (int k = 0; k < 2; k++) {
            if (i >= s->pairs[k])
                continue;
            const struct pair *p = &s->pair[k][i];
            printf("  %8lld  %6.3f  ", (long long)p->association.count, k ? p->association.npmi : p->association.pmi);
            print_visible(p->text);
            if (k == 0)
                printf("%*s", (int)(18 - strlen(p->text) > 0 && strlen(p->text) < 18 ? 18 - strlen(p->text) : 1), "");
        }
        putchar('\n');
    }
    printf("\n  Lempel-Ziv, bits per token: %.4f by phrases, %.4f by matches (the longest %lld)\n",
           s->lempel_ziv.phrase_rate, s->lempel_ziv.match_rate, (long long)s->lempel_ziv.longest);
    for (int i = 0; i < s->others; i++)
        printf("  %-20s %.4f bits per byte\n", s->other[i].name,
               8 * (double)s->other[i].compressed / (double)s->compressed_bytes);
}

static cJSON *orders_json(const struct study *s)
{
    cJSON *list = cJSON_CreateArray();
    for (int64_t n = 1; n <= s->arguments->orders && s->order[n - 1].kept; n++) {
        const struct order *o = &s->order[n - 1];
        cJSON *order = cJSON_CreateObject(), *rates = cJSON_AddArrayToObject(order, "rates");
        cJSON_AddNumberToObject(order, "n", (double)n);
        cJSON_AddNumberToObject(order, "different", (double)o->summary.distinct);
        cJSON_AddNumberToObject(order, "coverage", o->summary.coverage);
        cJSON_AddBoolToObject(order, "biased", o->low);
        for (int e = 0; e < STUDY_ESTIMATORS; e++)
            cJSON_AddItemToArray(rates, cJSON_CreateNumber(study_rate(s, n, e)));
        cJSON_AddItemToArray(list, order);
    }
    return list;
}

static cJSON *pairs_json(const struct study *s, int k)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < s->pairs[k]; i++) {
        const struct pair *p = &s->pair[k][i];
        cJSON *pair = cJSON_CreateObject();
        cJSON_AddItemToObject(pair, "text", text_json((struct piece){p->text, strlen(p->text)}));
        cJSON_AddNumberToObject(pair, "count", (double)p->association.count);
        cJSON_AddNumberToObject(pair, "pmi", p->association.pmi);
        cJSON_AddNumberToObject(pair, "npmi", p->association.npmi);
        cJSON_AddItemToArray(list, pair);
    }
    return list;
}

cJSON *study_json(const struct study *s)
{
    static const char *const units[] = {"byte", "character", "word", "token", "token", "token"};
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "libinfo", info_version_string());
    const char *slash = strrchr(s->arguments->text, '/');
    cJSON_AddStringToObject(json, "title", slash ? slash + 1 : s->arguments->text);
    cJSON_AddStringToObject(json, "unit", units[s->arguments->unit]);
    cJSON_AddNumberToObject(json, "bytes", (double)s->bytes);
    cJSON_AddNumberToObject(json, "tokens", (double)s->tokens);
    cJSON_AddNumberToObject(json, "alphabet", (double)s->alphabet);
    cJSON_AddNumberToObject(json, "tableBytes", (double)s->memory);
    cJSON_AddItemToObject(json, "estimators", cJSON_CreateStringArray(study_names, STUDY_ESTIMATORS));
    cJSON_AddItemToObject(json, "orders", orders_json(s));
    cJSON *distances = cJSON_AddArrayToObject(json, "distances");
    for (int64_t i = 0; i < s->distances; i++) {
        cJSON *point = cJSON_CreateObject();
        cJSON_AddNumberToObject(point, "distance", (double)s->distance[i]);
        cJSON_AddNumberToObject(point, "information", s->at[i]);
        cJSON_AddItemToArray(distances, point);
    }
    if (s->fitted) {
        cJSON *law = cJSON_AddObjectToObject(json, "law");
        cJSON_AddNumberToObject(law, "factor", s->law.factor.value);
        cJSON_AddNumberToObject(law, "exponent", s->law.exponent.value);
        cJSON_AddNumberToObject(law, "low", s->law.exponent.low);
        cJSON_AddNumberToObject(law, "high", s->law.exponent.high);
    }
    cJSON_AddItemToObject(json, "informative", pairs_json(s, 0));
    cJSON_AddItemToObject(json, "associated", pairs_json(s, 1));
    cJSON *codes = cJSON_AddArrayToObject(json, "codes");
    const double per_byte = (double)s->tokens / (double)s->bytes;
    for (int i = -2; i < s->others; i++) {
        cJSON *code = cJSON_CreateObject();
        cJSON_AddStringToObject(code, "name",
                                i == -2   ? "Lempel-Ziv, phrases"
                                : i == -1 ? "Lempel-Ziv, matches"
                                          : s->other[i].name);
        cJSON_AddNumberToObject(code, "bitsPerByte",
                                i == -2   ? s->lempel_ziv.phrase_rate * per_byte
                                : i == -1 ? s->lempel_ziv.match_rate * per_byte
                                          : 8 * (double)s->other[i].compressed / (double)s->compressed_bytes);
        cJSON_AddItemToArray(codes, code);
    }
    return json;
}
