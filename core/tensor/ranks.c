/* ranks.c: see ranks.h. */
#include <string.h>

#include "base/clock.h"
#include "tensor/ranks.h"

int heed_ranks_open(struct heed_ranks *r, const struct heed_reduce *plugin, const void *self,
                    struct heed_err *err)
{
    struct heed_place place = {.size = sizeof place};
    memset(r, 0, sizeof *r);
    if (plugin->open(self, &r->state, &place, err))
        return heed_err_prefix(err, "%s: ", plugin->head.name);
    if (place.ranks < 1 || place.ranks > HEED_RANKS_MAX || place.rank < 0 ||
        place.rank >= place.ranks || place.here < 1) {
        plugin->close(r->state);
        return heed_fail(err, "%s: rank %d of %d, %d of them here", plugin->head.name, place.rank,
                         place.ranks, place.here);
    }
    r->plugin = plugin;
    r->rank = place.rank;
    r->n = place.ranks;
    r->here = place.here;
    return 0;
}

void heed_ranks_close(struct heed_ranks *r)
{
    if (!r->plugin)
        return;
    r->plugin->close(r->state);
    free(r->out);
    free(r->in);
    memset(r, 0, sizeof *r);
}

void heed_ranks_count(struct heed_ranks *r)
{
    if (!r)
        return;
    r->n_bytes = 0;
    r->seconds = 0;
}

void heed_ranks_send(struct heed_ranks *r, int rank, const void *data, size_t n_bytes)
{
    if (rank == r->rank || n_bytes == 0)
        return;
    heed_grow(&r->out, r->n_out, &r->cap_out, sizeof *r->out);
    r->out[r->n_out++] = (struct heed_block){(void *)(uintptr_t)data, n_bytes, rank};
    r->n_bytes += (int64_t)n_bytes;
}

void heed_ranks_receive(struct heed_ranks *r, int rank, void *data, size_t n_bytes)
{
    if (rank == r->rank || n_bytes == 0)
        return;
    heed_grow(&r->in, r->n_in, &r->cap_in, sizeof *r->in);
    r->in[r->n_in++] = (struct heed_block){data, n_bytes, rank};
}

int heed_ranks_exchange(struct heed_ranks *r, struct heed_err *err)
{
    double begin = heed_seconds();
    struct heed_exchange_call call = {.size = sizeof call,
                                      .n_out = (int32_t)r->n_out,
                                      .n_in = (int32_t)r->n_in,
                                      .out = r->out,
                                      .in = r->in};
    int status = r->plugin->exchange(r->state, &call, err);
    r->n_out = r->n_in = 0;
    r->seconds += heed_seconds() - begin;
    return status ? heed_err_prefix(err, "%s: rank %d: ", r->plugin->head.name, r->rank) : 0;
}

int heed_ranks_broadcast(struct heed_ranks *r, void *data, size_t n_bytes, struct heed_err *err)
{
    for (int i = 1; i < r->n && r->rank == 0; i++)
        heed_ranks_send(r, i, data, n_bytes);
    heed_ranks_receive(r, 0, data, n_bytes);
    return heed_ranks_exchange(r, err);
}

int heed_ranks_gather(struct heed_ranks *r, void *all, size_t n_bytes, struct heed_err *err)
{
    for (int i = 0; i < r->n; i++) {
        heed_ranks_send(r, i, (char *)all + (size_t)r->rank * n_bytes, n_bytes);
        heed_ranks_receive(r, i, (char *)all + (size_t)i * n_bytes, n_bytes);
    }
    return heed_ranks_exchange(r, err);
}

/* --- one line for all --- */

struct fared {
    int32_t status, kind;
    char words[400], text[HEED_ERR_TEXT_MAX];
};

static int judge(const struct fared *all, int n, struct heed_err *err)
{
    for (int i = 0; i < n; i++) {
        if (!all[i].status)
            continue;
        heed_fail(err, "%s", all[i].text);
        err->status = (enum heed_status)all[i].kind;
        return i ? heed_err_prefix(err, "rank %d: ", i) : -1;
    }
    for (int i = 1; i < n; i++)
        if (strcmp(all[i].words, all[0].words))
            return heed_fail(err, "rank %d has another training than rank 0: %s; %s", i,
                             all[i].words, all[0].words);
    return 0;
}

int heed_ranks_agree(struct heed_ranks *r, int status, const char *words, struct heed_err *err)
{
    struct fared *all = heed_xcalloc((size_t)r->n, sizeof *all), *own = &all[r->rank];
    own->status = status != 0;
    own->kind = status ? (int32_t)err->status : 0;
    snprintf(own->text, sizeof own->text, "%s", status ? err->text : "");
    snprintf(own->words, sizeof own->words, "%s", words && !status ? words : "");
    int result = heed_ranks_gather(r, all, sizeof *all, err);
    if (result == 0) {
        for (int i = 0; i < r->n; i++)
            all[i].words[sizeof own->words - 1] = all[i].text[sizeof own->text - 1] = '\0';
        result = judge(all, r->n, err);
        if (result && r->rank)
            err->status = HEED_QUIET;
    }
    free(all);
    return result;
}
