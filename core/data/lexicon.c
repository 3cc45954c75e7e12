/* lexicon.c: a shortlist is learnt: IBM model 1 by EM over pairs of ids, see shortlist.h.
 *
 * t(f|e) has a place for each pair of words that stand in one pair of lines, in an open-addressing table. A pair of
 * lines looks its places up once a round. All in one order: the same pairs give the same bytes. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "data/shortlist.h"
#include "data/vocab.h"

struct place {
    uint64_t key; /* e, f and 1; 0: empty */
    float t, count;
};

struct lexicon {
    const struct heed_dataset *pairs;
    int32_t n_src, n_tgt; /* source word n_src: the empty one */
    struct place *table;
    size_t n, n_slots;
    float *total;  /* [n_src + 1] counts of e */
    size_t *slots; /* of a pair of lines */
    size_t cap_slots;
    double nats;
};

static uint64_t key_of(int32_t e, int32_t f)
{
    return (uint64_t)(uint32_t)e << 32 | (uint64_t)(uint32_t)f << 1 | 1;
}

static size_t slot_of(const struct lexicon *x, uint64_t key)
{
    size_t mask = x->n_slots - 1, at = heed_mix64(key) & mask;
    while (x->table[at].key && x->table[at].key != key)
        at = (at + 1) & mask;
    return at;
}

static void grow(struct lexicon *x)
{
    struct place *old = x->table;
    size_t n_old = x->n_slots;
    x->n_slots = n_old ? 2 * n_old : 1 << 16;
    x->table = heed_xcalloc(x->n_slots, sizeof *x->table);
    for (size_t i = 0; i < n_old; i++)
        if (old[i].key)
            x->table[slot_of(x, old[i].key)] = old[i];
    free(old);
}

static void meet(struct lexicon *x, int32_t e, int32_t f)
{
    if (2 * x->n >= x->n_slots)
        grow(x);
    struct place *p = &x->table[slot_of(x, key_of(e, f))];
    x->n += p->key == 0;
    *p = (struct place){.key = key_of(e, f), .t = 1 / (float)x->n_tgt};
}

/* Words of a line; what is no word of a text is left out. */
struct words {
    const int32_t *ids;
    int64_t n;
};
static struct words source_of(const struct heed_dataset *d, size_t pair)
{
    return (struct words){d->src + d->src_at[pair], d->src_at[pair + 1] - d->src_at[pair]};
}
static struct words target_of(const struct heed_dataset *d, size_t pair)
{
    return (struct words){d->tgt + d->tgt_at[pair], d->tgt_at[pair + 1] - d->tgt_at[pair]};
}

static void meet_all(struct lexicon *x)
{
    for (size_t i = 0; i < x->pairs->n; i++) {
        struct words src = source_of(x->pairs, i), tgt = target_of(x->pairs, i);
        for (int64_t j = 0; j < tgt.n; j++) {
            meet(x, x->n_src, tgt.ids[j]);
            for (int64_t k = 0; k < src.n; k++)
                meet(x, src.ids[k], tgt.ids[j]);
        }
    }
}

/* What a target word is by each source word, the empty one first, is counted by its share. */
static void count_word(struct lexicon *x, const struct words *src, int32_t f)
{
    float sum = 0;
    for (int64_t k = 0; k <= src->n; k++) {
        x->slots[k] = slot_of(x, key_of(k ? src->ids[k - 1] : x->n_src, f));
        sum += x->table[x->slots[k]].t;
    }
    for (int64_t k = 0; k <= src->n; k++) {
        struct place *p = &x->table[x->slots[k]];
        float share = sum > 0 ? p->t / sum : 0;
        p->count += share;
        x->total[k ? src->ids[k - 1] : x->n_src] += share;
    }
    x->nats -= log((double)sum / (double)(src->n + 1));
}

static void one_round(struct lexicon *x)
{
    x->nats = 0;
    memset(x->total, 0, sizeof *x->total * (size_t)(x->n_src + 1));
    for (size_t i = 0; i < x->pairs->n; i++) {
        struct words src = source_of(x->pairs, i), tgt = target_of(x->pairs, i);
        if ((size_t)src.n + 1 > x->cap_slots) {
            x->cap_slots = 2 * (size_t)src.n + 64;
            x->slots = heed_xrealloc(x->slots, x->cap_slots, sizeof *x->slots);
        }
        for (int64_t j = 0; j < tgt.n; j++)
            count_word(x, &src, tgt.ids[j]);
    }
    for (size_t i = 0; i < x->n_slots; i++) {
        struct place *p = &x->table[i];
        if (!p->key)
            continue;
        float total = x->total[p->key >> 32];
        p->t = total > 0 ? p->count / total : 0;
        p->count = 0;
    }
}

/* --- the best --- */

