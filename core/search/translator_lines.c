/* translator_lines.c: lines of a translator, as they are added, to parts with their tokens: see translator.h. */
#include <stdlib.h>

#include "search/translator_parts.h"

#define WINDOW_BYTES  (8 << 20)
#define NUMBERS_BYTES 512 /* what a step of numbers counts: 16384 of them are a window */

/* Does it say nothing to the model? A blank is nothing to any. */
static bool says_nothing(const struct heed_translator *t, const char *text, size_t n,
                         const struct heed_tokens *tokens)
{
    const struct heed_model *m = t->engine->model;
    bool wordless = heed_text_wordless(text, n);
    if (wordless && (heed_text_blank(text, n) || !heed_seen_wordless(&m->seen)))
        return true;
    size_t n_tags = tokens->n ? (size_t)m->sides.src.tags : 0;
    const struct heed_tokens words = {.ids = tokens->ids + n_tags, .n = tokens->n - n_tags};
    return !heed_seen_any(&m->seen, &m->sides.src.vocab, &words, !wordless);
}

static bool mostly_unknown(const struct heed_tokens *tokens)
{
    size_t n = 0;
    for (size_t i = 0; i < tokens->n; i++)
        n += tokens->ids[i] == HEED_UNK;
    return 2 * n > tokens->n;
}

static struct heed_translator_part *next_part(struct heed_translator *t)
{
    size_t n_others = (size_t)t->engine->n_others;
    if (t->n_parts == t->made_parts) {
        heed_grow(&t->parts, t->n_parts, &t->cap_parts, sizeof *t->parts);
        t->parts[t->made_parts++] = (struct heed_translator_part){
            .others = heed_xcalloc(n_others + 1, sizeof(struct heed_line)),
            .found = heed_xcalloc((size_t)heed_translator_best(t), sizeof(struct heed_found))};
    }
    return &t->parts[t->n_parts++];
}

/* A text with the tags of the line. */
static const char *tagged(struct heed_translator *t, const char *text, size_t *n)
{
    if (!t->n_tags)
        return text;
    t->tagged.len = t->n_tags;
    heed_str_add(&t->tagged, text, *n);
    *n = t->tagged.len;
    return t->tagged.data;
}

/* The text as tokens of every model. */
static int take_source(struct heed_translator *t, struct heed_translator_part *p, const char *text,
                       size_t n, struct heed_err *err)
{
    const struct heed_engine *e = t->engine;
    if (t->options.source) {
        bool first = t->n_lines == 1;
        return t->options.source(t->ctx, p->line, text, n, first, &p->source, &t->engine->table,
                                 err);
    }
    text = tagged(t, text, &n);
    int status = heed_line_take(&p->source, &e->model->sides.src, text, n, false, err);
    for (int i = 0; i < e->n_others && status == 0; i++)
        status = heed_line_take(&p->others[i], &e->others[i].model->sides.src, text, n, false, err);
    return status;
}

/* A part whose tags are none of the model's. */
static int give_up(struct heed_translator *t, struct heed_translator_part *p, struct heed_err *err)
{
    if (!t->options.keep_going || t->options.source)
        return -1;
    if (t->broken.status == HEED_OK)
        t->broken = *err;
    err->status = HEED_OK;
    p->notes = 1u << HEED_NOTE_BROKEN;
    p->back = true;
    return 0;
}

/* text: of the line from begin to end, or what its source is made of. */
static int add_part(struct heed_translator *t, const struct heed_translator_line *line,
                    size_t begin, size_t end, const char *text, struct heed_err *err)
{
    const struct heed_model *m = t->engine->model;
    struct heed_translator_part *p = next_part(t);
    p->begin = begin;
    p->end = end;
    p->line = line->number;
    p->sentence = (int64_t)(t->n_parts - line->first) - 1;
    p->n = 1;
    heed_found_clear(&p->found[0]);
    if (take_source(t, p, text, end - begin, err))
        return give_up(t, p, err);
    const struct heed_tokens *tokens = &p->source.tokens;
    p->back = t->options.wish || t->options.source ? tokens->n == 0
                                                   : says_nothing(t, text, end - begin, tokens);
    p->notes = tokens->n_cut && !p->back ? 1u << HEED_NOTE_CUT : 0;
    if (!p->back && m->limits.max_src && (int64_t)tokens->n > m->limits.max_src)
        p->notes |= 1u << HEED_NOTE_LONG;
    if (!p->back && mostly_unknown(tokens))
        p->notes |= 1u << HEED_NOTE_UNKNOWN;
    return 0;
}

/* The line's sentences in place of the line, where that is to be. */
static int split(struct heed_translator *t, struct heed_translator_line *line, struct heed_err *err)
{
    const struct heed_translator_part *whole = &t->parts[line->first];
    bool longer = whole->notes & 1u << HEED_NOTE_LONG;
    if (t->options.whole || t->options.wish || t->options.source || whole->back ||
        (heed_seen_several(&t->engine->model->seen) && !longer))
        return 0;
    heed_sentences_cut(&t->sentences, line->text.data, line->text.len);
    if (t->sentences.n == 1)
        return 0;
    int status = 0;
    t->n_parts = line->first;
    for (size_t i = 0; i < t->sentences.n && status == 0; i++) {
        const struct heed_sentence *s = &t->sentences.items[i];
        status = add_part(t, line, s->begin, s->end, line->text.data + s->begin, err);
    }
    line->n = t->sentences.n;
    line->notes = 1u << HEED_NOTE_SPLIT;
    return status;
}

int heed_translator_add(struct heed_translator *t, int64_t number, const char *text, size_t n,
                        struct heed_err *err)
{
    struct heed_translator_line *line = &t->lines[t->n_lines++];
    line->number = number;
    line->first = t->n_parts;
    line->n = 1;
    line->notes = 0;
    heed_str_clear(&line->text);
    t->n_tags = t->options.source ? 0 : heed_tags_size(text, n);
    heed_str_clear(&t->tagged);
    heed_str_add(&t->tagged, text, t->n_tags);
    if (t->n_tags) /* a text of none may be NULL */
        text += t->n_tags;
    n -= t->n_tags;
    if (!t->options.source) /* else it is no text that could come back */
        heed_str_add(&line->text, text, n);
    t->n_bytes += n;
    if (add_part(t, line, 0, n, text, err) || split(t, line, err))
        return -1;
    if (t->options.source)
        t->n_bytes += NUMBERS_BYTES * t->parts[line->first].source.tokens.n;
    return t->n_lines == t->window || t->n_bytes > WINDOW_BYTES ? heed_translator_flush(t, err) : 0;
}
