/* test_model.c: the model as a whole. Gradients of every form of decoder with every cell and score
 * against finite differences of the loss; one step at a time against all steps at once; rows that
 * do not see one another; shards. */
#include "tests/model_make.h"
#include "tests/toy_net.h"
#include "train/step.h"
#include "train/train.h"

#define COUNT HEED_COUNT

/* --- a trainer that only computes losses and gradients --- */

struct bench {
    struct heed_model m;
    struct heed_train_options o;
    struct heed_trainer t;
};

static int bench_open(struct bench *b, const char *model, const char *options)
{
    static struct heed_batch_source none; /* batches are given by hand */
    memset(b, 0, sizeof(*b));
    make_options(&b->o, options);
    if (make_model(&b->m, model, 5))
        return -1;
    b->t.model = &b->m;
    b->t.options = &b->o;
    b->t.source = &none;
    b->t.step = 1;
    return heed_trainer_init(&b->t, &err);
}

static void bench_close(struct bench *b)
{
    heed_trainer_release(&b->t);
    heed_model_release(&b->m);
}

static int losses_of(struct bench *b, struct heed_loss *loss)
{
    *loss = (struct heed_loss){0};
    heed_arena_reset(&b->t.batch);
    b->m.net.params.version++;
    struct heed_batch batch = make_batch;
    batch.table = heed_net_reads_numbers(&b->m.net) ? make_table() : NULL;
    if (heed_train_batch(&b->t, &batch, loss, &err))
        return -1;
    heed_grads_sum(&b->t.grads);
    return 0;
}

/* The smoothed loss; the gradient is left in slab 0. */
static double loss_of(struct bench *b)
{
    struct heed_loss loss;
    return losses_of(b, &loss) ? NAN : loss.nats;
}

static double plain_loss_of(struct bench *b)
{
    struct heed_loss loss;
    return losses_of(b, &loss) ? NAN : loss.plain;
}

/* --- gradients --- */

/* All n numbers of parameter `number`'s gradient, zeros where it has no row. */
static void read_grad(const struct heed_slab *slab, size_t number, size_t n, float *grad)
{
    const struct heed_sparse *rows = slab->sparse[number];
    if (!rows)
        memcpy(grad, slab->grad[number], sizeof *grad * n);
    else
        memset(grad, 0, sizeof *grad * n);
    for (int32_t k = 0; rows && k < rows->n; k++)
        memcpy(grad + rows->list[k] * rows->width, heed_sparse_find(rows, rows->list[k]),
               sizeof *grad * (size_t)rows->width);
}

static double loss_moved(struct bench *b, struct heed_tensor *x, const float *base, const float *d,
                         double h)
{
    for (int64_t i = 0; i < heed_elements(x); i++)
        x->data[i] = base[i] + (float)h * d[i];
    double loss = loss_of(b);
    memcpy(x->data, base, sizeof(float) * (size_t)heed_elements(x));
    return loss;
}

static double moved_by = 0.01; /* of differences; what divides by a deviation bends more */

/* Two random directions: how far backward is off finite
 * differences, relative to the gradient's norm. */
static double gradient_error(struct bench *b, size_t number, struct heed_rng *rng)
{
    struct heed_tensor *x = &b->m.net.params.items[number]->value;
    size_t n = (size_t)heed_elements(x);
    float *base = heed_xmalloc(sizeof(float) * n), *grad = heed_xmalloc(sizeof(float) * n),
          *d = heed_xmalloc(sizeof(float) * n);
    const double h = moved_by;
    double worst = 0;

    double loss = loss_of(b);
    memcpy(base, x->data, sizeof(float) * n);
    read_grad(&b->m.net.params.slabs[0], number, n, grad);
    for (int k = 0; k < 2; k++) {
        double said = 0, norm = 0;
        for (size_t i = 0; i < n; i++) {
            d[i] = heed_rng_u64(rng) >> 63 ? 1.0f : -1.0f;
            said += (double)grad[i] * (double)d[i];
            norm += (double)grad[i] * (double)grad[i];
        }
        double want = 8 * (loss_moved(b, x, base, d, h) - loss_moved(b, x, base, d, -h));
        want -= loss_moved(b, x, base, d, 2 * h) - loss_moved(b, x, base, d, -2 * h);
        want /= 12 * h;
        double off = fmax(fabs(want - said) - 1e-6 * loss / h, 0);
        worst = fmax(worst, off / (sqrt(norm) + 1e-3));
        if (!isfinite(want) || !isfinite(said) || norm == 0) /* nothing is there for nothing */
            worst = INFINITY;
    }
    free(base);
    free(grad);
    free(d);
    return worst;
}

static void gradients(const char *model, const char *options)
{
    struct bench b;
    struct heed_rng rng;
    size_t bad = 0;
    double worst = 0;
    TAP_DONE(bench_open(&b, model, options), &err);
    heed_rng_seed(&rng, 3, 3);
    for (size_t i = 0; i < b.m.net.params.n; i++) {
        double off = gradient_error(&b, i, &rng);
        if (off > worst) {
            worst = off;
            bad = i;
        }
    }
    char name[128];
    snprintf(name, sizeof(name), "%s", b.m.net.params.items[bad]->name);
    bench_close(&b);
    if (!(worst <= 0.02))
        TAP_FAIL("%s: gradient of %s is %.1f %% of its norm off", model, name, 100 * worst);
}

static const char plain_options[] = "shards=2,loss-scale=1,dropout=0,label-smoothing=0.1,average=0";

static void test_gradients_every_form(void)
{
    static const char *const forms[] = {"plain", "bahdanau", "luong", "luong-feed"};
    static const char *const cells[] = {"gru", "lstm", "rnn", "gain"};
    static const char *const scores[] = {"dot", "mlp", "general"};
    for (size_t f = 0; f < COUNT(forms); f++)
        for (size_t c = 0; c < COUNT(cells); c++)
            for (size_t s = 0; s < (f ? COUNT(scores) : 1); s++) {
                char spec[128];
                snprintf(spec, sizeof(spec), "decoder=%s,cell=%s,score=%s,hidden=6,embed=4",
                         forms[f], cells[c], scores[s]);
                gradients(spec, plain_options);
                if (tap_bad)
                    return;
            }
    gradients("decoder=bahdanau,score=kernel:learn=on,hidden=6,embed=4", plain_options);
    gradients("decoder=bahdanau,cell=sru,layers=2,hidden=6,embed=4", plain_options);
    gradients("cell=sru,hidden=6,embed=4", plain_options);
    moved_by = 0.003;
    gradients("decoder=luong-feed,cell=lnlstm,hidden=6,embed=4", plain_options);
    moved_by = 0.01;
}

