/* ops_loss.c: output layer, softmax, cross-entropy and gradient in one pass, in chunks of rows.
 *
 * Each chunk's logits [C,V] are made, turned into their gradient in place, and used at once for dW
 * and dX, so [N,V] is never kept. Because the gradient is ready in forward, dW and db are added
 * there (gradients must be cleared before forward) and dX waits in the step arena for backward. Where
 * words may be copied too, rows go through ops_copy.c, and the gradients of gate and weights wait
 * beside dX.
 *
 * Chunks of 256 rows: what a chunk reads of W and adds to dW is far away, and the fewer the better; its
 * logits, 8 MB for V 8000, just stay in the third-level cache. 128, 192 and 384 rows are level on an
 * EPYC of family 26, 64 cost a tenth on Zen 3. */
#include <string.h>
#include "tensor/ops.h"
#include "tensor/product.h"

#define CHUNK_ROWS 256

struct loss_aux {
    const int32_t *target; /* [N], read in forward only: not copied */
    const float *weight;   /* [N] or NULL, as above */
    float smoothing, gscale;
    bool tied, count_correct;
    const struct heed_copy *copy; /* NULL: words are chosen, never copied */
    const struct heed_draw *draw; /* NULL: rows are drawn to their targets alone */
    float *log_prob;              /* [N] or NULL */
    bool alone;
    struct heed_loss *out;
};

enum { IN_X, IN_W, IN_BIAS, IN_GATE, IN_WEIGHTS };

/* Gradients that wait for backward; NULL: not wanted. */
struct waiting {
    float *dx;
    struct heed_copy_grad copy;
};

/* The work of one call, so that a chunk needs few arguments. */
struct work {
    struct heed_node *node;
    const struct loss_aux *aux;
    int64_t rows, width, words; /* N, R, V */
    const float *bias;
    float *logits, *dx, *dw, *db;
    bool fresh; /* dw: nothing is in it */
    int64_t n_chunks, together;
    float *pull; /* [together,V]; NULL: nothing else draws */
    bool whole;  /* logits of all chunks are kept until all are done */
    float *onto; /* whole, in place of dw: another shard's gradient, which this one is added to */
    struct heed_copy_grad copy;
};

static int loss_shape(struct heed_node *node, struct heed_err *err)
{
    const struct loss_aux *aux = node->aux;
    const struct heed_tensor *x = node->in[IN_X], *w = node->in[IN_W];
    int64_t in = w->dims[aux->tied ? 1 : 0], words = w->dims[aux->tied ? 0 : 1];
    if (w->rank != 2 || heed_width(x) != in)
        return heed_fail(err, "input of width %lld, output weights for %lld",
                         (long long)heed_width(x), (long long)in);
    if (node->n_in > IN_BIAS && heed_elements(node->in[IN_BIAS]) != words)
        return heed_fail(err, "bias of %lld for %lld words",
                         (long long)heed_elements(node->in[IN_BIAS]), (long long)words);
    if (aux->copy && heed_copy_shape(aux->copy, heed_rows(x), err))
        return -1;
    if (aux->draw && heed_draw_shape(aux->draw, heed_rows(x), err))
        return -1;
    node->out[0]->rank = 1;
    node->out[0]->dims[0] = 1;
    return 0;
}

static const float *x_of(const struct work *k, int64_t from)
{
    return k->node->in[IN_X]->data + from * k->width;
}

static void chunk_logits(const struct work *k, int64_t from, int64_t n)
{
    struct heed_product p = {
        .m = n,
        .x = x_of(k, from),
        .w = k->node->in[IN_W],
        .transposed = k->aux->tied,
        .bias = k->bias,
        .y = k->logits,
    };
    heed_product(k->node->tape, &p);
}

