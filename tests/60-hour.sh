#!/bin/sh
# 60-hour.sh: a training beside other things: two that want one output, what it says while it works, how it ends.
. "${srcdir:-.}/tests/lib.sh"
has train predict || skip_all 'not built'

awk -v n=300 -v seed=11 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 30 pairs.tsv > dev.tsv

# begun NAME OPTION...: a training in the background, $begun its process; back once its checkpoint stands.
begun() {
    begun_name=$1
    shift
    train --tokenizer word --hidden 8 --steps 100000000 --checkpoint-every 5 --no-store "$@" -o "$begun_name" pairs.tsv 2> said &
    begun=$!
    begun_n=0
    while test $((begun_n += 1)) -le 1000; do
        test -e "${begun_name%.heed}.ckpt.heed" && return
        kill -0 $begun || break
        sleep 0.02
    done
    cat said
    return 1
}
# ended SIGNAL: that training, by it.
ended() {
    kill "-$1" $begun
    ended_status=0
    wait $begun || ended_status=$?
}

# F7: the second one would have thrown the work of the first away.
t_two() {
    train -q --no-store --tokenizer word --hidden 8 --steps 2 --dev none -o two.heed pairs.tsv && ln -s two.heed link.heed &&
        rm -f two.ckpt.heed && begun two.heed --force --dev none || return 1
    for other in 'two.heed' 'two.heed --force' 'two.heed --resume' 'two' 'link.heed --force' './two.heed --force'; do
        # shellcheck disable=SC2086 # a name and its option
        fails 1 "is being trained by process $begun; wait until it ends, or give another -o" \
            train -q --no-store --tokenizer word --hidden 8 --steps 2 --dev none pairs.tsv -o $other || return 1
    done
    train -q --no-store --tokenizer word --hidden 8 --steps 2 --dev none -o other.heed pairs.tsv && kill -0 $begun || return 1
    ended TERM
    echo "status $ended_status" && test $ended_status -eq 143 && set -- .*.lock && test ! -e "$1"
}
run t_two 'F7 two trainings cannot have one output, by whatever name'

t_dead() {
    begun dead.heed --dev none && ended KILL && test -e .dead.heed.lock &&
        train -q --no-store --resume --steps 100 -o dead.heed --dev none pairs.tsv 2> said || { cat said; return 1; }
    set -- .*.lock && test ! -e "$1"
}
run t_dead 'one that was killed keeps nobody out'

t_typed() {
    printf 'a a b b\ta b\na b\ta a b b\n\004' > keys
    script -qec 'train --no-store --tokenizer word --hidden 4 --steps 2 --dev none -o typed.heed' /dev/null < keys > log 2>&1 && cat log &&
        grep -q '^train: pairs SOURCE<TAB>TARGET are read from this terminal; Ctrl-D ends them' log && test -s typed.heed
}
if script -qec true /dev/null < /dev/null > log 2>&1; then
    run t_typed 'pairs that are to be typed are asked for'
else
    skip 'no script(1)' 'pairs that are to be typed are asked for'
fi

# --- what it says ---

# The checkpoint is four models' worth; who wants to make the run longer keeps it.
t_done() {
    train -q --no-store --tokenizer word --hidden 8 --steps 12 --checkpoint-every 5 --dev dev.tsv -o done.heed pairs.tsv &&
        test -s done.heed && test ! -e done.ckpt.heed &&
        fails 1 'no checkpoint done.ckpt.heed (--keep-checkpoint leaves it when a training is done)' \
            train -q --no-store --resume --steps 20 --dev dev.tsv -o done.heed pairs.tsv &&
        train -q --no-store --tokenizer word --hidden 8 --steps 12 --dev dev.tsv --keep-checkpoint -o kept.heed pairs.tsv &&
        cmp done.heed kept.heed && test -s kept.ckpt.heed &&
        train -q --no-store --resume --steps 20 --dev dev.tsv -o kept.heed pairs.tsv && test -s kept.ckpt.heed &&
        train -q --no-store --resume --steps 24 --keep-checkpoint=off --dev dev.tsv -o kept.heed pairs.tsv && test ! -e kept.ckpt.heed
}
run t_done 'the checkpoint goes when the training is done, or is kept'

