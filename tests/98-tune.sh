#!/bin/sh
# 98-tune.sh: searches over options: the winner is what train would make, whatever was killed on the way and however many
# worked on it; sizes, times and ranges are kept to. HEED_KILLS=20 kills more often, HEED_SEED draws other moments.
. "${srcdir:-.}/tests/lib.sh"
has tune train runs || skip_all 'not built'
awk -v n=200 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv || exit 99

# tuned NAME [OPTION]...: the small search that all of these are; with searching=exec in place of the shell, so that its number is $!.
tuned() {
    tuned_as=$1
    shift
    ${searching:-} tune --steps 64 --trials 5 --hidden 8 --tokenizer word -j 1 --checkpoint-every 8 --range lr=0.004:0.03:log --range cell=gru,rnn "$@" -o "$tuned_as.heed" pairs.tsv
}

t_found() {
    begin=$(date +%s%N) && tuned one > table 2> said && took=$((($(date +%s%N) - begin) / 1000000)) &&
        test ! -e one.heed.tune && test "$(grep -c '^ *[0-9]' table)" -eq 5 && grep -q 'best *$' table &&
        command=$(sed -n 's/.*the same model: \(.*train --steps.*\)-o one.heed/\1 -q -o again.heed/p' said) &&
        test -n "$command" && sh -c "$command" && same one.heed again.heed &&
        runs list --csv --kind tune | grep -q 'one.heed' && test "$(runs list --csv --kind train --tag "tune-$(runs sql --csv 'SELECT substr(uuid, 1, 8) FROM tune WHERE path LIKE ?1' %/one.heed | tail -n 1)" | sed 1d | wc -l)" -eq 5 &&
        test "$(runs best --by kind --tag "tune-$(runs sql --csv 'SELECT substr(uuid, 1, 8) FROM tune WHERE path LIKE ?1' %/one.heed | tail -n 1)" --csv | cut -d, -f1,2 | tail -n 1)" = train,1 &&
        fails 1 'its search is done' tuned one --halving 5 && tuned one > repeated 2> said && same table repeated &&
        mv one.heed away && fails 1 'one.heed is gone' tuned one && mv away one.heed
}

t_json() {
    tuned json > out 2> said && tuned json --json --force 2> said > rows && grep -q 'trial 0, 16 updates' said && test "$(wc -l < rows)" -eq 5 && same one.heed json.heed &&
        head -n 1 rows | grep -q '"options":.*"remark":"best"'
}

# The training that it runs goes with it. Moments are such that, all in all, about a search's time goes by.
t_killed() {
    kills=${HEED_KILLS:-3} hit=0
    awk -v n="$kills" -v seed="${HEED_SEED:-1}" -v ms="${took:-3000}" 'BEGIN { for (srand(seed); i < n; i++) print ms * 2 / (n + 1) * rand() / 1000 }' > moments
    while read -r moment; do
        { searching='exec'; tuned killed; } > out 2>> said &
        pid=$!
        sleep "$moment"
        kill -s KILL "$pid" 2> killing && hit=$((hit + 1))
        status_got=0
        wait "$pid" || status_got=$?
        test "$status_got" -eq 137 || test "$status_got" -eq 0 || { cat said; return 1; }
        test "$status_got" -ne 0 || break
    done < moments
    tuned killed > out 2>> said || { cat said; return 1; }
    same one.heed killed.heed && test ! -e killed.heed.tune
}

t_interrupted() {
    { searching='exec'; tuned asked; } > out 2> said &
    pid=$!
    while test ! -s asked.heed.tune/0.heed.log && test ! -s asked.heed.tune/0.ckpt.heed; do kill -0 "$pid" || return 1; sleep 0.02; done
    kill -s TERM "$pid"
    status_got=0
    wait "$pid" || status_got=$?
    test "$status_got" -eq 143 && grep -q 'the same command line goes on' said && runs list --csv --status interrupted | grep -q asked.heed &&
        tuned asked --resume > out 2> said && same one.heed asked.heed && ! tuned nothing --resume 2> said && grep -q 'nothing to resume' said
}

