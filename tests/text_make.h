/* text_make.h: sides learnt from lines in memory, for tests of tokenizers. */
#ifndef HEED_TEXT_MAKE_H
#define HEED_TEXT_MAKE_H

#include "data/text.h"
#include "tests/tap.h"

static struct heed_err err;

/* The built plugins, unless the environment names others. */
static inline void find_plugins(void)
{
    const char *builddir = getenv("builddir");
    char dir[4096];
    if (builddir && !getenv("HEED_PLUGIN_PATH")) {
        snprintf(dir, sizeof(dir), "%s/plugins/.libs", builddir);
        heed_plugin_dir_add(dir);
    }
}

/* Lines in memory. */
struct memory {
    const char *const *lines;
    size_t at;
};

static inline const char *next(void *ctx, size_t *len)
{
    struct memory *m = ctx;
    const char *line = m->lines[m->at];
    if (line) {
        *len = strlen(line);
        m->at++;
    }
    return line;
}

static inline void start_again(void *ctx)
{
    ((struct memory *)ctx)->at = 0;
}

static inline int train(struct heed_side *s, const char *spec, const char *const *text,
                        int64_t size, int64_t min_count)
{
    struct memory m = {text, 0};
    struct heed_lines lines = {next, start_again, &m};
    return heed_side_train(s, spec, &lines, size, min_count, &err);
}

static const char *const english[] = {"Go on.",
                                      "I don't know; do you?",
                                      "Well, go on!",
                                      "He's calm.",
                                      "They know the old house.",
                                      "The house is old.",
                                      "You know, the old man is calm.",
                                      NULL};

/* Pieces of text, each in brackets, into out. */
static inline void pieces_of(struct heed_side *s, const char *text, struct heed_str *out)
{
    struct heed_tokens t = {0};
    heed_str_clear(out);
    if (heed_side_encode(s, text, strlen(text), &t, &err) < 0)
        heed_str_add_text(out, err.text);
    for (size_t i = 0; i < t.n; i++)
        heed_str_printf(out, "[%s]", s->vocab.pieces[t.ids[i]]);
    heed_tokens_release(&t);
}

/* Text to ids and back; every piece of text must be known. */
static inline void round_trip(struct heed_side *s, const char *text, struct heed_str *out)
{
    struct heed_tokens t = {0};
    heed_str_clear(out);
    if (heed_side_encode(s, text, strlen(text), &t, &err) < 0 ||
        heed_side_decode(s, t.ids, t.n, NULL, out, &err) < 0)
        heed_str_add_text(out, err.text);
    heed_tokens_release(&t);
}

#endif