# In a file: the time of day, updates, loss, dev metric, speed, time left.
line='[0-2][0-9]:[0-5][0-9]:[0-5][0-9]  step [0-9]* of [0-9]*, loss [0-9.]*, dev [a-z-]* [0-9.]*[ %]*, [0-9]* tokens/s, [0-9.e+]* GFLOP/s ([0-9]* % of peak), [0-9hms]* left$'
t_lines() {
    begun lines.heed --dev dev.tsv --eval-every 20 --progress-every 0.2 || return 1
    n=0
    while test $((n += 1)) -le 500; do
        test "$(grep -c "^train: $line" said)" -ge 2 && break
        sleep 0.02
    done
    kill -TERM $begun
    wait $begun
    tail -n 4 said
    test "$(grep -c "^train: $line" said)" -ge 2 && grep -q '^train: interrupted at step ' said
}
run t_lines 'in a file a line of progress now and then'

# asked PATTERN: SIGUSR1 until a line says it.
asked() {
    asked_n=0
    while test $((asked_n += 1)) -le 200; do
        kill -USR1 $begun || break
        sleep 0.02
        grep -q "$1" said && return
    done
    cat said
    return 1
}
t_asked() {
    begun asked.heed -q --dev dev.tsv --eval-every 20 && asked '^train: [0-9:]*  step [0-9]* of [0-9]*, loss [0-9.]*' || return 1
    ended TERM
    test $ended_status -eq 143 && ! grep -v "^train: [0-9:]*  step [0-9]* of\|^train: [a-z ]*, since [0-9:]*\$" said
}
run t_asked 'SIGUSR1 asks for one, under -q too'

# Where no update comes by for a while. A pipe that nobody writes to is read for ever.
t_asked_early() {
    mkfifo slow && { sleep 30 > slow & } && holder=$!
    train --no-store --tokenizer sentencepiece --hidden 4 --steps 2 --dev none -o early.heed slow 2> said &
    begun=$!
    n=0 # until it answers, which is after the loader's work
    while test $((n += 1)) -le 1000 && ! grep -q '^SigCgt:.*[2367abef]..$' /proc/$begun/status; do sleep 0.02; done
    asked '^train: reading pairs, since [0-9:]*$' || return 1
    cat pairs.tsv pairs.tsv > slow
    kill $holder
    while kill -USR1 $begun 2> /dev/null; do :; done
    wait $begun && cat said && grep -q '^train: learning a tokenizer of the source and the target: sentencepiece, from 1200 lines$' said &&
        test -s early.heed
}
run t_asked_early 'and is answered while it reads; learning a tokenizer shows itself'

# What is printed is typed again, quotes and blanks and all.
t_command() {
    mkdir -p "it's a folder" && cp pairs.tsv "it's a folder/-p q.tsv" && begun "it's a folder/m \$x.heed" --dev dev.tsv --name 'a "b"' \
        --progress-every 0.5 "it's a folder/-p q.tsv" || return 1
    ended TERM
    sed -n 's/^train: go on with: //p' said > line && cat line && grep -q "^train --resume -o 'it'.''s a folder/m \$x.heed' " line || return 1
    sed 's/--steps [0-9]*/--steps 100000/' line > again && timeout 1 sh again 2> said
    cat said
    grep -q '^train: 100000 steps in all, not 100000000: ' said || return 1
    begun_none=$(train --no-store --tokenizer word --hidden 8 --steps 100000000 --dev none -o none.heed pairs.tsv 2>&1 & sleep 0.7; kill -TERM $!; wait)
    echo "$begun_none"
    echo "$begun_none" | grep -q 'no model yet, but this takes the checkpoint: predict -m none.ckpt.heed' &&
        echo 'my house' | predict -q -m none.ckpt.heed > got
}
run t_command 'the line that goes on with it can be typed as it is'

# The average of the weights, which is measured, moves every eighth update.
t_twice() {
    train --no-store --tokenizer word --hidden 8 --steps 82 --eval-every 40 --dev dev.tsv -o eighth.heed pairs.tsv 2> said && cat said &&
        test "$(grep -c '^train: step [0-9]*: dev' said)" -eq 2 && grep -q 'at step [48]0 of 82' said &&
        train --no-store --tokenizer word --hidden 8 --steps 82 --eval-every 40 --average 0 --dev dev.tsv --force -o eighth.heed pairs.tsv 2> said &&
        test "$(grep -c '^train: step [0-9]*: dev' said)" -eq 3
}
run t_twice 'what has not moved is not measured again'

done_testing
