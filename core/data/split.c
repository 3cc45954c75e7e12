/* split.c: the automatic dev split. */
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "data/corpus.h"

/* --- dev split --- */

/* Pairs of one source get one key, so they go together; the key does not depend on their place. */
struct source {
    uint64_t key;
    size_t pair;
    const struct heed_pair *text;
};

static int same_text(const struct heed_pair *a, const struct heed_pair *b)
{
    if (a->src_len != b->src_len)
        return a->src_len < b->src_len ? -1 : 1;
    return memcmp(a->src, b->src, a->src_len);
}

static int by_key(const void *left, const void *right)
{
    const struct source *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    int order = same_text(a->text, b->text);
    if (order)
        return order;
    return a->pair < b->pair ? -1 : 1;
}

/* Marks the pairs of whole sources, lowest keys first, until the share or max_pairs is reached. */
static size_t choose(const struct source *s, size_t n, double share, int64_t max_pairs,
                     char *chosen)
{
    size_t n_sources = 0, n_taken = 0, n_pairs = 0;
    for (size_t i = 0; i < n; i++)
        n_sources += i == 0 || same_text(s[i - 1].text, s[i].text);
    size_t want = (size_t)(share * (double)n_sources + 0.5);
    want = n_sources < 2 ? 0 : HEED_MIN(HEED_MAX(want, 1u), n_sources - 1);
    for (size_t i = 0; i < n && n_taken < want;) {
        size_t end = i + 1;
        while (end < n && !same_text(s[i].text, s[end].text))
            end++;
        if (n_taken && n_pairs + (end - i) > (size_t)max_pairs)
            break;
        for (size_t k = i; k < end; k++)
            chosen[s[k].pair] = 1;
        n_pairs += end - i;
        n_taken++;
        i = end;
    }
    return n_pairs;
}

void heed_corpus_split(struct heed_corpus *c, struct heed_corpus *dev, double share,
                       int64_t max_pairs, uint64_t seed)
{
    struct source *s = heed_xcalloc(c->n + 1, sizeof(*s));
    char *chosen = heed_xcalloc(c->n + 1, 1);
    for (size_t i = 0; i < c->n; i++)
        s[i] = (struct source){heed_mix64_bytes(seed, c->pairs[i].src, c->pairs[i].src_len), i,
                               &c->pairs[i]};
    qsort(s, c->n, sizeof(*s), by_key);
    if (share > 0 && max_pairs > 0)
        choose(s, c->n, share, max_pairs, chosen);
    free(s);
    size_t kept = 0;
    heed_sha256_init(&c->hash);
    for (size_t i = 0; i < c->n; i++) {
        struct heed_pair p = c->pairs[i];
        if (chosen[i]) {
            heed_corpus_add(dev, p.src, p.src_len, p.tgt, p.tgt_len);
            dev->pairs[dev->n - 1].line = p.line;
            dev->pairs[dev->n - 1].source = p.source;
            dev->pairs[dev->n - 1].group = p.group;
            dev->pairs[dev->n - 1].list = p.list;
            continue;
        }
        heed_sha256_add(&c->hash, p.src, p.src_len);
        heed_sha256_add(&c->hash, "\t", 1);
        heed_sha256_add(&c->hash, p.tgt, p.tgt_len);
        heed_sha256_add(&c->hash, "\n", 1);
        c->pairs[kept++] = p;
    }
    c->n = kept;
    free(chosen);
    heed_corpus_sum(c);
    heed_corpus_sum(dev);
}
