#!/bin/sh
# weights.sh: what weights of 8 bits and a shortlist do for a model of width 256 and 8,000 pieces, Tatoeba: file, memory, start to the
# first line, speed, BLEU; and beside PyTorch when $HEED_PEER names s2s_bench.py and $PYTHON (default python3) has torch. The model is
# $HEED_BENCH_MODEL, or trained for $HEED_BENCH_TIME (6m) on one worker. Figures of time are medians of $HEED_BENCH_PAIRS (5) runs that take turns.
. "$(dirname "$0")/lib.sh"
. "$srcdir/bench/peer.sh"
data=$HEED_DATA/tatoeba-en-fr
need "$data/train.tsv.xz" "$data/test.tsv"
fresh
speak
models='floats eight list both'
xz -dc "$data/train.tsv.xz" > train.tsv
cut -f1 "$data/test.tsv" > test.src
cut -f2 "$data/test.tsv" > test.ref
head -n 1 test.src > one.src
if test -n "${HEED_BENCH_MODEL:-}"; then
    cp "$HEED_BENCH_MODEL" floats.heed
else
    train train.tsv --vocab-size 8000 --hidden 256 --copy off --time "${HEED_BENCH_TIME:-6m}" -j 1 -o floats.heed
fi
shortlist -m floats.heed -o list.heed train.tsv
quantize -o eight.heed floats.heed
quantize -o both.heed list.heed

# Seconds of a command in milliseconds, to the first line it writes.
first() {
    start=$(now)
    sh -c "$1" 2> said | head -n 1 > line
    echo "$start $(now)" | awk '{ print ($2 - $1) * 1000 }'
}
for _ in 1 2 3 4 5 6 7 8 9 10 11; do
    for m in $models; do
        first "tokenize -u -m $m.heed one.src | encode -u -j 1 -m $m.heed | decode -u -j 1 -m $m.heed" >> "$m.pipeline"
        first "predict -u -j 1 -m $m.heed one.src" >> "$m.predict"
    done
done
# speed MODEL JOBS: tokens a second, and the share of the peak.
speed() {
    predict -j "$2" --stats --no-store -m "$1.heed" test.src 2> said > "$1.txt"
    sed -n 's/.* s, \([0-9]*\) tokens\/s; .*, \([0-9]*\) % of the peak.*/\1 \2/p' said
}
for _ in $(seq "$pairs"); do
    for m in $models; do
        for jobs in 1 $cores; do
            speed "$m" "$jobs" > both.said
            cut -d ' ' -f 1 both.said >> "$m.tokens.$jobs"
            cut -d ' ' -f 2 both.said >> "$m.share.$jobs"
        done
    done
done

# peak MODEL FILE: megabytes at most.
peak() {
    predict -q -j 1 -u -m "$1.heed" > line < fifo &
    pid=$!
    exec 3> fifo
    cat "$2" >&3
    sleep 2
    awk '/^VmHWM/ { printf "%.1f\n", $2 / 1024 }' "/proc/$pid/status"
    exec 3>&-
    wait $pid
}
mkfifo fifo
head -n 64 test.src > lines.src
for m in $models; do
    row "$m-file" "$(wc -c < $m.heed | awk '{ printf "%.1f", $1 / 1e6 }')" MB 'the model'
    row "$m-memory" "$(peak $m one.src)" MiB 'predict, one line'
    row "$m-memory-64" "$(peak $m lines.src)" MiB 'predict, 64 lines'
    row "$m-pipeline" "$(median 1 $m.pipeline)" ms 'start of three processes to the first line, median of 11'
    row "$m-predict" "$(median 1 $m.predict)" ms 'start of predict to the first line, median of 11'
    for jobs in 1 $cores; do
        row "$m-speed-$jobs" "$(median 1 "$m.tokens.$jobs")" tokens/s "predict -j $jobs, 3,000 lines, $(median 1 "$m.share.$jobs") % of the measured peak, median of $pairs"
    done
    row "$m-bleu" "$(evaluate -q --no-store --bootstrap 0 --ref test.ref $m.txt | awk '$1 == "bleu" { print $2 }')" BLEU '13a, one reference'
done

# The same ids; it decodes as many tokens as the references have.
has_peer || exit 0
tokenize -q --pairs -m floats.heed "$data/test.tsv" > pairs.ids
for side in src tgt; do
    side_ids pairs.ids $side > $side.ids
done
paste src.ids tgt.ids > ids.few.tsv
for threads in 1 $cores; do
    peer ids "$threads" --cell gru --score mlp --bidir --hidden 256 --vocab 8004 --mode greedy > peer.run
    row "peer-speed-$threads" "$(median 3 peer.run)" tokens/s "PyTorch, greedy, $threads threads"
done
