#!/bin/sh
# 44-bad-model.sh: the files behind -m as they come in the world; attention through the pipe.
. "${srcdir:-.}/tests/lib.sh"
has train predict encode attend decode tokenize peek || skip_all 'not built'

awk -v n=100 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
train -q --no-store --tokenizer word --hidden 4 --steps 2 --dev none --keep-checkpoint -o good.heed pairs.tsv ||
    { echo 'Bail out! train fails'; exit 1; }
echo 'the dog .' > text
tokenize -m good.heed text > ids && encode -m good.heed ids > memory || { echo 'Bail out! the pipeline fails'; exit 1; }

# refused PART FILE: by every command that takes a model, with one line that names the file.
refused() {
    for refused_command in 'predict text' 'tokenize text' 'encode ids' 'attend memory' 'decode memory'; do
        fails 1 "$1" "${refused_command% *}" -m "$2" "${refused_command#* }" && grep -qF -e " $2" "$scratch/stderr" || return 1
    done
}
t_missing() { refused 'No such file or directory' none.heed; }
run t_missing 'M01 a model that is not there'
t_folder() { mkdir -p folder.heed && refused 'Is a directory' folder.heed; }
run t_folder 'M01 a folder'
t_fifo() { mkfifo pipe.heed && fails 1 'pipe.heed' timeout 10 predict -m pipe.heed text; }
run t_fifo 'M01 a named pipe'
t_unreadable() { cp good.heed secret.heed && chmod 0 secret.heed && refused 'Permission denied' secret.heed; }
if test "$(id -u)" -eq 0; then
    skip 'root reads everything' 'M01 a file that cannot be read'
else
    run t_unreadable 'M01 a file that cannot be read'
fi
t_empty() { : > empty.heed && refused 'empty' empty.heed; }
run t_empty 'M02 an empty file'
t_truncated() {
    size=$(wc -c < good.heed)
    for n in 1 7 8 100 1000 $((size / 2)) $((size - 1)); do
        head -c "$n" good.heed > cut.heed && fails 1 'cut.heed: ' predict -m cut.heed text || return 1
    done
}
run t_truncated 'M02 a file that was cut'
t_longer() { { cat good.heed; echo; } > longer.heed && refused '' longer.heed; }
run t_longer 'M02 a byte too many'
t_other_kinds() {
    cp pairs.tsv text.heed && refused 'is no model, but text' text.heed && gzip < good.heed > gz.heed && refused 'is no model, but compressed by gzip' gz.heed &&
        cp ids stream.heed && refused '' stream.heed && cp "$builddir/cli/predict" elf.heed && refused 'ELF' elf.heed
}
run t_other_kinds 'M02 text, gzip, a stream, a program'

# Row M06 and M10 with whole checksums: tests/test_model_file.c.
t_newer() {
    sed 's/"heed":"0.1"/"heed":"9.1"/' good.heed > newer.heed && fails 1 'newer.heed: ' predict -m newer.heed text
}
run t_newer 'M03 another version'
t_other_age() {
    predict -m good.heed text > a && "$builddir/tests/alter" file meta pad-source '' < good.heed > older.heed &&
        predict -m older.heed text > b && same a b &&
        "$builddir/tests/alter" file meta rotary on < good.heed > newer.heed && predict -m newer.heed text > b && same a b &&
        "$builddir/tests/alter" file meta hidden '' < good.heed > less.heed && fails 1 'metadata hidden is missing' predict -m less.heed text
}
run t_other_age 'a model older than an option, and one with an option from the future'
# Said as of a file, and with the status of a file that is wrong.
t_row_of_a_file() {
    "$builddir/tests/alter" file meta embed nine < good.heed > odd.heed && fails 1 "embed: 'nine' is no whole number" predict -m odd.heed text &&
        fails 1 "odd.heed: metadata: option --embed: 'nine'" train -q --no-store --init odd.heed --steps 1 --dev none -o no.heed pairs.tsv &&
        "$builddir/tests/alter" file meta train.rows -1 < good.ckpt.heed > odd.ckpt.heed && cp good.heed odd.heed &&
        fails 1 'the checkpoint: metadata: option --rows: -1 not in' train -q --no-store --resume --steps 9 --dev none -o odd.heed pairs.tsv &&
        same good.heed odd.heed
}
run t_row_of_a_file 'an option in a file that cannot be'
t_checkpoint() { predict -m good.ckpt.heed text > a && test "$(wc -l < a)" -eq 1; }
run t_checkpoint 'a checkpoint is a model too'
t_link() { ln -s good.heed link.heed && predict -m link.heed text > a && predict -m good.heed text > b && same a b; }
run t_link 'a link to a model'

