/* test_train.c: the training loop: rates, the update, steps that are not finite, evaluation and
 * early stopping, checkpoints and resumption to the very same bytes. */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/model_make.h"
#include "train/checkpoint.h"
#include "train/dev.h"
#include "train/plan.h"
#include "train/schedule.h"
#include "train/step.h"
#include "train/train.h"
#include "tests/toy_net.h"

static volatile int stopped;
static const char *shape = "hidden=8"; /* of the job's net */
static char dir[] = "/tmp/heed-train.XXXXXX";

/* --- a job: 40 pairs, target = source backwards --- */

struct job {
    struct heed_model m;
    struct heed_train_options o;
    struct heed_dataset data;
    struct heed_corpus dev;
    struct heed_dataset_source dataset_source;
    struct heed_batch_source source;
    struct heed_trainer t;
    char model[64], checkpoint[64];
};

static void make_data(struct heed_dataset *d)
{
    struct heed_rng rng;
    heed_rng_seed(&rng, 9, 9);
    heed_dataset_init(d);
    for (int64_t line = 0; line < 40; line++) {
        int32_t src[5], tgt[6];
        size_t n = 1 + heed_rng_below(&rng, 5);
        for (size_t i = 0; i < n; i++)
            src[i] = tgt[n - 1 - i] = HEED_SPECIALS + (int32_t)heed_rng_below(&rng, MAKE_WORDS);
        tgt[n] = HEED_EOS;
        heed_dataset_add(d, src, n, tgt, n + 1, line);
    }
}

static int job_open(struct job *j, const char *name, const char *options, bool with_dev)
{
    memset(j, 0, sizeof(*j));
    stopped = 0;
    make_options(&j->o, options);
    make_data(&j->data);
    heed_corpus_init(&j->dev);
    if (with_dev) {
        heed_corpus_add(&j->dev, "a b", 3, "b a", 3);
        heed_corpus_add(&j->dev, "c d e", 5, "e d c", 5);
    }
    if (make_model(&j->m, shape, 3))
        return -1;
    heed_dataset_source_init(&j->dataset_source, &j->data, j->o.rows ? j->o.rows : HEED_ROWS,
                             j->o.tokens, 0, (uint64_t)j->o.seed, &j->source);
    snprintf(j->model, sizeof(j->model), "%s/%s.heed", dir, name);
    snprintf(j->checkpoint, sizeof(j->checkpoint), "%s/%s.ckpt.heed", dir, name);
    j->t.model = &j->m;
    j->t.options = &j->o;
    j->t.source = &j->source;
    j->t.model_path = j->model;
    j->t.checkpoint_path = j->checkpoint;
    j->t.dev = &j->dev;
    j->t.interrupted = &stopped;
    memset(j->t.data_sha, '7', 64);
    return heed_trainer_init(&j->t, &err);
}

static void job_close(struct job *j)
{
    heed_trainer_release(&j->t);
    heed_model_release(&j->m);
    heed_dataset_source_release(&j->dataset_source);
    heed_dataset_release(&j->data);
    heed_corpus_release(&j->dev);
}

static bool same_files(const char *a, const char *b)
{
    char x[65], y[65];
    return heed_sha256_file(a, x) == 0 && heed_sha256_file(b, y) == 0 && strcmp(x, y) == 0;
}

static const char common[] = "rows=8,tokens=0,dropout=0.2,dropout-attention=0.1,lr=0.01,warmup=3,"
                             "checkpoint-every=7,eval-every=5,metric=loss,keep-checkpoint=on,";

/* --- the floor --- */

static int n_floors;

static void count_floors(const char *text, bool loss)
{
    (void)loss;
    n_floors += strstr(text, "leaks into its prediction") != NULL;
}

/* Below the least loss that is told once; above it nothing is. */
static void test_floor(void)
{
    struct job j;
    heed_on_warning(count_floors);
    for (int above = 0; above < 2; above++) {
        TAP_DONE(job_open(&j, "floor", "rows=8,epochs=3,metric=loss,lr=0.001", false), &err);
        j.t.floor = above ? 0.5 : 50;
        TAP_DONE(heed_trainer_run(&j.t, &err), &err);
        TAP_I64(n_floors, 1);
        job_close(&j);
    }
    heed_on_warning(NULL);
}

/* --- rates --- */

static int64_t updates_a_pass;
static double usual_rate;

static double rate(const struct heed_train_options *o, int64_t step, const char *plan)
{
    struct heed_timetable table = {0};
    struct heed_err unseen = {0};
    struct heed_pace pace = {o, updates_a_pass, usual_rate, 0};
    double r =
        heed_timetable_parse(&table, plan, &unseen) ? NAN : heed_schedule_rate(&pace, step, &table);
    heed_timetable_release(&table);
    return r;
}

