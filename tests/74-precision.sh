#!/bin/sh
# 74-precision.sh: `train --precision`: bf16 trains, resumes and is dealt to workers with the same bytes, is recorded and kept;
# auto is settled once; where there is no instruction for bf16 the same numbers come without it.
. "${srcdir:-.}/tests/lib.sh"
has train predict peek runs || skip_all 'not built'

awk -v n=300 -v seed=11 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 30 pairs.tsv > dev.tsv
cut -f 1 dev.tsv > dev.src

go_by=''
length='--steps 60'
go() { # NAME OPTION...
    go_name=$1
    shift
    # shellcheck disable=SC2086 # options are words
    $go_by train pairs.tsv --dev dev.tsv --tokenizer word --hidden 24 --dropout 0.2 $length --lr 0.01 --metric exact --eval-every 20 \
        --checkpoint-every 10 --warmup 10 --rows 16 --keep-checkpoint --name "$go_name" -o "$go_name.heed" "$@" 2> said
}
settled() { peek "$1.ckpt.heed" > shown && grep "^  train.precision=$2\$" shown; }

t_bf16() {
    go plain && go half --precision bf16 && settled half bf16 && ! settled plain && ! cmp -s plain.heed half.heed &&
        predict -m half.heed < dev.src > out && test "$(wc -l < out)" -eq 30 && runs show half > out && grep -q '^precision  *bf16$' out &&
        runs show plain > out && ! grep '^precision' out
}
t_workers() { go one --precision bf16 -j 1 && go two --precision bf16 -j 2 && same one.heed half.heed && same two.heed half.heed; }

# Killed as soon as there is a checkpoint, and gone on with without a word of precision, with the same one, and with auto.
t_resume() {
    kills=0
    for option in '' '--precision bf16' '--precision auto'; do
        rm -f part.heed part.ckpt.heed
        (go_by='exec' && go part --precision bf16) &
        pid=$!
        while ! test -e part.ckpt.heed; do
            kill -0 $pid || return
            sleep 0.01
        done
        kill -KILL $pid && kills=$((kills + 1))
        wait $pid 2> /dev/null
        # shellcheck disable=SC2086 # an option or none
        go part --resume $option && same half.heed part.heed && settled part bf16 || return
    done
    echo "$kills kills"
    fails 2 'precision bf16 -> fp32' train pairs.tsv --dev dev.tsv --resume --precision fp32 -o part.heed &&
        fails 2 'precision' train pairs.tsv --precision fp16 -o no.heed
}

# Without the instruction auto stays fp32, and a run that is in bf16 goes on in it, by other means.
t_portable() {
    go slow --precision auto --kernels portable && grep -q '^train: precision fp32: there is no instruction for bf16 here$' said &&
        ! settled slow && go same --kernels portable && same slow.heed same.heed &&
        go slow --force --precision bf16 --kernels portable && test "$(grep -c 'precision' said)" -eq 1 &&
        grep -q '^train: precision bf16: there is no instruction for it here; .* (portable)$' said && settled slow bf16
}

# Whatever auto finds is told, recorded and kept.
t_auto() {
    go found --precision auto && word=$(sed -n 's/^train: precision \([a-z0-9]*\): .*/\1/p' said) && echo "found $word" || return
    case $word in
    bf16) settled found bf16 && same found.heed half.heed && runs show found > out && grep '^precision  *bf16$' out ;;
    fp32) ! settled found && same found.heed plain.heed && runs show found > out && ! grep '^precision' out ;;
    *) false ;;
    esac || return
    length='--steps 70' && go found --resume --precision auto && ! grep 'precision' said && length='--steps 60' &&
        if test "$word" = bf16; then settled found bf16; else ! settled found; fi
}

run t_bf16 'bf16 trains a model that predict takes, and is recorded'
run t_workers 'the same bytes for any number of workers'
run t_resume 'killed and resumed: the same bytes in the same precision; another is refused'
run t_portable 'without an instruction: auto is fp32, bf16 is told in one line'
run t_auto 'auto is settled once'
done_testing
