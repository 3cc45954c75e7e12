/* translator.c: see translator.h. */
#include <stdlib.h>

#include "search/translator.h"

#define ROWS           64
#define WINDOW_BATCHES 32
#define BATCH_CELLS    (1 << 15)

void heed_translator_init(struct heed_translator *t, struct heed_engine *engine,
                          const struct heed_translator_options *o, heed_translator_put *put,
                          void *ctx)
{
    *t = (struct heed_translator){.engine = engine, .options = *o, .put = put, .ctx = ctx};
    if (!t->options.rows)
        t->options.rows = ROWS;
    t->window = (size_t)t->options.rows * WINDOW_BATCHES;
    t->lines = heed_xcalloc(t->window, sizeof *t->lines);
}

void heed_translator_release(struct heed_translator *t)
{
    heed_lines_release(t->lines, t->window);
    *t = (struct heed_translator){0};
}

int heed_translator_add(struct heed_translator *t, int64_t number, const char *text, size_t n,
                        struct heed_err *err)
{
    struct heed_line *l = &t->lines[t->n_lines];
    l->number = number;
    if (heed_line_take(l, &t->engine->model->sides.src, text, n, false, err))
        return -1;
    return ++t->n_lines == t->window ? heed_translator_flush(t, err) : 0;
}

static int put(struct heed_translator *t, const struct heed_line *l,
               const struct heed_hypotheses *h, int64_t b, struct heed_str *text,
               struct heed_err *err)
{
    struct heed_source_text src = {.text = l->text.data,
                                   .size = (int64_t)l->text.len,
                                   .begin = (const int32_t *)l->tokens.begin,
                                   .end = (const int32_t *)l->tokens.end,
                                   .n = (int64_t)l->tokens.n};
    bool keep = t->options.keep_unknown;
    heed_str_clear(text);
    if (heed_hypothesis_text(&t->engine->model->sides, h, b, 0, keep ? NULL : &src, text, err))
        return -1;
    struct heed_translation done = {.number = l->number,
                                    .line = l,
                                    .text = text,
                                    .n_tokens = h->tgt_len[b],
                                    .finished = h->finish[b] || h->tgt_len[b] == 0};
    return t->put(t->ctx, &done, err);
}

/* lines[0..n): one batch. */
static int run_batch(struct heed_translator *t, const struct heed_line *lines, int64_t n,
                     struct heed_err *err)
{
    struct heed_id_row *src = heed_xcalloc((size_t)n, sizeof *src);
    struct heed_hypotheses h = {0};
    struct heed_search_options o = {.loops = t->options.loops};
    struct heed_str text = {0};

    for (int64_t b = 0; b < n; b++)
        src[b] = (struct heed_id_row){lines[b].tokens.ids, (int64_t)lines[b].tokens.n};
    int status = heed_engine_translate(t->engine, src, n, &o, &h, err);
    for (int64_t b = 0; b < n && status == 0; b++)
        status = put(t, &lines[b], &h, b, &text, err);
    heed_hypotheses_release(&h);
    heed_str_release(&text);
    free(src);
    return status;
}

static int by_length(const void *a, const void *b)
{
    const struct heed_line *x = a, *y = b;
    if (x->tokens.n != y->tokens.n)
        return x->tokens.n < y->tokens.n ? 1 : -1;
    return x->number < y->number ? -1 : 1;
}

/* Every row of a batch takes the room of its longest. */
static size_t batch_rows(const struct heed_translator *t, const struct heed_line *longest)
{
    return HEED_MAX(1, HEED_MIN((size_t)t->options.rows, BATCH_CELLS / (longest->tokens.n + 1)));
}

int heed_translator_flush(struct heed_translator *t, struct heed_err *err)
{
    size_t n_lines = t->n_lines;
    int status = 0;
    t->n_lines = 0;
    qsort(t->lines, n_lines, sizeof *t->lines, by_length);
    for (size_t i = 0; i < n_lines && status == 0;) {
        size_t n = HEED_MIN(n_lines - i, batch_rows(t, &t->lines[i]));
        status = run_batch(t, t->lines + i, (int64_t)n, err);
        i += n;
    }
    return status;
}
