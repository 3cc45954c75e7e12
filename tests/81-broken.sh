#!/bin/sh
# 81-broken.sh: lines of which the model makes numbers that are none: a failure, or with --keep-going empty lines that are counted, while
# the others are what they are alone.
. "${srcdir:-.}/tests/lib.sh"
has train predict tokenize encode decode batch-mask detokenize peek || skip_all 'not built'

awk -v n=300 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
train -q --no-store --tokenizer word --joint off --copy off --hidden 8 --embed 4 --tied off --steps 100 --lr 0.02 --warmup 20 --dropout 0 --dev none -o trained.heed pairs.tsv ||
    { echo 'Bail out! train fails'; exit 1; }
# Kernels that fuse add a finite number to inf, those that do not inf - inf.
HEED_KERNELS=portable
export HEED_KERNELS
# Two places of every embedding are zeros, where dog and chien get what becomes inf - inf behind weights that nobody else meets.
words=$(peek trained.heed | sed -n 's/^ *src.embed.weight .*\[\([0-9]*\),4\].*/\1/p')
set --
for side in src tgt; do for i in $(seq 0 $((words - 1))); do set -- "$@" set $side.embed.weight $((i * 4)) 0 set $side.embed.weight $((i * 4 + 1)) 0; done; done
"$builddir/tests/alter" file "$@" < trained.heed > good.heed || { echo 'Bail out! alter fails'; exit 1; }
# spoil SIDE LAYER WIDTH FILE
spoil() {
    spoil_at=$(printf 'dog\tchien\n' | tokenize -q -m good.heed --pairs | peek --values --tensor "$1" | awk '$1 == "[0]" { print $2 }') && test "$spoil_at" -ge 4 || return 1
    "$builddir/tests/alter" file set "$1.embed.weight" $((spoil_at * 4)) 3e38 set "$1.embed.weight" $((spoil_at * 4 + 1)) 3e38 \
        set "$2" 0 100 set "$2" 1 100 set "$2" 2 100 set "$2" "$3" -100 set "$2" $(($3 + 1)) -100 set "$2" $(($3 + 2)) -100 < good.heed > "$4"
}
spoil src encoder.0.forward.input.weight 12 src.heed && spoil tgt decoder.0.input.weight 24 tgt.heed || { echo 'Bail out! nothing is spoilt'; exit 1; }
awk -v n=150 -v seed=8 -f "$srcdir/tests/toy.awk" | cut -f1 > text
printf '\nthe cat . the dog . the man .\n' >> text
predict -q -m good.heed text > want

# said FILE NUMBER: the warning, and what it says of the first.
said() {
    cat "$1" && grep -q "^[a-z]*: warning: $2 lines could not be worked on and are empty, the first is line $3: .*\(no numbers\|that are none\)" "$1"
}
# Those with the dog are empty, all others as the sound model has them.
t_source() {
    awk '{ print ($0 ~ /dog/) }' text > dogs && n=$(grep -c 1 dogs) && first=$(grep -n 1 dogs | head -n 1 | cut -d: -f1) && test "$n" -gt 10 &&
        fails 1 'encoder: numbers that are none' predict -m src.heed text && paste dogs want | awk -F '\t' '{ print $1 ? "" : $2 }' > empty &&
        for options in '' '--beam 3' '--rows 7 -j 3' '--rows 1'; do
            # shellcheck disable=SC2086 # words
            predict -m src.heed --keep-going $options text > got 2> err && said err "$n" "$first" || return 1
            test "$options" = '--beam 3' || same empty got || return 1
            paste dogs got | awk -F '\t' '$1 && $2 != "" { exit 1 }' || return 1
        done
}
run t_source 'a source of which the encoder makes no numbers'

# The decoder goes wrong where it is fed the word; which lines these are the sound model says.
t_target() {
    predict -q -m good.heed --split off text > want && awk '{ print ($0 ~ /chien/) }' want > dogs && n=$(grep -c 1 dogs) && first=$(grep -n 1 dogs | head -n 1 | cut -d: -f1) && test "$n" -gt 10 && test "$n" -lt 130 &&
        fails 1 'that are no numbers' predict -m tgt.heed --split off text && paste dogs want | awk -F '\t' '{ print $1 ? "" : $2 }' > empty &&
        predict -m tgt.heed --keep-going --split off text > got 2> err && same empty got && said err "$n" "$first" &&
        predict -m tgt.heed --keep-going --split off --rows 3 -j 2 text > got 2> err && same empty got && said err "$n" "$first"
}
run t_target 'a target of which the decoder makes no numbers'

t_told() {
    sed -n "${first}p" text > one && predict -q -m tgt.heed --keep-going --split off --scores one > got && printf '1\t1\t-inf\t\n' > wanted && same wanted got &&
        predict -m tgt.heed --keep-going --split off --json --scores one > got 2> err && cat got err && grep -q '^{"line":1,"rank":1,"score":null,.*"text":"","tokens":\[\]}$' got && grep -q '"broken":{"lines":1,"first":1}' err &&
        predict -m tgt.heed --keep-going --split off --mark after one > got 2> err && printf '\tbroken\n' > wanted && same wanted got && grep -q 'warning: line 1 could not be worked on and is empty: .*that are no numbers' err
}
run t_told 'what is said of them'

t_refused() {
    for command in predict encode decode; do fails 2 'option --keep-going' $command -m tgt.heed --keep-going=some text || return 1; done
}
run t_refused 'what --keep-going is not'

# By the pipeline, a frame and a batch at a time; a line of several sentences is empty as a whole.
t_pipeline() {
    awk '{ print ($0 ~ /dog/) }' text > dogs && n=$(grep -c 1 dogs) && first=$(grep -n 1 dogs | head -n 1 | cut -d: -f1) && paste dogs want | awk -F '\t' '{ print $1 ? "" : $2 }' > empty &&
        tokenize -q -m src.heed text > ids && fails 1 'encoder: numbers that are none' encode -m src.heed ids && encode -m src.heed --keep-going ids 2> err > memory && said err "$n" "$first" && decode -q -m src.heed memory > got && same empty got &&
        batch-mask -q ids | encode -q -m src.heed --keep-going | decode -q -m src.heed > got && same empty got &&
        awk '{ print ($0 ~ /chien/) }' want > dogs && n=$(grep -c 1 dogs) && first=$(grep -n 1 dogs | head -n 1 | cut -d: -f1) && paste dogs want | awk -F '\t' '{ print $1 ? "" : $2 }' > empty &&
        tokenize -q -m tgt.heed text | encode -m tgt.heed > memory && fails 1 'that are no numbers' decode -m tgt.heed memory && decode -m tgt.heed --keep-going memory > got 2> err && said err "$n" "$first" && same empty got &&
        decode -q -m tgt.heed --keep-going --hypotheses memory | detokenize -q -m tgt.heed > got && same empty got
}
run t_pipeline 'encode and decode'

# Beside a sound model, and where targets are given.
t_beside() {
    awk '{ print ($0 ~ /dog/) }' text > dogs && predict -q -m good.heed -m src.heed --keep-going text > got && paste dogs got | awk -F '\t' '($1 == 1) == ($2 != "") && NR != 151 { print; exit bad = 1 } END { exit bad }' &&
        predict -q -m src.heed --keep-going --force want text > got && paste dogs want got | awk -F '\t' '$3 != ($1 ? "" : $2) { print; exit bad = 1 } END { exit bad }' &&
        predict -m src.heed --keep-going --check-invariance text > got 2> err && test "$(cut -f3 got | sort -u)" = 0
}
run t_beside 'in an ensemble, and with targets to follow'
done_testing
