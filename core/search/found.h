/* found.h: what was found for a text: hypotheses of a sentence, and those of a line made of sentences.
 *
 * The hypotheses of a line are the best of all ways to take one of each sentence, by the sum of their scores,
 * the first of equals. So the first is the best of each. */
#ifndef HEED_FOUND_H
#define HEED_FOUND_H

#include "search/hypotheses.h"

struct heed_found {
    struct heed_str text;
    float score, log_prob;  /* of a line: the sums; 0: not asked for */
    int64_t n_tokens;       /* with eos */
    struct heed_str ids;    /* int32_t [n_tokens]; empty where scores were not asked for */
    struct heed_str tokens; /* float [n_tokens] their log probabilities */
};
void heed_found_clear(struct heed_found *f);
void heed_found_release(struct heed_found *f);
/* Hypothesis n of source b, all but its text. */
void heed_found_take(struct heed_found *f, const struct heed_hypotheses *h, int64_t b, int64_t n);
/* The numbers of part behind those of f; text is the caller's. */
void heed_found_add(struct heed_found *f, const struct heed_found *part);
/* Tokens and log probabilities, aligned. */
const int32_t *heed_found_ids(const struct heed_found *f);
const float *heed_found_log_probs(const struct heed_found *f);

/* n_of [parts]: how many each part has; part p has them at of[p], best first. ways [n,parts] gets the
 * hypothesis of each part in each way, best way first; how many, at most n. */
int64_t heed_found_ways(const struct heed_found *const *of, const int64_t *n_of, int64_t parts,
                        int64_t n, int32_t *ways);

#endif
