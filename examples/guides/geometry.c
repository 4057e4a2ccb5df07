/* SPDX-License-Identifier: MIT
 * The geometry of representations: the program of docs/guide-geometry.md. */
#include <info/info.h>
#include <math.h>

#include "load.h"

int main(void)
{
    const struct tensor states = load("model/hidden");
    const info_matrix z = tensor_matrix(&states, states.shape[0] - 1); /* a row per token */
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));

    info_coding_rate rate;
    check(ctx, info_representation_entropy(ctx, &z, NULL, &rate)); /* unit rows, distortion 0.5, nats */
    printf("%lld tokens of width %lld: %.1f nat, %.1f %% of the largest, of which they can reach %.1f %%\n",
           (long long)z.rows, (long long)z.cols, rate.rate, 100 * rate.normalized, 100 * rate.attainable);

    /* The last token from those before it, in two ways. */
    info_matrix context = z, token = z;
    context.rows = z.rows - 1;
    token.rows = 1;
    token.data = (const char *)z.data + context.rows * z.row_stride * info_dtype_size(z.dtype);
    const info_geometry_options options = {.struct_size = sizeof options, .ridge = 0.1};
    double gain;
    info_ridge_result ridge;
    check(ctx, info_information_gain(ctx, &context, &token, &options, &gain, 1));
    check(ctx, info_ridge(ctx, &context, &token, &options, NULL, &ridge, 1));
    printf("gain of the last token: %.10f by determinants, %.10f by regression\n", gain,
           log1p(ridge.objective / options.ridge));
    info_ctx_destroy(ctx);
    return 0;
}
