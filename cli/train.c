/* train.c: pairs -> model, run. */
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/train.h"
#include "stream/hash.h"
#include "tensor/gemm.h"

#define OWN(nm, ty, m, df, lo, hi, un, text)                                                       \
    {                                                                                              \
        .name = nm, .type = ty, .offset = offsetof(struct train, m), .def = df, .min = lo,         \
        .max = hi, .unit = un, .help = text                                                        \
    }

const struct heed_option train_rows[] = {
    {.name = "output",
     .letter = 'o',
     .type = HEED_STRING,
     .offset = offsetof(struct train, output),
     .unit = "MODEL",
     .help = "the model's file; the checkpoint stands beside it"},
    OWN("dev", HEED_LIST, dev, NULL, 0, 0, "FILE",
        "pairs to measure on; none: no measuring; without it a fiftieth of the sources is set "
        "aside"),
    OWN("src", HEED_LIST, src_files, NULL, 0, 0, "FILE", "source lines, parallel to --tgt"),
    OWN("tgt", HEED_LIST, tgt_files, NULL, 0, 0, "FILE", "target lines"),
    OWN("preset", HEED_STRING, preset, NULL, 0, 0, "NAME",
        "named set of options: d2l, the course's small model"),
    OWN("tokenizer", HEED_STRING, tokenizer, NULL, 0, 0, "PLUGIN",
        "of both sides: sentencepiece, word, char, space; without it chosen by looking at the "
        "lines"),
    OWN("src-tokenizer", HEED_STRING, src_tokenizer, NULL, 0, 0, "PLUGIN", "of the source side"),
    OWN("tgt-tokenizer", HEED_STRING, tgt_tokenizer, NULL, 0, 0, "PLUGIN", "of the target side"),
    OWN("joint", HEED_CHOICE, joint, "auto", 0, 0, "auto|on|off",
        "one tokenizer and vocabulary for both sides; auto: for sentencepiece"),
    OWN("vocab", HEED_STRING, vocab, NULL, 0, 0, "NAME", "joint vocabulary from the store"),
    OWN("vocab-size", HEED_COUNT_OF, vocab_size, "0", 0, 16e6, "N",
        "pieces in a vocabulary; 0: 4000 for sentencepiece, all for the others"),
    OWN("min-count", HEED_COUNT_OF, min_count, "0", 0, 1e12, "N",
        "occurrences a piece needs; 0: 2 for words, else 1"),
    OWN("src-eos", HEED_SWITCH, src_eos, "off", 0, 0, NULL, "end the source with eos too"),
    OWN("max-len", HEED_INT, max_len, "100", 0, 65535, "N",
        "longest side of a pair in tokens; longer pairs are left out; 0: any"),
    OWN("max-ratio", HEED_REAL, max_ratio, "9", 0, 1e6, "X",
        "largest ratio of (tokens + 5) between the sides; 0: any"),
    OWN("truncate", HEED_SWITCH, truncate, "off", 0, 0, NULL,
        "cut long sides to max-len in place of leaving the pair out"),
    OWN("max-line", HEED_SIZE, max_line, "16M", 1, 1e9, "SIZE", "longest line of text"),
    OWN("skip-bad", HEED_SWITCH, skip_bad, "off", 0, 0, NULL,
        "count lines that are not SOURCE<TAB>TARGET in place of stopping"),
    OWN("allow-unknown", HEED_REAL, allow_unknown, "0.5", 0, 1, "SHARE",
        "refuse data of which a larger share of tokens is unknown"),
    OWN("plugin-dir", HEED_LIST, plugin_dirs, NULL, 0, 0, "DIR", "search plugins here first"),
    OWN("resume", HEED_SWITCH, resume, "off", 0, 0, NULL, "go on from the checkpoint"),
    OWN("force", HEED_SWITCH, force, "off", 0, 0, NULL, "replace an existing model"),
    OWN("init", HEED_STRING, init, NULL, 0, 0, "MODEL",
        "begin from this model's weights and vocabularies"),
    OWN("name", HEED_STRING, name, NULL, 0, 0, "NAME", "of the run in the store"),
    OWN("tag", HEED_STRING, tag, NULL, 0, 0, "TAG", "of the run in the store"),
    HEED_CONFIG_ROWS(struct train, config),
    HEED_TRAIN_ROWS(struct train, train),
    {0},
};

/* --- files
 * -----------------------------------------------------------------------------------------------
 */

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

/* --- resumption: options come from the checkpoint; a different one on the command line is refused
 * --------- */

/* Is what the command line names the plugin of the file? A path without options only says where it
 * lies. */
static int same_plugin(const char *option, const char *given, const char *stored, bool *same,
                       struct heed_err *err)
{
    struct heed_instance in = {0};
    enum heed_plugin_kind kind = strcmp(option, "cell") == 0 ? HEED_KIND_CELL : HEED_KIND_SCORE;
    if (heed_instance_open(&in, kind, given, true, heed_host_table(), err))
        return -1;
    bool where = strchr(given, '/') && !strchr(given, ':');
    size_t n = where ? strcspn(stored, ":") : strlen(stored);
    *same = strncmp(in.spec, stored, n) == 0 && in.spec[n] == '\0';
    heed_instance_close(&in);
    return 0;
}

