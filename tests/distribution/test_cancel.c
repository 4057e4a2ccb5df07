/* SPDX-License-Identifier: MIT
 * Rows that take hours, canceled from another thread. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "../support.h"
#include "info/info.h"

/* The address sanitizer marks every byte of what is asked for: less of it there. */
#ifdef __SANITIZE_ADDRESS__
#define COLUMNS ((int64_t)1 << 36)
#else
#define COLUMNS ((int64_t)1 << 40)
#endif

typedef struct canceler {
    info_ctx *ctx;
    atomic_bool done;
} canceler;

/* Again and again: a cancel before the call begins is forgotten. */
static void *ask(void *user)
{
    canceler *c = user;
    while (!c->done) {
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        info_ctx_cancel(c->ctx);
    }
    return NULL;
}

static info_status measure(info_ctx *ctx, int which, const info_matrix *x, double *out)
{
    const info_entropy_options logits = {.struct_size = sizeof logits, .kind = INFO_LOGITS};
    switch (which) {
    case 0:
        return info_entropy(ctx, x, NULL, out, x->rows);
    case 1:
        return info_entropy(ctx, x, &logits, out, x->rows);
    case 2:
        return info_kl(ctx, x, x, NULL, out, x->rows);
    default:
        return info_js(ctx, x, x, NULL, out, x->rows);
    }
}

/* One row, whose blocks workers share, and 16, which they take whole; the test's limit of time is what can fail. */
START_TEST(a_row_of_2_to_the_40_columns_is_left_at_a_cancel)
{
    static const double element = 0.5;
    for (int which = 0; which < 4; which++)
        for (int64_t rows = 1; rows <= 16; rows += 15)
            for (int32_t threads = 1; threads <= 2; threads++) {
                canceler c = {.ctx = NULL};
                const info_ctx_options options = {.struct_size = sizeof options, .threads = threads};
                const info_matrix x = {&element, rows, COLUMNS, 0, 0, INFO_F64, 0};
                double out[16] = {7};
                pthread_t thread;
                ck_assert_int_eq(info_ctx_create(&options, &c.ctx), INFO_OK);
                ck_assert_int_eq(pthread_create(&thread, NULL, ask, &c), 0);
                const info_status status = measure(c.ctx, which, &x, out);
                c.done = true;
                pthread_join(thread, NULL);
                /* A row that is shared needs memory for its blocks, which a machine may not have. */
                ck_assert_msg(status == INFO_CANCELED || (rows == 1 && status == INFO_ERROR_MEMORY), "%s: %s",
                              info_status_name(status), info_ctx_message(c.ctx));
                ck_assert(out[0] == 7);
                info_ctx_destroy(c.ctx);
            }
}
END_TEST

int main(void)
{
    return run_tests("cancel", (const TTest *const[]){a_row_of_2_to_the_40_columns_is_left_at_a_cancel, NULL});
}
