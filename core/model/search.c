/* search.c: greedy and forced decoding.
 *
 * What must outlive a step (states, fed-back readout, memory, keys) lies in buffers of the batch
 * arena, one row per live sentence; the step itself runs on a tape that is reset each time. A
 * finished row's place is taken by the last live one at once, so the products shrink with the
 * batch. Rows do not see one another, so none of this changes a bit. */
#include <math.h>
#include <string.h>

#include "model/infer.h"

struct buffer {
    float *data;   /* [rows, width] */
    int64_t width; /* floats a row */
};

struct search {
    struct heed_engine *e;
    const struct heed_model *m;
    const struct heed_encoded *x;
    const struct heed_decode_options *o;
    struct heed_hypotheses *out;
    int32_t n;      /* live rows */
    int32_t *row;   /* [n] their number in the batch */
    int32_t *id;    /* [n] token to be fed next */
    int32_t *len;   /* [n] source lengths */
    int64_t *limit; /* [n] steps allowed, eos not counted */
    struct buffer h[HEED_LAYERS_MAX][HEED_STATES_MAX], feed, memory, keys;
    bool own_keys;
};

static struct buffer new_buffer(struct search *s, int64_t rows, int64_t width)
{
    return (struct buffer){heed_new(&s->e->batch, float, rows *width + 1), width};
}

static void keep_row(struct buffer *b, int32_t to, int32_t from)
{
    if (b->data && to != from)
        memcpy(b->data + to * b->width, b->data + from * b->width,
               sizeof(float) * (size_t)b->width);
}

static struct heed_tensor *wrap(struct search *s, const struct buffer *b, int64_t rows,
                                int64_t width)
{
    return b->data ? heed_tensor_wrap(&s->e->tape, 2, (int64_t[]){rows, width}, b->data, false)
                   : NULL;
}

static void unwrap(struct buffer *b, const struct heed_tensor *x, int32_t n)
{
    if (b->data)
        memcpy(b->data, x->data, sizeof(float) * (size_t)(n * b->width));
}

/* Rows with tokens become live; the rest have no hypothesis. */
static void pick_rows(struct search *s)
{
    int64_t B = s->x->B;
    s->row = heed_new(&s->e->batch, int32_t, B);
    s->id = heed_new(&s->e->batch, int32_t, B);
    s->len = heed_new(&s->e->batch, int32_t, B);
    s->limit = heed_new(&s->e->batch, int64_t, B);
    for (int64_t b = 0; b < B; b++) {
        bool empty = s->x->len[b] == 0 || (s->o->force && s->o->force_len[b] == 0);
        if (empty)
            continue;
        s->row[s->n] = (int32_t)b;
        s->id[s->n] = HEED_BOS;
        s->len[s->n] = s->x->len[b];
        s->limit[s->n] =
            s->o->force ? s->o->force_len[b] - 1
                        : heed_length_limit(s->m, s->x->len[b] - (s->m->sides.src_eos ? 1 : 0));
        s->n++;
    }
}

static void copy_source(struct search *s)
{
    const struct heed_encoded *x = s->x;
    if (!s->m->score)
        return;
    s->memory = new_buffer(s, s->n, x->S * x->D);
    s->own_keys = x->keys != x->memory;
    s->keys = s->own_keys ? new_buffer(s, s->n, x->S * x->key_width) : s->memory;
    for (int32_t i = 0; i < s->n; i++) {
        memcpy(s->memory.data + i * s->memory.width, x->memory + s->row[i] * s->memory.width,
               sizeof(float) * (size_t)s->memory.width);
        if (s->own_keys)
            memcpy(s->keys.data + i * s->keys.width, x->keys + s->row[i] * s->keys.width,
                   sizeof(float) * (size_t)s->keys.width);
    }
}

