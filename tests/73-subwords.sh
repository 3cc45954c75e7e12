#!/bin/sh
# 73-subwords.sh: pairs cut into other pieces in each epoch: in bytes that hang on the seed, whoever works, in windows, resumed; and of
# SentencePiece alone.
. "${srcdir:-.}/tests/lib.sh"
has train predict runs || skip_all 'not built'

awk -v n=240 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv

# go NAME OPTION...
go() {
    go_name=$1
    shift
    train -q --no-store --dev none --hidden 8 --schedule constant --warmup 0 --keep-checkpoint -o "$go_name.heed" "$@"
}

# cuts TYPE: of a type of model.
cuts() {
    spm="--tokenizer sentencepiece:type=$1 --vocab-size 320"
    # shellcheck disable=SC2086 # options are words
    go "$1" $spm --steps 24 --subword-sampling 0.2 pairs.tsv && go "$1.j" $spm --steps 24 --subword-sampling 0.2 -j 3 pairs.tsv &&
        same "$1.heed" "$1.j.heed" && go "$1.0" $spm --steps 24 pairs.tsv && ! cmp -s "$1.heed" "$1.0.heed" &&
        go "$1.r" $spm --steps 13 --subword-sampling 0.2 pairs.tsv &&
        fails 2 'subword-sampling 0.2 -> 0.1' go "$1.r" --resume --steps 24 --subword-sampling 0.1 pairs.tsv &&
        go "$1.r" --resume --steps 24 pairs.tsv && same "$1.heed" "$1.r.heed"
}
t_bpe() { cuts bpe; }
run t_bpe 'merges are left out by the seed, resumed to the same bytes'
t_unigram() { cuts unigram; }
run t_unigram 'cuts of a unigram model are drawn by the seed, resumed to the same bytes'

t_windows() {
    # shellcheck disable=SC2086
    go w $spm --window 90 --steps 24 --subword-sampling 0.2 pairs.tsv && go w2 $spm --window 90 --steps 9 --subword-sampling 0.2 pairs.tsv &&
        go w2 --resume --steps 24 pairs.tsv && same w.heed w2.heed && ! cmp -s w.heed unigram.heed &&
        go once $spm --window 90 --one-pass --steps 6 --subword-sampling 0.2 < pairs.tsv && predict -q -m once.heed < pairs.tsv > out
}
run t_windows 'in windows, and as pairs come'

t_refused() {
    fails 2 'is of the tokenizer sentencepiece: the source' go x --tokenizer word --steps 1 --subword-sampling 0.1 pairs.tsv &&
        fails 2 'subword-sampling' go x --steps 1 --subword-sampling 2 pairs.tsv &&
        tokenize -q -m bpe.heed --pairs pairs.tsv > ids && batch-mask -q --epochs 1 < ids > batches &&
        fails 2 'as batch-mask made them' train -q --no-store --dev none --hidden 8 --subword-sampling 0.1 -o x.heed < batches && test ! -e x.heed
}
run t_refused 'other tokenizers, and batches that are made already'

done_testing
