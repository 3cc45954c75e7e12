/* test_risk.c: minimum risk: its gradient beside finite differences, for every kind of net; candidates and weights; the
 * same whatever the workers. */
#include "tests/model_make.h"
#include "train/dev.h"
#include "train/risk.h"
#include "train/share.h"
#include "train/step.h"
#include "train/train.h"
#include "tests/toy_net.h"

static volatile int stopped;

struct job {
    struct heed_model m;
    struct heed_train_options o;
    struct heed_corpus dev;
    struct heed_batch_source source;
    struct heed_trainer t;
};

/* The batch of model_make.h, of which one source is empty, is all that there is. */
static int job_open(struct job *j, const char *shape, const char *options, int workers)
{
    memset(j, 0, sizeof(*j));
    make_options(&j->o, options);
    heed_corpus_init(&j->dev);
    heed_corpus_add(&j->dev, "a b", 3, "b a", 3);
    if (make_model(&j->m, shape, 3))
        return -1;
    j->t.model = &j->m;
    j->t.options = &j->o;
    j->t.source = &j->source;
    j->t.model_path = j->t.checkpoint_path = "/dev/null";
    j->t.dev = &j->dev;
    j->t.interrupted = &stopped;
    j->t.workers = workers;
    return heed_trainer_init(&j->t, &err);
}

static void job_close(struct job *j)
{
    heed_trainer_release(&j->t);
    heed_model_release(&j->m);
    heed_corpus_release(&j->dev);
}

static const char common[] = "dropout=0,label-smoothing=0,metric=token-error,metric-tokens=none,"
                             "risk-samples=6,shards=2,average=0,";

/* What the weights are to make small; mark: of the candidates. */
static void objective(struct job *j, double *value, double *mark)
{
    struct heed_loss loss = {0};
    heed_arena_reset(&j->t.batch);
    TAP_DONE(heed_train_batch(&j->t, &make_batch, &loss, &err), &err);
    TAP_I64(loss.n_risked, MAKE_B - 1);
    *mark = 0;
    for (int r = 0; r < MAKE_B - 1; r++)
        for (int k = 0; k < j->t.risk->rows[r].n; k++)
            for (int32_t i = 0; i < j->t.risk->rows[r].len[k]; i++)
                *mark += (1 + k) * (2 + i) * (double)j->t.risk->rows[r].ids[k][i];
    *value = (1 - j->o.risk) * loss.plain / (double)loss.n_tokens +
             j->o.risk * loss.risk / (double)loss.n_risked;
}

static void gradient(const char *shape, const char *options, double tolerance)
{
    struct job j;
    char all[300];
    double norm, mark, marks[2], value[2], far = 4e-4, here;
    snprintf(all, sizeof all, "%s%s", common, options);
    TAP_DONE(job_open(&j, shape, all, 1), &err);
    j.t.step = 5;
    objective(&j, &here, &mark);
    TAP_DONE(heed_trainer_sum(&j.t, &norm, &err), &err);
    TAP_OK(norm > 1e-3);
    /* Along the gradient, so that it is as long as the slope is steep. */
    struct heed_sgd forth = {far / norm, 0, 0}, back = {-2 * far / norm, 0, 0};
    heed_grads_sgd(&j.t.grads, &forth, 1);
    for (int i = 0; i < 2; i++) {
        struct heed_sgd none = {0, 0, 0};
        struct job other;
        TAP_DONE(job_open(&other, shape, all, 1), &err);
        other.t.step = 5;
        for (size_t p = 0; p < j.m.net.params.n; p++) {
            const struct heed_tensor *from = &j.m.net.params.items[p]->value;
            memcpy(other.m.net.params.items[p]->value.data, from->data,
                   sizeof(float) * (size_t)heed_elements(from));
        }
        other.m.net.params.version++;
        objective(&other, &value[i], &marks[i]);
        job_close(&other);
        heed_grads_sgd(&j.t.grads, i ? &none : &back, 1);
    }
    TAP_NEAR(marks[0], mark, 0); /* the same candidates */
    TAP_NEAR(marks[1], mark, 0);
    double slope = (value[1] - value[0]) / (2 * far);
    tap_diag("%s: slope %.6g, norm %.6g", shape, slope, norm);
    TAP_NEAR(slope / norm, 1, tolerance);
    job_close(&j);
}

