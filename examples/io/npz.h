/* SPDX-License-Identifier: MIT
 *
 * NumPy's .npz files: a zip archive of .npy members ("logits.npy" holds "logits"), not compressed, as numpy.savez
 * writes it. Members larger than 4 GiB are fine (zip64).
 */
#ifndef EXAMPLES_IO_NPZ_H
#define EXAMPLES_IO_NPZ_H

#include "safetensors.h"

/** Views all arrays in a file that stays open as long as they are used; what is not aligned to its type, as is
 *  usual in a zip archive, is copied. Members that are compressed (numpy.savez_compressed) or encrypted, or no
 *  .npy, are a failure that names them. Checksums are not looked at. *tensors is malloc'ed; named_tensors_free() ends it. */
bool npz_view(struct named_tensor **tensors, size_t *count, const struct file *file, const char *path,
              struct failure *failure);

#endif
