/* test_plugin.c: the scores and cells that come with heed: fused operations against their composed
 * twins and against finite differences, scores against formulas; specs and their canonical form. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/rng.h"
#include "plugin/loader.h"
#include "tensor/grads.h"
#include "prove/gradcheck.h"
#include "tests/tap.h"
#include "tests/tape_make.h"

static float *random_numbers(int64_t n, uint64_t seed)
{
    struct heed_rng rng;
    float *x = malloc(sizeof(float) * (size_t)n);
    heed_rng_seed(&rng, seed, 9);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)heed_rng_normal(&rng);
    return x;
}

/* --- threads --- */

enum { THREADS = 8, EACH = 50 };

struct opener {
    pthread_t thread;
    pthread_barrier_t *start;
    const char *dir;
    int number;
    bool good;
};

/* The plugins of the tree by name, and one of them again and again under paths of this thread's own. */
static void *open_many(void *ctx)
{
    static const char *const names[] = {"dot", "mlp:hidden=3", "general"};
    struct opener *o = ctx;
    const struct heed_plugin *dot = NULL;
    o->good = true;
    pthread_barrier_wait(o->start);
    for (int i = 0; i < 2 * EACH; i++) {
        struct heed_instance in;
        struct heed_err err = {0};
        char path[128];
        const char *spec = names[(i / 2 + o->number) % 3];
        snprintf(path, sizeof(path), "%s/%d/score_dot.so", o->dir, o->number * EACH + i / 2);
        bool by_path = i % 2 && access(path, R_OK) == 0;
        if (heed_instance_open(&in, HEED_KIND_SCORE, by_path ? path : spec, by_path,
                               heed_host_table(), &err) < 0) {
            o->good = false;
            continue;
        }
        o->good &= strcmp(in.spec, by_path ? "dot" : spec) == 0;
        if (strcmp(in.spec, "dot") == 0) {
            o->good &= !dot || dot == in.plugin;
            dot = in.plugin;
        }
        heed_instance_close(&in);
    }
    return NULL;
}

static atomic_bool loading;

/* Makes files as long as others load: what the umask leaves of their modes must never change. */
static void *watch_umask(void *ctx)
{
    const char *path = ctx;
    void *changed = NULL;
    while (atomic_load(&loading) && !changed) {
        struct stat st;
        int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0666);
        if (fd < 0 || fstat(fd, &st) < 0 || (st.st_mode & 0777) != 0644)
            changed = ctx;
        close(fd);
        unlink(path);
    }
    return changed;
}

/* dir/0, dir/1, … each with a link to score_dot.so, or nothing where there is none. */
static void make_links(const char *dir, bool make)
{
    const char *build = getenv("builddir") ? getenv("builddir") : ".";
    for (int i = 0; i < THREADS * EACH; i++) {
        char folder[64], link[96], object[4200];
        snprintf(folder, sizeof(folder), "%s/%d", dir, i);
        snprintf(link, sizeof(link), "%s/score_dot.so", folder);
        snprintf(object, sizeof(object), "%s/plugins/.libs/score_dot.so", build);
        if (!make)
            unlink(link);
        if (make ? mkdir(folder, 0700) || symlink(object, link) : rmdir(folder))
            tap_diag("%s: %s", folder, strerror(errno));
    }
}

