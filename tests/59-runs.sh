#!/bin/sh
# 59-runs.sh: what the store says of trainings and evaluations: on what data, by which file, and which figures compare.
. "${srcdir:-.}/tests/lib.sh"
has train predict evaluate runs plot || skip_all 'not built'

awk -v n=430 -v seed=3 -f "$srcdir/tests/toy.awk" > all && tail -n 30 all > dev.tsv && head -n 400 all > pairs.tsv
cut -f1 dev.tsv > src && cut -f2 dev.tsv > ref && mkdir models
go() { # MODEL OPTION...
    go_model=$1
    shift
    train -q --steps 60 --hidden 16 --lr 0.03 --eval-every 20 -o "models/$go_model.heed" "$@"
}
value() { runs sql --csv "$@" | tail -n 1; }
go one --dev dev.tsv --tag t pairs.tsv && go two --dev dev.tsv --tag t --seed 2 pairs.tsv && go three --tag t pairs.tsv ||
    { echo 'Bail out! train fails'; exit 1; }

# linked HYPOTHESES-ON-STDIN: by whatever way a text came, its figures hang on the run of the model.
linked() {
    evaluate --ref ref > out 2> said && cat said && grep -q "written this\|wrote this text: .*models/$1.heed" said &&
        test "$(value "SELECT r.name FROM v_leaderboard b JOIN v_run r ON r.uuid = b.trained_by ORDER BY b.at DESC LIMIT 1")" = "$1"
}
t_pipe() {
    predict -q -m models/one.heed src | linked one && predict -q -m models/two.heed < src > two.out && linked two < two.out &&
        tokenize -m models/one.heed src | encode -m models/one.heed | decode -q -m models/one.heed --unk keep | linked one &&
        tokenize -m models/two.heed src | encode -m models/two.heed | decode -q -m models/two.heed --hypotheses > hyp &&
        detokenize -m models/two.heed hyp | linked two
}
run t_pipe 'a text is known by its digest, in a pipe, in a file, from the stages'

# What the store does not know, or shall not.
t_unknown() {
    runs sql 'SELECT count(*) FROM text' --csv > before && sed 1d two.out > cut.out && sed 1d ref > cut.ref &&
        evaluate --ref cut.ref cut.out 2> said > out && grep -q 'no model is known to have written this text; -m MODEL' said &&
        evaluate -q --ref cut.ref cut.out 2> said > out && test ! -s said && evaluate --no-store --ref cut.ref cut.out 2> said > out &&
        test ! -s said && head -n 7 src | predict -q --no-store -m models/one.heed > seven &&
        runs sql 'SELECT count(*) FROM text' --csv | same before - && head -n 7 ref > seven.ref &&
        evaluate --ref seven.ref seven 2> said > out && grep -q 'no model is known' said &&
        predict -q --store none.db -m models/one.heed src > again && test ! -e none.db &&
        decode_forced && evaluate -m models/one.heed --ref ref two.out 2> said > out && ! grep -q 'model' said
}
# The text of --force is not the model's.
decode_forced() {
    tokenize -m models/one.heed src | encode -m models/one.heed | decode -q -m models/one.heed --force ref > forced &&
        evaluate --ref ref forced 2> said > out && grep -q 'no model is known' said
}
run t_unknown 'a line says how to name the model where nobody knows it; nothing is written for --no-store'

# Another model in the place of the one that wrote it is not taken for it; the file may be elsewhere by now.
t_moved() {
    cp models/two.heed copy.heed && head -n 9 src | predict -q -m copy.heed > nine && head -n 9 ref > nine.ref && rm copy.heed &&
        evaluate --ref nine.ref nine 2> said > out && cat said && grep -q 'wrote this text: .*copy.heed' said &&
        test "$(value "SELECT r.name FROM v_leaderboard b JOIN v_run r ON r.uuid = b.trained_by ORDER BY b.at DESC LIMIT 1")" = two &&
        runs sql 'UPDATE artifact SET fingerprint = NULL' 2> said || sqlite3 "$HEED_STORE" 'UPDATE artifact SET fingerprint = NULL' &&
        evaluate --ref nine.ref nine 2> said > out && grep -q 'no model is known' said && cp models/one.heed copy.heed &&
        evaluate --ref nine.ref nine 2> said > out && grep -q 'no model is known' said && cp models/two.heed copy.heed &&
        evaluate --ref nine.ref nine 2> said > out && grep -q 'wrote this text: .*copy.heed' said
}
if command -v sqlite3 > /dev/null; then
    run t_moved 'by content, not by name'
else
    skip 'no sqlite3' 'by content, not by name'
fi

