/* beam.c: the slots of a source: see live.h.
 *
 * Each open slot in turn, from the first on, takes the likeliest child that the hypotheses of this slot and of
 * those before it still have (monotone beam search, after Lemons et al. 2022). So what slots 0 … k-1 hold does
 * not depend on how many come behind them:
 *
 *     slot 0 alone is greedy search;
 *     a beam of k finds all that a narrower one finds, and its best never scores less.
 *
 * A beam that takes the best of all children has neither: it may lose the way of a narrower one. Of equal
 * children the one of the earlier slot is taken, of one parent's the likelier, then the smaller id. A slot whose
 * hypothesis ends is closed; its score competes with those that come. */
#include <math.h>

#include "search/live.h"
#include "search/rank.h"

static bool is_open(const struct heed_live *l, int32_t slot)
{
    return !(l->closed >> slot & 1);
}

static int32_t open_from(const struct heed_search *s, const struct heed_live *l, int32_t slot)
{
    int32_t n = 0;
    for (int32_t k = slot; k < s->width; k++)
        n += is_open(l, k);
    return n;
}

int32_t heed_beam_choose(struct heed_search *s, const struct heed_live *l, float *logits)
{
    const struct heed_hyp *hyps = s->hyps + (int64_t)l->desk * s->width;
    int32_t have[HEED_BEAM_MAX], used[HEED_BEAM_MAX], n = 0;
    float before[HEED_BEAM_MAX];

    for (int32_t i = 0; i < l->n; i++) {
        used[i] = 0;
        before[i] = s->scored ? s->book->log_prob[hyps[i].record] : 0;
        have[i] =
            heed_search_candidates(s, l, i, logits + i * s->scorer.K, open_from(s, l, hyps[i].slot),
                                   s->candidates + i * s->width);
    }
    for (int32_t slot = 0; slot < s->width; slot++) {
        struct heed_child child = {.parent = -1, .slot = slot};
        for (int32_t i = 0; i < l->n && hyps[i].slot <= slot && is_open(l, slot); i++) {
            const struct heed_candidate *next = s->candidates + i * s->width + used[i];
            if (used[i] == have[i])
                continue;
            float total = before[i] + next->log_prob;
            if (child.parent >= 0 && !(total > child.total))
                continue;
            child.parent = i;
            child.total = total;
            child.next = *next;
        }
        if (child.parent < 0)
            continue;
        used[child.parent]++;
        s->children[n++] = child;
    }
    return n;
}

/* The score that a hypothesis must have to be handed out; -inf: any is. */
static float least_wanted(const struct heed_search *s, const struct heed_live *l)
{
    const struct heed_hyp *done = s->done + (int64_t)l->desk * s->width;
    int32_t better;
    if (l->n_done < s->wanted)
        return -INFINITY;
    for (int32_t i = 0; i < l->n_done; i++) { /* the one that wanted - 1 others are no worse than */
        better = 0;
        for (int32_t j = 0; j < l->n_done; j++)
            better += s->book->score[done[j].record] > s->book->score[done[i].record] ||
                      (s->book->score[done[j].record] == s->book->score[done[i].record] && j < i);
        if (better == s->wanted - 1)
            return s->book->score[done[i].record];
    }
    return -INFINITY;
}

/* From the last slot on: one before it that goes on may have children that end in a slot behind. */
void heed_beam_prune(const struct heed_search *s, struct heed_live *l)
{
    struct heed_hyp *hyps = s->hyps + (int64_t)l->desk * s->width;
    float least = l->n ? least_wanted(s, l) : 0;
    for (int32_t slot = s->width - 1; slot >= 0 && l->n > 0; slot--) {
        const struct heed_hyp *last = &hyps[l->n - 1];
        if (!is_open(l, slot))
            continue;
        if (last->slot != slot ||
            !(heed_rank_bound(&s->o->rank, s->book->log_prob[last->record], l->limit + 1) < least))
            return;
        heed_book_drop(l, s, last->record);
        l->closed |= 1ull << slot;
        l->n--;
    }
}
