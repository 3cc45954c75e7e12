#!/bin/sh
# 88-transformer.sh: a transformer, and nets of which one half is one: what they learn, what stands in their files, what is
# refused. That search, streams and training run them as any net, the tests of those have (41, 42, 68, 78).
. "${srcdir:-.}/tests/lib.sh"
has train predict tokenize encode attend decode peek || skip_all 'not built'

awk -v n=400 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 40 pairs.tsv > dev.tsv
printf 'the dog sees my cat .\na man .\n' > few

# Under sanitizers, which look for other faults, nothing is learnt.
few=''
! sanitized || few=40

# learnt NAME OPTION...: the small language, to the last word.
learnt() {
    learnt_name=$1
    shift
    train -q --no-store --tokenizer word --hidden 16 --steps ${few:-500} --lr 0.01 --warmup 20 --dropout 0 --dev dev.tsv -o "$learnt_name.heed" \
        --net "$@" pairs.tsv && predict -m "$learnt_name.heed" few > got && printf 'le chien voit mon chat .\nun homme .\n' > want && wanted
}
wanted() { test -n "$few" || same want got; }
t_learns() {
    learnt both transformer --layers 2 --heads 4 && learnt reads transformer-rnn --layers 1 --decoder bahdanau --cell lstm &&
        learnt writes rnn-transformer --layers 1 --decoder-layers 2
}
run t_learns 'a small language is learnt'

t_ways() {
    learnt post transformer --layers 1 --norm-place post --norm rms --activation gelu --score mlp --heads 2 &&
        learnt turned transformer --layers 1 --positions rotary --activation swiglu --score general --heads 2 --decoder-layers 2 &&
        learnt table transformer --layers 1 --positions learnt --ffn 24 --score kernel
}
run t_ways 'with every score, norm, activation and kind of position'

# Order is all there is to it: without positions no attention could tell.
t_reverses() {
    awk 'function pick(k) { x = x * 16807 % 2147483647; return 1 + int(x / 2147483647 * k) }
        BEGIN { x = 23757; for (i = 0; i < 900; i++) { a = b = ""; n = 1 + pick(5); for (k = 0; k < n; k++) { w = substr("abcdefgh", pick(8), 1)
        a = a w " "; b = w " " b } print a "\t" b } }' > turned.tsv &&
        train -q --no-store --net transformer --layers 1 --tokenizer word --hidden 32 --heads 2 --steps ${few:-700} --lr 0.01 --warmup 50 --dropout 0 --dev none \
            -o reverse.heed turned.tsv && printf 'a b c\nh a g b f\nc c d\n' | predict -m reverse.heed > got && printf 'c b a\nf b g a h\nd c c\n' > want && wanted
}
run t_reverses 'lines are turned round'

# An older heed reads models of the other nets: nothing new stands in them.
t_file() {
    train -q --no-store --tokenizer word --hidden 8 --steps 2 --dev none -o old.heed pairs.tsv && peek old.heed > shown &&
        ! grep -E '^ *(net|heads|ffn|norm|norm-place|activation|positions|decoder-layers)=' shown && grep -q 'score=mlp' shown && grep -q 'layers=1' shown &&
        peek both.heed > shown && grep -q 'net=transformer' shown && grep -q 'heads=4' shown && grep -q 'ffn=64' shown && grep -q 'score=dot:gain=off' shown &&
        ! grep -q 'plugin.cell' shown && ! grep -Eq '(norm|activation|positions)=' shown && grep -q 'decoder.1.cross.memory.weight *F32 *\[16,32\]' shown &&
        peek turned.heed > shown && grep -q 'positions=rotary' shown && grep -q 'activation=swiglu' shown && grep -q 'ffn=48' shown
}
run t_file 'what stands in the file, and not in that of another net'

