/* tokenizer_space.c: what stands between blanks and tabs, untouched: for text tokenized elsewhere,
 * phonemes, symbols. join() puts one blank between pieces. */
#include <stdlib.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

struct space {
    enum { NONE, NFC } normalise; /* the order is the row's */
};

static const struct heed_option options[] = {
    HEED_ROW_CHOICE(struct space, normalise, "normalise", "none", "none|nfc",
                    "text as it is, or composed", .flags = HEED_OPTION_ALTERS, .absent = "nfc"),
    {0},
};

static int space_open(const void *self, const char *blob, size_t blob_size, void **state,
                      struct heed_err *err)
{
    static char none; /* no state, but open says that it worked */
    (void)self;
    (void)blob;
    if (blob_size)
        return heed->fail(err, "tokenizer space: has %zu learnt bytes, takes none", blob_size);
    *state = &none;
    return 0;
}

static void space_close(void *state)
{
    (void)state;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int space_split(void *state, const char *text, size_t n,
                       void (*piece)(void *ctx, const char *s, size_t n, size_t begin, size_t end),
                       void *ctx, struct heed_err *err)
{
    (void)state;
    (void)err;
    for (size_t i = 0; i < n;) {
        size_t begin = i;
        while (i < n && !is_blank(text[i]))
            i++;
        if (i > begin)
            piece(ctx, text + begin, i - begin, begin, i);
        i += i < n;
    }
    return 0;
}

static int space_join(void *state, const char *const *pieces, const size_t *lens, size_t n,
                      void (*put)(void *ctx, const char *s, size_t n), void *ctx,
                      struct heed_err *err)
{
    (void)state;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        if (i)
            put(ctx, " ", 1);
        put(ctx, pieces[i], lens[i]);
    }
    return 0;
}

HEED_PLUGIN(tokenizer_space, struct heed_tokenizer) = {
    .head = HEED_HEAD(tokenizer_space, HEED_KIND_TOKENIZER, struct heed_tokenizer, 1,
                      "what stands between blanks, untouched", options, sizeof(struct space)),
    .open = space_open,
    .close = space_close,
    .split = space_split,
    .join = space_join,
};