t_list() {
    runs list > out && cat out && awk 'length > 80 { exit 1 }' out &&
        grep -q '^ *1  train  *one  *pairs.tsv  *one.heed  .*dev\.[a-z-]*  *[0-9.]*  *[0-9-]* [0-9:]*$' out &&
        grep -q 'evaluate  *two  *ref  *two.heed .*test.bleu  *[0-9.]*' out && ! grep -q 12345 out &&
        runs list --csv > out && head -n 1 out > top && echo 'id,run,kind,name,tag,status,data,model,seed,score,cell,decoder,step,dev_loss,metric,best,seconds,started' |
        same - top && runs list --wide > out && grep -q 'seed' out && awk 'length > 80 { wide = 1 } END { exit !wide }' out
}
run t_list 'list: data, model, figures of evaluations, in 80 columns'

# Other data are never in a mean: one and two were measured on dev.tsv, three on pairs set aside.
t_best() {
    runs best --by tokenizer --metric dev.chrf --tag t > out && cat out && test "$(grep -c '^best mean' out)" -eq 2 &&
        head -n 2 out > first && grep -q '^best mean dev.chrf on pairs.tsv: .* over 1 run: tokenizer=sentencepiece$' first &&
        grep -q '^data [0-9a-f]\{8\}, tok:13a$' first &&
        grep -q '^best mean dev.chrf on dev.tsv: .* over 2 runs: tokenizer=sentencepiece$' out &&
        runs best --by seed --metric test.chrf > out && cat out && test "$(grep -c '^best mean test.chrf on ref: ' out)" -eq 1 &&
        value "SELECT count(*) FROM v_best WHERE metric = 'test.chrf' AND data = 'ref' AND name = 'one'" > n && echo 1 | same - n &&
        fails 1 'no run that is interrupted has the metric dev.chrf' runs best --status interrupted --metric dev.chrf &&
        fails 1 'no run that is done has the metric test.bleu-d2l' runs best --metric test.bleu-d2l
}
run t_best 'best: only what was measured on the same data; figures of evaluations'

t_running() {
    runs sql --csv 'SELECT 1' > out && id=11110000000000000000000000000000 &&
        { echo "{\"record\":\"run\",\"run\":\"$id\",\"kind\":\"train\",\"name\":\"on\",\"tag\":\"t\",\"at\":\"2027-01-01T00:00:00.000Z\"}"
        echo "{\"record\":\"metric\",\"run\":\"$id\",\"split\":\"dev\",\"name\":\"chrf\",\"step\":1,\"value\":99,\"at\":\"x\"}"; } > on.run &&
        runs import -q on.run && runs best --by name --metric dev.chrf > out && cat out && ! grep -q 'name=on$\|^on ' out
}
run t_running 'best: not of a run that has not ended'

t_find() {
    id=$(value "SELECT uuid FROM run WHERE run_id = 2") && for word in 2 "$id" "$(echo "$id" | cut -c 1-8)" two models/two.heed two.heed; do
        runs show "$word" > out && grep -q "^uuid  *$id" out || return 1
    done &&
        mv models/two.heed two.was && runs show models/two.heed > out && grep -q "^uuid  *$id" out && mv two.was models/two.heed &&
        go two --force --seed 5 --dev dev.tsv pairs.tsv && fails 1 "run 'two': 2 runs are meant by it: " runs show two &&
        grep -q "2 ($(echo "$id" | cut -c 1-8), train, 20" "$scratch/stderr" && runs show models/two.heed > out && ! grep -q "^uuid  *$id" out &&
        fails 1 "run '99': not in the store" runs show 99 && fails 1 "run 'last:nap': not in" runs show last:nap &&
        runs show last:train > out && grep -q '^kind  *train' out && runs show last:evaluate > out && grep -q '^kind  *evaluate' out
}
run t_find 'a run by its number, id, name, file; several are listed'

# What an interrupted training has kept so far is its model too.
t_interrupted() {
    train -q --steps 100000 --hidden 16 --lr 0.03 --eval-every 10 --dev dev.tsv -o models/part.heed pairs.tsv &
    part_pid=$!
    part_wait=0
    while test ! -e models/part.heed && test $part_wait -lt 600; do
        sleep 0.1
        part_wait=$((part_wait + 1))
    done
    kill -TERM $part_pid
    wait $part_pid
    part_status=$?
    test $part_status -eq 143 && predict -q -m models/part.heed src | linked part && runs show models/part.heed > out &&
        grep -q '^status  *interrupted' out
}
run t_interrupted 'of an interrupted training too'

t_plot_last() {
    evaluate -q --ref ref two.out > out && runs show last > out && grep -q '^kind' out && plot --run last > out && grep -q 'part dev' out &&
        plot --run one --run 2 --metric dev.loss > out && grep -q 'one dev' out && fails 1 'no run of the store has values of dev.ter' plot --run last --metric dev.ter
}
run t_plot_last 'plot: last is the last that has something to draw'

done_testing
