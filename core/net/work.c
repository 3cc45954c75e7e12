/* work.c: how much useful arithmetic a model is, for speeds that can be compared: matrix work on
 * real tokens only, a multiply-add is two. Padding, gates and softmax do not count. */
#include <string.h>

#include "net/model.h"

/* Projections of the score: of queries for each target token, of keys for each source token. */
static void add_score(const struct heed_model *m, struct heed_work *w)
{
    for (size_t i = 0; i < m->params.n; i++) {
        const struct heed_param *p = m->params.items[i];
        if (strncmp(p->name, "attention.", 10) == 0 && p->value.rank == 2)
            *(strstr(p->name, "query") ? &w->decoder : &w->keys) +=
                2.0 * (double)heed_elements(&p->value);
    }
    w->attention = 2.0 * (double)(m->shape.hidden + m->memory_width);
}

void heed_model_work(const struct heed_model *m, struct heed_work *w)
{
    const struct heed_shape *c = &m->shape;
    double X = m->encoder[0][0].cell->n_input_gates, Y = m->encoder[0][0].cell->n_state_gates;
    double E = (double)c->embed, He = (double)c->encoder_hidden, H = (double)c->hidden,
           D = (double)m->memory_width, R = (double)c->readout, V = m->sides.tgt.vocab.n;

    memset(w, 0, sizeof *w);
    for (int layer = 0; layer < c->layers; layer++) {
        w->encoder += m->directions * 2 * He * ((layer ? D : E) * X + He * Y);
        w->decoder += 2 * H * ((layer ? H : E) * X + H * Y);
    }
    if (m->feed_w && m->form != HEED_PLAIN)
        w->decoder += 2.0 * (double)m->feed_w->dims[0] * H * X;
    if (m->score)
        add_score(m, w);
    if (m->readout_w)
        w->decoder += 2 * (H + D) * R;
    w->decoder += 2 * R * V;
}

double heed_model_flops(const struct heed_model *m, int64_t B, const int32_t *src_len,
                        const int32_t *tgt_len)
{
    struct heed_work w;
    double total = 0;
    heed_model_work(m, &w);
    for (int64_t b = 0; b < B; b++)
        total += (w.encoder + w.keys) * src_len[b] + w.decoder * tgt_len[b] +
                 w.attention * src_len[b] * tgt_len[b];
    return total;
}
