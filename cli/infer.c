/* infer.c: see infer.h. */
#include <string.h>

#include "cli/infer.h"
#include "tensor/vec.h"

int infer_load(const struct infer_options *o, struct heed_model *m, struct heed_err *err)
{
    if (!o->model)
        return heed_usage(err, "which model? give -m MODEL.heed");
    for (size_t i = 0; i < o->plugin_dirs.n; i++)
        heed_plugin_dir_add(o->plugin_dirs.items[i]);
    if (heed_model_load(m, o->model, &o->places, err))
        return -1;
    if (!o->shortlist)
        heed_net_list(&m->net, NULL);
    return 0;
}

/* --- several models --- */

/* The numbers of --weights, as they stand. */
static int read_weights(const struct infer_options *o, double *weights, struct heed_err *err)
{
    char *text = heed_xstrdup(o->weights), *rest = text, *word;
    size_t n = 0;
    int status = 0;
    while (status == 0 && (word = strsep(&rest, ","))) {
        double w;
        if (!heed_parse_f64(word, &w) || !(w >= 0) || w > 1e9)
            status = heed_usage(err, "option --weights: '%s' is no weight", word);
        else if (n < o->models.n)
            weights[n] = w;
        n++;
    }
    free(text);
    if (status == 0 && n != o->models.n)
        status = heed_usage(err, "option --weights: %zu numbers for %zu models", n, o->models.n);
    return status;
}

/* Models that count something, their weights beside them, whose sum becomes 1. */
static int choose(struct infer_options *o, double *weights, struct heed_err *err)
{
    size_t n = 0;
    double sum = 0;
    if (o->models.n > HEED_ENSEMBLE_MAX)
        return heed_usage(err, "option --model: %zu models, %d at most", o->models.n,
                          HEED_ENSEMBLE_MAX);
    for (size_t i = 0; i < o->models.n; i++)
        weights[i] = 1;
    if (o->weights && o->models.n && read_weights(o, weights, err))
        return -1;
    for (size_t i = 0; i < o->models.n; i++) {
        sum += weights[i];
        o->models.items[n] = o->models.items[i];
        weights[n] = weights[i];
        n += weights[i] > 0;
    }
    if (o->models.n && n == 0)
        return heed_usage(err, "option --weights: no model counts anything");
    for (size_t i = 0; i < n; i++)
        weights[i] /= sum;
    o->models.n = n;
    o->model = n ? o->models.items[0] : o->model;
    return 0;
}

static int load_more(struct infer *self, struct heed_model **all, struct heed_err *err)
{
    struct infer_options o = self->options;
    struct heed_ensemble *e = &self->ensemble;
    self->more = heed_xcalloc(o.models.n + 1, sizeof *self->more);
    o.plugin_dirs.n = 0; /* they are known by now */
    for (size_t i = 1; i < o.models.n; i++) {
        o.model = o.models.items[i];
        if (infer_load(&o, &self->more[i - 1], err))
            return -1;
        all[e->n++] = &self->more[i - 1];
    }
    return heed_ensemble_check(e, o.models.items, err);
}

static void release(struct infer *self)
{
    for (int i = 1; i < self->ensemble.n; i++)
        heed_model_release(&self->more[i - 1]);
    free(self->more);
    heed_model_release(&self->model);
}

int infer_run(struct infer *self, struct stage *s, struct heed_err *err)
{
    int64_t jobs = self->options.jobs; /* 0: the processors this process may run on */
    double weights[HEED_ENSEMBLE_MAX] = {1};
    struct heed_model *all[HEED_ENSEMBLE_MAX] = {&self->model};
    self->ensemble = (struct heed_ensemble){all, weights, 1};
    if (choose(&self->options, weights, err) || infer_load(&self->options, &self->model, err))
        return -1;
    int status = self->options.models.n > 1 ? load_more(self, all, err) : 0;
    if (status == 0) {
        heed_engine_init_ensemble(&self->engine, &self->ensemble, jobs ? (int)jobs : heed_cores());
        self->began = stage_seconds();
        status = stage_run(s, err);
        heed_engine_release(&self->engine);
    }
    release(self);
    return status;
}

void infer_made(const struct infer *self, struct stage *s)
{
    const char *fingerprint = self->model.fingerprint;
    s->made.fingerprint = fingerprint[0] && self->ensemble.n == 1 ? fingerprint : NULL;
    s->made.model = self->options.model;
}

void infer_tell(const struct infer *self, const char *tokens_of)
{
    const struct heed_engine *e = &self->engine;
    double took = stage_seconds() - self->began, peak = heed_vec_peak_gflops() * e->lanes.n;
    double flops = 0;
    for (int j = 0; j <= e->n_others; j++)
        flops += heed_engine_member(e, j)->flops;
    heed_note("%lld lines, %lld %s tokens, %.3f s, %.0f tokens/s; %.1f GFLOP/s on real tokens, "
              "%.0f %% of the peak of %d worker%s, %.0f GFLOP/s",
              (long long)self->n_lines, (long long)self->n_tokens, tokens_of, took,
              (double)self->n_tokens / took, flops / took / 1e9, 100 * flops / took / 1e9 / peak,
              e->lanes.n, e->lanes.n > 1 ? "s" : "", peak);
}

static int same(const struct heed_reader *r, const char *key, const char *what, const char *here,
                struct heed_err *err)
{
    const char *there = heed_doc_meta(&r->head, key);
    if (there && here[0] && strcmp(there, here) != 0)
        return heed_fail(err, "%s: the stream was made with another %s (%.12s there, %.12s here)",
                         r->in.name, what, there, here);
    return 0;
}

int infer_check_stream(const struct infer *self, const struct heed_reader *r, struct heed_err *err)
{
    const struct heed_model *m = &self->model;
    return same(r, "model", "model", m->fingerprint, err) ||
                   same(r, "vocab.src", "source vocabulary", m->sides.src.fingerprint, err) ||
                   same(r, "vocab.tgt", "target vocabulary", m->sides.tgt.fingerprint, err)
               ? -1
               : 0;
}

void infer_head(const struct infer *self, struct heed_doc *head)
{
    if (self->model.fingerprint[0])
        heed_doc_set_meta(head, "model", self->model.fingerprint);
    heed_doc_set_meta(head, "vocab.src", self->model.sides.src.fingerprint);
    heed_doc_set_meta(head, "vocab.tgt", self->model.sides.tgt.fingerprint);
}
