#!/bin/sh
# The commands of docs/course.md, block by block in one folder; what the page shows is what comes out, numbers to 1e-4.
. "${srcdir:-.}/tests/lib.sh"
has tensors attend peek plot train predict evaluate tokenize batch-mask encode decode || skip_all 'not all programs are built'

# blocks PAGE: N.sh for each block of commands, N.want for what stands behind it.
blocks() {
    awk '/^```sh$/ { n++; to = n ".sh"; printf "" > to; next } /^```text$/ { to = n ".want"; printf "" > to; next } /^```$/ { to = ""; next } to { print > to }
        END { print n }' "$1"
}

# like GOT WANT: the same words, and numbers that differ by 1e-4 at most.
like() {
    awk 'function numeric(s) { return s ~ /^-?[0-9.]+(e-?[0-9]+)?$/ }
        NR == FNR { want[FNR] = $0; lines = FNR; next }
        { n = split($0, a, /[ ,]+/); m = split(want[FNR], b, /[ ,]+/); same = n == m; got = FNR
            for (i = 1; i <= n; i++) if (a[i] != b[i]) { d = a[i] - b[i]; if (!numeric(a[i]) || !numeric(b[i]) || d > 1e-4 || d < -1e-4) same = 0 }
            if (!same) { print "got: " $0 "\nwant: " want[FNR]; bad = 1 } }
        END { exit bad || got != lines }' "$2" "$1"
}

t_compare() {
    printf 'a 1,2\n' > x && printf 'a 1.00001 2\n' > y && like x y && printf 'a 1.1 2\n' > y && ! like x y > /dev/null &&
        printf 'a 1 2\nb\n' > y && ! like x y && printf 'b 1 2\n' > y && ! like x y > /dev/null
}
run t_compare 'outputs are compared'

number=$(blocks "$srcdir/docs/course.md")
test "$number" -gt 10 || { echo 'Bail out! no blocks'; exit 1; }
t_block() {
    sh -eu "$block.sh" > got || { cat got; return 1; }
    test ! -e "$block.want" || like got "$block.want"
}
block=0
while test $block -lt "$number"; do
    block=$((block + 1))
    run t_block "docs/course.md: $(grep -m 1 . $block.sh | cut -c 1-60 | tr -d '#\\')"
done

done_testing
