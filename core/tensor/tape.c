/* tape.c: reverse-mode differentiation: nodes in the order they were applied, walked backwards.
 *
 * heed_apply() asks the op for the shapes of its outputs, lays out one block of bookkeeping (input
 * and output pointers, output tensors, the copied aux) and the outputs' data and gradients in the
 * step arena, runs forward, and, in training, remembers the node. An output has a gradient only
 * where one can flow: some input has one and the op has a backward; so constants cost nothing in
 * backward. In inference no node is kept. */
#include <string.h>
#include "tensor/ops.h"

void heed_tape_init(struct heed_tape *t, struct heed_arena *arena, struct heed_params *params)
{
    memset(t, 0, sizeof(*t));
    t->arena = arena;
    t->params = params;
}

void heed_tape_release(struct heed_tape *t)
{
    heed_notes_release(t);
    heed_zones_release(t);
    free(t->nodes);
    free(t->uncleared);
    memset(t, 0, sizeof(*t));
}

void heed_tape_reset(struct heed_tape *t)
{
    t->n_nodes = 0;
    t->err.status = HEED_OK;
    t->err.text[0] = '\0';
    heed_notes_forget(t);
    heed_zones_forget(t);
    heed_arena_reset(t->arena);
    t->n_uncleared = 0;
    t->begun = false;
    if (t->late)
        heed_arena_reset(t->late);
}

bool heed_tape_failed(const struct heed_tape *t, struct heed_err *err)
{
    if (!heed_tape_sour(t))
        return false;
    *err = t->err;
    return true;
}

void *heed_tape_alloc(struct heed_tape *t, size_t size)
{
    return heed_zone_alloc(t, size, "a buffer of its own");
}

const int32_t *heed_tape_ints(struct heed_tape *t, const int32_t *x, int64_t n)
{
    if (!x)
        return NULL;
    int32_t *copy = heed_new(t->arena, int32_t, n);
    if (n)
        memcpy(copy, x, sizeof(*x) * (size_t)n);
    return copy;
}

/* --- tensors --- */

static struct heed_tensor *shell(struct heed_tape *t, int rank, const int64_t *dims)
{
    if (rank < 1 || rank > HEED_RANK_MAX)
        BUG("rank %d", rank);
    struct heed_tensor *x = heed_new0(t->arena, struct heed_tensor, 1);
    x->rank = rank;
    x->param = -1;
    for (int i = 0; i < rank; i++)
        x->dims[i] = dims[i];
    return x;
}

struct heed_late_grad {
    float *grad;
    size_t size;
};

static float *grad_new(struct heed_tape *t, size_t size, const char *what)
{
    if (!t->late || t->begun || t->zones)
        return memset(heed_zone_alloc(t, size, what), 0, size);
    float *grad = heed_arena_alloc(t->late, size);
    heed_grow(&t->uncleared, t->n_uncleared, &t->cap_uncleared, sizeof *t->uncleared);
    t->uncleared[t->n_uncleared++] = (struct heed_late_grad){grad, size};
    return grad;
}

static void clear_late(struct heed_tape *t)
{
    for (size_t i = 0; i < t->n_uncleared; i++)
        memset(t->uncleared[i].grad, 0, t->uncleared[i].size);
    t->n_uncleared = 0;
    t->begun = true;
}

float *heed_tape_room(struct heed_tape *t, int64_t n, size_t *mark)
{
    size_t size = sizeof(float) * (size_t)n;
    bool late = t->late && t->n_uncleared;
    *mark = heed_arena_mark(late ? t->late : t->arena);
    return late ? heed_arena_over(t->late, size) : heed_arena_alloc(t->arena, size);
}

void heed_tape_room_release(struct heed_tape *t, size_t mark)
{
    heed_arena_release(t->late && t->n_uncleared ? t->late : t->arena, mark);
}

static void give_data(struct heed_tape *t, struct heed_tensor *x, bool grad, const char *what)
{
    size_t size = sizeof(float) * (size_t)heed_elements(x);
    x->data = heed_zone_alloc(t, size, what);
    if (grad)
        x->grad = grad_new(t, size, what);
}

struct heed_tensor *heed_tensor_new(struct heed_tape *t, int rank, const int64_t *dims)
{
    struct heed_tensor *x = shell(t, rank, dims);
    give_data(t, x, t->training, "a new tensor");
    return x;
}

struct heed_tensor *heed_tensor_wrap(struct heed_tape *t, int rank, const int64_t *dims,
                                     float *data, bool with_grad)
{
    struct heed_tensor *x = shell(t, rank, dims);
    x->data = data;
    if (with_grad && t->training)
        x->grad = grad_new(t, sizeof(float) * (size_t)heed_elements(x), "an input's gradient");
    return x;
}

struct heed_tensor *heed_tensor_zero(struct heed_tape *t, int rank, const int64_t *dims)
{
    struct heed_tensor *x = shell(t, rank, dims);
    x->data = heed_new0(t->arena, float, heed_elements(x));
    return x;
}

struct heed_tensor *heed_tape_dummy(struct heed_tape *t)
{
    struct heed_tensor *x = shell(t, 1, (int64_t[]){1});
    for (int i = 1; i < HEED_RANK_MAX; i++)
        x->dims[i] = 1; /* a caller that reads dims[3] of what it takes for rank 4 finds a width */
    x->data = heed_new0(t->arena, float, 1);
    return x;
}

void heed_dims_copy(struct heed_tensor *out, const struct heed_tensor *like)
{
    out->rank = like->rank;
    memcpy(out->dims, like->dims, sizeof(out->dims));
}

