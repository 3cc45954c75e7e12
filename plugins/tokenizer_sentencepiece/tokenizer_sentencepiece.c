/* tokenizer_sentencepiece.c: subword pieces learnt from text, by the SentencePiece library:
 * byte-pair encoding or a unigram language model, with byte pieces for what is rare. Text stays as it
 * is unless `normalise` says otherwise: nfkc takes compatibility characters for plain ones, nmt
 * typographic blanks and format characters too. What it learns is the library's own model file, which
 * holds all that splitting and joining need: the options are for learning. */
#include <stdlib.h>
#include <heed/plugin.h>
#include "shim.h"

static const struct heed_host *heed;

enum type { BPE, UNIGRAM }; /* the order is the row's */
struct sentencepiece {
    enum type type;
    enum { NONE, NFC, NFKC, NMT } normalise;
    enum { KEEP, MERGE } blanks;
    double coverage, shrink;
    int64_t rare, longest, rounds, seeds;
    bool digits, numbers, scripts, words, prefix;
    const char *symbols;
};

static const struct heed_option options[] = {
    HEED_ROW_CHOICE(struct sentencepiece, type, "type", "bpe", "bpe|unigram",
                    "how pieces are learnt"),
    HEED_ROW_REAL(struct sentencepiece, coverage, "coverage", "0.9995", 0, 1, "SHARE",
                  "share of the text's characters that get a piece of their own",
                  .flags = HEED_OPTION_EXCL_MIN),
    HEED_ROW_INT(struct sentencepiece, rare, "rare", "10", 0, 1e9, "N",
                 "characters that come less often are bytes, up to a tenth of the text",
                 .absent = "0"),
    HEED_ROW_CHOICE(struct sentencepiece, normalise, "normalise", "none", "none|nfc|nfkc|nmt",
                    "text as it is, composed, or with plain characters for those like them",
                    .flags = HEED_OPTION_ALTERS, .absent = "nmt"),
    HEED_ROW_CHOICE(struct sentencepiece, blanks, "blanks", "keep", "keep|merge",
                    "runs of blanks as they are, or as one blank and none at the ends",
                    .flags = HEED_OPTION_ALTERS, .absent = "merge"),
    HEED_ROW_SWITCH(struct sentencepiece, digits, "digits", "on", "each digit is a piece",
                    .absent = "off"),
    HEED_ROW_SWITCH(struct sentencepiece, numbers, "numbers", "on",
                    "digits and letters stand in no piece together"),
    HEED_ROW_SWITCH(struct sentencepiece, scripts, "scripts", "on",
                    "letters of two scripts stand in no piece together"),
    HEED_ROW_SWITCH(struct sentencepiece, words, "words", "on", "no piece goes over a blank"),
    HEED_ROW_SWITCH(struct sentencepiece, prefix, "prefix", "on",
                    "the first word of a line has the pieces of a word behind a blank"),
    HEED_ROW_STRING(struct sentencepiece, symbols, "symbols", NULL, "LIST",
                    "pieces that are never cut, with blanks between them"),
    HEED_ROW_INT(struct sentencepiece, longest, "longest", "16", 1, 512, "N",
                 "characters in a learnt piece"),
    HEED_ROW_INT(struct sentencepiece, rounds, "rounds", "2", 1, 100, "N",
                 "unigram: EM rounds between two prunings"),
    HEED_ROW_INT(struct sentencepiece, seeds, "seeds", "1000000", 1000, 1e8, "N",
                 "unigram: pieces to begin with"),
    HEED_ROW_REAL(struct sentencepiece, shrink, "shrink", "0.75", 0, 1, "SHARE",
                  "unigram: pieces that a pruning keeps",
                  .flags = HEED_OPTION_EXCL_MIN | HEED_OPTION_EXCL_MAX),
    {0},
};

/* The library's rules, in the row's order. Core composes for all but the first. */
static const char *const rules[] = {"identity", "identity", "nfkc", "nmt_nfkc"};

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
    struct shim_training t = {
        .type = sp->type == UNIGRAM ? "unigram" : "bpe",
        .normaliser = rules[sp->normalise],
        .coverage = sp->coverage,
        .rare = sp->rare,
        .shrink = sp->shrink,
        .size = size,
        .longest = sp->longest,
        .rounds = sp->rounds,
        .seeds = sp->seeds,
        .digits = sp->digits,
        .numbers = sp->numbers,
        .scripts = sp->scripts,
        .words = sp->words,
        .merge_blanks = sp->blanks == MERGE,
        .prefix = sp->prefix,
        .symbols = sp->symbols,
        .next = lines->next,
        .rewind = lines->rewind,
        .ctx = lines->ctx,
    };
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
