/* SPDX-License-Identifier: MIT
 * DiME: matrix mutual information as a difference of joint entropies. */
#include <math.h>

#include "info/spectral.h"
#include "numeric/random.h"
#include "numeric/unit.h"
#include "spectral/gram.h"
#include "spectral/kernel_entropy.h"

#define DEFAULT_PERMUTATIONS 10
#define MOST_PERMUTATIONS 100000

static info_status open_options(info_ctx *ctx, const info_dime_options *given, info_dime_options *o)
{
    info_i_error *error = &ctx->error;
    info_i_options(error, info_dime_options, "options", o, given);
    info_i_check_option(error, "options.unit", o->unit, INFO_NAT, INFO_DIT);
    info_i_check_real(error, "options.order", o->order, 0, INFINITY, INFO_I_CLOSED);
    info_i_check_option(error, "options.permutations", o->permutations, 0, MOST_PERMUTATIONS);
    o->order = o->order == 0 ? 1 : o->order;
    o->permutations = o->permutations == 0 ? DEFAULT_PERMUTATIONS : o->permutations;
    return error->status;
}

/* Mean of S(A o P B P^T) over random orders P, and its standard error. */
static info_status permuted(info_ctx *ctx, int64_t n, const double *a, const double *b, double roundoff,
                            const info_dime_options *o, double *joint, double *mean, double *standard_error)
{
    int64_t *order = info_i_scratch(ctx, n, sizeof *order);
    if (!order)
        return ctx->error.status;
    uint64_t state = o->seed;
    double squares = 0; /* about the mean (Welford) */
    *mean = 0;
    for (int64_t k = 0; k < o->permutations; k++) {
        double entropy;
        info_i_random_order(&state, n, order);
        info_i_hadamard(n, a, b, order, joint);
        info_status status = info_i_kernel_entropy(ctx, "first, second", n, joint, roundoff, o->order, &entropy);
        if (status == INFO_OK)
            status = info_i_progress(ctx, (double)(k + 1) / (double)(o->permutations + 1));
        if (status != INFO_OK)
            return status;
        const double off = entropy - *mean;
        *mean += off / (double)(k + 1);
        squares += off * (entropy - *mean);
    }
    const double count = (double)o->permutations;
    *standard_error = count > 1 ? sqrt(squares / (count * (count - 1))) : INFINITY;
    return INFO_OK;
}

static info_status dime(info_ctx *ctx, const info_matrix *first, const info_matrix *second,
                        const info_dime_options *given, info_dime_result *out)
{
    info_dime_options o;
    open_options(ctx, given, &o);
    info_status status = info_i_check_pair(ctx, "first", first, "second", second, out, sizeof *out);
    double *a = NULL, *b = NULL;
    if (status == INFO_OK)
        status = info_i_unit_diagonal(ctx, "first", first, &a);
    if (status == INFO_OK)
        status = info_i_unit_diagonal(ctx, "second", second, &b);
    if (status != INFO_OK)
        return status;
    const int64_t n = first->rows;
    const double roundoff = fmax(info_i_roundoff(first->dtype), info_i_roundoff(second->dtype));
    double *joint = info_i_scratch_zero(ctx, n * n, sizeof *joint), together = 0, apart = 0, standard_error = 0;
    if (!joint)
        return ctx->error.status;
    info_i_hadamard(n, a, b, NULL, joint);
    status = info_i_kernel_entropy(ctx, "first, second", n, joint, roundoff, o.order, &together);
    if (status == INFO_OK)
        status = permuted(ctx, n, a, b, roundoff, &o, joint, &apart, &standard_error);
    if (status != INFO_OK)
        return status;
    *out = (info_dime_result){
        .dime = info_i_from_nats(apart - together, o.unit),
        .joint = info_i_from_nats(together, o.unit),
        .permuted = info_i_from_nats(apart, o.unit),
        .standard_error = info_i_from_nats(standard_error, o.unit),
    };
    return INFO_OK;
}

info_status info_dime(info_ctx *ctx, const info_matrix *first, const info_matrix *second,
                      const info_dime_options *options, info_dime_result *out)
{
    return INFO_I_CALL(ctx, dime(ctx, first, second, options, out));
}
