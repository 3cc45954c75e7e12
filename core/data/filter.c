/* filter.c: the filter of lengths: see filter.h. Its order is part of what a training is: empty,
 * then length, then the cut, then the ratio of what is left. */
#include "data/filter.h"
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

/* Why a pair is left out, as the counter of it; NULL when it is kept. Cuts. */
static int64_t *refuse(const struct heed_filter *f, struct heed_ids *p,
                       struct heed_filter_report *r)
{
    size_t max = f->max_len > 0 ? (size_t)f->max_len : SIZE_MAX;
    if (p->n_src == 0 || p->n_tgt == 0)
        return &r->n_empty;
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

int heed_filter_check(const struct heed_filter *f, const struct heed_filter_report *r,
                      const char *name, struct heed_err *err)
{
    int64_t n = r->n_empty + r->n_too_long + r->n_ratio;
    if (r->n_pairs)
        return 0;
    if (!n)
        return heed_fail(err, "%s: no pairs", name);
    return heed_fail(err,
                     "%s: all %lld pairs were dropped: %lld longer than max-len %lld, %lld over "
                     "max-ratio %g, %lld empty",
                     name, (long long)n, (long long)r->n_too_long, (long long)f->max_len,
                     (long long)r->n_ratio, f->max_ratio, (long long)r->n_empty);
}

static double share_of(int64_t unknown, int64_t tokens)
{
    return (double)unknown / (double)HEED_MAX(1, tokens);
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
