/* shortlist.c: see shortlist.h. What is learnt: lexicon.c. */
#include <string.h>

#include "data/shortlist.h"

void heed_shortlist_release(struct heed_shortlist *l)
{
    free(l->begin);
    free(l->words);
    free(l->always);
    *l = (struct heed_shortlist){0};
}

static int32_t add_words(const int32_t *words, int32_t n, uint8_t *seen, int32_t *out)
{
    int32_t added = 0;
    for (int32_t i = 0; i < n; i++)
        if (!seen[words[i]]) {
            seen[words[i]] = 1;
            out[added++] = words[i];
        }
    return added;
}

int32_t heed_shortlist_add(const struct heed_shortlist *l, const int32_t *src, int64_t n,
                           uint8_t *seen, int32_t *out)
{
    int32_t added = add_words(l->always, l->n_always, seen, out);
    for (int64_t i = 0; i < n; i++)
        if (src[i] >= 0 && src[i] < l->n_src) {
            int32_t from = l->begin[src[i]], many = l->begin[src[i] + 1] - from;
            added += add_words(l->words + from, many, seen, out + added);
        }
    return added;
}

/* --- files --- */

#define BEGIN  "vocab.shortlist.begin"
#define WORDS  "vocab.shortlist.words"
#define ALWAYS "vocab.shortlist.always"

void heed_shortlist_to_doc(const struct heed_shortlist *l, struct heed_doc *doc)
{
    if (!l->n_src)
        return;
    heed_doc_add(doc, BEGIN, HEED_I32, 1, (int64_t[]){l->n_src + 1}, l->begin);
    heed_doc_add(doc, WORDS, HEED_I32, 1, (int64_t[]){l->begin[l->n_src]}, l->words);
    heed_doc_add(doc, ALWAYS, HEED_I32, 1, (int64_t[]){l->n_always}, l->always);
    heed_doc_set_meta_i64(doc, "shortlist.mean", l->mean);
}

/* Ascending, and words of the target. */
static int check_words(const char *name, const int32_t *words, int64_t n, int32_t n_tgt,
                       struct heed_err *err)
{
    for (int64_t i = 0; i < n; i++)
        if (words[i] < 0 || words[i] >= n_tgt || (i && words[i] <= words[i - 1]))
            return heed_fail(err, "tensor %s: words that are not ascending ids below %d", name,
                             (int)n_tgt);
    return 0;
}

static int check_lists(const struct heed_array *begin, const struct heed_array *words,
                       int32_t n_src, int32_t n_tgt, struct heed_err *err)
{
    const int32_t *at = begin->data, *all = words->data;
    if (begin->dims[0] != n_src + 1 || at[0] != 0 || at[n_src] != words->dims[0])
        return heed_fail(err, "tensor %s is not of %d source words and %lld target words", BEGIN,
                         (int)n_src, (long long)words->dims[0]);
    for (int32_t e = 0; e < n_src; e++)
        if (at[e + 1] < at[e])
            return heed_fail(err, "tensor %s descends at %d", BEGIN, (int)e);
    for (int32_t e = 0; e < n_src; e++)
        if (check_words(WORDS, all + at[e], at[e + 1] - at[e], n_tgt, err))
            return -1;
    return 0;
}

static int32_t *copy_of(const struct heed_array *a)
{
    return memcpy(heed_xmalloc(a->size + 1), a->data, a->size);
}

int heed_shortlist_from_doc(struct heed_shortlist *l, int32_t n_src, int32_t n_tgt,
                            const struct heed_doc *doc, struct heed_err *err)
{
    int64_t mean;
    *l = (struct heed_shortlist){0};
    if (!heed_doc_find(doc, BEGIN))
        return 0;
    const struct heed_array *begin = heed_doc_want(doc, BEGIN, HEED_I32, 1, err),
                            *words = heed_doc_want(doc, WORDS, HEED_I32, 1, err),
                            *always = heed_doc_want(doc, ALWAYS, HEED_I32, 1, err);
    if (!begin || !words || !always || check_lists(begin, words, n_src, n_tgt, err) ||
        check_words(ALWAYS, always->data, always->dims[0], n_tgt, err) ||
        heed_doc_meta_i64(doc, "shortlist.mean", &mean, err))
        return -1;
    if (mean < 0 || mean > n_tgt)
        return heed_fail(err, "metadata shortlist.mean: %lld words of %d", (long long)mean,
                         (int)n_tgt);
    *l = (struct heed_shortlist){.n_src = n_src,
                                 .n_tgt = n_tgt,
                                 .begin = copy_of(begin),
                                 .words = copy_of(words),
                                 .always = copy_of(always),
                                 .n_always = (int32_t)always->dims[0],
                                 .mean = (int32_t)mean};
    return 0;
}
