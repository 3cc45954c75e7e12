/* cuts.c: see cuts.h. A text is a run of pieces that may be cut otherwise, of some hundred bytes: a longer one goes on in
 * another run from a piece that begins a word. Where a character has no piece of its own, the run stays as it is. */
#include "data/cuts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define RUN_WORDS 200  /* bytes, from which on a new word is in another run */
#define RUN_MOST  1000 /* any piece is */

enum { STREAM_CUTS = 107 }; /* of heed_rng_seed(), beside those of batcher.c, windows.c, shares.c */

/* Of merges a symbol: what stands at a place, and the merge with the next one. Of a lattice a place and the way there. */
struct heed_cut {
    size_t begin, end; /* bytes of the run */
    int32_t id, merged;
    double score; /* of the merge; of all ways to this place, a logarithm */
};

bool heed_cuts_any(const struct heed_side *s)
{
    return s->blob_size && strcmp(s->tokenizer.plugin->name, "tokenizer_sentencepiece") == 0;
}

int heed_cuts_open(struct heed_cuts *c, const struct heed_side *s, double alpha,
                   struct heed_err *err)
{
    *c = (struct heed_cuts){.alpha = alpha};
    if (!heed_cuts_any(s))
        return 0;
    c->vocab = &s->vocab;
    c->score = heed_xcalloc((size_t)s->vocab.n, sizeof *c->score);
    return heed_cuts_scores(c, s->blob, s->blob_size, err);
}

void heed_cuts_release(struct heed_cuts *c)
{
    free(c->score);
    free(c->cuts);
    heed_str_release(&c->run);
    *c = (struct heed_cuts){0};
}

size_t heed_cuts_most(const struct heed_cuts *c, const int32_t *ids, size_t n)
{
    size_t most = n;
    for (size_t i = 0; i < n && c->vocab; i++)
        most += c->vocab->lens[ids[i]];
    return most;
}

/* The piece that these bytes are; -1: none, or one that is not drawn. */
static int32_t piece(const struct heed_cuts *c, size_t begin, size_t end)
{
    if (end - begin > c->longest)
        return -1;
    int32_t id = heed_vocab_find(c->vocab, c->run.data + begin, end - begin);
    return id == HEED_UNK || isnan(c->score[id]) ? -1 : id;
}

static size_t character_end(const struct heed_cuts *c, size_t at)
{
    for (at++; at < c->run.len && (c->run.data[at] & 0xc0) == 0x80; at++)
        ;
    return at;
}

static struct heed_cut *add(struct heed_cuts *c, size_t *n)
{
    heed_grow(&c->cuts, *n, &c->cap_cuts, sizeof *c->cuts);
    return &c->cuts[(*n)++];
}

/* --- merges --- */

static void look(struct heed_cuts *c, size_t i, size_t n)
{
    struct heed_cut *s = &c->cuts[i];
    s->merged = i + 1 < n ? piece(c, s->begin, c->cuts[i + 1].end) : -1;
    s->score = s->merged < 0 ? 0 : (double)c->score[s->merged];
}

/* The merge that comes first, of equal ones the leftmost; n: there is none. */
static size_t first_merge(const struct heed_cuts *c, size_t n)
{
    size_t best = n;
    for (size_t i = 0; i + 1 < n; i++)
        if (c->cuts[i].merged >= 0 && (best == n || c->cuts[i].score > c->cuts[best].score))
            best = i;
    return best;
}

/* Returns the number of symbols; 0: a character has no piece. */
static size_t draw_merges(struct heed_cuts *c, struct heed_rng *rng)
{
    size_t n = 0, best;
    for (size_t at = 0, end; at < c->run.len; at = end) {
        end = character_end(c, at);
        struct heed_cut *s = add(c, &n);
        *s = (struct heed_cut){.begin = at, .end = end, .id = piece(c, at, end)};
        if (s->id < 0)
            return 0;
    }
    for (size_t i = 0; i < n; i++)
        look(c, i, n);
    while ((best = first_merge(c, n)) < n) {
        struct heed_cut *s = &c->cuts[best];
        if (heed_rng_uniform(rng) < c->alpha) {
            s->merged = -1; /* until what stands there is another symbol */
            continue;
        }
        s->id = s->merged;
        s->end = s[1].end;
        memmove(s + 1, s + 2, (n - best - 2) * sizeof *s);
        n--;
        look(c, best, n);
        if (best)
            look(c, best - 1, n);
    }
    return n;
}

