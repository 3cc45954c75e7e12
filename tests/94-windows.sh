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

# part NAME OPTION...: whatever its length, the first updates are the same.
part() {
    part_name=$1
    shift
    train --no-store -q --dev none --spool spool --window 90 --keep-checkpoint -o "$part_name.heed" "$@"
}
often='--tokenizer word --hidden 8 --schedule constant --warmup 0'

t_resume() {
    # shellcheck disable=SC2086 # options are words
    part short --steps 23 $often pairs.tsv && part whole --steps 40 $often pairs.tsv &&
        fails 2 'window 90 -> 80' train --no-store -q --dev none --window 80 --resume --steps 40 -o short.heed pairs.tsv &&
        part short --resume --steps 40 pairs.tsv && same short.heed whole.heed && left
}
run t_resume 'a resumption goes on in the order of the windows; another window is refused'

t_aside() {
    cat pairs.tsv pairs.tsv pairs.tsv pairs.tsv pairs.tsv > five.tsv &&
        train --no-store --tokenizer word --hidden 8 --steps 2 --spool spool --window 400 -o aside.heed five.tsv 2> said && cat said &&
        n=$(sed -n 's/^train: \([0-9]*\) pairs, .*/\1/p' said) && dev=$(sed -n 's/.*; dev \([0-9]*\) pairs set aside$/\1/p' said) &&
        test "$dev" -gt 0 && test "$n" -eq $((5 * (400 - dev)))
}
run t_aside 'sources set aside for dev are trained on nowhere'

# The second half has words that the first has not.
t_counts() {
    awk 'NR > 200 { gsub(/dog/, "wolf"); gsub(/chien/, "loup"); gsub(/man/, "girl"); gsub(/homme/, "fille") } { print }' pairs.tsv > halves.tsv &&
        train --no-store --tokenizer word --hidden 8 --steps 2 --dev dev.tsv --window 0 -o c0.heed halves.tsv 2> all &&
        train --no-store --tokenizer word --hidden 8 --steps 2 --dev dev.tsv --window 90 --spool spool -o c90.heed halves.tsv 2> some && cat some &&
        sed -n 's/^train: vocabulary \(.*\)/\1/p' all > want && sed -n 's/^train: vocabulary \(.*\)/\1/p' some > is && test -s is && same want is &&
        grep -q 'words are counted in all' some && left
}
run t_counts 'words are counted in all windows'

t_refused() {
    fails 1 'cannot make a spool in nowhere' train --no-store -q --window 90 --spool nowhere --steps 2 -o r1.heed pairs.tsv &&
        fails 1 'more than --spool-limit, 1000 bytes' go r2 -q --window 90 --spool-limit 1000 pairs.tsv &&
        fails 2 'window' go r3 -q --window -1 pairs.tsv && test ! -e r1.heed && test ! -e r2.heed && left
}
run t_refused 'no folder, too many bytes: one line'

# endless FILE: its lines, again and again.
endless() {
    awk '{ line[NR] = $0 } END { while (NR) for (i = 1; i <= NR; i++) print line[i] }' "$1"
}

t_pass() {
    # shellcheck disable=SC2086
    endless pairs.tsv | part pass1 --one-pass --steps 40 $often && endless pairs.tsv | part pass2 --one-pass --steps 40 -j 2 $often &&
        same pass1.heed pass2.heed && endless pairs.tsv | part pass3 --one-pass --steps 23 $often &&
        endless pairs.tsv | part pass3 --resume --steps 40 && same pass1.heed pass3.heed && left
}
run t_pass 'a pipe without an end: one pass, the same bytes, and gone on with'

t_short() {
    train --tokenizer word --hidden 8 --steps 1000 --one-pass --window 90 --dev dev.tsv -o ends.heed < pairs.tsv 2> said && cat said &&
        grep -q 'the pairs end at step' said && grep -q 'first window of one pass' said && test -e ends.heed && test ! -e ends.ckpt.heed
}
run t_short 'where the pairs end, the training does, measured and saved'

t_pass_refused() {
    fails 2 'one-pass needs --steps' train -q --no-store --one-pass -o p.heed < pairs.tsv &&
        fails 2 'standard input' train -q --no-store --one-pass --steps 3 -o p.heed pairs.tsv &&
        fails 2 'needs a --window' train -q --no-store --one-pass --window 0 --steps 3 -o p.heed < pairs.tsv &&
        fails 1 'no pairs' train -q --no-store --one-pass --steps 3 -o p.heed < /dev/null && test ! -e p.heed &&
        head -n 100 pairs.tsv > few.tsv && fails 1 'end before the checkpoint' part pass1 --resume --steps 50 < few.tsv
}
run t_pass_refused 'one pass of what is no pipe of pairs, or without a length, is refused'

done_testing
