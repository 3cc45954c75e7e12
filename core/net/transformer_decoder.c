/* transformer_decoder.c: whole targets at once, and one step at a time.
 *
 * Forced, all steps of a layer are one call, causal by position. A step makes query, key and value of one
 * token, whose key and value join those of the steps before it (state.h, a history). Products are row by
 * row in inference, and a query sees its keys in the same order both ways. */
#include "data/vocab.h"
#include "net/transformer.h"

/* --- what is made once for each source --- */

/* Keys and values of one layer, by token: [N,2d]. */
static struct heed_tensor *of_memory(struct heed_tape *t, const struct tf_attention *a,
                                     struct heed_tensor *rows)
{
    return heed_linear(t, rows, a->memory_w, a->memory_b);
}

/* Of all layers side by side: keys [N,G*k] as the score makes them, values [N,d]. */
static struct heed_tensor *keys(const struct heed_net *net, struct heed_tape *t,
                                struct heed_tensor *rows)
{
    const struct tf_half *half = net->decoder;
    struct heed_tensor *part[2 * HEED_LAYERS_MAX];
    int64_t N = heed_rows(rows), d = half->width, G = half->heads;
    for (int i = 0; i < half->layers; i++) {
        const struct tf_attention *a = &half->layer[i].cross;
        struct heed_tensor *both = of_memory(t, a, rows);
        struct heed_tensor *k =
            heed_reshape(t, heed_columns(t, both, 0, d), 2, (int64_t[]){N * G, d / G});
        k = heed_score_keys(&a->score, t, k);
        part[2 * i] = heed_reshape(t, k, 2, (int64_t[]){N, G * heed_width(k)});
        part[2 * i + 1] = heed_columns(t, both, d, d);
    }
    return heed_concat(t, 2 * half->layers, part);
}

/* Rows of heads [B*S*parts*G, w], part `part` of them, as [B,G,S,w]. */
static struct heed_tensor *by_head(struct heed_tape *t, struct heed_tensor *x,
                                   const struct heed_memory *m, int32_t G, int32_t part,
                                   int32_t parts)
{
    int64_t n = (int64_t)m->B * G * m->S;
    int32_t *index = heed_tape_alloc(t, sizeof *index * (size_t)(n + 1));
    for (int64_t at = 0; at < n; at++) {
        int64_t head = at / m->S % G, place = at / m->S / G * m->S + at % m->S;
        index[at] = (int32_t)((place * parts + part) * G + head);
    }
    return heed_gather(t, x, index, n);
}

struct cross {
    struct heed_tensor *keys, *values; /* [B*G*S, ·] */
};

static struct cross cross_of(const struct tf_half *half, struct heed_tape *t,
                             const struct tf_attention *a, const struct heed_memory *m)
{
    int32_t G = half->heads;
    struct heed_tensor *both = of_memory(t, a, m->rows);
    both = heed_reshape(t, both, 2, (int64_t[]){m->B * m->S * 2 * G, half->width / G});
    return (struct cross){heed_score_keys(&a->score, t, by_head(t, both, m, G, 0, 2)),
                          by_head(t, both, m, G, 1, 2)};
}

/* The same from what keys() made. */
static struct cross cross_given(const struct tf_half *half, struct heed_tape *t, int layer,
                                const struct heed_memory *m)
{
    int32_t G = half->heads;
    int64_t n = m->B * m->S, d = half->width, all = heed_width(m->keys) / half->layers, k = all - d;
    if (k <= 0 || k % G || all * half->layers != heed_width(m->keys)) {
        if (t->err.status == HEED_OK)
            heed_fail(&t->err, "keys are %lld wide: not those of this model",
                      (long long)heed_width(m->keys));
        k = G;
    }
    struct heed_tensor *own = heed_columns(t, m->keys, layer * all, k),
                       *values = heed_columns(t, m->keys, layer * all + k, d);
    own = heed_reshape(t, own, 2, (int64_t[]){n * G, k / G});
    values = heed_reshape(t, values, 2, (int64_t[]){n * G, d / G});
    return (struct cross){by_head(t, own, m, G, 0, 1), by_head(t, values, m, G, 0, 1)};
}

static void put_by_source(struct heed_tape *t, struct heed_state *s, int slot,
                          struct heed_tensor *x, int32_t G)
{
    heed_state_put(s, slot,
                   heed_reshape(t, x, 2, (int64_t[]){s->n_sources * s->S, G * heed_width(x)}));
}

