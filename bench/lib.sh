# lib.sh: for the scripts of bench/. A figure is one row on stdout, figure<TAB>value<TAB>unit<TAB>what; talk goes to stderr.
#
# Built programs are found in $builddir (default: build/ of the checkout). Everything is written below $builddir/bench/NAME, with
# a store there, so that a bench never touches the user's. Data stand in $HEED_DATA (default: ../shared/data beside the
# checkout); a bench without its data says so and ends well.
# shellcheck shell=sh

set -eu
here=$(cd "$(dirname "$0")" && pwd)
srcdir=${srcdir:-$here/..}
builddir=${builddir:-$srcdir/build}
srcdir=$(cd "$srcdir" && pwd)
builddir=$(cd "$builddir" && pwd)
PATH=$builddir/cli:$PATH
HEED_DATA=${HEED_DATA:-$srcdir/../shared/data}
LC_ALL=C
bench=$(basename "$0" .sh)
work=$builddir/bench/$bench.out
unset HEED_RUN
mkdir -p "$work"
cd "$work"
HEED_STORE=$work/heed.db
export PATH HEED_DATA HEED_STORE LC_ALL

row() { # FIGURE VALUE UNIT WHAT
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4"
}

talk() {
    echo "bench/$bench: $*" >&2
}

# need FILE...: data files, or the bench ends here.
need() {
    for file; do
        test -r "$file" && continue
        talk "skipped: no $file (HEED_DATA names the folder)"
        exit 0
    done
}

# mean and standard deviation of numbers, one a line: "MEAN SD N".
moments() {
    awk 'NF { n++; s += $1; q += $1 * $1 }
        END { m = n ? s / n : 0; v = n > 1 ? (q - n * m * m) / (n - 1) : 0; printf "%.4f %.4f %d\n", m, sqrt(v > 0 ? v : 0), n }'
}

now() {
    date +%s.%N
}

# since START: seconds, two digits.
since() {
    echo "$1 $(now)" | awk '{ printf "%.2f", $2 - $1 }'
}

query() {
    sqlite3 -batch -separator '	' "$HEED_STORE" "$1"
}

# fresh: forgets an earlier run of this bench.
fresh() {
    rm -rf "${work:?}"/*
}