/* What is dropped in states and at all positions, too; and twins, of whose losses the gradient has the mean. */
static void test_gradients_dropped(void)
{
    static const char options[] = "shards=2,loss-scale=1,dropout=0.2,dropout-states=0.3,dropout-"
                                  "variational=on,label-smoothing=0.1,average=0";
    gradients("decoder=bahdanau,cell=lstm,hidden=6,embed=4", options);
    gradients("layers=2,hidden=6,embed=4", options);
    gradients("hidden=6,embed=4", "shards=2,loss-scale=2,dropout=0.3,average=0,r-drop=2");
    gradients("copy=on,hidden=6,embed=4", "shards=2,loss-scale=2,dropout=0.3,average=0,r-drop=2");
}

/* Of the loss that copies: every form that attends, with and without smoothing, both output layers. */
static void test_gradients_copying(void)
{
    static const char *const forms[] = {"bahdanau", "luong", "luong-feed"};
    static const char *const smoothing[] = {"0", "0.1"}, *const tied[] = {"off", "on"};
    for (size_t i = 0; i < COUNT(forms) * 4 && !tap_bad; i++) {
        char spec[128], options[128];
        snprintf(spec, sizeof(spec), "copy=on,decoder=%s,tied=%s,hidden=6", forms[i / 4],
                 tied[i % 2]);
        snprintf(options, sizeof(options),
                 "shards=2,loss-scale=1,dropout=%s,average=0,label-smoothing=%s",
                 i % 3 ? "0" : "0.2", smoothing[i / 2 % 2]);
        gradients(spec, options);
    }
}

static void test_gradients_toy(void)
{
    gradients("net=toy,hidden=6", plain_options);
}

/* Every score with heads, every norm, place of it and kind of position. What is not smooth, relu, differences
 * cannot check in a whole net; tests/test_ops.c does. */
static void test_gradients_transformer(void)
{
    static const char *const specs[] = {
        "layers=2,hidden=6,heads=2",
        "layers=1,hidden=8,heads=4,score=mlp,norm-place=post",
        "layers=1,hidden=8,heads=2,score=general,norm=rms,activation=swiglu,positions=rotary",
        "layers=1,hidden=8,heads=2,score=dot,norm=rms,norm-place=post,positions=learnt,tied=off",
        "layers=1,hidden=8,heads=2,score=kernel:learn=on,copy=on",
        "layers=1,decoder-layers=2,hidden=4,heads=1,score=mlp:hidden=3,ffn=5",
    };
    for (size_t i = 0; i < COUNT(specs) && !tap_bad; i++) {
        char spec[160];
        snprintf(spec, sizeof spec, "net=transformer,activation=gelu,%s", specs[i]);
        gradients(spec, plain_options);
    }
}

/* Of sources that are numbers, masked too. */
static void test_gradients_features(void)
{
    static const char masks[] =
        "shards=2,loss-scale=1,dropout=0,average=0,freq-width=2,time-share=0.5";
    gradients("source=features,src-width=3,stack=2,hidden=6,embed=4", plain_options);
    gradients("source=features,src-width=6,stack=1,hidden=6,layers=2", masks);
    gradients("source=features,src-width=2,stack=3,net=transformer,activation=gelu,layers=1,hidden="
              "6,heads=2",
              masks);
}

/* What is masked hangs on the row and the step, not on its shard. */
static void test_masks(void)
{
    static const char model[] = "source=features,src-width=3,stack=2,hidden=6,embed=4";
    static const char *const options[] = {
        "shards=1,dropout=0,average=0,freq-width=2,time-share=0.9",
        "shards=3,dropout=0,average=0,freq-width=2,time-share=0.9",
        "shards=1,dropout=0,average=0,freq-masks=0,time-masks=0"};
    double loss[4] = {0};
    for (size_t i = 0; i < COUNT(loss); i++) {
        struct bench b;
        TAP_DONE(bench_open(&b, model, options[i % COUNT(options)]), &err);
        b.t.step = i < COUNT(options) ? 1 : 2;
        loss[i] = loss_of(&b);
        bench_close(&b);
    }
    TAP_NEAR(loss[1], loss[0], 1e-4);
    TAP_OK(fabs(loss[2] - loss[0]) > 1e-3 && fabs(loss[3] - loss[0]) > 1e-3);
}

static void test_gradients_mixed(void)
{
    static const char *const specs[] = {
        "layers=2,hidden=6,heads=2,decoder=plain",
        "layers=1,decoder-layers=2,hidden=6,heads=2,cell=lstm,decoder=bahdanau",
        "layers=1,hidden=6,heads=3,decoder=luong-feed,score=dot",
        "layers=1,hidden=6,heads=2,cell=lstm",
        "layers=1,decoder-layers=2,hidden=6,heads=2,encoder-hidden=2,score=mlp",
    };
    for (size_t i = 0; i < COUNT(specs) && !tap_bad; i++) {
        char spec[160];
        snprintf(spec, sizeof spec, "net=%s,activation=gelu,%s",
                 i < 3 ? "transformer-rnn" : "rnn-transformer", specs[i]);
        gradients(spec, plain_options);
    }
}

static void test_gradients_layers(void)
{
    gradients("decoder=luong,layers=2,hidden=4,embed=5,bidirectional=off,tied=off", plain_options);
}

static void test_gradients_layers_feed(void)
{
    gradients("decoder=luong-feed,cell=lstm,layers=2,hidden=4,embed=5,readout=3", plain_options);
}

/* Each layer and direction has a gain of its own: with one for all, no other would have a gradient,
 * which the check takes for an error. */
static void test_gradients_own_parameters(void)
{
    gradients("decoder=luong-feed,cell=gain,layers=2,hidden=4,embed=5", plain_options);
}

static int n_still(const struct heed_params *params, const char *ending)
{
    int n = 0;
    for (size_t i = 0; i < params->n; i++) {
        const char *name = params->items[i]->name;
        size_t from = strlen(name) - HEED_MIN(strlen(name), strlen(ending));
        n += strcmp(name + from, ending) == 0 && params->items[i]->value.data[0] == 0;
    }
    return n;
}

