/* SPDX-License-Identifier: MIT
 * A program outside the tree, in the C and the C++ of its user (compiled as both). */
#include <info/info.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    const double p[2][4] = {{0.5, 0.25, 0.125, 0.125}, {0.25, 0.25, 0.25, 0.25}};
    double bits[2];
    info_matrix rows;
    info_entropy_options options;
    info_ctx *ctx = NULL;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.unit = INFO_BIT;
    if (info_version() / 1000000 != INFO_VERSION_MAJOR || info_ctx_create(NULL, &ctx) != INFO_OK)
        return 1;
    if (info_matrix_init(&rows, p, 2, 4, INFO_F64) != INFO_OK)
        return 2;
    if (info_entropy(ctx, &rows, &options, bits, 2) != INFO_OK) {
        fprintf(stderr, "%s\n", info_ctx_message(ctx));
        return 3;
    }
    if (info_entropy(ctx, &rows, &options, bits, 1) != INFO_ERROR_OUTPUT || info_ctx_message(ctx)[0] == '\0')
        return 4;
    info_ctx_destroy(ctx);
    printf("%s: %g and %g bits\n", info_version_string(), bits[0], bits[1]);
    return fabs(bits[0] - 1.75) < 1e-15 && bits[1] == 2 ? 0 : 5;
}
