/* SPDX-License-Identifier: MIT
 * The kinds: how many columns, and which sums besides those of every column. */
#include <math.h>

#include "evaluation/kinds.h"
#include "evaluation/state.h"

/* With B = s / u, the value of a document per unit: s u and, of documents with units, 1, B and B^2. */
static void likelihood_document(const info_evaluation *state, info_i_exact_sum *extra, int64_t rows, const double *sums)
{
    (void)state;
    (void)rows;
    const double s = sums[INFO_LIKELIHOOD_NLL], u = sums[INFO_LIKELIHOOD_UNITS];
    info_i_exact_add_product(&extra[INFO_I_UNIT_PRODUCTS], s, u);
    if (!(u > 0))
        return;
    info_i_exact_add(&extra[INFO_I_UNIT_DOCUMENTS], 1);
    info_i_exact_add(&extra[INFO_I_UNIT_MEANS], s / u);
    info_i_exact_add_product(&extra[INFO_I_UNIT_MEAN_SQUARES], s / u, s / u);
}

static void pair_row(info_i_exact_sum *extra, const double *row)
{
    info_i_exact_add_product(&extra[INFO_I_NLL_PRODUCTS], row[INFO_PAIR_NLL_P], row[INFO_PAIR_NLL_Q]);
}

/* Of a sequence with weight w: w, w^2, the same after the cap, hits, and w times each estimator with its square. */
static void off_policy_document(const info_evaluation *state, info_i_exact_sum *extra, int64_t rows, const double *sums)
{
    (void)rows;
    const double w = exp(sums[INFO_OFF_POLICY_LOG_WEIGHT]);
    const bool hit = state->sequence_cap > 0 && w > state->sequence_cap;
    const double capped = !hit ? w : state->cap_rule == INFO_WEIGHT_MASK ? 0 : state->sequence_cap;
    info_i_exact_add(&extra[INFO_I_SEQUENCE_WEIGHT], w);
    info_i_exact_add_product(&extra[INFO_I_SEQUENCE_WEIGHT + 1], w, w);
    info_i_exact_add(&extra[INFO_I_SEQUENCE_CAPPED], capped);
    info_i_exact_add_product(&extra[INFO_I_SEQUENCE_CAPPED + 1], capped, capped);
    info_i_exact_add(&extra[INFO_I_SEQUENCE_HITS], hit);
    for (int k = 0; k < 3; k++) {
        const double sum = sums[INFO_OFF_POLICY_PLAIN_K1 + k], value = capped == 0 ? 0 : capped * sum;
        info_i_exact_add(&extra[INFO_I_SEQUENCE_K + 2 * k], value);
        info_i_exact_add_product(&extra[INFO_I_SEQUENCE_K + 2 * k + 1], value, value);
    }
}

#define BIT(column) ((uint32_t)1 << (column))

const info_i_rules *info_i_rules_of(info_evaluation_kind kind)
{
    static const info_i_rules rules[] = {
        [INFO_EVALUATION_LIKELIHOOD] = {.name = "likelihoods",
                                        .columns = 7,
                                        .extras = 4,
                                        .with_buckets = BIT(INFO_LIKELIHOOD_NLL) | BIT(INFO_LIKELIHOOD_ENTROPY),
                                        .document_extras = likelihood_document},
        [INFO_EVALUATION_PAIR] = {.name = "pairs of models",
                                  .columns = 15,
                                  .extras = 1,
                                  .with_buckets = BIT(INFO_PAIR_LOG_RATIO) | BIT(INFO_PAIR_DELTA_P) |
                                                  BIT(INFO_PAIR_KL) | BIT(INFO_PAIR_KL_REVERSE),
                                  .row_extras = pair_row},
        [INFO_EVALUATION_SAMPLED_KL] = {.name = "sampled KL", .columns = 3},
        [INFO_EVALUATION_OFF_POLICY] = {.name = "off-policy samples",
                                        .columns = 10,
                                        .extras = 11,
                                        .with_buckets = BIT(INFO_OFF_POLICY_LOG_WEIGHT),
                                        .document_extras = off_policy_document},
        [INFO_EVALUATION_VALUES] = {.name = "columns of values", .with_buckets = UINT32_MAX},
        [INFO_EVALUATION_RANKS] = {.name = "effective ranks", .columns = 6, .with_buckets = UINT32_MAX},
        [INFO_EVALUATION_STATES] = {.name = "sums over hidden states"},
    };
    if (kind < INFO_EVALUATION_LIKELIHOOD || kind > INFO_EVALUATION_STATES)
        return NULL;
    return &rules[kind];
}