static void test_own_parameters_train(void)
{
    struct bench b;
    TAP_DONE(bench_open(&b, "decoder=luong,score=dot,cell=gain,layers=3,hidden=8", "dropout=0"),
             &err);
    for (size_t i = 0; i < b.m.net.params.n; i++)
        if (strstr(b.m.net.params.items[i]->name, ".gain"))
            b.m.net.params.items[i]->value.data[0] = 0;
    int before = n_still(&b.m.net.params, ".gain");
    b.m.net.params.version++;
    int status = heed_train_update(&b.t, &make_batch, &err);
    int after = n_still(&b.m.net.params, ".gain");
    bench_close(&b);
    TAP_DONE(status, &err);
    TAP_I64(before, 3 * 2 + 3 + 1); /* encoder both ways, decoder, and the score's */
    TAP_I64(after, 0);
}

static void test_gradients_course(void)
{
    gradients("decoder=bahdanau,layers=2,hidden=4,bidirectional=off,pad-source=7,initial=course,"
              "tied=off",
              plain_options);
}

/* The largest of a parameter's numbers is just below its bound. */
static void bound(const struct heed_model *m, const char *name, double want)
{
    const struct heed_param *p = heed_params_find(&m->net.params, name);
    double largest = 0;
    TAP_OK(p != NULL);
    for (int64_t i = 0; p && i < heed_elements(&p->value); i++)
        largest = fmax(largest, fabs((double)p->value.data[i]));
    tap_diag("%s: %g of %g", name, largest, want);
    TAP_OK(largest <= want * 1.00001 && largest > want * 0.8);
}

/* The course's decoder has one matrix for embedding and context, and PyTorch's bias of its last layer. */
static void test_initial_course(void)
{
    struct heed_model m;
    TAP_DONE(
        make_model(
            &m, "decoder=bahdanau,hidden=32,embed=32,bidirectional=off,tied=off,initial=course", 1),
        &err);
    heed_params_fill(&m.net.params, 1);
    bound(&m, "decoder.0.input.weight", sqrt(6.0 / (64 + 96)));
    bound(&m, "decoder.feed.weight", sqrt(6.0 / (64 + 96)));
    bound(&m, "encoder.0.forward.input.weight", sqrt(6.0 / (32 + 96)));
    bound(&m, "out.bias", 1 / sqrt(32.0));
    heed_model_release(&m);
    TAP_DONE(make_model(&m, "decoder=bahdanau,hidden=32,embed=32,bidirectional=off,tied=off", 1),
             &err);
    heed_params_fill(&m.net.params, 1);
    bound(&m, "decoder.0.input.weight", sqrt(6.0 / (32 + 96)));
    heed_model_release(&m);
}

/* Masks are functions of coordinates, so the loss is smooth in the weights. */
static void test_gradients_dropout(void)
{
    static const char *const forms[] = {"plain", "bahdanau", "luong", "luong-feed"};
    for (size_t f = 0; f < COUNT(forms); f++) {
        char spec[128];
        snprintf(spec, sizeof(spec), "decoder=%s,hidden=6,embed=4,layers=2", forms[f]);
        gradients(spec, "shards=2,loss-scale=1,dropout=0.3,dropout-attention=0.2,label-smoothing=0,"
                        "average=0");
        if (tap_bad)
            return;
    }
}

/* --- shards --- */

static double furthest(const struct heed_params *a, const struct heed_params *b, size_t number)
{
    size_t n = (size_t)heed_elements(&a->items[number]->value);
    float *x = heed_xmalloc(sizeof *x * n), *y = heed_xmalloc(sizeof *y * n);
    double worst = 0;
    read_grad(&a->slabs[0], number, n, x);
    read_grad(&b->slabs[0], number, n, y);
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, fabs((double)x[i] - (double)y[i]));
    free(x);
    free(y);
    return worst;
}

/* Loss and gradients with 2 and 3 shards are those of 1 up to
 * rounding: dropout does not know shards either. */
static void test_shards(void)
{
    struct bench one;
    TAP_DONE(bench_open(&one, "hidden=8,layers=2",
                        "shards=1,loss-scale=1,dropout=0.3,dropout-attention=0.3,average=0"),
             &err);
    double want = loss_of(&one), worst = 0, off = 0;
    for (int n = 2; n <= 7; n++) {
        struct bench b;
        char options[100];
        snprintf(options, sizeof(options),
                 "shards=%d,loss-scale=1,dropout=0.3,dropout-attention=0.3,average=0", n);
        TAP_DONE(bench_open(&b, "hidden=8,layers=2", options), &err);
        off = fmax(off, fabs(loss_of(&b) - want));
        for (size_t i = 0; i < b.m.net.params.n; i++)
            worst = fmax(worst, furthest(&b.m.net.params, &one.m.net.params, i));
        bench_close(&b);
    }
    one.t.step = 2;
    double other = loss_of(&one);
    bench_close(&one);
    TAP_OK(isfinite(want));
    TAP_NEAR(off, 0, 1e-4);
    TAP_NEAR(worst, 0, 1e-4);
    TAP_OK(fabs(other - want) > 1e-3); /* another step, other masks */
}

/* --- inference: rows do not see one another --- */

struct answer {
    int32_t S, n, tgt[80];
    float memory[MAKE_S * 8], state[128], log_prob[80], weights[80 * MAKE_S], query[80 * 8];
};

static void copy_answer(const struct heed_model *m, const struct heed_encoded *x,
                        const struct heed_hypotheses *h, int64_t b, struct answer *a)
{
    memset(a, 0, sizeof(*a));
    size_t n_state = (size_t)(x->W);
    a->S = x->len[b];
    a->n = h->tgt_len[b];
    if (a->S > MAKE_S || x->D > 8 || n_state > COUNT(a->state) || a->n > 80)
        BUG("the tests' model grew");
    memcpy(a->memory, x->memory + b * x->S * x->D, sizeof(float) * (size_t)(a->S * x->D));
    memcpy(a->state, x->state + (size_t)b * n_state, sizeof(float) * n_state);
    memcpy(a->tgt, h->tgt + b * h->T, sizeof(int32_t) * (size_t)a->n);
    memcpy(a->log_prob, h->token_log_prob + b * h->T, sizeof(float) * (size_t)a->n);
    for (int32_t t = 0; heed_net_attends(&m->net) && t < a->n; t++) {
        memcpy(a->weights + t * MAKE_S, h->weights + (b * h->T + t) * h->S,
               sizeof(float) * (size_t)a->S);
        if (h->query_width)
            memcpy(a->query + t * 8, h->queries + (b * h->T + t) * h->query_width,
                   sizeof(float) * (size_t)h->query_width);
    }
}

static const struct heed_search_options everything = {
    .log_probs = true, .weights = true, .queries = true};

