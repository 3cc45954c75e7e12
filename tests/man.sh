#!/bin/sh
# man.sh: the generated man pages: there, and clean to mandoc.
. "${srcdir:-.}/tests/lib.sh"

t_page() {
    test -s "$page" && grep -q '^\.SH NAME' "$page" && mandoc -Tlint "$page" > lint
    cat lint && test ! -s lint
}
t_fault() {
    printf '.TH X 1\n.SH NAME\nx\n.nonsense\n' > bad.1 && ! mandoc -Tlint bad.1 > lint && test -s lint
}

command -v mandoc > /dev/null || skip_all 'no mandoc here'
for page in "$builddir"/docs/*.1; do
    run t_page "${page##*/}"
done
run t_fault 'a faulty page is caught'
done_testing
