/* text.h: one side of a language pair: cleaning, tokenizer plugin, vocabulary; text <-> ids.
 *
 * Cleaning, the same everywhere: BOM dropped at file start, CR at line end
 * stripped, invalid UTF-8 as U+FFFD (counted), NUL: an error in training, U+FFFD in
 * inference. Other text is not changed, but that a CR within a line is a blank. Then, where its `normalise` is not none, NFC, and
 * the tokenizer's own rules. */
#ifndef HEED_TEXT_H
#define HEED_TEXT_H

#include "data/tags.h"
#include "data/vocab.h"
#include "plugin/loader.h"
#include "stream/words.h"

struct heed_side {
    struct heed_instance tokenizer;
    void *state; /* the tokenizer's */
    char *blob;  /* what it learnt, e.g. a SentencePiece model; NULL when nothing */
    size_t blob_size;
    bool composes; /* its text is NFC: heed_line_take() makes it so */
    int32_t tags;  /* in front of each of its texts (tags.h), which stand in its vocabulary */
    struct heed_vocab vocab;
    int64_t n_lost; /* by how much a count of heed_side_count() may be too low */
    /* SHA-256 over spec, blob and vocabulary: streams carry it as vocab.src, vocab.tgt. */
    char fingerprint[65];
};
/* Both sides; joint: tgt shares src's tokenizer and vocabulary (tgt points at the same content). */
struct heed_sides {
    struct heed_side src, tgt;
    bool joint, src_eos;
};

/* How a line is cleaned. */
enum heed_cleaning {
    HEED_CLEAN_STRICT,  /* to learn from: a NUL is an error */
    HEED_CLEAN_LENIENT, /* to translate, to score: NULs become U+FFFD too */
};
/* Cleans one line into out (valid UTF-8). *repaired += parts. */
int heed_text_clean(struct heed_str *out, const char *line, size_t n, enum heed_cleaning how,
                    int64_t *repaired, struct heed_err *err) HEED_MUST_USE;
/* Only white space: a line without tokens for every tokenizer. */
bool heed_text_blank(const char *s, size_t n);
/* No letter and no digit of any script. */
bool heed_text_wordless(const char *s, size_t n);

/* Lines of a text file, cleaned. Only LF separates lines, and a last line without LF counts: every
 * line is given, also an empty one. */
struct heed_text {
    struct heed_input in;
    struct heed_str raw, line; /* line: what heed_text_next() cleaned */
    int64_t number;            /* of that line, from 1 */
    int64_t max_line;          /* bytes */
    int64_t column; /* set behind the opening: line is only that of tab-separated ones; 0: all */
    const struct heed_tagging *tagging; /* set behind the opening: line is a tagged text; or NULL */
    struct heed_str tagged;             /* the next one's line */
    enum heed_cleaning how;
    bool keep_going; /* a line that is too long, or lacks the column, is empty and counted */
    int64_t n_failed, first_failed;
    int64_t n_crlf, n_repaired; /* lines that ended in CR LF; invalid parts replaced (and NULs) */
};
#define HEED_LINE_MAX (16 << 20)
/* path NULL or "-": standard input. max_line 0: HEED_LINE_MAX. */
int heed_text_open(struct heed_text *t, const char *path, enum heed_cleaning how, int64_t max_line,
                   struct heed_err *err) HEED_MUST_USE;
/* 1, 0 at the end, -1 with "en.txt: line 7: …". The first call refuses what is no text: UTF-16 and
 * UTF-32, a NUL or mostly invalid bytes in the first KiB. */
int heed_text_next(struct heed_text *t, struct heed_err *err);
void heed_text_close(struct heed_text *t);

/* Opens the tokenizer of spec ("word:lower=on", "sentencepiece", …) and learns tokenizer and
 * vocabulary from lines. size: pieces, 0: HEED_PIECES for a tokenizer that learns them, all for one
 * whose pieces are counted. min_count: occurrences that a piece needs; of learnt ones, of which there
 * are made fewer, those that 95 % of the text is cut into. 0: HEED_PIECE_TIMES where pieces are learnt and size
 * is 0, else as the tokenizer wants it (2 for words, else 1). */
#define HEED_PIECES      4000
#define HEED_PIECE_TIMES 10
int heed_side_train(struct heed_side *s, const char *spec, const struct heed_lines *lines,
                    int64_t size, int64_t min_count, struct heed_err *err) HEED_MUST_USE;
/* The same in parts, of a tokenizer whose pieces are counted: begin, each line, end. Memory is bounded: of more than
 * HEED_COUNTED_MOST different pieces the rarest are forgotten. Released also after a failure. */
#define HEED_COUNTED_MOST (1 << 19)
int heed_side_count_begin(struct heed_side *s, const char *spec,
                          struct heed_err *err) HEED_MUST_USE;
int heed_side_count(struct heed_side *s, const char *text, size_t n,
                    struct heed_err *err) HEED_MUST_USE;
