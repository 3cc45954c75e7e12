/* score_call.c: one call of a score, as models make it: keys() over rows, score(), mask and softmax
 * or the plugin's own normaliser. */
#include <string.h>
#include "prove/score.h"

static const struct heed_score *score_of(const struct check_world *w)
{
    return (const struct heed_score *)w->plugin;
}

static struct heed_tensor *weights_so_far(struct heed_tape *t, const struct score_sizes *n)
{
    struct heed_tensor *x = heed_tensor_new(t, 4, (int64_t[]){n->b, n->g, n->q, n->s});
    for (int64_t i = 0; i < score_results(n); i++)
        x->data[i] = 1.0f / (float)n->s;
    x->grad = NULL;
    return x;
}

static struct heed_tensor *make_keys(const struct check_world *w, int layer, struct heed_tape *t,
                                     const struct score_sizes *n, struct heed_tensor *memory,
                                     struct heed_err *err)
{
    struct heed_keys_call call = {.size = sizeof(call), .tape = t, .memory = memory};
    struct heed_tensor *k =
        score_of(w)->keys ? score_of(w)->keys(w->layer[layer].self, &call) : memory;
    int64_t dims[] = {n->b * n->g * n->s, k ? heed_width(k) : 0};
    if (heed_tape_failed(t, err) || heed_check_shape("keys", k, 2, dims, err))
        return NULL;
    return heed_reshape(t, k, 4, (int64_t[]){n->b, n->g, n->s, heed_width(k)});
}

int heed_check_score_apply(const struct check_world *w, int layer, struct heed_tape *t,
                           const struct score_call *c, struct heed_tensor *query,
                           struct heed_tensor *memory, struct heed_tensor **out,
                           struct heed_err *err)
{
    const struct score_sizes *n = &c->n;
    const struct heed_score *score = score_of(w);
    const void *self = w->layer[layer].self;
    struct heed_score_call call = {.size = sizeof(call),
                                   .tape = t,
                                   .query = query,
                                   .keys = make_keys(w, layer, t, n, memory, err),
                                   .q_len = c->q_len,
                                   .k_len = c->k_len,
                                   .q_position = c->position};
    if (!call.keys)
        return -1;
    if (score->flags & HEED_SCORE_WANTS_WEIGHTS) {
        call.previous = weights_so_far(t, n);
        call.summed = weights_so_far(t, n);
    }
    int64_t dims[] = {n->b, n->g, n->q, n->s};
    out[0] = score->score(self, &call);
    if (heed_tape_failed(t, err) || heed_check_shape("scores", out[0], 4, dims, err))
        return -1;
    struct heed_mask mask = {.q_len = c->q_len, .k_len = c->k_len, .q_position = c->position};
    struct heed_normalise_call normalise = {sizeof(normalise), t, out[0], &mask};
    out[1] = score->normalise ? score->normalise(self, &normalise)
                              : heed_masked_softmax(t, out[0], &mask);
    if (heed_tape_failed(t, err))
        return -1;
    return heed_check_shape("weights", out[1], 4, dims, err);
}

int heed_check_score_run(struct check_world *w, int layer, const struct score_call *c,
                         struct score_result *r, struct heed_err *err)
{
    const struct score_sizes *n = &c->n;
    struct heed_tensor *out[2];
    int64_t query_dims[] = {n->b, n->g, n->q, n->d}, memory_dims[] = {n->b * n->g * n->s, n->d};
    size_t query_size = sizeof(float) * (size_t)(n->b * n->g * n->q * n->d);
    size_t memory_size = sizeof(float) * (size_t)(n->b * n->g * n->s * n->d);
    size_t size = sizeof(float) * (size_t)score_results(n);
    *r = (struct score_result){0};
    heed_tape_reset(&w->tape);
    w->tape.training = false;
    float *query_data = memcpy(heed_tape_alloc(&w->tape, query_size), c->query, query_size);
    float *memory_data = memcpy(heed_tape_alloc(&w->tape, memory_size), c->memory, memory_size);
    struct heed_tensor *query = heed_tensor_wrap(&w->tape, 4, query_dims, query_data, false);
    struct heed_tensor *memory = heed_tensor_wrap(&w->tape, 2, memory_dims, memory_data, false);
    if (heed_check_score_apply(w, layer, &w->tape, c, query, memory, out, err) < 0 ||
        heed_check_world_end(w, err) < 0)
        return -1;
    if (memcmp(query_data, c->query, query_size) || memcmp(memory_data, c->memory, memory_size))
        return heed_fail(err, "the call changed its %s",
                         memcmp(query_data, c->query, query_size) ? "query" : "memory");
    r->scores = memcpy(heed_xmalloc(size + 1), out[0]->data, size);
    r->weights = memcpy(heed_xmalloc(size + 1), out[1]->data, size);
    return 0;
}

void heed_check_score_release(struct score_result *r)
{
    free(r->scores);
    free(r->weights);
    *r = (struct score_result){0};
}
