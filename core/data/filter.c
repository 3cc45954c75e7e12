/* filter.c: the filter of lengths: see filter.h. Its order is part of what a training is: empty,
 * then length, then the cut, then the ratio of what is left. */
#include "data/filter.h"

#include <stdarg.h>
#include <stdio.h>

#include "data/text.h"
#include "data/vocab.h"

static int64_t count_unknown(const int32_t *ids, size_t n)
{
    int64_t unknown = 0;
    for (size_t i = 0; i < n; i++)
        unknown += ids[i] == HEED_UNK;
    return unknown;
}

static int64_t unreasoned(const struct heed_ids *p)
{
    int64_t times = heed_repeats(p->tgt, (int64_t)p->n_tgt, NULL);
    if (times <= HEED_REPEATS_FREE ||
        times <= heed_repeats_allowed(heed_repeats(p->src, (int64_t)p->n_src, NULL)))
        return 0;
    return HEED_MIN(times, HEED_REPEATS_MAX);
}

int64_t heed_filter_repeats(const struct heed_filter_report *r)
{
    int64_t above = 0, times = HEED_REPEATS_MAX;
    while (times > 0 && (above + r->repeats[times]) * 1000 <= r->n_pairs)
        above += r->repeats[times--];
    return times;
}

void heed_filter_report_add(struct heed_filter_report *r, const struct heed_filter_report *more)
{
    r->n_pairs += more->n_pairs;
    r->n_empty += more->n_empty;
    r->n_too_long += more->n_too_long;
    r->n_ratio += more->n_ratio;
    r->n_blank += more->n_blank;
    r->n_bad += more->n_bad;
    r->n_wide += more->n_wide;
    for (size_t i = 0; i < HEED_FILTER_LENGTHS; i++)
        r->lengths[i] += more->lengths[i];
    r->n_src_tokens += more->n_src_tokens;
    r->n_tgt_tokens += more->n_tgt_tokens;
    r->n_src_unknown += more->n_src_unknown;
    r->n_tgt_unknown += more->n_tgt_unknown;
    r->max_src = HEED_MAX(r->max_src, more->max_src);
    r->max_tgt = HEED_MAX(r->max_tgt, more->max_tgt);
    r->max_len_ratio = HEED_MAX(r->max_len_ratio, more->max_len_ratio);
    for (int i = 0; i <= HEED_REPEATS_MAX; i++)
        r->repeats[i] += more->repeats[i];
}

static void count(struct heed_filter_report *r, const struct heed_ids *p)
{
    r->n_pairs++;
    r->n_src_tokens += (int64_t)p->n_src;
    r->n_tgt_tokens += (int64_t)p->n_tgt;
    r->n_src_unknown += count_unknown(p->src, p->n_src);
    r->n_tgt_unknown += count_unknown(p->tgt, p->n_tgt);
    r->max_src = HEED_MAX(r->max_src, (int64_t)p->n_src);
    r->max_tgt = HEED_MAX(r->max_tgt, (int64_t)p->n_tgt);
    r->repeats[unreasoned(p)]++;
    r->max_len_ratio = HEED_MAX(r->max_len_ratio, (double)p->n_tgt / (double)p->n_src);
}

static size_t length_step(const struct heed_ids *p)
{
    size_t step = (HEED_MAX(p->n_src, p->n_tgt) + HEED_FILTER_STEP - 1) / HEED_FILTER_STEP;
    return p->cut ? HEED_FILTER_LENGTHS - 1 : HEED_MIN(step, (size_t)HEED_FILTER_LENGTHS - 1);
}

/* Why a pair is left out, as the counter of it; NULL when it is kept. Cuts. */
static int64_t *refuse(const struct heed_filter *f, struct heed_ids *p,
                       struct heed_filter_report *r)
{
    size_t max = f->max_len > 0 ? (size_t)f->max_len : SIZE_MAX;
    r->n_blank += p->n_src == 0 && p->n_tgt == 0;
    if (p->n_src == 0 || p->n_tgt == 0)
        return &r->n_empty;
    r->lengths[length_step(p)]++;
    if (!f->truncate && (p->n_src > max || p->n_tgt > max || p->cut))
        return &r->n_too_long;
    p->n_src = HEED_MIN(p->n_src, max);
    p->n_tgt = HEED_MIN(p->n_tgt, max);
    double longer = (double)HEED_MAX(p->n_src, p->n_tgt),
           shorter = (double)HEED_MIN(p->n_src, p->n_tgt);
    return f->max_ratio > 0 && (longer + 5) / (shorter + 5) > f->max_ratio ? &r->n_ratio : NULL;
}

void heed_filter_add(const struct heed_filter *f, const struct heed_ids *pair,
                     struct heed_dataset *out, struct heed_filter_report *report)
{
    struct heed_ids p = *pair;
    int64_t *why = refuse(f, &p, report);
    if (why) {
        ++*why;
        return;
    }
    count(report, &p);
    heed_dataset_add(out, p.src, p.n_src, p.tgt, p.n_tgt, p.line);
    heed_dataset_add_eos(out, f->src_eos);
}

