#!/bin/sh
# 87-descriptions.sh: examples/debian-descriptions/pairs.awk: descriptions of packages to pairs. Indices of our own stand
# in for the archive's: nothing is fetched here.
. "${srcdir:-.}/tests/lib.sh"
pairs=$srcdir/examples/debian-descriptions/pairs.awk
awk=${AWK:-awk}

entry() { printf 'Package: %s\nDescription-md5: %s\nDescription-%s: %s\n' "$1" "$2" "$3" "$4"; }
# One description with a paragraph over two lines, a list, and code that stands as it is.
{
    printf 'Package: tool\nVersion: 1\n\nPackage: tool-doc\nSource: tool (1-2)\nVersion: 1\n\n'
    i=0
    while test $i -lt 400; do
        printf 'Package: p%d-data\nSource: p%d\nVersion: 1\n\n' $i $i
        i=$((i + 1))
    done
} > packages
{
    entry tool 11 en 'a tool' && printf ' First it does\n this   and that.\n .\n It has\n  * one thing\n  * another\n    thing\n .\n  code = 1;\n .\n The end.\n\n'
    entry tool-doc 12 en 'a tool (documentation)' && printf ' First it does\n this and that.\n\n'
    entry other 13 en 'another one' && printf ' Text one.\n .\n Text two.\n\n'
    entry stale 14 en 'stale text' && printf ' More.\n\n'
    i=0
    while test $i -lt 400; do
        entry p$i-data 2$i en "data number $i" && printf ' This package contains the data.\n .\n Of number %d.\n\n' $i
        i=$((i + 1))
    done
} > english
{
    entry tool 11 fr 'un outil' && printf " D'abord ceci\n et cela.\n .\n Il a\n  * une chose\n  * une\n    autre\n .\n  code = 2;\n .\n La\302\240fin.\n\n"
    entry tool-doc 12 fr 'un outil (documentation)' && printf " D'abord ceci\n et cela.\n\n"
    entry other 13 fr 'un autre' && printf ' Texte un.\n .\n <trans>\n\n'
    entry stale 99 fr 'vieux texte' && printf ' Plus.\n\n'
    i=0
    while test $i -lt 400; do
        entry p$i-data 2$i fr "données numéro $i" && printf ' Ce paquet contient les données.\n .\n Du numéro %d.\n\n' $i
        i=$((i + 1))
    done
} > french
LC_ALL=C $awk -v dir=. -f "$pairs" packages english french 2> said && cat train.tsv dev.tsv test.tsv > all.tsv || { echo 'Bail out! pairs.awk fails'; exit 1; }

t_aligned() {
    grep "	tool	" all.tsv > got && printf '%s\t%s\ttool\t%s\n' 'a tool' 'un outil' short 'First it does this and that.' "D'abord ceci et cela." block \
        'It has' 'Il a' block 'one thing' 'une chose' block 'another thing' 'une autre' block 'The end.' 'La fin.' block \
        'a tool (documentation)' 'un outil (documentation)' short > want && same want got
}
run t_aligned 'by package and digest: the short line, paragraphs, items of lists; code is left out, doubles too'

t_missing() {
    grep "	other	" all.tsv > got && printf 'another one\tun autre\tother\tshort\nText one.\tTexte un.\tother\tblock\n' > want && same want got && ! grep -q stale all.tsv
}
run t_missing 'what is not translated, or was of another text, is no pair'

# A source lies in one file; what its English shares with train is left out.
t_split() {
    test "$(wc -l < dev.tsv)" -gt 9 && test "$(wc -l < test.tsv)" -gt 9 && for set in train dev test; do cut -f 3 $set.tsv | sort -u; done | sort | uniq -d > twice &&
        test ! -s twice && for set in train dev test; do cut -f 1 $set.tsv | sort -u; done | sort | uniq -d > shared && test ! -s shared &&
        test "$(grep -c '^This package' all.tsv)" -eq 1 && grep -q '^[0-9]* pairs; [0-9]* of dev and test' said
}
run t_split 'split by source package, and no English in two sets'

t_again() {
    mkdir again && LC_ALL=C $awk -v dir=again -f "$pairs" packages english french 2> said && for set in train dev test; do same $set.tsv again/$set.tsv || return 1; done
}
run t_again 'the same each time'

done_testing
