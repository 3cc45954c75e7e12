/* recount.c: see recount.h. A pair in the spool is a head, its source, its target; pairs that were taken at once are a block. */
#include "data/recount.h"

#include <stdlib.h>
#include <string.h>

struct head {
    uint32_t n_src, n_tgt, line, corpus;
};
struct heed_recount_block {
    int64_t at;
    size_t size, n;
};

static bool counts(const struct heed_side *s)
{
    return !((const struct heed_tokenizer *)s->tokenizer.plugin)->train;
}

bool heed_recount_wanted(const struct heed_pairs_options *o, const struct heed_sides *sides)
{
    return !o->vocab && (counts(&sides->src) || counts(&sides->tgt));
}

static int count_all(struct heed_recount *r, struct heed_err *err)
{
    const struct heed_corpus *c = &r->p->corpus;
    for (size_t i = 0; i < c->n; i++) {
        const struct heed_pair *p = &c->pairs[i];
        size_t n;
        const char *src = heed_pair_source(p, &n);
        struct heed_side *tgt = &r->counted[r->sides->joint ? 0 : 1];
        if (r->counted[0].tokenizer.plugin && heed_side_count(&r->counted[0], src, n, err))
            return -1;
        if (tgt->tokenizer.plugin && heed_side_count(tgt, p->tgt, p->tgt_len, err))
            return -1;
    }
    return 0;
}

int heed_recount_begin(struct heed_recount *r, struct heed_pairs *p,
                       const struct heed_pairs_options *o, struct heed_sides *sides,
                       struct heed_err *err)
{
    *r = (struct heed_recount){.o = o, .sides = sides};
    if (heed_spool_open(&r->text, o->spool, o->spool_limit, err))
        return -1;
    r->p = p;
    const struct heed_side *side[] = {&sides->src, &sides->tgt};
    for (int i = 0; i < (sides->joint ? 1 : 2); i++)
        if (counts(side[i]) && heed_side_count_begin(&r->counted[i], side[i]->tokenizer.spec, err))
            return -1;
    if (count_all(r, err))
        return -1;
    r->head = p->corpus;
    r->aside = true;
    heed_corpus_init(&p->corpus);
    return 0;
}

static int put(struct heed_recount *r, const struct heed_pair *p, struct heed_err *err)
{
    struct head head = {p->src_len, p->tgt_len, p->line, p->corpus};
    return heed_spool_write(&r->text, &head, sizeof head, err) ||
                   heed_spool_write(&r->text, p->src, p->src_len, err) ||
                   heed_spool_write(&r->text, p->tgt, p->tgt_len, err)
               ? -1
               : 0;
}

int heed_recount_take(struct heed_recount *r, struct heed_err *err)
{
    struct heed_corpus *c = &r->p->corpus;
    struct heed_recount_block block = {.at = r->text.size, .n = c->n};
    if (count_all(r, err))
        return -1;
    for (size_t i = 0; i < c->n; i++)
        if (put(r, &c->pairs[i], err))
            return -1;
    block.size = (size_t)(r->text.size - block.at);
    heed_grow(&r->blocks, r->n_blocks, &r->cap, sizeof *r->blocks);
    r->blocks[r->n_blocks++] = block;
    c->n = 0;
    heed_arena_reset(&c->text);
    return 0;
}

static int replace(struct heed_recount *r, int which, struct heed_side *side, struct heed_err *err)
{
    struct heed_side *counted = &r->counted[which];
    if (!counted->tokenizer.plugin)
        return 0;
    if (heed_side_count_end(counted, r->o->vocab_size, r->o->min_count, err))
        return -1;
    r->p->n_lost = HEED_MAX(r->p->n_lost, counted->n_lost);
    heed_side_release(side);
    *side = *counted;
    *counted = (struct heed_side){0};
    return 0;
}

int heed_recount_end(struct heed_recount *r, struct heed_err *err)
{
    struct heed_sides *s = r->sides;
    struct heed_corpus rest = r->p->corpus;
    heed_corpus_take_counts(&r->head, &rest);
    heed_corpus_release(&rest);
    r->p->corpus = r->head;
    r->aside = false;
    r->p->counted = true;
    if (replace(r, 0, &s->src, err) || replace(r, 1, &s->tgt, err))
        return -1;
    if (!s->joint)
        return 0;
    heed_side_release(&s->tgt);
    return heed_sides_share(s, err);
}

int heed_recount_next(struct heed_recount *r, struct heed_err *err)
{
    struct heed_corpus *c = &r->p->corpus;
    if (r->at == r->n_blocks)
        return 0;
    const struct heed_recount_block *block = &r->blocks[r->at++];
    char *bytes = heed_xmalloc(block->size + 1), *at = bytes;
    int status = heed_spool_read(&r->text, block->at, bytes, block->size, err);
    for (size_t i = 0; i < block->n && status == 0; i++) {
        struct head head;
        memcpy(&head, at, sizeof head);
        at += sizeof head;
        heed_corpus_add(c, at, head.n_src, at + head.n_src, head.n_tgt);
        c->pairs[c->n - 1].line = head.line;
        c->pairs[c->n - 1].corpus = (uint8_t)head.corpus;
        at += head.n_src + head.n_tgt;
    }
    free(bytes);
    return status ? -1 : 1;
}

void heed_recount_close(struct heed_recount *r)
{
    if (!r->p)
        return;
    for (int i = 0; i < 2; i++)
        heed_side_release(&r->counted[i]);
    if (r->aside)
        heed_corpus_release(&r->head);
    heed_spool_close(&r->text);
    free(r->blocks);
    *r = (struct heed_recount){0};
}
