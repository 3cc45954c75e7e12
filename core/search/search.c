/* search.c: greedy and forced decoding.
 *
 * The rows of a batch are dealt to lanes, one search each. What must outlive a step (states,
 * fed-back readout, memory, keys) lies in buffers of the lane's batch arena, one row per live
 * sentence; the step itself runs on a tape that is reset each time. A finished row's place is taken
 * by the last live one at once, so the products shrink with the batch. Rows do not see one another,
 * so none of this changes a bit. */
#include <math.h>
#include <string.h>

#include "search/engine.h"

struct buffer {
    float *data;   /* [rows, width] */
    int64_t width; /* floats a row */
};

struct search {
    struct heed_lane *lane;
    const struct heed_model *m;
    const struct heed_encoded *x;
    const struct heed_decode_options *o;
    struct heed_hypotheses *out; /* of the lane's rows: row i is row first + i * stride of x */
    int64_t first, stride;
    int32_t n;      /* live rows */
    int32_t *row;   /* [n] their number in the batch */
    int32_t *place; /* [n] their number in out */
    int32_t *id;    /* [n] token to be fed next */
    int32_t *len;   /* [n] source lengths */
    int64_t *limit; /* [n] steps allowed, eos not counted */
    struct buffer h[HEED_LAYERS_MAX][HEED_STATES_MAX], feed, memory, keys;
    int64_t key_width; /* keys may be memory itself */
};

static struct buffer new_buffer(struct search *s, int64_t rows, int64_t width)
{
    return (struct buffer){heed_new(&s->lane->batch, float, rows *width + 1), width};
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
    return b->data ? heed_tensor_wrap(&s->lane->tape, 2, (int64_t[]){rows, width}, b->data, false)
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
    int64_t B = s->out->B;
    s->row = heed_new(&s->lane->batch, int32_t, B);
    s->place = heed_new(&s->lane->batch, int32_t, B);
    s->id = heed_new(&s->lane->batch, int32_t, B);
    s->len = heed_new(&s->lane->batch, int32_t, B);
    s->limit = heed_new(&s->lane->batch, int64_t, B);
    for (int64_t i = 0; i < B; i++) {
        int64_t b = s->first + i * s->stride;
        bool empty = s->x->len[b] == 0 || (s->o->force && s->o->force_len[b] == 0);
        if (empty)
            continue;
        s->row[s->n] = (int32_t)b;
        s->place[s->n] = (int32_t)i;
        s->id[s->n] = HEED_BOS;
        s->len[s->n] = s->x->len[b];
        s->limit[s->n] =
            s->o->force ? s->o->force_len[b] - 1
                        : heed_length_limit(s->m, s->x->len[b] - (s->m->sides.src_eos ? 1 : 0));
        s->n++;
    }
}

static struct buffer copy_rows(struct search *s, const float *from, int64_t width)
{
    struct buffer b = new_buffer(s, s->n, width);
    for (int32_t i = 0; i < s->n; i++)
        memcpy(b.data + i * width, from + s->row[i] * width, sizeof(float) * (size_t)width);
    return b;
}

static int copy_source(struct search *s, struct heed_err *err)
{
    const struct heed_encoded *x = s->x;
    struct heed_tape *t = &s->lane->tape;

    if (!s->m->score)
        return 0;
    s->memory = copy_rows(s, x->memory, x->S * x->D);
    s->key_width = x->keys ? x->key_width : x->D;
    s->keys = s->memory;
    if (x->keys && x->keys != x->memory) {
        s->keys = copy_rows(s, x->keys, x->S * x->key_width);
    } else if (!x->keys && s->m->score->keys) {
        heed_tape_reset(t);
        struct heed_tensor *keys =
            heed_attention_keys(s->m, t, wrap(s, &s->memory, s->n * x->S, x->D));
        if (heed_tape_failed(t, err))
            return -1;
        s->key_width = heed_width(keys);
        s->keys = new_buffer(s, s->n, x->S * s->key_width);
        unwrap(&s->keys, keys, s->n);
    }
    return 0;
}

