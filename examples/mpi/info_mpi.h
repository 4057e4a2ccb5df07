/* SPDX-License-Identifier: MIT
 *
 * info_mpi.h: states of evaluations over the ranks of MPI, in one header to copy. A state travels as the bytes that
 * info_evaluation_save() writes; an MPI operation loads two, merges them and saves the result, in whatever order and tree
 * MPI thinks best: the result has the same bits for all of them.
 */
#ifndef INFO_MPI_H
#define INFO_MPI_H

#include <info/info.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

/* What is reduced: the length of a saved state, and room for it. Below 0: minus the room that would have been enough;
 * INFO_MPI_FAILED: no room helps. */
#define INFO_MPI_FAILED INT64_MIN

static inline void info_mpi_save(info_ctx *ctx, const info_evaluation *state, unsigned char *slot, int64_t room)
{
    int64_t size = 0, written = 0, head = INFO_MPI_FAILED;
    if (info_evaluation_saved_size(ctx, state, &size) == INFO_OK) {
        head = -size;
        if (size <= room && info_evaluation_save(ctx, state, slot + sizeof head, room, &written) == INFO_OK)
            head = written;
    }
    memcpy(slot, &head, sizeof head);
}

/* MPI_Op: inout becomes the merge of both. */
static inline void info_mpi_merge(void *in, void *inout, int *count, MPI_Datatype *type)
{
    int bytes;
    MPI_Type_size(*type, &bytes);
    for (int i = 0; i < *count; i++) {
        unsigned char *a = (unsigned char *)in + (size_t)i * (size_t)bytes;
        unsigned char *b = (unsigned char *)inout + (size_t)i * (size_t)bytes;
        int64_t a_size, b_size;
        info_evaluation *first = NULL, *second = NULL;
        memcpy(&a_size, a, sizeof a_size);
        memcpy(&b_size, b, sizeof b_size);
        if (a_size < 0 || b_size < 0) {
            const int64_t worse = a_size < b_size ? a_size : b_size;
            memcpy(b, &worse, sizeof worse);
            continue;
        }
        const int64_t failed = INFO_MPI_FAILED;
        if (info_evaluation_load(NULL, a + sizeof a_size, a_size, &first) == INFO_OK &&
            info_evaluation_load(NULL, b + sizeof b_size, b_size, &second) == INFO_OK &&
            info_evaluation_merge(NULL, second, first) == INFO_OK)
            info_mpi_save(NULL, second, b, bytes - (int64_t)sizeof b_size);
        else
            memcpy(b, &failed, sizeof failed);
        info_evaluation_destroy(first);
        info_evaluation_destroy(second);
    }
}

/** Merges the finished states of all ranks into one more at rank root, which is its caller's; NULL elsewhere. Collective.
 *
 *  \return INFO_OK; INFO_ERROR_MEMORY; INFO_ERROR_MISMATCH: the states do not merge, which info_evaluation_merge() of two
 *          of them explains. The same on all ranks. */
static inline info_status info_mpi_reduce(info_ctx *ctx, const info_evaluation *state, int root, MPI_Comm comm,
                                          info_evaluation **out)
{
    int64_t size = 0, room = 0, length = 0;
    int rank;
    MPI_Op op;
    MPI_Comm_rank(comm, &rank);
    MPI_Op_create(info_mpi_merge, 1, &op);
    *out = NULL;
    info_status status = INFO_OK;
    info_evaluation_saved_size(ctx, state, &size); /* or 0: the reduction will tell */
    MPI_Allreduce(&size, &room, 1, MPI_INT64_T, MPI_SUM, comm);
    do {
        /* A merge is about as large as its larger part; where exponents are far apart it may be more than the sum. */
        room = length < 0 && -length > 2 * room ? -length : 2 * room;
        const int64_t bytes = room + (int64_t)sizeof length;
        MPI_Datatype slot;
        unsigned char *own = malloc((size_t)bytes), *all = malloc((size_t)bytes);
        int memory = own && all && bytes <= INT32_MAX;
        MPI_Allreduce(MPI_IN_PLACE, &memory, 1, MPI_INT, MPI_MIN, comm);
        length = INFO_MPI_FAILED;
        if (memory) {
            info_mpi_save(ctx, state, own, room);
            MPI_Type_contiguous((int)bytes, MPI_BYTE, &slot);
            MPI_Type_commit(&slot);
            MPI_Reduce(own, all, 1, slot, op, root, comm);
            MPI_Type_free(&slot);
            memcpy(&length, all, sizeof length);
            MPI_Bcast(&length, 1, MPI_INT64_T, root, comm);
        }
        status = !memory ? INFO_ERROR_MEMORY : length == INFO_MPI_FAILED ? INFO_ERROR_MISMATCH : INFO_OK;
        if (status == INFO_OK && length >= 0 && rank == root)
            status = info_evaluation_load(ctx, all + sizeof length, length, out);
        free(own);
        free(all);
    } while (status == INFO_OK && length < 0);
    MPI_Op_free(&op);
    return status;
}

#endif
