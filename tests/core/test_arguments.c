/* SPDX-License-Identifier: MIT
 * Arguments: every refusal has its status and a text that names the argument. */
#include <sys/mman.h>
#include <unistd.h>

#include "../support.h"
#include "core/core.h"
#include "info/lm.h"
#include "numeric/unit.h"

static double data[64];
static info_i_error error;

static void refused(info_matrix m, info_status status, const char *word)
{
    error.status = INFO_OK;
    ck_assert_int_eq(info_i_check_matrix(&error, "logits", &m), status);
    ck_assert_int_eq(error.status, status);
    ck_assert_msg(strncmp(error.text, "logits:", 7) == 0, "text does not name the argument: %s", error.text);
    ck_assert_msg(strstr(error.text, word) != NULL, "text lacks '%s': %s", word, error.text);
}

START_TEST(views_are_checked_in_every_field)
{
    const info_matrix good = {data, 4, 5, 5, 1, INFO_F64, 0};
    error.status = INFO_OK;
    ck_assert_int_eq(info_i_check_matrix(&error, "logits", &good), INFO_OK);
    ck_assert_int_eq(info_i_check_matrix(&error, "logits", NULL), INFO_ERROR_NULL);

    info_matrix m = good;
    m.reserved = 7;
    refused(m, INFO_ERROR_OPTION, "7");
    m = good, m.dtype = 99;
    refused(m, INFO_ERROR_TYPE, "99");
    m = good, m.dtype = -1;
    refused(m, INFO_ERROR_TYPE, "-1");
    m = good, m.rows = 0;
    refused(m, INFO_ERROR_SIZE, "0 x 5");
    m = good, m.cols = -3;
    refused(m, INFO_ERROR_SIZE, "-3");
    m = good, m.data = NULL;
    refused(m, INFO_ERROR_NULL, "NULL");
    m = good, m.data = (const char *)data + 4;
    refused(m, INFO_ERROR_ALIGNMENT, "8-byte");
    m = good, m.rows = m.cols = INT64_C(1) << 32;
    m.row_stride = m.col_stride = 0;
    refused(m, INFO_ERROR_OVERFLOW, "4294967296");
    m = good, m.row_stride = INT64_MAX / 4;
    refused(m, INFO_ERROR_OVERFLOW, "beyond");
    m = good, m.row_stride = INT64_MIN;
    refused(m, INFO_ERROR_OVERFLOW, "beyond");
    m = good, m.col_stride = INT64_MIN / 16;
    refused(m, INFO_ERROR_OVERFLOW, "beyond");
    m = good, m.rows = INT64_C(1) << 40; /* a broadcast row may be repeated without end */
    m.row_stride = 0;
    error.status = INFO_OK;
    ck_assert_int_eq(info_i_check_matrix(&error, "logits", &m), INFO_OK);
}
END_TEST

static info_status matrix_out(info_matrix_out m)
{
    error.status = INFO_OK;
    return info_i_check_matrix_out(&error, "out", &m);
}

START_TEST(outputs_may_not_fold_onto_themselves)
{
    ck_assert_int_eq(matrix_out((info_matrix_out){data, 4, 5, 5, 1, INFO_F64, 0}), INFO_OK);
    ck_assert_int_eq(matrix_out((info_matrix_out){data, 4, 5, 1, 4, INFO_F64, 0}), INFO_OK);
    ck_assert_int_eq(matrix_out((info_matrix_out){data + 40, 4, 5, -8, -1, INFO_F64, 0}), INFO_OK);
    ck_assert_int_eq(matrix_out((info_matrix_out){data, 1, 5, 0, 1, INFO_F64, 0}), INFO_OK);
    ck_assert_int_eq(matrix_out((info_matrix_out){data, 4, 5, 0, 1, INFO_F64, 0}), INFO_ERROR_OVERLAP);
    ck_assert_int_eq(matrix_out((info_matrix_out){data, 4, 5, 4, 1, INFO_F64, 0}), INFO_ERROR_OVERLAP);
    error.status = INFO_OK;
    ck_assert_int_eq(info_i_check_matrix_out(&error, "out", NULL), INFO_ERROR_NULL);
    /* The stride of an axis of one element is never taken. */
    ck_assert_int_eq(matrix_out((info_matrix_out){data, 1, 5, INT64_MIN, 1, INFO_F64, 0}), INFO_OK);
    ck_assert_int_eq(matrix_out((info_matrix_out){data, 5, 1, 1, INT64_MIN, INFO_F64, 0}), INFO_OK);
    ck_assert_int_eq(matrix_out((info_matrix_out){data, 2, 5, INT64_MIN, 1, INFO_F64, 0}), INFO_ERROR_OVERFLOW);
}
END_TEST

