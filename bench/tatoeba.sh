#!/bin/sh
# tatoeba.sh: real English-French pairs: trains for $HEED_BENCH_TIME (40m) on one worker, translates the 3,000 test lines, and compares every
# way to translate them: one process, pipes with and without batch-mask and attend, rows, tee, kernel sets.
# shellcheck disable=SC2016 # "$1" in a command is the model, for the shell that way() starts
. "$(dirname "$0")/lib.sh"
data=$HEED_DATA/tatoeba-en-fr
need "$data/train.tsv.xz" "$data/dev.tsv" "$data/test.tsv" "$data/test.refs.tsv"
time=${HEED_BENCH_TIME:-40m}
model=${HEED_BENCH_MODEL:-}
verdict=0

cut -f1 "$data/test.tsv" > test.src
cut -f2 "$data/test.tsv" > test.ref
if test -z "$model"; then
    fresh
    cut -f1 "$data/test.tsv" > test.src
    cut -f2 "$data/test.tsv" > test.ref
    model=$work/enfr.heed
    # shellcheck disable=SC2086 # a list of options
    xz -dc "$data/train.tsv.xz" | train --dev "$data/dev.tsv" --time "$time" --stats --name tatoeba -o "$model" ${HEED_BENCH_OPTIONS:-}
    row tatoeba-wall "$(query "SELECT round(wall_s) FROM v_run WHERE name = 'tatoeba'")" s "training, budget $time"
    query "SELECT step, round(value, 4) FROM metric m JOIN run r USING (run_id) WHERE r.name = 'tatoeba' AND split = 'dev'
        AND m.name = 'loss' ORDER BY step" | while IFS='	' read -r step loss; do
        row tatoeba-dev-loss "$loss" nats/token "at step $step"
    done
fi

start=$(now)
tokenize -m "$model" < test.src | encode -m "$model" | decode -m "$model" > plain.txt
row tatoeba-decode "$(since "$start")" s '3,000 lines through tokenize, encode, decode'

# figures NAME WHAT OPTIONS...: BLEU, chrF and exact match with their intervals.
figures() {
    name=$1 what=$2
    shift 2
    evaluate --tokens course --lower -m "$model" --tag tatoeba "$@" < plain.txt > table
    awk -v name="$name" -v what="$what" '$1 ~ /^(bleu|chrf|exact)$/ {
        printf "%s-%s\t%.2f\t%%\t%s; 95 %% interval %.1f to %.1f; %s\n", name, $1, $2, what, $3, $4, $5
    }' table
}
figures tatoeba 'one reference, lower case, course tokens' --ref test.ref
figures tatoeba-multi 'all references, lower case, course tokens' --refs-tsv "$data/test.refs.tsv"
bleu=$(evaluate --tokens course --lower --bootstrap 0 --digits 6 --no-store --ref test.ref < plain.txt | awk '$1 == "bleu" { print $2 }')
echo "$bleu" | awk '{ exit !($1 >= 36) }' || { talk "BLEU $bleu, want 36"; verdict=1; }

# way NAME WHAT COMMAND: the same text as the plain pipeline?
way() {
    start=$(now)
    sh -c "$3" way "$model" > "way.$1"
    if cmp -s plain.txt "way.$1"; then
        row "same-$1" 0 lines "different: $2 ($(since "$start") s)"
    else
        row "same-$1" "$(paste plain.txt "way.$1" | awk -F '\t' '$1 != $2' | wc -l)" lines "different: $2"
        verdict=1
    fi
}
t='tokenize -m "$1" < test.src' e='encode -m "$1"' d='decode -m "$1"'
way predict 'predict' 'predict -m "$1" < test.src'
way batch 'with batch-mask' "$t | batch-mask | $e | $d"
way attend 'with attend' "$t | $e | attend -m \"\$1\" | $d"
way five 'all five stages' "$t | batch-mask | $e | attend -m \"\$1\" | $d"
for rows in 1 7 64; do
    way "rows$rows" "predict --rows $rows" "predict -m \"\$1\" --rows $rows < test.src"
    way "batch$rows" "batch-mask --rows $rows" "$t | batch-mask --rows $rows | $e | $d"
done
for jobs in 1 2 3; do
    way "jobs$jobs" "predict -j $jobs" "predict -m \"\$1\" -j $jobs < test.src"
done
way stages-jobs 'stages with two workers each' "$t | batch-mask | $e -j 2 | $d -j 2"
way tee 'tee between all stages' "$t | tee t1 | batch-mask | tee t2 | $e | tee t3 | attend -m \"\$1\" | tee t4 | $d"

for set in portable avx2 avx512; do
    predict -m "$model" --kernels $set < test.src > "kernels.$set" 2> "kernels.$set.said" || {
        talk "kernels $set: $(cat "kernels.$set.said")"
        continue
    }
    row "kernels-$set" "$(paste plain.txt "kernels.$set" | awk -F '\t' '$1 != $2' | wc -l)" lines 'different from the best set of this machine'
    tokenize -m "$model" < test.src | batch-mask --kernels $set | encode -m "$model" --kernels $set | decode -m "$model" --kernels $set > set.pipe
    predict -m "$model" --kernels $set --rows 1 < test.src > set.one
    if ! cmp -s "kernels.$set" set.pipe || ! cmp -s "kernels.$set" set.one; then
        talk "kernels $set: ways differ"
        verdict=1
    fi
done

# Median seconds of three runs of each, one after the other, so that all see the same neighbours; the model is loaded each time.
for _ in 1 2 3; do
    for call in '1 1' '64 1' '1 0' '64 0'; do
        # shellcheck disable=SC2086 # two words
        set -- $call
        start=$(now)
        predict -m "$model" --rows "$1" -j "$2" < test.src > /dev/null
        echo "$1 $2 $(since "$start")"
    done
done > times.txt
median() { # ROWS JOBS
    awk -v r="$1" -v j="$2" '$1 == r && $2 == j { print $3 }' times.txt | sort -g | sed -n 2p
}
for call in '1 1' '64 1' '1 0' '64 0'; do
    # shellcheck disable=SC2086 # two words
    set -- $call
    row "predict-rows$1-jobs$2" "$(median "$1" "$2")" s "3,000 lines, --rows $1 -j $2 (0: every processor), median of 3"
done
row predict-ratio-1 "$(echo "$(median 1 1) $(median 64 1)" | awk '{ printf "%.2f", $1 / $2 }')" x '--rows 64 against --rows 1, one worker'
ratio=$(echo "$(median 1 0) $(median 64 0)" | awk '{ printf "%.2f", $1 / $2 }')
row predict-ratio "$ratio" x "--rows 64 against --rows 1, $(nproc) processors"
echo "$ratio" | awk '{ exit !($1 >= 3) }' || { talk "--rows 64 is $ratio times as fast as --rows 1, want 3"; verdict=1; }
exit $verdict
