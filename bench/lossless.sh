#!/bin/sh
# lossless.sh: 100,000 random lines of valid UTF-8 through every tokenizer, which learnt from other text: how many come back
# as something else. What tests/36-lossless.sh does with a few.
. "$(dirname "$0")/lib.sh"
lines=${HEED_RANDOM_LINES:-100000}
export HEED_RANDOM_LINES="$lines" srcdir builddir
sh "$srcdir/tests/36-lossless.sh" > said || :
sed -n "s/^\(n*o*t* *ok\) [0-9]* - $lines random lines through \([^ ]*\): 0 differ (\(.*\))/\1	\2	\3/p" said |
    while IFS='	' read -r verdict spec how; do
        row "lossless.$spec" "$(test "$verdict" = ok && echo 0 || echo some)" lines "of $lines differ ($how)"
    done
sed -n 's/^# \(.* differ\)$/\1/p' said >&2
