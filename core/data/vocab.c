/* vocab.c: vocabularies: pieces and ids both ways, counting, trimming, the blob of a model file.
 *
 * Pieces stand in arrays by id; an open-addressing table (linear probing, at most half full, 0 =
 * empty, else the id) finds them. Its hash is keyed from the kernel's random numbers once per
 * vocabulary, so no corpus can make chains; nothing that leaves this file depends on the key. The
 * four specials are not in the table: no text maps to them, also not the literal text "<unk>". */
#include <string.h>
#include <sys/random.h>
#include "base/rng.h"
#include "base/utf8.h"
#include "data/vocab.h"

#define PIECE_MAX 1024

static const char *const special_names[HEED_SPECIALS] = {"<pad>", "<bos>", "<eos>", "<unk>"};

static void append(struct heed_vocab *v, const char *piece, size_t len, int64_t count)
{
    if ((size_t)v->n == v->cap) {
        v->cap = v->cap ? v->cap * 2 : 256;
        v->pieces = heed_xrealloc(v->pieces, v->cap, sizeof(*v->pieces));
        v->lens = heed_xrealloc(v->lens, v->cap, sizeof(*v->lens));
        v->counts = heed_xrealloc(v->counts, v->cap, sizeof(*v->counts));
    }
    v->pieces[v->n] = heed_xstrndup(piece, len);
    v->lens[v->n] = (uint32_t)len;
    v->counts[v->n] = count;
    v->n++;
}

void heed_vocab_init(struct heed_vocab *v)
{
    *v = (struct heed_vocab){0};
    if (getrandom(&v->hash_key, sizeof(v->hash_key), 0) != sizeof(v->hash_key))
        v->hash_key = (uintptr_t)v;
    for (int i = 0; i < HEED_SPECIALS; i++)
        append(v, special_names[i], strlen(special_names[i]), 0);
}

void heed_vocab_release(struct heed_vocab *v)
{
    for (int32_t i = 0; i < v->n; i++)
        free(v->pieces[i]);
    free(v->pieces);
    free(v->lens);
    free(v->counts);
    free(v->slots);
    *v = (struct heed_vocab){0};
}

static uint64_t hash(const struct heed_vocab *v, const char *s, size_t n)
{
    uint64_t h = v->hash_key ^ n;
    while (n > 0) {
        uint64_t word = 0;
        size_t part = HEED_MIN(n, sizeof(word));
        memcpy(&word, s, part);
        h = heed_mix64(h ^ word) + v->hash_key;
        s += part;
        n -= part;
    }
    return heed_mix64(h);
}

/* The slot that holds the piece, or the empty one where it belongs. The table must exist. */
static size_t slot_of(const struct heed_vocab *v, const char *piece, size_t len)
{
    size_t mask = v->n_slots - 1, at = hash(v, piece, len) & mask;
    for (; v->slots[at]; at = (at + 1) & mask) {
        uint32_t id = v->slots[at];
        if (v->lens[id] == len && !memcmp(v->pieces[id], piece, len))
            break;
    }
    return at;
}

/* Lays the table out anew with room for twice the pieces. */
static void rehash(struct heed_vocab *v)
{
    size_t n_slots = 1024;
    while (n_slots < (size_t)v->n * 4)
        n_slots *= 2;
    free(v->slots);
    v->slots = heed_xcalloc(n_slots, sizeof(*v->slots));
    v->n_slots = n_slots;
    for (int32_t id = HEED_SPECIALS; id < v->n; id++)
        v->slots[slot_of(v, v->pieces[id], v->lens[id])] = (uint32_t)id;
}

/* The slot of a piece, which is appended when it is new. */
static int32_t find_or_append(struct heed_vocab *v, const char *piece, size_t len, bool *is_new)
{
    if ((size_t)v->n * 2 >= v->n_slots)
        rehash(v);
    size_t at = slot_of(v, piece, len);
    *is_new = v->slots[at] == 0;
    if (*is_new) {
        v->slots[at] = (uint32_t)v->n;
        append(v, piece, len, 0);
    }
    return (int32_t)v->slots[at];
}

/* What is wrong with a piece, or NULL. */
static const char *flaw(const char *piece, size_t len)
{
    if (len == 0)
        return "an empty piece";
    if (len > PIECE_MAX)
        return "a piece longer than 1024 bytes";
    if (memchr(piece, '\n', len) || memchr(piece, '\0', len))
        return "a piece with a line feed or NUL";
    if (!heed_utf8_valid(piece, len))
        return "a piece that is not valid UTF-8";
    return NULL;
}

int32_t heed_vocab_add(struct heed_vocab *v, const char *piece, size_t len, int64_t count,
                       struct heed_err *err)
{
    const char *reason = flaw(piece, len);
    if (reason)
        return heed_fail(err, "vocabulary: %s", reason);
    if (v->n >= HEED_VOCAB_MAX)
        return heed_fail(err, "vocabulary: more than %d pieces", HEED_VOCAB_MAX);
    bool is_new;
    int32_t id = find_or_append(v, piece, len, &is_new);
    v->counts[id] += count;
    return id;
}

