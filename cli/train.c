/* train.c: pairs -> model, run. The work is core's (train/job.h); here are the files and the order.
 * Options are in train_options.c, words in train_tell.c, the record in train_record.c. */
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/train.h"
#include "plugin/product_kind.h"
#include "tensor/gemm.h"
#include "train/checkpoint.h"
#include "train/dev.h"
#include "train/follow.h"
#include "train/plan.h"
#include "train/share.h"
#include "train/snapshot.h"
#include "train/unit.h"

/* --- files --- */

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

/* Removed as the training was done, or never written: the first is written at --checkpoint-every. */
static int refuse_resume(const struct train *self, const char *checkpoint, struct heed_err *err)
{
    if (!exists(self->output))
        return heed_fail(err, "nothing to resume: no checkpoint %s; without --resume it begins",
                         checkpoint);
    return heed_fail(
        err,
        "nothing to resume: no checkpoint %s (--keep-checkpoint leaves it when a "
        "training is done); to train on from the model, in a run of its own: --init %s "
        "-o OTHER.heed in place of --resume",
        checkpoint, self->output);
}

static int check_output(const struct train *self, struct heed_err *err)
{
    if (!self->output)
        return heed_usage(err, "where to? give -o MODEL.heed");
    if (!*self->output || strcmp(self->output, "-") == 0)
        return heed_usage(err, "option --output: '%s' is no file; give -o MODEL.heed",
                          self->output);
    if (self->resume && self->init)
        return heed_usage(err, "--resume and --init exclude each other");
    int n_steps = heed_option_given("epochs") + heed_option_given("steps");
    if (n_steps + heed_option_given("time") > 1 || n_steps + heed_option_given("plan") > 1)
        return heed_usage(err, "--epochs, --steps and --time or --plan exclude each other");
    if (self->steps_of > 0 && !heed_option_given("steps"))
        return heed_usage(err, "--steps-of needs --steps");
    return 0;
}

/* Of the model, by whatever link, and of its checkpoint, which a model of another name may share. */
struct locks {
    struct heed_file_lock model, checkpoint;
};

static int lock(struct heed_file_lock *l, const char *path, struct heed_err *err)
{
    char who[40] = "another process";
    int got = heed_file_lock_take(l, path, err);
    if (got <= 0)
        return got;
    if (l->holder)
        snprintf(who, sizeof who, "process %ld", l->holder);
    return heed_fail(err, "%s is being trained by %s; wait until it ends, or give another -o", path,
                     who);
}

static int prepare_output(const struct train *self, const char *checkpoint, struct locks *locks,
                          struct heed_err *err)
{
    if (is_folder(self->output))
        return heed_fail(err, "cannot write %s: it is a folder", self->output);
    if (lock(&locks->model, self->output, err) || lock(&locks->checkpoint, checkpoint, err))
        return -1;
    if (self->resume && !exists(checkpoint))
        return refuse_resume(self, checkpoint, err);
    if (!self->resume && !self->force && exists(self->output))
        return heed_fail(err, "%s exists; %s--force replaces it", self->output,
                         exists(checkpoint) ? "--resume goes on with it, " : "");
    if (!self->resume && !self->force && self->train.snapshots &&
        heed_snapshots_check(self->output, err))
        return -1;
    heed_commit_clean(self->output);
    heed_commit_clean(checkpoint);
    return can_write(self->output, err) || can_write(checkpoint, err) ? -1 : 0;
}

/* --- the run --- */

struct job {
    struct train *self;
    struct heed_job core;
    struct heed_store *store;
};

/* A plugin outside the tree is named by its path here, by its name in the file. */
static struct heed_places places_of(const struct heed_shape *shape)
{
    struct heed_places places = {{NULL}};
    for (int part = 0; part < HEED_PARTS; part++) {
        const char *spec = heed_shape_spec(shape, part);
        if (heed_option_given(heed_parts[part].option) && strchr(spec, '/'))
            places.path[part] = spec;
    }
    return places;
}

/* Batches of a stream are as batch-mask made them. */
static int check_stream(const struct train *self, const struct heed_pairs *p, struct heed_err *err)
{
    static const char *const settled[] = {"time",    "plan",      "rows",     "tokens",
                                          "max-len", "max-ratio", "truncate", "subword-sampling"};
    int64_t n = p->source.epochs * p->source.per_epoch;
    if (!p->stream.batches)
        return 0;
    for (size_t i = 0; i < HEED_COUNT(settled); i++)
        if (heed_option_given(settled[i]))
            return heed_usage(err,
                              "--%s needs pairs: batches of a stream are as batch-mask made them",
                              settled[i]);
    if (heed_option_given("epochs") && self->train.epochs != p->source.epochs)
        return heed_usage(err, "--epochs %lld, but the stream has %lld",
                          (long long)self->train.epochs, (long long)p->source.epochs);
    if (self->train.steps > n)
        return heed_usage(err, "--steps %lld, but the stream has %lld batches",
                          (long long)self->train.steps, (long long)n);
    return 0;
}

