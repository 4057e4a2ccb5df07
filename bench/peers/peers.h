/* SPDX-License-Identifier: MIT
 * What bench/run.py loads besides libinfo. All return 0. */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include <stdint.h>

typedef int32_t (*peer_function)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                 uint64_t, uint64_t, uint64_t, uint64_t);

/* Nanoseconds that repeat calls of f with 12 words of arguments take; *status is the last one's. */
int64_t peer_time_calls(peer_function f, const uint64_t *a, int64_t repeat, int32_t *status);

/* Reads bytes (a multiple of 8) on 1..8 threads. */
int32_t peer_read(const void *data, int64_t bytes, int64_t threads, uint64_t *sum);

/* Per row: -sum p log p; KL(p||q); Jensen-Shannon, all in nats. */
int32_t peer_entropy(const double *p, int64_t rows, int64_t cols, double *out);
int32_t peer_kl(const double *p, const double *q, int64_t rows, int64_t cols, double *out);
int32_t peer_js(const double *p, const double *q, int64_t rows, int64_t cols, double *out);

/* Per row of logits: -log softmax(target); KL(softmax(a)||softmax(b)). */
int32_t peer_nll(const float *logits, const int64_t *targets, int64_t rows, int64_t cols, double *out);
int32_t peer_kl_logits(const float *a, const float *b, int64_t rows, int64_t cols, double *out);

/* Of two sequences of symbols below k <= 4096; table holds k * k counts. */
int32_t peer_mutual_information(const int64_t *x, const int64_t *y, int64_t n, int64_t k, uint64_t *table, double *out);

/* Effective ranks of count symmetric n x n matrices, n <= 128, by LAPACK's eigenvalues. */
int32_t peer_effective_ranks(const float *grams, int64_t count, int64_t n, double *out);

#endif
