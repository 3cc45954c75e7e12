#!/bin/sh
# 49-one-path.sh: what is measured in training is what predict and evaluate give: the same reader, words, tokens and lines. The
# figures of the last measurement, as the store has them, to the last digit.
. "${srcdir:-.}/tests/lib.sh"
has train predict evaluate runs peek || skip_all 'not built'

# recorded NAME: dev figures of the last step of a run, a line "bleu VALUE" each.
recorded() {
    runs sql --json "SELECT m.name, m.value FROM metric m JOIN run r USING(run_id) WHERE r.name = ?1 AND m.split = 'dev'
        AND m.name <> 'loss' AND m.step = (SELECT max(step) FROM metric WHERE run_id = r.run_id AND split = 'dev') ORDER BY 1" "$1" |
        sed 's/.*"name":"\([^"]*\)","value":\([^,}]*\).*/\1 \2/'
}
# evaluated REFERENCES HYPOTHESES [OPTION...]: the same of evaluate, which has more figures.
evaluated() {
    evaluated_ref=$1 evaluated_hyp=$2
    shift 2
    evaluate -q --json --no-store --bootstrap 0 --ref "$evaluated_ref" --ref-column 2 "$@" "$evaluated_hyp" > evaluated.json &&
        sed 's/.*"metric":"\([^"]*\)","value":\([^,}]*\).*/\1 \2/' evaluated.json | grep -E '^(bleu|chrf|exact|token-error) ' | sort
}
# one_path NAME METRIC [OPTION...]: trains on NAME.tsv and measures NAME.dev once, at the end, where the model is saved. The line
# of the metric begins with METRIC.
one_path() {
    name=$1 metric=$2
    shift 2
    train --keep-checkpoint --name "$name" -o "$name.heed" --dev "$name.dev" --steps "${steps:-40}" --eval-every "${steps:-40}" --rows 16 --hidden 32 --lr 0.01 --warmup 5 \
        --average 0.9 "$@" "$name.tsv" 2> "$name.said" && cat "$name.said" && grep -q "^train: metric: $metric" "$name.said" &&
        cut -f1 "$name.dev" | predict -q -m "$name.heed" > "$name.out" && recorded "$name" > a && evaluated "$name.dev" "$name.out" > b &&
        test "$(wc -l < a)" -eq 4 && diff a b && evaluated "$name.dev" "$name.out" -m "$name.heed" > c && diff b c
}
# cut_dev NAME LINES: sets the last lines apart.
cut_dev() {
    tail -n "$2" "$1.all" > "$1.dev" && head -n "-$2" "$1.all" > "$1.tsv"
}
value() { sed -n "s/^$1 //p" "$2"; }

# A line longer than anything that the filter of lengths would train on, one without a source, and one that no encoder takes whole.
t_words() {
    awk -v n=430 -v seed=3 -f "$srcdir/tests/toy.awk" > words.all && cut_dev words 30 &&
        awk 'BEGIN { for (i = 0; i < 150; i++) { s = s "the cat "; t = t "le chat " } print s "\t" t; print " \tle chat ."
            for (; i < 2100; i++) s = s "the cat "; print s "\tle chat le chat ." }' >> words.dev &&
        one_path words 'bleu of words, since targets are words' && peek words.heed > shown && grep -q 'measured.metric=bleu' shown &&
        grep -q 'measured.tokens=13a' shown && grep -q 'tok:13a' evaluated.json && test "$(wc -l < words.out)" -eq 33 &&
        grep -q 'dev loss is over 31 of 33 pairs: 1 have a side of more than 1024 tokens, 1 an empty one (lines 32, 33)' words.said
}
run t_words 'words; a line longer than any in training; a blank source'

# Unknown words in the dev lines become those of the source by the same rule.
t_names() {
    awk 'BEGIN { x = 7; for (i = 0; i < 430; i++) { n = ""; for (k = 0; k < 6; k++) { x = x * 16807 % 2147483647
            n = n sprintf("%c", 97 + x % 26) } print n " sees soup .\t" n " voit soupe ." } }' > names.all && cut_dev names 30 &&
        one_path names 'bleu of words' --tokenizer word && cp names.tsv pieces.tsv && cp names.dev pieces.dev &&
        one_path pieces 'bleu of words'
}
run t_names 'names, word by word and in pieces'

