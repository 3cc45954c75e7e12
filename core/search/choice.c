/* choice.c: what a row may say next, best first: see live.h.
 *
 * A row of logits is 32 KB for 8,000 words, so passes over it count. The first one finds the largest of each block, and
 * whether all are numbers; the second sums exponentials. Then few blocks are looked into, and log
 * probabilities are of those that are chosen alone. */
#include <math.h>
#include <string.h>

#include "search/live.h"
#include "tensor/vec.h"

/* Puts place i where it belongs among the best; how many there are then. */
static int32_t insert(const float *x, int32_t *at, int32_t have, int32_t most, int32_t i)
{
    int32_t j = HEED_MIN(have, most - 1);
    for (; j > 0 && x[at[j - 1]] < x[i]; j--)
        at[j] = at[j - 1];
    at[j] = i;
    return HEED_MIN(have + 1, most);
}

int32_t heed_top(const float *x, const float *tops, int64_t n, int32_t most, int32_t *at)
{
    float limit = -INFINITY;
    int32_t have = 0;
    for (int64_t from = 0; from < n; from += HEED_TOPS) {
        if (!(tops[from / HEED_TOPS] > limit))
            continue;
        for (int64_t i = from; i < HEED_MIN(n, from + HEED_TOPS); i++) {
            if (!(x[i] > limit))
                continue;
            have = insert(x, at, have, most, (int32_t)i);
            limit = have == most ? x[at[most - 1]] : -INFINITY;
        }
    }
    return have;
}

