/* net.h: the door to a net: all that search, training and the commands know of one.
 *
 *     ids [B,S] -- encode --> memory [B,S,D]       -- begin --> slots (state.h)
 *                             state  [B,W]                        |
 *                                            ids [n] --- step --> readout [n,R] -- logits --> [n,V]
 *
 *     the same for whole targets at once:   force --> readouts [N,R] -- loss, or forced --> [N,V]
 *
 * With copying (shape's `copy`) the output layer mixes in the words of the source, by the attention
 * of the step (copying.h). The words travel with the memory as a slot, the weights beside the readout;
 * what logits() gives are log probabilities of the mixture, and nobody else need know.
 *
 * A kind of net is a pair of tables of functions, one for its encoder, one for its decoder, chosen by
 * name (option and metadata `net`; a file without it holds an `rnn`). Common to all are the embeddings, the
 * output layer, the parameters and the plugins: they stand here, what a half adds is its own `encoder` or
 * `decoder`. So a half may stand in several kinds.
 *
 * Parameter names and orientation: docs/model.md. All products are x·W with W [in,out]. */
#ifndef HEED_NET_H
#define HEED_NET_H

#include "base/str.h"
#include "data/shortlist.h"
#include "data/vocab.h"
#include "net/attention.h"
#include "net/packing.h"
#include "net/shape.h"
#include "net/state.h"
#include "plugin/loader.h"
#include "tensor/tape.h"

struct heed_net;

#define HEED_LAYERS_MAX 16 /* of a half */

/* Of a source of numbers, in training (source.c): so many bands and stretches of time are zero, each of a width that is
 * drawn up to the widest, of time also up to a share of the source. */
struct heed_masks {
    int64_t bands_n, bands_width,
        bands;                  /* bands of a frame; behind them stand their slopes; 0: all */
    int64_t time_n, time_width; /* in frames */
    double time_share;
};

/* Rates of dropout by place; NULL where one stands for "no dropout": inference. */
struct heed_dropout_rates {
    float embed, layer, readout, attention;
    float states; /* on what goes into a recurrent product, the same units at every step of a row */
    bool steady;  /* the same units at every position of a row: of embed, layer and readout */
    struct heed_masks masks;
};
/* The coordinate of time, of heed_dropout(). */
static inline const int32_t *heed_drop_time(const struct heed_dropout_rates *d, const int32_t *time)
{
    return d->steady ? NULL : time;
}

/* What is to be encoded. Ids beyond a length are not looked at. */
struct heed_source {
    int32_t B;
    int64_t S;          /* width of ids */
    const int32_t *ids; /* [B,S] */
    const int32_t *len; /* [B], 0 allowed */
    const int32_t *row; /* [B] numbers in the whole batch, for dropout; NULL: they are 0 … B-1 */
    const float *table; /* rows that ids number, of a net that reads numbers; else NULL */
};

/* What encode hands over, on a tape. */
struct heed_memory {
    int32_t B;
    int64_t S;                 /* the longest */
    struct heed_tensor *rows;  /* [B*S, D] batch-major, zeros beyond the lengths */
    struct heed_tensor *keys;  /* [B*S, dk] made elsewhere, or NULL: begin() makes them */
    struct heed_tensor *state; /* [B, W] final states, zeros for length 0; NULL where W is 0 */
    struct heed_tensor *words; /* [B*S, 1] target ids of the source's; NULL without copying */
    struct heed_tensor
        *source;  /* [B*S, 1] ids of the source; NULL: any word may follow (listing.h) */
    int32_t *len; /* [B] */
    bool lasting; /* rows and keys outlive the tape: heed_state_put_lasting() */
};

/* Whole targets to be followed, in the row order of a memory: [B,T], tokens and eos. */
struct heed_target {
    const struct heed_packing *packing; /* rows in batch order: longest target first */
    const int32_t *ids;
    int64_t T;          /* width of ids */
    const int32_t *row; /* as in heed_source */
    const struct heed_dropout_rates *drop;
    const int32_t *fed; /* [B,T] in place of ids as what a step is fed; NULL: these */
};
/* What the step `time` of a row is fed. */
static inline int32_t heed_target_fed(const struct heed_target *t, int64_t row, int64_t time)
{
    const int32_t *ids = t->fed ? t->fed : t->ids;
    return time ? ids[row * t->T + time - 1] : HEED_BOS;
}

