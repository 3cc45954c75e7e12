/* hypotheses.c: room for what search finds, and the way to text. */
#include <string.h>

#include "search/hypotheses.h"

/* Rows of `width` elements a step, from room for `from` steps to room for `to`. */
static void *grown(void *old, int64_t rows, int64_t from, int64_t to, int64_t width, size_t elem)
{
    char *fresh = heed_xcalloc((size_t)(rows * to * width + 1), elem);
    for (int64_t r = 0; old && r < rows; r++)
        memcpy(fresh + (size_t)(r * to * width) * elem,
               (char *)old + (size_t)(r * from * width) * elem,
               (size_t)(HEED_MIN(from, to) * width) * elem);
    free(old);
    return fresh;
}

void heed_hypotheses_grow(struct heed_hypotheses *h, int64_t cap)
{
    int64_t rows = h->B * h->N, from = h->cap;
    h->tgt = grown(h->tgt, rows, from, cap, 1, sizeof *h->tgt);
    h->align = grown(h->align, rows, from, cap, 1, sizeof *h->align);
    h->align_weight = grown(h->align_weight, rows, from, cap, 1, sizeof *h->align_weight);
    if (h->token_log_prob)
        h->token_log_prob = grown(h->token_log_prob, rows, from, cap, 1, sizeof(float));
    if (h->weights)
        h->weights = grown(h->weights, rows, from, cap, h->S, sizeof(float));
    if (h->queries)
        h->queries = grown(h->queries, rows, from, cap, h->query_width, sizeof(float));
    h->cap = cap;
}

void heed_hypotheses_make(struct heed_hypotheses *h, unsigned parts, int64_t cap)
{
    size_t rows = (size_t)(h->B * h->N);
    h->tgt_len = heed_xcalloc(rows, sizeof *h->tgt_len);
    h->finish = heed_xcalloc(rows, sizeof *h->finish);
    h->looped = heed_xcalloc(rows, sizeof *h->looped);
    if (parts & HEED_HYP_LOG_PROBS) {
        h->log_prob = heed_xcalloc(rows, sizeof(float));
        h->score = heed_xcalloc(rows, sizeof(float));
        h->token_log_prob = heed_xcalloc(1, sizeof(float));
    }
    if (parts & HEED_HYP_WEIGHTS)
        h->weights = heed_xcalloc(1, sizeof(float));
    if (parts & HEED_HYP_QUERIES)
        h->queries = heed_xcalloc(1, sizeof(float));
    heed_hypotheses_grow(h, cap);
}

static void copy_steps(void *b, int64_t to, int64_t b_cap, const void *a, int64_t from,
                       int64_t a_cap, int64_t steps, size_t size)
{
    if (a && b)
        memcpy((char *)b + (size_t)(to * b_cap) * size,
               (const char *)a + (size_t)(from * a_cap) * size, (size_t)steps * size);
}

void heed_hypotheses_copy(struct heed_hypotheses *b, int64_t to, const struct heed_hypotheses *a,
                          int64_t from, int64_t steps)
{
    b->tgt_len[to] = a->tgt_len[from];
    b->finish[to] = a->finish[from];
    b->looped[to] = a->looped[from];
    if (a->log_prob && b->log_prob) {
        b->log_prob[to] = a->log_prob[from];
        b->score[to] = a->score[from];
    }
#define COPY(member, width)                                                                        \
    copy_steps(b->member, to, b->cap, a->member, from, a->cap, steps,                              \
               sizeof *a->member *(size_t)(width))
    COPY(tgt, 1);
    COPY(align, 1);
    COPY(align_weight, 1);
    COPY(token_log_prob, 1);
    COPY(weights, a->S);
    COPY(queries, a->query_width);
#undef COPY
}

void heed_hypotheses_put(struct heed_hypotheses *whole, int64_t b,
                         const struct heed_hypotheses *part, int64_t i)
{
    for (int64_t n = 0; n < part->N; n++)
        heed_hypotheses_copy(whole, b * whole->N + n, part, i * part->N + n, part->T);
}

