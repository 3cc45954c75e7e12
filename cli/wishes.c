/* wishes.c: see wishes.h. */
#include <string.h>

#include "cli/wishes.h"
#include "data/line.h"

static int add_phrase(struct wished *w, const struct heed_side *side, const char *text, size_t n,
                      bool eos, struct heed_err *err)
{
    struct heed_line line = {0};
    int status = heed_line_take(&line, side, text, n, eos, err);
    if (status == 0 && eos && line.tokens.n == 0) /* the end at once, which has a probability */
        heed_tokens_add(&line.tokens, HEED_EOS, 0, 0);
    if (status == 0) {
        size_t size = sizeof *line.tokens.ids * line.tokens.n;
        int32_t *ids = heed_xmalloc(size + 1);
        if (size)
            memcpy(ids, line.tokens.ids, size);
        heed_grow(&w->phrases, w->n, &w->cap, sizeof *w->phrases);
        w->phrases[w->n++] = (struct heed_phrase){ids, (int64_t)line.tokens.n};
    }
    heed_line_release(&line);
    return status;
}

/* The terms of a line, as many as it has columns that are not empty. */
static int add_terms(struct wished *w, const struct heed_side *side, const char *text, size_t n,
                     struct heed_err *err)
{
    heed_grow(&w->first, w->n_lines, &w->cap_lines, sizeof *w->first);
    size_t first = w->first[w->n_lines++] = w->n;
    for (size_t i = 0; i < n;) {
        const char *tab = memchr(text + i, '\t', n - i);
        size_t len = tab ? (size_t)(tab - text) - i : n - i;
        if (add_phrase(w, side, text + i, len, false, err))
            return -1;
        if (w->phrases[w->n - 1].n == 0) /* a blank one is none */
            free((void *)w->phrases[--w->n].ids);
        i += len + 1;
    }
    if (w->n - first > HEED_TERMS_MAX)
        return heed_fail(err, "%zu terms, at most %d can be seen to", w->n - first, HEED_TERMS_MAX);
    return 0;
}

static int read_file(struct wished *w, const struct heed_side *side, int64_t column, bool eos,
                     bool terms, struct heed_err *err)
{
    struct heed_text in;
    int got;
    if (!w->path)
        return 0;
    if (heed_text_open(&in, w->path, HEED_CLEAN_LENIENT, 0, err))
        return -1;
    in.column = column;
    while ((got = heed_text_next(&in, err)) > 0)
        if (terms ? add_terms(w, side, in.line.data, in.line.len, err)
                  : add_phrase(w, side, in.line.data, in.line.len, eos, err)) {
            got = heed_err_prefix(err, "%s: line %lld: ", in.in.name, (long long)in.number);
            break;
        }
    heed_text_close(&in);
    return got < 0 ? -1 : 0;
}

int wishes_read(struct wishes *w, const struct heed_side *side, struct heed_err *err)
{
    return read_file(&w->force, side, w->column, true, false, err) ||
                   read_file(&w->prefix, side, 0, false, false, err) ||
                   read_file(&w->terms, side, 0, false, true, err) ||
                   read_file(&w->forbidden, side, 0, false, false, err)
               ? -1
               : 0;
}

static void release(struct wished *w)
{
    for (size_t i = 0; i < w->n; i++)
        free((void *)w->phrases[i].ids);
    free(w->phrases);
    free(w->first);
}

void wishes_release(struct wishes *w)
{
    release(&w->force);
    release(&w->prefix);
    release(&w->terms);
    release(&w->forbidden);
}

bool wishes_any(const struct wishes *w)
{
    return w->force.path || w->prefix.path || w->terms.path;
}

static int has_line(const struct wished *w, size_t n, int64_t line, struct heed_err *err)
{
    if (!w->path || line < (int64_t)n)
        return 0;
    return heed_fail(err, "%s has %zu lines, the stream a line %lld", w->path, n,
                     (long long)line + 1);
}

int wishes_line(const struct wishes *w, int64_t line, struct heed_wish *wish,
                struct heed_phrase *force, struct heed_err *err)
{
    if (has_line(&w->force, w->force.n, line, err) ||
        has_line(&w->prefix, w->prefix.n, line, err) ||
        has_line(&w->terms, w->terms.n_lines, line, err))
        return -1;
    if (w->force.path)
        *force = w->force.phrases[line];
    if (w->prefix.path)
        wish->prefix = w->prefix.phrases[line];
    if (w->terms.path) {
        size_t first = w->terms.first[line];
        size_t end = (size_t)line + 1 < w->terms.n_lines ? w->terms.first[line + 1] : w->terms.n;
        wish->terms = w->terms.phrases + first;
        wish->n_terms = (int64_t)(end - first);
    }
    return 0;
}
