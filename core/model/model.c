/* model.c: a model made anew, and its end. Files: file.c. */
#include <string.h>

#include "model/model.h"

int heed_model_create(struct heed_model *m, const struct heed_shape *shape,
                      struct heed_sides *sides, uint64_t seed, struct heed_err *err)
{
    memset(m, 0, sizeof *m);
    m->sides = *sides;
    memset(sides, 0, sizeof *sides);
    if (heed_net_build(&m->net, shape, NULL, true, m->sides.src.vocab.n, m->sides.tgt.vocab.n,
                       err)) {
        heed_model_release(m);
        return -1;
    }
    if (heed_net_copies(&m->net))
        heed_net_target_ids(&m->net, heed_sides_target_ids(&m->sides));
    heed_params_fill(&m->net.params, seed);
    return 0;
}

void heed_model_release(struct heed_model *m)
{
    heed_net_release(&m->net);
    heed_sides_release(&m->sides);
    heed_seen_release(&m->seen);
    heed_shortlist_release(&m->shortlist);
    heed_map_close(&m->file);
    memset(m, 0, sizeof *m);
}

int heed_model_may_list(const struct heed_model *m, struct heed_err *err)
{
    if (heed_model_wants_words(m, "a shortlist", err))
        return -1;
    if (!heed_net_copies(&m->net))
        return 0;
    return heed_fail(err, "a model that copies words of its source, which no list foresees, has no "
                          "shortlist");
}

int heed_model_list(struct heed_model *m, struct heed_shortlist *list, struct heed_err *err)
{
    if (heed_model_may_list(m, err)) {
        heed_shortlist_release(list);
        return -1;
    }
    heed_net_list(&m->net, NULL);
    heed_shortlist_release(&m->shortlist);
    m->shortlist = *list;
    *list = (struct heed_shortlist){0};
    heed_net_list(&m->net, &m->shortlist);
    return 0;
}

int64_t heed_length_limit(const struct heed_model *m, int64_t src_len)
{
    const struct heed_limits *l = &m->limits;
    double by_ratio = l->ratio * (double)src_len + 5;
    double longest = src_len > l->max_src && l->max_src > 0
                         ? (double)l->max_tgt * (double)src_len / (double)l->max_src
                         : (double)l->max_tgt;
    double limit = HEED_MIN(by_ratio, longest);
    return limit < 1 ? 1 : limit > 65535 ? 65535 : (int64_t)limit;
}