static void begin(const struct heed_net *net, struct heed_tape *t, const struct heed_memory *memory,
                  struct heed_state *s)
{
    const struct tf_half *half = net->decoder;
    for (int i = 0; i < half->layers; i++) {
        const struct tf_attention *a = &half->layer[i].cross;
        struct cross c =
            memory->keys ? cross_given(half, t, i, memory) : cross_of(half, t, a, memory);
        put_by_source(t, s, a->keys, c.keys, half->heads);
        put_by_source(t, s, a->values, c.values, half->heads);
    }
}

/* --- a step --- */

/* What a slot has of its sources, [n_sources*G*S, ·]. */
static struct heed_tensor *get_by_head(struct heed_tape *t, struct heed_state *s, int slot,
                                       int32_t G)
{
    struct heed_tensor *x = heed_state_get(s, slot, t);
    return heed_reshape(t, x, 2, (int64_t[]){s->n_sources * G * s->S, heed_width(x) / G});
}

static struct heed_tensor *step_self(const struct tf_run *r, const struct tf_attention *a,
                                     struct heed_state *s, struct heed_tensor *x)
{
    struct heed_tape *t = r->t;
    int32_t G = r->half->heads, *len = heed_tape_alloc(t, sizeof *len * (size_t)(s->n + 1));
    int64_t d = r->half->width, n = s->n, steps;
    struct heed_tensor *part[3],
        *all = heed_linear(t, heed_tf_before(r, &a->norm, x), a->in_w, a->in_b);
    all = heed_reshape(t, heed_tf_turn(r, all), 2, (int64_t[]){n, 3 * d});
    for (int k = 0; k < 3; k++)
        part[k] = heed_reshape(t, heed_columns(t, all, k * d, d), 2, (int64_t[]){n * G, d / G});
    for (int32_t i = 0; i < s->n; i++)
        len[i] = s->position[i] + 1;
    struct heed_tensor *own = heed_score_keys(&a->score, t, part[1]);
    struct heed_attention call = {.B = s->n, .Q = 1, .G = G, .query = part[0]};
    call.keys = heed_state_grow(s, a->keys, t, own, G, &steps);
    call.value = heed_state_grow(s, a->values, t, part[2], G, &steps);
    call.S = steps;
    call.k_len = len;
    call.position = s->position;
    struct heed_tensor *context = heed_attend(&a->score, t, &call);
    context = heed_reshape(t, context, 2, (int64_t[]){n, d});
    context = heed_linear(t, context, a->out_w, a->out_b);
    return heed_tf_behind(r, &a->norm, x, context, a->site + 1);
}

static struct heed_tensor *step_cross(const struct tf_run *r, const struct tf_attention *a,
                                      struct heed_state *s, struct heed_tensor *x,
                                      struct heed_tensor **weights)
{
    int32_t G = r->half->heads;
    struct heed_tensor *query = heed_linear(r->t, heed_tf_before(r, &a->norm, x), a->in_w, a->in_b);
    struct heed_attend_rows rows = {.G = G,
                                    .query = query,
                                    .keys = get_by_head(r->t, s, a->keys, G),
                                    .value = get_by_head(r->t, s, a->values, G)};
    struct heed_tensor *context = heed_attend_state(&a->score, r->t, s, &rows, weights);
    context = heed_linear(r->t, context, a->out_w, a->out_b);
    return heed_tf_behind(r, &a->norm, x, context, a->site + 1);
}

static struct heed_tensor *step(const struct heed_net *net, struct heed_tape *t,
                                struct heed_state *s, const int32_t *ids, struct heed_trace *trace)
{
    const struct tf_half *half = net->decoder;
    struct tf_run r = {half, t, NULL, s->n, NULL, s->position};
    struct heed_tensor *x = heed_tf_embed(&r, net->tgt_embed, ids, HEED_SITE_TGT_EMBED);
    for (int i = 0; i < half->layers; i++) {
        const struct tf_layer *layer = &half->layer[i];
        bool told = trace && i + 1 == half->layers;
        x = step_self(&r, &layer->self, s, x);
        x = step_cross(&r, &layer->cross, s, x, told ? &trace->weights : NULL);
        x = heed_tf_ffn(&r, layer, x);
    }
    return half->post ? x : heed_norm(t, x, half->last.gain, half->last.bias);
}