int64_t heed_search_place(const struct heed_search *s, int32_t id)
{
    const int32_t *words = s->scorer.words;
    int64_t low = 0, high = s->scorer.K;
    if (!words)
        return id;
    while (low < high) {
        int64_t mid = low + (high - low) / 2;
        if (words[mid] < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < s->scorer.K && words[low] == id ? low : -1;
}

float heed_search_value(const struct heed_search *s, const float *logits, int32_t id)
{
    int64_t i = heed_search_place(s, id);
    return i < 0 ? -INFINITY : logits[i];
}

static void ban(const struct heed_search *s, float *logits, int32_t id)
{
    int64_t i = heed_search_place(s, id);
    if (i >= 0)
        logits[i] = -INFINITY;
}

/* Of a shortlist the sum runs over what the row's own source allows, which does not depend on the other
 * sources of the batch. */
void heed_search_log_probs(const struct heed_search *s, float *logits)
{
    heed_log_probs(logits, s->scorer.K, s->scorer.words != NULL, s->scratch);
}

void heed_search_room(struct heed_search *s, struct heed_arena *a, int64_t V)
{
    s->scratch = heed_new(a, float, V);
    s->n_tops = (V + HEED_TOPS - 1) / HEED_TOPS;
    s->tops = heed_new(a, float, s->n_tops * s->width);
    s->norms = heed_new(a, struct heed_norm, s->width);
}

bool heed_search_look(const struct heed_search *s, int32_t i, float *logits, bool all)
{
    const struct heed_kernels *k = heed_kernels();
    size_t K = (size_t)s->scorer.K;
    float *tops = s->tops + i * s->n_tops, top = k->tops(K, logits, tops);
    s->norms[i] = (struct heed_norm){0, 0};
    if (isnan(top) || !s->scored)
        return !isnan(top);
    if (all || s->scorer.words) {
        heed_search_log_probs(s, logits);
        k->tops(K, logits, tops);
    } else if (top > -INFINITY) {
        s->norms[i] = (struct heed_norm){top, (float)log((double)k->exp_sum(K, top, logits))};
    }
    return true;
}

float heed_search_log_prob(const struct heed_search *s, int32_t i, float logit)
{
    return (logit - s->norms[i].shift) - s->norms[i].log_sum;
}

/* The last word of a phrase whose other words stand at the end. */
static void ban_phrase(const struct heed_search *s, const struct heed_live *l,
                       const int32_t *history, const struct heed_phrase *p, float *logits)
{
    if (p->n < 1 || p->n - 1 > l->t)
        return;
    if (!memcmp(history + l->t - (p->n - 1), p->ids, sizeof *p->ids * (size_t)(p->n - 1)))
        ban(s, logits, p->ids[p->n - 1]);
}

void heed_search_ban(const struct heed_search *s, const struct heed_live *l, int32_t record,
                     float *logits)
{
    const int32_t *history = s->book->tgt + record * s->book->cap;
    ban(s, logits, HEED_PAD);
    ban(s, logits, HEED_BOS);
    if (l->t < l->least)
        ban(s, logits, HEED_EOS);
    for (int64_t i = 0; i < s->o->n_forbidden; i++)
        ban_phrase(s, l, history, &s->o->forbidden[i], logits);
}

int64_t heed_search_loops(const struct heed_search *s, const struct heed_live *l, int32_t record,
                          int32_t id, float *logits)
{
    const int32_t *history = s->book->tgt + record * s->book->cap;
    int64_t block = s->o->loops ? 0 : heed_loop_block(&l->loop, s->e->tgt_kinds, history, l->t, id);
    for (int64_t k = l->t - block; k < l->t; k++)
        ban(s, logits, history[k]);
    return block;
}

bool heed_search_prefixed(const struct heed_search *s, const struct heed_live *l, int32_t *id)
{
    const struct heed_wish *wish = s->o->wishes ? &s->o->wishes[l->source] : NULL;
    if (!wish || l->t >= wish->prefix.n)
        return false;
    *id = wish->prefix.ids[l->t];
    return true;
}

static int32_t record_of(const struct heed_search *s, const struct heed_live *l, int32_t hyp)
{
    return s->hyps[(int64_t)l->desk * s->width + hyp].record;
}

/* The best that go on with no loop, nor with what went round in one; from *clean on they stand where the
 * guard took one away. */
static int32_t loopless(const struct heed_search *s, const struct heed_live *l, int32_t hyp,
                        float *logits, int32_t most, int32_t *at, int32_t *clean)
{
    const int32_t *words = s->scorer.words;
    const float *tops = s->tops + hyp * s->n_tops;
    int32_t record = record_of(s, l, hyp);
    *clean = most;
    for (;;) {
        int32_t n = heed_top(logits, tops, s->scorer.K, most, at), i = 0;
        int64_t block = 0;
        for (; i < n && block == 0; i++)
            block = heed_search_loops(s, l, record, words ? words[at[i]] : at[i], logits);
        if (block == 0)
            return n;
        *clean = HEED_MIN(*clean, i - 1);
    }
}

int32_t heed_search_candidates(const struct heed_search *s, const struct heed_live *l, int32_t hyp,
                               float *logits, int32_t most, struct heed_candidate *out)
{
    int32_t at[HEED_BEAM_MAX], clean, id;
    bool cut = l->t >= l->limit;
    float end = heed_search_value(s, logits, HEED_EOS);
    if (heed_search_prefixed(s, l, &id)) {
        float value = heed_search_value(s, logits, id);
        out[0] = (struct heed_candidate){.id = id, .log_prob = heed_search_log_prob(s, hyp, value)};
        return 1;
    }
    heed_search_ban(s, l, record_of(s, l, hyp), logits);
    int32_t n = loopless(s, l, hyp, logits, cut ? 1 : most, at, &clean);
    for (int32_t i = 0; i < n; i++)
        out[i] = (struct heed_candidate){
            .id = s->scorer.words ? s->scorer.words[at[i]] : at[i],
            .log_prob = heed_search_log_prob(s, hyp, logits[at[i]]),
            .looped = i >= clean,
        };
    if (n && !cut)
        return n;
    out[0] = (struct heed_candidate){
        .id = HEED_EOS,
        .log_prob = heed_search_log_prob(s, hyp, end),
        .looped = clean == 0,
        .cut = n > 0 && out[0].id != HEED_EOS,
    };
    return 1;
}
