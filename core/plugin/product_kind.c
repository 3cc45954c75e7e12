/* product_kind.c: see product_kind.h. */
#include <string.h>

#include "plugin/parts.h"
#include "plugin/product_kind.h"
#include "tensor/gemm.h"
#include "tensor/product.h"

#define TEXT_MAX 100

static int check_text(const char *text, struct heed_err *err)
{
    if (!text || !*text || strlen(text) > TEXT_MAX)
        return heed_fail(err, "does not say what it is in 1 to %d bytes", TEXT_MAX);
    for (const char *at = text; *at; at++)
        if (*at < ' ' || *at > '~')
            return heed_fail(err, "what it says it is is no printable ASCII: '%s'", text);
    return 0;
}

int heed_gemm_open(const struct heed_instance *in, void **state, struct heed_err *err)
{
    const struct heed_gemm *library = (const struct heed_gemm *)in->plugin;
    struct heed_str changed = {0};
    *state = NULL;
    err->text[0] = '\0';
    struct heed_guard *guard = heed_guard_begin();
    int failed = library->open(in->self, state, err);
    heed_guard_end(guard, &changed);
    if (changed.len)
        heed_warning("plugin %s: making it ready changed %s; restored", in->plugin->name,
                     changed.data);
    heed_str_release(&changed);
    if (failed)
        return err->text[0] ? -1 : heed_fail(err, "open fails without a message");
    if (check_text(library->text(*state), err) == 0)
        return 0;
    library->close(*state);
    return -1;
}

/* --- does it multiply? --- */

/* Sides at which kernels of libraries change their way, and a gap behind rows. */
#define M_MAX 37
#define N_MAX 70
#define K_MAX 53
#define GAP   3

/* Small numbers, of which sums of products are exact in float. */
static void fill(float *x, int64_t n, uint32_t seed)
{
    for (int64_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)((int32_t)(seed >> 28) - 7);
    }
}

static float wanted(const struct heed_gemm_call *p, int64_t i, int64_t j, float old)
{
    for (int64_t k = 0; k < p->k; k++)
        old += (p->a_transposed ? p->a[k * p->lda + i] : p->a[i * p->lda + k]) *
               (p->b_transposed ? p->b[j * p->ldb + k] : p->b[k * p->ldb + j]);
    return old;
}

static bool is_right(const struct heed_gemm *library, void *state, struct heed_gemm_call *p)
{
    static float a[M_MAX * (K_MAX + GAP) + K_MAX * (M_MAX + GAP)],
        b[K_MAX * (N_MAX + GAP) + N_MAX * (K_MAX + GAP)], c[M_MAX * (N_MAX + GAP)],
        old[HEED_COUNT(c)];
    fill(a, HEED_COUNT(a), 1);
    fill(b, HEED_COUNT(b), 2);
    fill(c, HEED_COUNT(c), 3);
    memcpy(old, c, sizeof(c));
    p->size = sizeof(*p);
    p->a = a;
    p->b = b;
    p->c = c;
    p->lda = (p->a_transposed ? p->m : p->k) + GAP;
    p->ldb = (p->b_transposed ? p->k : p->n) + GAP;
    p->ldc = p->n + GAP;
    library->multiply(state, p);
    bool right = true;
    for (int64_t i = 0; i < M_MAX * (N_MAX + GAP); i++) {
        int64_t row = i / p->ldc, column = i % p->ldc;
        bool inside = row < p->m && column < p->n;
        right = right && c[i] == (inside ? wanted(p, row, column, old[i]) : old[i]);
    }
    return right;
}

int heed_gemm_check(const struct heed_gemm *library, void *state, struct heed_err *err)
{
    static const int64_t rows[] = {M_MAX, 1};
    for (size_t i = 0; i < HEED_COUNT(rows); i++)
        for (int kind = 0; kind < 3; kind++) { /* x W, x W^T, x^T dy */
            struct heed_gemm_call p = {.a_transposed = kind == 2, .b_transposed = kind == 1};
            p.m = rows[i];
            p.n = N_MAX;
            p.k = K_MAX;
            if (!is_right(library, state, &p))
                return heed_fail(err, "%s multiplies wrongly (%s of %d x %d x %d)",
                                 library->text(state),
                                 kind == 0   ? "A B"
                                 : kind == 1 ? "A B^T"
                                             : "A^T B",
                                 (int)p.m, (int)p.n, (int)p.k);
        }
    return 0;
}

/* --- who serves --- */

static struct {
    struct heed_instance in;
    void *state;
} serving;

const struct heed_instance *heed_products_plugin(void)
{
    return serving.in.plugin ? &serving.in : NULL;
}

void heed_products_close(void)
{
    heed_gemm_use(NULL, NULL, NULL);
    if (serving.in.plugin)
        ((const struct heed_gemm *)serving.in.plugin)->close(serving.state);
    heed_instance_close(&serving.in);
    serving.state = NULL;
}

static int serve(const char *spec, struct heed_err *err)
{
    if (heed_instance_open(&serving.in, HEED_KIND_PRODUCT, spec, true, heed_host_table(), err))
        return -1;
    const struct heed_gemm *library = (const struct heed_gemm *)serving.in.plugin;
    int failed = heed_gemm_open(&serving.in, &serving.state, err);
    if (!failed && heed_gemm_check(library, serving.state, err)) {
        library->close(serving.state);
        failed = -1;
    }
    if (failed) {
        heed_err_prefix(err, "plugin %s: ", library->head.name);
        heed_instance_close(&serving.in);
        return -1;
    }
    heed_gemm_use(library, serving.state, library->text(serving.state));
    return 0;
}

int heed_products_by(const char *spec, struct heed_err *err)
{
    struct heed_err ignored = {0};
    const char *server = heed_product_server();
    heed_products_close();
    if (strcmp(spec, "heed") && strcmp(spec, "auto"))
        return serve(spec, err);
    if (server && !strcmp(spec, "auto"))
        serve(server, &ignored); /* where it cannot be had ours are slower, and right */
    return 0;
}
