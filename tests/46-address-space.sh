#!/bin/sh
# 46-address-space.sh: every command at work in a GiB of address space, with a model of the default shape; and what they
# say where there is less than they need.
# shellcheck disable=SC3045 # dash, bash, ksh and busybox know ulimit -v and -d
. "${srcdir:-.}/tests/lib.sh"
has train predict attend || skip_all 'not built'
! sanitized || skip_all 'sanitizers reserve address space'

awk -v n=400 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 90 pairs.tsv | cut -f1 > text

# learn NAME: a model of the default shape, after a few updates.
learn() { train -q --no-store --tokenizer word --steps 8 --eval-every 4 --dev pairs.tsv -o "$1.heed" pairs.tsv; }
learn free || exit 1
predict -m free.heed < text > want

t_train() { (ulimit -v 1000000 && learn tight) && same free.heed tight.heed; }
run t_train 'train, its dev evaluations too: the same model'
t_predict() { (ulimit -v 1000000 && predict -j 4 -m free.heed < text > got) && same want got; }
run t_predict 'predict'
t_many_workers() { (ulimit -v 1000000 && predict -j 64 --rows 256 -m free.heed < text > got) && same want got; }
run t_many_workers 'predict with 64 workers'
t_data() { (ulimit -d 1000000 && predict -j 4 -m free.heed < text > got) && same want got; }
run t_data 'predict where the data segment is limited (ulimit -d)'

# Each stage's status is looked at: the next one's would hide it.
t_filters() {
    ulimit -v 1000000
    tokenize -m free.heed < text > ids && batch-mask < ids > batches && encode -j 4 -m free.heed < batches > memory &&
        attend -m free.heed < memory > keys && decode -j 4 -m free.heed < keys > got && same want got &&
        decode -m free.heed --hypotheses < keys > hypotheses && detokenize -m free.heed < hypotheses > got &&
        decode -m free.heed --weights < keys > weights && plot weights > map && peek --check keys &&
        cut -f2 pairs.tsv | head -n 90 > ref && evaluate --no-store --ref ref < got > table && test -s table
}
t_filters_in_little() { (t_filters); }
run t_filters_in_little 'every filter'
t_others() {
    (ulimit -v 1000000 && vocab train v --tokenizer word pairs.tsv && vocab list > got && runs list > got &&
        plugins > got && plugins --check cell_gru > got && heed > got)
}
run t_others 'vocab, runs, plugins, heed'

# Downwards until not even the libraries find room: the same text, or one line and status 1. In between lies a point where there is room for
# the text, and then none for its record in the store.
t_less() {
    kib=256000 lines=0
    while test "$kib" -gt 8000; do
        (ulimit -v "$kib" && exec predict -q -j 2 -m free.heed < text > got 2> said)
        case $? in
        0) test ! -s said && same want got ;;
        1) { test ! -s got || { same want got && grep -q 'out of memory' said; }; } && test "$(wc -l < said)" -eq 1 && grep -q '^predict: ' said ;;
        *) break ;;
        esac || { echo "at $kib KiB:"; cat said; return 1; }
        ! grep -q 'out of memory: .* (ulimit -v is [0-9]*)' said || lines=$((lines + 1))
        kib=$((kib * 9 / 10))
    done
    test "$lines" -gt 0
}
run t_less 'less and less: the same text, or one line'

# A library would have its own word for it, or none.
t_library() {
    train -q --no-store --tokenizer sentencepiece --vocab-size 300 --hidden 8 --steps 1 --dev none -o pieces.heed pairs.tsv &&
        awk 'BEGIN { while (i++ < 200000) printf "the cat "; print "" }' > long && kib=256000 failed=0 || return 1
    while test "$kib" -gt 20000; do
        if ! (ulimit -v "$kib" && exec tokenize -q -m pieces.heed < long > /dev/null 2> said); then
            cat said
            test "$(wc -l < said)" -eq 1 && ! grep -q 'bad_alloc' said || return 1
            ! grep -q 'out of memory: ' said || failed=$((failed + 1))
        fi
        kib=$((kib * 97 / 100))
    done
    test "$failed" -gt 2
}
run t_library 'a library without memory: one line'

t_train_in_little() { (ulimit -v 100000 && timeout 10 train --version > version && timeout 10 predict --version > version); }
run t_train_in_little 'what is not asked for reserves nothing'

# A library that cannot reserve memory would try again for ever.
t_openblas() {
    for kib in 450000 260000 100000; do
        (ulimit -v "$kib" && fails 1 'less than 448 MiB of address space' timeout 10 train --product openblas --version) || return
        (ulimit -d "$kib" && fails 1 'less than 448 MiB of address space' timeout 10 train --product openblas --version) || return
    done
    (ulimit -v 560000 && timeout 10 train --product openblas --version > version) && grep -q OpenBLAS version
}
t_one_thread() {
    (ulimit -v 1000000 && OPENBLAS_NUM_THREADS=8 && export OPENBLAS_NUM_THREADS &&
        timeout 60 train -q --no-store --product openblas --tokenizer word --hidden 64 --steps 8 --dev none -o openblas.heed pairs.tsv)
}
if train --product openblas --version > version 2>&1; then
    run t_openblas 'O11 what OpenBLAS cannot do without is asked for where it is'
    run t_one_thread 'OpenBLAS reserves for one thread'
else
    skip 'no OpenBLAS here' 'O11 what OpenBLAS cannot do without is asked for where it is'
fi

# Reservations count as use (vm.overcommit_memory 2): then as little is reserved as under a limit.
t_overcommit() {
    mkfifo to from && echo 2 > mode &&
        { unshare -m sh -c 'mount --bind mode /proc/sys/vm/overcommit_memory && exec "$@"' sh \
            predict -u -m free.heed < to > from & } &&
        exec 3> to 4< from && head -n 1 text >&3 && read -r line <&4 && sed -n 's/^VmPeak:[^0-9]*//p' "/proc/$!/status" > peak &&
        exec 3>&- 4<&- && wait $! && test "$line" = "$(head -n 1 want)" && cat peak && test "$(sed 's/ kB//' peak)" -lt 1000000
}
if unshare -m true 2> /dev/null && unshare -m mount --bind text /proc/sys/vm/overcommit_memory 2> /dev/null; then
    run t_overcommit 'little is reserved where reservations count as use'
else
    skip 'no mounts here' 'little is reserved where reservations count as use'
fi
done_testing
