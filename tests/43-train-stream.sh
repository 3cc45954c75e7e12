#!/bin/sh
# 43-train-stream.sh: training from pairs and training from a stream are the same training: equal bytes.
. "${srcdir:-.}/tests/lib.sh"
has train vocab tokenize batch-mask || skip_all 'not built'

awk -v n=300 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
printf '\nthe dog .\t\na a a a a a a a a a a a a a a a a a a a a\tun\n' >> pairs.tsv
head -n 20 pairs.tsv > dev.tsv
words=$(awk 'BEGIN { for (i = 0; i < 120; i++) printf "a " }')
printf '%s\t%s\n' "$words" "$words" >> pairs.tsv
options='-q --no-store --hidden 8 --dev dev.tsv --eval-every 5 --dropout 0.1'

# shellcheck disable=SC2086 # options are words
from_pairs() { train $options --epochs 2 -s 4 -o pairs.heed "$@" pairs.tsv; }
# shellcheck disable=SC2086
from_stream() { train $options -s 4 -o stream.heed "$@"; }
cut_batches() { batch-mask -q --epochs 2 -s 4 "$@"; }

t_words() {
    vocab train -q src --side src --tokenizer word --min-count 2 pairs.tsv &&
        vocab train -q tgt --side tgt --tokenizer word --min-count 2 pairs.tsv && from_pairs --tokenizer word &&
        tokenize --pairs --src-vocab src --tgt-vocab tgt pairs.tsv > ids && cut_batches < ids > batches &&
        from_stream < batches && same pairs.heed stream.heed
}
run t_words 'words: pairs, and batches of a stream'

t_ids() { from_stream --force --epochs 2 < ids && same pairs.heed stream.heed; }
run t_ids 'a stream of ids without batch-mask'

t_joint() {
    vocab train -q sp --side joint --tokenizer sentencepiece --size 300 pairs.tsv &&
        from_pairs --force --tokenizer sentencepiece --vocab-size 300 && tokenize --pairs --vocab sp pairs.tsv | cut_batches > joint &&
        from_stream --force < joint && same pairs.heed stream.heed && from_pairs --force --store "$HEED_STORE" --vocab sp &&
        same pairs.heed stream.heed
}
run t_joint 'SentencePiece, joint'

t_sizes() {
    from_pairs --force --tokenizer word --rows 7 --tokens 60 --max-len 6 --max-ratio 1.5 --src-eos &&
        tokenize --pairs --src-eos --src-vocab src --tgt-vocab tgt pairs.tsv |
        cut_batches --rows 7 --tokens 60 --max-len 6 --max-ratio 1.5 | from_stream --force && same pairs.heed stream.heed
}
run t_sizes 'other sizes, other limits, eos on the source'

t_truncate() {
    from_pairs --force --tokenizer word --max-len 4 --truncate &&
        from_stream --force --epochs 2 --max-len 4 --truncate < ids && same pairs.heed stream.heed &&
        cut_batches --max-len 4 --truncate < ids | from_stream --force && same pairs.heed stream.heed
}
run t_truncate 'D6 pairs that are cut: text, ids and batches are the same training'

t_left_out() {
    train --no-store --hidden 8 --steps 1 --dev none --max-len 4 --allow-dropped 1 -o told.heed < ids 2> said && cat said &&
        grep -q 'warning: [1-9][0-9]* of 30[0-9] pairs are left out: [1-9][0-9]* longer than --max-len 4' said &&
        fails 1 '<stdin>: 303 of 303 pairs are left out: 302 longer than --max-len 1' from_stream --force --epochs 2 --max-len 1 < ids &&
        fails 1 'longer than --max-len 4' from_stream --force --epochs 2 --max-len 4 < ids
}
run t_left_out 'pairs of a stream that are left out are counted and told'

# A vocabulary of five words: more than half of what is read is unknown to it.
t_unknown() {
    vocab train -q few --side joint --tokenizer word --size 5 pairs.tsv && tokenize --pairs --vocab few pairs.tsv > few.ids &&
        cut_batches < few.ids > few.batches && "$builddir/tests/alter" meta tokens.src '' < few.batches > silent.batches &&
        for x in few.ids few.batches silent.batches; do
            fails 1 'target tokens are unknown' from_stream --force < $x &&
                train --no-store --hidden 8 --steps 1 --dev none --allow-unknown 1 --force -o told.heed < $x 2> said &&
                cat said || return 1
            case $x in
            silent*) grep -q '; unknown counted in the first epoch' said || return 1 ;;
            *) grep -q '; unknown [5-9][0-9]\.[0-9]* % + [5-9][0-9]\.[0-9]* %' said || return 1 ;;
            esac
        done
        train --no-store --hidden 8 --epochs 1 --dev none --allow-unknown 1 --force -o told.heed pairs.tsv --vocab few 2> of_text &&
        unknown=$(grep -o 'unknown .*' of_text) && for x in few.ids few.batches; do
            train --no-store --hidden 8 --steps 1 --dev none --allow-unknown 1 --force -o told.heed < $x 2> said && cat said &&
                grep -qF "$unknown" said || return 1
        done
}
run t_unknown 'D7 the share of unknown tokens is told and bounded on streams too'

