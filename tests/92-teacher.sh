#!/bin/sh
# 92-teacher.sh: a model that another one learns from, and twins (R-Drop): the same bytes for every number of workers and
# after an interruption; what a file says of them; what is refused; and pairs that a teacher made anew.
. "${srcdir:-.}/tests/lib.sh"
has train predict peek || skip_all 'not built'

awk -v n=300 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 40 pairs.tsv > dev.tsv
learn() { train -q --no-store --dropout 0.1 --warmup 5 --eval-every 20 --checkpoint-every 20 --dev dev.tsv "$@" pairs.tsv; }
learn --tokenizer word --hidden 24 --steps 60 -o t.heed || exit 1

t_ways() {
    n=0
    learn --tokenizer word --hidden 12 --steps 40 -o alone.heed && sha256sum < alone.heed > sums &&
        for o in '--teacher t.heed' '--teacher t.heed --teacher-weight 1' '--teacher t.heed --teacher-temperature 2' '--tokenizer word --r-drop 2' '--teacher t.heed --r-drop 2'; do
            n=$((n + 1))
            # shellcheck disable=SC2086 # words of a command line
            learn $o --hidden 12 --steps 40 -o "o$n.heed" && learn $o --hidden 12 --steps 40 -j 3 -o "w$n.heed" && same "o$n.heed" "w$n.heed" && sha256sum < "o$n.heed" >> sums || return 1
        done && test "$(sort -u sums | wc -l)" -eq 6
}
run t_ways 'each makes another model, the same for every number of workers'

t_resumed() {
    learn --teacher t.heed --r-drop 2 --hidden 12 --steps 40 --keep-checkpoint -o r.heed && cp t.heed moved.heed && learn --resume --teacher moved.heed --steps 60 -o r.heed &&
        learn --teacher t.heed --r-drop 2 --hidden 12 --steps 40 --keep-checkpoint -o s.heed && peek s.ckpt.heed > shown && grep -q '  train.teacher=t.heed' shown && grep -q '  trainer.teacher=' shown && grep -q '  train.r-drop=2' shown &&
        fails 1 'the teacher is not that of the checkpoint' learn --resume --teacher alone.heed --steps 60 -o s.heed && fails 2 'teacher-weight 0.5 -> 0.2' learn --resume --teacher-weight 0.2 --steps 60 -o s.heed &&
        learn --resume --steps 60 -o s.heed && same r.heed s.heed
}
run t_resumed 'gone on with by the checkpoint, which knows the teacher by its digest'

t_files() {
    learn --tokenizer word --hidden 12 --steps 20 --keep-checkpoint -o plain.heed && peek plain.ckpt.heed > shown && ! grep -E 'teacher|r-drop' shown
}
run t_files 'files say nothing of a teacher where there was none'

t_words() {
    head -n 100 pairs.tsv > few.tsv && train -q --no-store --dropout 0 --dev none --hidden 12 --steps 2 --teacher t.heed -o few.heed few.tsv && peek few.heed > shown && peek t.heed > there &&
        test "$(grep -c 'vocab' shown)" -eq "$(grep -c 'vocab' there)" && test "$(grep vocab.tgt shown)" = "$(grep vocab.tgt there)"
}
run t_words 'a new model has the words of its teacher'

t_refused() {
    fails 2 'the vocabularies are those of t.heed' learn --teacher t.heed --min-count 3 --hidden 12 --steps 2 -o no.heed && fails 1 'none.heed' learn --teacher none.heed --steps 2 -o no.heed &&
        fails 2 'that of t.heed is word' learn --teacher t.heed --tokenizer char --steps 2 -o no.heed && fails 2 'option --teacher-weight' learn --teacher t.heed --teacher-weight 0 -o no.heed && fails 2 'option --r-drop' learn --r-drop -1 -o no.heed &&
        head -n 60 pairs.tsv > small.tsv && train -q --no-store --tokenizer char --hidden 8 --steps 2 --dev none -o small.heed small.tsv && fails 2 'source vocabulary or tokenizer is another one' learn --init small.heed --teacher t.heed --steps 2 -o no.heed && test ! -e no.heed
}
run t_refused 'a teacher of other words, and what is out of range, is refused'

# Kim and Rush: the teacher's own translations of the sources are the pairs.
t_sequences() {
    cut -f 1 pairs.tsv > src && predict -q --no-store -m t.heed --beam 4 < src > out && tr '\t' ' ' < out > said && paste src said > taught.tsv && train -q --no-store --dev dev.tsv --dropout 0 --teacher t.heed --hidden 12 --steps 20 -o seq.heed pairs.tsv taught.tsv &&
        test "$(predict -q --no-store -m seq.heed < src | wc -l)" -eq 300
}
run t_sequences 'pairs of the sources and what the teacher makes of them'
done_testing
