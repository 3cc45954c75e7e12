/* job.c: see job.h. Where a training goes on, the model, its vocabularies and the position in the
 * data come from the file, the pairs from the caller once more: their digest must be the same. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "train/checkpoint.h"
#include "train/job.h"
#include "train/step.h"

static const char *from_path(const struct heed_job *j)
{
    return j->resume ? j->checkpoint_path : j->init;
}

int heed_job_open(struct heed_job *j, struct heed_err *err)
{
    const char *path = from_path(j);
    heed_doc_init(&j->from);
    if (!path)
        return 0;
    if (heed_doc_load(&j->from, path, err))
        return -1;
    const char *kind = heed_doc_meta(&j->from, "kind");
    if (j->resume && (!kind || strcmp(kind, "checkpoint") != 0))
        return heed_fail(err, "%s: not a checkpoint (metadata kind is %s)", path,
                         kind ? kind : "missing");
    return 0;
}

/* About: a second of both of two processors, on the nets that zeros stand for. */
#define PAIRS_A_SECOND 1000.0
/* Where a larger net and larger batches are worth their time: docs/training.md, "What the defaults go by". */
#define MANY_PAIRS 10000
#define MANY_TIMES 15

static double times_each(const struct heed_job *j, int64_t n_pairs)
{
    const struct heed_train_options *o = j->options;
    int64_t steps = o->plan && *o->plan ? strtoll(o->plan, NULL, 10) : o->steps;
    double all = o->time > 0 ? o->time * PAIRS_A_SECOND : (double)steps * HEED_ROWS;
    if (o->one_pass)
        return 1;
    if (all > 0)
        return all / (double)HEED_MAX(1, n_pairs);
    return (double)(o->epochs ? o->epochs : HEED_EPOCHS);
}

/* What hangs on how long the training is; where it goes on the rows are those of the checkpoint. */
static void settle_length(struct heed_job *j)
{
    int64_t n = (int64_t)heed_pairs_size(&j->data).n;
    j->many_times =
        j->shape->source == HEED_SOURCE_WORDS && n >= MANY_PAIRS && times_each(j, n) >= MANY_TIMES;
    if (j->options->often != HEED_AUTO)
        j->many_times = j->options->often == HEED_ON;
    j->rows = j->options->rows;
    if (!j->rows)
        j->rows = j->many_times ? HEED_ROWS_MANY : HEED_ROWS;
}

#define COPIED_ENOUGH 0.06

/* Letters, and signs of which some bear their names, are no copies: sides that are cut alike can be. */
static bool cut_alike(const struct heed_sides *s)
{
    return s->src.tokenizer.plugin == s->tgt.tokenizer.plugin;
}

/* --copy auto: what the pairs show. */
static int create_model(struct heed_job *j, struct heed_err *err)
{
    struct heed_shape shape = *j->shape;
    shape.n_pairs = (int64_t)heed_pairs_size(&j->data).n;
    shape.many_times = j->many_times;
    bool words = shape.source == HEED_SOURCE_WORDS;
    bool ask =
        words && shape.copy == HEED_AUTO && heed_shape_attends(&shape) && cut_alike(&j->sides);
    if (ask && j->data.stream.batches)
        j->copied = j->data.stream.copied;
    else if (ask)
        heed_copied_count(&j->data.dataset, &j->sides, &j->copied);
    j->uncounted = ask && !j->copied.n_tokens;
    if (ask)
        shape.copy = heed_copied_share(&j->copied) >= COPIED_ENOUGH ? HEED_ON : HEED_OFF;
    heed_model_sources_shape(&j->numbers, &shape);
    int status = heed_model_create(&j->model, &shape, &j->sides, (uint64_t)j->options->seed, err);
    heed_model_sources_keep(&j->numbers, &j->model);
    return status;
}

static int make_model(struct heed_job *j, struct heed_err *err)
{
    const char *path = from_path(j);
    if (!path)
        return create_model(j, err);
    if (heed_model_from_doc(&j->model, &j->from, &j->places, err))
        return heed_err_prefix(err, "%s: ", path);
    if (!j->resume) /* other dev pairs are measured in their own way */
        j->model.measured = (struct heed_measured){0};
    return 0;
}

/* What takes words of the source does not fit one of numbers. */
static int open_numbers(struct heed_job *j, struct heed_err *err)
{
    bool words = j->shape->source == HEED_SOURCE_WORDS;
    if (!words && j->options->dropout_words > 0)
        return heed_usage(err, "--dropout-words is of sources that are words");
    return heed_model_sources_open(&j->numbers, j->shape, j->numbers_how, &j->from, from_path(j),
                                   err);
}

static bool has_teacher(const struct heed_job *j)
{
    return j->options->teacher && *j->options->teacher;
}

