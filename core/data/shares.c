/* shares.c: see shares.h. */
#include "data/shares.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { STREAM_SHARES = 105 }; /* of heed_rng_seed(), beside those of batcher.c and windows.c */

#define WEIGHT_MAX 1e6

/* As heed_parse_next_f64(). */
static int next_weight(const char **at, double *weight)
{
    int more = heed_parse_next_f64(at, weight);
    return more > 0 && !(*weight > 0 && *weight <= WEIGHT_MAX) ? -1 : more;
}

static int parse_weights(struct heed_shares *s, const char *weights, struct heed_err *err)
{
    const char *at = weights;
    size_t n = 0;
    int more = 1;
    while (n < s->n && (more = next_weight(&at, &s->weight[n])) > 0)
        n++;
    return n < s->n || *at
               ? heed_usage(err, "option --weights: '%s' is not %zu numbers above 0, one a file",
                            weights, s->n)
               : 0;
}

int heed_shares_parse(struct heed_shares *s, const char *weights, double temperature, size_t n,
                      struct heed_err *err)
{
    bool weighs = weights && *weights;
    *s = (struct heed_shares){.temperature = temperature};
    if (!weighs && temperature <= 0)
        return 0;
    if (weighs && temperature > 0)
        return heed_usage(err, "--weights and --temperature exclude each other");
    if (n < 2 || n > HEED_SHARES_MAX)
        return heed_usage(err,
                          "--%s is of 2 to %d files or folders of pairs: %zu are named (each is a "
                          "corpus)",
                          weighs ? "weights" : "temperature", HEED_SHARES_MAX, n);
    s->n = n;
    return weighs ? parse_weights(s, weights, err) : 0;
}

void heed_shares_mark(struct heed_shares *s, const struct heed_corpus *c, struct heed_dataset *d)
{
    if (!s->n)
        return;
    d->corpus = heed_xcalloc(d->n + 1, 1);
    for (size_t i = 0; i < d->n; i++) {
        d->corpus[i] = c->pairs[d->line[i]].corpus;
        s->n_pairs[d->corpus[i]]++;
    }
}

/* Whole numbers with the sum of all pairs: each share is rounded as the sum of those up to it is. */
static void deal(struct heed_shares *s, double sum)
{
    int64_t all = 0, dealt = 0;
    double share = 0;
    for (size_t i = 0; i < s->n; i++)
        all += s->n_pairs[i];
    for (size_t i = 0; i < s->n; i++) {
        s->weight[i] /= sum;
        share += s->weight[i];
        int64_t upto = i + 1 == s->n ? all : (int64_t)floor(share * (double)all + 0.5);
        s->n_drawn[i] = upto - dealt;
        dealt = upto;
    }
}

int heed_shares_settle(struct heed_shares *s, const char *(*name)(const void *ctx, size_t i),
                       const void *ctx, struct heed_err *err)
{
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!s->n_pairs[i])
            return heed_fail(err, "%s: no pairs to train on, but it is to have a share",
                             name(ctx, i));
        if (s->temperature > 0)
            s->weight[i] = pow((double)s->n_pairs[i], 1 / s->temperature);
        sum += s->weight[i];
    }
    if (s->n && !isfinite(sum))
        return heed_usage(err, "--temperature %g is too low for corpora of these sizes",
                          s->temperature);
    deal(s, sum);
    return 0;
}

void heed_shares_quota(const struct heed_shares *s, const struct heed_quota *before,
                       const struct heed_quota *after, struct heed_quota *out)
{
    for (size_t i = 0; i < s->n; i++)
        out->n[i] = (int64_t)((double)s->n_drawn[i] * (double)after->n[i] / (double)s->n_pairs[i]) -
                    (int64_t)((double)s->n_drawn[i] * (double)before->n[i] / (double)s->n_pairs[i]);
}

void heed_shares_count(const struct heed_dataset *d, struct heed_quota *count)
{
    for (size_t i = 0; i < d->n; i++)
        count->n[d->corpus[i]]++;
}

/* --- drawing --- */

struct draw {
    uint64_t seed;
    int64_t window;
    size_t corpus;
};

/* Places [from, to) of the endless row of permutations of these m pairs; order: room for m. */
static int64_t draw_row(const struct draw *w, const int64_t *pairs, int64_t m, int64_t from,
                        int64_t to, int64_t *order, int64_t *out)
{
    struct heed_rng rng;
    int64_t done = 0;
    for (int64_t pass = from / m; from < to; pass++) {
        int64_t begin = from - pass * m, n = HEED_MIN(to - from, m - begin);
        memcpy(order, pairs, (size_t)m * sizeof *order);
        if (n < m) { /* else all of them, in whatever order */
            heed_rng_seed(&rng,
                          heed_counter_key(w->seed, (uint64_t)pass, STREAM_SHARES, w->corpus,
                                           (uint64_t)w->window),
                          STREAM_SHARES);
            heed_rng_shuffle(&rng, order, (size_t)m);
        }
        memcpy(out + done, order + begin, (size_t)n * sizeof *out);
        done += n;
        from += n;
    }
    return done;
}

static int64_t *room(int64_t *items, size_t n, size_t *cap)
{
    if (n <= *cap)
        return items;
    *cap = n;
    return heed_xrealloc(items, n, sizeof *items);
}

void heed_drawer_draw(struct heed_drawer *w, const struct heed_dataset *d,
                      const struct heed_quota *quota, uint64_t seed, int64_t epoch, int64_t window)
{
    int64_t all = 0;
    for (size_t i = 0; i < HEED_SHARES_MAX; i++)
        all += quota->n[i];
    w->drawn = room(w->drawn, (size_t)all + 1, &w->cap_drawn);
    w->pairs = room(w->pairs, 2 * d->n + 1, &w->cap_pairs);
    w->n_drawn = 0;
    for (size_t i = 0; i < HEED_SHARES_MAX; i++) {
        int64_t m = 0, n = quota->n[i];
        for (size_t k = 0; k < d->n && n; k++)
            if (d->corpus[k] == i)
                w->pairs[m++] = (int64_t)k;
        const struct draw of = {seed, window, i};
        if (m)
            w->n_drawn += draw_row(&of, w->pairs, m, epoch * n, (epoch + 1) * n, w->pairs + d->n,
                                   w->drawn + w->n_drawn);
    }
}

void heed_drawer_release(struct heed_drawer *w)
{
    free(w->drawn);
    free(w->pairs);
    *w = (struct heed_drawer){0};
}
