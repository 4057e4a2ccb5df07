/* SPDX-License-Identifier: MIT
 * Code tables: a published one, optimality against every other table, the excess; the range coder: what goes in comes
 * out, in the length that was promised. */
#include "../lm/lm_support.h"

static void table_of(const double *p, int64_t count, info_kind kind, int32_t bits, uint32_t *f, double *excess,
                     double *margin)
{
    const info_matrix m = matrix_of(p, 1, count, INFO_F64);
    const info_code_options options = {.struct_size = sizeof options, .kind = kind, .bits = bits};
    ck_assert_int_eq(info_code_table(NULL, &m, &options, f, count, excess, margin, 1), INFO_OK);
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
        ck_assert_uint_ge(f[i], 1);
        sum += f[i];
    }
    ck_assert_uint_eq(sum, UINT64_C(1) << bits);
}

START_TEST(published_table)
{
    const double p[4] = {.5, .3, .15, .05};
    uint32_t f[4];
    double excess, margin;
    table_of(p, 4, INFO_PROBABILITIES, 4, f, &excess, &margin);
    ck_assert(f[0] == 8 && f[1] == 5 && f[2] == 2 && f[3] == 1);
    assert_close(excess, .005690649414630385, 1e-13);
}
END_TEST

static double excess_of(const double *p, const uint32_t *f, int64_t count, double whole)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += p[i] > 0 ? p[i] * log2(p[i] * whole / f[i]) : 0;
    return sum;
}

/* All tables of four frequencies that sum to 16. */
START_TEST(no_other_table_has_less_excess)
{
    uint64_t seed = 1;
    for (int t = 0; t < 300; t++) {
        double p[4], sum = 0, excess, best = INFINITY;
        uint32_t f[4];
        for (int i = 0; i < 4; i++)
            sum += p[i] = t % 3 == 0 && i == 2 ? 0 : exp(6 * uniform(&seed));
        for (int i = 0; i < 4; i++)
            p[i] /= sum;
        table_of(p, 4, INFO_PROBABILITIES, 4, f, &excess, NULL);
        assert_within(excess, excess_of(p, f, 4, 16), 1e-15);
        for (uint32_t a = 1; a <= 13; a++)
            for (uint32_t b = 1; a + b <= 14; b++)
                for (uint32_t c = 1; a + b + c <= 15; c++) {
                    const uint32_t other[4] = {a, b, c, 16 - a - b - c};
                    best = fmin(best, excess_of(p, other, 4, 16));
                }
        assert_within(excess, best, 1e-15);
    }
}
END_TEST

/* The greedy rule by its definition, one step after the other. */
START_TEST(tables_are_the_greedy_ones)
{
    uint64_t seed = 2;
    for (int t = 0; t < 100; t++) {
        const int64_t count = 2 + (int64_t)(uniform(&seed) * 40);
        const int32_t bits = 6 + t % 6;
        double p[42], sum = 0;
        uint32_t f[42], greedy[42];
        for (int64_t i = 0; i < count; i++)
            sum += p[i] = t % 4 == 0 ? 1 : exp(10 * uniform(&seed));
        for (int64_t i = 0; i < count; i++) {
            p[i] /= sum;
            greedy[i] = 1;
        }
        table_of(p, count, INFO_PROBABILITIES, bits, f, NULL, NULL);
        for (int64_t left = (1 << bits) - count; left > 0; left--) {
            int64_t most = 0;
            for (int64_t i = 1; i < count; i++)
                if (p[i] * log1p(1. / greedy[i]) > p[most] * log1p(1. / greedy[most]) * (1 + 1e-14))
                    most = i;
            greedy[most]++;
        }
        for (int64_t i = 0; i < count; i++)
            ck_assert_uint_eq(f[i], greedy[i]);
    }
}
END_TEST

