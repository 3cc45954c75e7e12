/* broken.h: rows of a batch that cannot be done, found by halves: the others do not see them.
 *
 * A whole batch fails where one row has numbers that are none. Whoever is to go on tries its halves, and
 * theirs, until each row that fails does so alone; then makes these rows empty and does the batch again. One row of n costs
 * about three times the batch. */
#ifndef HEED_BROKEN_H
#define HEED_BROKEN_H

#include "search/engine.h"

/* Does rows first to first + n. */
typedef int heed_rows_try(void *ctx, int64_t first, int64_t n, struct heed_err *err);

/* broken [n] gets 1 where a row fails alone; how many. err is that of the first of them; left alone where there is
 * none. */
int64_t heed_rows_broken(heed_rows_try *attempt, void *ctx, int64_t n, uint8_t *broken,
                         struct heed_err *err);

/* What is asked of rows from `first` on. */
struct heed_search_options heed_search_from(const struct heed_search_options *o, int64_t first);

/* As heed_engine_encode() and heed_engine_decode(), but that rows which cannot be done become empty ones, 1 in
 * broken [B]; err is that of the first of them, and status HEED_OK where there is none. */
int heed_engine_encode_on(struct heed_engine *e, int64_t B, int64_t S, const int32_t *src,
                          const int32_t *len, struct heed_encoded *out, uint8_t *broken,
                          struct heed_err *err) HEED_MUST_USE;
int heed_engine_decode_on(struct heed_engine *e, const struct heed_encoded *x,
                          const struct heed_search_options *o, struct heed_hypotheses *out,
                          uint8_t *broken, struct heed_err *err) HEED_MUST_USE;
int heed_engine_translate_on(struct heed_engine *e, const struct heed_id_row *src, int64_t n,
                             const struct heed_search_options *o, struct heed_hypotheses *out,
                             uint8_t *broken, struct heed_err *err) HEED_MUST_USE;

#endif
