/* broken.c: see broken.h. */
#include <string.h>

#include "search/broken.h"

/* --- by halves --- */

struct hunt {
    heed_rows_try *attempt;
    void *ctx;
    uint8_t *broken;
    struct heed_err *err;
    int64_t n;
};

/* Of rows that fail together. */
static void halve(struct hunt *h, int64_t first, int64_t n, const struct heed_err *why)
{
    if (n == 1) {
        h->broken[first] = 1;
        if (h->n++ == 0)
            *h->err = *why;
        return;
    }
    for (int64_t at = first, part; at < first + n; at += part) {
        struct heed_err err;
        part = at == first ? n / 2 : n - n / 2;
        if (h->attempt(h->ctx, at, part, &err))
            halve(h, at, part, &err);
    }
}

int64_t heed_rows_broken(heed_rows_try *attempt, void *ctx, int64_t n, uint8_t *broken,
                         struct heed_err *err)
{
    struct hunt h = {attempt, ctx, broken, err, 0};
    struct heed_err why;
    memset(broken, 0, (size_t)n);
    if (n && attempt(ctx, 0, n, &why))
        halve(&h, 0, n, &why);
    return h.n;
}

/* --- the parts of a batch --- */

struct heed_search_options heed_search_from(const struct heed_search_options *o, int64_t first)
{
    struct heed_search_options part = *o;
    part.force = o->force ? o->force + first * o->force_width : NULL;
    part.force_len = o->force_len ? o->force_len + first : NULL;
    part.keys = o->keys ? o->keys + first : NULL;
    part.wishes = o->wishes ? o->wishes + first : NULL;
    return part;
}

struct batch {
    struct heed_engine *e;
    int64_t B, S;
    const int32_t *src, *len;
    const struct heed_encoded *x;
    const struct heed_id_row *rows; /* [1 + n_others, B] */
    const struct heed_search_options *o;
};

/* Lengths of a batch whose broken rows have none; the caller frees them. */
static int32_t *mended(const int32_t *len, const uint8_t *broken, int64_t n)
{
    int32_t *out = heed_xcalloc((size_t)n + 1, sizeof *out);
    for (int64_t b = 0; b < n; b++)
        out[b] = broken[b] ? 0 : len[b];
    return out;
}

static int try_encode(void *ctx, int64_t first, int64_t n, struct heed_err *err)
{
    const struct batch *c = ctx;
    struct heed_encoded x;
    return heed_engine_encode(c->e, n, c->S, c->src + first * c->S, c->len + first, &x, err);
}

int heed_engine_encode_on(struct heed_engine *e, int64_t B, int64_t S, const int32_t *src,
                          const int32_t *len, struct heed_encoded *out, uint8_t *broken,
                          struct heed_err *err)
{
    struct batch c = {.e = e, .S = S, .src = src, .len = len};
    struct heed_err failed;
    err->status = HEED_OK;
    memset(broken, 0, (size_t)B);
    if (heed_engine_encode(e, B, S, src, len, out, &failed) == 0)
        return 0;
    heed_rows_broken(try_encode, &c, B, broken, err);
    int32_t *rest = mended(len, broken, B);
    int status = heed_engine_encode(e, B, S, src, rest, out, &failed);
    free(rest);
    if (status)
        *err = failed;
    return status;
}

/* Rows of a frame of memory; there are no others. */
static int try_decode(void *ctx, int64_t first, int64_t n, struct heed_err *err)
{
    const struct batch *c = ctx;
    const struct heed_encoded *x = c->x;
    struct heed_encoded part = *x;
    struct heed_hypotheses h = {0};
    const struct heed_search_options o = heed_search_from(c->o, first);
    part.B = n;
    part.memory += first * x->S * x->D;
    part.len += first;
    part.state = x->state ? x->state + first * x->W : NULL;
    part.keys = x->keys ? x->keys + first * x->S * x->key_width : NULL;
    part.src = x->src ? x->src + first * x->src_width : NULL;
    int status = heed_engine_decode(c->e, &part, &o, &h, err);
    heed_hypotheses_release(&h);
    return status;
}

int heed_engine_decode_on(struct heed_engine *e, const struct heed_encoded *x,
                          const struct heed_search_options *o, struct heed_hypotheses *out,
                          uint8_t *broken, struct heed_err *err)
{
    struct batch c = {.e = e, .x = x, .o = o};
    struct heed_encoded rest = *x;
    struct heed_err failed;
    err->status = HEED_OK;
    memset(broken, 0, (size_t)x->B);
    if (heed_engine_decode(e, x, o, out, &failed) == 0)
        return 0;
    heed_rows_broken(try_decode, &c, x->B, broken, err);
    int32_t *len = mended(x->len, broken, x->B);
    rest.len = len;
    int status = heed_engine_decode(e, &rest, o, out, &failed);
    free(len);
    if (status)
        *err = failed;
    return status;
}

/* As lines; those in broken (NULL: none) have no tokens. */
static int translate(const struct batch *c, int64_t first, int64_t n, const uint8_t *broken,
                     struct heed_hypotheses *out, struct heed_err *err)
{
    int64_t members = c->e->n_others + 1;
    const struct heed_search_options o = heed_search_from(c->o, first);
    struct heed_id_row *rows = heed_xcalloc((size_t)(members * n) + 1, sizeof *rows);
    for (int64_t j = 0; j < members; j++)
        for (int64_t b = 0; b < n; b++)
            if (!broken || !broken[first + b])
                rows[j * n + b] = c->rows[j * c->B + first + b];
    int status = heed_engine_translate(c->e, rows, n, &o, out, err);
    free(rows);
    return status;
}

static int try_translate(void *ctx, int64_t first, int64_t n, struct heed_err *err)
{
    struct heed_hypotheses h = {0};
    int status = translate(ctx, first, n, NULL, &h, err);
    heed_hypotheses_release(&h);
    return status;
}

int heed_engine_translate_on(struct heed_engine *e, const struct heed_id_row *src, int64_t n,
                             const struct heed_search_options *o, struct heed_hypotheses *out,
                             uint8_t *broken, struct heed_err *err)
{
    struct batch c = {.e = e, .B = n, .rows = src, .o = o};
    struct heed_err failed;
    err->status = HEED_OK;
    memset(broken, 0, (size_t)n);
    if (heed_engine_translate(e, src, n, o, out, &failed) == 0)
        return 0;
    heed_rows_broken(try_translate, &c, n, broken, err);
    int status = translate(&c, 0, n, broken, out, &failed);
    if (status)
        *err = failed;
    return status;
}