static int compare(const struct heed_option *row, const char *given, const char *stored,
                   struct heed_str *differ, struct heed_err *err)
{
    bool same = strcmp(given, stored) == 0;
    bool plugin = strcmp(row->name, "score") == 0 || strcmp(row->name, "cell") == 0;
    if (!same && plugin && same_plugin(row->name, given, stored, &same, err))
        return -1;
    if (!same)
        heed_str_printf(differ, "%s%s %s -> %s", differ->len ? ", " : "", row->name, stored, given);
    return 0;
}

static int adopt(struct train *self, const struct heed_option *rows, const char *prefix,
                 const struct heed_doc *doc, struct heed_str *differ, struct heed_err *err)
{
    for (const struct heed_option *r = rows; r->name; r++) {
        char key[96];
        snprintf(key, sizeof key, "%s%s", prefix, r->name);
        const char *stored = heed_doc_meta(doc, key);
        const struct heed_option *row = heed_option_find(train_rows, r->name);
        struct heed_str given = {0};
        if (!stored)
            return heed_fail(err, "metadata %s is missing", key);
        heed_option_text(row, self, &given);
        int status =
            heed_option_given(r->name)
                ? compare(row, given.data, stored, differ, err)
                : heed_option_set(row, self, heed_option_keep(stored, strlen(stored)), err);
        heed_str_release(&given);
        if (status)
            return -1;
    }
    return 0;
}

static int adopt_options(struct train *self, const struct heed_doc *doc, bool with_training,
                         struct heed_err *err)
{
    struct heed_str differ = {0};
    if (adopt(self, heed_config_rows, "", doc, &differ, err) ||
        (with_training && adopt(self, heed_train_rows, "train.", doc, &differ, err)))
        return -1;
    if (differ.len) {
        heed_usage(err, "%s was made with other options: %s",
                   with_training ? "the checkpoint" : self->init, differ.data);
        heed_str_release(&differ);
        return -1;
    }
    return 0;
}

/* A plugin outside the tree is named by its path here, by its name in the file. */
static const char *path_of(const char *option, const char *value)
{
    return heed_option_given(option) && strchr(value, '/') ? value : NULL;
}

/* --- talk
 * ------------------------------------------------------------------------------------------------
 */

static void tell_data(const struct train_data *d, const struct heed_model *m)
{
    const struct heed_dataset_report *r = &d->report;
    if (d->dataset.n)
        heed_note("%zu pairs, %zu + %zu tokens; dev %zu pairs%s", d->dataset.n, d->dataset.n_src,
                  d->dataset.n_tgt, d->dev.n,
                  d->dev.n && !heed_option_given("dev") ? " set aside" : "");
    if (r->n_too_long || r->n_ratio || d->corpus.n_empty || d->corpus.n_bad)
        heed_note("left out: %lld too long, %lld over the length ratio, %lld with an empty side, "
                  "%lld bad lines",
                  (long long)r->n_too_long, (long long)r->n_ratio, (long long)d->corpus.n_empty,
                  (long long)d->corpus.n_bad);
    if (d->corpus.n_repaired)
        heed_warn("%lld invalid UTF-8 sequences replaced by U+FFFD",
                  (long long)d->corpus.n_repaired);
    if (d->corpus.n_crlf)
        heed_warn("%lld lines end in CR LF; the CR is dropped", (long long)d->corpus.n_crlf);
    heed_note("vocabulary %d + %d (%s, %s)%s; unknown %.2f %% + %.2f %%", m->sides.src.vocab.n,
              m->sides.tgt.vocab.n, m->sides.src.tokenizer.spec, m->sides.tgt.tokenizer.spec,
              m->sides.joint ? " joint" : "",
              100.0 * (double)r->n_src_unknown / (double)HEED_MAX(1, r->n_src_tokens),
              100.0 * (double)r->n_tgt_unknown / (double)HEED_MAX(1, r->n_tgt_tokens));
    heed_note("model %s, cell %s, score %s: %lld parameters", m->config.decoder, m->config.cell,
              m->score ? m->config.score : "none", (long long)heed_params_count(&m->params));
}

static void format_time(char *text, size_t size, double s)
{
    long n = s > 0 ? (long)s : 0;
    if (n >= 3600)
        snprintf(text, size, "%ldh%02ldm", n / 3600, n / 60 % 60);
    else
        snprintf(text, size, "%ldm%02lds", n / 60, n % 60);
}