/* First states: the encoder's final ones of the live rows through the bridge. */
static void begin(struct search *s)
{
    const struct heed_encoded *x = s->x;
    struct heed_memory memory = {.B = s->n, .S = (int32_t)x->S};
    struct heed_decoder_state state;
    struct heed_tape *t = &s->e->tape;

    heed_tape_reset(t);
    for (int64_t k = 0; k < x->K; k++)
        for (int64_t l = 0; l < x->L; l++) {
            struct heed_tensor *f = heed_tensor_new(t, 2, (int64_t[]){s->n, x->H});
            for (int32_t i = 0; i < s->n; i++)
                memcpy(f->data + i * x->H, x->state + ((s->row[i] * x->K + k) * x->L + l) * x->H,
                       sizeof(float) * (size_t)x->H);
            memory.final[k][l] = f;
        }
    struct heed_decoder d = {.model = s->m, .tape = t, .B = s->n};
    heed_decoder_begin(&d, &memory, &state);
    for (int layer = 0; layer < s->m->config.layers; layer++)
        for (int k = 0; k < s->m->decoder[layer].cell->n_states; k++) {
            s->h[layer][k] = new_buffer(s, s->n, s->m->config.hidden);
            unwrap(&s->h[layer][k], state.h[layer][k], s->n);
        }
    if (state.feed) {
        s->feed = new_buffer(s, s->n, heed_width(state.feed));
        unwrap(&s->feed, state.feed, s->n);
    }
}

static void *grown(void *old, int64_t rows, int64_t from, int64_t to, int64_t width, size_t elem)
{
    char *fresh = heed_xcalloc((size_t)(rows * to * width + 1), elem);
    for (int64_t b = 0; old && b < rows; b++)
        memcpy(fresh + (size_t)(b * to * width) * elem,
               (char *)old + (size_t)(b * from * width) * elem,
               (size_t)(HEED_MIN(from, to) * width) * elem);
    free(old);
    return fresh;
}

/* Room for `cap` steps a row; [B,cap,·] is re-laid when it grows. */
static void resize(struct search *s, int64_t cap)
{
    struct heed_hypotheses *h = s->out;
    int64_t from = h->cap;
    h->tgt = grown(h->tgt, h->B, from, cap, 1, sizeof *h->tgt);
    h->align = grown(h->align, h->B, from, cap, 1, sizeof *h->align);
    if (s->o->log_probs)
        h->token_log_prob = grown(h->token_log_prob, h->B, from, cap, 1, sizeof(float));
    if (s->o->weights && s->m->score)
        h->weights = grown(h->weights, h->B, from, cap, h->S, sizeof(float));
    if (s->o->queries && s->m->score)
        h->queries = grown(h->queries, h->B, from, cap, h->query_width, sizeof(float));
    h->cap = cap;
}

static void record(struct search *s, int32_t i, int64_t t, const float *logits, int64_t V,
                   const struct heed_tensor *weights, const struct heed_tensor *query)
{
    struct heed_hypotheses *h = s->out;
    int64_t at = s->row[i] * h->cap + t;
    h->tgt[at] = s->id[i];
    h->tgt_len[s->row[i]] = (int32_t)(t + 1);
    h->align[at] = -1;
    if (weights) {
        const float *w = weights->data + i * s->x->S;
        h->align[at] = (int32_t)heed_vec()->argmax((size_t)s->len[i], w);
        if (h->weights)
            memcpy(h->weights + at * h->S, w, sizeof(float) * (size_t)s->len[i]);
    }
    if (query && h->queries)
        memcpy(h->queries + at * h->query_width, query->data + i * h->query_width,
               sizeof(float) * (size_t)h->query_width);
    if (h->token_log_prob) { /* logits hold log probabilities by now */
        h->token_log_prob[at] = logits[i * V + s->id[i]];
        h->log_prob[s->row[i]] += h->token_log_prob[at];
    }
}

/* Chooses the token of live row i at step t; returns whether the row is finished. */
static bool choose(struct search *s, int32_t i, int64_t t, float *logits, int64_t V,
                   const struct heed_tensor *weights, const struct heed_tensor *query)
{
    float *row = logits + i * V;
    if (s->o->log_probs)
        heed_vec()->log_softmax((size_t)V, row, row);
    if (s->o->force) {
        s->id[i] = s->o->force[s->row[i] * s->o->force_width + t];
    } else {
        row[HEED_PAD] = row[HEED_BOS] = -INFINITY; /* never words */
        s->id[i] = t >= s->limit[i] ? HEED_EOS : (int32_t)heed_vec()->argmax((size_t)V, row);
    }
    record(s, i, t, logits, V, weights, query);
    bool last = s->o->force ? t >= s->limit[i] : s->id[i] == HEED_EOS;
    if (last)
        s->out->finish[s->row[i]] = t < s->limit[i] || s->o->force != NULL;
    return last;
}

