#!/bin/sh
# 40-train.sh: train: what it learns, what it takes, what it refuses before any work.
. "${srcdir:-.}/tests/lib.sh"
has train predict peek || skip_all 'not built'

awk -v n=400 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 40 pairs.tsv > dev.tsv
cut -f1 pairs.tsv > src && cut -f2 pairs.tsv > tgt

# tiny NAME OPTION...: an untaught model, in a moment.
tiny() {
    tiny_name=$1
    shift
    train -q --no-store --tokenizer word --hidden 8 --steps 2 --dev none --keep-checkpoint -o "$tiny_name.heed" "$@"
}

t_learns() {
    train --tokenizer word --hidden 16 --steps 300 --lr 0.02 --warmup 20 --dropout 0 --dev dev.tsv -o learnt.heed pairs.tsv \
        2> said && cat said && printf 'the dog sees my cat .\na man .\n' | predict -m learnt.heed > got &&
        printf 'le chien voit mon chat .\nun homme .\n' > want && same want got &&
        grep -q '400 pairs, .* tokens; dev 40 pairs' said && grep -q 'next: predict -m learnt.heed' said
}
run t_learns 'a small language is learnt'

t_dropped_some() {
    train --no-store --tokenizer word --hidden 8 --steps 1 --dev none --max-len 6 -o cut1.heed pairs.tsv 2> said && cat said &&
        n=$(sed -n 's/^train: \([0-9]*\) pairs,.*/\1/p' said) && m=$(sed -n 's/.*left out: \([0-9]*\) too long.*/\1/p' said) &&
        test "$n" -gt 0 && test "$m" -gt 0 && test $((n + m)) -eq 400 &&
        train --no-store --tokenizer word --hidden 8 --steps 1 --dev none --max-len 6 --truncate -o cut2.heed pairs.tsv 2> said &&
        grep -q ': 400 pairs,' said
}
run t_dropped_some 'R20 pairs that are too long are left out, or cut, and counted'

# lines N M: N pairs of one word, M of thirty.
lines() {
    awk -v n="$1" -v m="$2" 'BEGIN { for (i = 0; i < 30; i++) l = l "a b "; while (n-- > 0) print "a\tb"; while (m-- > 0) print l "\t" l }'
}
t_dropped_many() {
    lines 95 5 > few.tsv && lines 80 20 > some.tsv && lines 30 70 > most.tsv &&
        go='train --no-store --tokenizer word --hidden 8 --steps 1 --dev none --max-len 50 --force -o dropped.heed' &&
        $go few.tsv 2> said && cat said && grep -q 'left out: 5 too long' said && ! grep -q warning said &&
        $go some.tsv 2> said && cat said &&
        grep -q 'warning: 20 of 100 pairs are left out: 20 longer than --max-len 50 (--max-len 75 has room for 95 %, --truncate cuts)$' said &&
        train --no-store --tokenizer word --hidden 8 --steps 1 --dev none --max-len 75 -o dropped75.heed some.tsv 2> said && ! grep -q 'left out' said &&
        fails 1 'most.tsv: 70 of 100 pairs are left out: 70 longer than --max-len 50' $go -q most.tsv &&
        grep -q 'allow-dropped 1 goes on with the others$' "$scratch/stderr" &&
        $go -q --allow-dropped 0.8 most.tsv && $go -q --truncate most.tsv && fails 1 '5 of 100 pairs' $go -q --allow-dropped 0.04 few.tsv &&
        { cat few.tsv; yes '' | head -n 300; } > blank.tsv && $go blank.tsv 2> said && ! grep -q warning said &&
        { lines 40 0; yes 'no pair' | head -n 60; } > bad.tsv &&
        fails 1 '60 of 100 pairs are left out: 60 that are no pair; --allow-dropped 1' $go -q --skip-bad bad.tsv &&
        { lines 40 0; printf 'a\t\n%.0s' $(seq 60); } > one.tsv && fails 1 '60 with an empty side; --allow-dropped 1' $go -q one.tsv
}
run t_dropped_many 'more than a tenth left out is a warning, more than half a refusal'

t_batches() {
    for rows in 1 7 5000; do
        train -q --no-store --tokenizer word --hidden 8 --epochs 1 --dev none --rows $rows --tokens 0 -o "rows$rows.heed" pairs.tsv || return 1
    done
    ! cmp -s rows1.heed rows7.heed && ! cmp -s rows7.heed rows5000.heed
}
run t_batches 'R22 batches of one pair, with a rest, larger than the corpus'

