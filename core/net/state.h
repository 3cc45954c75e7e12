/* state.h: what a decoder carries from step to step, as rows that others may move.
 *
 * A net declares slots when it is built. Its begin() and step() put tensors into them and get them
 * back; search owns the rows, copies, reorders and drops them, and never looks inside.
 *
 *     row     0   1   2   3   4      hypotheses, those of one source side by side
 *     source  0   0   0   1   1      which source each belongs to, ascending without gaps
 *
 *     HEED_SLOT_STEP     a row for each hypothesis      states, a readout that is fed back
 *     HEED_SLOT_SOURCE   S rows for each source         memory, keys
 *     HEED_SLOT_HISTORY  a row for each step that a hypothesis has made    keys, values of self-attention
 *
 * What belongs to a source stands once, however many hypotheses it has: they are its queries.
 *
 * What was put last lies on the tape. On a tape that lives through all steps (training) it stays
 * there; where the tape is reset between steps, heed_state_keep() copies it to rows of the state's
 * own, in an arena that outlives the steps. A history lies in rows of the state's own from the first
 * step on, with room for more, so it is for inference: whole targets are forced by the net itself. */
#ifndef HEED_STATE_H
#define HEED_STATE_H

#include "tensor/tape.h"

enum heed_slot_kind { HEED_SLOT_STEP, HEED_SLOT_SOURCE, HEED_SLOT_HISTORY };

struct heed_slot {
    const char *name;
    enum heed_slot_kind kind;
};

struct heed_slot_rows; /* state.c */
struct heed_lineage;   /* history.h */

struct heed_state {
    const struct heed_slot *slots; /* borrowed from the net */
    int n_slots;
    struct heed_arena *arena; /* borrowed */
    int32_t n, n_sources, cap;
    int64_t S;         /* rows of a source in its slots */
    int32_t *source;   /* [n] */
    int32_t *position; /* [n] steps that the row has made */
    int32_t *len;      /* [n_sources] valid rows of a source */
    int32_t *scratch;  /* [3, cap] for select() */
    struct heed_slot_rows *rows;
    struct heed_lineage *lineage; /* of rows whose slots grow */
    struct heed_listing *listing; /* listing.h; NULL: logits are of all words */
};

/* n rows, each the first of a source of its own; len [n] is copied. Memory from the arena, in which
 * the state lies until that is reset. */
void heed_state_init(struct heed_state *s, const struct heed_slot *slots, int n_slots,
                     struct heed_arena *arena, int32_t n, int64_t S, const int32_t *len);
/* Slot's present tensor: [n, width], or [n_sources * S, width]. Something must have been put. */
struct heed_tensor *heed_state_get(const struct heed_state *s, int slot, struct heed_tape *t);
int64_t heed_state_width(const struct heed_state *s, int slot); /* of that tensor */
/* x: as many rows as get() gives back, of any width, the same each time. */
void heed_state_put(struct heed_state *s, int slot, struct heed_tensor *x);
/* The same for data that outlive the tape: heed_state_keep() takes them as they are. They may be
 * written to when rows move. */
void heed_state_put_lasting(struct heed_state *s, int slot, struct heed_tensor *x);
/* A history goes on: x [n*parts, width] is what this step adds, a row to each of `parts` histories that a
 * hypothesis has. Gives all of them, [n*parts*steps, width], room for `steps` in each; those of row i hold
 * position[i] + 1. parts is the same each time. */
struct heed_tensor *heed_state_grow(struct heed_state *s, int slot, struct heed_tape *t,
                                    struct heed_tensor *x, int64_t parts, int64_t *steps);
/* Before the tape is reset: what was put since the last time becomes rows of the state's own. */
void heed_state_keep(struct heed_state *s);
/* Row i becomes what row from[i] was, for i in [0, n): n may shrink, stay or grow, rows may repeat. The
 * rows of one source must stand side by side. Sources without a row are dropped. All that was put
 * must have been kept. */
void heed_state_select(struct heed_state *s, const int32_t *from, int32_t n);
/* The rows of fresh, all of sources of their own, come behind those of s. Both have the same slots and S. What
 * fresh holds may lie on a tape; all that was put in s must have been kept. Where slots grow, fresh has made no
 * step. */
void heed_state_append(struct heed_state *s, const struct heed_state *fresh, struct heed_tape *t);
/* Of the last logits: the words that they are of, ascending, as long as the step's; NULL: all. */
const int32_t *heed_state_words(const struct heed_state *s);
/* All rows have made a step. */
void heed_state_advance(struct heed_state *s);
/* Only the first n rows go on, each the one of its source: on a tape of packed rows. */
void heed_state_shrink(struct heed_state *s, int32_t n);

#endif
