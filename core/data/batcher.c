/* batcher.c: the order of an epoch and its batches.
 *
 *   a window   --shuffle (seed, epoch)--> --stable sort (T, S)--> --cut (rows, tokens)--> batches
 *   batches    --shuffle (seed, epoch)--> the epoch
 *
 * A cut depends on lengths alone, and sorted lengths are the same in every epoch: so is the number
 * of batches, and a schedule can be laid out from one epoch. */
#include <string.h>
#include "base/rng.h"
#include "data/batch.h"
#include "data/cuts.h"
#include "data/vocab.h"

/* Streams of heed_rng_seed(), or sites of heed_counter_key(): pairs and batches are shuffled apart. */
enum { STREAM_PAIRS = 101, STREAM_BATCHES = 102, STREAM_FINAL = 103, STREAM_CUT = 108 };

void heed_batcher_init(struct heed_batcher *b, const struct heed_dataset *data, int64_t rows,
                       int64_t tokens, int64_t window, bool shuffle, uint64_t seed)
{
    if (rows < 1)
        BUG("batches of %lld rows", (long long)rows);
    *b = (struct heed_batcher){.data = data,
                               .rows = rows,
                               .tokens = tokens,
                               .window = window,
                               .shuffle = shuffle,
                               .seed = seed,
                               .epoch = -1};
}

void heed_batcher_release(struct heed_batcher *b)
{
    free(b->order);
    free(b->starts);
    *b = (struct heed_batcher){0};
}

static int64_t src_len(const struct heed_dataset *d, int64_t i)
{
    return d->src_at[i + 1] - d->src_at[i];
}

static int64_t tgt_len(const struct heed_dataset *d, int64_t i)
{
    return d->tgt_at[i + 1] - d->tgt_at[i];
}

/* Is the final punctuation of this pair left off in this epoch? */
static bool leaves_off(const struct heed_batcher *b, int64_t epoch, int64_t pair)
{
    const struct heed_dataset *d = b->data;
    if (!(b->vary > 0) || !d->src_final || !d->src_final[pair] || !d->tgt_final[pair])
        return false;
    uint64_t key = heed_counter_key(b->seed, (uint64_t)epoch, STREAM_FINAL, (uint64_t)pair, 0);
    return (double)(key >> 11) * 0x1p-53 < b->vary;
}

struct item {
    int64_t pair, place; /* place in the window before sorting keeps the sort stable */
    int64_t tgt, src, line;
};

static int by_length(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->tgt != b->tgt)
        return a->tgt < b->tgt ? -1 : 1;
    if (a->src != b->src)
        return a->src < b->src ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

/* Within a batch: longest target first, then longest source, then line. */
static int by_row(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->tgt != b->tgt)
        return a->tgt > b->tgt ? -1 : 1;
    if (a->src != b->src)
        return a->src > b->src ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->pair != b->pair)
        return a->pair < b->pair ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

/* items: room for n. */
static void sort(struct item *items, int64_t *pairs, size_t n,
                 int (*compare)(const void *, const void *))
{
    qsort(items, n, sizeof(*items), compare);
    for (size_t i = 0; i < n; i++)
        pairs[i] = items[i].pair;
}

/* A window by its whole lengths. */
static void sort_window(const struct heed_dataset *d, int64_t *pairs, size_t n)
{
    struct item *items = heed_xcalloc(n + 1, sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        int64_t tgt = tgt_len(d, pairs[i]), src = src_len(d, pairs[i]);
        items[i] = (struct item){pairs[i], (int64_t)i, d->table ? src : tgt, d->table ? tgt : src,
                                 d->line[pairs[i]]};
    }
    sort(items, pairs, n, by_length);
    free(items);
}

/* A batch by the lengths its rows will have. */
static void sort_rows(const struct heed_batcher *b, int64_t epoch, int64_t *pairs, size_t n)
{
    const struct heed_dataset *d = b->data;
    struct item *items = heed_xcalloc(n + 1, sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        bool off = leaves_off(b, epoch, pairs[i]);
        items[i] = (struct item){
            pairs[i], (int64_t)i, tgt_len(d, pairs[i]) - (off ? d->tgt_final[pairs[i]] : 0),
            src_len(d, pairs[i]) - (off ? d->src_final[pairs[i]] : 0), d->line[pairs[i]]};
    }
    sort(items, pairs, n, by_row);
    free(items);
}

static void end_batch(struct heed_batcher *b, int64_t end)
{
    heed_grow(&b->starts, (size_t)b->n_batches + 1, &b->cap_starts, sizeof(*b->starts));
    b->starts[++b->n_batches] = end;
}

/* Cuts order[from..to), sorted by length, into batches: padded target tokens (source tokens when
 * there is no target) stay within the budget, except that a batch holds at least one row. */
static void cut(struct heed_batcher *b, int64_t from, int64_t to)
{
    int64_t begin = from, longest = 0;
    for (int64_t i = from; i < to; i++) {
        int64_t own =
            b->data->n_tgt ? tgt_len(b->data, b->order[i]) : src_len(b->data, b->order[i]);
        int64_t n = i - begin;
        longest = HEED_MAX(longest, own);
        if (n > 0 && (n == b->rows || (b->tokens > 0 && (n + 1) * longest > b->tokens))) {
            end_batch(b, i);
            begin = i;
            longest = own;
        }
    }
    end_batch(b, to);
}

