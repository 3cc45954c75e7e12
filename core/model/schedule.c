/* schedule.c: the learning rate, and how much arithmetic a batch is. */
#include <math.h>
#include <string.h>

#include "model/train.h"

const struct heed_option heed_train_rows[] = {
    HEED_TRAIN_ROWS(
        struct { struct heed_train_options t; }, t),
    {0},
};

double heed_schedule_rate(const struct heed_train_options *o, int64_t step, int64_t total)
{
    double warmup = (double)o->warmup, s = (double)step;
    if (total > 0)
        warmup = HEED_MIN(warmup, floor((double)total / 10));
    if (s < warmup)
        return o->lr * s / warmup;
    if (strcmp(o->schedule, "rsqrt") == 0)
        return o->lr * sqrt(HEED_MAX(warmup, 1) / HEED_MAX(s, 1));
    if (strcmp(o->schedule, "constant") == 0 || total <= 0)
        return o->lr;
    double left = HEED_MAX(0, ((double)total - s) / HEED_MAX(1, (double)total - warmup));
    return o->lr * (o->min_lr + (1 - o->min_lr) * left);
}

double heed_dropout_rate(const struct heed_trainer *t)
{
    if (t->options->dropout >= 0)
        return t->options->dropout;
    double epochs = (double)t->total_steps / (double)HEED_MAX(1, t->source->per_epoch);
    return epochs < 8 ? 0.1 : epochs < 25 ? 0.2 : 0.3;
}

/* Per source and per target token, and per pair of both. */
double heed_model_flops(const struct heed_model *m, int64_t B, const int32_t *src_len,
                        const int32_t *tgt_len)
{
    const struct heed_config *c = &m->config;
    double X = m->encoder[0][0].cell->n_input_gates, Y = m->encoder[0][0].cell->n_state_gates;
    double E = (double)c->embed, He = (double)c->encoder_hidden, H = (double)c->hidden,
           D = (double)m->memory_width;
    double R = (double)c->readout, V = m->sides.tgt.vocab.n, src = 0, tgt = 0, pair = 0, total = 0;

    for (int layer = 0; layer < c->layers; layer++) {
        src += m->directions * 2 * He * ((layer ? D : E) * X + He * Y);
        tgt += 2 * H * ((layer ? H : E) * X + H * Y);
    }
    if (m->feed_w && m->form != HEED_PLAIN)
        tgt += 2.0 * (double)m->feed_w->dims[0] * H * X;
    if (m->score) {
        pair = 2 * H + 2 * D;
        for (size_t i = 0; i < m->params.n; i++) {
            const struct heed_param *p = m->params.items[i];
            if (strncmp(p->name, "attention.", 10) == 0 &&
                p->value.rank == 2) /* query or key projection */
                *(strstr(p->name, "query") ? &tgt : &src) += 2.0 * (double)heed_elements(&p->value);
        }
    }
    if (m->readout_w)
        tgt += 2 * (H + D) * R;
    tgt += 2 * R * V;
    for (int64_t b = 0; b < B; b++)
        total += src * src_len[b] + tgt * tgt_len[b] + pair * src_len[b] * tgt_len[b];
    return total;
}
