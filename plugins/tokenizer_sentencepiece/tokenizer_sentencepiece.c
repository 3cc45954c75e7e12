/* tokenizer_sentencepiece.c: subword pieces learnt from text, by the SentencePiece library:
 * byte-pair encoding or a unigram language model, with byte pieces for what is rare, text in the
 * form nmt_nfkc (compatibility characters and typographic blanks become plain ones). What it learns
 * is the library's own model file. */
#include <stdlib.h>
#include <heed/plugin.h>
#include "shim.h"

static const struct heed_host *heed;

enum type { BPE, UNIGRAM }; /* the order is the row's */
struct sentencepiece {
    enum type type;
    double coverage;
};

static const struct heed_option options[] = {
    HEED_ROW_CHOICE(struct sentencepiece, type, "type", "bpe", "bpe|unigram",
                    "how pieces are learnt"),
    HEED_ROW_REAL(struct sentencepiece, coverage, "coverage", "0.9995", 0, 1, "SHARE",
                  "share of the text's characters that get a piece of their own",
                  .flags = HEED_OPTION_EXCL_MIN),
    {0},
};

#define SIZE_MAX_ 1000000

static int sp_train(const void *self, const struct heed_lines *lines, int64_t size, char **blob,
                    size_t *blob_size, struct heed_err *err)
{
    const struct sentencepiece *sp = self;
    char why[WHY_MAX];
    size_t n;
    if (size > SIZE_MAX_)
        return heed->fail(err, "tokenizer sentencepiece: %lld pieces, at most %d can be learnt",
                          (long long)size, SIZE_MAX_);
    lines->rewind(lines->ctx);
    if (!lines->next(lines->ctx, &n))
        return heed->fail(err, "tokenizer sentencepiece: no text to learn from");
    lines->rewind(lines->ctx);
    struct shim_training t = {.type = sp->type == UNIGRAM ? "unigram" : "bpe",
                              .coverage = sp->coverage,
                              .size = size,
                              .next = lines->next,
                              .ctx = lines->ctx};
    if (shim_train(&t, blob, blob_size, why) < 0)
        return heed->fail(err, "tokenizer sentencepiece: %s", why);
    return 0;
}

static int sp_open(const void *self, const char *blob, size_t blob_size, void **state,
                   struct heed_err *err)
{
    char why[WHY_MAX];
    (void)self;
    if (!blob_size)
        return heed->fail(err, "tokenizer sentencepiece: nothing learnt to open");
    *state = shim_open(blob, blob_size, why);
    return *state ? 0 : heed->fail(err, "tokenizer sentencepiece: %s", why);
}

static void sp_close(void *state)
{
    shim_close(state);
}

static int sp_pieces(void *state, void (*piece)(void *ctx, const char *s, size_t n), void *ctx,
                     struct heed_err *err)
{
    char why[WHY_MAX];
    if (shim_pieces(state, piece, ctx, why) < 0)
        return heed->fail(err, "tokenizer sentencepiece: %s", why);
    return 0;
}

static int sp_split(void *state, const char *text, size_t n,
                    void (*piece)(void *ctx, const char *s, size_t n, size_t begin, size_t end),
                    void *ctx, struct heed_err *err)
{
    char why[WHY_MAX];
    if (shim_split(state, text, n, piece, ctx, why) < 0)
        return heed->fail(err, "tokenizer sentencepiece: %s", why);
    return 0;
}

static int sp_join(void *state, const char *const *pieces, const size_t *lens, size_t n,
                   void (*put)(void *ctx, const char *s, size_t n), void *ctx, struct heed_err *err)
{
    char why[WHY_MAX];
    if (shim_join(state, pieces, lens, n, put, ctx, why) < 0)
        return heed->fail(err, "tokenizer sentencepiece: %s", why);
    return 0;
}

HEED_PLUGIN(tokenizer_sentencepiece, struct heed_tokenizer) = {
    .head = HEED_HEAD(tokenizer_sentencepiece, HEED_KIND_TOKENIZER, struct heed_tokenizer, 1,
                      "subword pieces learnt by the SentencePiece library", options,
                      sizeof(struct sentencepiece)),
    .train = sp_train,
    .open = sp_open,
    .close = sp_close,
    .pieces = sp_pieces,
    .split = sp_split,
    .join = sp_join,
};
