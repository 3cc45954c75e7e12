/* train.c: pairs -> model, run. Options are in train_options.c, data
 * in train_data.c, words in train_tell.c. */
#include <string.h>
#include <sys/stat.h>

#include "cli/train.h"
#include "stream/hash.h"

/* --- files --- */

static char *checkpoint_path(const char *output)
{
    size_t n = strlen(output);
    if (n > 5 && strcmp(output + n - 5, ".heed") == 0)
        n -= 5;
    struct heed_str path = {0};
    heed_str_printf(&path, "%.*s.ckpt.heed", (int)n, output);
    return path.data;
}

static bool exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Tried before any work: a file beside it can be made, and it is no folder. */
static int can_write(const char *path, struct heed_err *err)
{
    struct heed_commit c;
    if (is_folder(path))
        return heed_fail(err, "cannot write %s: it is a folder", path);
    if (heed_commit_open(&c, path, err))
        return -1;
    heed_commit_abort(&c);
    return 0;
}

static int check_output(const struct train *self, const char *checkpoint, struct heed_err *err)
{
    if (!self->output)
        return heed_usage(err, "where to? give -o MODEL.heed");
    if (!*self->output || strcmp(self->output, "-") == 0)
        return heed_usage(err, "option --output: '%s' is no file; give -o MODEL.heed",
                          self->output);
    if (self->resume && self->init)
        return heed_usage(err, "--resume and --init exclude each other");
    if (heed_option_given("epochs") + heed_option_given("steps") + heed_option_given("time") > 1)
        return heed_usage(err, "--epochs, --steps and --time exclude each other");
    if (self->resume && !exists(checkpoint))
        return heed_fail(err, "nothing to resume: no checkpoint %s", checkpoint);
    if (is_folder(self->output))
        return heed_fail(err, "cannot write %s: it is a folder", self->output);
    if (!self->resume && !self->force && exists(self->output))
        return heed_fail(err, "%s exists; %s--force replaces it", self->output,
                         exists(checkpoint) ? "--resume goes on with it, " : "");
    heed_commit_clean(self->output);
    heed_commit_clean(checkpoint);
    return can_write(self->output, err) || can_write(checkpoint, err) ? -1 : 0;
}

/* --- the run --- */

struct job {
    struct train *self;
    struct train_data data;
    struct heed_sides sides;
    struct heed_model model;
    struct heed_trainer trainer;
    struct heed_doc checkpoint;
    struct heed_store *store;
    char *checkpoint_path;
};

/* A plugin outside the tree is named by its path here, by its name in the file. */
static const char *path_of(const char *option, const char *value)
{
    return heed_option_given(option) && strchr(value, '/') ? value : NULL;
}

static int make_model(struct job *j, struct heed_err *err)
{
    struct train *self = j->self;
    const char *score = path_of("score", self->shape.score),
               *cell = path_of("cell", self->shape.cell);
    if (self->resume)
        return heed_model_from_doc(&j->model, &j->checkpoint, score, cell, err)
                   ? heed_err_prefix(err, "%s: ", j->checkpoint_path)
                   : 0;
    if (self->init)
        return heed_model_load(&j->model, self->init, score, cell, err);
    return heed_model_create(&j->model, &self->shape, &j->sides, (uint64_t)self->train.seed, err);
}

static int load_checkpoint(struct job *j, struct heed_err *err)
{
    const char *path = j->self->resume ? j->checkpoint_path : j->self->init;
    heed_doc_init(&j->checkpoint);
    if (!path)
        return 0;
    if (heed_doc_load(&j->checkpoint, path, err))
        return -1;
    const char *kind = heed_doc_meta(&j->checkpoint, "kind");
    if (j->self->resume && (!kind || strcmp(kind, "checkpoint") != 0))
        return heed_fail(err, "%s: not a checkpoint (metadata kind is %s)", path,
                         kind ? kind : "missing");
    if (train_adopt(j->self, &j->checkpoint, j->self->resume, err) ||
        heed_sides_from_doc(&j->sides, 3, &j->checkpoint, err))
        return -1;
    return 0;
}

static void record_plugin(struct heed_run *run, const char *slot, const struct heed_instance *in)
{
    heed_run_component(run, slot, in->plugin->name, (int)in->plugin->revision,
                       (int)in->plugin->abi);
}

static void record_file(struct heed_run *run, const char *direction, const char *role,
                        const char *path)
{
    char sha[65];
    struct stat st;
    if (heed_sha256_file(path, sha) == 0 && stat(path, &st) == 0)
        heed_run_artifact(run, direction, role, "model", path, sha, (int64_t)st.st_size);
}

static void record_inputs(const struct job *j)
{
    const struct train *self = j->self;
    const char *path = self->src_files.n     ? self->src_files.items[0]
                       : heed_cli.n_operands ? heed_cli.operands[0]
                                             : "-";
    heed_run_artifact(j->trainer.run, "in", "train", "corpus", path, j->data.sha256, -1);
    if (self->init)
        record_file(j->trainer.run, "in", "init", self->init);
}

