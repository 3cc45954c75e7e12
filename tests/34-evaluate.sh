#!/bin/sh
# evaluate: scores, references in their forms, grouping, refusals, and the record in the store.
. "${srcdir:-.}/tests/lib.sh"
has evaluate runs || skip_all 'evaluate is not built'

printf 'the cat sat on the mat.\na dog\n' > hyp
printf 'the cat sat on the mat.\nthe dog\n' > ref
printf 'the cat sat.\na dog\n' > ref2

# value METRIC FILE: the value of a metric in evaluate's JSON.
value() { sed -n "s/.*\"metric\":\"$1\",\"value\":\([^,]*\),.*/\1/p" "$2"; }

t_table() {
    evaluate --ref ref hyp > out && grep -q '^metric  *value  *low  *high  *signature$' out &&
        grep -q '^exact  *50.00  *0.00  *100.00  *heed:0.1|tok:none|case:mixed|refs:1$' out &&
        grep -q '^bleu .*heed:0.1|tok:13a|case:mixed|refs:1|smooth:exp$' out
}
run t_table 'a table with intervals and signatures'

# Rounded for people, whole for programs.
t_digits() {
    evaluate --no-store --ref ref --digits 0 hyp > out && grep -q '^exact  *50  *0  *100 ' out && evaluate --no-store --ref ref --csv hyp > csv &&
        evaluate --no-store --ref ref --json hyp > json && head -n 1 csv | grep -qx 'metric,value,low,high,signature' &&
        value bleu json > whole && test "$(sed -n 's/^bleu,\([^,]*\),.*/\1/p' csv)" = "$(cat whole)" && test "$(wc -c < whole)" -gt 12 &&
        evaluate --no-store --ref ref --digits 4 hyp > out && grep -q "^bleu  *$(awk '{ printf "%.4f", $1 }' whole) " out &&
        fails 2 'exclude each other' evaluate --ref ref --csv --json hyp
}
run t_digits 'rounded in the table, with all digits in JSON and CSV'

# Seven of nine tokens, the lengths by hand; figures and signatures of sacreBLEU 2.6.0 over these lines.
t_detail() {
    printf 'the cat sat on the mat\na dog\n' > d.hyp && printf 'the cat sat on a mat .\nthe big dog\n' > d.ref &&
        evaluate --json --detail --tokens none --ref d.ref d.hyp > out && test "$(value bleu-precision-1 out)" = 75 &&
        test "$(value tokens out)" = 8 && test "$(value reference-tokens out)" = 10 && test "$(value length-ratio out)" = 0.8 &&
        test "$(value bleu-brevity out)" = 0.7788007830714049 && test "$(value lines out)" = 2 &&
        grep -qF '"nrefs:1|case:mixed|eff:no|tok:none|smooth:exp|version:2.6.0"' out &&
        grep -qF '"nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0"' out &&
        evaluate --json --detail --tokens course --lower --ref d.ref d.hyp > out && ! grep -q 'tok:course|smooth:exp|version' out &&
        grep -q 'case:lc|eff:yes|nc:6' out && evaluate --detail --ref d.ref --name detail d.hyp > out &&
        grep -q '^bleu-precision-2  *[0-9.]*$' out && grep -q '^bleu-brevity  *0.7788$' out && grep -q '^tokens  *8$' out &&
        runs sql "SELECT value FROM metric JOIN run USING (run_id) WHERE run.name = 'detail' AND metric.name = 'bleu-brevity'" > out &&
        grep -q 0.7788 out
}
run t_detail 'what BLEU is made of, and the signature of sacreBLEU'

t_stdin() {
    evaluate --json --ref ref < hyp > a && evaluate --json --ref ref hyp > b && same a b &&
        seq 40 > n.hyp && seq 40 | sed 's/3/x/' > n.ref && evaluate --json --ref n.ref n.hyp > a &&
        evaluate --json --ref n.ref --seed 9 n.hyp > c && ! cmp -s a c && test "$(value exact a)" = "$(value exact c)"
}
run t_stdin 'stdin and file alike; the seed moves only the interval'