bool heed_dims_equal(const struct heed_tensor *a, const struct heed_tensor *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i])
            return false;
    return true;
}

const char *heed_dims_text(const struct heed_tensor *x, char *text)
{
    size_t at = 0;
    text[0] = '\0';
    for (int i = 0; i < x->rank && at < HEED_DIMS_TEXT; i++)
        at += (size_t)snprintf(text + at, HEED_DIMS_TEXT - at, i ? "x%lld" : "%lld",
                               (long long)x->dims[i]);
    return text;
}

/* --- applying an op --- */

static bool flows(struct heed_tape *t, const struct heed_node *node)
{
    if (!t->training || !node->op->backward)
        return false;
    for (int i = 0; i < node->n_in; i++)
        if (heed_wants_grad(t, node->in[i]))
            return true;
    return false;
}

/* One block: [in pointers][out pointers][out tensors][aux], each part aligned to 16. */
static void lay_out(struct heed_tape *t, struct heed_node *node, struct heed_tensor *const *in,
                    const void *aux, size_t aux_size)
{
    size_t in_size = sizeof(*node->in) * (size_t)node->n_in;
    size_t pointers = (in_size + sizeof(*node->out) * (size_t)node->n_out + 15) / 16 * 16;
    size_t tensors = (sizeof(struct heed_tensor) * (size_t)node->n_out + 15) / 16 * 16;
    char *block = heed_arena_alloc(t->arena, pointers + tensors + aux_size);

    node->in = (struct heed_tensor **)block;
    node->out = (struct heed_tensor **)(block + in_size);
    if (node->n_in)
        memcpy(node->in, in, in_size);
    struct heed_tensor *made = (struct heed_tensor *)(block + pointers);
    memset(made, 0, tensors);
    for (int i = 0; i < node->n_out; i++) {
        made[i].param = -1;
        node->out[i] = &made[i];
    }
    if (aux_size)
        node->aux = memcpy(block + pointers + tensors, aux, aux_size);
}

static struct heed_tensor *give_dummies(struct heed_tape *t, int n_out, struct heed_tensor **outs)
{
    struct heed_tensor *dummy = heed_tape_dummy(t);
    for (int i = 0; outs && i < n_out; i++)
        outs[i] = i ? heed_tape_dummy(t) : dummy;
    return dummy;
}

struct heed_tensor *heed_apply(struct heed_tape *t, const struct heed_op *op, int n_in,
                               struct heed_tensor *const *in, int n_out, struct heed_tensor **outs,
                               const void *aux, size_t aux_size)
{
    if (heed_tape_sour(t))
        return give_dummies(t, n_out, outs);
    struct heed_node node = {.op = op, .tape = t, .n_in = n_in, .n_out = n_out};
    lay_out(t, &node, in, aux, aux_size);
    if (op->shape(&node, &t->err) < 0) {
        heed_err_prefix(&t->err, "%s: ", op->name);
        return give_dummies(t, n_out, outs);
    }
    bool grad = flows(t, &node);
    for (int i = 0; i < n_out; i++) {
        give_data(t, node.out[i], grad, op->name);
        if (outs)
            outs[i] = node.out[i];
    }
    op->forward(&node);
    if (grad) {
        heed_grow(&t->nodes, t->n_nodes, &t->cap_nodes, sizeof(*t->nodes));
        t->nodes[t->n_nodes++] = node;
    }
    return n_out ? node.out[0] : NULL;
}

void heed_tape_backward(struct heed_tape *t)
{
    if (heed_tape_sour(t) || !t->training)
        return;
    clear_late(t);
    for (size_t i = t->n_nodes; i-- > 0;)
        t->nodes[i].op->backward(&t->nodes[i]);
    heed_notes_flush(t);
}

/* --- views --- */

static struct heed_tensor *view(struct heed_tape *t, struct heed_tensor *x, int rank,
                                const int64_t *dims, int64_t offset)
{
    struct heed_tensor *v = shell(t, rank, dims);
    float *grad = heed_tape_grad(t, x);
    v->data = x->data + offset;
    v->grad = grad ? grad + offset : NULL;
    return v;
}

struct heed_tensor *heed_view_rows(struct heed_tape *t, struct heed_tensor *x, int64_t from,
                                   int64_t n)
{
    if (heed_tape_sour(t))
        return heed_tape_dummy(t);
    int64_t rest = 1;
    for (int i = 1; i < x->rank; i++)
        rest *= x->dims[i];
    if (from < 0 || n < 0 || from > x->dims[0] - n) {
        heed_fail(&t->err, "view: rows %lld to %lld of %lld", (long long)from,
                  (long long)(from + n), (long long)x->dims[0]);
        return heed_tape_dummy(t);
    }
    int64_t dims[HEED_RANK_MAX];
    memcpy(dims, x->dims, sizeof(dims));
    dims[0] = n;
    return view(t, x, x->rank, dims, from * rest);
}

struct heed_tensor *heed_reshape(struct heed_tape *t, struct heed_tensor *x, int rank,
                                 const int64_t *dims)
{
    if (heed_tape_sour(t))
        return heed_tape_dummy(t);
    int64_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dims[i];
    if (n != heed_elements(x)) {
        char text[HEED_DIMS_TEXT];
        heed_fail(&t->err, "reshape: %s does not hold %lld numbers", heed_dims_text(x, text),
                  (long long)n);
        return heed_tape_dummy(t);
    }
    return view(t, x, rank, dims, 0);
}
