#!/bin/sh
# 78-search.sh: beams, lists of the best and scores, at the command line: one text however the work is cut.
. "${srcdir:-.}/tests/lib.sh"
has train predict tokenize batch-mask encode decode detokenize peek || skip_all 'not built'

awk -v n=400 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
learn() { # NAME OPTION...
    learn_name=$1
    shift
    train -q --no-store --tokenizer word --hidden 16 --lr 0.02 --warmup 20 --dropout 0 --dev none -o "$learn_name.heed" "$@" pairs.tsv
}
learn luong --steps 40 && learn bahdanau --steps 40 --decoder bahdanau --cell lstm &&
    learn transformer --steps 60 --net transformer --heads 4 --layers 2 &&
    learn writes --steps 60 --net rnn-transformer --heads 2 --score general && learn plain --steps 40 --decoder plain || { echo 'Bail out! train fails'; exit 1; }
awk -v n=60 -v seed=8 -f "$srcdir/tests/toy.awk" | cut -f1 > text
printf '\nthe dog . the cat .\nthe zzz\n...\n' >> text

# One beam is what there is without the option; rows have the same texts.
t_one() {
    predict -q -m luong.heed text > want && predict -q -m luong.heed --beam 1 text > got && same want got &&
        predict -q -m luong.heed --scores text | cut -f4- > got && same want got &&
        predict -q -m luong.heed --n-best 1 --beam 3 text > want && predict -q -m luong.heed --beam 3 text > got && same want got &&
        predict -q -m luong.heed --n-best 3 text | awk -F'\t' '$2 == 1' | cut -f4- > got && same want got
}
run t_one 'a beam of one; the first of the best is the text'

# Line, rank, score, text: every line has its rows, ranks count up, scores go down.
t_rows() {
    predict -q -m luong.heed --n-best 4 text > got && awk -F'\t' '
        NF != 4 { exit bad = 1 }
        $1 != line { if ($1 != line + 1 || $2 != 1) exit bad = 1; line = $1; rank = 0; score = $3 }
        { if ($2 != ++rank || $3 > score) exit bad = 1; score = $3; if (rank == 4) full++ }
        END { exit bad || line != 64 || full < 50 }' got &&
        awk -F'\t' '$1 == 61 && $4 == "" && $3 == 0' got | grep -c . | grep -qx 1 &&
        awk -F'\t' '$1 == 64 && $4 == "..."' got | grep -c . | grep -qx 1
}
run t_rows 'rows of line, rank, score and text'

t_json() {
    printf 'the dog .\n' > in && predict -q -m luong.heed --n-best 2 --json in > got 2> err && cat got &&
        test "$(wc -l < got)" -eq 2 && sed 1d got | grep -q '^{"line":1,"rank":2,"score":-[0-9.]*,"log_prob":-[0-9.]*,"confidence":0[0-9.]*,"text":"[^"]*","tokens":\[\["[^"]*",-[0-9.]*\].*\["<eos>",-[0-9.]*\]\]}$' &&
        grep -q '^{"lines":1,' err && tokenize -q -m luong.heed in | encode -m luong.heed | decode -q -m luong.heed --n-best 2 --json > piped 2> err &&
        same got piped && grep -q '^{"lines":1,' err
}
run t_json 'the same as JSON'

# Under sanitizers, where every process takes long, other models go fewer ways.
few=no others='luong bahdanau transformer writes plain' row_counts='1 7 64' searched="'' '--beam 3' '--sample --n-best 2' '--prefix begin --terms terms --max-len 25' '--force said.out'"
! sanitized || few=yes others='luong transformer' row_counts='1 7' searched="'--beam 3' '--prefix begin --terms terms --max-len 25'"

# ways MODEL OPTION...: the rows are the same however the work is cut.
ways() {
    m=$1
    shift
    predict -q -m "$m.heed" --split off "$@" text > want || return 1
    case $few$m in no* | *luong | *transformer) jobs='1 2 4' ;; *) jobs='' ;; esac
    for rows in $row_counts; do
        predict -q -m "$m.heed" --split off --rows $rows "$@" text > got && same want got || return 1
    done
    for j in $jobs; do
        predict -q -m "$m.heed" --split off -j "$j" "$@" text > got && same want got || return 1
    done
    test "$jobs" || return 0
    # What predict gives back as it is the pipeline puts through the model.
    grep -v '\.\.\.' text > said && predict -q -m "$m.heed" --split off "$@" said > want &&
        tokenize -q -m "$m.heed" said | encode -m "$m.heed" | decode -q -m "$m.heed" "$@" > got && same want got &&
        tokenize -q -m "$m.heed" said | batch-mask -q --rows 5 --window 64 | encode -m "$m.heed" | decode -q -j 2 -m "$m.heed" "$@" > got && same want got
}
t_ways() {
    for model in $others; do
        ways $model --scores && ways $model --beam 4 --scores || return 1
    done
    for model in luong bahdanau transformer writes plain; do
        ways $model --n-best 3 --beam 5 --min-len 3 --length-penalty 0.6 || return 1
    done
    ways luong --beam 4 --coverage-penalty 0.2 --scores && ways transformer --beam 4 --coverage-penalty 0.2 --scores
}
run t_ways 'one result for every way to cut the work'