t_two() {
    { searching='exec'; tuned two; } > out.1 2> said.1 &
    pid=$!
    status_got=0
    tuned two > out.2 2> said.2 || status_got=$?
    wait "$pid" || { cat said.1; return 1; }
    test "$status_got" -eq 0 || { cat said.2; return 1; }
    same one.heed two.heed && cat said.1 said.2 | grep -c 'updates: dev' > worked && test "$(cat worked)" -eq 6
}

# 8: about 1300 weights; 24 is more than 12k.
t_size() {
    tune --steps 20 --trials 3 --halving 3 --size 16k --tokenizer word --range hidden=4,8,32,64 -o small.heed pairs.tsv > table 2> said &&
        grep -q 'size allows' table && test "$(grep -c -e '--hidden=[48]' table)" -eq 2 && test "$(stat -c %s small.heed)" -lt 40000 &&
        fails 1 '--size allows' train -q --size 16k --hidden 64 --tokenizer word -o big.heed pairs.tsv && test ! -e big.heed
}

t_seeds() {
    tuned seeds --repeats 1 --halving 2 > table 2> said && test "$(awk '$2 == 2' table | wc -l)" -eq 2 && grep -q 'best *$' table
}

# Where others keep the machine busy even this is too little time, which is said.
t_time() {
    if tune --time 4s --trials 2 --halving 2 --hidden 4 --tokenizer word --range lr=0.004:0.03 --range embed=4,24 -o timed.heed pairs.tsv > out 2> said; then
        sed -n 's/.*the same model: //p' said | sed 's/-o timed.heed/-q -o twice.heed/g' > line && grep -e --long=off line && sh -e line && same timed.heed twice.heed || return
    else
        grep 'too few to search in' said || return
    fi
    fails 1 'too few to search in' tune -q --time 0.1s --hidden 4 --tokenizer word -o never.heed pairs.tsv
}

t_spec() {
    printf '# two\nlr=0.004:0.03:log # by its logarithm\n\n  cell=gru,rnn\n' > spec &&
        tune --steps 64 --trials 5 --hidden 8 --tokenizer word -j 1 --checkpoint-every 8 --spec spec -o spec.heed pairs.tsv > out 2> said && same one.heed spec.heed &&
        echo 'hiden=1,2' > bad && fails 2 'bad:1: no option --hiden; did you mean --hidden?' tune --steps 64 --spec bad -o m.heed pairs.tsv
}

t_refused() {
    fails 2 'not in [-1, 1)' tune --steps 64 --range dropout=0.1:3 -o m.heed pairs.tsv &&
        fails 2 'not one to search over' tune --steps 64 --range seed=1,2 -o m.heed pairs.tsv &&
        fails 2 'is given, and has a range' tune --steps 64 --hidden 4 --range hidden=1,2 -o m.heed pairs.tsv &&
        fails 2 'give --time' tune -o m.heed pairs.tsv && fails 2 'give -o' tune --steps 64 pairs.tsv &&
        fails 2 'name their file' tune --steps 64 -o m.heed && fails 2 'compared on dev pairs' tune --steps 64 --dev none -o m.heed pairs.tsv &&
        fails 2 'no use for it' tune --steps 64 --epochs 3 -o m.heed pairs.tsv && fails 2 'no use for it' tune --steps 64 --steps-of 3 -o m.heed pairs.tsv && fails 2 '2 or more' tune --steps 64 --halving 1 -o m.heed pairs.tsv && fails 2 'too few' tune --steps 3 -o m.heed pairs.tsv &&
        fails 2 'the store is where' tune --steps 64 --no-store -o m.heed pairs.tsv &&
        fails 1 'trial 0: cannot read none.tsv' tune -q --steps 64 -o m.heed none.tsv && test ! -e m.heed &&
        fails 1 'cannot read none.tsv' tune -q --time 9s -o timed.heed none.tsv && test ! -e timed.heed.tune
}

