#!/bin/sh
# 71-bootstrap.sh: what bootstrap does about packages that are missing, with an apt of ours: root and sudo install them,
# anybody else gets the whole line for root.
. "${srcdir:-.}/tests/lib.sh"

mkdir fakes && ln -s "$(command -v dirname)" "$(command -v env)" "$(command -v cat)" fakes/ || exit 99
shell=$(command -v sh)

# fake NAME LINE...: a program of ours in the only folder of PATH.
fake() {
    fake_name=$1
    shift
    { echo "#!$shell" && printf '%s\n' "$@"; } > "fakes/$fake_name" && chmod +x "fakes/$fake_name"
}
fake dpkg-query 'test "$4" = libtool && echo installed' 'exit 0'
fake apt-get 'echo "apt-get $* by ${as:-$user}, $DEBIAN_FRONTEND" >> apt' 'test ! -e broken'
fake sudo.off 'as=root exec "$@"'

# bootstrap_as UID: `bootstrap packages` as that user.
bootstrap_as() {
    fake id "echo $1"
    rm -f apt
    user=$1 PATH=$PWD/fakes "$shell" ./bootstrap packages another-package > said 2>&1
}
cp "$srcdir/bootstrap" . || exit 99

t_nobody() {
    status 1 bootstrap_as 1000 && cat said && test ! -e apt && test "$(wc -l < said)" -eq 2 && ! grep -q installing said &&
        grep -qE '^apt-get update && apt-get install -y --no-install-recommends build-essential .* libsqlite3-dev .* another-package$' said &&
        ! grep -q ' libtool ' said
}
t_root() {
    bootstrap_as 0 && cat said apt && grep -q '^bootstrap: installing build-essential ' said && test "$(wc -l < apt)" -eq 2 &&
        grep -q '^apt-get update -q by 0, noninteractive$' apt && grep -q '^apt-get install .* another-package by 0, noninteractive$' apt
}
t_sudo() {
    mv fakes/sudo.off fakes/sudo && bootstrap_as 1000 && cat said apt && test "$(wc -l < apt)" -eq 2 &&
        grep -q '^apt-get install .* another-package by root, noninteractive$' apt
}
t_broken() {
    : > broken && status 1 bootstrap_as 1000 && tail -n 1 said | grep -q '^apt-get update && apt-get install .* another-package$' && rm broken
}
t_complete() { fake dpkg-query 'echo installed' && rm fakes/sudo && bootstrap_as 1000 && test ! -s said && test ! -e apt; }

run t_nobody 'without sudo: one line, whole, and nothing is said to be installed'
run t_root 'root installs'
run t_sudo 'sudo installs'
run t_broken 'an apt that fails: the line to do it by'
run t_complete 'nothing is missing, nothing is said'
done_testing
