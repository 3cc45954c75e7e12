/* report.c: what is asked of the store again and again: which runs there are, one run whole, several
 * side by side, and the way a file came about. Each is a query; its rows go to the caller. */
#include <string.h>
#include "store/store.h"

int heed_store_list(struct heed_store *s, const struct heed_which_runs *of,
                    const struct heed_rows *to, struct heed_err *err)
{
    char limit[24];
    const char *args[] = {of->tag, of->name, of->kind, of->status, limit, of->brief ? "1" : "0"};
    snprintf(limit, sizeof(limit), "%lld", of->limit ? (long long)of->limit : -1LL);
    return heed_store_query(
        s,
        "SELECT run_id AS id, substr(uuid, 1, 8) AS run, kind, name, tag,"
        " iif(?6 = '1' AND status = 'done', NULL, status) AS status, data, model, seed, score, "
        "cell,"
        " decoder, last_step AS step, dev_loss, iif(best IS NULL, NULL,"
        "  iif(kind = 'evaluate', 'test.', 'dev.') || metric) AS metric,"
        " iif(?6 = '1', CAST(printf('%.4g', best) AS REAL), best) AS best,"
        " round(wall_s, 1) AS seconds, iif(?6 = '1', replace(substr(started_at, 6, 11), 'T', ' '),"
        "  substr(started_at, 1, 16)) AS started FROM v_run"
        " WHERE tag IS coalesce(?1, tag) AND name IS coalesce(?2, name)"
        " AND kind = coalesce(?3, kind) AND status = coalesce(?4, status)"
        /* Without a name the newest are known before their figures are looked up. */
        " AND (?2 IS NOT NULL OR run_id IN (SELECT run_id FROM run WHERE tag IS coalesce(?1, tag)"
        "  AND kind = coalesce(?3, kind) AND status = coalesce(?4, status)"
        "  ORDER BY started_at DESC, run_id DESC LIMIT CAST(?5 AS INTEGER)))"
        " ORDER BY started_at DESC, run_id DESC LIMIT CAST(?5 AS INTEGER)",
        args, HEED_COUNT(args), to->row, to->ctx, err);
}

/* --- one run --- */

static const struct section {
    const char *title, *sql;
} sections[] = {
    {"run", "SELECT v.run_id AS id, v.uuid, v.kind, v.name, v.tag, v.status, v.exit_code, "
            "v.message, v.seed, "
            "r.argv, r.cwd,"
            " v.data_path AS data, v.model_path AS model,"
            " iif(v.best IS NULL, NULL, v.metric) AS metric, v.best, v.kept_step,"
            " v.started_at, v.ended_at, round(v.wall_s, 2) AS wall_s, round(v.cpu_s, 2) AS cpu_s,"
            " v.max_rss_kb, v.last_step, hostname, v.version, v.parent"
            " FROM v_run v JOIN run r USING(run_id) WHERE v.uuid = ?1"},
    {"components",
     "SELECT slot, plugin, revision, abi FROM component JOIN run USING(run_id) WHERE uuid = ?1"},
    {"options", "SELECT key, value FROM param JOIN run USING(run_id) WHERE uuid = ?1 AND (?2 = '1' "
                "OR NOT is_default)"},
    /* As v_best_metric has it, which would look at the metrics of all runs. */
    {"metrics", "WITH of AS (SELECT m.run_id, m.split, m.name, m.step, iif(g.better = 'min', 1.0, "
                "-1.0) AS sign,"
                "  min(iif(g.better = 'min', 1.0, -1.0) * m.value) AS least, count(m.value) AS n,"
                "  max(m.step) AS last_step FROM metric m JOIN run r USING(run_id) LEFT JOIN goal g"
                "  ON g.name = substr(m.name, 1, instr(m.name || '@', '@') - 1)"
                "  WHERE r.uuid = ?1 GROUP BY m.split, m.name)"
                " SELECT split, name, n, sign * least AS best, iif(n, step, NULL) AS at_step,"
                " (SELECT value FROM metric l WHERE l.run_id = of.run_id AND l.split = of.split"
                "  AND l.name = of.name AND l.step = last_step) AS last, last_step FROM of"},
    /* At the first step, the kept one and the last one; all: wherever a line became another. */
    {"outputs",
     "WITH o AS (SELECT v.*, v.step = min(v.step) OVER () OR v.step = v_run.kept_step OR v.latest"
     "  AS shown FROM v_dev_output v JOIN v_run USING(run_id) WHERE v.uuid = ?1)"
     " SELECT line, text.what, text FROM (SELECT line, -2 AS at, 'source' AS what, source AS text"
     "  FROM o GROUP BY line"
     "  UNION ALL SELECT line, -1, 'reference', reference FROM o GROUP BY line"
     "  UNION ALL SELECT line, step, 'step ' || step, output FROM o"
     "  WHERE shown OR (?2 = '1' AND output IS NOT earlier)) AS text ORDER BY line, at"},
    {"evaluations", "SELECT e.name, value, lo, hi, signature, substr(data_sha256, 1, 12) AS data,"
                    " p, substr(against, 1, 8) AS against, test"
                    " FROM evaluation e JOIN run USING(run_id) WHERE uuid = ?1"},
    {"files",
     "SELECT direction, role, artifact AS kind, path, bytes, substr(sha256, 1, 12) AS sha256"
     " FROM v_lineage WHERE uuid = ?1"},
    {"stages", "SELECT program, s.pid, round(s.wall_s, 3) AS wall_s, round(user_s, 3) AS user_s,"
               " round(sys_s, 3) AS sys_s, s.max_rss_kb, frames_in, frames_out, bytes_in, bytes_out"
               " FROM stage s JOIN run USING(run_id) WHERE uuid = ?1 ORDER BY at"},
    {"events",
     "SELECT at, level, step, text FROM event JOIN run USING(run_id) WHERE uuid = ?1 ORDER BY "
     "at, event.rowid"},
};

