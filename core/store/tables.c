/* tables.c: the tables and views of the store as numbered migrations.
 *
 * Migration i leads from version i to version i+1 and is never edited once released; a change of
 * the schema is a new migration at the end. All of them run in one transaction. docs/store.md
 * explains every table and view with queries to start from.
 *
 * A run is known outside by its 32 hex digits (uuid) and inside by a small
 * integer (run_id), which keeps the metric rows short. Times are ISO-8601 text in
 * UTC. NaN and infinite metric values are NULL. */
#include "store/db.h"

static const char tables[] =
    "CREATE TABLE host("
    " host_id INTEGER PRIMARY KEY, hostname TEXT NOT NULL, cpu TEXT NOT NULL, cores INTEGER NOT "
    "NULL,"
    " ram_kb INTEGER NOT NULL, kernel TEXT NOT NULL,"
    " UNIQUE(hostname, cpu, cores, ram_kb, kernel)) STRICT;"

    "CREATE TABLE run("
    " run_id INTEGER PRIMARY KEY,"
    " uuid TEXT NOT NULL UNIQUE CHECK(length(uuid) = 32),"
    " parent TEXT,"
    " kind TEXT NOT NULL, name TEXT, tag TEXT, argv TEXT, cwd TEXT, version TEXT, seed INTEGER,"
    " host_id INTEGER REFERENCES host(host_id),"
    " boot_id TEXT, pid INTEGER, pid_start INTEGER,"
    " status TEXT NOT NULL CHECK(status IN ('running', 'done', 'failed', 'interrupted', 'lost')),"
    " exit_code INTEGER, message TEXT,"
    " started_at TEXT NOT NULL, heartbeat_at TEXT NOT NULL, ended_at TEXT,"
    " wall_s REAL, cpu_s REAL, max_rss_kb INTEGER, last_step INTEGER) STRICT;"
    "CREATE INDEX run_status ON run(status);"
    "CREATE INDEX run_tag ON run(tag);"

    "CREATE TABLE param("
    " run_id INTEGER NOT NULL REFERENCES run(run_id) ON DELETE CASCADE,"
    " key TEXT NOT NULL, value TEXT, is_default INTEGER NOT NULL,"
    " PRIMARY KEY(run_id, key)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE component("
    " run_id INTEGER NOT NULL REFERENCES run(run_id) ON DELETE CASCADE,"
    " slot TEXT NOT NULL, plugin TEXT NOT NULL, revision INTEGER, abi INTEGER,"
    " PRIMARY KEY(run_id, slot)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE metric("
    " run_id INTEGER NOT NULL REFERENCES run(run_id) ON DELETE CASCADE,"
    " split TEXT NOT NULL, name TEXT NOT NULL, step INTEGER NOT NULL, value REAL, at TEXT NOT NULL,"
    " PRIMARY KEY(run_id, split, name, step)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE goal("
    " name TEXT PRIMARY KEY, better TEXT NOT NULL CHECK(better IN ('min', 'max'))) STRICT, WITHOUT "
    "ROWID;"
    "INSERT INTO goal VALUES('loss','min'),('nats','min'),('ppl','min'),('ter','min'),"
    "('token-error','min'),('wer','min'),('cer','min'),('grad-norm','min'),('skipped','min');"

    "CREATE TABLE artifact("
    " artifact_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER, "
    "path TEXT,"
    " created_at TEXT NOT NULL, UNIQUE(kind, sha256)) STRICT;"
    "CREATE INDEX artifact_sha ON artifact(sha256);"
    "CREATE TABLE run_artifact("
    " run_id INTEGER NOT NULL REFERENCES run(run_id) ON DELETE CASCADE,"
    " artifact_id INTEGER NOT NULL REFERENCES artifact(artifact_id) ON DELETE CASCADE,"
    " direction TEXT NOT NULL CHECK(direction IN ('in', 'out')), role TEXT NOT NULL, path TEXT, at "
    "TEXT NOT NULL,"
    " PRIMARY KEY(run_id, artifact_id, direction, role)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX run_artifact_by_artifact ON run_artifact(artifact_id, direction);"

    "CREATE TABLE event("
    " run_id INTEGER NOT NULL REFERENCES run(run_id) ON DELETE CASCADE,"
    " at TEXT NOT NULL, level TEXT NOT NULL, step INTEGER, before_step INTEGER, text TEXT NOT NULL,"
    " UNIQUE(run_id, at, level, text)) STRICT;"

    "CREATE TABLE evaluation("
    " evaluation_id INTEGER PRIMARY KEY,"
    " run_id INTEGER NOT NULL REFERENCES run(run_id) ON DELETE CASCADE,"
    " name TEXT NOT NULL, value REAL, lo REAL, hi REAL, signature TEXT NOT NULL,"
    " data_sha256 TEXT NOT NULL, at TEXT NOT NULL,"
    " UNIQUE(run_id, name, signature, data_sha256)) STRICT;"

    "CREATE TABLE stage("
    " run_id INTEGER NOT NULL REFERENCES run(run_id) ON DELETE CASCADE,"
    " at TEXT NOT NULL, program TEXT NOT NULL, argv TEXT, pid INTEGER NOT NULL,"
    " wall_s REAL, user_s REAL, sys_s REAL, max_rss_kb INTEGER,"
    " frames_in INTEGER, frames_out INTEGER, bytes_in INTEGER, bytes_out INTEGER,"
    " UNIQUE(run_id, at, program, pid)) STRICT;"

    "CREATE TABLE vocabulary("
    " vocabulary_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,"
    " tokenizer BLOB, blob BLOB NOT NULL, sha256 TEXT NOT NULL, n_tokens INTEGER NOT NULL,"
    " created_at TEXT NOT NULL) STRICT;"
    "CREATE TABLE token("
    " vocabulary_id INTEGER NOT NULL REFERENCES vocabulary(vocabulary_id) ON DELETE CASCADE,"
    " id INTEGER NOT NULL, piece TEXT NOT NULL, count INTEGER,"
    " PRIMARY KEY(vocabulary_id, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX token_piece ON token(vocabulary_id, piece);";

