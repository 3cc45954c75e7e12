/* pair_numbers.c: see pair_numbers.h. */
#include <string.h>

#include "data/pair_numbers.h"

#define SPEEDS_MAX 8

/* As heed_parse_next_f64(). */
static int next_speed(const char **at, double *speed)
{
    int more = heed_parse_next_f64(at, speed);
    return more > 0 && !(*speed >= 0.5 && *speed <= 2) ? -1 : more;
}

static int check_speeds(const struct heed_pairs_options *o, struct heed_err *err)
{
    const char *at = o->speeds;
    double speed;
    int n = 0, more = 0;
    if (!at)
        return 0;
    if (!o->numbers)
        return heed_usage(err, "--speeds is of --source features");
    while ((more = next_speed(&at, &speed)) > 0)
        n++;
    return more < 0 || !n || n > SPEEDS_MAX
               ? heed_usage(err, "option --speeds: '%s' is not up to %d factors from 0.5 to 2",
                            o->speeds, SPEEDS_MAX)
               : 0;
}

/* What takes the source of a text does not fit one of numbers. */
static int check_numbers(const struct heed_pairs_options *o, bool stream, struct heed_err *err)
{
    const char *what = stream                ? "a stream of tokens"
                       : o->src_files.n      ? "--src"
                       : o->vocab            ? "--vocab"
                       : o->src_tokenizer    ? "--src-tokenizer"
                       : o->src_eos          ? "--src-eos"
                       : o->joint == HEED_ON ? "--joint"
                       : o->tag_columns      ? "--tag-columns"
                                             : NULL;
    if (!o->numbers || !what)
        return 0;
    return heed_usage(err, "--source features goes by lines PATH<TAB>TRANSCRIPT: %s has no place",
                      what);
}

int heed_pair_numbers_check(const struct heed_pairs_options *o, bool stream, struct heed_err *err)
{
    return check_speeds(o, err) || check_numbers(o, stream, err) ? -1 : 0;
}

int heed_pair_numbers_read(struct heed_corpus *c, size_t from, const struct heed_pairs_options *o,
                           struct heed_err *err)
{
    size_t n = c->n - from;
    const char **paths = heed_xcalloc(n + 1, sizeof *paths);
    int32_t *groups = heed_xcalloc(n + 1, sizeof *groups);
    struct heed_numbers *x = o->numbers;
    size_t first = x->table.n_sources, failed;
    for (size_t i = 0; i < n; i++) {
        paths[i] = c->pairs[from + i].src;
        groups[i] = (int32_t)c->pairs[from + i].group;
        c->pairs[from + i].source = (uint32_t)(first + i);
    }
    if (o->doing)
        o->doing("reading sources");
    if (x->grouped)
        x->study(x, paths, groups, n);
    int status = x->read(x, paths, groups, n, &failed, err);
    if (status)
        heed_err_prefix(err, "%s: line %u: ", o->lists->items[c->pairs[from + failed].list],
                        c->pairs[from + failed].line);
    free(paths);
    free(groups);
    c->table = &x->table;
    return status;
}

int heed_pair_numbers_speeds(struct heed_corpus *c, const struct heed_pairs_options *o,
                             struct heed_err *err)
{
    size_t n = c->n;
    const char *at = o->speeds ? o->speeds : "";
    int status = 0;
    while (status == 0 && next_speed(&at, &o->numbers->speed) > 0) {
        size_t from = c->n;
        heed_corpus_repeat(c, n);
        status = heed_pair_numbers_read(c, from, o, err);
    }
    o->numbers->speed = 0;
    return status;
}
