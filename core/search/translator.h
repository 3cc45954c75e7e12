/* translator.h: lines of text to text, the one way of `predict` and of measuring on dev pairs.
 *
 *     heed_translator_init(&t, &engine, &options, put, ctx)
 *     for each line: heed_translator_add(&t, number, text, n, err)
 *     heed_translator_flush(&t, err)                         what waits is translated
 *     heed_translator_release(&t)                            not the engine
 *
 *     line --source tokenizer--> window --longest first, cut into batches--> engine --> hypothesis
 *          --target tokenizer, unknown words--> put(number, text, what came of it)
 *
 * put() gets every line that was added exactly once, in any order within a window. Rows do not see
 * one another, so the text of a line is the same whatever stands beside it, however many workers or
 * rows there are. Memory is bounded by the window of lines and BATCH_CELLS. */
#ifndef HEED_TRANSLATOR_H
#define HEED_TRANSLATOR_H

#include "data/line.h"
#include "search/engine.h"

/* All zero: what predict does by default, and what a model is measured with. */
struct heed_translator_options {
    bool keep_unknown; /* in place of the source word that an unknown word attends to most */
    bool loops;        /* leave them alone: heed_search_options */
    int64_t rows;      /* decoded together at most, 0: 64; changes the speed, never the text */
};

/* What came of one line; pointers are good during put() alone. */
struct heed_translation {
    int64_t number;               /* as it was added */
    const struct heed_line *line; /* the source and its tokens; tokens.n_cut: it was too long */
    const struct heed_str *text;  /* data may be NULL: empty */
    int64_t n_tokens;             /* of the hypothesis, with eos; 0: the source had none */
    bool finished;                /* it came to its end; else the limit of length cut it */
};
typedef int heed_translator_put(void *ctx, const struct heed_translation *t, struct heed_err *err);

struct heed_translator {
    struct heed_engine *engine; /* borrowed */
    struct heed_translator_options options;
    heed_translator_put *put;
    void *ctx;
    struct heed_line *lines; /* the window under way: n_lines of them wait */
    size_t n_lines, window;
};
void heed_translator_init(struct heed_translator *t, struct heed_engine *engine,
                          const struct heed_translator_options *o, heed_translator_put *put,
                          void *ctx);
void heed_translator_release(struct heed_translator *t);
/* A cleaned line (heed_text_clean()). A full window is translated at once: n_lines is 0 then. */
int heed_translator_add(struct heed_translator *t, int64_t number, const char *text, size_t n,
                        struct heed_err *err) HEED_MUST_USE;
int heed_translator_flush(struct heed_translator *t, struct heed_err *err) HEED_MUST_USE;

#endif