/* row: logits, which become their gradient. pull: its own, nats what that stands for. */
static void row_loss(const struct work *k, int64_t at, float *row, const float *pull, float nats)
{
    const struct loss_aux *aux = k->aux;
    const struct heed_vec *v = heed_vec();
    int32_t target = aux->target[at];
    float weight = aux->weight ? aux->weight[at] : 1.0f, plain = 0.0f;
    float share = aux->draw && aux->draw->teacher ? 1 - aux->draw->share : 1;
    float gscale = aux->gscale * share * weight;
    if (target < 0 || target >= k->words)
        BUG("target %d of %lld", (int)target, (long long)k->words);
    if (aux->count_correct)
        aux->out->n_correct += v->argmax((size_t)k->words, row) == (size_t)target;
    float loss = aux->copy
                     ? heed_copy_row_loss(aux->copy, &k->copy, at, k->words, row, (size_t)target,
                                          aux->smoothing, aux->alone, gscale, &plain)
                     : heed_kernels()->cross_entropy((size_t)k->words, row, (size_t)target,
                                                     aux->smoothing, gscale, k->db, &plain);
    if (aux->log_prob)
        aux->log_prob[at] = -plain;
    if (pull)
        v->add((size_t)k->words, row, pull, row);
    if (pull && k->db)
        v->add((size_t)k->words, k->db, pull, k->db);
    aux->out->nats += (double)weight * (double)(share * loss) + (double)nats;
    aux->out->plain += (double)weight * (double)plain;
}

static void chunk_loss(const struct work *k, int64_t from, int64_t n)
{
    const struct loss_aux *aux = k->aux;
    for (int64_t i = 0; i < n; i += k->together) {
        float *rows = k->logits + i * k->words, nats[2] = {0, 0};
        if (k->pull)
            heed_draw_rows(aux->draw, from + i, k->words, rows, aux->gscale, k->pull, nats);
        for (int64_t r = 0; r < k->together; r++)
            row_loss(k, from + i + r, rows + r * k->words, k->pull ? k->pull + r * k->words : NULL,
                     nats[r]);
    }
    aux->out->n_tokens += n;
}

static void chunk_dx(const struct work *k, int64_t from, int64_t n)
{
    struct heed_product p = {
        .m = n, .x = k->logits, .w = k->node->in[IN_W], .transposed = !k->aux->tied};
    if (!k->dx)
        return;
    p.y = k->dx + from * k->width;
    heed_product(k->node->tape, &p);
}

static void chunk_dw(const struct work *k, const float *dy, int64_t from, int64_t n)
{
    if (k->dw)
        heed_product_grad(k->node->tape, k->node->in[IN_W], k->aux->tied, x_of(k, from), dy, n,
                          k->fresh && !from, k->dw);
}

/* Of nearly equal size: a short last one is slow. Twins are not parted. */
static int64_t chunk_rows(const struct work *k, int64_t number, int64_t from)
{
    return (k->rows - from) / k->together / (k->n_chunks - number) * k->together;
}

static void by_chunks(struct work *k)
{
    for (int64_t i = 0, from = 0, n; i < k->n_chunks; i++, from += n) {
        n = chunk_rows(k, i, from);
        chunk_logits(k, from, n);
        chunk_loss(k, from, n);
        chunk_dx(k, from, n);
        chunk_dw(k, k->logits, from, n);
    }
}

/* Weights are read once for all rows; their gradient is that of the chunks. */
static void by_whole(struct work *k)
{
    struct heed_piece *pieces = heed_new(k->node->tape->arena, struct heed_piece, k->n_chunks);
    chunk_logits(k, 0, k->rows);
    chunk_loss(k, 0, k->rows);
    chunk_dx(k, 0, k->rows);
    for (int64_t i = 0, from = 0, n; i < k->n_chunks; i++, from += n) {
        n = chunk_rows(k, i, from);
        const float *dy = k->logits + from * k->words;
        pieces[i] = (struct heed_piece){x_of(k, from), dy, n};
        chunk_dw(k, dy, from, n);
    }
    if (k->onto)
        heed_product_grad_onto(k->node->tape, k->node->in[IN_W], k->aux->tied, pieces,
                               (int)k->n_chunks, k->onto);
}

static void prepare_grads(struct work *k)
{
    struct heed_node *node = k->node;
    struct heed_tape *t = node->tape;
    const struct heed_tensor *w = node->in[IN_W];
    struct waiting *late = heed_new0(t->arena, struct waiting, 1);
    if (w->param >= 0 && (t->params->items[w->param]->flags & HEED_PARAM_SPARSE))
        BUG("the sparse parameter %s as output weights", t->params->items[w->param]->name);
    node->saved = late;
    if (k->whole && w->param >= 0 && t->params->items[w->param]->flags & HEED_PARAM_OUTPUT)
        k->onto = heed_tape_grad_onto(t, w);
    k->dw = k->rows && !k->onto ? heed_tape_grad_fresh(t, w, &k->fresh) : NULL;
    k->db = node->n_in > IN_BIAS ? heed_tape_grad(t, node->in[IN_BIAS]) : NULL;
    if (heed_wants_grad(t, node->in[IN_X]))
        late->dx = k->dx = heed_new(t->arena, float, k->rows * k->width);
    if (!k->aux->copy)
        return;
    late->copy.gate = heed_new(t->arena, float, k->rows);
    late->copy.weights = heed_new(t->arena, float, heed_elements(node->in[IN_WEIGHTS]));
    k->copy = late->copy;
    k->copy.bias = k->db;
}

