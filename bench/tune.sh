#!/bin/sh
# tune.sh [SET...]: is a search over options worth its time? tune --time and train --time with all by default, for the same $HEED_BENCH_TIME (30m), by
# $HEED_BENCH_J workers, from $HEED_BENCH_SEEDS (1): what both reach on the test lines, greedy, and how long they took. Sets: tatoeba (its
# first 50,000 pairs of a shuffle), cmudict (20,000), translit (all).
. "$(dirname "$0")/lib.sh"
fresh
data=$HEED_DATA time=${HEED_BENCH_TIME:-30m}
need "$data/tatoeba-en-fr/train.tsv.xz" "$data/cmudict-g2p/train.tsv.xz" "$data/translit-en-ru/train.tsv.xz"

# pairs NAME FOLDER N: some training pairs, dev and test lines.
pairs() {
    # The place of a line is that of its digest: the same shuffle everywhere.
    xz -dc "$data/$2/train.tsv.xz" | awk 'BEGIN { for (i = 0; i < 256; i++) code[sprintf("%c", i)] = i }
        { h = NR % 65521; n = length($0); for (i = 1; i <= n; i += 3) h = (h * 31 + code[substr($0, i, 1)]) % 16777213; printf "%d\t%s\n", h, $0 }' |
        sort -n -s -k 1,1 | cut -f 2- | sed "$3q" > "$1.tsv"
    for part in dev test; do
        if test -r "$data/$2/$part.tsv"; then cp "$data/$2/$part.tsv" "$1.$part"; else xz -dc "$data/$2/$part.tsv.xz" > "$1.$part"; fi
    done
    cut -f 1 "$1.test" > "$1.src"
    cut -f 2 "$1.test" > "$1.ref"
}

# measured SET MODEL: its figure on the test lines.
measured() {
    predict -q --no-store -m "$2" < "$1.src" > "$2.txt"
    # shellcheck disable=SC2086 # options are words
    evaluate -q --no-store --bootstrap 0 --ref "$1.ref" $scoring "$2.txt" | awk -v name="$figure" '$1 == name { print $2 }'
}

test $# -gt 0 || set -- tatoeba cmudict translit
for set; do
    case $set in
    tatoeba) pairs tatoeba tatoeba-en-fr 50000 ;;
    cmudict) pairs cmudict cmudict-g2p 20000 ;;
    translit) pairs translit translit-en-ru 10000000 ;;
    esac
    case $set in
    tatoeba) scoring='--tokens course --lower' figure=bleu ;;
    *) scoring="--tokens none --group-by-source $set.src" figure=exact ;;
    esac
    for seed in ${HEED_BENCH_SEEDS:-1}; do
        for way in train tune; do
            begin=$(now)
            "$way" --time "$time" -j "${HEED_BENCH_J:-0}" --seed "$seed" --dev "$set.dev" --force -o "$set.$way.heed" "$set.tsv" > "$set.$way.table" 2> "$set.$way.said"
            took=$(since "$begin")
            value=$(measured "$set" "$set.$way.heed")
            row "$set-$way-$seed" "$value" "$figure" "test lines, after $took s of $time; $(wc -c < "$set.$way.heed") bytes; $(sed -n '2s/  */ /gp' "$set.$way.table")"
        done
    done
done
