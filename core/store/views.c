/* views.c: migrations 4 to 7. 4: what a run was about, so that a list names it and only what was measured
 * on the same data is compared.
 *
 *   v_file    a file of a run, with the name that it has in its folder
 *   v_run     gains the data, the model's file, a name for a run that was given none, and goes by
 *             the step that was kept: an event tells it, and what decided (the dev loss may have)
 *   v_best    gains data and signature: figures compare where both are equal; a model's evaluations
 *             stand beside what its training measured, as test.bleu and so on
 *   text      what a model wrote, known by its digest (made.c)
 *
 * 5: texts that were compared: evaluation and v_leaderboard gain p, the run that a text was compared with
 * (its uuid), and the test. */
#include "store/db.h"

/* SQLite has no function for the name behind the last slash: it is what is left of a path when all
 * that rtrim() leaves of it is taken away. */
const char heed_store_files[] =
    "ALTER TABLE artifact ADD COLUMN fingerprint TEXT;"
    "CREATE INDEX artifact_fingerprint ON artifact(fingerprint) WHERE fingerprint IS NOT NULL;"
    "CREATE TABLE text("
    " text_id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, n_lines INTEGER NOT NULL,"
    " fingerprint TEXT NOT NULL, model TEXT, program TEXT NOT NULL, at TEXT NOT NULL) STRICT;"

    "CREATE VIEW v_file AS SELECT run_id, direction, role, kind, path,"
    " coalesce(nullif(replace(path, rtrim(path, replace(path, '/', '')), ''), ''), path) AS file,"
    " sha256, fingerprint FROM (SELECT x.run_id, x.direction, x.role, a.kind,"
    "  coalesce(x.path, a.path) AS path, a.sha256, a.fingerprint"
    "  FROM run_artifact x JOIN artifact a USING(artifact_id));"

    "DROP VIEW v_run;"
    "CREATE VIEW v_run AS WITH told AS (SELECT r.*,"
    " (SELECT f.path FROM v_file f WHERE f.run_id = r.run_id AND direction = 'in'"
    "  AND role IN ('train', 'references') LIMIT 1) AS data_path,"
    " (SELECT f.file FROM v_file f WHERE f.run_id = r.run_id AND direction = 'in'"
    "  AND role IN ('train', 'references') LIMIT 1) AS data,"
    " coalesce((SELECT f.path FROM v_file f WHERE f.run_id = r.run_id AND role = 'model' LIMIT 1),"
    "  (SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'output')) AS model_path,"
    " (SELECT e.step FROM event e WHERE e.run_id = r.run_id AND e.level = 'best'"
    "  ORDER BY e.step DESC LIMIT 1) AS kept_step,"
    " (SELECT e.text FROM event e WHERE e.run_id = r.run_id AND e.level = 'best'"
    "  ORDER BY e.step DESC, e.at DESC LIMIT 1) AS kept_by,"
    " (SELECT value FROM param p WHERE p.run_id = r.run_id"
    "  AND key IN ('dev-metric', 'figure', 'metric')" /* the order is that of the letters */
    "  ORDER BY key LIMIT 1) AS asked"
    " FROM run r),"
    " said AS (SELECT *,"
    "  coalesce(kept_by, iif(kind = 'evaluate', coalesce(asked, 'bleu'), asked)) AS decided,"
    "  coalesce(nullif(replace(model_path, rtrim(model_path, replace(model_path, '/', '')), ''), "
    "''),"
    "   model_path) AS model FROM told)"
    " SELECT r.run_id, r.uuid, r.kind, coalesce(r.name, iif(model LIKE '%.heed',"
    "  substr(model, 1, length(model) - 5), model), iif(r.kind = 'evaluate', data, NULL)) AS name,"
    " r.tag, r.status, iif(r.kind = 'train', r.seed, NULL) AS seed,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot = 'score') AS score,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot = 'cell') AS cell,"
    " (SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'decoder') AS decoder,"
    " (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot LIKE 'tokenizer%'"
    "  ORDER BY slot LIMIT 1) AS tokenizer,"
    " (SELECT value FROM v_best_metric b WHERE b.run_id = r.run_id AND split = 'dev'"
    "  AND b.name = 'loss') AS dev_loss,"
    " (SELECT value FROM v_best_metric b WHERE b.run_id = r.run_id AND split = 'dev'"
    "  AND b.name = 'bleu') AS dev_bleu,"
    " r.decided AS metric, CASE WHEN r.kind = 'evaluate' THEN"
    "  (SELECT value FROM evaluation e WHERE e.run_id = r.run_id AND e.name = r.decided)"
    " WHEN kept_step IS NOT NULL THEN (SELECT value FROM metric m WHERE m.run_id = r.run_id"
    "  AND m.split = 'dev' AND m.name = r.decided AND m.step = kept_step)"
    " ELSE (SELECT iif((SELECT better FROM goal g"
    "   WHERE g.name = substr(r.decided, 1, instr(r.decided || '@', '@') - 1)) = 'min',"
    "   min(m.value), max(m.value)) FROM metric m WHERE m.run_id = r.run_id AND m.split = 'dev'"
    "  AND m.name = r.decided) END AS best,"
    " r.last_step, r.started_at, r.ended_at, r.wall_s, r.cpu_s, r.max_rss_kb, h.hostname,"
    " r.version, r.exit_code, r.message, r.parent, r.kept_step, r.data, r.model, r.data_path,"
    " r.model_path FROM said r LEFT JOIN host h USING(host_id);"

    /* A loss is counted over the pieces of a vocabulary, a figure over tokens. What was measured
     * before dev pairs were recorded compares where the pairs trained on and --dev are the same. */
    "DROP VIEW v_best;"
    "CREATE VIEW v_best AS WITH about AS (SELECT r.run_id,"
    "  (SELECT f.sha256 FROM v_file f WHERE f.run_id = r.run_id AND role = 'train') AS train,"
    "  (SELECT f.file FROM v_file f WHERE f.run_id = r.run_id AND role = 'train') AS train_file,"
    "  (SELECT f.sha256 FROM v_file f WHERE f.run_id = r.run_id AND role = 'dev') AS dev,"
    "  (SELECT f.file FROM v_file f WHERE f.run_id = r.run_id AND role = 'dev') AS dev_file,"
    "  (SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'dev') AS asked,"
    "  coalesce((SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'dev-vocab'),"
    "   (SELECT plugin FROM component c WHERE c.run_id = r.run_id AND slot = 'tokenizer.tgt'), '')"
    "   AS pieces,"
    "  coalesce((SELECT value FROM param p WHERE p.run_id = r.run_id AND key = 'dev-tokens'), "
    "'13a')"
    "   AS tokens FROM run r),"
    " measured AS (SELECT b.run_id, b.metric, b.step, b.value,"
    "  iif(b.split = 'train', train_file, coalesce(dev_file, nullif(asked, ''), train_file)) AS "
    "data,"
    "  iif(b.split = 'train', train, coalesce(dev, train || ' ' || coalesce(asked, ''))) AS sha256,"
    "  iif(b.name LIKE '%loss', 'pieces:' || pieces, 'tok:' || tokens) AS signature"
    "  FROM v_best_metric b JOIN about USING(run_id)"
    " UNION ALL"
    " SELECT trained_by, 'test.' || name, NULL, value, (SELECT f.file FROM v_file f"
    "  WHERE f.run_id = e.run_id AND role = 'references'), data_sha256, signature"
    "  FROM (SELECT e.*, y.run_id AS trained_by, max(e.at) FROM evaluation e"
    "   JOIN run_artifact x ON x.run_id = e.run_id AND x.direction = 'in' AND x.role = 'model'"
    "   JOIN run_artifact y ON y.artifact_id = x.artifact_id AND y.direction = 'out'"
    "   GROUP BY y.run_id, e.name, e.data_sha256, e.signature) e)"
    " SELECT r.uuid, r.name, r.tag, r.status, r.seed, r.score, r.cell, r.decoder, b.metric, b.step,"
    " b.value, r.run_id, b.data, b.sha256 AS data_sha256, b.signature"
    " FROM measured b JOIN v_run r USING(run_id);"

    "DROP VIEW v_best_by_score;"
    "CREATE VIEW v_best_by_score AS SELECT metric, data, score, count(*) AS runs, avg(value) AS "
    "mean,"
    " min(value) AS low, max(value) AS high, data_sha256, signature"
    " FROM v_best WHERE metric LIKE 'dev.%' AND status = 'done'"
    " GROUP BY metric, data_sha256, signature, score;"

    "DROP VIEW v_leaderboard;"
    "CREATE VIEW v_leaderboard AS SELECT e.name AS metric, e.value, e.lo, e.hi, e.signature,"
    " e.data_sha256, e.at, r.uuid, m.path AS model,"
    " (SELECT t.uuid FROM v_file o JOIN run t USING(run_id) WHERE o.sha256 = m.sha256"
    "  AND o.direction = 'out' LIMIT 1) AS trained_by,"
    " (SELECT f.path FROM v_file f WHERE f.run_id = e.run_id AND role = 'references') AS data,"
    " m.sha256 AS model_sha256 FROM evaluation e JOIN run r USING(run_id)"
    " LEFT JOIN v_file m ON m.run_id = e.run_id AND m.direction = 'in' AND m.role = 'model'"
    " ORDER BY e.data_sha256, e.signature, e.name, e.value DESC;";

