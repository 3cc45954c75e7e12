/* score.c: a sound score (scaled dot product in one fused operation) in which plugins.sh plants one
 * fault at a time with -DFAULT_…; without one it must pass. */
#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xmmintrin.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

/* --- while it is loaded --- */
#if defined(FAULT_LOAD_CRASHES)
__attribute__((constructor)) static void load(void)
{
    raise(SIGSEGV);
}
#elif defined(FAULT_LOAD_EXITS)
__attribute__((constructor)) static void load(void)
{
    _exit(3);
}
#elif defined(FAULT_LOAD_HANGS)
__attribute__((constructor)) static void load(void)
{
    for (;;)
        pause();
}
#elif defined(FAULT_LOAD_PRINTS)
__attribute__((constructor)) static void load(void)
{
    puts("noise from a constructor");
    fflush(stdout);
}
#elif defined(FAULT_LOAD_CHANGES)
static void ignore(int number)
{
    (void)number;
}
__attribute__((constructor)) static void load(void)
{
    _mm_setcsr(_mm_getcsr() | 0x8040); /* as an object linked with -ffast-math does */
    umask(0);
    setlocale(LC_ALL, "C.UTF-8");
    signal(SIGUSR1, ignore);
    if (chdir("/") < 0)
        _exit(4);
}
#endif

/* --- the operation: query [B,G,Q,d], keys [B,G,S,d] -> [B,G,Q,S] --- */

struct call {
    const int32_t *k_len, *q_len, *position;
    float scale;
};

static int dot_shape(struct heed_node *node, struct heed_err *err)
{
    const int64_t *q = node->in[0]->dims, *k = node->in[1]->dims;
    (void)err;
#ifdef FAULT_SHAPE
    *node->out[0] = (struct heed_tensor){.rank = 4, .param = -1, .dims = {q[0], q[1], k[2], q[2]}};
#else
    *node->out[0] = (struct heed_tensor){.rank = 4, .param = -1, .dims = {q[0], q[1], q[2], k[2]}};
#endif
    return 0;
}

static int calls;

/* y is the score `at` of q and k. */
static float faulty(struct heed_node *node, float y, const float *q, const float *k, int64_t at,
                    int64_t d)
{
    const int64_t *n = node->out[0]->dims, row = at / n[3] / n[2] / n[1];
    const int64_t i = at / n[3] % n[2], s = at % n[3];
    const struct call *call = node->aux;
    (void)q, (void)k, (void)d, (void)row, (void)i, (void)s, (void)call;
#if defined(FAULT_QUERY_IGNORED)
    y = 0;
    for (int64_t i = 0; i < d; i++)
        y += tanhf(q[i]) +
             tanhf(k[i]); /* tanh before the sum: the query's part is equal for all keys */
#elif defined(FAULT_NAN)
    y = at == 7 ? NAN : y;
#elif defined(FAULT_NEIGHBOURS)
    y += 1e-6f * node->in[0]->data[0];
#elif defined(FAULT_REMEMBERS)
    y += 1e-3f * (float)calls;
#elif defined(FAULT_CRASHES)
    raise(SIGFPE);
#elif defined(FAULT_EXITS)
    exit(0);
#elif defined(FAULT_HEADS)
    y = call->scale * heed->vec->dot((size_t)d, q, node->in[1]->data + (row * n[1] * n[3] + s) * d);
#elif defined(FAULT_INDEX)
    y -= 0.1f * fabsf((float)(i - s));
#elif defined(FAULT_FIRST_POSITION)
    y -= 0.1f * fabsf((float)(call->position[row * n[2]] + i - s));
#elif defined(POSITION)
    y -= 0.1f * fabsf((float)(call->position[row * n[2] + i] - s));
#elif defined(FAULT_QUERY_LENGTH)
    y *= call->q_len ? 1.01f : 1.0f;
#elif defined(FAULT_ROW)
    y += 0.5f * (float)(row * s);
#elif defined(FAULT_BEYOND)
    y += 0 * k[(n[3] - 1 - s) * d];
#endif
    return y;
}

