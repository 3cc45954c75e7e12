/* decode.c: a batch is dealt to lanes, and what they found is put together. */
#include "search/lane_search.h"
#include "search/live.h"

/* A batch on its way; lane number `number` has rows number, number + n, … */
struct decoding {
    struct heed_deal deal;
    struct heed_hypotheses *parts; /* [n] */
    double *work;                  /* [n] */
    int n;
};

static int64_t n_best(const struct heed_search_options *o)
{
    return o->force ? 1 : HEED_MAX(1, o->n_best);
}

static int decode_part(struct heed_lane *lane, void *ctx, int number)
{
    const struct decoding *c = ctx;
    struct heed_deal deal = c->deal;
    struct heed_hypotheses *part = &c->parts[number];
    deal.first = number;
    part->B = (deal.x->B - number + c->n - 1) / c->n;
    part->N = n_best(deal.o);
    return heed_search_lane(lane, &deal, part, &c->work[number]);
}

#define LIVE_ROWS   4096
#define LIVE_FLOATS (1 << 26) /* of keys, memory, histories and logits */

/* How many sources a lane searches at once: frames come from strangers. */
static int64_t live_rows(const struct heed_engine *e, const struct heed_search_options *o,
                         int64_t memory, int lanes)
{
    int64_t logits = (int64_t)(e->model->net.tgt_words + 1) * HEED_MAX(1, o->beam);
    int64_t row = memory + logits * (1 + e->n_others);
    int64_t rows = HEED_MIN(o->rows ? o->rows : LIVE_ROWS, LIVE_FLOATS / row);
    return HEED_MAX(1, (rows + lanes - 1) / lanes);
}

/* Of its hypotheses' histories, when they are twice as long as it is; few are longer. */
static int64_t histories_of(const struct heed_engine *e, const struct heed_encoded *x,
                            const struct heed_search_options *o)
{
    return e->model->net.history_width * HEED_MAX(1, o->beam) * 2 * x->S;
}

/* Floats of a source's memory or keys, and histories, by all models. */
static int floats_of(struct heed_engine *e, const struct heed_encoded *x,
                     const struct heed_search_options *o, int64_t *n, struct heed_err *err)
{
    *n = 0;
    for (int j = 0; j <= e->n_others; j++) {
        struct heed_engine *member = j ? &e->others[j - 1] : e;
        const struct heed_encoded *of = heed_encoded_member(x, j);
        int64_t width;
        if (heed_engine_key_width(member, of, &width, err))
            return -1;
        *n += of->S * HEED_MAX(of->D, width) + histories_of(member, of, o);
    }
    return 0;
}

static void gather(const struct decoding *c, struct heed_hypotheses *out)
{
    int64_t T = 1;
    for (int i = 0; i < c->n; i++)
        T = HEED_MAX(T, c->parts[i].T);
    *out = (struct heed_hypotheses){.B = c->deal.x->B, .N = n_best(c->deal.o)};
    heed_book_make(out, c->deal.e, c->deal.x, c->deal.o, c->deal.o->log_probs, T);
    out->T = T; /* from here on cap is T */
    for (int i = 0; i < c->n; i++)
        for (int64_t row = 0; row < c->parts[i].B; row++)
            heed_hypotheses_put(out, i + row * c->n, &c->parts[i], row);
}

static void count(struct heed_engine *e, const struct heed_encoded *x, const struct decoding *c)
{
    for (int j = 0; j <= e->n_others; j++) {
        const struct heed_encoded *of = heed_encoded_member(x, j);
        struct heed_work w;
        heed_net_work(&heed_engine_member(e, j)->model->net, &w);
        for (int64_t b = 0; b < x->B && !of->keys; b++)
            e->flops += w.keys * of->len[b];
    }
    for (int i = 0; i < c->n; i++)
        e->flops += c->work[i];
}

int heed_engine_decode(struct heed_engine *e, const struct heed_encoded *x,
                       const struct heed_search_options *o, struct heed_hypotheses *out,
                       struct heed_err *err)
{
    struct decoding c = {.deal = {.e = e, .x = x, .o = o}, .n = heed_engine_lanes(e, x->B)};
    int64_t floats;
    if (o->beam > HEED_BEAM_MAX || o->n_best > HEED_MAX(1, o->beam))
        BUG("a beam of %d, %d handed out", o->beam, o->n_best);
    if (floats_of(e, x, o, &floats, err) || heed_book_room(e, x, o, 16, err))
        return -1;
    c.deal.step = c.n;
    c.deal.rows = live_rows(e, o, floats, c.n);
    c.parts = heed_xcalloc((size_t)c.n, sizeof *c.parts);
    c.work = heed_xcalloc((size_t)c.n, sizeof *c.work);
    int status = heed_lanes_run(&e->lanes, c.n, decode_part, &c, err);
    if (status == 0) {
        gather(&c, out);
        count(e, x, &c);
    }
    for (int i = 0; i < c.n; i++)
        heed_hypotheses_release(&c.parts[i]);
    free(c.parts);
    free(c.work);
    return status;
}
