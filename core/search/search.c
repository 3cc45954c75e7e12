/* search.c: the sources of a lane on their way through the decoder: see live.h.
 *
 * A finished source's place is taken by the last live one at once, and a source that waits comes behind: so
 * the products stay as large as the rows allow. Rows do not see one another, so none of this changes a bit. */
#include <math.h>

#include "search/lane_search.h"
#include "search/live.h"
#include "tensor/vec.h"

#define STEPS 16 /* room for so many to begin with */

/* --- sources that come --- */

/* No word belongs to an empty line, whose translation is the empty line: that is certain, any other
 * target impossible. */
static void place_empty(struct heed_search *s, int64_t b, int64_t place)
{
    for (int32_t i = 0; i < s->wanted && s->out->log_prob; i++)
        if (i || (s->o->force && s->o->force_len[b] > 1))
            s->out->log_prob[place * s->wanted + i] = s->out->score[place * s->wanted + i] =
                -INFINITY;
}

static int64_t tokens_of(const struct heed_engine *e, const struct heed_encoded *x, int32_t source)
{
    return x->len[source] - (e->model->sides.src_eos ? 1 : 0);
}

/* Of several models that of the one that allows most. */
static int64_t longest(const struct heed_search *s, int32_t source)
{
    int64_t most = 0;
    for (int j = 0; j <= s->e->n_others; j++) {
        const struct heed_engine *e = heed_engine_member(s->e, j);
        int64_t n = tokens_of(e, heed_encoded_member(s->x, j), source);
        most = HEED_MAX(most, heed_length_limit(e->model, n));
    }
    return most;
}

static void set_lengths(const struct heed_search *s, struct heed_live *l)
{
    const struct heed_lengths *rule = &s->o->lengths;
    int64_t n = tokens_of(s->e, s->x, l->source);
    if (s->o->force) {
        l->limit = s->o->force_len[l->source] - 1;
        return;
    }
    l->limit = rule->most ? rule->most : longest(s, l->source);
    if (rule->most_ratio > 0)
        l->limit = HEED_MIN(l->limit, (int64_t)ceil(rule->most_ratio * (double)n));
    l->least = HEED_MAX(rule->least, (int64_t)ceil(rule->least_ratio * (double)n));
    if (s->o->wishes)
        l->limit = HEED_MAX(l->limit, s->o->wishes[l->source].prefix.n);
    l->least = HEED_MIN(l->least, l->limit);
}

/* The record of its first hypothesis, which has said nothing. */
static int32_t new_record(struct heed_search *s, struct heed_live *l)
{
    int32_t record = s->book == s->out ? l->place : l->desk * s->width;
    l->taken = 1;
    s->book->looped[record] = 0;
    if (s->scored)
        s->book->log_prob[record] = 0;
    for (int64_t i = 0; s->coverage && i < s->x->S; i++)
        s->coverage[record * s->x->S + i] = 0;
    return record;
}

static int64_t repeats(const struct heed_engine *e)
{
    int64_t most = 0;
    for (int j = 0; j <= e->n_others; j++)
        most = HEED_MAX(most, heed_engine_member(e, j)->model->limits.repeats);
    return most;
}

static void open_source(struct heed_search *s, int64_t b, int64_t place, int32_t desk)
{
    const struct heed_encoded *x = s->x;
    struct heed_live *l = &s->live[s->n_live++];
    *l = (struct heed_live){.source = (int32_t)b, .place = (int32_t)place, .desk = desk};
    set_lengths(s, l);
    heed_loop_limit(&l->loop, x->src + b * x->src_width, x->src && !s->o->force ? x->len[b] : 0,
                    s->e->src_kinds, repeats(s->e));
    s->hyps[desk * s->width] = (struct heed_hyp){.record = new_record(s, l)};
    l->row = s->n;
    l->n = 1;
    s->id[s->n++] = HEED_BOS;
}

/* With a shortlist those that come next are waited for until so large a part of the places is free: columns are laid
 * out for all of them at once. */
#define REFILL_PART 4

/* Sources with tokens become live while there is room; the rest have no hypothesis. fresh [cap] gets
 * their numbers; how many. */
