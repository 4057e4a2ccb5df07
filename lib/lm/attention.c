/* SPDX-License-Identifier: MIT
 * Entropy of attention rows, and its least value. */
#include <math.h>

#include "lm/row.h"
#include "numeric/unit.h"
#include "numeric/convert.h"

#define BLOCK 1024

typedef struct job {
    const info_attention *a;
    info_attention_options options;
    info_i_lm softmax; /* of scores: plain logits */
    double tolerance;
    double *rows; /* [layers, heads, queries] */
    atomic_llong invalid;
} job;

static int64_t keys_seen(const job *j, int64_t query)
{
    if (j->options.lengths)
        return j->options.lengths[query];
    return j->options.mask == INFO_MASK_NONE ? j->a->keys : query + 1 + j->a->keys - j->a->queries;
}

/* Where a row of attention is: "layer 1, head 0, query 7". */
typedef struct place {
    long long layer, head, query;
} place;

static place place_of(const info_attention *a, int64_t index)
{
    return (place){index / a->queries / a->heads, index / a->queries % a->heads, index % a->queries};
}

/* H = log sum w - sum w log w / sum w. */
static info_status weights_entropy(const job *j, const info_matrix *w, info_i_error *error, int64_t index,
                                   double *entropy)
{
    const place at = place_of(j->a, index);
    double block[BLOCK], sum = 0, product = 0;
    for (int64_t begin = 0; info_i_lm_reads_on(&j->softmax, begin, w->cols); begin += BLOCK) {
        const int64_t count = w->cols - begin < BLOCK ? w->cols - begin : BLOCK;
        double block_sum = 0, block_product = 0;
        info_i_get_row_f64(w, 0, begin, count, block);
        for (int64_t i = 0; i < count; i++) {
            if (!(block[i] >= 0 && block[i] < INFINITY))
                return info_i_fail(error, INFO_ERROR_DOMAIN,
                                   "attention: weight %s at layer %lld, head %lld, query %lld, key %lld; weights are "
                                   ">= 0 and finite",
                                   info_i_number_text(block[i]).text, at.layer, at.head, at.query,
                                   (long long)(begin + i));
            block_sum += block[i];
            if (block[i] > 0)
                block_product -= block[i] * log(block[i]);
        }
        sum += block_sum;
        product += block_product;
    }
    if (!(fabs(sum - 1) <= j->tolerance))
        return info_i_fail(error, INFO_ERROR_SUM,
                           "attention: layer %lld, head %lld, query %lld sums to %s over the keys it sees; "
                           "options.tolerance allows 1 +- %s",
                           at.layer, at.head, at.query, info_i_number_text(sum).text,
                           info_i_number_text(j->tolerance).text);
    *entropy = log(sum) + product / sum;
    return INFO_OK;
}

static info_status row_entropy(const job *j, int64_t index, info_i_error *error, double *entropy)
{
    const info_attention *a = j->a;
    const place at = place_of(a, index);
    const int64_t length = keys_seen(j, at.query);
    const char *first =
        (const char *)a->data + (at.layer * a->layer_stride + at.head * a->head_stride + at.query * a->query_stride) *
                                    info_dtype_size(a->dtype);
    const info_matrix keys = {first, 1, length, 0, a->key_stride, a->dtype, 0};
    info_status status = INFO_OK;
    if (a->kind == INFO_PROBABILITIES)
        status = weights_entropy(j, &keys, error, index, entropy);
    else {
        const info_i_row r = info_i_row_measure(&j->softmax, &keys, 0, INFO_I_DETAIL_MEAN, INFINITY);
        *entropy = r.log_sum - r.mean;
        if (!r.valid)
            status = info_i_fail(error, INFO_ERROR_DOMAIN,
                                 "attention: layer %lld, head %lld, query %lld holds NaN, +inf or only -inf", at.layer,
                                 at.head, at.query);
    }
    if (status == INFO_OK && j->options.normalized)
        *entropy = length > 1 ? *entropy / log((double)length) : 0;
    else if (status == INFO_OK)
        *entropy = info_i_from_nats(*entropy, j->options.unit);
    return status;
}

static info_status measure_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    job *j = user;
    for (int64_t i = begin; i < end; i++) {
        const info_status status = row_entropy(j, i, error, &j->rows[i]);
        if (status == INFO_OK)
            continue;
        if (j->options.invalid == INFO_INVALID_ERROR)
            return status;
        j->rows[i] = NAN;
        atomic_fetch_add_explicit(&j->invalid, 1, memory_order_relaxed);
    }
    return INFO_OK;
}

