#!/bin/sh
# defaults.sh [SET...]: what one option changes, on each set: a training with all by default, and one for each line below, for $HEED_BENCH_TIME (10m)
# each, or $HEED_BENCH_STEPS updates, from each of $HEED_BENCH_SEEDS (1). The store of this bench is kept: what stands in it is not trained again,
# so that the table can grow over many nights; its rows are the best dev figure of each training, in the mean over seeds, and how far
# it is from the defaults'. With the word table in front of the sets only what is known is printed.
. "$(dirname "$0")/lib.sh"
. "$srcdir/bench/sets.sh"
only=
if test "${1:-}" = table; then
    only=yes
    shift
fi
length="--time ${HEED_BENCH_TIME:-10m}"
test -z "${HEED_BENCH_STEPS:-}" || length="--steps $HEED_BENCH_STEPS"

tries() { # SET
    cat << 'LINES'

--hidden 128
--hidden 384
--layers 2
--cell lstm
--score dot
--decoder luong-feed
--dropout 0.1
--dropout 0.2
--dropout 0.3
--dropout 0.4
--rows 16
--rows 64
--rows 128 --tokens 1000
--lr 0.001
--lr 0.002
--lr 0.004
--schedule cosine
--schedule rsqrt
--label-smoothing 0
--copy off
--net transformer
--net transformer-rnn
LINES
    case $1 in
    tatoeba | multi30k) printf '%s\n' '--tokenizer word' '--tokenizer char' '--vocab-size 2000' '--vocab-size 8000' '--joint off' ;;
    esac
}

test $# -gt 0 || set -- tatoeba cmudict multi30k translit scan dates
sets "$@"
for set; do
    test -n "$only" || tries "$set" | while read -r options; do
        for seed in ${HEED_BENCH_SEEDS:-1}; do
            name="$length $options"
            test ! -s "$HEED_STORE" || test "$(query "SELECT count(*) FROM run WHERE kind = 'train' AND status = 'done' AND seed = $seed AND tag = '$set' AND name = '$name'")" -eq 0 || continue
            # shellcheck disable=SC2086 # options are words
            pairs "$set" train | train --dev "$set.dev" $length --seed "$seed" -j "${HEED_BENCH_J:-0}" --tag "$set" --name="$name" --force -q -o last.heed $options ||
                talk "$set: $name failed"
        done
    done
    # One figure a set: that which the defaults chose their model by.
    query "WITH best AS (SELECT run_id, trim(name) AS name, metric, value FROM v_best WHERE tag = '$set' AND status = 'done' AND name LIKE '$length %'),
        asked AS (SELECT 'dev.' || p.value AS metric FROM best JOIN param p USING (run_id) WHERE name = '$length' AND p.key = 'dev-metric' LIMIT 1),
        mean AS (SELECT min(run_id) AS first, name, metric, avg(value) AS value, count(*) AS seeds FROM best JOIN asked USING (metric) GROUP BY name)
        SELECT name, metric, round(value, 2), round(value - (SELECT value FROM mean WHERE name = '$length'), 2), seeds FROM mean ORDER BY first" > "$set.table"
    while IFS='	' read -r name metric value change seeds; do
        row "$set" "$value" "$metric" "$name: $change against the defaults, $seeds seeds"
    done < "$set.table"
done
