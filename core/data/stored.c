/* stored.c: a side from a vocabulary of the store: see text.h. */
#include "data/text.h"
#include "store/store.h"

int heed_side_load(struct heed_side *s, struct heed_store *store, const char *name,
                   struct heed_err *err)
{
    char *spec, *blob, *vocab;
    size_t blob_size, vocab_size;
    if (heed_store_vocab_load(store, name, &spec, &blob, &blob_size, &vocab, &vocab_size, err) < 0)
        return -1;
    int status = heed_side_open(s, spec, blob, blob_size, vocab, vocab_size, err);
    if (status < 0)
        heed_err_prefix(err, "vocabulary %s: ", name);
    free(spec);
    free(blob);
    free(vocab);
    return status;
}