static const char views[] =
    /* The best value of every metric of every run: smallest or largest as `goal` says. SQLite takes
     * the other columns of an aggregate from the row where min() found its value. */
    "CREATE VIEW v_best_metric AS"
    " SELECT run_id, split, name, step, sign * least AS value, split || '.' || name AS metric FROM "
    "("
    "  SELECT m.run_id, m.split, m.name, m.step, iif(g.better = 'min', 1.0, -1.0) AS sign,"
    "   min(iif(g.better = 'min', 1.0, -1.0) * m.value) AS least"
    "  FROM metric m LEFT JOIN goal g USING(name) WHERE m.value IS NOT NULL"
    "  GROUP BY m.run_id, m.split, m.name);"

    "CREATE VIEW v_run AS SELECT r.run_id, r.uuid, r.kind, r.name, r.tag, r.status, r.seed,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot = 'score') AS score,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot = 'cell') AS cell,"
    " (SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'decoder') AS decoder,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot LIKE 'tokenizer%'"
    "  ORDER BY slot LIMIT 1) AS tokenizer,"
    " (SELECT value FROM v_best_metric b WHERE b.run_id = r.run_id AND split = 'dev' AND b.name = "
    "'loss') AS dev_loss,"
    " (SELECT value FROM v_best_metric b WHERE b.run_id = r.run_id AND split = 'dev' AND b.name = "
    "'bleu') AS dev_bleu,"
    " r.last_step, r.started_at, r.ended_at, r.wall_s, r.cpu_s, r.max_rss_kb, h.hostname, "
    "r.version,"
    " r.exit_code, r.message, r.parent"
    " FROM run r LEFT JOIN host h USING(host_id);"

    /* One row per run and metric, with what a query groups by. */
    "CREATE VIEW v_best AS SELECT r.uuid, r.name, r.tag, r.status, r.seed,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot = 'score') AS score,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot = 'cell') AS cell,"
    " (SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'decoder') AS decoder,"
    " b.metric, b.step, b.value, r.run_id FROM v_best_metric b JOIN run r USING(run_id);"

    "CREATE VIEW v_best_by_score AS"
    " SELECT metric, score, count(*) AS runs, avg(value) AS mean, min(value) AS low, max(value) AS "
    "high"
    " FROM v_best WHERE metric LIKE 'dev.%' GROUP BY metric, score;"

    "CREATE VIEW v_leaderboard AS"
    " SELECT e.name AS metric, e.value, e.lo, e.hi, e.signature, e.data_sha256, e.at, r.uuid,"
    "  (SELECT a.sha256 FROM run_artifact x JOIN artifact a USING(artifact_id)"
    "   WHERE x.run_id = e.run_id AND x.direction = 'in' AND x.role = 'model') AS model,"
    "  (SELECT t.uuid FROM run_artifact x JOIN artifact a USING(artifact_id)"
    "   JOIN run_artifact y ON y.artifact_id = a.artifact_id AND y.direction = 'out'"
    "   JOIN run t ON t.run_id = y.run_id"
    "   WHERE x.run_id = e.run_id AND x.direction = 'in' AND x.role = 'model' LIMIT 1) AS "
    "trained_by"
    " FROM evaluation e JOIN run r USING(run_id)"
    " ORDER BY e.data_sha256, e.signature, e.name, e.value DESC;"

    /* Who made it, who used it: one row for each end of an edge. */
    "CREATE VIEW v_lineage AS"
    " SELECT a.sha256, a.kind AS artifact, x.role, x.direction, x.path, a.bytes, r.uuid, r.kind, "
    "r.name, r.status,"
    "  x.at FROM run_artifact x JOIN artifact a USING(artifact_id) JOIN run r USING(run_id);"

    /* One row per resumption: what of the run was done twice, and the longest way between
     * checkpoints before it (a run that resumes where it stood counts from step 0). */
    "CREATE VIEW v_redone AS SELECT r.uuid, e.at, e.step AS resumed_at, e.before_step AS "
    "killed_after,"
    " max(0, coalesce(e.before_step, e.step) - e.step) AS redone,"
    " (SELECT max(c.step - coalesce((SELECT max(p.step) FROM event p WHERE p.run_id = c.run_id"
    "   AND p.level = 'checkpoint' AND p.step < c.step), 0)) FROM event c"
    "  WHERE c.run_id = e.run_id AND c.level = 'checkpoint') AS checkpoint_interval, e.run_id"
    " FROM event e JOIN run r USING(run_id) WHERE e.level = 'resumed';";

