/* hypotheses.h: what search found: for each of B sources N hypotheses of up to T tokens. */
#ifndef HEED_HYPOTHESES_H
#define HEED_HYPOTHESES_H

#include "model/model.h"

/* Arrays are row-major and owned here (malloc); cap is the room for steps, of which T are used by the
 * longest. tgt ends in eos; where the limit cut it the eos is forced (finish 0), and its probability
 * counts like any other. Sources of length 0 have tgt_len 0; so has a hypothesis behind the last where
 * there are fewer than N, and score and log_prob of minus infinity. */
struct heed_hypotheses {
    int64_t B, N, T, cap;
    int64_t S, query_width;
    int32_t *tgt, *tgt_len; /* [B,N,cap], [B,N] */
    int32_t *align;         /* [B,N,cap] source position of the largest weight; -1: no attention */
    float *align_weight;    /* [B,N,cap] that weight; 0 without attention */
    uint8_t *finish;        /* [B,N] */
    uint8_t *looped;        /* [B,N] the guard against loops kept a token from it (loop.h) */
    float *log_prob;        /* [B,N], or NULL: not asked for; so are the rest */
    float *score;           /* [B,N] what a source's are ranked by, best first: rank.h */
    float *token_log_prob;  /* [B,N,cap] */
    float *weights;         /* [B,N,cap,S] */
    float *queries;         /* [B,N,cap,query_width] */
};

enum heed_hypotheses_parts {
    HEED_HYP_LOG_PROBS = 1,
    HEED_HYP_WEIGHTS = 2,
    HEED_HYP_QUERIES = 4,
};
/* Sizes are set in h (B, N, S, query_width); the rest is zero. Room for cap steps. */
void heed_hypotheses_make(struct heed_hypotheses *h, unsigned parts, int64_t cap);
/* More room: [B,N,cap,·] is laid anew. */
void heed_hypotheses_grow(struct heed_hypotheses *h, int64_t cap);
/* The first `steps` steps of row `from` of a become those of row `to` of b, with all that is said of the
 * whole of it. Parts that either has not are left out. */
void heed_hypotheses_copy(struct heed_hypotheses *b, int64_t to, const struct heed_hypotheses *a,
                          int64_t from, int64_t steps);
/* Source i of a part becomes source b of the whole, which has room for it. */
void heed_hypotheses_put(struct heed_hypotheses *whole, int64_t b,
                         const struct heed_hypotheses *part, int64_t i);
void heed_hypotheses_release(struct heed_hypotheses *h);

/* Are row i of a and row j of b the same to the bit: tokens, places, probabilities, scores? */
bool heed_hypothesis_same(const struct heed_hypotheses *a, int64_t i,
                          const struct heed_hypotheses *b, int64_t j);

/* As tensors of a frame, borrowed: those of the type hypotheses, without line. Log probabilities were
 * asked for, and cap is T. */
void heed_hypotheses_to_doc(const struct heed_hypotheses *h, struct heed_doc *doc);

#define HEED_ATTENTION_WEAK 0.2 /* too little to say what a word is taken from, by default */
/* Has it an unknown word that pays less attention than that to any word of the source? */
bool heed_hypothesis_weak(const struct heed_hypotheses *h, int64_t b, int64_t n, double least);

/* Hypothesis n of source b as text, appended. src: where an unknown word takes the source word it
 * looked at most; NULL: it stays <unk>. */
int heed_hypothesis_text(const struct heed_sides *sides, const struct heed_hypotheses *h, int64_t b,
                         int64_t n, const struct heed_source_text *src, struct heed_str *out,
                         struct heed_err *err) HEED_MUST_USE;

#endif
