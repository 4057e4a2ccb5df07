/* SPDX-License-Identifier: MIT
 * Arguments: every refusal has its status and a text that names the argument. */
#include "../support.h"
#include "core/core.h"
#include "numeric/unit.h"

static double data[64];
static info_i_error error;

static void refused(info_matrix m, info_status status, const char *word)
{
    ck_assert_int_eq(info_i_check_matrix(&error, "logits", &m), status);
    ck_assert_int_eq(error.status, status);
    ck_assert_msg(strncmp(error.text, "logits:", 7) == 0, "text does not name the argument: %s", error.text);
    ck_assert_msg(strstr(error.text, word) != NULL, "text lacks '%s': %s", word, error.text);
}

START_TEST(views_are_checked_in_every_field)
{
    const info_matrix good = {data, 4, 5, 5, 1, INFO_F64, 0};
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
    ck_assert_int_eq(info_i_check_matrix(&error, "logits", &m), INFO_OK);
}
END_TEST

START_TEST(outputs_may_not_fold_onto_themselves)
{
    const info_matrix_out row_major = {data, 4, 5, 5, 1, INFO_F64, 0}, transposed = {data, 4, 5, 1, 4, INFO_F64, 0},
                          reversed = {data + 40, 4, 5, -8, -1, INFO_F64, 0}, one_row = {data, 1, 5, 0, 1, INFO_F64, 0};
    ck_assert_int_eq(info_i_check_matrix_out(&error, "out", &row_major), INFO_OK);
    ck_assert_int_eq(info_i_check_matrix_out(&error, "out", &transposed), INFO_OK);
    ck_assert_int_eq(info_i_check_matrix_out(&error, "out", &reversed), INFO_OK);
    ck_assert_int_eq(info_i_check_matrix_out(&error, "out", &one_row), INFO_OK);
    const info_matrix_out broadcast = {data, 4, 5, 0, 1, INFO_F64, 0}, folded = {data, 4, 5, 4, 1, INFO_F64, 0};
    ck_assert_int_eq(info_i_check_matrix_out(&error, "out", &broadcast), INFO_ERROR_OVERLAP);
    ck_assert_int_eq(info_i_check_matrix_out(&error, "out", &folded), INFO_ERROR_OVERLAP);
    ck_assert_int_eq(info_i_check_matrix_out(&error, "out", NULL), INFO_ERROR_NULL);
}
END_TEST

START_TEST(outputs_are_long_enough_and_apart_from_inputs)
{
    ck_assert_int_eq(info_i_check_output(&error, "out", NULL, 3, 3), INFO_ERROR_NULL);
    ck_assert_int_eq(info_i_check_output(&error, "out", data, 2, 3), INFO_ERROR_OUTPUT);
    ck_assert_str_eq(error.text, "out: has 2 elements; 3 are needed");
    ck_assert_int_eq(info_i_check_output(&error, "out", data, 3, 3), INFO_OK);

    /* Elements data[20] .. data[31], walked backwards. */
    const info_matrix in = {data + 31, 3, 4, -4, -1, INFO_F64, 0};
    ck_assert_int_eq(info_i_check_overlap(&error, "out", data + 17, 3 * 8, "p", &in), INFO_OK);
    ck_assert_int_eq(info_i_check_overlap(&error, "out", data + 18, 3 * 8, "p", &in), INFO_ERROR_OVERLAP);
    ck_assert_int_eq(info_i_check_overlap(&error, "out", data + 31, 3 * 8, "p", &in), INFO_ERROR_OVERLAP);
    ck_assert_int_eq(info_i_check_overlap(&error, "out", data + 32, 3 * 8, "p", &in), INFO_OK);
}
END_TEST

START_TEST(options_say_what_is_allowed)
{
    ck_assert_int_eq(info_i_check_option(&error, "unit", 3, 0, 2), INFO_ERROR_OPTION);
    ck_assert_str_eq(error.text, "options.unit: 3 is not allowed; 0 to 2 are");
    struct {
        uint32_t struct_size, x;
    } small, given = {0, 5};
    ck_assert_int_eq(info_i_options(&error, &small, sizeof small, &given), INFO_ERROR_OPTION);
    given.struct_size = UINT32_MAX;
    ck_assert_int_eq(info_i_options(&error, &small, sizeof small, &given), INFO_ERROR_OPTION);
    given.struct_size = sizeof given;
    ck_assert_int_eq(info_i_options(&error, &small, sizeof small, &given), INFO_OK);
    ck_assert_uint_eq(small.x, 5);
    given.struct_size = 4;
    ck_assert_int_eq(info_i_options(&error, &small, sizeof small, &given), INFO_OK);
    ck_assert_uint_eq(small.x, 0);
    ck_assert_int_eq(info_i_options(&error, &small, sizeof small, NULL), INFO_OK);
    ck_assert_uint_eq(small.struct_size, sizeof small);
}
END_TEST

START_TEST(every_status_has_a_name_and_a_text)
{
    for (info_status status = INFO_ERROR_FORMAT; status <= INFO_INVALID_ROWS; status++) {
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
                                            outputs_are_long_enough_and_apart_from_inputs, options_say_what_is_allowed,
                                            every_status_has_a_name_and_a_text, numbers_in_texts_read_back,
                                            units_divide_by_their_logarithm, NULL});
}
