/* ops.h: what tape.c, notes.c and the ops_*.c files share, inside the tensor floor. */
#ifndef HEED_OPS_H
#define HEED_OPS_H

#include "tensor/tape.h"

/* Does a gradient flow into x? */
bool heed_wants_grad(const struct heed_tape *t, const struct heed_tensor *x);
/* As heed_tape_grad(), but where *fresh the caller writes all of it, over old numbers. */
float *heed_tape_grad_fresh(struct heed_tape *t, const struct heed_tensor *x, bool *fresh);
/* A parameter's, where another shard's stands there: the caller adds all of this one's to it, as one term, and
 * nobody asks again. Else NULL. */
float *heed_tape_grad_onto(struct heed_tape *t, const struct heed_tensor *x);
/* For what is over before backward, and needs much: over the gradients, where they have an arena of their own. The mark
 * is for giving it back. */
float *heed_tape_room(struct heed_tape *t, int64_t n, size_t *mark);
void heed_tape_room_release(struct heed_tape *t, size_t mark);
static inline const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* Shape helpers for op->shape(). */
void heed_dims_copy(struct heed_tensor *out, const struct heed_tensor *like);
/* "2x3x4" into text (of HEED_DIMS_TEXT bytes); returns text. */
#define HEED_DIMS_TEXT 96
const char *heed_dims_text(const struct heed_tensor *x, char *text);
bool heed_dims_equal(const struct heed_tensor *a, const struct heed_tensor *b);

/* n int32_t copied to the step arena; NULL stays NULL. */
const int32_t *heed_tape_ints(struct heed_tape *t, const int32_t *x, int64_t n);
/* A tensor of rank 1 that later operations on a sour tape may be given. */
struct heed_tensor *heed_tape_dummy(struct heed_tape *t);
static inline bool heed_tape_sour(const struct heed_tape *t)
{
    return t->err.status != HEED_OK;
}

/* --- notes.c: weight gradients hoisted out of the time loop --- */
/* W[I,O] (tied: [O,I], used transposed) got rows of x [rows,I] and of the
 * product's gradient dy [rows,O]. A parameter's are kept until the end of
 * backward; another tensor's gradient is made at once. */
void heed_notes_weight(struct heed_tape *t, const struct heed_tensor *w, bool tied, const float *x,
                       const float *dy, int64_t rows);
void heed_notes_bias(struct heed_tape *t, const struct heed_tensor *b, const float *dy,
                     int64_t rows);
void heed_notes_flush(struct heed_tape *t); /* makes every noted gradient, in parameter order */
void heed_notes_forget(struct heed_tape *t);
void heed_notes_release(struct heed_tape *t);

/* --- ops_copy.c: rows of words that are chosen or copied --- */
int heed_copy_shape(const struct heed_copy *c, int64_t rows, struct heed_err *err) HEED_MUST_USE;
/* Of gate [N] and weights [N,S], set row by row; of the bias [V], added to. NULL: not wanted. */
struct heed_copy_grad {
    float *gate, *weights, *bias;
};
/* As the kernel cross_entropy over V logits, of the mixture; alone: none of it the output layer's own. */
float heed_copy_row_loss(const struct heed_copy *copy, const struct heed_copy_grad *grad,
                         int64_t row, int64_t V, float *logits, size_t target, float smoothing,
                         bool alone, float gscale, float *plain);

/* --- ops_drawn.c: rows that are drawn to a teacher, or to each other --- */
int heed_draw_shape(const struct heed_draw *d, int64_t rows, struct heed_err *err) HEED_MUST_USE;
/* Rows that are looked at together. NULL: nothing draws. */
static inline int64_t heed_draw_together(const struct heed_draw *d)
{
    return d && d->twins > 0 ? 2 : 1;
}
/* Of the rows that begin at `row`, logits [together,V]: what draws them, as nats of each and as a gradient pull
 * [together,V]. */
void heed_draw_rows(const struct heed_draw *d, int64_t row, int64_t V, const float *logits,
                    float gscale, float *pull, float nats[2]);

/* --- zones.c: guard zones --- */
/* Plain when the tape has no zones. */
void *heed_zone_alloc(struct heed_tape *t, size_t size, const char *what);
void heed_zones_forget(struct heed_tape *t);
void heed_zones_release(struct heed_tape *t);

#endif
