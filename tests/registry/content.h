/* SPDX-License-Identifier: MIT
 * What cases are made of: arguments, their numbers, and the guarded memory they lie in. */
#ifndef TESTS_REGISTRY_CONTENT_H
#define TESTS_REGISTRY_CONTENT_H

#include <fenv.h>

#include "case.h"

/* ---- Arguments in the making (case.c) ---- */

/* While the harness works, memory does not fail and arithmetic is ordinary. */
void reg_leave_library(fenv_t *environment);
void reg_enter_library(const fenv_t *environment);

/* A number below n from the fuzzer's bytes; 0, the ordinary choice, without them. */
int64_t reg_draw(reg_case *c, int64_t n);

int32_t reg_index_of(const reg_case *c, const reg_argument *a);
uint64_t reg_seed_of(reg_case *c, const reg_argument *a);

/* The special values at their positions: the plan's one, or some the fuzzer draws. */
void reg_patch(reg_case *c, const reg_argument *a, double *values);

/* Memory of the argument's own, at the end of its slot. */
void *reg_place(const reg_case *c, const reg_argument *a, size_t bytes);

reg_argument *reg_new_argument(reg_case *c, const char *name, enum reg_argument_kind kind, int32_t variants,
                               int64_t positions);

/* How this argument is to be spoiled; 0: not. */
int32_t reg_variant(reg_case *c, const reg_argument *a);

/* Notes that it was, and whether only an error (status; 0: any) can come of it. */
void reg_spoil(reg_case *c, const reg_argument *a, bool must_fail, info_status status, const char *how);

/* Remembers what memory held, to tell later whether the call wrote it. */
void reg_remember(reg_argument *a, void *memory, size_t size);

/* ---- Numbers and memory ---- */

uint64_t reg_mix(uint64_t x);

/* rows x cols doubles, row-major, the same for the same seed; free() them. */
double *reg_content(uint64_t seed, int content, int64_t rows, int64_t cols, bool equal_rows);

/* Memory between two pages that cannot be touched. Every slot has one area; at_end
 * places the bytes at its end, else they start shift bytes after its beginning. */
#define REG_SLOT_BYTES ((size_t)1 << 24)
void *reg_slot(int32_t slot, size_t bytes, bool at_end, size_t shift);

#endif
