/* checkpoint.c: all that the rest of a training depends on, in one file: the model, Adam's moments (or SGD's),
 * the moving average, position, schedule, early-stop state, and the training options, so that a
 * resumption under other ones is refused by name, or, where it is the length that is another one,
 * planned anew. */
#include <string.h>

#include "base/clock.h"
#include "tensor/gemm.h"
#include "train/checkpoint.h"
#include "train/dev.h"

/* The whole-number state under its metadata keys. Counts are added to and multiplied: what a file
 * says must leave room for that. */
#define COUNT_MAX  (1ll << 53)
#define LENGTH_MAX (1ll << 61)
struct field {
    const char *key;
    size_t offset;
    int64_t most;
    bool later; /* files of before lack it, and mean 0 */
};
static const struct field fields[] = {
    {"trainer.step", offsetof(struct heed_trainer, step), COUNT_MAX, false},
    {"trainer.total-steps", offsetof(struct heed_trainer, total_steps), LENGTH_MAX, false},
    {"trainer.eval-every", offsetof(struct heed_trainer, eval_every), LENGTH_MAX, false},
    {"trainer.evals", offsetof(struct heed_trainer, n_evals), COUNT_MAX, false},
    {"trainer.bad-evals", offsetof(struct heed_trainer, n_bad), COUNT_MAX, false},
    {"trainer.skipped", offsetof(struct heed_trainer, n_skipped), COUNT_MAX, false},
    {"trainer.best-step", offsetof(struct heed_trainer, best_step), COUNT_MAX, false},
    {"trainer.tokens", offsetof(struct heed_trainer, n_tokens), COUNT_MAX, false},
    {"trainer.epoch-tokens", offsetof(struct heed_trainer, epoch_loss.n_tokens), COUNT_MAX, false},
    {"trainer.measured-step", offsetof(struct heed_trainer, measured_step), COUNT_MAX, true},
    {"trainer.rate-cuts", offsetof(struct heed_trainer, n_cuts), COUNT_MAX, true},
    {"trainer.plan-step", offsetof(struct heed_trainer, table_step), COUNT_MAX, true},
};
static const struct field reals[] = {
    {"trainer.best", offsetof(struct heed_trainer, best), 0, false},
    {"trainer.best-loss", offsetof(struct heed_trainer, best_loss), 0, false},
    {"trainer.epoch-nats", offsetof(struct heed_trainer, epoch_loss.nats), 0, false},
    {"trainer.epoch-plain", offsetof(struct heed_trainer, epoch_loss.plain), 0, false},
};

/* What was timed, for the budget of the next session. */
static const struct field timings[] = {
    {"trainer.an-update", offsetof(struct heed_trainer, budget.an_update), 0, false},
    {"trainer.measuring", offsetof(struct heed_trainer, budget.measuring), 0, false},
    {"trainer.saving", offsetof(struct heed_trainer, budget.saving), 0, false},
};
/* Of this session, for who wants to plan others. */
static const struct field loading[] = {
    {"trainer.loading", offsetof(struct heed_trainer, budget.loading), 0, false},
    {"trainer.update-flops", offsetof(struct heed_trainer, update_flops), 0, false},
};

static const char *dev_sha(const struct heed_trainer *t)
{
    return t->dev && t->dev->n ? t->dev->sha256 : "none";
}

/* The file that it is. */
static const char *teacher_sha(const struct heed_trainer *t)
{
    return t->teacher ? t->teacher->model.fingerprint : "none";
}

static void reals_to_doc(const struct heed_trainer *t, const struct field *x, size_t n,
                         struct heed_doc *doc)
{
    char text[64];
    for (size_t i = 0; i < n; i++) {
        heed_format_f64(text, sizeof text, *(const double *)((const char *)t + x[i].offset));
        heed_doc_set_meta(doc, x[i].key, text);
    }
}

static int reals_from_doc(struct heed_trainer *t, const struct field *x, size_t n,
                          const struct heed_doc *doc, struct heed_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *value = heed_doc_meta(doc, x[i].key);
        if (!value || !heed_parse_f64(value, (double *)((char *)t + x[i].offset)))
            return heed_fail(err, "metadata %s: '%s' is no number", x[i].key, value ? value : "");
    }
    return 0;
}

