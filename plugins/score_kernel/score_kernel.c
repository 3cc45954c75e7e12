/* score_kernel.c: the distance of query and key under a kernel: Nadaraya-Watson regression, where a
 * weight is the kernel over the sum of kernels (Nadaraya 1964; Watson 1964).
 *
 * x = |q - k| / width:
 *
 *     gaussian       exp(-x²/2)       triangular     1 - x  below 1
 *     boxcar         1      below 1   epanechnikov   1 - x² below 1   (constant factors cancel)
 *     constant       1
 *
 * Softmax of logarithms is the kernel over the sum of kernels. The Gaussian's score is its
 * logarithm, which has no underflow. The score of a kernel that ends is the kernel, which has no
 * end to jump over; normalise() takes its logarithm, or OUTSIDE, so low that the weight beside any
 * other is exactly zero, and makes it zero too where no key lies inside: such a query has no weights
 * at all, as at length 0. learn=on: x is multiplied by exp(g), g a parameter that begins at zero. */
#include <math.h>
#include <string.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

#define OUTSIDE (-1e4f) /* the logarithm of the least kernel above zero is about -17 */

enum kind { GAUSSIAN, BOXCAR, TRIANGULAR, EPANECHNIKOV, CONSTANT };

struct kernel {
    enum kind kind;
    double width;
    bool learn;
    struct heed_tensor *g; /* [1] */
};
static const struct heed_option rows[] = {
    HEED_ROW_CHOICE(struct kernel, kind, "kind", "gaussian",
                    "gaussian|boxcar|triangular|epanechnikov|constant",
                    "what becomes of the distance"),
    HEED_ROW_REAL(struct kernel, width, "width", "1", 0, 1e6, "W",
                  "the distance at which a kernel ends, of the Gaussian its standard deviation",
                  .flags = HEED_OPTION_EXCL_MIN),
    HEED_ROW_SWITCH(struct kernel, learn, "learn", "off",
                    "learn a factor for the distance; it begins at one"),
    {0},
};

static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    struct kernel *kernel = self;
    if (s->query_width != s->key_width)
        return heed->fail(err,
                          "score kernel: a query of width %lld and a memory of width %lld have no "
                          "distance; the widths must be equal",
                          (long long)s->query_width, (long long)s->key_width);
    if (kernel->learn && (kernel->kind == BOXCAR || kernel->kind == CONSTANT))
        return heed->fail(err,
                          "score kernel: a flat kernel has no gradient; learn=on has nothing to "
                          "learn from");
    if (kernel->learn)
        kernel->g =
            heed->param(s, "gain", 1, (int64_t[]){1}, HEED_INIT_ZERO, 0, HEED_PARAM_NO_DECAY);
    return 0;
}

/* --- scores --- */

struct aux {
    const int32_t *q_len, *k_len;
    enum kind kind;
    float per_width; /* 1 / width² */
};

static int scores_shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_tensor *q = node->in[0], *k = node->in[1];
    if (q->rank != 4 || k->rank != 4 || q->dims[0] != k->dims[0] || q->dims[1] != k->dims[1] ||
        q->dims[3] != k->dims[3])
        return heed->fail(err, "query and keys do not fit");
    node->out[0]->rank = 4;
    memcpy(node->out[0]->dims, q->dims, sizeof(q->dims));
    node->out[0]->dims[3] = k->dims[2];
    return 0;
}

/* u: x squared. */
static float kernel_of(enum kind kind, float u)
{
    switch (kind) {
    case GAUSSIAN:
        return -0.5f * u;
    case TRIANGULAR:
        return u < 1.0f ? 1.0f - sqrtf(u) : 0.0f;
    case EPANECHNIKOV:
        return u < 1.0f ? 1.0f - u : 0.0f;
    case BOXCAR:
        return u < 1.0f ? 1.0f : 0.0f;
    case CONSTANT:
        break;
    }
    return 0.0f;
}

/* By u. At the peak of the triangle there is no derivative, and none is given. */
static float kernel_grad(enum kind kind, float u)
{
    if (kind == GAUSSIAN)
        return -0.5f;
    if (kind == EPANECHNIKOV && u < 1.0f)
        return -1.0f;
    if (kind == TRIANGULAR && u < 1.0f && u > 0.0f)
        return -0.5f / sqrtf(u);
    return 0.0f;
}

static float square_distance(int64_t d, const float *q, const float *k)
{
    float sum = 0.0f;
    for (int64_t i = 0; i < d; i++)
        sum += (q[i] - k[i]) * (q[i] - k[i]);
    return sum;
}

static float factor(const struct heed_node *node)
{
    const struct aux *aux = node->aux;
    return aux->per_width * (node->n_in == 3 ? expf(2.0f * node->in[2]->data[0]) : 1.0f);
}

/* The valid keys of row r of [B,G,Q]; 0 beyond the queries. */
static int64_t keys_of(const struct heed_node *node, int64_t r)
{
    const struct aux *aux = node->aux;
    const int64_t *dims = node->out[0]->dims;
    int64_t b = r / dims[2] / dims[1];
    if (aux->q_len && r % dims[2] >= aux->q_len[b])
        return 0;
    return aux->k_len ? aux->k_len[b] : dims[3];
}

static void scores_forward(struct heed_node *node)
{
    const struct aux *aux = node->aux;
    const int64_t *dims = node->out[0]->dims, d = heed_width(node->in[0]);
    float *y = node->out[0]->data, f = factor(node);
    for (int64_t r = 0; r < heed_rows(node->out[0]); r++, y += dims[3]) {
        const float *q = node->in[0]->data + r * d,
                    *k = node->in[1]->data + r / dims[2] * dims[3] * d;
        int64_t n = keys_of(node, r);
        for (int64_t s = 0; s < n; s++)
            y[s] = kernel_of(aux->kind, f * square_distance(d, q, k + s * d));
        for (int64_t s = n; s < dims[3]; s++)
            y[s] = 0.0f;
    }
}

