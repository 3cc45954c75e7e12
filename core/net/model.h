/* model.h: encoder, attention and decoder made of plugins; the model file.
 *
 * What a pair goes through:
 *   source   embedding -> encoder (packed, n layers, one or both ways) -> memory [B,S,D]
 *   bridge   final states of the encoder -> first states of the decoder
 *   target   at each step the decoder makes a state, asks the attention for a context over memory,
 *            and reads out
 *
 * Forms of the decoder (recipes of the field):
 *   plain        no attention: the fixed vector (last top state of the encoder) joins every input;
 *                logits from h (Cho et al. 2014)
 *   bahdanau     query h[t-1], cell input [embedding; context], logits from h
 *                (Bahdanau et al. 2015, as the course)
 *   luong        query h[t], readout tanh(W[h;context]); attention for all steps at once
 *                (Luong et al. 2015)
 *   luong-feed   luong, and the readout is fed into the next step's input
 *
 * Parameter names and orientation: docs/model.md. All products are x·W with W [in,out]. */
#ifndef HEED_MODEL_H
#define HEED_MODEL_H

#include "data/text.h"
#include "net/shape.h"
#include "net/rnn.h"
#include "tensor/tape.h"

#define HEED_LAYERS_MAX 16

struct heed_limits {          /* learnt from the training data: how long an output may become */
    int64_t max_src, max_tgt; /* tokens, without eos */
    double ratio;             /* largest tgt/src */
};

struct heed_model {
    struct heed_shape shape; /* strings owned by shape_text */
    struct heed_str shape_text[2];
    enum heed_decoder_form form;
    struct heed_sides sides;
    struct heed_limits limits;
    char fingerprint[65]; /* of the file it came from; empty for a new model */

    struct heed_arena arena; /* parameters */
    struct heed_params params;
    struct heed_instance cell, score_instance;
    struct heed_layer score_layer;
    const struct heed_score *score; /* NULL for plain */
    int64_t memory_width;           /* D */
    int directions;

    struct heed_tensor *src_embed, *tgt_embed;   /* [V,E] */
    struct heed_rnn encoder[HEED_LAYERS_MAX][2]; /* layer, direction */
    struct heed_rnn decoder[HEED_LAYERS_MAX];
    struct heed_tensor *bridge_w[HEED_LAYERS_MAX][HEED_STATES_MAX],
        *bridge_b[HEED_LAYERS_MAX][HEED_STATES_MAX];
    /* Second part of the first decoder layer's input: context, readout or vector. */
    struct heed_tensor *feed_w;
    struct heed_tensor *readout_w, *readout_b; /* luong forms: [H+D,R], [R] */
    struct heed_tensor *out_w, *out_b;         /* out_w NULL when tied */
};

/* A new model: shape resolved, plugins opened (paths allowed), parameters added and filled from
 * the seed. Takes over `sides` (moved: the caller's is zeroed). */
int heed_model_create(struct heed_model *m, const struct heed_shape *shape,
                      struct heed_sides *sides, uint64_t seed, struct heed_err *err) HEED_MUST_USE;
/* The part of both ways to a model: arenas, plugins, parameters unfilled; m->sides must be set. On
 * failure release m. */
int heed_model_build(struct heed_model *m, const struct heed_shape *shape, const char *score,
                     const char *cell, bool allow_path, struct heed_err *err) HEED_MUST_USE;
/* From a file. Which plugins: the model decides; score_path (may be NULL) only says where a plugin
 * outside the tree lies. */
int heed_model_load(struct heed_model *m, const char *path, const char *score_path,
                    const char *cell_path, struct heed_err *err) HEED_MUST_USE;
int heed_model_from_doc(struct heed_model *m, const struct heed_doc *doc, const char *score_path,
                        const char *cell_path, struct heed_err *err) HEED_MUST_USE;
/* Adds configuration, sides and weights to doc (weights borrowed: write before the next update). */
void heed_model_to_doc(const struct heed_model *m, struct heed_doc *doc);
int heed_model_save(const struct heed_model *m, const char *path, char fingerprint[65],
                    struct heed_err *err) HEED_MUST_USE;
void heed_model_release(struct heed_model *m);
/* Copies the values of same-named, same-shaped parameters of doc
 * into the model; every one must be there. */
int heed_model_weights(struct heed_model *m, const struct heed_doc *doc,
                       struct heed_err *err) HEED_MUST_USE;

/* --- dropout: rates and the coordinates of rows in the whole batch --- */
struct heed_dropout_rates {
    float embed, layer, readout, attention;
};

