#!/bin/sh
# 61-budget.sh: --time: planned anew as it goes, all of it recorded, so that the same bytes can be made again.
. "${srcdir:-.}/tests/lib.sh"
has train predict runs peek || skip_all 'not built'

awk -v n=300 -v seed=11 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 8 pairs.tsv > dev.tsv

# again NAME: what was printed for it makes the same model.
again() {
    sed -n 's/^train: the same bytes again: //p' said > line && cat line && test -s line && cp "$1.heed" first.heed && rm "$1.heed" &&
        sh ./line 2> said.again || { cat said.again; return 1; }
    same first.heed "$1.heed"
}

t_again() {
    train --tokenizer word --hidden 8 --rows 8 --time 2 --dev dev.tsv --name timed -o timed.heed pairs.tsv 2> said || { cat said; return 1; }
    cat said
    grep -q '^train: 2 s budget from the start of the command, [0-9.]* s are over: about [0-9]* updates of [0-9.e-]* s; measuring on dev takes [0-9.]* % of it, [0-9]* times' said &&
        runs show timed > shown && plan=$(sed -n 's/^planned  *//p' shown) && echo "$plan" && again timed && grep -qF -e "--plan $plan" line
}
run t_again 'the command that it ends with makes the same bytes'

t_no_dev() {
    train --no-store --tokenizer word --hidden 8 --rows 8 --time 1 --dev none -o none.heed pairs.tsv 2> said || { cat said; return 1; }
    cat said
    again none
}
run t_no_dev 'without dev pairs too'

# Interrupted at any moment, what the clock decided before it is kept with the state that came of it.
t_killed() {
    for signal in KILL TERM KILL; do
        rm -f part.*
        train --no-store --tokenizer word --hidden 8 --rows 8 --time 3 --checkpoint-every 60 --dev dev.tsv -o part.heed pairs.tsv 2> said &
        pid=$!
        n=0
        while test $((n += 1)) -le 500; do
            test -e part.heed && break
            sleep 0.02
        done
        sleep 0.3
        kill -$signal $pid
        wait $pid
        test -e part.ckpt.heed && train --no-store --resume --dev dev.tsv -o part.heed pairs.tsv 2> said || { cat said; return 1; }
        cat said
        sed -n 's/^train: the same bytes again: //p' said > line && grep -q '^the command that this run began with, and --plan' line || return 1
        plan=$(sed 's/.*--plan //' line) && cp part.heed first.heed && rm part.heed &&
            train -q --no-store --tokenizer word --hidden 8 --rows 8 --plan "$plan" --dev dev.tsv -o part.heed pairs.tsv &&
            same first.heed part.heed || return 1
    done
}
run t_killed 'killed and gone on with: the plan of the whole makes the same bytes'

t_sampled() {
    cat pairs.tsv pairs.tsv pairs.tsv pairs.tsv pairs.tsv pairs.tsv > six && cat six six six six six six six six six six > large.dev
    train --tokenizer word --hidden 8 --rows 8 --time 2 --dev large.dev --name sampled -o sampled.heed pairs.tsv 2> said || { cat said; return 1; }
    cat said
    n=$(sed -n 's/.* measuring on dev takes .* times on \([0-9]*\) of 18000 pairs$/\1/p' said) && test "$n" -ge 50 && test "$n" -lt 18000 &&
        grep -q "dev [a-z-]*@$n [0-9.]* at step\|([a-z-]*@$n [0-9.]* does not tell yet) at step" said && grep -q -e "--dev-lines $n --plan" said &&
        runs show sampled > shown && grep -q "^dev-metric  *[a-z-]*@$n\$" shown && again sampled || return 1
    train --no-store --tokenizer word --hidden 8 --rows 8 --time 2 --dev large.dev --dev-lines 8000 --eval-every 200 -o asked.heed pairs.tsv 2> said || { cat said; return 1; }
    cat said
    grep -q 'on 8000 of 18000 pairs$' said && grep -q '^train: warning: measuring on dev takes [0-9]* % of the budget, as --dev-lines and --eval-every say$' said
}
run t_sampled 'measuring is bounded by a sample, or a warning where it is asked for'

t_longer() {
    train --no-store -q --tokenizer word --hidden 8 --rows 8 --time 1 --keep-checkpoint --dev dev.tsv -o longer.heed pairs.tsv &&
        train --no-store --resume --time 2.5 --dev dev.tsv -o longer.heed pairs.tsv 2> said && cat said && grep -q ' steps in all, not ' said &&
        ! grep -q 'the same bytes again' said && fails 1 'is reached and' train --no-store -q --resume --time 1.2 --dev dev.tsv -o longer.heed pairs.tsv
}
run t_longer 'a training with a budget is given a larger one'

t_spent() {
    train --no-store --tokenizer word --hidden 8 --time 1e-6 --dev dev.tsv -o spent.heed pairs.tsv 2> said && cat said && test -s spent.heed &&
        grep -q 'warning: the budget of 1e-06 s was spent before the first update: one is made' said
}
run t_spent 'a budget that reading has spent'

# Learning pieces takes time too: from so many pairs as there is time for, and the same ones again.
t_pieces() {
    awk -v n=1500 -v seed=5 -f "$srcdir/tests/toy.awk" > many.tsv &&
        train --no-store --tokenizer sentencepiece --vocab-size 200 --hidden 8 --time 3 --dev none -o pieces.heed many.tsv 2> said || { cat said; return 1; }
    cat said
    grep -q 'sentencepiece, from 1500 of 3000 lines, for --time$' said && again pieces &&
        train --no-store --tokenizer sentencepiece --vocab-size 200 --hidden 8 --steps 2 --dev none -o all.heed many.tsv 2> said && cat said &&
        grep -q 'sentencepiece, from 3000 lines$' said
}
run t_pieces 'a tokenizer is learnt from what there is time for'

t_refused() {
    for plan in x 0 12x '12,' 12,m 12,m0 12,13 12,13@ 12,13@14 12,m9,m8 -1 99999999999999999999; do
        fails 2 'option --plan: ' train -q --no-store --plan="$plan" --dev none -o no.heed pairs.tsv || { echo "plan '$plan'"; return 1; }
    done
    fails 2 '--epochs, --steps and --time or --plan exclude each other' train -q --no-store --plan 3 --steps 3 --dev none -o no.heed pairs.tsv
    train --no-store --tokenizer word --hidden 8 --time 30 --checkpoint-every 20 --dev dev.tsv -o odd.heed pairs.tsv 2> said &
    pid=$!
    n=0
    while test $((n += 1)) -le 500; do
        test -e odd.heed && break
        sleep 0.02
    done
    kill -TERM $pid
    wait $pid
    cp odd.ckpt.heed good && for change in 'trainer.plan x' 'trainer.plan 3' 'trainer.plan 9,m900000000' 'trainer.an-update -1' 'trainer.measuring nan' \
        'trainer.dev-lines 0' 'trainer.dev-lines 9' 'trainer.measured-step 900000000'; do
        # shellcheck disable=SC2086 # key and value
        "$builddir/tests/alter" file meta $change < good > odd.ckpt.heed &&
            fails 1 'odd.ckpt.heed: metadata ' train -q --no-store --resume --dev dev.tsv -o odd.heed pairs.tsv || return 1
    done
}
run t_refused 'plans that are none, on the command line and in checkpoints'

done_testing
