# peer.sh: for benches that compare, after lib.sh: pairs of ids, turns, ratios, PyTorch. $HEED_BENCH_PAIRS (5) is how often both sides
# take turns; $HEED_PEER names s2s_bench.py and $PYTHON (python3) has torch, else there is no peer.
# shellcheck shell=sh disable=SC2034 # what is set here is read by those

pairs=${HEED_BENCH_PAIRS:-5}
python=${PYTHON:-python3}
verdict=0
cores=$(nproc)
unset OPENBLAS_CORETYPE # of the surroundings

# Says on which CPU this is, and with which kernels.
speak() {
    cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    family=$(sed -n 's/^cpu family[^:]*: //p' /proc/cpuinfo | head -n 1) model=$(sed -n 's/^model[^n:]*: //p' /proc/cpuinfo | head -n 1)
    talk "$cpu, family $family, model $model; $(train --version | sed -n 's/^kernels /kernels /p')"
}

# What both sides train: 64 pairs, no dropout, no smoothing, one direction.
plain='--dev none --tokenizer space --min-count 1 --joint off --src-eos=on --bidirectional=off --tied off --rows 64 --tokens 0 --dropout 0 --label-smoothing 0 --average 0 --copy off --checkpoint-every 1000000 --no-store --force'

# Ids in place of words; every id of 4..7999 comes up, so that V is 8000. equal: 19 and the end of sentence; real: lengths of 3 to 45,
# as sentences have them (log-normal, mean 12).
ids() { # equal|real
    awk -v kind="$1" 'function uniform() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
    function length_of() {
        if (kind == "equal") return 19
        n = int(exp(2.35 + 0.5 * (uniform() + uniform() + uniform() + uniform() + uniform() + uniform() - 3) / 0.7071))
        return n < 3 ? 3 : n > 45 ? 45 : n
    }
    BEGIN {
        seed = 7
        for (i = 0; i < 6400; i++) {
            line = ""
            for (side = 0; side < 2; side++) {
                for (k = length_of(); k > 0; k--) {
                    id = int(exp(log(7997) * uniform())) - 1
                    if (k == 1) id = i % 7996
                    if (k == 2 && i < 1596) id = 6400 + i
                    line = line (4 + id) (k > 1 ? " " : "")
                }
                line = line (side ? "" : "\t")
            }
            print line
        }
    }'
}

# side_ids FRAMES SIDE: its ids, a line each, without padding and the end of a sentence.
side_ids() {
    peek --values --rows 0 --tensor "$2" "$1" | sed -n 's/^ *\[[0-9]*\] //p' | sed 's/\( 0\)*$//; s/ 2$//'
}

has_peer() {
    test -n "${HEED_PEER:-}" || { talk 'no peer: HEED_PEER may name s2s_bench.py'; return 1; }
    "$python" -c 'import torch' 2> /dev/null || { talk "no peer: $python has no torch"; return 1; }
}

peak_of='import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 // 1000000, file=sys.stderr)
sys.exit(status)'
# peer DATA THREADS OPTION...: PyTorch on DATA.few.tsv, its JSON line in peer.json; prints "TOKENS MB TARGETS".
peer() {
    peer_data=$1 peer_threads=$2
    shift 2
    "$python" -c "$peak_of" "$python" "$HEED_PEER" --data "$peer_data.few.tsv" --vocab 8000 --batch 64 --threads "$peer_threads" --reps 3 --min-reps 1 --budget 6 "$@" > peer.json 2> peer.said
    sed -n 's/.*"tok_per_s": \([0-9]*\).*/\1/p' peer.json | tr '\n' ' '
    sed -n "s/^peak \([0-9]*\)$/\1/p" peer.said | tr '\n' ' '
    sed -n 's/.*"tgt_per_s": \([0-9]*\).*/\1/p' peer.json
}

# median COLUMN FILE
median() {
    sort -n -k "$1,$1" "$2" | awk -v c="$1" '{ v[NR] = $c } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# want FIGURE VALUE BAR: says when a figure is below its bar.
want() {
    awk -v a="$2" -v b="$3" 'BEGIN { exit !(a + 0 < b + 0) }' || return 0
    talk "$1: $2, want $3"
    verdict=1
}

# turns A-COMMAND -- B-COMMAND: $pairs turns of both; lines in a.runs and b.runs.
turns() {
    first='' second='' side=1
    for word; do
        if test "$word" = --; then side=2; elif test $side -eq 1; then first="$first $word"; else second="$second $word"; fi
    done
    : > a.runs
    : > b.runs
    turn=0
    while test $turn -lt "$pairs"; do
        turn=$((turn + 1))
        $first >> a.runs
        $second >> b.runs
    done
}

# beside COLUMN COLUMN OURS -- THEIRS: turns of both, with the number of threads that THEIRS is fastest with in place of its word @:
# one run with each tells, and those within 15 % of the best all take turns. Sets ours and theirs, the medians of each's column, and
# threads.
beside() {
    column=$1 their_column=$2
    shift 2
    ahead='' behind='' side=1
    for word; do
        if test "$word" = --; then side=2; elif test $side -eq 1; then ahead="$ahead $word"; else behind="$behind $word"; fi
    done
    : > tried.runs
    counts=$(printf '%s\n' 1 "$cores" | uniq)
    for count in $counts; do
        echo "$count $(with_threads "$count" | awk -v c="$their_column" '{ print $c }')" >> tried.runs
    done
    theirs=0
    for count in $(awk '{ n[NR] = $1; v[NR] = $2; if ($2 > best) best = $2 } END { for (i = 1; i <= NR; i++) if (v[i] >= 0.85 * best) print n[i] }' tried.runs); do
        # shellcheck disable=SC2086 # words
        turns $ahead -- with_threads "$count"
        this=$(median "$their_column" b.runs)
        if awk -v a="$this" -v b="$theirs" 'BEGIN { exit !(a > b) }'; then
            theirs=$this threads=$count ours=$(median "$column" a.runs)
        fi
    done
}
with_threads() { # COUNT
    # shellcheck disable=SC2046 # words
    set -- $(echo "$behind" | sed "s/ @/ $1/")
    "$@"
}

ratio() { # A B
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", a / b }'
}
