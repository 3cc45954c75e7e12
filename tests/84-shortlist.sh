#!/bin/sh
# 84-shortlist.sh: a model that chooses among the words of its shortlist: the same text however it is run, nearly that of all
# words, and which words those are is learnt of pairs.
. "${srcdir:-.}/tests/lib.sh"
has train predict shortlist quantize tokenize encode decode peek || skip_all 'not built'

awk -v n=400 -v seed=11 -f "$srcdir/tests/toy.awk" > pairs.tsv
cut -f 1 pairs.tsv > text
cut -f 2 pairs.tsv > target
train -q pairs.tsv --dev none --tokenizer word --joint off --hidden 32 --copy off --lr 0.01 --steps 80 -o m.heed &&
    shortlist -m m.heed --best 3 --frequent 2 -o l.heed pairs.tsv 2> said && quantize -q -o q.heed l.heed ||
    { echo 'Bail out! no models'; cat said; exit 1; }
train -q pairs.tsv --dev none --tokenizer word --joint off --net transformer --layers 1 --hidden 32 --copy off --lr 0.01 --steps 60 -o t.heed &&
    shortlist -q -m t.heed --best 3 --frequent 2 -o h.heed pairs.tsv || { echo 'Bail out! no transformer'; exit 1; }

t_made() {
    cat said && grep -q '^shortlist: 400 pairs: [0-9]* of [0-9]* words for a source, [0-9.]* % of the target tokens are not among them$' said &&
        peek l.heed > shown && grep -q 'vocab.shortlist.words  *I32 ' shown && peek q.heed > shown && grep -q 'vocab.shortlist.words  *I32 ' shown &&
        shortlist -q -m m.heed --best 3 --frequent 2 -o again.heed < pairs.tsv && same l.heed again.heed &&
        shortlist -q -m l.heed --best 3 --frequent 2 --force -o again.heed pairs.tsv && same l.heed again.heed
}

t_same() {
    for model in l h q; do
        predict -q -m $model.heed text > want && test "$(wc -l < want)" -eq 400 || return
        for options in '--rows 1 -j 1' '--rows 7 -j 3' '--kernels portable'; do
            # shellcheck disable=SC2086 # options are words
            predict -q $options -m $model.heed text > got && test "$(wc -l < got)" -eq 400 || return
            case "$model $options" in [lh]' --kernels portable') ;; *) same want got || return ;; esac # floats are others there
        done
        tokenize -q -m $model.heed text | encode -m $model.heed | decode -q -m $model.heed > got && same want got &&
            sort -R --random-source=pairs.tsv text > mixed && predict -q -m $model.heed mixed > got && paste mixed got | sort > a &&
            paste text want | sort > b && same a b || return
    done
}

# Without it the model is the one it was made of; with it little changes, and only words of the lists come.
t_near() {
    predict -q -m m.heed text > all && predict -q --shortlist=off -m l.heed text > got && same all got &&
        tokenize -q -m l.heed text | encode -m l.heed > memory && decode -q --shortlist=off -m l.heed memory > got && same all got &&
        predict -q -m l.heed text > got && differ=$(paste all got | awk -F '\t' '$1 != $2' | wc -l) && echo "$differ lines differ" &&
        test "$differ" -lt 120 || return
    shortlist -q -m m.heed --best 0 --frequent 1 -o one.heed pairs.tsv && predict -q --unk keep -m one.heed text > got &&
        tr ' ' '\n' < got | sort -u | grep -v '^$' > words && cat words && test "$(wc -l < words)" -le 2
}

# What is followed is measured among all words.
t_force() {
    decode -q --force target --hypotheses -m l.heed memory > a && decode -q --force target --hypotheses -m m.heed < memory.of.m > b &&
        peek --values a > a.shown && peek --values b > b.shown && grep -A 3 ' log_prob' a.shown > a && grep -A 3 ' log_prob' b.shown > b && test -s a && same a b
}

t_refused() {
    fails 2 'which model?' shortlist -o no.heed pairs.tsv && fails 2 'where to?' shortlist -m m.heed pairs.tsv &&
        fails 1 'l.heed exists; --force replaces it' shortlist -m m.heed -o l.heed pairs.tsv &&
        fails 1 'no tab' shortlist -m m.heed -o no.heed text && fails 1 'no pairs' shortlist -m m.heed -o no.heed /dev/null && test ! -e no.heed &&
        train -q pairs.tsv --dev none --tokenizer word --hidden 8 --steps 1 --copy on -o copy.heed &&
        fails 1 'a model that copies' shortlist -m copy.heed -o no.heed pairs.tsv && test ! -e no.heed
}

t_trained() {
    train -q pairs.tsv --dev none --init l.heed --steps 1 -o more.heed && peek more.heed > shown && ! grep shortlist shown
}

tokenize -q -m m.heed text | encode -m m.heed > memory.of.m
run t_made 'made of pairs, the same bytes each time; what quantize makes of it has it too'
run t_same 'the same text for rows, workers, order, kernel sets, and through the pipeline'
run t_near 'off, and on'
run t_force 'decode --force asks nobody for a list'
run t_refused 'what has no list, and where none is written'
run t_trained 'training goes on without it'
done_testing
