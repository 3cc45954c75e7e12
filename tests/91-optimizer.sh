#!/bin/sh
# 91-optimizer.sh: optimizers and schedules by their options: each makes another model, the same bytes for every number of
# workers and after an interruption, and a run that does without them leaves the files that it always left.
. "${srcdir:-.}/tests/lib.sh"
has train peek || skip_all 'not built'

awk -v n=300 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 40 pairs.tsv > dev.tsv
learn() { train -q --no-store --tokenizer word --hidden 12 --dropout 0.1 --warmup 5 --eval-every 10 --checkpoint-every 10 --dev dev.tsv "$@" pairs.tsv; }

# Under sanitizers, where that takes long, only some of them have several workers.
every=1
! sanitized || every=4
t_others() {
    learn --steps 60 -o adam.heed && n=0 &&
        for o in '--optimizer sgd' '--optimizer sgd --momentum 0.5' '--beta1 0.8' '--beta2 0.98' '--schedule cosine' '--schedule plateau --lr 0.2 --plateau 1' '--schedule plateau --lr 0.2 --plateau 1 --plateau-factor 0.2' '--weight-decay 0.1 --optimizer sgd' '--dropout-words 0.2' '--dropout-variational' '--dropout-states 0.3' '--scheduled-sampling 0.5'; do
            n=$((n + 1))
            # shellcheck disable=SC2086 # words of a command line
            learn $o --steps 60 --keep-checkpoint -o "o$n.heed" || return 1
            if test $((n % every)) -eq 0; then
                learn $o --steps 60 -j 3 -o "w$n.heed" && same "o$n.heed" "w$n.heed" || return 1
            fi
            sha256sum < "o$n.ckpt.heed" >> sums
        done && sha256sum < adam.heed >> sums && test "$(sort -u sums | wc -l)" -eq 13
}
run t_others 'each makes another model, the same for every number of workers'

t_resumed() {
    learn --optimizer sgd --lr 2 --schedule plateau --plateau 1 --steps 30 --keep-checkpoint -o r.heed && learn --resume --steps 60 -o r.heed && learn --optimizer sgd --lr 2 --schedule plateau --plateau 1 --steps 30 --keep-checkpoint -o s.heed &&
        fails 2 'optimizer sgd -> adam' learn --resume --optimizer adam --steps 60 -o s.heed && fails 2 'schedule plateau -> linear' learn --resume --schedule linear --steps 60 -o s.heed && learn --resume --steps 60 -o s.heed && same r.heed s.heed
}
run t_resumed 'gone on with by the checkpoint, which says how'

t_files() {
    learn --steps 20 --keep-checkpoint -o plain.heed && peek plain.ckpt.heed > shown && ! grep -E 'optimizer|momentum|beta|plateau|dropout-words|dropout-states|variational|scheduled' shown && grep -q 'adam.v.tgt.embed.weight' shown &&
        peek o1.ckpt.heed > shown && grep -q '  train.optimizer=sgd' shown && ! grep 'adam\.v' shown
}
run t_files 'files say what was chosen, and nothing where nothing was'

t_refused() {
    fails 2 'schedule plateau needs dev pairs' train -q --no-store --tokenizer word --hidden 8 --steps 2 --schedule plateau --dev none -o no.heed pairs.tsv &&
        fails 2 'option --optimizer' learn --optimizer rmsprop -o no.heed && fails 2 'option --momentum' learn --momentum 1 -o no.heed && fails 2 'option --plateau' learn --plateau 0 -o no.heed &&
        fails 2 'option --plateau-factor' learn --plateau-factor 1 -o no.heed && fails 2 'option --beta2' learn --beta2 1 -o no.heed && fails 2 'option --dropout-words' learn --dropout-words 1 -o no.heed && fails 2 'option --dropout-states' learn --dropout-states 1 -o no.heed && fails 2 'the cell cell_sru has no such product' learn --cell sru --dropout-states 0.3 -o no.heed &&
        fails 2 'the net transformer has no such product' learn --net transformer --heads 2 --dropout-states 0.3 -o no.heed && fails 2 'option --scheduled-sampling' learn --scheduled-sampling 2 -o no.heed && test ! -e no.heed
}
run t_refused 'what is out of range is refused'
done_testing
