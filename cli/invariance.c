/* invariance.c: see invariance.h. */
#include <string.h>

#include "cli/invariance.h"

static const struct way {
    const char *name;
    int64_t rows;
    int jobs;
    bool shuffled, padded;
} ways[INVARIANCE_WAYS] = {
    {"rows 1", 1, 1, false, false},     {"rows 7", 7, 1, false, false},
    {"rows 64", 64, 1, false, false},   {"shuffled", 64, 1, true, false},
    {"padded", 64, 1, false, true},     {"2 workers", 64, 2, false, false},
    {"4 workers", 64, 4, false, false}, {"4 workers, rows 7, shuffled, padded", 7, 4, true, true},
};

/* Place i of n in an order that is not the first: i * step modulo n, step without a divisor of n. */
static int64_t *order_of(const struct way *w, int64_t n)
{
    int64_t *order = heed_xcalloc((size_t)n + 1, sizeof *order), step = 7919;
    while (n % step == 0)
        step = step * 2 + 1;
    for (int64_t i = 0; i < n; i++)
        order[i] = w->shuffled ? (i * step + n / 2) % n : i;
    return order;
}

/* --- lines --- */

/* All that is said of a line, as bytes. */
struct answers {
    struct heed_str *of; /* [n] */
    const struct heed_translator_options *options;
    void *ctx; /* for the caller's wish() and source() */
};

static int keep(void *opaque, const struct heed_translation *t, struct heed_err *err)
{
    struct answers *a = opaque;
    struct heed_str *s = &a->of[t->number];
    (void)err;
    for (int64_t k = 0; k < t->n; k++) {
        const struct heed_found *f = &t->found[k];
        heed_str_add(s, (const char *)&f->score, sizeof f->score);
        heed_str_add(s, (const char *)&f->log_prob, sizeof f->log_prob);
        heed_str_add(s, f->ids.data, f->ids.len);
        heed_str_add(s, f->tokens.data, f->tokens.len);
        heed_str_add(s, f->text.data, f->text.len + 1);
    }
    heed_str_add(s, (const char *)&t->notes, sizeof t->notes);
    return 0;
}

static int wish(void *opaque, int64_t line, struct heed_wish *w, struct heed_phrase *force,
                struct heed_err *err)
{
    struct answers *a = opaque;
    return a->options->wish(a->ctx, line, w, force, err);
}

static int source(void *opaque, int64_t line, const char *text, size_t n, bool first,
                  struct heed_line *out, const float **table, struct heed_err *err)
{
    struct answers *a = opaque;
    return a->options->source(a->ctx, line, text, n, first, out, table, err);
}

static int translate(const struct heed_ensemble *m, const struct heed_corpus *lines,
                     const struct way *w, struct answers *a, struct heed_err *err)
{
    struct heed_engine engine;
    struct heed_translator t;
    struct heed_translator_options o = *a->options;
    int64_t *order = order_of(w, (int64_t)lines->n);
    int status = 0;
    o.search.rows = w->rows;
    o.search.log_probs = true;
    o.unsorted = w->padded;
    o.wish = o.wish ? wish : NULL;
    o.source = o.source ? source : NULL;
    heed_engine_init_ensemble(&engine, m, w->jobs);
    heed_translator_init(&t, &engine, &o, keep, a);
    for (size_t i = 0; i < lines->n && status == 0; i++) {
        const struct heed_pair *p = &lines->pairs[order[i]];
        status = heed_translator_add(&t, order[i], p->src, p->src_len, err);
    }
    if (status == 0)
        status = heed_translator_flush(&t, err);
    heed_translator_release(&t);
    heed_engine_release(&engine);
    free(order);
    return status;
}

static void release_answers(struct heed_str *of, size_t n)
{
    for (size_t i = 0; i < n; i++)
        heed_str_release(&of[i]);
    free(of);
}

int invariance_lines(struct invariance *v, const struct heed_ensemble *m,
                     const struct heed_corpus *lines, const struct heed_translator_options *o,
                     void *ctx, struct heed_err *err)
{
    const struct way usual = {.rows = o->search.rows, .jobs = 1};
    struct answers want = {heed_xcalloc(lines->n + 1, sizeof *want.of), o, ctx};
    int status = translate(m, lines, &usual, &want, err);
    v->n_lines += (int64_t)lines->n;
    for (size_t w = 0; w < INVARIANCE_WAYS && status == 0; w++) {
        struct answers got = {heed_xcalloc(lines->n + 1, sizeof *got.of), o, ctx};
        status = translate(m, lines, &ways[w], &got, err);
        for (size_t i = 0; i < lines->n && status == 0; i++)
            v->differ[w] += got.of[i].len != want.of[i].len ||
                            memcmp(got.of[i].data, want.of[i].data, got.of[i].len) != 0;
        release_answers(got.of, lines->n);
    }
    release_answers(want.of, lines->n);
    return status;
}

