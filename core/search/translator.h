/* translator.h: lines of text to text, the one way of `predict` and of measuring on dev pairs.
 *
 *     heed_translator_init(&t, &engine, &options, put, ctx)
 *     for each line: heed_translator_add(&t, number, text, n, err)
 *     heed_translator_flush(&t, err)                         what waits is translated
 *     heed_translator_release(&t)                            not the engine
 *
 *     line --sentences--> parts --source tokenizer--> window --longest first, cut into batches--> engine
 *          --> hypotheses --target tokenizer, unknown words--> parts joined --> put(number, text, notes)
 *
 * A batch has several times the rows that are decoded together: search refills them.
 *
 * A line of several sentences is translated part by part, unless training showed such lines (then
 * only one that is longer than all of those). A line that says nothing to the model comes back as
 * it is: no letter or digit where training had none such; no piece that training showed. A blank one
 * is empty.
 *
 * put() gets every line that was added exactly once, in their order. Rows do not see one another, so
 * the text of a line is the same whatever stands beside it, however many workers or rows there are.
 * Memory is bounded by the window of lines and their bytes, and by BATCH_CELLS. */
#ifndef HEED_TRANSLATOR_H
#define HEED_TRANSLATOR_H

#include "data/line.h"
#include "data/sentences.h"
#include "search/engine.h"
#include "search/found.h"

/* What predict does by default, and what a model is measured with: HEED_TRANSLATOR_DEFAULTS. */
struct heed_translator_options {
    bool keep_unknown; /* in place of the source word that an unknown word attends to most */
    double least;      /* attention that such a word needs, else the unknown one stays */
    const struct heed_dictionary *dictionary; /* of words for such words; NULL: none */
    bool whole;                               /* lines are not split into sentences */
    bool keep_going; /* a line that cannot be translated becomes an empty one: HEED_NOTE_BROKEN */
    bool
        unsorted; /* batches of lines as they come, of unlike lengths: to prove that it is the same */
    /* rows: sources decoded together at most, 0: 64; changes the speed, never the text */
    struct heed_search_options search;
    /* What is asked of a line's target; *force gets one to be followed, with eos, or stays none. NULL: nothing is.
     * Lines are whole with it, and each that has tokens goes through the model. */
    int (*wish)(void *ctx, int64_t line, struct heed_wish *wish, struct heed_phrase *force,
                struct heed_err *err);
    /* Of a model that reads numbers: makes a line's source, and says where the rows are that it numbers, with those of
     * the lines before. first: of a window; what was before is not looked at again. Lines are whole with
     * it, and what is empty stays so. NULL: sources are words. */
    int (*source)(void *ctx, int64_t line, const char *text, size_t n, bool first,
                  struct heed_line *out, const float **table, struct heed_err *err);
};

#define HEED_TRANSLATOR_DEFAULTS                                                                   \
    {                                                                                              \
        .least = HEED_ATTENTION_WEAK                                                               \
    }

/* What there is to say of a line; a mask of 1 << note. */
enum heed_note {
    HEED_NOTE_LIMIT, /* the limit of length cut its translation */
    HEED_NOTE_LOOP,  /* the guard against loops stopped one */
    HEED_NOTE_LONG,  /* the line, or a sentence of it, is longer than any source of the training */
    HEED_NOTE_WEAK,  /* an unknown word in it is replaced by guess: heed_hypothesis_weak() */
    HEED_NOTE_CUT,   /* it is too long for the encoder, and was cut: heed_tokens.n_cut */
    HEED_NOTE_BACK,  /* it says nothing to the model, and comes back as it is */
    HEED_NOTE_SPLIT, /* it was translated sentence by sentence */
    HEED_NOTE_UNKNOWN, /* more than half of its tokens, or a sentence's, are not in the vocabulary */
    HEED_NOTE_BROKEN,  /* it could not be translated, and is empty */
    HEED_NOTES
};

/* What came of one line; pointers are good during put() alone. */
struct heed_translation {
    int64_t number;              /* as it was added */
    const struct heed_str *text; /* of the best; data may be NULL: empty */
    int64_t n_tokens;            /* of the best, with eos */
    unsigned notes;
    const char *why;                /* of the first that is broken so far; else "" */
    const struct heed_found *found; /* [n] best first; at least one */
    int64_t n;
};
typedef int heed_translator_put(void *ctx, const struct heed_translation *t, struct heed_err *err);

struct heed_translator {
    struct heed_engine *engine; /* borrowed */
    struct heed_translator_options options;
    heed_translator_put *put;
    void *ctx;
    /* The window under way: n_lines wait, in n_parts, which stay to be used again. */
    struct heed_translator_line *lines;
    struct heed_translator_part *parts;
    size_t n_lines, window, n_bytes, n_parts, cap_parts, made_parts;
    struct heed_found *found; /* [n_best] of the line at hand */
    struct heed_err broken;   /* of the first that is */
    struct heed_sentences sentences;
    struct heed_str tagged; /* the tags of the line under way, and a text behind them */
    size_t n_tags;          /* bytes of them */
};
void heed_translator_init(struct heed_translator *t, struct heed_engine *engine,
                          const struct heed_translator_options *o, heed_translator_put *put,
                          void *ctx);
void heed_translator_release(struct heed_translator *t);
/* A cleaned line (heed_text_clean()), tagged where the model has tags; its sentences have them too. A full window is translated at once: n_lines is 0 then. */
int heed_translator_add(struct heed_translator *t, int64_t number, const char *text, size_t n,
                        struct heed_err *err) HEED_MUST_USE;
int heed_translator_flush(struct heed_translator *t, struct heed_err *err) HEED_MUST_USE;

#endif
