#!/bin/sh
# ldd.sh: who links OpenBLAS: train, and nobody else but plugins, which proves gradients; and with which kernels.
. "${srcdir:-.}/tests/lib.sh"

has_blas() {
    ldd "$builddir/cli/$1" > libraries && grep -qi blas libraries
}

t_without() { ! has_blas "$program" && test -s libraries; }
t_with() { has_blas "$program"; }

# A CPU that fuses multiply and add must not run kernels of the time before, as OpenBLAS's own choice would on one that is
# newer than it; what the user says holds.
t_core() {
    (unset OPENBLAS_CORETYPE && train --version > version) &&
        ! grep -qE 'core (Prescott|Nehalem|Core2|Penryn|Sandybridge|Generic)' version && grep -q ', core ' version
}
t_users_core() { OPENBLAS_CORETYPE=Prescott train --version > version && grep -q 'core Prescott$' version; }
# Began again, the program still has its name, its arguments, its input and its status.
t_same_program() {
    (unset OPENBLAS_CORETYPE && fails 1 'train: <stdin>' train --no-store -o m.heed < /dev/null) &&
        (unset OPENBLAS_CORETYPE && status 2 train --nonsense 2> /dev/null)
}

command -v ldd > /dev/null || skip_all 'no ldd here'
for program in heed tokenize batch-mask encode attend decode detokenize predict vocab runs evaluate; do
    run t_without "$program does not link OpenBLAS"
done
program=train
run t_with 'train does'
run t_same_program 'a program that begins again is the same'
if grep -qw fma /proc/cpuinfo 2> /dev/null; then
    run t_core 'OpenBLAS runs kernels worth this CPU'
    run t_users_core '$OPENBLAS_CORETYPE holds'
else
    skip 'no FMA here' 'OpenBLAS runs kernels worth this CPU'
fi
done_testing
