/* copied.c: see copied.h. */
#include "data/copied.h"

/* The words of a source are marked with the number of the pair that asks. */
struct marks {
    const struct heed_dataset *d;
    const int32_t *target_ids; /* NULL: the same */
    int32_t V;
    int64_t *at; /* [V] */
};

static void mark(struct marks *m, int64_t source, int64_t with)
{
    for (int64_t i = m->d->src_at[source]; i < m->d->src_at[source + 1]; i++) {
        int32_t id = m->target_ids ? m->target_ids[m->d->src[i]] : m->d->src[i];
        if (id < m->V)
            m->at[id] = with;
    }
}

static int64_t n_marked(const struct marks *m, int64_t target, int64_t with, bool unknown)
{
    int64_t n = 0;
    for (int64_t i = m->d->tgt_at[target]; i < m->d->tgt_at[target + 1]; i++) {
        int32_t id = m->d->tgt[i];
        n += id != HEED_EOS && (unknown || id != HEED_UNK) && m->at[id] == with;
    }
    return n;
}

/* The other source is half the data away: neighbours often say nearly the same. An unknown word is that
 * of its own source, where that has one, and of no other. */
void heed_copied_count(const struct heed_dataset *d, const struct heed_sides *sides,
                       struct heed_copied *out)
{
    int32_t *target_ids = heed_sides_target_ids(sides);
    struct marks m = {d, target_ids, sides->tgt.vocab.n, NULL};
    int64_t n = (int64_t)d->n;
    m.at = heed_xcalloc((size_t)m.V, sizeof *m.at);
    *out = (struct heed_copied){0};
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = d->tgt_at[i]; k < d->tgt_at[i + 1]; k++)
            out->n_tokens += d->tgt[k] != HEED_EOS;
        mark(&m, i, 2 * i + 1);
        out->n_own += n_marked(&m, i, 2 * i + 1, true);
        mark(&m, (i + n / 2) % n, 2 * i + 2);
        out->n_other += n_marked(&m, i, 2 * i + 2, false);
    }
    free(m.at);
    free(target_ids);
}

double heed_copied_share(const struct heed_copied *c)
{
    return c->n_tokens ? (double)(c->n_own - c->n_other) / (double)c->n_tokens : 0;
}