static int32_t admit(struct heed_search *s, const struct heed_deal *deal, int32_t *fresh)
{
    int32_t n = 0;
    if (heed_engine_lists(s->e) && s->n_live > s->cap - s->cap / REFILL_PART)
        return 0;
    for (; s->next < s->out->B && s->n_live < s->cap; s->next++) {
        int64_t b = deal->first + s->next * deal->step;
        if (s->x->len[b] == 0)
            place_empty(s, b, s->next);
        else if (!s->o->force || s->o->force_len[b] > 0) {
            fresh[n++] = (int32_t)b;
            open_source(s, b, s->next, s->desks[--s->n_desks]);
        }
    }
    return n;
}

/* --- a step --- */

static int32_t follow(struct heed_search *s, const struct heed_live *l, const float *logits)
{
    int32_t id = s->o->force[l->source * s->o->force_width + l->t];
    int64_t place = heed_search_place(s, id);
    struct heed_child *c = s->children;
    *c = (struct heed_child){.next = {.id = id}};
    if (s->scored) {
        c->next.log_prob = place < 0 ? -INFINITY : heed_search_log_prob(s, 0, logits[place]);
        c->total = s->book->log_prob[s->hyps[l->desk].record] + c->next.log_prob;
    }
    return 1;
}

/* No word can be chosen by logits that are no numbers: a state that is none came of the cell. */
static int fail_step(const struct heed_search *s, const struct heed_live *l, int32_t row,
                     struct heed_err *err)
{
    const struct heed_net *net = &s->e->model->net;
    const struct heed_tensor *query = s->scorer.trace.query;
    const struct heed_instance *cell = &net->parts[HEED_PART_CELL];
    bool state = query && !heed_vec()->finite((size_t)net->query_width,
                                              query->data + row * net->query_width);
    return heed_fail(err,
                     "decoder: logits that are no numbers at step %lld of row %d: weights that are "
                     "too large%s%s",
                     (long long)l->t + 1, l->source, state && cell->plugin ? ", or plugin " : "",
                     state && cell->plugin ? cell->plugin->name : "");
}

static bool has_terms(const struct heed_search *s, const struct heed_live *l)
{
    return s->o->wishes && s->o->wishes[l->source].n_terms > 0;
}

static int32_t choose(struct heed_search *s, const struct heed_live *l, float *logits)
{
    if (s->o->force)
        return follow(s, l, logits);
    if (s->o->sample.temperature > 0)
        return heed_sample_choose(s, l, logits);
    return has_terms(s, l) ? heed_terms_choose(s, l, logits) : heed_beam_choose(s, l, logits);
}

/* Of a row's step, by all models. */
static double work_of(const struct heed_search *s, const struct heed_live *l)
{
    double sum = 0;
    for (int j = 0; j <= s->e->n_others; j++)
        sum += s->per_step[j].decoder +
               s->per_step[j].attention * heed_encoded_member(s->x, j)->len[l->source] +
               s->per_step[j].target_pairs * (double)(l->t + 1);
    return sum;
}

static int step_source(struct heed_search *s, struct heed_live *l, float *logits,
                       struct heed_err *err)
{
    int64_t K = s->scorer.K;
    float *mine = logits + l->row * K;
    bool all = s->o->sample.temperature > 0 || has_terms(s, l);
    for (int32_t i = 0; i < l->n; i++)
        if (!heed_search_look(s, i, mine + i * K, all))
            return fail_step(s, l, l->row + i, err);
    s->work += l->n * work_of(s, l);
    int32_t n = choose(s, l, mine);
    if (heed_book_keep(s, l, n, err))
        return -1;
    if (s->o->force && l->t > l->limit)
        l->n = 0; /* whatever its last token is */
    else if (s->width > 1 && s->o->sample.temperature <= 0 && !has_terms(s, l))
        heed_beam_prune(s, l);
    return 0;
}

/* Finished sources leave, the last ones take their places; rows of the next step. */
static void close_up(struct heed_search *s)
{
    s->n = 0;
    for (int32_t i = 0; i < s->n_live; i++) {
        struct heed_live *l = &s->live[i];
        while (i < s->n_live && l->n == 0) {
            heed_book_hand_out(s, l);
            s->desks[s->n_desks++] = l->desk;
            *l = s->live[--s->n_live];
        }
        l->row = s->n;
        for (int32_t k = 0; i < s->n_live && k < l->n; k++) {
            const struct heed_hyp *hyp = &s->hyps[l->desk * s->width + k];
            s->from[s->n] = hyp->from;
            s->id[s->n++] = hyp->id;
        }
    }
}

