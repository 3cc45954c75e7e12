/* sample.c: figures of lines drawn with replacement, and of lines exchanged between two texts.
 *
 * A draw is kept as how often it has each line: one product for each line that it has at all, in the
 * order of memory. Exchanges go by eights of lines: the 256 sums that there are of eight rows are made
 * once, and each exchange adds one of them, chosen by eight bits of chance. */
#include <math.h>
#include <string.h>
#include "base/rng.h"
#include "metrics/sample.h"

/* --- counts --- */

static void add_columns(struct heed_sample *s, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->column[s->width++] = from / sizeof(int64_t) + i;
}

static void add_chrf_columns(struct heed_sample *s, size_t at, size_t orders)
{
    add_columns(s, at + offsetof(struct heed_chrf_counts, hyp), orders);
    add_columns(s, at + offsetof(struct heed_chrf_counts, ref), orders);
    add_columns(s, at + offsetof(struct heed_chrf_counts, match), orders);
}

void heed_sample_init(struct heed_sample *s, const struct heed_metric_options *how, size_t n)
{
    size_t chars = (size_t)how->chrf_chars, words = (size_t)how->chrf_words;
    *s = (struct heed_sample){.how = how, .n = n};
    add_columns(s, 0, offsetof(struct heed_counts, chrf) / sizeof(int64_t));
    add_chrf_columns(s, offsetof(struct heed_counts, chrf), chars);
    if (how->all && words)
        add_chrf_columns(s, offsetof(struct heed_counts, chrf_plus), chars + words);
    s->rows = heed_xcalloc(n * s->width, sizeof(*s->rows));
}

void heed_sample_set(struct heed_sample *s, size_t line, const struct heed_counts *c)
{
    const int64_t *from = (const int64_t *)c;
    for (size_t k = 0; k < s->width; k++)
        s->rows[line * s->width + k] = (double)from[s->column[k]];
}

void heed_sample_release(struct heed_sample *s)
{
    free(s->rows);
}

static void counts_of(const struct heed_sample *s, const double *sum, struct heed_counts *c)
{
    int64_t *to = (int64_t *)c;
    *c = (struct heed_counts){0};
    for (size_t k = 0; k < s->width; k++)
        to[s->column[k]] = (int64_t)sum[k];
}

/* --- draws --- */

/* How often each of n lines is drawn. */
static void draw(struct heed_rng *rng, uint32_t *times, size_t n)
{
    memset(times, 0, n * sizeof(*times));
    for (size_t i = 0; i < n; i++)
        times[heed_rng_below(rng, n)]++;
}

static void add_drawn(const struct heed_sample *s, const uint32_t *times, double *sum)
{
    memset(sum, 0, s->width * sizeof(*sum));
    for (size_t i = 0; i < s->n; i++) {
        const double *row = s->rows + i * s->width, factor = times[i];
        if (times[i])
            for (size_t k = 0; k < s->width; k++)
                sum[k] += factor * row[k];
    }
}

void heed_sample_draw(const struct heed_sample *s, const enum heed_figure_kind *kinds,
                      size_t n_kinds, size_t rounds, uint64_t seed, double *scores)
{
    uint32_t *times = heed_xcalloc(s->n, sizeof(*times));
    double sum[HEED_COLUMNS_MAX];
    struct heed_counts c;
    struct heed_rng rng;
    heed_rng_seed(&rng, seed, 0);
    for (size_t r = 0; r < rounds; r++) {
        draw(&rng, times, s->n);
        add_drawn(s, times, sum);
        counts_of(s, sum, &c);
        for (size_t f = 0; f < n_kinds; f++)
            scores[f * rounds + r] = heed_metric_score(kinds[f], &c, s->how);
    }
    free(times);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void heed_sample_interval(double *scores, size_t rounds, double *lo, double *hi)
{
    qsort(scores, rounds, sizeof(*scores), compare_doubles);
    *lo = scores[(size_t)(0.025 * (double)(rounds - 1) + 0.5)];
    *hi = scores[(size_t)(0.975 * (double)(rounds - 1) + 0.5)];
}

/* --- exchanges --- */

#define EIGHT   8
#define SUMS    ((size_t)1 << EIGHT)
#define AT_ONCE ((size_t)1024) /* exchanges whose sums stay in the cache */

/* sums[bits]: over those of eight lines whose bit is set, the first text's row less the second's. */
static void make_sums(const struct heed_sample *a, const struct heed_sample *b, size_t from,
                      double *sums)
{
    size_t w = a->width;
    memset(sums, 0, w * sizeof(*sums));
    for (size_t bits = 1; bits < SUMS; bits++) {
        size_t line = from + (size_t)__builtin_ctz((unsigned)bits), rest = bits & (bits - 1);
        for (size_t k = 0; k < w; k++) {
            double moves = line < a->n ? a->rows[line * w + k] - b->rows[line * w + k] : 0;
            sums[bits * w + k] = sums[rest * w + k] + moves;
        }
    }
}

/* moved[r][width]: what goes from the first text to the second in exchange r. */
static void exchange(const struct heed_sample *a, const struct heed_sample *b, size_t rounds,
                     struct heed_rng *rng, double *sums, double *moved)
{
    uint64_t bits = 0;
    int left = 0;
    memset(moved, 0, rounds * a->width * sizeof(*moved));
    for (size_t from = 0; from < a->n; from += EIGHT) {
        make_sums(a, b, from, sums);
        for (size_t r = 0; r < rounds; r++, bits >>= EIGHT, left--) {
            if (!left) {
                bits = heed_rng_u64(rng);
                left = 64 / EIGHT;
            }
            const double *sum = sums + (bits & (SUMS - 1)) * a->width;
            double *to = moved + r * a->width;
            for (size_t k = 0; k < a->width; k++)
                to[k] += sum[k];
        }
    }
}

static void add_all(const struct heed_sample *s, double *sum)
{
    memset(sum, 0, s->width * sizeof(*sum));
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->width; k++)
            sum[k] += s->rows[i * s->width + k];
}