/* Mean of count values at a stride, without the NaN; NaN if there is no other. */
static double mean_of(const double *values, int64_t count, int64_t stride)
{
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < count; i++)
        if (!isnan(values[i * stride])) {
            sum += values[i * stride];
            n++;
        }
    return sum / (double)n;
}

static double variance_of(const double *values, int64_t count, int64_t stride)
{
    const double mean = mean_of(values, count, stride);
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < count; i++)
        if (!isnan(values[i * stride])) {
            sum += (values[i * stride] - mean) * (values[i * stride] - mean);
            n++;
        }
    return sum / (double)n;
}

static void summarize(const job *j, const info_attention_measures *out)
{
    const int64_t queries = j->a->queries, heads = j->a->heads;
    for (int64_t layer = 0; layer < j->a->layers; layer++) {
        const double *rows = j->rows + layer * heads * queries;
        for (int64_t head = 0; head < heads && out->heads; head++)
            out->heads[layer * heads + head] = mean_of(rows + head * queries, queries, 1);
        if (out->layers)
            out->layers[layer] = mean_of(rows, heads * queries, 1);
        for (int64_t query = 0; query < queries; query++) {
            if (out->across_mean)
                out->across_mean[layer * queries + query] = mean_of(rows + query, heads, queries);
            if (out->across_variance)
                out->across_variance[layer * queries + query] = variance_of(rows + query, heads, queries);
        }
    }
}

static info_status check_options(info_i_error *error, const info_attention *a, const info_attention_options *given,
                                 job *j)
{
    info_attention_options *o = &j->options;
    info_i_options(error, info_attention_options, "options", o, given);
    const info_i_allowed allowed[] = {{"options.unit", o->unit, INFO_NAT, INFO_DIT},
                                      {"options.invalid", o->invalid, INFO_INVALID_DEFAULT, INFO_INVALID_NAN},
                                      {"options.mask", o->mask, INFO_MASK_CAUSAL, INFO_MASK_NONE},
                                      {"options.normalized", o->normalized, 0, 1},
                                      {"options.reserved", o->reserved, 0, 0},
                                      {0}};
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.tolerance", o->tolerance, 0, 1, INFO_I_BELOW_HIGH);
    j->tolerance = o->tolerance > 0 ? o->tolerance : a->dtype == INFO_F64 ? 1e-6 : a->dtype == INFO_F32 ? 1e-5 : 1e-2;
    if (!o->lengths)
        return info_i_check(error, o->mask != INFO_MASK_CAUSAL || a->keys >= a->queries, INFO_ERROR_SIZE,
                            "attention: %lld keys for %lld queries; a causal mask needs as many", (long long)a->keys,
                            (long long)a->queries);
    info_i_check_pointer(error, "options.lengths", o->lengths);
    info_i_check(error, o->lengths_len == a->queries, INFO_ERROR_SIZE,
                 "options.lengths: has %lld elements; there are %lld queries", (long long)o->lengths_len,
                 (long long)a->queries);
    for (int64_t i = 0; error->status == INFO_OK && i < a->queries; i++)
        info_i_check(error, o->lengths[i] >= 1 && o->lengths[i] <= a->keys, INFO_ERROR_SIZE,
                     "options.lengths: %lld for query %lld; 1 to %lld are allowed", (long long)o->lengths[i],
                     (long long)i, (long long)a->keys);
    return error->status;
}

/* A view is sound if the matrix of its two outer and the one of its two inner axes are, and their reaches add up. */
static info_status check_attention(info_i_error *error, const info_attention *a, info_i_span *span)
{
    if (info_i_check_pointer(error, "attention", a) != INFO_OK)
        return error->status;
    const info_matrix outer = {a->data, a->layers, a->heads, a->layer_stride, a->head_stride, a->dtype, 0};
    const info_matrix inner = {a->data, a->queries, a->keys, a->query_stride, a->key_stride, a->dtype, 0};
    info_i_check_matrix(error, "attention", &outer);
    if (info_i_check_matrix(error, "attention", &inner) != INFO_OK)
        return error->status;
    const info_i_span wide = info_i_matrix_span("attention", &outer), narrow = info_i_matrix_span("attention", &inner);
    const int64_t element = info_dtype_size(a->dtype), address = (int64_t)(uintptr_t)a->data;
    const int64_t below = (const char *)a->data - (const char *)narrow.begin; /* of the inner axes, in each place */
    int64_t rows, begin, end;
    const bool fits = info_i_multiply(a->layers, a->heads, &rows) && info_i_multiply(rows, a->queries, &rows) &&
                      info_i_multiply(rows, (int64_t)sizeof(double), &rows) &&
                      info_i_add(wide.bytes, narrow.bytes - element, &span->bytes) &&
                      info_i_add(address, -((const char *)a->data - (const char *)wide.begin), &begin) &&
                      info_i_add(begin, -below, &begin) && info_i_add(begin, span->bytes, &end);
    info_i_check(error, fits, INFO_ERROR_OVERFLOW, "attention: reaches beyond what can be addressed");
    span->name = "attention";
    span->begin = (const char *)wide.begin - below;
    return info_i_check(error, a->kind == INFO_PROBABILITIES || a->kind == INFO_LOGITS, INFO_ERROR_OPTION,
                        "attention: kind %d; 0 (probabilities) and 2 (logits) are allowed", (int)a->kind);
}