START_TEST(outputs_are_given_aligned_and_long_enough)
{
    double *none = NULL;
    error.status = INFO_OK;
    ck_assert_int_eq(info_i_check_output(&error, "out", none, 3, 3), INFO_ERROR_NULL);
    error.status = INFO_OK;
    ck_assert_int_eq(info_i_check_output(&error, "out", data, 2, 3), INFO_ERROR_OUTPUT);
    ck_assert_str_eq(error.text, "out: has 2 elements; 3 are needed");
    error.status = INFO_OK;
    ck_assert_int_eq(info_i_check_output(&error, "out", data, 3, 3), INFO_OK);
    const double *odd = (const double *)(const void *)((const char *)data + 1);
    ck_assert_int_eq(info_i_check_output(&error, "out", odd, 3, 3), INFO_ERROR_ALIGNMENT);
    error.status = INFO_OK;
    ck_assert_int_eq(info_i_check_pointer(&error, "result", odd), INFO_ERROR_ALIGNMENT);
    ck_assert_str_eq(error.text, "result: is not aligned to its 8-byte elements");
}
END_TEST

static info_status overlap(const void *out, int64_t bytes, info_i_span input)
{
    error.status = INFO_OK;
    return info_i_check_spans(&error, (info_i_span[]){{"out", out, bytes}, {0}}, (info_i_span[]){input, {0}});
}

START_TEST(adjacent_memory_is_no_overlap_and_a_shared_byte_is_one)
{
    /* Elements data[20] .. data[31], walked backwards. */
    const info_matrix in = {data + 31, 3, 4, -4, -1, INFO_F64, 0};
    const info_i_span span = info_i_matrix_span("p", &in);
    ck_assert_ptr_eq(span.begin, data + 20);
    ck_assert_int_eq(span.bytes, 12 * 8);
    const char *bytes = (const char *)data;
    for (int64_t length = 1; length <= 24; length++)
        for (int64_t begin = 100; begin < 300; begin++) {
            const bool shared = begin + length > 20 * 8 && begin < 32 * 8;
            ck_assert_int_eq(overlap(bytes + begin, length, span), shared ? INFO_ERROR_OVERLAP : INFO_OK);
        }
    ck_assert_int_eq(overlap(data + 21, 0, span), INFO_OK);
    ck_assert_int_eq(overlap(NULL, 1000, span), INFO_OK);
    error.status = INFO_OK;
    const info_i_span outputs[] = {{"out", data, 16}, {"error", data + 1, 8}, {0}}, none[] = {{0}};
    ck_assert_int_eq(info_i_check_spans(&error, outputs, none), INFO_ERROR_OVERLAP);
    ck_assert_str_eq(error.text, "error: overlaps out");
}
END_TEST

