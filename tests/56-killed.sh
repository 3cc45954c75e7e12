#!/bin/sh
# 56-killed.sh: pipelines of five stages, of which one is killed at a random moment, and trainings at once on one store:
# the last stage succeeds only with every line, and what it wrote before is right; the store has every run, whole.
#
# `make check TESTS=tests/56-killed.sh HEED_KILLS=200 HEED_TRAININGS=32` does more; HEED_SEED draws other moments.
. "${srcdir:-.}/tests/lib.sh"
has predict train runs || skip_all 'not built'
# A signal that ASan would report while LSan, at the end of a process, holds its locks, hangs both: SIGSEGV shall just kill.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0
export ASAN_OPTIONS
awk -v n=100 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv && awk 'BEGIN { while ((getline line < "pairs.tsv") > 0) t[n++] = line; for (i = 0; i < 4000; i++) { split(t[(i * 37) % n], f, "\t"); print f[1] } }' > text &&
    train -q --no-store --hidden 16 --steps 4 --dev none -o m.heed pairs.tsv && predict -q -m m.heed text > want &&
    mkfifo p1 p2 p3 p4 || { echo 'Bail out! nothing to kill'; exit 1; }

# piped VICTIM SIGNAL SECONDS: the pipeline; $last is its last stage's exit status, $died whether the victim was there to be killed.
piped() {
    tokenize -q -m m.heed text > p1 & pid_1=$!
    batch-mask -q < p1 > p2 & pid_2=$!
    encode -q -j 1 -m m.heed < p2 > p3 & pid_3=$!
    decode -q -j 1 --hypotheses -m m.heed < p3 > p4 & pid_4=$!
    timeout 60 detokenize -q < p4 > out & pid_5=$!
    sleep "$3"
    died=0
    eval "kill -s $2 \$pid_$1" 2> /dev/null && died=1
    last=0
    wait $pid_5 || last=$?
    for pid in $pid_1 $pid_2 $pid_3 $pid_4; do wait "$pid"; done
    return 0
}

t_killed() {
    trials=${HEED_KILLS:-6}
    begin=$(date +%s%N) && piped 9 TERM 0 2> said && same want out || { cat said; return 1; }
    took=$((($(date +%s%N) - begin) / 1000000))
    awk -v n="$trials" -v seed="${HEED_SEED:-1}" -v ms="$took" 'BEGIN {
        split("KILL TERM INT SEGV PIPE", signal)
        for (srand(seed); n > 0; n--) print int(1 + 4 * rand()), signal[int(1 + 5 * rand())], ms * rand() / 1000 }' > moments
    in_time=0
    while read -r victim signal moment; do
        piped "$victim" "$signal" "$moment" 2> said
        in_time=$((in_time + died))
        test "$last" -ne 124 || { echo "stage $victim, $signal at $moment s: the last stage hangs"; return 1; }
        test "$last" -ne 0 || cmp want out || { echo "stage $victim, $signal at $moment s: success without every line"; return 1; }
        head -n "$(wc -l < out)" want | cmp - out || { echo "stage $victim, $signal at $moment s: a wrong line"; return 1; }
    done < moments
    counts="$trials pipelines, a stage was there to be killed in $in_time"
}

t_store() {
    n=${HEED_TRAININGS:-8}
    rm -f "$HEED_STORE" && mkdir -p many || return 1
    for i in $(seq 1 "$n"); do
        train -q --tokenizer word --min-count 1 --hidden 4 --steps 20 --dev none -o "many/$i.heed" pairs.tsv 2> "many/$i.said" &
        pids="$pids $!"
    done
    for pid in $pids; do wait "$pid" || { cat many/*.said; return 1; }; done
    cat many/*.said > said && test ! -s said && test "$(runs sql --csv "SELECT count(*) FROM run WHERE status = 'done'" | tail -n 1)" -eq "$n" &&
        runs sql --csv 'SELECT count(DISTINCT n), count(n) FROM (SELECT count(*) AS n FROM metric GROUP BY run_id)' | tail -n 1 | grep -qx "1,$n" &&
        test "$(runs sql --csv 'PRAGMA integrity_check' | tail -n 1)" = ok
}

run t_killed 'a stage that is killed is no success with lines missing'
echo "# ${counts:-}"
run t_store 'trainings at once on one store: all runs, all metrics'
done_testing
