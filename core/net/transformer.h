/* transformer.h: what the files of the transformer share: transformer_build.c makes its parameters,
 * transformer_positions.c says where a token stands, transformer_block.c has the parts of a layer, transformer_encoder.c and transformer_decoder.c run them,
 * transformer_work.c counts, transformer.c stands at the door. Nobody else includes this.
 *
 * Vaswani et al. 2017. A layer adds to its rows what attention and then a feed-forward part make of them:
 *
 *     encoder:  x += self(x);               x += ffn(x)
 *     decoder:  x += self(x), causal;  x += cross(x, memory);  x += ffn(x)
 *
 * each part with a norm before it (pre, and one behind the last layer), or behind the sum (post). Rows are
 * tokens without padding, so norms and products do no work on any; for attention alone they are laid out
 * by source and head, [B,G,T,d]. The score between query and key is a plugin, one place for each attention of each
 * layer, which all heads share.
 *
 * Slots of layer L: self.L.keys, self.L.values (histories of G sequences), cross.L.keys, cross.L.values (of each
 * source its S rows, laid out by head: [G,S,d]). */
#ifndef HEED_TRANSFORMER_H
#define HEED_TRANSFORMER_H

#include "net/net.h"
#include "net/sites.h"

struct tf_norm {
    struct heed_tensor *gain, *bias; /* bias NULL: by the root of the mean square */
};

struct tf_attention {
    struct tf_norm norm;
    struct heed_tensor *in_w, *in_b; /* self: [d,3d] query, key, value; cross: [d,d] query */
    struct heed_tensor *memory_w, *memory_b; /* cross: [D,2d] key, value */
    struct heed_tensor *out_w, *out_b;       /* [d,d] */
    struct heed_layer score;
    int keys, values; /* slots */
    uint32_t site;    /* of dropout on weights; the next one is that of its result */
};

struct tf_layer {
    struct tf_attention self, cross; /* cross: of a decoder */
    struct tf_norm norm;             /* of the feed-forward part */
    struct heed_tensor *in_w, *in_b, *out_w, *out_b;
    uint32_t site; /* inside it; the next one is that of its result */
};

/* An encoder or a decoder. */
struct tf_half {
    int layers;
    int32_t heads;
    int64_t width; /* d */
    bool post;
    enum heed_activation activation;
    enum heed_positions positions;
    struct tf_layer layer[HEED_LAYERS_MAX];
    struct tf_norm last;          /* gain NULL with post */
    struct heed_tensor *position; /* learnt: [HEED_POSITIONS_LEARNT, d]; NULL */
    float *table;                 /* of the first positions: sine, cosine; or angles of rotary */
};
#define HEED_POSITIONS_LEARNT 1024 /* what is behind them has the last one's */

/* Tokens on their way through a half. */
struct tf_run {
    const struct tf_half *half;
    struct heed_tape *t;
    const struct heed_dropout_rates *drop; /* NULL: none */
    int64_t N;
    const int32_t *row, *time; /* [N] coordinates of each token for dropout; time is its position */
};

/* Where tokens lie in [B,G,T] and back, for attention over whole sequences. */
struct tf_layout {
    int32_t B, T;
    const int32_t *len; /* [B] */
    const int32_t *row; /* [B] numbers in the whole batch, for dropout */
    int32_t *part[3];   /* [B*G*T] rows of [N*3G]: query, key, value of a self-attention; -1 */
    int32_t *query;     /* [B*G*T] rows of [N*G]; NULL where there is no cross-attention */
    int32_t *back;      /* [N*G] rows of [B*G*T] */
};

/* --- transformer_build.c --- */
int heed_tf_encoder_build(struct heed_net *net, struct heed_err *err);
int heed_tf_decoder_build(struct heed_net *net, struct heed_err *err);
void heed_tf_encoder_release(struct heed_net *net);
void heed_tf_decoder_release(struct heed_net *net);

/* --- transformer_positions.c --- */
float *heed_tf_table(const struct tf_half *half); /* malloc'ed; NULL: there is none */
/* Embeddings with their positions: [N,d]. */
struct heed_tensor *heed_tf_embed(const struct tf_run *r, struct heed_tensor *table,
                                  const int32_t *ids, uint32_t site);
/* The same of rows [N,d] that are as large as they shall be. */
struct heed_tensor *heed_tf_place(const struct tf_run *r, struct heed_tensor *x, uint32_t site);
/* Queries, keys, values [N,3d] as rows of heads [N*3G,d/G]; of rotary positions the former two turned. */
struct heed_tensor *heed_tf_turn(const struct tf_run *r, struct heed_tensor *x);

/* --- transformer_block.c --- */
/* What a part of a layer sees of x. */
struct heed_tensor *heed_tf_before(const struct tf_run *r, const struct tf_norm *norm,
                                   struct heed_tensor *x);
/* x plus what the part made, dropped at `site`. */
struct heed_tensor *heed_tf_behind(const struct tf_run *r, const struct tf_norm *norm,
                                   struct heed_tensor *x, struct heed_tensor *made, uint32_t site);
struct heed_tensor *heed_tf_ffn(const struct tf_run *r, const struct tf_layer *layer,
                                struct heed_tensor *x);
/* token [B*T]: which of N lies there, -1: none. */
void heed_tf_layout(const struct tf_run *r, struct tf_layout *l, const int32_t *token, bool cross);
/* Self-attention of whole sequences. */
struct heed_tensor *heed_tf_self(const struct tf_run *r, const struct tf_attention *a,
                                 const struct tf_layout *l, bool causal, struct heed_tensor *x);
/* Context [N,d] of attention with queries [N,d] and keys and values laid out by head; weights (may be NULL) [B*T,S]. */
struct heed_tensor *heed_tf_attend(const struct tf_run *r, const struct tf_attention *a,
                                   struct heed_attention *call, const struct tf_layout *l,
                                   struct heed_tensor **weights);

/* --- transformer_encoder.c, transformer_decoder.c, transformer_work.c --- */
extern const struct heed_encoder_kind heed_tf_encoder;
extern const struct heed_decoder_kind heed_tf_decoder;
void heed_tf_encoder_work(const struct heed_net *net, struct heed_work *w);
void heed_tf_decoder_work(const struct heed_net *net, struct heed_work *w);

#endif
