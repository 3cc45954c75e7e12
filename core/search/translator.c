/* translator.c: see translator.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/broken.h"
#include "search/translator_parts.h"

#define ROWS           64
#define WINDOW_BATCHES 32
#define BATCH_CELLS    (1 << 15)
#define REFILLS        4 /* a batch has so many times the rows that are decoded together */

void heed_translator_init(struct heed_translator *t, struct heed_engine *engine,
                          const struct heed_translator_options *o, heed_translator_put *put,
                          void *ctx)
{
    *t = (struct heed_translator){.engine = engine, .options = *o, .put = put, .ctx = ctx};
    t->options.keep_unknown |= o->source != NULL;
    if (!t->options.search.rows)
        t->options.search.rows = ROWS;
    t->window = (size_t)t->options.search.rows * WINDOW_BATCHES;
    t->found = heed_xcalloc((size_t)heed_translator_best(t), sizeof *t->found);
    t->lines = heed_xcalloc(t->window, sizeof *t->lines);
}

static void release_found(const struct heed_translator *t, struct heed_found *found)
{
    for (int64_t k = 0; found && k < heed_translator_best(t); k++)
        heed_found_release(&found[k]);
    free(found);
}

void heed_translator_release(struct heed_translator *t)
{
    for (size_t i = 0; t->lines && i < t->window; i++)
        heed_str_release(&t->lines[i].text);
    for (size_t i = 0; i < t->made_parts; i++) {
        heed_line_release(&t->parts[i].source);
        heed_lines_release(t->parts[i].others, (size_t)t->engine->n_others);
        release_found(t, t->parts[i].found);
    }
    release_found(t, t->found);
    free(t->lines);
    free(t->parts);
    heed_str_release(&t->tagged);
    heed_sentences_release(&t->sentences);
    *t = (struct heed_translator){0};
}

/* --- parts to hypotheses --- */

static void note(const struct heed_translator *t, struct heed_translator_part *p,
                 const struct heed_hypotheses *h, int64_t b)
{
    int64_t best = b * h->N;
    if (h->tgt_len[best] && !h->finish[best])
        p->notes |= 1u << HEED_NOTE_LIMIT;
    if (h->looped[best])
        p->notes |= 1u << HEED_NOTE_LOOP;
    if (!t->options.keep_unknown && heed_hypothesis_weak(h, b, 0, t->options.least))
        p->notes |= 1u << HEED_NOTE_WEAK;
}

static int take(struct heed_translator *t, struct heed_translator_part *p,
                const struct heed_hypotheses *h, int64_t b, struct heed_err *err)
{
    const struct heed_line *l = &p->source;
    struct heed_source_text src = {.text = l->text.data,
                                   .size = (int64_t)l->text.len,
                                   .begin = (const int32_t *)l->tokens.begin,
                                   .end = (const int32_t *)l->tokens.end,
                                   .n = (int64_t)l->tokens.n,
                                   .least = t->options.least,
                                   .dictionary = t->options.dictionary};
    int status = 0;
    note(t, p, h, b);
    for (p->n = 0; p->n < h->N && status == 0; p->n++) {
        struct heed_found *f = &p->found[p->n];
        if (p->n && h->tgt_len[b * h->N + p->n] == 0)
            break; /* fewer were found */
        heed_found_take(f, h, b, p->n);
        status = heed_hypothesis_text(&t->engine->model->sides, h, b, p->n,
                                      t->options.keep_unknown ? NULL : &src, &f->text, err);
    }
    return status;
}

/* What is asked of the targets of a batch. */
struct asked {
    struct heed_wish *wishes;
    int32_t *force, *force_len;
    uint64_t *keys;
};

static void release_asked(struct asked *a)
{
    free(a->wishes);
    free(a->force);
    free(a->force_len);
    free(a->keys);
}

static void set_force(struct asked *a, struct heed_search_options *o,
                      const struct heed_phrase *force, int64_t n)
{
    for (int64_t b = 0; b < n; b++)
        o->force_width = HEED_MAX(o->force_width, force[b].n);
    a->force = heed_xcalloc((size_t)(n * o->force_width + 1), sizeof *a->force);
    a->force_len = heed_xcalloc((size_t)n, sizeof *a->force_len);
    for (int64_t b = 0; b < n; b++) {
        memcpy(a->force + b * o->force_width, force[b].ids, sizeof *a->force * (size_t)force[b].n);
        a->force_len[b] = (int32_t)force[b].n;
    }
    o->force = a->force;
    o->force_len = a->force_len;
}

