/* tongue.c: see tongue.h. A line's own triples are taken off its side's counts, or a rare line would always be at
 * home. */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "data/tongue.h"

#define CELLS        (1u << 16)
#define TRIPLES_MIN  15   /* fewer tell nothing */
#define NATS_MIN     0.4  /* a triple, by which one side is the likelier one */
#define SCRIPT_SHARE 0.95 /* of a side's lines, for its script to be one */

/* Blocks of letters, by their first character; what lies between known ones is script 0, of which nothing is
 * said. Han and the Japanese syllables stand in one line and are one. */
static const struct {
    int32_t from;
    uint8_t script;
} blocks[] = {
    {0x0041, 1}, {0x0250, 0},  {0x0370, 2}, {0x0400, 3},  {0x0530, 4},  {0x0590, 5},   {0x0600, 6},
    {0x0700, 0}, {0x0900, 7},  {0x0980, 0}, {0x0e00, 8},  {0x0e80, 0},  {0x10a0, 9},   {0x1100, 10},
    {0x1200, 0}, {0x1e00, 1},  {0x1f00, 2}, {0x2000, 0},  {0x2e80, 11}, {0x3130, 10},  {0x3190, 11},
    {0xa000, 0}, {0xac00, 10}, {0xd7b0, 0}, {0xf900, 11}, {0xfb00, 0},  {0x20000, 11},
};

static int script_of_letter(int32_t c)
{
    int script = 0;
    for (size_t i = 0; i < HEED_COUNT(blocks) && blocks[i].from <= c; i++)
        script = blocks[i].script;
    return script;
}

/* That of more than half of the letters; 0: none, or one that is not known. */
static int script_of(const char *text, size_t n)
{
    int64_t letters[HEED_TONGUE_SCRIPTS] = {0}, all = 0;
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed_utf8_next(text + i, n - i, &c);
        if (len > 0 && heed_utf8_class(c) == HEED_CHAR_LETTER) {
            letters[script_of_letter(c)]++;
            all++;
        }
        i += (size_t)HEED_MAX(len, 1);
    }
    for (int s = 1; s < HEED_TONGUE_SCRIPTS; s++)
        if (2 * letters[s] > all)
            return s;
    return 0;
}

void heed_tongue_init(struct heed_tongue *t)
{
    *t = (struct heed_tongue){0};
    for (int side = 0; side < 2; side++)
        t->counts[side] = heed_xcalloc(CELLS, sizeof *t->counts[side]);
}

void heed_tongue_release(struct heed_tongue *t)
{
    free(t->counts[0]);
    free(t->counts[1]);
    heed_str_release(&t->lower);
    *t = (struct heed_tongue){0};
}

static size_t cell_of(const char *s)
{
    const unsigned char *b = (const unsigned char *)s;
    return heed_mix64((uint64_t)b[0] << 16 | (uint64_t)b[1] << 8 | b[2]) % CELLS;
}

static size_t lower(struct heed_tongue *t, const char *text, size_t n)
{
    heed_str_clear(&t->lower);
    heed_utf8_lower(&t->lower, text, n);
    return t->lower.len < 3 ? 0 : t->lower.len - 2;
}

void heed_tongue_learn(struct heed_tongue *t, int side, const char *text, size_t n)
{
    size_t triples = lower(t, text, n);
    for (size_t i = 0; i < triples; i++)
        t->counts[side][cell_of(t->lower.data + i)]++;
    t->totals[side] += (double)triples;
    t->scripts[side][script_of(text, n)]++;
}

static bool other_script(const struct heed_tongue *t, int side, int script)
{
    int64_t all = 0, most = 0;
    int usual = 0;
    for (int s = 1; s < HEED_TONGUE_SCRIPTS; s++) {
        all += t->scripts[side][s];
        if (t->scripts[side][s] > most)
            most = t->scripts[side][usual = s];
    }
    return script && script != usual && (double)most >= SCRIPT_SHARE * (double)all;
}

enum heed_tongue_says heed_tongue_judge(struct heed_tongue *t, int side, const char *text, size_t n,
                                        bool *script)
{
    const uint32_t *own = t->counts[side], *other = t->counts[!side];
    double nats = 0, scale = log(HEED_MAX(1, t->totals[side]) / HEED_MAX(1, t->totals[!side]));
    *script = other_script(t, side, script_of(text, n));
    if (*script)
        return HEED_TONGUE_OTHER;
    size_t triples = lower(t, text, n);
    if (triples < TRIPLES_MIN)
        return HEED_TONGUE_SHORT;
    for (size_t i = 0; i < triples; i++) {
        size_t cell = cell_of(t->lower.data + i);
        double here = own[cell] > 0 ? own[cell] - 1.0 : 0;
        nats += log((other[cell] + 0.5) / (here + 0.5)) + scale;
    }
    nats /= (double)triples;
    return nats > NATS_MIN    ? HEED_TONGUE_OTHER
           : nats < -NATS_MIN ? HEED_TONGUE_OWN
                              : HEED_TONGUE_EITHER;
}