t_unbroken() {
    awk 'BEGIN { split("我 你 他 她 我们", s, " "); split("I you he she we", e, " "); split("苹果 书 茶 红色的车 房子", o, " ")
        split("apples books tea red-cars houses", f, " "); split("今天 明天 每天 在家", t, " "); split("today tomorrow daily here", d, " ")
        for (i = 1; i <= 5; i++) for (j = 1; j <= 5; j++) for (k = 1; k <= 4; k++)
            print e[i] " want " f[j] " " d[k] ".\t" s[i] t[k] "想要" o[j] "。" }' > unbroken.all && cut_dev unbroken 12 &&
        one_path unbroken 'bleu of characters, since targets are written without blanks' && grep -q 'tok:char' evaluated.json &&
        awk '$1 == "bleu" && $2 > 0 && $2 <= 100 { found = 1 } END { exit !found }' a
}
run t_unbroken 'Chinese, without blanks'

t_single() {
    awk 'BEGIN { split("b d g k l m n p r t", c, " "); split("б д г к л м н п р т", C, " "); split("a e i o u", v, " ")
        split("а е и о у", V, " "); for (i = 1; i <= 10; i++) for (j = 1; j <= 5; j++) for (k = 1; k <= 10; k++)
            print c[i] v[j] c[k] "\t" C[i] V[j] C[k] }' > single.all && cut_dev single 40 &&
        one_path single 'token-error of characters, since 100 % of the targets are single words' &&
        grep -q "single.heed: dev token-error [0-9.]* % at step 40" single.said && ! grep -q '^token-error 100$' a
}
run t_single 'single words, as in transliteration'

t_phonemes() {
    awk 'BEGIN { split("k t p b d", c, " "); split("kʰ tʰ pʰ t͡ɕ d", C, " "); split("a e i o eo", v, " "); split("a e i o ʌ", V, " ")
        for (i = 1; i <= 5; i++) for (j = 1; j <= 5; j++) for (k = 1; k <= 5; k++)
            for (l = 1; l <= 3; l++) print c[i] v[j] c[k] v[l] "\t" C[i] " " V[j] " " C[k] " " V[l] }' > phonemes.all &&
        cut_dev phonemes 40 && one_path phonemes 'token-error of symbols, since targets are lists of symbols' &&
        grep -q 'tok:none' evaluated.json
}
run t_phonemes 'lists of phonemes'

# As it comes, composed and apart: a reference is not put into another form.
t_apart() {
    awk -v n=330 -v seed=5 -f "$srcdir/tests/toy.awk" | awk '{ gsub(/chat/, "che\314\201vre"); gsub(/maison/, "fore\314\202t"); print }' \
        > apart.all && cut_dev apart 40 && one_path apart 'bleu of words'
}
run t_apart 'accents of their own (NFD)'

# The second half of the references is wrong. All lines count; of a given number the figure's name tells.
t_half() {
    awk 'BEGIN { for (i = 0; i < 20; i++) print "a" i " b c d .\tA" i " B C D ." }' > half.tsv &&
        awk 'BEGIN { for (i = 0; i < 1200; i++) print "a" (i % 20) " b c d .\t" (i < 600 ? "A" (i % 20) " B C D ." : "wrong is all of it") }' > half.dev &&
        steps=120 && one_path half 'bleu of words' --tokenizer space --dropout 0 && steps=40 &&
        awk -v x="$(value exact a)" 'BEGIN { exit !(x > 40 && x <= 50) }' &&
        train --force --name some -o half.heed --dev half.dev --tokenizer space --steps 20 --dev-lines 600 half.tsv 2> said && cat said &&
        grep -q '^train: metric: bleu@600 of words' said && grep -q 'half.heed: dev bleu@600 [0-9.]* at step' said &&
        recorded some > a && cut -d ' ' -f 1 a > names && printf '%s\n' bleu@600 chrf@600 exact@600 loss@600 token-error@600 | diff - names
}
run t_half 'more than 1000 dev lines, half of them wrong; --dev-lines'

