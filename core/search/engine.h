/* engine.h: a trained model at work, batch by batch: encode, search, text.
 *
 *     ids [B,S] -- encode --> encoded -- decode --> hypotheses [B,N,T] -- text --> lines
 *                    |  ^
 *                    v  |  frames of type memory (encoded.c)
 *
 * Everything here gives the same bits for a row whatever else is in the batch: products go through
 * packed weights, reductions run over a row's own valid positions. So rows may be dealt to workers,
 * and finished ones leave the batch while it runs. */
#ifndef HEED_ENGINE_H
#define HEED_ENGINE_H

#include "model/model.h"
#include "search/hypotheses.h"
#include "search/rank.h"
#include "tensor/lane.h"

/* What the encoder hands over, as plain memory: a frame of type `memory`. */
struct heed_encoded {
    int64_t B, S, D;
    const float *memory; /* [B,S,D] */
    const int32_t *len;  /* [B] */
    int64_t W;           /* of a row's state */
    const float *state;  /* [B,W] final states of the encoder; NULL where W is 0 */
    const float *keys;   /* [B,S,dk] or NULL: decoding makes its own */
    int64_t key_width;
    const int32_t *src; /* [B,src_width] ids of the source; NULL where they are not told */
    int64_t src_width;
    const struct heed_encoded *others; /* the same sources, by the engine's others */
};
/* Adds the tensors to doc, borrowed. */
void heed_encoded_to_doc(const struct heed_encoded *x, const struct heed_net *net,
                         struct heed_doc *doc);
/* Borrows those of doc; widths are checked against the net. */
int heed_encoded_from_doc(struct heed_encoded *x, const struct heed_net *net,
                          const struct heed_doc *doc, struct heed_err *err) HEED_MUST_USE;
/* The decoder's own queries with the keys and values it saw and the weights it used, borrowed: `attend
 * -m MODEL` replays them to the very same weights. Weights and queries were asked for, x has its
 * keys, N is 1. */
void heed_attention_to_doc(const struct heed_encoded *x, const struct heed_hypotheses *h,
                           struct heed_doc *doc);

/* Models that are asked as one: the probability of a word is the weighted mean of those that they give it (scorer.h).
 * Targets are of one vocabulary; sources each model cuts by its own tokenizer. The first leads: lines are cut to
 * sentences, come back as they are, and repeat themselves, by what it knows; outputs are as long as any allows. */
#define HEED_ENSEMBLE_MAX 16
struct heed_ensemble {
    struct heed_model *const *models; /* [n] */
    const double *weights;            /* [n] above 0; their sum is 1 */
    int n;
};
/* Fails where two of them have other targets; names [n] are those of their files. */
int heed_ensemble_check(const struct heed_ensemble *x, const char *const *names,
                        struct heed_err *err) HEED_MUST_USE;

struct heed_engine {
    const struct heed_model *model;
    struct heed_arena batch; /* what a call hands out */
    struct heed_lanes lanes;
    uint8_t *src_kinds, *tgt_kinds; /* of the tokens of each side: loop.h */
    double flops;                   /* useful arithmetic so far (heed_net_work()) */
    const float
        *table; /* rows that ids of sources number, of a net that reads numbers; else NULL: words */
    double weight;              /* its share of the probabilities; alone 1 */
    struct heed_engine *others; /* [n_others] that are asked with it, of as many lanes */
    int n_others;
};
/* Workers share the rows of a batch, each at least HEED_LANE_ROWS of them: fewer run faster on one,
 * since four rows cost little more than one (the weights' way from memory is the same). */
#define HEED_LANE_ROWS 4
void heed_engine_init(struct heed_engine *e, struct heed_model *m, int workers);
/* An engine of the first, with others of the rest. */
void heed_engine_init_ensemble(struct heed_engine *e, const struct heed_ensemble *x, int workers);
void heed_engine_release(struct heed_engine *e);
/* Engine j of those that are asked together, 0 <= j <= n_others; the batch as it has encoded it. */
const struct heed_engine *heed_engine_member(const struct heed_engine *e, int j);
const struct heed_encoded *heed_encoded_member(const struct heed_encoded *x, int j);
/* Has any of them a shortlist? */
bool heed_engine_lists(const struct heed_engine *e);
/* How many lanes B rows are dealt to; row b goes to lane b modulo that number. */
int heed_engine_lanes(const struct heed_engine *e, int64_t B);

