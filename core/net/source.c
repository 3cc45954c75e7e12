/* source.c: what the encoder reads: embeddings of words, or rows of a table of numbers through a matrix.
 *
 * A source of numbers has ids too: those of rows of heed_source.table, several frames one behind the other in each.
 * So whoever carries, sorts, deals and pads sources knows nothing of it. In training parts of such rows are masked
 * (SpecAugment, Park et al. 2019): bands all through a source, and stretches of time, drawn by (seed, step,
 * row), so that they do not hang on who computes the row. */
#include <string.h>

#include "base/rng.h"
#include "data/vocab.h"
#include "net/net.h"
#include "net/sites.h"

int heed_net_source_check(const struct heed_shape *s, struct heed_err *err)
{
    if (s->source == HEED_SOURCE_WORDS)
        return 0;
    if (s->src_width < 1)
        return heed_usage(err, "--source features needs the width of a frame");
    if (s->copy == HEED_ON)
        return heed_usage(err, "--copy takes words of the source, and --source features has none");
    if (s->pad_source)
        return heed_usage(err, "--pad-source is of words, not of --source features");
    return 0;
}

void heed_net_source_build(struct heed_net *net, double scale)
{
    const struct heed_shape *s = &net->shape;
    const int64_t table[] = {net->src_words, s->embed};
    if (s->source == HEED_SOURCE_WORDS) {
        net->src_embed =
            heed_params_add(&net->params, "src.embed.weight", 2, table, HEED_INIT_NORMAL, scale,
                            HEED_PARAM_TABLE | HEED_PARAM_NO_DECAY | HEED_PARAM_SPARSE);
        return;
    }
    net->src_input = heed_net_matrix(net, "src.input.weight", s->stack * s->src_width, s->embed,
                                     HEED_INIT_XAVIER, 0);
    net->src_bias = heed_net_vector(net, "src.input.bias", s->embed);
}

/* --- masks --- */

struct span {
    int64_t from, to;
};

static uint64_t draw(const struct heed_tape *t, int32_t row, uint64_t number, int64_t below)
{
    uint64_t key = heed_counter_key(t->seed, t->step, HEED_SITE_MASK, (uint64_t)row, number);
    return (key >> 32) * (uint64_t)below >> 32;
}

/* Of `all` places some that follow one another, `widest` at most. */
static struct span draw_span(const struct heed_tape *t, int32_t row, uint64_t number,
                             int64_t widest, int64_t all)
{
    int64_t n = (int64_t)draw(t, row, 2 * number, HEED_MIN(widest, all) + 1),
            from = (int64_t)draw(t, row, 2 * number + 1, all - n + 1);
    return (struct span){from, from + n};
}

/* One frame; behind its bands may stand as many slopes, which go with them. */
static void mask_bands(float *frame, int64_t width, int64_t bands, struct span x)
{
    for (int64_t at = 0; at + bands <= width; at += bands)
        memset(frame + at + x.from, 0, sizeof *frame * (size_t)(x.to - x.from));
}

/* The frames of one row of the table, of which the first is number `first` of n of its source. Zero is the
 * mean. */
static void mask(const struct heed_net *net, const struct heed_tape *t, const struct heed_masks *m,
                 int32_t row, int64_t first, int64_t n, float *frames)
{
    int64_t width = net->shape.src_width, bands = m->bands ? m->bands : width;
    int64_t longest = HEED_MIN(m->time_width, (int64_t)(m->time_share * (double)n));
    for (int64_t i = 0; i < m->bands_n; i++) {
        struct span x = draw_span(t, row, (uint64_t)i, m->bands_width, bands);
        for (int64_t k = 0; k < net->shape.stack; k++)
            mask_bands(frames + k * width, width, bands, x);
    }
    for (int64_t i = 0; i < m->time_n; i++) {
        struct span x = draw_span(t, row, (uint64_t)(m->bands_n + i), longest, n);
        for (int64_t k = 0; k < net->shape.stack; k++)
            if (first + k >= x.from && first + k < x.to)
                memset(frames + k * width, 0, sizeof *frames * (size_t)width);
    }
}

/* --- rows --- */

static struct heed_tensor *take_rows(const struct heed_net *net, struct heed_tape *t,
                                     const struct heed_source *src,
                                     const struct heed_dropout_rates *drop, const int32_t *batch,
                                     const int32_t *time, int64_t N)
{
    int64_t width = net->shape.stack * net->shape.src_width;
    float *rows = heed_tape_alloc(t, sizeof *rows * (size_t)(N * width + 1));
    const struct heed_masks *m = drop && t->training ? &drop->masks : NULL;
    if (!src->table)
        BUG("a source of numbers without its table");
    for (int64_t i = 0; i < N; i++) {
        int32_t b = batch[i], id = src->ids[b * src->S + time[i]];
        float *row = rows + i * width;
        memcpy(row, src->table + id * width, sizeof *row * (size_t)width);
        if (m && (m->bands_n || m->time_n))
            mask(net, t, m, src->row ? src->row[b] : b, time[i] * net->shape.stack,
                 src->len[b] * net->shape.stack, row);
    }
    return heed_tensor_wrap(t, 2, (int64_t[]){N, width}, rows, false);
}

struct heed_tensor *heed_net_source_rows(const struct heed_net *net, struct heed_tape *t,
                                         const struct heed_source *src,
                                         const struct heed_dropout_rates *drop,
                                         const int32_t *batch, const int32_t *time, int64_t N)
{
    if (net->src_input)
        return heed_linear(t, take_rows(net, t, src, drop, batch, time, N), net->src_input,
                           net->src_bias);
    int32_t *ids = heed_tape_alloc(t, sizeof *ids * (size_t)(N + 1));
    for (int64_t i = 0; i < N; i++) {
        int32_t b = batch[i], s = time[i];
        ids[i] = s < src->len[b] ? src->ids[b * src->S + s] : HEED_PAD;
    }
    return heed_embed(t, net->src_embed, ids, N);
}

double heed_net_source_work(const struct heed_net *net)
{
    return net->src_input ? 2.0 * (double)heed_elements(net->src_input) : 0;
}

void heed_net_source_claim(const struct heed_shape *s, struct heed_claim *claims, int n)
{
    for (int i = 0; i < n && s->source != HEED_SOURCE_WORDS; i++)
        if (strcmp(claims[i].tensor, "src.embed.weight") == 0)
            snprintf(claims[i].tensor, sizeof claims[i].tensor, "src.input.weight");
}