/* What the clock decided, and the sample that it had no time for more than. */
static void plan_to_doc(const struct heed_trainer *t, struct heed_doc *doc)
{
    struct heed_str plan = {0};
    heed_timetable_text(&t->table, &plan);
    heed_doc_set_meta(doc, "trainer.plan", plan.data);
    heed_str_release(&plan);
    if (t->dev_data.n)
        heed_doc_set_meta_i64(doc, "trainer.dev-lines", t->n_measured);
    reals_to_doc(t, timings, HEED_COUNT(timings), doc);
    reals_to_doc(t, loading, HEED_COUNT(loading), doc);
    heed_doc_set_meta_i64(doc, "trainer.dev-pairs", t->dev ? (int64_t)t->dev->n : 0);
}

static int plan_from_doc(struct heed_trainer *t, const struct heed_doc *doc, struct heed_err *err)
{
    const char *plan = heed_doc_meta(doc, "trainer.plan"),
               *lines = heed_doc_meta(doc, "trainer.dev-lines");
    int64_t n;
    if (!plan)
        return 0;
    t->timed = true;
    if (heed_timetable_parse(&t->table, plan, err))
        return heed_err_prefix(err, "metadata trainer.plan: ");
    if (heed_timetable_total(&t->table, t->step) != t->total_steps ||
        (t->table.n && t->table.entries[t->table.n - 1].step > t->step))
        return heed_fail(err, "metadata trainer.plan: not that of step %lld of %lld",
                         (long long)t->step, (long long)t->total_steps);
    if (reals_from_doc(t, timings, HEED_COUNT(timings), doc, err))
        return -1;
    for (size_t i = 0; i < HEED_COUNT(timings); i++)
        if (!(*(double *)((char *)t + timings[i].offset) >= 0))
            return heed_fail(err, "metadata %s is below 0", timings[i].key);
    if (!lines || !t->dev_data.n || t->options->dev_lines)
        return 0;
    if (heed_doc_meta_i64(doc, "trainer.dev-lines", &n, err))
        return -1;
    if (n < 1 || n > (int64_t)t->dev->n)
        return heed_fail(err, "metadata trainer.dev-lines: %lld not in 1..%zu", (long long)n,
                         t->dev->n);
    return n == t->n_measured ? 0 : heed_trainer_sample(t, n, err);
}

static void state_to_doc(const struct heed_trainer *t, struct heed_doc *doc)
{
    char text[64];
    for (size_t i = 0; i < HEED_COUNT(fields); i++)
        heed_doc_set_meta_i64(doc, fields[i].key,
                              *(const int64_t *)((const char *)t + fields[i].offset));
    reals_to_doc(t, reals, HEED_COUNT(reals), doc);
    heed_format_f64(text, sizeof text, t->seconds);
    heed_doc_set_meta(doc, "trainer.seconds", text);
    heed_doc_set_meta(doc, "trainer.has-best", t->has_best ? "1" : "0");
    heed_doc_set_meta(doc, "trainer.best-tells", t->best_tells ? "1" : "0");
    heed_doc_set_meta(doc, "trainer.run", t->run_id);
    heed_doc_set_meta(doc, "trainer.data", t->data_sha);
    heed_doc_set_meta(doc, "trainer.dev", dev_sha(t));
    heed_doc_set_meta(doc, "trainer.machine", heed_gemm_machine());
    if (t->teacher)
        heed_doc_set_meta(doc, "trainer.teacher", teacher_sha(t));
    if (t->timed && t->total_steps)
        plan_to_doc(t, doc);
}

static bool has_squares(const struct heed_trainer *t)
{
    return t->options->optimizer == HEED_OPTIMIZER_ADAM;
}

static void add_tensor(struct heed_doc *doc, const char *prefix, const struct heed_param *p,
                       const float *data)
{
    char name[160];
    snprintf(name, sizeof name, "%s.%s", prefix, p->name);
    heed_doc_add(doc, name, HEED_F32, p->value.rank, p->value.dims, data);
}

size_t heed_model_stem(const char *model_path)
{
    size_t n = strlen(model_path);
    return n > 5 && strcmp(model_path + n - 5, ".heed") == 0 ? n - 5 : n;
}

char *heed_checkpoint_path(const char *model_path)
{
    struct heed_str path = {0};
    heed_str_printf(&path, "%.*s.ckpt.heed", (int)heed_model_stem(model_path), model_path);
    return path.data;
}

