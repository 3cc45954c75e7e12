#!/bin/sh
# budget.sh [N] [TIME]: does --time end on time? N trainings of TIME, of four corpora by turns, while a second process, then a
# third, comes and goes. A row for each: seconds, and how far from TIME in per cent; then how many were within 3 % or 2 s.
. "$(dirname "$0")/lib.sh"
fresh
n=${1:-10} time=${2:-60}
data=$HEED_DATA
need "$data/multi30k-en-fr/train.tsv.xz" "$data/tatoeba-en-fr/train.tsv.xz" "$data/cmudict-g2p/train.tsv.xz" "$data/translit-en-ru/train.tsv.xz"
xz -dc "$data/multi30k-en-fr/train.tsv.xz" > 0.tsv
cp "$data/multi30k-en-fr/dev.tsv" 0.dev
xz -dc "$data/cmudict-g2p/train.tsv.xz" > 1.tsv
cp "$data/cmudict-g2p/dev.tsv" 1.dev
xz -dc "$data/translit-en-ru/train.tsv.xz" > 2.tsv
xz -dc "$data/translit-en-ru/dev.tsv.xz" > 2.dev
xz -dc "$data/tatoeba-en-fr/train.tsv.xz" > 3.tsv
cp "$data/tatoeba-en-fr/dev.tsv" 3.dev

# Busy for 3 to 12 seconds, idle as long, by a fixed sequence of its own.
busy() { # SEED
    x=$1
    while :; do
        x=$(((x * 1103 + 12345) % 65536))
        timeout $((3 + x % 10)) sh -c 'while :; do :; done' || :
        x=$(((x * 1103 + 12345) % 65536))
        sleep $((3 + x % 10))
    done
}
busy 1 &
one=$!
busy 77 &
two=$!
trap 'kill $one $two' EXIT

good=0 i=0
while test $i -lt "$n"; do
    corpus=$((i % 4))
    start=$(now)
    train --dev $corpus.dev --time "$time" --seed $i --name "budget$i" -o "budget$i.heed" $corpus.tsv 2> "budget$i.said"
    took=$(since "$start")
    share=$(sed -n 's/.* measuring on dev takes \([0-9.]*\) % of it.*/\1/p' "budget$i.said")
    row "budget-$i" "$took" s "$(head -n 1 $corpus.tsv | cut -c1-20 | tr '\t' ' ')...; measuring planned at $share %, length changed $(sed -n \
        's/.* --plan //p' "budget$i.said" | tr ',' '\n' | grep -c @ || :) times"
    ! awk -v t="$took" -v want="$time" 'BEGIN { d = t - want; d = d < 0 ? -d : d; exit !(d <= 2 || d <= 0.03 * want) }' || good=$((good + 1))
    i=$((i + 1))
done
row budget-within "$good" "of-$n" "within 3 % or 2 s of $time s"