/* The first loading of all, on eight threads at once. */
static void test_threads(void)
{
    static struct opener openers[THREADS];
    pthread_barrier_t start;
    pthread_t watcher;
    char dir[] = "/tmp/heed-threads.XXXXXX", file[64];
    void *changed;
    bool good = true;
    TAP_OK(mkdtemp(dir));
    make_links(dir, true);
    snprintf(file, sizeof(file), "%s/file", dir);
    mode_t mask = umask(022);
    setenv("LTDL_LIBRARY_PATH", "/nowhere", 1);
    atomic_store(&loading, true);
    pthread_barrier_init(&start, NULL, THREADS);
    pthread_create(&watcher, NULL, watch_umask, file);
    for (int i = 0; i < THREADS; i++) {
        openers[i] = (struct opener){.start = &start, .dir = dir, .number = i};
        pthread_create(&openers[i].thread, NULL, open_many, &openers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(openers[i].thread, NULL);
        good &= openers[i].good;
    }
    atomic_store(&loading, false);
    pthread_join(watcher, &changed);
    pthread_barrier_destroy(&start);
    bool kept = getenv("LTDL_LIBRARY_PATH") != NULL;
    unsetenv("LTDL_LIBRARY_PATH");
    umask(mask);
    make_links(dir, false);
    rmdir(dir);
    TAP_OK(good);
    TAP_OK(!changed);
    TAP_OK(kept);
}

/* --- cells --- */

typedef void twin_fn(struct heed_tape *t, struct heed_tensor **in, struct heed_tensor **out);

static struct heed_tensor *gate(struct heed_tape *t, struct heed_tensor *x, int64_t k)
{
    int64_t h = 7;
    return heed_columns(t, x, k * h, h);
}

static void gru_twin(struct heed_tape *t, struct heed_tensor **in, struct heed_tensor **out)
{
    struct heed_tensor *r = heed_sigmoid(t, heed_add(t, gate(t, in[0], 0), gate(t, in[1], 0)));
    struct heed_tensor *z = heed_sigmoid(t, heed_add(t, gate(t, in[0], 1), gate(t, in[1], 1)));
    struct heed_tensor *n =
        heed_tanh(t, heed_add(t, gate(t, in[0], 2), heed_mul(t, r, gate(t, in[1], 2))));
    out[0] = heed_add(t, heed_mul(t, heed_scale(t, z, -1, 1), n), heed_mul(t, z, in[2]));
}

static void lstm_twin(struct heed_tape *t, struct heed_tensor **in, struct heed_tensor **out)
{
    struct heed_tensor *a = heed_add(t, in[0], in[1]);
    struct heed_tensor *i = heed_sigmoid(t, gate(t, a, 0)), *f = heed_sigmoid(t, gate(t, a, 1));
    struct heed_tensor *g = heed_tanh(t, gate(t, a, 2)), *o = heed_sigmoid(t, gate(t, a, 3));
    out[1] = heed_add(t, heed_mul(t, f, in[3]), heed_mul(t, i, g));
    out[0] = heed_mul(t, o, heed_tanh(t, out[1]));
}

static void rnn_twin(struct heed_tape *t, struct heed_tensor **in, struct heed_tensor **out)
{
    out[0] = heed_tanh(t, heed_add(t, in[0], in[1]));
}

struct cell_ctx {
    const struct heed_cell *cell;
    twin_fn *twin;
};

static int build_cell(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                      struct heed_tensor **out, double *extra)
{
    struct cell_ctx *c = ctx;
    struct heed_cell_call call = {
        .size = sizeof(call), .tape = t, .x_gates = in[0], .h_gates = in[1]};
    (void)extra;
    call.previous[0] = in[2];
    call.previous[1] = in[3];
    if (c->twin)
        c->twin(t, in, call.next);
    else
        c->cell->step(NULL, &call);
    for (int k = 0; k < c->cell->n_states; k++)
        out[k] = call.next[k];
    return c->cell->n_states;
}

/* Values and gradients of one step of 5 rows with seed gradients of
 * all ones; everything ends up in got. */
static size_t run_cell(struct cell_ctx *c, float *const *data, float *got)
{
    struct heed_tape t;
    struct heed_tensor *in[4], *out[HEED_STATES_MAX];
    const int64_t widths[] = {7 * c->cell->n_input_gates, 7 * c->cell->n_state_gates, 7, 7};
    size_t at = 0;
    double extra;
    heed_tape_init(&t, &step, &params);
    t.training = true;
    for (int i = 0; i < 4; i++)
        in[i] = heed_tensor_wrap(&t, 2, (int64_t[]){5, widths[i]}, data[i], true);
    int n = build_cell(c, &t, in, out, &extra);
    for (int k = 0; k < n; k++) {
        memcpy(got + at, out[k]->data, sizeof(float) * 35);
        at += 35;
        for (int i = 0; i < 35; i++)
            out[k]->grad[i] = 1.0f;
    }
    heed_tape_backward(&t);
    for (int i = 0; i < 4; i++) {
        memcpy(got + at, in[i]->grad, sizeof(float) * (size_t)heed_elements(in[i]));
        at += (size_t)heed_elements(in[i]);
    }
    heed_tape_release(&t);
    heed_arena_reset(&step);
    return at;
}

static void cell_case(const char *name, twin_fn *twin)
{
    struct heed_instance in;
    struct heed_err err = {0};
    make_params();
    TAP_DONE(heed_instance_open(&in, HEED_KIND_CELL, name, false, heed_host_table(), &err), &err);
    struct cell_ctx c = {(const struct heed_cell *)in.plugin, NULL};
    float *data[4], fused[600], composed[600];
    struct heed_gradcheck check = {
        .arena = &step, .params = &params, .n_in = 4, .build = build_cell, .ctx = &c};
    const int64_t widths[] = {7 * c.cell->n_input_gates, 7 * c.cell->n_state_gates, 7, 7};
    check.tolerance = 2e-3;
    for (int i = 0; i < 4; i++) {
        data[i] = random_numbers(5 * widths[i], (uint64_t)i);
        check.in[i] = (struct heed_gradcheck_input){"an input", 2, {5, widths[i]}, data[i], false};
    }
    heed_params_train(&params, 1);
    int failed = 0;
    for (uint64_t seed = 1; !failed && seed <= 3; seed++)
        failed = heed_gradcheck_run(&check, seed, NULL, &err);
    size_t n = run_cell(&c, data, fused);
    c.twin = twin;
    run_cell(&c, data, composed);
    for (int i = 0; i < 4; i++)
        free(data[i]);
    heed_instance_close(&in);
    drop_params();
    TAP_DONE(failed, &err);
    for (size_t i = 0; i < n; i++)
        TAP_NEAR(fused[i], composed[i], 2e-6);
}
static void test_gru(void)
{
    cell_case("gru", gru_twin);
}
static void test_lstm(void)
{
    cell_case("lstm", lstm_twin);
}
static void test_rnn(void)
{
    cell_case("rnn", rnn_twin);
}

/* --- cells with parameters of their own, beside their formulas --- */

enum { UNITS = 3, ROWS = 2 };
struct unit_row { /* one row of a step */
    const float *x, *hg, *previous[2];
    double next[2][UNITS], output[UNITS];
};

static const float *own(const char *name)
{
    char full[64];
    snprintf(full, sizeof(full), "layer.%s", name);
    const struct heed_param *p = heed_params_find(&params, full);
    if (!p)
        abort();
    return p->value.data;
}
static double sigmoid_of(double x)
{
    return 1 / (1 + exp(-x));
}

static void sru_row(struct unit_row *r)
{
    const float *v = own("state.vector");
    for (int k = 0; k < UNITS; k++) {
        double c = (double)r->previous[0][k], u = (double)r->x[k], p = (double)r->x[3 * UNITS + k];
        double f = sigmoid_of((double)r->x[UNITS + k] + (double)v[k] * c);
        double pass = sigmoid_of((double)r->x[2 * UNITS + k] + (double)v[UNITS + k] * c);
        r->next[0][k] = f * c + (1 - f) * u;
        r->output[k] = pass * r->next[0][k] + (1 - pass) * p;
    }
}

static double normed(const double *x, int n, int k)
{
    double mean = 0, squares = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] / n;
    for (int i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean) / n;
    return (x[k] - mean) / sqrt(squares + 1e-5);
}