int heed_checkpoint_save(struct heed_trainer *t, struct heed_err *err)
{
    struct heed_doc doc;
    const char *bad;
    if (!heed_params_finite(&t->model->net.params, &bad))
        return heed_fail(err, "checkpoint not saved: %s is not finite", bad);
    heed_doc_init(&doc);
    heed_doc_set_meta(&doc, "heed", HEED_FORMAT);
    heed_model_to_doc(t->model, &doc);
    heed_doc_set_meta(&doc, "kind", "checkpoint");
    state_to_doc(t, &doc);
    heed_doc_set_options(&doc, "train.", heed_train_rows, t->options);
    for (size_t i = 0; i < t->model->net.params.n; i++) {
        const struct heed_param *p = t->model->net.params.items[i];
        add_tensor(&doc, "adam.m", p, p->moment1);
        if (has_squares(t))
            add_tensor(&doc, "adam.v", p, p->moment2);
        if (t->average)
            add_tensor(&doc, "trainer.average", p, t->average[i]);
    }
    int status = heed_doc_save(&doc, t->checkpoint_path, err);
    heed_doc_release(&doc);
    return status;
}

static int check_data(const struct heed_trainer *t, const char *data, const char *dev,
                      struct heed_err *err)
{
    if (strcmp(data, t->data_sha) != 0)
        return heed_fail(
            err,
            "the training data are not those of the checkpoint (sha256 %.12s there, %.12s here): "
            "give the same pairs, --dev and limits of length, or train on with these in a run of "
            "its own: --init %s -o OTHER.heed in place of --resume",
            data, t->data_sha, t->model_path);
    if (strcmp(dev, dev_sha(t)) != 0)
        return heed_fail(
            err,
            "the dev pairs are not those of the checkpoint (sha256 %.12s there, %.12s here): give "
            "the same --dev, or train on with these in a run of its own: --init %s -o OTHER.heed "
            "in place of --resume",
            dev, dev_sha(t), t->model_path);
    return 0;
}

static int check_teacher(const struct heed_trainer *t, const char *stored, struct heed_err *err)
{
    if (strcmp(stored ? stored : "none", teacher_sha(t)) == 0)
        return 0;
    return heed_fail(err,
                     "the teacher is not that of the checkpoint (sha256 %.12s there, %.12s here): "
                     "give the same file, or train on with this one in a run of its own: --init %s "
                     "-o OTHER.heed in place of --resume",
                     stored ? stored : "none", teacher_sha(t), t->model_path);
}

static int counts_from_doc(struct heed_trainer *t, const struct heed_doc *doc, struct heed_err *err)
{
    for (size_t i = 0; i < HEED_COUNT(fields); i++) {
        int64_t *to = (int64_t *)((char *)t + fields[i].offset);
        if (fields[i].later && !heed_doc_meta(doc, fields[i].key)) {
            *to = 0;
            continue;
        }
        if (heed_doc_meta_i64(doc, fields[i].key, to, err))
            return -1;
        if (*to < 0 || *to > fields[i].most)
            return heed_fail(err, "metadata %s: %lld not in 0..%lld", fields[i].key, (long long)*to,
                             (long long)fields[i].most);
    }
    if (t->n_skipped > t->step || t->best_step > t->step || t->measured_step > t->step ||
        t->table_step > t->step)
        return heed_fail(err,
                         "metadata trainer.skipped, .best-step, .measured-step, .plan-step: beyond "
                         "step %lld",
                         (long long)t->step);
    return 0;
}

static int state_from_doc(struct heed_trainer *t, const struct heed_doc *doc, struct heed_err *err)
{
    if (counts_from_doc(t, doc, err))
        return -1;
    if (reals_from_doc(t, reals, HEED_COUNT(reals), doc, err))
        return -1;
    const char *seconds = heed_doc_meta(doc, "trainer.seconds"),
               *best = heed_doc_meta(doc, "trainer.has-best");
    const char *run = heed_doc_meta(doc, "trainer.run"), *data = heed_doc_meta(doc, "trainer.data"),
               *dev = heed_doc_meta(doc, "trainer.dev"),
               *tells = heed_doc_meta(doc, "trainer.best-tells"); /* before it the metric decided */
    if (!seconds || !heed_parse_f64(seconds, &t->seconds) || t->seconds < 0 || !best || !run ||
        strlen(run) > 32 || !data || !dev)
        return heed_fail(err, "metadata of the trainer's state is not whole");
    t->has_best = strcmp(best, "1") == 0;
    t->best_tells = !tells || strcmp(tells, "1") == 0;
    snprintf(t->run_id, sizeof t->run_id, "%s", run);
    return check_data(t, data, dev, err) ||
                   check_teacher(t, heed_doc_meta(doc, "trainer.teacher"), err)
               ? -1
               : 0;
}

