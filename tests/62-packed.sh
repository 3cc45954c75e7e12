#!/bin/sh
# 62-packed.sh: text compressed by gzip, xz or zstd. That every command reads it in every place, 50-text.sh proves; here are
# large files, members, what is damaged or cut off, and what the store says of it.
. "${srcdir:-.}/tests/lib.sh"
has tokenize train vocab predict runs || skip_all 'not built'

awk 'BEGIN { for (i = 1; i <= 60000; i++) print "word " i % 977 " of line " i ", " i * i % 1009 }' > text && vocab train -q --tokenizer space v text &&
    tokenize --vocab v text > want.ids || exit 99
packers='gzip xz'
command -v zstd > /dev/null && packers="$packers zstd"

# ids FILE: its tokens are those of the text, from a file, standard input and a pipe.
ids() {
    tokenize --vocab v "$1" > got.ids && cmp want.ids got.ids && tokenize --vocab v < "$1" > got.ids && cmp want.ids got.ids &&
        cat "$1" | tokenize --vocab v > got.ids && cmp want.ids got.ids
}
t_large() { for p in $packers; do $p -c < text > big && ids big || return; done; }
t_members() {
    head -n 20000 text > a && tail -n +20001 text > b && : > none &&
        for p in $packers; do { $p -c < none && $p -c < a && $p -c < none && $p -c < b; } > parts && ids parts || return; done
}
t_padded() { for p in gzip xz; do { $p -c < text && head -c 512 /dev/zero; } > padded && ids padded || return; done; }
# Skippable frames, as pzstd writes them.
t_skippable() { { printf '\123\052\115\030\004\000\000\000abcd' && zstd -qc < text; } > skip && ids skip; }
t_empty() {
    for p in $packers; do $p -c < /dev/null > empty && tokenize --vocab v empty > got && tokenize --vocab v /dev/null > want && cmp want got || return; done
}
# A byte at a time, the magic too: nothing is taken for text.
t_slow() {
    printf 'word 1\n' | gzip -c > slow && { i=0; while dd if=slow bs=1 skip=$i count=1 2> dd.err > byte && test -s byte; do cat byte; i=$((i + 1)); done; } |
        tokenize --vocab v > got && printf 'word 1\n' | tokenize --vocab v > want && cmp want got
}

# Cut anywhere it is a failure of one line; never text, never less text.
t_cut() {
    head -n 300 text > short &&
        for p in $packers; do
            $p -c < short > whole && n=$(wc -c < whole) || return
            for at in 2 3 4 5 9 17 $((n / 2)) $((n - 9)) $((n - 1)); do
                head -c "$at" whole > part && fails 1 "part: $p: cut off: its end is missing" tokenize --vocab v part > got || return
            done
        done
}
t_damaged() {
    for p in $packers; do
        # Without a check of its own zstd has nothing to see damage by; the program adds one.
        $p -c < text > whole && n=$(wc -c < whole) && { head -c $((n / 2)) whole && printf 'heed' && tail -c +$((n / 2 + 5)) whole; } > bad &&
            fails 1 "bad: $p: damaged" tokenize --vocab v bad > got || return
        { cat whole && echo 'more text'; } > longer && fails 1 "longer: $p: something else stands behind its end" tokenize --vocab v longer > got || return
    done
}
# A dictionary of 1.5 GiB would be taken from memory before the first byte comes out.
t_memory() {
    head -n 10 text | xz -c --lzma2=dict=1536MiB > wide 2> err || { grep -qi memory err && echo 'no memory for xz' && return; }
    fails 1 'wide: xz: wants more than 256 MiB' tokenize --vocab v wide > got
}

# The same data, the same name in the store: what is hashed is the text.
t_store() {
    awk -v n=40 -v seed=3 -f "$srcdir/tests/toy.awk" > pairs.tsv && gzip -c < pairs.tsv > pairs.gz &&
        train -q --name plain --tokenizer word --steps 3 --hidden 8 --dev none -o plain.heed pairs.tsv &&
        train -q --name packed --tokenizer word --steps 3 --hidden 8 --dev none -o packed.heed pairs.gz && cmp plain.heed packed.heed &&
        runs sql "SELECT count(DISTINCT sha256) AS n FROM v_lineage WHERE role = 'train'" --json > got && grep -q '"n":1' got
}
t_resume() {
    xz -c < pairs.tsv > pairs.xz && for end in tsv xz; do
        train -q --no-store --tokenizer word --steps 4 --keep-checkpoint --hidden 8 --dev none -o $end.heed pairs.tsv &&
            train -q --no-store --resume --steps 8 --dev none -o $end.heed pairs.$end || return
    done && cmp tsv.heed xz.heed
}
# In a folder *.tsv.gz and so on are pairs, but not beside what they are packed from.
t_folder() {
    rm -rf folder && mkdir folder && cp pairs.gz folder/a.tsv.gz && cp pairs.gz folder/a.gz && cp pairs.xz folder/b.tsv.xz &&
        cat pairs.tsv pairs.tsv > two.tsv && train -q --no-store --tokenizer word --steps 3 --hidden 8 --dev none -o two.heed two.tsv &&
        train -q --no-store --tokenizer word --steps 3 --hidden 8 --dev none -o folder.heed folder && cmp two.heed folder.heed &&
        cp pairs.tsv folder/a.tsv && train --force -q --no-store --tokenizer word --steps 3 --hidden 8 --dev none -o folder.heed folder &&
        cmp two.heed folder.heed
}
t_stream() {
    tokenize --vocab v text | gzip -c > ids.gz && fails 1 'compressed by gzip, not a tensor stream; put `gzip -dc` in front' batch-mask ids.gz
}

t_tensors() {
    printf '1,2\n3,4\n' > table.csv && gzip -c < table.csv > table.gz && tensors a=table.csv > want && tensors a=table.gz > got &&
        cmp want got && peek --values got > shown && grep -q 4 shown
}

run t_large 'large files: the same tokens'
run t_members 'members one behind the other are one text'
run t_padded 'zeros behind gzip and xz are padding'
case $packers in
*zstd) run t_skippable 'frames of zstd that are to be skipped' ;;
*) skip 'no zstd here' 'frames of zstd that are to be skipped' ;;
esac
run t_empty 'nothing, compressed'
run t_slow 'a byte at a time'
run t_cut 'cut off'
run t_damaged 'damaged, or followed by something else'
run t_memory 'xz that wants much memory'
run t_store 'the store knows the text, not its packing'
run t_resume 'a training is gone on with, whatever the packing'
run t_folder 'folders'
run t_stream 'a compressed stream of tensors is named'
run t_tensors 'tables for tensors'
done_testing
