/* best.c: runs that are alike, compared by the mean of their best metric.
 *
 * One query groups runs by the data they were measured on, how, and by the keys of `by`; each run
 * counts with its best value, as the metric's goal says, so that seeds are averaged and not chosen
 * among. */
#include <math.h>
#include <string.h>
#include "store/store.h"

#define KEYS_MAX 8

/* What runs are grouped by: a plugin slot (tokenizer: that of the source), a column of run, or an
 * option. Column names are bound like any other value, so nothing a user types becomes SQL. A score
 * and a cell are what the run loaded, never what its option says: a model without attention has the
 * option and no score. */
static const char group_key[] =
    "coalesce((SELECT plugin FROM component c WHERE c.run_id = b.run_id"
    "  AND c.slot = CASE ?%zu WHEN 'tokenizer' THEN 'tokenizer.src' ELSE ?%zu END),"
    " (SELECT CASE ?%zu WHEN 'name' THEN r.name WHEN 'tag' THEN r.tag WHEN 'kind' THEN r.kind"
    "  WHEN 'seed' THEN CAST(r.seed AS TEXT) END FROM v_run r WHERE r.run_id = b.run_id),"
    " (SELECT value FROM param p WHERE p.run_id = b.run_id AND p.key = ?%zu"
    "  AND p.key NOT IN ('score', 'cell')), '')";

static size_t split_keys(char *text, const char *keys[KEYS_MAX])
{
    size_t n = 0;
    for (char *at = text, *next; at && n < KEYS_MAX; at = next) {
        next = strchr(at, ',');
        if (next)
            *next++ = '\0';
        keys[n++] = at;
    }
    return n;
}

#define FIGURES HEED_BEST_FIGURES
#define GIVEN   4 /* parameters in front of the keys */

/* Columns: runs, mean, deviation's parts, low, high, data, digest, signature, then the keys.
 * Parameters: ?1 metric, ?2 tag, ?3 name, ?4 status, ?5… the keys. */
static void build_query(struct heed_str *sql, size_t n_keys)
{
    heed_str_add_text(sql,
                      "SELECT count(*), avg(value), avg(value * value), min(value), max(value),"
                      " max(data), data_sha256, signature");
    for (size_t i = 0; i < n_keys; i++) {
        heed_str_add_text(sql, ", ");
        size_t at = i + GIVEN + 1;
        heed_str_printf(sql, group_key, at, at, at, at);
        heed_str_printf(sql, " AS k%zu", i);
    }
    heed_str_add_text(sql, " FROM v_best b WHERE metric = ?1 AND tag IS coalesce(?2, tag) AND name "
                           "IS coalesce(?3, name) AND status = coalesce(?4, 'done')"
                           " GROUP BY data_sha256, signature");
    for (size_t i = 0; i < n_keys; i++)
        heed_str_printf(sql, ", k%zu", i);
    heed_str_add_text(
        sql,
        " ORDER BY max(max(b.run_id)) OVER (PARTITION BY data_sha256, signature) DESC,"
        " data_sha256, signature, avg(value) * iif(EXISTS(SELECT 1 FROM goal WHERE better = 'min'"
        " AND substr(?1, 1, instr(?1 || '@', '@') - 1) LIKE '%.' || name), 1, -1)");
}

struct groups {
    const struct heed_best *asked;
    const char *keys[KEYS_MAX];
    size_t n_keys, n;
    const struct heed_rows *to;
};

