/* notes.c: weight gradients, hoisted out of every time loop.
 *
 * A product's backward only notes where x [rows,I] and dy [rows,O] stand. When the walk is over,
 * the notes of each parameter are laid side by side in forward order and dW += X^T·dY is ONE
 * product over all rows of all steps (db one sum). Notes that already lie side by side in memory
 * are used where they are. The order of additions depends on the order of the nodes only.
 *
 * Dropped: one product a step, without copies. 14 steps, H 256, O 768, on an EPYC core with
 * AVX2: 4.6 ms against 4.2 + 0.3 for the copies at 64 rows a step, 1.6 against 1.1 + 0.1 at 16. */
#include <string.h>
#include "tensor/ops.h"
#include "tensor/product.h"

enum note_kind { NOTE_WEIGHT, NOTE_TIED, NOTE_BIAS };

struct note {
    const float *x, *dy;
    int64_t rows;
    int kind;
};

struct note_list { /* of one parameter, in reverse order of the nodes */
    struct note *items;
    size_t n, cap;
};

struct notes {
    struct note_list *lists; /* per parameter */
    size_t n_lists;
};

static struct note_list *list_of(struct heed_tape *t, int32_t param)
{
    struct notes *notes = t->pending;
    if (!notes)
        t->pending = notes = heed_xcalloc(1, sizeof(*notes));
    if (notes->n_lists < t->params->n) {
        notes->lists = heed_xrealloc(notes->lists, t->params->n, sizeof(*notes->lists));
        memset(notes->lists + notes->n_lists, 0,
               sizeof(*notes->lists) * (t->params->n - notes->n_lists));
        notes->n_lists = t->params->n;
    }
    return &notes->lists[param];
}

static void note_add(struct heed_tape *t, int32_t param, struct note note)
{
    struct note_list *list = list_of(t, param);
    heed_grow(&list->items, list->n, &list->cap, sizeof(*list->items));
    list->items[list->n++] = note;
}

static void make_bias(int64_t width, float *db, const float *dy, int64_t rows)
{
    const struct heed_vec *vec = heed_vec();
    for (int64_t i = 0; i < rows; i++)
        vec->add((size_t)width, db, dy + i * width, db);
}

void heed_notes_weight(struct heed_tape *t, const struct heed_tensor *w, bool tied, const float *x,
                       const float *dy, int64_t rows)
{
    if (!heed_wants_grad(t, w) || !rows)
        return;
    if (w->param < 0) {
        heed_product_grad(t, w, tied, x, dy, rows, false, heed_tape_grad(t, w));
        return;
    }
    if (t->params->items[w->param]->flags & HEED_PARAM_SPARSE)
        BUG("the sparse parameter %s in a product", t->params->items[w->param]->name);
    note_add(t, w->param, (struct note){x, dy, rows, tied ? NOTE_TIED : NOTE_WEIGHT});
}

void heed_notes_bias(struct heed_tape *t, const struct heed_tensor *b, const float *dy,
                     int64_t rows)
{
    if (!heed_wants_grad(t, b) || !rows)
        return;
    if (b->param < 0)
        make_bias(heed_elements(b), heed_tape_grad(t, b), dy, rows);
    else
        note_add(t, b->param, (struct note){NULL, dy, rows, NOTE_BIAS});
}

/* The noted parts of one side in forward order: in place when
 * they lie side by side, else copied. */
static const float *side_by_side(struct heed_tape *t, const struct note_list *list, bool of_x,
                                 int kind, int64_t width, int64_t rows)
{
    const float *first = NULL, *next = NULL;
    bool contiguous = true;
    for (size_t i = list->n; i-- > 0;) {
        const struct note *note = &list->items[i];
        const float *part = of_x ? note->x : note->dy;
        if (note->kind != kind)
            continue;
        contiguous = contiguous && (!first || part == next);
        first = first ? first : part;
        next = part + note->rows * width;
    }
    if (contiguous)
        return first;
    float *all = heed_new(t->arena, float, rows *width), *to = all;
    for (size_t i = list->n; i-- > 0;) {
        const struct note *note = &list->items[i];
        if (note->kind != kind)
            continue;
        memcpy(to, of_x ? note->x : note->dy, sizeof(float) * (size_t)(note->rows * width));
        to += note->rows * width;
    }
    return all;
}

static bool is_all(const struct note_list *list, int kind)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].kind != kind)
            return false;
    return true;
}

/* all: nothing else of the parameter's gradient comes behind it. */
static void make_weight(struct heed_tape *t, const struct heed_tensor *value, bool tied,
                        const struct heed_piece *piece, bool all)
{
    float *onto = all ? heed_tape_grad_onto(t, value) : NULL;
    bool fresh;
    if (onto) {
        heed_product_grad_onto(t, value, tied, piece, 1, onto);
        return;
    }
    float *grad = heed_tape_grad_fresh(t, value, &fresh);
    heed_product_grad(t, value, tied, piece->x, piece->dy, piece->rows, fresh, grad);
}

static void flush_kind(struct heed_tape *t, const struct heed_tensor *value,
                       const struct note_list *list, int kind)
{
    int64_t rows = 0;
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].kind == kind)
            rows += list->items[i].rows;
    if (!rows)
        return;
    if (kind == NOTE_BIAS) {
        float *grad = heed_tape_grad(t, value);
        for (size_t i = list->n; i-- > 0;)
            if (list->items[i].kind == kind)
                make_bias(heed_elements(value), grad, list->items[i].dy, list->items[i].rows);
        return;
    }
    size_t mark = heed_arena_mark(t->arena);
    bool tied = kind == NOTE_TIED;
    int64_t in = tied ? heed_width(value) : heed_rows(value);
    int64_t out = tied ? heed_rows(value) : heed_width(value);
    const float *x = side_by_side(t, list, true, kind, in, rows);
    const float *dy = side_by_side(t, list, false, kind, out, rows);
    make_weight(t, value, tied, &(struct heed_piece){x, dy, rows}, !t->inner && is_all(list, kind));
    heed_arena_release(t->arena, mark);
}

void heed_notes_flush(struct heed_tape *t)
{
    struct notes *notes = t->pending;
    for (size_t p = 0; notes && p < notes->n_lists; p++) {
        struct note_list *list = &notes->lists[p];
        for (int kind = NOTE_WEIGHT; list->n && kind <= NOTE_BIAS; kind++)
            flush_kind(t, &t->params->items[p]->value, list, kind);
        list->n = 0;
    }
}

void heed_notes_forget(struct heed_tape *t)
{
    struct notes *notes = t->pending;
    for (size_t p = 0; notes && p < notes->n_lists; p++)
        notes->lists[p].n = 0;
}

void heed_notes_release(struct heed_tape *t)
{
    struct notes *notes = t->pending;
    if (!notes)
        return;
    for (size_t p = 0; p < notes->n_lists; p++)
        free(notes->lists[p].items);
    free(notes->lists);
    free(notes);
    t->pending = NULL;
}