const char *heed_store_section(size_t i)
{
    return i < HEED_COUNT(sections) ? sections[i].title : NULL;
}

int heed_store_show(struct heed_store *s, const char *uuid, size_t section, bool all,
                    const struct heed_rows *to, struct heed_err *err)
{
    const char *args[] = {uuid, all ? "1" : "0"}, *sql = sections[section].sql;
    return heed_store_query(s, sql, args, strstr(sql, "?2") ? 2 : 1, to->row, to->ctx, err);
}

/* --- several --- */

static const char settings[] =
    "settings(run_id, what, value, is_default) AS ("
    " SELECT run_id, key, value, is_default FROM param"
    " UNION ALL SELECT run_id, slot || ' plugin', plugin || ' r' || revision, 0 FROM component"
    " UNION ALL SELECT run_id, 'run seed', CAST(seed AS TEXT), 0 FROM v_run"
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

int heed_store_compare(struct heed_store *s, const char *const *ids, size_t n, bool all,
                       const struct heed_rows *to, struct heed_err *err)
{
    char uuids[HEED_COMPARE_MAX][33];
    const char *args[HEED_COMPARE_MAX];
    struct heed_str sql = {0};
    for (size_t i = 0; i < n; i++) {
        if (heed_store_find_run(s, ids[i], uuids[i], err) < 0)
            return -1;
        args[i] = uuids[i];
    }
    build_compare(&sql, uuids, n, all);
    int result = heed_store_query(s, sql.data, args, n, to->row, to->ctx, err);
    heed_str_release(&sql);
    return result;
}

/* --- a file --- */

static const char made[] =
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
    "  WHERE level < 16)"
    " SELECT level, artifact AS kind, role, path, substr(sha256, 1, 12) AS sha256,"
    " substr(r.uuid, 1, 8) AS made_by, r.kind AS run_kind, r.name AS name, r.status, "
    "substr(r.ended_at, 1, 16) AS ended"
    " FROM chain LEFT JOIN run r USING(run_id) ORDER BY way, level";

int heed_store_lineage(struct heed_store *s, const char *sha256, bool used,
                       const struct heed_rows *to, struct heed_err *err)
{
    return heed_store_query(
        s,
        used ? "SELECT substr(uuid, 1, 8) AS run, kind, name, status, role, substr(at, 1, 16) AS at"
               " FROM v_lineage WHERE sha256 = ?1 AND direction = 'in' ORDER BY at"
             : made,
        &sha256, 1, to->row, to->ctx, err);
}
