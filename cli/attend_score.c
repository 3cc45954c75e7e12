/* attend_score.c: a score without a model: its weights drawn from a seed or loaded, and saved.
 *
 * A file of weights is a safetensors file with the score's parameters by the names that they have in
 * a model, attention.query, or without the prefix: `tensors -o FILE query=… key=…` makes one. */
#include <string.h>

#include "cli/attend.h"

static const char prefix[] = "attention";

static bool has_drawn(const struct heed_params *set)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->items[i]->init != HEED_INIT_ZERO && set->items[i]->init != HEED_INIT_ONE)
            return true;
    return false;
}

static const char *short_name(const struct heed_param *p)
{
    return p->name + sizeof(prefix); /* behind its dot */
}

/* --- files --- */

static struct heed_param *param_of(const struct heed_params *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (!strcmp(name, set->items[i]->name) || !strcmp(name, short_name(set->items[i])))
            return set->items[i];
    return NULL;
}

/* A vector may lie, stand, or be neither. */
static bool fits(const struct heed_tensor *x, const struct heed_array *a)
{
    if (a->dtype != HEED_F32 || heed_array_count(a) != heed_elements(x))
        return false;
    return x->rank == 1 ||
           (a->rank == x->rank && !memcmp(a->dims, x->dims, sizeof(*a->dims) * (size_t)x->rank));
}

static int fail_shape(const char *path, const struct heed_param *p, struct heed_err *err)
{
    struct heed_str shape = {0};
    for (int k = 0; k < p->value.rank; k++)
        heed_str_printf(&shape, "%s%lld", k ? "," : "", (long long)p->value.dims[k]);
    heed_fail(err, "%s: want a tensor %s F32 [%s]", path, short_name(p), shape.data);
    heed_str_release(&shape);
    return -1;
}

static int take_weights(const char *path, const struct heed_doc *d, struct heed_params *set,
                        const char *spec, struct heed_err *err)
{
    for (size_t i = 0; i < d->n_arrays; i++)
        if (!param_of(set, d->arrays[i].name))
            return heed_fail(err, "%s: tensor %s is no weight of score %s", path, d->arrays[i].name,
                             spec);
    for (size_t i = 0; i < set->n; i++) {
        struct heed_param *p = set->items[i];
        const struct heed_array *a = heed_doc_find(d, p->name);
        a = a ? a : heed_doc_find(d, short_name(p));
        if (!a || !fits(&p->value, a))
            return fail_shape(path, p, err);
        memcpy(p->value.data, a->data, a->size);
    }
    set->version++;
    return 0;
}

static int load(const char *path, struct heed_params *set, const char *spec, struct heed_err *err)
{
    struct heed_doc d;
    heed_doc_init(&d);
    int status = heed_doc_load(&d, path, err);
    if (status == 0 && heed_schema_check_finite(&d, err) < 0)
        status = heed_err_prefix(err, "%s: ", path);
    if (status == 0)
        status = take_weights(path, &d, set, spec, err);
    heed_doc_release(&d);
    return status;
}

static int save(const char *path, const struct heed_params *set, const char *spec,
                struct heed_err *err)
{
    struct heed_doc d;
    if (set->n == 0)
        return heed_fail(err, "score %s has no weights to be saved", spec);
    heed_doc_init(&d);
    heed_doc_set_meta(&d, "kind", "score");
    heed_doc_set_meta(&d, "score", spec);
    for (size_t i = 0; i < set->n; i++) {
        const struct heed_tensor *x = &set->items[i]->value;
        heed_doc_add(&d, set->items[i]->name, HEED_F32, x->rank, x->dims, x->data);
    }
    int status = heed_doc_save(&d, path, err);
    heed_doc_release(&d);
    return status;
}

/* --- the score --- */

int attend_open_score(struct attend *self, int64_t query_width, int64_t key_width,
                      struct heed_err *err)
{
    const char *given = self->infer.options.places.path[HEED_PART_SCORE];
    const char *spec = given ? given : "dot";
    if (heed_instance_open(&self->instance, HEED_KIND_SCORE, spec, true, heed_host_table(), err) ||
        heed_score_open(&self->own_score, &self->instance, &self->params, prefix, query_width,
                        key_width, 1, err))
        return -1;
    self->score = &self->own_score;
    heed_params_fill(&self->params, (uint64_t)self->seed);
    if (self->load && load(self->load, &self->params, self->instance.spec, err) < 0)
        return -1;
    if (!self->load && has_drawn(&self->params))
        heed_note("score %s: its weights are drawn from seed %lld, not learnt", spec,
                  (long long)self->seed);
    return self->save ? save(self->save, &self->params, self->instance.spec, err) : 0;
}
