#!/bin/sh
# 77-mapped.sh: a model that is run is the file's own pages: none is copied, one that is gone is a line, and a model that is
# written over meanwhile is another file.
. "${srcdir:-.}/tests/lib.sh"
has train predict || skip_all 'not built'

awk -v n=300 -v seed=11 -f "$srcdir/tests/toy.awk" > pairs.tsv
cut -f 1 pairs.tsv | head -n 2 > two
train pairs.tsv --dev none --tokenizer word --hidden 32 --steps 20 -o m.heed 2> said || cat said

# ask: predict is on both ends of pipes, waits for lines on 3 and answers on 4.
ask() {
    rm -f to from
    mkfifo to from
    predict -u -j 2 -m m.heed < to > from 2> err &
    pid=$!
    exec 3> to 4< from
}

# A line is answered; then the file is cut, and what the model has not looked at yet cannot be had.
t_cut() {
    cp m.heed whole.heed && ask && sed -n 1p two >&3 && read -r answer <&4 && echo "answer $answer" && : > m.heed || return
    tail -n +2 pairs.tsv | cut -f 1 >&3
    exec 3>&- 4<&-
    status=0
    wait $pid || status=$?
    mv whole.heed m.heed
    cat err
    test $status -eq 1 && test "$(wc -l < err)" -eq 1 && grep -q '^predict: a file in use was cut short meanwhile' err
}

t_replaced() {
    predict -m m.heed two > want && ask && sed -n 1p two >&3 && read -r first <&4 || return
    train pairs.tsv --dev none --tokenizer word --hidden 32 --steps 3 --seed 2 --force -o m.heed 2> said && sed -n 2p two >&3 && exec 3>&- || return
    read -r second <&4
    exec 4<&-
    wait $pid && printf '%s\n%s\n' "$first" "$second" > got && same want got
}

run t_cut 'a model cut short while it is used: one line, status 1'
run t_replaced 'a model written anew: who runs the old one goes on with it'
done_testing
