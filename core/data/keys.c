/* keys.c: see keys.h. Of 10^7 pairs two different ones have equal hashes with a probability of 3 in a million. */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "data/keys.h"

void heed_keys_add(struct heed_keys *k, uint64_t src, uint64_t tgt, float weight, uint32_t number)
{
    heed_grow(&k->items, k->n, &k->cap, sizeof *k->items);
    k->items[k->n++] = (struct heed_key){src, tgt, weight, number};
}

void heed_keys_release(struct heed_keys *k)
{
    free(k->items);
    *k = (struct heed_keys){0};
}

uint64_t heed_key_of(const char *text, size_t n)
{
    return heed_mix64_bytes(0, text, n);
}

void heed_keys_corpus(struct heed_keys *k, const struct heed_corpus *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct heed_pair *p = &c->pairs[i];
        heed_keys_add(k, heed_key_of(p->src, p->src_len), heed_key_of(p->tgt, p->tgt_len), 1,
                      p->line);
    }
}

/* Of ids; `off` of them before the eos at the end are left off. */
static uint64_t key_of_ids(const int32_t *ids, int64_t n, int64_t off)
{
    bool eos = n > 0 && ids[n - 1] == HEED_EOS;
    return heed_mix64_bytes(eos, ids, sizeof *ids * (size_t)(n - eos - off));
}

double heed_keys_dataset(struct heed_keys *k, const struct heed_dataset *d, double vary)
{
    double n_tokens = 0;
    for (size_t i = 0; i < d->n; i++) {
        const int64_t *s = d->src_at + i, *t = d->tgt_at + i;
        const int32_t *src = d->src + s[0], *tgt = d->tgt + t[0];
        int64_t n_src = s[1] - s[0], n_tgt = t[1] - t[0];
        bool varies = vary > 0 && d->src_final && d->src_final[i] && d->tgt_final[i];
        heed_keys_add(k, key_of_ids(src, n_src, 0), key_of_ids(tgt, n_tgt, 0),
                      (float)(varies ? 1 - vary : 1), (uint32_t)i);
        n_tokens += (double)n_tgt;
        if (!varies)
            continue;
        heed_keys_add(k, key_of_ids(src, n_src, d->src_final[i]),
                      key_of_ids(tgt, n_tgt, d->tgt_final[i]), (float)vary, (uint32_t)i);
        n_tokens -= vary * d->tgt_final[i];
    }
    return n_tokens;
}

static int by_key(const void *left, const void *right)
{
    const struct heed_key *a = left, *b = right;
    if (a->src != b->src)
        return a->src < b->src ? -1 : 1;
    if (a->tgt != b->tgt)
        return a->tgt < b->tgt ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static void first(uint32_t *number, uint32_t other)
{
    *number = *number ? HEED_MIN(*number, other) : other;
}

/* Keys of one source, its targets side by side. */
static void look_at(const struct heed_key *k, size_t n, struct heed_keys_report *r)
{
    double all = 0;
    int64_t n_targets = 0;
    for (size_t i = 0; i < n; i++)
        all += k[i].weight;
    for (size_t i = 0, end; i < n; i = end) {
        double times = 0;
        for (end = i; end < n && k[end].tgt == k[i].tgt; end++)
            times += k[end].weight;
        if (times > 0)
            r->nats -= times * log(times / all);
        r->n_again += (int64_t)(end - i - 1);
        if (end > i + 1)
            first(&r->first_again, k[i + 1].number);
        n_targets++;
    }
    r->n_sources++;
    if (n_targets < 2)
        return;
    r->n_several++;
    r->n_pairs_several += (int64_t)n;
    for (size_t i = 0; i < n; i++)
        first(&r->of_several, k[i].number);
}

void heed_keys_look(struct heed_keys *k, struct heed_keys_report *out)
{
    *out = (struct heed_keys_report){.n = (int64_t)k->n};
    if (k->n)
        qsort(k->items, k->n, sizeof *k->items, by_key);
    for (size_t i = 0, end; i < k->n; i = end) {
        for (end = i; end < k->n && k->items[end].src == k->items[i].src; end++)
            ;
        look_at(k->items + i, end - i, out);
    }
}

void heed_floor_find(const struct heed_dataset *d, double vary, struct heed_floor *out)
{
    struct heed_keys keys = {0};
    struct heed_keys_report r;
    double n_tokens = heed_keys_dataset(&keys, d, vary);
    heed_keys_look(&keys, &r);
    out->a_pair = r.nats / (double)HEED_MAX((size_t)1, d->n);
    out->a_token = r.nats / HEED_MAX(1, n_tokens);
    heed_keys_release(&keys);
}
