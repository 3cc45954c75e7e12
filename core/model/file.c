/* file.c: a model to and from its one file, see model.h. */
#include <stdio.h>
#include <string.h>

#include "data/repeats.h"
#include "model/model.h"

/* NAME/ABI/REVISION without the ABI, which says how heed and plugin talk, not what is computed. */
static bool same_arithmetic(const char *a, const char *b)
{
    size_t name = strcspn(a, "/");
    const char *revision_a = strrchr(a, '/'), *revision_b = strrchr(b, '/');
    return strcspn(b, "/") == name && strncmp(a, b, name) == 0 && revision_a && revision_b &&
           strcmp(revision_a, revision_b) == 0;
}

static void plugin_text(const struct heed_instance *in, char text[96])
{
    snprintf(text, 96, "%s/%u/%u", in->plugin->name, in->plugin->abi, in->plugin->revision);
}

/* The file was made with some revision of a plugin's arithmetic; another one would compute
 * something else. */
static int plugin_check(const struct heed_instance *in, const char *key, const struct heed_doc *doc,
                        struct heed_err *err)
{
    char text[96];
    const char *stored = heed_doc_meta(doc, key);
    plugin_text(in, text);
    if (!stored)
        return heed_fail(err, "metadata %s is missing", key);
    if (!same_arithmetic(stored, text))
        return heed_fail(err, "model was made with %s %s (name/ABI/revision), here is %s", key,
                         stored, text);
    return 0;
}

static void plugin_key(int part, char key[32])
{
    snprintf(key, 32, "plugin.%s", heed_parts[part].option);
}

/* Scales of whole numbers stand beside them. */
static void scale_name(const struct heed_param *p, char name[HEED_NAME_MAX + 1])
{
    snprintf(name, HEED_NAME_MAX + 1, "%s.scale", p->name);
}

static void param_to_doc(const struct heed_param *p, struct heed_doc *doc)
{
    char name[HEED_NAME_MAX + 1];
    int64_t scales = heed_param_scales(p);
    if (!p->rounded.q) {
        heed_doc_add(doc, p->name, HEED_F32, p->value.rank, p->value.dims, p->value.data);
        return;
    }
    scale_name(p, name);
    heed_doc_add(doc, p->name, HEED_I8, 2, p->value.dims, p->rounded.q);
    heed_doc_add(doc, name, HEED_F32, 1, &scales, p->rounded.scale);
}

void heed_model_to_doc(const struct heed_model *m, struct heed_doc *doc)
{
    char text[32];
    heed_doc_set_meta(doc, "kind", "model");
    heed_shape_to_doc(&m->net.shape, doc);
    if (heed_net_reads_numbers(&m->net))
        heed_doc_set_options(doc, "features.", heed_sound_rows, &m->sound);
    heed_sides_to_doc(&m->sides, 3, doc);
    heed_doc_set_meta_i64(doc, "limit.max-src", m->limits.max_src);
    heed_doc_set_meta_i64(doc, "limit.max-tgt", m->limits.max_tgt);
    heed_format_f64(text, sizeof text, m->limits.ratio);
    heed_doc_set_meta(doc, "limit.ratio", text);
    if (m->limits.repeats) /* what 0 says, absence does */
        heed_doc_set_meta_i64(doc, "limit.repeats", m->limits.repeats);
    if (m->measured.metric[0]) {
        heed_doc_set_meta(doc, "measured.metric", m->measured.metric);
        heed_doc_set_meta(doc, "measured.tokens", m->measured.tokens);
    }
    heed_seen_to_doc(&m->seen, m->sides.src.vocab.n, doc);
    heed_shortlist_to_doc(&m->shortlist, doc);
    heed_confidence_to_doc(&m->confidence, doc);
    for (int part = 0; part < HEED_PARTS; part++) {
        char key[32], plugin[96];
        if (!m->net.parts[part].plugin)
            continue;
        plugin_key(part, key);
        plugin_text(&m->net.parts[part], plugin);
        heed_doc_set_meta(doc, key, plugin);
    }
    for (size_t i = 0; i < m->net.params.n; i++)
        param_to_doc(m->net.params.items[i], doc);
}

static int check_finite(const struct heed_params *params, struct heed_err *err)
{
    const char *name;
    if (!heed_params_finite(params, &name))
        return heed_fail(err, "tensor %s holds values that are not finite", name);
    return 0;
}

int heed_model_save(const struct heed_model *m, const char *path, char fingerprint[65],
                    struct heed_err *err)
{
    struct heed_doc doc;
    if (check_finite(&m->net.params, err)) /* what is there already may be a good one */
        return heed_err_prefix(err, "%s is not saved: ", path);
    heed_doc_init(&doc);
    heed_doc_set_meta(&doc, "heed", HEED_FORMAT);
    heed_model_to_doc(m, &doc);
    int status = heed_doc_save(&doc, path, err);
    if (fingerprint)
        memcpy(fingerprint, doc.fingerprint, 65);
    heed_doc_release(&doc);
    return status;
}

