#!/bin/sh
# 20-stream.sh: peek, and through it the reader of streams and files: every malformed input of
# tests/malformed brings exactly its message; terminals, memory bounds, interrupted system calls.
. "${srcdir:-.}/tests/lib.sh"

make=$builddir/tests/malformed/make
tab=$(printf '\t')

t_case() {
    "$make" "$name" > input && status 1 peek --check < input > out 2> err && test ! -s out &&
        printf 'peek: <stdin>: %s\n' "$want" > want && same want err
}
t_all_listed() {
    "$make" --list | sort > listed && grep -v '^#' "$srcdir/tests/malformed/cases.tsv" | cut -f2 | sort > cases &&
        same listed cases
}

t_check() {
    "$make" good-stream > s && peek --check s > got && "$make" good-model > m && peek --check m >> got &&
        printf '%s\n' 'ok: 2 frames' 'ok: 1 document' > want && same want got
}
t_concatenated() { "$make" good-stream > s && cat s s > ss && peek --check < ss > got && echo 'ok: 4 frames' > want && same want got; }
t_values() {
    "$make" good-stream > s && peek --values --tensor src --rows 1 s > got && cat > want << EOF && same want got
stream of ids from tokenize, format 0.1
frame 1
  src      I32  [2,3]          min 0 max 7 mean 3.66667
    [0] 5 6 2
frame 2
  src      I32  [2,3]          min 0 max 7 mean 3.66667
    [0] 5 6 2
end: 2 frames
EOF
}
t_words() {
    "$make" good-stream > s && "$make" good-model > m && peek --words -m m --rows 1 --tensor none s > got &&
        cat > want << EOF && same want got && fails 1 'carries no vocabulary for --words' peek --words s
stream of ids from tokenize, format 0.1
frame 1
    src 0: #5 #6 <eos>
frame 2
    src 0: #5 #6 <eos>
end: 2 frames
EOF
}
t_json() {
    "$make" good-model > m && peek --json --values --tensor enc.bias m > raw &&
        sed 's/\(print":".\{12\}\)[0-9a-f]*/\1/' raw > got && cat > want << 'EOF' && same want got
{"kind":"file","metadata":{"heed":"0.1","hidden":"256","note":"line\nand \"quote\" \\ \u001b é end","score":"dot"},"fingerprint":"b4f9479edd21","tensors":[{"name":"enc.bias","dtype":"F32","shape":[3],"min":-7,"max":2.9999999242136255e-05,"mean":-2.333323333333586,"not_finite":0,"values":[3e-05,-7,0]}]}
EOF
}
t_control() { "$make" good-model > m && peek m > got && grep -qF 'note=line\x0aand "quote" \ \x1b' got; }

# The split frames are documents; none is ever overwritten.
t_split() {
    "$make" good-stream > s.stream && peek --split d s.stream > out && test ! -s out &&
        for k in 0 1 2; do
            peek --check "d/s-00000$k.safetensors" > got 2>&1 || test "$k" -eq 0 || return
        done && set -- d/* && test $# -eq 3 &&
        fails 1 'd/s-000000.safetensors exists already' peek --split d s.stream
}
t_split_nowhere() { fails 2 'option --split: which folder?' peek --split '' s.stream; }
t_sparse() { truncate -s 1T huge && fails 1 'huge: header length 0 is less than 2' peek huge; }
t_fifo() { mkfifo f && "$make" good-stream > s && fails 1 'f is not a regular file' peek --words -m f s; }
t_missing() { fails 1 'cannot open none: No such file or directory' peek none; }
t_folder() { fails 1 'cannot read .: Is a directory' peek .; }

# No memory is taken for bytes that never come: 60 GiB claimed, 200 MiB allowed.
t_memory() {
    # shellcheck disable=SC3045  # dash, bash, ksh and busybox know -v
    "$make" claim-60-gib > c && (ulimit -v 204800 && fails 1 'truncated data' peek --check < c)
}
t_terminal() {
    script -qec 'peek > out 2> err' /dev/null < /dev/null > log 2>&1
    grep -q 'is a terminal; a tensor stream is not read from one' err
}
t_interrupted() {
    "$make" good-stream > s && cat s s s s > s4 &&
        ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -o trace -P "$PWD/s4" -e trace=read -e inject=read:error=EINTR:when=1+2 peek --check s4 > got &&
        echo 'ok: 8 frames' > want && same want got && grep -q INJECTED trace
}

has peek || skip_all 'peek is not built'
while IFS=$tab read -r row name want; do
    case $row in '#'*) continue ;; esac
    run t_case "$row $name"
done < "$srcdir/tests/malformed/cases.tsv"
run t_all_listed 'every generator has its case'
run t_check 'whole inputs are said to be whole'
run t_concatenated 'S42 a stream behind a stream'
run t_values 'values of one tensor'
run t_words 'words'
run t_json 'JSON'
run t_control 'control characters are escaped'
run t_split 'a stream becomes files'
run t_split_nowhere 'a folder without a name is none'
run t_sparse 'a sparse file of 1 TiB'
run t_fifo 'a FIFO in place of a model'
run t_missing 'a missing file'
run t_folder 'a folder'
if sanitized; then
    skip 'sanitizers reserve address space' 'S37 memory follows the bytes that came'
else
    run t_memory 'S37 memory follows the bytes that came'
fi
if script -qec true /dev/null < /dev/null > log 2>&1; then
    run t_terminal 'S06 a terminal is not read'
else
    skip 'no script(1), or no pseudo terminals' 'S06 a terminal is not read'
fi
if command -v strace > /dev/null && strace -o /dev/null true 2> /dev/null; then
    run t_interrupted 'S64 interrupted reads'
else
    skip 'no strace' 'S64 interrupted reads'
fi
done_testing
