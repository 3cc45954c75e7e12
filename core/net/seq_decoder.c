/* seq_decoder.c: the four forms of the decoder, one step at a time and over whole targets.
 *
 * plain and luong feed nothing back, so over whole targets their recurrence, attention and readout
 * are each one call for all steps. bahdanau and luong-feed go step by step; only the embedding's
 * half of the input product is hoisted. A step is the same function for both and for search. */
#include "data/vocab.h"
#include "net/seq_rnn.h"
#include "net/sites.h"

/* One step, or all of them, of the rows of a state. */
struct decoding {
    const struct heed_net *net;
    const struct seq_decoder *r;
    struct heed_tape *t;
    struct heed_state *s;
    const struct heed_dropout_rates *drop; /* NULL in inference */
    const int32_t *row;                    /* [n] numbers in the whole batch, when training */
};

/* --- begin --- */

/* Final states of a layer of the encoder, both directions side by side: [B, D]. Of an encoder that has
 * fewer of them, the last there is. */
static struct heed_tensor *final_state(const struct decoding *d, const struct heed_memory *memory,
                                       int k, int layer)
{
    const int64_t *dims = d->net->state_dims, D = d->net->memory_width;
    int64_t directions = D / dims[2], last = dims[1] / directions - 1;
    int64_t from = HEED_MIN(k, dims[0] - 1) * dims[1] + HEED_MIN(layer, last) * directions;
    return heed_columns(d->t, memory->state, from * dims[2], D);
}

static void begin_states(const struct decoding *d, const struct heed_memory *memory)
{
    const struct seq_decoder *r = d->r;
    for (int layer = 0; layer < r->layers; layer++)
        for (int k = 0; k < r->K; k++) {
            struct heed_tensor *x = final_state(d, memory, k, layer);
            if (r->bridge_w[layer][k])
                x = heed_tanh(d->t,
                              heed_linear(d->t, x, r->bridge_w[layer][k], r->bridge_b[layer][k]));
            heed_state_put(d->s, r->h[layer][k], x);
        }
    if (r->form == HEED_PLAIN)
        heed_state_put(d->s, r->feed, final_state(d, memory, 0, r->layers - 1));
    if (r->form == HEED_LUONG_FEED)
        heed_state_put(d->s, r->feed,
                       heed_tensor_zero(d->t, 2, (int64_t[]){d->s->n, d->net->readout_width}));
}

static void put_rows(struct heed_state *s, int slot, struct heed_tensor *x, bool lasting)
{
    if (lasting)
        heed_state_put_lasting(s, slot, x);
    else
        heed_state_put(s, slot, x);
}

static void begin(const struct heed_net *net, struct heed_tape *t, const struct heed_memory *memory,
                  struct heed_state *s)
{
    const struct seq_decoder *r = net->decoder;
    struct decoding d = {.net = net, .r = r, .t = t, .s = s};
    begin_states(&d, memory);
    if (r->memory >= 0)
        put_rows(s, r->memory, memory->rows, memory->lasting);
    if (r->keys >= 0 && memory->keys)
        put_rows(s, r->keys, memory->keys, memory->lasting);
    else if (r->keys >= 0)
        heed_state_put(s, r->keys, heed_score_keys(&r->score, t, memory->rows));
}

static struct heed_tensor *keys(const struct heed_net *net, struct heed_tape *t,
                                struct heed_tensor *rows)
{
    return heed_score_keys(net->score, t, rows);
}

/* --- a step --- */

/* Dropout of step tensors [n,·], whose rows are those of the state. */
static struct heed_tensor *drop_step(const struct decoding *d, struct heed_tensor *x, float rate,
                                     uint32_t site)
{
    return rate > 0
               ? heed_dropout(d->t, x, rate, site, d->row, heed_drop_time(d->drop, d->s->position))
               : x;
}

static struct heed_rnn_drop drop_states(const struct decoding *d, int layer)
{
    return (struct heed_rnn_drop){d->drop ? d->drop->states : 0,
                                  HEED_SITE_DECODER_STATES + (uint32_t)layer, d->row};
}

static struct heed_tensor *context_of(const struct decoding *d, struct heed_tensor *query,
                                      struct heed_tensor **weights)
{
    const struct seq_decoder *r = d->r;
    struct heed_tensor *memory = heed_state_get(d->s, r->memory, d->t);
    struct heed_attend_rows x = {
        .query = query,
        .keys = r->keys >= 0 ? heed_state_get(d->s, r->keys, d->t) : memory,
        .value = memory,
        .dropout = d->drop ? d->drop->attention : 0,
        .row = d->row,
    };
    return heed_attend_state(&r->score, d->t, d->s, &x, weights);
}

static struct heed_tensor *readout_of(const struct decoding *d, struct heed_tensor *h,
                                      struct heed_tensor *context)
{
    struct heed_tensor *both =
        heed_concat(d->t, 2, (struct heed_tensor *[]){h, context}); /* [n, H+D] */
    return heed_tanh(d->t, heed_linear(d->t, both, d->r->readout_w, d->r->readout_b));
}