/* What a step looked at, for those who ask. */
struct heed_trace {
    struct heed_tensor *weights; /* [n, S], before dropout; NULL without attention */
    struct heed_tensor *query;   /* [n, dq] */
};

/* Floating-point operations of a forward pass: matrix work on real tokens only, a multiply-add is
 * two; padding, gates and softmax do not count. */
struct heed_work {
    double encoder, keys; /* for each source token */
    double decoder;       /* for each target token */
    double attention;     /* for each pair of both */
    double source_pairs;  /* for each pair of source tokens */
    double target_pairs;  /* for each target token and each that is not behind it */
};

/* build: adds the parameters, in a fixed order, and what else stands in struct heed_net below.
 * Shapes that do not fit make the tape sour. What is called optional may be NULL. Callers go through
 * the functions at the end of this file. */
struct heed_encoder_kind {
    size_t self_size; /* of the private part, zeroed before build */
    int (*build)(struct heed_net *net, struct heed_err *err); /* optional */
    /* B, S and len stand in out already. */
    void (*encode)(const struct heed_net *net, struct heed_tape *t, const struct heed_source *src,
                   const struct heed_dropout_rates *drop, struct heed_memory *out);
    void (*work)(const struct heed_net *net, struct heed_work *w); /* adds to it; optional */
    void (*release)(struct heed_net *net); /* of what the private part owns; optional */
};
struct heed_decoder_kind {
    size_t self_size;
    bool wants_state; /* begin() reads the memory's state, which an encoder then hands over */
    int (*build)(struct heed_net *net, struct heed_err *err); /* slots too: heed_net_slot() */
    /* What attention does once for each source: [N,D] -> [N,dk]. Optional. */
    struct heed_tensor *(*keys)(const struct heed_net *net, struct heed_tape *t,
                                struct heed_tensor *rows);
    /* Fills every slot of s, which has a row for each row of memory. */
    void (*begin)(const struct heed_net *net, struct heed_tape *t, const struct heed_memory *memory,
                  struct heed_state *s);
    /* One step of all rows of s: the tokens they are fed [n] -> readout [n,R]. trace may be NULL. */
    struct heed_tensor *(*step)(const struct heed_net *net, struct heed_tape *t,
                                struct heed_state *s, const int32_t *ids, struct heed_trace *trace);
    /* Teacher forcing: every step of whole targets, bos first -> readouts [N,R], packed. weights
     * (NULL: not asked for) gets those of the steps, [N,S]. Optional where no slot grows: without it
     * step() is called for each. */
    struct heed_tensor *(*force)(const struct heed_net *net, struct heed_tape *t,
                                 const struct heed_memory *memory, const struct heed_target *tgt,
                                 struct heed_tensor **weights);
    void (*work)(const struct heed_net *net, struct heed_work *w); /* optional */
    void (*release)(struct heed_net *net);                         /* optional */
};
/* A file's shape is believed only as far as this tensor [·, >= size] is there. */
struct heed_claim {
    char tensor[48];
    const char *key; /* of the shape */
    int64_t size;
};
#define HEED_CLAIMS_MAX 8
/* A value that a named set gives an option. */
struct heed_setting {
    const char *set, *option, *value;
};
struct heed_net_kind {
    const char *name;
    /* Sizes that the shape leaves open, by the pairs of the training; optional. */
    void (*suit)(struct heed_shape *shape);
    /* Replaces zeros and `auto` by what they stand for; refuses what does not go together. */
    int (*resolve)(struct heed_shape *shape, struct heed_err *err);
    /* Do its steps hand out weights over the source? Optional: they do not. */
    bool (*attends)(const struct heed_shape *shape);
    /* How many; optional. */
    int (*claims)(const struct heed_shape *shape, struct heed_claim claims[HEED_CLAIMS_MAX]);
    const struct heed_encoder_kind *encoder;
    const struct heed_decoder_kind *decoder;
    const char *(*describe)(const struct heed_net *net); /* a word or two; NULL: its name */
    const struct heed_setting *presets; /* of train, the last one zeros; optional */
    double rate; /* Adam's highest that short trainings do best with; 0: the trainer's own */
};