/* A new model has the words of its teacher. */
static int open_teacher(struct heed_job *j, struct heed_err *err)
{
    if (!has_teacher(j))
        return 0;
    if (j->shape->source != HEED_SOURCE_WORDS)
        return heed_usage(err, "--teacher is of sources that are words");
    return heed_teacher_open(&j->teacher, j->options->teacher, from_path(j) ? NULL : &j->sides,
                             err);
}

int heed_job_prepare(struct heed_job *j, struct heed_err *err)
{
    const struct heed_train_options *o = j->options;
    const struct heed_filter_report *r = &j->data.report;
    if ((from_path(j) && heed_sides_from_doc(&j->sides, 3, &j->from, err)) || open_teacher(j, err))
        return -1;
    int64_t split = o->split_seed < 0 ? o->seed : o->split_seed;
    struct heed_pairs_options pairs = *j->pairs;
    if (open_numbers(j, err))
        return -1;
    pairs.numbers = j->numbers.made.read ? &j->numbers.made : NULL;
    pairs.groups = &j->groups;
    pairs.lists = &j->lists;
    pairs.window = o->window;
    pairs.one_pass = o->one_pass;
    pairs.weights = o->weights;
    pairs.temperature = o->temperature;
    pairs.subword_sampling = o->subword_sampling;
    if (o->one_pass && !o->steps)
        return heed_usage(err, "--one-pass needs --steps: how long it is, nobody knows");
    if (heed_pairs_read(&j->data, &pairs, (uint64_t)split, &j->sides, err))
        return -1;
    settle_length(j);
    if (heed_pairs_source(&j->data, &pairs, j->rows, o->tokens, o->vary_final, (uint64_t)o->seed,
                          err))
        return -1;
    if (j->pairs->doing)
        j->pairs->doing("examining pairs");
    if (!pairs.numbers) /* paths are no language */
        heed_health_look(&j->data, &j->health);
    if (make_model(j, err) || (has_teacher(j) && heed_teacher_check(&j->teacher, &j->model, err)))
        return -1;
    if (!j->resume && (!j->init || r->max_tgt > j->model.limits.max_tgt))
        j->model.limits =
            (struct heed_limits){r->max_src, r->max_tgt, r->max_len_ratio, heed_filter_repeats(r)};
    return 0;
}

double heed_job_flops(struct heed_job *j)
{
    struct heed_trainer t = {
        .model = &j->model, .options = j->options, .teacher = has_teacher(j) ? &j->teacher : NULL};
    const struct heed_pairs_size d = heed_pairs_size(&j->data);
    int64_t n = d.n && j->data.source.per_epoch ? (int64_t)d.n / j->data.source.per_epoch : 0;
    if (!n)
        return 0;
    int32_t src = (int32_t)(d.n_src / d.n), tgt = (int32_t)(d.n_tgt / d.n);
    return (double)n * heed_train_flops(&t, 1, &src, &tgt);
}

int heed_job_start(struct heed_job *j, struct heed_err *err)
{
    struct heed_trainer *t = &j->trainer;
    t->update_flops = heed_job_flops(j);
    t->model = &j->model;
    t->options = j->options;
    t->ranks = j->ranks;
    t->teacher = has_teacher(j) ? &j->teacher : NULL;
    t->source = &j->data.source;
    t->model_path = j->model_path;
    t->checkpoint_path = j->checkpoint_path;
    t->dev = &j->data.dev;
    /* Of pairs cut anew nobody knows how many tokens share it. */
    bool floor = heed_pairs_seen(&j->data) && j->options->subword_sampling <= 0;
    t->floor = floor ? j->health.floor.a_token : 0;
    if (heed_pairs_begin(&j->data, j->options->subword_sampling, &j->model.sides, err))
        return -1;
    memcpy(t->data_sha, j->data.sha256, sizeof t->data_sha);
    if (heed_trainer_init(t, err))
        return -1;
    if (j->resume && heed_checkpoint_restore(t, &j->from, err))
        return heed_err_prefix(err, "%s: ", j->checkpoint_path);
    heed_doc_release(&j->from);
    if (t->has_best && access(t->model_path, F_OK))
        return heed_fail(err,
                         "%s, the best model of step %lld, is gone; without it %s cannot go on; "
                         "to train on from its last weights, in a run of its own: --init %s -o "
                         "OTHER.heed in place of --resume",
                         t->model_path, (long long)t->best_step, t->checkpoint_path,
                         t->checkpoint_path);
    return 0;
}

void heed_job_close(struct heed_job *j)
{
    if (j->trainer.model)
        heed_trainer_release(&j->trainer);
    heed_teacher_close(&j->teacher);
    heed_pairs_release(&j->data);
    heed_model_sources_close(&j->numbers);
    heed_names_release(&j->groups);
    heed_names_release(&j->lists);
    heed_model_release(&j->model);
    heed_sides_release(&j->sides);
    heed_doc_release(&j->from);
}