/* As they came out: what zeros stood for hangs on the pairs and the length. */
static void record_sizes(struct train *self, const struct heed_job *core)
{
    const struct heed_shape *s = &core->model.net.shape;
    self->shape.hidden = s->hidden;
    self->shape.layers = s->layers;
    self->train.rows = core->rows;
    self->train.often = core->many_times ? HEED_ON : HEED_OFF;
    if (!strcmp(self->shape.cell, HEED_CELL_AUTO))
        self->shape.cell = s->cell;
    if (s->suited) { /* else what hangs on hidden goes with it when --like is given another */
        self->shape.encoder_hidden = s->encoder_hidden;
        self->shape.embed = s->embed;
        self->shape.decoder_layers = s->decoder_layers;
    }
}

/* --steps-of: from here on lengths are in updates. */
static int settle_steps(struct train *self, struct heed_job *core, struct heed_err *err)
{
    struct heed_train_options *o = &self->train;
    if (!(self->steps_of > 0))
        return 0;
    double flops = heed_job_flops(core);
    if (!(flops > 0))
        return heed_usage(err, "--steps-of needs pairs: nothing is known of a stream's batches");
    struct heed_unit unit = heed_unit_of(1e9 * self->steps_of, flops,
                                         heed_option_given("eval-every") ? o->eval_every : 0);
    o->steps = heed_unit_updates(&unit, o->steps);
    self->stop = heed_unit_updates(&unit, self->stop);
    if (heed_option_given("eval-every"))
        o->eval_every = heed_unit_updates(&unit, o->eval_every);
    return 0;
}

static int prepare(struct job *j, struct heed_err *err)
{
    struct train *self = j->self;
    struct heed_job *core = &j->core;
    if (heed_job_open(core, err))
        return -1;
    if (!self->pairs.n_files && !self->pairs.src_files.n && isatty(STDIN_FILENO))
        heed_note("pairs SOURCE<TAB>TARGET are read from this terminal; Ctrl-D ends them (files of "
                  "pairs are named on the command line)");
    if ((self->resume || self->init) && train_adopt(self, &core->from, self->resume, err))
        return -1;
    core->places = places_of(&self->shape);
    core->numbers_how = self->features;
    if (heed_job_prepare(core, err) || check_stream(self, &core->data, err) ||
        settle_steps(self, core, err))
        return -1;
    record_sizes(self, core);
    const char *whose = self->resume                       ? core->checkpoint_path
                        : self->init                       ? self->init
                        : train_has_teacher(self)          ? self->train.teacher
                        : core->data.stream.reader.type[0] ? "the stream"
                                                           : NULL;
    return whose ? train_check_sides(self, &core->model.sides, whose, err) : 0;
}

static int ready(struct job *j, double began, struct heed_err *err)
{
    struct heed_trainer *t = &j->core.trainer;
    if (prepare(j, err))
        return -1;
    train_tell_data(&j->core);
    train_tell_doctor(&j->core);
    if (!j->self->resume && heed_pairs_check_dropped(&j->core.data, &j->self->pairs, err))
        return -1;
    /* A model's own tokenizers are settled. */
    if (!j->self->resume && !j->self->init && !train_has_teacher(j->self) &&
        heed_pairs_check_altered(&j->core.data, &j->self->pairs, &j->core.model.sides.tgt, err))
        return -1;
    if (train_check_size(j->self, &j->core.model, err) || train_settle_precision(j->self, err))
        return -1;
    heed_cli_catch_signals();
    t->interrupted = &heed_cli.interrupted;
    t->progress = train_tell_progress;
    t->progress_ctx = j->self;
    t->doing = train_tell_doing;
    t->note = heed_note;
    t->began = began;
    t->stop = j->self->stop;
    t->workers = train_workers(j->self, j->core.ranks);
    return heed_job_start(&j->core, err);
}

static int train(struct job *j, struct heed_err *err)
{
    struct heed_trainer *t = &j->core.trainer;
    int64_t n_tokens = t->n_tokens;
    if (!heed_trainer_leads(t))
        return heed_trainer_follow(t, err);
    train_record(j->self, &j->core, &j->store);
    if (train_events_open(j->self, t->run, err))
        return -1;
    if (heed_cli.interrupted) /* while reading: nothing to save yet */
        return heed_trainer_order(t, HEED_ORDER_END, err);
    if (heed_trainer_plan(t, err))
        return -1;
    train_record_settled(t); /* over a sample, perhaps */
    heed_trainer_record_lines(t);
    train_tell_doing(NULL);
    train_tell_plan(&j->core);
    if (heed_trainer_run(t, err))
        return -1;
    if (heed_trainer_order(t, HEED_ORDER_END, err))
        return -1;
    train_tell_end(j->self, t, t->n_tokens - n_tokens);
    return 0;
}

/* A second of --time: learning their pieces takes about a twentieth of it. */
#define LEARN_PAIRS 250.0

/* Up to the first update. */
static int begin(struct job *j, struct locks *locks, double began, struct heed_err *err)
{
    struct train *self = j->self;
    const struct heed_ranks *ranks = j->core.ranks;
    if (check_output(self, err))
        return -1;
    if (ranks && ranks->n > 1 && train_check_shared(self, err))
        return -1;
    if ((!ranks || ranks->rank == 0) && prepare_output(self, j->core.checkpoint_path, locks, err))
        return -1;
    return ready(j, began, err);
}

