#!/bin/sh
# stream.sh: pairs made by awk come through a pipe, $SMALL of them and $LARGE: the most memory that training takes, and its tokens
# a second, after the same number of updates ($STEPS). The pairs are words of two made-up languages.
. "$(dirname "$0")/lib.sh"
fresh
SMALL=${SMALL:-100000}
LARGE=${LARGE:-10000000}
STEPS=${STEPS:-300}
limit=500 # MB

make_pairs() { # N
    awk -v n="$1" 'BEGIN {
        srand(1)
        for (i = 0; i < n; i++) {
            s = t = ""
            for (k = 3 + int(rand() * 8); k > 0; k--) { w = int(4000 * rand() ^ 3); s = s " s" w; t = " t" w t }
            print substr(s, 2) "\t" substr(t, 2)
        }
    }'
}

# one N: a training, whose figures are what it says.
one() {
    make_pairs "$1" | train -o "n$1.heed" --force --tokenizer space --hidden 256 --steps "$STEPS" --dev none -j 1 --stats \
        --progress-every 0 --name "n$1" --spool "$work" 2> said || { cat said >&2; exit 1; }
    cat said >&2
    memory=$(sed -n 's/.*memory \([0-9]*\) MB at most$/\1/p' said)
    speed=$(sed -n 's/^train: \([0-9]*\) tokens\/s, .*/\1/p' said)
    row "stream.memory.$1" "$memory" MB "most memory, $1 pairs from a pipe"
    row "stream.speed.$1" "$speed" tokens/s "training, $1 pairs from a pipe"
}

one "$SMALL"
one "$LARGE"
test "$memory" -lt "$limit" || talk "$memory MB are more than $limit"
