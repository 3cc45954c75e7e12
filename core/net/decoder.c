/* decoder.c: the four forms of the decoder, one step at a time and over whole targets.
 *
 * plain and luong feed nothing back, so over whole targets their recurrence, attention and readout
 * are each one call for all steps. bahdanau and luong-feed go step by step; only the embedding's
 * half of the input product is hoisted. */
#include "net/model.h"
#include "net/sites.h"

static bool is_luong(const struct heed_model *m)
{
    return m->form == HEED_LUONG || m->form == HEED_LUONG_FEED;
}

static int top_layer(const struct heed_model *m)
{
    return (int)m->shape.layers - 1;
}

/* Final states of both directions side by side: [B, directions·H_enc]. */
static struct heed_tensor *joined(const struct heed_decoder *d, const struct heed_memory *memory,
                                  int k, int layer)
{
    int n = d->model->directions;
    return n == 2 ? heed_concat(d->tape, 2, &memory->final[k][layer * 2]) : memory->final[k][layer];
}

void heed_decoder_begin(const struct heed_decoder *d, const struct heed_memory *memory,
                        struct heed_decoder_state *state)
{
    const struct heed_model *m = d->model;
    for (int layer = 0; layer < m->shape.layers; layer++)
        for (int k = 0; k < m->decoder[layer].cell->n_states; k++) {
            struct heed_tensor *x = joined(d, memory, k, layer);
            if (m->bridge_w[layer][k])
                x = heed_tanh(
                    d->tape, heed_linear(d->tape, x, m->bridge_w[layer][k], m->bridge_b[layer][k]));
            state->h[layer][k] = x;
        }
    state->feed = NULL;
    if (m->form == HEED_PLAIN)
        state->feed = joined(d, memory, 0, top_layer(m));
    if (m->form == HEED_LUONG_FEED)
        state->feed = heed_tensor_zero(d->tape, 2, (int64_t[]){d->B, m->shape.readout});
}

/* Dropout of step tensors [n,·]: rows are the first n of the batch, all at one position. */
static struct heed_tensor *drop_step(const struct heed_decoder *d, struct heed_tensor *x,
                                     float rate, uint32_t site, int32_t n, int32_t position)
{
    if (!(rate > 0))
        return x;
    int32_t *time = heed_tape_alloc(d->tape, sizeof *time * (size_t)n);
    for (int32_t i = 0; i < n; i++)
        time[i] = position;
    return heed_dropout(d->tape, x, rate, site, d->batch_row, time);
}

static struct heed_tensor *context_of(const struct heed_decoder *d, struct heed_tensor *query,
                                      int32_t n, int32_t Q, const int32_t *q_len, int32_t position,
                                      struct heed_tensor **weights)
{
    struct heed_attention a = {
        .B = n,
        .S = d->S,
        .Q = Q,
        .query = query,
        .keys = d->keys,
        .memory = d->memory,
        .k_len = d->src_len,
        .q_len = q_len,
        .dropout = d->drop ? d->drop->attention : 0,
        .batch_row = d->batch_row,
        .first_position = position,
    };
    struct heed_tensor *context =
        heed_attend(d->model->score, d->model->score_layer.self, d->tape, &a);
    if (weights)
        *weights = a.weights;
    return context;
}

static struct heed_tensor *readout_of(const struct heed_decoder *d, struct heed_tensor *h,
                                      struct heed_tensor *context)
{
    const struct heed_model *m = d->model;
    struct heed_tensor *both =
        heed_concat(d->tape, 2, (struct heed_tensor *[]){h, context}); /* [n, H+D] */
    return heed_tanh(d->tape, heed_linear(d->tape, both, m->readout_w, m->readout_b));
}

