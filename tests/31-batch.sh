#!/bin/sh
# 31-batch.sh: batch-mask: regrouping, windows, epochs.
. "${srcdir:-.}/tests/lib.sh"

# 1000 lines of 0 to 12 words of a small language, some words unknown to its vocabulary.
awk 'BEGIN {
    srand(3)
    for (i = 0; i < 1000; i++) {
        line = ""
        n = int(rand() * 13)
        for (k = 0; k < n; k++)
            line = line (k ? " " : "") (rand() < 0.02 ? "odd" i : "w" int(rand() * 50))
        print line
    }
}' > text
awk 'NF { print $0 "\t" $1 " " $0 }' text > pairs.tsv
vocab train -q w --tokenizer space --min-count 3 text || exit 99

t_order() {
    tokenize --vocab w text > ids && for options in '' '--window 64 --rows 7' '--rows 1' '--tokens 20' '--tokens 0'; do
        # shellcheck disable=SC2086
        batch-mask $options ids > batches && detokenize --vocab w batches > out && cmp out text || return 1
    done
}
run t_order 'lines come back in order, with words the vocabulary lacks'

t_batches() {
    tokenize --vocab w text | batch-mask --rows 16 --tokens 100 > batches && peek batches > shown &&
        awk '$1 == "src" { split($3, d, /[][,]/); n++
            if (d[2] > 16 || (d[2] > 1 && d[2] * d[3] > 100)) bad = 1 }
            END { exit bad || n < 1000 / 16 }' shown && peek --check batches
}
run t_batches 'no batch is over its rows or tokens'

t_padding() {
    tokenize --vocab w text > ids && batch-mask ids > batches &&
        for f in ids batches; do
            peek $f | awk '$1 == "src" { split($3, d, /[][,]/); n += d[2] * d[3] } END { print n }' > cells.$f
        done && cat cells.* && test "$(($(cat cells.batches) * 10))" -lt "$(($(cat cells.ids) * 7))"
}
run t_padding 'sorted lines need at most 7 tenths of the cells'

t_window() {
    tokenize --vocab w --rows 10 text | batch-mask --window 50 > batches && peek batches | grep window=50 &&
        tokenize --vocab w --rows 64 text > ids && ! batch-mask --window 50 ids 2> err > /dev/null &&
        grep 'frame 1: 64 lines, more than the window of 50' err
}
run t_window 'the window is told, and a frame larger than it refused'

t_twice() {
    tokenize --vocab w text > ids && cat ids ids > both && batch-mask both > batches &&
        detokenize --vocab w batches > out && cat text text | cmp - out
}
run t_twice 'cat of two streams gives both texts'

t_epochs() {
    tokenize --vocab w --pairs pairs.tsv > ids && batch-mask --epochs 2 --seed 5 ids > a &&
        batch-mask --epochs 2 --seed 5 ids > b && cmp a b && batch-mask --epochs 2 --seed 6 ids > c && ! cmp -s a c &&
        peek a > shown && n=$(sed -n 's/^ *batches=//p' shown) && grep "^end: $((2 * n)) frames" shown &&
        test "$(grep -c '^  epoch=1$' shown)" -eq "$n"
}
run t_epochs 'epochs: one seed, one order; as many batches in each epoch'

t_filter() {
    printf 'w1\tw1\nw1 w2 w3\tw1\n\tw1\nw1\tw1 w2 w3 w4 w5 w6 w7 w8\n' > p &&
        tokenize --vocab w --pairs p > ids3 && batch-mask --epochs 1 --max-len 7 --max-ratio 1.3 --allow-dropped 1 ids3 2> err > a && cat err &&
        grep '3 of 4 pairs are left out: 1 longer than --max-len 7 (--max-len 25 .*), 1 over --max-ratio 1.3 (.*), 1 with an empty side$' err &&
        fails 1 '1 with an empty side; --allow-dropped 1 goes on with the others' batch-mask -q --epochs 1 --max-len 7 --max-ratio 1.3 ids3 > a &&
        tokenize --vocab w --pairs p | batch-mask --epochs 1 --max-len 2 --truncate > a && peek a | grep 'src .*\[3,2\]'
}
run t_filter 'epochs: pairs that are left out are counted; --truncate cuts'

t_refusals() {
    tokenize --vocab w text > ids && ! batch-mask --epochs 1 ids 2> err > /dev/null && grep 'epochs needs pairs' err &&
        ! batch-mask --max-len 3 ids 2> err > /dev/null && grep 'goes with --epochs' err &&
        ! batch-mask text 2> err > /dev/null && grep 'is text, not a tensor stream; put .tokenize. in front' err &&
        tokenize --vocab w --pairs /dev/null > empty && ! batch-mask --epochs 1 empty 2> err > /dev/null &&
        grep 'no pairs' err && batch-mask empty | detokenize --vocab w > out && test ! -s out
}
run t_refusals 'what cannot be batched is named'

t_truncated() {
    tokenize --vocab w text > ids && head -c 20000 ids > part && ! batch-mask part > out 2> err &&
        ! detokenize --vocab w out > text2 2> err2 && cat err err2 && test "$(wc -l < err2)" -eq 1
}
run t_truncated 'a stream cut short fails in every later stage'

done_testing
