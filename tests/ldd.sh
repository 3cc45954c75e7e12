#!/bin/sh
# ldd.sh: who links OpenBLAS: train, and nobody else but plugins, which proves gradients.
. "${srcdir:-.}/tests/lib.sh"

has_blas() {
    ldd "$builddir/cli/$1" > libraries && grep -qi blas libraries
}

t_without() { ! has_blas "$program" && test -s libraries; }
t_with() { has_blas "$program"; }

command -v ldd > /dev/null || skip_all 'no ldd here'
for program in heed tokenize batch-mask encode attend decode detokenize predict vocab runs evaluate; do
    run t_without "$program does not link OpenBLAS"
done
program=train
run t_with 'train does'
done_testing