t_no_plugin() {
    mkdir -p none/cli none/plugins/.libs && cp "$builddir/cli/predict" none/cli/ && fails 1 'not found in' none/cli/predict -m good.heed text
}
if test -f "$builddir/plugins/.libs/score_dot.so"; then
    run t_no_plugin 'M10 plugins that are not there'
else
    skip 'plugins are linked in' 'M10 plugins that are not there'
fi

# --- attend as a filter: the course's example. Queries ones, keys ones, values 0..39, lengths 2 and 6.
t_toy() {
    "$builddir/tests/make_attention" > qkv || return 1
    for score in dot mlp general; do
        attend -q --score $score qkv > out && peek --check out && peek --values --tensor context out > shown && cat shown &&
            awk '/^ *\[[01],0\]/ { for (i = 2; i < 6; i++) { want = $1 == "[0,0]" ? i : i + 8; if ($i - want > 1e-5 || want - $i > 1e-5) exit 1; n++ } }
                END { exit n != 8 }' shown &&
            peek --values --tensor weights out | grep -q '^ *\[0,0,0\] 0.5 0.5 0 0 0 0 0 0' || return 1
    done
}
run t_toy "attend: the course's toy answers, for every score"
t_masks() {
    attend -q --mask len,causal qkv | peek --values --tensor context > shown && cat shown && grep -q '^ *\[0,0\] 0 1 2 3$' shown &&
        attend -q --mask causal,len --window 1 qkv > out && fails 2 'is no mask' attend --mask upper qkv &&
        fails 2 'need the model' attend memory && fails 1 'score_none' attend --score none qkv
}
run t_masks 'attend: masks'
t_seeded() {
    attend --score mlp qkv 2> said > a && grep -q 'drawn from seed 1' said && attend -q --score mlp qkv > b && same a b &&
        attend --score dot qkv 2> said > a && test ! -s said && attend --stats qkv 2> said > a && grep -q '2 queries' said
}
run t_seeded 'attend: seeded weights are said to be so'
# As much as a frame holds, and in pieces: 5,000 queries of 5,000 keys are two of them; the rows of the one are those of the other.
t_sizes() {
    make=$builddir/tests/make_attention
    "$make" 1 30000 30000 > large && fails 1 'of 1 rows of 30000 queries and 30000 keys exceed the 1073741824 bytes of a frame' attend large &&
        "$make" 1 1 20000 > wide && fails 1 'a row of 20000 keys of width 65536 exceeds' attend -q --score mlp:hidden=65536 wide || return 1
    for mask in len len,causal 'len --window 3'; do
        # shellcheck disable=SC2086 # words
        "$make" 1 5000 5000 > large && attend -q --mask $mask large | peek --values --tensor context | grep '^ *\[0,[0-9]*\] ' > many && "$make" 1 700 5000 > few &&
            attend -q --mask $mask few | peek --values --tensor context | grep '^ *\[0,[0-9]*\] ' > want && test "$(wc -l < want)" -eq 700 &&
            test "$(wc -l < many)" -eq 5000 && head -n 700 many > got && same want got || return 1
    done
    "$make" 3 3000 3000 > large && attend -q large | peek --check
}
run t_sizes 'attend: what a frame asks for is known before memory is taken'
done_testing