/* --- whole targets --- */

struct forcing {
    struct tf_run r;
    struct tf_layout l;
    const struct heed_memory *memory;
    int32_t *ids;  /* [N] what each step is fed */
    int32_t *flat; /* [N] its place in [B,T] */
};

static void begin_forcing(struct forcing *f, const struct heed_target *tgt)
{
    const struct heed_packing *p = tgt->packing;
    struct heed_tape *t = f->r.t;
    int32_t *row = heed_tape_alloc(t, sizeof *row * (size_t)(p->N + 1)),
            *token = heed_tape_alloc(t, sizeof *token * (size_t)((int64_t)p->B * p->T + 1));
    f->ids = heed_tape_alloc(t, sizeof(int32_t) * (size_t)(p->N + 1));
    f->flat = heed_tape_alloc(t, sizeof(int32_t) * (size_t)(p->N + 1));
    for (int64_t i = 0; i < p->N; i++) {
        int32_t b = p->row[i], time = p->time[i];
        row[i] = tgt->row ? tgt->row[b] : b;
        f->ids[i] = heed_target_fed(tgt, b, time);
        f->flat[i] = b * p->T + time;
    }
    f->r.row = row;
    f->r.time = p->time;
    heed_packing_unpack(p, NULL, p->B, p->T, token);
    f->l = (struct tf_layout){.B = p->B, .T = p->T, .len = p->len, .row = tgt->row};
    heed_tf_layout(&f->r, &f->l, token, true);
}

static struct heed_tensor *force_cross(const struct forcing *f, const struct tf_attention *a,
                                       struct heed_tensor *x, struct heed_tensor **weights)
{
    const struct tf_run *r = &f->r;
    const struct heed_memory *m = f->memory;
    struct cross c = cross_of(r->half, r->t, a, m);
    int64_t G = r->half->heads, d = r->half->width;
    struct heed_tensor *query = heed_linear(r->t, heed_tf_before(r, &a->norm, x), a->in_w, a->in_b);
    query = heed_reshape(r->t, query, 2, (int64_t[]){r->N * G, d / G});
    struct heed_attention call = {.S = m->S,
                                  .query =
                                      heed_gather(r->t, query, f->l.query, f->l.B * G * f->l.T),
                                  .keys = c.keys,
                                  .value = c.values,
                                  .k_len = m->len};
    struct heed_tensor *context = heed_tf_attend(r, a, &call, &f->l, weights);
    context = heed_linear(r->t, context, a->out_w, a->out_b);
    return heed_tf_behind(r, &a->norm, x, context, a->site + 1);
}

static struct heed_tensor *force(const struct heed_net *net, struct heed_tape *t,
                                 const struct heed_memory *memory, const struct heed_target *tgt,
                                 struct heed_tensor **weights)
{
    const struct tf_half *half = net->decoder;
    struct forcing f = {.r = {half, t, tgt->drop, tgt->packing->N, NULL, NULL}, .memory = memory};
    struct heed_tensor *seen = NULL;
    begin_forcing(&f, tgt);
    struct heed_tensor *x = heed_tf_embed(&f.r, net->tgt_embed, f.ids, HEED_SITE_TGT_EMBED);
    for (int i = 0; i < half->layers; i++) {
        const struct tf_layer *layer = &half->layer[i];
        bool told = weights && i + 1 == half->layers;
        x = heed_tf_self(&f.r, &layer->self, &f.l, true, x);
        x = force_cross(&f, &layer->cross, x, told ? &seen : NULL);
        x = heed_tf_ffn(&f.r, layer, x);
    }
    if (weights)
        *weights = heed_gather(t, seen, f.flat, f.r.N); /* [N,S] */
    if (!half->post)
        x = heed_norm(t, x, half->last.gain, half->last.bias);
    return tgt->drop ? heed_dropout(t, x, tgt->drop->readout, HEED_SITE_READOUT, f.r.row,
                                    heed_drop_time(tgt->drop, f.r.time))
                     : x;
}

const struct heed_decoder_kind heed_tf_decoder = {
    .self_size = sizeof(struct tf_half),
    .build = heed_tf_decoder_build,
    .keys = keys,
    .begin = begin,
    .step = step,
    .force = force,
    .work = heed_tf_decoder_work,
    .release = heed_tf_decoder_release,
};
