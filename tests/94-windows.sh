#!/bin/sh
# 94-windows.sh: pairs that are more than a window lie in a spool: what fits is trained on as ever, what does not in bytes that
# hang on the seed alone, is resumed, and leaves nothing behind.
. "${srcdir:-.}/tests/lib.sh"
has train runs || skip_all 'not built'

awk -v n=400 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 40 pairs.tsv > dev.tsv
mkdir spool

# go NAME OPTION...
go() {
    go_name=$1
    shift
    train --no-store --tokenizer word --hidden 8 --epochs 2 --dev dev.tsv --spool spool -o "$go_name.heed" "$@"
}

# left: nothing is in the spool's folder.
left() {
    test -z "$(ls -A spool)"
}

t_fits() {
    go all -q pairs.tsv && go none -q --window 0 pairs.tsv && go just -q --window 400 pairs.tsv && go stdin -q < pairs.tsv &&
        same all.heed none.heed && same all.heed just.heed && same all.heed stdin.heed && left
}
run t_fits 'what fits into the window is trained on as without one'

t_windows() {
    go w90 --window 90 pairs.tsv 2> said && cat said && grep -q ': 400 pairs, ' said && grep -q 'MB in spool; .* the first 90$' said &&
        go again -q --window 90 -j 2 < pairs.tsv && same w90.heed again.heed && ! cmp -s w90.heed all.heed &&
        go other -q --window 90 --seed 2 pairs.tsv && ! cmp -s w90.heed other.heed && left
}
run t_windows 'what does not lies in the spool: the same bytes, whoever reads and works'

t_resume() {
    go long -q --window 90 --epochs 0 --steps 40 pairs.tsv && go short -q --window 90 --epochs 0 --steps 23 --schedule constant --keep-checkpoint pairs.tsv &&
        go whole -q --window 90 --epochs 0 --steps 40 --schedule constant --keep-checkpoint pairs.tsv &&
        fails 2 'window 90 -> 80' go short -q --window 80 --resume --steps 40 pairs.tsv &&
        train --no-store --dev dev.tsv --spool spool -q --steps 40 --resume -o short.heed pairs.tsv && same short.heed whole.heed
}
run t_resume 'a resumption goes on in the order of the windows; another window is refused'

t_aside() {
    cat pairs.tsv pairs.tsv pairs.tsv pairs.tsv pairs.tsv > five.tsv &&
        train --no-store --tokenizer word --hidden 8 --steps 2 --spool spool --window 400 -o aside.heed five.tsv 2> said && cat said &&
        n=$(sed -n 's/^train: \([0-9]*\) pairs, .*/\1/p' said) && dev=$(sed -n 's/.*; dev \([0-9]*\) pairs set aside$/\1/p' said) &&
        test "$dev" -gt 0 && test "$n" -eq $((5 * (400 - dev)))
}
run t_aside 'sources set aside for dev are trained on nowhere'

t_refused() {
    fails 1 'cannot make a spool in nowhere' go r1 -q --window 90 --spool nowhere pairs.tsv &&
        fails 1 'more than --spool-limit, 1000 bytes' go r2 -q --window 90 --spool-limit 1000 pairs.tsv &&
        fails 2 'window' go r3 -q --window -1 pairs.tsv && test ! -e r1.heed && test ! -e r2.heed && left
}
run t_refused 'no folder, too many bytes: one line'

done_testing
