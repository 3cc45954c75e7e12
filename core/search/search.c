/* search.c: greedy and forced decoding.
 *
 * The rows of a batch are dealt to lanes, one search each. A finished row's place is taken by the last
 * live one at once, so the products shrink with the batch. A batch that would take much memory
 * (frames come from strangers) is searched in pieces, one after the other. Rows do not see one
 * another, so none of this changes a bit. */
#include <math.h>
#include <string.h>

#include "search/loop.h"
#include "search/scorer.h"

/* A piece of a batch on its way through the decoder: rows first to first + B; lane number `number`
 * has rows first + number, first + number + n, … */
struct decoding {
    struct heed_engine *e;
    const struct heed_encoded *x;
    const struct heed_search_options *o;
    struct heed_hypotheses *parts; /* of this piece, one a lane */
    int64_t first, B;
    int n;
};

#define STEPS 16 /* room for so many to begin with */

/* A live row. */
struct row {
    int32_t source; /* its number in the batch */
    int32_t place;  /* its number in out */
    int64_t limit;  /* steps allowed, eos not counted */
    struct heed_loop_limit loop;
};

/* What a batch may find: as much as a frame holds. */
static int check_room(const struct heed_engine *e, const struct heed_encoded *x,
                      const struct heed_search_options *o, int64_t steps, struct heed_err *err)
{
    int64_t width = 3 + (o->weights ? x->S : 0) + (o->queries ? e->model->net.query_width : 0);
    if ((double)x->B * (double)steps * (double)width * sizeof(float) <= (double)HEED_FRAME_MAX)
        return 0;
    return heed_fail(
        err,
        "%lld rows of %lld steps, with what is kept of each, exceed the %llu bytes of a "
        "frame: give fewer rows a frame, or ask for less",
        (long long)x->B, (long long)steps, HEED_FRAME_MAX);
}

struct search {
    const struct heed_engine *e;
    const struct heed_encoded *x;
    const struct heed_search_options *o;
    struct heed_hypotheses *out; /* of the lane's rows */
    struct heed_scorer scorer;
    int32_t n;
    struct row *rows;   /* [n] */
    int32_t *id, *from; /* [n] token to be fed next; row that takes the place */
};

/* No word belongs to an empty line, whose translation is the empty line: that is certain, any other
 * target impossible. */
static void place_empty(struct search *s, int64_t b, int64_t i)
{
    if (s->o->force && s->o->force_len[b] > 1 && s->out->log_prob)
        s->out->log_prob[i] = -INFINITY;
}

/* Rows with tokens become live; the rest have no hypothesis. */
static void pick_rows(struct search *s, const struct decoding *c, struct heed_arena *arena,
                      int number)
{
    const struct heed_model *m = c->e->model;
    int64_t B = s->out->B;
    s->rows = heed_new(arena, struct row, B);
    s->id = heed_new(arena, int32_t, B);
    s->from = heed_new(arena, int32_t, B);
    for (int64_t i = 0; i < B; i++) {
        int64_t b = c->first + number + i * c->n, len = s->x->len[b];
        if (len == 0) {
            place_empty(s, b, i);
            continue;
        }
        if (s->o->force && s->o->force_len[b] == 0)
            continue;
        s->rows[s->n] = (struct row){
            .source = (int32_t)b,
            .place = (int32_t)i,
            .limit = s->o->force ? s->o->force_len[b] - 1
                                 : heed_length_limit(m, len - (m->sides.src_eos ? 1 : 0)),
        };
        heed_loop_limit(&s->rows[s->n].loop, s->x->src + b * s->x->src_width,
                        s->x->src && !s->o->force ? len : 0, s->e->src_kinds, m->limits.repeats);
        s->id[s->n++] = HEED_BOS;
    }
}

static void record(struct search *s, int32_t i, int64_t t, const float *logits)
{
    struct heed_hypotheses *h = s->out;
    const struct heed_trace *trace = &s->scorer.trace;
    int32_t place = s->rows[i].place, len = s->x->len[s->rows[i].source];
    int64_t at = place * h->cap + t;
    h->tgt[at] = s->id[i];
    h->tgt_len[place] = (int32_t)(t + 1);
    h->align[at] = -1;
    if (trace->weights) {
        const float *w = trace->weights->data + i * h->S;
        h->align[at] = (int32_t)heed_vec()->argmax((size_t)len, w);
        h->align_weight[at] = w[h->align[at]];
        if (h->weights)
            memcpy(h->weights + at * h->S, w, sizeof(float) * (size_t)len);
    }
    if (trace->query && h->queries)
        memcpy(h->queries + at * h->query_width, trace->query->data + i * h->query_width,
               sizeof(float) * (size_t)h->query_width);
    if (h->token_log_prob) { /* logits hold log probabilities by now */
        h->token_log_prob[at] = logits[s->id[i]];
        h->log_prob[place] += h->token_log_prob[at];
    }
}