const char heed_store_compared[] =
    "ALTER TABLE evaluation ADD COLUMN p REAL;"
    "ALTER TABLE evaluation ADD COLUMN against TEXT;"
    "ALTER TABLE evaluation ADD COLUMN test TEXT;"
    "INSERT OR IGNORE INTO goal VALUES('word-error','min');"
    "DROP VIEW v_leaderboard;"
    "CREATE VIEW v_leaderboard AS SELECT e.name AS metric, e.value, e.lo, e.hi, e.signature,"
    " e.data_sha256, e.at, r.uuid, m.path AS model,"
    " (SELECT t.uuid FROM v_file o JOIN run t USING(run_id) WHERE o.sha256 = m.sha256"
    "  AND o.direction = 'out' LIMIT 1) AS trained_by,"
    " (SELECT f.path FROM v_file f WHERE f.run_id = e.run_id AND role = 'references') AS data,"
    " m.sha256 AS model_sha256, e.p, e.against, e.test,"
    " (SELECT f.path FROM v_file f WHERE f.run_id = e.run_id AND role = 'hypotheses') AS text"
    " FROM evaluation e JOIN run r USING(run_id)"
    " LEFT JOIN v_file m ON m.run_id = e.run_id AND m.direction = 'in' AND m.role = 'model'"
    " ORDER BY e.data_sha256, e.signature, e.name, e.value DESC;";

