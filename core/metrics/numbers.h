/* numbers.h: lines as sequences of numbers; inside core/metrics. */
#ifndef HEED_METRICS_NUMBERS_H
#define HEED_METRICS_NUMBERS_H

#include "metrics/grams.h"
#include "metrics/metrics.h"

/* The words met so far; equal ones have one number. Their bytes are borrowed. */
struct heed_word_numbers {
    const char **at;
    size_t *len;
    size_t n, cap, cap_len;
    uint32_t *slots; /* number + 1, 0: free */
    size_t n_slots;
};
/* bytes: at most half as many words will come. */
void heed_word_numbers_init(struct heed_word_numbers *w, size_t bytes);
int32_t heed_word_number(struct heed_word_numbers *w, const char *word, size_t n);
void heed_word_numbers_release(struct heed_word_numbers *w);

/* A line and its references as tokens: [0] the hypothesis, [1..] the references. */
struct heed_tokenized {
    struct heed_str *text;    /* one blank between two tokens */
    struct heed_grams *grams; /* not sorted */
    size_t n;
};
/* Room for the texts of a line and n_refs references; heed_tokenized_number() makes numbers of them. */
void heed_tokenized_init(struct heed_tokenized *t, size_t n_refs);
void heed_tokenized_number(struct heed_tokenized *t);
/* Both, for the tokens of a metric. */
void heed_tokenized_make(struct heed_tokenized *t, enum heed_metric_tokens how, bool lower,
                         const char *hyp, const char *const *refs, size_t n_refs);
size_t heed_tokenized_bytes(const struct heed_tokenized *t);
void heed_tokenized_release(struct heed_tokenized *t);

#endif