/* A figure over some of the dev pairs is called "bleu@1000": it is better where bleu is. A run says by
 * which figure it chose its model ("dev-metric", before there was a choice "metric"). */
static const char chosen[] =
    "DROP VIEW v_best_metric;"
    "CREATE VIEW v_best_metric AS"
    " SELECT run_id, split, name, step, sign * least AS value, split || '.' || name AS metric FROM "
    "("
    "  SELECT m.run_id, m.split, m.name, m.step, iif(g.better = 'min', 1.0, -1.0) AS sign,"
    "   min(iif(g.better = 'min', 1.0, -1.0) * m.value) AS least"
    "  FROM metric m LEFT JOIN goal g"
    "   ON g.name = substr(m.name, 1, instr(m.name || '@', '@') - 1) WHERE m.value IS NOT NULL"
    "  GROUP BY m.run_id, m.split, m.name);"

    "DROP VIEW v_run;"
    "CREATE VIEW v_run AS WITH said AS (SELECT r.*,"
    " coalesce((SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'dev-metric'),"
    "  (SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'metric')) AS metric"
    " FROM run r)"
    " SELECT r.run_id, r.uuid, r.kind, r.name, r.tag, r.status, r.seed,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot = 'score') AS score,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot = 'cell') AS cell,"
    " (SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'decoder') AS decoder,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot LIKE 'tokenizer%'"
    "  ORDER BY slot LIMIT 1) AS tokenizer,"
    " (SELECT value FROM v_best_metric b WHERE b.run_id = r.run_id AND split = 'dev' AND b.name = "
    "'loss') AS dev_loss,"
    " (SELECT value FROM v_best_metric b WHERE b.run_id = r.run_id AND split = 'dev' AND b.name = "
    "'bleu') AS dev_bleu,"
    " r.metric, (SELECT value FROM v_best_metric b WHERE b.run_id = r.run_id AND split = 'dev'"
    "  AND b.name = r.metric) AS best,"
    " r.last_step, r.started_at, r.ended_at, r.wall_s, r.cpu_s, r.max_rss_kb, h.hostname, "
    "r.version,"
    " r.exit_code, r.message, r.parent"
    " FROM said r LEFT JOIN host h USING(host_id);";

const char *const heed_store_migrations[] = {tables,
                                             views,
                                             chosen,
                                             heed_store_files,
                                             heed_store_compared,
                                             heed_store_tunes,
                                             heed_store_outputs,
                                             heed_store_tune_plans,
                                             heed_store_tune_units};
const int heed_store_version = HEED_COUNT(heed_store_migrations);
