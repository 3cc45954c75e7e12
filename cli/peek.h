/* peek.h: what the files of peek share. */
#ifndef HEED_PEEK_H
#define HEED_PEEK_H

#include "stream/stream.h"
#include "stream/words.h"

struct peek {
    bool values, words, check, json, csv, npy;
    int64_t rows;
    const char *tensor, *split, *model;
    struct heed_str text;            /* output being made */
    const struct heed_array *raw;    /* whose bytes follow it; or NULL */
    int64_t n_exported;              /* tensors, by --csv and --npy */
    const struct heed_doc *words_of; /* has vocab.src, vocab.tgt: the stream frame, the model */
};

/* One document with a title ("frame 3"); `kind` is its word in JSON. */
void peek_show(struct peek *p, const char *title, const char *kind, const struct heed_doc *d);
void peek_show_json(struct peek *p, const char *kind, const struct heed_doc *d);
/* --csv, --npy: the tensor that is asked for, where this document has it. */
int peek_export(struct peek *p, const struct heed_doc *d, struct heed_err *err) HEED_MUST_USE;

#endif
