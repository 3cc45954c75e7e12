#!/bin/sh
# 52-columns.sh: tables of more columns than a pair has, in every command that reads text: the same as without the other columns.
. "${srcdir:-.}/tests/lib.sh"
has train predict tokenize vocab evaluate decode batch-mask || skip_all 'not built'

awk -v n=120 -v seed=5 -f "$srcdir/tests/toy.awk" > pairs.tsv
printf '"the" dog sees ""the cat .\t"le" chien voit ""le chat .\n\n' >> pairs.tsv
# NUMBER<TAB>TARGET<TAB>SOURCE<TAB>ATTRIBUTION; an empty line stays one.
awk -F'\t' -v OFS='\t' '/./ { print NR, $2, $1, "CC-BY \"2.0" } !/./' pairs.tsv > table.tsv
cut -f1 pairs.tsv > src
cut -f2 pairs.tsv > tgt

tiny() { # NAME OPTION...
    tiny_name=$1
    shift
    train -q --no-store --steps 12 --hidden 8 --rows 8 --tokenizer word -o "$tiny_name.heed" "$@"
}

t_train() {
    tiny plain pairs.tsv && tiny table --columns 3,2 table.tsv && same plain.heed table.heed &&
        tiny stdin --columns 3,2 < table.tsv && same plain.heed stdin.heed &&
        tiny dev --dev pairs.tsv pairs.tsv && tiny dev2 --columns 3,2 --dev table.tsv table.tsv && same dev.heed dev2.heed &&
        tiny dev3 --columns 3,2 --dev table.tsv --src src --tgt tgt && same dev.heed dev3.heed &&
        tiny turned --columns 2,3 table.tsv && ! cmp -s plain.heed turned.heed
}
run t_train 'train: files, standard input, dev pairs'

t_named() {
    head -n 20 pairs.tsv | sed 's/$/\tsomeone/' > three.tsv && cp three.tsv late.tsv && head -n 1 pairs.tsv | cat - three.tsv > late.tsv &&
        fails 1 'three.tsv: line 1: 3 columns, want SOURCE<TAB>TARGET; --columns 1,2 takes the first two' tiny no three.tsv &&
        ! grep -q skip-bad "$scratch/stderr" &&
        fails 1 'late.tsv: line 2: 3 columns, want SOURCE<TAB>TARGET; --columns 1,2 takes the first two, --skip-bad' tiny no late.tsv &&
        fails 1 '20 bad); --columns 1,2 takes the first two' tiny no --skip-bad three.tsv &&
        fails 1 '--columns 1,2 takes the first two' vocab train v three.tsv &&
        tiny three --columns 1,2 three.tsv && head -n 20 pairs.tsv > two.tsv && tiny two two.tsv && same two.heed three.heed &&
        fails 1 '--columns 1,2 takes the first two' tokenize -m plain.heed --pairs three.tsv > /dev/null
}
run t_named 'a table of three columns is told which option takes it'

t_tokenize() {
    tokenize -m plain.heed src > a && tokenize -m plain.heed --column 3 table.tsv > b && same a b &&
        tokenize -m plain.heed --pairs pairs.tsv > a && tokenize -m plain.heed --pairs --columns 3,2 table.tsv > b && same a b &&
        tokenize -m plain.heed --pairs --columns 3,2 table.tsv | batch-mask --epochs 2 -q > b && batch-mask --epochs 2 -q a > c && same c b
}
run t_tokenize 'tokenize, of a text and of pairs'

t_vocab() {
    for v in "a pairs.tsv" "b --columns 3,2 table.tsv" "c --side src pairs.tsv" "d --side src --columns 3,2 table.tsv" \
        "e --side text src" "f --column 3 table.tsv"; do
        # shellcheck disable=SC2086 # words
        vocab train -q --tokenizer word $v || return 1
    done
    for v in a b c d e f; do
        vocab show $v | grep fingerprint > print.$v || return 1
    done
    same print.a print.b && same print.c print.d && same print.e print.f && ! cmp -s print.a print.c
}
run t_vocab 'vocab'

t_predict() {
    predict -m plain.heed src > want && predict -m plain.heed --column 3 table.tsv > got && same want got &&
        predict -m plain.heed --column 3 < table.tsv > got && same want got && test "$(wc -l < got)" -eq "$(wc -l < table.tsv)"
}
run t_predict 'predict gives the translation alone'

