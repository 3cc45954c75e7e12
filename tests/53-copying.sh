#!/bin/sh
# 53-copying.sh: words taken from the source: when the data ask for it, what it is worth, who refuses it.
. "${srcdir:-.}/tests/lib.sh"
has train predict evaluate tokenize batch-mask encode attend decode peek || skip_all 'not built'
alter=$builddir/tests/alter

# copied SEED N: pairs of a verb and 3 to 6 symbols of 300 kinds, which the target takes over.
copied() {
    awk -v seed="$1" -v n="$2" 'function pick(k) { number = number * 16807 % 2147483647; return 1 + int(number / 2147483647 * k) }
        BEGIN {
            number = seed * 7919 + 1; split("sees likes knows", v); split("voit aime sait", w)
            while (n-- > 0) {
                name = ""
                for (i = pick(4) + 2; i > 0; i--) name = name " n" pick(300)
                b = pick(3); print "he " v[b] name " .\til " w[b] name " ."
            }
        }'
}
copied 3 400 > pairs.tsv && copied 4 100 > unseen.tsv && copied 5 50 > more.tsv && awk -v n=300 -v seed=7 -f "$srcdir/tests/toy.awk" > toy.tsv
learn() { # NAME OPTION...
    learn_name=$1
    shift
    train --no-store --tokenizer space --min-count 1 --hidden 32 --lr 0.02 --warmup 20 --dropout 0 --vary-final 0 --dev none \
        -o "$learn_name.heed" "$@" 2> "$learn_name.said" || { cat "$learn_name.said"; return 1; }
}
# exact NAME: how many of the unseen lines are right.
exact() {
    cut -f1 unseen.tsv | predict -q -m "$1.heed" > "$1.got" && cut -f2 unseen.tsv > want &&
        paste want "$1.got" | awk -F'\t' '$1 == $2 { n++ } END { print n + 0 }'
}

t_worth() {
    learn on --steps 200 pairs.tsv && learn off --steps 200 --copy off pairs.tsv && with=$(exact on) && without=$(exact off) &&
        echo "$with with, $without without" && test "$with" -ge 75 && test "$without" -le 40
}
run t_worth 'what training never saw comes back with copying, and not without'

t_auto() {
    cat on.said && grep -q 'copied 5.*; copying on$' on.said && grep -q 'model luong, .*, copying: ' on.said && ! grep -q copied off.said &&
        learn toy --steps 2 toy.tsv && cat toy.said && grep -q '; copying off$' toy.said && peek toy.heed > shown &&
        ! grep -q '^  copy=' shown && peek on.heed > shown && grep -q '^  copy=on$' shown
}
run t_auto 'the data decide, which is told; a model that does not copy is as before'

t_plain() {
    learn plain --steps 2 --decoder plain pairs.tsv && ! grep -q copied plain.said && rm -f no.heed &&
        fails 2 'option --copy on: the net plain pays no attention' \
            train -q --no-store --decoder plain --copy on --steps 2 --dev none -o no.heed pairs.tsv && test ! -e no.heed
}
run t_plain 'without attention there is nothing to copy by'

# ids carry pairs to look at, the plan of batches says what was seen; of one that does not nothing is known.
t_streams() {
    learn pairs --steps 2 --src-tokenizer space pairs.tsv && tokenize -q --pairs -m on.heed pairs.tsv > ids &&
        train --no-store --steps 2 --dev none -o ids.heed < ids 2> said && cat said && grep 'copied .*; copying on$' said > of_ids &&
        batch-mask --epochs 1 ids > batches && train --no-store --dev none -o batches.heed < batches 2> said && cat said &&
        grep 'copied .*; copying on$' said > of_batches && same of_ids of_batches && peek batches.heed > shown && grep -q '^  copy=on$' shown &&
        "$alter" meta copied.tokens '' < batches > silent && train --no-store --dev none -o none.heed < silent 2> said && cat said &&
        grep -q 'copying off: .*; --copy on' said && peek none.heed > shown && ! grep -q '^  copy=' shown &&
        train --no-store --copy on --dev none -o some.heed < silent 2> said && cat said && peek some.heed > shown && grep -q '^  copy=on$' shown &&
        "$alter" meta copied.own -1 < batches > wrong && fails 1 'copied.own: -1 is no number' train -q --no-store --dev none -o no.heed < wrong
}
run t_streams 'pairs of a stream are looked at, of batches their maker says'

t_ids() { "$alter" set tgt 0 99999 < ids > wrong && fails 1 'tgt' batch-mask --epochs 1 wrong; }
run t_ids 'ids that the vocabularies of a stream do not have are refused before they are looked at'

t_init() {
    train -q --no-store --init on.heed --steps 2 --dev none -o again.heed more.tsv && peek again.heed > shown && grep -q '^  copy=on$' shown &&
        train -q --no-store --init off.heed --steps 2 --dev none -o still.heed pairs.tsv && peek still.heed > shown &&
        ! grep -q '^  copy=' shown && fails 2 'copy off -> on' train -q --no-store --init off.heed --copy on --steps 2 --dev none -o no.heed pairs.tsv
}
run t_init 'a model that is gone on from keeps its way'

t_source() {
    cut -f1 unseen.tsv | tokenize -q -m on.heed | encode -m on.heed > memory && attend -m on.heed memory > keys && for from in memory keys; do
        decode -m on.heed $from > got && same on.got got && "$alter" drop src < $from > x &&
            fails 1 'this model copies words of its source, and tensor src' decode -m on.heed x && "$alter" shorten src < $from > x &&
            fails 1 'tensor src' decode -m on.heed x && "$alter" set src 0 99999 < $from > x &&
            fails 1 'tensor src' decode -m on.heed x || return 1
    done
}
run t_source 'the source is asked for by name where a stream lost it, and must be that of the model'

# What a word that is unknown becomes wants attention enough.
t_unknown() {
    echo 'he sees zyx .' > in && predict -q -m off.heed --unk-weight 0 in > low && predict -q -m off.heed --unk-weight 1 in > high &&
        predict -q -m off.heed --unk keep in > kept && same high kept && cat low kept && ! grep -q '<unk>' low || return 1
    for weight in 0 1; do
        tokenize -q -m off.heed in | encode -m off.heed > memory && decode -m off.heed --unk-weight $weight memory > got &&
            decode -m off.heed --hypotheses memory > hypotheses && detokenize -q -m off.heed --unk-weight $weight hypotheses > again &&
            test "$weight" = 0 && want=low || want=high
        same $want got && same $want again || return 1
    done
    peek --values hypotheses | grep -q '^  align_weight ' && fails 2 'option --unk-weight: 2 not in' predict -m off.heed --unk-weight 2 in
}
run t_unknown 'the least attention for a word that replaces an unknown one'
done_testing