static void loss_forward(struct heed_node *node)
{
    struct heed_tape *t = node->tape;
    const struct heed_tensor *x = node->in[IN_X], *w = node->in[IN_W];
    const struct loss_aux *aux = node->aux;
    struct work k = {.node = node, .aux = aux, .rows = heed_rows(x), .width = heed_width(x)};
    double before = aux->out->nats;

    k.words = w->dims[aux->tied ? 0 : 1];
    k.bias = node->n_in > IN_BIAS ? node->in[IN_BIAS]->data : NULL;
    k.n_chunks = (k.rows + CHUNK_ROWS - 1) / CHUNK_ROWS;
    k.together = heed_draw_together(aux->draw);
    int64_t units = k.rows / k.together;
    int64_t most = k.n_chunks ? (units + k.n_chunks - 1) / k.n_chunks * k.together : 0;
    /* Beyond this a gradient of W on its own would be smaller. */
    k.whole = t->training && k.rows && k.rows <= k.width + most;
    if (t->training)
        prepare_grads(&k);
    size_t mark = heed_arena_mark(t->arena), room;
    k.logits = heed_tape_room(t, (k.whole ? k.rows : most) * k.words, &room);
    k.pull = aux->draw ? heed_new(t->arena, float, k.together *k.words) : NULL;
    if (k.whole)
        by_whole(&k);
    else
        by_chunks(&k);
    heed_tape_room_release(t, room);
    heed_arena_release(t->arena, mark);
    node->out[0]->data[0] = (float)(aux->out->nats - before);
}

static void add_late(struct heed_node *node, int in, const float *late)
{
    float *grad = heed_tape_grad(node->tape, node->in[in]);
    if (grad && late)
        heed_vec()->add((size_t)heed_elements(node->in[in]), grad, late, grad);
}

static void loss_backward(struct heed_node *node)
{
    const struct waiting *late = node->saved;
    add_late(node, IN_X, late->dx);
    if (node->n_in <= IN_GATE)
        return;
    add_late(node, IN_GATE, late->copy.gate);
    add_late(node, IN_WEIGHTS, late->copy.weights);
}
static const struct heed_op op_loss = {sizeof(struct heed_op), "cross_entropy", loss_shape,
                                       loss_forward, loss_backward};

void heed_cross_entropy(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *w,
                        bool tied, struct heed_tensor *bias, const int32_t *target,
                        const float *weight, float smoothing, float gscale, bool count_correct,
                        struct heed_loss *out)
{
    struct heed_tensor *in[] = {x, w, bias};
    struct loss_aux aux = {.target = target,
                           .weight = weight,
                           .smoothing = smoothing,
                           .gscale = gscale,
                           .tied = tied,
                           .count_correct = count_correct,
                           .out = out};
    heed_apply(t, &op_loss, bias ? 3 : 2, in, 1, NULL, &aux, sizeof(aux));
}

void heed_copy_cross_entropy(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *w,
                             bool tied, struct heed_tensor *bias, const struct heed_copy *copy,
                             const int32_t *target, const struct heed_aim *aim,
                             struct heed_loss *out)
{
    struct heed_tensor *in[] = {x, w, bias, copy ? copy->gate : NULL, copy ? copy->weights : NULL};
    struct loss_aux aux = {.target = target,
                           .weight = aim->weight,
                           .log_prob = aim->log_prob,
                           .alone = aim->alone,
                           .smoothing = aim->smoothing,
                           .gscale = aim->gscale,
                           .tied = tied,
                           .copy = copy,
                           .draw = aim->draw,
                           .out = out};
    heed_apply(t, &op_loss, copy ? 5 : bias ? 3 : 2, in, 1, NULL, &aux, sizeof(aux));
}
