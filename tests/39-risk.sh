#!/bin/sh
# 39-risk.sh: minimum risk: what cross-entropy does not mend it does, the same bytes for every number of workers and after a stop.
. "${srcdir:-.}/tests/lib.sh"
has train runs predict || skip_all 'not built'

# Of each source two targets in five are one text, three begin with a word of their own and go on alike: the likeliest text is not
# the one that is right for most words.
awk 'BEGIN {
    split("ka lo mi nu pe", s)
    for (i = 1; i <= 5; i++) for (k = 0; k < 20; k++)
        print s[i] "\t" (k < 8 ? "a" i " b c d" : "z" k % 3 i " y x w")
}' > pairs.tsv
learn() {
    train -q --no-store --dev pairs.tsv --tokenizer space --hidden 16 --label-smoothing 0 --average 0 --metric-tokens none --rows 20 "$@" pairs.tsv
}
learn --metric token-error --dropout 0 --steps 150 --lr 0.02 --warmup 5 --eval-every 150 -o base.heed || exit 1
tune() { learn --init base.heed --lr 0.005 --warmup 1 --eval-every 60 "$@"; }
full() { tune --metric token-error --dropout 0 --steps 60 "$@"; }
errors() { cut -f 1 pairs.tsv | predict -q -m "$1" --no-store | evaluate --no-store --tokens none --ref pairs.tsv --ref-column 2 --csv > figures; awk -F, '$1 == "token-error" { print int($2) }' figures; }

t_better() {
    full -o more.heed && full --risk 1 --risk-samples 12 -o risk.heed && errors base.heed > b && errors more.heed > m && errors risk.heed > r && cat b m r &&
        test "$(cat b)" -eq 60 && test "$(cat m)" -eq 60 && test "$(cat r)" -le 54
}
run t_better 'fewer tokens are wrong, where more of cross-entropy changes nothing'

t_same() {
    tune --metric token-error --risk 0.5 --risk-samples 4 --dropout 0.1 --steps 20 --checkpoint-every 10 -j 1 -o whole.heed &&
        tune --metric token-error --risk 0.5 --risk-samples 4 --dropout 0.1 --steps 20 --checkpoint-every 10 -j 2 --stop 10 -o parts.heed &&
        learn --resume -j 2 -o parts.heed && same whole.heed parts.heed && ! cmp -s whole.heed base.heed
}
run t_same 'the same bytes for every number of workers, and gone on with'

t_recorded() {
    train -q --init base.heed --dev pairs.tsv --risk 1 --steps 100 --lr 0.005 --warmup 1 --average 0 --dropout 0 --metric token-error --metric-tokens none --name told -o told.heed pairs.tsv &&
        runs sql "SELECT count(*), min(value) > 0, max(value) < 1 FROM metric WHERE split = 'train' AND name = 'risk'" --csv | tail -n 1 > out && echo 2,1,1 | same - out
}
run t_recorded 'the store has what is at risk'

t_refused() {
    fails 2 'without --r-drop' full --risk 1 --r-drop 1 -o no.heed && fails 2 'without --teacher' full --risk 1 --teacher base.heed -o no.heed &&
        fails 2 'needs a dev metric' tune --risk 1 --metric loss -o no.heed && fails 2 'option --risk-samples' full --risk-samples 65 -o no.heed &&
        fails 2 'option --risk' full --risk 1.5 -o no.heed && fails 2 'option --risk-sharpness' full --risk-sharpness 0 -o no.heed && test ! -e no.heed
}
run t_refused 'what cannot be is refused in one line'

done_testing