static struct heed_ids row_of(const struct heed_filter *f, const struct heed_batch *b, int64_t row)
{
    int32_t src = b->src_len[row] - (f->src_eos ? 1 : 0), tgt = b->tgt_len[row] - 1;
    return (struct heed_ids){
        .src = b->src + row * b->S,
        .tgt = b->tgt + row * b->T,
        .n_src = (size_t)HEED_MAX(src, 0),
        .n_tgt = (size_t)HEED_MAX(tgt, 0),
        .line = b->line[row],
    };
}

void heed_filter_add_row(const struct heed_filter *f, const struct heed_batch *b, int64_t row,
                         struct heed_dataset *out, struct heed_filter_report *report)
{
    struct heed_ids p = row_of(f, b, row);
    heed_filter_add(f, &p, out, report);
}

void heed_filter_count_row(const struct heed_filter *f, const struct heed_batch *b, int64_t row,
                           struct heed_filter_report *report)
{
    struct heed_ids p = row_of(f, b, row);
    if (p.n_src && p.n_tgt)
        count(report, &p);
    else
        report->n_empty++;
}

void heed_filter_text(const struct heed_filter_report *r, struct heed_str *out)
{
    if (r->n_empty + r->n_too_long + r->n_ratio)
        heed_str_printf(out,
                        "left out: %lld too long, %lld over the length ratio, %lld with an empty "
                        "side",
                        (long long)r->n_too_long, (long long)r->n_ratio, (long long)r->n_empty);
}

static double share_of(int64_t part, int64_t all)
{
    return (double)part / (double)HEED_MAX(1, all);
}

static int64_t dropped(const struct heed_filter_report *r)
{
    return r->n_empty - r->n_blank + r->n_too_long + r->n_ratio + r->n_bad;
}

static double dropped_share(const struct heed_filter_report *r)
{
    return share_of(dropped(r), dropped(r) + r->n_pairs);
}

bool heed_filter_dropped_many(const struct heed_filter_report *r)
{
    return dropped_share(r) > 0.1;
}

/* The length that 95 % of the pairs keep to; 0: no option would do. */
static int64_t fitting(const struct heed_filter_report *r)
{
    int64_t all = 0, within = 0;
    for (size_t i = 0; i < HEED_FILTER_LENGTHS; i++)
        all += r->lengths[i];
    for (size_t i = 0; i + 1 < HEED_FILTER_LENGTHS; i++) {
        within += r->lengths[i];
        if (within * 100 >= all * 95)
            return (int64_t)i * HEED_FILTER_STEP;
    }
    return 0;
}

static void reason(struct heed_str *out, int64_t n, const char *fmt, ...) HEED_PRINTF(3, 4);
static void reason(struct heed_str *out, int64_t n, const char *fmt, ...)
{
    va_list args;
    char text[200];
    if (n == 0)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    heed_str_printf(out, ", %lld %s", (long long)n, text);
}

void heed_filter_dropped_text(const struct heed_filter *f, const struct heed_filter_report *r,
                              struct heed_str *out)
{
    struct heed_str why = {0};
    int64_t n = dropped(r), fits = fitting(r);
    if (fits > f->max_len)
        reason(&why, r->n_too_long,
               "longer than --max-len %lld (--max-len %lld has room for 95 %%, --truncate cuts)",
               (long long)f->max_len, (long long)fits);
    else
        reason(&why, r->n_too_long, "longer than --max-len %lld (--truncate cuts)",
               (long long)(f->max_len ? f->max_len : HEED_TOKENS_MAX));
    reason(&why, r->n_ratio, "over --max-ratio %g (--max-ratio 0 keeps them)", f->max_ratio);
    reason(&why, r->n_empty - r->n_blank, "with an empty side");
    reason(&why, r->n_bad, "that are no pair%s",
           r->n_wide ? " (--columns 1,2 takes the first two of more columns)" : "");
    heed_str_printf(out, "%lld of %lld pairs are left out: %s", (long long)n,
                    (long long)(n + r->n_pairs), why.len ? why.data + 2 : "");
    heed_str_release(&why);
}

int heed_filter_check(const struct heed_filter *f, const struct heed_filter_report *r,
                      const char *name, struct heed_err *err)
{
    struct heed_str why = {0};
    if (r->n_pairs)
        return 0;
    if (!dropped(r))
        return heed_fail(err, "%s: no pairs", name);
    heed_filter_dropped_text(f, r, &why);
    heed_fail(err, "%s: %s", name, why.data);
    heed_str_release(&why);
    return -1;
}

int heed_filter_check_dropped(const struct heed_filter *f, const struct heed_filter_report *r,
                              double share, const char *name, struct heed_err *err)
{
    struct heed_str why = {0};
    if (dropped_share(r) <= share)
        return 0;
    heed_filter_dropped_text(f, r, &why);
    heed_fail(err, "%s: %s; --allow-dropped 1 goes on with the others", name, why.data);
    heed_str_release(&why);
    return -1;
}

int heed_filter_check_unknown(const struct heed_filter_report *r, double share,
                              struct heed_err *err)
{
    double src = share_of(r->n_src_unknown, r->n_src_tokens),
           tgt = share_of(r->n_tgt_unknown, r->n_tgt_tokens);
    if (src > share || tgt > share)
        return heed_fail(err,
                         "%.0f %% of the source and %.0f %% of the target tokens are unknown; "
                         "lower --min-count, or --allow-unknown to go on",
                         100 * src, 100 * tgt);
    return 0;
}
