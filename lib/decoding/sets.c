/* SPDX-License-Identifier: MIT
 * Arguments that say which tokens stay. */
#include <math.h>
#include <stdio.h>

#include "decoding/kept.h"

/* What a rule's value may be. */
typedef struct range {
    double low, high;
    bool above_low; /* low itself is not allowed */
    bool whole;
} range;

static range range_of(info_rule rule)
{
    switch (rule) {
    case INFO_RULE_TOP_K:
        return (range){1, 0x1p53, false, true};
    case INFO_RULE_TOP_P:
    case INFO_RULE_TYPICAL:
        return (range){0, 1, true, false};
    case INFO_RULE_P_LESS:
        return (range){0, 0, false, false};
    case INFO_RULE_TOP_N_SIGMA:
    case INFO_RULE_SURPRISE_CAP:
        return (range){0, 0x1p1000, false, false};
    default:
        return (range){0, 1, false, false};
    }
}

static info_status check_rule(info_i_error *error, const char *name, int64_t place, const info_kept_rule *rule)
{
    if (rule->rule < INFO_RULE_TOP_K || rule->rule > INFO_RULE_SURPRISE_CAP)
        return info_i_fail(error, INFO_ERROR_OPTION, "%s.rules: rule %d at %lld is not allowed; %d to %d are", name,
                           (int)rule->rule, (long long)place, INFO_RULE_TOP_K, INFO_RULE_SURPRISE_CAP);
    if (rule->reserved != 0)
        return info_i_fail(error, INFO_ERROR_OPTION, "%s.rules: reserved is %d at %lld; it must be 0", name,
                           (int)rule->reserved, (long long)place);
    const range r = range_of(rule->rule);
    const double v = rule->value;
    if (!(v >= r.low && v <= r.high) || (r.above_low && v == r.low) || (r.whole && v != floor(v)))
        return info_i_fail(error, INFO_ERROR_OPTION, "%s.rules: value %s at %lld is not allowed; %s%s to %s %s", name,
                           info_i_number_text(v).text, (long long)place, r.above_low ? "numbers above " : "",
                           info_i_number_text(r.low).text, info_i_number_text(r.high).text,
                           r.whole ? "without a fraction are" : "are");
    return INFO_OK;
}

static info_status check_ids(info_i_error *error, const char *name, const info_kept_set *set, int64_t rows)
{
    int64_t count;
    if (!set->ids) {
        if (set->ids_len != 0 || set->ids_per_row != 0)
            return info_i_fail(error, INFO_ERROR_NULL, "%s.ids: is NULL, but ids_len is %lld and ids_per_row %lld",
                               name, (long long)set->ids_len, (long long)set->ids_per_row);
        return INFO_OK;
    }
    if (set->ids_per_row < 1)
        return info_i_fail(error, INFO_ERROR_SIZE, "%s.ids_per_row: %lld; 1 or more is allowed", name,
                           (long long)set->ids_per_row);
    if (!info_i_multiply(rows, set->ids_per_row, &count))
        return info_i_fail(error, INFO_ERROR_OVERFLOW, "%s.ids_per_row: %lld times %lld rows cannot be addressed", name,
                           (long long)set->ids_per_row, (long long)rows);
    if (set->ids_len != count)
        return info_i_fail(error, INFO_ERROR_SIZE, "%s.ids: has %lld elements; %lld are needed", name,
                           (long long)set->ids_len, (long long)count);
    char array[32];
    snprintf(array, sizeof array, "%s.ids", name);
    return info_i_check_integers(error, array, set->ids, set->id_type);
}

info_status info_i_kept_check_set(info_i_error *error, const char *name, const info_kept_set *given,
                                  const info_matrix *logits, info_kept_set *own)
{
    info_i_required(error, info_kept_set, name, own, given);
    info_i_check(error, info_i_integer_size(own->id_type) > 0, INFO_ERROR_TYPE,
                 "%s.id_type: %d is unknown; allowed are 0 (int64) to 6 (uint8)", name, (int)own->id_type);
    if (error->status == INFO_OK && own->rules_len < 0)
        info_i_fail(error, INFO_ERROR_SIZE, "%s.rules_len: %lld; 0 or more is allowed", name,
                    (long long)own->rules_len);
    if (error->status == INFO_OK && own->rules_len > 0 && !own->rules)
        info_i_fail(error, INFO_ERROR_NULL, "%s.rules: is NULL", name);
    for (int64_t i = 0; error->status == INFO_OK && i < own->rules_len; i++)
        check_rule(error, name, i, &own->rules[i]);
    return error->status == INFO_OK ? check_ids(error, name, own, logits->rows) : error->status;
}

info_status info_i_kept_invalid_row(const info_i_lm *lm, info_i_error *error, atomic_llong *count, const char *argument,
                                    const info_matrix *logits, int64_t row, const char *set_name,
                                    const info_kept_set *set)
{
    if (!lm->invalid_is_error || !set->ids || !info_i_row_measure(lm, logits, row, INFO_I_DETAIL_SUM, INFINITY).valid)
        return info_i_lm_invalid_row(lm, error, count, argument, logits, row);
    return info_i_fail(
        error, INFO_ERROR_DOMAIN,
        "%s.ids: those of row %lld are none of probability above 0, or twice the same, or out of range; 0 "
        "to %lld and -1 are allowed",
        set_name, (long long)row, (long long)info_i_lm_length(lm, logits, row) - 1);
}
