/* history.h: histories of hypotheses, and who descends from whom: within state.c.
 *
 * Hypotheses of a source were one not long ago: what they said until then, and so their histories, are the
 * same to the bit. A row that becomes another one takes over what the two do not share, in most steps of a beam
 * a few steps of many.
 *
 *     step    0   1   2   3          numbers of what was written: each step of a row gets a new one, and
 *     row 0   1   3   5   7          takes it along; rows that agree in a step agree in all before it.
 *     row 1   1   3   6   8          Row 1 becomes row 0: steps 2 and 3 are copied. */
#ifndef HEED_HISTORY_H
#define HEED_HISTORY_H

#include "base/arena.h"

/* [rows, parts, steps, width] */
struct heed_history {
    float *data;
    float *aside; /* [unit] for a row that others need and that is written to */
    int64_t width, parts, steps, unit, room;
    int64_t aside_room;
};

/* Steps lo … hi-1 of row `from` become those of row `to`; HEED_ASIDE: what is put aside. */
#define HEED_ASIDE (-1)
struct heed_move {
    int32_t to, from, lo, hi;
};

struct heed_lineage {
    int64_t *id, *spare; /* [cap, steps] */
    int64_t steps, last;
    int32_t cap;
    struct heed_move *moves; /* [2 * cap], in an order in which nothing is lost */
    int32_t n_moves;
    int32_t *shared, *readers, *ready; /* [cap] scratch */
};

/* Room for `rows` rows of `steps`; the first n keep the steps that they have made. */
void heed_history_room(struct heed_history *h, struct heed_arena *arena, int64_t rows,
                       int64_t steps, const int32_t *position, int32_t n);
/* A step of each of n rows: x [n*parts, width]. */
void heed_history_add(struct heed_history *h, const float *x, const int32_t *position, int32_t n);
void heed_history_move(struct heed_history *h, struct heed_arena *arena,
                       const struct heed_lineage *l);

/* The same for numbers. */
void heed_lineage_room(struct heed_lineage *l, struct heed_arena *arena, int32_t cap, int64_t steps,
                       int32_t n);
void heed_lineage_advance(struct heed_lineage *l, const int32_t *position, int32_t n);
/* n rows, row i from row from[i] of the `old` ones there were: numbers move, and moves are made. position [old] is of
 * the old ones. */
void heed_lineage_move(struct heed_lineage *l, const int32_t *position, int32_t old,
                       const int32_t *from, int32_t n);

#endif