/* Plugins a net may be made of, by the option that names them. */
enum { HEED_PART_CELL, HEED_PART_SCORE, HEED_PARTS };
struct heed_part {
    const char *option; /* "score" */
    enum heed_plugin_kind kind;
    size_t offset; /* of its spec, a const char *, in struct heed_shape */
};
extern const struct heed_part heed_parts[HEED_PARTS];
const char *heed_shape_spec(const struct heed_shape *shape, int part);
int heed_part_of(const char *option); /* -1: it names no plugin */
/* Where plugins outside the tree lie, as the command line says; NULL: on the search path. */
struct heed_places {
    const char *path[HEED_PARTS];
};

struct heed_net {
    const struct heed_net_kind *kind;
    void *encoder, *decoder; /* each half's own */
    struct heed_shape shape; /* resolved; its strings are the net's */
    char *specs[HEED_PARTS];
    bool allow_path;              /* may a spec be one? */
    int32_t src_words, tgt_words; /* V of each side */
    struct heed_arena arena;      /* parameters */
    struct heed_params params;
    struct heed_instance parts[HEED_PARTS]; /* plugin NULL: not used */

    struct heed_tensor *src_embed, *tgt_embed; /* [V,E]; source NULL where it is of numbers */
    struct heed_tensor *src_input, *src_bias;  /* [stack*width,E], [E] of such; else NULL */
    struct heed_tensor *out_w, *out_b;         /* [R,V], NULL when tied; [V] */
    struct heed_copying *copying;              /* copying.h; NULL without */
    const struct heed_shortlist *list;         /* NULL: any word may follow; borrowed */
    int listed;                                /* slot: what source follows the list */

    /* set by build */
    int64_t memory_width;  /* D */
    int64_t state_dims[3]; /* W = their product; [B, …] in a frame of type memory */
    const char *state_names[3];
    int64_t readout_width; /* R */
    bool attends;          /* steps hand out weights over memory */
    int64_t history_width; /* floats, about, that a step adds to slots of a hypothesis that grow */
    int64_t query_width;   /* dq; 0: no queries that can be replayed */
    const struct heed_layer
        *score; /* the one between query, keys and memory; NULL: none, or several */
    struct heed_slot *slots;
    int n_slots;
};

/* Makes all parameters, unfilled. shape is copied and resolved; places may be NULL, and allow_path says
 * whether a spec may be a path. On failure release the net. */
int heed_net_build(struct heed_net *net, const struct heed_shape *shape,
                   const struct heed_places *places, bool allow_path, int32_t src_words,
                   int32_t tgt_words, struct heed_err *err) HEED_MUST_USE;
void heed_net_release(struct heed_net *net);
/* Of a net that copies: the target's id of each source id [src_words], unk where there is none; taken
 * over (malloc). NULL: both sides number alike, as without the call. */
void heed_net_target_ids(struct heed_net *net, int32_t *ids);

/* --- for kinds, while they build: build.c --- */
struct heed_tensor *heed_net_matrix(struct heed_net *net, const char *name, int64_t rows,
                                    int64_t cols, enum heed_init init, uint32_t flags);
struct heed_tensor *heed_net_vector(struct heed_net *net, const char *name, int64_t n); /* zeros */
/* The spec of a part, copied: "dot". */
void heed_net_own_spec(struct heed_net *net, int part, const char *text);
/* Opens the plugin that the shape names for this part, if the other half did not. */
int heed_net_open(struct heed_net *net, int part, struct heed_err *err) HEED_MUST_USE;
/* What the encoder reads, [N,E]: position time[i] of source batch[i]; PAD behind its length. source.c */
struct heed_tensor *heed_net_source_rows(const struct heed_net *net, struct heed_tape *t,
                                         const struct heed_source *src,
                                         const struct heed_dropout_rates *drop,
                                         const int32_t *batch, const int32_t *time, int64_t N);
/* Declares a slot; its number. */
int heed_net_slot(struct heed_net *net, const char *name, enum heed_slot_kind kind);
/* Kinds beside those of this floor, before the first net is made of one. */
void heed_net_kind_add(const struct heed_net_kind *kind);
const struct heed_net_kind *heed_net_kind_find(const char *name); /* NULL: unknown */
const struct heed_net_kind *heed_net_kind_at(size_t i);           /* NULL: behind the last */

