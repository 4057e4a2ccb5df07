/* SPDX-License-Identifier: MIT
 *
 * Tensors by name: a folder of .npy files ("logits.npy" holds "logits"), one
 * .npz file or one .safetensors file.
 */
#ifndef EXAMPLES_IO_ARCHIVE_H
#define EXAMPLES_IO_ARCHIVE_H

#include "safetensors.h"

struct archive {
    struct named_tensor *tensors;
    size_t count;
    struct file *files; /* what the tensors view */
    size_t files_count;
};

/** Opens a folder, a .npz file (by its name) or a .safetensors file. */
bool archive_open(struct archive *archive, const char *path, struct failure *failure);

/** The tensor of that name, or NULL. */
const struct tensor *archive_find(const struct archive *archive, const char *name);

/** Gives all back; its tensors end. A zeroed struct is fine. */
void archive_close(struct archive *archive);

#endif
