/* encode.c: a corpus tokenized and filtered into a dataset. */
#include "data/corpus.h"

int heed_corpus_encode(const struct heed_corpus *c, const struct heed_sides *sides,
                       const struct heed_filter *f, struct heed_dataset *out,
                       struct heed_filter_report *report, struct heed_err *err)
{
    struct heed_tokens src = {0}, tgt = {0};
    struct heed_filter own = *f;
    int status = 0;
    own.src_eos = sides->src_eos;
    *report = (struct heed_filter_report){0};
    for (size_t i = 0; i < c->n && status == 0; i++) {
        const struct heed_pair *p = &c->pairs[i];
        status = heed_side_encode(&sides->src, p->src, p->src_len, &src, err);
        if (status == 0)
            status = heed_side_encode(&sides->tgt, p->tgt, p->tgt_len, &tgt, err);
        if (status == 0)
            heed_filter_add(&own,
                            &(struct heed_ids){src.ids, tgt.ids, src.n, tgt.n,
                                               src.n_cut || tgt.n_cut, (int64_t)i},
                            out, report);
    }
    heed_tokens_release(&src);
    heed_tokens_release(&tgt);
    return status;
}