START_TEST(options_say_what_is_allowed)
{
    error.status = INFO_OK;
    ck_assert_int_eq(info_i_check_option(&error, "options.unit", 3, 0, 2), INFO_ERROR_OPTION);
    ck_assert_str_eq(error.text, "options.unit: 3 is not allowed; 0 to 2 are");
    const struct {
        double value, low, high;
        info_i_ends ends;
        bool allowed;
    } cases[] = {{0, 0, 1, INFO_I_CLOSED, true},
                 {1, 0, 1, INFO_I_CLOSED, true},
                 {0, 0, 1, INFO_I_ABOVE_LOW, false},
                 {1, 0, 1, INFO_I_ABOVE_LOW, true},
                 {0, 0, 1, INFO_I_BELOW_HIGH, true},
                 {1, 0, 1, INFO_I_BELOW_HIGH, false},
                 {0, 0, 1, INFO_I_OPEN, false},
                 {1, 0, 1, INFO_I_OPEN, false},
                 {NAN, 0, 1, INFO_I_CLOSED, false},
                 {INFINITY, 0, INFINITY, INFO_I_CLOSED, true},
                 {-0.5, 0, INFINITY, INFO_I_BELOW_HIGH, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        error.status = INFO_OK;
        ck_assert_int_eq(
            info_i_check_real(&error, "options.x", cases[i].value, cases[i].low, cases[i].high, cases[i].ends),
            cases[i].allowed ? INFO_OK : INFO_ERROR_OPTION);
    }
    ck_assert_str_eq(error.text, "options.x: -0.5 is not allowed; a number in [0, inf) is");
}
END_TEST

/* The first failure counts: later checks return it and leave its text. */
START_TEST(a_list_of_checks_stops_at_the_first_failure)
{
    error.status = INFO_OK;
    const info_matrix *none = NULL;
    info_i_check_matrix(&error, "x", none);
    info_i_check_option(&error, "options.unit", 7, 0, 2);
    info_i_check_real(&error, "options.order", -1, 0, 1, INFO_I_CLOSED);
    info_i_check_output(&error, "out", data, info_i_row_count(none), 3);
    info_i_check_spans(&error, (info_i_span[]){{"out", data, 8}, {0}}, (info_i_span[]){{"x", data, 8}, {0}});
    info_lm_options own;
    ck_assert_int_eq(info_i_options(&error, info_lm_options, "options", &own, &(info_lm_options){.struct_size = 3}),
                     INFO_ERROR_NULL);
    ck_assert_str_eq(error.text, "x: is NULL");
}
END_TEST

static info_status read_options(const void *given, info_lm_options *own)
{
    error.status = INFO_OK;
    return info_i_options(&error, info_lm_options, "options", own, given);
}

START_TEST(struct_sizes_end_with_a_field)
{
    info_lm_options own;
    /* struct_size, unit, invalid and ignore of 4 bytes, ignore_index of 8, ... */
    const uint32_t ends[] = {4, 8, 12, 16, 24, 32, sizeof own};
    for (uint32_t size = 0; size <= 32; size++) {
        info_lm_options given = {.struct_size = size, .unit = 1, .ignore_index = 7};
        bool end = false;
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            end = end || ends[i] == size;
        ck_assert_int_eq(read_options(&given, &own), end ? INFO_OK : INFO_ERROR_OPTION);
        if (!end)
            continue;
        ck_assert_int_eq(own.unit, size >= 8);
        ck_assert_int_eq(own.ignore_index, size >= 24 ? 7 : 0);
        ck_assert_uint_eq(own.struct_size, sizeof own);
    }
    ck_assert_int_eq(read_options(NULL, &own), INFO_OK);
    ck_assert_uint_eq(own.struct_size, sizeof own);
}
END_TEST

/* A size that cannot be is told as such, and nothing is read where it leads: the struct ends with its page. */
START_TEST(struct_sizes_that_cannot_be_are_not_followed)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(pages != MAP_FAILED && mprotect(pages + page, page, PROT_NONE) == 0);
    info_lm_options *given = (info_lm_options *)(void *)(pages + page - sizeof *given), own;
    const uint32_t sizes[] = {sizeof *given + 1, 4000, 1000000, 1u << 31, UINT32_MAX, 0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        given->struct_size = sizes[i];
        ck_assert_int_eq(read_options(given, &own), INFO_ERROR_OPTION);
        ck_assert_msg(strstr(error.text, "struct_size") && strstr(error.text, "is no size of this struct"), "%s",
                      error.text);
    }
    given->struct_size = sizeof *given;
    ck_assert_int_eq(read_options(given, &own), INFO_OK);
    munmap(pages, 2 * page);
}
END_TEST

START_TEST(every_status_has_a_name_and_a_text)
{
    for (info_status status = INFO_ERROR_SHARD; status <= INFO_INVALID_ROWS; status++) {
        int64_t value;
        ck_assert_int_eq(info_constant(info_status_name(status), &value), INFO_OK);
        ck_assert_int_eq(value, status);
        ck_assert_str_ne(info_status_text(status), "unknown status");
    }
    ck_assert_str_eq(info_status_name(-999), "unknown");
    ck_assert_str_eq(info_status_text(-999), "unknown status");
}
END_TEST

START_TEST(numbers_in_texts_read_back)
{
    ck_assert_str_eq(info_i_number_text(0.1).text, "0.1");
    ck_assert_str_eq(info_i_number_text(-2).text, "-2");
    ck_assert_str_eq(info_i_number_text(NAN).text, "nan");
    const double third = 1.0 / 3;
    assert_same_bits(strtod(info_i_number_text(third).text, NULL), third);
}
END_TEST

/* log 2 and log 10 to 60 digits give these factors; one rounding is left. */
START_TEST(units_divide_by_their_logarithm)
{
    assert_same_bits(info_i_from_nats(1.5, INFO_NAT), 1.5);
    assert_same_bits(info_i_from_nats(0x1.62e42fefa39efp-1, INFO_BIT), 1.0); /* log 2 */
    assert_same_bits(info_i_from_nats(0x1.26bb1bbb55516p+1, INFO_DIT), 1.0); /* log 10 */
    ck_assert(info_i_from_nats(INFINITY, INFO_BIT) == INFINITY);
    ck_assert(isnan(info_i_from_nats(NAN, INFO_DIT)));
}
END_TEST

int main(void)
{
    return run_tests("arguments",
                     (const TTest *const[]){views_are_checked_in_every_field, outputs_may_not_fold_onto_themselves,
                                            outputs_are_given_aligned_and_long_enough,
                                            adjacent_memory_is_no_overlap_and_a_shared_byte_is_one,
                                            options_say_what_is_allowed, a_list_of_checks_stops_at_the_first_failure,
                                            struct_sizes_end_with_a_field, struct_sizes_that_cannot_be_are_not_followed,
                                            every_status_has_a_name_and_a_text, numbers_in_texts_read_back,
                                            units_divide_by_their_logarithm, NULL});
}
