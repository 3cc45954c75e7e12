#!/bin/sh
# distil.sh [SET...]: a model and students of about a quarter of its size, on Tatoeba and CMUdict: trained on the pairs alone, with the
# teacher's distributions too (--teacher), with its translations as further pairs, with both, and alone with --r-drop; greedy figures of the
# test lines, and how many bytes each has. Teacher and students are trained for $HEED_BENCH_TIME (10m) each, or for $HEED_BENCH_STEPS
# updates, seed $HEED_BENCH_SEED (1), on $HEED_BENCH_LINES pairs (all). Sets: tatoeba cmudict, the default.
. "$(dirname "$0")/lib.sh"
need "$HEED_DATA/tatoeba-en-fr/test.tsv" "$HEED_DATA/cmudict-g2p/test.tsv"
fresh
length="--time ${HEED_BENCH_TIME:-10m}"
test -z "${HEED_BENCH_STEPS:-}" || length="--steps $HEED_BENCH_STEPS"
seed=${HEED_BENCH_SEED:-1} lines=${HEED_BENCH_LINES:-1000000}

folder_of() { # SET
    test "$1" = cmudict && echo "$HEED_DATA/cmudict-g2p" || echo "$HEED_DATA/tatoeba-en-fr"
}
width_of() { # SET: of a student; its teacher has 256
    test "$1" = cmudict && echo 128 || echo 112
}

# Of what predict makes of the test lines.
figure() { # SET MODEL
    predict -q -m "$2" < "$1.src" > "$2.out"
    case $1 in
    tatoeba) evaluate -q --no-store --tokens course --lower --bootstrap 0 --ref "$1.ref" "$2.out" | awk '$1 == "bleu" { print $2 }' ;;
    cmudict) evaluate -q --no-store --tokens none --bootstrap 0 --group-by-source "$1.src" --ref "$1.ref" "$2.out" | awk '$1 == "exact" { print $2 }' ;;
    esac
}

# student SET NAME FILE OPTION...: trained and measured.
student() {
    set=$1 name=$2 pairs=$3
    shift 3
    # shellcheck disable=SC2086 # an option and its value
    train -q --dev "$set.dev" --seed "$seed" $length --name "$set-$name" -o "$set-$name.heed" "$@" "$pairs"
    row "$set-$name" "$(figure "$set" "$set-$name.heed")" "$(test "$set" = cmudict && echo exact || echo BLEU)" "$* $(wc -c < "$set-$name.heed") bytes"
}

test $# -gt 0 || set -- tatoeba cmudict
for set; do
    from=$(folder_of "$set")
    xz -dc "$from/train.tsv.xz" | awk -v n="$lines" 'NR <= n' > "$set.tsv"
    cp "$from/dev.tsv" "$set.dev"
    cut -f 1 "$from/test.tsv" > "$set.src"
    cut -f 2 "$from/test.tsv" > "$set.ref"
    width=$(width_of "$set")
    student "$set" teacher "$set.tsv"
    student "$set" alone "$set.tsv" --hidden "$width"
    student "$set" taught "$set.tsv" --hidden "$width" --teacher "$set-teacher.heed"
    student "$set" r-drop "$set.tsv" --hidden "$width" --r-drop 3
    cut -f 1 "$set.tsv" > "$set.sources"
    predict -q -m "$set-teacher.heed" --beam 5 < "$set.sources" | tr '\t' ' ' > "$set.said"
    paste "$set.sources" "$set.said" | cat "$set.tsv" - > "$set.both.tsv"
    student "$set" sequences "$set.both.tsv" --hidden "$width"
    student "$set" both "$set.both.tsv" --hidden "$width" --teacher "$set-teacher.heed"
done
