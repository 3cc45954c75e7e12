#!/bin/sh
# 83-quantize.sh: a model with weights of 8 bits: smaller, runs everywhere a model runs, the same text however it is run, and is
# not trained.
. "${srcdir:-.}/tests/lib.sh"
has train predict quantize tokenize encode decode peek || skip_all 'not built'

awk -v n=400 -v seed=11 -f "$srcdir/tests/toy.awk" > pairs.tsv
cut -f 1 pairs.tsv > text
n=0
for shape in '--cell lstm --layers 2 --hidden 32' '--tied on --decoder luong-feed --hidden 48' '--decoder bahdanau --hidden 32' \
    '--net transformer --layers 2 --heads 2 --hidden 32'; do
    n=$((n + 1))
    # shellcheck disable=SC2086 # options are words
    train -q pairs.tsv --dev none --tokenizer word --joint off --lr 0.01 --steps 60 $shape -o m$n.heed ||
        { echo 'Bail out! train fails'; exit 1; }
done

t_small() {
    for i in 1 2 3 4; do
        quantize -o q$i.heed m$i.heed 2> said && grep -q "^quantize: q$i.heed: [0-9]* of [0-9]* tensors in 8 bits; weights " said &&
            peek q$i.heed > shown && grep -q 'src.embed.weight  *I8 ' shown && grep -q 'src.embed.weight.scale  *F32 ' shown || return
    done
    test "$(wc -c < q1.heed)" -lt $(($(wc -c < m1.heed) / 2)) && quantize -q -o again.heed m1.heed && same q1.heed again.heed
}

# What one process does with all lines and the kernels of this CPU.
t_same() {
    for i in 1 2 3 4; do
        predict -q -m q$i.heed text > want && test "$(wc -l < want)" -eq 400 || return
        for kernels in portable avx2 avx512; do
            train --kernels $kernels --version > out 2>&1 || continue
            predict -q --kernels $kernels -m q$i.heed text > got && same want got || return
        done
        predict -q --rows 1 -j 1 -m q$i.heed text > got && same want got && predict -q --rows 7 -j 3 -m q$i.heed text > got && same want got || return
        tokenize -q -m q$i.heed text | encode -m q$i.heed | decode -q -m q$i.heed > got && same want got || return
    done
}

# Of what such a model has learnt little is lost.
t_near() {
    predict -q -m m1.heed text > floats && predict -q -m q1.heed text > whole &&
        differ=$(paste floats whole | awk -F '\t' '$1 != $2' | wc -l) && echo "$differ lines differ" && test "$differ" -lt 40
}

t_refused() {
    fails 1 'q2.heed exists; --force replaces it' quantize -o q2.heed m1.heed &&
        fails 1 'q1.heed: no weights to be made smaller' quantize -o no.heed q1.heed && test ! -e no.heed &&
        fails 2 'is the model that is read' quantize --force -o m1.heed m1.heed && fails 2 'which model?' quantize -o no.heed &&
        fails 2 'where to?' quantize m1.heed && fails 1 'is no model, but text' quantize -o no.heed text &&
        fails 1 'are run, not trained' train pairs.tsv --init q1.heed -o no.heed --steps 1 && test ! -e no.heed &&
        quantize -q --force -o q2.heed m2.heed
}

# Its options and its words are those of the model it was made of.
t_like() {
    train -q pairs.tsv --dev none --like q3.heed --steps 2 -o like.heed && peek like.heed > shown && grep -q 'decoder=bahdanau' shown &&
        tokenize -m q1.heed text > a && tokenize -m m1.heed text > b && peek --values a > a.shown && peek --values b > b.shown &&
        sed 1,/vocab/d a.shown > a && sed 1,/vocab/d b.shown > b && same a b
}

run t_small 'smaller, and equal to itself'
run t_same 'the same text with every kernel set, number of rows and workers, and through the pipeline'
run t_near 'nearly the text of the model with floats'
run t_refused 'what cannot be made smaller, written or trained'
run t_like 'train --like it, and its words'
done_testing
