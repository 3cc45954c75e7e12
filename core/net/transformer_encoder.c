/* transformer_encoder.c: ids -> memory, and for a decoder that begins with a state the mean of its rows.
 *
 * Tokens lie row after row of the batch, without padding. */
#include <math.h>

#include "net/transformer.h"

struct tokens {
    int32_t *batch, *row, *time; /* [N], batch: which source */
    int32_t *token;              /* [B*S] number of the token there; -1 */
};

static int64_t lay_out(struct heed_tape *t, const struct heed_source *src, int64_t S,
                       struct tokens *x)
{
    size_t room = sizeof(int32_t) * (size_t)(src->B * S + 1);
    int64_t n = 0;
    x->batch = heed_tape_alloc(t, room);
    x->row = heed_tape_alloc(t, room);
    x->time = heed_tape_alloc(t, room);
    x->token = heed_tape_alloc(t, room);
    for (int32_t b = 0; b < src->B; b++)
        for (int32_t s = 0; s < S; s++) {
            bool there = s < src->len[b];
            x->token[b * S + s] = there ? (int32_t)n : -1;
            if (!there)
                continue;
            x->batch[n] = b;
            x->row[n] = src->row ? src->row[b] : b;
            x->time[n++] = s;
        }
    return n;
}

/* [B,D], zeros for length 0. */
static struct heed_tensor *mean_of(struct heed_tape *t, const struct heed_memory *m, int64_t D)
{
    struct heed_tensor *w = heed_tensor_zero(t, 4, (int64_t[]){m->B, 1, 1, m->S});
    for (int32_t b = 0; b < m->B; b++)
        for (int32_t s = 0; s < m->len[b]; s++)
            w->data[b * m->S + s] = 1 / (float)m->len[b];
    struct heed_tensor *rows = heed_reshape(t, m->rows, 4, (int64_t[]){m->B, 1, m->S, D});
    return heed_reshape(t, heed_weighted_sum(t, w, rows, NULL, m->len), 2, (int64_t[]){m->B, D});
}

static void encode(const struct heed_net *net, struct heed_tape *t, const struct heed_source *src,
                   const struct heed_dropout_rates *drop, struct heed_memory *out)
{
    const struct tf_half *half = net->encoder;
    struct tokens x;
    int64_t N = lay_out(t, src, out->S, &x);
    struct tf_run r = {half, t, drop, N, x.row, x.time};
    struct tf_layout l = {.B = src->B, .T = (int32_t)out->S, .len = src->len, .row = src->row};
    if (drop && !src->row) {
        int32_t *row = heed_tape_alloc(t, sizeof *row * (size_t)(src->B + 1));
        for (int32_t b = 0; b < src->B; b++)
            row[b] = b;
        l.row = row;
    }
    heed_tf_layout(&r, &l, x.token, false);
    struct heed_tensor *y = heed_net_source_rows(net, t, src, drop, x.batch, x.time, N);
    if (net->src_embed)
        y = heed_scale(t, y, sqrtf((float)half->width), 0);
    y = heed_tf_place(&r, y, HEED_SITE_SRC_EMBED);
    for (int i = 0; i < half->layers; i++) {
        y = heed_tf_self(&r, &half->layer[i].self, &l, false, y);
        y = heed_tf_ffn(&r, &half->layer[i], y);
    }
    if (!half->post)
        y = heed_norm(t, y, half->last.gain, half->last.bias);
    out->rows = heed_gather(t, y, x.token, src->B * out->S); /* [B*S,d] */
    if (net->kind->decoder->wants_state)
        out->state = mean_of(t, out, half->width);
}

const struct heed_encoder_kind heed_tf_encoder = {
    .self_size = sizeof(struct tf_half),
    .build = heed_tf_encoder_build,
    .encode = encode,
    .work = heed_tf_encoder_work,
    .release = heed_tf_encoder_release,
};