t_ways() {
    mkdir -p folder/deep && head -n 150 pairs.tsv > folder/a.tsv && tail -n +151 pairs.tsv > folder/deep/b.tsv &&
        tiny one pairs.tsv && tiny two < pairs.tsv && tiny three --src src --tgt tgt && tiny four folder &&
        tiny five folder/a.tsv folder/deep/b.tsv && same one.heed two.heed && same one.heed three.heed &&
        same one.heed four.heed && same one.heed five.heed
}
run t_ways 'standard input, files, parallel files, folders: the same model'

t_seed() { tiny s1 pairs.tsv --seed 1 && same one.heed s1.heed && tiny s2 pairs.tsv -s 2 && ! cmp -s s1.heed s2.heed; }
run t_seed 'the seed decides the model'

t_locale() {
    for locale in C fr_FR.UTF-8 tr_TR.UTF-8; do
        LC_ALL=$locale tiny "l.$locale" pairs.tsv --lr 0.0015 --dropout 0.25 && same l.C.heed "l.$locale.heed" &&
            LC_ALL=$locale predict -m "l.$locale.heed" src > "text.$locale" && same text.C "text.$locale" || return 1
    done
}
run t_locale 'T28 no locale changes a byte'

t_dev() {
    tiny split pairs.tsv > /dev/null && train --no-store --tokenizer word --hidden 8 --steps 2 -o auto.heed pairs.tsv 2> said &&
        grep -q 'dev [1-9][0-9]* pairs set aside' said && train --no-store --tokenizer word --hidden 8 --steps 2 --dev none \
        -o none.heed pairs.tsv 2> said && cat said && grep -q '400 pairs.*dev 0 pairs' said
}
run t_dev 'dev pairs are set aside, or not'

t_patience() {
    train --tokenizer word --hidden 8 --steps 5000 --dev dev.tsv --eval-every 4 --patience 2 --lr 1 --warmup 0 --clip 0 \
        --metric loss --average 0 -o patient.heed pairs.tsv 2> said && cat said &&
        grep -q 'dev loss .* at step [0-9]* of [0-9]\{1,3\}, ' said
}
run t_patience 'patience ends a training that gets no better'

t_init() {
    train -q --no-store --init learnt.heed --steps 2 --lr 0.001 --dev none -o more.heed pairs.tsv &&
        echo 'my house likes a man .' | predict -m more.heed > got && echo 'mon maison aime un homme .' > want && same want got &&
        fails 2 '--tgt-tokenizer char: that of learnt.heed is word' \
            train -q --no-store --init learnt.heed --tgt-tokenizer char --dev none -o no.heed pairs.tsv &&
        fails 2 '--vocab-size: the vocabularies are those of learnt.heed' \
            train -q --no-store --init learnt.heed --vocab-size 9 --dev none -o no.heed pairs.tsv &&
        fails 2 'learnt.heed was made with other options: hidden 16 -> 8' tiny no --init learnt.heed pairs.tsv &&
        fails 2 '--resume and --init exclude each other' tiny no --init learnt.heed --resume
}
run t_init '--init goes on from a model, and keeps its shape'

t_exists() {
    cp one.heed kept.heed && tiny again pairs.tsv && rm again.ckpt.heed && cp again.heed before &&
        fails 1 'again.heed exists; --force replaces it' tiny again pairs.tsv &&
        fails 1 'nothing to resume: no checkpoint again.ckpt.heed' tiny again --resume pairs.tsv && same before again.heed &&
        fails 1 'one.heed exists; --resume goes on with it, --force replaces it' tiny one pairs.tsv &&
        tiny again --force --seed 3 pairs.tsv && ! cmp -s before again.heed
}
run t_exists 'a model is never replaced by accident'

t_usage() {
    # What rounds to 1 is 1, and to 0 is 0: the kernels know single precision only.
    for rate in --dropout --dropout-embed --dropout-layers --dropout-readout --dropout-attention --label-smoothing --average; do
        fails 2 "option $rate: 0.99999999 not in" tiny no $rate 0.99999999 pairs.tsv || return 1
    done
    fails 2 "option --loss-scale: '1e-50' is too small" tiny no --loss-scale 1e-50 pairs.tsv || return 1
    fails 2 'where to? give -o MODEL.heed' train pairs.tsv && fails 2 "'-' is no file" train -o - pairs.tsv &&
        fails 2 "'' is no file" train -o '' pairs.tsv && fails 2 'exclude each other' tiny no --epochs 3 pairs.tsv &&
        fails 2 '--src and --tgt go together: 1 and 0 files given' tiny no --src src &&
        fails 2 'no preset d3l; there are: d2l, tiny, small, base' tiny no --preset d3l pairs.tsv &&
        fails 1 'hidden 9 is odd' train -q --no-store --hidden 9 --steps 1 --tokenizer word -o no.heed pairs.tsv &&
        fails 1 'score dot' tiny no --score dot --encoder-hidden 3 pairs.tsv &&
        fails 1 'score_none' tiny no --score none pairs.tsv && test ! -e no.heed && test ! -e no.ckpt.heed
}
run t_usage 'what cannot be is named'

