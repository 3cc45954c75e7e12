/* numbers.c: words as numbers: a hash table with open addressing, made for one line and its references. */
#include <string.h>
#include "base/rng.h"
#include "metrics/numbers.h"

static uint64_t hash_word(const char *word, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)word[i]) * 0x100000001b3u;
    return heed_mix64(h);
}

int32_t heed_word_number(struct heed_word_numbers *w, const char *word, size_t n)
{
    size_t slot = hash_word(word, n) & (w->n_slots - 1);
    for (; w->slots[slot]; slot = (slot + 1) & (w->n_slots - 1)) {
        uint32_t id = w->slots[slot] - 1;
        if (w->len[id] == n && !memcmp(w->at[id], word, n))
            return (int32_t)id;
    }
    heed_grow(&w->at, w->n, &w->cap, sizeof(*w->at));
    heed_grow(&w->len, w->n, &w->cap_len, sizeof(*w->len));
    w->at[w->n] = word;
    w->len[w->n] = n;
    w->slots[slot] = (uint32_t)++w->n;
    return (int32_t)w->n - 1;
}

void heed_word_numbers_init(struct heed_word_numbers *w, size_t bytes)
{
    *w = (struct heed_word_numbers){.n_slots = 16};
    while (w->n_slots < bytes + 16) /* at most one word for two bytes */
        w->n_slots *= 2;
    w->slots = heed_xcalloc(w->n_slots, sizeof(*w->slots));
}

void heed_word_numbers_release(struct heed_word_numbers *w)
{
    free(w->at);
    free(w->len);
    free(w->slots);
}

static void add_words(struct heed_word_numbers *w, const char *tokens, struct heed_grams *g)
{
    while (*tokens) {
        size_t n = strcspn(tokens, " ");
        heed_grams_add(g, heed_word_number(w, tokens, n));
        tokens += n + (tokens[n] == ' ');
    }
}

void heed_tokenized_init(struct heed_tokenized *t, size_t n_refs)
{
    t->n = n_refs + 1;
    t->text = heed_xcalloc(t->n, sizeof(*t->text));
    t->grams = heed_xcalloc(t->n, sizeof(*t->grams));
}

size_t heed_tokenized_bytes(const struct heed_tokenized *t)
{
    size_t bytes = 0;
    for (size_t i = 0; i < t->n; i++)
        bytes += t->text[i].len;
    return bytes;
}

void heed_tokenized_number(struct heed_tokenized *t)
{
    struct heed_word_numbers w;
    heed_word_numbers_init(&w, heed_tokenized_bytes(t));
    for (size_t i = 0; i < t->n; i++)
        add_words(&w, t->text[i].data, &t->grams[i]);
    heed_word_numbers_release(&w);
}

void heed_tokenized_make(struct heed_tokenized *t, enum heed_metric_tokens how, bool lower,
                         const char *hyp, const char *const *refs, size_t n_refs)
{
    heed_tokenized_init(t, n_refs);
    for (size_t i = 0; i < t->n; i++)
        heed_metric_tokenize(how, lower, i ? refs[i - 1] : hyp, &t->text[i]);
    heed_tokenized_number(t);
}

void heed_tokenized_release(struct heed_tokenized *t)
{
    for (size_t i = 0; i < t->n; i++) {
        heed_str_release(&t->text[i]);
        heed_grams_release(&t->grams[i]);
    }
    free(t->text);
    free(t->grams);
}
