/* tokenizer_char.c: each code point is a piece, a blank too, so join() loses nothing. */
#include <stdlib.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

struct character {
    enum { NONE, NFC } normalise; /* the order is the row's */
};

static const struct heed_option options[] = {
    HEED_ROW_CHOICE(struct character, normalise, "normalise", "none", "none|nfc",
                    "text as it is, or composed", .flags = HEED_OPTION_ALTERS, .absent = "nfc"),
    {0},
};

static int char_open(const void *self, const char *blob, size_t blob_size, void **state,
                     struct heed_err *err)
{
    static char none; /* no state, but open says that it worked */
    (void)self;
    (void)blob;
    if (blob_size)
        return heed->fail(err, "tokenizer char: has %zu learnt bytes, takes none", blob_size);
    *state = &none;
    return 0;
}

static void char_close(void *state)
{
    (void)state;
}

static int char_split(void *state, const char *text, size_t n,
                      void (*piece)(void *ctx, const char *s, size_t n, size_t begin, size_t end),
                      void *ctx, struct heed_err *err)
{
    (void)state;
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed->utf8_next(text + i, n - i, &c);
        if (!len)
            return heed->fail(err, "tokenizer char: text is not valid UTF-8 at byte %zu", i);
        piece(ctx, text + i, (size_t)len, i, i + (size_t)len);
        i += (size_t)len;
    }
    return 0;
}

static int char_join(void *state, const char *const *pieces, const size_t *lens, size_t n,
                     void (*put)(void *ctx, const char *s, size_t n), void *ctx,
                     struct heed_err *err)
{
    (void)state;
    (void)err;
    for (size_t i = 0; i < n; i++)
        put(ctx, pieces[i], lens[i]);
    return 0;
}

HEED_PLUGIN(tokenizer_char, struct heed_tokenizer) = {
    .head = HEED_HEAD(tokenizer_char, HEED_KIND_TOKENIZER, struct heed_tokenizer, 1,
                      "single characters, blanks among them", options, sizeof(struct character)),
    .open = char_open,
    .close = char_close,
    .split = char_split,
    .join = char_join,
};
