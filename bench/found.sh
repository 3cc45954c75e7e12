#!/bin/sh
# found.sh [PART...]: what searches find with models of three data sets: beam 5 beside greedy search, weights of 8 bits beside floats, each with
# the paired bootstrap; lines that differ between ways to call (--check-invariance); memory over ten million lines. Parts: train beams weights
# invariance stream, the default. The models are trained for $HEED_BENCH_TIME (10m) each; where they stand from a last call, leave train out.
. "$(dirname "$0")/lib.sh"
parts=${*:-train beams weights invariance stream}
sets='tatoeba multi30k cmudict'
verdict=0
case " $parts " in *' train '*) fresh ;; esac
. "$srcdir/bench/sets.sh"
# shellcheck disable=SC2086 # words
sets $sets

train_sets() {
    for set in $sets; do
        train_on "$set" "$set"
    done
}

# pair NAME SET FIRST SECOND WHAT: both figures, the difference and its p; a difference to the worse beyond the interval fails.
pair() {
    name=$1 set=$2 first=$3 second=$4 what=$5
    figure=$(figure_of "$set")
    # shellcheck disable=SC2046 # options are words
    evaluate -q --no-store --json --ref "$set.ref" $(scoring "$set") "$first" "$second" > pair.json
    a=$(of_text "$first" value) b=$(of_text "$second" value) p=$(of_text "$second" p)
    row "$name-$set" "$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%+.2f", b - a }')" % "$figure $what: $(printf '%.2f to %.2f' "$a" "$b"), p = $p (paired bootstrap)"
    if awk -v a="$a" -v b="$b" -v p="$p" 'BEGIN { exit !(b < a && p < 0.05) }'; then
        talk "$name-$set: worse"
        verdict=1
    fi
}
of_text() { # TEXT KEY
    grep "\"system\":\"$1\",\"metric\":\"$figure\"," pair.json | sed -n "s/.*\"$2\":\([-0-9.e]*\)[,}].*/\1/p"
}

beams() {
    for set in $sets; do
        translate "$set" "$set" "$set.greedy"
        translate "$set" "$set" "$set.beam" --beam 5
        pair beam "$set" "$set.greedy" "$set.beam" 'of greedy search to beam 5'
    done
}
weights() {
    for set in $sets; do
        quantize --force -o "$set.int8.heed" "$set.heed"
        translate "$set" "$set" "$set.greedy"
        translate "$set" "$set.int8" "$set.int8"
        pair int8 "$set" "$set.greedy" "$set.int8" 'of floats to 8 bits, greedy'
    done
}

# 1,000 lines of each set, every search; eight ways each.
invariance() {
    for set in $sets; do
        awk 'NR % 3 == 1' "$set.src" | head -n 1000 > lines.src
        awk '{ print $1 }' "$set.ref" | awk 'NR % 3 == 1' | head -n 1000 > begins
        awk 'NR % 3 == 1' "$set.ref" | head -n 1000 > targets
        : > ways
        for how in '' '--beam 5' '--beam 5 --n-best 3 --length-penalty 0.6 --coverage-penalty 0.2' '--sample --seed 3 --n-best 2' '--prefix begins --beam 3' '--terms begins' '--force targets'; do
            # shellcheck disable=SC2086 # words
            predict -q --no-store -m "$set.heed" --check-invariance $how lines.src >> ways || verdict=1
        done
        row "invariance-$set" "$(awk -F '\t' '{ n += $3 } END { print n + 0 }' ways)" lines "that differ, of $(awk -F '\t' '{ n += $2 } END { print n + 0 }' ways) in $(wc -l < ways | tr -d ' ') ways and searches"
    done
}

# Resident memory while ten million lines pass: after the first hundred thousand, and at most at the end.
stream() {
    awk 'BEGIN { abc = "abcdefghijklmnopqrstuvwxyz"
        for (i = 0; i < 676; i++) { a = substr(abc, 1 + i % 26, 1); b = substr(abc, 1 + int(i / 26), 1); print a b "\t" b a } }' > letters.tsv
    train letters.tsv --dev none --tokenizer char --hidden 16 --embed 16 --steps 20 --no-store --force -q -o letters.heed
    rm -f lines.fifo
    mkfifo lines.fifo
    { predict -q --no-store -m letters.heed --max-len 2 < lines.fifo; echo $? > status; } | wc -l > passed &
    counter=$!
    exec 3> lines.fifo
    pid=$(pgrep -f -n 'predict -q --no-store -m letters.heed')
    letters 148 >&3
    sleep 2
    early=$(memory_of "$pid" VmRSS)
    letters 14645 >&3
    sleep 2
    late=$(memory_of "$pid" VmHWM)
    exec 3>&-
    wait $counter
    row stream-early "$early" kB 'resident, predict, after 100,048 lines'
    row stream-late "$late" kB "resident at most, after $(tr -d ' ' < passed) lines"
    test "$(cat status)" -eq 0 && test "$(cat passed)" -eq 10000068 && test "$late" -le $((early * 102 / 100)) || verdict=1
}
letters() { # TIMES
    cut -f 1 letters.tsv > letters.src
    awk -v times="$1" '{ all = all $0 "\n" } END { for (i = 0; i < times; i++) printf "%s", all }' letters.src
}
memory_of() { # PID FIELD
    sed -n "s/^$2:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$1/status"
}

for part in $parts; do
    case $part in train) train_sets ;; *) "$part" ;; esac
done
exit $verdict