/* Rows of the common batch, in the order `rows`, ids [n,width]. */
static int run_rows(struct heed_engine *e, const int32_t *rows, int64_t n, int64_t width,
                    struct answer *out)
{
    int32_t src[MAKE_B * 64], len[MAKE_B];
    struct heed_encoded x;
    struct heed_hypotheses h = {0};
    for (int64_t i = 0; i < n; i++) {
        len[i] = make_src_len[rows[i]];
        for (int64_t s = 0; s < width; s++)
            src[i * width + s] = s < MAKE_S ? make_src[rows[i] * MAKE_S + s] : HEED_UNK;
    }
    int status = heed_engine_encode(e, n, width, src, len, &x, &err) ||
                 heed_engine_decode(e, &x, &everything, &h, &err);
    for (int64_t i = 0; i < n && status == 0; i++)
        copy_answer(e->model, &x, &h, i, &out[rows[i]]);
    heed_hypotheses_release(&h);
    return status ? -1 : 0;
}

static void rows_alone(const char *spec)
{
    static const int32_t all[] = {0, 1, 2, 3, 4, 5}, other[] = {5, 3, 1, 0, 2, 4};
    static struct answer want[MAKE_B], got[MAKE_B];
    struct heed_model m;
    struct heed_engine e;
    int bad = 0;
    TAP_DONE(make_model(&m, spec, 11), &err);
    heed_engine_init(&e, &m, 1);
    e.table = heed_net_reads_numbers(&m.net) ? make_table() : NULL;
    bad |= run_rows(&e, all, MAKE_B, MAKE_S, want);
    bad |= run_rows(&e, other, MAKE_B, 40, got);
    bool order = memcmp(want, got, sizeof(want)) == 0;
    memset(got, 0, sizeof(got));
    for (int32_t i = 0; i < MAKE_B; i++)
        bad |= run_rows(&e, &i, 1, MAKE_S, got);
    bool alone = memcmp(want, got, sizeof(want)) == 0;
    memset(got, 0, sizeof(got));
    bad |= run_rows(&e, other + 3, 3, MAKE_S, got) | run_rows(&e, other, 3, MAKE_S, got);
    bool parts = memcmp(want, got, sizeof(want)) == 0;
    bool words = want[2].n > 0 && want[3].n == 0;
    heed_engine_release(&e);
    heed_model_release(&m);
    if (bad)
        TAP_FAIL("%s: %s", spec, err.text);
    if (!order || !alone || !parts || !words)
        TAP_FAIL("%s: order %d, alone %d, parts %d, words %d", spec, order, alone, parts, words);
}

static void test_rows_alone(void)
{
    static const char *const sets[] = {"portable", "avx2", "avx512"};
    static const char *const specs[] = {
        "decoder=plain,hidden=8",
        "decoder=bahdanau,hidden=8,cell=lstm",
        "decoder=luong,hidden=8,score=dot",
        "decoder=luong-feed,hidden=8,score=general,cell=rnn",
        "source=features,src-width=3,stack=2,hidden=8",
        "decoder=luong,hidden=8,layers=2,bidirectional=off",
        "decoder=bahdanau,hidden=8,bidirectional=off,pad-source=9,tied=off",
        "decoder=luong,hidden=8,copy=on",
        "decoder=bahdanau,hidden=8,copy=on,tied=off,cell=lstm",
        "decoder=luong-feed,hidden=8,copy=on,layers=2",
        "net=toy,hidden=8",
        "net=transformer,hidden=8,heads=2,layers=2",
        "net=transformer,hidden=8,heads=4,layers=1,score=mlp,norm-place=post,activation=gelu",
        "net=transformer,hidden=8,heads=2,layers=2,positions=rotary,norm=rms,activation=swiglu",
        "net=transformer,hidden=8,heads=1,layers=1,positions=learnt,score=general,copy=on",
        "net=transformer-rnn,hidden=8,heads=2,decoder=luong-feed,score=general",
        "net=rnn-transformer,hidden=8,heads=2,cell=lstm,decoder-layers=2",
    };
    for (size_t k = 0; k < COUNT(sets) && !tap_bad; k++) {
        if (!heed_kernels_by_name(sets[k]))
            continue;
        TAP_DONE(heed_vec_select(sets[k], &err), &err);
        for (size_t i = 0; i < COUNT(specs) && !tap_bad; i++)
            rows_alone(specs[i]);
    }
    TAP_DONE(heed_vec_select("auto", &err), &err);
}

/* --- workers --- */

#define MANY 27 /* rows of the common batch again and again, so that several lanes have some */

static int run_many(struct heed_model *m, int workers, struct heed_encoded *x, float **memory,
                    float **state, struct heed_hypotheses *h)
{
    struct heed_engine e;
    static int32_t src[MANY * MAKE_S], len[MANY];
    for (int64_t i = 0; i < MANY; i++) {
        len[i] = make_src_len[i * 5 % MAKE_B];
        memcpy(src + i * MAKE_S, make_src + i * 5 % MAKE_B * MAKE_S, sizeof(*src) * MAKE_S);
    }
    heed_engine_init(&e, m, workers);
    bool lanes = heed_engine_lanes(&e, MANY) == HEED_MIN(workers, MANY / HEED_LANE_ROWS);
    int status = !lanes || heed_engine_encode(&e, MANY, MAKE_S, src, len, x, &err) ||
                 heed_engine_decode(&e, x, &everything, h, &err);
    size_t n = (size_t)(x->B * x->S * x->D), n_state = (size_t)(x->B * x->W);
    *memory = memcpy(heed_xmalloc(sizeof(float) * n), x->memory, sizeof(float) * n);
    *state = memcpy(heed_xmalloc(sizeof(float) * n_state), x->state, sizeof(float) * n_state);
    heed_engine_release(&e);
    return status ? -1 : 0;
}

static bool same_answers(const struct heed_hypotheses *a, const struct heed_hypotheses *b)
{
    size_t B = (size_t)a->B, BT = B * (size_t)a->T;
    return a->B == b->B && a->T == b->T && a->S == b->S &&
           memcmp(a->tgt, b->tgt, sizeof(int32_t) * BT) == 0 &&
           memcmp(a->tgt_len, b->tgt_len, sizeof(int32_t) * B) == 0 &&
           memcmp(a->align, b->align, sizeof(int32_t) * BT) == 0 &&
           memcmp(a->finish, b->finish, B) == 0 &&
           memcmp(a->log_prob, b->log_prob, sizeof(float) * B) == 0 &&
           memcmp(a->token_log_prob, b->token_log_prob, sizeof(float) * BT) == 0 &&
           (!a->weights ||
            memcmp(a->weights, b->weights, sizeof(float) * BT * (size_t)a->S) == 0) &&
           (!a->queries ||
            memcmp(a->queries, b->queries, sizeof(float) * BT * (size_t)a->query_width) == 0);
}

