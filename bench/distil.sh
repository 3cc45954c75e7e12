#!/bin/sh
# distil.sh [SET...]: a model and students of about a quarter of its size, on Tatoeba and CMUdict: trained on the pairs alone, with the
# teacher's distributions too (--teacher), with its translations as further pairs, with both, and alone with --r-drop; and one of about
# half its weights, with the distributions, in 8 bits, an eighth of its size; greedy figures of the test lines, and how many bytes each
# has. Teacher and students are trained for $HEED_BENCH_TIME (10m) each, or for $HEED_BENCH_STEPS updates, seed $HEED_BENCH_SEED (1), on
# $HEED_BENCH_LINES pairs (all). Sets: tatoeba cmudict, the default.
. "$(dirname "$0")/lib.sh"
fresh
. "$srcdir/bench/sets.sh"
length="--time ${HEED_BENCH_TIME:-10m}"
test -z "${HEED_BENCH_STEPS:-}" || length="--steps $HEED_BENCH_STEPS"
seed=${HEED_BENCH_SEED:-1} lines=${HEED_BENCH_LINES:-1000000}

width_of() { # SET: of a student; its teacher has 256
    test "$1" = cmudict && echo 128 || echo 80
}
half_of() {
    test "$1" = cmudict && echo 180 || echo 150
}

measured() { # SET NAME WHAT...
    set=$1 name=$2
    shift 2
    translate "$set" "$set-$name" "$set-$name.out"
    row "$set-$name" "$(figure "$set" "$set-$name.out")" "$(figure_of "$set")" "$* $(wc -c < "$set-$name.heed") bytes"
}

# student SET NAME FILE OPTION...: trained and measured.
student() {
    set=$1 name=$2 pairs=$3
    shift 3
    # shellcheck disable=SC2086 # an option and its value
    train -q --dev "$set.dev" --seed "$seed" $length --name "$set-$name" -o "$set-$name.heed" "$@" "$pairs"
    measured "$set" "$name" "$@"
}

test $# -gt 0 || set -- tatoeba cmudict
sets "$@"
for set; do
    pairs "$set" train | awk -v n="$lines" 'NR <= n' > "$set.tsv"
    width=$(width_of "$set")
    student "$set" teacher "$set.tsv"
    student "$set" alone "$set.tsv" --hidden "$width"
    student "$set" taught "$set.tsv" --hidden "$width" --teacher "$set-teacher.heed"
    student "$set" half "$set.tsv" --hidden "$(half_of "$set")" --teacher "$set-teacher.heed"
    quantize -q -o "$set-half8.heed" "$set-half.heed"
    measured "$set" half8 quantize
    student "$set" r-drop "$set.tsv" --hidden "$width" --r-drop 3
    cut -f 1 "$set.tsv" > "$set.sources"
    predict -q -m "$set-teacher.heed" --beam 5 < "$set.sources" | tr '\t' ' ' > "$set.said"
    paste "$set.sources" "$set.said" | cat "$set.tsv" - > "$set.both.tsv"
    student "$set" sequences "$set.both.tsv" --hidden "$width"
    student "$set" both "$set.both.tsv" --hidden "$width" --teacher "$set-teacher.heed"
done