/* The longest source: more than tokenizers leave of any line (HEED_TOKENS_MAX). */
#define HEED_POSITIONS_MAX 16384
/* src [B,S], len [B] with ids below V. What would not fit into a frame (HEED_FRAME_MAX) is an error
 * before memory is taken for it; here and in decoding, rows are worked in pieces of bounded size. The result lives until the next call, and no longer than src. */
int heed_engine_encode(struct heed_engine *e, int64_t B, int64_t S, const int32_t *src,
                       const int32_t *len, struct heed_encoded *out,
                       struct heed_err *err) HEED_MUST_USE;
/* What the score does once for each source, into x->keys: [B,S,dk] in the engine's batch arena, or
 * the memory itself; NULL stays NULL without attention. */
int heed_engine_keys(struct heed_engine *e, struct heed_encoded *x,
                     struct heed_err *err) HEED_MUST_USE;

/* The width of these keys, of x or as they would be made; 0: there are none. */
int heed_engine_key_width(struct heed_engine *e, const struct heed_encoded *x, int64_t *width,
                          struct heed_err *err) HEED_MUST_USE;

/* How long a target may be, in tokens without eos; of n source tokens. */
struct heed_lengths {
    int64_t least, most;            /* most 0: what training showed, heed_length_limit() */
    double least_ratio, most_ratio; /* of n: also at least, also at most; 0: no such rule */
};
#define HEED_BEAM_MAX 64

struct heed_phrase {
    const int32_t *ids;
    int64_t n;
};
#define HEED_TERMS_MAX 32
/* What one target is to be like. All zeros: anything. */
struct heed_wish {
    struct heed_phrase prefix; /* how it begins */
    struct heed_phrase
        *terms; /* [n_terms], at most HEED_TERMS_MAX, what it must have in it: terms.c */
    int64_t n_terms;
};
/* Tokens drawn by chance, see sample.c. */
struct heed_sampling {
    double temperature; /* 0: none are drawn */
    int64_t top_k;      /* 0: any */
    double top_p;       /* 0: any */
    uint64_t seed;
};

/* All zeros: greedy search. */
struct heed_search_options {
    const int32_t *force; /* [B,force_width] targets with eos to be followed; NULL: search */
    const int32_t *force_len;
    int64_t force_width;
    int32_t beam;   /* hypotheses under way for a source, see beam.c; 0: 1, greedy */
    int32_t n_best; /* how many are handed out, at most beam; 0: 1 */
    struct heed_rank rank;
    struct heed_sampling sample; /* beam: independent samples of a source */
    const uint64_t *keys;        /* [B] what a source draws by beside the seed; NULL: its number */
    const struct heed_wish *wishes;      /* [B] or NULL */
    const struct heed_phrase *forbidden; /* [n_forbidden] what no target may have in it */
    int64_t n_forbidden;
    struct heed_lengths lengths;
    int64_t rows;   /* sources searched together; 0: as many as memory allows */
    bool loops;     /* leave loops alone (loop.h) */
    bool log_probs; /* fill log_prob, score and token_log_prob */
    bool weights;   /* keep attention weights */
    bool queries;   /* keep queries, for replay by `attend` */
};
/* The key of a sentence, counted from 0, of a line. */
static inline uint64_t heed_search_key(int64_t line, int64_t sentence)
{
    return (uint64_t)line << 16 | ((uint64_t)sentence & 0xffff);
}
/* Finished sources leave, and others take their places, while it runs. */
int heed_engine_decode(struct heed_engine *e, const struct heed_encoded *x,
                       const struct heed_search_options *o, struct heed_hypotheses *out,
                       struct heed_err *err) HEED_MUST_USE;

/* A source as its ids, without eos where the model wants one: it is added here. */
struct heed_id_row {
    const int32_t *ids;
    int64_t n;
};
/* Encodes and decodes n sources as one batch. src [1 + n_others, n]: each engine has its own ids; where the first has
 * none there is no source. */
int heed_engine_translate(struct heed_engine *e, const struct heed_id_row *src, int64_t n,
                          const struct heed_search_options *o, struct heed_hypotheses *out,
                          struct heed_err *err) HEED_MUST_USE;

#endif