/* du: gradient by u, times 2 f. The gradients of q, k may be NULL. */
static void add_grad(int64_t d, float du, const float *q, const float *k, float *dq, float *dk)
{
    for (int64_t i = 0; i < d; i++) {
        if (dq)
            dq[i] += du * (q[i] - k[i]);
        if (dk)
            dk[i] -= du * (q[i] - k[i]);
    }
}

static void scores_backward(struct heed_node *node)
{
    const struct aux *aux = node->aux;
    const int64_t *dims = node->out[0]->dims, d = heed_width(node->in[0]);
    float *dq = heed->grad(node->tape, node->in[0]), *dk = heed->grad(node->tape, node->in[1]),
          *dg = node->n_in == 3 ? heed->grad(node->tape, node->in[2]) : NULL;
    float f = factor(node);
    for (int64_t r = 0; r < heed_rows(node->out[0]); r++) {
        int64_t at = r * d, n = keys_of(node, r);
        for (int64_t s = 0; s < n; s++) {
            int64_t key = (r / dims[2] * dims[3] + s) * d;
            const float *q = node->in[0]->data + at, *k = node->in[1]->data + key;
            float u = f * square_distance(d, q, k);
            float du = node->out[0]->grad[r * dims[3] + s] * kernel_grad(aux->kind, u);
            add_grad(d, 2.0f * f * du, q, k, dq ? dq + at : NULL, dk ? dk + key : NULL);
            if (dg)
                dg[0] += 2.0f * u * du;
        }
    }
}

static const struct heed_op op_scores = {sizeof(struct heed_op), "kernel_scores", scores_shape,
                                         scores_forward, scores_backward};

static const int32_t *ints(struct heed_tape *t, const int32_t *from, int64_t n)
{
    if (!from)
        return NULL;
    return memcpy(heed->alloc(t, sizeof(*from) * (size_t)(n + 1)), from, sizeof(*from) * (size_t)n);
}

static struct heed_tensor *score(const void *self, const struct heed_score_call *call)
{
    const struct kernel *kernel = self;
    struct heed_tensor *in[] = {call->query, call->keys, kernel->g};
    int64_t b = call->query->rank ? call->query->dims[0] : 0;
    struct aux aux = {ints(call->tape, call->q_len, b), ints(call->tape, call->k_len, b),
                      kernel->kind, (float)(1.0 / (kernel->width * kernel->width))};
    return heed->apply(call->tape, &op_scores, kernel->learn ? 3 : 2, in, 1, NULL, &aux,
                       sizeof(aux));
}

/* --- weights of kernels that end --- */

static int as_first(struct heed_node *node, struct heed_err *err)
{
    (void)err;
    node->out[0]->rank = node->in[0]->rank;
    memcpy(node->out[0]->dims, node->in[0]->dims, sizeof(node->in[0]->dims));
    return 0;
}

static void log_forward(struct heed_node *node)
{
    const float *x = node->in[0]->data;
    for (int64_t i = 0; i < heed_elements(node->out[0]); i++)
        node->out[0]->data[i] = x[i] > 0.0f ? logf(x[i]) : OUTSIDE;
}

static void log_backward(struct heed_node *node)
{
    const float *x = node->in[0]->data;
    float *dx = heed->grad(node->tape, node->in[0]);
    for (int64_t i = 0; dx && i < heed_elements(node->out[0]); i++)
        if (x[i] > 0.0f)
            dx[i] += node->out[0]->grad[i] / x[i];
}

static const struct heed_op op_log = {sizeof(struct heed_op), "kernel_log", as_first, log_forward,
                                      log_backward};

static void inside_forward(struct heed_node *node)
{
    const float *score = node->in[1]->data;
    for (int64_t i = 0; i < heed_elements(node->out[0]); i++)
        node->out[0]->data[i] = score[i] > 0.0f ? node->in[0]->data[i] : 0.0f;
}

static void inside_backward(struct heed_node *node)
{
    float *dw = heed->grad(node->tape, node->in[0]);
    for (int64_t i = 0; dw && i < heed_elements(node->out[0]); i++)
        if (node->in[1]->data[i] > 0.0f)
            dw[i] += node->out[0]->grad[i];
}

static const struct heed_op op_inside = {sizeof(struct heed_op), "kernel_inside", as_first,
                                         inside_forward, inside_backward};

static struct heed_tensor *normalise(const void *self, const struct heed_normalise_call *call)
{
    const struct kernel *kernel = self;
    if (kernel->kind == GAUSSIAN || kernel->kind == CONSTANT) /* which are nowhere zero */
        return heed->masked_softmax(call->tape, call->scores, call->mask);
    struct heed_tensor *in[] = {call->scores, call->scores};
    struct heed_tensor *logs = heed->apply(call->tape, &op_log, 1, in, 1, NULL, NULL, 0);
    in[0] = heed->masked_softmax(call->tape, logs, call->mask);
    return heed->apply(call->tape, &op_inside, 2, in, 1, NULL, NULL, 0);
}

HEED_PLUGIN(score_kernel, struct heed_score) = {
    .head = HEED_HEAD(score_kernel, HEED_KIND_SCORE, struct heed_score, 1,
                      "a kernel of the distance (Nadaraya-Watson)", rows, sizeof(struct kernel)),
    .flags = HEED_SCORE_UNSCALED, /* distances are what they are: the width is the scale */
    .setup = setup,
    .normalise = normalise,
    .score = score,
};