static void lnlstm_row(struct unit_row *r)
{
    const float *gx = own("input.gain"), *gh = own("state.gain"), *b = own("gate.bias"),
                *gc = own("cell.gain"), *bc = own("cell.bias");
    double x[4 * UNITS], h[4 * UNITS], a[4 * UNITS];
    for (int k = 0; k < 4 * UNITS; k++) {
        x[k] = (double)r->x[k];
        h[k] = (double)r->hg[k];
    }
    for (int k = 0; k < 4 * UNITS; k++)
        a[k] = normed(x, 4 * UNITS, k) * (double)gx[k] + normed(h, 4 * UNITS, k) * (double)gh[k] +
               (double)b[k];
    for (int k = 0; k < UNITS; k++)
        r->next[1][k] = sigmoid_of(a[UNITS + k]) * (double)r->previous[1][k] +
                        sigmoid_of(a[k]) * tanh(a[2 * UNITS + k]);
    for (int k = 0; k < UNITS; k++)
        r->output[k] = r->next[0][k] =
            sigmoid_of(a[3 * UNITS + k]) *
            tanh(normed(r->next[1], UNITS, k) * (double)gc[k] + (double)bc[k]);
}

static void layer_case(const char *name, void (*row)(struct unit_row *r))
{
    struct heed_instance in;
    struct heed_layer layer;
    struct heed_err err = {0};
    struct heed_tape t;
    float *data[4];
    make_params();
    TAP_DONE(heed_instance_open(&in, HEED_KIND_CELL, name, false, heed_host_table(), &err), &err);
    const struct heed_cell *cell = (const struct heed_cell *)in.plugin;
    struct heed_setup setup = {.size = sizeof(setup),
                               .params = &params,
                               .prefix = "layer",
                               .input_width = UNITS,
                               .hidden = UNITS};
    TAP_DONE(heed_layer_open(&layer, &in, &setup, &err), &err);
    for (size_t i = 0; i < params.n; i++)
        for (int64_t k = 0; k < heed_elements(&params.items[i]->value); k++)
            params.items[i]->value.data[k] = 0.3f + 0.2f * (float)k - 0.1f * (float)i;
    const int64_t widths[] = {4 * UNITS, 4 * UNITS, UNITS, UNITS};
    heed_tape_init(&t, &step, &params);
    struct heed_tensor *x[4];
    for (int i = 0; i < 4; i++) {
        data[i] = random_numbers(ROWS * widths[i], (uint64_t)i);
        x[i] = heed_tensor_wrap(&t, 2, (int64_t[]){ROWS, widths[i]}, data[i], false);
    }
    struct heed_cell_call call = {
        .size = sizeof(call), .tape = &t, .x_gates = x[0], .previous = {x[2], x[3]}};
    call.h_gates = cell->n_state_gates ? x[1] : NULL;
    cell->step(layer.self, &call);
    for (int i = 0; i < ROWS; i++) {
        struct unit_row r = {data[0] + i * 4 * UNITS,
                             data[1] + i * 4 * UNITS,
                             {data[2] + i * UNITS, data[3] + i * UNITS},
                             {{0}},
                             {0}};
        row(&r);
        for (int k = 0; k < UNITS; k++) {
            TAP_NEAR(call.output->data[i * UNITS + k], r.output[k], 3e-6);
            for (int n = 0; n < cell->n_states; n++)
                TAP_NEAR(call.next[n]->data[i * UNITS + k], r.next[n][k], 3e-6);
        }
    }
    for (int i = 0; i < 4; i++)
        free(data[i]);
    heed_tape_release(&t);
    heed_layer_close(&layer);
    heed_instance_close(&in);
    drop_params();
}
static void test_sru(void)
{
    layer_case("sru", sru_row);
}
static void test_lnlstm(void)
{
    layer_case("lnlstm", lnlstm_row);
}