/* Hands a group on: its keys, then its figures. */
static int take_group(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    static const char *const figure_names[FIGURES] = {"runs", "mean", "deviation",   "low",
                                                      "high", "data", "data_sha256", "signature"};
    struct groups *g = ctx;
    const char *names[KEYS_MAX + FIGURES], *values[KEYS_MAX + FIGURES];
    enum heed_value_type types[KEYS_MAX + FIGURES];
    int64_t n;
    double mean, squares;
    char deviation[32];
    if (!heed_parse_i64(row->values[0], &n) || !heed_parse_f64(row->values[1], &mean) ||
        !heed_parse_f64(row->values[2], &squares))
        return heed_fail(err, "metric %s holds values that are no numbers", g->asked->metric);
    double sd = n > 1 ? sqrt(fmax(0, squares - mean * mean) * (double)n / (double)(n - 1)) : 0;
    heed_format_f64(deviation, sizeof(deviation), sd);
    for (size_t i = 0; i < g->n_keys; i++) {
        names[i] = g->keys[i];
        values[i] = row->values[i + FIGURES];
        types[i] = *values[i] ? HEED_VALUE_TEXT : HEED_VALUE_NULL;
    }
    for (size_t i = 0; i < FIGURES; i++) {
        names[g->n_keys + i] = figure_names[i];
        values[g->n_keys + i] = i == 2 ? deviation : row->values[i];
        types[g->n_keys + i] = i == 2 ? n < 2 ? HEED_VALUE_NULL : HEED_VALUE_REAL : row->types[i];
    }
    g->n++;
    return g->to->row(g->to->ctx, &(struct heed_row){g->n_keys + FIGURES, names, values, types},
                      err);
}

static int count_row(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    (void)row;
    (void)err;
    ++*(size_t *)ctx;
    return 0;
}

/* A misspelt key would put all runs into one group. */
static int check_keys(const struct groups *g, struct heed_store *store, struct heed_err *err)
{
    static const char known[] = "SELECT 1 WHERE ?1 IN ('name', 'tag', 'kind', 'seed')"
                                " OR EXISTS (SELECT 1 FROM component WHERE slot = ?1)"
                                " OR EXISTS (SELECT 1 FROM param WHERE key = ?1)";
    for (size_t i = 0; i < g->n_keys; i++) {
        size_t n = 0;
        if (heed_store_query(store, known, &g->keys[i], 1, count_row, &n, err))
            return -1;
        if (!n)
            return heed_fail(err, "--by %s: no run has an option of this name", g->keys[i]);
    }
    return 0;
}

static int take_metric(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    (void)err;
    heed_str_add_text(ctx, row->values[0]);
    return 0;
}

int heed_store_best_metric(struct heed_store *s, const char *tag, const char *name,
                           struct heed_str *out, struct heed_err *err)
{
    const char *args[] = {tag, name};
    if (heed_store_query(s,
                         "SELECT 'dev.' || metric FROM v_run WHERE best IS NOT NULL AND "
                         "kind = 'train' AND status = 'done' AND tag IS "
                         "coalesce(?1, tag) AND name IS coalesce(?2, name)"
                         " ORDER BY started_at DESC, run_id DESC LIMIT 1",
                         args, HEED_COUNT(args), take_metric, out, err))
        return -1;
    if (!out->len)
        heed_str_add_text(out, "dev.bleu");
    return 0;
}

int heed_store_best(struct heed_store *s, const struct heed_best *asked, const struct heed_rows *to,
                    struct heed_err *err)
{
    const char *args[KEYS_MAX + GIVEN] = {asked->metric, asked->tag, asked->name, asked->status};
    char *copy = heed_xstrdup(asked->by);
    struct groups g = {.asked = asked, .to = to};
    struct heed_str sql = {0};
    g.n_keys = split_keys(copy, g.keys);
    memcpy(args + GIVEN, g.keys, g.n_keys * sizeof(*g.keys));
    build_query(&sql, g.n_keys);
    int result = check_keys(&g, s, err);
    if (!result)
        result = heed_store_query(s, sql.data, args, g.n_keys + GIVEN, take_group, &g, err);
    if (!result && !g.n)
        result = heed_fail(err, "no run%s%s that is %s has the metric %s",
                           asked->tag ? " tagged " : "", asked->tag ? asked->tag : "",
                           asked->status ? asked->status : "done", asked->metric);
    heed_str_release(&sql);
    free(copy);
    return result;
}
