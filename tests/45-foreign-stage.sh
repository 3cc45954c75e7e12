#!/bin/sh
# 45-foreign-stage.sh: streams with whole checksums whose content is wrong, as a faulty stage of somebody else's would send
# them (tests/alter makes them): refused by name, or harmless.
. "${srcdir:-.}/tests/lib.sh"
has train tokenize batch-mask encode attend decode detokenize peek plot || skip_all 'not built'
alter=$builddir/tests/alter

awk -v n=100 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
train -q --no-store --tokenizer word --hidden 8 --steps 2 --dev none -o m.heed pairs.tsv || { echo 'Bail out! train fails'; exit 1; }
printf 'the dog sees a zebra .\n\na cat .\n' > text
tokenize -q -m m.heed text > ids && batch-mask ids > batches && encode -m m.heed ids > memory && attend -m m.heed memory > keys &&
    decode -m m.heed --weights keys > hypotheses && decode -m m.heed --hypotheses keys > hypotheses.plain && decode -m m.heed --attention keys > attention &&
    tokenize -q --pairs -m m.heed pairs.tsv > pairs && decode -m m.heed keys > want ||
    { echo 'Bail out! the pipeline fails'; exit 1; }

# altered CHANGE... < stream: into the file x.
altered() { "$alter" "$@" > x; }
t_same() { altered < keys && same keys x; }
run t_same 'unaltered it is the same stream'

t_passed() {
    altered add note < ids && batch-mask x | encode -m m.heed | attend -m m.heed > y && peek --values --tensor note y > shown &&
        grep -q ' note ' shown && for out in --hypotheses --weights --attention; do
        decode -m m.heed $out y | peek --values --tensor note > got && grep '^ *\[' shown > a && grep '^ *\[' got > b && test -s a && same a b ||
            return 1
    done && decode -m m.heed --attention y | attend -m m.heed | peek --values --tensor note | grep '^ *\[' > b && same a b
}
run t_passed 'S19 every stage passes on the tensors it does not know'

t_widths() {
    for change in 'widen memory:tensor memory: memory width' 'shorten memory:tensor memory: memory width' \
        'widen state:tensor state: encoder width' 'widen keys:keys of width' 'shorten keys:keys of width'; do
        # shellcheck disable=SC2086 # words
        altered ${change%%:*} < keys && fails 1 "${change#*:}" decode -m m.heed x || return 1
    done
    altered widen query < attention && fails 1 'width' attend x && fails 1 'width' attend -m m.heed x
}
run t_widths 'S45 widths that are not those of the model'

t_ids() {
    for stream in ids batches; do
        altered set src 0 1000000 < $stream && fails 1 'tensor src: id 1000000 not below ' encode -m m.heed x || return 1
    done
    fails 1 'tensor src: id 1000000 not below ' detokenize -m m.heed x &&
        altered set tgt 0 2147483647 < hypotheses && fails 1 'tensor tgt: id 2147483647 not below ' detokenize x && plot -a x > map || return 1
    for side in src tgt; do
        altered set $side 0 1000000 < pairs &&
            fails 1 "tensor $side: id 1000000 not below" train -q --no-store --steps 1 --dev none -o no.heed < x || return 1
        batch-mask --epochs 1 pairs | "$alter" set $side 0 1000000 > x &&
            fails 1 "tensor $side: id 1000000 not below" train -q --no-store --dev none -o no.heed < x || return 1
    done
    test ! -e no.heed
}
run t_ids 'S47 ids beyond the vocabulary'

t_masked() {
    altered pad memory memory_len nan < memory && decode -m m.heed x > got && same want got && attend -m m.heed x > y &&
        altered pad keys memory_len nan < y && decode -m m.heed x > got && same want got &&
        for tensor in key keys value; do
            altered pad $tensor valid_len nan < attention && attend -m m.heed x | peek --values --rows 0 --tensor context > a &&
                attend -m m.heed attention | peek --values --rows 0 --tensor context > b && same a b && ! grep -q nan a || return 1
        done
}
run t_masked 'S49 S52 what lies behind a length does not count, even when it is NaN'

# Lengths and places that one type of stream can do without, and readers follow.
t_followed() {
    for n in 1000 100000 -1; do
        altered set src_len 0 $n < attention && fails 1 "tensor src_len: row 0: length $n not in" peek --words x || return 1
    done
    peek --words attention > shown && grep -q ' src 0: the dog' shown && altered shorten align < hypotheses &&
        fails 1 'in tensor align' detokenize x
}
run t_followed 'lengths of what a stream merely carries'