t_default() {
    train -q --no-store --net transformer --tokenizer word --steps 1 --dev none -o usual.heed pairs.tsv && peek usual.heed > shown &&
        grep -q 'hidden=128' shown && grep -q 'heads=2' shown && grep -q 'ffn=512' shown && grep -q 'layers=2' shown && ! grep -q 'encoder.2' shown &&
        train -q --no-store --net transformer --tokenizer word --hidden 320 --steps 1 --dev none -o wide.heed pairs.tsv && peek wide.heed > shown &&
        grep -q 'heads=5' shown && grep -q 'layers=3' shown && grep -q 'encoder.2.ffn' shown && ! grep -q 'encoder.3' shown &&
        train -q --no-store --preset tiny --layers 1 --tokenizer word --steps 1 --dev none -o tiny.heed pairs.tsv && peek tiny.heed > shown &&
        grep -q 'net=transformer' shown && grep -q 'hidden=128' shown && grep -q 'layers=1' shown &&
        train -q --tokenizer word --net rnn-transformer --steps 1 --dev none -o half.heed pairs.tsv && peek half.heed > shown &&
        grep -q 'layers=1' shown && grep -q 'decoder.1.ffn' shown && ! grep -q 'decoder.2' shown &&
        test "$(runs sql "SELECT value FROM param WHERE key = 'hidden'" | tail -n 1)" = 128
}
run t_default 'what is not said follows from the width, and the width from the pairs'

# Weights are the mean over heads; keys are of all layers. Of the net whose decoder is recurrent attention is replayed as ever.
t_weights() {
    tokenize -m both.heed few | encode -m both.heed > memory && decode -m both.heed --weights memory > hyp && test "$(peek --check hyp)" = 'ok: 1 frame' &&
        predict -q -m both.heed --scores few > a && attend -m both.heed memory > keys && peek keys | grep -q 'keys *F32 *\[2,[0-9]*,64\]' &&
        decode -m both.heed --scores keys 2> err > b && same a b &&
        tokenize -m reads.heed few | encode -m reads.heed > other && decode -m reads.heed --attention other > seen && attend -m reads.heed seen > again &&
        fails 1 'attends in several places, which cannot be replayed; --weights has their mean' decode -m both.heed --attention memory
}
run t_weights 'weights, keys of all layers, and what cannot be replayed'

# Keys of another model of the same memory are refused, before anything is read beyond them.
t_foreign_keys() {
    learn_like() { train -q --no-store --tokenizer word --hidden 16 --steps 1 --dev none --net transformer --heads 4 -o "$1" --layers "$2" pairs.tsv; }
    learn_like two.heed 2 && learn_like three.heed 3 && tokenize -m two.heed few | encode -m two.heed | attend -m two.heed > keys &&
        tokenize -m three.heed few | encode -m three.heed > memory && fails 1 'another model' decode -m three.heed keys
}
run t_foreign_keys 'keys of another model are refused'

if test -x "$builddir/cli/plot"; then
    t_plot() { plot hyp > map && head -n 1 map | grep -q 'the *dog *sees' && plot --style digits hyp | tail -n 3; }
    run t_plot 'the mean over heads is drawn'
fi

no() { # STATUS PART OPTION...
    no_status=$1 no_part=$2
    shift 2
    fails "$no_status" "$no_part" train -q --no-store --tokenizer word --steps 1 --hidden 8 -o no.heed --net "$@" pairs.tsv
}
t_refused() {
    no 1 'hidden 8 is not divided by 3 heads' transformer --heads 3 && no 1 'embed 4: a transformer' transformer --embed 4 &&
        no 1 'readout 4: a transformer has none' transformer --readout 4 && no 2 'no net is called' formers --heads 2 &&
        no 1 'positions rotary need heads of an even width' transformer --heads 8 --positions=rotary &&
        no 1 'bridge copy needs an encoder with states of its own' transformer-rnn --bridge copy && no 2 'heads: 65 not in' transformer --heads 65 &&
        no 1 'tied on needs' transformer-rnn --readout 4 --tied=on && test ! -e no.heed && train --help | grep -q 'transformer-rnn'
}
run t_refused 'what does not go together is named'

# The nets know search and commands; these know no net.
t_door() {
    ! grep -rilE 'transformer|net/seq_|rotary' "$srcdir/core/search" "$srcdir/core/train" "$srcdir/core/model" "$srcdir/cli" --include='*.[ch]'
}
run t_door 'no word of it in search, training and commands'

done_testing
