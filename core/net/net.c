/* net.c: what all kinds of nets have in common, see net.h. */
#include <math.h>
#include <string.h>

#include "net/copying.h"
#include "net/listing.h"

#define NET_RESERVE (64ull << 30) /* address space only */

/* --- kinds --- */

static const struct heed_net_kind *kinds[8] = {
    &heed_net_rnn, &heed_net_transformer, &heed_net_transformer_rnn, &heed_net_rnn_transformer};

void heed_net_kind_add(const struct heed_net_kind *kind)
{
    for (size_t i = 0; i < HEED_COUNT(kinds); i++)
        if (!kinds[i] || kinds[i] == kind) {
            kinds[i] = kind;
            return;
        }
    BUG("no room for the net %s", kind->name);
}

const struct heed_net_kind *heed_net_kind_at(size_t i)
{
    return i < HEED_COUNT(kinds) ? kinds[i] : NULL;
}

const struct heed_net_kind *heed_net_kind_find(const char *name)
{
    for (size_t i = 0; i < HEED_COUNT(kinds) && kinds[i]; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

/* --- building --- */

/* Where a plugin lies comes from the command line, its options from the shape. */
static void locate(struct heed_net *net, const struct heed_places *places)
{
    for (int part = 0; part < HEED_PARTS; part++) {
        const char *path = places ? places->path[part] : NULL,
                   *spec = heed_shape_spec(&net->shape, part);
        const char *options = spec && path ? strchr(spec, ':') : NULL;
        struct heed_str text = {0};
        if (path)
            heed_str_printf(&text, "%.*s%s", (int)strcspn(path, ":"), path, options ? options : "");
        heed_net_own_spec(net, part, path ? text.data : spec);
        heed_str_release(&text);
    }
}

static void add_embeddings(struct heed_net *net)
{
    const struct heed_shape *s = &net->shape;
    double scale = s->initial == HEED_INITIAL_COURSE ? 1 : 1 / sqrt((double)s->embed);
    uint32_t table = HEED_PARAM_TABLE | HEED_PARAM_NO_DECAY, sparse = table | HEED_PARAM_SPARSE;
    int64_t tgt[] = {net->tgt_words, s->embed};
    heed_net_source_build(net, scale);
    net->tgt_embed = heed_params_add(&net->params, "tgt.embed.weight", 2, tgt, HEED_INIT_NORMAL,
                                     scale, s->tied == HEED_ON ? table : sparse);
}

static void add_output(struct heed_net *net)
{
    if (net->shape.tied == HEED_OFF)
        net->out_w = heed_net_matrix(net, "out.weight", net->readout_width, net->tgt_words,
                                     HEED_INIT_XAVIER, HEED_PARAM_OUTPUT);
    net->out_b = heed_net_vector(net, "out.bias", net->tgt_words);
    if (net->shape.initial == HEED_INITIAL_COURSE) { /* PyTorch's own, which the course leaves */
        struct heed_param *p = net->params.items[net->out_b->param];
        p->init = HEED_INIT_UNIFORM;
        p->scale = 1 / sqrt((double)net->readout_width);
    }
}

int heed_net_build(struct heed_net *net, const struct heed_shape *shape,
                   const struct heed_places *places, bool allow_path, int32_t src_words,
                   int32_t tgt_words, struct heed_err *err)
{
    memset(net, 0, sizeof *net);
    heed_arena_init(&net->arena, "model", NET_RESERVE);
    heed_params_init(&net->params, &net->arena);
    net->shape = *shape;
    net->kind = heed_net_kind_find(shape->net);
    if (!net->kind)
        return heed_usage(err, "option --net: no net is called '%s'", shape->net);
    net->shape.net = net->kind->name;
    net->allow_path = allow_path;
    net->src_words = src_words;
    net->tgt_words = tgt_words;
    net->shape.suited = false;
    net->shape.letters =
        shape->source == HEED_SOURCE_WORDS && HEED_MAX(src_words, tgt_words) <= HEED_LETTERS_MOST;
    if (net->kind->suit)
        net->kind->suit(&net->shape);
    if (net->shape.hidden == 0)
        net->shape.hidden = HEED_HIDDEN;
    if (!strcmp(net->shape.cell, HEED_CELL_AUTO))
        net->shape.cell = HEED_CELL;
    int status =
        net->kind->resolve(&net->shape, err) || heed_net_source_check(&net->shape, err) ? -1 : 0;
    locate(net, places); /* the shape's strings are the net's, whatever comes of it */
    if (status)
        return -1;
    net->encoder = heed_xcalloc(1, net->kind->encoder->self_size + 1);
    net->decoder = heed_xcalloc(1, net->kind->decoder->self_size + 1);
    add_embeddings(net);
    if ((net->kind->encoder->build && net->kind->encoder->build(net, err)) ||
        net->kind->decoder->build(net, err))
        return -1;
    add_output(net);
    return heed_copying_build(net, err);
}

void heed_net_release(struct heed_net *net)
{
    if (net->encoder && net->kind->encoder->release)
        net->kind->encoder->release(net);
    if (net->decoder && net->kind->decoder->release)
        net->kind->decoder->release(net);
    free(net->encoder);
    free(net->decoder);
    heed_params_release(&net->params);
    heed_arena_free(&net->arena);
    for (int part = 0; part < HEED_PARTS; part++) {
        heed_instance_close(&net->parts[part]);
        free(net->specs[part]);
    }
    for (int i = 0; i < net->n_slots; i++)
        free((char *)net->slots[i].name);
    free(net->slots);
    heed_copying_release(net);
    memset(net, 0, sizeof *net);
}

/* --- using --- */

void heed_net_encode(const struct heed_net *net, struct heed_tape *t, const struct heed_source *src,
                     const struct heed_dropout_rates *drop, struct heed_memory *out)
{
    *out = (struct heed_memory){.B = src->B};
    out->len = heed_tape_alloc(t, sizeof *out->len * (size_t)(src->B + 1));
    for (int32_t b = 0; b < src->B; b++) {
        out->len[b] = src->len[b];
        out->S = HEED_MAX(out->S, (int64_t)src->len[b]);
    }
    out->words = heed_net_words(net, t, src, out->S);
    net->kind->encoder->encode(net, t, src, drop, out);
}

struct heed_tensor *heed_net_keys(const struct heed_net *net, struct heed_tape *t,
                                  struct heed_tensor *rows)
{
    return net->kind->decoder->keys ? net->kind->decoder->keys(net, t, rows) : rows;
}

void heed_net_begin(const struct heed_net *net, struct heed_tape *t,
                    const struct heed_memory *memory, struct heed_state *s)
{
    net->kind->decoder->begin(net, t, memory, s);
    if (net->list)
        heed_listing_begin(net, t, memory, s);
    if (net->copying)
        heed_copying_begin(net, memory, s);
}

struct heed_tensor *heed_net_step(const struct heed_net *net, struct heed_tape *t,
                                  struct heed_state *s, const int32_t *ids,
                                  struct heed_trace *trace)
{
    struct heed_tensor *readout = net->kind->decoder->step(net, t, s, ids, trace);
    heed_state_advance(s);
    return readout;
}

/* The same as search does, with the rows of a packing. */
static struct heed_tensor *force_steps(const struct heed_net *net, struct heed_tape *t,
                                       const struct heed_memory *memory,
                                       const struct heed_target *tgt, struct heed_tensor **weights)
{
    const struct heed_packing *p = tgt->packing;
    struct heed_state s;
    struct heed_tensor **out = heed_tape_alloc(t, sizeof *out * (size_t)(p->T + 1));
    struct heed_tensor **seen = heed_tape_alloc(t, sizeof *seen * (size_t)(p->T + 1));
    int32_t *ids = heed_tape_alloc(t, sizeof *ids * (size_t)(p->B + 1));
    heed_state_init(&s, net->slots, net->n_slots, t->arena, memory->B, memory->S, memory->len);
    heed_net_begin(net, t, memory, &s);
    for (int32_t time = 0; time < p->T; time++) {
        struct heed_trace trace = {0};
        for (int32_t r = 0; r < p->count[time]; r++)
            ids[r] = heed_target_fed(tgt, r, time);
        heed_state_shrink(&s, p->count[time]);
        out[time] = heed_net_step(net, t, &s, ids, weights ? &trace : NULL);
        seen[time] = trace.weights;
    }
    if (weights)
        *weights = heed_stack(t, p->T, seen);
    return heed_stack(t, p->T, out);
}

static struct heed_tensor *force(const struct heed_net *net, struct heed_tape *t,
                                 const struct heed_memory *memory, const struct heed_target *tgt,
                                 struct heed_tensor **weights)
{
    return net->kind->decoder->force ? net->kind->decoder->force(net, t, memory, tgt, weights)
                                     : force_steps(net, t, memory, tgt, weights);
}

int heed_net_claims(const struct heed_net_kind *kind, const struct heed_shape *shape,
                    struct heed_claim claims[HEED_CLAIMS_MAX])
{
    int n = kind->claims ? kind->claims(shape, claims) : 0;
    heed_net_source_claim(shape, claims, n);
    return n;
}

static struct heed_tensor *all_logits(const struct heed_net *net, struct heed_tape *t,
                                      struct heed_tensor *readout)
{
    return net->out_w ? heed_linear(t, readout, net->out_w, net->out_b)
                      : heed_linear_t(t, readout, net->tgt_embed, net->out_b);
}

struct heed_tensor *heed_net_logits(const struct heed_net *net, struct heed_tape *t,
                                    const struct heed_state *s, struct heed_tensor *readout,
                                    const struct heed_trace *trace)
{
    if (net->list && !t->err.status && heed_listing_follows(net, s))
        return heed_listing_logits(net, t, s, readout);
    struct heed_tensor *logits = all_logits(net, t, readout);
    if (net->copying)
        heed_copying_logits(net, t, s, readout, trace->weights, logits);
    return logits;
}

struct heed_tensor *heed_net_forced(const struct heed_net *net, struct heed_tape *t,
                                    const struct heed_memory *memory, const struct heed_target *tgt)
{
    struct heed_copy copy;
    struct heed_tensor *weights = NULL;
    struct heed_tensor *readouts = force(net, t, memory, tgt, net->copying ? &weights : NULL);
    struct heed_tensor *logits = all_logits(net, t, readouts);
    if (heed_copying_forced(net, t, memory, tgt->packing, readouts, weights, &copy))
        heed_copy_log_probs(t, logits, &copy);
    return logits;
}

void heed_net_loss(const struct heed_net *net, struct heed_tape *t,
                   const struct heed_memory *memory, const struct heed_target *tgt,
                   const struct heed_aim *aim, struct heed_loss *out)
{
    const struct heed_packing *p = tgt->packing;
    struct heed_copy copy;
    struct heed_tensor *weights = NULL;
    struct heed_tensor *readouts = force(net, t, memory, tgt, net->copying ? &weights : NULL);
    int32_t *target = heed_tape_alloc(t, sizeof *target * (size_t)(p->N + 1));
    heed_packing_ids(p, tgt->ids, tgt->T, target);
    bool copies = heed_copying_forced(net, t, memory, p, readouts, weights, &copy);
    heed_copy_cross_entropy(t, readouts, net->out_w ? net->out_w : net->tgt_embed, !net->out_w,
                            net->out_b, copies ? &copy : NULL, target, aim, out);
}

bool heed_shape_attends(const struct heed_shape *shape)
{
    const struct heed_net_kind *kind = heed_net_kind_find(shape->net);
    return kind && kind->attends && kind->attends(shape);
}

bool heed_net_attends(const struct heed_net *net)
{
    return net->attends;
}

bool heed_net_has_keys(const struct heed_net *net)
{
    return net->attends && net->kind->decoder->keys &&
           (!net->score || heed_score_has_keys(net->score));
}

void heed_net_describe(const struct heed_net *net, struct heed_str *out)
{
    heed_str_add_text(out, net->kind->describe ? net->kind->describe(net) : net->kind->name);
    for (int part = 0; part < HEED_PARTS; part++)
        heed_str_printf(out, ", %s %s", heed_parts[part].option,
                        net->parts[part].plugin ? net->parts[part].spec : "none");
    if (net->shape.layers > 1)
        heed_str_printf(out, ", %lld layers", (long long)net->shape.layers);
    if (net->copying)
        heed_str_add_text(out, ", copying");
}

void heed_net_work(const struct heed_net *net, struct heed_work *w)
{
    memset(w, 0, sizeof *w);
    if (net->kind->encoder->work)
        net->kind->encoder->work(net, w);
    if (net->kind->decoder->work)
        net->kind->decoder->work(net, w);
    w->encoder += heed_net_source_work(net);
    w->decoder += 2.0 * (double)net->readout_width * (net->list ? net->list->mean : net->tgt_words);
    if (net->copying)
        w->decoder += 2.0 * (double)net->readout_width;
}

double heed_net_flops(const struct heed_net *net, int64_t B, const int32_t *src_len,
                      const int32_t *tgt_len)
{
    struct heed_work w;
    double total = 0;
    heed_net_work(net, &w);
    for (int64_t b = 0; b < B; b++)
        total += (w.encoder + w.keys + w.source_pairs * src_len[b]) * src_len[b] +
                 (w.decoder + w.attention * src_len[b] + w.target_pairs * (tgt_len[b] + 1) / 2) *
                     tgt_len[b];
    return total;
}