/* Arrays that are given: long enough, and apart from the inputs and one another. */
static info_status check_measures(info_i_error *error, const info_attention *a, info_i_span attention,
                                  const info_attention_options *o, const info_attention_measures *m)
{
    const int64_t lengths[] = {m->rows_len, m->heads_len, m->layers_len, m->across_mean_len, m->across_variance_len};
    const int64_t needed[] = {a->layers * a->heads * a->queries, a->layers * a->heads, a->layers,
                              a->layers * a->queries, a->layers * a->queries};
    const double *arrays[] = {m->rows, m->heads, m->layers, m->across_mean, m->across_variance};
    static const char *const names[] = {"measures.rows", "measures.heads", "measures.layers", "measures.across_mean",
                                        "measures.across_variance"};
    info_i_span outputs[6] = {{0}};
    for (int i = 0; i < 5; i++) {
        if (arrays[i])
            info_i_check_output(error, names[i], arrays[i], lengths[i], needed[i]);
        outputs[i] = info_i_array_span(names[i], arrays[i], needed[i], sizeof(double));
    }
    const info_i_span inputs[] = {
        attention, info_i_array_span("options.lengths", o->lengths, a->queries, sizeof *o->lengths), {0}};
    return info_i_check_spans(error, outputs, inputs);
}

static info_status attention_entropy(info_ctx *ctx, const info_attention *a, const info_attention_options *options,
                                     const info_attention_measures *measures)
{
    info_i_error *error = &ctx->error;
    info_attention_measures out;
    info_i_span span;
    job j = {.a = a};
    if (check_attention(error, a, &span) != INFO_OK)
        return error->status;
    check_options(error, a, options, &j);
    info_i_required(error, info_attention_measures, "measures", &out, measures);
    info_i_check_option(error, "measures.reserved", out.reserved, 0, 0);
    check_measures(error, a, span, &j.options, &out);
    if (info_i_lm_options(ctx, NULL, 1, a->keys, &j.softmax) != INFO_OK)
        return error->status;
    const int64_t rows = a->layers * a->heads * a->queries;
    j.rows = info_i_scratch(ctx, rows, sizeof *j.rows);
    if (!j.rows)
        return ctx->error.status;
    const info_status status = info_i_parallel(ctx, rows, info_i_lm_grain(a->keys), 0, measure_rows, &j);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < rows && out.rows; i++)
        out.rows[i] = j.rows[i];
    summarize(&j, &out);
    return info_i_lm_count_invalid(ctx, atomic_load(&j.invalid));
}

info_status info_attention_entropy(info_ctx *ctx, const info_attention *attention,
                                   const info_attention_options *options, const info_attention_measures *measures)
{
    return INFO_I_CALL(ctx, attention_entropy(ctx, attention, options, measures));
}

static info_status entropy_bound(info_i_error *error, int64_t keys, double sigma, double *out)
{
    info_i_check_pointer(error, "out", out);
    info_i_check(error, keys >= 2, INFO_ERROR_SIZE, "keys: %lld; at least 2 are needed", (long long)keys);
    info_i_check(error, sigma >= 0 && sigma < INFINITY, INFO_ERROR_DOMAIN, "sigma: %s; a finite number >= 0 is allowed",
                 info_i_number_text(sigma).text);
    if (error->status != INFO_OK)
        return error->status;
    const double t = (double)keys, b = exp(-sigma * sqrt(t / (t - 1)));
    *out = b > 0 ? log1p((t - 1) * b) + sigma * b * (sqrt(t * (t - 1)) / (1 + (t - 1) * b)) : 0;
    return INFO_OK;
}

info_status info_attention_entropy_bound(info_ctx *ctx, int64_t keys, double sigma, double *out)
{
    return INFO_I_CALL(ctx, entropy_bound(&ctx->error, keys, sigma, out));
}
