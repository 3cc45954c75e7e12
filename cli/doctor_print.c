/* doctor_print.c: what was found, as a table: a row a count, with the limit where there is one. */
#include "cli/doctor.h"
#include "cli/table.h"

#define NUMBER 48

struct sheet {
    struct table table;
    bool exact; /* numbers that read back, not rounded ones */
    const char *data;
    struct heed_str *refused;
};

/* A count of so many; what else there is to it. */
struct entry {
    const char *what;
    int64_t n, of, line; /* of 0: of nothing; line 0: in none */
    double limit;        /* of n / of, by that option; no limit where that is NULL */
    const char *allow;
    const char *note;
    double value; /* in place of n where real */
    bool real;
};

static void integer(char out[NUMBER], int64_t n, bool there)
{
    out[0] = '\0';
    if (there)
        snprintf(out, NUMBER, "%lld", (long long)n);
}

static void real(char out[NUMBER], const struct sheet *s, double v, bool there)
{
    out[0] = '\0';
    if (there && s->exact)
        heed_format_f64(out, NUMBER, v);
    else if (there)
        snprintf(out, NUMBER, "%.4g", v);
}

static void add_refused(struct sheet *s, const struct entry *e)
{
    heed_str_printf(s->refused, "%s%s of %s (--%s)", s->refused->len ? ", " : "", e->what, s->data,
                    e->allow);
}

static void add(struct sheet *s, struct entry e)
{
    enum { COLUMNS = 8 };
    static const char *const names[COLUMNS] = {"data",    "what", "n",       "of",
                                               "percent", "line", "verdict", "note"};
    char n[NUMBER], of[NUMBER], percent[NUMBER], line[NUMBER];
    enum heed_value_type types[COLUMNS] = {HEED_VALUE_TEXT, HEED_VALUE_TEXT};
    double share = (double)e.n / (double)HEED_MAX(1, e.of);
    bool refuse = e.allow && share > e.limit;
    struct heed_err err;
    if (e.real)
        real(n, s, e.value, true);
    else
        integer(n, e.n, true);
    integer(of, e.of, e.of > 0);
    real(percent, s, 100 * share, e.of > 0);
    integer(line, e.line, e.line > 0 && e.n > 0);
    if (refuse)
        add_refused(s, &e);
    const char *values[COLUMNS] = {
        s->data, e.what, n, of, percent, line, refuse ? "refused" : "", e.note ? e.note : ""};
    for (int i = 2; i < COLUMNS; i++)
        types[i] = !*values[i] ? HEED_VALUE_NULL : i < 6 ? HEED_VALUE_INT : HEED_VALUE_TEXT;
    if (s->exact && e.real)
        types[2] = HEED_VALUE_REAL;
    if (s->exact && e.of > 0)
        types[4] = HEED_VALUE_REAL;
    table_add(&s->table, &(struct heed_row){COLUMNS, names, values, types}, &err);
}

static struct entry entry_of(const char *what, const struct heed_finding *f)
{
    return (struct entry){.what = what, .n = f->n, .of = f->of, .line = f->line};
}

/* --- the pairs that are trained on --- */

static void add_lines(struct sheet *s, const struct doctor_findings *f)
{
    const struct heed_pairs *p = f->pairs;
    const struct heed_pairs_options *o = &f->options->pairs;
    const struct heed_filter_report *r = &p->report;
    int64_t empty = r->n_empty - r->n_blank,
            all = r->n_pairs + empty + r->n_too_long + r->n_ratio + r->n_bad;
    add(s, (struct entry){.what = "pairs", .n = all});
    add(s, (struct entry){.what = "kept", .n = r->n_pairs, .of = all});
    add(s, (struct entry){.what = "left-out",
                          .n = all - r->n_pairs,
                          .of = all,
                          .limit = o->allow_dropped,
                          .allow = "allow-dropped"});
    add(s, (struct entry){.what = "bad", .n = r->n_bad, .of = all, .note = "no two columns"});
    add(s, (struct entry){.what = "empty", .n = empty, .of = all, .note = "one side of two"});
    add(s, (struct entry){.what = "too-long", .n = r->n_too_long, .of = all, .note = "--max-len"});
    add(s, (struct entry){.what = "over-ratio", .n = r->n_ratio, .of = all, .note = "--max-ratio"});
    add(s, (struct entry){.what = "invalid-utf8", .n = p->corpus.n_repaired});
    add(s, (struct entry){.what = "cr-lf", .n = p->corpus.n_crlf});
}

