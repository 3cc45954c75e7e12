/* product_openblas.c: products by OpenBLAS, or by another library with its C interface (BLIS).
 *
 * The library is not linked but opened by open(), so that who does not ask for it neither needs nor
 * loads it, and since three things must be so before its constructors run:
 *
 * - It chooses its kernels once, by $OPENBLAS_CORETYPE or by what it knows of CPUs; one that is newer
 *   than it is taken for a Prescott, 3.5 times slower. So it is told, unless the user told it.
 * - It makes a thread for each processor unless told that there is one, and each reserves 130 MB.
 * - Where it cannot reserve memory it tries again for ever. So what it needs is reserved and given
 *   back, which either works or is a line.
 *
 * The environment is put back as soon as it is loaded. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

struct openblas {
    const char *library;
};

static const struct heed_option rows[] = {
    HEED_ROW_STRING(struct openblas, library, "library", "libopenblas.so.0", "FILE",
                    "the library, by name or path: OpenBLAS, or another with the functions "
                    "cblas_sgemm and cblas_sgemv"),
    {0},
};

/* As cblas.h has them; numbers are int in a library of that name. */
enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112 };
typedef void sgemm_fn(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a,
                      int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef void sgemv_fn(int order, int ta, int m, int n, float alpha, const float *a, int lda,
                      const float *x, int step_x, float beta, float *y, int step_y);

struct state {
    void *handle;
    sgemm_fn *sgemm;
    sgemv_fn *sgemv;
    bool avx;
    bool one_at_a_time;
    pthread_mutex_t lock;
    char text[100];
};

/* --- before it is loaded --- */

/* The threaded variant takes 170 MB for its first caller, that of OpenMP 440. */
#define NEEDS ((size_t)448 << 20)

static int check_room(struct heed_err *err)
{
    void *room = mmap(NULL, NEEDS, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return heed->fail(err,
                          "less than %d MiB of address space (ulimit -v, ulimit -d), which "
                          "OpenBLAS needs",
                          (int)(NEEDS >> 20));
    munmap(room, NEEDS);
    return 0;
}

/* NULL: it knows better. */
static const char *core_of_cpu(void)
{
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return NULL;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
#else
    return NULL;
#endif
}

/* What it reads. The OpenMP variant asks that library, which each new thread of ours would ask anew. */
struct setting {
    const char *name, *value;
    char *before;
};

static void set_all(struct setting *settings, int n)
{
    for (int i = 0; i < n; i++) {
        const char *now = getenv(settings[i].name);
        settings[i].before = now ? strdup(now) : NULL;
        if (settings[i].value)
            setenv(settings[i].name, settings[i].value, 1);
    }
}

static void put_back(struct setting *settings, int n)
{
    for (int i = 0; i < n; i++) {
        if (settings[i].before)
            setenv(settings[i].name, settings[i].before, 1);
        else
            unsetenv(settings[i].name);
        free(settings[i].before);
    }
}

static void *load(const char *library)
{
    struct setting settings[] = {
        {"OPENBLAS_NUM_THREADS", "1", NULL},
        {"OMP_NUM_THREADS", "1", NULL},
        {"BLIS_NUM_THREADS", "1", NULL},
        {"OPENBLAS_CORETYPE", getenv("OPENBLAS_CORETYPE") ? NULL : core_of_cpu(), NULL},
    };
    int n = (int)(sizeof(settings) / sizeof(*settings));
    set_all(settings, n);
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    put_back(settings, n);
    return handle;
}

/* --- opening --- */

/* C has no cast from an object's address to a function's. */
typedef void any_fn(void);
static any_fn *function(void *handle, const char *name)
{
    any_fn *found = NULL;
    void *symbol = dlsym(handle, name);
    memcpy(&found, &symbol, sizeof(found));
    return found;
}

static const char *variant_of(int parallel)
{
    return parallel == 0 ? "serial" : parallel == 1 ? "pthread" : parallel == 2 ? "openmp" : "?";
}

/* "OpenBLAS 0.3.21 pthread, core Zen", of "OpenBLAS 0.3.21 NO_LAPACKE …"; another library: its file. */
static void tell(struct state *s, const char *library)
{
    char *(*config)(void) = (char *(*)(void))function(s->handle, "openblas_get_config");
    char *(*core)(void) = (char *(*)(void))function(s->handle, "openblas_get_corename");
    int (*parallel)(void) = (int (*)(void))function(s->handle, "openblas_get_parallel");
    const char *slash = strrchr(library, '/'), *version = config ? strchr(config(), ' ') : NULL;
    int n = version ? (int)strcspn(version + 1, " ") + 1 : 0;
    if (!config || !core || !parallel) {
        snprintf(s->text, sizeof(s->text), "%s", slash ? slash + 1 : library);
        return;
    }
    snprintf(s->text, sizeof(s->text), "OpenBLAS%.*s %s, core %s", n > 20 ? 20 : n,
             version ? version : "", variant_of(parallel()), core());
    s->one_at_a_time = parallel() == 0;
}

/* Each thread that multiplies at the same time as others takes 130 MB more, and waits for ever where
 * it cannot have them. */
static bool is_limited(void)
{
    struct rlimit space, data;
    return getrlimit(RLIMIT_AS, &space) || getrlimit(RLIMIT_DATA, &data) ||
           space.rlim_cur != RLIM_INFINITY || data.rlim_cur != RLIM_INFINITY;
}

static int open_it(const void *self, void **state, struct heed_err *err)
{
    const struct openblas *o = self;
    struct state *s;
    if (check_room(err))
        return -1;
    s = calloc(1, sizeof(*s));
    if (!s)
        return heed->fail(err, "out of memory");
    s->handle = load(o->library);
    if (!s->handle) {
        const char *why = dlerror();
        heed->fail(err, "%s", why ? why : "the library cannot be loaded");
        free(s);
        return -1;
    }
    s->sgemm = (sgemm_fn *)function(s->handle, "cblas_sgemm");
    s->sgemv = (sgemv_fn *)function(s->handle, "cblas_sgemv");
    if (!s->sgemm || !s->sgemv) {
        dlclose(s->handle);
        free(s);
        return heed->fail(err, "%s has no function cblas_sgemm or cblas_sgemv", o->library);
    }
    tell(s, o->library);
    s->one_at_a_time = s->one_at_a_time || is_limited();
    pthread_mutex_init(&s->lock, NULL);
#ifdef __x86_64__
    s->avx = __builtin_cpu_supports("avx") != 0;
#endif
    *state = s;
    return 0;
}

static void close_it(void *state)
{
    struct state *s = state;
    pthread_mutex_destroy(&s->lock);
    dlclose(s->handle);
    free(s);
}

static const char *text(const void *state)
{
    return ((const struct state *)state)->text;
}

/* --- at work --- */

/* sgemm would copy all of B for one row. */
static void call(const struct state *s, const struct heed_gemm_call *p)
{
    int m = (int)p->m, n = (int)p->n, k = (int)p->k, lda = (int)p->lda, ldb = (int)p->ldb;
    bool tb = p->b_transposed;
    if (m == 1)
        s->sgemv(ROW_MAJOR, tb ? PLAIN : TRANSPOSED, tb ? n : k, tb ? k : n, 1.0f, p->b, ldb, p->a,
                 p->a_transposed ? lda : 1, 1.0f, p->c, 1);
    else
        s->sgemm(ROW_MAJOR, p->a_transposed ? TRANSPOSED : PLAIN, tb ? TRANSPOSED : PLAIN, m, n, k,
                 1.0f, p->a, lda, p->b, ldb, 1.0f, p->c, (int)p->ldc);
}

/* Its kernels for AVX leave the upper halves of registers in use, after which code for SSE, such as
 * heed's portable kernels, runs at a third of its speed. */
static void multiply(void *state, const struct heed_gemm_call *p)
{
    struct state *s = state;
    if (s->one_at_a_time)
        pthread_mutex_lock(&s->lock);
    call(s, p);
    if (s->one_at_a_time)
        pthread_mutex_unlock(&s->lock);
#ifdef __x86_64__
    if (s->avx)
        __asm__ volatile("vzeroupper" ::
                             : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                               "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                               "xmm15");
#endif
}

HEED_PLUGIN(product_openblas, struct heed_gemm) = {
    .head = HEED_HEAD(product_openblas, HEED_KIND_PRODUCT, struct heed_gemm, 1,
                      "OpenBLAS, loaded where it is asked for", rows, sizeof(struct openblas)),
    .open = open_it,
    .close = close_it,
    .text = text,
    .multiply = multiply,
};