/* Searches over options: trials.h. */
const char heed_store_tunes[] =
    "CREATE TABLE tune("
    " tune_id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, path TEXT NOT NULL UNIQUE,"
    " what TEXT NOT NULL, trials INTEGER NOT NULL, halving INTEGER NOT NULL,"
    " first INTEGER NOT NULL, steps INTEGER NOT NULL, last INTEGER NOT NULL,"
    " repeats INTEGER NOT NULL, start_s REAL NOT NULL, spent_s REAL NOT NULL,"
    " drawn INTEGER NOT NULL, winner INTEGER NOT NULL, winner_turn INTEGER NOT NULL,"
    " done INTEGER NOT NULL, at TEXT NOT NULL) STRICT;"
    "CREATE TABLE trial("
    " tune_id INTEGER NOT NULL REFERENCES tune(tune_id) ON DELETE CASCADE,"
    " trial INTEGER NOT NULL, turn INTEGER NOT NULL, rung INTEGER NOT NULL,"
    " status TEXT NOT NULL CHECK(status IN ('open', 'taken', 'done', 'failed')),"
    " options TEXT NOT NULL, message TEXT, updates INTEGER NOT NULL, value REAL, tells INTEGER,"
    " loss REAL, seconds REAL, hostname TEXT, boot_id TEXT, pid INTEGER, pid_start INTEGER,"
    " at TEXT NOT NULL, PRIMARY KEY(tune_id, trial, turn, rung)) STRICT, WITHOUT ROWID;";

const char heed_store_tune_plans[] =
    "ALTER TABLE tune ADD COLUMN dev_lines INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tune ADD COLUMN often INTEGER NOT NULL DEFAULT 0;";

const char heed_store_tune_units[] =
    "ALTER TABLE tune ADD COLUMN gflop REAL NOT NULL DEFAULT 0;"
    "ALTER TABLE trial ADD COLUMN every INTEGER NOT NULL DEFAULT 0;";

/* What a training made of some of its dev pairs, at each measuring. */
const char heed_store_outputs[] =
    "INSERT OR IGNORE INTO goal VALUES('risk','min');"
    "CREATE TABLE dev_line("
    " run_id INTEGER NOT NULL REFERENCES run(run_id) ON DELETE CASCADE, line INTEGER NOT NULL,"
    " source TEXT NOT NULL, reference TEXT NOT NULL,"
    " PRIMARY KEY(run_id, line)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE dev_output("
    " run_id INTEGER NOT NULL REFERENCES run(run_id) ON DELETE CASCADE, line INTEGER NOT NULL,"
    " step INTEGER NOT NULL, output TEXT NOT NULL,"
    " PRIMARY KEY(run_id, line, step)) STRICT, WITHOUT ROWID;"
    "CREATE VIEW v_dev_output AS SELECT r.uuid, r.name, o.line, l.source, l.reference, o.step,"
    " o.output, lag(o.output) OVER (PARTITION BY o.run_id, o.line ORDER BY o.step) AS earlier,"
    " o.step = max(o.step) OVER (PARTITION BY o.run_id) AS latest, o.run_id"
    " FROM dev_output o JOIN dev_line l USING(run_id, line) JOIN run r USING(run_id);";
