/* blob.c: a SentencePiece model before the library sees it: a message of protobuf, walked by hand.
 *
 *   1 a piece          1 text, 2 score, 3 type
 *   2 the training     3 type of model, …
 *   3 the normaliser   1 name, 2 map, 3 blank in front, 4 merge blanks, 5 mark blanks
 *
 * The library believes what it reads: offsets in the map lead it anywhere in memory, pieces of the
 * type "unused" into recursion as deep as they are long, tests of its own into any amount of work.
 * So a model may hold what heed's training writes, and nothing else. Where the library would take
 * the last of several values, each is looked at. */
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "blob.h"
#include "shim.h"

enum wire { VARINT = 0, BYTES = 2, FIXED32 = 5 };

struct field {
    uint32_t number;
    enum wire wire;
    uint64_t value;        /* VARINT */
    struct blob_span span; /* BYTES, FIXED32 */
};

static int refuse(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int refuse(char *why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, WHY_MAX, format, args);
    va_end(args);
    return -1;
}

static bool take_varint(struct blob_span *s, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64 && s->size; shift += 7) {
        unsigned char c = (unsigned char)*s->data++;
        s->size--;
        *value |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80)
            return true;
    }
    return false;
}

/* The next field: 1, 0 at the end, -1 where the bytes are no message. */
static int next_field(struct blob_span *s, struct field *f, char *why)
{
    uint64_t tag, size = 4;
    if (!s->size)
        return 0;
    if (!take_varint(s, &tag) || tag > UINT32_MAX || tag < 8)
        return refuse(why, "what it learnt is damaged: a tag");
    f->number = (uint32_t)(tag >> 3);
    f->wire = tag & 7;
    f->value = 0;
    if (f->wire == VARINT)
        return take_varint(s, &f->value) ? 1 : refuse(why, "what it learnt is damaged: a number");
    if (f->wire != FIXED32 && f->wire != BYTES)
        return refuse(why, "what it learnt is damaged: field %u", f->number);
    if ((f->wire == BYTES && !take_varint(s, &size)) || size > s->size)
        return refuse(why, "what it learnt is damaged: a size");
    f->span = (struct blob_span){s->data, (size_t)size};
    s->data += size;
    s->size -= (size_t)size;
    return 1;
}

/* Valid UTF-8 without NUL. */
static bool is_text(struct blob_span s)
{
    const unsigned char *c = (const unsigned char *)s.data, *end = c + s.size;
    while (c < end) {
        static const uint32_t least[] = {1, 0x80, 0x800, 0x10000};
        int more = *c < 0x80   ? 0
                   : *c < 0xc2 ? -1
                   : *c < 0xe0 ? 1
                   : *c < 0xf0 ? 2
                   : *c < 0xf5 ? 3
                               : -1;
        if (more < 0 || end - c <= more)
            return false;
        uint32_t point = more ? *c & (0x3fu >> more) : *c;
        for (int i = 1; i <= more; i++) {
            if ((c[i] & 0xc0) != 0x80)
                return false;
            point = point << 6 | (c[i] & 0x3fu);
        }
        if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return false;
        c += more + 1;
    }
    return true;
}

static int check_piece_field(const struct field *f, char *why)
{
    float score;
    if (f->number == 1 && f->wire == BYTES) {
        if (!f->span.size || f->span.size > BLOB_PIECE_MAX)
            return refuse(why, "a piece of %zu bytes, not 1 to %d", f->span.size, BLOB_PIECE_MAX);
        return is_text(f->span) ? 0 : refuse(why, "a piece is not UTF-8");
    }
    if (f->number == 2 && f->wire == FIXED32) {
        memcpy(&score, f->span.data, sizeof(score));
        return isfinite(score) ? 0 : refuse(why, "the score of a piece is not finite");
    }
    /* Normal, unknown, of the user, a byte. */
    if (f->number == 3 && f->wire == VARINT)
        return f->value == 1 || f->value == 2 || f->value == 4 || f->value == 6
                   ? 0
                   : refuse(why, "a piece of a type that heed does not learn");
    return refuse(why, "a piece has a field that heed does not write");
}

static int check_training_field(const struct field *f, char *why)
{
    if (f->number == 3 && (f->wire != VARINT || (f->value != 1 && f->value != 2)))
        return refuse(why, "it is neither of bpe nor of unigram");
    /* Blanks behind words; names and looks of pieces that heed has not. */
    if (f->number == 24 || (f->number >= 44 && f->number <= 48))
        return refuse(why, "it was learnt with an option that heed does not have (%u)", f->number);
    return 0;
}

static int check_normaliser_field(const struct field *f, struct blob_normaliser *out, char *why)
{
    if (f->number == 1 && f->wire == BYTES)
        out->name = f->span;
    else if (f->number == 2 && f->wire == BYTES)
        out->map = f->span;
    else if (f->wire != VARINT || f->number < 3 || f->number > 5 || f->value > 1 ||
             (f->number == 5 && f->value != 1))
        return refuse(why, "its normaliser has a part that heed does not write");
    return 0;
}

static int check_part(const struct field *part, struct blob_normaliser *out, char *why)
{
    struct blob_span rest = part->span;
    struct field f;
    int got;
    while ((got = next_field(&rest, &f, why)) > 0)
        if ((part->number == 1   ? check_piece_field(&f, why)
             : part->number == 2 ? check_training_field(&f, why)
                                 : check_normaliser_field(&f, out, why)) < 0)
            return -1;
    return got;
}

int blob_check(const char *model, size_t size, struct blob_normaliser *out, char *why)
{
    struct blob_span rest = {model, size};
    struct field part;
    size_t n[4] = {0};
    int got;
    *out = (struct blob_normaliser){{"", 0}, {"", 0}};
    if (size > BLOB_MAX)
        return refuse(why, "%zu bytes were learnt, more than %u", size, BLOB_MAX);
    while ((got = next_field(&rest, &part, why)) > 0) {
        if (part.number > 3 || part.wire != BYTES)
            return refuse(why, "it has a part that heed does not write (%u)", part.number);
        n[part.number]++;
        if (n[1] > BLOB_PIECES_MAX)
            return refuse(why, "more than %d pieces", BLOB_PIECES_MAX);
        /* The library would make one of several, field by field. */
        if (n[2] > 1 || n[3] > 1)
            return refuse(why, "it has part %u twice", part.number);
        if (check_part(&part, out, why) < 0)
            return -1;
    }
    if (got == 0 && (n[2] != 1 || n[3] != 1 || !n[1]))
        return refuse(why, "what it learnt is not whole");
    return got;
}