static int run(void *opaque, struct heed_err *err)
{
    struct train *self = opaque;
    struct heed_ranks *ranks;
    double began = heed_seconds();
    if (self->tune)
        return train_tune(err);
    if (train_join(self, &ranks, err))
        return -1;
    int status = train_like(self, err) || train_preset(self, err) ? -1 : 0;
    char *checkpoint = self->output ? heed_checkpoint_path(self->output) : NULL;
    self->pairs.files = heed_cli.operands;
    self->pairs.n_files = heed_cli.n_operands;
    self->pairs.store = heed_cli.store;
    self->pairs.learn_pairs = (int64_t)ceil(LEARN_PAIRS * self->train.time);
    self->pairs.doing = train_tell_doing;
    self->pairs.note = heed_note;
    struct job j = {.self = self,
                    .core = {.shape = &self->shape,
                             .options = &self->train,
                             .pairs = &self->pairs,
                             .model_path = self->output,
                             .checkpoint_path = checkpoint,
                             .resume = self->resume,
                             .ranks = ranks,
                             .init = self->init}};
    struct locks locks = {0};
    if (status == 0)
        status = begin(&j, &locks, began, err);
    bool leads = !ranks || ranks->rank == 0;
    status = train_agree(ranks, status, &j.core.trainer, err);
    bool told = status && !leads; /* the reason, and the exit status, are rank 0's */
    if (status == 0)
        status = train(&j, err);
    train_record_end(self, &j.core, status, err);
    train_events_close(self);
    heed_store_close(j.store);
    heed_job_close(&j.core);
    heed_file_lock_free(&locks.model);
    heed_file_lock_free(&locks.checkpoint);
    free(checkpoint);
    if (status == 0)
        train_leave(ranks);
    return told ? 0 : status;
}

static int start(const void *opaque, const char *kernels, struct heed_err *err)
{
    const struct train *self = opaque;
    heed_cli_doing("starting");
    heed_cli_answer();
    for (size_t i = 0; i < self->plugin_dirs.n; i++)
        heed_plugin_dir_add(self->plugin_dirs.items[i]);
    if (heed_start_kernels(self, kernels, err))
        return -1;
    if (heed_products_by(self->product, err))
        return heed_err_prefix(err, "option --product: ");
    heed_cli.build = heed_build_info();
    return 0;
}

const struct heed_command heed_command = {
    .name = "train",
    .summary = "train a sequence-to-sequence model from pairs",
    .usage = "-o MODEL [FILE|FOLDER]...",
    .about =
        "Reads pairs SOURCE<TAB>TARGET from files, folders (every .tsv below them) or "
        "standard input, or a stream of ids or batches, and trains an encoder and a decoder "
        "with attention. The best model by the dev metric is kept in MODEL; a checkpoint "
        "beside it lets --resume go on to the very same bytes after any interruption. It is "
        "removed when the training is done; --keep-checkpoint leaves it, so that --resume with "
        "more --steps, --epochs or --time makes the training longer. predict -m "
        "MODEL.ckpt.heed takes it as a model.\n\n"
        "--time is a budget from the start of the command to its end: reading, learning "
        "tokenizers, measuring on dev and saving are in it, and how many updates it is enough "
        "for is reckoned anew as it goes. Measuring takes a tenth of it at most, by fewer "
        "measurings and of a part of the dev pairs, unless --eval-every or --dev-lines say "
        "otherwise; SentencePiece learns its pieces from 250 pairs for each second. What the clock "
        "decided is one list, told at the end within the command that "
        "makes the same bytes again, with the same kernels (--version): its first number is the "
        "updates planned, m60 a measuring "
        "after 60 of them, 1180@130 that from 130 on 1180 were planned in all.\n\n"
        "--reduce mpi makes one training of all the processes that mpirun or srun started with the "
        "same command line (mpirun -n 4 train --reduce mpi --shards 4 …). Each takes as many "
        "--shards of a batch, a power of two of them, and "
        "the model has the bytes that one process would give it. All read the pairs and, to go on, "
        "the checkpoint; the first alone measures, saves, records and talks. Where one dies the "
        "launcher ends all, and --resume goes on with any number.\n\n"
        "An asterisk in a line of progress marks the best model so far, which is then the one "
        "in MODEL. SIGUSR1 asks for a line at any time, also with -q. MODEL belongs to one "
        "training at a time.",
    .examples = "train -o enfr.heed --time 20m < pairs.tsv\n"
                "train -o enfr.heed --dev dev.tsv --score mlp --cell lstm train.tsv\n"
                "tokenize --pairs --vocab v < pairs.tsv | batch-mask --epochs 5 | train -o m.heed "
                "--dev dev.tsv",
    .see_also = "predict, tokenize, batch-mask, evaluate, runs",
    .options = train_rows,
    .most_used = "output dev tokenizer time steps jobs resume init",
    .self_size = sizeof(struct train),
    .max_operands = -1,
    .start = start,
    .run = run,
};
