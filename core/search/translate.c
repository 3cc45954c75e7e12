/* translate.c: sources to hypotheses: what predict and the dev measurement do with a batch. */
#include <string.h>

#include "search/engine.h"

/* Sources of one engine, padded. */
struct padded {
    int32_t *ids, *len;
    int64_t S;
};

/* What the first engine has a token of has one for every other: where its tokenizer leaves none, it is unknown. */
static void pad(const struct heed_engine *e, const struct heed_id_row *src,
                const struct heed_id_row *first, int64_t n, struct padded *p)
{
    static const int32_t unknown[] = {HEED_UNK};
    bool eos = e->model->sides.src_eos;
    p->len = heed_xcalloc((size_t)n + 1, sizeof *p->len);
    for (int64_t b = 0; b < n; b++) {
        p->len[b] = first[b].n ? (int32_t)HEED_MAX(src[b].n, 1) + eos : 0;
        p->S = HEED_MAX(p->S, p->len[b]);
    }
    p->ids = heed_xcalloc((size_t)(n * p->S + 1), sizeof *p->ids);
    for (int64_t b = 0; b < n; b++) {
        if (p->len[b] == 0)
            continue;
        memcpy(p->ids + b * p->S, src[b].n ? src[b].ids : unknown,
               sizeof *p->ids * (size_t)(p->len[b] - eos));
        if (eos)
            p->ids[b * p->S + p->len[b] - 1] = HEED_EOS;
    }
}

/* All engines encode; others [n_others] are theirs. */
static int encode(struct heed_engine *e, const struct padded *p, int64_t n, struct heed_encoded *x,
                  struct heed_encoded *others, struct heed_err *err)
{
    if (heed_engine_encode(e, n, p[0].S, p[0].ids, p[0].len, x, err))
        return -1;
    for (int i = 0; i < e->n_others; i++) {
        const struct padded *q = &p[i + 1];
        if (heed_engine_encode(&e->others[i], n, q->S, q->ids, q->len, &others[i], err))
            return -1;
    }
    x->others = others;
    return 0;
}

int heed_engine_translate(struct heed_engine *e, const struct heed_id_row *src, int64_t n,
                          const struct heed_search_options *o, struct heed_hypotheses *out,
                          struct heed_err *err)
{
    struct heed_encoded x, others[HEED_ENSEMBLE_MAX];
    struct padded p[HEED_ENSEMBLE_MAX] = {{0}};
    for (int i = 0; i <= e->n_others; i++)
        pad(heed_engine_member(e, i), src + i * n, src, n, &p[i]);
    int status =
        encode(e, p, n, &x, others, err) || heed_engine_decode(e, &x, o, out, err) ? -1 : 0;
    for (int i = 0; i <= e->n_others; i++) {
        free(p[i].ids);
        free(p[i].len);
    }
    return status;
}
