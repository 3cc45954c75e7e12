#!/bin/sh
# 58-best.sh: which model a training keeps: while the metric is too small to tell one from another the dev loss decides.
. "${srcdir:-.}/tests/lib.sh"
has train runs || skip_all 'not built'

awk -v n=430 -v seed=3 -f "$srcdir/tests/toy.awk" > all && tail -n 30 all > dev.tsv && head -n 400 all > pairs.tsv
# go NAME OPTION...: BLEU is 0.36 by chance at the first measuring, and 0 while whole sentences are learnt.
go() {
    go_name=$1
    shift
    train --hidden 16 --eval-every 10 --name "$go_name" -o "$go_name.heed" "$@" pairs.tsv 2> "$go_name.said"
}
kept() { sed -n 's/^train: step \([0-9]*\): .* \* best by \(.*\)/\1 \2/p' "$1.said"; }

# The first line would have been the best of all, and patience have ended it at the fifth.
t_nearly_zero() {
    go early --dev dev.tsv --steps 200 --lr 0.002 --patience 3 && kept early > best && cat early.said &&
        grep -q 'step 10: .*bleu 0\.[1-9]' early.said && tail -n 1 best > last && echo '200 loss' | same - last && ! grep -q bleu best &&
        grep -q 'early.heed: dev loss 3[.0-9]* (bleu 0 does not tell yet) at step 200 of 200' early.said
}
run t_nearly_zero 'BLEU near zero does not choose the model, nor end the training'

# From the first figure that tells on no step is kept by its loss.
t_changes_over() {
    go late --dev dev.tsv --steps 300 --lr 0.02 && kept late > best && cat late.said &&
        awk '$2 == "loss" { n++; if (told) exit 1 } $2 == "bleu" { told = 1 } END { if (!n || !told) exit 1 }' best &&
        grep -q 'late.heed: dev bleu [0-9.]* at step' late.said
}
run t_changes_over 'once it tells, it chooses'

t_recorded() {
    runs sql "SELECT step, text FROM event JOIN run USING (run_id) WHERE name = ?1 AND level = 'best' ORDER BY step" late --csv > events &&
        sed 's/ /,/; 1i step,text' best | same - events
}
run t_recorded 'the store says which steps were kept, and by what'

# Few lines: by chance BLEU's smoothing alone is several per cent, a line exact is a tenth.
t_few() {
    head -n 10 dev.tsv > few.tsv && go few --dev few.tsv --steps 100 --lr 0.002 && kept few > best && cat few.said && tail -n 1 best > last &&
        echo '100 loss' | same - last
}
run t_few 'ten lines'

# The store has the digest of the dev pairs.
dev_of() {
    runs sql "SELECT substr(sha256, 1, 12) FROM v_lineage WHERE role = 'dev' AND name = ?1" "$1" --csv | tail -n 1
}
t_split() {
    for seed in 1 2; do
        train -q --keep-checkpoint --steps 1 --hidden 8 --seed $seed --name seed.$seed -o seed.$seed.heed all || return 1
    done
    train -q --keep-checkpoint --steps 1 --hidden 8 --split-seed 2 --name split.2 -o split.2.heed all &&
        train -q --keep-checkpoint --steps 1 --hidden 8 --split-seed -1 --seed 2 --name as.seed -o as.seed.heed all &&
        dev_of seed.1 > a && dev_of seed.2 | same a - && dev_of split.2 > b && ! cmp -s a b && dev_of as.seed | same b - &&
        ! cmp -s seed.1.heed seed.2.heed && runs compare seed.1 seed.2 > out && ! grep -q '^input' out &&
        fails 2 'made with other options: split-seed 1 -> 2' train -o seed.2.heed --resume --split-seed 2 --steps 2 all
}
run t_split 'the same dev pairs for each seed, others for another --split-seed'

# A checkpoint of before: its dev pairs hang on its seed.
t_split_before() {
    "$builddir/tests/alter" file meta train.split-seed '' < as.seed.ckpt.heed > old.ckpt.heed && cp as.seed.heed old.heed &&
        train -q --resume --steps 2 -o old.heed all && peek old.ckpt.heed > shown && grep -q 'train.split-seed=-1' shown &&
        "$builddir/tests/alter" file meta train.split-seed 1 < as.seed.ckpt.heed > old.ckpt.heed &&
        fails 1 'not those of the checkpoint' train -q --resume --steps 2 -o old.heed all
}
run t_split_before 'a checkpoint of before keeps the dev pairs of its seed'

done_testing
