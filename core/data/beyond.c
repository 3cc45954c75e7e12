/* beyond.c: see beyond.h. */
#include "data/beyond.h"

#include "data/final.h"

int heed_beyond_begin(struct heed_beyond *b, struct heed_pairs *p,
                      const struct heed_pairs_options *o, const struct heed_sides *sides,
                      bool aside, struct heed_err *err)
{
    *b = (struct heed_beyond){.p = p, .sides = sides, .head = p->corpus};
    heed_corpus_init(&p->corpus);
    if (aside)
        heed_aside_init(&b->aside, &p->dev);
    if (heed_windows_open(&p->windows, o->window, o->spool, o->spool_limit, err))
        return -1;
    if (p->shares.n)
        heed_windows_share(&p->windows, &p->shares);
    return 0;
}

int heed_beyond_take(struct heed_beyond *b, struct heed_err *err)
{
    struct heed_pairs *p = b->p;
    struct heed_filter_report report;
    struct heed_dataset d;
    heed_dataset_init(&d);
    heed_aside_leave_out(&b->aside, &p->corpus);
    int status = heed_corpus_encode(&p->corpus, b->sides, &p->filter, &d, &report, p->altered, err);
    if (status == 0) {
        heed_filter_report_add(&p->report, &report);
        heed_shares_mark(&p->shares, &p->corpus, &d);
        status =
            heed_final_find(&d, b->sides, err) || heed_windows_add(&p->windows, &d, err) ? -1 : 0;
    }
    heed_dataset_release(&d);
    p->corpus.n = 0;
    heed_arena_reset(&p->corpus.text);
    return status;
}

void heed_beyond_end(struct heed_beyond *b)
{
    struct heed_corpus rest;
    if (!b->p)
        return;
    rest = b->p->corpus;
    heed_corpus_take_counts(&b->head, &rest);
    b->p->corpus = b->head;
    heed_corpus_release(&rest);
    heed_aside_release(&b->aside);
    *b = (struct heed_beyond){0};
}
