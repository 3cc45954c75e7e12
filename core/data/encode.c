/* encode.c: a corpus tokenized and filtered into a dataset. */
#include "data/corpus.h"
#include "data/line.h"

static int take_source(struct heed_line *l, const struct heed_side *side, const struct heed_pair *p,
                       struct heed_err *err)
{
    int status = heed_line_take(l, side, p->src, p->src_len, false, err);
    return status && p->line ? heed_err_prefix(err, "line %u: ", p->line) : status;
}

static int count_source(struct heed_altered *altered, const struct heed_side *side,
                        const struct heed_pair *p, const struct heed_line *l, struct heed_err *err)
{
    size_t n;
    const char *text = heed_pair_source(p, &n);
    return heed_altered_count(altered, side, text, n, &l->tokens, err);
}

int heed_corpus_encode(const struct heed_corpus *c, const struct heed_sides *sides,
                       const struct heed_filter *f, struct heed_dataset *out,
                       struct heed_filter_report *report, struct heed_altered *altered,
                       struct heed_err *err)
{
    struct heed_line src = {0}, tgt = {0};
    struct heed_filter own = *f;
    int status = 0;
    own.src_eos = sides->src_eos;
    *report = (struct heed_filter_report){0};
    for (size_t i = 0; i < c->n && status == 0; i++) {
        const struct heed_pair *p = &c->pairs[i];
        if (c->table)
            heed_line_number(&src, c->table, p->source);
        else
            status = take_source(&src, &sides->src, p, err);
        if (status == 0)
            status = heed_line_take(&tgt, &sides->tgt, p->tgt, p->tgt_len, false, err);
        if (status == 0 && altered && !c->table)
            status = count_source(&altered[0], &sides->src, p, &src, err);
        if (status == 0 && altered)
            status =
                heed_altered_count(&altered[1], &sides->tgt, p->tgt, p->tgt_len, &tgt.tokens, err);
        if (status == 0)
            heed_filter_add(&own,
                            &(struct heed_ids){src.tokens.ids, tgt.tokens.ids, src.tokens.n,
                                               tgt.tokens.n, src.tokens.n_cut || tgt.tokens.n_cut,
                                               (int64_t)i},
                            out, report);
    }
    out->table = c->table ? c->table->rows : NULL;
    heed_line_release(&src);
    heed_line_release(&tgt);
    return status;
}
