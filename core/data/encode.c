/* encode.c: a corpus tokenized into a dataset, with the length filter and its report. */
#include "data/corpus.h"

/* Whether the filter keeps a pair; counts and truncates. */
static bool passes(const struct heed_length_filter *f, struct heed_tokens *src,
                   struct heed_tokens *tgt, struct heed_dataset_report *r)
{
    size_t max = f->max_len > 0 ? (size_t)f->max_len : SIZE_MAX;
    if (src->n == 0 || tgt->n == 0) {
        r->n_empty++;
        return false;
    }
    if (!f->truncate && (src->n > max || tgt->n > max || src->n_cut || tgt->n_cut)) {
        r->n_too_long++;
        return false;
    }
    src->n = HEED_MIN(src->n, max);
    tgt->n = HEED_MIN(tgt->n, max);
    double longer = (double)HEED_MAX(src->n, tgt->n), shorter = (double)HEED_MIN(src->n, tgt->n);
    if (f->max_ratio > 0 && (longer + 5) / (shorter + 5) > f->max_ratio) {
        r->n_ratio++;
        return false;
    }
    return true;
}

static void count(struct heed_dataset_report *r, const struct heed_tokens *src,
                  const struct heed_tokens *tgt)
{
    r->n_src_tokens += (int64_t)src->n;
    r->n_tgt_tokens += (int64_t)tgt->n;
    for (size_t i = 0; i < src->n; i++)
        r->n_src_unknown += src->ids[i] == HEED_UNK;
    for (size_t i = 0; i < tgt->n; i++)
        r->n_tgt_unknown += tgt->ids[i] == HEED_UNK;
    r->max_src = HEED_MAX(r->max_src, (int64_t)src->n);
    r->max_tgt = HEED_MAX(r->max_tgt, (int64_t)tgt->n);
    r->max_len_ratio = HEED_MAX(r->max_len_ratio, (double)tgt->n / (double)src->n);
    r->n_pairs++;
}

int heed_corpus_encode(const struct heed_corpus *c, const struct heed_sides *sides,
                       const struct heed_length_filter *f, struct heed_dataset *out,
                       struct heed_dataset_report *report, struct heed_err *err)
{
    struct heed_tokens src = {0}, tgt = {0};
    int status = 0;
    *report = (struct heed_dataset_report){0};
    for (size_t i = 0; i < c->n && status == 0; i++) {
        const struct heed_pair *p = &c->pairs[i];
        status = heed_side_encode(&sides->src, p->src, p->src_len, &src, err);
        if (status == 0)
            status = heed_side_encode(&sides->tgt, p->tgt, p->tgt_len, &tgt, err);
        if (status < 0 || !passes(f, &src, &tgt, report))
            continue;
        count(report, &src, &tgt);
        if (sides->src_eos)
            heed_tokens_add(&src, HEED_EOS, p->src_len, p->src_len);
        heed_tokens_add(&tgt, HEED_EOS, p->tgt_len, p->tgt_len);
        heed_dataset_add(out, src.ids, src.n, tgt.ids, tgt.n, (int64_t)i);
    }
    heed_tokens_release(&src);
    heed_tokens_release(&tgt);
    return status;
}
