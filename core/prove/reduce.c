/* reduce.c: what core relies on in a plugin that joins ranks. Alone it is a group of one, whose blocks go to
 * itself; where a launcher starts `plugins --check` several times, each rank proves its own part. */
#include <string.h>

#include "prove/parts.h"
#include "tensor/ranks.h"

#define GUARD 64

static const size_t sizes[] = {1, 0, 4095, 4096, 70001, 3, (1u << 20) + 3, 16};

/* Of the ranks, while they are joined: properties are tried one after the other. */
static struct heed_ranks group;

static int joins(struct check *c, struct heed_err *err)
{
    return heed_ranks_open(&group, (const struct heed_reduce *)c->in.plugin, c->in.self, err);
}

static unsigned char byte_of(int from, int to, size_t block, size_t i, int turn)
{
    return (unsigned char)heed_mix64((uint64_t)from << 48 ^ (uint64_t)to << 40 ^
                                     (uint64_t)block << 32 ^ (uint64_t)i << 4 ^ (uint64_t)turn);
}

/* All blocks of one direction: those of a rank side by side, each between guards. */
struct side {
    struct heed_block *blocks;
    unsigned char *bytes;
    size_t n;
};

static void side_make(struct side *s)
{
    size_t all = 0;
    s->n = 0;
    for (size_t k = 0; k < HEED_COUNT(sizes); k++)
        all += sizes[k] + GUARD;
    s->bytes = heed_xcalloc((size_t)group.n, all);
    s->blocks = heed_xcalloc((size_t)group.n * HEED_COUNT(sizes), sizeof *s->blocks);
    unsigned char *at = s->bytes;
    for (int q = 0; q < group.n; q++) {
        for (size_t k = 0; k < HEED_COUNT(sizes); k++) {
            s->blocks[s->n++] = (struct heed_block){at, sizes[k], q};
            at += sizes[k] + GUARD;
        }
    }
}

static void side_free(struct side *s)
{
    free(s->blocks);
    free(s->bytes);
}

static int check_block(const struct heed_block *b, size_t k, int turn, struct heed_err *err)
{
    const unsigned char *bytes = b->data;
    for (size_t i = 0; i < b->n_bytes; i++)
        if (bytes[i] != byte_of(b->rank, group.rank, k, i, turn))
            return heed_fail(err, "block %zu of %zu bytes from rank %d: byte %zu is another", k,
                             b->n_bytes, b->rank, i);
    for (size_t i = 0; i < GUARD; i++)
        if (bytes[b->n_bytes + i])
            return heed_fail(err, "block %zu of %zu bytes from rank %d: written beyond its end", k,
                             b->n_bytes, b->rank);
    return 0;
}

static int trade(struct side *out, struct side *in, int turn, struct heed_err *err)
{
    struct heed_exchange_call call = {.size = sizeof call,
                                      .n_out = (int32_t)out->n,
                                      .n_in = (int32_t)in->n,
                                      .out = out->blocks,
                                      .in = in->blocks};
    for (size_t j = 0; j < out->n; j++)
        for (size_t i = 0; i < out->blocks[j].n_bytes; i++)
            ((unsigned char *)out->blocks[j].data)[i] =
                byte_of(group.rank, out->blocks[j].rank, j % HEED_COUNT(sizes), i, turn);
    if (group.plugin->exchange(group.state, &call, err))
        return -1;
    for (size_t j = 0; j < in->n; j++)
        if (check_block(&in->blocks[j], j % HEED_COUNT(sizes), turn, err))
            return -1;
    return 0;
}

/* The second time what was sent has changed. */
static int arrives(struct check *c, struct heed_err *err)
{
    struct side out, in;
    int status = 0;
    (void)c;
    side_make(&out);
    side_make(&in);
    for (int turn = 0; turn < 2 && status == 0; turn++)
        status = trade(&out, &in, turn, err);
    side_free(&out);
    side_free(&in);
    return status;
}

static int nothing(struct check *c, struct heed_err *err)
{
    (void)c;
    return heed_ranks_exchange(&group, err);
}

static int leaves(struct check *c, struct heed_err *err)
{
    (void)c;
    (void)err;
    heed_ranks_close(&group);
    return 0;
}

void heed_check_reduce(struct check *c)
{
    heed_check_try(c, "joins the ranks that were started", joins);
    if (!group.plugin)
        return;
    heed_check_try(c, "blocks of any size arrive whole, in order and nowhere else", arrives);
    heed_check_try(c, "an exchange of nothing", nothing);
    heed_check_try(c, "leaves", leaves);
}
