#!/bin/sh
# 30-tokenize.sh: text to ids and back; text that is malformed; answers at once.
. "${srcdir:-.}/tests/lib.sh"

printf 'Go on.\nI am calm, and you?\nWell, go!\n' > en.txt
printf 'Go on.\tVas-y.\nI am calm.\tJe suis calme.\nWell, go!\tBon, vas-y !\n' > pairs.tsv
vocab train -q c --tokenizer char en.txt || exit 99
vocab train -q w --tokenizer word --min-count 1 en.txt || exit 99
vocab train -q joint --tokenizer space --side joint pairs.tsv || exit 99

# One row of malformed/text.tsv in $command, $input, $output, $message.
t_row() {
    # shellcheck disable=SC2059 # rows are formats
    printf "$input" > in
    failed=no
    if [ "$command" = read ]; then
        tokenize --vocab c in > ids 2> err || failed=yes
        detokenize --vocab c ids > out 2> err2 || failed=yes
    else
        vocab train --force t --tokenizer char --side joint in > out 2> err || failed=yes
    fi
    cat err
    case $message in
    -) test ! -s err || return 1 ;;
    *) grep -F -e "$message" err || return 1 ;;
    esac
    # No control characters on the terminal, and one line for a failure.
    ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037]')" err || return 1
    if [ "$output" = '!' ]; then
        test $failed = yes && test "$(wc -l < err)" -eq 1
    else
        # shellcheck disable=SC2059
        printf "$output" > want
        test $failed = no && cmp out want
    fi
}
tab=$(printf '\t')
while IFS= read -r line; do
    case $line in '#'*) continue ;; esac
    # Fields may be empty, which IFS=tab would swallow.
    row=${line%%"$tab"*}; line=${line#*"$tab"}
    command=${line%%"$tab"*}; line=${line#*"$tab"}
    input=${line%%"$tab"*}; line=${line#*"$tab"}
    output=${line%%"$tab"*}; message=${line#*"$tab"}
    shown=$(printf %s "$input" | tr '#\134' '=/') # echo would read escapes
    run t_row "$row $command: $shown"
done < "$srcdir/tests/malformed/text.tsv"

t_nul_late() {
    { awk 'BEGIN { for (i = 0; i < 200; i++) print "a line" }'; printf 'a\000b\n'; } > late
    tokenize --vocab c late > ids 2> err && grep '1 invalid bytes or NULs' err &&
        detokenize --vocab c ids > out && test "$(tail -n 1 out)" = "$(printf 'a\357\277\275b')" &&
        ! vocab train x --side text late 2> err && grep 'late: line 201: NUL in the text' err
}
run t_nul_late 'T09 a NUL behind the first KiB: repaired to be read, refused to be learnt from'

t_long() {
    head -c 10000000 /dev/zero | tr '\0' x > long && echo >> long && echo after >> long &&
        tokenize --vocab c long > ids 2> err && grep 'lines cut to 4096 tokens' err &&
        detokenize --vocab c ids > out && test "$(wc -l < out)" -eq 2 && test "$(tail -n 1 out)" = after
}
run t_long 'T11 T12 a line of 10 MB is cut, with a warning, and counts as one'

t_too_long() {
    echo short > long && head -c 16777217 /dev/zero | tr '\0' x >> long &&
        ! tokenize --vocab c long > ids 2> err && cat err && grep 'line 2: .*longer than 16777216' err
}
run t_too_long 'T11 a line over 16 MiB is refused by number'

t_forms() {
    printf 'd\303\251j\303\240 \303\247a\n' > nfc && printf 'de\314\201ja\314\200 c\314\247a\n' > nfd &&
        vocab train -q n --tokenizer word:normalise=nfc --min-count 1 nfd &&
        tokenize --vocab n < nfc > a && tokenize --vocab n < nfd > b && cmp a b &&
        detokenize --vocab n < b | cmp - nfc && tokenize --vocab w < nfd | detokenize --vocab w | cmp - nfd
}
run t_forms 'T17 composed and decomposed text are one where NFC is asked for, else each comes back'

t_locale() {
    for locale in C fr_FR.UTF-8 tr_TR.UTF-8; do
        LC_ALL=$locale tokenize --vocab w en.txt > ids.$locale || return 1
        cmp ids.C ids.$locale || return 1
        LC_ALL=$locale vocab export w > w.$locale || return 1
        cmp w.C w.$locale || return 1
    done
}
run t_locale 'T28 no locale changes a byte'

t_binary() {
    ! tokenize --vocab w "$builddir/cli/tokenize" > ids 2> err && grep 'is an ELF program, not text' err &&
        tokenize --vocab w en.txt > ids && ! tokenize --vocab w ids > again 2> err &&
        grep 'is a stream of ids (producer tokenize), not text' err
}
run t_binary 'T25 programs and streams are no text'

t_frames() {
    for rows in 1 2 64; do
        tokenize --vocab w --rows $rows en.txt | detokenize --vocab w > out.$rows || return 1
        cmp out.$rows en.txt || return 1
    done
    tokenize --vocab w --rows 2 en.txt | peek > shown && grep '^end: 2 frames' shown
}
run t_frames 'frames of any size give the same text'

t_pairs() {
    printf 'Go on.\tVas-y.\n\nI am calm.\t\n' > p && tokenize --vocab joint --pairs p > ids &&
        detokenize --vocab joint --side src ids > en.out && printf 'Go on.\n\nI am calm.\n' | cmp - en.out &&
        detokenize --side tgt ids > fr.out && printf 'Vas-y.\n\n\n' | cmp - fr.out
}
run t_pairs 'pairs carry both sides and their vocabularies; an empty side has length 0'

t_bad_pairs() {
    printf 'a\tb\nno\n' > p && ! tokenize --vocab joint --pairs p > ids 2> err &&
        grep 'p: line 2: no tab, want SOURCE<TAB>TARGET' err &&
        ! batch-mask ids > /dev/null 2> err && grep 'line 2: no tab' err &&
        tokenize --vocab joint --pairs --skip-bad p > ids 2> err && grep '1 lines that are not' err
}
run t_bad_pairs 'T13 a bad pair stops the stream, and the next stage says why'

t_src_eos() {
    echo 'Go on.' | tokenize --vocab w --src-eos | peek --values > with && cat with &&
        echo 'Go on.' | tokenize --vocab w | peek --values > without && ! cmp -s with without
}
run t_src_eos '--src-eos ends the source with eos'

t_usage() {
    ! tokenize en.txt 2> err && grep 'which vocabulary' err &&
        ! tokenize --vocab none en.txt 2> err && grep "'none'" err &&
        ! tokenize -m w --vocab w en.txt 2> err && grep 'leave --vocab out' err &&
        ! tokenize -m absent.heed en.txt 2> err && grep 'absent.heed' err
}
run t_usage 'what is missing is named'

# A person types a line and waits for the answer before the next.
t_at_once() {
    mkfifo to from && { tokenize --vocab w < to | batch-mask -u | detokenize --vocab w -u > from & } &&
        exec 3> to 4< from && echo 'go on' >&3 && read -r first <&4 && echo 'and you' >&3 &&
        read -r second <&4 && exec 3>&- 4<&- && wait && test "$first $second" = 'go on and you'
}
run t_at_once 'a line is answered before the next is typed'

done_testing
