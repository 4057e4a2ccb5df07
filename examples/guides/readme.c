/* SPDX-License-Identifier: MIT
 * The program that README.md begins with. */
#include <info/info.h>
#include <stdio.h>

int main(void)
{
    const float logits[2][4] = {{2, 1, 0, -1}, {0, 0, 0, 0}};
    info_entropy_options options = {.struct_size = sizeof options, .kind = INFO_LOGITS, .unit = INFO_BIT};
    info_matrix rows;
    double bits[2];

    info_matrix_init(&rows, logits, 2, 4, INFO_F32);
    if (info_entropy(NULL, &rows, &options, bits, 2) != INFO_OK)
        return 1;
    printf("%.4f and %.4f bits\n", bits[0], bits[1]); /* 1.3670 and 2.0000 bits */
}