/* Is this the name of a parameter's scales? */
static bool scale_of(const struct heed_model *m, const struct heed_doc *doc, const char *name)
{
    char stem[HEED_NAME_MAX + 1];
    size_t n = strlen(name);
    if (n < 6 || strcmp(name + n - 6, ".scale") != 0)
        return false;
    snprintf(stem, sizeof stem, "%.*s", (int)(n - 6), name);
    const struct heed_array *a = heed_doc_find(doc, stem);
    return a && a->dtype == HEED_I8 && heed_params_find(&m->net.params, stem);
}

/* Every tensor must be known: a parameter, or a part of the sides, or of a checkpoint. */
static int check_extra(const struct heed_model *m, const struct heed_doc *doc, struct heed_err *err)
{
    for (size_t i = 0; i < doc->n_arrays; i++) {
        const char *name = doc->arrays[i].name;
        bool known = scale_of(m, doc, name) || strncmp(name, "vocab.", 6) == 0 ||
                     strncmp(name, "tokenizer.", 10) == 0 || strncmp(name, "adam.", 5) == 0 ||
                     strncmp(name, "trainer.", 8) == 0 || heed_params_find(&m->net.params, name);
        if (!known)
            return heed_fail(err, "tensor %s does not belong to this model", name);
    }
    return 0;
}

/* Weights are floats, or whole numbers with scales beside them: a matrix of either, or NULL. */
static const struct heed_array *want_matrix(const struct heed_doc *doc, const char *name,
                                            struct heed_err *err)
{
    const struct heed_array *a = heed_doc_find(doc, name);
    return heed_doc_want(doc, name, a && a->dtype == HEED_I8 ? HEED_I8 : HEED_F32, 2, err);
}

/* Data that lie as tensors do (heed/tensor.h) are used where they are, in a file that is only run, others are
 * copied to `to`, or where that is NULL into the net's memory. */
static const void *place(struct heed_model *m, const struct heed_doc *doc,
                         const struct heed_array *a, bool run, void *to)
{
    if (run && doc->map.at && (uintptr_t)a->data % 64 == 0)
        return a->data;
    return memcpy(to ? to : heed_arena_alloc(&m->net.arena, a->size), a->data, a->size);
}

static int check_dims(const struct heed_param *p, const struct heed_array *a, struct heed_err *err)
{
    for (int d = 0; d < p->value.rank; d++)
        if (a->dims[d] != p->value.dims[d])
            return heed_fail(err, "tensor %s: dimension %d is %lld, the configuration wants %lld",
                             p->name, d, (long long)a->dims[d], (long long)p->value.dims[d]);
    return 0;
}

static int check_floats(const struct heed_array *a, struct heed_err *err)
{
    if (!heed_vec()->finite(a->size / sizeof(float), a->data))
        return heed_fail(err, "tensor %s holds values that are not finite", a->name);
    return 0;
}

static int take_rounded(struct heed_model *m, struct heed_param *p, const struct heed_doc *doc,
                        const struct heed_array *a, bool run, struct heed_err *err)
{
    char name[HEED_NAME_MAX + 1];
    int64_t scales = heed_param_scales(p);
    scale_name(p, name);
    if (!run)
        return heed_fail(err,
                         "tensor %s: weights of 8 bits (quantize) are run, not trained; give "
                         "the model that they were made of",
                         p->name);
    if (!scales)
        return heed_fail(err, "tensor %s: dtype I8, want F32", p->name);
    const struct heed_array *scale = heed_doc_want(doc, name, HEED_F32, 1, err);
    if (!scale || check_dims(p, a, err) || check_floats(scale, err))
        return -1;
    if (scale->dims[0] != scales)
        return heed_fail(err, "tensor %s is %lld long, want %lld", name, (long long)scale->dims[0],
                         (long long)scales);
    heed_param_round(p, place(m, doc, a, run, NULL), place(m, doc, scale, run, NULL));
    return 0;
}

static int take_values(struct heed_model *m, struct heed_param *p, const struct heed_doc *doc,
                       bool run, struct heed_err *err)
{
    const struct heed_array *a = heed_doc_find(doc, p->name);
    if (a && a->dtype == HEED_I8 && a->rank == p->value.rank)
        return take_rounded(m, p, doc, a, run, err);
    a = heed_doc_want(doc, p->name, HEED_F32, p->value.rank, err);
    if (!a || check_dims(p, a, err) || check_floats(a, err))
        return -1;
    p->value.data = (float *)place(m, doc, a, run, p->value.data);
    heed_map_drop(&doc->map, a->data, a->size);
    return 0;
}