/* --- scores --- */

/* One query, one key of width 3 (memory 3 wide too), all parameters 0.5. */
static int score_once(const char *spec, float *got, struct heed_err *err)
{
    struct heed_instance in;
    float query[] = {1, -2, 0.5f}, memory[] = {0.25f, 1, 2};
    make_params();
    if (heed_instance_open(&in, HEED_KIND_SCORE, spec, false, heed_host_table(), err) < 0) {
        drop_params();
        return -1;
    }
    const struct heed_score *s = (const struct heed_score *)in.plugin;
    struct heed_setup setup = {.size = sizeof(setup),
                               .params = &params,
                               .prefix = "attention",
                               .query_width = 3,
                               .key_width = 3,
                               .heads = 1};
    struct heed_layer layer;
    int failed = heed_layer_open(&layer, &in, &setup, err);
    for (size_t i = 0; !failed && i < params.n; i++)
        for (int64_t k = 0; k < heed_elements(&params.items[i]->value); k++)
            params.items[i]->value.data[k] = 0.5f;
    struct heed_tape t;
    heed_tape_init(&t, &step, &params);
    struct heed_keys_call keys = {.size = sizeof(keys), .tape = &t};
    struct heed_score_call call = {
        .size = sizeof(call), .tape = &t, .k_len = (int32_t[]){1}, .q_position = (int32_t[]){0}};
    keys.memory = heed_tensor_wrap(&t, 2, (int64_t[]){1, 3}, memory, false);
    if (!failed) {
        struct heed_tensor *k = s->keys ? s->keys(layer.self, &keys) : keys.memory;
        call.keys = heed_reshape(&t, k, 4, (int64_t[]){1, 1, 1, heed_width(k)});
        call.query = heed_tensor_wrap(&t, 4, (int64_t[]){1, 1, 1, 3}, query, false);
        *got = s->score(layer.self, &call)->data[0];
    }
    heed_tape_release(&t);
    heed_layer_close(&layer);
    heed_instance_close(&in);
    drop_params();
    return failed;
}

