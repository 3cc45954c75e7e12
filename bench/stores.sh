#!/bin/sh
# stores.sh: 16 trainings at once write one store: every run complete, with as many metrics as a run alone, an
# intact file, and nothing spilled beside a model.
. "$(dirname "$0")/lib.sh"
fresh
n=16
pairs=$srcdir/examples/en-fr
head -n 600 "$pairs/train.tsv" > pairs.tsv
head -n 50 "$pairs/dev.tsv" > dev.tsv

one() { # NAME
    train pairs.tsv --dev dev.tsv --tokenizer word --hidden 32 --epochs 12 --eval-every 20 --checkpoint-every 20 -q --name "$1" \
        -o "$1.heed" 2> "$1.said"
}

one alone
start=$(now)
i=0
while test $i -lt $n; do
    i=$((i + 1))
    one "run$i" &
done
wait
failed=0
for said in run*.said; do
    test ! -s "$said" || { cat "$said" >&2; failed=1; }
done
row stores-seconds "$(since "$start")" s "$n trainings at once"

metrics="(SELECT count(*) FROM metric m WHERE m.run_id = r.run_id)"
alone=$(query "SELECT $metrics FROM run r WHERE name = 'alone'")
whole=$(query "SELECT count(*) FROM run r WHERE name LIKE 'run%' AND status = 'done' AND $metrics = $alone")
check=$(query 'PRAGMA integrity_check')
spilled=$(find . -name '*.run' | wc -l)
row stores-alone "$alone" metrics 'of a run alone'
row stores-whole "$whole" runs "of $n, done and with as many metrics"
row stores-spilled "$((spilled))" files 'records beside the store'
row stores-integrity "$check" - 'PRAGMA integrity_check'
test "$whole" -eq $n && test "$spilled" -eq 0 && test "$check" = ok && test $failed -eq 0
