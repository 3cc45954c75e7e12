#!/bin/sh
# 48-said.sh: what predict and decode do with lines unlike any that was trained on, and what they say of it.
. "${srcdir:-.}/tests/lib.sh"
has train tokenize batch-mask encode decode predict peek || skip_all 'not built'

awk -v n=400 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
cut -f1 pairs.tsv | head -n 60 > text
# Long lines, and so little training that it goes round in circles.
awk -F '\t' '{ gsub(/ \./, ""); a = a $1; b = b $2; if (NR % 4) { a = a " "; b = b " "; next } print a "\t" b; a = b = "" }' pairs.tsv > long.tsv
train -q --no-store --tokenizer word --hidden 16 --steps 20 --dev none -o young.heed long.tsv || exit 99

pipeline() { tokenize -m "$1" | batch-mask | encode -m "$1" | decode -m "$1" $2; }

# Prints lines in which a word stands more than N times in a row.
circles() { awk -v n="$1" '{ r = 1; for (i = 2; i <= NF; i++) { r = $i == $(i - 1) ? r + 1 : 1; if (r > n) { print; next } } }'; }

t_guard() {
    predict -m young.heed < text > guarded && predict -m young.heed --loops allow < text > free &&
        test "$(circles 3 < free | wc -l)" -gt 10 && test "$(circles 3 < guarded | wc -l)" -eq 0
}
run t_guard 'words go round three times, or to the limit with --loops allow'

t_same() {
    pipeline young.heed < text > piped && same guarded piped && pipeline young.heed '--loops allow' < text > piped && same free piped &&
        predict -m young.heed --rows 1 -j 1 < text > alone && same guarded alone
}
run t_same 'predict and the pipeline stop at the same word, whatever the rows'

t_source() {
    awk '{ print $2, $2, $2, $2 }' text > four && predict -m young.heed < four > guarded4 &&
        test "$(circles 3 < guarded4 | wc -l)" -gt 10 && test "$(circles 6 < guarded4 | wc -l)" -eq 0
}
run t_source 'what the source repeats may stand half as often again'

# A language whose targets repeat by themselves.
awk 'BEGIN { split("walk run look", v); split("once twice thrice", t); split("left right", d)
    for (i = 0; i < 300; i++) { a = i % 3 + 1; b = int(i / 3) % 3 + 1; c = int(i / 9) % 2 + 1; line = v[a] " around " d[c] " " t[b] "\t"
        for (k = 0; k < 4 * b; k++) line = line (k ? " " : "") toupper(d[c]) " " toupper(v[a]); print line } }' > scan.tsv
t_trained() {
    train -q --no-store --tokenizer space --hidden 16 --steps 3 --dev none -o scan.heed scan.tsv &&
        peek scan.heed > head && grep -q 'limit.repeats=12' head && tokenize --pairs -m scan.heed scan.tsv | batch-mask --epochs 1 > batches &&
        train -q --no-store --hidden 16 --steps 3 --dev none -o streamed.heed < batches && peek streamed.heed > head &&
        grep -q 'limit.repeats=12' head && peek young.heed > head && ! grep -q limit.repeats head
}
run t_trained 'targets that repeat by themselves are no loops: counted in training, by stream too'

done_testing