/* The counts of a text that has lost (sign -1) or gained (1) what moved. */
static void counts_after(const struct heed_sample *s, const double *sum, const double *moved,
                         int sign, struct heed_counts *c)
{
    double after[HEED_COLUMNS_MAX];
    for (size_t k = 0; k < s->width; k++)
        after[k] = sum[k] + sign * moved[k];
    counts_of(s, after, c);
}

void heed_sample_exchange(const struct heed_sample *a, const struct heed_sample *b,
                          const enum heed_figure_kind *kinds, size_t n_kinds, size_t rounds,
                          uint64_t seed, double *apart)
{
    double *moved = heed_xcalloc(AT_ONCE * a->width, sizeof(*moved));
    double *sums = heed_xcalloc(SUMS * a->width, sizeof(*sums));
    double all_a[HEED_COLUMNS_MAX], all_b[HEED_COLUMNS_MAX];
    struct heed_counts of_a, of_b;
    struct heed_rng rng;
    heed_rng_seed(&rng, seed, 1);
    add_all(a, all_a);
    add_all(b, all_b);
    for (size_t r = 0; r < rounds; r++) {
        if (r % AT_ONCE == 0)
            exchange(a, b, HEED_MIN(AT_ONCE, rounds - r), &rng, sums, moved);
        counts_after(a, all_a, moved + r % AT_ONCE * a->width, -1, &of_a);
        counts_after(b, all_b, moved + r % AT_ONCE * a->width, 1, &of_b);
        for (size_t f = 0; f < n_kinds; f++)
            apart[f * rounds + r] = fabs(heed_metric_score(kinds[f], &of_a, a->how) -
                                         heed_metric_score(kinds[f], &of_b, b->how));
    }
    free(moved);
    free(sums);
}

/* --- how likely --- */

/* Differences that are equal in exact numbers may be this far apart. */
#define ROUNDED 1e-9

/* That many of all, the observed one among them. */
static double share(size_t as_far, size_t rounds)
{
    return (double)(as_far + 1) / (double)(rounds + 1);
}

double heed_exchange_p(const double *apart, size_t rounds, double difference)
{
    size_t as_far = 0;
    for (size_t r = 0; r < rounds; r++)
        as_far += apart[r] >= fabs(difference) - ROUNDED;
    return share(as_far, rounds);
}

double heed_draws_p(const double *base, const double *other, size_t rounds, double difference)
{
    double mean = 0;
    size_t as_far = 0;
    for (size_t r = 0; r < rounds; r++)
        mean += fabs(other[r] - base[r]) / (double)rounds;
    for (size_t r = 0; r < rounds; r++)
        as_far += fabs(other[r] - base[r]) - mean >= fabs(difference) - ROUNDED;
    return share(as_far, rounds);
}

double heed_draws_won(const double *base, const double *other, size_t rounds, bool less_is_better)
{
    size_t won = 0;
    for (size_t r = 0; r < rounds; r++)
        won += less_is_better ? other[r] < base[r] : other[r] > base[r];
    return (double)won / (double)rounds;
}
