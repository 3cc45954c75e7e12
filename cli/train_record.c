/* train_record.c: a training in the store: its options, what it read and what the clock decided. */
#include "cli/model_file.h"
#include "cli/train.h"
#include "plugin/product_kind.h"
#include "tensor/gemm.h"
#include "train/dev.h"
#include "train/step.h"

static void record_plugin(struct heed_run *run, const char *slot, const struct heed_instance *in)
{
    heed_run_component(run, slot, in->plugin->name, (int)in->plugin->revision,
                       (int)in->plugin->abi);
}

static void record_file(struct heed_run *run, const char *direction, const char *role,
                        const char *path)
{
    struct heed_model_file m;
    if (model_file_look(&m, path))
        heed_run_model(run, direction, role, &m);
}

static void record_inputs(const struct train *self, const struct heed_job *j)
{
    const struct heed_pairs_options *o = &self->pairs;
    const char *path = o->n_files || o->src_files.n ? heed_pairs_name(o) : "-";
    struct heed_run *run = j->trainer.run;
    heed_run_artifact(run, "in", "train", "corpus", path, j->data.sha256, -1);
    if (j->data.dev.n)
        heed_run_artifact(run, "in", "dev", "corpus", o->dev.n ? o->dev.items[0] : path,
                          j->data.dev.sha256, -1);
    if (self->init)
        record_file(run, "in", "init", self->init);
    if (train_has_teacher(self))
        record_file(run, "in", "teacher", self->train.teacher);
}

struct settled {
    const char *metric, *tokens, *vocab;
    double lr, dropout;
};

/* What the options left open: dropout, and what the model is chosen by, the name of its figures in the store. */
void train_record_settled(const struct heed_trainer *t)
{
    static const struct heed_option rates[] = {
        HEED_ROW_REAL(struct settled, lr, "lr-peak", NULL, 0, 10, "", ""),
        HEED_ROW_REAL(struct settled, dropout, "dropout-rate", NULL, 0, 1, "", ""),
        {0},
    };
    static const struct heed_option rows[] = {
        HEED_ROW_STRING(struct settled, metric, "dev-metric", NULL, "", ""),
        HEED_ROW_STRING(struct settled, tokens, "dev-tokens", NULL, "", ""),
        HEED_ROW_STRING(struct settled, vocab, "dev-vocab", NULL, "", ""), /* of the loss */
        {0},
    };
    char name[HEED_METRIC_NAME_MAX], vocab[13];
    heed_trainer_metric_name(t, t->metric, name);
    snprintf(vocab, sizeof vocab, "%.12s", t->model->sides.tgt.fingerprint);
    struct heed_pace pace = heed_trainer_pace(t);
    struct settled settled = {name, heed_option_word(HEED_METRIC_WORDS, (int)t->tokens), vocab,
                              heed_schedule_peak(&pace, &t->table), heed_trainer_dropout(t)};
    if (t->run)
        heed_run_params(t->run, rates, &settled);
    if (t->run && t->dev && t->dev->n)
        heed_run_params(t->run, rows, &settled);
}

struct planned {
    const char *plan;
};

/* What the clock decided. */
static void record_plan(struct heed_run *run, const struct heed_trainer *t)
{
    static const struct heed_option rows[] = {
        HEED_ROW_STRING(struct planned, plan, "planned", NULL, "", ""),
        {0},
    };
    struct heed_str text = {0};
    heed_timetable_text(&t->table, &text);
    if (t->timed)
        heed_run_params(run, rows, &(struct planned){text.data});
    heed_str_release(&text);
}

struct machine {
    const char *kernels;
};

/* What the bits depend on beside the options. */
static void record_machine(struct heed_run *run)
{
    static const struct heed_option rows[] = {
        HEED_ROW_STRING(struct machine, kernels, "kernels", NULL, "", ""),
        {0},
    };
    heed_run_params(run, rows, &(struct machine){heed_gemm_machine()});
    if (heed_products_plugin())
        record_plugin(run, "product", heed_products_plugin());
}

static void record_parts(struct heed_run *run, const struct heed_model *m)
{
    for (int part = 0; part < HEED_PARTS; part++)
        if (m->net.parts[part].plugin)
            record_plugin(run, heed_parts[part].option, &m->net.parts[part]);
    record_plugin(run, "tokenizer.src", &m->sides.src.tokenizer);
    record_plugin(run, "tokenizer.tgt", &m->sides.tgt.tokenizer);
}

void train_record(const struct train *self, struct heed_job *j, struct heed_store **store)
{
    struct heed_trainer *t = &j->trainer;
    struct heed_str spill = {0};
    struct heed_err err = {0};
    if (heed_cli.no_store)
        return;
    heed_str_printf(&spill, "%s.run", self->output);
    if (heed_store_open(store, heed_cli.store, false, &err))
        heed_loss("%s; the record goes to %s", err.text, spill.data);
    struct heed_run_info info = {
        .kind = "train",
        .name = self->name,
        .tag = self->tag,
        .argc = heed_cli.argc,
        .argv = heed_cli.argv,
        .seed = self->train.seed,
        .spill_path = spill.data,
        .resume = t->run_id[0] ? t->run_id : NULL,
    };
    t->run = heed_run_start(*store, &info);
    heed_str_release(&spill);
    if (!t->run)
        return;
    snprintf(t->run_id, sizeof t->run_id, "%s", heed_run_id(t->run));
    heed_run_params(t->run, train_rows, self);
    train_record_settled(t);
    record_machine(t->run);
    record_parts(t->run, &j->model);
    record_inputs(self, j);
    if (self->resume)
        heed_run_resumed(t->run, t->step);
}

void train_record_end(const struct train *self, const struct heed_job *j, int status,
                      const struct heed_err *err)
{
    struct heed_run *run = j->trainer.run;
    if (!run)
        return;
    bool ended = !heed_cli.interrupted && (status || !heed_trainer_stops(&j->trainer));
    record_plan(run, &j->trainer);
    /* The best so far, where it was interrupted: it may be measured as it is. */
    if (status == 0 && (!heed_cli.interrupted || j->trainer.has_best))
        record_file(run, "out", "model", self->output);
    heed_run_finish(run,
                    status  ? "failed"
                    : ended ? "done"
                            : "interrupted",
                    status                 ? 1
                    : heed_cli.interrupted ? 128 + heed_cli.interrupted
                                           : 0,
                    status ? err->text : NULL);
}
