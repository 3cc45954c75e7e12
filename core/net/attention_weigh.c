/* attention_weigh.c: from queries and keys to weights: score, mask, softmax, dropout. */
#include "net/attention_parts.h"
#include "net/sites.h"
#include "tensor/vec.h"

struct heed_tensor *heed_attend_by_head(struct heed_tape *t, struct heed_tensor *x,
                                        const struct heed_attention *a, int64_t n)
{
    struct heed_tensor *rows = heed_view_rows(t, x, 0, (int64_t)a->B * a->G * n);
    return heed_reshape(t, rows, 4, (int64_t[]){a->B, a->G, n, heed_width(x)});
}

#define HEAD_BITS 20 /* a coordinate of dropout: position in the lower bits, head above */

static struct heed_tensor *drop_weights(struct heed_tape *t, const struct heed_attention *a,
                                        struct heed_tensor *w)
{
    int64_t n = (int64_t)a->B * a->G * a->Q;
    int32_t *row = heed_tape_alloc(t, sizeof *row * (size_t)n),
            *time = heed_tape_alloc(t, sizeof *time * (size_t)n);
    for (int64_t i = 0; i < n; i++) {
        int64_t b = i / a->Q / a->G, head = i / a->Q % a->G;
        row[i] = a->row[b];
        time[i] = a->position[b * a->Q + i % a->Q] + (int32_t)(head << HEAD_BITS);
    }
    return heed_dropout(t, w, a->dropout, a->site ? a->site : HEED_SITE_ATTENTION, row, time);
}

/* Softmax could make weights of any scores. */
static void check_scores(const struct heed_layer *score, struct heed_tape *t,
                         const struct heed_attention *a, const struct heed_tensor *scores)
{
    if (!t->strict || t->err.status || scores->rank != 4 || scores->dims[2] != a->Q ||
        scores->dims[3] != a->S)
        return;
    for (int64_t i = 0; i < (int64_t)a->B * a->G * a->Q; i++) {
        int64_t b = i / a->Q / a->G, q = i % a->Q;
        int64_t n = a->query_k_len ? a->query_k_len[b * a->Q + q] : a->k_len ? a->k_len[b] : a->S;
        if ((a->q_len && q >= a->q_len[b]) || n <= 0 ||
            heed_scores_sound(scores->data + i * a->S, (size_t)HEED_MIN(n, a->S)))
            continue;
        heed_fail(&t->err,
                  "attention: scores that are no numbers come of %s (row %lld, query %lld)",
                  score->plugin->name, (long long)b, (long long)q);
        return;
    }
}

struct heed_tensor *heed_attend_weigh(const struct heed_layer *score, struct heed_tape *t,
                                      struct heed_attention *a)
{
    const struct heed_score *plugin = (const struct heed_score *)score->plugin;
    struct heed_score_call call = {
        .size = sizeof call,
        .tape = t,
        .query = heed_attend_by_head(t, a->query, a, a->Q),
        .keys = heed_attend_by_head(t, a->keys, a, a->S),
        .q_len = a->q_len,
        .k_len = a->k_len,
        .q_position = a->position,
    };
    struct heed_tensor *scores = plugin->score(score->self, &call); /* [B,G,Q,S] */
    check_scores(score, t, a, scores);
    struct heed_mask mask = {
        .q_len = a->q_len,
        .k_len = a->query_k_len ? a->query_k_len : a->k_len,
        .per_query = a->query_k_len != NULL,
        .causal = a->causal,
        .window = a->window,
        .q_position = a->position,
    };
    struct heed_normalise_call normalise = {
        .size = sizeof normalise,
        .tape = t,
        .scores = scores,
        .mask = &mask,
    };
    a->weights = plugin->normalise ? plugin->normalise(score->self, &normalise)
                                   : heed_masked_softmax(t, normalise.scores, &mask);
    return a->dropout > 0 && t->training ? drop_weights(t, a, a->weights) : a->weights;
}
