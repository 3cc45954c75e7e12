/* page_runs.c: what is known of some runs: a row for each, the figures of their models, the settings in which
 * they differ, what became of some dev lines, their curves. */
#include <string.h>
#include "cli/page.h"

static int add_run(struct table *t, struct heed_store *s, const char *uuid, struct heed_err *err)
{
    return heed_store_query(
        s,
        "SELECT run_id AS id, substr(uuid, 1, 8) AS run, kind, name, tag, status, data, model, "
        "seed,"
        " score, cell, decoder, tokenizer, last_step AS step, kept_step, dev_loss,"
        " iif(best IS NULL, NULL, iif(kind = 'evaluate', 'test.', 'dev.') || metric) AS metric,"
        " best, round(wall_s, 1) AS seconds, replace(substr(started_at, 1, 16), 'T', ' ')"
        " AS started FROM v_run WHERE uuid = ?1",
        &uuid, 1, table_add, t, err);
}

/* What evaluate measured of a run's model; of an evaluation its own figures. */
static int add_figures(struct table *t, struct heed_store *s, const char *uuid,
                       struct heed_err *err)
{
    return heed_store_query(
        s,
        "SELECT r.run_id AS id, r.name, b.metric, b.value, b.lo, b.hi,"
        " (SELECT e.name FROM v_run e WHERE e.uuid = b.uuid) AS evaluation,"
        " (SELECT e.data FROM v_run e WHERE e.uuid = b.uuid) AS data, b.signature"
        " FROM v_leaderboard b JOIN v_run r ON r.uuid = ?1"
        " WHERE ?1 IN (b.trained_by, b.uuid) ORDER BY b.at, b.metric",
        &uuid, 1, table_add, t, err);
}

/* More runs than stand side by side: the table of runs says enough. */
static int add_differences(struct table *t, struct heed_store *s, const char *const *ids, size_t n,
                           struct heed_err *err)
{
    if (n < 2 || n > HEED_COMPARE_MAX)
        return 0;
    return heed_store_compare(s, ids, n, false, &(struct heed_rows){table_add, t}, err);
}

int page_run_tables(struct heed_store *s, const char *const *ids, size_t n,
                    int (*take)(void *ctx, const struct table *t), void *ctx, struct heed_err *err)
{
    struct table runs = {.title = "runs"}, figures = {.title = "figures"},
                 differences = {.title = "differences"};
    int result = 0;
    for (size_t i = 0; i < n && !result; i++) {
        char uuid[33];
        result = heed_store_find_run(s, ids[i], uuid, err) || add_run(&runs, s, uuid, err) ||
                         add_figures(&figures, s, uuid, err)
                     ? -1
                     : 0;
    }
    if (!result)
        result = add_differences(&differences, s, ids, n, err);
    if (!result)
        result = take(ctx, &runs) || take(ctx, &figures) || take(ctx, &differences) ? -1 : 0;
    table_release(&runs);
    table_release(&figures);
    table_release(&differences);
    return result;
}

static int take_table(void *ctx, const struct table *t)
{
    page_table(ctx, t);
    return 0;
}

/* Where a line became another one. */
static int add_outputs(struct page *p, struct heed_store *s, const char *const *ids, size_t n,
                       struct heed_err *err)
{
    struct table t = {.title = "outputs on dev"};
    int result = 0;
    for (size_t i = 0; i < n && n <= HEED_COMPARE_MAX && !result; i++) {
        char uuid[33];
        const char *args[] = {uuid};
        result = heed_store_find_run(s, ids[i], uuid, err) ||
                         heed_store_query(s,
                                          "SELECT run_id AS id, line, source, reference, step,"
                                          " output FROM v_dev_output WHERE uuid = ?1"
                                          " AND output IS NOT earlier ORDER BY line, step",
                                          args, 1, table_add, &t, err)
                     ? -1
                     : 0;
    }
    if (!result)
        page_table(p, &t);
    table_release(&t);
    return result;
}

int page_runs(struct page *p, struct heed_store *s, const char *const *ids, size_t n,
              const char *metrics, struct heed_err *err)
{
    struct curves c = {0};
    int result = page_run_tables(s, ids, n, take_table, p, err);
    if (!result)
        result = add_outputs(p, s, ids, n, err);
    for (size_t i = 0; i < n && !result; i++)
        result = curves_read(&c, s, ids[i], metrics, err);
    if (!result)
        page_panels(p, &c);
    curves_release(&c);
    return result;
}