/* All layers for one step; gates [n,X·H] is the first layer's input product, whole. */
static struct heed_tensor *run_layers(const struct decoding *d, struct heed_tensor *gates)
{
    const struct seq_decoder *r = d->r;
    struct heed_tensor *out = NULL;
    for (int layer = 0; layer < r->layers; layer++) {
        const struct heed_rnn *rnn = &r->rnn[layer];
        struct heed_tensor *previous[HEED_STATES_MAX], *next[HEED_STATES_MAX];
        if (layer) {
            out = drop_step(d, out, d->drop ? d->drop->layer : 0,
                            HEED_SITE_DECODER + (uint32_t)layer);
            gates = heed_rnn_gates(rnn, d->t, out);
        }
        for (int k = 0; k < r->K; k++)
            previous[k] = heed_state_get(d->s, r->h[layer][k], d->t);
        struct heed_rnn_drop drop = drop_states(d, layer);
        out = heed_rnn_step(rnn, d->t, gates, previous, &drop, next);
        for (int k = 0; k < r->K; k++)
            heed_state_put(d->s, r->h[layer][k], next[k]);
    }
    return out; /* [n,H] */
}

/* A step from the embedding's half of the gates. */
static struct heed_tensor *step_gates(const struct decoding *d, struct heed_tensor *gates,
                                      struct heed_trace *trace)
{
    const struct seq_decoder *r = d->r;
    struct heed_tensor *feed = r->feed >= 0 ? heed_state_get(d->s, r->feed, d->t) : NULL, *q = NULL;
    struct heed_tensor **weights = trace ? &trace->weights : NULL;

    if (r->form == HEED_BAHDANAU) {
        q = heed_state_get(d->s, r->h[r->layers - 1][0], d->t);
        feed = context_of(d, q, weights);
    }
    if (feed)
        gates = heed_add(d->t, gates, heed_linear(d->t, feed, r->feed_w, NULL));
    struct heed_tensor *out = run_layers(d, gates);
    if (seq_is_luong(r)) {
        q = out;
        out = readout_of(d, out, context_of(d, out, weights));
    }
    out = drop_step(d, out, d->drop ? d->drop->readout : 0, HEED_SITE_READOUT);
    if (r->form == HEED_LUONG_FEED)
        heed_state_put(d->s, r->feed, out);
    if (trace)
        trace->query = q;
    return out; /* [n,R] */
}

static struct heed_tensor *step(const struct heed_net *net, struct heed_tape *t,
                                struct heed_state *s, const int32_t *ids, struct heed_trace *trace)
{
    struct decoding d = {.net = net, .r = net->decoder, .t = t, .s = s};
    struct heed_tensor *x = heed_embed(t, net->tgt_embed, ids, s->n);
    return step_gates(&d, heed_rnn_gates(&d.r->rnn[0], t, x), trace);
}

/* --- whole targets --- */

/* Coordinates of packed target rows for dropout. */
static int32_t *packed_rows(const struct decoding *d, const struct heed_packing *p)
{
    int32_t *row = heed_tape_alloc(d->t, sizeof *row * (size_t)(p->N + 1));
    for (int64_t i = 0; i < p->N; i++)
        row[i] = d->row ? d->row[p->row[i]] : p->row[i];
    return row;
}

/* Gates of all steps from the shifted targets (bos first): [N, X·H]. */
static struct heed_tensor *target_gates(const struct decoding *d, const struct heed_target *tgt,
                                        const int32_t *rows)
{
    const struct heed_packing *p = tgt->packing;
    int32_t *ids = heed_tape_alloc(d->t, sizeof *ids * (size_t)(p->N + 1));
    for (int64_t i = 0; i < p->N; i++)
        ids[i] = heed_target_fed(tgt, p->row[i], p->time[i]);
    struct heed_tensor *x = heed_embed(d->t, d->net->tgt_embed, ids, p->N);
    if (d->drop)
        x = heed_dropout(d->t, x, d->drop->embed, HEED_SITE_TGT_EMBED, rows,
                         heed_drop_time(d->drop, p->time));
    return heed_rnn_gates(&d->r->rnn[0], d->t, x);
}

/* plain, luong: the recurrence of all layers over all steps. */
static struct heed_tensor *force_layers(const struct decoding *d, const struct heed_packing *p,
                                        struct heed_tensor *gates, const int32_t *rows)
{
    const struct seq_decoder *r = d->r;
    struct heed_tensor *x = NULL;
    for (int layer = 0; layer < r->layers; layer++) {
        struct heed_tensor *first[HEED_STATES_MAX];
        if (layer) {
            if (d->drop)
                x = heed_dropout(d->t, x, d->drop->layer, HEED_SITE_DECODER + (uint32_t)layer, rows,
                                 heed_drop_time(d->drop, p->time));
            gates = heed_rnn_gates(&r->rnn[layer], d->t, x);
        }
        for (int k = 0; k < r->K; k++)
            first[k] = heed_state_get(d->s, r->h[layer][k], d->t);
        struct heed_rnn_drop drop = drop_states(d, layer);
        x = heed_rnn_run(&r->rnn[layer], d->t, p, gates, first, &drop, NULL);
    }
    return x; /* [N,H] */
}

