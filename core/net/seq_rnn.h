/* seq_rnn.h: what the files of the recurrent net share: seq_build.c makes its parameters,
 * seq_encoder.c and seq_decoder.c run it, seq_work.c counts its work, seq_rnn.c stands at the door.
 * Nobody else includes this.
 *
 * The halves know nothing of each other: memory and state are what the decoder sees of its encoder.
 *
 * Source and target of a pair go through: embedding -> encoder (packed, n layers, one or both ways)
 * -> memory [B,S,D]; bridge: final states of the encoder -> first states of the decoder; at each
 * step the decoder makes a state, asks the attention for a context over memory, and reads out.
 *
 * Forms (recipes of the field):
 *   plain       no attention: the fixed vector (last top state of the encoder) joins every input;
 *               logits from h (Cho et al. 2014)
 *   bahdanau    query h[t-1], cell input [embedding; context], logits from h (Bahdanau et al. 2015,
 *               as the course)
 *   luong       query h[t], readout tanh(W[h;context]); attention for all steps at once (Luong et
 *               al. 2015)
 *   luong-feed  luong, and the readout is fed into the next step's input
 *
 * Slots: h.LAYER.K [n,H]; feed [n,R] or, in plain, the fixed vector [n,D]; memory [S,D] and keys
 * [S,dk] of each source. */
#ifndef HEED_SEQ_RNN_H
#define HEED_SEQ_RNN_H

#include "net/net.h"
#include "net/rnn.h"

struct seq_encoder {
    int layers, directions, K;               /* K: states of the cell */
    struct heed_rnn rnn[HEED_LAYERS_MAX][2]; /* layer, direction */
};

struct seq_decoder {
    enum heed_decoder_form form;
    int layers, K;
    struct heed_rnn rnn[HEED_LAYERS_MAX];
    struct heed_tensor *bridge_w[HEED_LAYERS_MAX][HEED_STATES_MAX]; /* [D,H]; NULL: copied */
    struct heed_tensor *bridge_b[HEED_LAYERS_MAX][HEED_STATES_MAX];
    struct heed_tensor
        *feed_w;             /* second part of the first layer's input: context, readout, vector */
    struct heed_layer score; /* plugin NULL in plain */
    struct heed_tensor *readout_w, *readout_b; /* luong forms: [H+D,R], [R] */
    int h[HEED_LAYERS_MAX][HEED_STATES_MAX];   /* slots */
    int feed, memory, keys;                    /* slots, or -1 */
};

static inline bool seq_is_luong(const struct seq_decoder *r)
{
    return r->form == HEED_LUONG || r->form == HEED_LUONG_FEED;
}

extern const struct heed_encoder_kind heed_seq_encoder;
extern const struct heed_decoder_kind heed_seq_decoder;
int heed_seq_encoder_build(struct heed_net *net, struct heed_err *err);
int heed_seq_decoder_build(struct heed_net *net, struct heed_err *err);
void heed_seq_encoder_work(const struct heed_net *net, struct heed_work *w);
void heed_seq_decoder_work(const struct heed_net *net, struct heed_work *w);
void heed_seq_encoder_release(struct heed_net *net);
void heed_seq_decoder_release(struct heed_net *net);
/* Makes the shape of either half whole: widths of the decoder, of the encoder. */
int heed_seq_encoder_resolve(struct heed_shape *s, struct heed_err *err) HEED_MUST_USE;
int heed_seq_decoder_resolve(struct heed_shape *s, struct heed_err *err) HEED_MUST_USE;
bool heed_seq_attends(const struct heed_shape *s);
/* As heed_net_kind's, without the embeddings. */
int heed_seq_encoder_claims(const struct heed_shape *s, struct heed_claim *claims);
int heed_seq_decoder_claims(const struct heed_shape *s, struct heed_claim *claims);

#endif