static void progress(void *ctx, const struct heed_trainer *t)
{
    static double shown;
    char left[32], dev[48] = "";
    struct timespec ts;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    double now = (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
    if (now - shown < 0.2)
        return;
    shown = now;
    double done = (double)t->n_tokens / (double)HEED_MAX(1, t->step);
    format_time(left, sizeof left,
                t->speed > 0 ? (double)(t->total_steps - t->step) * done / t->speed : 0);
    if (t->has_best)
        snprintf(dev, sizeof dev, "  dev %s %.4g", t->options->metric, t->dev_metric);
    double loss = t->report_loss.n_tokens ? t->report_loss.plain / (double)t->report_loss.n_tokens
                                          : t->last_nats;
    heed_progress("step %lld/%lld  loss %.3f%s  %.0f tokens/s  %s left", (long long)t->step,
                  (long long)t->total_steps, loss, dev, t->speed, left);
}

static void tell_stats(const struct heed_trainer *t, double seconds)
{
    double gflops = t->flops / seconds / 1e9, peak = heed_vec_peak_gflops();
    heed_note("%.0f tokens/s, %.1f GFLOP/s on real tokens, %.0f %% of this core's peak of %.0f",
              (double)t->n_tokens / seconds, gflops, 100 * gflops / peak, peak);
}

/* --- the run
 * --------------------------------------------------------------------------------------------- */

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

static int make_model(struct job *j, struct heed_err *err)
{
    struct train *self = j->self;
    const char *score = path_of("score", self->config.score),
               *cell = path_of("cell", self->config.cell);
    if (self->resume)
        return heed_model_from_doc(&j->model, &j->checkpoint, score, cell, err)
                   ? heed_err_prefix(err, "%s: ", j->checkpoint_path)
                   : 0;
    if (self->init)
        return heed_model_load(&j->model, self->init, score, cell, err);
    return heed_model_create(&j->model, &self->config, &j->sides, (uint64_t)self->train.seed, err);
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
    if (adopt_options(j->self, &j->checkpoint, j->self->resume, err) ||
        heed_sides_from_doc(&j->sides, 3, &j->checkpoint, err))
        return -1;
    return 0;
}

static void record_plugin(struct heed_run *run, const char *slot, const struct heed_instance *in)
{
    heed_run_component(run, slot, in->plugin->name, (int)in->plugin->revision,
                       (int)in->plugin->abi);
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
    heed_run_artifact(j->trainer.run, "in", "train", "corpus",
                      heed_cli.n_operands ? heed_cli.operands[0] : "-", j->data.sha256, -1);
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
    t->progress = progress;
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

static int check_unknown(const struct train *self, const struct train_data *d, struct heed_err *err)
{
    const struct heed_dataset_report *r = &d->report;
    double src = (double)r->n_src_unknown / (double)HEED_MAX(1, r->n_src_tokens);
    double tgt = (double)r->n_tgt_unknown / (double)HEED_MAX(1, r->n_tgt_tokens);
    if (src > self->allow_unknown || tgt > self->allow_unknown)
        return heed_fail(err,
                         "%.0f %% of the source and %.0f %% of the target tokens are unknown; "
                         "lower --min-count, or "
                         "--allow-unknown to go on",
                         100 * src, 100 * tgt);
    return 0;
}

static void tell_end(const struct job *j, double seconds)
{
    const struct heed_trainer *t = &j->trainer;
    char text[32];
    heed_progress_done();
    format_time(text, sizeof text, seconds);
    if (heed_cli.interrupted)
        heed_note("interrupted at step %lld of %lld; go on with --resume", (long long)t->step,
                  (long long)t->total_steps);
    else if (t->has_best)
        heed_note("%s: dev %s %.4g at step %lld of %lld, %s; next: predict -m %s", j->self->output,
                  t->options->metric, t->options->metric[0] == 'l' ? -t->best : t->best,
                  (long long)t->best_step, (long long)t->step, text, j->self->output);
    else
        heed_note("%s: %lld steps, %s; next: predict -m %s", j->self->output, (long long)t->step,
                  text, j->self->output);
    if (t->n_skipped)
        heed_warn("%lld steps were skipped: loss or gradient was not finite",
                  (long long)t->n_skipped);
    if (heed_cli.stats || heed_cli.verbose)
        tell_stats(t, seconds);
}

static int run_job(struct job *j, struct heed_err *err)
{
    struct train *self = j->self;
    if (load_checkpoint(j, err) || train_data_read(self, &j->data, &j->sides, err) ||
        check_unknown(self, &j->data, err) || train_data_source(self, &j->data, err) ||
        make_model(j, err))
        return -1;
    if (!self->resume && (!self->init || j->data.limits.max_tgt > j->model.limits.max_tgt))
        j->model.limits = j->data.limits;
    tell_data(&j->data, &j->model);
    heed_cli_catch_signals();
    if (start_trainer(j, err))
        return -1;
    record(j);
    if (heed_cli.interrupted) /* while reading: nothing to save yet */
        return 0;
    double before = j->trainer.seconds;
    int status = heed_trainer_run(&j->trainer, err);
    if (status == 0)
        tell_end(j, j->trainer.seconds - before);
    return status;
}

static void finish_record(struct job *j, int status, const struct heed_err *err)
{
    struct heed_run *run = j->trainer.run;
    if (!run)
        return;
    if (status == 0 && !heed_cli.interrupted) {
        char sha[65];
        struct stat st;
        if (heed_sha256_file(j->self->output, sha) == 0 && stat(j->self->output, &st) == 0)
            heed_run_artifact(run, "out", "model", "model", j->self->output, sha,
                              (int64_t)st.st_size);
    }
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
    .run = run,
};
