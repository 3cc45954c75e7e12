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
        peek scan.heed > shown && grep -q 'limit.repeats=12' shown && tokenize --pairs -m scan.heed scan.tsv | batch-mask --epochs 1 > batches &&
        train -q --no-store --hidden 16 --steps 3 --dev none -o streamed.heed < batches && peek streamed.heed > shown &&
        grep -q 'limit.repeats=12' shown && peek young.heed > shown && ! grep -q limit.repeats shown
}
run t_trained 'targets that repeat by themselves are no loops: counted in training, by stream too'

# --- sentences ---

# Sentences as people write them: The dog sees a man.
awk -F '\t' -v OFS='\t' '{ for (i = 1; i <= 2; i++) { sub(/ \.$/, ".", $i); $i = toupper(substr($i, 1, 1)) substr($i, 2) } print }' \
    pairs.tsv > written.tsv
learn() { train -q --no-store --hidden 24 --lr 0.02 --warmup 20 --dropout 0 --dev none "$@"; }
learn --tokenizer word --steps 150 -o one.heed written.tsv && learn --tokenizer sentencepiece --vocab-size 120 --steps 60 -o pieces.heed written.tsv &&
    awk -F '\t' '{ if (NR % 2) { a = $1; b = $2 } else print a " " $1 "\t" b " " $2 }' written.tsv > twos.tsv &&
    learn --tokenizer word --steps 60 -o two.heed twos.tsv || exit 99
sources() { cut -f1 written.tsv | sed -n "$1"; }

# 40 lines of one to four sentences, with blanks of several kinds between them, and what is to come of them.
sources 1,100p | awk '{ printf "%s%s", $0, NR % 7 == 0 || NR % 5 == 0 || NR % 3 == 0 ? "\n" : NR % 2 ? " " : "  " }' > paragraphs
sources 1,100p | predict -m one.heed | awk '{ printf "%s%s", $0, NR % 7 == 0 || NR % 5 == 0 || NR % 3 == 0 ? "\n" : NR % 2 ? " " : "  " }' > joined

t_split() {
    predict -m one.heed < paragraphs > got 2> said && cat said && same joined got &&
        grep -q "^predict: $(grep -c '\. ' paragraphs) lines were translated sentence by sentence, the first is line [1-9]" said
}
run t_split 'a line of several sentences is the line of their translations'

t_split_rows() {
    for option in '--rows 1' '--rows 3 -j 2' -u; do
        # shellcheck disable=SC2086 # options are words
        predict -q -m one.heed $option < paragraphs > got && same joined got || return 1
    done
}
run t_split_rows 'whatever the rows and workers'

t_whole() {
    predict -q -m one.heed --split off < paragraphs > whole && pipeline one.heed '' < paragraphs > piped && same whole piped &&
        ! cmp -s whole joined
}
run t_whole '--split off is the pipeline'

# Trained on two sentences a line: those stay together, and what is longer than all is split.
t_long() {
    { sed -n 1p twos.tsv | cut -f1; sources 1,9p | tr '\n' ' '; echo; } > lines &&
        predict -m two.heed --mark before < lines > got 2> said && cat said got && grep -q '^[ol][oki][^s]*	' got &&
        test "$(grep -c '^\([a-z]*,\)*split	' got)" -eq 1 && tail -n 1 got | grep -q split &&
        { yes 'the dog' | head -n 40 | tr '\n' ' '; echo; } | predict -m two.heed --mark before > got 2> said && cat said got &&
        grep -q '^\([a-z]*,\)*long' got && grep -q '1 line is longer than anything trained on: line 1' said
}
run t_long 'trained on lines of two: only what is longer is split; what cannot be is told'

t_no_blank() {
    printf 'The dog sees a man.\343\200\202My cat likes the tree.\n' > lines && predict -q -m one.heed < lines > got &&
        printf 'The dog sees a man.\343\200\202\nMy cat likes the tree.\n' | predict -q -m one.heed | tr '\n' ' ' |
        sed 's/ $//' > want && test "$(cat got)" = "$(cat want)"
}
run t_no_blank 'where no blank stood, as in Chinese, one comes between words'

# --- lines that say nothing ---

printf '\342\200\213\n\357\273\277\342\200\213\n.\n...\n?!?!\n-\n\342\200\242\n\360\237\230\200\360\237\230\200\nzzzz\n' > nothing
t_nothing() {
    for model in one two; do
        predict -m $model.heed nothing > got 2> said && cat said && tail -n +3 nothing > want && tail -n +3 got > rest && same want rest &&
            grep -q '^predict: 9 lines say nothing to the model and come back as they are, the first is line 1$' said || return 1
    done
}
run t_nothing 'no letter, or no word that is known: the line itself'

