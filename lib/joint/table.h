/* SPDX-License-Identifier: MIT
 * Views of tables: their checks and their extent in memory. */
#ifndef INFO_I_JOINT_TABLE_H
#define INFO_I_JOINT_TABLE_H

#include "core/core.h"
#include "info/joint.h"

info_status info_i_check_table(info_i_error *error, const char *name, const info_table *table);

/* Strides of a row-major table without gaps. The product of the lengths fits int64_t. */
void info_i_dense_strides(int32_t ndim, const int64_t *shape, int64_t *strides);

/* The bytes that a (checked) view reaches. */
info_i_span info_i_table_span(const char *name, const info_table *table);

#endif
