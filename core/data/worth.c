/* worth.c: see worth.h. Of few lines a tokenizer learns whole names and half sentences by heart; then the pieces of
 * a new line are ones that the model never met, or met once. Where there are many lines, some of them are enough to
 * see that it is not so. */
#include "base/utf8.h"
#include "data/worth.h"

#define MOST 0.95 /* of what the text is cut into */
#define SOME                                                                                       \
    100000 /* pieces of text, after which there is a first look, and after twice as many the next */

struct counting {
    struct heed_vocab used;
    int64_t n;
};

static void count_piece(void *ctx, const char *s, size_t n, size_t begin, size_t end)
{
    struct counting *c = ctx;
    (void)begin;
    (void)end;
    c->n++;
    heed_vocab_count(&c->used, s, n);
}

/* A piece of more than one character, which somebody chose to make; characters and bytes are there anyhow. */
static bool is_made(const struct heed_vocab *v, int32_t id)
{
    int32_t c;
    return (size_t)heed_utf8_next(v->pieces[id], v->lens[id], &c) != v->lens[id] &&
           !heed_vocab_is_byte(v, id);
}

int32_t heed_pieces_made(const struct heed_vocab *v)
{
    int32_t n = 0;
    for (int32_t id = HEED_SPECIALS; id < v->n; id++)
        n += is_made(v, id);
    return n;
}

static bool most(const struct heed_vocab *used, int64_t least)
{
    int64_t n = 0, n_often = 0;
    for (int32_t id = HEED_SPECIALS; id < used->n; id++) {
        int64_t times = is_made(used, id) ? used->counts[id] : 0;
        n += times;
        n_often += times >= least ? times : 0;
    }
    return (double)n_often >= MOST * (double)n;
}

int heed_pieces_often(const struct heed_tokenizer *plugin, void *state,
                      const struct heed_lines *lines, int64_t least, struct heed_err *err)
{
    struct counting c = {.n = 0};
    const char *line;
    size_t len;
    bool often = false;
    heed_vocab_init(&c.used);
    lines->rewind(lines->ctx);
    for (int64_t look = SOME; !often && (line = lines->next(lines->ctx, &len));) {
        if (plugin->split(state, line, len, count_piece, &c, err) < 0) {
            heed_vocab_release(&c.used);
            return -1;
        }
        if (c.n >= look) {
            often = most(&c.used, least);
            look *= 2;
        }
    }
    often = often || most(&c.used, least);
    heed_vocab_release(&c.used);
    return often;
}
