/* found.c: see found.h. */
#include <string.h>

#include "search/found.h"

void heed_found_clear(struct heed_found *f)
{
    heed_str_clear(&f->text);
    heed_str_clear(&f->ids);
    heed_str_clear(&f->tokens);
    f->score = f->log_prob = 0;
    f->n_tokens = 0;
}

void heed_found_release(struct heed_found *f)
{
    heed_str_release(&f->text);
    heed_str_release(&f->ids);
    heed_str_release(&f->tokens);
}

void heed_found_take(struct heed_found *f, const struct heed_hypotheses *h, int64_t b, int64_t n)
{
    int64_t row = b * h->N + n, at = row * h->cap;
    size_t len = (size_t)h->tgt_len[row];
    heed_found_clear(f);
    f->n_tokens = h->tgt_len[row];
    if (!h->log_prob)
        return;
    f->score = h->score[row];
    f->log_prob = h->log_prob[row];
    heed_str_add(&f->ids, (const char *)(h->tgt + at), sizeof *h->tgt * len);
    heed_str_add(&f->tokens, (const char *)(h->token_log_prob + at), sizeof(float) * len);
}

void heed_found_add(struct heed_found *f, const struct heed_found *part)
{
    f->score += part->score;
    f->log_prob += part->log_prob;
    f->n_tokens += part->n_tokens;
    heed_str_add(&f->ids, part->ids.data, part->ids.len);
    heed_str_add(&f->tokens, part->tokens.data, part->tokens.len);
}

const int32_t *heed_found_ids(const struct heed_found *f)
{
    return (const int32_t *)(const void *)f->ids.data;
}

const float *heed_found_log_probs(const struct heed_found *f)
{
    return (const float *)(const void *)f->tokens.data;
}

/* A way through the first parts: how it goes on from an earlier one. */
struct way {
    float score;
    int32_t before, hypothesis;
};

static int compare(const void *a, const void *b)
{
    const struct way *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    if (x->before != y->before)
        return x->before < y->before ? -1 : 1;
    return (x->hypothesis > y->hypothesis) - (x->hypothesis < y->hypothesis);
}

/* The best n of all ways to go on from `have` ways with one of these. */
static int64_t extend(const struct way *from, int64_t have, const struct heed_found *of,
                      int64_t n_of, int64_t n, struct way *to)
{
    struct way *all = heed_xcalloc((size_t)(have * n_of + 1), sizeof *all);
    int64_t count = 0;
    for (int64_t i = 0; i < have; i++)
        for (int64_t k = 0; k < n_of; k++)
            all[count++] = (struct way){from[i].score + of[k].score, (int32_t)i, (int32_t)k};
    qsort(all, (size_t)count, sizeof *all, compare);
    count = HEED_MIN(count, n);
    memcpy(to, all, sizeof *all * (size_t)count);
    free(all);
    return count;
}

int64_t heed_found_ways(const struct heed_found *const *of, const int64_t *n_of, int64_t parts,
                        int64_t n, int32_t *ways)
{
    struct way *all = heed_xcalloc((size_t)((parts + 1) * n), sizeof *all); /* [parts + 1, n] */
    int64_t have = 1;
    for (int64_t p = 0; p < parts; p++)
        have = extend(all + p * n, have, of[p], n_of[p], n, all + (p + 1) * n);
    for (int64_t i = 0; i < have; i++) {
        int64_t at = i;
        for (int64_t p = parts - 1; p >= 0; p--) {
            const struct way *w = &all[(p + 1) * n + at];
            ways[i * parts + p] = w->hypothesis;
            at = w->before;
        }
    }
    free(all);
    return have;
}
