/* sample.c: tokens drawn by chance: see live.h.
 *
 * Probabilities to the power of 1 / temperature; of these the top_k likeliest, of them the fewest that have the share
 * top_p of what all of them have (nucleus: Holtzman et al. 2020), in proportion. The number that decides is a
 * function of seed, key of the source, sample and step: it is the same however the work is cut. Log
 * probabilities that are told are the model's own. */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "search/live.h"
#include "tensor/vec.h"

/* In [0, 1). */
static double chance(const struct heed_search *s, const struct heed_live *l, int32_t slot)
{
    uint64_t key = s->o->keys ? s->o->keys[l->source] : heed_search_key(l->source, 0);
    return (double)(heed_counter_key(s->o->sample.seed, key, 1, (uint64_t)slot, (uint64_t)l->t) >>
                    11) *
           0x1p-53;
}

/* Log probabilities to what tokens weigh, 1 the likeliest; false: none may be drawn. */
static bool weigh(const struct heed_search *s, const float *logits, float *weights)
{
    const struct heed_vec *vec = heed_vec();
    size_t K = (size_t)s->scorer.K;
    float most = vec->max(K, logits), scale = (float)(1 / s->o->sample.temperature);
    if (!(most > -INFINITY))
        return false;
    for (size_t i = 0; i < K; i++)
        weights[i] = logits[i] - most;
    vec->scale(K, scale, 0, weights, weights);
    vec->exp(K, weights, weights);
    for (size_t i = 0; i < K; i++)
        weights[i] = logits[i] > -INFINITY ? weights[i] : 0; /* not the least that exp gives */
    return true;
}

/* The likeliest first, the earlier of equals. */
static int compare(const void *a, const void *b)
{
    const struct heed_weighed *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Those that may be drawn, in s->order, the likeliest first; what they weigh in all. Few are found by a scan,
 * and where these are not enough all are sorted. */
#define FEW HEED_BEAM_MAX
static int64_t nucleus(const struct heed_search *s, const float *weights, double *sum)
{
    const struct heed_sampling *o = &s->o->sample;
    int64_t K = s->scorer.K, n = o->top_k ? HEED_MIN(o->top_k, K) : K, have;
    int32_t at[FEW];
    double all = 0;
    if (n <= FEW)
        heed_kernels()->tops((size_t)K, weights, s->tops);
    have = n > FEW ? K : heed_top(weights, s->tops, K, (int32_t)n, at);
    for (int64_t i = 0; i < have; i++) {
        int32_t place = n > FEW ? (int32_t)i : at[i];
        s->order[i] = (struct heed_weighed){weights[place], place};
    }
    if (n > FEW)
        qsort(s->order, (size_t)K, sizeof *s->order, compare);
    n = HEED_MIN(n, have);
    for (int64_t i = 0; i < n; i++)
        all += (double)s->order[i].weight;
    *sum = 0;
    for (have = 0; have < n && (have == 0 || *sum < o->top_p * all); have++)
        *sum += (double)s->order[have].weight;
    return have;
}

/* The place of the token that u falls on. */
static int32_t pick(const struct heed_search *s, const float *weights, double u)
{
    const struct heed_sampling *o = &s->o->sample;
    double sum = 0, before = 0;
    int64_t K = s->scorer.K, last = 0, n = K;
    bool sorted = o->top_k || o->top_p < 1;
    if (sorted)
        n = nucleus(s, weights, &sum);
    for (int64_t i = 0; i < K && !sorted; i++)
        sum += (double)weights[i];
    for (int64_t i = 0; i < n; i++) {
        double weight = (double)(sorted ? s->order[i].weight : weights[i]);
        before += weight;
        if (weight > 0)
            last = i;
        if (weight > 0 && before > u * sum)
            break;
    }
    return sorted ? s->order[last].at : (int32_t)last;
}

static struct heed_candidate draw(const struct heed_search *s, const struct heed_live *l,
                                  const struct heed_hyp *hyp, int32_t slot, float *logits)
{
    struct heed_candidate c = {.id = HEED_EOS};
    float end = heed_search_value(s, logits, HEED_EOS);
    if (heed_search_prefixed(s, l, &c.id)) {
        c.log_prob = heed_search_value(s, logits, c.id);
        return c;
    }
    heed_search_ban(s, l, hyp->record, logits);
    bool there = weigh(s, logits, s->scratch);
    while (there) {
        int32_t at = pick(s, s->scratch, chance(s, l, slot));
        c.id = s->scorer.words ? s->scorer.words[at] : at;
        c.log_prob = logits[at];
        if (heed_search_loops(s, l, hyp->record, c.id, logits) == 0)
            break;
        c.looped = true;
        there = weigh(s, logits, s->scratch);
    }
    if (!there || l->t >= l->limit) {
        c.cut = there && c.id != HEED_EOS;
        c.id = HEED_EOS;
        c.log_prob = end;
    }
    return c;
}

/* Samples part at the first step behind the prefix, which has one row for all of them. */
int32_t heed_sample_choose(struct heed_search *s, const struct heed_live *l, float *logits)
{
    const struct heed_hyp *hyps = s->hyps + (int64_t)l->desk * s->width;
    bool parts = l->t == (s->o->wishes ? s->o->wishes[l->source].prefix.n : 0);
    int32_t n = 0;
    for (int32_t i = 0; i < l->n; i++)
        for (int32_t slot = hyps[i].slot; slot < (parts ? s->width : hyps[i].slot + 1); slot++) {
            struct heed_child *c = &s->children[n++];
            *c = (struct heed_child){.parent = i, .slot = slot};
            c->next = draw(s, l, &hyps[i], slot, logits + i * s->scorer.K);
            c->total = s->book->log_prob[hyps[i].record] + c->next.log_prob;
        }
    return n;
}
