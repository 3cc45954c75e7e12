/* words.h: the words behind ids, as streams and models carry them: vocabularies, and the text of the
 * source beside its ids. */
#ifndef HEED_WORDS_H
#define HEED_WORDS_H

#include "stream/doc.h"

/* The vocabulary of a side ("src", "tgt") in a stream frame or a model, NULL where it has none. A
 * joint one stands under vocab.src only. */
const struct heed_array *heed_doc_vocab(const struct heed_doc *doc, const char *side);
/* The piece of an id, *n bytes, or NULL. */
const char *heed_vocab_piece(const struct heed_array *vocab, int64_t id, size_t *n);

struct heed_dictionary;
/* A line of the source with the bytes of its tokens: where words come from that the vocabulary
 * lacks. */
struct heed_source_text {
    const char *text;
    int64_t size;               /* bytes */
    const int32_t *begin, *end; /* of each of n tokens */
    int64_t n;
    const int32_t *align; /* which of them an id stands for, -1 for none; NULL: its own place */
    const float *weight;  /* the attention behind each of align; NULL: not known, and enough */
    double least;         /* what is enough for the word to be taken */
    const struct heed_dictionary
        *dictionary; /* data/dictionary.h; NULL: words stand for themselves */
};
/* That of a row, from src_text, src_begin and src_end; false where the frame has none. */
bool heed_source_text_find(const struct heed_doc *frame, int64_t row, struct heed_source_text *out);
/* The bytes of token i, or NULL where the spans are not within the text. */
const char *heed_source_token(const struct heed_source_text *src, int64_t i, size_t *n);

#endif
