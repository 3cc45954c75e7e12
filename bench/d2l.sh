#!/bin/sh
# d2l.sh [PAIRS.tsv]: the course's experiments B1 (plain decoder, 300 epochs) and B2 (Bahdanau, MLP score, 250 epochs), and B2 with
# the course's dot score, on the first 600 lines of its corpus, seeds 1 to $HEED_BENCH_SEEDS (20).
#
# Printed beside what the book's rebuilt notebooks print (their 601 lines hold one more than ours): nats per token of the last epoch with
# dropout on, and the mean over four phrases of the book's BLEU with k = 2. Below the floor, the entropy of the target given
# the source over the ids as trained on, no model can go without having seen what it should not.
pairs=${1:-}
test -z "$pairs" || pairs=$(cd "$(dirname "$pairs")" && pwd)/$(basename "$pairs")
. "$(dirname "$0")/lib.sh"
pairs=${pairs:-$HEED_DATA/tatoeba-en-fr/d2l-first600.tsv}
need "$pairs"
fresh
seeds=${HEED_BENCH_SEEDS:-20}

printf '%s\n' 'go .' 'i lost .' "he's calm ." "i'm home ." > phrases.txt
printf '%s\n' 'va !' "j'ai perdu ." 'il est calme .' 'je suis chez moi .' > wanted.txt

# The ids of one side, a line each.
ids() { # SIDE
    peek --values --rows 0 --tensor "$1" pairs.ids | sed -n 's/^ *\[[0-9]*\] //p' | sed 's/\( 0\)*$//'
}

# Entropy of target given source, in nats per target token (end of sentence counted).
floor() { # MODEL
    tokenize --pairs -m "$1" < "$pairs" > pairs.ids
    ids src > src.ids
    ids tgt > tgt.ids
    paste src.ids tgt.ids | awk -F '\t' '
        { n[$1]++; m[$0]++; tokens += split($2, part, " ") }
        END {
            for (pair in m) {
                source = pair
                sub(/\t.*/, "", source)
                nats -= m[pair] * log(m[pair] / n[source])
            }
            printf "%.4f\n", nats / tokens
        }'
}

# d2l NAME OPTIONS...: trains all seeds; leaves NAME.bleu with the mean over the phrases, a line a seed.
d2l() {
    name=$1
    shift
    : > "$name.bleu"
    seed=0
    while test $seed -lt "$seeds"; do
        seed=$((seed + 1))
        train "$pairs" --preset d2l "$@" --seed $seed -q --tag "$name" --name "$name.$seed" -o "$name.$seed.heed"
        predict -m "$name.$seed.heed" < phrases.txt > "$name.$seed.txt"
        book_bleu "$name.$seed.txt" >> "$name.bleu"
    done
}

# Mean over the phrases of the book's BLEU.
book_bleu() {
    evaluate --d2l 2 --tokens course --lower --bootstrap 0 --digits 6 --no-store --ref wanted.txt < "$1" | awk '$1 == "bleu-d2l" { print $2 }'
}

nats() { # NAME: the last epoch of every seed
    query "SELECT value FROM metric m JOIN run r USING (run_id) WHERE r.tag = '$1' AND m.name = 'epoch_loss'
        AND step = (SELECT max(step) FROM metric WHERE run_id = r.run_id AND name = 'epoch_loss')"
}

d2l b1 --decoder plain --epochs 300
d2l b2
d2l b2-dot --score dot:gain=off
bottom=$(floor b2.1.heed)
verdict=0
row d2l-floor "$bottom" nats/token 'entropy of the target given the source, over the ids; the book: 0.1607 on 601 lines'

report() { # NAME WHAT PUBLISHED-NATS PUBLISHED-BLEU WANTED-BLEU
    # shellcheck disable=SC2046 # three numbers
    set -- "$@" $(nats "$1" | moments) $(moments < "$1.bleu")
    row "$1-nats" "$6" nats/token "$2, deviation $7 over $8 seeds; published $3"
    row "$1-bleu" "$9" BLEU-2 "$2, mean of four phrases, deviation ${10} over ${11} seeds; published $4"
    lowest=$(nats "$1" | sort -g | head -n 1)
    row "$1-lowest" "$(printf '%.4f' "$lowest")" nats/token 'the lowest seed; must not be below the floor'
    echo "$lowest $bottom" | awk '{ exit !($1 >= $2) }' || { talk "$1: below the floor"; verdict=1; }
    echo "$9 $5" | awk '{ exit !($1 >= $2) }' || { talk "$1: mean of four $9, want $5"; verdict=1; }
}

report b1 'GRU, no attention' '0.193 (0.006)' '0.660 (0.164)' 0.660
report b2 'GRU, MLP attention' '0.200 (0.007)' '0.879 (0.074)' 0.846
report b2-dot 'GRU, dot attention' 'nothing' 'nothing' 0
row d2l-seconds "$(query "SELECT round(sum(wall_s), 1) FROM v_run WHERE kind = 'train'")" s "$((3 * seeds)) trainings"
exit $verdict