/* More batches, without an order: the shortest lines' are cut in two, which have the most rows. */
static void cut_again(struct heed_batcher *b)
{
    int64_t *starts = heed_xcalloc((size_t)b->n_batches * 2 + 1, sizeof *starts), n = 0,
            more = b->n_wanted - b->n_batches;
    for (int64_t i = 0; i < b->n_batches; i++) {
        int64_t rows = b->starts[i + 1] - b->starts[i];
        if (more > 0 && rows > 1) {
            starts[++n] = b->starts[i] + rows / 2;
            more--;
        }
        starts[++n] = b->starts[i + 1];
    }
    free(b->starts);
    b->starts = starts;
    b->cap_starts = (size_t)b->n_batches * 2 + 1;
    b->n_batches = n;
}

static void shuffle_batches(struct heed_batcher *b, struct heed_rng *rng)
{
    size_t n = (size_t)b->n_batches, n_pairs = (size_t)b->starts[n];
    int64_t *which = heed_xcalloc(n + 1, sizeof(*which));
    int64_t *order = heed_xcalloc(n_pairs + 1, sizeof(*order));
    int64_t *starts = heed_xcalloc(n + 1, sizeof(*starts));
    for (size_t i = 0; i < n; i++)
        which[i] = (int64_t)i;
    heed_rng_shuffle(rng, which, n);
    for (size_t i = 0; i < n; i++) {
        int64_t from = b->starts[which[i]], len = b->starts[which[i] + 1] - from;
        memcpy(order + starts[i], b->order + from, (size_t)len * sizeof(*order));
        starts[i + 1] = starts[i] + len;
    }
    memcpy(b->order, order, n_pairs * sizeof(*order));
    memcpy(b->starts, starts, (n + 1) * sizeof(*starts));
    free(which);
    free(order);
    free(starts);
}

/* All pairs of an epoch, in the order they are given. Returns their number. */
static int64_t begin(struct heed_batcher *b)
{
    size_t n = b->drawn ? (size_t)b->n_drawn : b->data->n;
    if (n > b->cap_order) {
        b->order = heed_xrealloc(b->order, n, sizeof(*b->order));
        b->cap_order = n;
    }
    heed_grow(&b->starts, 0, &b->cap_starts, sizeof(*b->starts));
    b->starts[0] = 0;
    b->n_batches = 0;
    for (size_t i = 0; i < n; i++)
        b->order[i] = b->drawn ? b->drawn[i] : (int64_t)i;
    return (int64_t)n;
}

void heed_batcher_epoch(struct heed_batcher *b, int64_t epoch)
{
    const struct heed_dataset *d = b->data;
    int64_t n = begin(b), window = b->window > 0 ? b->window : n;
    struct heed_rng rng;
    heed_rng_seed(&rng, heed_counter_key(b->seed, (uint64_t)epoch, STREAM_PAIRS, 0, 0),
                  STREAM_PAIRS);
    for (int64_t from = 0; from < n; from += window) {
        int64_t len = HEED_MIN(window, n - from);
        if (b->shuffle)
            heed_rng_shuffle(&rng, b->order + from, (size_t)len);
        sort_window(d, b->order + from, (size_t)len);
        cut(b, from, from + len);
    }
    while (b->n_batches < b->n_wanted)
        cut_again(b);
    for (int64_t i = 0; i < b->n_batches; i++)
        sort_rows(b, epoch, b->order + b->starts[i], (size_t)(b->starts[i + 1] - b->starts[i]));
    if (b->shuffle) {
        heed_rng_seed(&rng, heed_counter_key(b->seed, (uint64_t)epoch, STREAM_BATCHES, 0, 0),
                      STREAM_BATCHES);
        shuffle_batches(b, &rng);
    }
    if (b->n_wanted)
        b->n_batches = b->n_wanted;
    b->epoch = epoch;
}

double heed_batcher_tokens(const struct heed_batcher *b)
{
    double n = 0;
    for (int64_t i = 0; i < b->starts[b->n_batches]; i++)
        n += (double)(src_len(b->data, b->order[i]) + tgt_len(b->data, b->order[i]));
    return n;
}

/* One side of the pairs of a batch. */
struct side {
    const int32_t *ids;
    const int64_t *at;
    const uint8_t *final; /* NULL: whole */
};