/* --- source.c, for net.c --- */
int heed_net_source_check(const struct heed_shape *s, struct heed_err *err) HEED_MUST_USE;
void heed_net_source_build(struct heed_net *net, double scale);
double heed_net_source_work(const struct heed_net *net); /* of a position */
/* What kinds claim of an embedding is of the matrix in its place. */
void heed_net_source_claim(const struct heed_shape *s, struct heed_claim *claims, int n);

/* --- for those who use nets --- */
/* Does it read numbers, not words? */
static inline bool heed_net_reads_numbers(const struct heed_net *net)
{
    return net->shape.source != HEED_SOURCE_WORDS;
}
void heed_net_encode(const struct heed_net *net, struct heed_tape *t, const struct heed_source *src,
                     const struct heed_dropout_rates *drop, struct heed_memory *out);
/* What attention does once for each source; the rows themselves where it does nothing. */
struct heed_tensor *heed_net_keys(const struct heed_net *net, struct heed_tape *t,
                                  struct heed_tensor *rows);
/* Words of sources for a memory of S positions, [B*S,1]; NULL where the net does not copy. */
struct heed_tensor *heed_net_words(const struct heed_net *net, struct heed_tape *t,
                                   const struct heed_source *src, int64_t S);
/* From now on logits are of the words that this list has for the sources; before the first state is made. Not of a net
 * that copies. NULL: of all words again. */
void heed_net_list(struct heed_net *net, const struct heed_shortlist *list);
/* Ids of sources for a memory of S positions, [B*S,1]; NULL where the net has no list. */
struct heed_tensor *heed_net_source(const struct heed_net *net, struct heed_tape *t,
                                    const struct heed_source *src, int64_t S);
/* Every slot of s, which has a row for each row of memory, is filled. */
void heed_net_begin(const struct heed_net *net, struct heed_tape *t,
                    const struct heed_memory *memory, struct heed_state *s);
struct heed_tensor *heed_net_step(const struct heed_net *net, struct heed_tape *t,
                                  struct heed_state *s, const int32_t *ids,
                                  struct heed_trace *trace);
int heed_net_claims(const struct heed_net_kind *kind, const struct heed_shape *shape,
                    struct heed_claim claims[HEED_CLAIMS_MAX]);
/* Of the step that left readout and trace, [n,V], to be written to. Where the net copies they are log
 * probabilities, in inference only. With a list [n,K], of the words that heed_state_words() then says, and -inf for
 * those that the source of a row has not. */
struct heed_tensor *heed_net_logits(const struct heed_net *net, struct heed_tape *t,
                                    const struct heed_state *s, struct heed_tensor *readout,
                                    const struct heed_trace *trace);
/* Teacher forcing up to the loss: see heed_copy_cross_entropy(). */
void heed_net_loss(const struct heed_net *net, struct heed_tape *t,
                   const struct heed_memory *memory, const struct heed_target *tgt,
                   const struct heed_aim *aim, struct heed_loss *out);
/* What whole targets would be chosen from at each step, [N,V] packed, as heed_net_logits() has it; inference only, and
 * without a list. */
struct heed_tensor *heed_net_forced(const struct heed_net *net, struct heed_tape *t,
                                    const struct heed_memory *memory,
                                    const struct heed_target *tgt);
bool heed_net_attends(const struct heed_net *net);
/* Is there something that attention does once for each source? */
bool heed_net_has_keys(const struct heed_net *net);
bool heed_net_copies(const struct heed_net *net);
/* Could a net of this shape copy? */
bool heed_shape_attends(const struct heed_shape *shape);
/* "luong, cell gru, score mlp"; ", 2 layers" where the encoder has more than one */
void heed_net_describe(const struct heed_net *net, struct heed_str *out);
void heed_net_work(const struct heed_net *net, struct heed_work *w);
/* Of one batch of pairs, forward; training: three times. */
double heed_net_flops(const struct heed_net *net, int64_t B, const int32_t *src_len,
                      const int32_t *tgt_len);

extern const struct heed_net_kind heed_net_rnn; /* seq_rnn.c */
/* transformer.c; of mixed ones the first reads. */
extern const struct heed_net_kind heed_net_transformer, heed_net_transformer_rnn,
    heed_net_rnn_transformer;

#endif
