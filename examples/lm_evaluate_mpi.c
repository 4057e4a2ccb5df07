/* SPDX-License-Identifier: MIT
 *
 * lm_evaluate_mpi: lm_evaluate over the ranks of MPI. Each takes the next document that nobody has, and the states are
 * reduced at the end, so that the numbers are those of one process, whoever scored what.
 *
 *     mpirun -n 4 lm_evaluate_mpi run CHECKPOINT TOKENIZER TEXT --state FILE
 */
#include <stdio.h>
#include <stdlib.h>

#include "evaluate/arguments.h"
#include "evaluate/run.h"
#include "evaluate/states.h"
#include "mpi/info_mpi.h"

/* Documents that are not taken yet: a counter at rank 0 that all draw from. */
struct queue {
    MPI_Win window;
    int64_t ticket; /* the document that this rank has drawn last */
};

static bool wants(void *user, int64_t document)
{
    struct queue *queue = user;
    const int64_t one = 1;
    while (queue->ticket < document) {
        MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, queue->window);
        MPI_Fetch_and_op(&one, &queue->ticket, MPI_INT64_T, 0, 0, MPI_SUM, queue->window);
        MPI_Win_unlock(0, queue->window);
    }
    return queue->ticket == document;
}

static bool score(const struct arguments *arguments, int rank, struct states *states, struct failure *failure)
{
    struct queue queue = {.ticket = -1};
    int64_t *counter;
    MPI_Win_allocate(rank == 0 ? sizeof *counter : 0, sizeof *counter, MPI_INFO_NULL, MPI_COMM_WORLD, &counter,
                     &queue.window);
    if (rank == 0)
        *counter = 0;
    MPI_Barrier(MPI_COMM_WORLD);
    const bool done = evaluate_documents(arguments, wants, &queue, states, failure);
    MPI_Win_free(&queue.window);
    return done;
}

/* All ranks' states in the file, written by rank 0. */
static bool reduce(const struct arguments *arguments, int rank, const struct states *states, struct failure *failure)
{
    struct states all = {.count = states->count};
    info_status status = info_ctx_create(NULL, &all.ctx);
    for (int i = 0; i < states->count && status == INFO_OK; i++)
        status = info_mpi_reduce(states->ctx, states->state[i], 0, MPI_COMM_WORLD, &all.state[i]);
    bool done =
        status == INFO_OK || fail(failure, "the states of the ranks do not merge: %s", info_status_name(status));
    if (done && rank == 0)
        done = states_write(&all, arguments->state, failure);
    states_free(&all);
    return done;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct failure failure;
    struct states states = {0};
    int rank, ranks;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    arguments_parse(&arguments, argc, argv);
    arguments.shard = rank;
    arguments.shards = ranks;
    arguments.quiet = arguments.quiet || rank != 0;
    bool done = arguments.command == COMMAND_RUN || fail(&failure, "only run is done by many; use lm_evaluate");
    done = done && score(&arguments, rank, &states, &failure) && reduce(&arguments, rank, &states, &failure);
    if (!done) {
        fprintf(stderr, "lm_evaluate_mpi: rank %d: %s\n", rank, failure.text);
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    states_free(&states);
    MPI_Finalize();
    return EXIT_SUCCESS;
}
