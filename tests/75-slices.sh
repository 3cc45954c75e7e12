#!/bin/sh
# 75-slices.sh: examples/slices.sh translates a text in slices: the lines of one predict, in their order; a slice that fails
# fails the whole.
. "${srcdir:-.}/tests/lib.sh"
has train predict || skip_all 'not built'

awk -v n=300 -v seed=5 -f "$srcdir/tests/toy.awk" > pairs.tsv
cut -f 1 pairs.tsv | head -n 101 > text
train -q --no-store --dev none --tokenizer word --hidden 24 --steps 60 -o m.heed pairs.tsv || exit 99
predict -q -m m.heed < text > whole

# As where nobody has GNU parallel, and as it is here.
mkdir bin
for tool in sh dirname basename realpath mktemp rm cat split seq xargs chmod printf mv; do
    ln -s "$(command -v $tool)" bin/ 2> /dev/null
done
t_slices() {
    for n in 1 3 8; do
        PATH=$builddir/cli:$PWD/bin sh "$srcdir/examples/slices.sh" $n m.heed < text > sliced && same whole sliced || return
    done
    sh "$srcdir/examples/slices.sh" 4 m.heed --rows 7 < text > sliced && same whole sliced
}
run t_slices 'one, three, eight slices: the lines of one predict'

t_fails() {
    ! sh "$srcdir/examples/slices.sh" 3 gone.heed < text > none 2> said && test ! -s none && ! ls -d slices.* 2> /dev/null
}
run t_fails 'a slice that fails fails the whole, and nothing is left'
done_testing
