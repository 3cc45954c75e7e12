#!/bin/sh
# transformer.sh [PART...]: how fast a transformer trains and translates, and what long lines take: 3 + 3 layers of width 256 with 4 heads, 8,000
# words; beside PyTorch's (transformer_peer.py) when $PYTHON (default python3) has torch. Parts: those of the list below, which is the default.
# Every figure is the median of $HEED_BENCH_PAIRS (5) runs, the two sides of a ratio taking turns; of memory and of long lines, one run.
. "$(dirname "$0")/lib.sh"
. "$srcdir/bench/peer.sh"
fresh
parts=${*:-share training beam lengths memory}
updates=${HEED_BENCH_STEPS:-20}
speak
ids equal > equal.tsv
head -n 384 equal.tsv > few.tsv
cut -f 1 few.tsv > few.txt
plain=$(echo "$plain" | sed 's/--rows 64 //')
shape='--net transformer --hidden 256 --layers 3 --decoder-layers 3 --heads 4'

# speed DATA OPTION...: trains; prints "TOKENS GFLOPS SHARE PEAK MB".
speed() {
    data=$1
    shift
    # shellcheck disable=SC2086 # options are words
    train "$data.tsv" $plain $shape --steps "$updates" --stats -o speed.heed "$@" 2> said || { cat said >&2; exit 1; }
    sed -n 's/.*: \([0-9]*\) tokens\/s, \([0-9.]*\) GFLOP\/s on real tokens, \([0-9]*\) % of .* peak of \([0-9]*\).*/\1 \2 \3 \4/p' said | tr '\n' ' '
    sed -n 's/.*: memory \([0-9]*\) MB at most.*/\1/p' said
}
has_torch() {
    "$python" -c 'import torch' 2> /dev/null || { talk "no peer: $python has no torch"; return 1; }
}
theirs_of() { # WHAT DATA THREADS [math]
    "$python" "$srcdir/bench/transformer_peer.py" "$1" "$2.tsv" "$3" ${4:+"$4"} 2> peer.said || { cat peer.said >&2; exit 1; }
}

share() {
    turns speed equal -j 1 --rows 64 -- true
    of=$(awk '{ printf "%.1f\n", 100 * $2 / $4 }' a.runs | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
    row share "$of" % "of the core's peak of $(median 4 a.runs) GFLOP/s: B=64 S=T=20, one worker, $(median 1 a.runs) tokens/s"
    want share "$of" 55
}

# All cores of ours to the best of PyTorch's threads.
training() {
    has_torch || return 0
    beside 1 1 speed equal --rows 64 -- theirs_of train equal @
    of=$(ratio "$ours" "$theirs")
    row training "$of" x "tokens/s to PyTorch with $threads threads: $ours to $theirs"
    want training "$of" 2
}

translate() {
    predict -m beam.heed --split off --loops allow --min-len 19 --max-len 19 --no-store --stats --beam 5 < few.txt 2>&1 > out.txt |
        sed -n 's/.* \([0-9]*\) tokens\/s; .*/\1/p'
}
beam() {
    # shellcheck disable=SC2086 # options are words
    train equal.tsv $plain $shape --rows 64 --steps 3 -q -o beam.heed
    has_torch || return 0
    beside 1 1 translate -- theirs_of decode few @
    of=$(ratio "$ours" "$theirs")
    row beam-5 "$of" x "target tokens/s to PyTorch with $threads threads, 20 tokens from 20: $ours to $theirs"
    want beam-5 "$of" 3
}

# long NAME TOKENS PAIRS
long() {
    awk -v n="$2" -v pairs="$3" 'function pick() { seed = (seed * 16807) % 2147483647; return 4 + seed % 996 }
        BEGIN { seed = 7; for (i = 0; i < pairs; i++) { for (side = 0; side < 2; side++)
            for (k = 1; k < n; k++) printf "%d%s", pick(), k < n - 1 ? " " : side ? "\n" : "\t" } }' > "$1.tsv"
}
# Pairs of so many tokens a side, about as many a batch.
lengths() {
    for n in 64 256 1024 4096; do
        rows=$((n < 1024 ? 4096 / n : 4))
        long "long-$n" "$n" $((2 * rows))
        updates=2 speed "long-$n" -j 1 --max-len 4096 --max-ratio 0 --rows "$rows" --truncate=off > long.run
        row "length-$n" "$(cut -d ' ' -f 1 long.run)" tokens/s "$rows pairs of $n + $n tokens, one worker; $(cut -d ' ' -f 5 long.run) MB at most"
    done
}
# Four pairs an update, of ever more tokens: what they take beside 64 tokens' grows as the tokens do; PyTorch's with math attention, as long as $MOST
# (2,048) allows.
memory() {
    least=0 last=0
    : > far.took
    for n in 64 128 256 512 1024 2048 4096; do
        long "far-$n" "$n" 8
        updates=2 speed "far-$n" -j 1 --max-len 4096 --max-ratio 0 --rows 4 --truncate=off > far.run
        ours=$(cut -d ' ' -f 5 far.run)
        row "memory-$n" "$ours" MB "at most in an update of 4 pairs of $n + $n tokens, one worker; $(cut -d ' ' -f 1 far.run) tokens/s"
        echo "$n $ours" >> far.took
        grown=$((ours - last)) before=$((last - least)) least=$last last=$ours
    done
    row memory-linear "$(ratio "$before" "$grown")" x 'growth of memory from 1,024 to 2,048 tokens to that from there to 4,096: 0.5 where it is linear, 0.25 square'
    want memory-linear "$(ratio "$before" "$grown")" 0.45
    has_torch || return 0
    while read -r n ours; do
        test "$n" -le "${MOST:-2048}" || break
        head -n 4 "far-$n.tsv" > peer.tsv
        theirs=$(theirs_of memory peer 1 math)
        row "memory-$n-peer" "$(ratio "$theirs" "$ours")" x "PyTorch's peak memory with math attention to ours: $theirs to $ours MB"
        test "$n" -ne 2048 || want memory-2048 "$(ratio "$theirs" "$ours")" 4
    done < far.took
}

for part in $parts; do
    "$part"
done
exit $verdict
