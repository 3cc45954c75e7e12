/* terms.c: what a target must have in it: see live.h.
 *
 * Dynamic beam allocation (Post & Vilar 2018): to the likeliest words of a hypothesis come the next words of the terms
 * that it lacks; children are banked by how many words of terms they have, and the slots are shared out
 * evenly to the banks that have any, what is left over to the fullest bank, and what that leaves to the likeliest. No
 * hypothesis ends before it has all, but at the limit of length. How much of a term a hypothesis has is seen from what it
 * has said: all of it, or as many of its first words as stand at the end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/live.h"

/* Of a hypothesis with one more token (id; -1: without), the first words of a term at the end. */
static int64_t begun(const struct heed_phrase *p, const int32_t *history, int64_t t, int32_t id)
{
    int64_t more = id >= 0;
    for (int64_t n = HEED_MIN(p->n, t + more); n > 0; n--) {
        if (more && p->ids[n - 1] != id)
            continue;
        if (!memcmp(history + t - (n - more), p->ids, sizeof *p->ids * (size_t)(n - more)))
            return n;
    }
    return 0;
}

static bool has(const struct heed_phrase *p, const int32_t *history, int64_t t)
{
    for (int64_t i = 0; i + p->n <= t; i++)
        if (!memcmp(history + i, p->ids, sizeof *p->ids * (size_t)p->n))
            return true;
    return false;
}

/* Terms that it has, a bit for each. */
static uint64_t all_of(const struct heed_wish *w, const int32_t *history, int64_t t)
{
    uint64_t mask = 0;
    for (int64_t k = 0; k < w->n_terms; k++)
        mask |= (uint64_t)has(&w->terms[k], history, t) << k;
    return mask;
}

static int64_t words_of(const struct heed_wish *w, uint64_t had, const int32_t *history, int64_t t,
                        int32_t id)
{
    int64_t n = 0;
    for (int64_t k = 0; k < w->n_terms; k++)
        n += had >> k & 1 ? w->terms[k].n : begun(&w->terms[k], history, t, id);
    return n;
}

/* Children of hypothesis i, behind the n that there are in s->banked; how many there are then. */
static int32_t add_children(struct heed_search *s, const struct heed_live *l, int32_t i,
                            float *logits, int32_t n)
{
    const struct heed_wish *w = &s->o->wishes[l->source];
    const struct heed_hyp *hyp = &s->hyps[l->desk * s->width + i];
    const int32_t *history = s->book->tgt + (int64_t)hyp->record * s->book->cap;
    struct heed_candidate found[HEED_BEAM_MAX + HEED_TERMS_MAX];
    uint64_t had = all_of(w, history, l->t), every = (1ull << w->n_terms) - 1;
    int32_t wished = 0, have;
    bool free = l->t < l->limit && l->t >= w->prefix.n;

    for (int64_t k = 0; free && k < w->n_terms; k++) {
        const struct heed_phrase *p = &w->terms[k];
        int32_t id = had >> k & 1 ? -1 : p->ids[begun(p, history, l->t, -1)];
        if (id >= 0)
            found[wished++] =
                (struct heed_candidate){.id = id, .log_prob = heed_search_value(s, logits, id)};
    }
    if (wished && heed_search_place(s, HEED_EOS) >= 0)
        logits[heed_search_place(s, HEED_EOS)] = -INFINITY;
    have = wished + heed_search_candidates(s, l, i, logits, s->width, found + wished);
    for (int32_t k = 0; k < have; k++) {
        bool twice = false;
        for (int32_t j = 0; j < k && !twice; j++)
            twice = found[j].id == found[k].id;
        if (twice || (wished && found[k].id == HEED_EOS))
            continue;
        found[k].cut = found[k].cut || (found[k].id == HEED_EOS && had != every);
        s->banked[n++] = (struct heed_banked){
            .child = {.parent = i,
                      .total = s->book->log_prob[hyp->record] + found[k].log_prob,
                      .next = found[k]},
            .words = words_of(w, had, history, l->t, found[k].id)};
    }
    return n;
}

/* More words first, then the likelier, the earlier parent, the smaller id. */
static int compare(const void *a, const void *b)
{
    const struct heed_banked *x = a, *y = b;
    if (x->words != y->words)
        return x->words < y->words ? 1 : -1;
    if (x->child.total != y->child.total)
        return x->child.total < y->child.total ? 1 : -1;
    if (x->child.parent != y->child.parent)
        return x->child.parent < y->child.parent ? -1 : 1;
    return (x->child.next.id > y->child.next.id) - (x->child.next.id < y->child.next.id);
}

/* Marks `room` of n as taken. */
static void share_out(struct heed_banked *all, int32_t n, int32_t room)
{
    int32_t banks = 0, in_bank = 0, left = room;
    for (int32_t i = 0; i < n; i++)
        banks += i == 0 || all[i].words != all[i - 1].words;
    for (int32_t i = 0; i < n; i++) {
        in_bank = i && all[i].words == all[i - 1].words ? in_bank + 1 : 0;
        bool fullest = all[i].words == all[0].words;
        all[i].taken = left > 0 && in_bank < room / banks + (fullest ? room % banks : 0);
        left -= all[i].taken;
    }
    for (; left > 0; left--) {
        int32_t best = -1;
        for (int32_t i = 0; i < n; i++)
            if (!all[i].taken && (best < 0 || all[i].child.total > all[best].child.total))
                best = i;
        if (best < 0)
            return;
        all[best].taken = true;
    }
}

int32_t heed_terms_choose(struct heed_search *s, const struct heed_live *l, float *logits)
{
    int32_t n = 0, room = 0, slot = 0, count = 0;
    for (int32_t i = 0; i < l->n; i++)
        n = add_children(s, l, i, logits + i * s->scorer.K, n);
    for (int32_t k = 0; k < s->width; k++)
        room += !(l->closed >> k & 1);
    qsort(s->banked, (size_t)n, sizeof *s->banked, compare);
    share_out(s->banked, n, room);
    for (int32_t i = 0; i < n; i++) {
        if (!s->banked[i].taken)
            continue;
        while (l->closed >> slot & 1)
            slot++;
        s->children[count] = s->banked[i].child;
        s->children[count++].slot = slot++;
    }
    return count;
}