# What no stage before it knew must not become something that the stage behind it knows.
t_mistaken() {
    said() { grep -q "warning: tensor $1 is not passed on: it has a meaning of its own in a stream of $2\$" said && peek --check y; }
    altered add keys < ids && encode -m m.heed x > y 2> said && said keys memory && attend -m m.heed y > z && same keys z || return 1
    altered add weights < keys && decode -m m.heed --hypotheses x > y 2> said && said weights hypotheses &&
        altered add finish < keys && decode -m m.heed --hypotheses x > y && same hypotheses.plain y && altered add valid_len < keys && decode -m m.heed --attention x > y && peek --check y && altered add used < keys &&
        decode -m m.heed --attention x > y && peek --check y
}
run t_mistaken 'no stage sends what the next would refuse'

t_finite() {
    for change in 'set memory 0 nan:tensor memory: value 0 is not a number' 'set state 1 inf:tensor state: value 1 is infinite' \
        'set keys 0 nan:tensor keys: value 0 is not a number'; do
        # shellcheck disable=SC2086 # words
        altered ${change%%:*} < keys && fails 1 "x: frame 1: ${change#*:}" decode -m m.heed x || return 1
    done
    altered fill memory 3e38 < memory && decode -m m.heed x > got && test "$(wc -l < got)" -eq 3
}
run t_finite 'S51 numbers that are none'

t_fingerprints() {
    altered meta vocab.src 0123 < ids && fails 1 'another source vocabulary (0123 there' encode -m m.heed x &&
        fails 1 'another vocabulary (0123 there' detokenize -m m.heed x &&
        altered meta model 0123 < keys && fails 1 'another model (0123 there' decode -m m.heed x &&
        fails 1 'another model (0123 there' attend -m m.heed x
}
run t_fingerprints 'S56 S57 the stream of another model or vocabulary'

# Copied into the output is text only, and a line stays a line.
t_text() {
    for change in 'fill src_text 255' 'fill src_text 10' 'fill src_text 0' 'fill src_begin 100000' 'fill src_end -5' 'shorten src_begin' \
        'fill src_text_len 100000'; do
        # shellcheck disable=SC2086 # words
        altered $change < keys && timeout 20 decode -m m.heed x > got && test "$(wc -l < got)" -eq 3 &&
            altered $change < ids && timeout 20 detokenize -m m.heed x > got && test "$(wc -l < got)" -eq 3 &&
            iconv -f UTF-8 -t UTF-8 got > /dev/null && altered $change < hypotheses && timeout 20 detokenize x > got &&
            test "$(wc -l < got)" -eq 3 && plot -a x > map || return 1
    done
    altered fill src_text 255 < ids && detokenize -m m.heed x > got && head -n 1 got | grep -q '^the dog sees a <unk>'
}
run t_text 'words of the source that are no text'

t_lines() {
    altered set line 1 5 < keys && fails 1 'line 1 is missing' decode -m m.heed x && altered set line 1 5 < ids &&
        fails 1 'line 1 is missing' detokenize -m m.heed x && altered fill line -1 < keys &&
        fails 1 'tensor line: row 0 is -1' decode -m m.heed x && altered fill line 0 < keys && fails 1 'line' decode -m m.heed x || return 1
    for window in -1 abc 9000000000000000000; do
        altered meta window $window < ids && fails 1 'x: metadata window: ' detokenize -m m.heed x &&
            fails 1 'x: metadata window: ' batch-mask x && altered meta window $window < keys &&
            fails 1 'x: metadata window: ' decode -m m.heed x || return 1
    done
}
run t_lines 'lines that are missing, doubled, displaced without bound'
# --- documents without heed, written by hand

# foreign HEADER DATA: DATA as printf writes it. The header is shorter than 512 bytes.
foreign() {
    # shellcheck disable=SC2059 # the first is the length, little-endian
    printf "\\$(printf %o $((${#1} % 256)))\\$(printf %o $((${#1} / 256)))\0\0\0\0\0\0" && printf '%s' "$1" && printf "$2"
}
# row NAME DTYPE SHAPE BYTES: a frame of one line of one token with this tensor behind.
row() {
    foreign_data='\005\0\0\0\001\0\0\0'
    test "$4" -eq 0 || foreign_data=$foreign_data$(printf '%*s' "$4" '' | tr ' ' x)
    foreign "{\"src\":{\"dtype\":\"I32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"src_len\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[4,8]},\"$1\":{\"dtype\":\"$2\",\"shape\":$3,\"data_offsets\":[8,$((8 + $4))]}}" "$foreign_data"
}

