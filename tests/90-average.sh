#!/bin/sh
# 90-average.sh: the mean of models, value by value, and the models of a training's last checkpoints that it is made of.
. "${srcdir:-.}/tests/lib.sh"
has train average predict peek quantize || skip_all 'not built'

awk -v n=300 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
cut -f1 pairs.tsv | head -n 20 > text
learn() { train -q --no-store --tokenizer word --lr 0.02 --warmup 5 --dropout 0.1 --dev none --checkpoint-every 20 "$@" pairs.tsv; }
learn --hidden 12 --steps 110 --snapshots 3 -o m.heed || { echo 'Bail out! no model'; exit 1; }

# The last three multiples are there; interrupted and gone on with, they are the same bytes.
t_kept() {
    test "$(echo m-*.heed)" = 'm-100.heed m-60.heed m-80.heed' && predict -q -m m-100.heed text > got && test "$(wc -l < got)" -eq 20 && mkdir again && cp pairs.tsv again && cd again &&
        learn --hidden 12 --steps 70 --snapshots 3 --keep-checkpoint --schedule constant -o m.heed && test "$(echo m-*.heed)" = 'm-20.heed m-40.heed m-60.heed' &&
        learn --hidden 12 --resume --steps 110 --snapshots 3 --schedule constant -o m.heed && test "$(echo m-*.heed)" = 'm-100.heed m-60.heed m-80.heed' && mv m-100.heed went && rm m* &&
        learn --hidden 12 --steps 110 --snapshots 3 --schedule constant -o m.heed && same went m-100.heed
}
t_kept_apart() { (t_kept); }
run t_kept_apart 'a training leaves the last ones'

# values MODEL TENSOR: its numbers, one a line.
values() { peek --csv --tensor "$2" "$1" | tr ',' '\n'; }
t_mean() {
    average -o mean.heed m-60.heed m-80.heed m-100.heed 2> said && cat said && grep -q '^average: mean.heed: the mean of 3 models, [0-9]* parameters$' said &&
        average -q -o other.heed m-100.heed m-60.heed m-80.heed && predict -q -m mean.heed text > got && predict -q -m other.heed text > turned && same got turned &&
        for i in 60 80 100 mean; do
            f=m-$i.heed
            test "$i" = mean && f=mean.heed
            values "$f" tgt.embed.weight > "v.$i" || return 1
        done && test "$(wc -l < v.60)" -gt 100 && paste v.60 v.80 v.100 v.mean | awk '$1 + 0 == $1 { m = ($1 + $2 + $3) / 3; if (m - $4 > 1e-5 || $4 - m > 1e-5) { print NR, $0, m; exit 1 } n += $1 != $4 } END { exit !n }' &&
        peek --check mean.heed && average -q -o same.heed m-60.heed m-60.heed && same m-60.heed same.heed && average -q -o ckpt.heed m-60.heed m-60.heed m-60.heed && same m-60.heed ckpt.heed
}
run t_mean 'a mean, value by value; of equal ones the same bytes'

t_goes_on() {
    train -q --no-store --init mean.heed --dev none --steps 2 -o on.heed pairs.tsv && quantize -q -o q.heed mean.heed && predict -q -m q.heed text > got && test "$(wc -l < got)" -eq 20
}
run t_goes_on 'it is a model like others'

t_refused() {
    learn --hidden 8 --steps 2 -o small.heed && train -q --no-store --tokenizer char --hidden 12 --dev none --steps 2 -o chars.heed pairs.tsv && head -n 50 pairs.tsv > few.tsv &&
        train -q --no-store --tokenizer word --hidden 12 --dev none --steps 2 -o few.heed few.tsv &&
        fails 1 'small.heed: its shape is another: --hidden is not that of the first model' average -o no.heed m-60.heed small.heed &&
        fails 1 'few.heed: its source vocabulary is not that of the first model' average -o no.heed m-60.heed few.heed && fails 1 'is not that of the first model' average -o no.heed m-60.heed chars.heed &&
        fails 1 'weights of 8 bits' average -o no.heed q.heed q.heed && fails 2 'give two or more' average -o no.heed m-60.heed && fails 2 'where to?' average m-60.heed m-80.heed &&
        fails 1 'mean.heed exists; --force replaces it' average -o mean.heed m-60.heed m-80.heed && fails 2 'is a model that is read' average --force -o m-80.heed m-60.heed m-80.heed &&
        fails 2 'is the model that is read' average --force -o m-60.heed m-60.heed m-80.heed && fails 1 'is no model, but text' average -o no.heed m-60.heed text && test ! -e no.heed &&
        fails 2 'option --snapshots: 1001 not in' learn --hidden 12 --steps 2 --snapshots 1001 -o no.heed
}
run t_refused 'models that are not alike are refused'
# What somebody keeps under such a name is not written over, nor removed.
t_theirs() {
    echo theirs > w-7.heed && fails 1 './w-7.heed exists, and --snapshots may write there; --force replaces it' learn --hidden 12 --steps 30 --snapshots 2 -o ./w.heed &&
        fails 1 'w-7.heed exists' learn --hidden 12 --steps 30 --snapshots 2 -o w.heed && test ! -e w.heed && test "$(cat w-7.heed)" = theirs &&
        learn --hidden 12 --steps 30 -o w.heed && echo wx > wx-3.heed && learn --hidden 12 --steps 30 --snapshots 2 --force -o w.heed && test -s w-20.heed && test "$(cat w-7.heed)" = theirs
}
run t_theirs 'files of such a name that were there stay'
done_testing