static int step(struct heed_search *s, struct heed_err *err)
{
    float *logits = heed_scorer_step(&s->scorer, s->id, err);
    if (!logits)
        return -1;
    for (int32_t i = 0; i < s->n_live; i++)
        if (step_source(s, &s->live[i], logits, err))
            return -1;
    close_up(s);
    heed_scorer_select(&s->scorer, s->from, s->n);
    return 0;
}

/* --- a lane --- */

static void take_room(struct heed_search *s, struct heed_lane *lane)
{
    int64_t rows = (int64_t)s->cap * s->width, B = s->book->B * s->book->N;
    struct heed_arena *a = &lane->batch;
    s->live = heed_new(a, struct heed_live, s->cap);
    s->desks = heed_new(a, int32_t, s->cap);
    for (s->n_desks = 0; s->n_desks < s->cap; s->n_desks++)
        s->desks[s->n_desks] = s->cap - 1 - s->n_desks;
    s->hyps = heed_new(a, struct heed_hyp, rows);
    s->done = heed_new(a, struct heed_hyp, rows);
    s->id = heed_new(a, int32_t, rows);
    s->from = heed_new(a, int32_t, rows);
    s->children = heed_new(a, struct heed_child, s->width);
    s->candidates = heed_new(a, struct heed_candidate, s->width * s->width);
    if (s->o->wishes)
        s->banked = heed_new(a, struct heed_banked, s->width * (s->width + HEED_TERMS_MAX));
    heed_search_room(s, a, s->e->model->net.tgt_words);
    s->order = heed_new(a, struct heed_weighed, s->e->model->net.tgt_words);
    if (s->scored && s->o->rank.coverage > 0 && heed_net_attends(&s->e->model->net))
        s->coverage = heed_new(a, float, B * s->x->S + 1);
}

static int run(struct heed_search *s, struct heed_lane *lane, const struct heed_deal *deal)
{
    bool listed = !s->o->force && !s->o->wishes; /* what is asked for need not be on a list */
    int32_t *fresh = heed_new(&lane->batch, int32_t, s->cap);
    int32_t n = admit(s, deal, fresh), number = (int32_t)deal->first;
    if (n && heed_scorer_begin(&s->scorer, s->e, number, s->x, listed, fresh, n, &lane->err))
        return -1;
    while (s->n_live > 0) {
        if (step(s, &lane->err))
            return -1;
        n = admit(s, deal, fresh);
        if (n && heed_scorer_add(&s->scorer, fresh, n, &lane->err))
            return -1;
    }
    return 0;
}

int heed_search_lane(struct heed_lane *lane, const struct heed_deal *deal,
                     struct heed_hypotheses *out, double *work)
{
    const struct heed_search_options *o = deal->o;
    struct heed_search s = {.e = deal->e, .x = deal->x, .o = o, .out = out, .book = out};
    s.width = o->force ? 1 : HEED_MAX(o->beam, 1);
    s.wanted = (int32_t)out->N;
    s.scored = o->log_probs || s.width > 1 || o->sample.temperature > 0 || o->wishes;
    s.cap = (int32_t)HEED_MAX(1, HEED_MIN(deal->rows, out->B));
    for (int j = 0; j <= deal->e->n_others; j++)
        heed_net_work(&heed_engine_member(deal->e, j)->model->net, &s.per_step[j]);
    heed_book_make(out, deal->e, deal->x, o, o->log_probs, STEPS);
    if (s.width > 1 || s.scored != o->log_probs) {
        s.pool = (struct heed_hypotheses){.B = s.cap, .N = s.width};
        heed_book_make(&s.pool, deal->e, deal->x, o, true, STEPS);
        s.book = &s.pool;
    }
    take_room(&s, lane);
    int status = run(&s, lane, deal);
    heed_hypotheses_release(&s.pool);
    *work = s.work;
    return status;
}