t_dtypes() {
    row x F64 '[1]' 8 > f && peek --check f && for stage in batch-mask 'encode -m m.heed'; do
        $stage f > out 2> said && cat said && test "$(grep -c 'tensor x: F64 is not passed on' said)" -eq 1 && peek --check out &&
            ! peek out | grep -q ' x ' || return 1
    done
    row x U8 '[1,2]' 2 > f && batch-mask f | peek > shown && cat shown && grep -q ' x ' shown
}
run t_dtypes 'S23 what cannot be passed on is told'

# words N S TENSOR: a frame of N lines of S tokens, with TENSOR I32 [N] when it has a name.
words() {
    words_data=$(yes '\005\0\0\0' | head -n $(($1 * $2)) | tr -d '\n')$(yes "\\00$2\0\0\0" | head -n $1 | tr -d '\n')
    words_at=$(($1 * $2 * 4))
    words_more=
    test -z "$3" || {
        words_more=",\"$3\":{\"dtype\":\"I32\",\"shape\":[$1],\"data_offsets\":[$((words_at + $1 * 4)),$((words_at + $1 * 8))]}"
        words_data=$words_data$(yes '\007\0\0\0' | head -n $1 | tr -d '\n')
    }
    foreign "{\"src\":{\"dtype\":\"I32\",\"shape\":[$1,$2],\"data_offsets\":[0,$words_at]},\"src_len\":{\"dtype\":\"I32\",\"shape\":[$1],\"data_offsets\":[$words_at,$((words_at + $1 * 4))]}$words_more}" "$words_data"
}

# Whichever frame has it, and whichever is longer: each line keeps what came with it, and gets nothing that did not.
t_some_frames() {
    for frames in 'words 2 3; words 2 2 note' 'words 2 2; words 2 3 note' 'words 2 3 note; words 2 2' 'words 2 2 note; words 2 3' \
        'words 1 1; words 2 2 note; words 1 3 other; words 2 1'; do
        eval "$frames" > f && batch-mask f > out && peek --check out && peek --values --rows 0 --tensor note out > shown && cat shown &&
            test "$(grep -c '^ *\[' shown)" -eq 2 && ! grep '^ *\[' shown | grep -v 7 && peek --values --rows 0 --tensor line out |
            grep -o '^ *\[[0-9]*\] [0-9]*' | awk '{ print $NF }' | sort -n > lines && cat lines || return 1
    done
}
run t_some_frames 'tensors that only some frames of a window have'

# Numbered by whoever made them, in any order; nothing else says how far they are displaced.
t_any_order() {
    { "$alter" set line 0 2 < ids | "$alter" set line 2 0 > x && encode -m m.heed x | fails 1 'line 0 is missing' decode -m m.heed; } || return 1
    awk 'BEGIN { for (i = 39; i >= 0; i--) printf "%d ", i }' > numbers && for number in $(cat numbers); do
        foreign '{"src":{"dtype":"I32","shape":[1,1],"data_offsets":[0,4]},"src_len":{"dtype":"I32","shape":[1],"data_offsets":[4,8]},"line":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}' \
            "\\00$((4 + number % 4))\0\0\0\001\0\0\0\\0$(printf %o "$number")\0\0\0\0\0\0\0"
    done > f && detokenize -m m.heed f > want && test "$(wc -l < want)" -eq 40 && batch-mask --window 8 f | detokenize -m m.heed > got &&
        same want got && encode -m m.heed f | decode -m m.heed > got && test "$(wc -l < got)" -eq 40
}
run t_any_order 'lines of foreign documents may come in any order, those of a stream without window in theirs'

# Each frame is small; padded to one another they are larger than any memory, or than 2^64.
t_monstrous() {
    { row x I32 '[1,4194304,0,0]' 0; row x I32 '[1,0,4194304,0]' 0; row x I32 '[1,0,0,4194304]' 0; row x I32 '[1,1,1,1]' 4; } > f &&
        peek --check f && fails 1 'exceed the 1073741824 bytes of a frame' batch-mask f > out &&
        { row x I32 '[1,65536,0]' 0; row x I32 '[1,0,65536]' 0; } > f && fails 1 'exceed the 1073741824 bytes' batch-mask f > out
}
run t_monstrous 'S28 S30 frames that become monstrous together'

t_mixed() {
    row x U8 '[1]' 1 > f && { cat f ids; } > both && fails 1 'with and without heed are mixed' encode -m m.heed both > out &&
        { cat ids f; } > both && fails 1 'a document without heed inside a stream' encode -m m.heed both > out &&
        { cat ids memory; } > both && fails 1 'a second stream with type memory' encode -m m.heed both > out &&
        head -c 100 f > half && fails 1 'half: truncated' encode -m m.heed half > out && foreign '{}' '' > none &&
        fails 1 'none: is a document whose tensors tell no stream type' encode -m m.heed none > out
}
run t_mixed 'S41 S42 what does not belong together'
done_testing
