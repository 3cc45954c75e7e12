#!/bin/sh
# ldd.sh: nobody links a product library; train loads OpenBLAS where it is asked for, with kernels worth the CPU.
. "${srcdir:-.}/tests/lib.sh"
command -v ldd > /dev/null || skip_all 'no ldd here'

t_without() { ldd "$builddir/cli/$program" > libraries && test -s libraries && ! grep -qi blas libraries; }
for program in heed tokenize batch-mask encode attend decode detokenize predict vocab runs evaluate train plugins; do
    run t_without "$program does not link OpenBLAS"
done

# The libraries of sound are the business of those that read recordings.
t_silent() { ldd "$builddir/cli/$program" > libraries && test -s libraries && ! grep -qE 'sndfile|soxr|kissfft' libraries; }
for program in heed tokenize batch-mask encode attend decode evaluate; do
    run t_silent "$program links no library of sound"
done
t_heard() { ldd "$builddir/cli/$program" > libraries && for name in sndfile soxr kissfft; do grep -q "$name" libraries || return; done; }
for program in features train predict; do
    run t_heard "$program links all of them"
done

has_library() { train --product openblas --version > version 2> said; }
# On this machine OpenBLAS would be better only where the CPU has no AVX2.
t_unasked() {
    for product in auto heed; do
        LD_DEBUG=files train --product $product --version > version 2> loaded && grep -q 'libc\.so' loaded &&
            ! grep -q blas loaded && ! grep -q products version || return 1
    done
}
t_listed() { LD_DEBUG=files plugins > list 2> loaded && grep -q '^product *product_openblas ' list && ! grep -q 'libopenblas\.so' loaded; }

if grep -qw avx2 /proc/cpuinfo 2> /dev/null; then
    run t_unasked 'nor does it load it unasked'
else
    skip 'no AVX2 here' 'nor does it load it unasked'
fi
if test -f "$builddir/plugins/.libs/product_openblas.so"; then
    run t_listed 'nor do plugins, which list it'
else
    skip 'plugins are linked in, not loaded' 'nor do plugins, which list it'
fi

# A CPU that fuses multiply and add must not run kernels of the time before, as OpenBLAS's own choice would on one that is
# newer than it; what the user says holds.
t_core() {
    (unset OPENBLAS_CORETYPE && train --product openblas --version > version) &&
        ! grep -qE 'core (Prescott|Nehalem|Core2|Penryn|Sandybridge|Generic)' version && grep -q '^kernels .*; products OpenBLAS .*, core ' version
}
t_users_core() { OPENBLAS_CORETYPE=Prescott train --product openblas --version > version && grep -q 'core Prescott$' version; }

if ! has_library; then
    skip "$(cat said)" 'OpenBLAS runs kernels worth this CPU'
elif grep -qw fma /proc/cpuinfo 2> /dev/null; then
    run t_core 'OpenBLAS runs kernels worth this CPU'
    run t_users_core '$OPENBLAS_CORETYPE holds'
else
    skip 'no FMA here' 'OpenBLAS runs kernels worth this CPU'
fi
done_testing
