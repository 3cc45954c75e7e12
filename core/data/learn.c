/* learn.c: both sides of a model from its corpus: which tokenizers, one vocabulary or two. */
#include <stdlib.h>
#include <string.h>

#include "data/pairs.h"

static const char *spec_for(const struct heed_pairs_options *o, const struct heed_corpus *c,
                            const char *own, int which, struct heed_str *why)
{
    if (own)
        return own;
    return o->tokenizer ? o->tokenizer : heed_tokenizer_guess(c, which, &why[which - 1]);
}

/* Does it learn its pieces, as SentencePiece does? */
static int learns_pieces(const char *spec, bool *learns, struct heed_err *err)
{
    struct heed_instance in;
    if (heed_instance_open(&in, HEED_KIND_TOKENIZER, spec, true, NULL, err) < 0)
        return -1;
    *learns = ((const struct heed_tokenizer *)in.plugin)->train != NULL;
    heed_instance_close(&in);
    return 0;
}

/* So many of the pairs, spread evenly; their text is that of c. */
static void draw(const struct heed_corpus *c, size_t n, struct heed_corpus *out)
{
    *out = *c;
    out->pairs = heed_xcalloc(n, sizeof *out->pairs);
    out->n = n;
    for (size_t i = 0; i < n; i++)
        out->pairs[i] = c->pairs[i * c->n / n];
}

static void tell_learning(const struct heed_pairs_options *o, const char *spec, int which, size_t n,
                          size_t all)
{
    static const char *const sides[] = {"", "source", "target", "source and the target"};
    size_t each = which == 3 ? 2 : 1;
    if (!o->note)
        return;
    if (n < all)
        o->note("learning a tokenizer of the %s: %s, from %zu of %zu lines, for --time",
                sides[which], spec, each * n, each * all);
    else
        o->note("learning a tokenizer of the %s: %s, from %zu lines", sides[which], spec, each * n);
}

static int learn_side(const struct heed_pairs_options *o, const struct heed_corpus *c,
                      struct heed_side *side, const char *spec, int which, struct heed_err *err)
{
    struct heed_corpus drawn = {0};
    struct heed_corpus_lines ctx;
    struct heed_lines lines;
    bool pieces;
    if (learns_pieces(spec, &pieces, err))
        return -1;
    if (o->doing)
        o->doing("learning a tokenizer");
    size_t n = pieces && o->learn_pairs ? HEED_MIN(c->n, (size_t)o->learn_pairs) : c->n;
    if (pieces)
        tell_learning(o, spec, which, n, c->n);
    if (n < c->n)
        draw(c, n, &drawn);
    heed_corpus_lines(&ctx, n < c->n ? &drawn : c, which, &lines);
    int status = heed_side_train(side, spec, &lines, o->vocab_size, o->min_count, err);
    free(drawn.pairs);
    return status;
}

/* --joint auto: one vocabulary pays where pieces are learnt, and the tokenizers are one. */
static int joins(const struct heed_pairs_options *o, const char *src, const char *tgt, bool *joint,
                 struct heed_err *err)
{
    *joint = o->joint == HEED_ON;
    if (*joint && strcmp(src, tgt) != 0)
        return heed_usage(err, "--joint needs one tokenizer for both sides (%s, %s)", src, tgt);
    if (o->joint != HEED_AUTO || strcmp(src, tgt) != 0)
        return 0;
    return learns_pieces(src, joint, err);
}

static const char *no_line(void *ctx, size_t *n)
{
    (void)ctx;
    *n = 0;
    return NULL;
}

static void rewind_none(void *ctx)
{
    (void)ctx;
}

/* Numbers are cut into no words: the source's vocabulary is the specials. */
static int learn_target(const struct heed_pairs_options *o, const struct heed_corpus *c,
                        struct heed_sides *sides, struct heed_str *why, struct heed_err *err)
{
    const struct heed_lines none = {no_line, rewind_none, NULL};
    if (heed_side_train(&sides->src, "space", &none, 0, 0, err))
        return -1;
    return learn_side(o, c, &sides->tgt, spec_for(o, c, o->tgt_tokenizer, 2, why), 2, err);
}

static int learn(const struct heed_pairs_options *o, const struct heed_corpus *c,
                 struct heed_sides *sides, struct heed_str *why, struct heed_err *err)
{
    const char *src = spec_for(o, c, o->src_tokenizer, 1, why),
               *tgt = spec_for(o, c, o->tgt_tokenizer, 2, why);
    bool joint;
    if (joins(o, src, tgt, &joint, err) || learn_side(o, c, &sides->src, src, joint ? 3 : 1, err))
        return -1;
    return joint ? heed_sides_share(sides, err) : learn_side(o, c, &sides->tgt, tgt, 2, err);
}

static int from_store(const struct heed_pairs_options *o, struct heed_sides *sides,
                      struct heed_err *err)
{
    struct heed_store *store;
    if (heed_store_open(&store, o->store, true, err))
        return -1;
    int status = heed_side_load(&sides->src, store, o->vocab, err);
    heed_store_close(store);
    return status ? -1 : heed_sides_share(sides, err);
}

int heed_sides_learn(struct heed_sides *sides, const struct heed_pairs_options *o,
                     const struct heed_corpus *c, struct heed_str *why, struct heed_err *err)
{
    sides->src_eos = o->src_eos;
    if (o->numbers)
        return learn_target(o, c, sides, why, err);
    return o->vocab ? from_store(o, sides, err) : learn(o, c, sides, why, err);
}
