#!/bin/sh
# grid.sh: every score with every cell by flags only, three seeds each, on 20,000 Tatoeba pairs; the best dev BLEU of each
# run comes from the store, and the best mean is named by `runs` and by the README's query.
. "$(dirname "$0")/lib.sh"
data=$HEED_DATA/tatoeba-en-fr
need "$data/train.tsv.xz" "$data/dev.tsv"
fresh
options=${HEED_BENCH_OPTIONS:---hidden 128 --vocab-size 2000 --rows 64 --tokens 1000 --lr 0.008 --epochs 6}

# 20,000 of 159,019 lines, evenly spread: the file goes from short to long sentences.
xz -dc "$data/train.tsv.xz" | awk '(NR * 20000) % 159019 < 20000' > pairs.tsv
talk "$(wc -l < pairs.tsv) pairs"

for score in dot mlp; do
    for cell in gru lstm; do
        for seed in 1 2 3; do
            # shellcheck disable=SC2086 # a list of options
            train pairs.tsv --dev "$data/dev.tsv" --score $score --cell $cell --seed $seed --tag grid $options \
                --name "$score.$cell.$seed" -o "$score.$cell.$seed.heed"
        done
    done
done

query "SELECT score || '-' || cell, round(avg(value), 2), count(*), round(avg(step)) FROM v_best
    WHERE metric = 'dev.bleu' AND tag = 'grid' GROUP BY score, cell ORDER BY 2 DESC" > means
while IFS='	' read -r name mean n step; do
    values=$(query "SELECT value FROM v_best WHERE metric = 'dev.bleu' AND tag = 'grid' AND score || '-' || cell = '$name'")
    deviation=$(echo "$values" | moments | cut -d' ' -f2)
    row "grid-$name" "$mean" BLEU "best dev BLEU, mean of $n seeds, deviation $deviation, at step $step on average"
done < means
spread=$(awk -F '\t' 'NR == 1 { best = $2 } { worst = $2 } END { printf "%.2f", best - worst }' means)
row grid-spread "$spread" BLEU 'between the best mean and the worst'
row grid-seconds "$(query "SELECT round(sum(wall_s)) FROM v_run WHERE tag = 'grid'")" s 'all 12 trainings'
row grid-best "$(head -n 1 means | cut -f1)" - 'the best mean, by SQL'
runs best --by score,cell --tag grid > by-runs
talk "by runs: $(head -n 1 by-runs)"
test "$(wc -l < means)" -eq 4 && echo "$spread" | awk '{ exit !($1 <= 5) }'