t_refs() {
    evaluate --json --ref ref --ref ref2 hyp > a && test "$(value exact a)" = 100 &&
        grep -q 'refs:2' a && paste ref ref ref2 | sed '1s/.*/x\tthe cat sat on the mat./' > refs.tsv &&
        evaluate --json --refs-tsv refs.tsv hyp > b && test "$(value exact b)" = 100 && grep -q 'refs:var' b &&
        printf 'src\tthe cat sat on the mat.\nsrc2\ta dog\n' > pairs.tsv &&
        evaluate --json --ref pairs.tsv --ref-column 2 hyp > c && test "$(value exact c)" = 100
}
run t_refs 'several references: files, a table, a column'

# One word with two pronunciations counts once, right when equal to either.
t_group() {
    printf 'read\tR EH D\nread\tR IY D\ndog\tD AO G\n' > g2p.tsv && printf 'R IY D\nR IY D\nD AA G\n' > g2p.hyp &&
        evaluate --json --tokens none --ref g2p.tsv --ref-column 2 g2p.hyp > a &&
        evaluate --json --tokens none --ref g2p.tsv --ref-column 2 --group-by-source g2p.tsv g2p.hyp > b 2> note &&
        test "$(value exact a)" = 33.333333333333336 && test "$(value exact b)" = 50 &&
        test "$(value token-error b)" = 16.666666666666668 && grep -q '3 lines of 2 sources' note &&
        grep -q 'by:source' b && printf 'R IY D\nR EH D\nD AA G\n' > differ.hyp &&
        evaluate --ref g2p.tsv --ref-column 2 --group-by-source g2p.tsv differ.hyp 2>&1 > /dev/null |
        grep -q '1 sources have different hypotheses'
}
run t_group '--group-by-source'

t_tokens() {
    printf 'Calme-toi\342\200\257!\n' > a && printf 'calme-toi !\n' > b &&
        evaluate --json --tokens course --lower --ref b a > out && test "$(value exact out)" = 100 &&
        evaluate --json --tokens 13a --ref b a > out && test "$(value exact out)" = 0 &&
        evaluate --json --tokens char --ref b b > out && test "$(value token-error out)" = 0
}
run t_tokens 'tokens and case'

t_d2l() {
    echo 'A B C D E F' > ref.d2l && echo 'A B B C D' | evaluate --json --tokens none --d2l 2 --ref ref.d2l > out &&
        grep -q '"metric":"bleu-d2l","value":0.68147' out && grep -q 'k:2' out
}
run t_d2l "the course's BLEU(k)"

# "\303\251t\303\251," and so on: what each tokenizer makes of a line, by BLEU of it against itself cut by hand.
t_tokenizers() {
    printf 'l\342\200\231\303\251t\303\251, 3\342\202\254 \344\271\246\344\272\272 a.b\n' > t.hyp &&
        printf 'l \342\200\231 \303\251t\303\251 , 3 \342\202\254 \344\271\246\344\272\272 a . b\n' > intl.ref &&
        printf 'l \342\200\231 \303\251t\303\251 , 3 \342\202\254 \344\271\246 \344\272\272 a . b\n' > zh.ref &&
        for tokens in intl zh; do
            evaluate --no-store --detail --tokens $tokens --ref $tokens.ref t.hyp > out && grep -q '^bleu  *100.00 ' out &&
                grep -qF "|tok:$tokens|smooth:exp|version" out || return 1
        done &&
        evaluate --no-store --tokens intl --ref zh.ref t.hyp > out && ! grep -q '^bleu  *100.00 ' out
}
run t_tokenizers '--tokens intl, zh'

# Options of each figure move that figure and its signature, and no other one.
t_options() {
    printf 'the Cat sat on mats\nit is a dog!\n' > o.hyp && printf 'the cat sat on a mat.\nthat is a dog\n' > o.ref &&
        evaluate --no-store --json --detail --ref o.ref o.hyp > plain || return 1
    # OPTIONS|the figures that they move|what the signature says
    while IFS='|' read -r options moved signed; do
        # shellcheck disable=SC2086 # words
        evaluate --no-store --json --detail $options --ref o.ref o.hyp > out || return 1
        for metric in bleu chrf chrf++ ter exact token-error word-error; do
            same=$(test "$(value $metric plain)" = "$(value $metric out)" && echo yes || echo no)
            case " $moved " in
                *" $metric "*) test "$same" = no || { echo "$options: $metric is the same"; return 1; } ;;
                *) test "$same" = yes || { echo "$options: $metric is another"; return 1; } ;;
            esac
        done
        grep -qF -- "$signed" out || { echo "$options: no $signed"; return 1; }
    done << 'END'