static void dot_forward(struct heed_node *node)
{
    const struct call *call = node->aux;
    const int64_t *n = node->out[0]->dims, G = n[1], d = node->in[0]->dims[3];
    float *y = node->out[0]->data;
    memset(y, 0, sizeof(float) * (size_t)heed_elements(node->out[0]));
    calls++;
    for (int64_t b = 0; b < n[0] * G; b++)
        for (int64_t i = 0; i < n[2]; i++)
            for (int64_t s = 0; s < call->k_len[b / G]; s++) {
                const float *q = node->in[0]->data + (b * n[2] + i) * d,
                            *k = node->in[1]->data + (b * n[3] + s) * d;
                int64_t at = (b * n[2] + i) * n[3] + s;
                y[at] = faulty(node, call->scale * heed->vec->dot((size_t)d, q, k), q, k, at, d);
            }
#if defined(FAULT_OVERRUN)
    y[heed_elements(node->out[0])] = 1;
#elif defined(FAULT_CHANGES_QUERY)
    node->in[0]->data[0] += 1;
#elif defined(FAULT_UNWRITTEN)
    memset(y, 0xff, sizeof(float)); /* as it was before anything was written */
#endif
}

static void dot_backward(struct heed_node *node)
{
    const struct call *call = node->aux;
    const int64_t *n = node->out[0]->dims, G = n[1], d = node->in[0]->dims[3];
    float *dq = heed->grad(node->tape, node->in[0]), *dk = heed->grad(node->tape, node->in[1]);
    float scale = call->scale;
#if defined(FAULT_GRADIENT)
    scale *= 1.05f;
#elif defined(FAULT_NO_GRADIENT)
    scale = 0;
#endif
    for (int64_t b = 0; b < n[0] * G; b++)
        for (int64_t i = 0; i < n[2]; i++)
            for (int64_t s = 0; s < call->k_len[b / G]; s++) {
                int64_t q = (b * n[2] + i) * d, k = (b * n[3] + s) * d;
                float g = node->out[0]->grad[(b * n[2] + i) * n[3] + s];
                if (dq)
                    heed->vec->axpy((size_t)d, scale * g, node->in[1]->data + k, dq + q);
                if (dk)
                    heed->vec->axpy((size_t)d, call->scale * g, node->in[0]->data + q, dk + k);
            }
#ifdef FAULT_GRADIENT_OVERRUN
    dk[heed_elements(node->in[1])] += 1;
#endif
}

static const struct heed_op op = {sizeof(op), "faulty_dot", dot_shape, dot_forward, dot_backward};

/* --- the descriptor --- */

#ifdef FAULT_LAYERS
static struct heed_tensor *gain; /* of the layer set up last */
#endif

static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    (void)self, (void)s;
#ifdef FAULT_LAYERS
    gain = heed->param(s, "gain", 1, (int64_t[]){1}, HEED_INIT_ZERO, 0, HEED_PARAM_NO_DECAY);
#endif
#ifdef FAULT_SETUP
    return heed->fail(err, "wants \x1b[31m%s", "another world");
#else
    (void)err;
    return 0;
#endif
}

#ifdef FAULT_UNDEFINED
extern float heed_no_such_function(float x);
#endif

static struct heed_tensor *score(const void *self, const struct heed_score_call *call)
{
#ifdef WANTS
    volatile float so_far = call->previous->data[0] + call->summed->data[0];
    (void)so_far;
#endif
    struct call aux = {call->k_len, call->q_len, call->q_position,
                       1.0f / sqrtf((float)heed_width(call->query))};
    struct heed_tensor *in[] = {call->query, call->keys};
    (void)self;
#ifdef FAULT_LAYERS
    in[1] = heed->gain(call->tape, in[1], gain);
#endif
#if defined(FAULT_UNSCALED)
    aux.scale = 1.0f;
#elif defined(FAULT_UNDEFINED)
    aux.scale = heed_no_such_function(1.0f);
#endif
    return heed->apply(call->tape, &op, 2, in, 1, NULL, &aux, sizeof(aux));
}

