#!/bin/sh
# engine.sh [PART...]: how fast training is: share of the core's peak by width and form, kernel sets beside OpenBLAS, workers, machines,
# precision, memory, equal bytes; and beside PyTorch when $HEED_PEER names s2s_bench.py and $PYTHON (default python3) has torch.
# Parts: those of the list below, which is the default; course reads the first 600 pairs of the course (bench/d2l.sh). Every figure
# is the median of $HEED_BENCH_PAIRS (5) runs of $HEED_BENCH_STEPS (60) updates, the two sides of a ratio taking turns.
. "$(dirname "$0")/lib.sh"
. "$srcdir/bench/peer.sh"
fresh
parts=${*:-shares sets workers machines precision peers course memory bytes}
updates=${HEED_BENCH_STEPS:-60}
speak
ids equal > equal.tsv
ids real > real.tsv
for kind in equal real; do # 20 batches, which is what a peer is timed on
    head -n 1280 $kind.tsv > $kind.few.tsv
done

launch=
# speed DATA OPTION...: trains; prints "TOKENS GFLOPS SHARE PEAK MB".
speed() {
    data=$1
    shift
    for usual in '--cell gru' '--score dot' '--decoder luong' '--hidden 256'; do
        # shellcheck disable=SC2086 # an option and its value
        case " $* " in *" ${usual% *} "*) ;; *) set -- "$@" $usual ;; esac
    done
    # shellcheck disable=SC2086 # options are words
    $launch train "$data.tsv" $plain --steps "$updates" --stats -o speed.heed "$@" 2> said || { cat said >&2; exit 1; }
    sed -n 's/.*: \([0-9]*\) tokens\/s, \([0-9.]*\) GFLOP\/s on real tokens, \([0-9]*\) % of .* peak of \([0-9]*\).*/\1 \2 \3 \4/p' said | tr '\n' ' '
    sed -n 's/.*: memory \([0-9]*\) MB at most.*/\1/p' said
}

shares() {
    for shape in '128 60' '256 70' '512 75'; do
        H=${shape% *} bar=${shape#* }
        turns speed equal -j 1 --hidden "$H" -- env_prescott equal -j 1 --hidden "$H"
        share=$(awk '{ printf "%.1f\n", 100 * $2 / $4 }' a.runs | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
        row "share-$H" "$share" % "of the core's peak of $(median 4 a.runs) GFLOP/s: GRU dot luong H=$H V=8000 B=64 S=T=20, one worker, $(median 1 a.runs) tokens/s"
        row "share-$H-prescott" "$(ratio "$(median 1 b.runs)" "$(median 1 a.runs)")" x 'of that speed with OPENBLAS_CORETYPE=Prescott'
        want "share-$H" "$share" "$bar"
    done
    for form in 'lstm --cell lstm' 'mlp --score mlp' 'feed --decoder luong-feed' 'bahdanau --decoder bahdanau --score mlp' 'real'; do
        name=${form%% *}
        # shellcheck disable=SC2086 # options are words
        case $name in
        real) turns speed equal -j 1 -- speed real -j 1 ;;
        *) turns speed equal -j 1 -- speed equal -j 1 ${form#* } ;;
        esac
        of=$(ratio "$(median 2 b.runs)" "$(median 2 a.runs)")
        row "form-$name" "$of" x "of the GFLOP/s of GRU dot luong: $(median 2 b.runs) GFLOP/s on real tokens, H=256, one worker"
        want "form-$name" "$of" 0.85
    done
}
env_prescott() {
    OPENBLAS_CORETYPE=Prescott
    export OPENBLAS_CORETYPE
    speed "$@"
    unset OPENBLAS_CORETYPE
}

# Each set's products against OpenBLAS's kernels for the same instructions.
sets() {
    for pair in 'avx512 SkylakeX' 'avx2 Haswell' 'portable Prescott'; do
        set=${pair% *} core=${pair#* }
        train --kernels "$set" --version > /dev/null 2>&1 || { talk "no $set on this CPU"; continue; }
        OPENBLAS_CORETYPE=$core "$builddir/bench/kernels" --product=openblas "$set" > kernels.tsv || { talk "no OpenBLAS"; return; }
        for product in gemm grad; do
            awk -F '\t' -v p="$product" '$2 == p "-packed" { ours[$3] = $4 } $2 == p "-library" { theirs[$3] = $4 }
                END { for (s in ours) if (s in theirs && s ~ /m=(16|24|32|48|64|96|128|256) /) print ours[s] / theirs[s] }' kernels.tsv | sort -n > ratios
            row "set-$set-$product" "$(awk '{ v[NR] = $1 } END { printf "%.2f", v[int((NR + 1) / 2)] }' ratios)" x "of OpenBLAS's kernels for $core, 16 to 256 rows: median of $(wc -l < ratios | tr -d ' ') shapes, least $(head -n 1 ratios | cut -c1-4)"
        done
    done
}

# Two ranks of one worker against two workers.
machines() {
    plugins | grep -q reduce_mpi && command -v mpirun > /dev/null || { talk 'no plugin reduce_mpi, or no mpirun'; return; }
    turns speed equal -j 2 -- ranks equal -j 1
    of=$(ratio "$(median 1 b.runs)" "$(median 1 a.runs)")
    row ranks-2 "$of" x "tokens/s of two ranks to two workers, H=256: $(median 1 b.runs) to $(median 1 a.runs)"
    want ranks-2 "$of" 0.9
}
ranks() {
    launch='mpirun --allow-run-as-root --oversubscribe -n 2'
    speed "$@" --reduce mpi
    launch=
}

workers() {
    turns speed equal -j 1 -- speed equal -j 2
    of=$(ratio "$(median 1 b.runs)" "$(median 1 a.runs)")
    row workers-2 "$of" x "tokens/s of two workers to one, H=256: $(median 1 b.runs) to $(median 1 a.runs)"
    want workers-2 "$of" 1.85
}

precision() {
    grep -q avx512_bf16 /proc/cpuinfo || { talk 'no bf16: this CPU does not multiply it'; return; }
    for H in 256 512; do
        turns speed equal -j 1 --hidden "$H" -- speed equal -j 1 --hidden "$H" --precision bf16
        row "bf16-$H" "$(ratio "$(median 1 b.runs)" "$(median 1 a.runs)")" x "tokens/s of bf16 to fp32, H=$H, one worker: $(median 1 b.runs) to $(median 1 a.runs)"
    done
}

# All cores of ours against PyTorch's best number of threads, of 1 and all; of the grid the shapes in $HEED_BENCH_SHAPES (256-gru-dot-luong …), or all.
peers() {
    has_peer || return 0
    for H in 128 256 512; do
        for cell in gru lstm; do
            for score in dot mlp; do
                for decoder in luong bahdanau; do
                    shape=$H-$cell-$score-$decoder feed=''
                    case " ${HEED_BENCH_SHAPES:-$shape} " in *" $shape "*) ;; *) continue ;; esac
                    test $decoder = luong || feed=--input-feed
                    # shellcheck disable=SC2086 # one option or none
                    beside 1 1 speed equal --hidden $H --cell $cell --score $score --decoder $decoder -- peer equal @ --hidden $H --cell $cell --score $score $feed
                    of=$(ratio "$ours" "$theirs")
                    row "peer-$shape" "$of" x "tokens/s to PyTorch with $threads threads: $ours to $theirs"
                    test $H -eq 512 && want "peer-$shape" "$of" 1.8 || want "peer-$shape" "$of" 2.2
                done
            done
        done
    done
}