--smooth floor|bleu|smooth:floor[0.10]
--smooth floor --smooth-value 0.01|bleu|smooth:floor[0.01]
--smooth add-k|bleu|smooth:add-k[1.00]
--smooth none|bleu|smooth:none
--chrf-chars 4|chrf chrf++|nc:4|nw:2
--chrf-words 1|chrf++|nc:6|nw:1
--chrf-beta 1|chrf chrf++|beta:1
--ter-normalized|ter|norm:yes|punct:yes|asian:no
--ter-no-punct|ter|norm:no|punct:no|asian:no
--ter-case|ter|case:mixed|tok:tercom
--lower|bleu chrf chrf++ token-error word-error|case:lc
END
    evaluate --no-store --json --chrf-words 0 --ref o.ref o.hyp > out && ! grep -qF 'chrf++' out &&
        fails 2 'smooth-value' evaluate --smooth floor --smooth-value -1 --ref o.ref o.hyp &&
        fails 2 'not one of exp|floor|add-k|none' evaluate --smooth x --ref o.ref o.hyp
}
run t_options 'smoothing, orders, beta, the ways of TER'

# Two texts that are far apart, one that is the first again, one that is hardly another.
t_several() {
    seq 100 | sed 's/.*/the cat & sat on the mat and looked at dog & ./' > s.ref &&
        sed -n 's/\(cat [0-9]*\) sat/\1 stood/; s/looked/jumped/; p' s.ref > base && cp base again && cp s.ref right &&
        sed '7s/mat/rug/' base > near &&
        evaluate --no-store --ref s.ref base again right near > out && test "$(wc -l < out)" = 7 &&
        grep -Eq '^right  *100\.00\*\*' out && grep -Eq '^again +[0-9.]+ +[0-9.]+ ' out && ! grep -q '^again.*\*' out && ! grep -q '^near.*\*' out &&
        grep -q '^\* p < 0.05, \*\* p < 0.01 that the difference from base is chance: 1000 draws of lines (bs), seed 12345$' out &&
        evaluate --no-store --csv --ref s.ref base again right near > csv &&
        head -n 1 csv | grep -qx 'system,metric,value,low,high,difference,p,won,signature' && grep -q '^base,bleu,[0-9.]*,[0-9.]*,[0-9.]*,,,,heed' csv &&
        grep -q '^again,ter,[0-9.]*,[0-9.]*,[0-9.]*,0,1,0,heed' csv && grep -q '^right,ter,0,0,0,-[0-9.]*,0.000[0-9.e-]*,1,heed' csv &&
        evaluate --no-store --json --ref s.ref base > one && grep '"bleu"' one | sed 's/.*"metric"/"metric"/' > one.bleu &&
        evaluate --no-store --json --ref s.ref base right | sed -n '1s/.*"metric"/"metric"/; 1s/,"difference":null,"p":null,"won":null//p' | same - one.bleu
}
run t_several 'several texts: marks, differences, the figures of one'

t_paired() {
    sed '1~9s/jumped/looked/; 2~8s/mat/rug/' base > mixed && set -- --no-store --json --paired ar --trials 2000 --ref s.ref base mixed right &&
        evaluate "$@" > trials && grep -q '"system":"right","metric":"bleu",.*"p":0.0004[0-9]*,"won":null' trials &&
        evaluate "$@" > again && cmp trials again && evaluate "$@" --seed 1 > other && ! cmp -s trials other &&
        evaluate --no-store --csv --bootstrap 0 --paired ar --ref s.ref base right > out && grep -q '^right,bleu,[0-9.]*,,,[0-9.]*,9.99[0-9]*e-05,,heed' out &&
        fails 2 'needs draws' evaluate --bootstrap 0 --ref s.ref base right &&
        fails 2 'of several, each is known by itself' evaluate -m x --ref s.ref base right &&
        head -n 99 right > short && fails 1 'short: 99 lines, but 100 hypotheses' evaluate --ref s.ref base short
}
run t_paired 'approximate randomisation; seeds; refusals'

