/* pairs.h: what a training runs on, by its options, however it comes:
 *
 *   text      files, folders, parallel files, standard input
 *             -> corpus -> dev pairs set aside -> tokenizers learnt -> dataset -> batches
 *             what is beyond the first window of them -> windows in a spool (beyond.h) -> batches
 *   one pass  lines on standard input, a window of them at a time, as they come (live.h)
 *   ids       a stream on standard input (tokenize --pairs) -> dataset -> batches
 *   numbers   the first of these, sources being paths of what is read into one table (numbers.h)
 *   batches   a stream on standard input (batch-mask --epochs), trained on as it comes
 *
 * By each of these ways the same pairs give the same batches. */
#ifndef HEED_PAIRS_H
#define HEED_PAIRS_H

#include "base/option.h"
#include "data/batch_source.h"
#include "data/corpus.h"
#include "data/cuts.h"
#include "data/live.h"
#include "data/numbers.h"
#include "data/pair_stream.h"
#include "data/windows.h"
#include "store/store.h"

struct heed_pairs_options {
    const char *const *files; /* and folders; with src_files empty too, standard input is read */
    size_t n_files;
    struct heed_list src_files, tgt_files; /* parallel */
    struct heed_list dev;                  /* files; "none"; empty: pairs are set aside */
    const char *tokenizer, *src_tokenizer, *tgt_tokenizer; /* NULL: by looking at the lines */
    enum heed_auto joint;
    const char *columns;       /* of pairs in a table: "1,2"; NULL: they are all there is */
    const char *tag_columns;   /* of the tags in front of sources: "3"; NULL: they have none */
    const char *vocab, *store; /* name in the store, and the store's path (NULL: the usual one) */
    int64_t vocab_size, min_count, max_len, max_line;
    int64_t learn_pairs; /* a tokenizer's pieces are learnt from so many, spread evenly; 0: all */
    int64_t window;      /* pairs that are held in memory; 0: all */
    const char *spool;   /* folder for the rest; NULL: the usual one */
    int64_t spool_limit; /* bytes; 0: any */
    double max_ratio, allow_dropped, allow_unknown, allow_altered;
    const char
        *weights; /* of the files, each a corpus: "3,1"; NULL or empty, and temperature 0: none */
    double temperature;
    double
        subword_sampling; /* pairs are cut anew in each epoch: heed_cuts.alpha; 0: they are not */
    bool truncate, src_eos, skip_bad, one_pass;
    struct heed_numbers *numbers;      /* open, where sources are paths; NULL: they are texts */
    int64_t group_column;              /* that names the group of each, where they are grouped */
    struct heed_names *groups, *lists; /* of paths, as they are met; not NULL where they are read */
    const char *speeds;                /* at which these are trained on too: "0.9,1.1"; or NULL */
    void (*doing)(const char *what);   /* what takes a while, for who wants to know; or NULL */
    void (*note)(const char *fmt, ...) HEED_PRINTF(1, 2); /* that a tokenizer is learnt; or NULL */
};

struct heed_pairs {
    struct heed_corpus corpus, dev;
    struct heed_dataset dataset;
    struct heed_windows windows; /* of all pairs, where they are more than a window: corpus and
                                  * dataset are the first then; n 0: they are all */
    struct heed_cuts cuts[2];    /* of both sides, where they are asked for */
    bool counted;                /* words were counted in all windows, not in the first alone */
    int64_t n_lost;              /* by how much a count may then be too low */
    struct heed_shares shares;   /* of the corpora, where they are asked for */
    struct heed_tagging tagging;
    struct heed_filter filter;
    /* Of a text, source and target: why its tokenizer was chosen, empty where somebody said which; and
     * the lines that do not come back from it. */
    struct heed_str why[2];
    struct heed_altered altered[2];
    struct heed_filter_report report; /* of a stream of batches: what its head tells */
    struct heed_live live;            /* with one_pass: corpus and dataset are its window */
    struct heed_pair_stream stream;   /* reads where standard input is one */
    struct heed_dataset_source dataset_source;
    struct heed_batch_source source;
    double vary_final; /* of the batches; batches of a stream: 0, nobody knows */
    char sha256[65];   /* of the ids in their order; of batches: of the stream's head */
};
/* Everything but the batches, which begin with heed_pairs_source(). sides: learnt or taken from
 * the stream, unless they hold a tokenizer already (resume, init). seed: of the dev pairs set
 * aside. Fails when no pair is left, or too much of them is unknown. Released also after a failure. */
int heed_pairs_read(struct heed_pairs *p, const struct heed_pairs_options *o, uint64_t seed,
                    struct heed_sides *sides, struct heed_err *err) HEED_MUST_USE;
/* Makes p->source; a stream's batches are as they are, whatever is asked. */
int heed_pairs_source(struct heed_pairs *p, const struct heed_pairs_options *o, int64_t rows,
                      int64_t tokens, double vary_final, uint64_t seed,
                      struct heed_err *err) HEED_MUST_USE;
/* Pairs, and tokens with eos; of batches of a stream 0. */
struct heed_pairs_size {
    size_t n, n_src, n_tgt;
};
struct heed_pairs_size heed_pairs_size(const struct heed_pairs *p);
/* Before the first batch: of pairs in windows corpus and dataset, which have been looked at, leave memory; pairs
 * that are yet to come are tokenized, and all are cut anew, by these sides. */
int heed_pairs_begin(struct heed_pairs *p, double subword_sampling, const struct heed_sides *sides,
                     struct heed_err *err) HEED_MUST_USE;
/* Is what was looked at all that is trained on, each pair as often as the others? */
bool heed_pairs_seen(const struct heed_pairs *p);
void heed_pairs_release(struct heed_pairs *p);
/* Corpus i: parallel files by their source, then the others. */
const char *heed_pairs_corpus(const struct heed_pairs_options *o, size_t i);
/* The first thing that is read, for messages and the record. */
const char *heed_pairs_name(const struct heed_pairs_options *o);

/* Fails where more targets do not come back from their tokenizer than is allowed, unless its options ask
 * for other text. */
int heed_pairs_check_altered(const struct heed_pairs *p, const struct heed_pairs_options *o,
                             const struct heed_side *tgt, struct heed_err *err) HEED_MUST_USE;

/* Fails where more pairs were left out than is allowed. */
int heed_pairs_check_dropped(const struct heed_pairs *p, const struct heed_pairs_options *o,
                             struct heed_err *err) HEED_MUST_USE;

/* Sides for a corpus: learnt, or joint from the store when a vocabulary is named (learn.c). Adds to why[2]
 * what tokenizers were chosen by. */
int heed_sides_learn(struct heed_sides *sides, const struct heed_pairs_options *o,
                     const struct heed_corpus *c, struct heed_str *why,
                     struct heed_err *err) HEED_MUST_USE;

#endif
