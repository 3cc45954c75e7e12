/* seen.h: what a training has shown its model so far, counted batch by batch: by every way that pairs come in
 * it is the same. Inference asks it what is out of the way. In files: metadata seen.lines,
 * seen.several, seen.wordless, tensor vocab.seen U8 [V]. */
#ifndef HEED_SEEN_H
#define HEED_SEEN_H

#include "data/batch.h"
#include "data/text.h"

struct heed_seen {
    int64_t lines;    /* sources; 0: not known, as of models older than this */
    int64_t several;  /* of them with several sentences */
    int64_t wordless; /* without a letter or digit */
    uint8_t *ids;     /* [V] of the source: 1 where it stood in one; NULL: not known */
};
/* Counts the sources of a batch. */
int heed_seen_count(struct heed_seen *s, const struct heed_sides *sides, const struct heed_batch *b,
                    struct heed_err *err) HEED_MUST_USE;
void heed_seen_release(struct heed_seen *s);

/* Are lines of several sentences what it was trained on: more than one in ten? */
bool heed_seen_several(const struct heed_seen *s);
/* Are lines without a letter or digit: more than one in 1,000? */
bool heed_seen_wordless(const struct heed_seen *s);
/* Does any token stand for something that training showed? words: for letters or digits (or bytes, which
 * may be those of letters); else anything but a blank. */
bool heed_seen_any(const struct heed_seen *s, const struct heed_vocab *v,
                   const struct heed_tokens *tokens, bool words);

/* ids are borrowed by doc. */
void heed_seen_to_doc(const struct heed_seen *s, int32_t n_ids, struct heed_doc *doc);
int heed_seen_from_doc(struct heed_seen *s, int32_t n_ids, const struct heed_doc *doc,
                       struct heed_err *err) HEED_MUST_USE;

#endif
