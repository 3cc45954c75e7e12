#!/bin/sh
# What train chooses by how many pairs there are and how often each will be seen: layers, rows of a batch, copying.
# shellcheck disable=SC2317 # run_ calls
. "${srcdir:-.}/tests/lib.sh"

# Words of letters a to j and as many signs; source and target have names in common, which are other letters.
spelt() { # N
    awk -v n="$1" 'BEGIN { srand(4); for (i = 0; i < n; i++) {
        s = t = ""
        for (k = 0; k < 4; k++) { c = substr("abcdefghij", 1 + int(rand() * 10), 1); s = s c; t = t (k ? " " : "") c }
        print s "\t" t } }'
}
spelt 10000 > many.tsv
head -n 9999 many.tsv > fewer.tsv
tr -d ' ' < many.tsv > alike.tsv
awk -F '\t' '{ print $1 "x" NR "\t" $1 "x" NR }' many.tsv > words.tsv

# Its first update alone; "cell layers rows", as its run has them.
chosen() { # NAME OPTION...
    chosen_name=$1
    shift
    train -q --name "$chosen_name" --dev none --hidden 8 --average 0 --stop 1 --keep-checkpoint -o "$chosen_name.heed" "$@" || return
    runs sql "SELECT group_concat(value, ' ') FROM (SELECT value FROM param JOIN run USING (run_id) WHERE run.name = '$chosen_name' AND key IN ('cell', 'layers', 'rows') ORDER BY key)" | tail -n 1
}
is() { # EXPECTED NAME OPTION...
    is_want=$1
    shift
    chosen "$@" > said && test "$(cat said)" = "$is_want" || { echo "$1: $(cat said), not $is_want"; return 1; }
}

t_short() { is 'gru 1 32' usual --epochs 10 many.tsv && is 'gru 1 32' ten many.tsv && is 'gru 1 32' fewer --epochs 15 fewer.tsv; }
run t_short 'one layer and 32 rows for ten passes, and for few pairs'

t_long() {
    is 'lstm 2 64' passes --epochs 15 many.tsv && is 'lstm 2 64' updates --steps 4688 many.tsv && is 'gru 1 32' under --steps 4687 many.tsv &&
        is 'lstm 2 64' clock --time 150 many.tsv && is 'gru 1 32' hurry --time 149 many.tsv && is 'lstm 2 64' plan --plan 4688 many.tsv
}
run t_long 'LSTMs of two layers and 64 rows where each pair is seen 15 times: by passes, updates, time, plan'

t_asked() { is 'lstm 2 64' on --long on --epochs 3 fewer.tsv && is 'gru 1 32' off --long off --epochs 15 many.tsv; }
run t_asked 'or where it is asked for by --long'

# The store's value of what was settled.
settled() { # NAME KEY
    runs sql "SELECT value FROM param JOIN run USING (run_id) WHERE run.name = '$1' AND key = '$2'" | tail -n 1
}
t_told() {
    train --name told --dev none --hidden 8 --average 0 --epochs 5 --stop 1 -o told.heed many.tsv 2> said.told &&
        grep 'batches of at most 32 pairs, rate 0.004, dropout 0.1, label smoothing 0.1' said.told || { cat said.told; return 1; }
    test "$(settled told dropout-rate) $(settled passes dropout-rate)" = '0.1 0.2' || return
    train --no-store --force --hidden 8 --dev none --epochs 5 --lr 0.01 --dropout 0.4 --stop 1 -o told.heed many.tsv 2> said.told && grep 'rate 0.01, dropout 0.4,' said.told
}
run t_told 'rate and dropout are told and recorded as they follow from the length'

t_given() {
    is 'gru 1 20' given --epochs 15 --layers 1 --rows 20 many.tsv && is 'rnn 2 64' cell --epochs 15 --cell rnn many.tsv &&
        is 'lstm 2 64' oneway --epochs 15 --bidirectional=off many.tsv && is 'lstm 2 64' bahdanau --epochs 15 --decoder bahdanau --tied on many.tsv
}
run t_given 'what is said stands'

t_once() { chosen once --one-pass --steps 9999 < many.tsv > said && test "$(cat said)" = 'gru 1 32'; }
run t_once 'one pass is one'

t_words() { is 'gru 1 64' words --tokenizer word --min-count 1 --vocab-size 600 --allow-unknown 1 --epochs 15 words.tsv; }
run t_words 'words of many kinds are read by one layer'

t_resumed() {
    train -q --resume --dev none --hidden 8 --average 0 --epochs 15 --stop 2 --keep-checkpoint -o passes.heed many.tsv &&
        train -q --no-store --force --dev none --hidden 8 --average 0 --epochs 15 --cell lstm --layers 2 --decoder-layers 1 --encoder-hidden 6 --embed 4 --rows 64 --stop 2 --keep-checkpoint -o named.heed many.tsv &&
        train -q --no-store --like updates --hidden 8 --epochs 15 --stop 2 -o like.heed many.tsv &&
        for name in passes named like; do peek --csv --tensor adam.m.out.bias $name.ckpt.heed > $name.values || return 1; done &&
        test -s passes.values && cmp passes.values named.values && cmp passes.values like.values &&
        train -q --no-store --resume --dev none --hidden 8 --average 0 --epochs 3 --stop 3 --keep-checkpoint -o passes.heed many.tsv &&
        peek --json passes.ckpt.heed | grep -q '"train.rows":"64"'
}
run t_resumed 'zeros are what they stand for, and a training goes on with them whatever its length becomes'

t_copy() {
    train --no-store --dev none --hidden 8 --epochs 15 --stop 1 -o copy.heed alike.tsv 2> said && grep -q 'copied .*copying on' said &&
        train --no-store --force --dev none --hidden 8 --epochs 15 --stop 1 -o copy.heed many.tsv 2> said && ! grep -q copying said
}
run t_copy 'letters are copied as letters, not as signs of the same names'
done_testing