void heed_hypotheses_release(struct heed_hypotheses *h)
{
    free(h->tgt);
    free(h->tgt_len);
    free(h->align);
    free(h->align_weight);
    free(h->log_prob);
    free(h->score);
    free(h->token_log_prob);
    free(h->weights);
    free(h->queries);
    free(h->finish);
    free(h->looped);
    memset(h, 0, sizeof *h);
}

bool heed_hypothesis_weak(const struct heed_hypotheses *h, int64_t b, int64_t n, double least)
{
    int64_t row = b * h->N + n;
    bool weak = false;
    for (int64_t t = 0; t < h->tgt_len[row] && !weak; t++)
        weak = h->tgt[row * h->cap + t] == HEED_UNK &&
               (double)h->align_weight[row * h->cap + t] < least;
    return weak;
}

int heed_hypothesis_text(const struct heed_sides *sides, const struct heed_hypotheses *h, int64_t b,
                         int64_t n, const struct heed_source_text *src, struct heed_str *out,
                         struct heed_err *err)
{
    int64_t row = b * h->N + n;
    struct heed_source_text aligned = src ? *src : (struct heed_source_text){0};
    aligned.align = h->align + row * h->cap;
    aligned.weight = h->align_weight + row * h->cap;
    return heed_side_say(&sides->tgt, h->tgt + row * h->cap, (size_t)h->tgt_len[row],
                         src ? &aligned : NULL, out, err);
}

static bool same_steps(const void *a, int64_t i, int64_t a_cap, const void *b, int64_t j,
                       int64_t b_cap, int64_t steps, size_t size)
{
    if (!a || !b)
        return !a == !b;
    return !memcmp((const char *)a + (size_t)(i * a_cap) * size,
                   (const char *)b + (size_t)(j * b_cap) * size, (size_t)steps * size);
}

bool heed_hypothesis_same(const struct heed_hypotheses *a, int64_t i,
                          const struct heed_hypotheses *b, int64_t j)
{
    int64_t n = a->tgt_len[i];
#define SAME(member)     same_steps(a->member, i, a->cap, b->member, j, b->cap, n, sizeof *a->member)
#define SAME_ONE(member) same_steps(a->member, i, 1, b->member, j, 1, 1, sizeof *a->member)
    return n == b->tgt_len[j] && SAME_ONE(finish) && SAME_ONE(looped) && SAME_ONE(log_prob) &&
           SAME_ONE(score) && SAME(tgt) && SAME(align) && SAME(align_weight) &&
           SAME(token_log_prob);
#undef SAME
#undef SAME_ONE
}

void heed_hypotheses_to_doc(const struct heed_hypotheses *h, struct heed_doc *doc)
{
    const int64_t bn[] = {h->B, h->N}, bnt[] = {h->B, h->N, h->T},
                  bngts[] = {h->B, h->N, 1, h->T, h->S};
    heed_doc_add(doc, "tgt", HEED_I32, 3, bnt, h->tgt);
    heed_doc_add(doc, "tgt_len", HEED_I32, 2, bn, h->tgt_len);
    heed_doc_add(doc, "log_prob", HEED_F32, 2, bn, h->log_prob);
    heed_doc_add(doc, "score", HEED_F32, 2, bn, h->score);
    heed_doc_add(doc, "token_log_prob", HEED_F32, 3, bnt, h->token_log_prob);
    heed_doc_add(doc, "align", HEED_I32, 3, bnt, h->align);
    heed_doc_add(doc, "align_weight", HEED_F32, 3, bnt, h->align_weight);
    heed_doc_add(doc, "finish", HEED_U8, 2, bn, h->finish);
    if (h->weights && h->S)
        heed_doc_add(doc, "weights", HEED_F32, 5, bngts, h->weights);
}