t_resume() {
    from_stream --force --keep-checkpoint --checkpoint-every 3 < batches && cp stream.heed want.heed && rm stream.heed stream.ckpt.heed || return 1
    head -c $(($(wc -c < batches) * 2 / 3)) batches > part
    fails 1 '<stdin>: ' from_stream --checkpoint-every 3 < part && test -e stream.ckpt.heed &&
        fails 1 'another source vocabulary' train -q --no-store --resume --dev dev.tsv -o stream.heed < joint &&
        train -q --no-store --resume --dev dev.tsv -o stream.heed < batches && same want.heed stream.heed
}
run t_resume 'a stream that breaks off is an error; the training goes on from it'

t_eos() {
    tokenize --pairs --src-eos --src-vocab src --tgt-vocab tgt pairs.tsv > eos.ids && from_stream --force --steps 2 < ids &&
        fails 1 'the stream was made with src-eos on, the model with off' \
            train -q --no-store --dev none --steps 1 --init stream.heed -o other.heed < eos.ids
}
run t_eos 'a model is not begun from on sources that end in another way'

t_sides() {
    fails 2 '--vocab-size: the vocabularies are those of the stream' from_stream --force --vocab-size 9 < ids &&
        fails 2 '--tokenizer char: that of the stream is word' from_stream --force --tokenizer char < batches &&
        fails 2 '--src-eos: the stream has it off' from_stream --force --src-eos < batches &&
        fails 2 '--joint: the stream has it off' from_stream --force --joint on < ids &&
        from_stream --force --steps 2 --tokenizer word --joint off < ids
}
run t_sides 'options of tokenizers and vocabularies that a stream has settled'

t_shorter() { from_stream --force --steps 4 < batches && fails 2 '--steps 1000, but the stream has' from_stream --force --steps 1000 < batches; }
run t_shorter 'fewer steps than batches, never more'

t_refused() {
    fails 2 '--epochs 5, but the stream has 2' from_stream --force --epochs 5 < batches &&
        fails 2 '--rows needs pairs' from_stream --force --rows 5 < batches &&
        fails 2 '--time needs pairs' from_stream --force --time 5 < batches &&
        batch-mask < ids > plain && fails 1 'put `batch-mask --epochs N` in front' from_stream --force < plain &&
        cut -f1 pairs.tsv | tokenize --src-vocab src > sources && fails 1 'carries no vocabularies' from_stream --force < sources
}
run t_refused 'streams that cannot be trained on'

t_altered() {
    for change in 'epochs -1' 'epochs 0' 'epochs many' 'epochs 9000000000000000000' 'batches 0' 'batches 9000000000000000000' \
        'limit.max-src -5' 'tokens.src -1' 'unknown.tgt few' 'limit.max-tgt 0' 'limit.ratio nan' 'limit.ratio -1'; do
        # shellcheck disable=SC2086 # words
        "$builddir/tests/alter" meta $change < batches > x && fails 1 "<stdin>: metadata ${change% *}" from_stream --force < x ||
            return 1
    done
    "$builddir/tests/alter" drop tgt drop tgt_mask < batches > x && fails 1 'the stream has no targets' from_stream --force < x &&
        "$builddir/tests/alter" meta tokenizer.src ../word < ids > x &&
        fails 1 '<stdin>: tokenizer.src: ' from_stream --force < x
}
run t_altered 'a plan that cannot be, no targets, a tokenizer by its path'

t_upstream() {
    printf 'a\tb\nno tab\n' | tokenize --pairs --src-vocab src --tgt-vocab tgt 2> err | cut_batches 2> err2 | from_stream --force 2> err3
    test $? -eq 1 && cat err err2 err3 && grep -q 'line 2: no tab' err3 && test "$(wc -l < err3)" -eq 1
}
run t_upstream 'what went wrong in front is told at the end'
done_testing