static int differs(const struct heed_trainer *t, const struct heed_doc *doc, const char *name,
                   bool *out, struct heed_err *err)
{
    const struct heed_option *row = heed_option_find(heed_train_rows, name);
    const char *stored = heed_doc_option(doc, "train.", row, err);
    struct heed_str now = {0};
    if (!stored)
        return -1;
    heed_option_text(row, t->options, &now);
    *out = strcmp(stored, now.data) != 0;
    heed_str_release(&now);
    return 0;
}

/* More steps, epochs or time than the run began with: what was planned is planned anew. */
static int take_length(struct heed_trainer *t, const struct heed_doc *doc, struct heed_err *err)
{
    const char *plan = t->options->plan;
    bool steps, epochs, time, rhythm, replayed = plan && *plan;
    if (differs(t, doc, "steps", &steps, err) || differs(t, doc, "epochs", &epochs, err) ||
        differs(t, doc, "time", &time, err) || differs(t, doc, "eval-every", &rhythm, err))
        return -1;
    if (!t->table.first)
        heed_timetable_begin(&t->table, t->total_steps);
    if (t->options->steps && !steps && t->total_steps && t->total_steps != t->options->steps)
        return heed_fail(err, "metadata trainer.total-steps is %lld, train.steps %lld",
                         (long long)t->total_steps, (long long)t->options->steps);
    if ((steps || epochs || time) && !replayed) {
        t->before = t->table;
        t->table = (struct heed_timetable){0};
        t->total_steps = 0;
        t->timed = false;
    }
    if (rhythm || t->total_steps == 0)
        t->eval_every = 0;
    return 0;
}

static int restore_tensor(const struct heed_doc *doc, const char *prefix,
                          const struct heed_param *p, float *to, struct heed_err *err)
{
    char name[160];
    snprintf(name, sizeof name, "%s.%s", prefix, p->name);
    const struct heed_array *a = heed_doc_want(doc, name, HEED_F32, p->value.rank, err);
    if (!a)
        return -1;
    if (a->size != sizeof(float) * (size_t)heed_elements(&p->value))
        return heed_fail(err, "tensor %s has another shape than %s", name, p->name);
    if (!heed_vec()->finite((size_t)heed_elements(&p->value), a->data))
        return heed_fail(err, "tensor %s holds values that are not finite", name);
    memcpy(to, a->data, a->size);
    return 0;
}

/* Adam's means of squares: their roots are taken. */
static int check_squares(const struct heed_param *p, struct heed_err *err)
{
    for (int64_t i = 0, n = heed_elements(&p->value); i < n; i++)
        if (p->moment2[i] < 0)
            return heed_fail(err, "tensor adam.v.%s: value %lld is negative", p->name,
                             (long long)i);
    return 0;
}

static void note_machine(const struct heed_trainer *t, const struct heed_doc *doc)
{
    const char *there = heed_doc_meta(doc, "trainer.machine"), *here = heed_gemm_machine();
    if (there && strcmp(there, here) != 0 && t->note)
        t->note("the checkpoint was made with kernels %s, here are %s: results may differ in the "
                "last bits",
                there, here);
}

int heed_checkpoint_restore(struct heed_trainer *t, const struct heed_doc *doc,
                            struct heed_err *err)
{
    const char *kind = heed_doc_meta(doc, "kind");
    if (!kind || strcmp(kind, "checkpoint") != 0)
        return heed_fail(err, "not a checkpoint (metadata kind is %s)", kind ? kind : "missing");
    if (state_from_doc(t, doc, err) || plan_from_doc(t, doc, err) || take_length(t, doc, err))
        return -1;
    for (size_t i = 0; i < t->model->net.params.n; i++) {
        struct heed_param *p = t->model->net.params.items[i];
        if (restore_tensor(doc, "adam.m", p, p->moment1, err) ||
            (has_squares(t) &&
             (restore_tensor(doc, "adam.v", p, p->moment2, err) || check_squares(p, err))) ||
            (t->average && restore_tensor(doc, "trainer.average", p, t->average[i], err)))
            return -1;
    }
    note_machine(t, doc);
    return t->source->skip(t->source->ctx, t->step, err);
}

int heed_trainer_checkpoint(struct heed_trainer *t, struct heed_err *err)
{
    double begin = heed_seconds();
    t->seconds += begin - t->started;
    t->started = begin;
    if (t->doing)
        t->doing("saving");
    int status = heed_checkpoint_save(t, err);
    if (t->doing)
        t->doing(NULL);
    if (status)
        return -1;
    t->budget.saving = heed_seconds() - begin;
    if (t->run) {
        heed_run_checkpoint(t->run, t->step);
        heed_run_flush(t->run);
    }
    return 0;
}
