/* copying.c: see copying.h. */
#include "net/copying.h"
#include "data/vocab.h"

int heed_copying_build(struct heed_net *net, struct heed_err *err)
{
    if (net->shape.copy == HEED_AUTO)
        net->shape.copy = HEED_OFF;
    if (net->shape.copy == HEED_OFF)
        return 0;
    if (!net->kind->attends || !net->kind->attends(&net->shape))
        return heed_usage(err,
                          "option --copy on: the net %s pays no attention to its source, by which "
                          "words are taken; leave it off, or choose another --decoder",
                          net->kind->describe ? net->kind->describe(net) : net->kind->name);
    struct heed_copying *c = net->copying = heed_xcalloc(1, sizeof *c);
    c->w = heed_net_matrix(net, "copy.weight", net->readout_width, 1, HEED_INIT_XAVIER, 0);
    c->b = heed_net_vector(net, "copy.bias", 1);
    c->words = heed_net_slot(net, "words", HEED_SLOT_SOURCE);
    return 0;
}

void heed_copying_release(struct heed_net *net)
{
    if (net->copying)
        free(net->copying->target_ids);
    free(net->copying);
}

bool heed_net_copies(const struct heed_net *net)
{
    return net->copying != NULL;
}

void heed_net_target_ids(struct heed_net *net, int32_t *ids)
{
    free(net->copying->target_ids);
    net->copying->target_ids = ids;
}

/* Ids as numbers: slots hold floats, which are exact up to HEED_VOCAB_MAX. */
struct heed_tensor *heed_net_words(const struct heed_net *net, struct heed_tape *t,
                                   const struct heed_source *src, int64_t S)
{
    if (!net->copying)
        return NULL;
    const int32_t *target_ids = net->copying->target_ids;
    struct heed_tensor *words = heed_tensor_zero(t, 2, (int64_t[]){src->B * S, 1});
    for (int32_t b = 0; b < src->B; b++)
        for (int32_t s = 0; s < src->len[b]; s++) {
            int32_t id = src->ids[b * src->S + s];
            id = target_ids ? target_ids[id] : id;
            words->data[b * S + s] = (float)(id < net->tgt_words ? id : HEED_UNK);
        }
    return words;
}

void heed_copying_begin(const struct heed_net *net, const struct heed_memory *memory,
                        struct heed_state *s)
{
    heed_state_put(s, net->copying->words, memory->words);
}

void heed_copying_logits(const struct heed_net *net, struct heed_tape *t,
                         const struct heed_state *s, struct heed_tensor *readout,
                         struct heed_tensor *weights, struct heed_tensor *logits)
{
    const struct heed_copying *c = net->copying;
    struct heed_copy copy = {.gate = heed_linear(t, readout, c->w, c->b),
                             .weights = weights,
                             .words = heed_state_get(s, c->words, t),
                             .source = s->source};
    heed_copy_log_probs(t, logits, &copy);
}

bool heed_copying_forced(const struct heed_net *net, struct heed_tape *t,
                         const struct heed_memory *memory, const struct heed_packing *p,
                         struct heed_tensor *readouts, struct heed_tensor *weights,
                         struct heed_copy *out)
{
    const struct heed_copying *c = net->copying;
    if (!c)
        return false;
    *out = (struct heed_copy){.gate = heed_linear(t, readouts, c->w, c->b),
                              .weights = weights,
                              .words = memory->words,
                              .source = p->row};
    return true;
}
