/* SPDX-License-Identifier: MIT
 * What a state is made of. All kinds but INFO_EVALUATION_STATES are a table: rows (tokens) of columns (measures),
 * of which sums, squares and a few products are kept exactly, over all rows, over bins and over documents. */
#ifndef INFO_I_EVALUATION_STATE_H
#define INFO_I_EVALUATION_STATE_H

#include "core/core.h"
#include "core/wire.h"
#include "evaluation/histogram.h"
#include "info/evaluation.h"
#include "numeric/exact_sum.h"

#define INFO_I_NAMES 5
#define INFO_I_NAME_BYTES 4095
#define INFO_I_MOST_EDGES 4097
#define INFO_I_MOST_COLUMNS ((int64_t)1 << 20)
#define INFO_I_MOST_EXTRAS 13

/* ---- Parts -------------------------------------------------------------- */

/* A column over some rows. */
typedef struct info_i_column {
    int64_t count;
    info_i_exact_sum sum, squares;
} info_i_column;

/* A column over documents: n rows in a document, s their sum. */
typedef struct info_i_document_column {
    int64_t documents;
    info_i_exact_sum ss, sn, nn;          /* sums over documents of s^2, s n, n^2 */
    info_i_exact_sum means, mean_squares; /* of s / n and its square */
} info_i_document_column;

/* A document whose rows may not all be there yet. */
typedef struct info_i_document {
    int64_t id;
    struct {
        int64_t count;
        info_i_exact_sum sum;
    } column[];
} info_i_document;

typedef struct info_i_range {
    int64_t first, last;
} info_i_range;

/* Sums of INFO_EVALUATION_STATES in units of 2^-64. */
typedef __int128 info_i_fixed;

/* What distinguishes a kind. */
typedef struct info_i_rules {
    int32_t columns;       /* 0: the options say */
    int32_t extras;        /* further exact sums */
    uint32_t with_buckets; /* columns with percentiles, a bit each; all of them where the options say how many */
    const char *name;
    /* Adds a row's, or a closed document's, part to the extras: NULL if it has none. */
    void (*row_extras)(info_i_exact_sum *extra, const double *row);
    void (*document_extras)(const struct info_evaluation *state, info_i_exact_sum *extra, int64_t rows,
                            const double *sums);
} info_i_rules;

struct info_evaluation {
    /* memory */
    info_alloc_fn alloc;
    info_free_fn free;
    void *alloc_user;
    int64_t memory;

    /* configuration: the same in states that merge */
    info_evaluation_kind kind;
    info_documents documents;
    info_percentiles percentiles;
    info_weight_cap cap_rule;
    int64_t columns; /* of the table; d of INFO_EVALUATION_RANKS and _STATES is width */
    int64_t width;
    double cap, sequence_cap;
    char *name[INFO_I_NAMES];
    int64_t positions, confidences; /* bins */
    int64_t *position_edge;
    double *confidence_edge;
    info_spectral_options spectral; /* center, normalize_rows, zero_rows and skip; the others 0 */
    double *mean;                   /* NULL or [width] */
    int64_t shards;

    /* where it stands */
    info_i_range *range; /* of shards, ascending, apart */
    int64_t ranges;
    int64_t position;
    bool finished;
    bool started;   /* a batch was added: given holds */
    uint32_t given; /* columns, a bit each, and INFO_I_GIVEN_DOCUMENTS */
    int64_t tokens, skipped;
    int64_t above_zero; /* log-probabilities that were, by rounding */

    /* the table */
    info_i_column *total;             /* [columns] */
    info_i_column *bin;               /* [positions + confidences, columns] */
    info_i_exact_sum *extra;          /* [rules->extras] */
    info_i_histogram *histogram;      /* [columns]; NULL without percentiles */
    info_i_document_column *document; /* [columns] */
    int64_t closed;                   /* documents whose rows were all there */
    info_i_document **open;           /* ascending by id, then spare ones */
    int64_t opens, open_capacity, spares;
    bool has_head, has_current;
    int64_t head, current; /* ids of the first document and of the one that the next row may belong to */
    double *closing;       /* [columns]: work */

