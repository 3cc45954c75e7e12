/* filter.h: which pairs are trained on. The one filter of lengths, for pairs of text (encode.c),
 * for a stream of ids, and for the epochs of batch-mask: the same pairs by every way.
 *
 *   struct heed_filter f = {.max_len = 100, .max_ratio = 9};
 *   for each pair: heed_filter_add(&f, &pair, &dataset, &report)
 *   heed_filter_check(&f, &report, "pairs.tsv", err)      nothing kept
 *   heed_filter_check_dropped(…), heed_filter_check_unknown(…)
 *
 * Every length here is without eos; the filter puts eos behind what it keeps. */
#ifndef HEED_FILTER_H
#define HEED_FILTER_H

#include "base/str.h"
#include "data/batch.h"
#include "data/repeats.h"

struct heed_filter {
    int64_t max_len;  /* tokens of the longer side; 0: any */
    double max_ratio; /* of (tokens + 5) between the sides, so that short pairs pass; 0: any */
    bool truncate;    /* cut to max_len in place of leaving the pair out (the course) */
    bool src_eos;     /* sources end in eos too */
};

#define HEED_FILTER_STEP    25
#define HEED_FILTER_LENGTHS (4096 / HEED_FILTER_STEP + 2) /* the last: longer, or cut already */

/* What was kept, and how many were left out and why. Lengths and tokens are those of the pairs
 * kept, as they are kept. */
struct heed_filter_report {
    int64_t n_pairs, n_empty, n_too_long, n_ratio;
    /* Empty ones with two empty sides, which nobody takes for a pair. Of a text, filled in by who
     * read it: lines that are no pair; of them, with more than two columns. */
    int64_t n_blank, n_bad, n_wide;
    int64_t lengths[HEED_FILTER_LENGTHS]; /* of the longer side, before it is cut, in steps */
    int64_t n_src_tokens, n_tgt_tokens, n_src_unknown, n_tgt_unknown;
    int64_t max_src, max_tgt;
    double max_len_ratio; /* target tokens / source tokens, for the length limit of decoding */
    /* Pairs by how often a block stands in a row in the target, where its source is no reason for it;
     * [0] the rest. Of a stream's batches: what its head tells. */
    int64_t repeats[HEED_REPEATS_MAX + 1];
};
/* Adds what was counted of other pairs. */
void heed_filter_report_add(struct heed_filter_report *r, const struct heed_filter_report *more);
/* The repetitions that all targets but one in 1,000 keep to; 0: none out of the way. */
int64_t heed_filter_repeats(const struct heed_filter_report *report);

/* One pair, no eos in it. cut: too long for any encoder, and cut already (heed_tokens.n_cut). */
struct heed_ids {
    const int32_t *src, *tgt;
    size_t n_src, n_tgt;
    bool cut;
    int64_t line;
};
/* Counts the pair in *report, and adds it to `out` if it is kept. */
void heed_filter_add(const struct heed_filter *f, const struct heed_ids *pair,
                     struct heed_dataset *out, struct heed_filter_report *report);
/* The same for a row of a batch with targets, which ends in eos, its source too with src_eos. */
void heed_filter_add_row(const struct heed_filter *f, const struct heed_batch *b, int64_t row,
                         struct heed_dataset *out, struct heed_filter_report *report);
/* Counts a row that is taken as it is. */
void heed_filter_count_row(const struct heed_filter *f, const struct heed_batch *b, int64_t row,
                           struct heed_filter_report *report);

/* Adds "left out: 3 too long, …" to out; nothing when no pair was left out. */
void heed_filter_text(const struct heed_filter_report *report, struct heed_str *out);
/* Fails when no pair was kept, and says why. name: of what was read. */
int heed_filter_check(const struct heed_filter *f, const struct heed_filter_report *report,
                      const char *name, struct heed_err *err) HEED_MUST_USE;
/* More than a tenth of what was there: worth a warning. */
bool heed_filter_dropped_many(const struct heed_filter_report *report);
/* Adds how many of how many were left out, why, and for each reason the option that mends it. */
void heed_filter_dropped_text(const struct heed_filter *f, const struct heed_filter_report *report,
                              struct heed_str *out);
/* Fails when a larger share than that was left out. */
int heed_filter_check_dropped(const struct heed_filter *f, const struct heed_filter_report *report,
                              double share, const char *name, struct heed_err *err) HEED_MUST_USE;
/* Fails when a larger share of either side's tokens than `share` is unknown. */
int heed_filter_check_unknown(const struct heed_filter_report *report, double share,
                              struct heed_err *err) HEED_MUST_USE;

#endif
