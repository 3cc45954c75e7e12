# lib.sh: for shell tests in TAP. A test is a function that succeeds or fails; its body is an && chain, and
# no pipe in it hides an exit status.
#
#     . "${srcdir:-.}/tests/lib.sh"
#     t_words() { echo a b | tokenize … > ids && peek --check ids; }
#     run t_words 'words become ids'
#     done_testing
#
# Each test file runs in an empty folder of its own, with a store of its own; both go away at the end.
# $srcdir and $builddir are absolute. Programs and plugins are the built ones (programs find what lies beside them).
# shellcheck shell=sh

# Started with SIGHUP ignored (nohup), no shell can bring it back and every child inherits it: begin again with it as usual.
case ${HEED_TEST_HUP:-}$(sed -n 's/^SigIgn:.*\(.\)$/\1/p' /proc/self/status 2> /dev/null) in
[13579bdf])
    HEED_TEST_HUP=reset
    export HEED_TEST_HUP
    exec env --default-signal=HUP sh "$0" "$@"
    ;;
esac

srcdir=${srcdir:-$(pwd)}
builddir=${builddir:-$(pwd)}
PATH=$builddir/cli:$PATH
scratch=$(mktemp -d "${TMPDIR:-/tmp}/heed-test.XXXXXX") || exit 99
HEED_STORE=$scratch/store/heed.db
unset HEED_RUN HEED_EXEC_PATH HEED_PLUGIN_PATH NO_COLOR POSIXLY_CORRECT
LC_ALL=C
export srcdir builddir PATH HEED_STORE LC_ALL
mkdir "$scratch/store" "$scratch/work"
cd "$scratch/work" || exit 99
trap 'cd / && rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

test_number=0
test_failures=0

# run FUNCTION DESCRIPTION: what the function prints is shown when it fails.
run() {
    test_number=$((test_number + 1))
    if "$1" > "$scratch/log" 2>&1; then
        echo "ok $test_number - $2"
    else
        echo "not ok $test_number - $2"
        sed 's/^/# /' "$scratch/log" | head -n 40
        test_failures=$((test_failures + 1))
    fi
}

# skip REASON DESCRIPTION
skip() {
    test_number=$((test_number + 1))
    echo "ok $test_number - $2 # SKIP $1"
}

# skip_all REASON: ends a file that has run nothing.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

done_testing() {
    echo "1..$test_number"
    test "$test_failures" -eq 0
    exit
}

# status N COMMAND...: the command must end with exit status N.
status() {
    status_want=$1
    shift
    status_got=0
    "$@" || status_got=$?
    test "$status_got" -eq "$status_want" && return
    echo "exit status $status_got, want $status_want: $*"
    return 1
}

# fails N PART COMMAND...: exit status N, and one line of at most 512 bytes on stderr that holds PART. A
# sanitizer's remark on a refused allocation does not count.
fails() {
    fails_want=$1 fails_part=$2
    shift 2
    status "$fails_want" "$@" 2> "$scratch/stderr" || { cat "$scratch/stderr"; return 1; }
    sed -i '/AddressSanitizer failed to allocate/d' "$scratch/stderr"
    if test "$(wc -l < "$scratch/stderr")" -ne 1 || test "$(wc -c < "$scratch/stderr")" -gt 512; then
        echo "not one line of at most 512 bytes: $*"
        cat "$scratch/stderr"
        return 1
    fi
    grep -qF -e "$fails_part" "$scratch/stderr" && return
    echo "want '$fails_part', got: $(cat "$scratch/stderr")"
    return 1
}

# same FILE FILE: equal bytes, or the first difference is shown.
same() {
    cmp "$1" "$2" && return
    diff "$1" "$2" | head -n 10
    return 1
}

# sanitized: are the programs built with sanitizers? What takes minutes then is done less often.
sanitized() {
    "$builddir/cli/peek" --version | grep -q 'with sanitizers'
}

# has PROGRAM...: all of them are built.
has() {
    for has_name; do
        test -x "$builddir/cli/$has_name" || return 1
    done
}