#define SMALL                                                                                      \
    (8ull << 20) /* most packed weights of 8 bits are less: of huge pages half were empty */

/* run: they will not be changed. */
static int take_weights(struct heed_model *m, const struct heed_doc *doc, bool run,
                        struct heed_err *err)
{
    for (size_t i = 0; i < m->net.params.n; i++)
        if (take_values(m, m->net.params.items[i], doc, run, err))
            return -1;
    if (m->net.tgt_embed && m->net.params.items[m->net.tgt_embed->param]->rounded.q)
        heed_arena_small(&m->net.arena, SMALL);
    m->net.params.version++;
    heed_seen_release(&m->seen);
    if (heed_seen_from_doc(&m->seen, m->sides.src.vocab.n, doc, err))
        return -1;
    return check_extra(m, doc, err);
}

int heed_model_weights(struct heed_model *m, const struct heed_doc *doc, struct heed_err *err)
{
    return take_weights(m, doc, false, err);
}

static int limits_from_doc(struct heed_model *m, const struct heed_doc *doc, struct heed_err *err)
{
    const char *ratio = heed_doc_meta(doc, "limit.ratio");
    if (heed_doc_meta_i64(doc, "limit.max-src", &m->limits.max_src, err) ||
        heed_doc_meta_i64(doc, "limit.max-tgt", &m->limits.max_tgt, err))
        return -1;
    if (m->limits.max_src < 0 || m->limits.max_tgt < 0)
        return heed_fail(err, "metadata limit.max-src, limit.max-tgt: a length below 0");
    if (!ratio || !heed_parse_f64(ratio, &m->limits.ratio) || m->limits.ratio < 0)
        return heed_fail(err, "metadata limit.ratio: '%s' is no length ratio", ratio ? ratio : "");
    m->limits.repeats = 0;
    if (heed_doc_meta(doc, "limit.repeats") &&
        heed_doc_meta_i64(doc, "limit.repeats", &m->limits.repeats, err))
        return -1;
    if (m->limits.repeats < 0 || m->limits.repeats > HEED_REPEATS_MAX)
        return heed_fail(err, "metadata limit.repeats: not in 0..%d", HEED_REPEATS_MAX);
    return 0;
}

static void measured_from_doc(struct heed_model *m, const struct heed_doc *doc)
{
    const char *metric = heed_doc_meta(doc, "measured.metric"),
               *tokens = heed_doc_meta(doc, "measured.tokens");
    if (!metric || !tokens)
        return;
    snprintf(m->measured.metric, sizeof m->measured.metric, "%s", metric);
    snprintf(m->measured.tokens, sizeof m->measured.tokens, "%s", tokens);
}

static int sound_from_doc(struct heed_model *m, const struct heed_shape *shape,
                          const struct heed_doc *doc, struct heed_err *err)
{
    struct heed_sound_sizes sizes;
    if (shape->source == HEED_SOURCE_WORDS)
        return 0;
    if (heed_doc_get_options(doc, "features.", heed_sound_rows, &m->sound, err))
        return -1;
    if (heed_sound_sizes(&m->sound, &sizes, err)) {
        err->status = HEED_FAILED;
        return heed_err_prefix(err, "metadata: ");
    }
    if (sizes.width != shape->src_width)
        return heed_fail(err, "metadata src-width: %lld, features are %lld wide",
                         (long long)shape->src_width, (long long)sizes.width);
    return 0;
}

/* Before anything is allocated: vocabulary sizes must agree with the embeddings. */
static int check_vocabularies(const struct heed_model *m, const struct heed_shape *shape,
                              const struct heed_doc *doc, struct heed_err *err)
{
    const struct heed_side *sides[] = {&m->sides.src, &m->sides.tgt};
    static const char *const names[] = {"src.embed.weight", "tgt.embed.weight"};
    for (int i = shape->source == HEED_SOURCE_WORDS ? 0 : 1; i < 2; i++) {
        const struct heed_array *a = want_matrix(doc, names[i], err);
        if (!a)
            return -1;
        if (a->dims[0] != sides[i]->vocab.n)
            return heed_fail(err, "tensor %s has %lld rows, its vocabulary %d pieces", names[i],
                             (long long)a->dims[0], sides[i]->vocab.n);
    }
    return 0;
}