/* --- frames --- */

#define PADDING 13

/* Rows of `width` bytes in another order, each at the beginning of `room` bytes; NULL stays NULL. */
static void *laid(const void *from, const int64_t *order, int64_t n, size_t width, size_t room)
{
    char *to = from ? heed_xcalloc((size_t)n + 1, room + 1) : NULL;
    for (int64_t i = 0; i < n && from; i++)
        memcpy(to + (size_t)i * room, (const char *)from + (size_t)order[i] * width, width);
    return to;
}

struct copy { /* of a batch and what is asked of it, in another order */
    struct heed_encoded x;
    struct heed_search_options o;
};

static void lay(struct copy *c, const struct heed_encoded *x, const struct heed_search_options *o,
                const struct way *w, const int64_t *order)
{
    const int64_t B = x->B, more = w->padded ? PADDING : 0;
    const size_t f = sizeof(float), i = sizeof(int32_t);
    c->x = *x;
    c->o = *o;
    c->x.S += more;
    c->x.src_width += x->src ? more : 0;
    c->x.memory = laid(x->memory, order, B, f * (size_t)(x->S * x->D), f * (size_t)(c->x.S * x->D));
    c->x.keys = laid(x->keys, order, B, f * (size_t)(x->S * x->key_width),
                     f * (size_t)(c->x.S * x->key_width));
    c->x.len = laid(x->len, order, B, i, i);
    c->x.state = laid(x->state, order, B, f * (size_t)x->W, f * (size_t)x->W);
    c->x.src = laid(x->src, order, B, i * (size_t)x->src_width, i * (size_t)c->x.src_width);
    c->o.force = laid(o->force, order, B, i * (size_t)o->force_width, i * (size_t)o->force_width);
    c->o.force_len = laid(o->force_len, order, B, i, i);
    c->o.keys = laid(o->keys, order, B, sizeof *o->keys, sizeof *o->keys);
    c->o.wishes = laid(o->wishes, order, B, sizeof *o->wishes, sizeof *o->wishes);
}

static void release_copy(struct copy *c)
{
    const void *all[] = {c->x.memory, c->x.keys,      c->x.len,  c->x.state, c->x.src,
                         c->o.force,  c->o.force_len, c->o.keys, c->o.wishes};
    for (size_t i = 0; i < HEED_COUNT(all); i++)
        free((void *)all[i]);
}

static int search(struct heed_model *m, const struct way *w, const struct heed_encoded *x,
                  const struct heed_search_options *o, struct heed_hypotheses *out,
                  struct heed_err *err)
{
    struct heed_engine engine;
    struct heed_search_options way = *o;
    way.rows = w->rows;
    way.log_probs = true;
    heed_engine_init(&engine, m, w->jobs);
    int status = heed_engine_decode(&engine, x, &way, out, err);
    heed_engine_release(&engine);
    return status;
}

static int64_t count(const struct heed_hypotheses *want, const struct heed_hypotheses *got,
                     const int64_t *order)
{
    int64_t differ = 0;
    for (int64_t i = 0; i < got->B; i++) {
        bool same = true;
        for (int64_t n = 0; n < got->N; n++)
            same = same && heed_hypothesis_same(want, order[i] * want->N + n, got, i * got->N + n);
        differ += !same;
    }
    return differ;
}

int invariance_frame(struct invariance *v, struct heed_model *m, const struct heed_encoded *x,
                     const struct heed_search_options *o, struct heed_err *err)
{
    const struct way usual = {.jobs = 1};
    struct heed_hypotheses want = {0};
    int status = search(m, &usual, x, o, &want, err);
    v->n_lines += x->B;
    for (size_t w = 0; w < INVARIANCE_WAYS && status == 0; w++) {
        struct heed_hypotheses got = {0};
        struct copy c;
        int64_t *order = order_of(&ways[w], x->B);
        lay(&c, x, o, &ways[w], order);
        status = search(m, &ways[w], &c.x, &c.o, &got, err);
        if (status == 0)
            v->differ[w] += count(&want, &got, order);
        heed_hypotheses_release(&got);
        release_copy(&c);
        free(order);
    }
    heed_hypotheses_release(&want);
    return status;
}

int invariance_tell(const struct invariance *v, struct heed_err *err)
{
    int64_t most = 0;
    for (size_t w = 0; w < INVARIANCE_WAYS; w++) {
        heed_out("%s\t%lld\t%lld\n", ways[w].name, (long long)v->n_lines, (long long)v->differ[w]);
        most = HEED_MAX(most, v->differ[w]);
    }
    return most
               ? heed_fail(err, "%lld of %lld lines differ", (long long)most, (long long)v->n_lines)
               : 0;
}
