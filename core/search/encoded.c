/* encoded.c: what the encoder hands over, as tensors of a frame and back. */
#include "search/engine.h"

void heed_encoded_to_doc(const struct heed_encoded *x, const struct heed_net *net,
                         struct heed_doc *doc)
{
    const int64_t *w = net->state_dims;
    heed_doc_add(doc, "memory", HEED_F32, 3, (int64_t[]){x->B, x->S, x->D}, x->memory);
    heed_doc_add(doc, "memory_len", HEED_I32, 1, &x->B, x->len);
    if (x->W)
        heed_doc_add(doc, "state", HEED_F32, 4, (int64_t[]){x->B, w[0], w[1], w[2]}, x->state);
}

static int want(const struct heed_array *a, int dim, int64_t value, const char *what,
                struct heed_err *err)
{
    if (a->dims[dim] == value)
        return 0;
    return heed_fail(err, "tensor %s: %s %lld, the model has %lld", a->name, what,
                     (long long)a->dims[dim], (long long)value);
}

static int state_from_doc(struct heed_encoded *x, const struct heed_net *net,
                          const struct heed_doc *doc, struct heed_err *err)
{
    const int64_t *w = net->state_dims;
    x->W = w[0] * w[1] * w[2];
    if (x->W == 0)
        return 0;
    const struct heed_array *state = heed_doc_want(doc, "state", HEED_F32, 4, err);
    for (int k = 0; k < 3; k++)
        if (!state || want(state, k + 1, w[k], net->state_names[k], err))
            return -1;
    x->state = state->data;
    return 0;
}

/* The ids that the encoder had, which stages pass on; those of a foreign one may be other than its
 * positions, and are no help then. */
static void source_from_doc(struct heed_encoded *x, const struct heed_net *net,
                            const struct heed_doc *doc)
{
    const struct heed_array *src = heed_doc_find(doc, "src");
    if (!src || src->dtype != HEED_I32 || src->rank != 2 || src->dims[0] != x->B)
        return;
    const int32_t *ids = src->data;
    for (int64_t b = 0; b < x->B; b++, ids += src->dims[1]) {
        if (x->len[b] > src->dims[1])
            return;
        for (int32_t i = 0; i < x->len[b]; i++)
            if (ids[i] < 0 || ids[i] >= net->src_words)
                return;
    }
    x->src = src->data;
    x->src_width = src->dims[1];
}

int heed_encoded_from_doc(struct heed_encoded *x, const struct heed_net *net,
                          const struct heed_doc *doc, struct heed_err *err)
{
    const struct heed_array *memory = heed_doc_want(doc, "memory", HEED_F32, 3, err);
    const struct heed_array *len =
        memory ? heed_doc_want(doc, "memory_len", HEED_I32, 1, err) : NULL;
    if (!len || want(memory, 2, net->memory_width, "memory width", err))
        return -1;
    *x = (struct heed_encoded){
        .B = memory->dims[0],
        .S = memory->dims[1],
        .D = memory->dims[2],
        .memory = memory->data,
        .len = len->data,
    };
    if (state_from_doc(x, net, doc, err))
        return -1;
    source_from_doc(x, net, doc);
    if (heed_net_copies(net) && !x->src)
        return heed_fail(err, "this model copies words of its source, and tensor src does not hold "
                              "the ids of those in memory");
    if (heed_doc_find(doc, "keys")) {
        const struct heed_array *keys = heed_doc_want(doc, "keys", HEED_F32, 3, err);
        if (!keys || want(keys, 1, x->S, "source length", err))
            return -1;
        x->keys = keys->data;
        x->key_width = keys->dims[2];
    }
    return 0;
}

void heed_attention_to_doc(const struct heed_encoded *x, const struct heed_hypotheses *h,
                           struct heed_doc *doc)
{
    const int64_t query[] = {h->B, h->T, h->query_width}, memory[] = {x->B, x->S, x->D},
                  keys[] = {x->B, x->S, x->key_width}, used[] = {h->B, 1, h->T, h->S};
    heed_doc_add(doc, "query", HEED_F32, 3, query, h->queries);
    heed_doc_add(doc, "query_len", HEED_I32, 1, &h->B, h->tgt_len);
    heed_doc_add(doc, "key", HEED_F32, 3, memory, x->memory);
    heed_doc_add(doc, "keys", HEED_F32, 3, keys, x->keys);
    heed_doc_add(doc, "value", HEED_F32, 3, memory, x->memory);
    heed_doc_add(doc, "valid_len", HEED_I32, 1, &x->B, x->len);
    heed_doc_add(doc, "used", HEED_F32, 4, used, h->weights);
}
