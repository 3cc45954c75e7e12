/* risk.c: see risk.h. Candidates are drawn for all rows of a batch together, before its shards: a row's do not depend on the
 * others. The rows of a shard are then its candidates, longest first. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "metrics/figures.h"
#include "net/sites.h"
#include "train/risk.h"

_Static_assert(HEED_RISK_MAX == HEED_BEAM_MAX, "samples are the slots of a beam");

static int check(const struct heed_trainer *t, struct heed_err *err)
{
    const struct heed_train_options *o = t->options;
    const char *other = t->teacher                  ? "--teacher"
                        : o->r_drop > 0             ? "--r-drop"
                        : o->scheduled_sampling > 0 ? "--scheduled-sampling"
                                                    : NULL;
    if (other)
        return heed_usage(err, "--risk has a loss of its own: give it without %s", other);
    if (!t->dev_data.n || t->metric == HEED_DEV_LOSS)
        return heed_usage(err, "--risk needs a dev metric to say what is worse, and dev pairs: "
                               "bleu, chrf, exact or token-error");
    return 0;
}

int heed_risk_open(struct heed_trainer *t, struct heed_err *err)
{
    if (t->options->risk <= 0)
        return 0;
    if (check(t, err))
        return -1;
    t->risk = heed_xcalloc(1, sizeof *t->risk);
    t->risk->how = (struct heed_metric_options)HEED_METRIC_DEFAULTS;
    t->risk->how.tokens = t->tokens;
    t->risk->how.smooth = HEED_SMOOTH_ADD_K;
    t->risk->how.smooth_value = 1;
    t->risk->kind = (enum heed_figure_kind)(t->metric - HEED_DEV_BLEU);
    heed_engine_init(&t->risk->engine, t->model, t->lanes.n);
    return 0;
}

void heed_risk_close(struct heed_trainer *t)
{
    if (t->risk)
        heed_engine_release(&t->risk->engine);
    free(t->risk);
    t->risk = NULL;
}

/* --- drawing --- */

/* Rows of a batch whose candidates are drawn here. */
struct own {
    int64_t n;
    int64_t *row; /* [n] */
    int32_t *src, *len;
    uint64_t *keys;
};

static struct own own_rows(struct heed_trainer *t, const struct heed_batch *b, int from, int n)
{
    struct heed_arena *a = &t->batch;
    struct own x = {.row = heed_new(a, int64_t, b->B + 1),
                    .src = heed_new(a, int32_t, b->B * b->S + 1),
                    .len = heed_new(a, int32_t, b->B + 1),
                    .keys = heed_new(a, uint64_t, b->B + 1)};
    for (int64_t r = 0; r < b->B; r++) {
        int64_t shard = r % t->options->shards;
        if (shard < from || shard >= from + n)
            continue;
        memcpy(x.src + x.n * b->S, b->src + r * b->S, sizeof *x.src * (size_t)b->S);
        x.len[x.n] = b->src_len[r];
        x.keys[x.n] = heed_counter_key((uint64_t)t->options->seed, (uint64_t)t->step,
                                       HEED_SITE_RISK, (uint64_t)r, 0);
        x.row[x.n++] = r;
    }
    return x;
}

static bool is_there(const struct heed_candidates *c, const int32_t *ids, int32_t len)
{
    for (int32_t i = 0; i < c->n; i++)
        if (c->len[i] == len && !memcmp(c->ids[i], ids, sizeof *ids * (size_t)len))
            return true;
    return false;
}

static void add(struct heed_candidates *c, struct heed_arena *a, const int32_t *ids, int32_t len)
{
    if (len == 0 || is_there(c, ids, len))
        return;
    int32_t *copy = heed_new(a, int32_t, len);
    memcpy(copy, ids, sizeof *ids * (size_t)len);
    c->ids[c->n] = copy;
    c->len[c->n++] = len;
}

/* As evaluate reads it. */
static int text_of(const struct heed_trainer *t, const struct heed_candidates *c, int32_t i,
                   struct heed_str *out, struct heed_err *err)
{
    struct heed_str raw = {0};
    int64_t repaired = 0;
    heed_str_clear(out);
    int status = heed_side_say(&t->model->sides.tgt, c->ids[i], (size_t)c->len[i], NULL, &raw, err);
    if (status == 0)
        status = heed_text_clean(out, raw.len ? raw.data : "", raw.len, HEED_CLEAN_LENIENT,
                                 &repaired, err);
    heed_str_release(&raw);
    return status;
}

static int set_costs(const struct heed_trainer *t, struct heed_candidates *c, struct heed_err *err)
{
    const struct heed_risk *r = t->risk;
    struct heed_str ref = {0}, hyp = {0};
    int status = text_of(t, c, 0, &ref, err);
    const char *refs[] = {ref.data ? ref.data : ""};
    c->cost[0] = 0;
    for (int32_t i = 1; i < c->n && status == 0; i++) {
        struct heed_counts counts;
        status = text_of(t, c, i, &hyp, err);
        heed_counts_line(&counts, &r->how, hyp.data ? hyp.data : "", refs, 1);
        double score = heed_metric_score(r->kind, &counts, &r->how) / 100;
        c->cost[i] = (float)(heed_figure_less_is_better(r->kind) ? score : 1 - score);
    }
    heed_str_release(&ref);
    heed_str_release(&hyp);
    return status;
}