START_TEST(kinds_agree_and_levels_have_the_same_table)
{
    uint64_t seed = 3;
    double x[500], p[500];
    uint32_t f[500], other[500];
    for (int i = 0; i < 500; i++) {
        x[i] = 5 * normal(&seed);
        p[i] = exp(x[i]);
    }
    double excess, margin;
    table_of(x, 500, INFO_LOGITS, 24, f, &excess, &margin);
    ck_assert(excess > 0 && margin > 0);
    /* A change of all logits below the margin changes nothing. */
    double moved[500];
    for (int i = 0; i < 500; i++)
        moved[i] = x[i] + margin * (2 * uniform(&seed) - 1) * .99;
    table_of(moved, 500, INFO_LOGITS, 24, other, NULL, NULL);
    if (margin > 1e-13)
        ck_assert_mem_eq(f, other, sizeof f);
    const info_matrix m = matrix_of(x, 1, 500, INFO_F64);
    for (info_cpu cpu = INFO_CPU_C; cpu <= INFO_CPU_AVX512; cpu++) {
        info_ctx *ctx = context(1, cpu);
        const info_code_options options = {.struct_size = sizeof options, .kind = INFO_LOGITS};
        if (ctx) {
            ck_assert_int_eq(info_code_table(ctx, &m, &options, other, 500, NULL, NULL, 0), INFO_OK);
            ck_assert_mem_eq(f, other, sizeof f);
        }
        info_ctx_destroy(ctx);
    }
    /* Probabilities are rounded logits: nearly all frequencies are the same. */
    table_of(p, 500, INFO_COUNTS, 24, other, NULL, NULL);
    int differ = 0;
    for (int i = 0; i < 500; i++)
        differ += f[i] != other[i];
    ck_assert_int_le(differ, 4);
}
END_TEST

START_TEST(tables_without_choice)
{
    const double one = 3, flat[4] = {1, 1, 1, 1}, rare[4] = {1, 0, 0, 0};
    uint32_t f[4];
    double excess, margin;
    table_of(&one, 1, INFO_LOGITS, 5, f, &excess, &margin);
    ck_assert(f[0] == 32 && excess == 0);
    table_of(flat, 4, INFO_COUNTS, 2, f, &excess, &margin);
    ck_assert(f[0] == 1 && f[3] == 1 && excess == 0 && margin == INFINITY);
    table_of(rare, 4, INFO_PROBABILITIES, 10, f, &excess, &margin);
    ck_assert(f[0] == 1021 && f[1] == 1);
    assert_close(excess, log2(1024. / 1021), 1e-10);
}
END_TEST

/* ---- The coder ---------------------------------------------------------- */

#define SYMBOLS 20000
#define ALPHABET 37

static void round_trip(uint64_t seed, double sharpness, int32_t bits)
{
    static uint32_t f[8][ALPHABET];
    static int64_t text[SYMBOLS];
    static uint8_t code[8 * SYMBOLS + 64];
    info_encoder coder = {0}, *e = &coder;
    info_decoder decoder = {0}, *d = &decoder;
    int64_t length = 0, written, bit_length, consumed, symbol;
    double cost = 0;
    for (int t = 0; t < 8; t++) {
        double x[ALPHABET];
        for (int i = 0; i < ALPHABET; i++)
            x[i] = sharpness * normal(&seed);
        table_of(x, ALPHABET, INFO_LOGITS, bits, f[t], NULL, NULL);
    }
    *e = (info_encoder){0};
    for (int64_t n = 0; n < SYMBOLS; n++) {
        /* Mostly likely symbols, and now and then any: carries and long codes. */
        const uint32_t *table = f[n % 8];
        uint64_t at = (uint64_t)(uniform(&seed) * ldexp(1, bits)), sum = table[0];
        text[n] = 0;
        while (sum <= at)
            sum += table[++text[n]];
        if (uniform(&seed) < .01)
            text[n] = (int64_t)(uniform(&seed) * ALPHABET);
        cost += bits - log2(table[text[n]]);
        ck_assert_int_eq(info_encoder_put(NULL, e, table, ALPHABET, bits, text[n], code + length,
                                          (int64_t)sizeof code - length, &written),
                         INFO_OK);
        length += written;
    }
    ck_assert_int_eq(info_encoder_finish(NULL, e, code + length, (int64_t)sizeof code - length, &written, &bit_length),
                     INFO_OK);
    length += written;
    ck_assert((double)bit_length <= cost + 2 + SYMBOLS * 0x1p-25);
    ck_assert_int_ge(8 * length, bit_length);
    ck_assert_int_lt(8 * length - bit_length, 8);
    *d = (info_decoder){0};
    /* Bytes come one, two or three at a time. */
    int64_t at = 0, given = 0;
    for (int64_t n = 0; n < SYMBOLS;) {
        const int64_t more = 1 + n % 3;
        given = given < at ? at : given;
        const int64_t end = given + more < length ? given + more : length;
        ck_assert_int_eq(
            info_decoder_get(NULL, d, f[n % 8], ALPHABET, bits, code + at, end - at, end == length, &consumed, &symbol),
            INFO_OK);
        at += consumed;
        given = end;
        if (symbol >= 0)
            ck_assert_int_eq(symbol, text[n++]);
    }
}

