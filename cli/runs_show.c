/* runs_show.c: one run whole, several side by side, and the way a file came about.
 *
 * Each is a row of queries whose results are printed as tables
 * (table.h), one section after the other. */
#include <errno.h>
#include <string.h>
#include "cli/runs.h"
#include "stream/hash.h"

/* --- show --- */

static const struct section {
    const char *title, *sql;
} sections[] = {
    {"run", "SELECT v.uuid, v.kind, v.name, v.tag, v.status, v.exit_code, v.message, v.seed, "
            "r.argv, r.cwd,"
            " v.started_at, v.ended_at, round(v.wall_s, 2) AS wall_s, round(v.cpu_s, 2) AS cpu_s,"
            " v.max_rss_kb, v.last_step, hostname, v.version, v.parent"
            " FROM v_run v JOIN run r USING(run_id) WHERE v.uuid = ?1"},
    {"components",
     "SELECT slot, plugin, revision, abi FROM component JOIN run USING(run_id) WHERE uuid = ?1"},
    {"options", "SELECT key, value FROM param JOIN run USING(run_id) WHERE uuid = ?1 AND (?2 = '1' "
                "OR NOT is_default)"},
    {"metrics",
     "SELECT m.split, m.name, count(m.value) AS n, b.value AS best, b.step AS at_step,"
     " (SELECT value FROM metric l WHERE l.run_id = m.run_id AND l.split = m.split AND l.name = "
     "m.name"
     "  ORDER BY step DESC LIMIT 1) AS last, max(m.step) AS last_step"
     " FROM metric m JOIN run r USING(run_id)"
     " LEFT JOIN v_best_metric b ON b.run_id = m.run_id AND b.split = m.split AND b.name = m.name"
     " WHERE r.uuid = ?1 GROUP BY m.split, m.name"},
    {"evaluations", "SELECT e.name, value, lo, hi, signature, substr(data_sha256, 1, 12) AS data"
                    " FROM evaluation e JOIN run USING(run_id) WHERE uuid = ?1"},
    {"files",
     "SELECT direction, role, artifact AS kind, path, bytes, substr(sha256, 1, 12) AS sha256"
     " FROM v_lineage WHERE uuid = ?1"},
    {"stages", "SELECT program, s.pid, round(s.wall_s, 3) AS wall_s, round(user_s, 3) AS user_s,"
               " round(sys_s, 3) AS sys_s, s.max_rss_kb, frames_in, frames_out, bytes_in, bytes_out"
               " FROM stage s JOIN run USING(run_id) WHERE uuid = ?1 ORDER BY at"},
    {"events", "SELECT at, level, text FROM event JOIN run USING(run_id) WHERE uuid = ?1 ORDER BY "
               "at, event.rowid"},
};

/* The first section holds one row; as text it stands as lines. */
static int show_head(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    (void)ctx;
    (void)err;
    for (size_t i = 0; i < row->n; i++) {
        char text[400];
        heed_escape(text, sizeof(text), row->values[i], strlen(row->values[i]));
        if (row->types[i] != HEED_VALUE_NULL)
            heed_out("%-10s  %s\n", row->names[i], text);
    }
    return 0;
}

