/* SPDX-License-Identifier: MIT
 * Norvig's counts of letter pairs in English, where they are at hand: values that others computed. */
#include <stdbool.h>
#include <stdio.h>

#include "tables.h"

/* Counts of pairs, first letter by second; false if the file is not there. */
static bool read_pairs(double pairs[26 * 26])
{
    FILE *file = fopen(SHARED_DATA "/norvig_ngrams2.tsv", "r");
    if (!file)
        return false;
    char line[4096], first, second;
    double count;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%c%c\t%lf", &first, &second, &count) == 3 && first >= 'A' && second >= 'A')
            pairs[(first - 'A') * 26 + second - 'A'] = count;
    fclose(file);
    return true;
}

START_TEST(letter_pairs)
{
    static double pairs[26 * 26];
    if (!read_pairs(pairs)) {
        puts("letter_pairs: skipped, no " SHARED_DATA);
        return;
    }
    const int64_t shape[] = {26, 26};
    const info_table t = {pairs, shape, NULL, 2, INFO_F64};
    const double within = 5e-10; /* as many digits as are known */
    ck_assert_double_eq_tol(entropy(&t, 1, 0, &counts_in_bits), 4.144129870, within);
    ck_assert_double_eq_tol(entropy(&t, 2, 0, &counts_in_bits), 4.081905543, within);
    ck_assert_double_eq_tol(entropy(&t, 3, 0, &counts_in_bits), 7.432011853, within);
    ck_assert_double_eq_tol(entropy(&t, 2, 1, &counts_in_bits), 3.287881983, within);
    ck_assert_double_eq_tol(information(&t, 1, 2, 0, &counts_in_bits), 0.794023560, within);
}
END_TEST

START_TEST(characters_of_a_text_at_lags_1_and_2)
{
    static double pairs[2][128 * 128];
    FILE *file = fopen(SHARED_DATA "/tinyshakespeare.txt", "rb");
    if (!file) {
        puts("characters_of_a_text_at_lags_1_and_2: skipped, no " SHARED_DATA);
        return;
    }
    int before[2] = {-1, -1};
    for (int c = getc(file); c != EOF; c = getc(file)) {
        for (int lag = 0; lag < 2; lag++)
            if (before[lag] >= 0)
                pairs[lag][before[lag] * 128 + c]++;
        before[1] = before[0];
        before[0] = c;
    }
    fclose(file);
    const int64_t shape[] = {128, 128};
    const info_table t = {pairs[0], shape, NULL, 2, INFO_F64}, t2 = {pairs[1], shape, NULL, 2, INFO_F64};
    ck_assert_double_eq_tol(entropy(&t, 3, 0, &counts_in_bits), 8.317657189, 5e-10);
    ck_assert_double_eq_tol(information(&t, 1, 2, 0, &counts_in_bits), 1.241045302, 5e-10);
    ck_assert_double_eq_tol(information(&t2, 1, 2, 0, &counts_in_bits), 0.619903173, 5e-10);
    ck_assert_double_eq_tol(entropy(&t, 2, 1, &counts_in_bits), 3.538303937, 5e-9); /* ends of the text differ */
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {letter_pairs, characters_of_a_text_at_lags_1_and_2, NULL};
    return run_tests("joint letters", tests);
}