static void test_workers_change_nothing(void)
{
    static const char *const specs[] = {"hidden=8",
                                        "hidden=8,decoder=plain,cell=lstm",
                                        "hidden=8,copy=on",
                                        "net=transformer,hidden=8,heads=2",
                                        "net=transformer-rnn,hidden=8,heads=2,cell=lstm",
                                        "net=rnn-transformer,hidden=8,heads=2,score=mlp",
                                        "hidden=8,decoder=luong-feed,score=general,layers=2"};
    for (size_t i = 0; i < COUNT(specs); i++) {
        struct heed_model m;
        struct heed_encoded x;
        struct heed_hypotheses want, got;
        float *memory[2], *state[2];
        TAP_DONE(make_model(&m, specs[i], 11), &err);
        TAP_DONE(run_many(&m, 1, &x, &memory[0], &state[0], &want), &err);
        size_t n = (size_t)(x.B * x.S * x.D), n_state = (size_t)(x.B * x.W);
        for (int workers = 2; workers < 9; workers += 3) {
            TAP_DONE(run_many(&m, workers, &x, &memory[1], &state[1], &got), &err);
            TAP_MEM(memory[1], memory[0], sizeof(float) * n);
            TAP_MEM(state[1], state[0], sizeof(float) * n_state);
            TAP_OK(same_answers(&want, &got));
            heed_hypotheses_release(&got);
            free(memory[1]);
            free(state[1]);
        }
        heed_hypotheses_release(&want);
        free(memory[0]);
        free(state[0]);
        heed_model_release(&m);
    }
}

/* --- the encoder and padding --- */

static void test_memory_beyond_lengths(void)
{
    struct heed_model m;
    struct heed_engine e;
    struct heed_encoded x;
    bool zero = true;
    TAP_DONE(make_model(&m, "hidden=8", 1), &err);
    heed_engine_init(&e, &m, 1);
    TAP_DONE(heed_engine_encode(&e, MAKE_B, MAKE_S, make_src, make_src_len, &x, &err), &err);
    TAP_I64(x.S, 5);
    for (int64_t b = 0; b < MAKE_B; b++)
        for (int64_t i = make_src_len[b] * x.D; i < x.S * x.D; i++)
            zero &= x.memory[b * x.S * x.D + i] == 0;
    for (int64_t i = 0; i < x.W; i++)
        zero &= x.state[3 * x.W + i] == 0;
    heed_engine_release(&e);
    heed_model_release(&m);
    TAP_OK(zero);
}

/* As the course does: the encoder runs on over padding, attention does not see it. */
static void test_pad_source(void)
{
    static const int32_t padded[] = {4, 5, 6, 0, 0, 0, 0, 0}, behind[] = {4, 5, 6, 7, 7, 7, 7, 7},
                         three = 3, eight = 8;
    struct heed_model course, packed;
    struct heed_engine a, b;
    struct heed_encoded x, y;
    TAP_DONE(make_model(&course, "hidden=8,bidirectional=off,pad-source=8", 1), &err);
    TAP_DONE(make_model(&packed, "hidden=8,bidirectional=off", 1), &err);
    heed_engine_init(&a, &course, 1);
    heed_engine_init(&b, &packed, 1);
    TAP_DONE(heed_engine_encode(&a, 1, 8, behind, &three, &x, &err), &err);
    TAP_DONE(heed_engine_encode(&b, 1, 8, padded, &eight, &y, &err), &err);
    TAP_I64(x.S, 3);
    TAP_MEM(x.memory, y.memory, 3 * 8 * sizeof(float));
    TAP_MEM(x.state, y.state, 8 * sizeof(float));
    TAP_DONE(heed_engine_encode(&b, 1, 8, padded, &three, &y, &err), &err);
    bool differs = memcmp(x.state, y.state, 8 * sizeof(float)) != 0;
    heed_engine_release(&a);
    heed_engine_release(&b);
    heed_model_release(&course);
    heed_model_release(&packed);
    TAP_OK(differs);
}

static float first_log_prob(struct heed_engine *e, const struct heed_encoded *x)
{
    struct heed_hypotheses h;
    if (heed_engine_decode(e, x, &everything, &h, &err))
        return NAN;
    float got = h.token_log_prob[0];
    heed_hypotheses_release(&h);
    return got;
}

/* Each layer and direction's final state begins the decoder. */
static void test_states_begin_the_decoder(void)
{
    static const int32_t src[] = {4, 5, 6}, len = 3;
    struct heed_model m;
    struct heed_engine e;
    struct heed_encoded x;
    float state[2 * 4 * 4], moved[2 * 4 * 4];
    TAP_DONE(make_model(&m, "hidden=8,layers=2,cell=lstm,decoder=plain", 1), &err);
    heed_engine_init(&e, &m, 1);
    TAP_DONE(heed_engine_encode(&e, 1, 3, src, &len, &x, &err), &err);
    TAP_I64(x.W, HEED_COUNT(state));
    memcpy(state, x.state, sizeof(state));
    float want = first_log_prob(&e, &x);
    int64_t H = m.net.state_dims[2], parts = x.W / H;
    for (int64_t part = 0; part < parts; part++) {
        memcpy(moved, state, sizeof(state));
        for (int64_t i = 0; i < H; i++)
            moved[part * H + i] += 0.5f;
        x.state = moved;
        if (fabsf(first_log_prob(&e, &x) - want) < 1e-5f)
            TAP_FAIL("state %lld of %lld changes nothing", (long long)part, (long long)parts);
    }
    heed_engine_release(&e);
    heed_model_release(&m);
}

static void test_nothing_to_encode(void)
{
    static const int32_t none[] = {0, 0};
    struct heed_model m;
    struct heed_engine e;
    struct heed_encoded x;
    struct heed_hypotheses h;
    TAP_DONE(make_model(&m, "hidden=8", 1), &err);
    heed_engine_init(&e, &m, 1);
    TAP_DONE(heed_engine_encode(&e, 2, 0, NULL, none, &x, &err), &err);
    TAP_I64(x.S, 0);
    TAP_DONE(heed_engine_decode(&e, &x, &everything, &h, &err), &err);
    TAP_I64(h.tgt_len[0], 0);
    heed_hypotheses_release(&h);
    heed_engine_release(&e);
    heed_model_release(&m);
}