static int take(struct heed_trainer *t, const struct heed_batch *b, const struct own *own,
                const struct heed_hypotheses *h, struct heed_err *err)
{
    struct heed_arena *a = &t->batch;
    for (int64_t i = 0; i < own->n; i++) {
        int64_t r = own->row[i];
        struct heed_candidates *c = &t->risk->rows[r];
        c->ids = heed_new(a, const int32_t *, h->N + 1);
        c->len = heed_new(a, int32_t, h->N + 1);
        c->cost = heed_new(a, float, h->N + 1);
        add(c, a, b->tgt + r * b->T, b->tgt_len[r]);
        for (int64_t k = 0; k < h->N; k++)
            add(c, a, h->tgt + (i * h->N + k) * h->cap, h->tgt_len[i * h->N + k]);
        if (set_costs(t, c, err))
            return -1;
    }
    return 0;
}

int heed_risk_draw(struct heed_trainer *t, const struct heed_batch *b, int from, int n,
                   struct heed_err *err)
{
    struct heed_engine *e = &t->risk->engine;
    struct own own = own_rows(t, b, from, n);
    int32_t samples = (int32_t)t->options->risk_samples;
    struct heed_search_options o = {
        .beam = samples,
        .n_best = samples,
        .sample = {.temperature = 1, .top_p = 1, .seed = (uint64_t)t->options->seed},
        .keys = own.keys,
        .loops = true};
    struct heed_encoded encoded;
    struct heed_hypotheses h = {0};
    t->risk->rows = heed_new0(&t->batch, struct heed_candidates, b->B + 1);
    e->table = b->table;
    if (own.n == 0)
        return 0;
    int status = heed_engine_encode(e, own.n, b->S, own.src, own.len, &encoded, err) ||
                         heed_engine_decode(e, &encoded, &o, &h, err) || take(t, b, &own, &h, err)
                     ? -1
                     : 0;
    heed_hypotheses_release(&h);
    return status;
}

/* --- learning --- */

/* The candidates of a shard's sources as rows, longest first. */
struct rows {
    int32_t B;
    int64_t T;
    int32_t *of;        /* [B] its source, a row of the shard */
    int32_t *which;     /* [B] of the source's candidates */
    int32_t *ids, *len; /* [B,T], [B] */
    int32_t *row;       /* [B] coordinates of dropout */
    double *log_prob;   /* [B] */
    float *weight;      /* [B] of its tokens */
};

static const struct heed_candidates *set_of(const struct heed_trainer *t,
                                            const struct heed_lesson *x, int32_t i)
{
    return &t->risk->rows[x->source.row[i]];
}

static void make_rows(struct rows *r, struct heed_arena *a, int64_t n)
{
    *r = (struct rows){.of = heed_new(a, int32_t, n + 1),
                       .which = heed_new(a, int32_t, n + 1),
                       .len = heed_new(a, int32_t, n + 1),
                       .row = heed_new(a, int32_t, n + 1),
                       .log_prob = heed_new0(a, double, n + 1),
                       .weight = heed_new(a, float, n + 1)};
}

static struct rows lay_out(const struct heed_trainer *t, const struct heed_lesson *x,
                           struct heed_arena *a)
{
    int32_t most = (int32_t)t->options->risk_samples + 1;
    struct heed_packing p;
    struct rows first, r;
    make_rows(&first, a, (int64_t)x->source.B * most);
    make_rows(&r, a, (int64_t)x->source.B * most);
    for (int32_t i = 0; i < x->source.B; i++)
        for (int32_t k = 0; k < set_of(t, x, i)->n; k++) {
            first.of[r.B] = i;
            first.which[r.B] = k;
            first.len[r.B++] = set_of(t, x, i)->len[k];
        }
    heed_packing_make(&p, a, r.B, first.len);
    r.T = p.T;
    r.ids = heed_new0(a, int32_t, r.B * r.T + 1);
    for (int32_t b = 0; b < r.B; b++) {
        int32_t from = p.order[b], i = r.of[b] = first.of[from], k = r.which[b] = first.which[from];
        r.len[b] = first.len[from];
        r.row[b] = x->source.row[i] * most + k;
        memcpy(r.ids + b * r.T, set_of(t, x, i)->ids[k], sizeof *r.ids * (size_t)r.len[b]);
    }
    return r;
}

