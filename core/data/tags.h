/* tags.h: tags in front of sources: the language that is wanted, a domain, where a pair is from. A tag is one token of the
 * source, whatever its tokenizer; no text is cut into it.
 *
 *   heed_tagging_open -> for each line: heed_tagging_line -> a tagged text, which is cut by heed_line_take()
 *   heed_sides_tag: the tags of pairs become pieces of the source's vocabulary
 *
 * A tagged text is its tags, each ended by a line feed, which no line has, and then the text. So wherever a source goes as
 * text its tags go with it: a pair whose tag is another one has another source. */
#ifndef HEED_TAGS_H
#define HEED_TAGS_H

#include "base/err.h"
#include "base/str.h"

#define HEED_TAGS_MAX      4    /* in front of a source */
#define HEED_TAG_BYTES     64   /* of one */
#define HEED_TAG_VALUES    1000 /* different ones of a vocabulary */
#define HEED_TAG_PIECE_MAX (HEED_TAG_BYTES + 16)

/* Where the tags of lines come from: columns of tab-separated lines, or the same ones for all. */
struct heed_tagging {
    int64_t columns[HEED_TAGS_MAX];
    size_t n; /* 0: lines have none */
    struct heed_str fixed;
};
/* columns: "3" or "3,4"; tags: "bt" or "en,news"; one of them, or both NULL. Release it, also after a failure. */
int heed_tagging_open(struct heed_tagging *t, const char *columns, const char *tags,
                      struct heed_err *err) HEED_MUST_USE;
void heed_tagging_release(struct heed_tagging *t);
/* Writes the tags of this line, each with its line feed. Of an empty line: nothing. */
int heed_tagging_line(const struct heed_tagging *t, const char *line, size_t n,
                      struct heed_str *out, struct heed_err *err) HEED_MUST_USE;

/* Puts the tags of a line in front of the source of its pair, in *room. */
struct heed_columns_pair;
int heed_tagging_pair(const struct heed_tagging *t, const char *line, size_t n,
                      struct heed_columns_pair *p, struct heed_str *room,
                      struct heed_err *err) HEED_MUST_USE;

/* Bytes of the tags in front of a text, with their line feeds. */
size_t heed_tags_size(const char *text, size_t n);
/* The next tag, which is moved past together with its line feed; NULL: there is none. */
const char *heed_tags_next(const char **text, size_t *n, size_t *len);

/* Tag i, from 0, of a source as a piece of a vocabulary, which has a blank within, as no tokenizer's has. */
void heed_tag_piece(size_t i, const char *tag, size_t n, char piece[HEED_TAG_PIECE_MAX]);
bool heed_tag_is_piece(const char *piece, size_t n);

#endif
