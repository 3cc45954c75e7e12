/* init.c: initial values of parameters, a function of seed and name alone.
 *
 * Each parameter has a stream of random numbers of its own, named by a hash of its name, so neither
 * the order of parameters nor a new one among them changes the others. */
#include <math.h>
#include <string.h>
#include "tensor/param.h"

/* FNV-1a: names a stream of random numbers. */
static uint64_t name_hash(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return h;
}

static void fill_uniform(struct heed_rng *rng, int64_t n, double bound, float *x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)((2.0 * heed_rng_uniform(rng) - 1.0) * bound);
}

/* n random vectors of len >= n numbers made orthonormal by modified Gram-Schmidt in double: a
 * square normal matrix is well enough conditioned that one pass leaves dot products near 1e-13. */
static void orthonormal(struct heed_rng *rng, int64_t n, int64_t len, double *q)
{
    for (int64_t i = 0; i < n * len; i++)
        q[i] = heed_rng_normal(rng);
    for (int64_t i = 0; i < n; i++) {
        double *v = q + i * len, norm = 0.0;
        for (int64_t k = 0; k < len; k++)
            norm += v[k] * v[k];
        norm = 1.0 / sqrt(norm);
        for (int64_t k = 0; k < len; k++)
            v[k] *= norm;
        for (int64_t j = i + 1; j < n; j++) {
            double *w = q + j * len, dot = 0.0;
            for (int64_t k = 0; k < len; k++)
                dot += v[k] * w[k];
            for (int64_t k = 0; k < len; k++)
                w[k] -= dot * v[k];
        }
    }
}

/* [H,G·H]: each square block orthogonal; another shape: orthonormal along its shorter side. */
static void fill_orthogonal(struct heed_rng *rng, const struct heed_tensor *x)
{
    int64_t rows = heed_rows(x), width = heed_width(x);
    int64_t block = width % rows == 0 ? rows : width; /* columns made together */
    int64_t n = HEED_MIN(rows, block), len = HEED_MAX(rows, block);
    double *q = heed_xmalloc(sizeof(*q) * (size_t)(n * len));
    for (int64_t from = 0; from < width; from += block) {
        orthonormal(rng, n, len, q);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < block; j++)
                x->data[i * width + from + j] =
                    (float)(rows <= block ? q[i * len + j] : q[j * len + i]);
    }
    free(q);
}

static void fill_constant(float value, int64_t n, float *x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = value;
}

static void fill_param(struct heed_param *p, uint64_t seed)
{
    struct heed_rng rng;
    struct heed_tensor *x = &p->value;
    int64_t n = heed_elements(x), fan_out = x->rank > 1 ? heed_width(x) : 1,
            fan_in = n / HEED_MAX(fan_out, 1);

    heed_rng_seed(&rng, seed, name_hash(p->name));
    switch (p->init) {
    case HEED_INIT_ZERO:
        fill_constant(0.0f, n, x->data);
        break;
    case HEED_INIT_ONE:
        fill_constant(1.0f, n, x->data);
        break;
    case HEED_INIT_XAVIER:
        fill_uniform(&rng, n, sqrt(6.0 / (double)(fan_in + fan_out)), x->data);
        break;
    case HEED_INIT_ORTHOGONAL:
        fill_orthogonal(&rng, x);
        break;
    case HEED_INIT_NORMAL:
        for (int64_t i = 0; i < n; i++)
            x->data[i] = (float)(heed_rng_normal(&rng) * p->scale);
        break;
    case HEED_INIT_FORGET:
        fill_constant(0.0f, n, x->data);
        fill_constant(1.0f, n / 4, x->data + n / 4);
        break;
    case HEED_INIT_UNIFORM:
        fill_uniform(&rng, n, p->scale, x->data);
        break;
    }
}

void heed_params_fill(struct heed_params *set, uint64_t seed)
{
    for (size_t i = 0; i < set->n; i++)
        fill_param(set->items[i], seed);
    set->version++;
}