int heed_side_count_end(struct heed_side *s, int64_t size, int64_t min_count,
                        struct heed_err *err) HEED_MUST_USE;
/* Was it asked, by an option, to change text (HEED_OPTION_ALTERS)? */
bool heed_side_alters(const struct heed_side *s);

/* From parts: spec, learnt blob (may be NULL), vocabulary blob. */
int heed_side_open(struct heed_side *s, const char *spec, const void *blob, size_t blob_size,
                   const char *vocab, size_t vocab_size, struct heed_err *err) HEED_MUST_USE;
/* From the store, where it lies under this name. */
struct heed_store;
int heed_side_load(struct heed_side *s, struct heed_store *store, const char *name,
                   struct heed_err *err) HEED_MUST_USE;
/* A file that `vocab export` wrote: lines as heed_vocab_text() makes them, of a tokenizer that is
 * spec (NULL is an error then), or a document. */
int heed_side_read(const char *path, const char *spec, struct heed_side *out,
                   struct heed_err *err) HEED_MUST_USE;
void heed_side_release(struct heed_side *s);

/* Tensors tokenizer.src/.tgt (U8, when learnt), vocab.src/.tgt (U8) and metadata
 * tokenizer.src=SPEC, unicode=…, joint, src-eos of a model or stream document. Data are copied.
 * `which`: 1 src, 2 tgt, 3 both. */
void heed_sides_to_doc(const struct heed_sides *s, int which, struct heed_doc *doc);
int heed_sides_from_doc(struct heed_sides *s, int which, const struct heed_doc *doc,
                        struct heed_err *err) HEED_MUST_USE;
/* Fails where its sources are no text. */
int heed_sides_want_words(const struct heed_doc *doc, struct heed_err *err) HEED_MUST_USE;
/* Does a document hold both sides? A joint target is the source once more. */
bool heed_sides_in_doc(const struct heed_doc *doc);
void heed_sides_release(struct heed_sides *s);
/* Makes tgt the same as src (opened a second time from src's parts) and sets joint. */
int heed_sides_share(struct heed_sides *s, struct heed_err *err) HEED_MUST_USE;

/* The target's id of each source piece, by its text, unk where it has none: [src.vocab.n], malloc'ed.
 * NULL when joint: they are the same. */
int32_t *heed_sides_target_ids(const struct heed_sides *s);

/* Fails unless texts of this side have so many tags in front; which ones there are is said. */
int heed_side_check_tags(const struct heed_side *s, size_t n, struct heed_err *err) HEED_MUST_USE;
/* Makes this a tag of place i, from 0, where it is none yet. Returns how many are new, or -1. */
int heed_side_take_tag(struct heed_side *s, size_t i, const char *tag, size_t n,
                       struct heed_err *err) HEED_MUST_USE;
/* Takes the tags of a tagged text for tokens in front of those there are. */
struct heed_tokens;
int heed_side_add_tags(const struct heed_side *s, const char *tags, size_t n,
                       struct heed_tokens *out, struct heed_err *err) HEED_MUST_USE;

/* Tokens of one cleaned line. ids without bos/eos; spans[i] = bytes of
 * `text` covered by token i. Growable arrays. */
struct heed_tokens {
    int32_t *ids;
    uint32_t *begin, *end;
    size_t n, cap, cap_begin, cap_end;
    size_t n_unknown, n_cut; /* n_cut: not 0 when the line was cut, see HEED_TOKENS_MAX */
};
/* A line as long as a book is cut: it would be padded to in every row beside it, and cost the
 * encoder gigabytes. The second bound, in bytes, spares tokenizers the rest. */
#define HEED_TOKENS_MAX 4096
#define HEED_TEXT_MAX   (64 * HEED_TOKENS_MAX)
void heed_tokens_release(struct heed_tokens *t);
void heed_tokens_add(struct heed_tokens *t, int32_t id, size_t begin, size_t end);
int heed_side_encode(const struct heed_side *s, const char *text, size_t n, struct heed_tokens *out,
                     struct heed_err *err) HEED_MUST_USE;
/* Cuts text and joins its pieces again, appended: what the tokenizer alone makes of it. */
int heed_side_again(const struct heed_side *s, const char *text, size_t n, struct heed_str *out,
                    struct heed_err *err) HEED_MUST_USE;
/* Ids (specials skipped) to text, appended. An unknown one becomes the word of the source, where
 * src is not NULL and has it as text, else "<unk>". LF and NUL never come out. */
int heed_side_decode(const struct heed_side *s, const int32_t *ids, size_t n,
                     const struct heed_source_text *src, struct heed_str *out,
                     struct heed_err *err) HEED_MUST_USE;
/* The same of what a model said, which is one column: tabs become blanks. */
int heed_side_say(const struct heed_side *s, const int32_t *ids, size_t n,
                  const struct heed_source_text *src, struct heed_str *out,
                  struct heed_err *err) HEED_MUST_USE;
void heed_text_one_column(struct heed_str *text, size_t from); /* from that byte on */

#endif