START_TEST(what_goes_in_comes_out)
{
    for (int32_t bits = 8; bits <= 30; bits += 11)
        for (double sharpness = 0; sharpness < 6; sharpness += 1.5)
            round_trip((uint64_t)bits, sharpness, bits);
}
END_TEST

/* A code of one certain symbol, over and over, costs next to nothing; none at all is empty. */
START_TEST(short_codes)
{
    const uint32_t sure[2] = {(1 << 24) - 1, 1};
    uint8_t code[64];
    int64_t written, bits, length = 0;
    info_encoder coder = {0}, *e = &coder;
    *e = (info_encoder){0};
    ck_assert_int_eq(info_encoder_finish(NULL, e, code, 64, &written, &bits), INFO_OK);
    ck_assert(written == 0 && bits == 0);
    *e = (info_encoder){0};
    for (int i = 0; i < 10000; i++) {
        ck_assert_int_eq(info_encoder_put(NULL, e, sure, 2, 24, 0, code, 64, &written), INFO_OK);
        length += written;
    }
    ck_assert_int_eq(info_encoder_finish(NULL, e, code, 64, &written, &bits), INFO_OK);
    ck_assert_int_le(length + written, 1);
    ck_assert_int_eq(info_encoder_put(NULL, e, sure, 2, 24, 0, code, 64, &written), INFO_ERROR_OPTION);
}
END_TEST

START_TEST(bad_arguments_change_nothing)
{
    info_ctx *ctx = context(1, INFO_CPU_BEST);
    const uint32_t good[2] = {12, 4}, zero[2] = {16, 0}, sum[2] = {12, 3};
    uint8_t code[16] = {0};
    int64_t written = 7, consumed, symbol = 7;
    info_encoder coder = {0}, *e = &coder;
    info_decoder decoder = {0}, *d = &decoder;
    *e = (info_encoder){0};
    *d = (info_decoder){0};
    ck_assert_int_eq(info_encoder_put(ctx, e, zero, 2, 4, 0, code, 16, &written), INFO_ERROR_SUM);
    ck_assert_int_eq(info_encoder_put(ctx, e, sum, 2, 4, 0, code, 16, &written), INFO_ERROR_SUM);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "sum to 15; 2^4 is 16"));
    ck_assert_int_eq(info_encoder_put(ctx, e, good, 2, 4, 2, code, 16, &written), INFO_ERROR_TARGET);
    ck_assert_int_eq(info_encoder_put(ctx, e, good, 2, 4, 0, code, 8, &written), INFO_ERROR_OUTPUT);
    ck_assert_int_eq(info_encoder_put(ctx, e, good, 2, 31, 0, code, 16, &written), INFO_ERROR_OPTION);
    ck_assert_int_eq(info_encoder_put(ctx, NULL, good, 2, 4, 0, code, 16, &written), INFO_ERROR_NULL);
    ck_assert_int_eq(written, 7);
    ck_assert_int_eq(info_decoder_get(ctx, d, good, 2, 4, code, -1, 0, &consumed, &symbol), INFO_ERROR_SIZE);
    ck_assert_int_eq(info_decoder_get(ctx, d, good, 2, 4, code, 3, 0, &consumed, &symbol), INFO_OK);
    ck_assert(consumed == 3 && symbol == -1); /* eight are needed first */
    const double bad[3] = {1, -1, 2}, none[3] = {0, 0, 0};
    uint32_t f[3] = {7, 7, 7};
    info_matrix m = matrix_of(bad, 1, 3, INFO_F64);
    ck_assert_int_eq(info_code_table(ctx, &m, NULL, f, 3, NULL, NULL, 0), INFO_ERROR_DOMAIN);
    m = matrix_of(none, 1, 3, INFO_F64);
    ck_assert_int_eq(info_code_table(ctx, &m, NULL, f, 3, NULL, NULL, 0), INFO_ERROR_DOMAIN);
    const info_code_options tight = {.struct_size = sizeof tight, .bits = 1};
    ck_assert_int_eq(info_code_table(ctx, &m, &tight, f, 3, NULL, NULL, 0), INFO_ERROR_SIZE);
    ck_assert(f[0] == 7);
    info_ctx_destroy(ctx);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {published_table,
                                  no_other_table_has_less_excess,
                                  tables_are_the_greedy_ones,
                                  kinds_agree_and_levels_have_the_same_table,
                                  tables_without_choice,
                                  what_goes_in_comes_out,
                                  short_codes,
                                  bad_arguments_change_nothing,
                                  NULL};
    return run_tests("coder", tests);
}
