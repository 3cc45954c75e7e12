/* attention.c: see attention.h. */
#include <string.h>

#include "net/attention.h"
#include "net/sites.h"
#include "tensor/vec.h"

static const struct heed_score *plugin_of(const struct heed_layer *score)
{
    return (const struct heed_score *)score->plugin;
}

int heed_score_open(struct heed_layer *score, const struct heed_instance *instance,
                    struct heed_params *params, const char *prefix, int64_t query_width,
                    int64_t key_width, struct heed_err *err)
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
        .heads = 1,
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

/* The first B*n rows of x as [B,1,n,width]. */
static struct heed_tensor *batch_major(struct heed_tape *t, struct heed_tensor *x, int32_t B,
                                       int64_t n)
{
    struct heed_tensor *rows = heed_view_rows(t, x, 0, B * n);
    return heed_reshape(t, rows, 4, (int64_t[]){B, 1, n, heed_width(x)});
}

static int32_t *count_up(struct heed_tape *t, int32_t B, int32_t Q)
{
    int32_t *position = heed_tape_alloc(t, sizeof *position * (size_t)((int64_t)B * Q + 1));
    for (int64_t i = 0; i < (int64_t)B * Q; i++)
        position[i] = (int32_t)(i % Q);
    return position;
}

static struct heed_tensor *drop_weights(struct heed_tape *t, const struct heed_attention *a,
                                        const int32_t *position, struct heed_tensor *w)
{
    int64_t n = (int64_t)a->B * a->Q;
    int32_t *row = heed_tape_alloc(t, sizeof *row * (size_t)n);
    for (int64_t i = 0; i < n; i++)
        row[i] = a->row[i / a->Q];
    return heed_dropout(t, w, a->dropout, HEED_SITE_ATTENTION, row, position);
}

/* Softmax could make weights of any scores. */
static void check_scores(const struct heed_layer *score, struct heed_tape *t,
                         const struct heed_attention *a, const struct heed_tensor *scores)
{
    if (!t->strict || t->err.status || scores->rank != 4 || scores->dims[2] != a->Q ||
        scores->dims[3] != a->S)
        return;
    for (int64_t i = 0; i < (int64_t)a->B * a->Q; i++) {
        int64_t b = i / a->Q, q = i % a->Q;
        int64_t n = a->query_k_len ? a->query_k_len[i] : a->k_len ? a->k_len[b] : a->S;
        if ((a->q_len && q >= a->q_len[b]) || n <= 0 ||
            heed_scores_sound(scores->data + i * a->S, (size_t)HEED_MIN(n, a->S)))
            continue;
        heed_fail(&t->err,
                  "attention: scores that are no numbers come of %s (row %lld, query %lld)",
                  score->plugin->name, (long long)b, (long long)q);
        return;
    }
}

struct heed_tensor *heed_attend(const struct heed_layer *score, struct heed_tape *t,
                                struct heed_attention *a)
{
    const struct heed_score *plugin = plugin_of(score);
    const int32_t *position = a->position ? a->position : count_up(t, a->B, a->Q);
    struct heed_score_call call = {
        .size = sizeof call,
        .tape = t,
        .query = batch_major(t, a->query, a->B, a->Q),
        .keys = batch_major(t, a->keys, a->B, a->S),
        .q_len = a->q_len,
        .k_len = a->k_len,
        .q_position = position,
    };
    struct heed_tensor *scores = plugin->score(score->self, &call); /* [B,1,Q,S] */
    check_scores(score, t, a, scores);
    struct heed_mask mask = {
        .q_len = a->q_len,
        .k_len = a->query_k_len ? a->query_k_len : a->k_len,
        .per_query = a->query_k_len != NULL,
        .causal = a->causal,
        .window = a->window,
        .q_position = position,
    };
    struct heed_normalise_call normalise = {
        .size = sizeof normalise,
        .tape = t,
        .scores = scores,
        .mask = &mask,
    };
    a->weights = plugin->normalise ? plugin->normalise(score->self, &normalise)
                                   : heed_masked_softmax(t, normalise.scores, &mask);
    struct heed_tensor *w =
        a->dropout > 0 && t->training ? drop_weights(t, a, position, a->weights) : a->weights;
    struct heed_tensor *context =
        heed_weighted_sum(t, w, batch_major(t, a->value, a->B, a->S), a->q_len, a->k_len);
    return heed_reshape(t, context, 2, (int64_t[]){(int64_t)a->B * a->Q, heed_width(a->value)});
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

/* For each place of [B,Q] the row that stands there, or -1. */
static int32_t *rows_of(struct heed_tape *t, const struct heed_state *s, const struct grouping *g)
{
    int64_t n = (int64_t)s->n_sources * g->Q;
    int32_t *row = heed_tape_alloc(t, sizeof *row * (size_t)(n + 1));
    for (int64_t i = 0; i < n; i++)
        row[i] = -1;
    for (int32_t i = 0; i < s->n; i++)
        row[g->place[i]] = i;
    return row;
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
    group_rows(t, s, &g);
    int64_t n = (int64_t)s->n_sources * g.Q;
    struct heed_attention a = {
        .B = s->n_sources,
        .Q = g.Q,
        .S = s->S,
        .query = g.even ? x->query : heed_gather(t, x->query, rows_of(t, s, &g), n),
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
        *weights = heed_reshape(t, a.weights, 2, (int64_t[]){n, s->S});
    if (weights && !g.even)
        *weights = heed_gather(t, *weights, g.place, s->n);
    return g.even ? context : heed_gather(t, context, g.place, s->n);
}
