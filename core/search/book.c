/* book.c: what hypotheses have said so far: see live.h.
 *
 * The first child of a hypothesis goes on in its record, others get a copy; one without children gives its record
 * back before. So `width` records are enough for a source, finished hypotheses among them. */
#include <math.h>
#include <string.h>

#include "search/live.h"
#include "search/rank.h"
#include "tensor/vec.h"

void heed_book_make(struct heed_hypotheses *h, const struct heed_engine *e,
                    const struct heed_encoded *x, const struct heed_search_options *o, bool scored,
                    int64_t cap)
{
    const struct heed_net *net = &e->model->net;
    bool attends = heed_net_attends(net);
    unsigned parts = (scored ? HEED_HYP_LOG_PROBS : 0u) |
                     (o->weights && attends ? HEED_HYP_WEIGHTS : 0u) |
                     (o->queries && attends ? HEED_HYP_QUERIES : 0u);
    h->S = x->S;
    h->query_width = net->query_width;
    heed_hypotheses_make(h, parts, cap);
}

int heed_book_room(const struct heed_engine *e, const struct heed_encoded *x,
                   const struct heed_search_options *o, int64_t steps, struct heed_err *err)
{
    int64_t width = 3 + (o->weights ? x->S : 0) + (o->queries ? e->model->net.query_width : 0);
    int64_t rows = x->B * HEED_MAX(o->n_best, 1);
    if ((double)rows * (double)steps * (double)width * sizeof(float) <= (double)HEED_FRAME_MAX)
        return 0;
    return heed_fail(
        err,
        "%lld rows of %lld steps, with what is kept of each, exceed the %llu bytes of a "
        "frame: give fewer rows a frame, or ask for less",
        (long long)rows, (long long)steps, HEED_FRAME_MAX);
}

/* --- records --- */

static int32_t first_of(const struct heed_search *s, const struct heed_live *l)
{
    return s->book == s->out ? l->place : l->desk * s->width;
}

static int32_t take(const struct heed_search *s, struct heed_live *l)
{
    for (int32_t i = 0; i < s->width; i++)
        if (!(l->taken >> i & 1)) {
            l->taken |= 1ull << i;
            return first_of(s, l) + i;
        }
    BUG("more hypotheses than records");
}

void heed_book_drop(struct heed_live *l, const struct heed_search *s, int32_t record)
{
    l->taken &= ~(1ull << (record - first_of(s, l)));
}

static int32_t copy(const struct heed_search *s, struct heed_live *l, int32_t record)
{
    int32_t to = take(s, l);
    heed_hypotheses_copy(s->book, to, s->book, record, l->t);
    if (s->coverage)
        memcpy(s->coverage + to * s->x->S, s->coverage + record * s->x->S,
               sizeof(float) * (size_t)s->x->S);
    return to;
}

/* --- a step --- */

/* What the step from row i has seen, and the token that it ends in. */
static void note(const struct heed_search *s, const struct heed_live *l, int32_t i, int32_t record,
                 const struct heed_child *c)
{
    struct heed_hypotheses *h = s->book;
    const struct heed_trace *trace = &s->scorer.trace;
    int32_t len = s->x->len[l->source];
    int64_t at = record * h->cap + l->t;
    h->tgt[at] = c->next.id;
    h->tgt_len[record] = (int32_t)(l->t + 1);
    h->align[at] = -1;
    if (trace->weights) {
        const float *w = trace->weights->data + i * h->S;
        h->align[at] = (int32_t)heed_vec()->argmax((size_t)len, w);
        h->align_weight[at] = w[h->align[at]];
        if (h->weights) { /* of zeros beyond the source: the record may have been another's */
            memcpy(h->weights + at * h->S, w, sizeof(float) * (size_t)len);
            memset(h->weights + at * h->S + len, 0, sizeof(float) * (size_t)(h->S - len));
        }
    }
    if (trace->query && h->queries)
        memcpy(h->queries + at * h->query_width, trace->query->data + i * h->query_width,
               sizeof(float) * (size_t)h->query_width);
    if (s->scored) {
        h->token_log_prob[at] = c->next.log_prob;
        h->log_prob[record] = c->total;
    }
}

static void finish(const struct heed_search *s, struct heed_live *l, const struct heed_child *c,
                   int32_t record)
{
    struct heed_hypotheses *h = s->book;
    h->finish[record] = !c->next.cut;
    if (s->scored)
        h->score[record] = heed_rank_score(&s->o->rank, h->log_prob[record], h->tgt_len[record],
                                           s->coverage ? s->coverage + record * s->x->S : NULL,
                                           s->x->len[l->source]);
    l->closed |= 1ull << c->slot;
    s->done[l->desk * s->width + l->n_done++] =
        (struct heed_hyp){.slot = c->slot, .record = record};
}

