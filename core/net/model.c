/* model.c: builds a model out of its configuration, in one fixed
 * order of parameters. Files: model_file.c. */
#include <math.h>
#include <string.h>

#include "net/model.h"

#define MODEL_RESERVE (64ull << 30) /* address space only */

static struct heed_tensor *matrix(struct heed_model *m, const char *name, int64_t rows,
                                  int64_t cols, enum heed_init init, double scale, uint32_t flags)
{
    return heed_params_add(&m->params, name, 2, (int64_t[]){rows, cols}, init, scale, flags);
}

static struct heed_tensor *vector(struct heed_model *m, const char *name, int64_t n)
{
    return heed_params_add(&m->params, name, 1, &n, HEED_INIT_ZERO, 1, HEED_PARAM_NO_DECAY);
}

static bool course(const struct heed_model *m)
{
    return m->shape.initial == HEED_INITIAL_COURSE;
}

static bool is_luong(const struct heed_model *m)
{
    return m->form == HEED_LUONG || m->form == HEED_LUONG_FEED;
}

static void add_embeddings(struct heed_model *m)
{
    double scale = course(m) ? 1 : 1 / sqrt((double)m->shape.embed);
    bool tied = m->shape.tied == HEED_ON;
    m->src_embed = matrix(m, "src.embed.weight", m->sides.src.vocab.n, m->shape.embed,
                          HEED_INIT_NORMAL, scale, HEED_PARAM_SPARSE | HEED_PARAM_NO_DECAY);
    m->tgt_embed =
        matrix(m, "tgt.embed.weight", m->sides.tgt.vocab.n, m->shape.embed, HEED_INIT_NORMAL, scale,
               (tied ? 0 : HEED_PARAM_SPARSE) | HEED_PARAM_NO_DECAY);
}

static int add_encoder(struct heed_model *m, struct heed_err *err)
{
    static const char *const directions[] = {"forward", "backward"};
    int64_t width = m->shape.embed;
    for (int layer = 0; layer < m->shape.layers; layer++) {
        for (int dir = 0; dir < m->directions; dir++) {
            char prefix[64];
            snprintf(prefix, sizeof prefix, "encoder.%d.%s", layer, directions[dir]);
            if (heed_rnn_setup(&m->encoder[layer][dir], &m->cell, &m->params, prefix, layer, width,
                               m->shape.encoder_hidden, course(m), err))
                return -1;
        }
        width = m->memory_width;
    }
    return 0;
}

static int add_decoder(struct heed_model *m, struct heed_err *err)
{
    const struct heed_shape *c = &m->shape;
    bool dense = c->bridge == HEED_BRIDGE_DENSE;
    for (int layer = 0; layer < c->layers; layer++) {
        char name[64];
        snprintf(name, sizeof name, "decoder.%d", layer);
        int64_t width = layer ? c->hidden : c->embed;
        if (heed_rnn_setup(&m->decoder[layer], &m->cell, &m->params, name, layer, width, c->hidden,
                           course(m), err))
            return -1;
        for (int k = 0; dense && k < m->decoder[layer].cell->n_states; k++) {
            snprintf(name, sizeof name, "bridge.%d.%d.weight", layer, k);
            m->bridge_w[layer][k] =
                matrix(m, name, m->memory_width, c->hidden, HEED_INIT_XAVIER, 1, 0);
            snprintf(name, sizeof name, "bridge.%d.%d.bias", layer, k);
            m->bridge_b[layer][k] = vector(m, name, c->hidden);
        }
    }
    int64_t feed = m->form == HEED_LUONG_FEED ? c->readout
                   : m->form == HEED_LUONG    ? 0
                                              : m->memory_width;
    if (feed)
        m->feed_w =
            matrix(m, "decoder.feed.weight", feed, m->decoder[0].cell->n_input_gates * c->hidden,
                   HEED_INIT_XAVIER, 1, HEED_PARAM_REUSED);
    return 0;
}

static int add_score(struct heed_model *m, struct heed_err *err)
{
    if (!m->score)
        return 0;
    if (m->score->flags & HEED_SCORE_WANTS_WEIGHTS)
        return heed_fail(
            err, "score %s wants the weights of earlier steps, which heed %s does not hand out",
            m->shape.score, HEED_FORMAT);
    struct heed_setup s = {
        .size = sizeof s,
        .params = &m->params,
        .prefix = "attention",
        .query_width = m->shape.hidden,
        .key_width = m->memory_width,
        .heads = 1,
    };
    return heed_layer_open(&m->score_layer, &m->score_instance, &s, err);
}

