#!/bin/sh
# The store from the shell: `runs`, its questions and answers, and records of pipelines.
. "${srcdir:-.}/tests/lib.sh"
has runs || skip_all 'runs is not built'

# grid: spilled records of 12 trainings, 2 scores x 2 cells x 3 seeds, as training writes them beside a model.
grid() {
    awk 'BEGIN {
        split("dot mlp", score); split("gru lstm", cell)
        for (s = 1; s <= 2; s++) for (c = 1; c <= 2; c++) for (k = 1; k <= 3; k++) {
            head = "\"run\":\"" sprintf("%d%d%d%029d", s, c, k, 0) "\""
            rec("run", "\"kind\":\"train\",\"name\":\"" score[s] "-" cell[c] "-" k "\",\"tag\":\"grid\",\"seed\":" k \
                ",\"hostname\":\"h\",\"cpu\":\"c\",\"cores\":2,\"ram_kb\":1,\"kernel\":\"k\",\"at\":\"2026-01-01T00:00:0" k ".000Z\"")
            rec("component", "\"slot\":\"score\",\"plugin\":\"" score[s] "\",\"revision\":1,\"abi\":1")
            rec("component", "\"slot\":\"cell\",\"plugin\":\"" cell[c] "\",\"revision\":1,\"abi\":1")
            rec("param", "\"key\":\"hidden\",\"value\":\"" 64 * k "\",\"is_default\":0")
            for (t = 1; t <= 3; t++) {
                rec("metric", "\"split\":\"dev\",\"name\":\"bleu\",\"step\":" t * 100 ",\"value\":" 20 + 5 * s + c + k + t / 4 ",\"at\":\"x\"")
                rec("metric", "\"split\":\"dev\",\"name\":\"loss\",\"step\":" t * 100 ",\"value\":" 4 - t - s / 2 + 0.25 * k ",\"at\":\"x\"")
            }
            rec("finish", "\"status\":\"done\",\"exit_code\":0,\"wall_s\":2.5,\"last_step\":300,\"at\":\"2026-01-01T00:01:00.000Z\"")
        }
    }
    function rec(kind, rest) { print "{\"record\":\"" kind "\"," head "," rest "}" }'
}

t_absent() {
    fails 1 'there is none yet' runs && fails 1 'there is none yet' runs list &&
        test "$(runs --path)" = "$HEED_STORE" && test ! -e "$HEED_STORE"
}
run t_absent 'without a store: one line that says how it comes about'

t_import() {
    grid > grid.run && runs import -q grid.run && runs import -q grid.run &&
        test "$(runs list --csv | wc -l)" -eq 13 &&
        test "$(runs sql 'SELECT count(*) FROM metric' --csv | tail -n 1)" -eq 72
}
run t_import 'importing twice is importing once'

t_import_refuses() {
    printf '{"record":"beat","run":"no"}\n' > bad.run &&
        fails 1 "bad.run: line 1: run id 'no'" runs import bad.run &&
        : > none.run && fails 1 'none.run: is empty' runs import none.run &&
        fails 1 'absent.run' runs import absent.run
}
run t_import_refuses 'what is no record is refused with its line'

t_best() {
    runs best --by score,cell > best && head -n 1 best > first &&
        echo 'best mean dev.bleu: 34.75 +- 1 over 3 runs: score=mlp cell=lstm' | same - first &&
        test "$(wc -l < best)" -eq 6 &&
        runs best --by score --metric dev.loss | head -n 1 > first &&
        echo 'best mean dev.loss: 0.5 +- 0.22 over 6 runs: score=mlp' | same - first &&
        runs best --by hidden | head -n 1 > first &&
        grep -q 'hidden=192' first && fails 1 'has the metric dev.ter' runs best --metric dev.ter &&
        fails 1 '--by hiden: no run has an option of this name' runs best --by score,hiden
}
run t_best 'best: the mean over seeds, in one line'

# One training without attention: the option score stands at its default, and no score was loaded.
t_no_score() {
    { grid | head -n 11 | grep -v '"slot":"score"' | sed 's/"tag":"grid"/"tag":"plain"/; s/"run":"111/"run":"999/' &&
        echo '{"record":"param","run":"99900000000000000000000000000000","key":"score","value":"mlp","is_default":1}'; } > plain.run &&
        runs --store plain.db import -q grid.run plain.run &&
        runs --store plain.db best --by score --metric dev.loss --csv > out && cut -d, -f1,2 out > groups &&
        printf 'score,runs\nmlp,6\n,1\ndot,6\n' | same - groups &&
        runs --store plain.db best --by score,cell --tag plain > out && head -n 1 out > first &&
        echo 'best mean dev.bleu: 27.75 over 1 run: score=(none) cell=gru' | same - first &&
        runs --store plain.db sql "SELECT score, cell, count(*) AS runs FROM v_best WHERE metric = 'dev.bleu' AND cell = 'gru'
            GROUP BY score, cell ORDER BY score" --json > out &&
        printf '{"score":null,"cell":"gru","runs":1}\n{"score":"dot","cell":"gru","runs":3}\n{"score":"mlp","cell":"gru","runs":3}\n' | same - out
}
run t_no_score 'a model without attention is a group of its own, not one of the default score'