/* Of rows that go on: siblings share it, since it is of the step before their tokens. */
static void cover(const struct heed_search *s, const struct heed_live *l)
{
    const struct heed_hyp *hyps = s->hyps + (int64_t)l->desk * s->width;
    for (int32_t i = 0; s->coverage && i < l->n; i++)
        heed_vec()->add((size_t)s->x->len[l->source], s->coverage + hyps[i].record * s->x->S,
                        s->scorer.trace.weights->data + (l->row + i) * s->x->S,
                        s->coverage + hyps[i].record * s->x->S);
}

/* Which hypotheses have children; the records of the others are free. */
static void drop_childless(const struct heed_search *s, struct heed_live *l, int32_t n_children)
{
    const struct heed_hyp *hyps = s->hyps + (int64_t)l->desk * s->width;
    uint64_t parents = 0;
    for (int32_t i = 0; i < n_children; i++)
        parents |= 1ull << s->children[i].parent;
    for (int32_t i = 0; i < l->n; i++)
        if (!(parents >> i & 1))
            heed_book_drop(l, s, hyps[i].record);
}

static int make_room(struct heed_search *s, int64_t t, struct heed_err *err)
{
    if (t < s->book->cap)
        return 0;
    if (heed_book_room(s->e, s->x, s->o, t * 2, err))
        return -1;
    heed_hypotheses_grow(s->book, t * 2);
    return 0;
}

int heed_book_keep(struct heed_search *s, struct heed_live *l, int32_t n_children,
                   struct heed_err *err)
{
    struct heed_hyp *hyps = s->hyps + (int64_t)l->desk * s->width, old[HEED_BEAM_MAX];
    uint64_t gone_on = 0, looped = 0; /* parents whose record has a child in it; that had looped */
    int32_t n = 0;
    if (make_room(s, l->t, err))
        return -1;
    cover(s, l);
    drop_childless(s, l, n_children);
    memcpy(old, hyps, sizeof *hyps * (size_t)l->n);
    for (int32_t i = 0; i < l->n; i++)
        looped |= (uint64_t)s->book->looped[old[i].record] << i;
    for (int32_t i = 0; i < n_children; i++) {
        const struct heed_child *c = &s->children[i];
        int32_t record = old[c->parent].record, row = l->row + c->parent;
        if (gone_on >> c->parent & 1)
            record = copy(s, l, record);
        gone_on |= 1ull << c->parent;
        note(s, l, row, record, c);
        s->book->looped[record] = c->next.looped || (looped >> c->parent & 1);
        if (c->next.id == HEED_EOS)
            finish(s, l, c, record);
        else
            hyps[n++] = (struct heed_hyp){c->slot, record, row, c->next.id};
    }
    l->n = n;
    l->t++;
    s->book->T = HEED_MAX(s->book->T, l->t);
    return 0;
}

/* --- the end --- */

static bool is_better(const struct heed_hypotheses *h, const struct heed_hyp *a,
                      const struct heed_hyp *b, bool terms)
{
    float x = h->score[a->record], y = h->score[b->record];
    if (terms && h->finish[a->record] != h->finish[b->record]) /* cut: it may lack some */
        return h->finish[a->record];
    return x > y || (x == y && a->slot < b->slot);
}

static void sort(const struct heed_search *s, struct heed_hyp *done, int32_t n, bool terms)
{
    for (int32_t i = 1; i < n; i++)
        for (int32_t j = i; j > 0 && is_better(s->book, &done[j], &done[j - 1], terms); j--) {
            struct heed_hyp other = done[j];
            done[j] = done[j - 1];
            done[j - 1] = other;
        }
}

void heed_book_hand_out(struct heed_search *s, struct heed_live *l)
{
    struct heed_hyp *done = s->done + (int64_t)l->desk * s->width;
    struct heed_hypotheses *out = s->out;
    if (s->book == out)
        return;
    sort(s, done, l->n_done, s->o->wishes && s->o->wishes[l->source].n_terms);
    for (int32_t i = 0; i < s->wanted; i++) {
        int64_t to = (int64_t)l->place * s->wanted + i;
        if (i >= l->n_done && out->score)
            out->score[to] = out->log_prob[to] = -INFINITY;
        if (i >= l->n_done)
            continue;
        int64_t steps = s->book->tgt_len[done[i].record];
        if (steps > out->cap)
            heed_hypotheses_grow(out, s->book->cap);
        heed_hypotheses_copy(out, to, s->book, done[i].record, steps);
        out->T = HEED_MAX(out->T, steps);
    }
}
