#!/bin/sh
# search.sh [PART...]: how fast translating is: greedy, beams, one sentence at a time, from start to the first line, memory; share of the core's peak;
# beside PyTorch when $HEED_PEER names s2s_bench.py and $PYTHON (default python3) has torch (peer.sh). Parts: those of the list below.
#
# Both sides make 20 tokens of every source of 20, with weights that nobody trained for long: GRU, dot, luong, V = 8000.
. "$(dirname "$0")/lib.sh"
. "$srcdir/bench/peer.sh"
fresh
parts=${*:-share greedy beam single latency start memory}
speak
ids equal > equal.tsv
head -n 1280 equal.tsv > equal.few.tsv
head -n 256 equal.tsv > single.few.tsv
for few in equal single; do
    cut -f 1 $few.few.tsv > $few.txt
done
for H in 256 512; do
    # shellcheck disable=SC2086 # options are words
    train equal.tsv $plain --cell gru --score dot --decoder luong --hidden "$H" --steps 3 -q -o "$H.heed"
done
quantize -q 256.heed -o 8bit.heed
shortlist -q -m 8bit.heed -o short.heed equal.tsv

# translate MODEL TEXT OPTION...: prints "TARGETS GFLOPS PEAK", target tokens a second.
translate() {
    model=$1 text=$2
    shift 2
    predict -m "$model.heed" --split off --loops allow --min-len 19 --max-len 19 --no-store --stats "$@" < "$text.txt" 2>&1 > out.txt |
        sed -n 's/.* \([0-9]*\) tokens\/s; \([0-9.]*\) GFLOP\/s .* \([0-9]*\) GFLOP\/s$/\1 \2 \3/p'
}

# against NAME BAR MODEL TEXT PEER-OPTIONS -- OPTION...: all cores of ours to the best of PyTorch's threads.
against() {
    has_peer || return 0
    figure=$1 bar=$2 with=$3 text=$4 theirs_too=$5
    shift 6
    # shellcheck disable=SC2086 # options are words
    beside 1 3 translate "$with" "$text" "$@" -- peer "$text" @ --cell gru --score dot --hidden 256 $theirs_too
    of=$(ratio "$ours" "$theirs")
    row "$figure" "$of" x "target tokens/s to PyTorch with $threads threads, H=256: $ours to $theirs"
    want "$figure" "$of" "$bar"
}

share() {
    turns translate 512 equal -j 1 -- translate 256 equal -j 1
    for side in '512 a 50' '256 b 0'; do
        # shellcheck disable=SC2086 # three words
        set -- $side
        of=$(awk '{ printf "%.1f\n", 100 * $2 / $3 }' "$2.runs" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
        row "greedy-share-$1" "$of" % "of the core's peak of $(median 3 "$2.runs") GFLOP/s, 64 rows, H=$1, one worker: $(median 1 "$2.runs") target tokens/s"
        want "greedy-share-$1" "$of" "$3"
    done
}
greedy() {
    against greedy 2.5 256 equal '--mode greedy' --
    against greedy-8bit-shortlist 5 short equal '--mode greedy' --
}
beam() {
    for with in '256 3 beam-5' '8bit 3 beam-5-8bit' 'short 3 beam-5-8bit-shortlist'; do
        # shellcheck disable=SC2086 # three words
        set -- $with
        against "$3" "$2" "$1" equal '--mode beam --beam 5' -- --beam 5
    done
}
single() {
    against single 8 256 single '--mode greedy --batch 1' -- --rows 1
}

# A line, and the next when its answer is there.
latency() {
    head -n 200 equal.txt > lines.txt
    rules='--loops allow --min-len 19 --max-len 19 --no-store -q'
    for way in "pipeline tokenize -u -m 256.heed | encode -u -m 256.heed | decode -u -m 256.heed $rules" "predict predict -u -m 256.heed --split off $rules"; do
        "$builddir/bench/latency" "${way#* }" < lines.txt > waits
        row "latency-${way%% *}" "$(cut -f 2 waits)" ms "in the middle, for a sentence of 20 tokens each way; of 99 in 100 $(cut -f 3 waits), of the first, with the start, $(cut -f 1 waits)"
    done
}

# milliseconds COMMAND...: what one call takes.
milliseconds() {
    begin=$(now)
    "$@" > /dev/null
    echo "$begin $(now)" | awk '{ printf "%.1f\n", 1000 * ($2 - $1) }'
}
pipeline() {
    head -n 1 equal.txt | tokenize -m 256.heed | encode -m 256.heed | decode -q -m 256.heed --no-store
}
one_process() {
    head -n 1 equal.txt | predict -q -m 256.heed --no-store
}
start() {
    turns milliseconds pipeline -- milliseconds one_process
    row start-pipeline "$(median 1 a.runs)" ms 'from nothing to the first line, tokenize | encode | decode, H=256'
    row start-predict "$(median 1 b.runs)" ms 'the same by predict'
    awk -v a="$(median 1 a.runs)" 'BEGIN { exit !(a > 60) }' && { talk "start-pipeline: more than 60 ms"; verdict=1; }
    has_peer || return 0
    ours=$(median 1 a.runs)
    echo 'import torch' > import.py
    turns milliseconds "$python" import.py -- milliseconds true
    row start-peer "$(ratio "$(median 1 a.runs)" "$ours")" x "of that time, to import torch alone: $(median 1 a.runs) ms"
}

memory() {
    for way in '256 1 60' '256 64 60' '8bit 1 25' '8bit 64 25'; do
        # shellcheck disable=SC2086 # three words
        set -- $way
        predict -m "$1.heed" --rows "$2" --split off -q --no-store < equal.txt > out.txt &
        pid=$! most=0
        while kill -0 $pid 2> /dev/null; do
            now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$pid/status 2> /dev/null || true)
            test "${now:-0}" -le $most || most=$now
            sleep 0.05
        done
        wait $pid
        most=$((most * 1024 / 1000000))
        row "memory-$1-$2" $most MB "at most, predict, H=256, V=8000, $2 rows"
        test $most -le "$3" || { talk "memory-$1-$2: $most, want $3"; verdict=1; }
    done
}

for part in $parts; do
    "$part"
done
exit $verdict