/* A memory with the rows of its sources for each of their candidates. */
static void widen(struct heed_tape *t, const struct heed_memory *m, const struct rows *r,
                  struct heed_memory *out)
{
    int64_t n = r->B * m->S;
    int32_t *at = heed_tape_alloc(t, sizeof *at * (size_t)(n + 1));
    *out = *m;
    out->B = r->B;
    out->len = heed_tape_alloc(t, sizeof *out->len * (size_t)(r->B + 1));
    for (int32_t b = 0; b < r->B; b++) {
        out->len[b] = m->len[r->of[b]];
        for (int64_t s = 0; s < m->S; s++)
            at[b * m->S + s] = (int32_t)(r->of[b] * m->S + s);
    }
    out->rows = heed_gather(t, m->rows, at, n);
    out->keys = m->keys ? heed_gather(t, m->keys, at, n) : NULL;
    out->words = m->words ? heed_gather(t, m->words, at, n) : NULL;
    out->source = m->source ? heed_gather(t, m->source, at, n) : NULL;
    out->state = m->state ? heed_gather(t, m->state, r->of, r->B) : NULL;
}

/* aim: weight is set here, of tokens by their rows. */
static void pass(const struct heed_net *net, struct heed_tape *t, const struct heed_lesson *x,
                 const struct rows *r, const struct heed_dropout_rates *drop,
                 struct heed_packing *p, struct heed_aim *aim)
{
    struct heed_memory narrow, memory;
    struct heed_loss unused = {0};
    heed_net_encode(net, t, &x->source, drop, &narrow);
    widen(t, &narrow, r, &memory);
    heed_packing_make(p, t->arena, r->B, r->len);
    float *each = heed_tape_alloc(t, sizeof *each * (size_t)(p->N + 1));
    for (int64_t i = 0; i < p->N; i++)
        each[i] = aim->log_prob ? 1 : r->weight[p->row[i]];
    aim->weight = each;
    struct heed_target tgt = {p, r->ids, r->T, r->row, drop, NULL};
    heed_net_loss(net, t, &memory, &tgt, aim, &unused);
}

static int find_log_probs(const struct heed_net *net, struct heed_lane *lane,
                          const struct heed_lesson *x, struct rows *r)
{
    struct heed_tape *t = &lane->tape;
    struct heed_packing p;
    int64_t n = 0;
    for (int32_t b = 0; b < r->B; b++)
        n += r->len[b];
    struct heed_aim aim = {.log_prob = heed_new(&lane->batch, float, n + 1)};
    t->training = false;
    pass(net, t, x, r, NULL, &p, &aim);
    if (heed_tape_failed(t, &lane->err))
        return -1;
    for (int64_t i = 0; i < p.N; i++)
        r->log_prob[p.row[i]] += (double)aim.log_prob[i];
    heed_tape_reset(t);
    t->training = true;
    return 0;
}

/* Of source i: weights of its rows; what is at risk. */
static void weigh(const struct heed_trainer *t, const struct heed_lesson *x,
                  const struct heed_risk_call *call, struct rows *r, int32_t i,
                  struct heed_loss *loss)
{
    const struct heed_candidates *c = set_of(t, x, i);
    double a = t->options->risk_sharpness, most = -INFINITY, sum = 0, risk = 0;
    for (int32_t b = 0; b < r->B; b++)
        most = r->of[b] == i ? fmax(most, a * r->log_prob[b]) : most;
    for (int32_t b = 0; b < r->B; b++)
        sum += r->of[b] == i ? exp(a * r->log_prob[b] - most) : 0;
    for (int32_t b = 0; b < r->B; b++)
        if (r->of[b] == i)
            risk += exp(a * r->log_prob[b] - most) / sum * (double)c->cost[r->which[b]];
    for (int32_t b = 0; b < r->B; b++) {
        if (r->of[b] != i)
            continue;
        double q = exp(a * r->log_prob[b] - most) / sum;
        double weight = call->source * a * q * (risk - (double)c->cost[r->which[b]]);
        r->weight[b] = (float)(weight + (r->which[b] == 0 ? call->token : 0));
        loss->plain -= r->which[b] == 0 ? r->log_prob[b] : 0;
    }
    loss->risk += risk;
    loss->n_risked++;
}

int heed_risk_learn(struct heed_trainer *t, struct heed_lane *lane, const struct heed_lesson *x,
                    const struct heed_risk_call *call, struct heed_loss *loss)
{
    const struct heed_net *net = &t->model->net;
    struct heed_tape *tape = &lane->tape;
    struct heed_packing p;
    struct heed_aim aim = {.gscale = 1, .alone = true};
    struct rows r = lay_out(t, x, &lane->batch);
    if (find_log_probs(net, lane, x, &r))
        return -1;
    for (int32_t i = 0; i < x->source.B; i++) {
        weigh(t, x, call, &r, i, loss);
        loss->n_tokens += x->tgt_len[i];
    }
    loss->nats = loss->plain;
    pass(net, tape, x, &r, call->drop, &p, &aim);
    heed_tape_backward(tape);
    return heed_tape_failed(tape, &lane->err) ? -1 : 0;
}