/* --- a unigram model --- */

static double add_logs(double a, double b)
{
    double most = HEED_MAX(a, b);
    return isinf(most) ? most : most + log(exp(a - most) + exp(b - most));
}

static double weigh(const struct heed_cuts *c, const struct heed_cut *from, int32_t id)
{
    return from->score + c->alpha * (double)c->score[id];
}

/* Places in the run that a cut may be at, the first is its beginning, with the sum of all ways there. Returns their number. */
static size_t sum_ways(struct heed_cuts *c)
{
    size_t n = 0;
    *add(c, &n) = (struct heed_cut){.id = -1};
    for (size_t at = 0; at < c->run.len;) {
        at = character_end(c, at);
        double sum = -INFINITY;
        for (size_t i = n; i > 0 && at - c->cuts[i - 1].end <= c->longest; i--) {
            int32_t id = piece(c, c->cuts[i - 1].end, at);
            if (id >= 0)
                sum = add_logs(sum, weigh(c, &c->cuts[i - 1], id));
        }
        *add(c, &n) = (struct heed_cut){.begin = at, .end = at, .id = -1, .score = sum};
    }
    return n;
}

/* From the end back: the place before, in proportion to the ways that come by it. Its cut gets the piece. */
static size_t step_back(struct heed_cuts *c, size_t to, struct heed_rng *rng)
{
    const struct heed_cut *end = &c->cuts[to];
    double left = heed_rng_uniform(rng);
    size_t chosen = to;
    for (size_t i = to; i > 0 && left >= 0 && end->end - c->cuts[i - 1].end <= c->longest; i--) {
        int32_t id = piece(c, c->cuts[i - 1].end, end->end);
        if (id < 0)
            continue;
        double share = exp(weigh(c, &c->cuts[i - 1], id) - end->score);
        if (!(share > 0))
            continue;
        left -= share;
        chosen = i - 1;
        c->cuts[to].id = id;
    }
    return chosen;
}

/* Cuts with pieces are put together at the front. */
static size_t draw_way(struct heed_cuts *c, struct heed_rng *rng)
{
    size_t n = sum_ways(c), k = 0;
    if (isinf(c->cuts[n - 1].score))
        return 0;
    for (size_t to = n - 1; to > 0;) {
        size_t before = step_back(c, to, rng);
        for (size_t i = before + 1; i < to; i++)
            c->cuts[i].id = -1;
        to = before;
    }
    for (size_t i = 1; i < n; i++)
        if (c->cuts[i].id >= 0)
            c->cuts[k++] = c->cuts[i];
    return k;
}

/* --- all together --- */

static bool stays(const struct heed_cuts *c, int32_t id)
{
    return isnan(c->score[id]);
}

static bool begins_word(const struct heed_vocab *v, int32_t id)
{
    return v->lens[id] >= 3 && memcmp(v->pieces[id], "\xe2\x96\x81", 3) == 0;
}

/* How many of the n ids are one run. */
static size_t gather(struct heed_cuts *c, const int32_t *ids, size_t n)
{
    size_t i = 0;
    heed_str_clear(&c->run);
    for (; i < n && !stays(c, ids[i]); i++) {
        if (c->run.len >= RUN_MOST || (c->run.len >= RUN_WORDS && begins_word(c->vocab, ids[i])))
            break;
        heed_str_add(&c->run, c->vocab->pieces[ids[i]], c->vocab->lens[ids[i]]);
    }
    return i;
}

size_t heed_cuts_draw(struct heed_cuts *c, const int32_t *ids, size_t n, uint64_t key, int32_t *out)
{
    struct heed_rng rng;
    size_t n_out = 0;
    heed_rng_seed(&rng, key, STREAM_CUTS);
    for (size_t i = 0; i < n;) {
        size_t taken = c->vocab ? gather(c, ids + i, n - i) : 0, made = 0;
        if (taken)
            made = c->merges ? draw_merges(c, &rng) : draw_way(c, &rng);
        for (size_t k = 0; k < made; k++)
            out[n_out++] = c->cuts[k].id;
        taken = HEED_MAX(taken, 1);
        for (size_t k = 0; k < taken && !made; k++)
            out[n_out++] = ids[i + k];
        i += taken;
    }
    return n_out;
}
