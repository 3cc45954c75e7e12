/* seq_encoder.c: ids -> memory and final states.
 *
 * Sources are packed longest first (packing.h); the backward direction runs over the mirrored rows.
 * What comes out is batch-major again, in the order of the batch, zeros beyond each length, so
 * attention needs no knowledge of packing. */
#include <string.h>

#include "net/seq_rnn.h"
#include "net/sites.h"

struct encoding {
    const struct heed_net *net;
    const struct seq_encoder *r;
    struct heed_tape *t;
    const struct heed_source *src;
    const struct heed_dropout_rates *drop;
    struct heed_packing p;
    int32_t n_rows;       /* rows that have tokens */
    int32_t *rows;        /* [n_rows] their batch rows */
    int32_t *place;       /* [B] packed row of a batch row, -1 when it has no tokens */
    int32_t *dropout_row; /* [N] */
    int32_t *mirror;      /* [N] or NULL */
};

/* Length of a row as the encoder runs it: over padding as the course does, or packed. */
static int32_t run_length(const struct heed_net *net, int32_t len)
{
    return net->shape.pad_source ? (int32_t)HEED_MAX(net->shape.pad_source, len) : len;
}

static void pack_rows(struct encoding *e)
{
    int32_t B = e->src->B;
    const int32_t *len = e->src->len;
    int32_t *run = heed_tape_alloc(e->t, sizeof *run * (size_t)B);
    e->rows = heed_tape_alloc(e->t, sizeof *e->rows * (size_t)B);
    e->place = heed_tape_alloc(e->t, sizeof *e->place * (size_t)B);
    for (int32_t b = 0; b < B; b++) {
        e->place[b] = -1;
        if (len[b] > 0) {
            run[e->n_rows] = run_length(e->net, len[b]);
            e->rows[e->n_rows++] = b;
        }
    }
    heed_packing_make(&e->p, e->t->arena, e->n_rows, run);
    for (int32_t i = 0; i < e->n_rows; i++)
        e->place[e->rows[i]] = e->p.place[i];
    e->dropout_row = heed_tape_alloc(e->t, sizeof(int32_t) * (size_t)(e->p.N + 1));
    for (int64_t i = 0; i < e->p.N; i++) {
        int32_t b = e->rows[e->p.order[e->p.row[i]]];
        e->dropout_row[i] = e->src->row ? e->src->row[b] : b;
    }
    if (e->r->directions == 2) {
        e->mirror = heed_tape_alloc(e->t, sizeof(int32_t) * (size_t)(e->p.N + 1));
        heed_packing_mirror(&e->p, e->mirror);
    }
}

static struct heed_tensor *drop_rows(struct encoding *e, struct heed_tensor *x, float rate,
                                     uint32_t site)
{
    return e->drop ? heed_dropout(e->t, x, rate, site, e->dropout_row,
                                  heed_drop_time(e->drop, e->p.time))
                   : x;
}

static struct heed_tensor *embed_source(struct encoding *e)
{
    int32_t *batch = heed_tape_alloc(e->t, sizeof *batch * (size_t)(e->p.N + 1));
    for (int64_t i = 0; i < e->p.N; i++)
        batch[i] = e->rows[e->p.order[e->p.row[i]]];
    struct heed_tensor *x =
        heed_net_source_rows(e->net, e->t, e->src, e->drop, batch, e->p.time, e->p.N); /* [N,E] */
    return drop_rows(e, x, e->drop ? e->drop->embed : 0, HEED_SITE_SRC_EMBED);
}

/* One layer, one or both ways: [N,I] -> [N, directions·H]; final states in packed row order. */
static struct heed_tensor *run_layer(struct encoding *e, int layer, struct heed_tensor *x,
                                     struct heed_tensor *(*final)[HEED_STATES_MAX])
{
    struct heed_tensor *out[2];
    for (int dir = 0; dir < e->r->directions; dir++) {
        const struct heed_rnn *rnn = &e->r->rnn[layer][dir];
        struct heed_tensor *in = dir ? heed_gather(e->t, x, e->mirror, e->p.N) : x;
        struct heed_rnn_drop drop = {e->drop ? e->drop->states : 0,
                                     HEED_SITE_ENCODER_STATES + (uint32_t)(2 * layer + dir),
                                     e->dropout_row}; /* of the first step: all rows */
        out[dir] =
            heed_rnn_run(rnn, e->t, &e->p, heed_rnn_gates(rnn, e->t, in), NULL, &drop, final[dir]);
        if (dir)
            out[dir] = heed_gather(e->t, out[dir], e->mirror, e->p.N);
    }
    return e->r->directions == 2 ? heed_concat(e->t, 2, out) : out[0];
}

static void unpack_memory(struct encoding *e, struct heed_tensor *x, struct heed_memory *out)
{
    const struct heed_source *src = e->src;
    int64_t n = src->B * out->S;
    int32_t *index = heed_tape_alloc(e->t, sizeof *index * (size_t)(n + 1));
    for (int64_t i = 0; i < n; i++) {
        int32_t b = (int32_t)(i / out->S), s = (int32_t)(i % out->S);
        index[i] = s < src->len[b] ? (int32_t)(e->p.offset[s] + e->place[b]) : -1;
    }
    out->rows = heed_gather(e->t, x, index, n); /* [B*S, D] */
}

static void encode(const struct heed_net *net, struct heed_tape *t, const struct heed_source *src,
                   const struct heed_dropout_rates *drop, struct heed_memory *out)
{
    const struct seq_encoder *r = net->encoder;
    struct encoding e = {.net = net, .r = r, .t = t, .src = src, .drop = drop};
    struct heed_tensor *final[2][HEED_STATES_MAX];
    struct heed_tensor *states[HEED_STATES_MAX * HEED_LAYERS_MAX * 2];
    int L = r->layers * r->directions;

    pack_rows(&e);
    struct heed_tensor *x = embed_source(&e);
    for (int layer = 0; layer < r->layers; layer++) {
        if (layer)
            x = drop_rows(&e, x, drop ? drop->layer : 0, HEED_SITE_ENCODER + (uint32_t)layer);
        x = run_layer(&e, layer, x, final);
        for (int dir = 0; dir < r->directions; dir++)
            for (int k = 0; k < r->K; k++)
                states[k * L + layer * r->directions + dir] =
                    heed_gather(t, final[dir][k], e.place, src->B);
    }
    out->state = heed_concat(t, r->K * L, states); /* by state, layer, direction: [B, K·L·H] */
    unpack_memory(&e, x, out);
}

const struct heed_encoder_kind heed_seq_encoder = {
    .self_size = sizeof(struct seq_encoder),
    .build = heed_seq_encoder_build,
    .encode = encode,
    .work = heed_seq_encoder_work,
    .release = heed_seq_encoder_release,
};