#ifdef FAULT_LENGTH_ZERO
/* exp(x) / sum exp(x): 0/0 where nothing is valid. */
static void divide_forward(struct heed_node *node)
{
    const int64_t *n = node->in[0]->dims;
    const struct call *call = node->aux;
    for (int64_t r = 0; r < n[0] * n[1] * n[2]; r++) {
        const float *x = node->in[0]->data + r * n[3];
        float sum = 0, *y = node->out[0]->data + r * n[3];
        for (int64_t s = 0; s < n[3]; s++)
            sum += y[s] = s < call->k_len[r / n[2] / n[1]] ? expf(x[s]) : 0.0f;
        for (int64_t s = 0; s < n[3]; s++)
            y[s] /= sum;
    }
}
static int divide_shape(struct heed_node *node, struct heed_err *err)
{
    (void)err;
    node->out[0]->rank = 4;
    memcpy(node->out[0]->dims, node->in[0]->dims, sizeof(node->out[0]->dims));
    return 0;
}
static struct heed_tensor *normalise(const void *self, const struct heed_normalise_call *call)
{
    static const struct heed_op divide = {sizeof(divide), "divide", divide_shape, divide_forward,
                                          NULL};
    struct call aux = {.k_len = call->mask->k_len};
    struct heed_tensor *scores = call->scores;
    (void)self;
    return heed->apply(call->tape, &divide, 1, &scores, 1, NULL, &aux, sizeof(aux));
}
#endif

#ifdef FAULT_OPTION
struct farther {
    char self[4096];
    int64_t far;
};
static const struct heed_option rows[] = {
    HEED_ROW_INT(struct farther, far, "far", "1", 0, 0, "N", "lies outside the private data"),
    {0},
};
#else
#define rows NULL
#endif

#ifdef FAULT_SYMBOL
HEED_PLUGIN(other, struct heed_score)
#else
HEED_PLUGIN(bad, struct heed_score)
#endif
    = {
        .head =
            {
                .magic = HEED_PLUGIN_MAGIC,
                .abi = HEED_PLUGIN_ABI,
                .size = sizeof(struct heed_score),
                .kind = HEED_KIND_SCORE,
                .name = "bad",
                .revision = 1,
                .summary = "a score with a planted fault",
                .options = rows,
                .host = &heed,
                .host_size = sizeof(struct heed_host),
                .vec_size = sizeof(struct heed_vec),
#if defined(FAULT_MAGIC)
                .magic = 0x12345678,
#elif defined(FAULT_ABI_NEWER)
                .abi = HEED_PLUGIN_ABI + 1,
#elif defined(FAULT_ABI_OLDER)
            .abi = HEED_PLUGIN_ABI - 1,
#elif defined(FAULT_SIZE)
            .size = sizeof(struct heed_score) - 8,
#elif defined(FAULT_KIND)
            .kind = 9,
#elif defined(FAULT_HOST_LONGER)
            .host_size = sizeof(struct heed_host) + 2 * sizeof(void (*)(void)),
#elif defined(FAULT_VEC_LONGER)
            .vec_size = sizeof(struct heed_vec) + sizeof(void (*)(void)),
#elif defined(HOST_SHORTER)
            .host_size = sizeof(struct heed_host) - sizeof(void (*)(void)),
            .vec_size = sizeof(struct heed_vec) - sizeof(void (*)(void)),
#elif defined(FAULT_NAME)
            .name = "good",
#endif
            },
        .setup = setup,
#ifdef WANTS
        .flags = HEED_SCORE_WANTS_WEIGHTS,
#endif
#ifndef FAULT_CALLBACK
        .score = score,
#endif
#ifdef FAULT_LENGTH_ZERO
        .normalise = normalise,
#endif
};