/* All layers for one step; gates [n,X·H] is the first layer's input product, whole. */
static struct heed_tensor *run_layers(const struct heed_decoder *d,
                                      struct heed_decoder_state *state, int32_t n,
                                      struct heed_tensor *gates, int32_t position)
{
    const struct heed_model *m = d->model;
    struct heed_tensor *out = NULL;
    for (int layer = 0; layer < m->shape.layers; layer++) {
        const struct heed_rnn *r = &m->decoder[layer];
        struct heed_tensor *previous[HEED_STATES_MAX];
        if (layer) {
            out = drop_step(d, out, d->drop ? d->drop->layer : 0,
                            HEED_SITE_DECODER + (uint32_t)layer, n, position);
            gates = heed_rnn_gates(r, d->tape, out);
        }
        for (int k = 0; k < r->cell->n_states; k++)
            previous[k] = heed_view_rows(d->tape, state->h[layer][k], 0, n);
        out = heed_rnn_step(r, d->tape, gates, previous, state->h[layer]);
    }
    return out; /* [n,H] */
}

/* A step from the embedding's half of the gates. */
static struct heed_tensor *step(const struct heed_decoder *d, struct heed_decoder_state *state,
                                int32_t n, struct heed_tensor *gates, int32_t position,
                                struct heed_tensor **weights, struct heed_tensor **query)
{
    const struct heed_model *m = d->model;
    struct heed_tensor *feed = state->feed ? heed_view_rows(d->tape, state->feed, 0, n) : NULL,
                       *q = NULL;

    if (m->form == HEED_BAHDANAU) {
        q = heed_view_rows(d->tape, state->h[top_layer(m)][0], 0, n);
        feed = context_of(d, q, n, 1, NULL, position, weights);
    }
    if (feed)
        gates = heed_add(d->tape, gates, heed_linear(d->tape, feed, m->feed_w, NULL));
    struct heed_tensor *out = run_layers(d, state, n, gates, position);
    if (is_luong(m)) {
        q = out;
        out = readout_of(d, out, context_of(d, out, n, 1, NULL, position, weights));
    }
    out = drop_step(d, out, d->drop ? d->drop->readout : 0, HEED_SITE_READOUT, n, position);
    if (m->form == HEED_LUONG_FEED)
        state->feed = out;
    if (query)
        *query = q;
    return out; /* [n,R] */
}

struct heed_tensor *heed_decoder_step(const struct heed_decoder *d,
                                      struct heed_decoder_state *state, int32_t n,
                                      struct heed_tensor *embedded, int32_t position,
                                      struct heed_tensor **weights, struct heed_tensor **query)
{
    return step(d, state, n, heed_rnn_gates(&d->model->decoder[0], d->tape, embedded), position,
                weights, query);
}

/* Coordinates of packed target rows for dropout. */
static int32_t *packed_batch_rows(const struct heed_decoder *d, const struct heed_packing *p)
{
    int32_t *row = heed_tape_alloc(d->tape, sizeof *row * (size_t)(p->N + 1));
    for (int64_t i = 0; i < p->N; i++)
        row[i] = d->batch_row ? d->batch_row[p->row[i]] : p->row[i];
    return row;
}

/* Gates of all steps from the shifted targets (bos first): [N, X·H]. */
static struct heed_tensor *target_gates(const struct heed_decoder *d, const struct heed_packing *p,
                                        const int32_t *tgt, int64_t width, const int32_t *rows)
{
    int32_t *ids = heed_tape_alloc(d->tape, sizeof *ids * (size_t)(p->N + 1));
    for (int64_t i = 0; i < p->N; i++)
        ids[i] = p->time[i] ? tgt[p->row[i] * width + p->time[i] - 1] : HEED_BOS;
    struct heed_tensor *x = heed_embed(d->tape, d->model->tgt_embed, ids, p->N);
    if (d->drop)
        x = heed_dropout(d->tape, x, d->drop->embed, HEED_SITE_TGT_EMBED, rows, p->time);
    return heed_rnn_gates(&d->model->decoder[0], d->tape, x);
}

