/* tokenizer.c: a sound tokenizer, one piece a line, in which plugins.sh
 * plants one fault at a time with -DFAULT_…. */
#include <heed/plugin.h>

static const struct heed_host *heed;
static int calls;

static int open_it(const void *self, const char *blob, size_t blob_size, void **state,
                   struct heed_err *err)
{
    (void)self, (void)blob, (void)blob_size;
    *state = &calls;
#ifdef FAULT_OPEN
    return heed->fail(err, "has no state to give");
#else
    (void)err;
    return 0;
#endif
}

static void close_it(void *state)
{
    (void)state;
}

static int split(void *state, const char *text, size_t n,
                 void (*piece)(void *ctx, const char *s, size_t n, size_t begin, size_t end),
                 void *ctx, struct heed_err *err)
{
    (void)state, (void)err;
#if defined(FAULT_EMPTY_PIECE)
    piece(ctx, "", 0, 0, n);
#elif defined(FAULT_HALF_CHARACTER)
    n = n > 1 ? n - 1 : n;
#elif defined(FAULT_SPAN)
    if (n)
        piece(ctx, text, n, 1, n + 1);
    return 0;
#elif defined(FAULT_CHANGES)
    if (calls++ % 3 == 2)
        return 0;
#endif
    if (n)
        piece(ctx, text, n, 0, n);
    return 0;
}

static int join(void *state, const char *const *pieces, const size_t *lens, size_t n,
                void (*put)(void *ctx, const char *s, size_t n), void *ctx, struct heed_err *err)
{
    (void)state, (void)err;
    for (size_t i = 0; i < n; i++)
        put(ctx, pieces[i], lens[i]);
#ifdef FAULT_GROWS
    put(ctx, " ", 1);
#endif
    return 0;
}

HEED_PLUGIN(bad, struct heed_tokenizer) = {
    .head = HEED_HEAD(bad, HEED_KIND_TOKENIZER, struct heed_tokenizer, 1,
                      "a tokenizer with a planted fault", NULL, 0),
    .open = open_it,
    .close = close_it,
    .split = split,
    .join = join,
};