static void test_schedule(void)
{
    struct heed_train_options o;
    make_options(&o, "lr=0.001,warmup=10,schedule=linear,min-lr=0.05");
    TAP_NEAR(rate(&o, 1, "1000"), 1e-4, 1e-12);
    TAP_NEAR(rate(&o, 10, "1000"), 1e-3, 1e-12);
    TAP_NEAR(rate(&o, 505, "1000"), 5.25e-4, 1e-12);
    TAP_NEAR(rate(&o, 1000, "1000"), 5e-5, 1e-12);
    TAP_NEAR(rate(&o, 2000, "1000"), 5e-5, 1e-12);
    TAP_NEAR(rate(&o, 4, "40"), 1e-3, 1e-12); /* warm-up is a tenth at most */
    o.schedule = HEED_SCHEDULE_CONSTANT;
    TAP_NEAR(rate(&o, 5, "1000"), 5e-4, 1e-12);
    TAP_NEAR(rate(&o, 900, "1000"), 1e-3, 1e-12);
    o.schedule = HEED_SCHEDULE_RSQRT;
    TAP_NEAR(rate(&o, 10, "1000"), 1e-3, 1e-12);
    TAP_NEAR(rate(&o, 40, "1000"), 5e-4, 1e-12);
    o.warmup = 0;
    TAP_NEAR(rate(&o, 1, "5"), 1e-3, 1e-12);
    make_options(&o, "lr=0.001,warmup=10,schedule=cosine,min-lr=0.05");
    TAP_NEAR(rate(&o, 5, "110"), 5e-4, 1e-12);
    TAP_NEAR(rate(&o, 10, "110"), 1e-3, 1e-12);
    TAP_NEAR(rate(&o, 35, "110"), 8.6087572e-4, 1e-10); /* 0.05 + 0.95 (1 + cos(pi / 4)) / 2 */
    TAP_NEAR(rate(&o, 60, "110"), 5.25e-4, 1e-12);
    TAP_NEAR(rate(&o, 110, "110"), 5e-5, 1e-12);
    TAP_NEAR(rate(&o, 111, "110"), 5e-5, 1e-12);
    make_options(&o, "optimizer=sgd,schedule=constant,warmup=0");
    TAP_NEAR(rate(&o, 1, "8000"), 0.5, 1e-12);
    make_options(&o, "schedule=constant,warmup=0"); /* chosen by the length at the beginning */
    TAP_NEAR(rate(&o, 1, "8000"), 0.004, 1e-12);
    TAP_NEAR(rate(&o, 1, "18000"), 0.004 * 2 / 3, 1e-12);
    TAP_NEAR(rate(&o, 1, "33861"), 0.002, 1e-12);
    TAP_NEAR(rate(&o, 9000, "8000,33861@8000"), 0.004, 1e-12);
    updates_a_pass = 4970;
    TAP_NEAR(rate(&o, 1, "12000"), 0.004, 1e-12);
    updates_a_pass = 0;
    usual_rate = 0.001; /* of another kind of net */
    TAP_NEAR(rate(&o, 1, "8000"), 0.001, 1e-12);
    TAP_NEAR(rate(&o, 1, "33861"), 0.0005, 1e-12);
    make_options(&o, "lr=0.003,schedule=constant,warmup=0");
    TAP_NEAR(rate(&o, 1, "8000"), 0.003, 1e-12);
    usual_rate = 0;
}

static void test_dropout_rate(void)
{
    struct heed_train_options o;
    make_options(&o, "");
    for (int letters = 0; letters < 2; letters++) {
        TAP_NEAR(heed_dropout_rate(&o, letters, 799, 100), 0.1, 0);
        TAP_NEAR(heed_dropout_rate(&o, letters, 800, 100), 0.2, 0);
        TAP_NEAR(heed_dropout_rate(&o, letters, 2500, 100), letters ? 0.2 : 0.3, 0);
    }
    make_options(&o, "dropout=0.4");
    TAP_NEAR(heed_dropout_rate(&o, true, 2500, 100), 0.4, 0);
}

/* A new length changes the rate nowhere at once: it goes on from where it is, to the end's. */
static void test_replanned(void)
{
    struct heed_train_options o;
    make_options(&o, "lr=0.001,warmup=10,schedule=linear,min-lr=0");
    TAP_NEAR(rate(&o, 505, "1000,m20,2000@505"), 5e-4, 1e-12);
    TAP_NEAR(rate(&o, 506, "1000,2000@505"), 5e-4 * 1494 / 1495, 1e-12);
    TAP_NEAR(rate(&o, 2000, "1000,2000@505"), 0, 1e-12);
    TAP_NEAR(rate(&o, 600, "1000,700@505"), 5e-4 * 100 / 195, 1e-12);
    TAP_NEAR(rate(&o, 650, "1000,700@505,900@600"), 5e-4 * 100 / 195 * 250 / 300, 1e-12);
    /* In warm-up, which keeps its length. */
    TAP_NEAR(rate(&o, 8, "1000,500@5"), 8e-4, 1e-12);
    TAP_NEAR(rate(&o, 10, "1000,500@5"), 1e-3, 1e-12);
    TAP_NEAR(rate(&o, 255, "1000,500@5"), 5e-4, 1e-12);
    TAP_NEAR(rate(&o, 41, "1000,41@41"), rate(&o, 41, "1000"), 1e-12);
    o.schedule = HEED_SCHEDULE_CONSTANT;
    TAP_NEAR(rate(&o, 900, "1000,2000@505"), 1e-3, 1e-12);
}

