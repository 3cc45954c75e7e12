/* descriptor.c: may this descriptor be used? And the sizes of the public structures, pinned. */
#include <string.h>
#include "heed/reduce.h"
#include "plugin/parts.h"

/* The public interface of ABI 2 on LP64. A change here needs a new HEED_PLUGIN_ABI. */
#if __SIZEOF_POINTER__ == 8
#define PINNED(type, bytes)                                                                        \
    _Static_assert(sizeof(type) == (bytes), "size of " #type " is part of the ABI")
PINNED(struct heed_plugin, 64);
PINNED(struct heed_setup, 64);
PINNED(struct heed_keys_call, 24);
PINNED(struct heed_score_call, 72);
PINNED(struct heed_normalise_call, 32);
PINNED(struct heed_score, 104);
PINNED(struct heed_cell_call, 104);
PINNED(struct heed_cell, 96);
PINNED(struct heed_lines, 24);
PINNED(struct heed_tokenizer, 128);
PINNED(struct heed_gemm_call, 80);
PINNED(struct heed_gemm, 96);
PINNED(struct heed_reduce, 96);
PINNED(struct heed_place, 16);
PINNED(struct heed_block, 24);
PINNED(struct heed_exchange_call, 32);
PINNED(struct heed_tensor, 64);
PINNED(struct heed_op, 40);
PINNED(struct heed_node, 56);
PINNED(struct heed_mask, 32);
PINNED(struct heed_option, 72);
PINNED(struct heed_err, 484);
#endif

const char *heed_kind_name(enum heed_plugin_kind kind)
{
    switch (kind) {
    case HEED_KIND_SCORE:
        return "score";
    case HEED_KIND_CELL:
        return "cell";
    case HEED_KIND_TOKENIZER:
        return "tokenizer";
    case HEED_KIND_PRODUCT:
        return "product";
    case HEED_KIND_REDUCE:
        return "reduce";
    }
    return "unknown";
}

static size_t descriptor_size(uint32_t kind)
{
    switch (kind) {
    case HEED_KIND_SCORE:
        return sizeof(struct heed_score);
    case HEED_KIND_CELL:
        return sizeof(struct heed_cell);
    case HEED_KIND_TOKENIZER:
        return sizeof(struct heed_tokenizer);
    case HEED_KIND_PRODUCT:
        return sizeof(struct heed_gemm);
    case HEED_KIND_REDUCE:
        return sizeof(struct heed_reduce);
    }
    return 0;
}

static int check_callbacks(const struct heed_plugin *plugin, struct heed_err *err)
{
    const char *missing = NULL;
    if (plugin->kind == HEED_KIND_SCORE) {
        const struct heed_score *s = (const struct heed_score *)plugin;
        missing = !s->setup ? "setup" : !s->score ? "score" : NULL;
    } else if (plugin->kind == HEED_KIND_CELL) {
        const struct heed_cell *c = (const struct heed_cell *)plugin;
        missing = !c->step ? "step" : NULL;
        if (c->n_input_gates < 1 || c->n_state_gates < 0 || c->n_states < 1 ||
            c->n_states > HEED_STATES_MAX)
            return heed_fail(err, "a cell of %d input gates, %d state gates, %d states",
                             c->n_input_gates, c->n_state_gates, c->n_states);
        if (c->input_bias_init > HEED_INIT_UNIFORM)
            return heed_fail(err, "input_bias_init is %u", c->input_bias_init);
    } else if (plugin->kind == HEED_KIND_PRODUCT) {
        const struct heed_gemm *p = (const struct heed_gemm *)plugin;
        missing = !p->open       ? "open"
                  : !p->close    ? "close"
                  : !p->text     ? "text"
                  : !p->multiply ? "multiply"
                                 : NULL;
    } else if (plugin->kind == HEED_KIND_REDUCE) {
        const struct heed_reduce *r = (const struct heed_reduce *)plugin;
        missing = !r->open       ? "open"
                  : !r->exchange ? "exchange"
                  : !r->close    ? "close"
                  : !r->abort    ? "abort"
                                 : NULL;
    } else {
        const struct heed_tokenizer *t = (const struct heed_tokenizer *)plugin;
        missing = !t->open    ? "open"
                  : !t->close ? "close"
                  : !t->split ? "split"
                  : !t->join  ? "join"
                              : NULL;
        if (!missing && t->train && !t->pieces)
            missing = "pieces";
    }
    return missing ? heed_fail(err, "its callback %s is NULL", missing) : 0;
}

static int check_options(const struct heed_plugin *plugin, struct heed_err *err)
{
    char *self = heed_xcalloc(1, plugin->self_size + 1);
    int failed = 0;
    for (const struct heed_option *row = plugin->options; row && row->name && !failed; row++) {
        size_t n = heed_option_size(row);
        if (!n)
            failed = heed_fail(err, "option %s has type %u", row->name, row->type);
        else if (row->offset > plugin->self_size || n > plugin->self_size - row->offset)
            failed = heed_fail(err, "option %s lies outside its private data of %u bytes",
                               row->name, plugin->self_size);
        else if (row->absent && heed_option_set(row, self, row->absent, err) < 0)
            failed = heed_err_prefix(err, "what absence means: ");
    }
    free(self);
    return failed;
}

/* The tables grow at their end, so a plugin may know less of them than this heed has; what it knows
 * beyond would be called where nothing stands. */
static int check_tables(const struct heed_plugin *plugin, struct heed_err *err)
{
    const struct {
        size_t built_for, here;
        const char *what;
    } tables[] = {
        {plugin->host_size, sizeof(struct heed_host), "host function"},
        {plugin->vec_size, sizeof(struct heed_vec), "vector kernel"},
    };
    for (size_t i = 0; i < HEED_COUNT(tables); i++) {
        size_t more = (tables[i].built_for - tables[i].here) / sizeof(void (*)(void));
        if (tables[i].built_for > tables[i].here)
            return heed_fail(err, "was built for a heed with %zu more %s%s", more, tables[i].what,
                             more == 1 ? "" : "s");
    }
    return 0;
}

int heed_descriptor_check(const struct heed_plugin *plugin, const char *module,
                          struct heed_err *err)
{
    if (plugin->magic != HEED_PLUGIN_MAGIC)
        return heed_fail(err, "its descriptor begins with 0x%08x instead of 0x%08x", plugin->magic,
                         HEED_PLUGIN_MAGIC);
    if (plugin->abi != HEED_PLUGIN_ABI)
        return heed_fail(err, "plugin ABI %u, this heed has ABI %d", plugin->abi, HEED_PLUGIN_ABI);
    size_t size = descriptor_size(plugin->kind);
    if (!size)
        return heed_fail(err, "kind %u is none of score, cell, tokenizer, product, reduce",
                         plugin->kind);
    if (plugin->size != size)
        return heed_fail(err, "its descriptor has %u bytes, this heed needs %zu for a %s",
                         plugin->size, size, heed_kind_name((enum heed_plugin_kind)plugin->kind));
    if (!plugin->name || strcmp(plugin->name, module))
        return heed_fail(err, "it calls itself %s, its file %s",
                         plugin->name ? plugin->name : "nothing", module);
    if (!plugin->summary || !plugin->host)
        return heed_fail(err, "its %s is NULL", plugin->summary ? "host pointer" : "summary");
    if (check_tables(plugin, err) < 0)
        return -1;
    return check_callbacks(plugin, err) < 0 ? -1 : check_options(plugin, err);
}
