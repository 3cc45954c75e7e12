#!/bin/sh
# 55-tags.sh: tags in front of sources, by column or for all lines: they decide what comes of a source, are one token with every
# tokenizer, and the model wants them wherever it is used.
. "${srcdir:-.}/tests/lib.sh"
has train predict tokenize encode decode vocab batch-mask peek || skip_all 'not built'

# Two to four words of seven; the tag says whether they come back in capitals or as they are.
awk 'BEGIN {
    split("dog cat sun sea red ten wet", w); x = 5
    for (i = 0; i < 320; i++) {
        s = ""
        for (k = 2 + i % 3; k > 0; k--) { x = x * 16807 % 2147483647; s = s (s == "" ? "" : " ") w[1 + x % 7] }
        if (i % 2) print s "\t" toupper(s) "\tup"; else print s "\t" s "\tas"
    }
}' > all.tsv
head -n 280 all.tsv > pairs.tsv && tail -n 40 all.tsv > test.tsv
cut -f 1 test.tsv > test.src && cut -f 2 test.tsv > test.ref
steps=260
sanitized && steps=120

# go NAME OPTION...
go() {
    go_name=$1
    shift
    train -q --no-store --dev none --hidden 24 --rows 16 --lr 0.02 -o "$go_name.heed" "$@"
}

# right FILE: lines that equal the reference.
right() {
    paste "$1" test.ref | awk -F '\t' '$1 == $2 { n++ } END { print n + 0 }'
}

t_decides() {
    go with --tokenizer word --steps "$steps" --tag-columns 3 pairs.tsv && predict -m with.heed --tag-columns 3 test.tsv > out &&
        n=$(right out) && echo "$n of 40 with tags" && test "$n" -ge 36 &&
        go without --tokenizer word --steps "$steps" --columns 1,2 pairs.tsv && predict -m without.heed test.src > out &&
        n=$(right out) && echo "$n of 40 without" && test "$n" -le 24
}
run t_decides 'a tag decides what comes of a source; without it nobody can know'

t_all_lines() {
    predict -m with.heed --tag up test.src > out && predict -m with.heed --tag-columns 3 test.tsv > by && head -n 1 test.src > one &&
        awk -F '\t' '{ print $1 "\tup" }' test.tsv > ups && predict -m with.heed --tag-columns 2 ups > out2 && same out out2 &&
        ! cmp -s out by && awk -F '\t' '{ print $3 "\t" $1 }' test.tsv > turned &&
        predict -m with.heed --column 2 --tag-columns 1 turned > by2 && same by by2
}
run t_all_lines 'one tag for all lines, or another column'

t_pipeline() {
    predict -m with.heed --tag-columns 3 test.tsv > by &&
        tokenize -m with.heed --tag-columns 3 test.tsv > ids && encode -m with.heed < ids > memory && decode -m with.heed < memory > out && same by out &&
        tokenize -m with.heed --tag up test.src > ids && encode -m with.heed < ids > memory && decode -m with.heed < memory > out &&
        predict -m with.heed --tag up test.src > by && same by out
}
run t_pipeline 'the pipeline does the same'

t_wanted() {
    fails 2 'with.heed: its sources have 1 tag in front (as, up), 0 given' predict -m with.heed test.src &&
        fails 2 '1 tag in front (as, up), 2 given' predict -m with.heed --tag up,as test.src &&
        fails 2 'a tag is given, and its sources have none' predict -m without.heed --tag up test.src &&
        fails 1 "tag 'down' is none of those that there are: as, up" predict -m with.heed --tag down test.src &&
        fails 2 'exclude each other' predict -m with.heed --tag up --tag-columns 2 test.src &&
        fails 2 '1 tag in front' tokenize -m with.heed test.src && fails 1 'no column 3' predict -m with.heed --tag-columns 3 test.src &&
        printf 'dog sun\tup\ncat sea\tdown\nred ten\tas\n' > some && predict -q --keep-going -m with.heed --tag-columns 2 some > out &&
        test "$(wc -l < out)" -eq 3 && test -z "$(sed -n 2p out)" && test -n "$(sed -n 3p out)"
}
run t_wanted 'a model says which tags it wants'

t_empty() {
    printf 'dog sun\n\n   \ncat\n' > gaps && predict -q -m with.heed --tag up gaps > out && test "$(wc -l < out)" -eq 4 && test -z "$(sed -n 2p out)"
}
run t_empty 'an empty line stays empty'

# Each tokenizer: a tag is one token, the first one, and text that looks like it is text.
t_atomic() {
    for t in word char space sentencepiece; do
        go "t-$t" --tokenizer "$t" --vocab-size 60 --steps 3 --tag-columns 3 pairs.tsv || return 1
        echo '<tag up> dog' | tokenize -m "t-$t.heed" --tag as --send-vocab | peek --words > seen && cat seen &&
            grep -q '<tag as>' seen && ! grep -q '<tag up>' seen || return 1
        echo 'dog sun' | predict -q -m "t-$t.heed" --tag up > out || return 1
    done
}
run t_atomic 'with every tokenizer'

t_stream() {
    vocab train v --tokenizer word --tag up,as --columns 1,2 pairs.tsv &&
        tokenize --vocab v --pairs --tag-columns 3 pairs.tsv > ids && batch-mask --epochs 20 --rows 16 < ids > batches &&
        train -q --no-store --dev none --hidden 24 -o stream.heed < batches && predict -q -m stream.heed --tag up test.src > out && fails 2 '1 tag in front' predict -m stream.heed test.src &&
        go stored --vocab v --steps 3 --tag-columns 3 pairs.tsv && predict -q -m stored.heed --tag up test.src > out
}
run t_stream 'vocabularies of the store, and streams'

t_resume() {
    often='--tokenizer word --schedule constant --warmup 0 --keep-checkpoint'
    # shellcheck disable=SC2086 # options are words
    go whole $often --window 90 --steps 20 --tag-columns 3 pairs.tsv && go part $often --window 90 --steps 9 --tag-columns 3 pairs.tsv &&
        fails 2 '1 tag in front' go part --resume --steps 20 --columns 1,2 pairs.tsv &&
        go part --resume --steps 20 --tag-columns 3 -j 2 pairs.tsv && same whole.heed part.heed && printf 'dog\tDOG\tnew\n' > new.tsv &&
        fails 1 "line 1: tag 'new' is none" train -q --no-store --dev none --init with.heed --steps 2 --tag-columns 3 -o r.heed new.tsv
}
run t_resume 'windows, resumed and begun from'

t_two() {
    awk -F '\t' '{ print $1 "\t" $2 "\t" $3 "\t" (NR % 3 ? "a" : "b") }' pairs.tsv > two.tsv &&
        go two --tokenizer word --steps 3 --tag-columns 3,4 two.tsv && predict -q -m two.heed --tag up,b test.src > out &&
        fails 1 "tag 'up' is none of those that there are: a, b" predict -q -m two.heed --tag up,up test.src
}
run t_two 'several tags'

t_refused() {
    printf 'dog\tDOG\tan idea\n' > blank.tsv && fails 1 'is no tag: it has a blank' go r --tag-columns 3 --steps 1 blank.tsv &&
        fails 1 'line 1: no column 4' go r --tag-columns 4 --steps 1 pairs.tsv &&
        fails 2 'is not up to 4 numbers' go r --tag-columns x --steps 1 pairs.tsv &&
        fails 2 '--src and --tgt have none' go r --tag-columns 3 --steps 1 --src test.src --tgt test.ref && test ! -e r.heed
}
run t_refused 'what is no tag is refused'

done_testing