/* The most probable token that goes on with no loop, nor with what went round in one; the end of the
 * sentence where none is left. */
static int32_t best(struct search *s, const struct row *row, int64_t t, float *logits, size_t V)
{
    const int32_t *history = s->out->tgt + row->place * s->out->cap;
    for (;;) {
        int32_t id = (int32_t)heed_vec()->argmax(V, logits);
        if (logits[id] == -INFINITY)
            return HEED_EOS;
        int64_t block =
            s->o->loops ? 0 : heed_loop_block(&row->loop, s->e->tgt_kinds, history, t, id);
        if (block == 0)
            return id;
        s->out->looped[row->place] = 1;
        for (int64_t i = t - block; i < t; i++)
            logits[history[i]] = -INFINITY;
    }
}

/* Chooses the token of live row i at step t; returns whether the row is finished. */
static bool choose(struct search *s, int32_t i, int64_t t, float *logits, size_t V)
{
    const struct row *row = &s->rows[i];
    bool cut = false;
    if (s->o->log_probs)
        heed_vec()->log_softmax(V, logits, logits);
    if (s->o->force) {
        s->id[i] = s->o->force[row->source * s->o->force_width + t];
    } else {
        logits[HEED_PAD] = logits[HEED_BOS] = -INFINITY; /* never words */
        int32_t next = best(s, row, t, logits, V);
        cut = t >= row->limit && next != HEED_EOS;
        s->id[i] = cut ? HEED_EOS : next;
    }
    record(s, i, t, logits);
    bool last = s->o->force ? t >= row->limit : s->id[i] == HEED_EOS;
    if (last)
        s->out->finish[row->place] = !cut;
    return last;
}

/* Finished rows leave at once: the last live row takes the place. */
static void drop_finished(struct search *s, const bool *done)
{
    for (int32_t i = 0; i < s->n; i++)
        s->from[i] = i;
    for (int32_t i = s->n - 1; i >= 0; i--)
        if (done[i]) {
            s->n--;
            s->from[i] = s->from[s->n];
            s->rows[i] = s->rows[s->n];
            s->id[i] = s->id[s->n];
        }
}

/* No word can be chosen by logits that are no numbers: a state that is none came of the cell. */
static int fail_step(const struct search *s, int32_t i, int64_t t, struct heed_err *err)
{
    const struct heed_net *net = &s->e->model->net;
    const struct heed_tensor *query = s->scorer.trace.query;
    const struct heed_instance *cell = &net->parts[HEED_PART_CELL];
    bool state =
        query && !heed_vec()->finite((size_t)net->query_width, query->data + i * net->query_width);
    return heed_fail(err,
                     "decoder: logits that are no numbers at step %lld of row %d: weights that are "
                     "too large%s%s",
                     (long long)t + 1, s->rows[i].source,
                     state && cell->plugin ? ", or plugin " : "",
                     state && cell->plugin ? cell->plugin->name : "");
}

static int run(struct search *s, size_t V, struct heed_arena *arena, struct heed_err *err)
{
    bool *done = heed_new(arena, bool, s->n + 1);
    for (int64_t t = 0; s->n > 0; t++) {
        float *logits = heed_scorer_step(&s->scorer, s->id, err);
        if (!logits)
            return -1;
        if (t == s->out->cap && check_room(s->e, s->x, s->o, t * 2, err))
            return -1;
        if (t == s->out->cap)
            heed_hypotheses_grow(s->out, t * 2);
        for (int32_t i = 0; i < s->n; i++) {
            if (!heed_scores_sound(logits + (size_t)i * V, V))
                return fail_step(s, i, t, err);
            done[i] = choose(s, i, t, logits + (size_t)i * V, V);
        }
        drop_finished(s, done);
        heed_scorer_select(&s->scorer, s->from, s->n);
        s->out->T = t + 1;
    }
    return 0;
}

