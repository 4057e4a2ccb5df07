/* SPDX-License-Identifier: MIT
 * What the machine can do at the best: a plain read of the same bytes. */
#include <pthread.h>

#include "peers.h"

typedef struct stretch {
    const uint64_t *words;
    int64_t count;
    uint64_t sum;
} stretch;

static void *read_stretch(void *argument)
{
    stretch *s = argument;
    uint64_t sum = 0;
    for (int64_t i = 0; i < s->count; i++)
        sum ^= s->words[i];
    s->sum = sum;
    return NULL;
}

int32_t peer_read(const void *data, int64_t bytes, int64_t threads, uint64_t *sum)
{
    pthread_t helpers[8];
    stretch parts[8] = {0};
    const int64_t words = bytes / 8, share = words / threads;
    for (int64_t t = 0; t < threads; t++)
        parts[t] = (stretch){(const uint64_t *)data + t * share, t + 1 < threads ? share : words - t * share, 0};
    for (int64_t t = 1; t < threads; t++)
        pthread_create(&helpers[t], NULL, read_stretch, &parts[t]);
    read_stretch(&parts[0]);
    *sum = parts[0].sum;
    for (int64_t t = 1; t < threads; t++) {
        pthread_join(helpers[t], NULL);
        *sum ^= parts[t].sum;
    }
    return 0;
}