# wider MODEL: the scores of a wider beam are no lower.
wider() {
    for beam in 1 2 3 5 8; do
        predict -q -m "$1.heed" --beam $beam --scores text | cut -f3 > scores.$beam || return 1
    done
    paste scores.1 scores.2 scores.3 scores.5 scores.8 > all && awk '{ for (i = 2; i <= NF; i++) { if ($i < $(i - 1)) exit bad = 1; more += $i > $(i - 1) } }
        END { exit bad || !more }' all
}
t_wider() { wider bahdanau && wider transformer; }
run t_wider 'a wider beam scores no lower'

t_stream() {
    tokenize -q -m luong.heed text > ids && encode -m luong.heed ids > memory && decode -q -m luong.heed --beam 4 memory > want &&
        decode -q -m luong.heed --n-best 4 --weights memory > h && peek --check h && detokenize -m luong.heed h > got && same want got &&
        peek h | grep -q 'tgt  *I32  *\[[0-9]*,4,'
}
run t_stream 'a stream of the best'

t_lengths() {
    predict -q -m luong.heed --min-len 6 text | awk 'NF && $0 != "..." && NF < 6 { exit 1 }' &&
        predict -q -m luong.heed --max-len 2 --split off text | awk 'NF > 2 { exit 1 }' &&
        fails 2 '--min-len: 4 is more than --max-len 3' predict -m luong.heed --min-len 4 --max-len 3 text
}
run t_lengths 'shortest and longest outputs'

t_samples() {
    ways luong --sample --scores && cp want first && ways luong --sample --n-best 3 --temperature 1.5 --top-p 0.9 && ways bahdanau --sample --top-k 5 --seed 9 --scores &&
        ways transformer --sample --n-best 2 --top-p 0.9 --scores && ways luong --sample --scores &&
        predict -q --split off -m luong.heed --sample --seed 2 --scores said > second && ! cmp -s first second && predict -q -m luong.heed --split off said > want &&
        predict -q --split off -m luong.heed --sample --top-k 1 said > got && same want got &&
        fails 2 'are of --sample' predict -m luong.heed --top-k 3 said
}
run t_samples 'samples: the same for every way to cut the work'

# What greedy search says has its own probabilities when it is followed; another target has fewer.
t_force() {
    predict -q --split off -m luong.heed said > said.out && predict -q -m luong.heed --split off --scores said > want &&
        predict -m luong.heed --force said.out --scores said > got 2> err && same want got && cat err && grep -q '^predict: perplexity [1-9][0-9.]* a token: log probability -[0-9.]*, [0-9]* tokens of 63 lines$' err &&
        tokenize -q -m luong.heed said | encode -m luong.heed > memory && decode -m luong.heed --force said.out memory > got 2> err2 && same said.out got &&
        test "$(sed 's/^[a-z]*: //' err)" = "$(sed 's/^[a-z]*: //' err2)" && awk '{ print NF ? "chat" : "" }' said > wrong &&
        predict -m luong.heed --force wrong said > got 2> err3 && same wrong got && test "$(sed 's/.*perplexity \([0-9]*\).*/\1/' err3)" -gt "$(sed 's/.*perplexity \([0-9]*\).*/\1/' err)" &&
        predict -q -m luong.heed --json --force wrong said 2>&1 > got | grep -q '"forced":[0-9]*,"perplexity":[0-9.]*}$' &&
        head -n 9 wrong > short && fails 1 'short has 9 lines, the stream a line ' predict -m luong.heed --force short said &&
        fails 2 'leaves nothing to choose' predict -m luong.heed --force wrong --n-best 2 said
}
run t_force 'targets that are followed, and their perplexity'

t_wishes() {
    awk '{ print NR % 2 ? "mon" : "" }' said > begin && predict -q -m luong.heed --prefix begin said > got && paste -d '|' begin said got | awk -F'|' '$2 != "" && index($3, $1) != 1 { exit 1 }' &&
        tokenize -q -m luong.heed said | encode -m luong.heed | decode -q -m luong.heed --prefix begin > piped && same got piped &&
        awk '{ print NR % 3 ? "chat\tavec un" : "" }' said > terms && predict -q -m luong.heed --terms terms --max-len 25 said > got &&
        paste -d '|' terms said got | awk -F'|' '$1 != "" && $2 != "" { n++; if ($3 !~ /chat/ || $3 !~ /avec un/) bad++ } END { print n, bad; exit !(n > 20) || bad > 0 }' &&
        tokenize -q -m luong.heed said | encode -m luong.heed | decode -q -m luong.heed --terms terms --max-len 25 > piped && same got piped &&
        predict -q -m luong.heed --terms terms --rows 7 -j 4 --max-len 25 said > piped && same got piped &&
        printf 'le\nun chat\n' > no && predict -q -m luong.heed said | grep -cw le && predict -q -m luong.heed --forbid no said > got && ! grep -w le got && ! grep -w 'un chat' got
}
run t_wishes 'prefixes, terms, and what is forbidden'

