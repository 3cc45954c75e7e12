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
        h->token_log_prob = heed_xcalloc(1, sizeof(float));
    }
    if (parts & HEED_HYP_WEIGHTS)
        h->weights = heed_xcalloc(1, sizeof(float));
    if (parts & HEED_HYP_QUERIES)
        h->queries = heed_xcalloc(1, sizeof(float));
    heed_hypotheses_grow(h, cap);
}

/* The steps of one source: [N,T,width] of [N,cap,width]. */
static void put_steps(void *to, const void *from, const struct heed_hypotheses *whole, int64_t b,
                      const struct heed_hypotheses *part, int64_t i, int64_t width, size_t elem)
{
    for (int64_t n = 0; from && n < part->N; n++)
        memcpy((char *)to + (size_t)((b * whole->N + n) * whole->cap * width) * elem,
               (const char *)from + (size_t)((i * part->N + n) * part->cap * width) * elem,
               (size_t)(part->T * width) * elem);
}

void heed_hypotheses_put(struct heed_hypotheses *whole, int64_t b,
                         const struct heed_hypotheses *part, int64_t i)
{
    int64_t N = part->N;
    memcpy(whole->tgt_len + b * N, part->tgt_len + i * N, sizeof *part->tgt_len * (size_t)N);
    memcpy(whole->finish + b * N, part->finish + i * N, (size_t)N);
    memcpy(whole->looped + b * N, part->looped + i * N, (size_t)N);
    if (part->log_prob)
        memcpy(whole->log_prob + b * N, part->log_prob + i * N, sizeof(float) * (size_t)N);
    put_steps(whole->tgt, part->tgt, whole, b, part, i, 1, sizeof *part->tgt);
    put_steps(whole->align, part->align, whole, b, part, i, 1, sizeof *part->align);
    put_steps(whole->align_weight, part->align_weight, whole, b, part, i, 1, sizeof(float));
    put_steps(whole->token_log_prob, part->token_log_prob, whole, b, part, i, 1, sizeof(float));
    put_steps(whole->weights, part->weights, whole, b, part, i, part->S, sizeof(float));
    put_steps(whole->queries, part->queries, whole, b, part, i, part->query_width, sizeof(float));
}

void heed_hypotheses_release(struct heed_hypotheses *h)
{
    free(h->tgt);
    free(h->tgt_len);
    free(h->align);
    free(h->align_weight);
    free(h->log_prob);
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
    return heed_side_decode(&sides->tgt, h->tgt + row * h->cap, (size_t)h->tgt_len[row],
                            src ? &aligned : NULL, out, err);
}

void heed_hypotheses_to_doc(const struct heed_hypotheses *h, struct heed_doc *doc)
{
    const int64_t rows = h->B * h->N, bn[] = {h->B, h->N}, bnt[] = {h->B, h->N, h->T},
                  bngts[] = {h->B, h->N, 1, h->T, h->S};
    float *score = heed_xcalloc((size_t)rows + 1, sizeof *score);
    for (int64_t i = 0; i < rows; i++)
        score[i] = h->log_prob[i] / (float)HEED_MAX(h->tgt_len[i], 1);
    heed_doc_add(doc, "tgt", HEED_I32, 3, bnt, h->tgt);
    heed_doc_add(doc, "tgt_len", HEED_I32, 2, bn, h->tgt_len);
    heed_doc_add(doc, "log_prob", HEED_F32, 2, bn, h->log_prob);
    heed_doc_add(doc, "score", HEED_F32, 2, bn, score)->owned = score;
    heed_doc_add(doc, "token_log_prob", HEED_F32, 3, bnt, h->token_log_prob);
    heed_doc_add(doc, "align", HEED_I32, 3, bnt, h->align);
    heed_doc_add(doc, "align_weight", HEED_F32, 3, bnt, h->align_weight);
    heed_doc_add(doc, "finish", HEED_U8, 2, bn, h->finish);
    if (h->weights && h->S)
        heed_doc_add(doc, "weights", HEED_F32, 5, bngts, h->weights);
}
