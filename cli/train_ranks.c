/* train_ranks.c: train --reduce: this process is one of several that make one model (train/follow.h). */
#include <unistd.h>

#include "cli/train.h"
#include "train/share.h"

static struct heed_instance plugin;
static struct heed_ranks joined;

/* The others wait for what will not come: the launcher would not know. */
static void end_all(int status)
{
    joined.plugin->abort(joined.state, status);
}

int train_join(const struct train *self, struct heed_ranks **ranks, struct heed_err *err)
{
    *ranks = NULL;
    if (!self->reduce)
        return 0;
    if (heed_instance_open(&plugin, HEED_KIND_REDUCE, self->reduce, true, heed_host_table(), err))
        return heed_err_prefix(err, "option --reduce: ");
    if (heed_ranks_open(&joined, (const struct heed_reduce *)plugin.plugin, plugin.self, err))
        return -1;
    heed_cli.quiet = heed_cli.quiet || joined.rank;
    *ranks = &joined;
    return 0;
}

int train_check_shared(const struct train *self, struct heed_err *err)
{
    if (!self->pairs.n_files && !self->pairs.src_files.n)
        return heed_usage(
            err, "each rank reads the pairs: they are named, standard input is rank 0's alone");
    if (self->train.precision == HEED_PRECISION_AUTO)
        return heed_usage(err, "--precision auto is each machine's own: ranks are given fp32 or "
                               "bf16");
    return 0;
}

int train_agree(struct heed_ranks *ranks, int status, const struct heed_trainer *t,
                struct heed_err *err)
{
    struct heed_str words = {0};
    if (!ranks)
        return status;
    if (status == 0)
        heed_trainer_words(t, &words);
    status = heed_ranks_agree(ranks, status, words.data, err);
    heed_str_release(&words);
    if (status)
        train_leave(ranks);
    else
        heed_cli.leave = end_all;
    return status;
}

void train_leave(struct heed_ranks *ranks)
{
    if (!ranks)
        return;
    heed_cli.leave = NULL;
    heed_ranks_close(ranks);
    heed_instance_close(&plugin);
}

int train_workers(const struct train *self, const struct heed_ranks *ranks)
{
    int cores = heed_cores();
    if (self->jobs)
        return (int)self->jobs;
    /* A launcher may have bound each rank to processors of its own; where it did not, they share. */
    if (ranks && cores == (int)sysconf(_SC_NPROCESSORS_ONLN))
        cores /= ranks->here;
    return HEED_MAX(1, cores);
}
