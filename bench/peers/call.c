/* SPDX-License-Identifier: MIT
 * Calls a function many times from C, so that small work is not drowned by the
 * interpreter. All arguments are integers or pointers. */
#include <time.h>

#include "peers.h"

int64_t peer_time_calls(peer_function f, const uint64_t *a, int64_t repeat, int32_t *status)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int64_t i = 0; i < repeat; i++)
        *status = f(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (int64_t)(end.tv_sec - begin.tv_sec) * 1000000000 + (end.tv_nsec - begin.tv_nsec);
}