/* The shape's sizes are believed only as far as tensors of that size are there. */
static int check_sizes(const struct heed_net_kind *kind, const struct heed_shape *shape,
                       const struct heed_doc *doc, struct heed_err *err)
{
    struct heed_claim claims[HEED_CLAIMS_MAX];
    int n = heed_net_claims(kind, shape, claims);
    for (int i = 0; i < n; i++) {
        const struct heed_claim *c = &claims[i];
        const struct heed_array *a = want_matrix(doc, c->tensor, err);
        if (!a)
            return -1;
        if (a->dims[1] < c->size)
            return heed_fail(err, "tensor %s is %lld wide, the configuration wants %s %lld",
                             c->tensor, (long long)a->dims[1], c->key, (long long)c->size);
    }
    return 0;
}

/* A file may name plugins, never where they lie. */
static int check_specs(const struct heed_shape *shape, const struct heed_places *places,
                       struct heed_err *err)
{
    for (int part = 0; part < HEED_PARTS; part++) {
        const char *spec = heed_shape_spec(shape, part);
        if (spec && strchr(spec, '/') && !(places && places->path[part]))
            return heed_fail(err,
                             "metadata names a plugin by a path: a model may name plugins only");
    }
    return 0;
}

static int shape_from_doc(struct heed_shape *shape, const struct heed_doc *doc,
                          struct heed_err *err)
{
    const char *kind = heed_doc_meta(doc, "kind");
    if (!kind || (strcmp(kind, "model") != 0 && strcmp(kind, "checkpoint") != 0))
        return heed_fail(err, "not a heed model (metadata kind is %s%s)", kind ? "" : "missing",
                         kind ? kind : "");
    if (heed_shape_from_doc(shape, doc, err))
        return -1;
    const struct heed_net_kind *net = heed_net_kind_find(shape->net);
    if (!net)
        return heed_fail(err, "metadata net: this heed knows no net called '%s'", shape->net);
    return net->resolve(shape, err);
}

/* Training goes on without either: its pairs are others, its weights will be. */
static int take_list(struct heed_model *m, const struct heed_doc *doc, struct heed_err *err)
{
    struct heed_shortlist list;
    if (heed_shortlist_from_doc(&list, m->sides.src.vocab.n, m->sides.tgt.vocab.n, doc, err))
        return -1;
    return (list.n_src ? heed_model_list(m, &list, err) : 0) ||
                   heed_confidence_from_doc(&m->confidence, doc, err)
               ? -1
               : 0;
}

static int from_doc(struct heed_model *m, const struct heed_doc *doc,
                    const struct heed_places *places, bool run, struct heed_err *err)
{
    struct heed_shape shape = {0}; /* also what is no row */
    bool located = false;
    for (int part = 0; places && part < HEED_PARTS; part++)
        located = located || places->path[part];
    if (shape_from_doc(&shape, doc, err) || heed_sides_from_doc(&m->sides, 3, doc, err) ||
        limits_from_doc(m, doc, err) || sound_from_doc(m, &shape, doc, err) ||
        check_vocabularies(m, &shape, doc, err) ||
        check_sizes(heed_net_kind_find(shape.net), &shape, doc, err) ||
        check_specs(&shape, places, err) ||
        heed_net_build(&m->net, &shape, places, located, m->sides.src.vocab.n, m->sides.tgt.vocab.n,
                       err))
        return -1;
    if (heed_net_copies(&m->net))
        heed_net_target_ids(&m->net, heed_sides_target_ids(&m->sides));
    for (int part = 0; part < HEED_PARTS; part++) {
        char key[32];
        plugin_key(part, key);
        if (m->net.parts[part].plugin && plugin_check(&m->net.parts[part], key, doc, err))
            return -1;
    }
    memcpy(m->fingerprint, doc->fingerprint, sizeof m->fingerprint);
    measured_from_doc(m, doc);
    return take_weights(m, doc, run, err) || (run && take_list(m, doc, err)) ? -1 : 0;
}

static int model_of(struct heed_model *m, const struct heed_doc *doc,
                    const struct heed_places *places, bool run, struct heed_err *err)
{
    memset(m, 0, sizeof *m);
    if (from_doc(m, doc, places, run, err)) {
        heed_model_release(m);
        return -1;
    }
    return 0;
}

int heed_model_from_doc(struct heed_model *m, const struct heed_doc *doc,
                        const struct heed_places *places, struct heed_err *err)
{
    return model_of(m, doc, places, false, err);
}

int heed_model_load(struct heed_model *m, const char *path, const struct heed_places *places,
                    struct heed_err *err)
{
    struct heed_doc doc;
    heed_doc_init(&doc);
    int status = heed_doc_load(&doc, path, err);
    if (status == 0) {
        status = model_of(m, &doc, places, true, err);
        if (status)
            heed_err_prefix(err, "%s: ", path);
    }
    if (status == 0) {
        m->file = m->net.params.file = doc.map;
        doc.map = (struct heed_map){0};
    }
    heed_doc_release(&doc);
    return status;
}
