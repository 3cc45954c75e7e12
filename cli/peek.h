/* peek.h: what the files of peek share. */
#ifndef HEED_PEEK_H
#define HEED_PEEK_H

#include "stream/stream.h"
#include "stream/words.h"

struct peek {
    bool values, words, check, json;
    int64_t rows;
    const char *tensor, *split, *model;
    struct heed_str text;            /* output being made */
    const struct heed_doc *words_of; /* has vocab.src, vocab.tgt: the stream frame, the model */
};

/* One document with a title ("frame 3"); `kind` is its word in JSON. */
void peek_show(struct peek *p, const char *title, const char *kind, const struct heed_doc *d);
void peek_show_json(struct peek *p, const char *kind, const struct heed_doc *d);

#endif
