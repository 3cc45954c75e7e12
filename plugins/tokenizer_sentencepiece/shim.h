/* shim.h: SentencePiece behind C functions. No exception crosses them: each returns 0, or -1 with
 * one line of text in `why` (WHY_MAX bytes). */
#ifndef TOKENIZER_SENTENCEPIECE_SHIM_H
#define TOKENIZER_SENTENCEPIECE_SHIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WHY_MAX 256

struct shim_training {
    const char *type;       /* "bpe", "unigram" */
    const char *normaliser; /* a rule's name in the library */
    double coverage, shrink;
    long long size; /* pieces, without the unknown one */
    long long rare, longest, rounds, seeds;
    int digits, numbers, scripts, words, merge_blanks, prefix;
    const char *symbols;                         /* between blanks; NULL: none */
    const char *(*next)(void *ctx, size_t *len); /* lines, NULL at the end */
    void (*rewind)(void *ctx);
    void *ctx;
};
/* *model: malloc'ed, the caller frees. A size that has no room for the characters that coverage asks for gives
 * the rarest of them no piece: they are bytes. One too small for the 256 bytes is made larger. */
int shim_train(const struct shim_training *t, char **model, size_t *size, char *why);

struct shim; /* a loaded model */
struct shim *shim_open(const char *model, size_t size, char *why);
void shim_close(struct shim *s);
/* Pieces that text can become, in the model's order: normal and byte pieces. */
int shim_pieces(struct shim *s, void (*piece)(void *ctx, const char *s, size_t n), void *ctx,
                char *why);
int shim_split(struct shim *s, const char *text, size_t n,
               void (*piece)(void *ctx, const char *s, size_t n, size_t begin, size_t end),
               void *ctx, char *why);
int shim_join(struct shim *s, const char *const *pieces, const size_t *lens, size_t n,
              void (*put)(void *ctx, const char *s, size_t n), void *ctx, char *why);

#ifdef __cplusplus
}
#endif
#endif
