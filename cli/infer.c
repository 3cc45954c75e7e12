/* infer.c: see infer.h. */
#include <string.h>

#include "cli/infer.h"
#include "cli/stage.h"
#include "tensor/vec.h"

int infer_workers(const struct infer_options *o)
{
    return o->jobs ? (int)o->jobs : heed_cores();
}

int infer_load(const struct infer_options *o, struct heed_model *m, struct heed_err *err)
{
    if (!o->model)
        return heed_usage(err, "which model? give -m MODEL.heed");
    for (size_t i = 0; i < o->plugin_dirs.n; i++)
        heed_plugin_dir_add(o->plugin_dirs.items[i]);
    return heed_model_load(m, o->model, o->score, o->cell, err);
}

void infer_tell_stats(const struct heed_engine *e, int64_t lines, int64_t tokens,
                      const char *tokens_of, double began)
{
    double s = stage_seconds() - began, peak = heed_vec_peak_gflops() * e->n_lanes;
    heed_note("%lld lines, %lld %s tokens, %.3f s, %.0f tokens/s; %.1f GFLOP/s on real tokens, "
              "%.0f %% of the peak of %d worker%s, %.0f GFLOP/s",
              (long long)lines, (long long)tokens, tokens_of, s, (double)tokens / s,
              e->flops / s / 1e9, 100 * e->flops / s / 1e9 / peak, e->n_lanes,
              e->n_lanes > 1 ? "s" : "", peak);
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

int infer_check_stream(const struct heed_reader *r, const struct heed_model *m,
                       struct heed_err *err)
{
    return same(r, "model", "model", m->fingerprint, err) ||
                   same(r, "vocab.src", "source vocabulary", m->sides.src.fingerprint, err) ||
                   same(r, "vocab.tgt", "target vocabulary", m->sides.tgt.fingerprint, err)
               ? -1
               : 0;
}

void infer_pass_head(const struct heed_reader *r, const struct heed_model *m, struct heed_doc *head)
{
    static const char *const keys[] = {"window", "run", "epochs", "batches"};
    for (size_t i = 0; i < HEED_COUNT(keys); i++)
        if (heed_doc_meta(&r->head, keys[i]))
            heed_doc_set_meta(head, keys[i], heed_doc_meta(&r->head, keys[i]));
    if (m->fingerprint[0])
        heed_doc_set_meta(head, "model", m->fingerprint);
    heed_doc_set_meta(head, "vocab.src", m->sides.src.fingerprint);
    heed_doc_set_meta(head, "vocab.tgt", m->sides.tgt.fingerprint);
    infer_pass_tensors(&r->head, head);
}

void infer_pass_tensors(const struct heed_doc *from, struct heed_doc *to)
{
    for (size_t i = 0; i < from->n_arrays; i++) {
        const struct heed_array *a = &from->arrays[i];
        if (stage_passes(a) && !heed_doc_find(to, a->name))
            heed_doc_add(to, a->name, a->dtype, a->rank, a->dims, a->data);
    }
}

static int want(const struct heed_array *a, int dim, int64_t value, const char *what,
                struct heed_err *err)
{
    if (a->dims[dim] == value)
        return 0;
    return heed_fail(err, "tensor %s: %s %lld, the model has %lld", a->name, what,
                     (long long)a->dims[dim], (long long)value);
}

int infer_memory(const struct heed_doc *frame, const struct heed_model *m, struct heed_encoded *x,
                 struct heed_err *err)
{
    const struct heed_array *memory = heed_doc_want(frame, "memory", HEED_F32, 3, err);
    const struct heed_array *len =
        memory ? heed_doc_want(frame, "memory_len", HEED_I32, 1, err) : NULL;
    const struct heed_array *state = len ? heed_doc_want(frame, "state", HEED_F32, 4, err) : NULL;
    if (!state || want(memory, 2, m->memory_width, "memory width", err) ||
        want(state, 1, m->encoder[0][0].cell->n_states, "states of the cell", err) ||
        want(state, 2, m->shape.layers * m->directions, "layers and directions", err) ||
        want(state, 3, m->shape.encoder_hidden, "encoder width", err))
        return -1;
    *x = (struct heed_encoded){
        .B = memory->dims[0],
        .S = memory->dims[1],
        .D = memory->dims[2],
        .memory = memory->data,
        .len = len->data,
        .K = state->dims[1],
        .L = state->dims[2],
        .H = state->dims[3],
        .state = state->data,
    };
    if (heed_doc_find(frame, "keys")) {
        const struct heed_array *keys = heed_doc_want(frame, "keys", HEED_F32, 3, err);
        if (!keys || want(keys, 1, x->S, "source length", err))
            return -1;
        x->keys = keys->data;
        x->key_width = keys->dims[2];
    }
    return 0;
}

static int run_frame(const struct infer_stage *stage, struct heed_doc *frame, struct heed_err *err)
{
    struct heed_reader *r = stage->reader;
    if (stage->begin && heed_reader_parted(r) &&
        (heed_writer_end(stage->writer, NULL, err) || stage->begin(stage->ctx, err)))
        return -1;
    if (stage->step(stage->ctx, frame, err) == 0)
        return 0;
    return err->status == HEED_QUIET
               ? -1
               : heed_err_prefix(err, "%s: frame %lld: ", r->in.name, (long long)r->seq);
}

static int run_all(const struct infer_stage *stage, struct heed_err *err)
{
    struct heed_doc frame;
    int got = 1, status = stage->begin ? stage->begin(stage->ctx, err) : 0;
    heed_doc_init(&frame);
    while (status == 0 && (got = heed_reader_next(stage->reader, &frame, err)) > 0)
        status = run_frame(stage, &frame, err);
    heed_doc_release(&frame);
    return status || got < 0 ? -1 : 0;
}

int infer_frames(const struct infer_stage *stage, struct heed_err *err)
{
    struct heed_writer *w = stage->writer;
    struct heed_err ignored = {0};
    int status = run_all(stage, err);
    if (w && w->begun && !w->ended) {
        if (status == 0)
            status = heed_writer_end(w, NULL, err);
        else if (err->status != HEED_QUIET && heed_writer_end(w, err->text, &ignored))
            status = -1; /* told here all the same */
    }
    stage_record(stage->reader, w, NULL);
    return status;
}
