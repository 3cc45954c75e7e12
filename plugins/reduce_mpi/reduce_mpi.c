/* reduce_mpi.c: ranks of MPI: those that `mpirun` or `srun` started together.
 *
 * A process alone is a group of one. MPI can be begun once in a process, and so can this plugin. */
#define _POSIX_C_SOURCE 200809L
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "heed/reduce.h"

#define CHUNK ((size_t)1 << 30) /* a count is an int */

static const struct heed_host *heed;

struct group {
    MPI_Comm all;
    MPI_Request *requests;
    size_t n, cap;
};

static int fail(struct heed_err *err, const char *what, int code)
{
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int n;
    MPI_Error_string(code, text, &n);
    return heed->fail(err, "%s: %s", what, text);
}

static int join(struct group *g, struct heed_place *place, struct heed_err *err)
{
    int given, rank, ranks, here, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given);
    MPI_Comm machine;
    if (code == MPI_SUCCESS)
        code = MPI_Comm_dup(MPI_COMM_WORLD, &g->all);
    if (code == MPI_SUCCESS)
        code = MPI_Comm_set_errhandler(g->all, MPI_ERRORS_RETURN);
    if (code == MPI_SUCCESS)
        code = MPI_Comm_split_type(g->all, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    if (code != MPI_SUCCESS)
        return fail(err, "MPI cannot begin", code);
    MPI_Comm_rank(g->all, &rank);
    MPI_Comm_size(g->all, &ranks);
    MPI_Comm_size(machine, &here);
    MPI_Comm_free(&machine);
    place->rank = rank;
    place->ranks = ranks;
    place->here = here;
    return 0;
}

static int mpi_open(const void *self, void **state, struct heed_place *place, struct heed_err *err)
{
    int begun = 0;
    (void)self;
    MPI_Initialized(&begun);
    if (begun)
        return heed->fail(err, "MPI was begun in this process before");
    struct group *g = calloc(1, sizeof *g);
    if (!g)
        return heed->fail(err, "out of memory");
    if (join(g, place, err)) {
        free(g);
        return -1;
    }
    *state = g;
    return 0;
}

/* Spins for a moment, in which most of what is awaited comes; then sleeps in between. */
static int wait_all(struct group *g, struct heed_err *err)
{
    double begin = MPI_Wtime(), waited = 0;
    for (;;) {
        int done, code = MPI_Testall((int)g->n, g->requests, &done, MPI_STATUSES_IGNORE);
        if (code != MPI_SUCCESS)
            return fail(err, "MPI", code);
        if (done)
            return 0;
        waited = MPI_Wtime() - begin;
        if (waited > 0.02)
            nanosleep(&(struct timespec){0, waited > 1 ? 1000000 : 50000}, NULL);
        else
            sched_yield();
    }
}

static int make_room(struct group *g, const struct heed_block *b, int n)
{
    size_t need = g->n;
    for (int i = 0; i < n; i++)
        need += (b[i].n_bytes + CHUNK - 1) / CHUNK;
    if (need <= g->cap)
        return 0;
    MPI_Request *more = realloc(g->requests, need * sizeof *more);
    if (!more)
        return -1;
    g->requests = more;
    g->cap = need;
    return 0;
}

static int begin(struct group *g, const struct heed_block *b, int n, int sends,
                 struct heed_err *err)
{
    int code = MPI_SUCCESS;
    if (make_room(g, b, n))
        return heed->fail(err, "out of memory");
    for (int i = 0; i < n; i++) {
        for (size_t at = 0; at < b[i].n_bytes && code == MPI_SUCCESS; at += CHUNK) {
            char *data = (char *)b[i].data + at;
            size_t left = b[i].n_bytes - at;
            int count = (int)(left < CHUNK ? left : CHUNK);
            code =
                sends
                    ? MPI_Isend(data, count, MPI_BYTE, b[i].rank, 0, g->all, &g->requests[g->n++])
                    : MPI_Irecv(data, count, MPI_BYTE, b[i].rank, 0, g->all, &g->requests[g->n++]);
        }
    }
    return code == MPI_SUCCESS ? 0 : fail(err, "MPI", code);
}

static int mpi_exchange(void *state, const struct heed_exchange_call *call, struct heed_err *err)
{
    struct group *g = state;
    g->n = 0;
    if (begin(g, call->in, call->n_in, 0, err) || begin(g, call->out, call->n_out, 1, err))
        return -1;
    return wait_all(g, err);
}

static void mpi_close(void *state)
{
    struct group *g = state;
    MPI_Comm_free(&g->all);
    MPI_Finalize();
    free(g->requests);
    free(g);
}

static void mpi_abort(void *state, int status)
{
    struct group *g = state;
    MPI_Abort(g->all, status);
}

HEED_PLUGIN(reduce_mpi, struct heed_reduce) = {
    .head = HEED_HEAD(reduce_mpi, HEED_KIND_REDUCE, struct heed_reduce, 1,
                      "ranks that mpirun or srun started", NULL, 0),
    .open = mpi_open,
    .exchange = mpi_exchange,
    .close = mpi_close,
    .abort = mpi_abort,
};
