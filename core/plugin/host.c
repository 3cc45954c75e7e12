/* host.c: the table of operations that plugins compute with. */
#include <pthread.h>
#include "base/str.h"
#include "base/utf8.h"
#include "plugin/loader.h"
#include "tensor/tape.h"

#define PLUGIN_FLAGS (HEED_PARAM_REUSED | HEED_PARAM_NO_DECAY)

static struct heed_tensor *param(struct heed_setup *s, const char *name, int rank,
                                 const int64_t *dims, enum heed_init init, double scale,
                                 uint32_t flags)
{
    struct heed_str full = {0};
    if (flags & ~(uint32_t)PLUGIN_FLAGS)
        BUG("parameter %s.%s with flags %#x", s->prefix, name, flags);
    heed_str_printf(&full, "%s.%s", s->prefix, name);
    struct heed_tensor *x = heed_params_add(s->params, full.data, rank, dims, init, scale, flags);
    heed_str_release(&full);
    return x;
}

static bool training(const struct heed_tape *t)
{
    return t->training;
}

const struct heed_host *heed_host_table(void)
{
    static struct heed_host host = {
        .size = sizeof(host),
        .fail = heed_fail,
        .param = param,
        .apply = heed_apply,
        .grad = heed_tape_grad,
        .alloc = heed_tape_alloc,
        .training = training,
        .linear = heed_linear,
        .add = heed_add,
        .sub = heed_sub,
        .mul = heed_mul,
        .scale = heed_scale,
        .tanh = heed_tanh,
        .sigmoid = heed_sigmoid,
        .exp = heed_exp,
        .relu = heed_relu,
        .concat = heed_concat,
        .columns = heed_columns,
        .reshape = heed_reshape,
        .dot_scores = heed_dot_scores,
        .tanh_scores = heed_tanh_scores,
        .masked_softmax = heed_masked_softmax,
        .utf8_next = heed_utf8_next,
        .char_class = heed_utf8_class,
        .lower = heed_host_lower,
        .gain = heed_gain,
    };
    /* The set in force now: --kernels may have changed it. Written only then: plugins may be at work
     * on other threads. */
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (host.vec != heed_vec())
        host.vec = heed_vec();
    pthread_mutex_unlock(&lock);
    return &host;
}
