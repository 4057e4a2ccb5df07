/* SPDX-License-Identifier: MIT
 *
 * input.h: the one place where numbers become distributions. It knows what each
 * kind of input may hold, says what is wrong with one that holds something else,
 * and yields rows as probabilities or their logarithms in blocks of doubles.
 *
 *     info_i_input in;
 *     status = info_i_input_open(ctx, &in, "p", p, &reading);
 *     for each row:
 *         info_i_row r;
 *         status = info_i_row_open(NULL, &in, row, buffer, &r, error);    // one pass: validates, totals
 *         for (col = 0; col < cols; col += INFO_I_BLOCK)
 *             p = info_i_row_probabilities(&r, col, count, buffer);
 */
#ifndef INFO_I_INPUT_H
#define INFO_I_INPUT_H

#include "core/core.h"
#include "distribution/logits.h"
#include "info/distribution.h"
#include "kernels/kernels.h"
#include "kernels/logs_f64.h"
#include "kernels/rows_f64.h"
#include "numeric/sum.h"

/* How an input is to be read: what the options structs of the families have in common. */
typedef struct info_i_reading {
    info_kind kind;
    int32_t normalize;
    info_smoothing smoothing;
    double smoothing_amount;
    double sum_tolerance;
    info_dtype precision;
    info_arithmetic arithmetic;
    const char *instead; /* what a row whose sum is not 1 may be given as, for messages; NULL: by options.normalize */
} info_i_reading;

typedef struct info_i_input {
    const char *name; /* of the argument, for messages */
    const info_matrix *matrix;
    info_kind kind;
    bool as_given;    /* the elements are the probabilities (or their logarithms); else they are weights */
    double extra;     /* pseudo-count added to every element; 0: none */
    double tolerance; /* of the sum, if as_given */
    const char *instead;
    const info_i_kernels *kernels;
    const info_ctx *call;   /* that may be canceled */
    info_i_vectors vectors; /* rows of short floats */
} info_i_input;

/* Checks the view and the options. */
info_status info_i_input_open(info_ctx *ctx, info_i_input *in, const char *name, const info_matrix *matrix,
                              const info_i_reading *reading);

/* Reads the options of a function of one input x (defaults for NULL), checks them, and opens x. */
info_status info_i_entropy_open(info_ctx *ctx, const info_matrix *x, const info_entropy_options *given,
                                info_entropy_options *options, info_i_input *in);

/* The input holds logarithms: log-probabilities or logits. */
static inline bool info_i_is_log(const info_i_input *in)
{
    return in->kind == INFO_LOG_PROBABILITIES || in->kind == INFO_LOGITS;
}

/* y = exp(x - shift), where x exceeds shift by rounding at most. What the kernel would make 0 is a subnormal number, as the C
 * library has it: a possible symbol stays possible. y may be x. */
void info_i_input_exponentials(const info_i_input *in, int64_t count, double shift, const double *x, double *y);

/* The same over total. */
void info_i_input_shares(const info_i_input *in, int64_t count, double shift, double total, const double *x, double *y);

/* A valid row.
 *   weights (probabilities to normalize, counts): p = (element + extra) * scale / total;
 *   logarithms: p = exp(element - largest) / total, and total = exp(-largest) within the tolerance if as_given. */
typedef struct info_i_row {
    const info_i_input *input;
    int64_t row;
    double largest; /* element, with the pseudo-count */
    double scale;   /* power of two that keeps the total finite; 1 for logarithms */
    info_i_dd total;
} info_i_row;

/* Reads the row once: validates it and finds its total. Failures are
 * INFO_ERROR_DOMAIN (names row, column, value) and INFO_ERROR_SUM. With a
 * context the blocks are shared among its workers; inside a worker pass NULL. buffer holds
 * a block of the row, which may be all of it, and is spoiled. */
info_status info_i_row_open(info_ctx *ctx, const info_i_input *in, int64_t row, double *buffer, info_i_row *out,
                            info_i_error *error);

/* The same of a row of logarithms without its total. */
info_status info_i_row_open_reference(info_ctx *ctx, const info_i_input *in, int64_t row, double *buffer,
                                      info_i_row *out, info_i_error *error);

/* A row that is used as given needs no pass of its own: a kernel that sums it checks
 * it too. Open it so, and have the check judged afterwards: p_mass is the sum that the kernel
 * found. Only a row that looks wrong is then read again, to say what is wrong with it. */
static inline bool info_i_is_checked_by_kernels(const info_i_input *in)
{
    return in->as_given && in->kind == INFO_PROBABILITIES;
}
void info_i_row_open_unchecked(const info_i_input *in, int64_t row, info_i_row *out);
info_status info_i_row_judge(info_ctx *ctx, info_i_row *r, double mass, uint32_t flags, double *buffer,
                             info_i_error *error);

/* Elements col .. col + count - 1 (count <= INFO_I_BLOCK) as probabilities: the
 * caller's own memory where that can be, else buffer. Each is within 1 ulp of the
 * element's share (exact if as_given and not a logarithm). */
const double *info_i_row_probabilities(const info_i_row *r, int64_t col, int64_t count, double *buffer);

/* The same as natural logarithms of probabilities; -inf for 0. Never underflows. */
const double *info_i_row_logs(const info_i_row *r, int64_t col, int64_t count, double *buffer);

/* The elements as they are, with the pseudo-count: of weights, times scale, or logarithms. */
const double *info_i_row_elements(const info_i_row *r, int64_t col, int64_t count, double *buffer);

/* Probabilities relative to the largest, which is 1, and their sum. */
const double *info_i_row_relative(const info_i_row *r, int64_t col, int64_t count, double *buffer);
info_i_dd info_i_row_relative_total(const info_i_row *r);

/* Their logarithms: exactly 0 for the largest, with all their digits near it. */
const double *info_i_row_relative_logs(const info_i_row *r, int64_t col, int64_t count, double *buffer);

/* The sum of the elements as probabilities, of a row that is used as given. */
double info_i_row_mass(const info_i_row *r);

/* -log of the largest probability. */
double info_i_row_least_surprisal(const info_i_row *r);

#endif