/* --- encoder.c --- */
struct heed_memory {
    int32_t B, S;
    struct heed_tensor *rows; /* [B*S, D] batch-major, zeros beyond the lengths */
    int32_t *len;             /* [B] valid positions for attention */
    /* Raw final states by k, layer, direction: [B, H_enc] in batch order, zeros for length 0. */
    struct heed_tensor *final[HEED_STATES_MAX][HEED_LAYERS_MAX * 2];
};
/* src [B,width] batch-major, len [B]; out_rows (may be NULL): the order in which memory and states
 * come out, row i of the result is batch row out_rows[i]. batch_row[b]: number of row b in the
 * whole batch (dropout). */
void heed_encode(const struct heed_model *m, struct heed_tape *t, int32_t B, int64_t width,
                 const int32_t *src, const int32_t *len, const int32_t *out_rows,
                 const int32_t *batch_row, const struct heed_dropout_rates *drop,
                 struct heed_memory *out);

/* --- attention.c --- */
/* keys() of the score: [B*S, D] -> [B*S, dk]; the memory itself where the score has none. */
struct heed_tensor *heed_attention_keys(const struct heed_model *m, struct heed_tape *t,
                                        struct heed_tensor *memory);
struct heed_attention {
    int32_t B, S, Q;
    struct heed_tensor *query;    /* [B*Q, dq] */
    struct heed_tensor *keys;     /* [>=B*S, dk]: the first B rows of the batch are used */
    struct heed_tensor *memory;   /* [>=B*S, D] */
    const int32_t *k_len, *q_len; /* [B]; q_len may be NULL */
    float dropout;
    const int32_t *batch_row;    /* [B]: rows' numbers in the whole batch; NULL when not training */
    int32_t first_position;      /* of the first query in the target */
    struct heed_tensor *weights; /* out: [B,1,Q,S] */
};
struct heed_tensor *heed_attend(const struct heed_score *score, const void *self,
                                struct heed_tape *t,
                                struct heed_attention *a); /* context [B*Q, D] */

/* --- decoder.c --- */
/* What the decoder carries from step to step. */
struct heed_decoder_state {
    struct heed_tensor *h[HEED_LAYERS_MAX][HEED_STATES_MAX]; /* [B,H] */
    /* luong-feed: last readout [B,R]; plain: the fixed vector [B,D]; else NULL. */
    struct heed_tensor *feed;
};
struct heed_decoder {
    const struct heed_model *model;
    struct heed_tape *tape;
    int32_t B, S;
    struct heed_tensor *memory, *keys; /* [B*S, D], [B*S, dk]; NULL for plain */
    const int32_t *src_len;
    const struct heed_dropout_rates *drop; /* NULL in inference */
    const int32_t *batch_row;
};
void heed_decoder_begin(const struct heed_decoder *d, const struct heed_memory *memory,
                        struct heed_decoder_state *state);
/* One step for the first n rows: embedded [n,E] -> readout [n,R]; state is replaced. position: t.
 * weights (may be NULL) gets [n,1,1,S]; query (may be NULL) gets [n,dq]. */
struct heed_tensor *heed_decoder_step(const struct heed_decoder *d,
                                      struct heed_decoder_state *state, int32_t n,
                                      struct heed_tensor *embedded, int32_t position,
                                      struct heed_tensor **weights, struct heed_tensor **query);
/* Teacher forcing over whole targets: tgt [B,width] (tokens + eos) in the row order of memory;
 * returns readouts [N,R] packed by p, whose rows must be in batch order (longest target first). */
struct heed_tensor *heed_decoder_force(const struct heed_decoder *d,
                                       const struct heed_memory *memory,
                                       const struct heed_packing *p, const int32_t *tgt,
                                       int64_t width);
struct heed_tensor *heed_logits(const struct heed_model *m, struct heed_tape *t,
                                struct heed_tensor *readout); /* [N,V] */

int64_t heed_length_limit(const struct heed_model *m,
                          int64_t src_len); /* target tokens, without eos */

/* --- work.c --- */
/* Floating-point operations of a forward pass. */
struct heed_work {
    double encoder, keys; /* for each source token */
    double decoder;       /* for each target token */
    double attention;     /* for each pair of both */
};
void heed_model_work(const struct heed_model *m, struct heed_work *w);
/* Of one batch of pairs; training: three times. */
double heed_model_flops(const struct heed_model *m, int64_t B, const int32_t *src_len,
                        const int32_t *tgt_len);

#endif