# bad PART TEXT [OPTION...]: this corpus is refused with PART, and nothing is left behind.
bad() {
    bad_part=$1 bad_text=$2
    shift 2
    # shellcheck disable=SC2059 # texts are formats
    printf "$bad_text" > bad.tsv && fails 1 "$bad_part" tiny bad "$@" bad.tsv && test ! -e bad.heed && test ! -e bad.ckpt.heed
}
t_corpora() {
    bad 'bad.tsv: no pairs to train on (0 lines, 0 with an empty side, 0 bad)' '' &&
        bad 'no pairs to train on (3 lines, 3 with an empty side' '\n\t\na\t \n' &&
        bad 'bad.tsv: line 2: no tab, want SOURCE<TAB>TARGET' 'a\tb\nno tab\n' &&
        bad 'bad.tsv: line 1: 3 columns' 'a\tb\tc\n' &&
        bad 'bad.tsv: is UTF-16 text' '\377\376a\000\t\000' &&
        bad 'line 2: NUL in the text' "$(printf '%01200d' 0)\tx\na\000\tb\n" &&
        bad 'bad.tsv: gzip: cut off' '\037\213\010\000\000\000\000\000\000\003x' && bad 'line 2: no tab' 'a\tb\nno\033[31m\n' &&
        ! LC_ALL=C grep -q "$(printf '\033')" "$scratch/stderr"
}
run t_corpora 'T01 T03 T08 T09 T13 T14 T20 T25 corpora that cannot be learnt from'

t_parallel() {
    head -n 399 tgt > short && fails 1 'src has 400 lines, short has 399' tiny no --src src --tgt short &&
        fails 1 'short has 399 lines, src has 400' tiny no --src short --tgt src
}
run t_parallel 'T16 files of unequal length'

t_missing() {
    fails 1 'absent.tsv: No such file' tiny no absent.tsv && mkdir -p empty && fails 1 'empty: no pairs' tiny no empty &&
        fails 1 'gone.tsv: No such file' train -q --no-store --dev gone.tsv -o no.heed pairs.tsv && fails 1 'no/where: No such file' tiny no no/where &&
        fails 1 'no/where.heed: No such file' tiny no/where pairs.tsv && mkdir -p folder.heed &&
        fails 1 'cannot write folder.heed: it is a folder' tiny folder --force pairs.tsv &&
        fails 1 'cannot write folder.heed: it is a folder' tiny folder pairs.tsv && test -z "$(ls -A folder.heed)"
}
run t_missing 'files and folders that are not there'

t_odd_lines() {
    cp pairs.tsv odd.tsv && printf 'the dog .\tle chien .\r\n\n\tle chien .\nthe dog .\t\n   \t\302\240\nthe\377 dog .\tle chien .' >> odd.tsv &&
        train --no-store --tokenizer word --hidden 8 --steps 1 --dev none -o odd.heed odd.tsv 2> said && cat said &&
        grep -q '4 with an empty side' said && grep -q '1 lines end in CR LF' said && grep -q '1 invalid UTF-8' said &&
        grep -q '402 pairs' said && printf '\nno tab\na\tb\tc\n' >> odd.tsv &&
        train --no-store --tokenizer word --hidden 8 --steps 1 --dev none --skip-bad -o odd2.heed odd.tsv 2> said && cat said &&
        grep -q '2 bad lines' said
}
run t_odd_lines 'T02 T03 T04 T05 T10 T13 T15 odd lines are counted and told'

