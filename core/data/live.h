/* live.h: pairs of standard input trained on as they come, once: a window of text is read, tokenized, shuffled, sorted
 * and cut as a dataset of its own, then the next. The pipe may have no end; memory is that of a window.
 *
 *   heed_live_open (reads the first window) -> sides are settled -> heed_live_source -> source.next… -> heed_live_close
 *
 * Windows hang on the input and the seed alone, so going on from a checkpoint is to pass over as many batches. */
#ifndef HEED_LIVE_H
#define HEED_LIVE_H

#include "data/aside.h"
#include "data/batch_source.h"
#include "data/corpus.h"

/* Batches of its one pass: more than there will be. */
#define HEED_LIVE_EPOCH INT32_MAX

struct heed_live {
    struct heed_text text; /* open where max_line is not 0 */
    struct heed_corpus_options how;
    size_t window;
    struct heed_corpus *corpus;     /* the present window: text, ids */
    struct heed_dataset *dataset;   /* both borrowed */
    const struct heed_sides *sides; /* set before the second window, by whom they belong to */
    const struct heed_filter *filter;
    struct heed_aside aside;
    struct heed_batcher batcher;
    int64_t number, index; /* window; batch in it */
    int64_t n_batches;     /* given so far */
};
/* corpus: empty; has the first window then. */
int heed_live_open(struct heed_live *l, const struct heed_corpus_options *how, int64_t window,
                   struct heed_corpus *corpus, struct heed_err *err) HEED_MUST_USE;
/* dataset: the first window's. What is pointed to must live as long as *l. *out refers to *l. */
void heed_live_source(struct heed_live *l, struct heed_dataset *dataset,
                      const struct heed_filter *filter, int64_t rows, int64_t tokens, double vary,
                      uint64_t seed, struct heed_batch_source *out);
/* Of one that is all zero: nothing. */
void heed_live_close(struct heed_live *l);

#endif
