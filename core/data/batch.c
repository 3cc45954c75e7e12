/* batch.c: the ragged dataset of ids, and batches as documents of a stream and back.
 *
 * A dataset is two flat arrays and the places where pairs begin. A batch from a document borrows
 * its memory; a document from a batch copies. */
#include <string.h>
#include "data/batch.h"
#include "data/vocab.h"

void heed_dataset_init(struct heed_dataset *d)
{
    *d = (struct heed_dataset){0};
}

void heed_dataset_release(struct heed_dataset *d)
{
    free(d->src);
    free(d->tgt);
    free(d->src_at);
    free(d->tgt_at);
    free(d->line);
    free(d->src_final);
    free(d->tgt_final);
    free(d->corpus);
    *d = (struct heed_dataset){0};
}

static void add_ids(int32_t **ids, size_t *n, size_t *cap, const int32_t *more, size_t n_more)
{
    if (n_more > *cap - *n) {
        *cap = HEED_MAX(*cap * 2, *n + n_more);
        *ids = heed_xrealloc(*ids, *cap, sizeof(**ids));
    }
    if (n_more)
        memcpy(*ids + *n, more, n_more * sizeof(**ids));
    *n += n_more;
}

void heed_dataset_add(struct heed_dataset *d, const int32_t *src, size_t n_src, const int32_t *tgt,
                      size_t n_tgt, int64_t line)
{
    heed_grow(&d->src_at, d->n + 1, &d->cap_src_at, sizeof(*d->src_at));
    heed_grow(&d->tgt_at, d->n + 1, &d->cap_tgt_at, sizeof(*d->tgt_at));
    heed_grow(&d->line, d->n, &d->cap_line, sizeof(*d->line));
    if (d->n == 0)
        d->src_at[0] = d->tgt_at[0] = 0;
    add_ids(&d->src, &d->n_src, &d->cap_src, src, n_src);
    add_ids(&d->tgt, &d->n_tgt, &d->cap_tgt, tgt, n_tgt);
    d->line[d->n] = line;
    d->n++;
    d->src_at[d->n] = (int64_t)d->n_src;
    d->tgt_at[d->n] = (int64_t)d->n_tgt;
}

void heed_dataset_add_eos(struct heed_dataset *d, bool src)
{
    const int32_t eos = HEED_EOS;
    if (src)
        add_ids(&d->src, &d->n_src, &d->cap_src, &eos, 1);
    add_ids(&d->tgt, &d->n_tgt, &d->cap_tgt, &eos, 1);
    d->src_at[d->n] = (int64_t)d->n_src;
    d->tgt_at[d->n] = (int64_t)d->n_tgt;
}

/* --- documents --- */

static int want_pair(const struct heed_doc *doc, const char *ids, const char *lens, int64_t *B,
                     int64_t *width, const int32_t **out_ids, const int32_t **out_len,
                     struct heed_err *err)
{
    const struct heed_array *a = heed_doc_want(doc, ids, HEED_I32, 2, err);
    const struct heed_array *n = a ? heed_doc_want(doc, lens, HEED_I32, 1, err) : NULL;
    if (!n)
        return -1;
    if (a->dims[0] != n->dims[0] || (*B >= 0 && a->dims[0] != *B))
        return heed_fail(err, "tensor %s: %lld rows, others have %lld", ids, (long long)a->dims[0],
                         (long long)(*B >= 0 ? *B : n->dims[0]));
    *B = a->dims[0];
    *width = a->dims[1];
    *out_ids = a->data;
    *out_len = n->data;
    for (int64_t b = 0; b < *B; b++)
        if ((*out_len)[b] < 0 || (*out_len)[b] > *width)
            return heed_fail(err, "tensor %s: row %lld: length %d not in [0, %lld]", lens,
                             (long long)b, (*out_len)[b], (long long)*width);
    return 0;
}

/* A batch's place in the plan, where it is told. */
static int place_from_doc(const struct heed_doc *doc, const char *key, int64_t *out,
                          struct heed_err *err)
{
    if (!heed_doc_meta(doc, key))
        return 0;
    if (heed_doc_meta_i64(doc, key, out, err) < 0)
        return -1;
    if (*out < 0 || *out > INT32_MAX)
        return heed_fail(err, "metadata %s: %lld not in 0..%d", key, (long long)*out, INT32_MAX);
    return 0;
}

int heed_batch_from_doc(const struct heed_doc *doc, struct heed_batch *out, struct heed_err *err)
{
    *out = (struct heed_batch){.B = -1, .index = -1};
    if (want_pair(doc, "src", "src_len", &out->B, &out->S, &out->src, &out->src_len, err) < 0)
        return -1;
    if (heed_doc_find(doc, "tgt") &&
        want_pair(doc, "tgt", "tgt_len", &out->B, &out->T, &out->tgt, &out->tgt_len, err) < 0)
        return -1;
    const struct heed_array *line = heed_doc_want(doc, "line", HEED_I64, 1, err);
    if (!line)
        return -1;
    if (line->dims[0] != out->B)
        return heed_fail(err, "tensor line: %lld rows, others have %lld", (long long)line->dims[0],
                         (long long)out->B);
    out->line = line->data;
    return place_from_doc(doc, "epoch", &out->epoch, err) < 0 ||
                   place_from_doc(doc, "index", &out->index, err) < 0
               ? -1
               : 0;
}

static void add_mask(struct heed_doc *doc, const char *name, const int32_t *len, int64_t B,
                     int64_t width)
{
    const int64_t dims[2] = {B, width};
    uint8_t *mask = heed_xcalloc((size_t)(B * width) + 1, 1);
    for (int64_t b = 0; b < B; b++)
        memset(mask + b * width, 1, (size_t)len[b]);
    heed_doc_add_copy(doc, name, HEED_U8, 2, dims, mask);
    free(mask);
}

void heed_batch_to_doc(const struct heed_batch *b, bool masks, struct heed_doc *doc)
{
    const int64_t src_dims[2] = {b->B, b->S}, tgt_dims[2] = {b->B, b->T};
    heed_doc_add_copy(doc, "src", HEED_I32, 2, src_dims, b->src);
    heed_doc_add_copy(doc, "src_len", HEED_I32, 1, src_dims, b->src_len);
    heed_doc_add_copy(doc, "line", HEED_I64, 1, src_dims, b->line);
    if (masks)
        add_mask(doc, "src_mask", b->src_len, b->B, b->S);
    if (b->tgt) {
        heed_doc_add_copy(doc, "tgt", HEED_I32, 2, tgt_dims, b->tgt);
        heed_doc_add_copy(doc, "tgt_len", HEED_I32, 1, tgt_dims, b->tgt_len);
        if (masks)
            add_mask(doc, "tgt_mask", b->tgt_len, b->B, b->T);
    }
    if (b->index >= 0) {
        heed_doc_set_meta_i64(doc, "epoch", b->epoch);
        heed_doc_set_meta_i64(doc, "index", b->index);
    }
}