static void test_timetable(void)
{
    struct heed_timetable t = {0};
    struct heed_str text = {0};
    static const char plan[] = "1000,m20,900@20,m40,1100@60,m60";
    TAP_DONE(heed_timetable_parse(&t, plan, &err), &err);
    heed_timetable_text(&t, &text);
    bool same = strcmp(text.data, plan) == 0;
    int64_t at[] = {heed_timetable_total(&t, 0), heed_timetable_total(&t, 19),
                    heed_timetable_total(&t, 20), heed_timetable_total(&t, 1000)};
    bool measures = heed_timetable_measures(&t, 20) && heed_timetable_measures(&t, 60),
         more = heed_timetable_measures(&t, 21) || heed_timetable_measures(&t, 0);
    heed_str_release(&text);
    heed_timetable_release(&t);
    TAP_OK(same);
    TAP_I64(at[0], 1000);
    TAP_I64(at[1], 1000);
    TAP_I64(at[2], 900);
    TAP_I64(at[3], 1100);
    TAP_OK(measures);
    TAP_OK(!more);
}

/* --- learning --- */

static void test_learns(void)
{
    struct job j;
    struct heed_loss before = {0}, after = {0};
    TAP_DONE(job_open(&j, "learns", "rows=8,epochs=40,lr=0.02,dropout=0,warmup=3", false), &err);
    TAP_DONE(heed_dataset_loss(&j.m.net, &j.t.lanes, &j.data, &before, &err), &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    TAP_DONE(heed_dataset_loss(&j.m.net, &j.t.lanes, &j.data, &after, &err), &err);
    int64_t steps = j.t.step, per_epoch = j.source.per_epoch;
    job_close(&j);
    TAP_I64(after.n_tokens, before.n_tokens);
    TAP_I64(steps, 40 * per_epoch);
    if (!(after.plain < 0.3 * before.plain))
        TAP_FAIL("loss %g, was %g", after.plain, before.plain);
}

/* Rows of length 0 and batches that are not sorted: those of a stream may be so. */
static void test_unsorted_batch(void)
{
    struct job j;
    struct heed_loss loss = {0};
    TAP_DONE(job_open(&j, "unsorted", "dropout=0", false), &err);
    TAP_DONE(heed_train_batch(&j.t, &make_batch, &loss, &err), &err);
    job_close(&j);
    TAP_I64(loss.n_tokens, 3 + 2 + 6 + 5 + 3);
    TAP_OK(isfinite(loss.nats));
}

/* --- not finite --- */

/* A gradient that is not finite leaves weights and moments alone; the next step goes on. */
static void test_skipped_step(void)
{
    struct job j;
    struct heed_batch b;
    TAP_DONE(job_open(&j, "skipped", "rows=8,dropout=0", false), &err);
    j.t.total_steps = 100;
    float *weight = j.m.net.out_b->data, kept = weight[6], *embed = j.m.net.src_embed->data,
          was[13 * 8];
    memcpy(was, embed, sizeof(was));
    TAP_DONE(j.source.next(j.source.ctx, &j.t.batch, &b, &err), &err);
    weight[6] = NAN;
    TAP_DONE(heed_train_update(&j.t, &b, &err), &err);
    TAP_I64(j.t.n_skipped, 1);
    TAP_I64(j.t.step, 1);
    TAP_MEM(embed, was, sizeof(was));
    TAP_I64(j.t.n_tokens, 0);
    weight[6] = kept;
    TAP_DONE(heed_train_update(&j.t, &b, &err), &err);
    TAP_I64(j.t.n_skipped, 1);
    TAP_I64(j.t.nan_steps, 0);
    bool moved = memcmp(embed, was, sizeof(was)) != 0;
    job_close(&j);
    TAP_OK(moved);
}

/* D14: a batch without a pair moves nothing, though there is momentum; it counts as a step, which is
 * the position in the data, and not for Adam's. */
static void test_empty_batch(void)
{
    static const int32_t none[MAKE_B];
    struct job j;
    struct heed_batch b, empty = make_batch;
    TAP_DONE(job_open(&j, "empty", "rows=8,dropout=0", false), &err);
    j.t.total_steps = 100;
    float *embed = j.m.net.src_embed->data, was[13 * 8], moment[13 * 8];
    TAP_DONE(j.source.next(j.source.ctx, &j.t.batch, &b, &err), &err);
    TAP_DONE(heed_train_update(&j.t, &b, &err), &err);
    memcpy(was, embed, sizeof(was));
    memcpy(moment, j.m.net.params.items[0]->moment1, sizeof(moment));
    empty.src_len = none;
    TAP_DONE(heed_train_update(&j.t, &empty, &err), &err);
    TAP_I64(j.t.step, 2);
    TAP_I64(j.t.n_skipped, 1);
    TAP_MEM(embed, was, sizeof(was));
    TAP_MEM(j.m.net.params.items[0]->moment1, moment, sizeof(moment));
    job_close(&j);
}

static void test_ten_skipped_steps(void)
{
    struct job j;
    TAP_DONE(job_open(&j, "ten", "rows=8,steps=50", false), &err);
    j.m.net.out_b->data[5] = NAN;
    TAP_FAILS(heed_trainer_run(&j.t, &err), &err, "not finite in ten steps running (step 10");
    int64_t step = j.t.step;
    bool saved = access(j.model, F_OK) == 0 || access(j.checkpoint, F_OK) == 0;
    TAP_FAILS(heed_checkpoint_save(&j.t, &err), &err, "out.bias is not finite");
    job_close(&j);
    TAP_I64(step, 10);
    TAP_OK(!saved);
}

/* A gradient of any size moves Adam's first moment as one of the clip's norm does. */
static void test_clip(void)
{
    struct job j;
    struct heed_batch b;
    double squares = 0;
    TAP_DONE(job_open(&j, "clip", "rows=8,dropout=0,loss-scale=1e6,clip=0.5", false), &err);
    TAP_DONE(j.source.next(j.source.ctx, &j.t.batch, &b, &err), &err);
    TAP_DONE(heed_train_update(&j.t, &b, &err), &err);
    for (size_t i = 0; i < j.m.net.params.n; i++) {
        const struct heed_param *p = j.m.net.params.items[i];
        for (int64_t k = 0; k < heed_elements(&p->value); k++)
            squares += (double)p->moment1[k] * (double)p->moment1[k];
    }
    job_close(&j);
    TAP_NEAR(sqrt(squares), 0.1 * 0.5, 1e-5);
}

/* The length of the first step of the weights, and of the first moments; lr 0.01, gradient of norm 0.5. */
static void first_step(const char *options, double *moved, double *moments)
{
    struct job j;
    struct heed_batch b;
    float *before[64];
    *moved = *moments = 0;
    TAP_DONE(job_open(&j, "first", options, false), &err);
    TAP_DONE(j.source.next(j.source.ctx, &j.t.batch, &b, &err), &err);
    TAP_OK(j.m.net.params.n <= HEED_COUNT(before));
    for (size_t i = 0; i < j.m.net.params.n; i++) {
        const struct heed_tensor *x = &j.m.net.params.items[i]->value;
        before[i] = heed_xcalloc((size_t)heed_elements(x), sizeof(float));
        memcpy(before[i], x->data, sizeof(float) * (size_t)heed_elements(x));
    }
    TAP_DONE(heed_train_update(&j.t, &b, &err), &err);
    for (size_t i = 0; i < j.m.net.params.n; i++) {
        const struct heed_param *p = j.m.net.params.items[i];
        for (int64_t k = 0; k < heed_elements(&p->value); k++) {
            *moved += pow((double)p->value.data[k] - (double)before[i][k], 2);
            *moments += pow((double)p->moment1[k], 2);
        }
        free(before[i]);
    }
    *moved = sqrt(*moved);
    *moments = sqrt(*moments);
    job_close(&j);
}

static void test_optimizer(void)
{
    double moved, moments;
    first_step("rows=8,dropout=0,loss-scale=1e6,clip=0.5,schedule=constant,warmup=0,lr=0.01,"
               "optimizer=sgd",
               &moved, &moments);
    TAP_NEAR(moments, 0.5, 1e-5);
    TAP_NEAR(moved, 0.005, 1e-6);
    first_step(
        "rows=8,dropout=0,loss-scale=1e6,clip=0.5,schedule=constant,warmup=0,lr=0.01,beta1=0.75",
        &moved, &moments);
    TAP_NEAR(moments, 0.25 * 0.5, 1e-5);
}

/* The loss of the first batch; unknown: all of its source is. */
static double first_loss(const char *options, bool unknown)
{
    struct job j;
    struct heed_batch b;
    struct heed_loss loss = {0};
    if (job_open(&j, "words", options, false) ||
        j.source.next(j.source.ctx, &j.t.batch, &b, &err) < 0)
        return NAN;
    int32_t *src = heed_new(&j.t.batch, int32_t, b.B * b.S + 1);
    for (int64_t i = 0; i < b.B * b.S; i++)
        src[i] = HEED_UNK;
    if (unknown)
        b.src = src;
    if (heed_train_batch(&j.t, &b, &loss, &err))
        return NAN;
    job_close(&j);
    return loss.nats;
}

/* Words that are dropped are unknown ones, by their place alone. */
static void test_dropped_words(void)
{
    double whole = first_loss("rows=8,dropout=0", false),
           some = first_loss("rows=8,dropout=0,dropout-words=0.3", false),
           all = first_loss("rows=8,dropout=0", true);
    TAP_OK(isfinite(whole) && isfinite(some) && isfinite(all));
    TAP_OK(fabs(whole - some) > 1e-4);
    TAP_OK(fabs(all - some) > 1e-4);
    TAP_NEAR(first_loss("rows=8,dropout=0,dropout-words=0.9999999", false), all, 0);
    TAP_NEAR(first_loss("rows=8,dropout=0,dropout-words=0.3,shards=1", false), some, 1e-4);
    TAP_OK(first_loss("rows=8,dropout=0,dropout-words=0.3,seed=2", false) != some);
}

/* --- a teacher, and twins --- */

/* The first batch of a learner whose teacher is itself: its loss, plain loss a token, and the gradient's norm. */
static void own_teacher(const char *options, double *nats, double *plain, double *norm)
{
    struct job j;
    struct heed_batch b;
    struct heed_loss loss = {0};
    struct heed_teacher teacher = {0};
    TAP_DONE(job_open(&j, "taught", options, false), &err);
    TAP_DONE(heed_model_save(&j.m, j.model, NULL, &err), &err);
    TAP_DONE(heed_teacher_open(&teacher, j.model, NULL, &err), &err);
    TAP_DONE(heed_teacher_check(&teacher, &j.m, &err), &err);
    heed_teacher_lanes(&teacher, j.t.lanes.n);
    j.t.teacher = &teacher;
    TAP_DONE(j.source.next(j.source.ctx, &j.t.batch, &b, &err), &err);
    TAP_DONE(heed_train_batch(&j.t, &b, &loss, &err), &err);
    *norm = heed_grads_sum(&j.t.grads);
    *nats = loss.nats / (double)loss.n_tokens;
    *plain = loss.plain / (double)loss.n_tokens;
    j.t.teacher = NULL;
    job_close(&j);
    heed_teacher_close(&teacher);
}

/* Who is his own teacher has nothing to learn from him; and from another temperature he has neither. */
static void test_own_teacher(void)
{
    static const char *const nets[] = {"hidden=8", "hidden=8,copy=on", "net=transformer,hidden=16"};
    double nats, plain, norm;
    for (size_t i = 0; i < HEED_COUNT(nets); i++) {
        shape = nets[i];
        own_teacher("rows=8,dropout=0,teacher-weight=0.5,label-smoothing=0", &nats, &plain, &norm);
        TAP_OK(norm > 0.01);
        if (i != 1) { /* what is drawn is the output layer's own, without what is copied */
            TAP_NEAR(nats, plain / 2, 1e-4);
            own_teacher("rows=8,dropout=0,teacher-weight=1,teacher-temperature=2,r-drop=4", &nats,
                        &plain, &norm);
            TAP_NEAR(nats, 0, 1e-5);
            TAP_NEAR(norm, 0, 1e-4);
            own_teacher("rows=8,dropout=0.3,teacher-weight=1", &nats, &plain, &norm);
            TAP_OK(nats > 0.001 && norm > 0.001);
        }
    }
    shape = "hidden=8";
}

/* Without dropout twins say the same: the loss is that of each pair twice, and the step is the same. */
static void test_r_drop(void)
{
    double once = first_loss("rows=8,dropout=0", false), moved, moments, alone, same;
    TAP_NEAR(first_loss("rows=8,dropout=0,r-drop=5", false), 2 * once, 1e-3);
    first_step("rows=8,dropout=0,clip=0,lr=0.01,warmup=0,optimizer=sgd", &alone, &moments);
    first_step("rows=8,dropout=0,clip=0,lr=0.01,warmup=0,optimizer=sgd,r-drop=5", &same, &moments);
    TAP_NEAR(same, alone, 1e-5);
    first_step("rows=8,dropout=0.3,clip=0,lr=0.01,warmup=0,optimizer=sgd,r-drop=5", &moved,
               &moments);
    TAP_OK(fabs(moved - alone) > 1e-4);
    double apart = first_loss("rows=8,dropout=0.3,r-drop=5", false),
           few = first_loss("rows=8,dropout=0.3,r-drop=1e-9", false);
    TAP_OK(apart > few + 0.1);
    TAP_NEAR(first_loss("rows=8,dropout=0.3,r-drop=5,shards=1", false), apart, 1e-3);
}

/* What is dropped at all positions alike, and of states, by its place alone. */
static void test_steady_dropout(void)
{
    double whole = first_loss("rows=8,dropout=0", false), drawn[2];
    for (int i = 0; i < 2; i++) {
        drawn[i] = first_loss(
            i ? "rows=8,dropout=0.4,dropout-variational=on" : "rows=8,dropout=0.4", false);
        TAP_OK(isfinite(drawn[i]) && fabs(drawn[i] - whole) > 1e-3);
    }
    TAP_OK(fabs(drawn[0] - drawn[1]) > 1e-3);
    TAP_NEAR(first_loss("rows=8,dropout=0.4,dropout-variational=on,shards=1", false), drawn[1],
             1e-3);
    double states = first_loss("rows=8,dropout=0,dropout-states=0.4", false);
    TAP_OK(fabs(states - whole) > 1e-4);
    TAP_NEAR(first_loss("rows=8,dropout=0,dropout-states=0.4,shards=1", false), states, 1e-3);
}

/* What a step is fed is the model's own at a share that rises: in the first update hardly any, in the last of one all. */
static void test_scheduled_sampling(void)
{
    double whole = first_loss("rows=8,dropout=0", false);
    struct job j;
    struct heed_batch b;
    for (int all = 0; all < 2; all++) {
        struct heed_loss loss = {0};
        TAP_DONE(job_open(&j, "fed", "rows=8,dropout=0,scheduled-sampling=1", false), &err);
        TAP_DONE(j.source.next(j.source.ctx, &j.t.batch, &b, &err), &err);
        j.t.step = 5;
        j.t.table.first = all ? 5 : INT64_MAX;
        TAP_DONE(heed_train_batch(&j.t, &b, &loss, &err), &err);
        job_close(&j);
        TAP_I64(fabs(loss.nats - whole) > 1e-3, all);
    }
}

/* With a rate that only spoils, each two evaluations cut it. */
static void test_plateau(void)
{
    struct job j;
    TAP_DONE(job_open(&j, "plateau",
                      "rows=8,steps=40,eval-every=5,metric=loss,lr=3,warmup=0,clip=0,average=0,"
                      "schedule=plateau,plateau=2,plateau-factor=0.25,min-lr=0.02",
                      true),
             &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    int64_t n_cuts = j.t.n_cuts;
    struct heed_pace pace = heed_trainer_pace(&j.t);
    double last = j.t.rate, next = heed_schedule_rate(&pace, 41, &j.t.table);
    job_close(&j);
    TAP_OK(n_cuts >= 1);
    TAP_OK(last <= 3 * 0.25);
    TAP_NEAR(next, 3 * HEED_MAX(0.02, pow(0.25, (double)n_cuts)), 1e-12);
    TAP_FAILS(job_open(&j, "plateau", "schedule=plateau", false), &err, "plateau needs dev pairs");
    job_close(&j);
}

/* --- interruption --- */

struct stop {
    int64_t at;
};

static void stop_at(void *ctx, const struct heed_trainer *t)
{
    if (t->step == ((struct stop *)ctx)->at)
        stopped = 15;
}

static int resume(struct job *j, const char *name, const char *options, bool with_dev)
{
    struct heed_doc doc;
    char path[64];
    heed_doc_init(&doc);
    snprintf(path, sizeof(path), "%s/%s.ckpt.heed", dir, name);
    if (job_open(j, name, options, with_dev) || heed_doc_load(&doc, path, &err) ||
        heed_model_weights(&j->m, &doc, &err) || heed_checkpoint_restore(&j->t, &doc, &err))
        return -1;
    heed_doc_release(&doc);
    return 0;
}

/* Stopped at step `at`, resumed: the model is that of the undisturbed run. */
static void interrupted_at(int64_t at, const char *options, bool with_dev, double best)
{
    struct job j;
    struct stop stop = {at};
    char whole[64];
    TAP_DONE(job_open(&j, "parts", options, with_dev), &err);
    j.t.progress = stop_at;
    j.t.progress_ctx = &stop;
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    TAP_I64(stopped, 15);
    TAP_I64(j.t.step, at);
    job_close(&j);
    TAP_DONE(resume(&j, "parts", options, with_dev), &err);
    TAP_I64(j.t.step, at);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    snprintf(whole, sizeof(whole), "%s/whole.heed", dir);
    bool same = same_files(j.model, whole);
    double best_again = j.t.best;
    job_close(&j);
    if (!same)
        TAP_FAIL("stopped at step %lld: another model", (long long)at);
    TAP_NEAR(best_again, best, 0);
}

static void interrupted(const char *more, bool with_dev, const int64_t *at)
{
    struct job j;
    char options[256];
    snprintf(options, sizeof(options), "%ssteps=30,%s", common, more);
    TAP_DONE(job_open(&j, "whole", options, with_dev), &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    double best = j.t.best;
    job_close(&j);
    for (; *at && !tap_bad; at++)
        interrupted_at(*at, options, with_dev, best);
}

static void test_resume(void)
{
    interrupted("average=0.9", true, (int64_t[]){1, 5, 7, 8, 16, 29, 0});
}

static void test_resume_without_average(void)
{
    interrupted("average=0", true, (int64_t[]){11, 0});
}

static void test_resume_sgd(void)
{
    interrupted("optimizer=sgd,lr=3,momentum=0.8,schedule=plateau,plateau=1,average=0", true,
                (int64_t[]){7, 16, 29, 0});
}

static void test_resume_without_dev(void)
{
    interrupted("average=0.9", false, (int64_t[]){11, 0});
}

/* A net of another kind: trained, kept and resumed by the same code. */
static void another_net(const char *spec)
{
    struct job j;
    struct heed_loss before = {0}, after = {0};
    shape = spec;
    TAP_DONE(job_open(&j, "other", "rows=8,epochs=40,lr=0.02,dropout=0,warmup=3", false), &err);
    TAP_DONE(heed_dataset_loss(&j.m.net, &j.t.lanes, &j.data, &before, &err), &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    TAP_DONE(heed_dataset_loss(&j.m.net, &j.t.lanes, &j.data, &after, &err), &err);
    job_close(&j);
    if (!tap_bad)
        interrupted("average=0.9", true, (int64_t[]){1, 7, 16, 29, 0});
    shape = "hidden=8";
    if (!(after.plain < 0.7 * before.plain))
        TAP_FAIL("%s: loss %g, was %g", spec, after.plain, before.plain);
}

static void test_other_nets(void)
{
    static const char *const nets[] = {"net=toy,hidden=16",
                                       "net=transformer,hidden=16,heads=2,layers=2",
                                       "net=transformer-rnn,hidden=16,heads=4,layers=1",
                                       "net=rnn-transformer,hidden=16,heads=2,layers=1"};
    for (size_t i = 0; i < HEED_COUNT(nets) && !tap_bad; i++)
        another_net(nets[i]);
}

/* --- checkpoints that are whole and say what cannot be --- */

static struct job hostile;
static struct heed_doc hostile_doc;

/* The checkpoint as it was saved, with metadata KEY as told. */
static int restore_with(const char *key, const char *value)
{
    heed_doc_release(&hostile_doc);
    heed_doc_init(&hostile_doc);
    if (heed_doc_load(&hostile_doc, hostile.checkpoint, &err))
        BUG("%s", err.text);
    if (key)
        heed_doc_set_meta(&hostile_doc, key, value);
    return heed_checkpoint_restore(&hostile.t, &hostile_doc, &err);
}

static int restore_with_value(const char *tensor, float value)
{
    float *data;
    restore_with("trainer.data", "none");
    struct heed_array *a = heed_doc_find(&hostile_doc, tensor);
    if (!a)
        BUG("no tensor %s", tensor);
    heed_doc_set_meta(&hostile_doc, "trainer.data", hostile.t.data_sha);
    a->data = a->owned = data = memcpy(heed_xmalloc(a->size), a->data, a->size);
    data[a->size / sizeof(float) - 1] = value;
    return heed_checkpoint_restore(&hostile.t, &hostile_doc, &err);
}

static void test_hostile_checkpoint(void)
{
    static const char *const counts[] = {"step",      "total-steps", "eval-every",
                                         "evals",     "bad-evals",   "skipped",
                                         "best-step", "tokens",      "epoch-tokens"};
    char options[256], key[64];
    snprintf(options, sizeof(options), "%ssteps=9,average=0.9", common);
    TAP_DONE(job_open(&hostile, "hostile", options, false), &err);
    TAP_DONE(heed_trainer_run(&hostile.t, &err), &err);
    TAP_DONE(restore_with(NULL, NULL), &err);
    for (size_t i = 0; i < HEED_COUNT(counts); i++) {
        snprintf(key, sizeof(key), "trainer.%s", counts[i]);
        TAP_FAILS(restore_with(key, "-1"), &err, key);
        TAP_FAILS(restore_with(key, "-9223372036854775808"), &err, key);
        TAP_FAILS(restore_with(key, "9223372036854775807"), &err, key);
    }
    TAP_FAILS(restore_with("trainer.skipped", "10"), &err, "beyond step 9");
    TAP_FAILS(restore_with("trainer.best-step", "10"), &err, "beyond step 9");
    TAP_FAILS(restore_with("trainer.total-steps", "1000000000"), &err, "train.steps 9");
    TAP_FAILS(restore_with("trainer.seconds", "-1"), &err, "not whole");
    TAP_FAILS(restore_with("trainer.best", "nan"), &err, "metadata trainer.best: 'nan'");
    TAP_DONE(restore_with("trainer.eval-every", "0"), &err); /* as planned anew */
    TAP_DONE(heed_trainer_plan(&hostile.t, &err), &err);
    TAP_OK(hostile.t.eval_every > 0);
    for (int i = 0; i < 2; i++) {
        float bad = i ? INFINITY : NAN;
        TAP_FAILS(restore_with_value("trainer.average.src.embed.weight", bad), &err,
                  "tensor trainer.average.src.embed.weight holds values that are not finite");
        TAP_FAILS(restore_with_value("adam.m.src.embed.weight", bad), &err, "not finite");
        TAP_FAILS(restore_with_value("adam.v.src.embed.weight", bad), &err, "not finite");
    }
    TAP_FAILS(restore_with_value("adam.v.src.embed.weight", -1e-30f), &err, "is negative");
    heed_doc_release(&hostile_doc);
    job_close(&hostile);
}

/* A file that is there may be a good model: nothing takes its place that is none. */
static void test_no_bad_model_is_saved(void)
{
    struct job j;
    char before[65], after[65];
    TAP_DONE(job_open(&j, "kept", "steps=2", false), &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    heed_sha256_file(j.model, before);
    j.m.net.params.items[0]->value.data[0] = NAN;
    TAP_FAILS(heed_model_save(&j.m, j.model, NULL, &err), &err, "kept.heed is not saved: tensor ");
    heed_sha256_file(j.model, after);
    TAP_STR(after, before);
    job_close(&j);
}

static void test_resume_other_data(void)
{
    struct job j;
    struct heed_doc doc;
    char options[256], path[64];
    heed_doc_init(&doc);
    snprintf(options, sizeof(options), "%ssteps=3", common);
    TAP_DONE(job_open(&j, "other", options, false), &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    snprintf(path, sizeof(path), "%s", j.checkpoint);
    memset(j.t.data_sha, '8', 64);
    TAP_DONE(heed_doc_load(&doc, path, &err), &err);
    TAP_FAILS(heed_checkpoint_restore(&j.t, &doc, &err), &err,
              "the training data are not those of the checkpoint");
    heed_doc_release(&doc);
    TAP_DONE(heed_doc_load(&doc, path, &err), &err);
    memset(j.t.data_sha, '7', 64);
    heed_corpus_add(&j.dev, "a", 1, "b", 1);
    heed_corpus_sum(&j.dev);
    TAP_FAILS(heed_checkpoint_restore(&j.t, &doc, &err), &err,
              "the dev pairs are not those of the checkpoint (sha256 none there");
    heed_doc_release(&doc);
    TAP_DONE(heed_doc_load(&doc, j.model, &err), &err);
    TAP_FAILS(heed_checkpoint_restore(&j.t, &doc, &err), &err, "not a checkpoint");
    heed_doc_release(&doc);
    job_close(&j);
}

/* --- evaluation and early stopping --- */

static int64_t modified(const char *path)
{
    struct stat st;
    return stat(path, &st) ? -1 : (int64_t)st.st_ino;
}

/* With a rate that only spoils, an early evaluation stays the best one, and patience ends the run.
 * No translation is ever exact: then the loss decides. */
static void patience(const char *metric)
{
    struct job j;
    char options[200];
    snprintf(options, sizeof(options),
             "rows=8,steps=1000,eval-every=5,patience=3,metric=%s,lr=3,warmup=0,clip=0,average=0",
             metric);
    TAP_DONE(job_open(&j, metric, options, true), &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    int64_t step = j.t.step, best = j.t.best_step, inode = modified(j.model);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err); /* finished is finished */
    int64_t again = j.t.step, kept = modified(j.model);
    job_close(&j);
    TAP_OK(step < 1000);
    TAP_I64(step, best + 15);
    TAP_I64(again, step);
    TAP_I64(kept, inode);
}

static void test_patience(void)
{
    patience("loss");
    if (!tap_bad)
        patience("exact");
}

/* The file holds the best weights, not the last. */
static void test_best_is_kept(void)
{
    struct job j;
    struct heed_model m;
    struct heed_lanes lanes;
    struct heed_loss loss = {0};
    TAP_DONE(job_open(&j, "best",
                      "rows=8,steps=60,eval-every=5,metric=loss,lr=0.5,warmup=0,schedule=constant,"
                      "clip=0,average=0.9",
                      true),
             &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    TAP_DONE(heed_model_load(&m, j.model, NULL, &err), &err);
    TAP_STR(m.fingerprint, j.m.fingerprint);
    heed_lanes_init(&lanes, &m.net.params, 2);
    TAP_DONE(heed_dataset_loss(&m.net, &lanes, &j.t.dev_data, &loss, &err), &err);
    heed_lanes_release(&lanes);
    double got = loss.plain / (double)loss.n_tokens, want = -j.t.best;
    heed_model_release(&m);
    job_close(&j);
    TAP_NEAR(got, want, 1e-4 * want);
}

static void test_average_swap(void)
{
    struct job j;
    float was[13 * 8];
    TAP_DONE(job_open(&j, "swap", "rows=8,steps=20,average=0.9,lr=0.01", false), &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    memcpy(was, j.m.net.tgt_embed->data, sizeof(was));
    heed_trainer_swap_average(&j.t);
    bool moved = memcmp(was, j.m.net.tgt_embed->data, sizeof(was)) != 0;
    heed_trainer_swap_average(&j.t);
    TAP_MEM(j.m.net.tgt_embed->data, was, sizeof(was));
    job_close(&j);
    TAP_OK(moved);
}

/* --- a budget of time --- */

/* The updates of the measurement are forgotten: a budget found is the same as --steps. */
/* As common, with measurings where the clock says. */
static const char timed[] = "rows=8,tokens=0,dropout=0.2,lr=0.01,checkpoint-every=7,metric=loss,";

static void test_time(void)
{
    struct job j;
    char options[8192], model[64];
    struct heed_str plan = {0};
    snprintf(options, sizeof(options), "%stime=0.3", timed);
    TAP_DONE(job_open(&j, "time", options, true), &err);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    int64_t steps = j.t.total_steps;
    heed_timetable_text(&j.t.table, &plan);
    bool done = j.t.step == steps && heed_timetable_total(&j.t.table, steps) == steps;
    snprintf(model, sizeof(model), "%s", j.model);
    job_close(&j);
    TAP_OK(done);
    TAP_OK(steps > 0); /* how many is the machine's */
    snprintf(options, sizeof(options), "%s", timed);
    TAP_DONE(job_open(&j, "plan", options, true), &err);
    j.o.plan = plan.data;
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    bool same = same_files(j.model, model);
    job_close(&j);
    if (!same)
        tap_diag("plan %s", plan.data);
    heed_str_release(&plan);
    TAP_OK(same);
}

/* Interrupted while measuring: no number of steps is known, and none is saved. */
static void test_time_interrupted(void)
{
    struct job j;
    char options[256];
    snprintf(options, sizeof(options), "%stime=0.3", common);
    TAP_DONE(job_open(&j, "early", options, true), &err);
    stopped = 2;
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    TAP_I64(j.t.step, 0);
    job_close(&j);
    TAP_DONE(resume(&j, "early", options, true), &err);
    TAP_I64(j.t.total_steps, 0);
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    int64_t steps = j.t.step;
    job_close(&j);
    TAP_OK(steps > 0); /* how many is the machine's */
}

static void clean(void)
{
    char command[100];
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    if (system(command))
        tap_diag("%s stays", dir);
}

int main(void)
{
    make_plugin_path();
    heed_net_kind_add(&toy_net);
    if (!mkdtemp(dir))
        return 99;
    TAP_RUN(test_floor);
    TAP_RUN(test_schedule);
    TAP_RUN(test_dropout_rate);
    TAP_RUN(test_replanned);
    TAP_RUN(test_timetable);
    TAP_RUN(test_learns);
    TAP_RUN(test_unsorted_batch);
    TAP_RUN(test_skipped_step); /* R14 */
    TAP_RUN(test_empty_batch);
    TAP_RUN(test_ten_skipped_steps); /* R15 */
    TAP_RUN(test_clip);              /* R16 */
    TAP_RUN(test_dropped_words);
    TAP_RUN(test_optimizer);
    TAP_RUN(test_steady_dropout);
    TAP_RUN(test_scheduled_sampling);
    TAP_RUN(test_own_teacher);
    TAP_RUN(test_r_drop);
    TAP_RUN(test_plateau);
    TAP_RUN(test_resume);
    TAP_RUN(test_resume_sgd); /* R27 */
    TAP_RUN(test_resume_without_average);
    TAP_RUN(test_resume_without_dev);
    TAP_RUN(test_other_nets);
    TAP_RUN(test_hostile_checkpoint);
    TAP_RUN(test_no_bad_model_is_saved);
    TAP_RUN(test_resume_other_data);
    TAP_RUN(test_patience);
    TAP_RUN(test_best_is_kept);
    TAP_RUN(test_average_swap);
    TAP_RUN(test_time);
    TAP_RUN(test_time_interrupted);
    clean();
    return tap_end();
}
