#!/bin/sh
# 82-calibrate.sh: a model that says how sure one may be of a line: by the formula, right in the mean, the same by every way.
. "${srcdir:-.}/tests/lib.sh"
has train predict decode tokenize encode calibrate quantize peek || skip_all 'not built'

awk -v n=900 -v seed=7 -f "$srcdir/tests/toy.awk" > all.tsv
head -n 300 all.tsv > pairs.tsv
sed -n 301,600p all.tsv > dev.tsv
sed 1,600d all.tsv > test.tsv
cut -f1 dev.tsv > text && printf '\n...\n' >> text
train -q --no-store --tokenizer word --hidden 16 --steps 90 --lr 0.02 --warmup 20 --dropout 0 --dev none -o m.heed pairs.tsv &&
    calibrate -m m.heed --of exact -o exact.heed dev.tsv 2> said.exact && calibrate -m m.heed -o chrf.heed dev.tsv 2> said.chrf || { echo 'Bail out! no models'; cat said.*; exit 1; }

# value FILE PATTERN: the number behind it.
value() { sed -n "s/.*$2 \([0-9.]*\).*/\1/p" "$1"; }
t_made() {
    cat said.exact said.chrf && grep -q '^calibrate: [0-9]* lines, exact [0-9.]* %: Brier [0-9.]* ([0-9.]* without knowing any), expected calibration error [0-9.]*, each tenth by a fit on the others$' said.exact &&
        grep -q ' lines, chrf ' said.chrf && calibrate -q -m m.heed --of exact -j 3 -o again.heed < dev.tsv && same exact.heed again.heed && peek exact.heed > shown && grep -qx '  confidence.of=exact' shown &&
        grep '  confidence.weights=' shown | awk '{ sub(/.*=/, ""); exit NF != 4 || $2 < 0 || $3 < 0 || $4 < 0 || $2 + $3 + $4 == 0 }'
}
run t_made 'made of pairs, the same bytes each time'

# On other lines it knows more than their mean; without -o nothing is written.
t_checked() {
    for of in exact chrf; do
        calibrate -m $of.heed --check test.tsv 2> told && cat told && test "$(wc -l < told)" -eq 1 && awk -v brier="$(value told Brier)" -v base="$(sed 's/.*(\([0-9.]*\) without.*/\1/' told)" -v error="$(value told error)" \
            'BEGIN { exit !(brier > 0 && brier < base && error >= 0 && error < 0.1) }' || return 1
    done
}
run t_checked 'on lines that were not there'

# What weights and probabilities make, told with the text, as rows and as JSON.
t_formula() {
    predict -q -m exact.heed text > plain && predict -q -m exact.heed --confidence text > got && cut -f2- got > texts && same plain texts && grep -Evc '^[01]\.[0-9]{4}	' got | grep -qx 0 &&
        test "$(sed -n 301p got)" = '1.0000	' && test "$(sed -n 302p got)" = '1.0000	...' && predict -q -m exact.heed --scores --confidence text > rows && awk -F '\t' 'NF != 5 { exit 1 }' rows && cut -f4,5 rows > texts && same got texts &&
        predict -q -m exact.heed --scores --json --confidence text 2> err > json && head -n 300 json | sed 's/.*"log_prob":\([^,]*\),.*"calibrated":\([^,]*\),.*"tokens":\[/\1 \2 /; s/\["\([^"]\|\\"\)*",//g; s/[],}]/ /g' > numbers &&
        peek exact.heed | sed -n 's/^ *confidence.weights=//p' > weights && head -n 300 got | cut -f1 | paste - numbers | awk '
            function logit(x) { if (x > -0.00001) x = -0.00001; return x - log(1 - exp(x)) }
            NR == FNR { for (i = 1; i <= 4; i++) b[i] = $i; next }
            { least = 0; for (i = 4; i <= NF; i++) if ($i < least) least = $i; z = b[1] + b[2] * logit($2 / (NF - 3)) + b[3] * logit(least) + b[4] * logit($2); c = 1 / (1 + exp(-z))
              if (c - $1 > 2e-3 || $1 - c > 2e-3 || $1 != $3) { print FNR, c, $0; exit bad = 1 } }
            END { exit bad || FNR != 300 }' weights -
}
run t_formula 'by the formula, beside text, rows and JSON'