# A run for each text, and what it was compared with.
t_several_recorded() {
    rm -f "$HEED_STORE" && mkdir -p outs && cp right outs/best && evaluate -q --ref s.ref base outs/best > /dev/null && runs list > list &&
        grep -q 'evaluate  *base ' list && grep -q 'evaluate  *best ' list && runs show best > out &&
        grep -q '^bleu  *100 .* bs:1000|seed:12345$' out &&
        test "$(runs sql "SELECT count(*) FROM v_leaderboard b JOIN run r ON r.uuid = b.against
            WHERE r.name = 'base' AND b.text = 'outs/best' AND b.p < 0.01 AND b.test = 'bs:1000|seed:12345'" --csv | tail -n 1)" = 7 &&
        test "$(runs sql "SELECT better FROM goal WHERE name = 'word-error'" --csv | tail -n 1)" = min
}
run t_several_recorded 'several texts are as many runs'

t_counts() {
    head -n 1 hyp > short &&
        fails 1 'ref: 2 lines, but 1 hypothesis' evaluate --ref ref short &&
        fails 1 'no hypotheses' evaluate --ref ref /dev/null &&
        fails 1 'line 1 holds a tab' evaluate --ref pairs.tsv hyp &&
        fails 1 'line 1: no column 3' evaluate --ref pairs.tsv --ref-column 3 hyp &&
        fails 1 'line 1: no tab' evaluate --refs-tsv ref hyp &&
        fails 1 'absent' evaluate --ref absent hyp &&
        fails 2 'give references' evaluate hyp &&
        fails 2 'give references' evaluate --ref ref --refs-tsv pairs.tsv hyp
}
run t_counts 'counts that do not fit name both; other refusals'

t_bytes() {
    long=$(printf '%01200d' 0)
    printf '%s\ncaf\351\r\n\000x\n' "$long" > latin && printf '%s\ncaf\303\251\nx\n' "$long" > utf8 &&
        evaluate --no-store --ref utf8 latin > /dev/null 2> note && grep -q '2 parts that are not UTF-8' note &&
        grep -q '1 lines end in CR LF' note
}
run t_bytes 'foreign bytes are counted, not fatal'

# Text is read here as everywhere: a mark at its beginning is no part of the first line, and what is no text is refused. What is
# scored is what stands there: an accent of its own is another character.
t_marks() {
    printf '\357\273\277a b c d\r\ne f g h\r\n' > marked && printf 'a b c d\ne f g h\n' > unmarked &&
        evaluate -q --no-store --ref unmarked marked > a && evaluate -q --no-store --ref marked unmarked > b &&
        evaluate -q --no-store --ref unmarked unmarked > c && cmp a c && cmp b c && grep -q '^exact *100.00 ' c &&
        printf '\377\376a\000\n\000' > wide && fails 1 'wide: is UTF-16 text' evaluate --no-store --ref wide unmarked &&
        printf 'cafe\314\201\n' > apart && printf 'caf\303\251\n' > one && evaluate -q --no-store --ref one apart > d &&
        grep -q '^exact *0.00 ' d
}
run t_marks 'byte order marks, CR LF, UTF-16: read as everywhere; no normal form'

t_no_text() {
    "$builddir/tests/malformed/make" good-stream > stream &&
        fails 1 'stream: is a stream of ids (producer tokenize), not text' evaluate --ref ref stream &&
        fails 1 'stream: is a stream of ids' evaluate --ref stream hyp &&
        fails 1 'cannot read .: Is a directory' evaluate --ref . hyp &&
        "$builddir/tests/malformed/make" stream-refused | fails 1 '<stdin>: tokenize reports: cannot open' evaluate --ref ref
}
run t_no_text 'a stream, an archive, a folder in place of text; the reason of a stage before'

t_record() {
    rm -f "$HEED_STORE" && echo m > model.heed &&
        evaluate -q --no-store --ref ref hyp > /dev/null && test ! -e "$HEED_STORE" &&
        evaluate -q --ref ref --name first -m model.heed hyp > /dev/null &&
        test "$(runs sql "SELECT count(*) FROM v_leaderboard WHERE metric = 'exact' AND value = 50" --csv | tail -n 1)" = 1 &&
        runs show first > out && grep -q '^status *done$' out && grep -q 'model.heed' out &&
        runs lineage model.heed | grep -q evaluate &&
        mkfifo pipe && timeout 10 evaluate --ref ref -m pipe hyp 2> warning > /dev/null && grep -q 'pipe: cannot be read' warning &&
        echo note > note.db && evaluate --store note.db --ref ref hyp 2> warning > /dev/null &&
        grep -q 'not an SQLite database; this evaluation is not recorded' warning
}
run t_record 'an evaluation is a row; a broken store is a warning'

done_testing