/* Rows of ids padded to the widest, [B,width]. */
static const int32_t *pad(const struct heed_batcher *b, const struct side *side,
                          const int64_t *pairs, int64_t B, struct heed_arena *arena, int64_t *width,
                          const int32_t **lens)
{
    *width = 0;
    int32_t *len = heed_new(arena, int32_t, B);
    for (int64_t r = 0; r < B; r++) {
        bool off = side->final && leaves_off(b, b->epoch, pairs[r]);
        len[r] = (int32_t)(side->at[pairs[r] + 1] - side->at[pairs[r]]) -
                 (off ? side->final[pairs[r]] : 0);
        *width = HEED_MAX(*width, len[r]);
    }
    int32_t *out = heed_new(arena, int32_t, B * *width);
    for (int64_t r = 0; r < B; r++) {
        int32_t *row = out + r * *width;
        if (len[r]) {
            memcpy(row, side->ids + side->at[pairs[r]], (size_t)len[r] * sizeof(*row));
            if (side->ids[side->at[pairs[r] + 1] - 1] == HEED_EOS)
                row[len[r] - 1] = HEED_EOS;
        }
        for (int64_t i = len[r]; i < *width; i++)
            row[i] = HEED_PAD;
    }
    *lens = len;
    return out;
}

/* One side of a row that is cut anew. */
struct row {
    int32_t *ids;
    int64_t n;
};

static struct row cut_anew(const struct heed_batcher *b, const struct side *side, int64_t pair,
                           int which, struct heed_arena *arena)
{
    const int32_t *ids = side->ids + side->at[pair];
    int64_t n = side->at[pair + 1] - side->at[pair];
    bool eos = n && ids[n - 1] == HEED_EOS;
    n -= eos + (side->final && leaves_off(b, b->epoch, pair) ? side->final[pair] : 0);
    uint64_t key =
        heed_counter_key(b->seed, (uint64_t)b->epoch, STREAM_CUT, (uint64_t)pair, (uint64_t)which);
    struct heed_cuts *cuts = &b->cuts[which];
    struct row r = {heed_new(arena, int32_t, (int64_t)heed_cuts_most(cuts, ids, (size_t)n) + 1), 0};
    r.n = (int64_t)heed_cuts_draw(cuts, ids, (size_t)n, key, r.ids);
    if (eos)
        r.ids[r.n++] = HEED_EOS;
    return r;
}

/* In the order of these items, whose pairs are rows. */
static const int32_t *pad_rows(const struct row *rows, const struct item *items, int64_t B,
                               struct heed_arena *arena, int64_t *width, const int32_t **lens)
{
    int32_t *len = heed_new(arena, int32_t, B);
    *width = 0;
    for (int64_t r = 0; r < B; r++) {
        len[r] = (int32_t)rows[items[r].pair].n;
        *width = HEED_MAX(*width, len[r]);
    }
    int32_t *out = heed_new(arena, int32_t, B * *width);
    for (int64_t r = 0; r < B; r++) {
        memcpy(out + r * *width, rows[items[r].pair].ids, (size_t)len[r] * sizeof *out);
        for (int64_t i = len[r]; i < *width; i++)
            out[r * *width + i] = HEED_PAD;
    }
    *lens = len;
    return out;
}

static void get_anew(const struct heed_batcher *b, const int64_t *pairs, const struct side *src,
                     const struct side *tgt, struct heed_arena *arena, struct heed_batch *out)
{
    struct row *rows[2];
    struct item *items = heed_new(arena, struct item, out->B);
    int64_t *line = heed_new(arena, int64_t, out->B);
    for (int side = 0; side < 2; side++)
        rows[side] = heed_new(arena, struct row, out->B);
    for (int64_t r = 0; r < out->B; r++) {
        rows[0][r] = cut_anew(b, src, pairs[r], 0, arena);
        rows[1][r] = cut_anew(b, tgt, pairs[r], 1, arena);
        items[r] = (struct item){r, r, rows[1][r].n, rows[0][r].n, b->data->line[pairs[r]]};
    }
    qsort(items, (size_t)out->B, sizeof *items, by_row);
    out->src = pad_rows(rows[0], items, out->B, arena, &out->S, &out->src_len);
    out->tgt = pad_rows(rows[1], items, out->B, arena, &out->T, &out->tgt_len);
    for (int64_t r = 0; r < out->B; r++)
        line[r] = b->data->line[pairs[items[r].pair]];
    out->line = line;
}

void heed_batcher_get(const struct heed_batcher *b, int64_t index, struct heed_arena *arena,
                      struct heed_batch *out)
{
    if (b->epoch < 0 || index < 0 || index >= b->n_batches)
        BUG("batch %lld of %lld", (long long)index, (long long)b->n_batches);
    const struct heed_dataset *d = b->data;
    const int64_t *pairs = b->order + b->starts[index];
    *out = (struct heed_batch){.B = b->starts[index + 1] - b->starts[index],
                               .epoch = b->epoch,
                               .index = index,
                               .table = d->table};
    struct side src = {d->src, d->src_at, d->src_final}, tgt = {d->tgt, d->tgt_at, d->tgt_final};
    if (b->cuts) {
        get_anew(b, pairs, &src, &tgt, arena, out);
        return;
    }
    out->src = pad(b, &src, pairs, out->B, arena, &out->S, &out->src_len);
    if (d->n_tgt)
        out->tgt = pad(b, &tgt, pairs, out->B, arena, &out->T, &out->tgt_len);
    int64_t *line = heed_new(arena, int64_t, out->B);
    for (int64_t r = 0; r < out->B; r++)
        line[r] = d->line[pairs[r]];
    out->line = line;
}
