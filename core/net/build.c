/* build.c: what kinds of nets build with: parameters, plugins, slots. */
#include <string.h>

#include "net/net.h"

/* --- plugins --- */

const struct heed_part heed_parts[HEED_PARTS] = {
    [HEED_PART_CELL] = {"cell", HEED_KIND_CELL, offsetof(struct heed_shape, cell)},
    [HEED_PART_SCORE] = {"score", HEED_KIND_SCORE, offsetof(struct heed_shape, score)},
};

const char *heed_shape_spec(const struct heed_shape *shape, int part)
{
    return *(const char *const *)((const char *)shape + heed_parts[part].offset);
}

int heed_part_of(const char *option)
{
    for (int part = 0; part < HEED_PARTS; part++)
        if (strcmp(heed_parts[part].option, option) == 0)
            return part;
    return -1;
}

void heed_net_own_spec(struct heed_net *net, int part, const char *text)
{
    char *old = net->specs[part];
    net->specs[part] = heed_xstrdup(text ? text : "");
    *(const char **)((char *)&net->shape + heed_parts[part].offset) = net->specs[part];
    free(old);
}

/* A net names plugins, never places: "./mine.so:a=1" is kept as "mine:a=1". */
int heed_net_open(struct heed_net *net, int part, struct heed_err *err)
{
    struct heed_instance *in = &net->parts[part];
    if (in->plugin)
        return 0;
    if (heed_instance_open(in, heed_parts[part].kind, net->specs[part], net->allow_path,
                           heed_host_table(), err))
        return -1;
    heed_net_own_spec(net, part, in->spec);
    return 0;
}

/* --- parameters and slots --- */

struct heed_tensor *heed_net_matrix(struct heed_net *net, const char *name, int64_t rows,
                                    int64_t cols, enum heed_init init, uint32_t flags)
{
    return heed_params_add(&net->params, name, 2, (int64_t[]){rows, cols}, init, 1,
                           flags | HEED_PARAM_MATRIX);
}

struct heed_tensor *heed_net_vector(struct heed_net *net, const char *name, int64_t n)
{
    return heed_params_add(&net->params, name, 1, &n, HEED_INIT_ZERO, 1, HEED_PARAM_NO_DECAY);
}

int heed_net_slot(struct heed_net *net, const char *name, enum heed_slot_kind kind)
{
    net->slots = heed_xrealloc(net->slots, (size_t)net->n_slots + 1, sizeof *net->slots);
    net->slots[net->n_slots] = (struct heed_slot){heed_xstrdup(name), kind};
    return net->n_slots++;
}
