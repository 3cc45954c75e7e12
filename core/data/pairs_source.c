/* pairs_source.c: pairs that are read as batches, and what becomes of them: see pairs.h. */
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

void heed_pairs_begin(struct heed_pairs *p, const struct heed_sides *sides)
{
    p->live.sides = sides;
    if (!p->windows.n)
        return;
    heed_corpus_release(&p->corpus);
    heed_dataset_release(&p->dataset);
    heed_corpus_init(&p->corpus);
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
    }
    *p = (struct heed_pairs){0};
}