static void record(struct job *j)
{
    const struct heed_trainer *t = &j->trainer;
    struct heed_str spill = {0};
    struct heed_err err = {0};
    heed_str_printf(&spill, "%s.run", j->self->output);
    if (!heed_cli.no_store && heed_store_open(&j->store, heed_cli.store, false, &err))
        heed_warn("%s; the record goes to %s", err.text, spill.data);
    struct heed_run_info info = {
        .kind = "train",
        .name = j->self->name,
        .tag = j->self->tag,
        .argc = heed_cli.argc,
        .argv = heed_cli.argv,
        .seed = j->self->train.seed,
        .spill_path = heed_cli.no_store ? NULL : spill.data,
        .resume = t->run_id[0] ? t->run_id : NULL,
    };
    j->trainer.run = heed_cli.no_store ? NULL : heed_run_start(j->store, &info);
    heed_str_release(&spill);
    if (!j->trainer.run)
        return;
    snprintf(j->trainer.run_id, sizeof j->trainer.run_id, "%s", heed_run_id(j->trainer.run));
    heed_run_params(j->trainer.run, train_rows, j->self);
    record_plugin(j->trainer.run, "cell", &j->model.cell);
    if (j->model.score)
        record_plugin(j->trainer.run, "score", &j->model.score_instance);
    record_plugin(j->trainer.run, "tokenizer.src", &j->model.sides.src.tokenizer);
    record_plugin(j->trainer.run, "tokenizer.tgt", &j->model.sides.tgt.tokenizer);
    record_inputs(j);
    if (j->self->resume)
        heed_run_resumed(j->trainer.run, t->step);
}

static int start_trainer(struct job *j, struct heed_err *err)
{
    struct heed_trainer *t = &j->trainer;
    t->model = &j->model;
    t->options = &j->self->train;
    t->source = &j->data.source;
    t->model_path = j->self->output;
    t->checkpoint_path = j->checkpoint_path;
    t->dev = &j->data.dev;
    t->interrupted = &heed_cli.interrupted;
    t->progress = train_tell_progress;
    t->note = heed_note;
    memcpy(t->data_sha, j->data.sha256, sizeof t->data_sha);
    if (heed_trainer_init(t, err))
        return -1;
    if (j->self->resume && heed_checkpoint_restore(t, &j->checkpoint, err))
        return heed_err_prefix(err, "%s: ", j->checkpoint_path);
    heed_doc_release(&j->checkpoint);
    if (t->has_best && !exists(t->model_path))
        return heed_fail(err,
                         "%s, the best model of step %lld, is gone; without it %s cannot go on",
                         t->model_path, (long long)t->best_step, t->checkpoint_path);
    return 0;
}

static int run_job(struct job *j, struct heed_err *err)
{
    struct train *self = j->self;
    if (load_checkpoint(j, err) || train_data_read(self, &j->data, &j->sides, err) ||
        heed_filter_check_unknown(&j->data.report, self->allow_unknown, err) ||
        train_data_source(self, &j->data, err) || make_model(j, err))
        return -1;
    if (!self->resume && (!self->init || j->data.limits.max_tgt > j->model.limits.max_tgt))
        j->model.limits = j->data.limits;
    train_tell_data(&j->data, &j->model);
    heed_cli_catch_signals();
    if (start_trainer(j, err))
        return -1;
    record(j);
    if (heed_cli.interrupted) /* while reading: nothing to save yet */
        return 0;
    double seconds = j->trainer.seconds; /* of earlier sessions, as far as they are saved */
    int64_t n_tokens = j->trainer.n_tokens;
    int status = heed_trainer_run(&j->trainer, err);
    if (status == 0)
        train_tell_end(&j->trainer, j->trainer.seconds - seconds, j->trainer.n_tokens - n_tokens);
    return status;
}

static void finish_record(struct job *j, int status, const struct heed_err *err)
{
    struct heed_run *run = j->trainer.run;
    if (!run)
        return;
    if (status == 0 && !heed_cli.interrupted)
        record_file(run, "out", "model", j->self->output);
    heed_run_finish(run,
                    status                 ? "failed"
                    : heed_cli.interrupted ? "interrupted"
                                           : "done",
                    status                 ? 1
                    : heed_cli.interrupted ? 128 + heed_cli.interrupted
                                           : 0,
                    status ? err->text : NULL);
}

static int run(void *opaque, struct heed_err *err)
{
    struct job j = {.self = opaque};
    struct train *self = opaque;
    if (train_preset(self, err))
        return -1;
    for (size_t i = 0; i < self->plugin_dirs.n; i++)
        heed_plugin_dir_add(self->plugin_dirs.items[i]);
    j.checkpoint_path = self->output ? checkpoint_path(self->output) : NULL;
    int status = check_output(self, j.checkpoint_path, err);
    if (status == 0)
        status = run_job(&j, err);
    finish_record(&j, status, err);
    heed_store_close(j.store);
    if (j.trainer.model)
        heed_trainer_release(&j.trainer);
    train_data_release(&j.data);
    heed_model_release(&j.model);
    heed_sides_release(&j.sides);
    heed_doc_release(&j.checkpoint);
    free(j.checkpoint_path);
    return status;
}

const struct heed_command heed_command = {
    .name = "train",
    .summary = "train a sequence-to-sequence model from pairs",
    .usage = "-o MODEL [FILE|FOLDER]...",
    .about =
        "Reads pairs SOURCE<TAB>TARGET from files, folders (every .tsv below them) or standard "
        "input, or a stream of ids or "
        "batches, and trains an encoder and a decoder with attention. The best model by the dev "
        "metric is kept in MODEL; a "
        "checkpoint beside it lets --resume go on to the very same bytes after any interruption.",
    .examples = "train -o enfr.heed --time 20m < pairs.tsv\n"
                "train -o enfr.heed --dev dev.tsv --score mlp --cell lstm train.tsv\n"
                "tokenize --pairs --vocab v < pairs.tsv | batch-mask --epochs 5 | train -o m.heed "
                "--dev dev.tsv",
    .see_also = "predict, tokenize, batch-mask, evaluate, runs",
    .options = train_rows,
    .self_size = sizeof(struct train),
    .max_operands = -1,
    .start = heed_start_products,
    .run = run,
};
