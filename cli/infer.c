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

int infer_run(struct infer *self, struct stage *s, struct heed_err *err)
{
    int64_t jobs = self->options.jobs; /* 0: the processors this process may run on */
    if (infer_load(&self->options, &self->model, err))
        return -1;
    heed_engine_init(&self->engine, &self->model, jobs ? (int)jobs : heed_cores());
    self->began = stage_seconds();
    int status = stage_run(s, err);
    heed_engine_release(&self->engine);
    heed_model_release(&self->model);
    return status;
}

void infer_made(const struct infer *self, struct stage *s)
{
    s->made.fingerprint = self->model.fingerprint[0] ? self->model.fingerprint : NULL;
    s->made.model = self->options.model;
}

void infer_tell(const struct infer *self, const char *tokens_of)
{
    const struct heed_engine *e = &self->engine;
    double took = stage_seconds() - self->began, peak = heed_vec_peak_gflops() * e->lanes.n;
    heed_note("%lld lines, %lld %s tokens, %.3f s, %.0f tokens/s; %.1f GFLOP/s on real tokens, "
              "%.0f %% of the peak of %d worker%s, %.0f GFLOP/s",
              (long long)self->n_lines, (long long)self->n_tokens, tokens_of, took,
              (double)self->n_tokens / took, e->flops / took / 1e9,
              100 * e->flops / took / 1e9 / peak, e->lanes.n, e->lanes.n > 1 ? "s" : "", peak);
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