# No room for the bytes, or for the text's characters: it makes do.
t_vocab_size() {
    train -q --no-store --tokenizer sentencepiece --vocab-size 10 --steps 1 --hidden 8 -o small.heed --force pairs.tsv &&
        cut -f1 pairs.tsv > sources && tokenize -m small.heed sources | detokenize -m small.heed > got && same sources got
}
t_dropped() {
    fails 1 '400 of 400 pairs are left out: 400 longer than --max-len 1 (--max-len 25 has room for 95 %, --truncate cuts)' tiny no --max-len 1 pairs.tsv &&
        printf 'a\tb\n' > single.tsv && fails 1 'tokens are unknown' tiny no single.tsv &&
        tiny single --min-count 1 single.tsv && echo a | predict -m single.heed > got && test "$(wc -l < got)" -eq 1 &&
        train -q --no-store --tokenizer word --min-count 1 --hidden 8 --steps 1 -o single2.heed single.tsv
}
run t_dropped 'R18 R21 a single pair; every pair dropped; all words unknown'
run t_vocab_size 'a vocabulary that is too small'

t_run() {
    train -q --tokenizer word --hidden 8 --steps 3 --dev dev.tsv --name n1 --tag t1 -o run.heed pairs.tsv &&
        train -q --tokenizer word --hidden 8 --steps 3 --dev dev.tsv --no-store -o run2.heed pairs.tsv && same run.heed run2.heed &&
        runs list --wide > list && cat list && grep -q '^ *[0-9]*  *[0-9a-f]* *train *n1 *t1 *done *pairs.tsv *run.heed .*luong' list
}
run t_run 'a run is recorded and leaves no trace in the model'

t_made_from() {
    cut -f1 pairs.tsv > side.src && cut -f2 pairs.tsv > side.tgt &&
        train -q --tokenizer word --hidden 8 --steps 2 --dev none -o base.heed --src side.src --tgt side.tgt &&
        train -q --init base.heed --steps 1 --dev none -o next.heed pairs.tsv &&
        runs lineage next.heed > chain && cat chain && grep -q 'init *base.heed' chain && grep -q 'train *side.src' chain &&
        grep -q 'train *pairs.tsv' chain
}
run t_made_from 'the record names what a model was made from: its pairs, the model of --init'

t_store_broken() {
    echo 'no database' > junk.db && train --store junk.db --tokenizer word --hidden 8 --steps 2 --dev none -o spill.heed pairs.tsv \
        2> said && cat said && grep -q 'the record goes to spill.heed.run' said && same one.heed spill.heed &&
        test -s spill.heed.run
}
run t_store_broken 'a broken store does not stop a training'

# shellcheck disable=SC2046 # words
t_own_score() {
    sed 's/skeleton/own/g' "$srcdir/plugins/skeleton/score_skeleton.c" > score_own.c &&
        PKG_CONFIG_PATH=$builddir && export PKG_CONFIG_PATH &&
        pkg-config --cflags --libs heed > flags && xargs cc score_own.c -o score_own.so < flags && tiny own --score ./score_own.so:bias=on pairs.tsv &&
        peek own.heed > shown && grep -q 'score=own:bias=on' shown && ! grep -q /score_own shown &&
        fails 1 'score_own.so not found' predict -m own.heed src && predict -m own.heed --score ./score_own.so src > a &&
        predict -m own.heed --plugin-dir . src > b && same a b &&
        tokenize -m own.heed src | encode -m own.heed --plugin-dir . | attend -m own.heed --score ./score_own.so |
        decode -m own.heed --score ./score_own.so:bias=on > c && same a c &&
        tiny own --resume --score ./score_own.so pairs.tsv &&
        fails 2 'score own:bias=on -> ./score_own.so:bias=off' tiny own --resume --score ./score_own.so:bias=off pairs.tsv &&
        train -q --no-store --init own.heed --plugin-dir . --steps 1 --dev none -o own2.heed pairs.tsv
}
if command -v cc > /dev/null && command -v pkg-config > /dev/null && test -f "$builddir/plugins/.libs/score_dot.so"; then
    run t_own_score 'a score written outside the tree, in training and after it'
else
    skip 'no compiler, or plugins linked in' 'a score written outside the tree, in training and after it'
fi
# What came later is not the course's: no source loses its full stop, no word is copied.
t_course() {
    train -q --preset d2l --epochs 1 --hidden 8 --min-count 1 -o course.heed pairs.tsv &&
        test "$(runs sql --csv "SELECT count(*) FROM param WHERE (key = 'vary-final' AND value = '0' OR key = 'copy' AND value = 'off')
            AND run_id = (SELECT max(run_id) FROM run)" | tail -n 1)" -eq 2
}
run t_course 'the preset of the course is trained on the course'"'"'s pairs'

done_testing