struct ranked {
    int32_t e, f;
    float t;
};
static int by_source(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->e != y->e)
        return x->e < y->e ? -1 : 1;
    if (x->t < y->t || x->t > y->t)
        return x->t > y->t ? -1 : 1;
    return x->f < y->f ? -1 : x->f > y->f;
}
static int by_id(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

static struct ranked *rank_all(const struct lexicon *x, size_t *n)
{
    struct ranked *all = heed_xcalloc(x->n + 1, sizeof *all);
    *n = 0;
    for (size_t i = 0; i < x->n_slots; i++) {
        const struct place *p = &x->table[i];
        int32_t e = (int32_t)(p->key >> 32), f = (int32_t)((p->key & 0xffffffff) >> 1);
        if (p->key && e < x->n_src && p->t > 0)
            all[(*n)++] = (struct ranked){e, f, p->t};
    }
    qsort(all, *n, sizeof *all, by_source);
    return all;
}

static void take_best(const struct lexicon *x, int64_t best, struct heed_shortlist *l)
{
    size_t n, at = 0;
    int32_t taken = 0;
    struct ranked *all = rank_all(x, &n);
    l->begin = heed_xcalloc((size_t)x->n_src + 1, sizeof *l->begin);
    l->words = heed_xcalloc(n + 1, sizeof *l->words);
    for (int32_t e = 0; e < x->n_src; e++) {
        l->begin[e] = taken;
        for (int64_t i = 0; at < n && all[at].e == e; i++, at++)
            if (i < best)
                l->words[taken++] = all[at].f;
        qsort(l->words + l->begin[e], (size_t)(taken - l->begin[e]), sizeof *l->words, by_id);
    }
    l->begin[x->n_src] = taken;
    free(all);
}

/* The specials, and the words that stand most often in targets. */
static void take_frequent(const struct lexicon *x, int64_t frequent, struct heed_shortlist *l)
{
    struct ranked *all = heed_xcalloc((size_t)x->n_tgt + 1, sizeof *all);
    for (int32_t f = 0; f < x->n_tgt; f++)
        all[f].f = f;
    for (size_t i = 0; i < x->pairs->n_tgt; i++)
        all[x->pairs->tgt[i]].t += 1;
    for (int32_t f = 0; f < HEED_SPECIALS && f < x->n_tgt; f++)
        all[f].t = INFINITY;
    qsort(all, (size_t)x->n_tgt, sizeof *all, by_source);
    l->n_always = (int32_t)HEED_MIN(frequent + HEED_SPECIALS, x->n_tgt);
    l->always = heed_xcalloc((size_t)l->n_always + 1, sizeof *l->always);
    for (int32_t i = 0; i < l->n_always; i++)
        l->always[i] = all[i].f;
    qsort(l->always, (size_t)l->n_always, sizeof *l->always, by_id);
    free(all);
}

static void report_of(const struct lexicon *x, const struct heed_shortlist *l,
                      struct heed_shortlist_report *r)
{
    uint8_t *seen = heed_xcalloc((size_t)x->n_tgt + 1, 1);
    int32_t *words = heed_xcalloc((size_t)x->n_tgt + 1, sizeof *words);
    int64_t outside = 0, sum = 0, n = (int64_t)x->pairs->n, tokens = (int64_t)x->pairs->n_tgt;
    for (size_t i = 0; i < x->pairs->n; i++) {
        struct words src = source_of(x->pairs, i), tgt = target_of(x->pairs, i);
        int32_t listed = heed_shortlist_add(l, src.ids, src.n, seen, words);
        for (int64_t j = 0; j < tgt.n; j++)
            outside += !seen[tgt.ids[j]];
        for (int32_t k = 0; k < listed; k++)
            seen[words[k]] = 0;
        sum += listed;
    }
    r->mean = (double)sum / (double)HEED_MAX(n, 1);
    r->outside = (double)outside / (double)HEED_MAX(tokens, 1);
    r->nats = x->nats / (double)HEED_MAX(tokens, 1);
    free(seen);
    free(words);
}

void heed_shortlist_learn(struct heed_shortlist *l, const struct heed_dataset *pairs, int32_t n_src,
                          int32_t n_tgt, const struct heed_shortlist_options *o,
                          struct heed_shortlist_report *report)
{
    struct lexicon x = {.pairs = pairs, .n_src = n_src, .n_tgt = n_tgt};
    x.total = heed_xcalloc((size_t)n_src + 1, sizeof *x.total);
    grow(&x);
    meet_all(&x);
    for (int64_t i = 0; i < o->rounds; i++)
        one_round(&x);
    *l = (struct heed_shortlist){.n_src = n_src, .n_tgt = n_tgt};
    take_best(&x, o->best, l);
    take_frequent(&x, o->frequent, l);
    report_of(&x, l, report);
    l->mean = (int32_t)lrint(report->mean);
    free(x.table);
    free(x.total);
    free(x.slots);
}
