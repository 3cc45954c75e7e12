/* cell.c: what core relies on in a cell.
 *
 * One step of a sample of rows is the yardstick. It must give finite numbers, write nowhere else,
 * come out the same a second time, and give each row what it gives that row alone or in another
 * order, or beside another layer; every input must move some result; gradients must agree with finite
 * differences. */
#include <math.h>
#include <string.h>
#include "prove/parts.h"

enum { N = 6, H = 9, INPUTS = 2 + HEED_STATES_MAX };

static const struct heed_cell *cell_of(const struct check_world *w)
{
    return (const struct heed_cell *)w->plugin;
}

/* Inputs of a step: x_gates, h_gates (when there are any), the states.
 * Returns how many; widths[] gets theirs. */
static int inputs_of(const struct heed_cell *cell, int64_t *widths)
{
    int n = 0;
    widths[n++] = (int64_t)cell->n_input_gates * H;
    if (cell->n_state_gates)
        widths[n++] = (int64_t)cell->n_state_gates * H;
    for (int k = 0; k < cell->n_states; k++)
        widths[n++] = H;
    return n;
}

/* One step of a layer; out[] gets the K next states and the output. */
static int apply(const struct check_world *w, int layer, struct heed_tape *t, int64_t rows,
                 struct heed_tensor **in, struct heed_tensor **out, struct heed_err *err)
{
    const struct heed_cell *cell = cell_of(w);
    struct heed_cell_call call = {.size = sizeof(call), .tape = t};
    int n = 0;
    call.x_gates = in[n++];
    if (cell->n_state_gates)
        call.h_gates = in[n++];
    for (int k = 0; k < cell->n_states; k++)
        call.previous[k] = in[n++];
    cell->step(w->layer[layer].self, &call);
    if (heed_tape_failed(t, err))
        return -1;
    for (int k = 0; k <= cell->n_states; k++) {
        out[k] = k < cell->n_states ? call.next[k] : call.output;
        char what[32];
        snprintf(what, sizeof(what), k < cell->n_states ? "next state %d" : "output", k);
        if (heed_check_shape(what, out[k], 2, (int64_t[]){rows, H}, err) < 0)
            return -1;
    }
    return 0;
}

/* In inference: rows of the inputs data[] (widths of inputs_of) ->
 * [K+1][rows,H] in a malloc'ed array. */
static int run(struct check_world *w, int layer, int64_t rows, float *const *data, float **result,
               struct heed_err *err)
{
    const struct heed_cell *cell = cell_of(w);
    struct heed_tensor *in[INPUTS], *out[HEED_STATES_MAX + 1];
    int64_t widths[INPUTS], size = rows * H;
    int n = inputs_of(cell, widths);
    heed_tape_reset(&w->tape);
    w->tape.training = false;
    for (int i = 0; i < n; i++) {
        size_t bytes = sizeof(float) * (size_t)(rows * widths[i]);
        float *copy = memcpy(heed_tape_alloc(&w->tape, bytes), data[i], bytes);
        in[i] = heed_tensor_wrap(&w->tape, 2, (int64_t[]){rows, widths[i]}, copy, false);
    }
    if (apply(w, layer, &w->tape, rows, in, out, err) < 0 || heed_check_world_end(w, err) < 0)
        return -1;
    for (int i = 0; i < n; i++)
        if (memcmp(in[i]->data, data[i], sizeof(float) * (size_t)(rows * widths[i])))
            return heed_fail(err, "the call changed its input %d", i);
    *result = heed_xmalloc(sizeof(float) * (size_t)(size * (cell->n_states + 1)));
    for (int k = 0; k <= cell->n_states; k++)
        memcpy(*result + k * size, out[k]->data, sizeof(float) * (size_t)size);
    return 0;
}

struct sample {
    struct check_world w;
    int n_in, n_out;
    int64_t widths[INPUTS];
    float *data[INPUTS], *result;
};

static void sample_close(struct sample *s)
{
    for (int i = 0; i < s->n_in; i++)
        free(s->data[i]);
    free(s->result);
    heed_check_world_close(&s->w);
}

static const struct heed_setup first = {.input_width = H, .hidden = H};

static int sample_open(struct sample *s, struct check *c, struct heed_err *err)
{
    memset(s, 0, sizeof(*s));
    if (heed_check_world_open(&s->w, c, &first, 1, err) < 0)
        return -1;
    s->n_in = inputs_of(cell_of(&s->w), s->widths);
    s->n_out = cell_of(&s->w)->n_states + 1;
    for (int i = 0; i < s->n_in; i++)
        s->data[i] = heed_check_numbers(N * s->widths[i], (uint64_t)i);
    if (run(&s->w, 0, N, s->data, &s->result, err) == 0)
        return 0;
    sample_close(s);
    return -1;
}

/* Runs on rows [from, from+n) of the sample (reversed: in descending
 * order) and compares with its result. */
static int compare_rows(struct sample *s, int from, int n, bool reversed, const char *why,
                        struct heed_err *err)
{
    float *data[INPUTS], *result = NULL;
    for (int i = 0; i < s->n_in; i++) {
        int64_t width = s->widths[i];
        data[i] = heed_xmalloc(sizeof(float) * (size_t)(n * width));
        for (int r = 0; r < n; r++)
            memcpy(data[i] + r * width,
                   s->data[i] + (reversed ? from + n - 1 - r : from + r) * width,
                   sizeof(float) * (size_t)width);
    }
    int failed = run(&s->w, 0, n, data, &result, err);
    for (int k = 0; k < s->n_out; k++)
        for (int r = 0; r < n && !failed; r++)
            failed = heed_check_equal(
                k == s->n_out - 1 ? "output" : "next state", result + (k * n + r) * H,
                s->result + (k * N + (reversed ? from + n - 1 - r : from + r)) * H, H, why, err);
    for (int i = 0; i < s->n_in; i++)
        free(data[i]);
    free(result);
    return failed;
}