t_sql() {
    runs sql "SELECT score, cell, avg(value) AS mean FROM v_best WHERE metric = 'dev.bleu' AND tag = ?1
        GROUP BY score, cell ORDER BY mean DESC LIMIT 1" grid --csv > out &&
        printf 'score,cell,mean\nmlp,lstm,34.75\n' | same - out &&
        fails 1 'would write' runs sql 'DELETE FROM run' &&
        fails 1 'more than one statement' runs sql 'SELECT 1; DROP TABLE run' &&
        fails 1 'no such table' runs sql 'SELECT * FROM nowhere' &&
        runs sql 'SELECT ?1 AS x' "'; DROP TABLE run; --" --json > out &&
        echo "{\"x\":\"'; DROP TABLE run; --\"}" | same - out
}
run t_sql 'sql: two lines name the best combination; nothing writes'

# Every query that docs/store.md shows.
t_docs() {
    awk '/^    runs sql/ { on = 1 } /^$/ && on { print "echo query done"; on = 0 } on' "$srcdir/docs/store.md" > queries.sh &&
        sh -e queries.sh > out && test "$(grep -c 'query done' out)" -ge 7
}
run t_docs 'the queries of docs/store.md'

t_show_and_compare() {
    runs show mlp-gru-2 > out && grep -q '^status *done$' out && grep -q '^hidden  *128$' out &&
        runs compare mlp-gru-1 dot-gru-3 > out && grep -q '^score plugin *mlp r1 *dot r1$' out &&
        grep -q '^hidden *64 *192$' out && ! grep -q '^cell plugin' out &&
        fails 1 "run 'nobody': not in the store" runs show nobody &&
        fails 2 'want: runs compare' runs compare mlp-gru-1
}
run t_show_and_compare 'show, and what differs between two runs'

t_pipeline() {
    id=$(runs start --name night --tag t) && test ${#id} -eq 32 &&
        runs list --status running --csv | grep -q night &&
        HEED_RUN=$id runs finish && runs show night | grep -q '^status *done$' &&
        id=$(runs start) && runs finish "$id" --status failed && runs show last | grep -q 'failed' &&
        fails 2 'HEED_RUN' runs finish
}
run t_pipeline 'start and finish'

t_usage() {
    fails 2 "'frob' is none of" runs frob && fails 2 'exclude each other' runs list --csv --json &&
        fails 1 'no run of the store made or used it' runs lineage grid.run &&
        fails 1 'cannot read absent: No such file' runs lineage absent && fails 1 'cannot read .: Is a dir' runs lineage . &&
        mkfifo pipe && fails 1 'cannot read pipe: ' timeout 10 runs lineage pipe
}
run t_usage 'wrong words'

t_foreign() {
    echo 'a note' > note && fails 1 'note: not an SQLite database' runs --store note &&
        echo 'a note' | same - note && fails 1 'is a folder' runs --store .
}
run t_foreign 'a file of somebody else stays as it is'

t_read_only() {
    test "$(id -u)" -ne 0 || return 0
    chmod a-w "$HEED_STORE" "$(dirname "$HEED_STORE")" && runs list > /dev/null &&
        fails 1 'cannot be written' runs start
    result=$?
    chmod u+w "$HEED_STORE" "$(dirname "$HEED_STORE")"
    return $result
}
run t_read_only 'a store that may only be read is read'

t_csv_harmless() {
    name=$(printf 'a\033[31m,b') && HEED_RUN=$(runs start --name "$name") && runs finish "$HEED_RUN" && runs list --csv > out &&
        ! LC_ALL=C grep -q "$(printf '\033')" out && grep -qF '"a\x1b[31m,b"' out && unset HEED_RUN
}
run t_csv_harmless 'CSV commands no terminal'

# Whoever asks for quiet does not ask to lose his records unseen.
t_quiet() {
    echo 'a note' > note && echo text > text && printf 'a b\tc d\n' > pair.tsv || return 1
    evaluate -q --store note --ref text text > table 2> said && test "$(wc -l < said)" -eq 1 && grep -q 'this evaluation is not recorded' said || return 1
    train -q --store note --tokenizer word --min-count 1 --dev none --hidden 4 --steps 2 -o quiet.heed pair.tsv 2> said &&
        test "$(wc -l < said)" -eq 2 && grep -q 'not an SQLite database; the record goes to quiet.heed.run' said && test -s quiet.heed.run || return 1
    rm quiet.heed.run && ln -s /dev/full quiet.heed.run &&
        train -q --force --store note --tokenizer word --min-count 1 --dev none --hidden 4 --steps 2 -o quiet.heed pair.tsv 2> said &&
        grep -q 'the record of this run is lost' said
}
run t_quiet 'F6 a record that is lost, or goes elsewhere, is told with -q too'

done_testing