static void move_row(struct search *s, int32_t to, int32_t from)
{
    for (int layer = 0; layer < s->m->config.layers; layer++)
        for (int k = 0; k < HEED_STATES_MAX; k++)
            keep_row(&s->h[layer][k], to, from);
    keep_row(&s->feed, to, from);
    keep_row(&s->memory, to, from);
    if (s->own_keys)
        keep_row(&s->keys, to, from);
    s->row[to] = s->row[from];
    s->id[to] = s->id[from];
    s->len[to] = s->len[from];
    s->limit[to] = s->limit[from];
}

/* state: what the step leaves, still on the tape, for keep_state(). */
static float *run_step(struct search *s, int64_t t, struct heed_decoder_state *state,
                       struct heed_tensor **weights, struct heed_tensor **query)
{
    const struct heed_model *m = s->m;
    struct heed_tape *tape = &s->e->tape;

    heed_tape_reset(tape);
    struct heed_decoder d = {
        .model = m,
        .tape = tape,
        .B = s->n,
        .S = (int32_t)s->x->S,
        .memory = wrap(s, &s->memory, s->n * s->x->S, s->x->D),
        .keys = wrap(s, &s->keys, s->n * s->x->S, s->x->key_width),
        .src_len = s->len,
    };
    for (int layer = 0; layer < m->config.layers; layer++)
        for (int k = 0; k < m->decoder[layer].cell->n_states; k++)
            state->h[layer][k] = wrap(s, &s->h[layer][k], s->n, m->config.hidden);
    state->feed = wrap(s, &s->feed, s->n, s->feed.width);
    struct heed_tensor *x = heed_embed(tape, m->tgt_embed, s->id, s->n);
    struct heed_tensor *readout = heed_decoder_step(&d, state, s->n, x, (int32_t)t, weights, query);
    return heed_logits(m, tape, readout)->data; /* [n,V] */
}

/* Overwrites the states the step began with, of which bahdanau's query is one: record first. */
static void keep_state(struct search *s, const struct heed_decoder_state *state)
{
    const struct heed_model *m = s->m;
    for (int layer = 0; layer < m->config.layers; layer++)
        for (int k = 0; k < m->decoder[layer].cell->n_states; k++)
            unwrap(&s->h[layer][k], state->h[layer][k], s->n);
    if (m->form == HEED_LUONG_FEED)
        unwrap(&s->feed, state->feed, s->n);
}

/* Finished rows leave at once: the last live row takes the place. */
static void drop_finished(struct search *s, const bool *done)
{
    for (int32_t i = s->n - 1; i >= 0; i--)
        if (done[i])
            move_row(s, i, --s->n);
}

static int run(struct search *s, struct heed_err *err)
{
    int64_t V = s->m->sides.tgt.vocab.n;
    bool *done = heed_new(&s->e->batch, bool, s->n + 1);
    for (int64_t t = 0; s->n > 0; t++) {
        struct heed_tensor *weights = NULL, *query = NULL;
        struct heed_decoder_state state;
        float *logits = run_step(s, t, &state, &weights, &query);
        if (heed_tape_failed(&s->e->tape, err))
            return -1;
        if (t == s->out->cap)
            resize(s, t * 2);
        for (int32_t i = 0; i < s->n; i++)
            done[i] = choose(s, i, t, logits, V, weights, query);
        keep_state(s, &state);
        drop_finished(s, done);
        s->out->T = t + 1;
    }
    return 0;
}

int heed_engine_decode(struct heed_engine *e, const struct heed_encoded *encoded,
                       const struct heed_decode_options *o, struct heed_hypotheses *out,
                       struct heed_err *err)
{
    struct heed_encoded x = *encoded;
    if (heed_engine_keys(e, &x, err))
        return -1;
    struct search s = {.e = e, .m = e->model, .x = &x, .o = o, .out = out};
    *out = (struct heed_hypotheses){.B = x.B, .S = x.S, .query_width = e->model->config.hidden};
    out->tgt_len = heed_xcalloc((size_t)x.B, sizeof *out->tgt_len);
    out->finish = heed_xcalloc((size_t)x.B, sizeof *out->finish);
    out->log_prob = o->log_probs ? heed_xcalloc((size_t)x.B, sizeof(float)) : NULL;
    pick_rows(&s);
    resize(&s, 16);
    int status = 0;
    if (s.n) {
        copy_source(&s);
        begin(&s);
        status = run(&s, err);
    }
    resize(&s, HEED_MAX(out->T, 1)); /* [B,T] from here on */
    out->T = out->cap;
    return status;
}