t_evaluate() {
    paste src want src > hyps.tsv && evaluate --no-store -q --bootstrap 0 --json --ref tgt want > a &&
        evaluate --no-store -q --bootstrap 0 --json --column 2 --ref table.tsv --ref-column 2 hyps.tsv > b && same a b &&
        evaluate --no-store -q --bootstrap 0 --json --ref tgt --group-by-source src want > a &&
        evaluate --no-store -q --bootstrap 0 --json --ref table.tsv --ref-column 2 --group-by-source table.tsv --source-column 3 want > b &&
        same a b
}
run t_evaluate 'evaluate: hypotheses, references, sources'

t_decode() {
    tokenize -m plain.heed src | encode -m plain.heed > memory && decode -m plain.heed --force tgt --hypotheses memory > a &&
        decode -m plain.heed --force table.tsv --column 2 --hypotheses memory > b && same a b
}
run t_decode 'decode --force'

t_refused() {
    for given in 1 '1,' ,2 0,1 1,0 a,b 1,2,3 -1,2 99999999999,1; do
        fails 2 "option --columns: '$given' is not SOURCE,TARGET" tiny no "--columns=$given" table.tsv || return 1
    done
    fails 1 'table.tsv: line 1: no column 9 (there are 4); --skip-bad' tiny no --columns 1,9 table.tsv &&
        fails 1 'table.tsv: line 1: no column 9 (there are 4)' predict -m plain.heed --column 9 table.tsv &&
        fails 1 'table.tsv: line 1: no column 9 (there are 4)' evaluate --no-store --ref table.tsv --ref-column 9 table.tsv &&
        fails 2 '--columns goes with --pairs; of one text it is --column N' tokenize -m plain.heed --columns 1,2 table.tsv > /dev/null &&
        fails 2 'with --pairs it is --columns S,T' tokenize -m plain.heed --pairs --column 1 table.tsv > /dev/null &&
        fails 2 'of pairs it is --columns S,T' vocab train v --side src --column 1 table.tsv &&
        fails 2 'of one text it is --column N' vocab train v --side text --columns 1,2 table.tsv &&
        fails 2 '--column is of the lines of --force' decode -m plain.heed --column 2 memory &&
        fails 2 '--columns needs lines of pairs: --src and --tgt have none' tiny no --columns 1,2 --src src --tgt tgt &&
        tokenize -m plain.heed --pairs pairs.tsv > ids && fails 2 '--columns needs lines of pairs: a stream has none' tiny no --columns 1,2 < ids
}
run t_refused 'columns that are not there, or of something else'

# Parallel files may have tabs in their lines, and a model of characters learns them. What it says is one column all the same.
columns() { awk -F'\t' -v n="$1" 'NF != n { print "line " NR ": " NF " columns, want " n; bad = 1 } END { exit bad || !NR }' "$2"; }
t_one_column() {
    awk 'BEGIN { for (i = 0; i < 40; i++) { print "a\tb" i % 7 > "tabs.src"; print "x\t\t\t\t" i % 7 > "tabs.tgt" } }' &&
        train -q --no-store --steps 30 --lr 0.02 --warmup 3 --hidden 8 --rows 8 --tokenizer char --min-count 1 --dev none -o tabs.heed --src tabs.src --tgt tabs.tgt &&
        { head -n 9 tabs.src; printf '!\t!\n\ta\n'; } > lines && predict -q -m tabs.heed < lines > said && grep -q '    ' said && columns 1 said &&
        tokenize -q -m tabs.heed < lines | encode -q -m tabs.heed > memory && decode -q -m tabs.heed < memory > decoded && columns 1 decoded &&
        decode -q -m tabs.heed --hypotheses < memory | detokenize -q -m tabs.heed > joined && columns 1 joined && same decoded joined &&
        predict -q -m tabs.heed --mark before < lines > said && columns 2 said && predict -q -m tabs.heed --mark after --sample --temperature 3 < lines > said && columns 2 said &&
        predict -q -m tabs.heed --beam 3 --scores < lines > said && columns "$(head -n 1 said | awk -F'\t' '{ print NF }')" said &&
        predict -q -m tabs.heed --sample --n-best 4 < lines > said && columns "$(head -n 1 said | awk -F'\t' '{ print NF }')" said &&
        tokenize -q -m tabs.heed < lines | detokenize -q -m tabs.heed > back && same lines back
}
run t_one_column 'what a model says has no tab, whoever writes it'

done_testing
