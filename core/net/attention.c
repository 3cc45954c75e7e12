/* attention.c: query -> context through a score plugin. Mask, softmax, dropout
 * and weighted sum are core's; the same function serves training (all queries at
 * once, or one step) and decoding. */
#include "net/model.h"
#include "net/sites.h"

struct heed_tensor *heed_attention_keys(const struct heed_model *m, struct heed_tape *t,
                                        struct heed_tensor *memory)
{
    if (!m->score->keys)
        return memory;
    struct heed_keys_call call = {.size = sizeof call, .tape = t, .memory = memory};
    return m->score->keys(m->score_layer.self, &call);
}

static struct heed_tensor *batch_major(struct heed_tape *t, struct heed_tensor *x, int32_t B,
                                       int32_t n)
{
    struct heed_tensor *rows = heed_view_rows(t, x, 0, (int64_t)B * n);
    return heed_reshape(t, rows, 4, (int64_t[]){B, 1, n, heed_width(x)});
}

static struct heed_tensor *drop_weights(struct heed_tape *t, const struct heed_attention *a,
                                        struct heed_tensor *w)
{
    int64_t n = (int64_t)a->B * a->Q;
    int32_t *row = heed_tape_alloc(t, sizeof *row * (size_t)n),
            *time = heed_tape_alloc(t, sizeof *time * (size_t)n);
    for (int64_t i = 0; i < n; i++) {
        row[i] = a->batch_row[i / a->Q];
        time[i] = a->first_position + (int32_t)(i % a->Q);
    }
    return heed_dropout(t, w, a->dropout, HEED_SITE_ATTENTION, row, time);
}

struct heed_tensor *heed_attend(const struct heed_score *score, const void *self,
                                struct heed_tape *t, struct heed_attention *a)
{
    int64_t n = (int64_t)a->B * a->Q;
    int32_t *position = heed_tape_alloc(t, sizeof *position * (size_t)(n + 1));
    for (int64_t i = 0; i < n; i++)
        position[i] = a->first_position + (int32_t)(i % a->Q);
    struct heed_score_call call = {
        .size = sizeof call,
        .tape = t,
        .query = batch_major(t, a->query, a->B, a->Q),
        .keys = batch_major(t, a->keys, a->B, a->S),
        .q_len = a->q_len,
        .k_len = a->k_len,
        .q_position = position,
    };
    struct heed_mask mask = {.q_len = a->q_len, .k_len = a->k_len, .q_position = position};
    struct heed_normalise_call normalise = {sizeof normalise, t, score->score(self, &call), &mask};
    a->weights = score->normalise ? score->normalise(self, &normalise) /* [B,1,Q,S] */
                                  : heed_masked_softmax(t, normalise.scores, &mask);
    struct heed_tensor *w =
        a->dropout > 0 && t->training ? drop_weights(t, a, a->weights) : a->weights;
    struct heed_tensor *context =
        heed_weighted_sum(t, w, batch_major(t, a->memory, a->B, a->S), a->q_len, a->k_len);
    return heed_reshape(t, context, 2, (int64_t[]){n, heed_width(a->memory)});
}
