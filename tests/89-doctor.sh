#!/bin/sh
# 89-doctor.sh: the doctor of pairs finds each fault that is planted, says nothing of sound ones, and refuses by its limits.
. "${srcdir:-.}/tests/lib.sh"
has doctor train tokenize vocab || skip_all 'not built'

awk -v n=600 -v seed=7 -f "$srcdir/tests/toy.awk" | awk -F '\t' '!seen[$1]++' > all.tsv
head -n 200 all.tsv > sound.tsv
sed -n 201,240p all.tsv > dev.tsv
sed -n 241,280p all.tsv > test.tsv

# n WHAT [DATA]: the count in what was printed as JSON.
n() { sed -n "s/.*\"data\":\"${2:-train}\",\"what\":\"$1\",\"n\":\([0-9.e-]*\).*/\1/p" got; }
line() { sed -n "s/.*\"data\":\"${2:-train}\",\"what\":\"$1\",.*\"line\":\([0-9]*\).*/\1/p" got; }
look() { doctor -q --json "$@" > got; }

t_sound() {
    look --tokenizer word sound.tsv --dev dev.tsv --test test.tsv && cat got && test "$(n pairs)" = 200 && test "$(n kept)" = 200 &&
        for what in left-out bad empty too-long over-ratio invalid-utf8 cr-lf target-altered duplicates several-targets copied source-language target-language; do
            test "$(n "$what")" = 0 || return 1
        done &&
        test "$(n floor)" = 0 && test "$(n trained-on dev)" = 0 && test "$(n trained-on test)" = 0 && test "$(n in-dev test)" = 0 && ! grep refused got &&
        doctor --tokenizer word sound.tsv > text 2> said && grep -q '^train  kept  *200  *200  *100' text
}
run t_sound 'sound pairs: all kept, nothing found'

# Each fault by its count and its first line: 4 lines that are no pair, 3 of one side, 2 too long, 1 over the ratio, ...
t_planted() {
    { cat sound.tsv && echo 'no tab' && printf 'a\tb\tc\n' && printf 'the dog\t\n\n' && printf '\tle chien\n' &&
        awk 'BEGIN { for (i = 0; i < 40; i++) s = s "dog "; print s "\t" s; for (i = 0; i < 2; i++) { t = ""; for (k = 0; k < 29; k++) t = t "chien "; print "tree\t" t } }' &&
        head -n 3 sound.tsv && head -n 1 sound.tsv | awk -F '\t' '{ print $1 "\tautre" }' && printf 'tom\ttom\r\n' && printf 'x\377y\tz\n'; } > bad.tsv &&
        look --tokenizer word --max-len 30 --max-ratio 3 bad.tsv && cat got && test "$(n pairs)" = 213 && test "$(n bad)" = 2 && test "$(n empty)" = 2 && test "$(n too-long)" = 1 && test "$(n over-ratio)" = 2 &&
        test "$(n left-out)" = 7 && test "$(n kept)" = 206 && test "$(n duplicates)" = 4 && test "$(line duplicates)" = 208 && test "$(n several-targets)" = 1 && test "$(line several-targets)" = 1 &&
        test "$(n copied)" = 2 && test "$(line copied)" = 206 && test "$(n invalid-utf8)" = 1 && test "$(n cr-lf)" = 1
}
run t_planted 'planted faults are counted, with the first line'

# The floor by the pairs' own counts: awk does it over words, eos as one more; the full stop is left off a tenth of the time.
t_floor() {
    { cat sound.tsv && head -n 50 sound.tsv && head -n 50 sound.tsv | sed 's/\(le\|un\|mon\) /le /2' && head -n 20 sound.tsv | sed 's/\tle /\tun /'; } > several.tsv &&
        awk -F '\t' '{ pair[$0]++; source[$1]++; of[$0] = $1; tokens += split($2, w, " ") + 0.9; n++ } END { for (p in pair) nats -= pair[p] * log(pair[p] / source[of[p]]); printf "%.9f %.9f\n", nats / tokens, nats / n }' several.tsv > want &&
        look --tokenizer space --min-count 1 several.tsv && cat want && echo "$(n floor) $(n floor-pair)" | awk '
            NR == FNR { a = $1; b = $2; next } { print; exit !(a > 0.01 && $1 - a < 1e-8 && a - $1 < 1e-8 && $2 - b < 1e-8 && b - $2 < 1e-8) }' want - &&
        vocab train -q --side joint --tokenizer space --min-count 1 joint several.tsv && tokenize -q --pairs --vocab joint several.tsv > ids && a=$(n floor | cut -c1-9) && look < ids && test "$(n floor | cut -c1-9)" = "$a" && test "$(n duplicates)" -gt 50
}
run t_floor 'the floor, by hand; of ids the same'

t_refused() {
    { cat sound.tsv && sed -n 1,5p dev.tsv && sed -n 1,3p test.tsv; } > leaking.tsv && { cat test.tsv && sed -n 6,9p dev.tsv; } > test2.tsv &&
        fails 1 'leaking.tsv: refused: trained-on of dev (--allow-leaks), trained-on of test (--allow-leaks), in-dev of test (--allow-leaks)' look --tokenizer word leaking.tsv --dev dev.tsv --test test2.tsv &&
        test "$(n trained-on dev)" = 5 && test "$(line trained-on dev)" = 1 && test "$(n trained-on test)" = 3 && test "$(n in-dev test)" = 4 && test "$(line in-dev test)" = 41 && grep -q '"verdict":"refused"' got &&
        look --tokenizer word leaking.tsv --dev dev.tsv --test test2.tsv --allow-leaks 0.2 &&
        awk 'BEGIN { for (i = 0; i < 100; i++) { w = sprintf("%c%c", 97 + i % 26, 97 + int(i / 26)); print "w" w " x" w " a\tv" w " y" w " b" } }' > rare.tsv &&
        fails 1 'refused: source-unknown of train (--allow-unknown), target-unknown of train (--allow-unknown)' look --tokenizer word rare.tsv && look --tokenizer word --allow-unknown 1 rare.tsv &&
        { cat sound.tsv && awk 'BEGIN { for (i = 0; i < 300; i++) print "x" }'; } > most.tsv && fails 1 'refused: left-out of train (--allow-dropped)' look --tokenizer word most.tsv && look --tokenizer word --allow-dropped 1 most.tsv &&
        fails 1 'no pairs' look /dev/null && fails 2 'option --allow-leaks: 2 not in' look --allow-leaks 2 sound.tsv && fails 1 'cannot' look nowhere.tsv && fails 1 'cannot' look sound.tsv --test nowhere.tsv
}
run t_refused 'refused beyond its limits, and told which'

# train says the same in short, unless -q; a model's own words may be taken.
t_short() {
    train --no-store --tokenizer word --hidden 8 --steps 2 --dev dev.tsv -o m.heed leaking.tsv several.tsv 2> said && cat said &&
        grep -q '^train: [0-9.]* % of the pairs repeat one before them; [0-9.]* % of the sources have several targets: no training loss is below 0\.[0-9]* a token$' said &&
        grep -q '^train: warning: 5 of 40 dev pairs are trained on too, the first in line 1: ' said &&
        train -q --no-store --tokenizer word --hidden 8 --steps 2 --dev dev.tsv -o q.heed leaking.tsv several.tsv 2> said && test ! -s said &&
        look -m m.heed dev.tsv && test "$(n source-unknown)" -gt 0 && fails 1 'cannot' look -m no.heed dev.tsv
}
run t_short 'train says it in short; by the tokenizers of a model'
done_testing