invariant() { # MODEL
    eval "set -- $1 $searched" # options with blanks stay together
    m=$1
    shift
    for options; do
        # shellcheck disable=SC2086 # words
        predict -m "$m" --check-invariance $options said > got && test "$(wc -l < got)" -eq 8 && test "$(cut -f2,3 got | sort -u)" = '63	0' &&
            tokenize -q -m "$m" said | batch-mask -q --rows 20 --window 64 | encode -m "$m" | decode -m "$m" --check-invariance $options > got &&
            test "$(wc -l < got)" -eq 8 && test "$(cut -f2,3 got | sort -u)" = '63	0' || return 1
    done
}
t_invariance() {
    invariant luong.heed && invariant transformer.heed &&
        fails 2 'gives no stream' decode -m luong.heed --check-invariance --hypotheses memory
}
run t_invariance 'one result in eight ways, for every search'

# A score that sees in which row it stands.
t_dependent() {
    PKG_CONFIG_PATH=$builddir pkg-config --cflags --libs heed > flags && mkdir -p bad && xargs cc -DFAULT_ROW "$srcdir/tests/faulty_plugins/score.c" -o bad/bad.so < flags &&
        learn bad --steps 40 --score ./bad/bad.so && status 1 predict -m bad.heed --score ./bad/bad.so --check-invariance said > got 2> err && cat got err &&
        awk -F'\t' '$1 == "rows 1" && $3 > 0' got | grep -q . && grep -q '^predict: .*[1-9][0-9]* of 63 lines differ$' err
}
if pkg-config --exists --with-path="$builddir" heed 2> /dev/null && ! sanitized; then
    run t_dependent 'rows that see one another are found'
else
    skip 'no pkg-config, or sanitizers' 'rows that see one another are found'
fi

# Through the whole pipeline, with pipes: the answer to a line is there before the next one is sent.
answers() { # COMMAND
    rm -f in out && mkfifo in out || return 1
    sh -c "$1" < in > out &
    answers_pid=$!
    exec 7> in 8< out
    while IFS= read -r answers_line; do
        printf '%s\n' "$answers_line" >&7 && timeout 60 sh -c 'IFS= read -r x && printf "%s\n" "$x"' <&8 || { echo "no answer to: $answers_line"; exec 7>&- 8<&-; return 1; }
    done < some > got
    exec 7>&-
    cat <&8 >> got
    exec 8<&-
    wait "$answers_pid"
}
t_line_by_line() {
    { head -n 5 said; echo; tail -n 2 said; echo; } > some && predict -q -m luong.heed some > want && test "$(sed -n 6p want)" = '' &&
        answers 'tokenize -u -m luong.heed | batch-mask -u | encode -u -m luong.heed | decode -u --hypotheses -m luong.heed | detokenize -u -m luong.heed' && same want got &&
        answers 'tokenize -u -m luong.heed | encode -u -m luong.heed | attend -u -m luong.heed | decode -u -m luong.heed --beam 1' && same want got &&
        answers 'predict -u -m luong.heed' && same want got && predict -q -m luong.heed --n-best 1 --scores some > want && answers 'predict -u -m luong.heed --scores' && same want got
}
run t_line_by_line 'the answer to a line comes before the next line'

# A line that cannot be read: a failure, or an empty line that is counted, alone and in the pipeline.
t_keep_going() {
    { head -n 2 said; head -c 3000 /dev/zero | tr '\0' x; echo; sed -n 3p said; head -c 3000 /dev/zero | tr '\0' y; } > long && { head -n 2 said; echo; sed -n 3p said; echo; } > short &&
        predict -q -m luong.heed short > want && fails 1 'line 3: ' predict -m luong.heed --max-line 1k long &&
        predict -m luong.heed --max-line 1k --keep-going long > got 2> err && same want got && cat err && grep -q '^predict: warning: long: 2 lines could not be read and are empty, the first is line 3$' err &&
        tokenize -q -m luong.heed --max-line 1k --keep-going long | encode -m luong.heed | decode -q -m luong.heed > got && same want got &&
        printf 'a\tthe dog .\nb\nc\tthe cat .\n' > columns && printf 'the dog .\n\nthe cat .\n' | predict -q -m luong.heed > want && fails 1 'line 2: ' predict -m luong.heed --column 2 columns &&
        predict -q -m luong.heed --column 2 --keep-going columns > got && same want got
}
run t_keep_going 'a line that cannot be read'

t_refused() {
    fails 2 'option --beam: 65 not in [1, 64]' predict -m luong.heed --beam 65 text &&
        fails 2 'pays no attention' predict -m plain.heed --coverage-penalty 1 text &&
        fails 2 '--mark is a column of text' predict -m luong.heed --mark after --scores text &&
        fails 2 '--attention is of one hypothesis' decode -m luong.heed --attention --n-best 2 memory &&
        fails 2 'a stream of hypotheses has scores' decode -m luong.heed --hypotheses --scores memory
}
run t_refused 'what does not go together'

done_testing
