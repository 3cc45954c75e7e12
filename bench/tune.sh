#!/bin/sh
# tune.sh [SET...]: is a search over options worth its time? tune --time and train --time with all by default, for the same $HEED_BENCH_TIME (30m), by
# $HEED_BENCH_J workers, from $HEED_BENCH_SEEDS (1): what both reach on the test lines, greedy, and how long they took. Sets: tatoeba (its
# first 50,000 pairs of a shuffle), cmudict (20,000), translit (all).
. "$(dirname "$0")/lib.sh"
fresh
. "$srcdir/bench/sets.sh"
time=${HEED_BENCH_TIME:-30m}

# some SET N: training pairs of a shuffle; the place of a line is that of its digest, the same everywhere.
some() {
    pairs "$1" train | awk 'BEGIN { for (i = 0; i < 256; i++) code[sprintf("%c", i)] = i }
        { h = NR % 65521; n = length($0); for (i = 1; i <= n; i += 3) h = (h * 31 + code[substr($0, i, 1)]) % 16777213; printf "%d\t%s\n", h, $0 }' |
        sort -n -s -k 1,1 | cut -f 2- | sed "$2q" > "$1.tsv"
}

test $# -gt 0 || set -- tatoeba cmudict translit
sets "$@"
for set; do
    case $set in
    tatoeba) some tatoeba 50000 ;;
    cmudict) some cmudict 20000 ;;
    *) some "$set" 10000000 ;;
    esac
    for seed in ${HEED_BENCH_SEEDS:-1}; do
        for way in train tune; do
            begin=$(now)
            "$way" --time "$time" -j "${HEED_BENCH_J:-0}" --seed "$seed" --dev "$set.dev" --force -o "$set.$way.heed" "$set.tsv" > "$set.$way.table" 2> "$set.$way.said"
            took=$(since "$begin")
            translate "$set" "$set.$way" "$set.$way.txt"
            row "$set-$way-$seed" "$(figure "$set" "$set.$way.txt")" "$(figure_of "$set")" "test lines, after $took s of $time; $(wc -c < "$set.$way.heed") bytes; $(sed -n '2s/  */ /gp' "$set.$way.table")"
        done
    done
done