/* --- one step at a time against all at once --- */

static double forced_loss(struct heed_engine *e, const struct heed_encoded *x, int64_t *n)
{
    struct heed_hypotheses h;
    struct heed_search_options o = everything;
    double sum = 0;
    o.force = make_tgt;
    o.force_len = make_tgt_len;
    o.force_width = MAKE_T;
    if (heed_engine_decode(e, x, &o, &h, &err))
        return NAN;
    for (int64_t b = 0; b < h.B; b++) {
        if (make_src_len[b])
            sum -= (double)h.log_prob[b];
        else if (h.log_prob[b] != -INFINITY) /* an empty source has no such target */
            sum = NAN;
        *n += h.tgt_len[b];
        for (int64_t t = 0; t < h.tgt_len[b]; t++)
            if (h.tgt[b * h.T + t] != make_tgt[b * MAKE_T + t])
                sum = NAN;
    }
    heed_hypotheses_release(&h);
    return sum;
}

/* The decoder one step at a time, following the targets, sums the loss of teacher forcing. */
static void test_forced_is_teacher_forcing(void)
{
    static const char *const specs[] = {
        "decoder=plain,hidden=8",
        "decoder=bahdanau,hidden=8,cell=lstm,layers=2",
        "decoder=luong,hidden=8",
        "decoder=luong-feed,hidden=8,cell=lstm,layers=2",
        "decoder=luong,hidden=8,copy=on",
        "decoder=bahdanau,hidden=8,copy=on,tied=off",
        "decoder=luong-feed,hidden=8,copy=on",
        "net=toy,hidden=8",
        "net=transformer,hidden=8,heads=2,layers=2",
        "net=transformer,hidden=8,heads=2,norm-place=post,copy=on",
        "net=transformer,hidden=8,heads=4,norm=rms,positions=rotary",
        "net=transformer,hidden=8,heads=2,positions=learnt,activation=swiglu,score=mlp",
        "net=transformer-rnn,hidden=8,heads=2,layers=2",
        "net=transformer-rnn,hidden=8,heads=2,decoder=plain",
        "net=rnn-transformer,hidden=8,heads=2,score=general"};
    for (size_t f = 0; f < COUNT(specs); f++) {
        struct bench b;
        struct heed_engine e;
        struct heed_encoded x;
        int64_t n = 0;
        TAP_DONE(bench_open(&b, specs[f], "dropout=0,label-smoothing=0,average=0,shards=1"), &err);
        double want = plain_loss_of(&b);
        heed_engine_init(&e, &b.m, 1);
        TAP_DONE(heed_engine_encode(&e, MAKE_B, MAKE_S, make_src, make_src_len, &x, &err), &err);
        double got = forced_loss(&e, &x, &n);
        heed_engine_release(&e);
        bench_close(&b);
        TAP_I64(n, 3 + 2 + 6 + 5 + 3);
        TAP_NEAR(got, want, 1e-4 * want);
    }
}

/* The words that a step may say have all of the probability, copied ones among them: forced to each in
 * turn, the first step of a row gives its share. */
static void test_probabilities_sum_to_one(void)
{
    static const char *const specs[] = {"hidden=8", "hidden=8,copy=on",
                                        "hidden=8,copy=on,decoder=bahdanau,tied=off"};
    for (size_t f = 0; f < COUNT(specs); f++) {
        struct heed_model m;
        struct heed_engine e;
        struct heed_encoded x;
        double sums[MAKE_B] = {0};
        TAP_DONE(make_model(&m, specs[f], 11), &err);
        heed_engine_init(&e, &m, 1);
        TAP_DONE(heed_engine_encode(&e, MAKE_B, MAKE_S, make_src, make_src_len, &x, &err), &err);
        for (int32_t word = 0; word < m.net.tgt_words; word++) {
            int32_t force[MAKE_B], len[MAKE_B];
            struct heed_hypotheses h;
            struct heed_search_options o = {
                .log_probs = true, .force = force, .force_len = len, .force_width = 1};
            for (int b = 0; b < MAKE_B; b++) {
                force[b] = word;
                len[b] = 1;
            }
            TAP_DONE(heed_engine_decode(&e, &x, &o, &h, &err), &err);
            for (int b = 0; b < MAKE_B; b++)
                sums[b] += h.tgt_len[b] ? exp((double)h.token_log_prob[b]) : 0;
            heed_hypotheses_release(&h);
        }
        heed_engine_release(&e);
        heed_model_release(&m);
        for (int b = 0; b < MAKE_B; b++)
            TAP_NEAR(sums[b], make_src_len[b] ? 1 : 0, 1e-5);
    }
}

/* Nothing but the source's ids changes: what is copied does. */
static void test_copies_what_the_source_says(void)
{
    static const int32_t src[] = {4, 5, 6}, len = 3;
    struct heed_model m;
    struct heed_engine e;
    struct heed_encoded x;
    struct heed_hypotheses h[2];
    int32_t moved[] = {10, 11, 12};
    struct heed_search_options o = {
        .log_probs = true, .force = moved, .force_len = &len, .force_width = 3};
    TAP_DONE(make_model(&m, "hidden=8,copy=on", 11), &err);
    heed_engine_init(&e, &m, 1);
    TAP_DONE(heed_engine_encode(&e, 1, 3, src, &len, &x, &err), &err);
    for (int k = 0; k < 2; k++) {
        TAP_DONE(heed_engine_decode(&e, &x, &o, &h[k], &err), &err);
        x.src = moved;
    }
    for (int t = 0; t < 3; t++)
        TAP_OK(h[1].token_log_prob[t] > h[0].token_log_prob[t]);
    heed_hypotheses_release(&h[0]);
    heed_hypotheses_release(&h[1]);
    heed_engine_release(&e);
    heed_model_release(&m);
}

static void test_who_copies(void)
{
    struct heed_model m;
    TAP_DONE(make_model(&m, "hidden=8", 1), &err);
    TAP_OK(!heed_net_copies(&m.net) && m.net.shape.copy == HEED_OFF);
    heed_model_release(&m);
    TAP_FAILS(make_model(&m, "hidden=8,copy=on,decoder=plain", 1), &err,
              "--copy on: the net plain pays no attention");
    TAP_FAILS(make_model(&m, "hidden=8,copy=on,net=toy", 1), &err,
              "--copy on: the net toy pays no attention");
}

