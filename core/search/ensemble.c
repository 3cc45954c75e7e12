/* ensemble.c: several models asked as one: engines beside an engine, see engine.h. */
#include <string.h>

#include "search/engine.h"

int heed_ensemble_check(const struct heed_ensemble *x, const char *const *names,
                        struct heed_err *err)
{
    const char *first = x->models[0]->sides.tgt.fingerprint;
    for (int i = 1; i < x->n; i++) {
        const char *other = x->models[i]->sides.tgt.fingerprint;
        if (strcmp(first, other) != 0)
            return heed_fail(err,
                             "%s and %s have other target vocabularies (%.12s, %.12s), and cannot "
                             "be asked as one",
                             names[0], names[i], first, other);
    }
    return 0;
}

void heed_engine_init_ensemble(struct heed_engine *e, const struct heed_ensemble *x, int workers)
{
    heed_engine_init(e, x->models[0], workers);
    e->weight = x->weights[0];
    e->n_others = x->n - 1;
    e->others = heed_xcalloc((size_t)x->n, sizeof *e->others);
    for (int i = 1; i < x->n; i++) {
        heed_engine_init(&e->others[i - 1], x->models[i], workers);
        e->others[i - 1].weight = x->weights[i];
    }
}

const struct heed_engine *heed_engine_member(const struct heed_engine *e, int j)
{
    return j ? &e->others[j - 1] : e;
}

const struct heed_encoded *heed_encoded_member(const struct heed_encoded *x, int j)
{
    return j ? &x->others[j - 1] : x;
}

bool heed_engine_lists(const struct heed_engine *e)
{
    bool lists = e->model->net.list != NULL;
    for (int i = 0; i < e->n_others; i++)
        lists = lists || e->others[i].model->net.list;
    return lists;
}
