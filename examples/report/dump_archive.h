/* SPDX-License-Identifier: MIT
 *
 * One model's activations in a dump: a folder of .npy files, a .safetensors file or a .npz file.
 */
#ifndef EXAMPLES_REPORT_DUMP_ARCHIVE_H
#define EXAMPLES_REPORT_DUMP_ARCHIVE_H

#include <cjson/cJSON.h>

#include "../io/archive.h"
#include "source.h"

/** Borrows a tensor of the archive by its name; an absent one stays without axes. */
bool dump_take(const struct archive *archive, const char *name, int axes, bool is_float, struct tensor *out,
               const char *path, struct failure *failure);

/** The length of an axis must be as expected, if there is such a tensor. */
bool dump_check_length(const struct tensor *tensor, const char *name, int axis, int64_t expected, const char *path,
                       struct failure *failure);

/** Borrows all that the archive has of a model's activations, which must be of one
 *  sequence. Give them back with activations_free() before the archive. */
bool dump_take_activations(const struct archive *archive, struct activations *a, const char *path,
                           struct failure *failure);

/** Where a role's tensors lie under a folder, if they do: a folder of its name
 *  or a .safetensors or .npz file. */
bool dump_find_role(char *path, size_t size, const char *folder, enum role role);

/** What about.json says in a folder, or FILE.json beside FILE.safetensors; *about is NULL where there
 *  is none. path receives its name. */
bool dump_read_about(const char *activations, char *path, size_t size, cJSON **about, struct failure *failure);

#endif