/* luong: attention for all steps at once, batch-major and back. */
static struct heed_tensor *force_attention(const struct decoding *d, const struct heed_packing *p,
                                           struct heed_tensor *x, struct heed_tensor **weights)
{
    int64_t n = (int64_t)p->B * p->T;
    int32_t *index = heed_tape_alloc(d->t, sizeof *index * (size_t)HEED_MAX(n, p->N));
    struct heed_tensor *memory = heed_state_get(d->s, d->r->memory, d->t);
    heed_packing_unpack(p, NULL, p->B, p->T, index);
    struct heed_attention a = {
        .B = p->B,
        .Q = p->T,
        .S = d->s->S,
        .query = heed_gather(d->t, x, index, n), /* [B*T,H] */
        .keys = d->r->keys >= 0 ? heed_state_get(d->s, d->r->keys, d->t) : memory,
        .value = memory,
        .k_len = d->s->len,
        .q_len = p->len,
        .dropout = d->drop ? d->drop->attention : 0,
        .row = d->row,
    };
    struct heed_tensor *context = heed_attend(&d->r->score, d->t, &a);
    for (int64_t i = 0; i < p->N; i++)
        index[i] = p->row[i] * p->T + p->time[i];
    if (weights)
        *weights =
            heed_gather(d->t, heed_reshape(d->t, a.weights, 2, (int64_t[]){n, a.S}), index, p->N);
    return readout_of(d, x, heed_gather(d->t, context, index, p->N)); /* [N,R] */
}

static struct heed_tensor *force_at_once(const struct decoding *d, const struct heed_packing *p,
                                         struct heed_tensor *gates, const int32_t *rows,
                                         struct heed_tensor **weights)
{
    const struct seq_decoder *r = d->r;
    if (r->form == HEED_PLAIN) { /* the fixed vector's half, the same at every step */
        struct heed_tensor *fixed =
            heed_linear(d->t, heed_state_get(d->s, r->feed, d->t), r->feed_w, NULL);
        gates = heed_add(d->t, gates, heed_gather(d->t, fixed, p->row, p->N));
    }
    struct heed_tensor *x = force_layers(d, p, gates, rows);
    if (r->form == HEED_LUONG)
        x = force_attention(d, p, x, weights);
    return d->drop ? heed_dropout(d->t, x, d->drop->readout, HEED_SITE_READOUT, rows,
                                  heed_drop_time(d->drop, p->time))
                   : x;
}

static struct heed_tensor *force_steps(const struct decoding *d, const struct heed_packing *p,
                                       struct heed_tensor *gates, struct heed_tensor **weights)
{
    struct heed_tensor **out = heed_tape_alloc(d->t, sizeof *out * (size_t)(p->T + 1));
    struct heed_tensor **seen = heed_tape_alloc(d->t, sizeof *seen * (size_t)(p->T + 1));
    for (int32_t time = 0; time < p->T; time++) {
        struct heed_tensor *x = heed_view_rows(d->t, gates, p->offset[time], p->count[time]);
        struct heed_trace trace;
        heed_state_shrink(d->s, p->count[time]);
        out[time] = step_gates(d, x, weights ? &trace : NULL);
        if (weights)
            seen[time] = trace.weights;
        heed_state_advance(d->s);
    }
    if (weights)
        *weights = heed_stack(d->t, p->T, seen);
    return heed_stack(d->t, p->T, out); /* [N,R] */
}

static struct heed_tensor *force(const struct heed_net *net, struct heed_tape *t,
                                 const struct heed_memory *memory, const struct heed_target *tgt,
                                 struct heed_tensor **weights)
{
    const struct heed_packing *p = tgt->packing;
    struct heed_state s;
    struct decoding d = {net, net->decoder, t, &s, tgt->drop, tgt->row};

    heed_state_init(&s, net->slots, net->n_slots, t->arena, memory->B, memory->S, memory->len);
    begin(net, t, memory, &s);
    int32_t *rows = packed_rows(&d, p);
    struct heed_tensor *gates = target_gates(&d, tgt, rows);
    if (d.r->form == HEED_PLAIN || d.r->form == HEED_LUONG)
        return force_at_once(&d, p, gates, rows, weights);
    return force_steps(&d, p, gates, weights);
}

const struct heed_decoder_kind heed_seq_decoder = {
    .self_size = sizeof(struct seq_decoder),
    .wants_state = true,
    .build = heed_seq_decoder_build,
    .keys = keys,
    .begin = begin,
    .step = step,
    .force = force,
    .work = heed_seq_decoder_work,
    .release = heed_seq_decoder_release,
};
