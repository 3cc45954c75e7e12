#!/bin/sh
# 32-vocab.sh: vocabularies in the store: learning, export, import, files that are malformed.
. "${srcdir:-.}/tests/lib.sh"

printf 'Go on.\tVas-y.\nI know the old house.\tJe connais la vieille maison.\n' > pairs.tsv
printf 'The house is old, you know.\tLa maison est vieille, tu sais.\n' >> pairs.tsv

t_learn() {
    vocab train w --side src --tokenizer word --min-count 1 pairs.tsv && vocab list > all && cat all &&
        grep '^w  *[0-9][0-9]*  word' all && vocab show w | grep '^tokenizer *word' && vocab show w --csv > pieces.csv &&
        head -n 1 pieces.csv | grep -qx 'id,piece,count' && vocab list --csv > list.csv && head -n 1 list.csv | grep -qx 'name,pieces,tokenizer,created,sha256' &&
        awk 'length > 80 { exit 1 }' all &&
        vocab train w --side src --tokenizer word --min-count 1 pairs.tsv &&
        ! vocab train w --side tgt --tokenizer word --min-count 1 pairs.tsv 2> err && grep 'another one of this name' err &&
        vocab train --force w --side tgt --tokenizer word --min-count 1 pairs.tsv && vocab export w | grep connais
}
run t_learn 'train keeps a vocabulary under its name; --force replaces it'

t_text() {
    printf 'a\\b c\n' > backslash && vocab train t --tokenizer char backslash && vocab export t > t.tsv && cat t.tsv &&
        vocab import t2 --tokenizer char t.tsv && vocab export t2 | cmp - t.tsv
}
run t_text 'export and import as text'

t_document() {
    vocab train sp --size 300 pairs.tsv --tokenizer sentencepiece && vocab export sp -o sp.heed &&
        vocab import sp2 sp.heed && cut -f1 pairs.tsv > en && tokenize --vocab sp en > a && tokenize --vocab sp2 en > b &&
        cmp a b && peek sp.heed && detokenize --vocab sp a | cmp - en
}
run t_document 'export and import of what sentencepiece learnt'

t_same() {
    vocab train s1 --size 300 --tokenizer sentencepiece pairs.tsv &&
        vocab train s2 --size 300 --tokenizer sentencepiece - --side joint < pairs.tsv &&
        vocab show s1 | grep fingerprint > f1 && vocab show s2 | grep fingerprint > f2 && cmp f1 f2
}
run t_same 'equal text gives an equal vocabulary'

# Not by the name of its kind: a tokenizer of one's own that learns is asked for as many pieces as SentencePiece is, by
# vocab and by train, and train joins the sides.
asked=$builddir/tests/plugins/.libs/tokenizer_asked.so
t_own_learner() {
    dir=${asked%/*}
    vocab train own --tokenizer "$asked" pairs.tsv && vocab export own --plugin-dir "$dir" > own.tsv && grep asked own.tsv &&
        grep -q asked-4000 own.tsv && vocab train -q own7 --size 7 --tokenizer "$asked" pairs.tsv &&
        vocab export own7 --plugin-dir "$dir" | grep asked-7 &&
        train --no-store --tokenizer "$asked" --hidden 8 --steps 1 --dev none -o own.heed pairs.tsv 2> said && cat said &&
        grep -q ' joint' said &&
        train --no-store --tokenizer "$asked" --vocab-size 7 --hidden 8 --steps 1 --dev none -o own7.heed pairs.tsv &&
        grep -c asked-4000 own.heed && grep -c asked-7 own7.heed
}
if test -f "$asked" && has train; then
    run t_own_learner "a tokenizer of one's own that learns gets the size"
else
    skip 'plugins linked in' "a tokenizer of one's own that learns gets the size"
fi

t_list_empty() {
    HEED_STORE=$scratch/none.db vocab list 2> err
    test $? -eq 1 && cat err && test "$(wc -l < err)" -eq 1 && test ! -e "$scratch/none.db"
}
run t_list_empty 'looking does not make a store'

# T26: a vocabulary file with one fault, and what is said of it.
head4='0\t<pad>\t0\n1\t<bos>\t0\n2\t<eos>\t0\n3\t<unk>\t0\n'
t_faulty() {
    # shellcheck disable=SC2059 # it is a format
    printf "$content" > faulty.tsv && ! vocab import f --tokenizer space faulty.tsv 2> err && cat err &&
        test "$(wc -l < err)" -eq 1 && grep -F -e "$message" err
}
faulty() {
    content=$1 message=$2
    run t_faulty "T26 refused: $2"
}
faulty '' 'faulty.tsv: vocabulary: 0 lines, want at least'
faulty '0\t<pad>\t0\n1\ta\t0\n' "vocabulary line 2: 'a', want <bos>"
faulty "${head4}4\ta\t1\n4\tb\t1\n" "faulty.tsv: line 6: id '4', want 5"
faulty "${head4}4\ta\t1\n6\tb\t1\n" "faulty.tsv: line 6: id '6', want 5"
faulty "${head4}4\ta\t1\n5\ta\t1\n" "vocabulary line 6: 'a' stands already on line 5"
faulty "${head4}4\ta\tmany\n" "line 5: count 'many' is no number"
faulty "${head4}4\ta\t-1\n" "line 5: count '-1' is no number"
faulty "${head4}4\ta\t99999999999999999999\n" 'line 5: count '
faulty "${head4}4\ta\n" 'line 5: want ID<TAB>PIECE<TAB>COUNT'
faulty "${head4}4\ta\tb\t1\n" 'line 5: want ID<TAB>PIECE<TAB>COUNT'
faulty "${head4}4\t\t1\n" 'vocabulary line 5: an empty piece'
faulty "${head4}4\t\377\t1\n" 'line 5: a piece that is not valid UTF-8'
faulty "${head4}4\ta\\\\x\t1\n" 'line 5: a backslash'
faulty "${head4}4\ta\000b\t1\n" 'is not text: NUL'

t_usage() {
    ! vocab 2> err && grep 'want train NAME' err && ! vocab frob x 2> err && grep "'frob' is none of" err &&
        printf '%b' "$head4" > plain.tsv && ! vocab import p plain.tsv 2> err && grep 'which tokenizer' err &&
        ! vocab show nothing 2> err && grep nothing err && vocab delete t && ! vocab show t 2> err &&
        ! vocab train x --tokenizer sentencepiece:coverage=2 pairs.tsv 2> err && cat err && test "$(wc -l < err)" -eq 1
}
run t_usage 'what is wrong is named'

t_words() {
    fails 2 "vocab list: unexpected operand 'w'" vocab list w && fails 2 "vocab show: which? give a NAME" vocab show &&
        fails 2 "vocab show: unexpected operand 'b'" vocab show w b && fails 2 'the NAME is empty' vocab train '' pairs.tsv &&
        fails 2 "'lis' is none of train, list" vocab lis && fails 1 'none yet' vocab --store none.db list > out && test ! -s out &&
        vocab list > out && head -n 1 out | grep -q '^name  *pieces'
}
run t_words 'O05 verbs with too much and too little behind them; no heading above a failure'

# Of the 300 lines each has a full stop.
t_counts() {
    awk 'BEGIN { for (i = 0; i < 300; i++) print "a line of words " i " ." }' > counted && vocab train -q --tokenizer sentencepiece counted counted &&
        vocab export counted | awk -F '\t' '$2 ~ /\.$/ { n += $3 } END { exit n != 300 }'
}
run t_counts 'pieces of sentencepiece are counted'

done_testing
