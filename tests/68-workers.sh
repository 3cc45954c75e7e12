#!/bin/sh
# 68-workers.sh: `train -j` changes the speed, never the bytes: for any number of shards, with measuring on dev, from the
# beginning, or killed and resumed with another number of workers. HEED_KILLS: how often (8).
. "${srcdir:-.}/tests/lib.sh"
has train runs || skip_all 'not built'

awk -v n=300 -v seed=11 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 30 pairs.tsv > dev.tsv

go_by='' long=30 short=30 numbers='1 2 3 4 7'
# Under sanitizers, which take minutes otherwise, fewer passes do; the end by patience comes in the kills.
! sanitized || long=15 short=3 numbers='1 3 7' HEED_KILLS=${HEED_KILLS:-3}
passes=$short
go() { # NAME OPTION...
    go_name=$1
    shift
    $go_by train pairs.tsv --dev dev.tsv --tokenizer word --hidden 24 --layers 2 --dropout 0.2 --dropout-attention 0.1 --epochs $passes \
        --patience 3 --lr 0.01 --metric exact --eval-every 20 --checkpoint-every 15 --warmup 10 --rows 16 -q --keep-checkpoint \
        -o "$go_name.heed" "$@"
}

t_workers() {
    for shards in $numbers; do
        go one -j 1 --shards $shards --force || return
        for j in 2 3 4; do
            go many -j $j --shards $shards --force && same one.heed many.heed || return
        done
    done
}
t_nets() {
    for net in transformer transformer-rnn rnn-transformer; do
        go one -j 1 --net $net --heads 4 --force && go many -j 3 --net $net --heads 4 --force && same one.heed many.heed || return
    done
}
t_default() { go usual && go two -j 2 && same usual.heed two.heed; }

t_kills() {
    kills=0 turn=0 passes=$long
    go whole -j 2 || return
    while test $turn -lt "${HEED_KILLS:-8}"; do
        turn=$((turn + 1))
        rm -f chain.heed chain.ckpt.heed
        option=--force
        for j in $((turn % 4 + 1)) $(((turn + 1) % 3 + 1)); do
            (go_by='exec' && go chain -j "$j" $option 2> said) &
            pid=$!
            sleep "0.$((turn * 7 % 40 + 10))"
            kill -KILL $pid 2> /dev/null && kills=$((kills + 1))
            wait $pid 2> /dev/null
            test -e chain.ckpt.heed && option=--resume
        done
        go chain -j $((turn % 2 + 1)) $option && same whole.heed chain.heed || return
    done
    echo "$kills kills"
    test $kills -ge $((turn / 2))
}

t_lists() { train --help | grep -q -- '-j, --jobs' && ! train pairs.tsv -j -1 -o no.heed 2> said && grep -q jobs said; }

run t_nets 'of every kind of net'
run t_workers 'one to four workers, one to seven shards: the same bytes'
run t_default 'without -j too'
run t_kills 'killed at any moment and resumed with other workers: the same bytes'
run t_lists '-j is an option, a number from 0'
done_testing