static int ask(const struct heed_translator *t, struct heed_translator_part *const *parts,
               int64_t n, struct asked *a, struct heed_search_options *o, struct heed_err *err)
{
    struct heed_phrase *force = heed_xcalloc((size_t)n, sizeof *force);
    int status = 0;
    o->keys = a->keys = heed_xcalloc((size_t)n, sizeof *a->keys);
    for (int64_t b = 0; b < n; b++)
        a->keys[b] = heed_search_key(parts[b]->line, parts[b]->sentence);
    if (t->options.wish)
        o->wishes = a->wishes = heed_xcalloc((size_t)n, sizeof *a->wishes);
    for (int64_t b = 0; b < n && a->wishes && status == 0; b++)
        status = t->options.wish(t->ctx, parts[b]->line, &a->wishes[b], &force[b], err);
    if (status == 0 && n && force[0].ids)
        set_force(a, o, force, n);
    free(force);
    return status;
}

static struct heed_id_row ids_of(const struct heed_line *l)
{
    return (struct heed_id_row){l->tokens.ids, (int64_t)l->tokens.n};
}

/* Where the others are to go on, those parts that cannot be done are empty. */
static int run(struct heed_translator *t, struct heed_translator_part *const *parts,
               const struct heed_id_row *src, int64_t n, const struct heed_search_options *o,
               struct heed_hypotheses *h, struct heed_err *err)
{
    struct heed_err why;
    if (!t->options.keep_going)
        return heed_engine_translate(t->engine, src, n, o, h, err);
    uint8_t *broken = heed_xcalloc((size_t)n + 1, 1);
    int status = heed_engine_translate_on(t->engine, src, n, o, h, broken, &why);
    for (int64_t b = 0; b < n; b++)
        parts[b]->notes |= broken[b] ? 1u << HEED_NOTE_BROKEN : 0;
    if (t->broken.status == HEED_OK)
        t->broken = why;
    if (status)
        *err = why;
    free(broken);
    return status;
}

/* One batch. */
static int run_batch(struct heed_translator *t, struct heed_translator_part *const *parts,
                     int64_t n, struct heed_err *err)
{
    int n_others = t->engine->n_others;
    struct heed_id_row *src = heed_xcalloc((size_t)(n * (1 + n_others)), sizeof *src);
    struct heed_hypotheses h = {0};
    struct heed_search_options o = t->options.search;
    struct asked asked = {0};

    for (int64_t b = 0; b < n; b++) {
        src[b] = ids_of(&parts[b]->source);
        for (int i = 0; i < n_others; i++)
            src[(i + 1) * n + b] = ids_of(&parts[b]->others[i]);
    }
    int status = ask(t, parts, n, &asked, &o, err) ? -1 : run(t, parts, src, n, &o, &h, err);
    for (int64_t b = 0; b < n && status == 0; b++)
        status = take(t, parts[b], &h, b, err);
    heed_hypotheses_release(&h);
    release_asked(&asked);
    free(src);
    return status;
}

/* Equal ones in the order of the lines. */
static int by_length(const void *a, const void *b)
{
    const struct heed_translator_part *x = *(struct heed_translator_part *const *)a,
                                      *y = *(struct heed_translator_part *const *)b;
    if (x->source.tokens.n != y->source.tokens.n)
        return x->source.tokens.n < y->source.tokens.n ? 1 : -1;
    return x < y ? -1 : 1;
}

/* Every row of a batch takes the room of its longest. */
static size_t batch_rows(const struct heed_translator *t,
                         const struct heed_translator_part *longest)
{
    size_t cells =
        t->options.unsorted ? HEED_TOKENS_MAX : longest->source.tokens.n + 1; /* any may come */
    return HEED_MAX(1, HEED_MIN((size_t)t->options.search.rows * REFILLS, BATCH_CELLS / cells));
}

