/* translate.c: sources to hypotheses: what predict and the dev measurement do with a batch. */
#include <string.h>

#include "search/engine.h"

int heed_engine_translate(struct heed_engine *e, const struct heed_id_row *src, int64_t n,
                          const struct heed_search_options *o, struct heed_hypotheses *out,
                          struct heed_err *err)
{
    bool eos = e->model->sides.src_eos;
    int64_t S = 0;
    struct heed_encoded x;
    int32_t *len = heed_xcalloc((size_t)n, sizeof *len);
    for (int64_t b = 0; b < n; b++) {
        len[b] = src[b].n ? (int32_t)src[b].n + eos : 0;
        S = HEED_MAX(S, len[b]);
    }
    int32_t *ids = heed_xcalloc((size_t)(n * S + 1), sizeof *ids);
    for (int64_t b = 0; b < n; b++) {
        if (len[b] == 0)
            continue;
        memcpy(ids + b * S, src[b].ids, sizeof *ids * (size_t)src[b].n);
        if (eos)
            ids[b * S + len[b] - 1] = HEED_EOS;
    }
    int status =
        heed_engine_encode(e, n, S, ids, len, &x, err) || heed_engine_decode(e, &x, o, out, err)
            ? -1
            : 0;
    free(ids);
    free(len);
    return status;
}
