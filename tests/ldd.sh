#!/bin/sh
# ldd.sh: who links OpenBLAS: the commands that compute, and nobody else.
. "${srcdir:-.}/tests/lib.sh"

has_blas() {
    ldd "$builddir/cli/$1" > libraries && grep -qi blas libraries
}

t_without() { ! has_blas "$program" && test -s libraries; }
t_with() { has_blas "$program"; }

command -v ldd > /dev/null || skip_all 'no ldd here'
for program in heed tokenize batch-mask detokenize vocab runs evaluate; do
    run t_without "$program does not link OpenBLAS"
done
program=encode
run t_with 'encode does'
done_testing