/* First states: the encoder's final ones of the live rows through the bridge. */
static int begin(struct search *s, struct heed_err *err)
{
    const struct heed_encoded *x = s->x;
    struct heed_memory memory = {.B = s->n, .S = (int32_t)x->S};
    struct heed_decoder_state state;
    struct heed_tape *t = &s->lane->tape;

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
    if (heed_tape_failed(t, err))
        return -1;
    for (int layer = 0; layer < s->m->shape.layers; layer++)
        for (int k = 0; k < s->m->decoder[layer].cell->n_states; k++) {
            s->h[layer][k] = new_buffer(s, s->n, s->m->shape.hidden);
            unwrap(&s->h[layer][k], state.h[layer][k], s->n);
        }
    if (state.feed) {
        s->feed = new_buffer(s, s->n, heed_width(state.feed));
        unwrap(&s->feed, state.feed, s->n);
    }
    return 0;
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
static void resize(struct heed_hypotheses *h, const struct heed_decode_options *o, bool attends,
                   int64_t cap)
{
    int64_t from = h->cap;
    h->tgt = grown(h->tgt, h->B, from, cap, 1, sizeof *h->tgt);
    h->align = grown(h->align, h->B, from, cap, 1, sizeof *h->align);
    if (o->log_probs)
        h->token_log_prob = grown(h->token_log_prob, h->B, from, cap, 1, sizeof(float));
    if (o->weights && attends)
        h->weights = grown(h->weights, h->B, from, cap, h->S, sizeof(float));
    if (o->queries && attends)
        h->queries = grown(h->queries, h->B, from, cap, h->query_width, sizeof(float));
    h->cap = cap;
}

static void record(struct search *s, int32_t i, int64_t t, const float *logits, int64_t V,
                   const struct heed_tensor *weights, const struct heed_tensor *query)
{
    struct heed_hypotheses *h = s->out;
    int64_t at = s->place[i] * h->cap + t;
    h->tgt[at] = s->id[i];
    h->tgt_len[s->place[i]] = (int32_t)(t + 1);
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
        h->log_prob[s->place[i]] += h->token_log_prob[at];
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
        s->out->finish[s->place[i]] = t < s->limit[i] || s->o->force != NULL;
    return last;
}

static void move_row(struct search *s, int32_t to, int32_t from)
{
    for (int layer = 0; layer < s->m->shape.layers; layer++)
        for (int k = 0; k < HEED_STATES_MAX; k++)
            keep_row(&s->h[layer][k], to, from);
    keep_row(&s->feed, to, from);
    keep_row(&s->memory, to, from);
    if (s->keys.data != s->memory.data)
        keep_row(&s->keys, to, from);
    s->row[to] = s->row[from];
    s->place[to] = s->place[from];
    s->id[to] = s->id[from];
    s->len[to] = s->len[from];
    s->limit[to] = s->limit[from];
}

/* state: what the step leaves, still on the tape, for keep_state(). */
static float *run_step(struct search *s, int64_t t, struct heed_decoder_state *state,
                       struct heed_tensor **weights, struct heed_tensor **query)
{
    const struct heed_model *m = s->m;
    struct heed_tape *tape = &s->lane->tape;

    heed_tape_reset(tape);
    struct heed_decoder d = {
        .model = m,
        .tape = tape,
        .B = s->n,
        .S = (int32_t)s->x->S,
        .memory = wrap(s, &s->memory, s->n * s->x->S, s->x->D),
        .keys = wrap(s, &s->keys, s->n * s->x->S, s->key_width),
        .src_len = s->len,
    };
    for (int layer = 0; layer < m->shape.layers; layer++)
        for (int k = 0; k < m->decoder[layer].cell->n_states; k++)
            state->h[layer][k] = wrap(s, &s->h[layer][k], s->n, m->shape.hidden);
    state->feed = wrap(s, &s->feed, s->n, s->feed.width);
    struct heed_tensor *x = heed_embed(tape, m->tgt_embed, s->id, s->n);
    struct heed_tensor *readout = heed_decoder_step(&d, state, s->n, x, (int32_t)t, weights, query);
    return heed_logits(m, tape, readout)->data; /* [n,V] */
}

/* Overwrites the states the step began with, of which bahdanau's query is one: record first. */
static void keep_state(struct search *s, const struct heed_decoder_state *state)
{
    const struct heed_model *m = s->m;
    for (int layer = 0; layer < m->shape.layers; layer++)
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

static void run(struct search *s, struct heed_err *err)
{
    int64_t V = s->m->sides.tgt.vocab.n;
    bool *done = heed_new(&s->lane->batch, bool, s->n + 1);
    for (int64_t t = 0; s->n > 0; t++) {
        struct heed_tensor *weights = NULL, *query = NULL;
        struct heed_decoder_state state;
        float *logits = run_step(s, t, &state, &weights, &query);
        if (heed_tape_failed(&s->lane->tape, err))
            return;
        if (t == s->out->cap)
            resize(s->out, s->o, s->m->score != NULL, t * 2);
        for (int32_t i = 0; i < s->n; i++)
            done[i] = choose(s, i, t, logits, V, weights, query);
        keep_state(s, &state);
        drop_finished(s, done);
        s->out->T = t + 1;
    }
}

/* One batch on its way through the decoder. */
struct decoding {
    struct heed_engine *e;
    const struct heed_encoded *x;
    const struct heed_decode_options *o;
    struct heed_hypotheses *parts;
    struct heed_err *errors;
    int n;
};

/* For B rows of cap steps. */
static void make_room(struct heed_hypotheses *h, const struct decoding *c, int64_t B, int64_t cap)
{
    *h = (struct heed_hypotheses){.B = B, .S = c->x->S, .query_width = c->e->model->shape.hidden};
    h->tgt_len = heed_xcalloc((size_t)B, sizeof *h->tgt_len);
    h->finish = heed_xcalloc((size_t)B, sizeof *h->finish);
    h->log_prob = c->o->log_probs ? heed_xcalloc((size_t)B, sizeof(float)) : NULL;
    resize(h, c->o, c->e->model->score != NULL, cap);
}

static void decode_part(void *ctx, int number)
{
    const struct decoding *c = ctx;
    struct heed_hypotheses *h = &c->parts[number];
    struct heed_err *err = &c->errors[number];
    struct search s = {.lane = &c->e->lanes[number], .m = c->e->model, .x = c->x, .o = c->o};
    s.out = h;
    s.first = number;
    s.stride = c->n;
    heed_arena_reset(&s.lane->batch);
    make_room(h, c, (c->x->B - number + c->n - 1) / c->n, 16);
    pick_rows(&s);
    if (s.n && copy_source(&s, err) == 0 && begin(&s, err) == 0)
        run(&s, err);
}

/* Row i of a part, [T,width] of its [cap,width], to row b of the whole. */
static void put_part(void *to, const void *from, const struct heed_hypotheses *whole,
                     const struct heed_hypotheses *part, int64_t b, int64_t i, int64_t width,
                     size_t elem)
{
    if (from)
        memcpy((char *)to + (size_t)(b * whole->cap * width) * elem,
               (const char *)from + (size_t)(i * part->cap * width) * elem,
               (size_t)(part->T * width) * elem);
}

static void join(const struct decoding *c, struct heed_hypotheses *out)
{
    for (int number = 0; number < c->n; number++) {
        const struct heed_hypotheses *p = &c->parts[number];
        for (int64_t i = 0; i < p->B; i++) {
            int64_t b = number + i * c->n;
            out->tgt_len[b] = p->tgt_len[i];
            out->finish[b] = p->finish[i];
            if (out->log_prob)
                out->log_prob[b] = p->log_prob[i];
            put_part(out->tgt, p->tgt, out, p, b, i, 1, sizeof *p->tgt);
            put_part(out->align, p->align, out, p, b, i, 1, sizeof *p->align);
            put_part(out->token_log_prob, p->token_log_prob, out, p, b, i, 1, sizeof(float));
            put_part(out->weights, p->weights, out, p, b, i, p->S, sizeof(float));
            put_part(out->queries, p->queries, out, p, b, i, p->query_width, sizeof(float));
        }
    }
}

static void count(struct heed_engine *e, const struct heed_encoded *x,
                  const struct heed_hypotheses *h)
{
    struct heed_work w;
    heed_model_work(e->model, &w);
    for (int64_t b = 0; b < h->B; b++)
        e->flops += (x->keys ? 0 : w.keys * x->len[b]) +
                    h->tgt_len[b] * (w.decoder + w.attention * x->len[b]);
}

int heed_engine_decode(struct heed_engine *e, const struct heed_encoded *x,
                       const struct heed_decode_options *o, struct heed_hypotheses *out,
                       struct heed_err *err)
{
    struct decoding c = {.e = e, .x = x, .o = o};
    int64_t T = 1;

    c.n = heed_engine_lanes(e, x->B);
    c.parts = heed_xcalloc((size_t)c.n, sizeof *c.parts);
    c.errors = heed_xcalloc((size_t)c.n, sizeof *c.errors);
    heed_workers_run(e->workers, c.n, decode_part, &c);
    for (int i = 0; i < c.n; i++)
        T = HEED_MAX(T, c.parts[i].T);
    make_room(out, &c, x->B, T); /* [B,T] from here on */
    out->T = T;
    join(&c, out);
    count(e, x, out);
    int status = heed_engine_errors(c.errors, c.n, err);
    for (int i = 0; i < c.n; i++)
        heed_hypotheses_release(&c.parts[i]);
    free(c.parts);
    free(c.errors);
    return status;
}
