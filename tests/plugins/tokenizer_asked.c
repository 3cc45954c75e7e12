/* tokenizer_asked.c: a tokenizer that learns: how many pieces it was asked for. Its pieces are the
 * printable ASCII characters and that number, so a vocabulary tells what its maker was told. Other
 * characters it loses, though nobody asked for that. */
#include <stdio.h>
#include <stdlib.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

static int train(const void *self, const struct heed_lines *lines, int64_t size, char **blob,
                 size_t *blob_size, struct heed_err *err)
{
    (void)self;
    (void)lines;
    *blob = malloc(32);
    if (!*blob)
        return heed->fail(err, "no memory");
    *blob_size = (size_t)snprintf(*blob, 32, "asked-%lld", (long long)size);
    return 0;
}

struct state {
    const char *blob;
    size_t size;
};

static int open_state(const void *self, const char *blob, size_t blob_size, void **state,
                      struct heed_err *err)
{
    struct state *s = malloc(sizeof *s);
    (void)self;
    if (!s)
        return heed->fail(err, "no memory");
    *s = (struct state){blob, blob_size};
    *state = s;
    return 0;
}

static int pieces(void *state, void (*piece)(void *ctx, const char *s, size_t n), void *ctx,
                  struct heed_err *err)
{
    const struct state *s = state;
    (void)err;
    for (char c = ' '; c <= '~'; c++)
        piece(ctx, &c, 1);
    piece(ctx, s->blob, s->size);
    return 0;
}

static int split(void *state, const char *text, size_t n,
                 void (*piece)(void *ctx, const char *s, size_t n, size_t begin, size_t end),
                 void *ctx, struct heed_err *err)
{
    (void)state;
    (void)err;
    for (size_t i = 0; i < n; i++)
        if (text[i] >= ' ' && text[i] <= '~')
            piece(ctx, text + i, 1, i, i + 1);
    return 0;
}

static int join(void *state, const char *const *pieces_, const size_t *lens, size_t n,
                void (*put)(void *ctx, const char *s, size_t n), void *ctx, struct heed_err *err)
{
    (void)state;
    (void)err;
    for (size_t i = 0; i < n; i++)
        put(ctx, pieces_[i], lens[i]);
    return 0;
}

HEED_PLUGIN(tokenizer_asked, struct heed_tokenizer) = {
    .head = HEED_HEAD(tokenizer_asked, HEED_KIND_TOKENIZER, struct heed_tokenizer, 1,
                      "characters, and the number of pieces asked for", NULL, 0),
    .train = train,
    .open = open_state,
    .close = free,
    .pieces = pieces,
    .split = split,
    .join = join,
};
