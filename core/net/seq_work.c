/* seq_work.c: how much useful arithmetic the recurrent net is, for speeds that can be compared. */
#include <string.h>

#include "net/seq_rnn.h"

void heed_seq_encoder_work(const struct heed_net *net, struct heed_work *w)
{
    const struct seq_encoder *r = net->encoder;
    for (int layer = 0; layer < r->layers; layer++)
        for (int dir = 0; dir < r->directions; dir++)
            w->encoder += heed_rnn_work(&r->rnn[layer][dir]);
}

/* Projections of the score: a weight that serves many products an update is one of queries, which
 * come with each target token; any other one of keys. */
static void add_score(const struct heed_net *net, struct heed_work *w)
{
    for (size_t i = 0; i < net->params.n; i++) {
        const struct heed_param *p = net->params.items[i];
        if (strncmp(p->name, "attention.", 10) == 0 && p->value.rank == 2)
            *(p->flags & HEED_PARAM_REUSED ? &w->decoder : &w->keys) +=
                2.0 * (double)heed_elements(&p->value);
    }
    w->attention += 2.0 * (double)(net->query_width + net->memory_width);
}

void heed_seq_decoder_work(const struct heed_net *net, struct heed_work *w)
{
    const struct seq_decoder *r = net->decoder;
    for (int layer = 0; layer < r->layers; layer++)
        w->decoder += heed_rnn_work(&r->rnn[layer]);
    if (r->feed_w && r->form != HEED_PLAIN)
        w->decoder += 2.0 * (double)heed_elements(r->feed_w);
    if (net->score)
        add_score(net, w);
    if (r->readout_w)
        w->decoder += 2.0 * (double)heed_elements(r->readout_w);
}