static int check_values(struct check *c, struct heed_err *err)
{
    struct sample s;
    if (sample_open(&s, c, err) < 0)
        return -1;
    int failed = heed_check_finite("states and output", s.result, (int64_t)s.n_out * N * H, err);
    for (int i = 0; i < s.n_in && !failed; i++)
        for (int64_t k = 0; k < N * s.widths[i]; k++)
            s.data[i][k] *= i < s.n_in - cell_of(&s.w)->n_states ? 1e4f : 1.0f;
    free(s.result);
    s.result = NULL;
    if (!failed)
        failed = run(&s.w, 0, N, s.data, &s.result, err);
    if (!failed)
        failed = heed_check_finite("states and output for gates of 1e4", s.result,
                                   (int64_t)s.n_out * N * H, err);
    sample_close(&s);
    return failed;
}

static int check_repeats(struct check *c, struct heed_err *err)
{
    struct sample s;
    if (sample_open(&s, c, err) < 0)
        return -1;
    int failed = compare_rows(&s, 0, N, false, "two equal calls differ", err);
    sample_close(&s);
    return failed;
}

static int check_rows_alone(struct check *c, struct heed_err *err)
{
    struct sample s;
    if (sample_open(&s, c, err) < 0)
        return -1;
    int failed = compare_rows(&s, 0, N, true, "it changes with the order of the batch", err);
    for (int r = 0; r < N && !failed; r++)
        failed =
            compare_rows(&s, r, r == 2 ? 3 : 1, false, "it changes with the rows beside it", err);
    sample_close(&s);
    return failed;
}

/* Every input must move some next state or the output. */
static int check_inputs_matter(struct check *c, struct heed_err *err)
{
    struct sample s;
    int failed = 0;
    if (sample_open(&s, c, err) < 0)
        return -1;
    for (int i = 0; i < s.n_in && !failed; i++) {
        float *kept = s.data[i], *result = NULL;
        double most = 0.0;
        s.data[i] = heed_check_numbers(N * s.widths[i], 50);
        failed = run(&s.w, 0, N, s.data, &result, err);
        for (int k = 0; k < s.n_out * N * H && !failed; k++)
            most = fmax(most, fabs((double)result[k] - (double)s.result[k]));
        free(s.data[i]);
        free(result);
        s.data[i] = kept;
        /* a state that only feeds the recurrent product may be left alone by the step */
        bool first_state = i == s.n_in - cell_of(&s.w)->n_states && cell_of(&s.w)->n_state_gates;
        if (!failed && most < 1e-4 && !first_state)
            failed = heed_fail(
                err, "nothing depends on input %d (0: x gates, then h gates, then states)", i);
    }
    sample_close(&s);
    return failed;
}

static int build(void *ctx, struct heed_tape *t, struct heed_tensor **in, struct heed_tensor **out,
                 double *extra)
{
    struct check_world *w = ctx;
    struct heed_err err = {0};
    (void)extra;
    if (apply(w, 0, t, N, in, out, &err) < 0 && t->err.status == HEED_OK)
        t->err = err;
    return cell_of(w)->n_states + 1;
}

static int check_gradients(struct check *c, struct heed_err *err)
{
    static const char *const names[] = {"input 0", "input 1", "input 2",
                                        "input 3", "input 4", "input 5"};
    struct sample s;
    if (sample_open(&s, c, err) < 0)
        return -1;
    struct heed_gradcheck check = {
        .arena = &s.w.step, .params = &s.w.params, .build = build, .ctx = &s.w};
    check.tolerance = 0.01;
    check.n_in = s.n_in;
    for (int i = 0; i < s.n_in; i++)
        check.in[i] =
            (struct heed_gradcheck_input){names[i], 2, {N, s.widths[i]}, s.data[i], false};
    int failed = 0;
    for (uint64_t seed = 1; seed <= 3 && !failed; seed++)
        failed = heed_gradcheck_run(&check, seed, NULL, err);
    sample_close(&s);
    return failed;
}

static int run_layer(struct check_world *w, int at, int layer, float **out, int64_t *n,
                     struct heed_err *err)
{
    int64_t widths[INPUTS];
    float *data[INPUTS];
    int n_in = inputs_of(cell_of(w), widths);
    for (int i = 0; i < n_in; i++)
        data[i] = heed_check_numbers(N * widths[i], (uint64_t)(10 * layer + i));
    *n = (int64_t)(cell_of(w)->n_states + 1) * N * H;
    int failed = run(w, at, N, data, out, err);
    for (int i = 0; i < n_in; i++)
        free(data[i]);
    return failed;
}

static int check_layers(struct check *c, struct heed_err *err)
{
    static const struct heed_setup places[CHECK_LAYERS] = {
        {.layer = 0, .input_width = H, .hidden = H}, {.layer = 1, .input_width = 3, .hidden = H}};
    return heed_check_layers(c, places, run_layer, err);
}

void heed_check_cell(struct check *c)
{
    heed_check_try(c, "states and output are finite, for large gates too", check_values);
    heed_check_try(c, "equal calls give equal bytes", check_repeats);
    heed_check_try(c, "rows do not see one another", check_rows_alone);
    heed_check_try(c, "every input matters", check_inputs_matter);
    heed_check_try(c, "layers do not see one another", check_layers);
    heed_check_try(c, "gradients agree with finite differences", check_gradients);
}