# Both become another command of ours.
t_names() {
    runs watch --metric train.loss > watched && plot --run last:train --metric train.loss > drawn && head -n "$(wc -l < drawn)" watched | same drawn - &&
        train --tune -q --steps 16 --hidden 4 --tokenizer word -o named.heed pairs.tsv > table && test "$(grep -c '^ *[0-9]' table)" -eq 8 && test -s named.heed
}

# Steps of twice the arithmetic are two updates, of half of it half of one; a multiple of what is measured stays one.
t_steps_of() {
    train --tokenizer word --hidden 8 --steps 8 --stop 1 -o asked.heed pairs.tsv 2> said && gflop=$(sed -n 's/.*an update about \([0-9.e-]*\) GFLOP.*/\1/p' said) &&
        twice=$(awk -v g="$gflop" 'BEGIN { printf "%.4g", 2 * g }') && train --tokenizer word --hidden 8 --steps-of "$twice" --steps 20 --eval-every 5 --stop 10 -o steps.heed pairs.tsv 2> said &&
        grep -q 'stopped at step 20 of 40' said && grep 'go on with' said > line && ! grep -e --steps-of line && grep -q -e '--steps 40 ' line && grep -q -e '--eval-every 10 ' line &&
        train -q --tokenizer word --hidden 8 --steps-of "$twice" --steps 20 --eval-every 5 --resume -o steps.heed pairs.tsv && train -q --tokenizer word --hidden 8 --steps 40 --eval-every 10 -o updates.heed pairs.tsv && same updates.heed steps.heed &&
        less=$(awk -v g="$gflop" 'BEGIN { printf "%.4g", 0.57 * g }') && train --tokenizer word --hidden 8 --steps-of "$less" --steps 41 --eval-every 10 -o less.heed pairs.tsv 2> said && grep -q 'of 25,' said &&
        train -q --tokenizer word --hidden 8 --steps 25 --eval-every 6 -o updates.heed --force pairs.tsv && same updates.heed less.heed && fails 2 '--steps-of needs --steps' train --steps-of 1 --epochs 2 -o m.heed pairs.tsv
}

# What was stopped is not done: best leaves it out, as the trials that were not taken to the end.
t_stop() {
    train -q --tokenizer word --hidden 8 --steps 40 --eval-every 10 -o whole.heed pairs.tsv &&
        train -q --tokenizer word --hidden 8 --steps 40 --eval-every 10 --stop 20 --name part -o part.heed pairs.tsv && runs list --name part --status interrupted --csv > rows && grep -q part rows && test -s part.ckpt.heed && ! cmp -s whole.heed part.heed &&
        train -q --tokenizer word --hidden 8 --steps 40 --eval-every 10 --resume -o part.heed pairs.tsv && same whole.heed part.heed && test ! -e part.ckpt.heed
}

run t_stop 'train --stop stops for now, and --resume goes on to the same bytes'
run t_steps_of 'train --steps-of counts arithmetic'
run t_refused 'what cannot be is refused in one line'
run t_found 'the winner is what train makes by the command that is told'
sanitized && HEED_KILLS=${HEED_KILLS:-1}
run t_names 'runs watch is plot, train --tune is tune'
run t_json 'the table as objects; --force begins anew'
run t_killed 'killed at random moments: the same winner, the same bytes'
echo "# ${hit:-0} of ${kills:-0} kills met it at work"
run t_interrupted 'SIGTERM: it ends, and --resume goes on'
run t_two 'two processes on one search: the same bytes, no piece done twice'
if sanitized; then
    done_testing
fi
run t_size '--size leaves models out, and draws others'
run t_seeds 'finalists from other seeds'
run t_time 'a budget of time, and one that is too small'
run t_spec 'ranges from a file'
done_testing
