/* vocab.h: vocabularies: pieces <-> ids. Ids 0 pad, 1 bos, 2 eos, 3 unk are not text:
 * no text maps to them.
 *
 * As a tensor: U8 blob of n lines, id = line number; the first four lines are
 * "<pad>" "<bos>" "<eos>" "<unk>" by position only. Pieces: valid UTF-8,
 * 1..1024 bytes, no LF, no NUL, no duplicates. */
#ifndef HEED_VOCAB_H
#define HEED_VOCAB_H

#include "base/err.h"
#include "base/str.h"

enum { HEED_PAD = 0, HEED_BOS = 1, HEED_EOS = 2, HEED_UNK = 3, HEED_SPECIALS = 4 };
#define HEED_VOCAB_MAX (1 << 24)

struct heed_vocab {
    char **pieces; /* NUL-terminated; [0..3] the names of the specials */
    uint32_t *lens;
    int64_t *counts; /* occurrences in training text, 0 when unknown */
    int32_t n;
    size_t cap;
    uint32_t *slots; /* open-addressing hash table, keyed per process */
    size_t n_slots;
    uint64_t hash_key;
};
void heed_vocab_init(struct heed_vocab *v); /* with the four specials */
void heed_vocab_release(struct heed_vocab *v);
/* Id of the new or existing piece. Invalid pieces: -1 and err. */
int32_t heed_vocab_add(struct heed_vocab *v, const char *piece, size_t len, int64_t count,
                       struct heed_err *err);
/* HEED_UNK when absent. */
int32_t heed_vocab_find(const struct heed_vocab *v, const char *piece, size_t len);
/* Is the piece one byte of a character that the vocabulary lacks, "<0xE2>" (SentencePiece)? */
bool heed_vocab_is_byte(const struct heed_vocab *v, int32_t id);
/* For each id of `from` that of the same piece in `to`, HEED_UNK where it has none; the specials are
 * themselves. [from->n], malloc'ed. */
int32_t *heed_vocab_map(const struct heed_vocab *from, const struct heed_vocab *to);
/* Counting: adds 1, and the piece when it is new. */
void heed_vocab_count(struct heed_vocab *v, const char *piece, size_t len);
/* Keeps pieces seen at least min_count times, the most frequent max_size of them (0: all; specials
 * not counted), ordered by count descending, then bytes. */
void heed_vocab_trim(struct heed_vocab *v, int64_t min_count, int64_t max_size);
/* Leaves at most this many pieces, the rarest forgotten with all that count as much. Returns the most that a piece that is
 * gone was counted: 0 where none had to go. */
int64_t heed_vocab_forget(struct heed_vocab *v, int64_t most);
void heed_vocab_blob(const struct heed_vocab *v, struct heed_str *out);
/* For people: lines "ID<TAB>PIECE<TAB>COUNT"; tab and backslash of a piece as \t and \\.
 * heed_side_read() takes them back. */
void heed_vocab_text(const struct heed_vocab *v, struct heed_str *out);
/* Messages: "vocabulary line 7: …". */
int heed_vocab_parse(struct heed_vocab *v, const char *blob, size_t n,
                     struct heed_err *err) HEED_MUST_USE;

#endif
