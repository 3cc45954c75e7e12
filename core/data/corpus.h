/* corpus.h: reading pairs: TSV on stdin or in files, two parallel files, folders walked
 * recursively; cleaning, filters, the automatic dev split. Texts are cleaned lines (text.h). */
#ifndef HEED_CORPUS_H
#define HEED_CORPUS_H

#include "base/arena.h"
#include "base/name_list.h"
#include "data/altered.h"
#include "data/columns.h"
#include "data/filter.h"
#include "data/table.h"
#include "data/text.h"
#include "stream/hash.h"

struct heed_pair {
    const char *src, *tgt; /* NUL-terminated, owned by the corpus */
    uint32_t src_len, tgt_len;
    uint32_t line;   /* in its file, from 1; 0: of no file */
    uint32_t source; /* its number in the corpus's table, where it has one */
    uint32_t group;  /* of its source, where options ask for it */
    uint16_t list;   /* of options.lists: the file that names its path */
    uint8_t corpus;  /* as its reader numbered it: heed_corpus_options.corpus */
};
struct heed_corpus {
    struct heed_pair *pairs;
    size_t n, cap;
    struct heed_arena text;
    struct heed_str tagged; /* of the line that is read */
    /* report; n_empty: pairs with an empty side, which are left out, n_blank of them with two;
     * n_bad: lines that are no pair, n_wide of them since they have more than two columns */
    int64_t n_lines, n_empty, n_blank, n_bad, n_wide, n_repaired, n_crlf;
    char sha256[65];         /* over the cleaned pairs in order */
    struct heed_sha256 hash; /* its running state */
    const struct heed_table
        *table; /* of sources that are numbers; NULL: they are texts. Borrowed */
};
struct heed_corpus_options {
    bool skip_bad;               /* --skip-bad: lines that are no pair are counted, not an error */
    int64_t max_line;            /* bytes */
    struct heed_columns columns; /* of TSV */
    const struct heed_tagging *tagging; /* of TSV: sources are tagged texts; NULL: they are not */
    uint8_t corpus;                     /* what pairs are numbered with */
    struct heed_names *groups;          /* of sources, as column `group` names them; NULL: none */
    int64_t group;
    /* Of the files that name paths: sources are such, and made whole, beside their file; NULL: they are texts. */
    struct heed_names *lists;
    bool keep_empty; /* pairs with an empty side too: to measure on, as evaluate counts them */
    /* Called when there are so many pairs, which it takes over or away; 0: never. It may change `most`. */
    size_t most;
    int (*full)(void *ctx, struct heed_err *err);
    void *ctx;
};
void heed_corpus_init(struct heed_corpus *c);
void heed_corpus_release(struct heed_corpus *c);
/* One path each: "-" stdin, a file, or a folder (every *.tsv below it, sorted by path; parallel
 * files NAME.SRC NAME.TGT are not guessed). An empty corpus is the caller's error to report.
 * Messages: "train.tsv: line 7: no tab, want SOURCE<TAB>TARGET; ...". */
int heed_corpus_read(struct heed_corpus *c, const char *path, const struct heed_corpus_options *o,
                     struct heed_err *err) HEED_MUST_USE;
/* The next line of TSV, which may be no pair: 1, 0 at the end, -1. */
struct heed_text;
int heed_corpus_next(struct heed_corpus *c, struct heed_text *t,
                     const struct heed_corpus_options *o, struct heed_err *err);
/* Two parallel files; different line counts are an error naming both. */
int heed_corpus_read_parallel(struct heed_corpus *c, const char *src_path, const char *tgt_path,
                              const struct heed_corpus_options *o,
                              struct heed_err *err) HEED_MUST_USE;
/* Takes one pair, as it is; heed_corpus_sum() then brings sha256 up to date. */
void heed_corpus_add(struct heed_corpus *c, const char *src, size_t src_len, const char *tgt,
                     size_t tgt_len);
void heed_corpus_sum(struct heed_corpus *c);
/* Adds what was counted of lines while `more` was read. */
void heed_corpus_take_counts(struct heed_corpus *c, const struct heed_corpus *more);
/* The first n pairs once more, behind all; the digest stays what it was. */
void heed_corpus_repeat(struct heed_corpus *c, size_t n);
/* Moves about `share` of the distinct sources (at most max_pairs pairs, chosen by a keyed hash of
 * the source text, so all pairs of one source go together) into dev. At least one pair stays in
 * each when there are two sources. */
void heed_corpus_split(struct heed_corpus *c, struct heed_corpus *dev, double share,
                       int64_t max_pairs, uint64_t seed);
/* The source of a pair without its tags. */
static inline const char *heed_pair_source(const struct heed_pair *p, size_t *n)
{
    size_t tags = heed_tags_size(p->src, p->src_len);
    *n = p->src_len - tags;
    return p->src + tags;
}
/* Lines of one side, or of both (source and target by turns) for
 * a joint tokenizer; which: 1, 2, 3. */
struct heed_corpus_lines {
    const struct heed_corpus *c;
    int which;
    size_t at;
};
void heed_corpus_lines(struct heed_corpus_lines *ctx, const struct heed_corpus *c, int which,
                       struct heed_lines *out);
/* The tokenizer such lines ask for (which as above): "char" when at least 95 % of them are single
 * words; "space" when its lines are lists of symbols of a small inventory, as phonemes
 * are; else "sentencepiece". Adds to why what it was chosen by. guess.c */
const char *heed_tokenizer_guess(const struct heed_corpus *c, int which, struct heed_str *why);

/* The tags of its sources, so many each, become pieces of the source's vocabulary, of a joint one of both. side_tags.c */
int heed_sides_tag(struct heed_sides *s, const struct heed_corpus *c, size_t n_tags,
                   struct heed_err *err) HEED_MUST_USE;

/* Tokenizes all pairs into a dataset, and counts in altered[2] the sources and the targets that do not come
 * back (altered may be NULL): tgt + eos, src (+ eos when the sides say so: f->src_eos is
 * not looked at). An empty result is the caller's error to report: heed_filter_check(). */
int heed_corpus_encode(const struct heed_corpus *c, const struct heed_sides *sides,
                       const struct heed_filter *f, struct heed_dataset *out,
                       struct heed_filter_report *report, struct heed_altered *altered,
                       struct heed_err *err) HEED_MUST_USE;

#endif
