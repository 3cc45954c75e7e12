#!/bin/sh
# 54-faults.sh: calls that fail once, in heed or in a library (tests/fault.c): one line and exit status 1, or the result as
# it should be; files that were there stay good, and none is left beside them.
. "${srcdir:-.}/tests/lib.sh"
has predict train || skip_all 'not built'
! train --version | grep -q 'with sanitizers' || skip_all 'sanitizers have an allocator of their own'
${CC:-cc} -shared -fPIC -O1 -o fault.so "$srcdir/tests/fault.c" -ldl || { echo 'Bail out! fault.c does not build'; exit 1; }

awk -v n=100 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv && cut -f1 pairs.tsv | head -n 20 > text
train -q --no-store --tokenizer sentencepiece:normalise=nmt --vocab-size 300 --hidden 4 --steps 2 --dev none -o good.heed pairs.tsv &&
    predict -q -m good.heed text > want || { echo 'Bail out! train fails'; exit 1; }

# faulty FAULT COMMAND...: it must succeed, or fail with one line.
faulty() {
    faulty_kind=$1
    shift
    faulty_got=0
    FAULT=$faulty_kind LD_PRELOAD=$PWD/fault.so "$@" > got 2> said || faulty_got=$?
    test "$faulty_got" -eq 0 && return
    test "$faulty_got" -eq 1 && test "$(wc -l < said)" -eq 1 && return
    echo "$faulty_kind: exit status $faulty_got: $*"
    cat said
    return 1
}
# counted KIND COMMAND...: $calls is how many such calls there are.
counted() {
    counted_kind=$1
    shift
    FAULT=$counted_kind:0 FAULT_COUNT=$PWD/count LD_PRELOAD=$PWD/fault.so "$@" > got 2> said && read -r calls < count
}

t_memory() {
    counted malloc predict -q -m good.heed text && test "$calls" -gt 3000 || return 1
    for n in $(seq 1 40) $(seq 41 "$((calls / 60))" "$calls"); do
        faulty "malloc:$n" predict -q -m good.heed text || return 1
        test "$faulty_got" -eq 1 || same want got || return 1
    done
}
run t_memory 'predict: memory that cannot be had, in heed, jansson and SentencePiece'

t_files() {
    for kind in fstat getrandom fsync renameat; do
        mkdir -p d && cp good.heed d/m.heed && counted $kind train -q --force --steps 2 --dev none -o d/m.heed pairs.tsv &&
            test "$calls" -gt 0 || return 1
        for n in $(seq 1 "$calls"); do
            rm -rf d && mkdir d && cp good.heed d/m.heed && faulty "$kind:$n" train -q --force --steps 2 --dev none -o d/m.heed pairs.tsv &&
                predict -q -m d/m.heed text > got && test "$(wc -l < got)" -eq 20 && ls -A d > left && ! grep -vx 'm\.ckpt\.heed\|m\.heed' left || return 1
        done
    done
}
run t_files 'train: calls on files that fail; the model that was there is good, and nothing is left beside it'
done_testing