int32_t heed_vocab_find(const struct heed_vocab *v, const char *piece, size_t len)
{
    if (!v->n_slots)
        return HEED_UNK;
    uint32_t id = v->slots[slot_of(v, piece, len)];
    return id ? (int32_t)id : HEED_UNK;
}

bool heed_vocab_is_byte(const struct heed_vocab *v, int32_t id)
{
    const char *piece = v->pieces[id];
    return v->lens[id] == 6 && memcmp(piece, "<0x", 3) == 0 && piece[5] == '>';
}

int32_t *heed_vocab_map(const struct heed_vocab *from, const struct heed_vocab *to)
{
    int32_t *ids = heed_xcalloc((size_t)from->n, sizeof *ids);
    for (int32_t i = 0; i < from->n; i++)
        ids[i] = i < HEED_SPECIALS ? i : heed_vocab_find(to, from->pieces[i], from->lens[i]);
    return ids;
}

void heed_vocab_count(struct heed_vocab *v, const char *piece, size_t len)
{
    /* What no vocabulary may hold stays unknown, as does what comes after the limit. */
    if (flaw(piece, len) || v->n >= HEED_VOCAB_MAX)
        return;
    bool is_new;
    int32_t id = find_or_append(v, piece, len, &is_new); /* may move counts */
    v->counts[id]++;
}

struct entry {
    char *piece;
    uint32_t len;
    int64_t count;
};

static int by_count_then_bytes(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->piece, b->piece);
}

void heed_vocab_trim(struct heed_vocab *v, int64_t min_count, int64_t max_size)
{
    size_t n = (size_t)(v->n - HEED_SPECIALS);
    struct entry *all = heed_xcalloc(n + 1, sizeof(*all));
    for (size_t i = 0; i < n; i++)
        all[i] = (struct entry){v->pieces[i + HEED_SPECIALS], v->lens[i + HEED_SPECIALS],
                                v->counts[i + HEED_SPECIALS]};
    qsort(all, n, sizeof(*all), by_count_then_bytes);
    v->n = HEED_SPECIALS;
    for (size_t i = 0; i < n; i++) {
        if (all[i].count < min_count || (max_size > 0 && v->n - HEED_SPECIALS >= max_size)) {
            free(all[i].piece);
            continue;
        }
        v->pieces[v->n] = all[i].piece;
        v->lens[v->n] = all[i].len;
        v->counts[v->n] = all[i].count;
        v->n++;
    }
    free(all);
    rehash(v);
}

int64_t heed_vocab_forget(struct heed_vocab *v, int64_t most)
{
    int64_t gone = 0;
    while (v->n - HEED_SPECIALS > most)
        heed_vocab_trim(v, ++gone + 1, 0);
    return gone;
}

void heed_vocab_blob(const struct heed_vocab *v, struct heed_str *out)
{
    for (int32_t i = 0; i < v->n; i++) {
        heed_str_add(out, v->pieces[i], v->lens[i]);
        heed_str_add_char(out, '\n');
    }
}

/* Line `number` (from 1) of a blob: the specials by position and name, then pieces. */
static int parse_line(struct heed_vocab *v, const char *line, size_t len, int64_t number,
                      struct heed_err *err)
{
    if (number <= HEED_SPECIALS) {
        const char *want = special_names[number - 1];
        if (len != strlen(want) || memcmp(line, want, len))
            return heed_fail(err, "vocabulary line %lld: '%.*s', want %s", (long long)number,
                             (int)HEED_MIN(len, 64u), line, want);
        return 0;
    }
    const char *reason = flaw(line, len);
    if (reason)
        return heed_fail(err, "vocabulary line %lld: %s", (long long)number, reason);
    if (v->n >= HEED_VOCAB_MAX)
        return heed_fail(err, "vocabulary line %lld: more than %d pieces", (long long)number,
                         HEED_VOCAB_MAX);
    bool is_new;
    int32_t id = find_or_append(v, line, len, &is_new);
    if (!is_new)
        return heed_fail(err, "vocabulary line %lld: '%.*s' stands already on line %d",
                         (long long)number, (int)HEED_MIN(len, 64u), line, id + 1);
    return 0;
}

int heed_vocab_parse(struct heed_vocab *v, const char *blob, size_t n, struct heed_err *err)
{
    heed_vocab_init(v);
    int64_t number = 0;
    for (size_t at = 0; at < n;) {
        const char *lf = memchr(blob + at, '\n', n - at);
        int status;
        number++;
        if (!lf)
            status =
                heed_fail(err, "vocabulary line %lld: no line feed at its end", (long long)number);
        else
            status = parse_line(v, blob + at, (size_t)(lf - blob) - at, number, err);
        if (status < 0) {
            heed_vocab_release(v);
            return -1;
        }
        at = (size_t)(lf - blob) + 1;
    }
    if (number >= HEED_SPECIALS)
        return 0;
    heed_vocab_release(v);
    return heed_fail(err,
                     "vocabulary: %lld lines, want at least the four of <pad> <bos> <eos> <unk>",
                     (long long)number);
}
