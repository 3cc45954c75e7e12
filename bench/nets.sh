#!/bin/sh
# nets.sh [SET...]: kinds of nets beside each other, each trained for the same time ($HEED_BENCH_TIME, 10m, by $HEED_BENCH_J workers) with all else by
# default: what they reach on the test lines, greedy and with a beam of five, and how fast they translate. Nets: $HEED_BENCH_NETS, "rnn transformer
# transformer-rnn". Sets: tatoeba multi30k cmudict, the default.
. "$(dirname "$0")/lib.sh"
fresh
. "$srcdir/bench/sets.sh"

test $# -gt 0 || set -- tatoeba multi30k cmudict
sets "$@"
for set; do
    for net in ${HEED_BENCH_NETS:-rnn transformer transformer-rnn}; do
        train_on "$set" "$set.$net" --net "$net" --name "$set.$net"
        steps=$(steps_of "$set.$net")
        for way in greedy beam-5; do
            test $way = greedy && beam=1 || beam=5
            begin=$(now)
            translate "$set" "$set.$net" "$set.$net.$way" --beam "$beam"
            took=$(since "$begin")
            row "$set-$net-$way" "$(figure "$set" "$set.$net.$way")" "$(figure_of "$set")" "test lines, after $steps updates; translated in $took s; $(wc -c < "$set.$net.heed") bytes"
        done
    done
done