int runs_show(struct runs *o, const char *id, struct heed_err *err)
{
    char uuid[33];
    if (heed_store_find_run(o->store, id, uuid, err) < 0)
        return -1;
    const char *args[] = {uuid, o->all ? "1" : "0"};
    for (size_t i = 0; i < HEED_COUNT(sections); i++) {
        const struct section *s = &sections[i];
        size_t n_args = s->sql && strstr(s->sql, "?2") ? 2 : 1;
        if (i == 0 && o->format == TABLE_TEXT) {
            if (heed_store_query(o->store, s->sql, args, n_args, show_head, NULL, err) < 0)
                return -1;
            continue;
        }
        struct table t = {.title = s->title};
        int result = heed_store_query(o->store, s->sql, args, n_args, table_add, &t, err);
        if (!result && t.n_rows && o->format == TABLE_TEXT)
            heed_out("\n");
        if (!result)
            table_print(&t, o->format);
        table_release(&t);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* --- compare --- */

static const char settings[] =
    "settings(run_id, what, value, is_default) AS ("
    " SELECT run_id, key, value, is_default FROM param"
    " UNION ALL SELECT run_id, slot || ' plugin', plugin || ' r' || revision, 0 FROM component"
    " UNION ALL SELECT run_id, 'run seed', CAST(seed AS TEXT), 0 FROM run"
    " UNION ALL SELECT run_id, 'version', version, 0 FROM run"
    " UNION ALL SELECT run_id, 'input ' || role, substr(sha256, 1, 12), 0 FROM run_artifact"
    "  JOIN artifact USING(artifact_id) WHERE direction = 'in'"
    " UNION ALL SELECT run_id, 'best ' || metric, printf('%.6g', value), 0 FROM v_best_metric"
    " UNION ALL SELECT run_id, 'seconds', printf('%.1f', wall_s), 0 FROM run)";

/* One column a run. */
static void build_compare(struct heed_str *sql, char uuids[][33], size_t n, bool all)
{
    heed_str_printf(sql, "WITH %s, side AS (SELECT what", settings);
    for (size_t i = 0; i < n; i++)
        heed_str_printf(sql, ", max(iif(r.uuid = ?%zu, value, NULL)) AS c%zu", i + 1, i);
    heed_str_add_text(sql, " FROM settings JOIN run r USING(run_id) GROUP BY what) SELECT what");
    for (size_t i = 0; i < n; i++)
        heed_str_printf(sql, ", c%zu AS \"%.8s\"", i, uuids[i]);
    heed_str_add_text(sql, " FROM side WHERE ");
    for (size_t i = 1; i < n; i++)
        heed_str_printf(sql, all ? "%sc0 IS NOT NULL OR c%zu IS NOT NULL" : "%sc0 IS NOT c%zu",
                        i == 1 ? "" : " OR ", i);
    heed_str_add_text(sql, " ORDER BY what LIKE 'best %' OR what = 'seconds', what");
}

/* A line where the runs are not all alike; --all: every line. */
int runs_compare(struct runs *o, const char *const *ids, size_t n, struct heed_err *err)
{
    char uuids[8][33];
    const char *args[8];
    struct heed_str sql = {0};
    for (size_t i = 0; i < n; i++) {
        if (heed_store_find_run(o->store, ids[i], uuids[i], err) < 0)
            return -1;
        args[i] = uuids[i];
    }
    build_compare(&sql, uuids, n, o->all);
    int64_t rows = table_query(o->store, NULL, sql.data, args, n, o->format, err);
    heed_str_release(&sql);
    if (rows == 0)
        heed_note("no difference");
    return rows < 0 ? -1 : 0;
}

/* --- lineage --- */

static const char lineage[] =
    "WITH RECURSIVE chain(level, sha256, artifact, role, path, run_id, way) AS ("
    " SELECT 0, a.sha256, a.kind, x.role, x.path, x.run_id, x.run_id || '' FROM artifact a"
    "  JOIN run_artifact x USING(artifact_id) WHERE a.sha256 = ?1 AND x.direction = 'out'"
    " UNION"
    " SELECT level + 1, a.sha256, a.kind, i.role, i.path, o.run_id, way || ',' || "
    "coalesce(o.run_id, '-')"
    "  FROM chain JOIN run_artifact i ON i.run_id = chain.run_id AND i.direction = 'in'"
    "  JOIN artifact a ON a.artifact_id = i.artifact_id"
    "  LEFT JOIN run_artifact o ON o.artifact_id = i.artifact_id AND o.direction = 'out' AND "
    "o.run_id <> chain.run_id"
    "  WHERE level < 16)";

static const char lineage_rest[] =
    " SELECT level, artifact AS kind, role, path, substr(sha256, 1, 12) AS sha256,"
    " substr(r.uuid, 1, 8) AS made_by, r.kind AS run_kind, r.name AS name, r.status, "
    "substr(r.ended_at, 1, 16) AS ended"
    " FROM chain LEFT JOIN run r USING(run_id) ORDER BY way, level";

int runs_lineage(struct runs *o, const char *path, struct heed_err *err)
{
    char sha256[65];
    struct heed_str sql = {0};
    if (heed_sha256_file(path, sha256) < 0)
        return heed_fail_errno(err, errno, "cannot read %s", path);
    const char *args[] = {sha256};
    heed_str_printf(&sql, "%s%s", lineage, lineage_rest);
    int64_t made = table_query(o->store, o->format == TABLE_TEXT ? "made by" : "made", sql.data,
                               args, 1, o->format, err);
    heed_str_release(&sql);
    if (made < 0)
        return -1;
    int64_t used = table_query(
        o->store, o->format == TABLE_TEXT && made ? "\nused by" : "used",
        "SELECT substr(uuid, 1, 8) AS run, kind, name, status, role, substr(at, 1, 16) AS at"
        " FROM v_lineage WHERE sha256 = ?1 AND direction = 'in' ORDER BY at",
        args, 1, o->format, err);
    if (used < 0)
        return -1;
    if (!made && !used)
        return heed_fail(err, "%s: no run of the store made or used it (SHA-256 %.12s...)", path,
                         sha256);
    return 0;
}
