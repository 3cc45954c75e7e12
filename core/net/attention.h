/* attention.h: the one caller of a score: queries over keys and values to weights and context.
 *
 * A plugin brings the score and what it does once for each source; mask, softmax, dropout and the
 * weighted sum are here. Training calls it for all steps at once or for one, search for the rows of
 * a state, the command `attend` for whatever comes in. Weights: softmax(score(q,k)) over valid
 * positions, context: their sum over values (Bahdanau et al. 2015; Luong et al. 2015; Vaswani et al.
 * 2017, 3.2, for the scaled product).
 *
 * With heads each source and each block of queries stands there once for every head, one head behind
 * the other: [B,G,Q,d], [B,G,S,d]. They share the score, its parameters too: what a head has of its own
 * are the products in front of it. */
#ifndef HEED_ATTENTION_H
#define HEED_ATTENTION_H

#include "net/state.h"
#include "plugin/loader.h"

/* Opens a score for queries of width dq over memory of width D (of one head), with parameters PREFIX.…
 * in params; refuses what core does not give (the weights of earlier steps). */
int heed_score_open(struct heed_layer *score, const struct heed_instance *instance,
                    struct heed_params *params, const char *prefix, int64_t query_width,
                    int64_t key_width, int32_t heads, struct heed_err *err) HEED_MUST_USE;

/* What a score does once for each source: [N,D] -> [N,dk]; rows themselves where it does nothing. */
struct heed_tensor *heed_score_keys(const struct heed_layer *score, struct heed_tape *t,
                                    struct heed_tensor *rows);
bool heed_score_has_keys(const struct heed_layer *score);

struct heed_attention {
    int32_t B, Q;
    int32_t G; /* heads; 0: 1 */
    int64_t S;
    struct heed_tensor *query;   /* [B*G*Q, dq] */
    struct heed_tensor *keys;    /* [>= B*G*S, dk]: the first B sources are used */
    struct heed_tensor *value;   /* [>= B*G*S, v] */
    const int32_t *k_len;        /* [B] valid positions */
    const int32_t *q_len;        /* [B] valid queries; NULL: Q */
    const int32_t *query_k_len;  /* [B,Q] positions valid for each query; NULL: k_len */
    const int32_t *position;     /* [B,Q] of each query in its target; NULL: 0 … Q-1 */
    bool causal;                 /* a query sees no key behind its own position */
    int32_t window;              /* > 0: only keys so near to it */
    float dropout;               /* on the weights, in training */
    const int32_t *row;          /* [B] numbers in the whole batch, for dropout */
    uint32_t site;               /* of dropout; 0: HEED_SITE_ATTENTION */
    bool by_products;            /* dot scores and sums are products (tape.h): for many queries */
    bool unseen;                 /* nobody looks at the weights: they need not be kept */
    struct heed_tensor *weights; /* out: [B,G,Q,S]; NULL: they were unseen, and are gone */
};
struct heed_tensor *heed_attend(const struct heed_layer *score, struct heed_tape *t,
                                struct heed_attention *a); /* context [B*G*Q, v] */

/* Of a call that is done: [B*Q, S], the mean over heads. */
struct heed_tensor *heed_mean_weights(struct heed_tape *t, const struct heed_attention *a);

/* The same for one query of each row of a state [n, G*dq]: hypotheses of one source are its queries.
 * keys, value: its slots' tensors. weights (may be NULL) gets [n, S], with heads their mean. */
struct heed_attend_rows {
    int32_t G; /* heads; 0: 1 */
    struct heed_tensor *query, *keys, *value;
    float dropout;
    const int32_t *row; /* [n] */
};
struct heed_tensor *heed_attend_state(const struct heed_layer *score, struct heed_tape *t,
                                      const struct heed_state *s, const struct heed_attend_rows *x,
                                      struct heed_tensor **weights); /* context [n, G*v] */

#endif
