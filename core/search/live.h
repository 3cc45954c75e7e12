/* live.h: a search under way, in one lane: what the files of search share.
 *
 *     sources that wait -- admit --> live sources -- step, choose --> children -- keep --> out
 *                                       ^    |  hypotheses of one stand side by side, as rows     |
 *                                       └────┴──────────── the finished leave at once ────────────┘
 *
 * A source has `width` slots, each for one hypothesis, which is under way, finished or not there yet. What a
 * hypothesis has said so far is a record of the book: the rows of out itself where there is one a source, else
 * a pool of `width` for each live source, of which the best are copied out. */
#ifndef HEED_LIVE_H
#define HEED_LIVE_H

#include "search/loop.h"
#include "search/scorer.h"

/* A hypothesis under way, or finished. */
struct heed_hyp {
    int32_t slot;
    int32_t record; /* in the book */
    int32_t from;   /* row of the step that it comes from */
    int32_t id;     /* token to be fed next */
};

/* A live source. */
struct heed_live {
    int32_t source;       /* its number in the batch */
    int32_t place;        /* its number in out */
    int32_t desk;         /* which hypotheses and records are its own */
    int32_t row, n;       /* its rows of the step */
    int32_t n_done;       /* finished hypotheses */
    uint64_t closed;      /* slots: finished, or given up */
    uint64_t taken;       /* records */
    int64_t t;            /* steps made */
    int64_t least, limit; /* tokens before eos */
    struct heed_loop_limit loop;
};

/* What a row may say next. */
struct heed_candidate {
    int32_t id;
    float log_prob; /* where scores are wanted */
    bool looped;    /* the guard against loops kept a likelier one from it */
    bool cut;       /* it is the eos of the limit */
};

/* A hypothesis one token longer. */
struct heed_child {
    int32_t parent; /* hypothesis of the source, by its place in order */
    int32_t slot;
    float total; /* log probability of it all */
    struct heed_candidate next;
};

/* A child of a search with terms. */
struct heed_banked {
    struct heed_child child;
    int64_t words; /* of terms that it has */
    bool taken;
};

/* What makes log probabilities of a row's logits: less shift, less log_sum. */
struct heed_norm {
    float shift, log_sum;
};

/* A place among a step's logits. */
struct heed_weighed {
    float weight;
    int32_t at;
};

struct heed_search {
    const struct heed_engine *e;
    const struct heed_encoded *x;
    const struct heed_search_options *o;
    struct heed_hypotheses *out; /* of the lane's rows */
    struct heed_hypotheses pool, *book;
    struct heed_scorer scorer;
    int32_t width, wanted;             /* slots of a source; hypotheses handed out of it */
    bool scored;                       /* are log probabilities wanted? */
    int32_t cap, n_live, n;            /* live sources there may be, that there are; rows */
    int64_t next;                      /* row of out that is admitted next */
    struct heed_live *live;            /* [cap] */
    struct heed_hyp *hyps;             /* [cap,width] by desk: under way, by their slots */
    struct heed_hyp *done;             /* [cap,width] by desk: finished */
    struct heed_child *children;       /* [width] of the source at hand */
    struct heed_candidate *candidates; /* [width,width] */
    struct heed_banked *banked;        /* [width,width + HEED_TERMS_MAX]; NULL: no wishes */
    float *coverage;                   /* [records,S] attention so far; NULL: not wanted */
    float *scratch;                    /* [V] */
    float *tops; /* [width,n_tops] of the source at hand: the largest of each HEED_TOPS logits */
    struct heed_norm *norms; /* [width] of the source at hand */
    int64_t n_tops;
    struct heed_weighed *order; /* [V] */
    int32_t *id, *from;         /* [cap * width] of the next step */
    int32_t *desks, n_desks;    /* [cap] that are free */
    struct heed_work per_step[HEED_ENSEMBLE_MAX];
    double work; /* see heed_engine.flops */
};

/* --- choice.c: one row --- */

/* The most of the largest, the earlier of equals first: their places; how many are above -inf. tops: of blocks (vec.h), or
 * more than these where numbers were made smaller since. */
int32_t heed_top(const float *x, const float *tops, int64_t n, int32_t most, int32_t *at);
/* Room for looking at rows of at most V logits. */
void heed_search_room(struct heed_search *s, struct heed_arena *a, int64_t V);
/* Looks at the logits of hypothesis i of the source at hand: false where they are none. all: they become log
 * probabilities, else only what makes these is kept. */
bool heed_search_look(const struct heed_search *s, int32_t i, float *logits, bool all);
/* Of one of its logits, where scores are wanted. */
float heed_search_log_prob(const struct heed_search *s, int32_t i, float logit);
/* The place of a word among a step's logits, or -1. */
int64_t heed_search_place(const struct heed_search *s, int32_t id);
/* Its logit, or -inf. */
float heed_search_value(const struct heed_search *s, const float *logits, int32_t id);
/* Logits become log probabilities. */
void heed_search_log_probs(const struct heed_search *s, float *logits);
/* What no row may say here becomes impossible: words that are none, what is forbidden, an end too early. */
void heed_search_ban(const struct heed_search *s, const struct heed_live *l, int32_t record,
                     float *logits);
/* How long the block is that the token would begin once too often (loop.h); its words are banned then. 0: it
 * may stand. */
int64_t heed_search_loops(const struct heed_search *s, const struct heed_live *l, int32_t record,
                          int32_t id, float *logits);
/* May it follow only as the prefix says? Then *id does. */
bool heed_search_prefixed(const struct heed_search *s, const struct heed_live *l, int32_t *id);
/* What may follow hypothesis hyp of the source, best first, at least one and at most `most`. Spoils the logits. */
int32_t heed_search_candidates(const struct heed_search *s, const struct heed_live *l, int32_t hyp,
                               float *logits, int32_t most, struct heed_candidate *out);

/* --- beam.c: the rows of a source --- */

/* Fills s->children, by their slots; how many. logits: of the source's rows. */
int32_t heed_beam_choose(struct heed_search *s, const struct heed_live *l, float *logits);
/* Gives up what can no longer be among those that are handed out. */
void heed_beam_prune(const struct heed_search *s, struct heed_live *l);

/* --- terms.c --- */

/* As heed_beam_choose(), for a source that has terms. */
int32_t heed_terms_choose(struct heed_search *s, const struct heed_live *l, float *logits);

/* --- sample.c --- */

/* As heed_beam_choose(), by chance. */
int32_t heed_sample_choose(struct heed_search *s, const struct heed_live *l, float *logits);

/* --- book.c: records --- */

/* Room for cap steps of B sources and N hypotheses, which are set; the parts that are asked for, log
 * probabilities where scored. */
void heed_book_make(struct heed_hypotheses *h, const struct heed_engine *e,
                    const struct heed_encoded *x, const struct heed_search_options *o, bool scored,
                    int64_t cap);

/* Children become the source's hypotheses, under way or finished. */
int heed_book_keep(struct heed_search *s, struct heed_live *l, int32_t n_children,
                   struct heed_err *err) HEED_MUST_USE;
void heed_book_drop(struct heed_live *l, const struct heed_search *s, int32_t record);
/* Nothing of the source is under way: its best go out. */
void heed_book_hand_out(struct heed_search *s, struct heed_live *l);
/* Is there room in a frame for so many steps? */
int heed_book_room(const struct heed_engine *e, const struct heed_encoded *x,
                   const struct heed_search_options *o, int64_t steps,
                   struct heed_err *err) HEED_MUST_USE;

#endif