static void test_gradient(void)
{
    static const char *const nets[] = {
        "hidden=8", "hidden=8,copy=on", "hidden=8,decoder=plain,cell=lstm",
        "net=transformer,hidden=8,layers=1,heads=2,ffn=8", "net=toy,hidden=8"};
    heed_net_kind_add(&toy_net);
    for (size_t i = 0; i < HEED_COUNT(nets); i++) {
        gradient(nets[i], "risk=1,risk-sharpness=0.7", 0.02);
        gradient(nets[i], "risk=0.4,risk-sharpness=1", 0.02);
    }
}

/* Each once, the reference first and at no cost. */
static void test_candidates(void)
{
    static const char *const metrics[] = {"metric=bleu", "metric=chrf", "metric=exact",
                                          "metric=token-error"};
    for (size_t m = 0; m < HEED_COUNT(metrics); m++) {
        struct job j;
        struct heed_loss loss = {0};
        char all[300];
        snprintf(all, sizeof all, "%s%s,risk=1", common, metrics[m]);
        TAP_DONE(job_open(&j, "hidden=8", all, 1), &err);
        j.t.step = 1;
        TAP_DONE(heed_train_batch(&j.t, &make_batch, &loss, &err), &err);
        int n = 0, bad = 0, twice = 0;
        for (int r = 0; r < MAKE_B - 1; r++) {
            const struct heed_candidates *c = &j.t.risk->rows[r];
            for (int32_t k = 0; k < c->n; k++, n++) {
                bad += k ? !(c->cost[k] >= 0) || (m != 3 && c->cost[k] > 1) : c->cost[k] != 0;
                bad += m == 2 && k && c->cost[k] != 1;
                bad += c->ids[k][c->len[k] - 1] != HEED_EOS;
                for (int32_t i = 0; i < k; i++)
                    twice += c->len[i] == c->len[k] &&
                             !memcmp(c->ids[i], c->ids[k], sizeof(int32_t) * (size_t)c->len[k]);
            }
        }
        TAP_OK(n > MAKE_B && loss.risk > 0);
        TAP_I64(bad, 0);
        TAP_I64(twice, 0);
        job_close(&j);
    }
}

static void weights_after(int workers, struct heed_str *out)
{
    struct job j;
    char all[300];
    snprintf(all, sizeof all, "%srisk=0.7,dropout=0.2,lr=0.01,warmup=0,shards=4", common);
    TAP_DONE(job_open(&j, "hidden=8", all, workers), &err);
    j.t.total_steps = 3;
    for (int i = 0; i < 3; i++) {
        heed_arena_reset(&j.t.batch);
        TAP_DONE(heed_train_update(&j.t, &make_batch, &err), &err);
    }
    for (size_t p = 0; p < j.m.net.params.n; p++) {
        const struct heed_tensor *x = &j.m.net.params.items[p]->value;
        heed_str_add(out, x->data, sizeof(float) * (size_t)heed_elements(x));
    }
    job_close(&j);
}

static void test_workers(void)
{
    struct heed_str one = {0}, three = {0};
    weights_after(1, &one);
    weights_after(3, &three);
    TAP_OK(one.len == three.len && !memcmp(one.data, three.data, one.len));
    heed_str_release(&one);
    heed_str_release(&three);
}

static void test_refused(void)
{
    static const char *const wrong[][2] = {
        {"risk=1,metric=loss", "needs a dev metric"},
        {"risk=1,metric=bleu,r-drop=1", "without --r-drop"},
        {"risk=1,metric=bleu,scheduled-sampling=0.1", "without --scheduled-sampling"}};
    for (size_t i = 0; i < HEED_COUNT(wrong); i++) {
        struct job j;
        TAP_FAILS(job_open(&j, "hidden=8", wrong[i][0], 1), &err, wrong[i][1]);
        job_close(&j);
    }
}

int main(void)
{
    make_plugin_path();
    TAP_RUN(test_gradient);
    TAP_RUN(test_candidates);
    TAP_RUN(test_workers);
    TAP_RUN(test_refused);
    return tap_end();
}
