/* engine.h: running a trained model: encode, greedy and forced decoding, batch by batch.
 *
 * Everything here gives the same bits for a row whatever else is in the batch: products go through
 * packed weights, reductions run over a row's own valid positions. So rows may be dealt to workers,
 * and finished ones leave the batch while it runs. */
#ifndef HEED_INFER_H
#define HEED_INFER_H

#include "base/workers.h"
#include "net/model.h"

/* What the encoder hands over, as plain memory (a frame of type `memory`). */
struct heed_encoded {
    int64_t B, S, D;
    const float *memory; /* [B,S,D] */
    const int32_t *len;  /* [B] */
    int64_t K, L, H;
    const float *state; /* [B,K,L,H] raw final states of the encoder */
    const float *keys;  /* [B,S,dk] or NULL: decoding makes its own */
    int64_t key_width;
};

/* What a worker has for itself. */
struct heed_lane {
    struct heed_arena step, batch;
    struct heed_tape tape;
};
struct heed_engine {
    const struct heed_model *model;
    struct heed_arena batch; /* what a call hands out */
    struct heed_workers *workers;
    struct heed_lane *lanes;
    int n_lanes;
    double flops; /* useful arithmetic so far (heed_model_work()) */
};
/* workers in 1..HEED_LANES_MAX share the rows of a batch, each at least HEED_LANE_ROWS of them:
 * fewer run faster on one, since four rows cost little more than one (the weights' way from memory
 * is the same). */
#define HEED_LANE_ROWS 4
#define HEED_LANES_MAX 256 /* each reserves address space, of which a process has 128 TiB */
void heed_engine_init(struct heed_engine *e, struct heed_model *m, int workers);
void heed_engine_release(struct heed_engine *e);
/* How many lanes B rows are dealt to; row b goes to lane b modulo that number. */
int heed_engine_lanes(const struct heed_engine *e, int64_t B);
/* The first of n lanes' errors, if any. */
int heed_engine_errors(const struct heed_err *errors, int n, struct heed_err *err) HEED_MUST_USE;

/* src [B,S], len [B] with ids below V. The result lives until the next call. */
int heed_engine_encode(struct heed_engine *e, int64_t B, int64_t S, const int32_t *src,
                       const int32_t *len, struct heed_encoded *out,
                       struct heed_err *err) HEED_MUST_USE;
/* keys() of the score for encoded memory: [B,S,dk] in the batch arena of the engine; NULL for a
 * model without attention. */
int heed_engine_keys(struct heed_engine *e, struct heed_encoded *x,
                     struct heed_err *err) HEED_MUST_USE;

struct heed_decode_options {
    const int32_t *force; /* [B,force_width] targets with eos to be followed; NULL: greedy */
    const int32_t *force_len;
    int64_t force_width;
    bool log_probs; /* fill log_prob and token_log_prob */
    bool weights;   /* keep attention weights */
    bool queries;   /* keep queries, for replay by `attend` */
};

/* Results for B rows; arrays are row-major with T = the longest, owned here (malloc). tgt ends in
 * eos, chosen (finish 1) or put there where the limit was reached (finish 0); its log probability
 * counts either way. Rows of source length 0 have tgt_len 0. */
struct heed_hypotheses {
    int64_t B, T, S, query_width;
    int64_t cap; /* steps of room */
    int32_t *tgt, *tgt_len,
        *align; /* align [B,T]: source position of the largest weight, -1 without attention */
    float *log_prob, *token_log_prob, *weights /* [B,T,S] */, *queries /* [B,T,dq] */;
    uint8_t *finish;
};
void heed_hypotheses_release(struct heed_hypotheses *h);
int heed_engine_decode(struct heed_engine *e, const struct heed_encoded *x,
                       const struct heed_decode_options *o, struct heed_hypotheses *out,
                       struct heed_err *err) HEED_MUST_USE;

/* Row b as text, appended. src: where an unknown word takes the source word it attends to most;
 * NULL: it stays <unk>. */
int heed_hypothesis_text(const struct heed_model *m, const struct heed_hypotheses *h, int64_t b,
                         const struct heed_source_text *src, struct heed_str *out,
                         struct heed_err *err) HEED_MUST_USE;

#endif
