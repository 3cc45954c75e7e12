/* tune_store.c: the search as it stands in the store. */
#include "cli/tune.h"

int tune_do(struct search *s, tune_change *change, struct heed_err *err)
{
    struct heed_store *store;
    bool replace = s->self->train.force && !s->looked;
    s->tune.path = s->path.data;
    s->tune.what = s->what.data;
    if (heed_store_open(&store, heed_cli.store, false, err))
        return -1;
    int status = heed_store_tune(store, &s->tune, replace, change, s, err);
    heed_store_close(store);
    return status;
}
