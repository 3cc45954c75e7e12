/* attention.c: see attention.h. */
#include <string.h>

#include "net/attention_parts.h"

static const struct heed_score *plugin_of(const struct heed_layer *score)
{
    return (const struct heed_score *)score->plugin;
}

int heed_score_open(struct heed_layer *score, const struct heed_instance *instance,
                    struct heed_params *params, const char *prefix, int64_t query_width,
                    int64_t key_width, int32_t heads, struct heed_err *err)
{
    const struct heed_score *plugin = (const struct heed_score *)instance->plugin;
    if (plugin->flags & HEED_SCORE_WANTS_WEIGHTS)
        return heed_fail(
            err, "score %s wants the weights of earlier steps, which heed does not hand out",
            instance->spec);
    struct heed_setup s = {
        .size = sizeof s,
        .params = params,
        .prefix = prefix,
        .query_width = query_width,
        .key_width = key_width,
        .heads = heads,
    };
    return heed_layer_open(score, instance, &s, err);
}

bool heed_score_has_keys(const struct heed_layer *score)
{
    return plugin_of(score)->keys != NULL;
}

struct heed_tensor *heed_score_keys(const struct heed_layer *score, struct heed_tape *t,
                                    struct heed_tensor *rows)
{
    if (!heed_score_has_keys(score))
        return rows;
    struct heed_keys_call call = {.size = sizeof call, .tape = t, .memory = rows};
    return plugin_of(score)->keys(score->self, &call);
}

static int32_t *count_up(struct heed_tape *t, int32_t B, int32_t Q)
{
    int32_t *position = heed_tape_alloc(t, sizeof *position * (size_t)((int64_t)B * Q + 1));
    for (int64_t i = 0; i < (int64_t)B * Q; i++)
        position[i] = (int32_t)(i % Q);
    return position;
}

struct heed_tensor *heed_attend(const struct heed_layer *score, struct heed_tape *t,
                                struct heed_attention *a)
{
    a->G = HEED_MAX(a->G, 1);
    if (!a->position)
        a->position = count_up(t, a->B, a->Q);
    if (heed_attend_in_blocks(a))
        return heed_attend_blocks(score, t, a);
    bool before = t->by_products;
    t->by_products = a->by_products;
    struct heed_tensor *w = heed_attend_weigh(score, t, a),
                       *value = heed_attend_by_head(t, a->value, a, a->S),
                       *context = heed_weighted_sum(t, w, value, a->q_len, a->k_len);
    t->by_products = before;
    return heed_reshape(t, context, 2,
                        (int64_t[]){(int64_t)a->B * a->G * a->Q, heed_width(a->value)});
}

struct heed_tensor *heed_mean_weights(struct heed_tape *t, const struct heed_attention *a)
{
    struct heed_tensor *mean = a->G > 1 ? heed_head_mean(t, a->weights) : a->weights;
    return heed_reshape(t, mean, 2, (int64_t[]){(int64_t)a->B * a->Q, a->S});
}

/* Rows of a state as queries of its sources: row i is query place[i] of [B,Q]. */
struct grouping {
    int32_t Q;
    bool even;      /* every source has Q rows: place[i] is i */
    int32_t *q_len; /* [B] */
    int32_t *place; /* [n] */
};

static void group_rows(struct heed_tape *t, const struct heed_state *s, struct grouping *g)
{
    g->q_len = heed_tape_alloc(t, sizeof *g->q_len * (size_t)(s->n_sources + 1));
    g->place = heed_tape_alloc(t, sizeof *g->place * (size_t)(s->n + 1));
    memset(g->q_len, 0, sizeof *g->q_len * (size_t)(s->n_sources + 1));
    for (int32_t i = 0; i < s->n; i++)
        g->place[i] = g->q_len[s->source[i]]++;
    g->Q = 1;
    for (int32_t b = 0; b < s->n_sources; b++)
        g->Q = HEED_MAX(g->Q, g->q_len[b]);
    for (int32_t i = 0; i < s->n; i++)
        g->place[i] += s->source[i] * g->Q;
    g->even = (int64_t)g->Q * s->n_sources == s->n;
}

/* Where the heads of each place of [B,G,Q] lie in rows [n,G]; -1: nowhere. */
static int32_t *heads_of_places(struct heed_tape *t, const struct heed_state *s,
                                const struct grouping *g, int32_t G)
{
    int64_t n = (int64_t)s->n_sources * G * g->Q;
    int32_t *index = heed_tape_alloc(t, sizeof *index * (size_t)(n + 1));
    for (int64_t i = 0; i < n; i++)
        index[i] = -1;
    for (int32_t i = 0; i < s->n; i++)
        for (int32_t head = 0; head < G; head++)
            index[(g->place[i] / g->Q * G + head) * g->Q + g->place[i] % g->Q] = i * G + head;
    return index;
}

/* The reverse: where the heads of each row lie in [B,G,Q]. */
static int32_t *places_of_heads(struct heed_tape *t, const struct heed_state *s,
                                const struct grouping *g, int32_t G)
{
    int32_t *index = heed_tape_alloc(t, sizeof *index * (size_t)(s->n * G + 1));
    for (int32_t i = 0; i < s->n; i++)
        for (int32_t head = 0; head < G; head++)
            index[i * G + head] = (g->place[i] / g->Q * G + head) * g->Q + g->place[i] % g->Q;
    return index;
}

static int32_t *positions_of(struct heed_tape *t, const struct heed_state *s,
                             const struct grouping *g)
{
    size_t n = (size_t)s->n_sources * (size_t)g->Q;
    int32_t *position = heed_tape_alloc(t, sizeof *position * (n + 1));
    memset(position, 0, sizeof *position * n);
    for (int32_t i = 0; i < s->n; i++)
        position[g->place[i]] = s->position[i];
    return position;
}

struct heed_tensor *heed_attend_state(const struct heed_layer *score, struct heed_tape *t,
                                      const struct heed_state *s, const struct heed_attend_rows *x,
                                      struct heed_tensor **weights)
{
    struct grouping g;
    int32_t G = HEED_MAX(x->G, 1);
    int64_t rows = (int64_t)s->n * G;
    group_rows(t, s, &g);
    bool as_it_lies = g.even && (G == 1 || g.Q == 1);
    struct heed_tensor *query =
        heed_reshape(t, x->query, 2, (int64_t[]){rows, heed_width(x->query) / G});
    if (!as_it_lies)
        query = heed_gather(t, query, heads_of_places(t, s, &g, G), s->n_sources * G * g.Q);
    struct heed_attention a = {
        .B = s->n_sources,
        .Q = g.Q,
        .G = G,
        .S = s->S,
        .query = query,
        .keys = x->keys,
        .value = x->value,
        .k_len = s->len,
        .q_len = g.even ? NULL : g.q_len,
        .position = positions_of(t, s, &g),
        .dropout = x->dropout,
        .row = x->row, /* in training each source has one row */
    };
    struct heed_tensor *context = heed_attend(score, t, &a);
    if (weights)
        *weights = heed_mean_weights(t, &a);
    if (weights && !g.even)
        *weights = heed_gather(t, *weights, g.place, s->n);
    if (!as_it_lies)
        context = heed_gather(t, context, places_of_heads(t, s, &g, G), rows);
    return heed_reshape(t, context, 2, (int64_t[]){s->n, G * heed_width(x->value)});
}
