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
    for begun_i in $(seq 1000); do
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

done_testing