/* plain, luong: the recurrence of all layers over all steps. */
static struct heed_tensor *force_layers(const struct heed_decoder *d,
                                        struct heed_decoder_state *state,
                                        const struct heed_packing *p, struct heed_tensor *gates,
                                        const int32_t *rows)
{
    const struct heed_model *m = d->model;
    struct heed_tensor *x = NULL;
    for (int layer = 0; layer < m->shape.layers; layer++) {
        if (layer) {
            if (d->drop)
                x = heed_dropout(d->tape, x, d->drop->layer, HEED_SITE_DECODER + (uint32_t)layer,
                                 rows, p->time);
            gates = heed_rnn_gates(&m->decoder[layer], d->tape, x);
        }
        x = heed_rnn_run(&m->decoder[layer], d->tape, p, gates, state->h[layer], NULL);
    }
    return x; /* [N,H] */
}

/* luong: attention for all steps at once, batch-major and back. */
static struct heed_tensor *force_attention(const struct heed_decoder *d,
                                           const struct heed_packing *p, struct heed_tensor *x)
{
    int64_t n = (int64_t)p->B * p->T;
    int32_t *index = heed_tape_alloc(d->tape, sizeof *index * (size_t)HEED_MAX(n, p->N));
    heed_packing_unpack(p, NULL, p->B, p->T, index);
    struct heed_tensor *query = heed_gather(d->tape, x, index, n); /* [B*T,H] */
    struct heed_tensor *context = context_of(d, query, p->B, p->T, p->len, 0, NULL);
    for (int64_t i = 0; i < p->N; i++)
        index[i] = p->row[i] * p->T + p->time[i];
    return readout_of(d, x, heed_gather(d->tape, context, index, p->N)); /* [N,R] */
}

static struct heed_tensor *force_at_once(const struct heed_decoder *d,
                                         struct heed_decoder_state *state,
                                         const struct heed_packing *p, struct heed_tensor *gates,
                                         const int32_t *rows)
{
    if (d->model->form == HEED_PLAIN) { /* the fixed vector's half, the same at every step */
        struct heed_tensor *fixed = heed_linear(d->tape, state->feed, d->model->feed_w, NULL);
        gates = heed_add(d->tape, gates, heed_gather(d->tape, fixed, p->row, p->N));
    }
    struct heed_tensor *x = force_layers(d, state, p, gates, rows);
    if (d->model->form == HEED_LUONG)
        x = force_attention(d, p, x);
    return d->drop ? heed_dropout(d->tape, x, d->drop->readout, HEED_SITE_READOUT, rows, p->time)
                   : x;
}

struct heed_tensor *heed_decoder_force(const struct heed_decoder *d,
                                       const struct heed_memory *memory,
                                       const struct heed_packing *p, const int32_t *tgt,
                                       int64_t width)
{
    struct heed_decoder_state state;
    int32_t *rows = packed_batch_rows(d, p);
    heed_decoder_begin(d, memory, &state);
    struct heed_tensor *gates = target_gates(d, p, tgt, width, rows);
    if (d->model->form == HEED_PLAIN || d->model->form == HEED_LUONG)
        return force_at_once(d, &state, p, gates, rows);

    struct heed_tensor **out = heed_tape_alloc(d->tape, sizeof *out * (size_t)(p->T + 1));
    for (int32_t s = 0; s < p->T; s++) {
        struct heed_tensor *x = heed_view_rows(d->tape, gates, p->offset[s], p->count[s]);
        out[s] = step(d, &state, p->count[s], x, s, NULL, NULL);
    }
    return heed_stack(d->tape, p->T, out); /* [N,R] */
}

struct heed_tensor *heed_logits(const struct heed_model *m, struct heed_tape *t,
                                struct heed_tensor *readout)
{
    return m->out_w ? heed_linear(t, readout, m->out_w, m->out_b)
                    : heed_linear_t(t, readout, m->tgt_embed, m->out_b);
}

int64_t heed_length_limit(const struct heed_model *m, int64_t src_len)
{
    const struct heed_limits *l = &m->limits;
    double by_ratio = l->ratio * (double)src_len + 5;
    double longest = src_len > l->max_src && l->max_src > 0
                         ? (double)l->max_tgt * (double)src_len / (double)l->max_src
                         : (double)l->max_tgt;
    double limit = HEED_MIN(by_ratio, longest);
    return limit < 1 ? 1 : limit > 65535 ? 65535 : (int64_t)limit;
}