    /* hidden states */
    int64_t dropped;
    info_i_fixed *row_sum, *products; /* [width], [width (width + 1) / 2]: the lower triangle */
};

/* Rows that are centered and then scaled need the mean first: without it nothing but the mean is kept. */
static inline bool info_i_keeps_products(const info_evaluation *s)
{
    return s->mean || s->spectral.center != INFO_CHOICE_YES || s->spectral.normalize_rows != INFO_CHOICE_YES;
}

#define INFO_I_GIVEN_DOCUMENTS ((uint32_t)1 << 31)

extern const info_i_rules *info_i_rules_of(info_evaluation_kind kind);

/* ---- Memory of a state -------------------------------------------------- */

/* Zeroed bytes; NULL without memory, and nothing is recorded. Freeing NULL is fine. */
void *info_i_state_alloc(info_evaluation *state, int64_t count, int64_t size);
void info_i_state_free(info_evaluation *state, void *memory);
info_status info_i_state_no_memory(info_i_error *error);

/* Without the call around it: info_evaluation_create(), info_evaluation_destroy(). */
info_status info_i_state_create(info_ctx *ctx, const info_evaluation_options *options, info_evaluation **out);
void info_i_state_destroy(info_evaluation *state);

static inline bool info_i_has_percentiles(const info_evaluation *s, int64_t column)
{
    const uint32_t with = info_i_rules_of(s->kind)->with_buckets;
    return s->histogram && (with == UINT32_MAX || (with >> column & 1));
}

/* ---- Checks ------------------------------------------------------------- */

info_status info_i_check_state(info_i_error *error, const info_evaluation *state, info_evaluation_kind kind);

/* Before a batch: of this kind, not finished, and with the same arrays as before. */
info_status info_i_check_batch(info_i_error *error, const info_evaluation *state, uint32_t given);

/* ---- Documents and rows (table.c, documents.c) -------------------------- */

/* Room for documents more than there are, and for the exact values; false without memory. */
bool info_i_documents_reserve(info_evaluation *state, int64_t more);
info_i_document *info_i_document_find(const info_evaluation *state, int64_t id);
info_i_document *info_i_document_open(info_evaluation *state, int64_t id);
void info_i_document_close(info_evaluation *state, int64_t id);

/* Adds one document's part to sums over documents. sums: work of columns doubles. */
void info_i_document_count(const info_evaluation *state, const info_i_document *document, info_i_document_column *out,
                           info_i_exact_sum *extra, int64_t *closed, double *sums);

/* Rows of a batch. */
typedef struct info_i_rows {
    int64_t count;
    const double *x;          /* [count, columns]; NaN in every column that is not given; skipped rows are NaN in all */
    const int64_t *documents; /* or NULL */
    const int64_t *positions; /* where there are bins of it */
    const double *confidence;
    int64_t above_zero; /* log-probabilities that were taken as 0 */
} info_i_rows;

/* Adds them, or nothing at all if memory is short. */
info_status info_i_add_rows(info_ctx *ctx, info_evaluation *state, const info_i_rows *rows, uint32_t given);

/* ---- Shards (shards.c) -------------------------------------------------- */

bool info_i_ranges_overlap(const info_i_range *a, int64_t a_count, const info_i_range *b, int64_t b_count,
                           int64_t *shard);
/* The union of two that do not overlap, neighbors joined, to out, which has room for both; their number. */
int64_t info_i_ranges_union(const info_i_range *a, int64_t a_count, const info_i_range *b, int64_t b_count,
                            info_i_range *out);

/* ---- Bytes (save.c, load.c) --------------------------------------------- */

void info_i_write_configuration(info_i_writer *w, const info_evaluation *state);

/* CRC-64 of what that writes; false without memory. */
bool info_i_configuration_hash(info_ctx *ctx, const info_evaluation *state, uint64_t *hash);

#endif
