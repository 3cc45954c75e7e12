/* health.c: see health.h. */
#include <stdlib.h>
#include <string.h>

#include "data/health.h"
#include "data/tongue.h"

const int heed_health_percents[HEED_HEALTH_LENGTHS] = {5, 50, 95, 99, 100};

static void found(struct heed_finding *f, int64_t line)
{
    if (f->n++ == 0)
        f->line = line;
}

/* --- leaks --- */

static int by_source(const void *left, const void *right)
{
    const struct heed_key *a = left, *b = right;
    return a->src != b->src ? (a->src < b->src ? -1 : 1) : 0;
}

/* Marks by a weight of 2 whose source is trained on, by 3 what is as a pair. */
static void mark(struct heed_keys *keys, const struct heed_pair *p)
{
    struct heed_key want = {.src = heed_key_of(p->src, p->src_len)}, *k;
    k = bsearch(&want, keys->items, keys->n, sizeof want, by_source);
    if (!k)
        return;
    while (k > keys->items && k[-1].src == want.src)
        k--;
    want.tgt = heed_key_of(p->tgt, p->tgt_len);
    for (; k < keys->items + keys->n && k->src == want.src; k++)
        k->weight = HEED_MAX(k->weight, k->tgt == want.tgt ? 3 : 2);
}

static void leak(struct heed_finding *f, int64_t line)
{
    f->line = f->n++ ? HEED_MIN(f->line, line) : line;
}

void heed_health_leaks(const struct heed_corpus *train, const struct heed_corpus *other,
                       struct heed_leaks *out)
{
    struct heed_keys keys = {0};
    *out = (struct heed_leaks){.pairs.of = (int64_t)other->n, .sources.of = (int64_t)other->n};
    heed_keys_corpus(&keys, other);
    if (keys.n)
        qsort(keys.items, keys.n, sizeof *keys.items, by_source);
    for (size_t i = 0; keys.n && i < train->n; i++)
        mark(&keys, &train->pairs[i]);
    for (size_t i = 0; i < keys.n; i++) {
        if (keys.items[i].weight > 2)
            leak(&out->pairs, keys.items[i].number);
        if (keys.items[i].weight > 1)
            leak(&out->sources, keys.items[i].number);
    }
    heed_keys_release(&keys);
}

/* --- lines --- */

static void copies(const struct heed_corpus *c, struct heed_finding *out)
{
    *out = (struct heed_finding){0};
    for (size_t i = 0; i < c->n; i++) {
        const struct heed_pair *p = &c->pairs[i];
        size_t n;
        const char *src = heed_pair_source(p, &n);
        if (heed_text_wordless(src, n))
            continue;
        out->of++;
        if (n == p->tgt_len && memcmp(src, p->tgt, n) == 0)
            found(out, p->line);
    }
}

static bool names_sound(const char *src, size_t n)
{
    static const char *const ends[] = {".wav", ".flac", ".ogg", ".mp3", ".opus"};
    for (size_t i = 0; i < HEED_COUNT(ends); i++) {
        size_t size = strlen(ends[i]);
        if (n > size && memcmp(src + n - size, ends[i], size) == 0)
            return true;
    }
    return false;
}

static void files(const struct heed_corpus *c, struct heed_finding *out)
{
    *out = (struct heed_finding){.of = (int64_t)c->n};
    for (size_t i = 0; i < c->n; i++) {
        size_t n;
        const char *src = heed_pair_source(&c->pairs[i], &n);
        if (names_sound(src, n))
            found(out, c->pairs[i].line);
    }
}

/* Two languages that are told apart: all but a tenth of the lines that say something are surely their own side's. */
#define APART 0.9

static void judge(struct heed_tongue *t, const struct heed_corpus *c, int side,
                  struct heed_finding *out)
{
    struct heed_finding script = {0};
    int64_t n_own = 0, n_said = 0;
    *out = (struct heed_finding){.of = (int64_t)c->n};
    for (size_t i = 0; i < c->n; i++) {
        const struct heed_pair *p = &c->pairs[i];
        bool other;
        size_t n = p->tgt_len;
        const char *text = side ? p->tgt : heed_pair_source(p, &n);
        enum heed_tongue_says says = heed_tongue_judge(t, side, text, n, &other);
        n_said += says != HEED_TONGUE_SHORT;
        n_own += says == HEED_TONGUE_OWN;
        if (says == HEED_TONGUE_OTHER)
            found(out, p->line);
        if (other)
            found(&script, p->line);
    }
    if ((double)n_own < APART * (double)n_said) {
        out->n = script.n;
        out->line = script.line;
    }
}

static void languages(const struct heed_corpus *c, struct heed_finding out[2])
{
    struct heed_tongue t;
    heed_tongue_init(&t);
    for (size_t i = 0; i < c->n; i++) {
        size_t n;
        const char *src = heed_pair_source(&c->pairs[i], &n);
        heed_tongue_learn(&t, 0, src, n);
        heed_tongue_learn(&t, 1, c->pairs[i].tgt, c->pairs[i].tgt_len);
    }
    for (int side = 0; side < 2; side++)
        judge(&t, c, side, &out[side]);
    heed_tongue_release(&t);
}

/* --- all together --- */

void heed_health_look(const struct heed_pairs *p, struct heed_health *out)
{
    struct heed_keys keys = {0};
    *out = (struct heed_health){0};
    if (p->corpus.n)
        heed_keys_corpus(&keys, &p->corpus);
    else
        heed_keys_dataset(&keys, &p->dataset, 0);
    heed_keys_look(&keys, &out->pairs);
    heed_keys_release(&keys);
    heed_floor_find(&p->dataset, p->vary_final, &out->floor);
    copies(&p->corpus, &out->copied);
    languages(&p->corpus, out->foreign);
    files(&p->corpus, &out->files);
    heed_health_leaks(&p->corpus, &p->dev, &out->dev);
}

static int by_size(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

void heed_health_lengths(const struct heed_dataset *d, bool target,
                         int64_t out[HEED_HEALTH_LENGTHS])
{
    const int64_t *at = target ? d->tgt_at : d->src_at;
    const int32_t *ids = target ? d->tgt : d->src;
    int64_t *lengths = heed_xcalloc(d->n + 1, sizeof *lengths);
    for (size_t i = 0; i < d->n; i++) {
        int64_t n = at[i + 1] - at[i];
        lengths[i] = n - (n > 0 && ids[at[i + 1] - 1] == HEED_EOS);
    }
    qsort(lengths, d->n, sizeof *lengths, by_size);
    for (int i = 0; i < HEED_HEALTH_LENGTHS; i++)
        out[i] = lengths[(HEED_MAX(d->n, (size_t)1) - 1) * (size_t)heed_health_percents[i] / 100];
    free(lengths);
}
