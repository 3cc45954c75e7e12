/* scorer.c: see scorer.h. */
#include <math.h>
#include <string.h>

#include "search/scorer.h"

struct rows_of { /* of the encoded batch */
    const int32_t *rows;
    int32_t n;
};

/* Rows of x side by side, each of width floats. */
static struct heed_tensor *pick(struct heed_lane *lane, struct heed_arena *arena, const float *from,
                                int64_t width, const struct rows_of *r, int64_t parts)
{
    float *to = heed_new(arena, float, r->n *width + 1);
    for (int32_t i = 0; i < r->n; i++)
        memcpy(to + i * width, from + r->rows[i] * width, sizeof(float) * (size_t)width);
    return heed_tensor_wrap(&lane->tape, 2, (int64_t[]){r->n * parts, width / parts}, to, false);
}

/* Their ids, in the arena. */
static struct heed_source sources(const struct heed_scorer_part *s, struct heed_arena *arena,
                                  const struct rows_of *r, const int32_t *len)
{
    const struct heed_encoded *x = s->x;
    int64_t S = x->src_width;
    int32_t *ids = heed_new(arena, int32_t, r->n * S + 1);
    for (int32_t i = 0; i < r->n; i++)
        memcpy(ids + i * S, x->src + r->rows[i] * S, sizeof *ids * (size_t)S);
    return (struct heed_source){.B = r->n, .S = S, .ids = ids, .len = len};
}

/* The decoder's first state of these rows, their memory in the arena. */
static int begin(const struct heed_scorer_part *s, struct heed_state *state,
                 struct heed_arena *arena, const struct rows_of *r, struct heed_err *err)
{
    const struct heed_encoded *x = s->x;
    const struct heed_net *net = s->net;
    struct heed_lane *lane = s->lane;
    struct heed_memory memory = {.B = r->n, .S = x->S, .lasting = arena == &lane->batch};

    heed_tape_reset(&lane->tape);
    memory.len = heed_new(arena, int32_t, r->n + 1);
    for (int32_t i = 0; i < r->n; i++)
        memory.len[i] = x->len[r->rows[i]];
    heed_state_init(state, net->slots, net->n_slots, arena, r->n, x->S, memory.len);
    if (heed_net_attends(net))
        memory.rows = pick(lane, arena, x->memory, x->S * x->D, r, x->S);
    if (heed_net_attends(net) && x->keys)
        memory.keys = pick(lane, arena, x->keys, x->S * x->key_width, r, x->S);
    if (x->W)
        memory.state = pick(lane, arena, x->state, x->W, r, 1);
    struct heed_source src =
        x->src ? sources(s, arena, r, memory.len) : (struct heed_source){.B = 0};
    if (heed_net_copies(net))
        memory.words = heed_net_words(net, &lane->tape, &src, x->S);
    if (x->src)
        memory.source = heed_net_source(net, &lane->tape, &src, x->S);
    heed_net_begin(net, &lane->tape, &memory, state);
    return heed_tape_failed(&lane->tape, err) ? -1 : 0;
}

/* Its share of the attention that is shown; the first part's is there always. */
static float share_of(const struct heed_engine *e, const struct heed_engine *first)
{
    const struct heed_sides *a = &e->model->sides, *b = &first->model->sides;
    bool same = a->src_eos == b->src_eos && strcmp(a->src.fingerprint, b->src.fingerprint) == 0;
    bool both = heed_net_attends(&e->model->net) && heed_net_attends(&first->model->net);
    return e == first || (same && both) ? (float)e->weight : 0;
}

static void open_part(struct heed_scorer_part *p, const struct heed_engine *e, int lane)
{
    p->net = &e->model->net;
    p->lane = &e->lanes.lanes[lane];
    p->log_weight = (float)log(e->weight);
}

/* Lanes of the others are nobody's but ours; the first one's is the caller's. */
static void open_parts(struct heed_scorer *s, const struct heed_engine *e, int lane,
                       const struct heed_encoded *x, bool listed)
{
    struct heed_arena *arena = &e->lanes.lanes[lane].batch;
    float shares = 0;
    s->n = e->n_others + 1;
    s->parts = heed_new0(arena, struct heed_scorer_part, s->n);
    for (int j = 0; j < s->n; j++) {
        const struct heed_engine *other = heed_engine_member(e, j);
        struct heed_encoded *of = heed_new(arena, struct heed_encoded, 1);
        struct heed_scorer_part *p = &s->parts[j];
        open_part(p, other, lane);
        p->lane->tape.help.workers = e->lanes.lanes[lane].tape.help.workers;
        *of = *heed_encoded_member(x, j);
        if (p->net->list && !listed)
            of->src = NULL;
        p->x = of;
        p->share = share_of(other, e);
        shares += p->share;
        if (j)
            heed_arena_reset(&p->lane->batch);
    }
    for (int j = 0; j < s->n; j++)
        s->parts[j].share /= shares;
}

int heed_scorer_begin(struct heed_scorer *s, const struct heed_engine *e, int lane,
                      const struct heed_encoded *x, bool listed, const int32_t *rows, int32_t n,
                      struct heed_err *err)
{
    struct heed_arena *arena = &e->lanes.lanes[lane].batch;
    int64_t V = e->model->net.tgt_words;
    *s = (struct heed_scorer){0};
    open_parts(s, e, lane, x, listed);
    for (int j = 0; j < s->n; j++) {
        struct heed_scorer_part *p = &s->parts[j];
        if (begin(p, &p->state, &p->lane->batch, &(struct rows_of){rows, n}, err))
            return -1;
        heed_state_keep(&p->state);
    }
    if (s->n > 1) {
        s->all = heed_new(arena, int32_t, V);
        s->at = heed_new(arena, int32_t, V);
        s->scratch = heed_new(arena, float, V);
    }
    return 0;
}

int heed_scorer_add(struct heed_scorer *s, const int32_t *rows, int32_t n, struct heed_err *err)
{
    for (int j = 0; j < s->n; j++) {
        struct heed_scorer_part *p = &s->parts[j];
        struct heed_state fresh;
        heed_state_keep(&p->state);
        if (begin(p, &fresh, &p->lane->step, &(struct rows_of){rows, n}, err))
            return -1;
        heed_state_append(&p->state, &fresh, &p->lane->tape);
    }
    return 0;
}

static int step(struct heed_scorer_part *p, const int32_t *ids, struct heed_err *err)
{
    struct heed_tape *t = &p->lane->tape;
    heed_tape_reset(t);
    p->trace = (struct heed_trace){0};
    struct heed_tensor *readout = heed_net_step(p->net, t, &p->state, ids, &p->trace);
    struct heed_tensor *logits = heed_net_logits(p->net, t, &p->state, readout, &p->trace);
    p->K = heed_width(logits);
    p->words = heed_state_words(&p->state);
    p->logits = logits->data;
    return heed_tape_failed(t, err) ? -1 : 0;
}

float *heed_scorer_step(struct heed_scorer *s, const int32_t *ids, struct heed_err *err)
{
    for (int j = 0; j < s->n; j++)
        if (step(&s->parts[j], ids, err))
            return NULL;
    s->trace = s->parts[0].trace;
    s->K = s->parts[0].K;
    s->words = s->parts[0].words;
    return s->n > 1 ? heed_scorer_mix(s, s->parts[0].state.n) : s->parts[0].logits;
}

void heed_scorer_select(struct heed_scorer *s, const int32_t *from, int32_t n)
{
    for (int j = 0; j < s->n; j++) {
        heed_state_keep(&s->parts[j].state);
        heed_state_select(&s->parts[j].state, from, n);
    }
}
