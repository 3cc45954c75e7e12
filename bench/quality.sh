#!/bin/sh
# quality.sh [SET...]: how good a model is that was trained with no other option than --time: figures of the test lines, greedy and with a beam
# of five, as papers on the set score them, from each of $HEED_BENCH_SEEDS (1 2 3); the middle of them is compared with what it should be. Times are
# those below times $HEED_BENCH_SHARE (1), by $HEED_BENCH_J workers (all cores). Sets: tatoeba cmudict multi30k translit scan dates, the default.
. "$(dirname "$0")/lib.sh"
fresh
. "$srcdir/bench/sets.sh"
verdict=0

# Seconds, and the least of the figure.
ask_of() { # SET
    case $1 in
    tatoeba) echo '1800 43' ;;
    cmudict) echo '3600 76' ;; # 24 % of the words wrong
    multi30k) echo '1800 55' ;;
    translit) echo '1800 57.5' ;;
    scan) echo '300 99.5' ;;
    dates) echo '120 99.5' ;;
    esac
}
middle() {
    sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

test $# -gt 0 || set -- tatoeba cmudict multi30k translit scan dates
sets "$@"
for set; do
    ask=$(ask_of "$set")
    seconds=$(awk -v t="${ask% *}" -v share="${HEED_BENCH_SHARE:-1}" 'BEGIN { printf "%d", t * share }')
    pairs "$set" train > "$set.tsv"
    : > "$set.figures"
    for seed in ${HEED_BENCH_SEEDS:-1 2 3}; do
        name=$set-$seed
        begin=$(now)
        train --time "$seconds" --seed "$seed" -j "${HEED_BENCH_J:-0}" --name "$name" -o "$name.heed" "$set.tsv" 2> "$name.said"
        took=$(since "$begin")
        translate "$set" "$name" "$name.greedy"
        translate "$set" "$name" "$name.beam" --beam 5
        greedy=$(figure "$set" "$name.greedy")
        echo "$greedy" >> "$set.figures"
        row "$name" "$greedy" "$(figure_of "$set")" "test lines, greedy; with a beam of five $(figure "$set" "$name.beam"); $(steps_of "$name") updates, $took s of $seconds; $(wc -c < "$name.heed") bytes"
    done
    row "$set" "$(middle < "$set.figures")" "$(figure_of "$set")" "the middle of $(wc -l < "$set.figures" | tr -d ' ') seeds, want ${ask#* }"
    middle < "$set.figures" | awk -v want="${ask#* }" '{ exit !($1 >= want) }' || verdict=1
done
exit $verdict
