#!/bin/sh
# 47-old-model.sh: a model of commit da68ba2 (plugin ABI 1) still loads, says the same, and can be trained on.
. "${srcdir:-.}/tests/lib.sh"
has predict train tokenize encode attend decode peek || skip_all 'not built'
old=$srcdir/tests/old/da68ba2

t_predict() { predict -m "$old.heed" "$old.src" > got && diff "$old.tgt" got; }
run t_predict 'it predicts the same text'

t_pipeline() {
    tokenize -m "$old.heed" "$old.src" > ids && encode -m "$old.heed" ids > memory &&
        attend -m "$old.heed" memory > keys && decode -m "$old.heed" keys > got && diff "$old.tgt" got
}
run t_pipeline 'so does the pipeline'

t_init() {
    awk -v n=100 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv &&
        train -q --no-store --init "$old.heed" --steps 3 --dev none -o new.heed pairs.tsv &&
        peek new.heed > shown && grep -q '^  plugin.cell=cell_gru/2/1$' shown && predict -m new.heed "$old.src" > got &&
        test "$(wc -l < got)" -eq "$(wc -l < "$old.src")"
}
run t_init 'training goes on from it; what comes out is a model of today'
# Interrupted at step 360 of 400. The bits of its end are those of the machine, the text it learnt is not.
t_resume() {
    cp "$old.ckpt.heed" here.ckpt.heed && train --resume --keep-checkpoint --no-store --dev none -o here.heed "$old.tsv" 2> said && cat said &&
        peek here.ckpt.heed > shown && grep -q '^  trainer.step=400$' shown && cut -f1 "$old.tsv" > sources &&
        predict -m here.heed sources > got && test "$(wc -l < got)" -eq 40 &&
        train -q --resume --steps 420 --keep-checkpoint=off --no-store --dev none -o here.heed "$old.tsv" && test ! -e here.ckpt.heed
}
run t_resume 'a checkpoint of then is gone on from, and further than it meant to go'
done_testing
