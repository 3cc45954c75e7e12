/* blob.h: what a SentencePiece model must be before the library sees it. */
#ifndef TOKENIZER_SENTENCEPIECE_BLOB_H
#define TOKENIZER_SENTENCEPIECE_BLOB_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BLOB_MAX        (256u << 20) /* bytes of a model */
#define BLOB_PIECES_MAX 2000000      /* its pieces, */
#define BLOB_PIECE_MAX  65536        /* and bytes of one */

/* Bytes within the model. */
struct blob_span {
    const char *data;
    size_t size;
};

struct blob_normaliser {
    struct blob_span name, map; /* map: empty for identity */
};

/* 0 and *out: the model has the parts that heed's training writes, and no others; whether the map
 * is the library's own is for the caller to see. Else -1 and why (WHY_MAX bytes). */
int blob_check(const char *model, size_t size, struct blob_normaliser *out, char *why);

#ifdef __cplusplus
}

/* Is it one of the library's own? Throws where the library fails. */
bool blob_is_own(const blob_normaliser &n);
#endif
#endif