static void add_output(struct heed_model *m)
{
    const struct heed_shape *c = &m->shape;
    if (is_luong(m)) {
        m->readout_w =
            matrix(m, "readout.weight", c->hidden + m->memory_width, c->readout, HEED_INIT_XAVIER,
                   1, m->form == HEED_LUONG_FEED ? HEED_PARAM_REUSED : 0);
        m->readout_b = vector(m, "readout.bias", c->readout);
    }
    if (c->tied == HEED_OFF)
        m->out_w =
            matrix(m, "out.weight", c->readout, m->sides.tgt.vocab.n, HEED_INIT_XAVIER, 1, 0);
    m->out_b = vector(m, "out.bias", m->sides.tgt.vocab.n);
}

/* Strings of the configuration come from argv or a document: the model keeps its own. */
static void own_shape(struct heed_model *m)
{
    const char **texts[] = {&m->shape.score, &m->shape.cell};
    for (size_t i = 0; i < HEED_COUNT(texts); i++) {
        heed_str_add_text(&m->shape_text[i], *texts[i]);
        *texts[i] = m->shape_text[i].data;
    }
}

/* The model's metadata name a plugin, never a place: "./mine.so:a=1" is stored as "mine:a=1". */
static void store_spec(struct heed_model *m, int slot, const char **text,
                       const struct heed_instance *in)
{
    heed_str_clear(&m->shape_text[slot]);
    heed_str_add_text(&m->shape_text[slot], in->spec);
    *text = m->shape_text[slot].data;
}

/* Opens plugins and adds all parameters, unfilled. */
static int build(struct heed_model *m, const char *score, const char *cell, bool allow_path,
                 struct heed_err *err)
{
    m->form = m->shape.decoder;
    m->directions = m->shape.bidirectional ? 2 : 1;
    m->memory_width = m->shape.encoder_hidden * m->directions;
    if (heed_instance_open(&m->cell, HEED_KIND_CELL, cell, allow_path, heed_host_table(), err))
        return -1;
    store_spec(m, 1, &m->shape.cell, &m->cell);
    if (m->form != HEED_PLAIN) {
        if (heed_instance_open(&m->score_instance, HEED_KIND_SCORE, score, allow_path,
                               heed_host_table(), err))
            return -1;
        m->score = (const struct heed_score *)m->score_instance.plugin;
        store_spec(m, 0, &m->shape.score, &m->score_instance);
    }
    add_embeddings(m);
    if (add_encoder(m, err) || add_decoder(m, err) || add_score(m, err))
        return -1;
    add_output(m);
    return 0;
}

int heed_model_build(struct heed_model *m, const struct heed_shape *shape, const char *score,
                     const char *cell, bool allow_path, struct heed_err *err)
{
    heed_arena_init(&m->arena, "model", MODEL_RESERVE);
    heed_params_init(&m->params, &m->arena);
    m->shape = *shape;
    own_shape(m);
    if (heed_shape_resolve(&m->shape, err))
        return -1;
    return build(m, score, cell, allow_path, err);
}

int heed_model_create(struct heed_model *m, const struct heed_shape *shape,
                      struct heed_sides *sides, uint64_t seed, struct heed_err *err)
{
    memset(m, 0, sizeof *m);
    m->sides = *sides;
    memset(sides, 0, sizeof *sides);
    if (heed_model_build(m, shape, shape->score, shape->cell, true, err)) {
        heed_model_release(m);
        return -1;
    }
    heed_params_fill(&m->params, seed);
    return 0;
}

void heed_model_release(struct heed_model *m)
{
    heed_params_release(&m->params);
    heed_arena_free(&m->arena);
    for (int layer = 0; layer < HEED_LAYERS_MAX; layer++) {
        heed_rnn_release(&m->encoder[layer][0]);
        heed_rnn_release(&m->encoder[layer][1]);
        heed_rnn_release(&m->decoder[layer]);
    }
    heed_layer_close(&m->score_layer);
    heed_instance_close(&m->cell);
    heed_instance_close(&m->score_instance);
    heed_sides_release(&m->sides);
    for (size_t i = 0; i < HEED_COUNT(m->shape_text); i++)
        heed_str_release(&m->shape_text[i]);
    memset(m, 0, sizeof *m);
}