# The course's experiment B2, on all cores, against PyTorch code written as the course writes it (course.py), on the ids of our own
# tokenizer.
course() {
    text=$HEED_DATA/tatoeba-en-fr/d2l-first600.tsv
    test -r "$text" || { talk "no $text"; return 0; }
    "$python" -c 'import torch' 2> /dev/null || { talk "no peer: $python has no torch"; return 0; }
    train "$text" --preset d2l --steps 1 --force --no-store -q -o course.heed
    tokenize --pairs -m course.heed < "$text" > course.ids
    for side in src tgt; do
        side_ids course.ids $side > $side.ids
    done
    paste src.ids tgt.ids > course.tsv
    beside 1 1 course_speed -- course_peer @
    of=$(ratio "$ours" "$theirs")
    row course-b2 "$of" x "tokens/s of B2 (H=32) to the course's way in PyTorch with $threads threads: $ours to $theirs"
    want course-b2 "$of" 20
}
course_speed() {
    train "$text" --preset d2l --stats --no-store --force -o course.heed 2> said || { cat said >&2; exit 1; }
    sed -n 's/.*: \([0-9]*\) tokens\/s, .*/\1/p' said
}
course_peer() {
    "$python" "$srcdir/bench/course.py" course.tsv 184 201 "$1"
}

memory() {
    has_peer || return 0
    turns speed equal -j 1 -- peer equal 1 --cell gru --score dot --hidden 256
    of=$(ratio "$(median 2 b.runs)" "$(median 5 a.runs)")
    row memory "$of" x "PyTorch's peak memory to ours, GRU dot luong H=256: $(median 2 b.runs) to $(median 5 a.runs) MB"
    want memory "$of" 4
}

bytes() {
    for shards in 2 4; do
        for j in 1 2 4; do
            updates=12
            speed equal -j $j --shards $shards --hidden 64 > /dev/null
            sha256sum speed.heed
        done | cut -d ' ' -f 1 | sort -u | wc -l > kinds
        row "bytes-$shards" "$(cat kinds)" files "different models of -j 1, 2 and 4 with $shards shards"
        test "$(cat kinds)" -eq 1 || verdict=1
    done
}

for part in $parts; do
    "$part"
done
exit $verdict