static int translate(struct heed_translator *t, struct heed_err *err)
{
    struct heed_translator_part **order = heed_xcalloc(t->n_parts + 1, sizeof(*order));
    size_t n_order = 0;
    int status = 0;
    for (size_t i = 0; i < t->n_parts; i++)
        if (!t->parts[i].back)
            order[n_order++] = &t->parts[i];
    if (!t->options.unsorted)
        qsort(order, n_order, sizeof(*order), by_length);
    for (size_t i = 0; i < n_order && status == 0;) {
        size_t n = HEED_MIN(n_order - i, batch_rows(t, order[i]));
        status = run_batch(t, order + i, (int64_t)n, err);
        i += n;
    }
    free(order);
    return status;
}

/* --- hypotheses to lines --- */

/* What stood between two parts. Where nothing did, as in Chinese, and the left one ends as in languages that
 * have blanks, it is a blank. */
static void add_between(struct heed_str *text, const struct heed_translator_line *line, size_t from,
                        size_t to)
{
    if (to > from)
        heed_str_add(text, line->text.data + from, to - from);
    else if (text->len && heed_sentence_wants_blank(text->data, text->len))
        heed_str_add_text(text, " ");
}

/* Way k through the line's parts. */
static void join(const struct heed_translator *t, const struct heed_translator_line *line,
                 const int32_t *way, bool blank, struct heed_found *f)
{
    const struct heed_translator_part *parts = t->parts + line->first;
    heed_found_clear(f);
    for (size_t i = 0; i < line->n; i++) {
        const struct heed_translator_part *p = &parts[i];
        const struct heed_str *text = &p->found[way[i]].text;
        if (i)
            add_between(&f->text, line, parts[i - 1].end, p->begin);
        if (!p->back)
            heed_str_add(&f->text, text->data, text->len);
        else if (!blank)
            heed_str_add(&f->text, line->text.data + p->begin, p->end - p->begin);
        heed_found_add(f, &p->found[way[i]]);
    }
    heed_text_one_column(&f->text, 0);
}

static int64_t join_all(struct heed_translator *t, const struct heed_translator_line *line,
                        bool blank)
{
    const struct heed_found **of = heed_xcalloc(line->n + 1, sizeof(*of));
    int64_t *n_of = heed_xcalloc(line->n + 1, sizeof *n_of);
    int32_t *ways = heed_xcalloc(line->n * (size_t)heed_translator_best(t) + 1, sizeof *ways);
    for (size_t i = 0; i < line->n; i++) {
        of[i] = t->parts[line->first + i].found;
        n_of[i] = t->parts[line->first + i].n;
    }
    int64_t n = heed_found_ways(of, n_of, (int64_t)line->n, heed_translator_best(t), ways);
    for (int64_t k = 0; k < n; k++)
        join(t, line, ways + k * (int64_t)line->n, blank, &t->found[k]);
    free(of);
    free(n_of);
    free(ways);
    return n;
}

static int put(struct heed_translator *t, const struct heed_translator_line *line,
               struct heed_err *err)
{
    bool back = true, blank = heed_text_blank(line->text.data, line->text.len);
    struct heed_translation done = {.number = line->number, .notes = line->notes};
    for (size_t i = 0; i < line->n; i++) {
        done.notes |= t->parts[line->first + i].notes;
        back = back && t->parts[line->first + i].back;
    }
    if (back && !blank && !(done.notes & 1u << HEED_NOTE_BROKEN))
        done.notes |= 1u << HEED_NOTE_BACK;
    done.n = join_all(t, line, blank);
    done.why = t->broken.status == HEED_OK ? "" : t->broken.text;
    if (done.notes & 1u << HEED_NOTE_BROKEN) { /* the rest of it would be no translation */
        done.n = 1;
        heed_found_clear(&t->found[0]);
        t->found[0].score = t->found[0].log_prob = -INFINITY;
    }
    done.found = t->found;
    done.text = &t->found[0].text;
    done.n_tokens = t->found[0].n_tokens;
    return t->put(t->ctx, &done, err);
}

int heed_translator_flush(struct heed_translator *t, struct heed_err *err)
{
    int status = translate(t, err);
    for (size_t i = 0; i < t->n_lines && status == 0; i++)
        status = put(t, &t->lines[i], err);
    t->n_lines = t->n_parts = t->n_bytes = 0;
    return status;
}
