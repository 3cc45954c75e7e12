/* cuts_scores.c: scores of pieces, from the file of a SentencePiece model: a message of protocol buffers, of which three fields
 * are read: pieces (1), each with text (1), score (2) and type (3), and the trainer's (2) kind of model (3). */
#include <math.h>
#include <string.h>

#include "data/cuts.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
enum { NORMAL = 1, UNIGRAM = 1 }; /* what the library calls so */

struct span {
    const char *data;
    size_t n;
};
struct field {
    uint64_t number, value;
    unsigned wire;
    struct span bytes; /* of BYTES, and the four of FIXED32 */
};

static bool take_varint(struct span *s, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && s->n; shift += 7) {
        unsigned char c = (unsigned char)*s->data;
        s->data++;
        s->n--;
        *out |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            return true;
    }
    return false;
}

/* 1, 0 at the end, -1: it is damaged. */
static int next_field(struct span *s, struct field *f)
{
    uint64_t key, size = 0;
    if (s->n == 0)
        return 0;
    if (!take_varint(s, &key))
        return -1;
    f->number = key >> 3;
    f->wire = key & 7;
    if (f->wire == VARINT)
        return take_varint(s, &f->value) ? 1 : -1;
    if (f->wire == BYTES ? !take_varint(s, &size) : f->wire != FIXED32 && f->wire != FIXED64)
        return -1;
    if (f->wire != BYTES)
        size = f->wire == FIXED32 ? 4 : 8;
    if (size > s->n)
        return -1;
    f->bytes = (struct span){s->data, (size_t)size};
    s->data += size;
    s->n -= (size_t)size;
    return 1;
}

static int take_piece(struct heed_cuts *c, struct span s)
{
    struct field f;
    struct span text = {NULL, 0};
    uint64_t type = NORMAL;
    float score = 0;
    int got;
    while ((got = next_field(&s, &f)) > 0) {
        if (f.number == 1 && f.wire == BYTES)
            text = f.bytes;
        else if (f.number == 2 && f.wire == FIXED32)
            memcpy(&score, f.bytes.data, sizeof score);
        else if (f.number == 3 && f.wire == VARINT)
            type = f.value;
    }
    int32_t id = text.n && type == NORMAL ? heed_vocab_find(c->vocab, text.data, text.n) : HEED_UNK;
    if (id != HEED_UNK && isfinite(score)) {
        c->score[id] = score;
        c->longest = HEED_MAX(c->longest, text.n);
    }
    return got;
}

static int take_trainer(struct heed_cuts *c, struct span s)
{
    struct field f;
    int got;
    while ((got = next_field(&s, &f)) > 0)
        if (f.number == 3 && f.wire == VARINT)
            c->merges = f.value != UNIGRAM;
    return got;
}

int heed_cuts_scores(struct heed_cuts *c, const char *blob, size_t size, struct heed_err *err)
{
    struct span s = {blob, size};
    struct field f;
    int got, status = 0;
    for (int32_t i = 0; i < c->vocab->n; i++)
        c->score[i] = NAN;
    while (status == 0 && (got = next_field(&s, &f)) != 0) {
        if (got < 0)
            status = -1;
        else if (f.wire == BYTES && f.number == 1)
            status = take_piece(c, f.bytes);
        else if (f.wire == BYTES && f.number == 2)
            status = take_trainer(c, f.bytes);
    }
    return status ? heed_fail(err, "subword sampling: what the tokenizer learnt is damaged") : 0;
}