static void test_score_values(void)
{
    struct heed_err err = {0};
    const double dot = 0.25 - 2 + 1, hidden = tanh(0.5 * -0.5 + 0.5 * 3.25);
    const double square = 0.75 * 0.75 + 3 * 3 + 1.5 * 1.5; /* of the distance */
    const struct {
        const char *spec;
        double want;
    } cases[] = {
        {"dot", exp(0.5) * dot / sqrt(3)},
        {"dot:gain=off", dot / sqrt(3)},
        {"dot:scaled=off,gain=off", dot},
        {"mlp", 3 * 0.5 * hidden},
        {"mlp:hidden=8", 8 * 0.5 * hidden},
        {"general", -0.5 * 0.5 * 3.25},
        {"kernel", -square / 2},
        {"kernel:width=2", -square / 2 / 4},
        {"kernel:learn=on", -square / 2 * exp(1)},
        {"kernel:kind=boxcar", 0},
        {"kernel:kind=boxcar,width=4", 1},
        {"kernel:kind=triangular,width=4", 1 - sqrt(square) / 4},
        {"kernel:kind=epanechnikov,width=4", 1 - square / 16},
        {"kernel:kind=constant", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        float got = NAN;
        TAP_DONE(score_once(cases[i].spec, &got, &err), &err);
        tap_diag("%s: %g", cases[i].spec, got);
        TAP_NEAR(got, cases[i].want, 1e-6);
    }
}

/* --- layers --- */

/* Two layers of one instance: its options, parameters of their own; the instance stays as it was. */
static void test_layers(void)
{
    struct heed_instance in;
    struct heed_layer layer[2];
    struct heed_err err = {0};
    char before[64];
    bool apart = true;
    TAP_DONE(
        heed_instance_open(&in, HEED_KIND_SCORE, "mlp:hidden=5", false, heed_host_table(), &err),
        &err);
    size_t size = in.plugin->self_size;
    TAP_OK(size <= sizeof(before));
    memcpy(before, in.self, size);
    make_params();
    for (int i = 0; i < 2; i++) {
        struct heed_setup s = {.size = sizeof(s),
                               .layer = i,
                               .params = &params,
                               .prefix = i ? "second" : "first",
                               .query_width = 3,
                               .key_width = 4,
                               .heads = 1};
        TAP_DONE(heed_layer_open(&layer[i], &in, &s, &err), &err);
    }
    apart = memcmp(layer[0].self, layer[1].self, size) != 0;
    bool untouched = memcmp(before, in.self, size) == 0;
    struct heed_param *w[] = {heed_params_find(&params, "first.key"),
                              heed_params_find(&params, "second.key")};
    int64_t width[] = {w[0] ? w[0]->value.dims[1] : 0, w[1] ? w[1]->value.dims[1] : 0};
    for (int i = 0; i < 2; i++)
        heed_layer_close(&layer[i]);
    heed_instance_close(&in);
    drop_params();
    TAP_OK(apart);
    TAP_OK(untouched);
    TAP_I64(width[0], 5);
    TAP_I64(width[1], 5);
}

static void test_layer_refused(void)
{
    struct heed_instance in;
    struct heed_layer layer;
    struct heed_err err = {0};
    TAP_DONE(heed_instance_open(&in, HEED_KIND_SCORE, "dot", false, heed_host_table(), &err), &err);
    struct heed_setup s = {.size = sizeof(s), .query_width = 256, .key_width = 512, .heads = 1};
    int failed = heed_layer_open(&layer, &in, &s, &err);
    heed_instance_close(&in);
    TAP_I64(failed, -1);
    TAP_OK(!layer.self);
    TAP_OK(strstr(err.text, "a query of width 256 and a memory of width 512"));
}

/* --- specs --- */

static void test_canonical_spec(void)
{
    const char *const cases[][2] = {
        {"mlp", "mlp"},
        {"mlp:hidden=0", "mlp"},
        {"mlp:hidden=064", "mlp:hidden=64"},
        {"dot:scaled=off", "dot:scaled=off"},
        {"dot:scaled", "dot"},
    };
    for (size_t i = 0; i < 5; i++) {
        struct heed_instance in;
        struct heed_err err = {0};
        TAP_DONE(
            heed_instance_open(&in, HEED_KIND_SCORE, cases[i][0], false, heed_host_table(), &err),
            &err);
        TAP_STR(in.spec, cases[i][1]);
        heed_instance_close(&in);
    }
}

static void test_bad_specs(void)
{
    const struct {
        const char *spec, *part;
        enum heed_status status;
    } cases[] = {
        {"nosuch", "plugin score_nosuch.so not found in ", HEED_FAILED},
        {"", "a plugin's name is a letter", HEED_USAGE},
        {"Dot", "a plugin's name is a letter", HEED_USAGE},
        {"..", "a plugin's name is a letter", HEED_USAGE},
        {"-dot", "a plugin's name is a letter", HEED_USAGE},
        {"abcdefghijklmnopqrstuvwxyzabcdefg", "a plugin's name is a letter", HEED_USAGE},
        {"../score_dot.so", "from the command line only", HEED_FAILED},
        {"mlp:hiden=3", "score mlp: no option 'hiden'; did you mean 'hidden'?", HEED_USAGE},
        {"mlp:hidden=-1", "score mlp: option hidden", HEED_USAGE},
        {"general:x=1", "score general: takes no options, not 'x=1'", HEED_USAGE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct heed_instance in;
        struct heed_err err = {0};
        TAP_FAILS(
            heed_instance_open(&in, HEED_KIND_SCORE, cases[i].spec, false, heed_host_table(), &err),
            &err, cases[i].part);
        TAP_I64(err.status, cases[i].status);
    }
}

int main(void)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/plugins/.libs", getenv("builddir") ? getenv("builddir") : ".");
    setenv("HEED_PLUGIN_PATH", path, 1);
    TAP_RUN(test_threads); /* before anything else is loaded */
    TAP_RUN(test_gru);
    TAP_RUN(test_lstm);
    TAP_RUN(test_rnn);
    TAP_RUN(test_sru);
    TAP_RUN(test_lnlstm);
    TAP_RUN(test_score_values);
    TAP_RUN(test_layers);
    TAP_RUN(test_layer_refused);
    TAP_RUN(test_canonical_spec);
    TAP_RUN(test_bad_specs); /* P01 P02 */
    return tap_end();
}