/* Greedy decoding and following its own choice give the same bits. */
static void test_forced_is_greedy(void)
{
    struct heed_model m;
    struct heed_engine e;
    struct heed_encoded x;
    struct heed_hypotheses greedy, forced;
    struct heed_search_options o = everything;
    TAP_DONE(make_model(&m, "hidden=8,decoder=luong-feed", 11), &err);
    heed_engine_init(&e, &m, 1);
    TAP_DONE(heed_engine_encode(&e, MAKE_B, MAKE_S, make_src, make_src_len, &x, &err), &err);
    TAP_DONE(heed_engine_decode(&e, &x, &everything, &greedy, &err), &err);
    o.force = greedy.tgt;
    o.force_len = greedy.tgt_len;
    o.force_width = greedy.T;
    TAP_DONE(heed_engine_decode(&e, &x, &o, &forced, &err), &err);
    TAP_I64(forced.T, greedy.T);
    TAP_MEM(forced.tgt, greedy.tgt, sizeof(int32_t) * (size_t)(greedy.B * greedy.T));
    TAP_MEM(forced.log_prob, greedy.log_prob, sizeof(float) * (size_t)greedy.B);
    TAP_MEM(forced.weights, greedy.weights,
            sizeof(float) * (size_t)(greedy.B * greedy.T * greedy.S));
    heed_hypotheses_release(&greedy);
    heed_hypotheses_release(&forced);
    heed_engine_release(&e);
    heed_model_release(&m);
}

/* The defect of the course's first additive score: weights that do not change with the query. */
static void test_attention_heeds_the_query(void)
{
    static const char *const scores[] = {"dot", "mlp", "general"};
    static const char *const forms[] = {"bahdanau", "luong", "luong-feed"};
    static const int32_t row = 2;
    static struct answer a[MAKE_B];
    for (size_t i = 0; i < 9; i++) {
        struct heed_model m;
        struct heed_engine e;
        char spec[128];
        double sum = 0, change = 0;
        snprintf(spec, sizeof(spec), "decoder=%s,score=%s,hidden=8", forms[i / 3], scores[i % 3]);
        TAP_DONE(make_model(&m, spec, 4), &err);
        heed_engine_init(&e, &m, 1);
        TAP_DONE(run_rows(&e, &row, 1, MAKE_S, a), &err);
        for (int s = 0; s < MAKE_S; s++) {
            sum += (double)a[row].weights[s];
            change =
                fmax(change, fabs((double)a[row].weights[s] - (double)a[row].weights[MAKE_S + s]));
        }
        heed_engine_release(&e);
        heed_model_release(&m);
        TAP_OK(a[row].n > 1);
        TAP_NEAR(sum, 1, 1e-5);
        if (change < 1e-4)
            TAP_FAIL("%s: weights change by %g with the query", spec, change);
    }
}

/* --- the limit of length --- */

static void test_length_limit(void)
{
    struct heed_model m = {.limits = {20, 30, 2, 0}};
    TAP_I64(heed_length_limit(&m, 1), 7);
    TAP_I64(heed_length_limit(&m, 20), 30);
    TAP_I64(heed_length_limit(&m, 40), 60); /* longer than any seen: in proportion */
    TAP_I64(heed_length_limit(&m, 1 << 30), 65535);
    m.limits = (struct heed_limits){0};
    TAP_I64(heed_length_limit(&m, 9), 1);
}

/* --- configuration --- */

static int resolve(const char *spec, struct heed_shape *c)
{
    heed_options_default(heed_shape_rows, c);
    return heed_options_spec(heed_shape_rows, c, "model", spec, &err) ||
                   heed_net_rnn.resolve(c, &err)
               ? -1
               : 0;
}

static void test_config(void)
{
    struct heed_shape c = {0};
    TAP_DONE(resolve("hidden=8", &c), &err);
    TAP_I64(c.encoder_hidden, 4);
    TAP_I64(c.embed, 8);
    TAP_I64(c.bridge, HEED_BRIDGE_DENSE);
    TAP_I64(c.tied, HEED_ON);
    TAP_DONE(resolve("hidden=8,bidirectional=off,embed=3,decoder=plain", &c), &err);
    TAP_I64(c.encoder_hidden, 8);
    TAP_I64(c.readout, 8);
    TAP_I64(c.bridge, HEED_BRIDGE_COPY);
    TAP_I64(c.tied, HEED_OFF);
    TAP_FAILS(resolve("hidden=7", &c), &err, "hidden 7 is odd");
    TAP_FAILS(resolve("hidden=8,bridge=copy", &c), &err, "bridge copy needs an encoder");
    TAP_FAILS(resolve("hidden=8,tied=on,embed=3,decoder=plain", &c), &err, "tied on needs");
    TAP_FAILS(resolve("hidden=8,readout=3,decoder=bahdanau", &c), &err, "readout 3");
    TAP_FAILS(resolve("layers=17", &c), &err, "layers: 17 not in [0, 16]");
}

static void test_widths_of_dot(void)
{
    struct heed_model m;
    TAP_FAILS(make_model(&m, "hidden=8,encoder-hidden=3,score=dot", 1), &err, "dot");
}

/* --- frames of strangers --- */

/* A batch that is worked in pieces, by one and by three: every row is what it is in a small one. */
static void pieces(const char *spec, int workers)
{
    enum { ROWS = 9001 };
    struct heed_model m;
    struct heed_engine e;
    struct heed_encoded x;
    struct heed_hypotheses small = {0}, h = {0};
    int32_t *src = heed_xcalloc(ROWS * MAKE_S, sizeof(*src)),
            *len = heed_xcalloc(ROWS, sizeof(*len));
    bool same = true;
    for (int64_t b = 0; b < ROWS; b++) {
        memcpy(src + b * MAKE_S, make_src + b % MAKE_B * MAKE_S, sizeof(*src) * MAKE_S);
        len[b] = make_src_len[b % MAKE_B];
    }
    TAP_DONE(make_model(&m, spec, 4), &err);
    heed_engine_init(&e, &m, workers);
    TAP_DONE(heed_engine_encode(&e, MAKE_B, MAKE_S, make_src, make_src_len, &x, &err), &err);
    TAP_DONE(heed_engine_decode(&e, &x, &everything, &small, &err), &err);
    TAP_DONE(heed_engine_encode(&e, ROWS, MAKE_S, src, len, &x, &err), &err);
    TAP_DONE(heed_engine_decode(&e, &x, &everything, &h, &err), &err);
    for (int64_t b = 0; b < ROWS; b++) {
        int64_t as = b % MAKE_B, n = small.tgt_len[as];
        same = same && h.tgt_len[b] == n && h.log_prob[b] == small.log_prob[as] &&
               !memcmp(h.tgt + b * h.cap, small.tgt + as * small.cap, sizeof(*h.tgt) * (size_t)n);
    }
    heed_hypotheses_release(&small);
    heed_hypotheses_release(&h);
    heed_engine_release(&e);
    heed_model_release(&m);
    free(src);
    free(len);
    TAP_OK(same);
}