static void add_unknown(struct sheet *s, const struct heed_filter_report *r, double limit)
{
    const char *allow = limit >= 0 ? "allow-unknown" : NULL;
    add(s, (struct entry){.what = "source-unknown",
                          .n = r->n_src_unknown,
                          .of = r->n_src_tokens,
                          .limit = limit,
                          .allow = allow,
                          .note = "tokens"});
    add(s, (struct entry){.what = "target-unknown",
                          .n = r->n_tgt_unknown,
                          .of = r->n_tgt_tokens,
                          .limit = limit,
                          .allow = allow,
                          .note = "tokens"});
}

static void add_altered(struct sheet *s, const struct doctor_findings *f, int side)
{
    const struct heed_altered *a = &f->pairs->altered[side];
    bool limited = side == 1 && !heed_side_alters(f->target);
    struct heed_str shown = {0};
    for (size_t i = 0; i < a->n_shown; i++)
        heed_str_printf(&shown, "%s%.60s -> %.60s", i ? "; " : "", a->before[i].data,
                        a->after[i].data);
    add(s, (struct entry){.what = side ? "target-altered" : "source-altered",
                          .n = a->n_altered,
                          .of = a->n,
                          .limit = f->options->pairs.allow_altered,
                          .allow = limited ? "allow-altered" : NULL,
                          .note = shown.data});
    heed_str_release(&shown);
}

static void add_lengths(struct sheet *s, const struct heed_dataset *d, bool target)
{
    int64_t lengths[HEED_HEALTH_LENGTHS];
    heed_health_lengths(d, target, lengths);
    for (int i = 0; i < HEED_HEALTH_LENGTHS; i++) {
        char what[32];
        snprintf(what, sizeof what, "%s-length-%d", target ? "target" : "source",
                 heed_health_percents[i]);
        add(s, (struct entry){.what = what, .n = lengths[i], .note = "tokens"});
    }
}

static void add_train(struct sheet *s, const struct doctor_findings *f)
{
    const struct heed_health *d = &f->train;
    const struct heed_keys_report *k = &d->pairs;
    bool lines = f->pairs->corpus.n > 0;
    add_lines(s, f);
    add_unknown(s, &f->pairs->report, f->options->pairs.allow_unknown);
    add_altered(s, f, 0);
    add_altered(s, f, 1);
    add_lengths(s, &f->pairs->dataset, false);
    add_lengths(s, &f->pairs->dataset, true);
    add(s,
        (struct entry){
            .what = "duplicates", .n = k->n_again, .of = k->n, .line = lines ? k->first_again : 0});
    add(s, (struct entry){.what = "several-targets",
                          .n = k->n_several,
                          .of = k->n_sources,
                          .line = lines ? k->of_several : 0,
                          .note = "sources"});
    add(s, (struct entry){.what = "pairs-of-these", .n = k->n_pairs_several, .of = k->n});
    struct entry copied = entry_of("copied", &d->copied),
                 source = entry_of("source-language", &d->foreign[0]),
                 target = entry_of("target-language", &d->foreign[1]);
    copied.note = "the target is the source";
    source.note = target.note = "another one, or the other side's";
    add(s, copied);
    add(s, source);
    add(s, target);
    add(s, (struct entry){.what = "floor",
                          .value = d->floor.a_token,
                          .real = true,
                          .note = "nats a token: no training loss is below"});
    add(s,
        (struct entry){
            .what = "floor-pair", .value = d->floor.a_pair, .real = true, .note = "nats a pair"});
}

/* --- what is measured on --- */

static void add_set(struct sheet *s, const struct doctor_findings *f, const struct doctor_set *set)
{
    struct entry pairs = entry_of("trained-on", &set->leaks.pairs),
                 sources = entry_of("sources-trained-on", &set->leaks.sources),
                 in_dev = entry_of("in-dev", &set->in_dev);
    if (!set->corpus->n)
        return;
    s->data = set->name;
    add(s, (struct entry){.what = "pairs", .n = (int64_t)set->corpus->n});
    add_unknown(s, &set->report, -1);
    pairs.limit = in_dev.limit = f->options->allow_leaks;
    pairs.allow = in_dev.allow = "allow-leaks";
    add(s, pairs);
    add(s, sources);
    if (set->in_dev.of)
        add(s, in_dev);
}

void doctor_print(const struct doctor_findings *f, struct heed_str *refused)
{
    struct sheet s = {.exact = f->options->json, .data = "train", .refused = refused};
    s.table.width = heed_cli.out_is_tty ? heed_out_width() : 0;
    add_train(&s, f);
    for (size_t i = 0; i < HEED_COUNT(f->sets); i++)
        add_set(&s, f, &f->sets[i]);
    table_print(&s.table, f->options->json ? TABLE_JSON : TABLE_TEXT);
    table_release(&s.table);
}
