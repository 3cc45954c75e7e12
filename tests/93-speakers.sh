#!/bin/sh
# 93-speakers.sh: features normalised over all that a speaker says, from training to text. A word is how loud a noise is, and
# each speaker has a loudness of their own: alone no recording says which word it is, nor does its loudness.
. "${srcdir:-.}/tests/lib.sh"
has train predict features encode decode || skip_all 'not built'
PATH=$builddir/tests:$PATH

# speak NAME LEVEL WORD SPEAKER: as long as $size samples.
speak() { make_sound "level:$2" 8000 "$size" > "list/$1$size.wav" && printf '%s%s.wav\t%s\t%s\n' "$1" "$size" "$3" "$4"; }
mkdir -p list
for size in 900 1100 1300 1500 1700 1900; do
    speak as 0.02 aa ada && speak al 0.1 b ada && speak bs 0.1 aa bob && speak bl 0.5 b bob || exit 99
done > list/train.tsv
for size in 1000 1600; do speak as 0.02 aa ada && speak al 0.1 b ada && speak bs 0.1 aa bob && speak bl 0.5 b bob || exit 99; done > list/test.tsv
cut -f 2 list/test.tsv > want

how=bands=8,rate=8000,normalise=mean
teach() { # NAME FEATURES OPTION...
    teach_name=$1 teach_how=$2
    shift 2
    train --source features --features "$how$teach_how" list/train.tsv --dev none --tgt-tokenizer char --hidden 16 --warmup 10 --rows 8 --lr 0.01 \
        --freq-masks 0 --time-masks 0 --steps 80 -q --no-store -o "$teach_name.heed" "$@"
}
teach whole ,normalise-over=speaker -j 1 || { echo 'Bail out! train fails'; exit 1; }

t_learns() {
    predict -m whole.heed list/test.tsv > text && same want text && cut -f 1,2 list/train.tsv > list/two.tsv && teach alone '' --columns 1,2 &&
        predict -m alone.heed list/test.tsv > other && ! cmp -s want other
}
run t_learns 'a word is told by how it stands to the others of its speaker, and not without them'

# No speaker has a line that follows from less than all his lines.
t_all_ways() {
    (cd list && features -m ../whole.heed < test.tsv) > frames && encode -m whole.heed < frames > memory && decode -m whole.heed < memory > piped && same text piped &&
        predict -m whole.heed -j 2 --rows 1 -u list/test.tsv > rows && same text rows && (cd list && predict -m ../whole.heed < test.tsv) > from_stdin && same text from_stdin &&
        awk -F '\t' '{ print $3 "\t" $1 }' list/test.tsv | awk -F '\t' '{ print $2 "\t" $1 }' > list/second.tsv &&
        predict -m whole.heed --speaker-column 2 list/second.tsv > second && same text second &&
        (cd list && features -m ../whole.heed --speaker-column 2 < second.tsv) > again && same frames again &&
        predict -m whole.heed --check-invariance list/test.tsv > ways && awk '$NF != 0 { bad = 1 } END { exit bad || NR < 3 }' ways
}
run t_all_ways 'predict and the pipeline, by any rows and workers, any column: the same text'

t_same_bits() {
    teach two ,normalise-over=speaker -j 2 && same whole.heed two.heed && teach named ,normalise-over=speaker --columns 1,2 && same whole.heed named.heed &&
        awk -F '\t' '{ print $3 "\t" $1 "\t" $2 }' list/train.tsv > list/turned.tsv && cp list/train.tsv list/kept.tsv && mv list/turned.tsv list/train.tsv &&
        teach turned ,normalise-over=speaker --columns 2,3 --speaker-column 1; status=$?; mv list/kept.tsv list/train.tsv; test $status -eq 0 || return
    test "$(cksum < whole.heed)" = "$(cksum < turned.heed)"
}
run t_same_bits 'any workers and any columns train the same bytes'

# Files that are named are one speaker's; one alone has only itself.
t_files() {
    cd list && features --normalise-over speaker --normalise mean as900.wav al900.wav > ../named && printf 'as900.wav\tx\tada\nal900.wav\ty\tada\n' |
        features --normalise-over speaker --normalise mean > ../listed; status=$?; cd .. || return
    test $status -eq 0 && same named listed && features --normalise-over speaker list/as900.wav > one && features list/as900.wav > alone &&
        test "$(wc -c < one)" -gt "$(wc -c < alone)" && features --normalise-over speaker < list/as900.wav > piped && same one piped
}
run t_files 'files that are named are one speaker'"'"'s'

t_refused() {
    cut -f 1,2 list/train.tsv > list/two.tsv && fails 1 'list/two.tsv: line 1: no speaker in its column 3' train --source features --features "$how,normalise-over=speaker" list/two.tsv -o no.heed &&
        fails 1 'list/two.tsv: line 1: no speaker in its column 3' predict -m whole.heed list/two.tsv &&
        predict -m whole.heed --keep-going list/two.tsv > empty 2> said && test "$(grep -c . empty)" -eq 0 && test "$(wc -l < empty)" -eq 24 && grep -q 'no speaker' said &&
        (cd list && features --bands 8 --rate 8000 --normalise mean < test.tsv) > others && fails 1 'made with --normalise-over recording, the model wants speaker' encode -m whole.heed others &&
        fails 2 'over each recording by itself' features -m alone.heed --speaker-column 3 < list/test.tsv &&
        fails 2 '--normalise none' features --normalise none --normalise-over speaker list/as900.wav &&
        fails 2 'standard input once' features --normalise-over speaker list/as900.wav - && ! test -e no.heed
}
run t_refused 'lists without speakers, and features made otherwise'
done_testing
