/* layer.c: private data for each place where a plugin works.
 *
 * setup() keeps its parameters in the private data. Two layers of a cell have different ones, so
 * data that both shared would serve both with those of the last. */
#include <string.h>
#include "plugin/loader.h"

static int run_setup(const struct heed_plugin *plugin, void *self, struct heed_setup *s,
                     struct heed_err *err)
{
    int (*setup)(void *, struct heed_setup *, struct heed_err *) = NULL;
    if (plugin->kind == HEED_KIND_SCORE)
        setup = ((const struct heed_score *)plugin)->setup;
    else if (plugin->kind == HEED_KIND_CELL)
        setup = ((const struct heed_cell *)plugin)->setup;
    else
        BUG("plugin %s is no part of a model", plugin->name);
    if (!setup || setup(self, s, err) == 0)
        return 0;
    return err->text[0] ? -1
                        : heed_fail(err, "plugin %s: setup fails without a message", plugin->name);
}

int heed_layer_open(struct heed_layer *layer, const struct heed_instance *in, struct heed_setup *s,
                    struct heed_err *err)
{
    *layer = (struct heed_layer){in->plugin, heed_xcalloc(1, in->plugin->self_size + 1)};
    memcpy(layer->self, in->self, in->plugin->self_size);
    if (run_setup(in->plugin, layer->self, s, err) == 0)
        return 0;
    heed_layer_close(layer);
    return -1;
}

void heed_layer_close(struct heed_layer *layer)
{
    free(layer->self);
    *layer = (struct heed_layer){0};
}
