/* text.h: what concerns text: classes of characters, lines to learn from. */
#ifndef HEED_PUBLIC_TEXT_H
#define HEED_PUBLIC_TEXT_H

#include <stddef.h>

/* By Unicode general category. */
enum heed_char_class {
    HEED_CHAR_LETTER,
    HEED_CHAR_MARK,
    HEED_CHAR_DIGIT,
    HEED_CHAR_SPACE,
    HEED_CHAR_PUNCT,
    HEED_CHAR_SYMBOL,
    HEED_CHAR_CONTROL,
    HEED_CHAR_OTHER
};

/* Source of training text: next line (valid UTF-8, no LF) or NULL
 * at the end; rewind() starts again. */
struct heed_lines {
    const char *(*next)(void *ctx, size_t *len);
    void (*rewind)(void *ctx);
    void *ctx;
};

#endif
