#!/bin/sh
# 96-speech.sh: recordings as sources: train, predict, the pipeline, what is refused. A letter is a tone.
. "${srcdir:-.}/tests/lib.sh"
has train predict features encode attend decode tokenize quantize average shortlist calibrate || skip_all 'not built'
PATH=$builddir/tests:$PATH

mkdir -p list/wav
awk 'BEGIN { for (i = 0; i < 148; i++) { n = i < 4 ? 1 : i < 20 ? 2 : i < 84 ? 3 : 4; x = i < 4 ? i : i < 20 ? i - 4 : i < 84 ? i - 20 : 4 * i - 337 + i % 3
        for (w = ""; n > 0; n--) { w = w substr("abcd", 1 + x % 4, 1); x = int(x / 4) }; print w } }' > words
while read -r word; do
    make_sound "tones:$word" 8000 $((600 * ${#word} + ${#word} % 3 * 110)) > "list/wav/$word.wav" &&
        printf 'wav/%s.wav\t%s\n' "$word" "$word" >> list/pairs.tsv || exit 99
done < words
awk 'NR % 9 == 0' list/pairs.tsv > list/dev.tsv
cut -f 1 list/dev.tsv > list/paths && (cd list && features wav/a*.wav > /dev/null) || exit 99

begin=
teach() { # NAME OPTION...
    teach_name=$1
    shift
    $begin train --source features --features "${features:-bands=20,rate=8000}" list/pairs.tsv --dev list/dev.tsv --tgt-tokenizer char --hidden 32 --warmup 20 --rows 8 \
        --lr 0.01 --eval-every 40 --checkpoint-every 20 --keep-checkpoint -q -o "$teach_name.heed" "$@"
}
teach whole --steps 240 -j 1 || { echo 'Bail out! train fails'; exit 1; }

t_learns() { predict -m whole.heed list/dev.tsv > text && test "$(paste list/dev.tsv text | awk -F'\t' '$2 == $3' | wc -l)" -ge 2; }
run t_learns 'tones are read'

t_pipeline() {
    (cd list && features -m ../whole.heed < dev.tsv > ../frames) && encode -m whole.heed < frames > memory && decode -m whole.heed < memory > piped &&
        same text piped && attend -m whole.heed < memory > keys && decode -m whole.heed < keys > attended && same text attended
}
run t_pipeline 'features | encode | attend | decode: the text of predict'

# Below the recording, on its axis, a row for each letter of the target and its end.
t_plot() {
    has plot || return
    (cd list && features -m ../whole.heed < dev.tsv) > frames && encode -m whole.heed < frames | decode -m whole.heed --weights > said &&
        plot --style digits --width 40 --height 5 < said > p && line=$(sed -n '$s/^line \([0-9]*\): .*/\1/p' p) && word=$(sed -n "$((line + 1))p" text) && test "$(wc -l < p)" -eq $((5 + ${#word} + 2)) &&
        awk 'NR > 5 && $1 !~ /^line/ && $2 !~ /9/ { bad = 1 } END { exit bad }' p && plot --line 3 -o p.svg < said && grep -q '^<svg' p.svg && grep -q '<title>0\.[0-9]*</title></rect>' p.svg &&
        plot --style truecolor --all < said > c && test "$(grep -c '^line' c)" -eq "$(wc -l < list/dev.tsv)" && plot --style 256 --head 0 < said > c && grep -q '48;5;' c
}
run t_plot 'plot shows attention below the recording'

t_alone() {
    (cd list && predict -m ../whole.heed < paths) > from_stdin && same text from_stdin && predict -m whole.heed -j 2 --rows 1 list/paths > rows && same text rows &&
        while read -r path; do
            (cd list && features -m ../whole.heed "$path") > one && encode -m whole.heed < one > two && decode -m whole.heed < two || return
        done < list/paths > alone && same text alone
}
run t_alone 'a recording has the same text alone, by any way'

t_invariant() { predict -m whole.heed --check-invariance list/dev.tsv > ways && awk '$NF != 0 { bad = 1 } END { exit bad || NR < 3 }' ways; }
run t_invariant '--check-invariance finds no difference'

t_workers() { teach two --steps 240 -j 2 && same whole.heed two.heed; }
run t_workers 'any number of workers trains the same bytes'

# With begin=exec the shell becomes train, and the signal reaches it.
t_resumed() {
    (begin='exec' && teach killed --steps 240) 2> /dev/null &
    pid=$!
    while ! test -f killed.ckpt.heed && kill -0 "$pid" 2> /dev/null; do sleep 0.01; done
    kill -KILL "$pid" 2> /dev/null
    wait "$pid" 2> /dev/null
    teach killed --steps 240 --resume && same whole.heed killed.heed &&
        fails 2 '--features bands=30: that of killed.ckpt.heed is 20' train --resume --source features --features bands=30 list/pairs.tsv \
            --dev list/dev.tsv -o killed.heed
}
run t_resumed 'killed and resumed: the same bytes; other features are refused'

t_masks() {
    teach plain --steps 20 --freq-masks 0 --time-masks 0 && teach masked --steps 20 && ! cmp -s plain.heed masked.heed &&
        teach bands --steps 20 --time-masks 0 && ! cmp -s bands.heed masked.heed && ! cmp -s bands.heed plain.heed
}
run t_masks 'masks change what is learnt'

# At speed 1 a recording is itself once more.
t_speeds() {
    cp list/pairs.tsv list/kept.tsv && teach once --steps 10 --speeds 1 && cat list/kept.tsv >> list/pairs.tsv && teach twice --steps 10 &&
        mv list/kept.tsv list/pairs.tsv && same once.heed twice.heed && teach quick --steps 10 --speeds 0.9,1.1 && teach slow --steps 10 --speeds 1.1,0.9 -j 1 &&
        ! cmp -s quick.heed once.heed && ! cmp -s quick.heed slow.heed && bad_speeds= && for bad_speeds in '' 3 0.9,x 1,,1 1,1,1,1,1,1,1,1,1; do
            fails 2 'factors from 0.5 to 2' train --source features --speeds "$bad_speeds" list/pairs.tsv -o bad.heed || return
        done && fails 2 '--speeds is of --source features' train --speeds 1 words -o bad.heed
}
run t_speeds 'recordings are trained on at other speeds too'

t_nets() {
    features=bands=20,rate=8000,deltas=1
    for net in transformer transformer-rnn; do
        teach "$net" --steps 40 --net "$net" --layers 1 --heads 2 --stack 3 && predict -m "$net.heed" list/dev.tsv > text &&
            (cd list && features -m "../$net.heed" < dev.tsv) > frames && encode -m "$net.heed" < frames > memory &&
            decode -m "$net.heed" < memory > piped && same text piped || return
    done
}
run t_nets 'transformers too, with slopes and another stack'
unset features

t_begun() { teach more --steps 20 --init whole.heed && predict -m more.heed list/dev.tsv > text && test "$(wc -l < text)" -eq "$(wc -l < list/dev.tsv)"; }
run t_begun 'a training begins from such a model'

t_quantized() { quantize whole.heed -o small.heed && predict -m small.heed list/dev.tsv > text && test "$(wc -l < text)" -eq "$(wc -l < list/dev.tsv)"; }
run t_quantized 'and so do weights of 8 bits'

# plain.heed is of the masks' test.
t_mean() {
    average -o mean.heed plain.heed masked.heed && predict -m mean.heed list/dev.tsv > text && test "$(wc -l < text)" -eq "$(wc -l < list/dev.tsv)" &&
        features=bands=20,rate=8000,mel=htk && teach htk --steps 20 && unset features && fails 1 'shape is another: --mel' average -o no.heed plain.heed htk.heed
}
run t_mean 'and a mean of several, which hear alike'

t_lines() {
    printf '\nwav/%s.wav\n' "$(head -n 1 words)" > list/some && predict -m whole.heed list/some > some && test "$(wc -l < some)" -eq 2 && test -z "$(head -n 1 some)" &&
        echo wav/none.wav >> list/some && fails 1 'list/some: line 3: cannot open list/wav/none.wav' predict -m whole.heed list/some &&
        predict -m whole.heed --keep-going list/some > some 2> said && test "$(wc -l < some)" -eq 3 && test -z "$(tail -n 1 some)" && grep -q 'none.wav' said
}
run t_lines 'an empty line is empty; a file that is missing is named'

bad() { train --source features list/pairs.tsv --dev list/dev.tsv -o bad.heed "$@"; }
t_refused() {
    { cat list/pairs.tsv && printf 'wav/none.wav\tabc\n'; } > list/broken.tsv &&
        fails 1 "list/broken.tsv: line $(wc -l < list/broken.tsv): cannot open list/wav/none.wav" train --source features list/broken.tsv --dev list/dev.tsv -o bad.heed &&
        fails 2 '--joint has no place' bad --joint on && fails 2 '--src-tokenizer has no place' bad --src-tokenizer word &&
        fails 2 '--copy takes words of the source' bad --copy on -q && fails 2 '--dropout-words is of sources that are words' bad --dropout-words 0.1 && fails 2 'option --features' bad --features brands=3 &&
        fails 2 'of --source features' train --features bands=3 list/pairs.tsv -o bad.heed && ! test -e bad.heed &&
        fails 1 'sources are features of sound' tokenize -m whole.heed words && fails 2 'of words' shortlist -m whole.heed -o bad.heed list/pairs.tsv &&
        fails 2 'of words' calibrate -m whole.heed -o bad.heed list/pairs.tsv &&
        fails 2 '--bands: with -m' features -m whole.heed --bands 3 list/wav/a.wav
}
run t_refused 'what is of words is refused'

t_forgotten() {
    train list/pairs.tsv --dev none --tokenizer char --hidden 8 --steps 1 --no-store -o forgotten.heed 2> said && grep -q 'sources are names of files, as in line 1, .*--source features' said &&
        train list/pairs.tsv --dev none --columns 2,1 --tokenizer char --hidden 8 --steps 1 --no-store --force -o forgotten.heed 2> said && ! grep 'names of files' said
}
run t_forgotten 'names of recordings that are taken for text are told'

t_strangers() {
    train list/pairs.tsv --dev none --tokenizer char --hidden 16 --steps 5 -q -o words.heed && (cd list && features -m ../whole.heed < dev.tsv) > frames &&
        fails 1 'which reads words' encode -m words.heed frames && tokenize -m words.heed words > ids &&
        fails 1 'another model' encode -m whole.heed ids && fails 1 'no model that reads features' features -m words.heed list/wav/a.wav &&
        (cd list && features < dev.tsv) > others && fails 1 'made with --rate 16000, the model wants 8000' encode -m whole.heed others
}
run t_strangers 'words to a model of sounds, sounds to one of words, features made otherwise'

# What makes rows of numbers of recordings is the floors' below and of features; who searches, trains and draws knows the rows.
t_door() {
    (cd "$srcdir" && find core/search core/train cli -name '*.[ch]' ! -name 'features*' ! -name 'train_options.c') | sort > asked &&
        grep -qx core/train/job.c asked && grep -qx cli/plot_image.c asked && while read -r file; do echo "$srcdir/$file"; done < asked > paths &&
        { ! xargs grep -iE 'sound|speech|wave|spectrogram|recording|voice' < paths; }
}
run t_door 'no word of it in search, training and commands'
done_testing
