/* SPDX-License-Identifier: MIT
 * Several variables at once: the program of docs/guide-joint.md. */
#include <info/info.h>
#include <stdio.h>
#include <string.h>

static const char text[] = "the quick brown fox jumps over the lazy dog while the other three foxes "
                           "gather in the thick heather and then this thing rather thoroughly bothers them";

int main(void)
{
    /* Counts of letter pairs within words: axis 0 is the first letter, axis 1 the second. */
    static double pairs[26 * 26];
    for (const char *c = text; c[1]; c++)
        if (c[0] != ' ' && c[1] != ' ')
            pairs[(c[0] - 'a') * 26 + (c[1] - 'a')] += 1;
    const int64_t shape[2] = {26, 26};
    const uint64_t first = 1 << 0, second = 1 << 1;
    info_table table;
    info_table_init(&table, pairs, 2, shape, NULL, INFO_F64);

    info_joint_options options;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.kind = INFO_COUNTS;
    options.unit = INFO_BIT;

    double h, h_given, i, nmi, pmi[26 * 26];
    info_joint_entropy(NULL, &table, second, 0, &options, &h);
    info_joint_entropy(NULL, &table, second, first, &options, &h_given);
    info_mutual_information(NULL, &table, first, second, 0, &options, &i);
    info_normalized_mutual_information(NULL, &table, first, second, INFO_NMI_ARITHMETIC, &options, &nmi);
    info_pointwise_mutual_information(NULL, &table, first, second, 0, &options, pmi, 26 * 26);
    printf("second letter            %.4f bit\n", h);
    printf("knowing the first        %.4f bit\n", h_given);
    printf("mutual information       %.4f bit, normalized %.4f\n", i, nmi);
    printf("h after t                %+.4f bit\n", pmi[('t' - 'a') * 26 + ('h' - 'a')]);

    /* z = x xor y: no two of the three know anything of each other, any two know the third. */
    const double coins[2 * 2 * 2] = {0.25, 0, 0, 0.25, 0, 0.25, 0.25, 0};
    const int64_t cube[3] = {2, 2, 2};
    double pair, both, o;
    info_table_init(&table, coins, 3, cube, NULL, INFO_F64);
    options.kind = INFO_PROBABILITIES;
    info_mutual_information(NULL, &table, 1, 4, 0, &options, &pair);
    info_mutual_information(NULL, &table, 1 | 2, 4, 0, &options, &both);
    info_o_information(NULL, &table, NULL, 0, 0, &options, &o);
    printf("x about z                %.4f bit\n", pair);
    printf("x and y about z          %.4f bit\n", both);
    printf("O-information            %+.4f bit\n", o);
    return 0;
}