# A fit with a constant is right in the mean, over the sources that it saw.
t_mean() {
    cut -f1 dev.tsv | predict -q -m exact.heed --confidence > got && paste dev.tsv got | awk -F '\t' '{ y[$1] = y[$1] || $2 == $4; c[$1] = $3 } END { for (s in y) { right += y[s]; sure += c[s]; n++ } print right / n, sure / n; d = (right - sure) / n; exit d > 0.01 || d < -0.01 || right == 0 || right == n }'
}
run t_mean 'right in the mean'

t_ways() {
    for model in exact chrf; do
        predict -q -m $model.heed --split off --confidence text > want && predict -q -m $model.heed --split off --confidence --rows 1 -j 3 text > got && same want got &&
            grep -v '\.\.\.' text > said && predict -q -m $model.heed --split off --confidence --beam 3 said > want && tokenize -q -m $model.heed said | encode -m $model.heed | decode -q -m $model.heed --beam 3 --confidence > got && same want got || return 1
    done
    quantize -q -o q.heed exact.heed && predict -q -m q.heed --confidence text > got && test "$(wc -l < got)" -eq 302 && train -q --no-store --init exact.heed --dev none --steps 1 -o more.heed pairs.tsv && peek more.heed > shown && ! grep confidence shown
}
run t_ways 'the same by every way; what is made of such a model'

altered() { # KEY VALUE
    "$builddir/tests/alter" file meta "$1" "$2" < exact.heed > odd.heed
}
t_refused() {
    fails 1 'this model has none yet; calibrate -m MODEL -o OUTPUT PAIRS' predict -m m.heed --confidence text && tokenize -q -m m.heed text | encode -m m.heed > memory && fails 1 'this model has none yet' decode -m m.heed --confidence memory &&
        fails 2 'fitted to one model: give one -m' predict -m exact.heed -m m.heed --confidence text && fails 2 'a column of text' decode -m exact.heed --confidence --hypotheses memory &&
        fails 2 'which model?' calibrate -o no.heed dev.tsv && fails 2 'where to?' calibrate -m m.heed dev.tsv && fails 1 'exact.heed exists; --force replaces it' calibrate -m m.heed -o exact.heed dev.tsv &&
        fails 2 '--check writes no model' calibrate -m exact.heed --check -o no.heed dev.tsv && fails 1 'no confidence to be checked' calibrate -m m.heed --check dev.tsv && fails 2 'option --of' calibrate -m m.heed --of bleu -o no.heed dev.tsv &&
        fails 2 'option --beam: 65 not in' calibrate -m m.heed --beam 65 -o no.heed dev.tsv && head -n 5 dev.tsv > few && fails 1 'are too few to calibrate by: 20 at least' calibrate -m m.heed -o no.heed few && fails 1 'no pairs to calibrate by' calibrate -m m.heed -o no.heed /dev/null &&
        fails 1 'text: line 1: no tab' calibrate -m m.heed -o no.heed text && test ! -e no.heed
}
run t_refused 'what is refused'
t_bad() {
    altered confidence.of bleu && fails 1 "odd.heed: metadata confidence.of: 'bleu' is neither" predict -m odd.heed text && altered confidence.of '' && fails 1 "metadata confidence.of: ''" predict -m odd.heed text &&
        for weights in '' '1 2' '1 2 3 4 5' '1 2 -3 4' '1 2 x 4' 'nan 1 1 1'; do altered confidence.weights "$weights" && fails 1 'metadata confidence.weights: ' predict -m odd.heed text || return 1; done
}
run t_bad 'files with other words'
done_testing
