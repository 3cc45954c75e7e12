/* pairs_source.c: pairs that are read as batches, and what becomes of them: see pairs.h. */
#include <stdlib.h>
#include <string.h>

#include "data/final.h"
#include "data/pairs.h"

static const char *name_corpus(const void *o, size_t i)
{
    return heed_pairs_corpus(o, i);
}

int heed_pairs_source(struct heed_pairs *p, const struct heed_pairs_options *o, int64_t rows,
                      int64_t tokens, double vary_final, uint64_t seed, struct heed_err *err)
{
    if (p->stream.batches)
        return 0;
    if (heed_shares_settle(&p->shares, name_corpus, o, err))
        return -1;
    p->vary_final = heed_final_vary(&p->dataset, vary_final);
    if (p->windows.n)
        return heed_windows_source(&p->windows, rows, tokens, p->vary_final, seed, &p->source, err);
    if (p->live.corpus)
        heed_live_source(&p->live, &p->dataset, &p->filter, rows, tokens, p->vary_final, seed,
                         &p->source);
    else
        heed_dataset_source_init(&p->dataset_source, &p->dataset, rows, tokens, p->vary_final, seed,
                                 &p->source);
    if (p->shares.n)
        heed_dataset_source_share(&p->dataset_source, &p->shares, &p->source);
    return 0;
}

struct heed_pairs_size heed_pairs_size(const struct heed_pairs *p)
{
    const struct heed_windows *w = &p->windows;
    const struct heed_dataset *d = &p->dataset;
    return w->n ? (struct heed_pairs_size){w->n_pairs, w->n_src, w->n_tgt}
                : (struct heed_pairs_size){d->n, d->n_src, d->n_tgt};
}

bool heed_pairs_seen(const struct heed_pairs *p)
{
    return !p->windows.n && !p->live.corpus && !p->shares.n;
}

#define GROWTH_PAIRS 2000

/* How many tokens other cuts have for each that pairs have as they are: by some of those that are there. */
static double growth(struct heed_cuts cuts[2], const struct heed_dataset *d)
{
    size_t n_pairs = HEED_MIN(d->n, (size_t)GROWTH_PAIRS), before = 0, after = 0;
    int32_t *out = NULL;
    for (size_t k = 0; k < n_pairs; k++) {
        size_t i = k * d->n / n_pairs;
        const int32_t *ids[] = {d->src + d->src_at[i], d->tgt + d->tgt_at[i]};
        size_t n[] = {(size_t)(d->src_at[i + 1] - d->src_at[i]),
                      (size_t)(d->tgt_at[i + 1] - d->tgt_at[i])};
        for (int side = 0; side < 2; side++) {
            out = heed_xrealloc(out, heed_cuts_most(&cuts[side], ids[side], n[side]) + 1,
                                sizeof *out);
            before += n[side];
            after += heed_cuts_draw(&cuts[side], ids[side], n[side], i, out);
        }
    }
    free(out);
    return before ? (double)after / (double)before : 1;
}

static int cut_anew(struct heed_pairs *p, double alpha, const struct heed_sides *sides,
                    struct heed_err *err)
{
    if (heed_cuts_open(&p->cuts[0], &sides->src, alpha, err) ||
        heed_cuts_open(&p->cuts[1], &sides->tgt, alpha, err))
        return -1;
    p->dataset_source.batcher.cuts = p->cuts;
    p->windows.batcher.cuts = p->cuts;
    p->live.batcher.cuts = p->cuts;
    p->source.tokens_per_epoch *= growth(p->cuts, &p->dataset);
    return 0;
}

int heed_pairs_begin(struct heed_pairs *p, double subword_sampling, const struct heed_sides *sides,
                     struct heed_err *err)
{
    p->live.sides = sides;
    if (subword_sampling > 0 && !p->stream.batches && cut_anew(p, subword_sampling, sides, err))
        return -1;
    if (!p->windows.n)
        return 0;
    heed_corpus_release(&p->corpus);
    heed_dataset_release(&p->dataset);
    heed_corpus_init(&p->corpus);
    return 0;
}

void heed_pairs_release(struct heed_pairs *p)
{
    heed_corpus_release(&p->corpus);
    heed_corpus_release(&p->dev);
    heed_dataset_release(&p->dataset);
    heed_dataset_source_release(&p->dataset_source);
    heed_windows_release(&p->windows);
    heed_live_close(&p->live);
    heed_pair_stream_close(&p->stream);
    heed_tagging_release(&p->tagging);
    for (int i = 0; i < 2; i++) {
        heed_str_release(&p->why[i]);
        heed_altered_release(&p->altered[i]);
        heed_cuts_release(&p->cuts[i]);
    }
    *p = (struct heed_pairs){0};
}
