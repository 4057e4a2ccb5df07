/* SPDX-License-Identifier: MIT
 * The C contract: versions, statuses, options from the past and the future. */
#include <unistd.h>

#include "../support.h"
#include "core/core.h"
#include "info/info.h"

START_TEST(header_and_library_agree_on_the_version)
{
    ck_assert_int_eq(info_version(), INFO_VERSION_MAJOR * 1000000 + INFO_VERSION_MINOR * 1000 + INFO_VERSION_PATCH);
    ck_assert_int_eq(info_abi_version(), INFO_ABI_VERSION);
    ck_assert_ptr_nonnull(strstr(info_build_config(), info_version_string()));
}
END_TEST

START_TEST(constants_can_be_asked_for_by_name)
{
    int64_t value = 0;
    ck_assert_int_eq(info_constant("INFO_ERROR_OUTPUT", &value), INFO_OK);
    ck_assert_int_eq(value, INFO_ERROR_OUTPUT);
    /* Its number stands on the line after the name. */
    ck_assert_int_eq(info_constant("INFO_INPUT_GRAM", &value), INFO_OK);
    ck_assert_int_eq(value, INFO_INPUT_GRAM);
    ck_assert_int_eq(info_constant("INFO_LINALG", &value), INFO_OK);
    ck_assert_int_eq(value, INFO_LINALG);
    ck_assert_int_eq(info_constant("INFO_BF16", &value), INFO_OK);
    ck_assert_int_eq(value, INFO_BF16);
    ck_assert_int_eq(info_constant("INFO_NO_SUCH_THING", &value), INFO_ERROR_OPTION);
    ck_assert_int_eq(value, INFO_BF16);
    ck_assert_int_eq(info_constant(NULL, &value), INFO_ERROR_NULL);
}
END_TEST

typedef struct future_options {
    info_ctx_options known;
    int32_t unknown;
} future_options;

START_TEST(options_from_the_past_and_the_future)
{
    info_ctx *ctx = NULL;
    future_options options = {.known = {.struct_size = sizeof options, .threads = 2}};
    ck_assert_int_eq(info_ctx_create(&options.known, &ctx), INFO_OK);
    ck_assert_int_eq(info_ctx_threads(ctx), 2);
    info_ctx_destroy(ctx);

    ctx = NULL;
    options.unknown = 1;
    ck_assert_int_eq(info_ctx_create(&options.known, &ctx), INFO_ERROR_OPTION);
    ck_assert_ptr_null(ctx);

    options.known.struct_size = 4; /* so old that it knew no option at all */
    ck_assert_int_eq(info_ctx_create(&options.known, &ctx), INFO_OK);
    ck_assert_int_eq(info_ctx_threads(ctx), 1);
    info_ctx_destroy(ctx);
}
END_TEST

static info_status square(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    int64_t *out = user;
    for (int64_t i = begin; i < end; i++) {
        if (out[i] == -1)
            return info_i_fail(error, INFO_ERROR_DOMAIN, "item %d", (int)i);
        out[i] = i * i;
    }
    return INFO_OK;
}

/* Items 10 and up fail at once; item 5 fails later, when all the others have. */
static info_status fail_late(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    if (begin == 5)
        usleep(20000);
    return begin == 5 || begin >= 10 ? info_i_fail(error, INFO_ERROR_DOMAIN, "item %d", (int)begin) : INFO_OK;
}

START_TEST(the_first_failure_in_order_wins_even_if_it_comes_last)
{
    const info_ctx_options options = {.struct_size = sizeof options, .threads = 4};
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
    ck_assert_int_eq(info_i_parallel(ctx, 100, 1, 0, fail_late, NULL), INFO_ERROR_DOMAIN);
    ck_assert_str_eq(info_ctx_message(ctx), "item 5");
    info_ctx_destroy(ctx);
}
END_TEST

START_TEST(a_parallel_loop_does_every_item_and_names_the_first_failure)
{
    for (int32_t threads = 1; threads <= 4; threads++) {
        const info_ctx_options options = {.struct_size = sizeof options, .threads = threads};
        info_ctx *ctx;
        ck_assert_int_eq(info_ctx_create(&options, &ctx), INFO_OK);
        for (int round = 0; round < 50; round++) {
            int64_t out[1000] = {0};
            ck_assert_int_eq(info_i_parallel(ctx, 1000, 7, 64, square, out), INFO_OK);
            for (int i = 0; i < 1000; i++)
                ck_assert_int_eq(out[i], (int64_t)i * i);
            out[613] = out[230] = out[999] = -1;
            ck_assert_int_eq(info_i_parallel(ctx, 1000, 7, 64, square, out), INFO_ERROR_DOMAIN);
            ck_assert_str_eq(info_ctx_message(ctx), "item 230");
        }
        info_ctx_destroy(ctx);
    }
}
END_TEST

int main(void)
{
    return run_tests("contract",
                     (const TTest *const[]){header_and_library_agree_on_the_version, constants_can_be_asked_for_by_name,
                                            options_from_the_past_and_the_future,
                                            a_parallel_loop_does_every_item_and_names_the_first_failure,
                                            the_first_failure_in_order_wins_even_if_it_comes_last, NULL});
}