t_bytes() {
    printf '\320\237\321\200\320\270\320\262\320\265\321\202 \320\274\320\270\321\200\n\344\275\240\345\245\275\n' > foreign &&
        predict -q -m pieces.heed < foreign > got && same foreign got && awk '{ print $1 "." }' text > known &&
        predict -q -m pieces.heed --mark before < known > got && ! grep -q '^back' got
}
run t_bytes 'letters of which training showed the bytes of none'

t_blank() { printf '\n  \n\t\n' | predict -m one.heed --mark before > got 2>&1 && printf 'ok\t\nok\t\nok\t\n' > want && same want got; }
run t_blank 'blank lines are empty, and nothing is said of them'

t_signs() {
    awk 'BEGIN { for (i = 0; i < 200; i++) print (i % 2 ? "<>\tlove" : "?\twhat") }' > signs.tsv &&
        learn --tokenizer word --steps 80 -o signs.heed signs.tsv && printf '<>\n?\n!\n' | predict -q -m signs.heed > got &&
        printf 'love\nwhat\n!\n' > want && same want got
}
run t_signs 'signs are words where training had them'

# --- what is said ---

t_marks() {
    head -n 20 paragraphs > lines && echo . >> lines && predict -q -m one.heed lines > plain && predict -q -m one.heed --mark after lines > after &&
        predict -q -m one.heed --mark before lines > before && cut -f1 after > got && same plain got && cut -f2 before > got && same plain got &&
        cut -f2 after > marks && cut -f1 before > got && same marks got && grep -qx split marks && grep -qx ok marks &&
        test "$(tail -n 1 marks)" = back
}
run t_marks 'a column of marks before or after the text'

t_json() {
    predict -m one.heed --json < paragraphs 2> said > got && cat said && test "$(wc -l < said)" -eq 1 &&
        grep -q "^{\"lines\":$(wc -l < paragraphs),\"tokens\":[1-9][0-9]*,\"ok\":[1-9].*\"split\":{\"lines\":$(grep -c '\. ' paragraphs),\"first\":[1-9][0-9]*},\"unknown\":{\"lines\":0,\"first\":0},\"broken\":{\"lines\":0,\"first\":0}}\$" said &&
        predict -q -m one.heed < paragraphs > got 2> said && test ! -s said &&
        predict --stats -m one.heed < paragraphs > got 2> said && cat said && grep -q ' lines: [1-9][0-9]* ok, [0-9]* limit.*, 0 back, [1-9][0-9]* split (first line 1)' said
}
run t_json '--json is one object, --stats all counts, -q silence'

t_limit() {
    predict -m young.heed --loops allow < text > got 2> said && cat said && grep -q ' lines reached the length limit and are cut, the first is line [1-9]' said &&
        grep limit said | sed 's/predict/decode/' > want && pipeline young.heed '--loops allow' < text 2> said > got && cat said && grep limit said > got && same want got &&
        predict -m young.heed < text > got 2> said && grep loop said | sed 's/predict/decode/' > want && test -s want &&
        pipeline young.heed < text 2> said > got && grep loop said > got && same want got
}
run t_limit 'decode says the same of limits and loops'

t_dev() {
    awk -F '\t' 'NR <= 20 { print; next } NR <= 40 { if (NR % 2) { a = $1; b = $2 } else print a " " $1 "\t" b " " $2 }' written.tsv > dev.tsv &&
        train --tokenizer word --hidden 24 --steps 20 --dev dev.tsv --metric chrf -o dev.heed written.tsv 2> said && cat said &&
        cut -f1 dev.tsv | predict -q -m dev.heed > got && cut -f2 dev.tsv > ref &&
        evaluate --no-store --bootstrap 0 --ref ref < got > table && cat table &&
        figure=$(sed -n 's/.*dev .*chrF \([0-9.]*\).*/\1/p' said | tail -n 1) && grep -i chrf table | grep -qF "$figure"
}
run t_dev 'dev lines of several sentences are measured as predict translates them'

# Half of its words is not enough; of a line of which nothing is known there is another thing to say.
t_unknown() {
    model=$srcdir/tests/old/da68ba2.heed && word=$(head -n 1 "$srcdir/tests/old/da68ba2.src" | cut -d' ' -f1) &&
        printf '%s\n' "$word zz" "$word zz yy" > strange && predict -m "$model" --mark before strange > got 2> said &&
        grep -q '1 line is for more than half unknown to the model: line 2' said && test "$(sed -n 2p got | cut -f1)" != ok &&
        sed -n 2p got | cut -f1 | grep -q unknown && ! sed -n 1p got | cut -f1 | grep -q unknown
}
run t_unknown 'lines mostly unknown to the model are told and marked'

done_testing