/* For B rows of cap steps. */
static void make_room(struct heed_hypotheses *h, const struct decoding *c, int64_t B, int64_t cap)
{
    const struct heed_net *net = &c->e->model->net;
    bool attends = heed_net_attends(net);
    unsigned parts = (c->o->log_probs ? HEED_HYP_LOG_PROBS : 0u) |
                     (c->o->weights && attends ? HEED_HYP_WEIGHTS : 0u) |
                     (c->o->queries && attends ? HEED_HYP_QUERIES : 0u);
    *h = (struct heed_hypotheses){.B = B, .N = 1, .S = c->x->S, .query_width = net->query_width};
    heed_hypotheses_make(h, parts, cap);
}

static int decode_part(struct heed_lane *lane, void *ctx, int number)
{
    const struct decoding *c = ctx;
    const struct heed_net *net = &c->e->model->net;
    struct search s = {.e = c->e, .x = c->x, .o = c->o, .out = &c->parts[number]};
    make_room(s.out, c, (c->B - number + c->n - 1) / c->n, STEPS);
    pick_rows(&s, c, &lane->batch, number);
    int32_t *sources = heed_new(&lane->batch, int32_t, s.n + 1);
    for (int32_t i = 0; i < s.n; i++)
        sources[i] = s.rows[i].source;
    if (s.n == 0)
        return 0;
    return heed_scorer_begin(&s.scorer, lane, net, c->x, sources, s.n, &lane->err) ||
                   run(&s, (size_t)net->tgt_words, &lane->batch, &lane->err)
               ? -1
               : 0;
}

static void count(struct heed_engine *e, const struct heed_encoded *x,
                  const struct heed_hypotheses *h)
{
    struct heed_work w;
    heed_net_work(&e->model->net, &w);
    for (int64_t b = 0; b < h->B; b++)
        e->flops += (x->keys ? 0 : w.keys * x->len[b]) +
                    h->tgt_len[b] * (w.decoder + w.attention * x->len[b]);
}

#define PIECE_ROWS   4096
#define PIECE_FLOATS (1 << 26) /* of keys, memory and logits */

/* How many rows are searched at once. */
static int64_t piece_rows(const struct heed_engine *e, const struct heed_encoded *x,
                          int64_t key_width)
{
    int64_t row = x->S * HEED_MAX(x->D, key_width) + e->model->net.tgt_words + 1;
    return HEED_MAX(1, HEED_MIN(PIECE_ROWS, PIECE_FLOATS / row));
}

static int decode_pieces(struct decoding *c, int64_t rows, struct heed_hypotheses *parts,
                         struct heed_err *err)
{
    int status = 0;
    for (c->first = 0; c->first < c->x->B && status == 0; c->first += rows) {
        c->B = HEED_MIN(rows, c->x->B - c->first);
        c->parts = parts + c->first / rows * c->n;
        status = heed_lanes_run(&c->e->lanes, c->n, decode_part, c, err);
    }
    return status;
}

int heed_engine_decode(struct heed_engine *e, const struct heed_encoded *x,
                       const struct heed_search_options *o, struct heed_hypotheses *out,
                       struct heed_err *err)
{
    struct decoding c = {.e = e, .x = x, .o = o, .n = heed_engine_lanes(e, x->B)};
    int64_t T = 1, key_width;

    if (heed_engine_key_width(e, x, &key_width, err) || check_room(e, x, o, STEPS, err))
        return -1;
    int64_t rows = piece_rows(e, x, key_width), pieces = (x->B + rows - 1) / rows;
    struct heed_hypotheses *parts = heed_xcalloc((size_t)(pieces * c.n), sizeof *parts);
    int status = decode_pieces(&c, rows, parts, err);
    for (int64_t i = 0; i < pieces * c.n; i++)
        T = HEED_MAX(T, parts[i].T);
    if (status == 0) {
        make_room(out, &c, x->B, T); /* from here on cap is T */
        out->T = T;
    }
    for (int64_t i = 0; i < pieces * c.n; i++) {
        int64_t first = i / c.n * rows + i % c.n;
        for (int64_t row = 0; row < parts[i].B && status == 0; row++)
            heed_hypotheses_put(out, first + row * c.n, &parts[i], row);
        heed_hypotheses_release(&parts[i]);
    }
    if (status == 0)
        count(e, x, out);
    free(parts);
    return status;
}
