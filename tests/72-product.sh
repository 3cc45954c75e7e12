#!/bin/sh
# 72-product.sh: who computes the products of a training: heed's own kernels, OpenBLAS, a plugin of one's own; what is told
# and recorded of it, and that one which multiplies wrongly is refused.
. "${srcdir:-.}/tests/lib.sh"
has train predict runs || skip_all 'not built'
awk -v n=200 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv && head -n 40 pairs.tsv > dev.tsv && cut -f1 dev.tsv > text || exit 99

# learn NAME OPTION...
learn() {
    learn_name=$1
    shift
    train -q --no-store --tokenizer word --hidden 32 --rows 16 --steps 60 --eval-every 30 --dev dev.tsv -o "$learn_name.heed" "$@" pairs.tsv
}
# The dev loss of a model's best measuring.
loss() { peek "$1.ckpt.heed" | sed -n 's/^  trainer.best-loss=//p'; }
# near A B: the same to three figures. Plain loops may sum as the portable kernels do, to the last bit.
near() {
    loss "$1" > loss.1 && loss "$2" > loss.2 && cat loss.1 loss.2 &&
        awk 'NR == 1 { a = $1 } END { exit !(NR == 2 && a > 0 && $1 > 0.999 * a && $1 < 1.001 * a) }' loss.1 loss.2
}
learn own --product heed --keep-checkpoint || { echo 'Bail out! nothing to compare with'; exit 1; }

t_auto() {
    learn auto && same own.heed auto.heed && train --version > version && ! grep -q products version
}
if grep -qw avx2 /proc/cpuinfo 2> /dev/null; then
    run t_auto 'auto is heed, where its kernels are the faster ones'
else
    skip 'no AVX2 here' 'auto is heed, where its kernels are the faster ones'
fi
t_portable() { train --kernels portable --version > version && ! grep -q products version; }
if grep -qw avx2 /proc/cpuinfo 2> /dev/null; then
    run t_portable 'a set of kernels that was asked for is itself'
else
    skip 'no AVX2 here' 'a set of kernels that was asked for is itself'
fi

t_unknown() {
    fails 1 'option --product: plugin product_none.so not found in ' train --product none --version &&
        fails 1 'option --product: plugin product_openblas: libnone.so.9: cannot open' train --product openblas:library=libnone.so.9 --version &&
        fails 1 'has no function cblas_sgemm' train --product openblas:library=libm.so.6 --version &&
        fails 1 'plugin product_score_dot.so not found in ' train --product score_dot --version
}
run t_unknown 'what is not there is named'

t_openblas() {
    learn blas --product openblas -j 1 --keep-checkpoint && near own blas && learn again --product openblas -j 3 && same blas.heed again.heed &&
        OPENBLAS_NUM_THREADS=2 learn threads --product openblas -j 1 && same blas.heed threads.heed &&
        peek blas.ckpt.heed > shown && grep -q '^  trainer.machine=.*/OpenBLAS .*, core ' shown
}
t_resumed() {
    cp blas.ckpt.heed on.ckpt.heed && cp blas.heed on.heed &&
        train --no-store --resume --steps 70 --dev dev.tsv -o on.heed pairs.tsv --product heed 2> said && cat said &&
        grep -q 'the checkpoint was made with kernels .*/OpenBLAS .*, here are [a-z0-9]*: results may differ in the last bits$' said
}
t_recorded() {
    train -q --store own.db --name by-blas --product openblas --tokenizer word --hidden 8 --steps 4 --dev none -o r.heed pairs.tsv &&
        runs show by-blas --store own.db > shown && cat shown && grep -q '^product  *openblas  *1 ' shown && grep -q '^kernels .*/OpenBLAS ' shown &&
        train --store own.db --like by-blas --steps 4 --dev none -o l.heed pairs.tsv 2> said && ! grep -q product said
}
t_bf16() {
    fails 2 'computes in fp32, not with --precision bf16' learn bf16 --product openblas --precision bf16 && test ! -e bf16.heed &&
        learn found --product openblas --precision auto && same blas.heed found.heed
}
if train --product openblas --version > version 2>&1; then
    run t_openblas 'OpenBLAS: the same losses, its own bits, the same each time'
    run t_bf16 'its precision is fp32'
    run t_resumed 'a resumption with other products says so'
    run t_recorded 'the run has it, and another run does not take it over'
else
    skip 'no OpenBLAS here' 'OpenBLAS: the same losses, its own bits, the same each time'
fi

command -v cc > /dev/null && command -v pkg-config > /dev/null && test -f "$builddir/plugins/.libs/score_dot.so" || done_testing
build() { PKG_CONFIG_PATH=$builddir pkg-config --cflags --libs heed > flags && xargs cc "$@" "$srcdir/tests/faulty_plugins/product.c" -o bad.so < flags; }

t_own() {
    build && learn plain --product ./bad.so --keep-checkpoint && near own plain && predict -q -m plain.heed < text > said &&
        test "$(wc -l < said)" -eq 40 && train --product ./bad.so --version > version && grep -q '^kernels .*; products plain loops$' version
}
run t_own "a plugin of one's own"

t_wrong() {
    for fault in ORIENTATION STEP ONE_ROW OVERWRITES OUTSIDE; do
        build -DFAULT_$fault && fails 1 'plugin bad: plain loops multiplies wrongly (' train --product ./bad.so --version || return 1
    done
    build -DFAULT_OPEN && fails 1 'plugin bad: has no library to give' train --product ./bad.so --version
}
run t_wrong 'one that multiplies wrongly is refused'
done_testing