static void test_pieces_change_nothing(void)
{
    pieces("hidden=4,score=mlp", 1);
    pieces("hidden=4,decoder=plain,cell=lstm", 3);
}

/* What a small frame could ask for is known before memory is taken. */
static void test_sizes_are_bounded(void)
{
    struct heed_model m;
    struct heed_engine e;
    struct heed_encoded x;
    struct heed_hypotheses h = {0};
    const int64_t B = 8192, S = HEED_POSITIONS_MAX;
    const int32_t too_long = (int32_t)S + 1;
    int32_t *len = heed_xcalloc((size_t)B, sizeof(*len)), one[1] = {4};
    TAP_DONE(make_model(&m, "hidden=4,score=mlp:hidden=65536", 4), &err);
    heed_engine_init(&e, &m, 1);
    len[7] = (int32_t)S;
    TAP_FAILS(heed_engine_encode(&e, B, S, one, len, &x, &err), &err,
              "8192 rows of 16384 tokens make a memory of more than");
    TAP_FAILS(heed_engine_encode(&e, 1, S + 1, one, &too_long, &x, &err), &err,
              "a source of 16385 tokens, at most 16384");
    float *memory = heed_xcalloc((size_t)(S * 4), sizeof(*memory)), state[64] = {0};
    x = (struct heed_encoded){.B = 1,
                              .S = S,
                              .D = 4,
                              .memory = memory,
                              .len = len + 7,
                              .W = m.net.state_dims[0] * m.net.state_dims[1] * m.net.state_dims[2],
                              .state = state};
    TAP_FAILS(heed_engine_decode(&e, &x, &everything, &h, &err), &err, "has keys of more than");
    TAP_FAILS(heed_engine_keys(&e, &x, &err), &err, "has keys of more than");
    x.keys = memory;
    x.key_width = 4;
    x.B = 8192;
    TAP_FAILS(heed_engine_decode(&e, &x, &everything, &h, &err), &err, "8192 rows of 16 steps");
    heed_engine_release(&e);
    heed_model_release(&m);
    free(memory);
    free(len);
}

/* "name" or "-name": all of it as large as can be. */
static void fill_params(struct heed_model *m, const char *const *names)
{
    for (; *names; names++) {
        bool negative = **names == '-';
        struct heed_param *p = heed_params_find(&m->net.params, *names + negative);
        if (!p)
            BUG("no parameter %s", *names);
        for (int64_t i = 0; i < heed_elements(&p->value); i++)
            p->value.data[i] = negative ? -3e38f : 3e38f;
    }
    m->net.params.version++;
}

/* Weights are finite in every model that loads; what comes of them need not be. */
static void overflow(const char *spec, const char *const *names, const char *want)
{
    struct heed_model m;
    struct heed_engine e;
    struct heed_hypotheses h = {0};
    struct heed_id_row row = {make_src, 3};
    struct heed_search_options greedy = {0};
    TAP_DONE(make_model(&m, spec, 4), &err);
    heed_engine_init(&e, &m, 1);
    TAP_DONE(heed_engine_translate(&e, &row, 1, &greedy, &h, &err), &err);
    heed_hypotheses_release(&h);
    fill_params(&m, names);
    TAP_FAILS(heed_engine_translate(&e, &row, 1, &greedy, &h, &err), &err, want);
    heed_engine_release(&e);
    heed_model_release(&m);
}

static void test_overflow_is_told(void)
{
    static const char *const keys[] = {
        "src.embed.weight", "encoder.0.forward.input.weight", "encoder.0.backward.input.weight",
        "attention.key",    "decoder.0.state.bias",           NULL};
    static const char *const logits[] = {"tgt.embed.weight", "readout.bias", NULL};
    static const char *const memory[] = {"src.embed.weight", "encoder.0.forward.input.weight",
                                         "-encoder.0.forward.state.weight", NULL};
    overflow("hidden=4,cell=rnn,score=general", keys,
             "scores that are no numbers come of score_general (row 0, query 0)");
    overflow("hidden=4", logits, "no numbers at step 1 of row 0: weights that are too large");
    overflow(
        "hidden=4,cell=rnn", memory,
        "encoder: numbers that are none in row 0: weights that are too large, or plugin cell_rnn");
}

int main(void)
{
    make_plugin_path();
    heed_net_kind_add(&toy_net);
    TAP_RUN(test_gradients_every_form);
    TAP_RUN(test_gradients_dropped);
    TAP_RUN(test_gradients_copying);
    TAP_RUN(test_gradients_toy);
    TAP_RUN(test_gradients_transformer);
    TAP_RUN(test_gradients_features);
    TAP_RUN(test_masks);
    TAP_RUN(test_gradients_mixed);
    TAP_RUN(test_gradients_layers);
    TAP_RUN(test_gradients_layers_feed);
    TAP_RUN(test_gradients_own_parameters); /* D1 */
    TAP_RUN(test_own_parameters_train);     /* D1 */
    TAP_RUN(test_gradients_course);
    TAP_RUN(test_initial_course);
    TAP_RUN(test_gradients_dropout);
    TAP_RUN(test_shards);
    TAP_RUN(test_rows_alone);
    TAP_RUN(test_workers_change_nothing);
    TAP_RUN(test_memory_beyond_lengths);
    TAP_RUN(test_pad_source);
    TAP_RUN(test_states_begin_the_decoder);
    TAP_RUN(test_nothing_to_encode);
    TAP_RUN(test_pieces_change_nothing);
    TAP_RUN(test_sizes_are_bounded);
    TAP_RUN(test_overflow_is_told);
    TAP_RUN(test_forced_is_teacher_forcing);
    TAP_RUN(test_forced_is_greedy);
    TAP_RUN(test_probabilities_sum_to_one);
    TAP_RUN(test_copies_what_the_source_says);
    TAP_RUN(test_who_copies);
    TAP_RUN(test_attention_heeds_the_query);
    TAP_RUN(test_length_limit);
    TAP_RUN(test_config);
    TAP_RUN(test_widths_of_dot);
    return tap_end();
}