# Smaller is better: of two models the one with fewer errors is kept.
t_smaller() {
    train --force --name smaller -o single.heed --dev single.dev --steps 120 --eval-every 20 --rows 16 --hidden 32 --lr 0.01 \
        --warmup 5 --average 0.9 single.tsv 2> said && cat said && recorded smaller > last &&
        runs sql --csv "SELECT min(value) FROM metric JOIN run USING(run_id) WHERE run.name = 'smaller' AND metric.name = 'token-error'" |
        tail -n 1 > least && cut -f1 single.dev | predict -q -m single.heed > out && evaluated single.dev out > b &&
        awk -v a="$(value token-error b)" -v b="$(cat least)" 'BEGIN { exit !(a - b < 1e-9 && b - a < 1e-9) }'
}
run t_smaller 'the least token error chooses the model'

t_runs() {
    train -q --force --tag t --name worse -o worse.heed --dev single.dev --steps 10 --hidden 8 single.tsv &&
        train -q --tag t --name better -o better.heed --dev single.dev --steps 120 --rows 16 --hidden 32 --lr 0.01 single.tsv &&
        runs best --by name --tag t > out && cat out && grep -q '^best mean dev.token-error on single.dev: .* over 1 run: name=better$' out &&
        runs list --name better --csv > out && cat out && grep -q ',dev.token-error,' out && runs list --wide > out && cat out && grep -q 'half.dev\|half.tsv' out &&
        runs show some > out && grep -q '^dev-metric  *bleu@600$' out && grep -q '^dev-tokens  *13a$' out &&
        train -q --force --tag u --name u1 -o u.heed --dev single.dev --dev-lines 9 --steps 10 --hidden 8 single.tsv &&
        train -q --force --tag u --name u2 -o u.heed --dev single.dev --dev-lines 9 --steps 120 --rows 16 --hidden 32 --lr 0.01 \
            single.tsv && runs best --by name --tag u > out && cat out &&
        grep -q '^best mean dev.token-error@9 on single.dev: .* over 1 run: name=u2$' out
}
run t_runs 'runs list and best go by what each run went by'

# What was chosen stays with a run that goes on, and with its model.
t_resume() {
    train --resume --steps 60 -o phonemes.heed --dev phonemes.dev phonemes.tsv 2> said && cat said &&
        grep -q 'metric: token-error of symbols, as before' said && head -n 3 phonemes.dev > few && head -n 3 phonemes.out > few.out &&
        evaluated few few.out -m phonemes.heed > a && grep -q 'tok:none' evaluated.json &&
        evaluated few few.out -m phonemes.heed --tokens char > a && grep -q 'tok:char' evaluated.json &&
        evaluated few few.out -m "$srcdir/tests/old/da68ba2.heed" > a && grep -q 'tok:13a' evaluated.json
}
run t_resume 'the choice is kept by checkpoint and model; a model of before: 13a'

# Without dev pairs nothing was chosen: the references say.
t_none() {
    train -q --force -o none.heed --dev none --steps 5 single.tsv && cut -f2 single.dev > hyp && evaluated single.dev hyp -m none.heed > a &&
        grep -q 'tok:char' evaluated.json && train -q --force -o x.heed --init single.heed --dev words.dev --steps 5 single.tsv &&
        peek x.heed > shown && grep -q 'measured.tokens=13a' shown
}
run t_none 'without dev pairs, with another model to begin from'

t_asked() {
    train --force -o single.heed --name asked --dev single.dev --steps 5 --metric exact --metric-tokens char single.tsv 2> said && cat said &&
        ! grep -q 'metric:' said && grep -q 'dev loss [0-9.]* (exact 0 does not tell yet) at step' said &&
        train --force -o single.heed --dev single.dev --steps 5 --metric loss single.tsv 2> said && cat said &&
        grep -q 'dev loss [0-9.]* at step' said && grep -q '^train: metric: loss' said
}
run t_asked 'what is asked for is not chosen'
done_testing
